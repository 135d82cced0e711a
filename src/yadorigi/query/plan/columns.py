"""Which columns a relation has, and of which kind a value is."""

from __future__ import annotations

from collections.abc import Mapping

from yadorigi.query.plan.aggregates import AGGREGATES
from yadorigi.query.plan.expressions import Call, Choice, Column, Constant, Each, Expression, Kind, Single
from yadorigi.query.plan.functions import FUNCTIONS
from yadorigi.query.plan.relations import (
    Aggregate,
    Distinct,
    Expand,
    Extend,
    First,
    Join,
    Numbered,
    Project,
    Relation,
    Rows,
    Sort,
    Summarize,
    Table,
    Take,
    Union,
    Where,
    Windowed,
)
from yadorigi.query.plan.windows import WINDOW_FUNCTIONS

Columns = Mapping[str, Kind]


def kind_of(expression: Expression, columns: Columns) -> Kind:
    """Return the kind of a value.

    Args:
        expression: what works it out.
        columns: those of the row.

    Raises:
        KeyError: there is no such column or function.
    """
    match expression:
        case Column():
            return columns[expression.name]
        case Constant() | Single():
            return expression.kind
        case Call():
            function = FUNCTIONS[expression.function]
            if function.result is not None:
                return function.result
            return _common(tuple(kind_of(one, columns) for one in expression.arguments))
        case Choice():
            values = (*(value for _, value in expression.branches), expression.otherwise)
            return _common(tuple(kind_of(value, columns) for value in values))
        case Each():
            return "boolean" if expression.how in ("some", "every") else "dynamic"
        case _:
            return "boolean"


def _common(kinds: tuple[Kind, ...]) -> Kind:
    """Return the kind that values of several kinds have together."""
    found = set(kinds)
    if len(found) == 1:
        return kinds[0]
    if found <= {"long", "real"}:
        return "real"
    return "dynamic" if "dynamic" in found else "text"


def aggregate_kind(aggregate: Aggregate, columns: Columns) -> Kind:
    """Return the kind of what an aggregate works out."""
    result = AGGREGATES[aggregate.function].result
    return kind_of(aggregate.arguments[0], columns) if result is None else result


def columns_of(relation: Relation) -> dict[str, Kind]:
    """Return the columns of a relation in their order."""
    match relation:
        case Table() | Rows():
            return dict(relation.columns)
        case Where() | Sort() | Take() | Distinct() | First():
            return columns_of(relation.source)
        case Extend():
            found = columns_of(relation.source)
            return found | {one.name: kind_of(one.expression, found) for one in relation.columns}
        case Project():
            found = columns_of(relation.source)
            return {one.name: kind_of(one.expression, found) for one in relation.columns}
        case Summarize():
            found = columns_of(relation.source)
            groups = {one.name: kind_of(one.expression, found) for one in relation.groups}
            return groups | {one.name: aggregate_kind(one, found) for one in relation.aggregates}
        case Join():
            left = columns_of(relation.left)
            return left if relation.how in ("semi", "anti") else left | columns_of(relation.right)
        case Union():
            return _united(relation)
        case Expand():
            found = columns_of(relation.source) | dict(zip(relation.columns, relation.kinds, strict=True))
            return found | {relation.index: "long"} if relation.index else found
        case Numbered():
            return columns_of(relation.source) | {relation.name: "long"}
        case Windowed():
            found = columns_of(relation.source)
            result = WINDOW_FUNCTIONS[relation.function].result
            return found | {relation.name: result or kind_of(relation.arguments[0], found)}


def _united(relation: Union) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for source in relation.sources:
        for name, kind in columns_of(source).items():
            found[name] = _common((found[name], kind)) if name in found else kind
    return found
