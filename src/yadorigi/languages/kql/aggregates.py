"""The aggregates of KQL ("Aggregation functions"), made of those of plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.languages.kql.conversions import as_text
from yadorigi.languages.kql.expressions import Expressions, Scope, name_of
from yadorigi.languages.kql.names import default_name
from yadorigi.languages.kql.values import trees
from yadorigi.query.plan.conversions import as_number, as_real
from yadorigi.query.plan.expressions import Call, Column, Constant, Expression
from yadorigi.query.plan.relations import Aggregate, SortKey

if TYPE_CHECKING:
    from lark import Token, Tree

    from yadorigi.languages.kql.function import Value

_SIMPLE: Final = {
    "any": "any", "take_any": "any", "argmax": "at_largest", "argmin": "at_smallest",
    "arg_max": "at_largest", "arg_min": "at_smallest", "avg": "average",
    "binary_all_and": "bits_and", "binary_all_or": "bits_or", "binary_all_xor": "bits_xor", "count": "count",
    "count_distinct": "count_distinct", "dcount": "count_distinct", "make_bag": "merged", "make_dictionary": "merged",
    "make_list": "list", "makelist": "list",
    "make_set": "set", "makeset": "set", "max": "largest", "min": "smallest", "percentile": "nearest_rank",
    "percentiles": "nearest_rank", "percentiles_array": "nearest_ranks", "stdev": "deviation",
    "stdevp": "deviation_all", "sum": "sum", "variance": "variance", "variancep": "variance_all",
}  # fmt: skip
_CONDITIONAL: Final = {
    "avgif": "average", "countif": "count", "count_distinctif": "count_distinct", "dcountif": "count_distinct",
    "make_bag_if": "merged", "make_list_if": "list", "make_set_if": "set", "maxif": "largest", "minif": "smallest",
    "stdevif": "deviation",
    "sumif": "sum", "take_anyif": "any", "anyif": "any", "varianceif": "variance",
}  # fmt: skip
_SHORT: Final = {
    "make_bag": "bag", "make_bag_if": "bag", "make_dictionary": "bag", "make_list": "list", "makelist": "list",
    "make_set": "set", "makeset": "set", "make_list_if": "list", "make_set_if": "set",
}  # fmt: skip
"""Aggregates of which the column is called otherwise than they."""

_REAL: Final = frozenset({"average", "deviation", "deviation_all", "variance", "variance_all"})
AGGREGATES: Final = tuple(sorted((*_SIMPLE, *_CONDITIONAL)))
"""Names of those that are honoured."""

REFUSED_AGGREGATES: Final = {
    "buildschema": "it is not read yet",
    "hll": "guesses of counts are not made here; write dcount",
    "hll_if": "guesses of counts are not made here; write dcountif",
    "hll_merge": "guesses of counts are not made here",
    "make_list_with_nulls": "it is not read yet; write make_list",
    "percentilew": "weights are not read yet",
    "percentilesw": "weights are not read yet",
    "percentilesw_array": "weights are not read yet",
    "tdigest": "guesses of ranks are not made here; write percentile",
    "tdigest_merge": "guesses of ranks are not made here",
    "covariance": "it is not read yet",
    "covariancep": "it is not read yet",
}
"""Aggregates that are known and not honoured, each with the reason."""


def _called(tree: Tree[Token]) -> str:
    return name_of(trees(tree)[0]) if tree.data == "call" else ""


def is_aggregate(tree: Tree[Token]) -> bool:
    """Say whether a tree is a call of an aggregate."""
    return _called(tree) in _SIMPLE or _called(tree) in _CONDITIONAL


def refuse_aggregates(tree: Tree[Token], scope: Scope) -> None:
    """Look for aggregates that are not honoured.

    Raises:
        QueryError: there is one.
    """
    for one in tree.iter_subtrees():
        reason = REFUSED_AGGREGATES.get(_called(one))
        if reason:
            raise scope.wrong(f"the aggregate {_called(one)} cannot be honoured: {reason}", one)


def aggregates_of(tree: Tree[Token], shown: tuple[str, ...], scope: Scope) -> list[Aggregate]:
    """Return the columns that a call of an aggregate makes.

    Args:
        tree: the call.
        shown: names that the query gives them, perhaps none.
        scope: what names mean.

    Raises:
        QueryError: it cannot be honoured.
    """
    name_tree, *given = trees(tree)
    name = name_of(name_tree)
    say = Expressions(scope)
    if name in ("arg_max", "arg_min", "argmax", "argmin"):
        return _at_extreme(name, given, shown, scope)
    only: Expression | None = None
    function = _SIMPLE.get(name) or _CONDITIONAL[name]
    if name in _CONDITIONAL:
        if not given:
            raise scope.wrong(f"{name} needs a condition", name_tree)
        place = (
            len(given) - 1
            if name not in ("dcountif", "make_bag_if", "make_list_if", "make_set_if")
            else min(1, len(given) - 1)
        )
        only = say.condition(given.pop(place))
    default = f"{_SHORT.get(name, name)}_{_shown(given[0]) if given else ''}"
    if name == "count" and len(given) == 1 and say.value(given[0])[1] == "text":
        # Published hunts write count(column): of texts, none of which is ever missing, these are all rows.
        given = []
    if (not given) != (function == "count"):
        raise scope.wrong(f"{name} needs {'no value' if given else 'a value'}", name_tree)
    if function == "any":
        return _any(name, given, shown, scope, only)
    if function == "nearest_rank":
        return _percentiles(given, shown, default.replace("percentiles_", "percentile_"), scope, name_tree)
    if function == "nearest_ranks":
        raise scope.wrong("the aggregate percentiles_array cannot be honoured: write percentiles", name_tree)
    values = [say.value(one) for one in given]
    limit = _limit(name, function, values, scope, name_tree)
    order: tuple[SortKey, ...] = ()
    if function in ("list", "merged"):
        order = scope.order or (SortKey(values[0][0]),)
    argument = tuple(_fitting(function, value) for value in values[:1])
    if values and values[0][1] == "span" and function == "average":
        function = "average_span"
    aggregate = Aggregate(shown[0] if shown else default, function + limit[0], (*argument, *limit[1]), only, order)
    return [aggregate]


def _limit(
    name: str, function: str, values: list[Value], scope: Scope, at: Tree[Token]
) -> tuple[str, tuple[Expression, ...]]:
    """Return what the second value of an aggregate is: the most elements of a list, or how exact a count is."""
    if len(values) <= 1:
        return "", ()
    if function == "count_distinct":
        scope.notes.append(f"the second value of {name} says how exact the count is; it is exact here")
        return "", ()
    limit = values[1][0]
    if function not in ("list", "set") or not isinstance(limit, Constant) or not isinstance(limit.value, int):
        raise scope.wrong(f"{name} takes one value here", at)
    return "_limited", (Constant(limit.value, "long"),)


def _fitting(function: str, value: Value) -> Expression:
    if function in _REAL:
        return value[0] if value[1] == "span" and function == "average" else as_real(*value)
    if value[1] == "text" and function in ("count_distinct", "list", "set"):
        return Call("first_present", (value[0], Constant("", "text")))
    if value[1] in ("time", "span") and function in ("list", "set"):
        return as_text(*value)
    if value[1] == "dynamic" and function in ("count_distinct", "largest", "smallest"):
        return as_text(*value)
    return as_number(*value)[0] if function == "sum" and value[1] in ("text", "dynamic") else value[0]


def _any(
    name: str, given: list[Tree[Token]], shown: tuple[str, ...], scope: Scope, only: Expression | None
) -> list[Aggregate]:
    """Return one value of each column: the first in an order, so that it is settled which."""
    say = Expressions(scope)
    prefix = "any_" if name in ("any", "anyif") else ""
    if len(given) == 1 and given[0].data == "star":
        named: list[tuple[str, Expression]] = [(one, Column(one)) for one in _all_columns(scope)]
    else:
        named = [(prefix + _shown(one), say.value(one)[0]) for one in given]
    return [
        Aggregate(shown[place] if len(shown) > place else column, "any", (value,), only)
        for place, (column, value) in enumerate(named)
    ]


def _percentiles(
    given: list[Tree[Token]], shown: tuple[str, ...], default: str, scope: Scope, at: Tree[Token]
) -> list[Aggregate]:
    say = Expressions(scope)
    value, kind = say.value(given[0])
    if kind in ("text", "dynamic"):
        value = as_real(value, kind)
    made = []
    for place, one in enumerate(given[1:]):
        number = say.value(one)[0]
        if not isinstance(number, Constant) or not isinstance(number.value, int | float):
            raise scope.wrong("a percentile must be written as a number", one)
        if not 0 <= number.value <= 100:  # noqa: PLR2004 - per cent
            raise scope.wrong("a percentile is a number from 0 to 100", one)
        name = shown[place] if len(shown) > place else f"{default}_{number.value}"
        made.append(Aggregate(name, "nearest_rank", (value, Constant(number.value / 100, "real"))))
    if not made:
        raise scope.wrong("percentile needs a value and a number from 0 to 100", at)
    return made


def _at_extreme(name: str, given: list[Tree[Token]], shown: tuple[str, ...], scope: Scope) -> list[Aggregate]:
    """Return the greatest or smallest value, and the other columns of its row."""
    say = Expressions(scope)
    extreme, *others = given
    value, kind = say.value(extreme)
    if kind == "dynamic":
        value, kind = as_text(value, kind), "text"
    function = _SIMPLE[name]
    best = _shown(extreme) or f"{name[-3:]}_"
    made = [Aggregate(shown[0] if shown else best, "largest" if name.endswith("max") else "smallest", (value,))]
    if len(others) == 1 and others[0].data == "star":
        named: list[tuple[str, Expression]] = [(one, Column(one)) for one in _all_columns(scope) if one != best]
    else:
        named = [(_shown(one), say.value(one)[0]) for one in others]
    for place, (column, expression) in enumerate(named, 1):
        made.append(Aggregate(shown[place] if len(shown) > place else column, function, (expression, value)))
    return made


def _all_columns(scope: Scope) -> list[str]:
    """Return the columns that ``*`` means in an aggregate."""
    return [one for one in scope.columns if one not in scope.grouped and one[:1] != " "]


def _shown(tree: Tree[Token]) -> str:
    """Return what the documentation calls a column that has no name of its own."""
    name = default_name(tree, 1)
    return "" if name == "Column1" else name
