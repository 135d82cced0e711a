"""Plans in plain words, a step a line, for people who ask what became of a query."""

from __future__ import annotations

from collections.abc import Iterable

from yadorigi.query.describe import described
from yadorigi.query.plan.expressions import (
    All,
    Any,
    Call,
    Choice,
    Column,
    Constant,
    Each,
    Expression,
    Holds,
    Negated,
)
from yadorigi.query.plan.relations import (
    Aggregate,
    Distinct,
    Expand,
    Extend,
    First,
    Join,
    Named,
    Numbered,
    Project,
    Relation,
    Rows,
    Sort,
    SortKey,
    Summarize,
    Table,
    Take,
    Union,
    Where,
    Windowed,
    sources_of,
)

_HOW = {
    "inner": "those that meet",
    "left": "all of the first",
    "right": "all of the second",
    "full": "all of both",
    "semi": "those of the first that meet one",
    "anti": "those of the first that meet none",
}


def described_plan(relation: Relation, depth: int = 0) -> list[str]:
    """Return a plan in words: a line for each step, in the order in which they are done; what is inside is indented."""
    lines: list[str] = []
    chain: list[Relation] = []
    current = relation
    while True:
        chain.append(current)
        sources = sources_of(current)
        if len(sources) != 1:
            break
        current = sources[0]
    margin = "  " * depth
    for step in reversed(chain):
        inner = sources_of(step)
        if len(inner) > 1:
            for place, one in enumerate(inner, 1):
                lines.append(f"{margin}rows {place}:")
                lines += described_plan(one, depth + 1)
        lines.append(margin + _step(step))
    return lines


def _step(step: Relation) -> str:
    match step:
        case Table():
            return f"read the table {step.name}"
        case Rows():
            return f"take {len(step.values)} rows that stand in the query"
        case Where():
            return f"keep rows where {said(step.condition)}"
        case Extend():
            return f"work out {_named(step.columns)}"
        case Project():
            return f"show {_named(step.columns)}"
        case Summarize():
            by = f", for each {_named(step.groups)}" if step.groups else ""
            return f"work out of all rows {', '.join(map(_aggregate, step.aggregates)) or 'nothing more'}{by}"
        case Sort():
            return f"sort by {_keys(step.keys)}"
        case Take():
            return f"take the first {step.rows:,} rows"
        case _:
            return _other_step(step)


def _other_step(step: Relation) -> str:
    match step:
        case Distinct():
            return "take each row once"
        case First():
            order = f", the first by {_keys(step.keys)}" if step.keys else ""
            return f"take one row for each {', '.join(step.by)}{order}"
        case Join():
            pairs = [f"{one} = {other}" for one, other in step.pairs]
            pairs += [said(step.condition)] if step.condition is not None else []
            return f"join rows 1 and 2 where {' and '.join(pairs) or 'whatever'}: {_HOW[step.how]}"
        case Union():
            return "put these rows together"
        case Expand():
            return f"make a row for each element of {', '.join(step.columns)}"
        case Numbered():
            return f"number the rows as {step.name}"
        case Windowed():
            return f"work out {step.name} = {step.function} of the rows around"
        case _:
            raise TypeError(f"{type(step).__name__} is no step")


def said(expression: Expression) -> str:
    """Return an expression in words."""
    match expression:
        case Column():
            return expression.name
        case Constant():
            return "nothing" if expression.value is None else repr(expression.value)
        case Holds():
            return f"{said(expression.subject)} {described(expression.test)}"
        case All():
            return _joined(expression.conditions, "and", "always")
        case Any():
            return _joined(expression.conditions, "or", "never")
        case Negated():
            return f"not ({said(expression.condition)})"
        case Call():
            return f"{expression.function}({', '.join(map(said, expression.arguments))})"
        case Choice():
            ways = ", ".join(f"{said(value)} if {said(condition)}" for condition, value in expression.branches)
            return f"({ways}, else {said(expression.otherwise)})"
        case Each():
            return f"{expression.how} {expression.item} of {said(expression.elements)}: {said(expression.body)}"
        case _:
            return f"{said(expression.subject)} among other rows" if hasattr(expression, "subject") else "other rows"


def _joined(conditions: Iterable[Expression], word: str, none: str) -> str:
    told = [f"({said(one)})" if isinstance(one, All | Any) else said(one) for one in conditions]
    return f" {word} ".join(told) or none


def _named(columns: Iterable[Named]) -> str:
    return ", ".join(
        one.name if one.expression == Column(one.name) else f"{one.name} = {said(one.expression)}" for one in columns
    )


def _aggregate(aggregate: Aggregate) -> str:
    only = f" where {said(aggregate.only)}" if aggregate.only is not None else ""
    return f"{aggregate.name} = {aggregate.function}({', '.join(map(said, aggregate.arguments))}){only}"


def _keys(keys: Iterable[SortKey]) -> str:
    return ", ".join(f"{said(key.expression)}{', the last first' if key.descending else ''}" for key in keys)
