"""Which columns a condition needs: it does not hold of rows that lack one of them."""

from __future__ import annotations

from typing import Final

from yadorigi.query.nodes import Exists, Null
from yadorigi.query.plan.expressions import All, Any, Call, Column, Expression, Holds

_STRICT: Final = frozenset({
    "contains_text", "ends_with_text", "equal", "equal_folded", "fold", "is_inside", "length", "less", "less_or_equal",
    "lower", "matches", "starts_with_text", "text_of_boolean", "text_of_dynamic", "text_of_long", "text_of_real",
    "text_of_time", "upper",
})  # fmt: skip
"""Functions that give a missing value of a missing one."""


def needed_in(condition: Expression) -> frozenset[str]:
    """Return names of columns without which a condition cannot hold; not all of them, perhaps."""
    match condition:
        case Holds(subject=subject, test=test):
            return frozenset() if isinstance(test, Null | Exists) else _of_value(subject)
        case All(conditions=conditions):
            return frozenset().union(*map(needed_in, conditions))
        case Any(conditions=conditions) if conditions:
            first, *rest = map(needed_in, conditions)
            return first.intersection(*rest)
        case Call():
            return _of_value(condition)
        case _:
            return frozenset()


def _of_value(value: Expression) -> frozenset[str]:
    match value:
        case Column(name=name):
            return frozenset({name})
        case Call(function=function, arguments=arguments) if function in _STRICT:
            return frozenset().union(*map(_of_value, arguments))
        case _:
            return frozenset()
