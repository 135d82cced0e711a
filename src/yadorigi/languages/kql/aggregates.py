"""The aggregates of KQL ("Aggregation functions"), made of those of plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.languages.kql.expressions import Expressions, Scope, name_of, name_of_column
from yadorigi.languages.kql.values import trees
from yadorigi.query.plan.conversions import as_number, as_real
from yadorigi.query.plan.expressions import Column, Constant, Expression
from yadorigi.query.plan.relations import Aggregate

if TYPE_CHECKING:
    from lark import Token, Tree

    from yadorigi.languages.kql.functions import Value

_SIMPLE: Final = {
    "any": "any", "take_any": "any", "arg_max": "at_largest", "arg_min": "at_smallest", "avg": "average",
    "binary_all_and": "bits_and", "binary_all_or": "bits_or", "count": "count", "count_distinct": "count_distinct",
    "dcount": "count_distinct", "make_list": "list", "makelist": "list", "make_set": "set", "makeset": "set",
    "max": "largest", "min": "smallest", "percentile": "quantile", "stdev": "deviation", "stdevp": "deviation_all",
    "sum": "sum", "variance": "variance", "variancep": "variance_all",
}  # fmt: skip
_CONDITIONAL: Final = {
    "avgif": "average", "countif": "count", "dcountif": "count_distinct", "make_list_if": "list", "make_set_if": "set",
    "maxif": "largest", "minif": "smallest", "sumif": "sum", "take_anyif": "any", "anyif": "any",
}  # fmt: skip
_REAL: Final = frozenset({"average", "deviation", "deviation_all", "quantile", "variance", "variance_all"})
AGGREGATES: Final = tuple(sorted((*_SIMPLE, *_CONDITIONAL)))
"""Names of those that are honoured."""


def is_aggregate(tree: Tree[Token]) -> bool:
    """Say whether a tree is a call of an aggregate."""
    return tree.data == "call" and name_of(trees(tree)[0]) in (*_SIMPLE, *_CONDITIONAL)


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
    if name in ("arg_max", "arg_min"):
        return _at_extreme(name, given, shown, scope)
    only: Expression | None = None
    function = _SIMPLE.get(name) or _CONDITIONAL[name]
    if name in _CONDITIONAL:
        only = say.condition(given[-1])
        given = given[:-1]
    if name in ("any", "take_any") and (len(given) != 1 or given[0].data == "star"):
        raise scope.wrong(f"{name} is honoured for one column", name_tree)
    values = [say.value(one) for one in given]
    limited = function in ("list", "set", "count_distinct") and len(values) > 1
    if limited:
        scope.notes.append(
            f"the second value of {name} (a limit, or how exact it is) is passed over: all is exact here"
        )
        values = values[:1]
    arguments = tuple(_fitting(function, value, place) for place, value in enumerate(values))
    default = f"{name}_" if not given else f"{name}_{_shown(given[0])}"
    return [Aggregate(shown[0] if shown else default, function, arguments, only)]


def _fitting(function: str, value: Value, place: int) -> Expression:
    if function == "quantile" and place == 1:
        number = value[0]
        if isinstance(number, Constant) and isinstance(number.value, int | float):
            return Constant(number.value / 100, "real")
    if function in _REAL:
        return as_real(*value)
    return as_number(*value)[0] if function == "sum" and value[1] in ("text", "dynamic") else value[0]


def _at_extreme(name: str, given: list[Tree[Token]], shown: tuple[str, ...], scope: Scope) -> list[Aggregate]:
    """Return the greatest or smallest value, and the other columns of its row."""
    say = Expressions(scope)
    extreme, *others = given
    value, _ = say.value(extreme)
    function = _SIMPLE[name]
    best = _shown(extreme)
    made = [Aggregate(shown[0] if shown else best, "largest" if name == "arg_max" else "smallest", (value,))]
    if len(others) == 1 and others[0].data == "star":
        named: list[tuple[str, Expression]] = [(one, Column(one)) for one in scope.columns if one != best]
    else:
        named = [(_shown(one), say.value(one)[0]) for one in others]
    for place, (column, expression) in enumerate(named, 1):
        made.append(Aggregate(shown[place] if len(shown) > place else column, function, (expression, value)))
    return made


def _shown(tree: Tree[Token]) -> str:
    """Return what the documentation calls a column that has no name of its own."""
    inner = tree
    while inner.data in ("pipe", "inner") and len(inner.children) == 1:
        inner = trees(inner)[0]
    if inner.data in ("column", "name"):
        return name_of_column(inner)
    columns = [name_of_column(one) for one in inner.iter_subtrees() if one.data == "column"]
    return columns[0] if columns else ""
