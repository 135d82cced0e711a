"""Conditions of KQL with three values: what a negation means where something is missing.

A comparison with a missing value gives none (``bool(null)``), and so does what is made of it; ``where`` keeps no such
row, nor does ``where not(…)``. Equality is another thing: a missing value is not equal to one that is there (the
documentation of the language, "Null values"). Conditions of plans have two values, so that "it is false" is said apart
from "it is not true".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from yadorigi.query.nodes import Cidr, Compare
from yadorigi.query.plan.columns import kind_of
from yadorigi.query.plan.expressions import (
    FALSE,
    TRUE,
    All,
    Any,
    Call,
    Choice,
    Column,
    Constant,
    Expression,
    Holds,
    Kind,
    Negated,
    both,
    either,
)

_UNKNOWN: Final = "is_unknown"
_WHOLE: Final = {4: "0.0.0.0/0", 6: "::/0"}
"""All addresses; what is in none of them is no address, and says nothing."""


def refuted(condition: Expression, columns: Mapping[str, Kind]) -> Expression:
    """Return the condition that another one is false, which does not hold where that has no value.

    Args:
        condition: the other one.
        columns: kinds by name.
    """
    match condition:
        case All():
            # What says that a value is there is a part of a negation, of which the negation is what was negated.
            return either(*(refuted(one, columns) for one in condition.conditions if not _is_of_negation(one)))
        case Any():
            return both(*(refuted(one, columns) for one in condition.conditions))
        case Negated():
            return condition.condition
        case Constant():
            return TRUE if condition.value is False else FALSE
        case _:
            return both(Negated(condition), *_known(condition, columns))


def known_or_missing(condition: Expression, columns: Mapping[str, Kind]) -> Expression:
    """Return a condition as a value, which is missing where it has none."""
    false = refuted(condition, columns)
    if false == Negated(condition) or isinstance(condition, Constant | Column | Choice | Negated):
        return condition
    return Choice(((condition, TRUE), (false, FALSE)), Constant(None, "boolean"))


def _known(condition: Expression, columns: Mapping[str, Kind]) -> list[Expression]:
    """Return what must hold for a comparison to have a value."""
    match condition:
        case Holds(subject=subject, test=Cidr(network=network)):
            ways = [_WHOLE[4], _WHOLE[6]] if ":" in network else [_WHOLE[4]]
            return [either(*(Holds(subject, Cidr(one)) for one in ways))]
        case Holds(subject=subject, test=Compare()):
            return [_present(subject)]
        case Call(function="equal", arguments=(one, other)):
            missable = [side for side in (one, other) if _missable(side, columns)]
            return [] if len(missable) < len((one, other)) else [either(*map(_present, missable))]
        case Call(function="less" | "less_or_equal", arguments=sides):
            return [_present(side) for side in sides if _missable(side, columns)]
        case Column() | Choice():
            return [_present(condition)]
        case _:
            return []


def _missable(side: Expression, columns: Mapping[str, Kind]) -> bool:
    """Say whether a value may be missing: a text never is."""
    return not (isinstance(side, Constant) and side.value is not None) and kind_of(side, columns) != "text"


def _present(value: Expression) -> Expression:
    return Negated(Call(_UNKNOWN, (value,)))


def _is_of_negation(condition: Expression) -> bool:
    """Say whether a condition is one that `_known` gives, and none that stands in a query."""
    match condition:
        case Negated(condition=Call(function=function)):
            return function == _UNKNOWN
        case Holds(test=Cidr(network=network)):
            return network in _WHOLE.values()
        case Any():
            return bool(condition.conditions) and all(map(_is_of_negation, condition.conditions))
        case _:
            return False
