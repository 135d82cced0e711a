"""Makes expressions of plans of those of XQL: values and conditions.

A comparison of a missing value does not hold, and its negation does, ``!=`` and ``not contains`` too: what an event
does not say is not what is asked for. ``= null`` and ``!= null`` ask for that itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from lark import Token, Tree

from yadorigi.languages.xql.arguments import UnfitError, Value, is_read_by_re2, text_constant
from yadorigi.languages.xql.functions import inside
from yadorigi.languages.xql.literals import TWICE, compared, time_of
from yadorigi.languages.xql.values import Values, columns_read, only_of, parts_of, token_of
from yadorigi.query.nodes import Compare, CompareOperator, Regex, Text
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.conversions import as_number, as_text, as_time
from yadorigi.query.plan.expressions import (
    FALSE,
    Call,
    Column,
    Constant,
    Each,
    Expression,
    Holds,
    Kind,
    Negated,
    Within,
    both,
    either,
)
from yadorigi.query.plan.relations import Named, Project, Relation
from yadorigi.query.registry_keys import key_in_one_spelling
from yadorigi.query.values import number_of

if TYPE_CHECKING:
    from yadorigi.languages.xql.scope import Scope

Subqueries = Callable[[Tree[Token], "Scope"], "Relation"]
"""Returns the plan of a query inside of an expression."""

_COMPARES: Final[dict[str, CompareOperator]] = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_WRITTEN: Final = ("text", "triple", "integer", "decimal", "boolean", "null", "enumerated", "parameter")
_CONTROL_SET: Final = re.compile(r"ControlSet\d{3}", re.IGNORECASE)
_ROOT: Final = re.compile(r"\bHK(?:LM|CU|U|CR|CC)\b|REGISTRY\\+(?:MACHINE|USER)", re.IGNORECASE)


class Expressions(Values):
    """Makes expressions of trees."""

    def __init__(self, scope: Scope, subqueries: Subqueries | None = None) -> None:
        """Work in a scope; ``subqueries`` reads queries inside of expressions."""
        super().__init__(scope)
        self._subqueries = subqueries

    # --- Joined conditions

    def _disjunction(self, tree: Tree[Token]) -> Value:
        parts = parts_of(tree)
        if len(parts) == 1:
            return self.value(parts[0])
        with self.with_alternatives(there_are=True):
            return either(*map(self.condition, parts)), "boolean"

    def _conjunction(self, tree: Tree[Token]) -> Value:
        parts = parts_of(tree)
        if len(parts) == 1:
            return self.value(parts[0])
        return both(*map(self.condition, parts)), "boolean"

    def _negation(self, tree: Tree[Token]) -> Value:
        with self.with_alternatives(there_are=True):
            return Negated(self.condition(parts_of(tree)[0])), "boolean"

    # --- Comparisons

    def _compared(self, tree: Tree[Token]) -> Value:
        left, operator, right = tree.children
        assert isinstance(left, Tree) and isinstance(right, Tree)  # noqa: S101, PT018 - for mypy
        return self._compare(left, str(operator), right), "boolean"

    def _compare(self, left: Tree[Token], operator: str, right: Tree[Token]) -> Expression:
        if self._is_written(left) and not self._is_written(right):
            left, right, operator = right, left, _TURNED[operator]
        if operator == "!=":
            with self.with_alternatives(there_are=True):
                return Negated(self._compare(left, "=", right))
        subject, kind = self.value(left)
        self._chosen_by(left)
        if only_of(right).data == "null":
            if operator != "=":
                raise self.scope.wrong("null is compared with = and != only", right)
            return Call("is_missing", (subject,))
        name = self._column_of(left)
        value = self._value_of_set(name, right)
        if value is not None:
            if operator != "=":
                raise self.scope.wrong(f"values of {name} have no order", right)
            return self._is_of_set(name or "", subject, value, right)
        wanted, wanted_kind = self.value(right)
        written = wanted.value if isinstance(wanted, Constant) else None
        if operator == "=" and isinstance(written, str) and wanted_kind == "text" and kind != "time":
            return self._equals_text(left, subject, kind, written)
        if isinstance(written, str):
            self._fits(kind, written, right)
        if isinstance(written, int | float) and wanted_kind in ("long", "real"):
            return self._of_number(subject, kind, operator, wanted)
        return self._of_alike(subject, kind, operator, wanted, wanted_kind)

    def _fits(self, kind: Kind, written: str, at: Tree[Token]) -> None:
        """Refuse to compare times and numbers with a text that is none: nothing would ever be found."""
        if kind == "time" and time_of(written) is None:
            raise self.scope.wrong(f"{written[:40]!r} is no time such as 2026-03-11T09:00:00Z", at)
        if kind in ("long", "real", "span") and number_of(written) is None:
            raise self.scope.wrong(f"{written[:40]!r} is no number", at)

    def _of_number(self, subject: Expression, kind: Kind, operator: str, wanted: Constant | Expression) -> Expression:
        assert isinstance(wanted, Constant)  # noqa: S101 - for mypy
        written = wanted.value
        assert isinstance(written, int | float)  # noqa: S101 - for mypy
        if kind not in ("long", "real", "text", "dynamic"):
            return self._of_alike(subject, kind, operator, wanted, wanted.kind)
        if operator != "=":
            return Holds(subject, Compare(_COMPARES[operator], written))
        if kind in ("long", "real"):
            return Call("equal", (subject, wanted))
        number = Call("real_of_long", (wanted,)) if isinstance(written, int) else wanted
        as_it_is = Holds(as_text(subject, kind), Text("equals", str(written), cased=True))
        return either(as_it_is, Call("equal", (as_number(subject, kind)[0], number)))

    def _equals_text(self, left: Tree[Token], subject: Expression, kind: Kind, written: str) -> Expression:
        self._note_backslashes(written)
        if self._is_key(left):
            written = key_in_one_spelling(written)
        if kind == "boolean":
            if written.lower() not in ("true", "false"):
                raise self.scope.wrong("this is true or false, and compared with something else", left)
            return subject if written.lower() == "true" else Negated(subject)
        found = Holds(as_text(subject, kind), compared(written, self.scope.cased))
        if "." not in written and any(name in self.scope.hosts for name, _ in columns_read(self.scope, left)):
            # The product names hosts without their domain, logs of Windows with it.
            return either(found, Holds(as_text(subject, kind), compared(f"{written}.*", self.scope.cased)))
        return found

    def _of_alike(self, left: Expression, kind: Kind, operator: str, right: Expression, right_kind: Kind) -> Expression:
        if "time" in (kind, right_kind):
            left, right = as_time(left, kind), as_time(right, right_kind)
        elif kind != right_kind or kind == "dynamic":
            if {kind, right_kind} & {"long", "real"}:
                left, right = as_number(left, kind)[0], as_number(right, right_kind)[0]
            else:
                left, right, kind = as_text(left, kind), as_text(right, right_kind), "text"
        if operator == "=":
            return Call("equal_folded" if kind == "text" and not self.scope.cased else "equal", (left, right))
        if operator in (">", ">="):
            left, right = right, left
        return Call("less" if operator in ("<", ">") else "less_or_equal", (left, right))

    # --- Closed sets of values

    def _value_of_set(self, name: str | None, right: Tree[Token]) -> str | None:
        """Return the value of a closed set that is asked for: ``ENUM.NAME``, a bare name or a text; None else."""
        values = self.scope.enums.get(name or "", ())
        only = only_of(right)
        if only.data == "integer" and values:
            raise self.scope.wrong(f"values of {name} are written as ENUM.NAME here, such as ENUM.{values[0]}", only)
        if only.data == "text" and values:
            word = str(only.children[0])[1:-1].upper()
            return word if word in values else None
        if only.data != "enumerated" and not (only.data == "field" and values):
            return None
        word = str(token_of(only)).upper().removeprefix("ENUM.")
        if word in values:
            return word
        if only.data == "field" and token_of(only).lower() in {one.lower() for one in self.scope.columns}:
            return None
        known = difflib.get_close_matches(word, values, 3)
        hint = f"; did you mean {' or '.join(known)}?" if known else ""
        raise self.scope.wrong(f"ENUM.{word} is no value of {name or 'what it is compared with'}{hint}", only)

    def _is_of_set(self, name: str, subject: Expression, value: str, at: Tree[Token]) -> Expression:
        known = self.scope.same.get(name, {}).get(value)
        if known is not None:
            self.scope.notes.append(f"{value} is looked for as {known}: logs that are read here do not tell them apart")
            value = known
        if value not in self.scope.filled.get(name, frozenset({value})):
            reason = f"no log that is read here gives {name} {value}"
            if not self.alternatives:
                raise self.scope.wrong(reason, at)
            self.scope.notes.append(f"{reason}, so that part of a condition never holds")
            return FALSE
        return Holds(subject, Text("equals", value, cased=True))

    # --- Other operators

    def _among(self, tree: Tree[Token]) -> Value:
        left, *rest = tree.children
        assert isinstance(left, Tree)  # noqa: S101 - for mypy
        negated = _negated(rest)
        choices = [child for child in rest if isinstance(child, Tree)]
        if choices and choices[0].data == "subquery":
            found = self._among_rows(left, choices[0])
        else:
            with self.with_alternatives(negated or len(choices) > 1):
                found = either(*(self._compare(left, "=", choice) for choice in choices))
        return (Negated(found) if negated else found), "boolean"

    def _among_rows(self, left: Tree[Token], query: Tree[Token]) -> Expression:
        if self._subqueries is None:
            raise self.scope.wrong("a query cannot stand inside of this", query)
        subject, kind = self.value(left)
        self._chosen_by(left)
        rows = self._subqueries(query, self.scope)
        columns = {name: kind for name, kind in columns_of(rows).items() if name != "_time"}
        if len(columns) != 1:
            raise self.scope.wrong(f"a query inside of in gives one field, not {len(columns)}: write fields", query)
        ((name, other),) = columns.items()
        value: Expression = Column(name)
        if kind != other or kind == "text":
            subject, value = as_text(subject, kind), as_text(value, other)
            if not self.scope.cased:
                subject, value = Call("fold", (subject,)), Call("fold", (value,))
        return Within(subject, Project(rows, (Named(name, value),)))

    def _contains(self, tree: Tree[Token]) -> Value:
        left, *rest = tree.children
        right = rest[-1]
        assert isinstance(left, Tree)  # noqa: S101 - for mypy
        assert isinstance(right, Tree)  # noqa: S101 - for mypy
        subject, kind = self.value(left)
        self._chosen_by(left)
        if only_of(right).data == "null":
            raise self.scope.wrong("contains needs a text; compare with null by = and !=", right)
        found = self._contained(left, subject, kind, self.value(right))
        return (Negated(found) if _negated(rest) else found), "boolean"

    def _contained(self, left: Tree[Token], subject: Expression, kind: Kind, wanted: Value) -> Expression:
        if not isinstance(wanted[0], Constant):
            pair = (as_text(subject, kind), as_text(*wanted))
            return Call("contains_text", pair if self.scope.cased else tuple(Call("fold", (one,)) for one in pair))
        written = str(wanted[0].value)
        self._note_backslashes(written)
        if self._is_key(left):
            written = key_in_one_spelling(written)
        test = compared(written, self.scope.cased, contained=True)
        if "*" in written:
            self.scope.readings.add("stars")
            if self.scope.literal_stars:
                test = Text("contains", written, self.scope.cased)
        if kind == "dynamic":
            element = Holds(Call("text_of_dynamic", (Column("element"),)), test)
            text = as_text(subject, kind)
            plain = Call("replace_text", (text, text_constant("\\\\"), text_constant("\\")))
            plain = Call("replace_text", (plain, text_constant('\\"'), text_constant('"')))
            # In the text of an object backslashes and quotes are escaped, which is not what anybody looks for.
            return either(Each("some", subject, "element", element), Holds(text, test), Holds(plain, test))
        return Holds(as_text(subject, kind), test)

    def _inside(self, tree: Tree[Token]) -> Value:
        left, *rest = tree.children
        assert isinstance(left, Tree)  # noqa: S101 - for mypy
        address = self.value(left)
        self._chosen_by(left)
        choices = [child for child in rest if isinstance(child, Tree)]
        try:
            found = inside(address, *map(self.value, choices))
        except UnfitError as error:
            raise self.scope.wrong(str(error), choices[0]) from None
        return (Negated(found) if _negated(rest) else found), "boolean"

    def _matches(self, tree: Tree[Token]) -> Value:
        left, *rest = tree.children
        right = rest[-1]
        assert isinstance(left, Tree)  # noqa: S101 - for mypy
        assert isinstance(right, Tree)  # noqa: S101 - for mypy
        subject, kind = self.value(left)
        self._chosen_by(left)
        wanted, _ = self.value(right)
        if not isinstance(wanted, Constant) or not isinstance(wanted.value, str):
            raise self.scope.wrong("~= needs an expression that is written as a text", right)
        pattern = self._pattern(left, self._in_this_reading(wanted.value))
        flags = "" if self.scope.cased else "i"
        if not is_read_by_re2(pattern, flags):
            raise self.scope.wrong(
                "this expression is none of RE2, which XQL uses (no look-around, no back references)", right
            )
        found = Holds(as_text(subject, kind), Regex(pattern, flags))
        negated = _negated(rest) or any(str(one) == "!~=" for one in rest if isinstance(one, Token))
        return (Negated(found) if negated else found), "boolean"

    def _in_this_reading(self, written: str) -> str:
        r"""Return an expression as it is read: ``"\\b"`` is a backslash and a letter or, as many mean it, a border."""
        if written in self.scope.triple or not TWICE.search(written):
            return written
        self.scope.readings.add("escapes")
        if not self.scope.escaped:
            return written
        once = written.replace("\\\\", "\\")
        return once if is_read_by_re2(once) else TWICE.sub(lambda found: found.group()[1:], written)

    def _pattern(self, left: Tree[Token], pattern: str) -> str:
        """Return an expression; of keys of the registry one that fits their spelling."""
        if "$" in pattern and any(name in self.scope.hosts for name, _ in columns_read(self.scope, left)):
            self.scope.notes.append("many logs name hosts with their domain, of which an expression with $ leaves none")
        if not self._is_key(left):
            return pattern
        if _ROOT.search(pattern):
            self.scope.notes.append(
                "keys of the registry begin with HKEY_LOCAL_MACHINE, HKEY_USERS … here, whatever a log writes"
            )
        return _CONTROL_SET.sub("CurrentControlSet", pattern)

    def _unknown_operator(self, tree: Tree[Token]) -> Value:
        name = next(child for child in tree.children if isinstance(child, Token) and child.type == "NAME")
        raise self.scope.wrong(f"XQL has no operator {name}; write ~= with an expression, or contains", name)

    # --- Helpers

    def _note_backslashes(self, written: str) -> None:
        """Say that backslashes stand for themselves, where somebody seems to have thought otherwise."""
        if "\\\\" in written[1:] and written not in self.scope.triple:
            self.scope.notes.append(
                f"{written[:60]} is looked for with two backslashes side by side: in double quotes they are no escapes"
            )

    def _is_written(self, tree: Tree[Token]) -> bool:
        only = only_of(tree)
        return only.data in _WRITTEN and isinstance(self.value(only)[0], Constant)

    def _column_of(self, tree: Tree[Token]) -> str | None:
        only = only_of(tree)
        return self.scope.name_of(token_of(only)) if only.data == "field" else None

    def _is_key(self, tree: Tree[Token]) -> bool:
        return any(name in self.scope.registry for name, _ in columns_read(self.scope, tree))

    def _chosen_by(self, tree: Tree[Token]) -> None:
        for name, one in columns_read(self.scope, tree):
            self.scope.tested(name, one)


def _negated(children: list[Any]) -> bool:
    return any(isinstance(child, Token) and child.type == "NOT" for child in children)
