"""What an indicator asks for, where it asks for more than one value: conditions joined by "and" and "or"."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

from yadorigi.languages.indicators.form_error import FormError
from yadorigi.limits import INDICATOR_ALTERNATIVES_LIMIT

if TYPE_CHECKING:
    from yadorigi.schema.indicator import IndicatorType, Operator


@dataclass(frozen=True, slots=True)
class Condition:
    """One value of a type that an event must hold."""

    type: IndicatorType
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A condition that cannot be honoured, and why."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class All:
    """All of the parts must be in one event."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """One of the parts is enough."""

    parts: tuple[Expression, ...]


Expression: TypeAlias = Condition | Refused | All | Any
Alternative: TypeAlias = tuple[Condition | Refused, ...]
"""Conditions that must all hold of one event."""


def alternatives_of(expression: Expression) -> list[Alternative]:
    """Return an expression as alternatives of each of which all conditions must hold.

    Raises:
        FormError: there are too many.
    """
    match expression:
        case Any():
            found = [alternative for part in expression.parts for alternative in alternatives_of(part)]
        case All():
            sides = [alternatives_of(part) for part in expression.parts]
            count = 1
            for side in sides:
                count *= len(side)
            _check(count)
            found = [tuple(dict.fromkeys(sum(choice, ()))) for choice in product(*sides)]
        case _:
            found = [(expression,)]
    _check(len(found))
    return found


def _check(count: int) -> None:
    if count > INDICATOR_ALTERNATIVES_LIMIT:
        raise FormError(f"over {INDICATOR_ALTERNATIVES_LIMIT:,} alternatives")
