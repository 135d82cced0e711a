"""What is worked out of one row: values, tests, choices.

The languages of hunting queries lower to these; `query.plan.sql` prints them. Tests on one value are those of
`query.nodes`, so that the same test means the same in a rule and in a hunt.

A condition has two values. What cannot be worked out, because something is missing, does not hold, and its negation
does (`query.missing`). Where a language says otherwise, its lowering says so with `Call("is_missing", …)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from yadorigi.query.nodes import Test

Kind: TypeAlias = Literal["text", "long", "real", "boolean", "time", "span", "dynamic"]
"""What values are. A time is UTC; ``time`` and ``span`` count microseconds; ``dynamic`` is any JSON."""


class Column(msgspec.Struct, frozen=True, tag="column"):
    """The value of a column."""

    name: str


class Constant(msgspec.Struct, frozen=True, tag="constant"):
    """A value; None stands for a missing one of the kind. Times and spans are in microseconds, dynamic is JSON text."""

    value: str | int | float | bool | None
    kind: Kind


class Call(msgspec.Struct, frozen=True, tag="call"):
    """What a function of `query.plan.functions` makes of its arguments."""

    function: str
    arguments: tuple[Expression, ...]


class Holds(msgspec.Struct, frozen=True, tag="holds"):
    """A test holds of a value, of which the text is looked at where it is none; it never holds of a missing one."""

    subject: Expression
    test: Test


class All(msgspec.Struct, frozen=True, tag="all"):
    """All conditions hold; true where there are none."""

    conditions: tuple[Expression, ...]


class Any(msgspec.Struct, frozen=True, tag="any"):
    """At least one condition holds; false where there are none."""

    conditions: tuple[Expression, ...]


class Negated(msgspec.Struct, frozen=True, tag="negated"):
    """The condition does not hold."""

    condition: Expression


class Choice(msgspec.Struct, frozen=True, tag="choice"):
    """The value beside the first condition that holds, else another one. All values are of one kind."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression


class Each(msgspec.Struct, frozen=True, tag="each"):
    """What is made of each element of a list, which the body calls `item`.

    ``keep`` gives the elements of which the body holds, ``change`` what the body makes of each, ``some`` and ``every``
    say whether the body holds of at least one or of all.
    """

    how: Literal["keep", "change", "some", "every"]
    elements: Expression
    item: str
    body: Expression


class Single(msgspec.Struct, frozen=True, tag="single"):
    """The value in the first column of the first of other rows (`query.plan.relations`); missing where none is."""

    rows: object
    kind: Kind


class Within(msgspec.Struct, frozen=True, tag="within"):
    """The value is one of those in the first column of other rows (`query.plan.relations`), which are of its kind."""

    subject: Expression
    rows: object


Expression: TypeAlias = Column | Constant | Call | Holds | All | Any | Negated | Choice | Each | Single | Within

TRUE = Constant(True, "boolean")
FALSE = Constant(False, "boolean")


def children_of(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions that one is made of."""
    match expression:
        case Call():
            return expression.arguments
        case Holds():
            return (expression.subject,)
        case All() | Any():
            return expression.conditions
        case Negated():
            return (expression.condition,)
        case Choice():
            return (*(part for branch in expression.branches for part in branch), expression.otherwise)
        case Each():
            return (expression.elements, expression.body)
        case Within():
            return (expression.subject,)
        case Column() | Constant() | Single():
            return ()


def columns_in(expression: Expression) -> Iterator[str]:
    """Give the names of columns that an expression needs, in their order; those of its own elements are none."""
    pending: list[tuple[Expression, frozenset[str]]] = [(expression, frozenset())]
    while pending:
        current, own = pending.pop()
        if isinstance(current, Column):
            if current.name not in own:
                yield current.name
        elif isinstance(current, Each):
            pending += [(current.body, own | {current.item}), (current.elements, own)]
        else:
            pending += [(child, own) for child in reversed(children_of(current))]


def both(*conditions: Expression) -> Expression:
    """Join conditions by and, flattening, without those that always hold."""
    kept: list[Expression] = []
    for condition in conditions:
        if isinstance(condition, All):
            kept.extend(condition.conditions)
        elif condition != TRUE:
            kept.append(condition)
    if not kept:
        return TRUE
    return kept[0] if len(kept) == 1 else All(tuple(kept))


def either(*conditions: Expression) -> Expression:
    """Join conditions by or, flattening, without those that never hold."""
    kept: list[Expression] = []
    for condition in conditions:
        if isinstance(condition, Any):
            kept.extend(condition.conditions)
        elif condition != FALSE:
            kept.append(condition)
    if not kept:
        return FALSE
    return kept[0] if len(kept) == 1 else Any(tuple(kept))
