"""Makes expressions of plans of those of KQL.

A text is never missing in KQL, so a missing one is the empty one: ``x != "a"`` holds of it, ``x == ""`` too. A
comparison of another missing value does not hold, ``!=`` does.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from lark import Token, Tree

from yadorigi.errors import QueryError, RegexError
from yadorigi.languages.kql.conversions import as_text, as_time
from yadorigi.languages.kql.function import Function, UnfitError, Value
from yadorigi.languages.kql.literal_values import WrittenValues
from yadorigi.languages.kql.negation import refuted
from yadorigi.languages.kql.refused import refusal
from yadorigi.languages.kql.subqueries import WINDOWS, among_list, among_rows, single, window
from yadorigi.languages.kql.values import added, constant, multiplied, text_test, trees
from yadorigi.query.nodes import Compare, CompareOperator, Null, Regex, Test, Text
from yadorigi.query.plan.conversions import as_dynamic, as_number
from yadorigi.query.plan.expressions import (
    TRUE,
    Call,
    Column,
    Constant,
    Expression,
    Holds,
    Kind,
    Negated,
    both,
    either,
)
from yadorigi.query.regexes import compiled
from yadorigi.query.registry_keys import key_in_one_spelling

if TYPE_CHECKING:
    from yadorigi.query.plan.relations import Relation, SortKey

_COMPARES: Final[dict[str, CompareOperator]] = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EQUAL: Final = {"==": True, "=~": False, "!=": True, "<>": True, "!~": False}
"""Operators of equality, and whether letter case counts."""

_COUNTED: Final = frozenset({"long", "real", "boolean"})
_NEGATED: Final = frozenset({"!=", "<>", "!~"})


@dataclass(slots=True)
class Scope:
    """What names mean at one place of a query.

    Attributes:
        text: the whole query.
        functions: those that are honoured.
        columns: kinds by name.
        values: values that ``let`` gave names.
        registry: columns with keys of the registry.
        empty: columns that nothing fills.
        rows: returns the rows that a tree gives, for lists that are worked out by a query; None where it is a value.
        order: what rows are sorted by here.
        grouped: columns that rows are grouped by here, which ``*`` does not mean.
        own: calls a function that ``let`` made, for a value; None where there is none of the name.
        notes: what whoever asked should know.
    """

    text: str
    functions: Mapping[str, Function]
    columns: Mapping[str, Kind] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    registry: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    rows: Callable[[Tree[Token]], Relation | None] | None = None
    order: tuple[SortKey, ...] = ()
    grouped: frozenset[str] = frozenset()
    own: Callable[[Tree[Token], list[Value]], Value | None] | None = None
    notes: list[str] = field(default_factory=list)

    def wrong(self, reason: str, at: Tree[Token] | Token) -> QueryError:
        """Return an error with its place."""
        start = at.start_pos if isinstance(at, Token) else getattr(at.meta, "start_pos", None)
        return QueryError(reason, self.text, start)

    def column(self, name: str, at: Tree[Token] | Token) -> str:
        """Return a column's name.

        Raises:
            QueryError: there is none.
        """
        if name in self.columns:
            return name
        alike = difflib.get_close_matches(name, list(self.columns), 3) or [
            known for known in self.columns if known.lower() == name.lower()
        ]
        hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
        raise self.wrong(f"there is no column {name}{hint}", at)


def name_of(tree: Tree[Token] | Token) -> str:
    """Return what a name says."""
    token = tree if isinstance(tree, Token) else tree.children[0]
    written = str(token)
    return written[1:-1].strip()[1:-1] if written.startswith("[") else written


class Expressions(WrittenValues):
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
        for column in _columns_of(tree):
            if column in self.scope.empty:
                reason = f"no log that is read here can fill the column {column}, so rows cannot be chosen by it"
                raise self.scope.wrong(reason, tree)
        return value

    def value(self, tree: Tree[Token]) -> Value:
        """Return what a tree works out, and its kind.

        Raises:
            QueryError: it cannot be honoured.
        """
        method = getattr(self, f"_{tree.data}", None)
        if method is None:
            raise self.scope.wrong(f"{tree.data} cannot be honoured as a value", tree)
        try:
            found: Value = method(tree)
        except (UnfitError, ValueError) as error:
            raise self.scope.wrong(str(error), tree) from None
        return found

    def _toscalar(self, tree: Tree[Token]) -> Value:
        inner = trees(tree)[0]
        rows = self.scope.rows(inner) if self.scope.rows is not None else None
        return self.value(inner) if rows is None else single(rows)

    def _pipe(self, tree: Tree[Token]) -> Value:
        if len(tree.children) > 1:
            raise self.scope.wrong("rows stand here where a value is needed; write toscalar(…) around them", tree)
        return self.value(trees(tree)[0])

    def _inner(self, tree: Tree[Token]) -> Value:
        return self._pipe(trees(tree)[0])

    def _disjunction(self, tree: Tree[Token]) -> Value:
        return either(*map(self.condition, trees(tree))), "boolean"

    def _conjunction(self, tree: Tree[Token]) -> Value:
        return both(*map(self.condition, trees(tree))), "boolean"

    # --- Comparisons

    def _compared(self, tree: Tree[Token]) -> Value:
        left, right = trees(tree)
        operator = str(next(child for child in tree.children if isinstance(child, Token)))
        found = self._compare((self.value(left), left), operator, (self.value(right), right))
        return found, "boolean"

    def _compare(self, left: tuple[Value, Tree[Token]], operator: str, right: tuple[Value, Tree[Token]]) -> Expression:
        if operator in _NEGATED:
            found = self._compare(left, {"!=": "==", "<>": "==", "!~": "=~"}[operator], right)
            # Whether two missing values differ is not known; a missing one differs from one that is there.
            asked = isinstance(found, Call) and found.function == "equal"
            return refuted(found, self.scope.columns) if asked else Negated(found)
        if isinstance(left[0][0], Constant) and not isinstance(right[0][0], Constant):
            left, right, operator = right, left, _TURNED.get(operator, operator)
        (subject, kind), (wanted, wanted_kind) = left[0], right[0]
        if isinstance(wanted, Constant):
            if kind == "boolean" and operator in _EQUAL and wanted.value in (True, False, 0, 1):
                return subject if wanted.value else refuted(subject, self.scope.columns)
            simple = self._with_constant((subject, kind), operator, wanted, self._is_key(left[1]))
            if simple is not None:
                return simple
        return self._of_alike((subject, kind), operator, (wanted, wanted_kind))

    def _with_constant(self, subject: Value, operator: str, wanted: Constant, is_key: bool) -> Expression | None:
        value, kind = subject
        written = wanted.value
        if (
            isinstance(written, str)
            and wanted.kind == "text"
            and kind in ("text", "dynamic", "long", "real", "boolean")
        ):
            if operator not in _EQUAL:
                return None
            if kind in ("long", "real"):
                return Holds(value, Text("equals", written.strip(), cased=True))
            return self._holds(
                as_text(value, kind),
                Text("equals", key_in_one_spelling(written) if is_key else written, _EQUAL[operator]),
            )
        if isinstance(written, int | float) and not isinstance(written, bool) and wanted.kind in ("long", "real"):
            if kind in ("text", "dynamic"):
                value, kind = as_number(value, kind)
            if kind not in ("long", "real"):
                return None
            if operator in _EQUAL:
                return Call("equal", (value, wanted))
            return Holds(value, Compare(_COMPARES[operator], written))
        return None

    def _holds(self, subject: Expression, test: Test) -> Expression:
        """Return a test of a text, of which a missing one is the empty one."""
        if isinstance(test, Text) and test.value == "":
            return Holds(subject, Null()) if test.operator == "equals" else TRUE
        return Holds(subject, test)

    def _of_alike(self, left: Value, operator: str, right: Value) -> Expression:
        (one, kind), (other, other_kind) = left, right
        if kind != other_kind and {kind, other_kind} & {"time", "span"} and {kind, other_kind} & _COUNTED:
            raise UnfitError(f"a {kind} and a {other_kind} cannot be compared")
        if "time" in (kind, other_kind) and kind != other_kind:
            one, other, kind = as_time(one, kind), as_time(other, other_kind), "time"
        elif kind != other_kind:
            if {kind, other_kind} & {"long", "real"}:
                one, other, kind = as_number(one, kind)[0], as_number(other, other_kind)[0], "real"
            else:
                one, other, kind = as_text(one, kind), as_text(other, other_kind), "text"
        elif kind == "dynamic":
            one, other, kind = as_text(one, kind), as_text(other, other_kind), "text"
        if operator in _EQUAL:
            if kind == "text":
                one, other = (Call("first_present", (part, Constant("", "text"))) for part in (one, other))
            return Call("equal" if _EQUAL[operator] or kind != "text" else "equal_folded", (one, other))
        if operator in (">", ">="):
            one, other = other, one
        return Call("less" if operator in ("<", ">") else "less_or_equal", (one, other))

    def _textual(self, tree: Tree[Token]) -> Value:
        left, right = trees(tree)
        operator = str(next(child for child in tree.children if isinstance(child, Token)))
        subject = as_text(*self.value(left))
        return self._by_text_operator(subject, operator, self.value(right), self._is_key(left)), "boolean"

    def _by_text_operator(self, subject: Expression, operator: str, wanted: Value, is_key: bool) -> Expression:
        if operator.startswith("!"):
            return Negated(self._by_text_operator(subject, operator[1:], wanted, is_key))
        cased = operator.endswith("_cs")
        name = operator.removesuffix("_cs")
        if isinstance(wanted[0], Constant):
            written = "" if wanted[0].value is None else str(wanted[0].value)
            return self._holds(subject, text_test(name, key_in_one_spelling(written) if is_key else written, cased))
        pair = (subject, as_text(*wanted))
        if not cased:
            pair = (Call("fold", (pair[0],)), Call("fold", (pair[1],)))
        function = {"contains": "contains_text", "startswith": "starts_with_text", "endswith": "ends_with_text"}.get(
            name
        )
        if function is None and name == "has":
            listed = Call("list", (as_dynamic(as_text(*wanted), "text"),))
            return Call("has_terms", (subject, listed, Constant("any_cs" if cased else "any", "text")))
        if function is None:
            raise UnfitError(f"{operator} needs a text that stands in the query")
        return Call(function, pair)

    def _anywhere(self, tree: Tree[Token]) -> Value:
        operator = str(next(child for child in tree.children if isinstance(child, Token) and child.type != "STAR"))
        wanted = self.value(trees(tree)[-1])
        if operator in _EQUAL:
            ways = [self._compare(((one, "text"), tree), operator, (wanted, tree)) for one in self._texts()]
            return either(*ways), "boolean"
        return either(*(self._by_text_operator(one, operator, wanted, False) for one in self._texts())), "boolean"

    def _texts(self) -> list[Expression]:
        """Return the texts of all columns."""
        shown = [name for name in self.scope.columns if name not in self.scope.empty and name[:1] != " "]
        return [as_text(Column(name), self.scope.columns[name]) for name in shown]

    def anywhere(self, operator: str, text: str) -> Expression:
        """Return the condition that an operator of texts holds of some column."""
        wanted: Value = Constant(text, "text"), "text"
        return either(*(self._by_text_operator(one, operator, wanted, False) for one in self._texts()))

    def _among(self, tree: Tree[Token]) -> Value:
        left, *choices = trees(tree)
        operator = str(next(child for child in tree.children if isinstance(child, Token)))
        return self._in(left, operator, choices), "boolean"

    def _among_name(self, tree: Tree[Token]) -> Value:
        left, right = trees(tree)
        operator = str(next(child for child in tree.children if isinstance(child, Token)))
        return self._in(left, operator, [right]), "boolean"

    def _in(self, left: Tree[Token], operator: str, choices: list[Tree[Token]]) -> Expression:
        if operator.startswith("!"):
            return Negated(self._in(left, operator[1:], choices))
        subject = self.value(left)
        if len(choices) == 1:
            rows = self.scope.rows(choices[0]) if self.scope.rows is not None else None
            if rows is not None:
                return among_rows(subject, operator, rows)
        is_key = self._is_key(left)
        ways: list[Expression] = []
        for one in (value for choice in choices for value in self._choices(choice)):
            if one[1] == "dynamic" and not isinstance(one[0], Constant):
                ways.append(among_list(subject, operator, one[0]))
            elif operator in ("has_any", "has_all"):
                ways.append(self._by_text_operator(as_text(*subject), "has", one, is_key))
            else:
                equal = "=~" if operator.endswith("~") else "=="
                ways.append(self._compare((subject, left), equal, (one, left)))
        return (both if operator == "has_all" else either)(*ways)

    def _choices(self, tree: Tree[Token]) -> list[Value]:
        """Return the values of one part of a list: a value, or the elements of a list that stands in the query."""
        inner = trees(tree)[0] if tree.data == "pipe" and len(tree.children) == 1 else tree
        found = self.value(inner)
        if isinstance(found[0], Constant) and found[1] == "dynamic":
            listed = json.loads(str(found[0].value)) if found[0].value is not None else []
            return [constant(one) for one in (listed if isinstance(listed, list) else [listed])]
        return [found]

    def _matches(self, tree: Tree[Token]) -> Value:
        left, right = trees(tree)
        wanted, _ = self.value(right)
        if not isinstance(wanted, Constant) or not isinstance(wanted.value, str):
            raise UnfitError("matches regex needs an expression that stands in the query")
        try:
            linear = compiled(wanted.value, "").linear
        except RegexError as error:
            raise UnfitError(str(error)) from None
        if not linear:
            raise UnfitError("this expression is none of RE2, which KQL uses (no look-around, no back references)")
        return Holds(as_text(*self.value(left)), Regex(wanted.value, "")), "boolean"

    def _between(self, tree: Tree[Token]) -> Value:
        left, low, high = trees(tree)
        operator = str(next(child for child in tree.children if isinstance(child, Token) and child.type == "BETWEEN"))
        subject, least, most = self.value(left), self.value(low), self.value(high)
        if subject[1] == "time" and most[1] == "span":
            most = Call("later", (as_time(*least), most[0])), "time"
        found = both(
            self._compare((subject, left), ">=", (least, low)), self._compare((subject, left), "<=", (most, high))
        )
        return (refuted(found, self.scope.columns) if operator.startswith("!") else found), "boolean"

    # --- Values

    def _sum(self, tree: Tree[Token]) -> Value:
        first, *rest = tree.children
        found = self.value(first)  # type: ignore[arg-type]  # the grammar begins with a tree
        for operator, part in zip(rest[::2], rest[1::2], strict=True):
            found = added(found, str(operator), self.value(part))  # type: ignore[arg-type]  # as above
        return found

    def _product(self, tree: Tree[Token]) -> Value:
        first, *rest = tree.children
        found = self.value(first)  # type: ignore[arg-type]  # the grammar begins with a tree
        for operator, part in zip(rest[::2], rest[1::2], strict=True):
            found = multiplied(found, str(operator), self.value(part))  # type: ignore[arg-type]  # as above
        return found

    def _signed(self, tree: Tree[Token]) -> Value:
        value, kind = self.value(trees(tree)[0])
        if str(tree.children[0]) == "+":
            return value, kind
        if isinstance(value, Constant) and isinstance(value.value, int | float):
            return Constant(-value.value, value.kind), kind
        number, own = (value, kind) if kind in ("long", "real", "span") else as_number(value, kind)
        return Call("minus", (number,)), own

    def _member(self, tree: Tree[Token]) -> Value:
        inner, name = trees(tree)
        document = as_dynamic(*self.value(inner))
        return Call("member", (document, Constant(name_of(name), "text"))), "dynamic"

    def _indexed(self, tree: Tree[Token]) -> Value:
        inner, place = trees(tree)
        document = as_dynamic(*self.value(inner))
        value, kind = self.value(place)
        if kind == "text":
            return Call("member", (document, value)), "dynamic"
        return Call("element", (document, as_number(value, kind)[0])), "dynamic"

    def _column(self, tree: Tree[Token]) -> Value:
        name = name_of_column(tree)
        if name in self.scope.columns:
            return Column(name), self.scope.columns[name]
        if name in self.scope.values:
            return self.scope.values[name]
        name = self.scope.column(name, tree)
        return Column(name), self.scope.columns[name]

    def _name(self, tree: Tree[Token]) -> Value:
        return self._column(tree)

    def _call(self, tree: Tree[Token]) -> Value:
        name_tree, *rest = trees(tree)
        name = name_of(name_tree)
        if name == "not" and len(rest) == 1:
            return refuted(self.condition(rest[0]), self.scope.columns), "boolean"
        if name in ("column_ifexists", "columnifexists"):
            return self._column_if_exists(rest)
        if name == "pack_all":
            packed: list[Expression] = []
            for one, kind in self.scope.columns.items():
                packed += [Constant(one, "text"), as_dynamic(Column(one), kind)] if one[:1] != " " else []
            return Call("object", tuple(packed)), "dynamic"
        if name in WINDOWS:
            return window(name, [self.value(one) for one in rest], self.scope.columns)
        given = [self.value(one) for one in rest]
        if self.scope.own is not None:
            found = self.scope.own(tree, given)
            if found is not None:
                return found
        function = self.scope.functions.get(name)
        if function is None:
            reason = refusal(name)
            if reason:
                raise self.scope.wrong(f"the function {name} cannot be honoured: {reason}", name_tree)
            alike = difflib.get_close_matches(name, self.scope.functions, 1)
            hint = f"; did you mean {alike[0]}?" if alike else ""
            raise self.scope.wrong(f"there is no function {name}{hint}", name_tree)
        if not function.least <= len(given) <= function.most:
            many = f"{function.least}" if function.least == function.most else f"{function.least} to {function.most}"
            raise self.scope.wrong(f"{name} takes {many} values, not {len(given)}", name_tree)
        made = function.make(given)
        if name in ("ago", "now") and isinstance(made[0], Constant) and isinstance(made[0].value, int):
            self.scope.notes.append(_told_moment(name, made[0].value))
        return made

    def _column_if_exists(self, given: list[Tree[Token]]) -> Value:
        if len(given) != len(("name", "value")):
            raise UnfitError("column_ifexists takes a name and a value")
        wanted, otherwise = given
        name, _ = self.value(wanted)
        if isinstance(name, Constant) and name.value in self.scope.columns:
            return Column(str(name.value)), self.scope.columns[str(name.value)]
        return self.value(otherwise)

    # --- Helpers

    def _is_key(self, tree: Tree[Token]) -> bool:
        return any(name in self.scope.registry for name in _columns_of(tree))


def _told_moment(name: str, microseconds: int) -> str:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    except OverflowError:
        raise UnfitError("this is before the year 1 or after the year 9999") from None
    told = moment.strftime("%Y-%m-%d %H:%M:%S")
    return f"{name}(…) counts from the time of asking and is {told} UTC: events of an old case may all be older"


def name_of_column(tree: Tree[Token]) -> str:
    """Return the name in a tree that is a column's."""
    child = tree.children[0]
    return name_of(child)


def _columns_of(tree: Tree[Token]) -> list[str]:
    return [name_of_column(one) for one in tree.iter_subtrees() if one.data == "column"]
