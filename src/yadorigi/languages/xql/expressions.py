"""Makes expressions of plans of those of XQL.

A comparison of a missing value does not hold, and its negation does, ``!=`` and ``not contains`` too: what an event
does not say is not what is asked for. ``= null`` and ``!= null`` ask for that itself.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from lark import Token, Tree

from yadorigi.errors import QueryError
from yadorigi.languages.xql.functions import FUNCTIONS, REFUSED_FUNCTIONS, UnfitError, Value, json_path, scalar_at
from yadorigi.languages.xql.literals import SECOND, compared, duration, plain, unescaped
from yadorigi.query.nodes import Compare, CompareOperator, Regex, Text
from yadorigi.query.plan.conversions import as_dynamic, as_number, as_text, as_time
from yadorigi.query.plan.expressions import (
    FALSE,
    TRUE,
    Call,
    Column,
    Constant,
    Each,
    Expression,
    Holds,
    Kind,
    Negated,
    both,
    either,
)
from yadorigi.query.regexes import compiled
from yadorigi.query.registry_keys import key_in_one_spelling

_COMPARES: Final[dict[str, CompareOperator]] = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_JSON_STEP: Final = re.compile(r'\.?([A-Za-z_@$][\w@$\-]*)|\[\s*"([^"]*)"\s*\]|\[\s*(\d+)\s*\]')
_SUFFIXES: Final = ("[]", "{}")


@dataclass(slots=True)
class Scope:
    """What names mean at one place of a query.

    Attributes:
        text: the whole query.
        now: microseconds since 1970 that count as now.
        cased: whether letter case counts.
        columns: kinds by name.
        enums: closed sets of values, by column.
        registry: columns with keys of the registry.
        empty: columns that nothing fills.
        literal_stars: whether ``*`` in what ``contains`` looks for stands for itself.
        notes: what whoever asked should know.
        starred: whether a ``contains`` with ``*`` was met.
    """

    text: str
    now: int
    cased: bool = False
    columns: Mapping[str, Kind] = field(default_factory=dict)
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    registry: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    literal_stars: bool = False
    notes: list[str] = field(default_factory=list)
    starred: bool = False

    def wrong(self, reason: str, at: Tree[Token] | Token) -> QueryError:
        """Return an error with its place."""
        start = at.start_pos if isinstance(at, Token) else getattr(at.meta, "start_pos", None)
        return QueryError(reason, self.text, start)

    def name_of(self, token: Token) -> str:
        """Return the column that a name means, in any letter case.

        Raises:
            QueryError: there is none.
        """
        folded = str(token).lower()
        for name in self.columns:
            if name.lower() == folded:
                return name
        alike = difflib.get_close_matches(folded, [name.lower() for name in self.columns], 3)
        hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
        raise self.wrong(f"there is no field {token}{hint}", token)

    def tested(self, name: str, token: Token | Tree[Token]) -> None:
        """Note that rows are chosen by a column.

        Raises:
            QueryError: nothing fills it, so that the choice would mean nothing.
        """
        if name in self.empty:
            raise self.wrong(
                f"no log that is read here can fill the field {name}, so rows cannot be chosen by it", token
            )


class Expressions:
    """Makes expressions of trees."""

    def __init__(self, scope: Scope) -> None:
        """Work in a scope."""
        self.scope = scope

    def condition(self, tree: Tree[Token]) -> Expression:
        """Return a condition.

        Raises:
            QueryError: it cannot be honoured, or is none.
        """
        value, kind = self.value(tree)
        if kind != "boolean":
            raise self.scope.wrong("a condition is needed here: compare the value with something", tree)
        return value

    def value(self, tree: Tree[Token]) -> Value:
        """Return what a tree works out, and its kind.

        Raises:
            QueryError: it cannot be honoured.
        """
        method = getattr(self, f"_{tree.data}", None)
        if method is None:
            raise self.scope.wrong(f"{tree.data} cannot be honoured", tree)
        found: Value = method(tree)
        return found

    # --- Joined conditions

    def _parts(self, tree: Tree[Token]) -> list[Tree[Token]]:
        return [child for child in tree.children if isinstance(child, Tree)]

    def _disjunction(self, tree: Tree[Token]) -> Value:
        parts = self._parts(tree)
        if len(parts) == 1:
            return self.value(parts[0])
        return either(*map(self.condition, parts)), "boolean"

    def _conjunction(self, tree: Tree[Token]) -> Value:
        parts = self._parts(tree)
        if len(parts) == 1:
            return self.value(parts[0])
        return both(*map(self.condition, parts)), "boolean"

    def _negation(self, tree: Tree[Token]) -> Value:
        return Negated(self.condition(self._parts(tree)[0])), "boolean"

    # --- Comparisons

    def _compared(self, tree: Tree[Token]) -> Value:
        left, operator, right = tree.children
        assert isinstance(left, Tree) and isinstance(right, Tree)  # noqa: S101, PT018 - for mypy
        return self._compare(left, str(operator), right), "boolean"

    def _compare(self, left: Tree[Token], operator: str, right: Tree[Token]) -> Expression:
        if self._is_written(left) and not self._is_written(right):
            left, right, operator = right, left, _TURNED[operator]
        if operator == "!=":
            return Negated(self._compare(left, "=", right))
        subject, kind = self.value(left)
        self._chosen_by(left)
        if right.data == "null" or _only(right).data == "null":
            if operator != "=":
                raise self.scope.wrong("null is compared with = and != only", right)
            return Call("is_missing", (subject,))
        wanted, wanted_kind = self._wanted(left, right)
        written = wanted.value if isinstance(wanted, Constant) else None
        if operator == "=" and isinstance(written, str) and wanted_kind == "text" and kind != "time":
            if written in self.scope.enums.get(self._column_of(left) or "", ()):
                return Holds(subject, Text("equals", written, cased=True))
            return self._equals_text(left, subject, kind, written)
        if (
            isinstance(written, int | float)
            and not isinstance(written, bool)
            and kind in ("long", "real", "text", "dynamic")
        ):
            if operator == "=":
                if kind in ("long", "real"):
                    return Call("equal", (subject, wanted))
                return either(
                    Holds(subject, Text("equals", str(written), cased=True)),
                    Call(
                        "equal",
                        (
                            as_number(subject, kind)[0],
                            Call("real_of_long", (wanted,)) if isinstance(written, int) else wanted,
                        ),
                    ),
                )
            return Holds(subject, Compare(_COMPARES[operator], written))
        return self._of_alike(subject, kind, operator, wanted, wanted_kind)

    def _equals_text(self, left: Tree[Token], subject: Expression, kind: Kind, written: str) -> Expression:
        if self._is_key(left):
            written = key_in_one_spelling(written)
        if kind == "boolean":
            return subject if written.lower() == "true" else Negated(subject)
        return Holds(as_text(subject, kind), compared(written, self.scope.cased))

    def _of_alike(self, left: Expression, kind: Kind, operator: str, right: Expression, right_kind: Kind) -> Expression:
        if "time" in (kind, right_kind):
            left, right = as_time(left, kind), as_time(right, right_kind)
        elif kind != right_kind or kind in ("dynamic",):
            if {kind, right_kind} & {"long", "real"}:
                left, right = as_number(left, kind)[0], as_number(right, right_kind)[0]
            else:
                left, right, kind = as_text(left, kind), as_text(right, right_kind), "text"
        if operator == "=":
            return Call("equal_folded" if kind == "text" and not self.scope.cased else "equal", (left, right))
        if operator in (">", ">="):
            left, right = right, left
        return Call("less" if operator in ("<", ">") else "less_or_equal", (left, right))

    def _wanted(self, left: Tree[Token], right: Tree[Token]) -> Value:
        """Return what a field is compared with; a bare word beside a field of a closed set is one of its values."""
        name = self._column_of(left)
        values = self.scope.enums.get(name or "", ())
        only = _only(right)
        if only.data == "enumerated" or (only.data == "field" and values):
            token = _token_of(only)
            word = str(token).upper().removeprefix("ENUM.")
            if word in values:
                return Constant(word, "text"), "text"
            if only.data == "enumerated":
                known = difflib.get_close_matches(word, values, 3) if values else []
                hint = f"; did you mean {' or '.join(known)}?" if known else ""
                place = name or "what it is compared with"
                raise self.scope.wrong(f"ENUM.{word} is no value of {place}{hint}", only)
        if values and only.data == "integer":
            raise self.scope.wrong(f"values of {name} are written as ENUM.NAME here, such as ENUM.{values[0]}", only)
        return self.value(right)

    def _among(self, tree: Tree[Token]) -> Value:
        left, *rest = tree.children
        assert isinstance(left, Tree)  # noqa: S101 - for mypy
        choices = [child for child in rest if isinstance(child, Tree)]
        if choices and choices[0].data == "subquery":
            raise self.scope.wrong("in (a query) cannot be honoured; join it instead", choices[0])
        found = either(*(self._compare(left, "=", choice) for choice in choices))
        return (Negated(found) if _negated(rest) else found), "boolean"

    def _contains(self, tree: Tree[Token]) -> Value:
        left, *rest = tree.children
        right = rest[-1]
        assert isinstance(left, Tree) and isinstance(right, Tree)  # noqa: S101, PT018 - for mypy
        subject, kind = self.value(left)
        self._chosen_by(left)
        wanted, wanted_kind = self.value(right)
        found = self._contained(left, subject, kind, wanted, wanted_kind)
        return (Negated(found) if _negated(rest) else found), "boolean"

    def _contained(
        self, left: Tree[Token], subject: Expression, kind: Kind, wanted: Expression, wanted_kind: Kind
    ) -> Expression:
        if not isinstance(wanted, Constant):
            pair = (as_text(subject, kind), as_text(wanted, wanted_kind))
            return Call("contains_text", pair if self.scope.cased else tuple(Call("fold", (one,)) for one in pair))
        written = str(wanted.value)
        if self._is_key(left):
            written = key_in_one_spelling(written)
        test = compared(written, self.scope.cased, contained=True)
        if "*" in written:
            self.scope.starred = True
            if self.scope.literal_stars:
                test = Text("contains", written, self.scope.cased)
        if kind == "dynamic":
            each = Each(
                "some", as_dynamic(subject, kind), "element", Holds(Call("text_of_dynamic", (Column("element"),)), test)
            )
            return either(each, Holds(as_text(subject, kind), test))
        return Holds(as_text(subject, kind), test)

    def _inside(self, tree: Tree[Token]) -> Value:
        left, *rest = tree.children
        assert isinstance(left, Tree)  # noqa: S101 - for mypy
        subject, kind = self.value(left)
        self._chosen_by(left)
        address = as_text(subject, kind)
        ways = []
        for choice in (child for child in rest if isinstance(child, Tree)):
            wanted, wanted_kind = self.value(choice)
            if isinstance(wanted, Constant) and isinstance(wanted.value, str):
                networks = [part.strip() for part in wanted.value.split(",") if part.strip()]
                ways += [
                    Call("is_inside", (address, Constant(self._network(part, choice), "text"))) for part in networks
                ]
            else:
                ways.append(Call("is_inside", (address, as_text(wanted, wanted_kind))))
        found = either(*ways)
        return (Negated(found) if _negated(rest) else found), "boolean"

    def _network(self, text: str, at: Tree[Token]) -> str:
        from ipaddress import ip_network  # noqa: PLC0415 - beside its only use

        try:
            ip_network(text, strict=False)
        except ValueError:
            raise self.scope.wrong(f"{text[:60]!r} is no network such as 10.0.0.0/8", at) from None
        return text

    def _matches(self, tree: Tree[Token]) -> Value:
        left, *rest = tree.children
        right = rest[-1]
        assert isinstance(left, Tree) and isinstance(right, Tree)  # noqa: S101, PT018 - for mypy
        subject, kind = self.value(left)
        self._chosen_by(left)
        wanted, _ = self.value(right)
        if not isinstance(wanted, Constant) or not isinstance(wanted.value, str):
            raise self.scope.wrong("~= needs an expression that is written as a text", right)
        flags = "" if self.scope.cased else "i"
        if not compiled(wanted.value, flags).linear:
            raise self.scope.wrong(
                "this expression is none of RE2, which XQL uses (no look-around, no back references)", right
            )
        found = Holds(as_text(subject, kind), Regex(wanted.value, flags))
        negated = _negated(rest) or any(str(one) == "!~=" for one in rest if isinstance(one, Token))
        return (Negated(found) if negated else found), "boolean"

    def _unknown_operator(self, tree: Tree[Token]) -> Value:
        name = next(child for child in tree.children if isinstance(child, Token) and child.type == "NAME")
        raise self.scope.wrong(f"XQL has no operator {name}; write ~= with an expression, or contains", name)

    # --- Values

    def _sum(self, tree: Tree[Token]) -> Value:
        return self._arithmetic(tree, {"+": "add", "-": "subtract"})

    def _product(self, tree: Tree[Token]) -> Value:
        return self._arithmetic(tree, {"*": "multiply", "/": "divide"})

    def _arithmetic(self, tree: Tree[Token], names: dict[str, str]) -> Value:
        first, *rest = tree.children
        assert isinstance(first, Tree)  # noqa: S101 - for mypy
        found = self.value(first)
        for operator, part in zip(rest[::2], rest[1::2], strict=True):
            assert isinstance(part, Tree)  # noqa: S101 - for mypy
            left, right = as_number(*found), as_number(*self.value(part))
            kind: Kind = "real" if "real" in (left[1], right[1]) or str(operator) == "/" else "long"
            found = Call(names[str(operator)], (left[0], right[0])), kind
        return found

    def _field(self, tree: Tree[Token]) -> Value:
        name = self.scope.name_of(_token_of(tree))
        return Column(name), self.scope.columns[name]

    def _arrow(self, tree: Tree[Token]) -> Value:
        inner, arrow = tree.children
        assert isinstance(inner, Tree)  # noqa: S101 - for mypy
        document = self.value(inner)
        path = str(arrow)[2:].strip()
        suffix = next((one for one in _SUFFIXES if path.endswith(one)), "")
        steps: list[str | int] = []
        for step in _JSON_STEP.finditer(path.removesuffix(suffix)):
            steps.append(int(step.group(3)) if step.group(3) else step.group(2) or step.group(1))
        if not suffix:
            return scalar_at(document, json_path(steps))
        source = document[0] if document[1] == "dynamic" else Call("dynamic_if_json", (as_text(*document),))
        found = Call("at_path", (source, Constant(json_path(steps), "text"))) if steps else source
        return (found, "dynamic") if suffix == "[]" else (Call("json_of", (found,)), "text")

    def _call(self, tree: Tree[Token]) -> Value:
        name = _token_of(tree)
        folded = str(name).lower()
        given = [child for argument in self._parts(tree) for child in argument.children if isinstance(child, Tree)]
        if folded == "current_time":
            return Constant(self.scope.now, "time"), "time"
        if folded in ("arrayfilter", "arraymap", "array_any", "array_all"):
            return self._on_elements(tree, folded, given)
        function = FUNCTIONS.get(folded)
        if function is None:
            reason = REFUSED_FUNCTIONS.get(folded)
            if reason:
                raise self.scope.wrong(f"the function {folded} cannot be honoured: {reason}", name)
            alike = difflib.get_close_matches(folded, FUNCTIONS, 1)
            hint = f"; did you mean {alike[0]}?" if alike else ""
            raise self.scope.wrong(f"there is no function {folded}{hint}", name)
        if not function.least <= len(given) <= function.most:
            many = f"{function.least}" if function.least == function.most else f"{function.least} to {function.most}"
            raise self.scope.wrong(f"{folded} takes {many} values, not {len(given)}", name)
        try:
            return function.make([self.value(one) for one in given])
        except UnfitError as error:
            raise self.scope.wrong(str(error), name) from None

    def _on_elements(self, tree: Tree[Token], name: str, given: list[Tree[Token]]) -> Value:
        try:
            listed, formula = given
        except ValueError:
            raise self.scope.wrong(f"{name} takes 2 values, not {len(given)}", tree) from None
        elements = as_dynamic(*self.value(listed))
        own = replace(self.scope, columns={**self.scope.columns, "@element": "text"})
        inside = Expressions(own)
        body, kind = inside.value(formula)
        body = _with_element(body)
        if name == "arraymap":
            return Each("change", elements, "@json", as_dynamic(body, kind)), "dynamic"
        if kind != "boolean":
            raise self.scope.wrong(f"{name} needs a condition", formula)
        if name == "arrayfilter":
            return Each("keep", elements, "@json", body), "dynamic"
        return Each("some" if name == "array_any" else "every", elements, "@json", body), "boolean"

    # --- Literals

    def _text(self, tree: Tree[Token]) -> Value:
        return Constant(plain(str(tree.children[0])), "text"), "text"

    def _triple(self, tree: Tree[Token]) -> Value:
        return Constant(unescaped(str(tree.children[0])), "text"), "text"

    def _integer(self, tree: Tree[Token]) -> Value:
        number = int("".join(map(str, tree.children)))
        if not -(2**63) <= number < 2**63:
            raise self.scope.wrong("this number has more than 64 bits", tree)
        return Constant(number, "long"), "long"

    def _decimal(self, tree: Tree[Token]) -> Value:
        return Constant(float("".join(map(str, tree.children))), "real"), "real"

    def _boolean(self, tree: Tree[Token]) -> Value:
        return (TRUE if str(tree.children[0]).lower() == "true" else FALSE), "boolean"

    def _null(self, tree: Tree[Token]) -> Value:
        del tree
        return Constant(None, "text"), "text"

    def _enumerated(self, tree: Tree[Token]) -> Value:
        return Constant(str(tree.children[0]).upper().removeprefix("ENUM."), "text"), "text"

    def _duration(self, tree: Tree[Token]) -> Value:
        return Constant(duration(str(tree.children[0])) // SECOND, "long"), "long"

    # --- Helpers

    def _is_written(self, tree: Tree[Token]) -> bool:
        return _only(tree).data in ("text", "triple", "integer", "decimal", "boolean", "null", "enumerated", "duration")

    def _column_of(self, tree: Tree[Token]) -> str | None:
        only = _only(tree)
        return self.scope.name_of(_token_of(only)) if only.data == "field" else None

    def _is_key(self, tree: Tree[Token]) -> bool:
        return any(
            self.scope.name_of(_token_of(one)) in self.scope.registry
            for one in tree.iter_subtrees()
            if one.data == "field"
        )

    def _chosen_by(self, tree: Tree[Token]) -> None:
        for one in tree.iter_subtrees():
            if one.data == "field":
                self.scope.tested(self.scope.name_of(_token_of(one)), one)


def _negated(children: list[Any]) -> bool:
    return any(isinstance(child, Token) and child.type == "NOT" for child in children)


def _only(tree: Tree[Token]) -> Tree[Token]:
    """Return what a tree of one branch comes down to."""
    while tree.data in ("sum", "product", "disjunction", "conjunction") and len(tree.children) == 1:
        child = tree.children[0]
        assert isinstance(child, Tree)  # noqa: S101 - for mypy
        tree = child
    return tree


def _token_of(tree: Tree[Token]) -> Token:
    child = tree.children[0]
    return child if isinstance(child, Token) else _token_of(child)


def _with_element(body: Expression) -> Expression:
    """Put the text of an element where its name stands."""
    import msgspec  # noqa: PLC0415 - beside its only use

    element = Call("text_of_dynamic", (Column("@json"),))

    def change(value: Any) -> Any:  # noqa: ANN401 - any part of an expression
        if isinstance(value, Column) and value.name == "@element":
            return element
        if isinstance(value, tuple):
            return tuple(map(change, value))
        if isinstance(value, msgspec.Struct) and type(value).__module__ == Column.__module__:
            return type(value)(*(change(getattr(value, name)) for name in value.__struct_fields__))
        return value

    found: Expression = change(body)
    return found
