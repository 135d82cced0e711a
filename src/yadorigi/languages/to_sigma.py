"""Makes a Sigma rule of a hunting query that chooses events of one kind by what stands in their fields.

What a rule cannot say - groups, joins, limits, values that are worked out - is refused with its name. Conditions are
kept as they are: each test becomes a selection, and the condition joins the selections.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
import rtoml
import yaml

from yadorigi.errors import ContentError, QueryError
from yadorigi.languages.sigma_tests import Selection, UnsaidError, has_terms, selection_of
from yadorigi.query.nodes import Text
from yadorigi.query.plan.expressions import All, Call, Column, Constant, Expression, Holds, Negated
from yadorigi.query.plan.expressions import Any as AnyOf
from yadorigi.query.plan.relations import Extend, Project, Relation, Sort, Table, Where

_NAMESPACE: Final = uuid.UUID("6f5b1a39-6f0e-4c41-9d7a-0f6ad31c2b7e")
_TITLE_LIMIT: Final = 110
_TERMS: Final = "Whole terms of the query are expressions here; a letter beyond ASCII ends a term in some engines."
_LABEL: Final = re.compile(r"(?:説明|description|title)\s*[:\uff1a]\s*", re.IGNORECASE)


class SigmaField(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"form": "as"}):
    """What a column is called in Sigma, and what it holds of that field."""

    field: str
    form: str = ""


class SigmaTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Events of a table that one log source of Sigma means.

    Attributes:
        name: of the table.
        logsource: of the rule.
        when: values of columns that make them events of this log source.
        fields: what columns are called there.
        native: whether columns that are not named keep their names.
        without: columns of which no rule can ask.
        members: the column whose members are native fields, or "".
    """

    name: str
    logsource: dict[str, str]
    when: dict[str, str] = {}
    fields: dict[str, str | SigmaField] = {}
    native: bool = False
    without: tuple[str, ...] = ()
    members: str = ""

    def field_of(self, column: str) -> SigmaField | None:
        """Return what a column is called; None where no rule can ask of it."""
        found = self.fields.get(column)
        if found is None:
            return SigmaField(column) if self.native and column not in self.without else None
        return SigmaField(found) if isinstance(found, str) else found


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    table: tuple[SigmaTable, ...]


@cache
def _tables() -> tuple[SigmaTable, ...]:
    path = files("yadorigi") / "content" / "hunting" / "sigma.toml"
    try:
        return msgspec.convert(rtoml.loads(path.read_text("utf-8")), _Content, str_keys=True).table
    except ValueError as error:
        raise ContentError(f"{path}: {error}") from error


def sigma_rule(plan: Relation, text: str, title: str = "") -> str:
    """Return a rule that finds the events which a query chooses.

    Args:
        plan: the query, read.
        text: as it was written.
        title: of the rule; else the query's first comment.

    Raises:
        QueryError: no rule can say it; it says what cannot be said.
    """
    try:
        table, conditions = _chosen(plan)
        rule, notes = _rule(table, conditions)
    except UnsaidError as error:
        raise QueryError(f"no Sigma rule can say this: {error}", text) from None
    head: dict[str, Any] = {
        "title": (title or _first_comment(text) or f"Query of {table.name}")[:_TITLE_LIMIT],
        **({"description": " ".join(notes)} if notes else {}),
        "id": str(uuid.uuid5(_NAMESPACE, text)),
        "status": "experimental",
        "level": "medium",
    }
    found: str = yaml.safe_dump(head | rule, sort_keys=False, allow_unicode=True, width=1_000)
    return found


def _first_comment(text: str) -> str:
    for line in text.splitlines():
        if line.strip().startswith("//"):
            return _LABEL.sub("", line.strip().lstrip("/").strip())
    return ""


def _chosen(plan: Relation) -> tuple[Table, list[Expression]]:
    """Return the table that a plan begins with, and its conditions, in terms of the table's columns."""
    steps: list[Relation] = []
    current = plan
    while not isinstance(current, Table):
        if not isinstance(current, Where | Extend | Project | Sort):
            raise UnsaidError(f"{type(current).__name__.lower()} is more than to choose events")
        steps.append(current)
        current = current.source
    known: dict[str, Expression] = {name: Column(name) for name, _ in current.columns}
    conditions = []
    for step in reversed(steps):
        match step:
            case Where():
                conditions.append(_substituted(step.condition, known))
            case Extend():
                known |= {one.name: _substituted(one.expression, known) for one in step.columns}
            case Project():
                known = {one.name: _substituted(one.expression, known) for one in step.columns}
    return current, conditions


def _substituted(part: Any, known: Mapping[str, Expression]) -> Any:  # noqa: ANN401 - any part of an expression
    if isinstance(part, Column):
        return known.get(part.name, part)
    if isinstance(part, tuple):
        return tuple(_substituted(one, known) for one in part)
    if isinstance(part, msgspec.Struct) and type(part).__module__ == Column.__module__:
        return msgspec.structs.replace(
            part, **{name: _substituted(getattr(part, name), known) for name in part.__struct_fields__}
        )
    return part


def _rule(table: Table, conditions: list[Expression]) -> tuple[dict[str, Any], list[str]]:
    """Return log source and detection, by the first entry that fits, and where the rule is not quite the query."""
    flat = [part for one in conditions for part in (one.conditions if isinstance(one, All) else (one,))]
    reasons = []
    for entry in (one for one in _tables() if one.name == table.name):
        said, rest = _settled(flat, entry)
        if said is None:
            continue
        try:
            made = _Detection(entry)
            detection = made.of(rest)
        except UnsaidError as error:
            reasons.append(str(error))
            continue
        unsaid = [f"{column} = {value}" for column, value in entry.when.items() if column not in said]
        if unsaid:
            made.notes.append(f"The query does not say {' and '.join(unsaid)}; the rule looks at such events only.")
        return {"logsource": entry.logsource, "detection": detection}, made.notes
    raise UnsaidError(reasons[0] if reasons else f"no log source of Sigma is known for these events of {table.name}")


def _settled(parts: list[Expression], entry: SigmaTable) -> tuple[dict[str, str] | None, list[Expression]]:
    """Take the tests of what makes an event one of this log source; None where they say that it is another."""
    said: dict[str, str] = {}
    rest: list[Expression] = []
    for part in parts:
        match part:
            case Holds(subject=Column(name=name), test=Text(operator="equals", value=value)) if name in entry.when:
                if value != entry.when[name]:
                    return None, []
                said[name] = value
            case _:
                rest.append(part)
    return said, rest


class _Detection:
    """Makes the selections and the condition of a rule."""

    def __init__(self, entry: SigmaTable) -> None:
        self._entry = entry
        self._selections: dict[str, Any] = {}
        self.notes: list[str] = []

    def of(self, parts: list[Expression]) -> dict[str, Any]:
        """Return the detection of conditions that all hold."""
        if not parts:
            raise UnsaidError("it chooses every event of the table")
        told = self._joined("and", parts)
        return {**self._selections, "condition": told.removeprefix("(").removesuffix(")") if len(parts) > 1 else told}

    def _joined(self, word: str, parts: list[Expression] | tuple[Expression, ...]) -> str:
        values = self._one_field(parts) if word == "or" else None
        if values is not None:
            return self._named(values)
        told = [self._condition(part) for part in parts]
        return told[0] if len(told) == 1 else f"({f' {word} '.join(told)})"

    def _one_field(self, parts: list[Expression] | tuple[Expression, ...]) -> dict[str, Any] | None:
        """Return one selection for alternatives that are values of one field, or None."""
        found: list[Selection] = []
        for part in parts:
            if isinstance(part, All | AnyOf | Negated):
                return None
            found.append(self._selection(part))
        keys = {selection.key for selection in found}
        if len(keys) != 1 or any(selection.value is None for selection in found):
            return None
        return {found[0].key: [selection.value for selection in found]}

    def _condition(self, part: Expression) -> str:
        match part:
            case All():
                return self._joined("and", part.conditions)
            case AnyOf():
                return self._joined("or", part.conditions)
            case Negated():
                return f"not {self._condition(part.condition)}"
            case _:
                selection = self._selection(part)
                return self._named({selection.key: selection.value})

    def _named(self, selection: dict[str, Any]) -> str:
        known = next((name for name, one in self._selections.items() if one == selection), None)
        if known is not None:
            return known
        name = f"selection_{len(self._selections) + 1}"
        self._selections[name] = selection
        return name

    def _selection(self, part: Expression) -> Selection:
        match part:
            case Holds():
                field = self._field(part.subject)
                if has_terms(part.test) and _TERMS not in self.notes:
                    self.notes.append(_TERMS)
                return selection_of(field.field, field.form, part.test)
            case Call(function="equal", arguments=(subject, Constant(value=value))) if value is not None:
                field = self._field(subject)
                if field.form:
                    raise UnsaidError("a part of a path is compared with a number")
                return Selection(field.field, value)
            case Call(function="is_missing" | "is_unknown", arguments=(subject,)):
                return Selection(f"{self._field(subject).field}|exists", False)
            case _:
                raise UnsaidError("a condition on a value that is worked out")

    def _field(self, subject: Expression) -> SigmaField:
        match subject:
            case Column():
                found = self._entry.field_of(subject.name)
                if found is None:
                    raise UnsaidError(f"Sigma has no field for the column {subject.name}")
                return found
            case Call(function="first_present", arguments=(inner, Constant(value=""))):
                return self._field(inner)
            case Call(function="text_of_dynamic", arguments=(inner,)):
                return self._field(inner)
            case Call(function="member", arguments=(Column(name=name), Constant(value=member))) if (
                name == self._entry.members
            ):
                return SigmaField(str(member))
            case _:
                raise UnsaidError("a condition on a value that is worked out")
