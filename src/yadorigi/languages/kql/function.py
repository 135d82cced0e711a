"""What a function of KQL is, and makers of those that are functions of plans by another name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from yadorigi.languages.kql.conversions import as_text
from yadorigi.query.plan.conversions import as_dynamic, as_long, as_real
from yadorigi.query.plan.expressions import Call, Constant, Expression, Kind

Value = tuple[Expression, Kind]


class UnfitError(Exception):
    """A function cannot be called so; says why."""


@dataclass(frozen=True, slots=True)
class Function:
    """How a function is made of those of plans.

    Attributes:
        make: returns what a call means.
        least, most: arguments that it takes.
    """

    make: Callable[[list[Value]], Value]
    least: int = 1
    most: int = 1


MANY: Final = 64
"""Values that a function with any number of them takes."""
DAY: Final = 86_400_000_000
"""Microseconds."""


def whole(number: int) -> Constant:
    """Return a whole number."""
    return Constant(number, "long")


def written(text: str) -> Constant:
    """Return a text."""
    return Constant(text, "text")


def constant_text(value: Value, what: str) -> str:
    """Return a text that stands in the query.

    Raises:
        UnfitError: it is worked out.
    """
    if not isinstance(value[0], Constant) or not isinstance(value[0].value, str):
        raise UnfitError(f"{what} must be written as a text")
    return value[0].value


def of_texts(name: str, kind: Kind, count: int = 1) -> Function:
    """Return a function of plans over texts."""
    return Function(lambda given: (Call(name, tuple(as_text(*one) for one in given)), kind), count, count)


def of_real(name: str, kind: Kind = "real", count: int = 1) -> Function:
    """Return a function of plans over numbers."""
    return Function(lambda given: (Call(name, tuple(as_real(*one) for one in given)), kind), count, count)


def of_longs(name: str, count: int = 2) -> Function:
    """Return a function of plans over whole numbers."""
    return Function(lambda given: (Call(name, tuple(as_long(*one) for one in given)), "long"), count, count)


def of_list(name: str, kind: Kind = "dynamic") -> Function:
    """Return a function of plans over a list."""
    return Function(lambda given: (Call(name, (as_dynamic(*given[0]),)), kind))


def of_lists(name: str) -> Function:
    """Return a function of plans over lists, two at a time."""

    def make(given: list[Value]) -> Value:
        found = as_dynamic(*given[0])
        for one in given[1:]:
            found = Call(name, (found, as_dynamic(*one)))
        return found, "dynamic"

    return Function(make, 1, MANY)


def common_kind(values: list[Value]) -> Kind:
    """Return the kind that values have together; a missing one fits any."""
    kinds = {kind for expression, kind in values if not (isinstance(expression, Constant) and expression.value is None)}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds and kinds <= {"long", "real"}:
        return "real"
    return "dynamic" if "dynamic" in kinds else "text"


def alike(value: Value, kind: Kind) -> Expression:
    """Return a value as one of a kind."""
    if isinstance(value[0], Constant) and value[0].value is None:
        return Constant(None, kind)
    if value[1] == kind:
        return value[0]
    return as_real(*value) if kind == "real" else as_dynamic(*value) if kind == "dynamic" else as_text(*value)
