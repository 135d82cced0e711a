"""What a correlation asks of the events of some rules: how many, which values, which rules, in which order.

Plain data, as `query.nodes` is: encoding it cannot run code. `detect.correlate` says what it means on events.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, TypeAlias

import msgspec

CorrelationType: TypeAlias = Literal[
    "event_count",
    "value_count",
    "temporal",
    "temporal_ordered",
    "value_sum",
    "value_avg",
    "value_percentile",
    "value_median",
]
"""Sigma correlation rules specification 2.1, "Correlation Types"."""

BoundOperator: TypeAlias = Literal["lt", "lte", "gt", "gte", "eq", "neq"]


class Bound(msgspec.Struct, frozen=True):
    """What is counted or reckoned stands to ``number`` as the operator says."""

    operator: BoundOperator
    number: int | float


class Range(msgspec.Struct, frozen=True, tag="range"):
    """All bounds hold."""

    bounds: tuple[Bound, ...]


class Clause(msgspec.Struct, frozen=True):
    """Events of all ``required`` rules occur, and none of the ``absent`` ones; numbers are places among the members."""

    required: tuple[int, ...]
    absent: tuple[int, ...]


class Clauses(msgspec.Struct, frozen=True, tag="clauses"):
    """At least one clause holds: a boolean expression on rules, in disjunctive normal form."""

    clauses: tuple[Clause, ...]


Condition: TypeAlias = Range | Clauses


class Member(msgspec.Struct, frozen=True):
    """A rule whose matches are correlated, or a correlation whose bursts are.

    Attributes:
        reference: the name or id by which the document refers to it.
        number: its place among the rules, or among the correlations where ``nested``.
        group_fields: where this member's events have the values that they are grouped by, in the order of
            `Correlation.group_by`.
        value_fields: where they have the value that is counted or reckoned.
    """

    reference: str
    number: int
    nested: bool
    group_fields: tuple[str, ...] = ()
    value_fields: tuple[str, ...] = ()


class Correlation(msgspec.Struct, frozen=True):
    """A correlation, its references resolved.

    Attributes:
        type: what is counted or asked.
        members: in the order of the document, which is that of ``temporal_ordered``.
        group_by: the names of the group's fields; without any, all events are one group.
        timespan: seconds; events belong together that are no further apart.
        condition: a `Range`, or `Clauses` for the temporal types.
        percentile: 0 to 100, for ``value_percentile``.
    """

    type: CorrelationType
    members: tuple[Member, ...]
    group_by: tuple[str, ...]
    timespan: int
    condition: Condition
    percentile: int | None = None


def range_holds(condition: Range, value: int | float | Fraction) -> bool:
    """Say whether all bounds hold of a value; a bound with a decimal point is the number that it spells, exactly."""
    return all(_bound_holds(bound, value) for bound in condition.bounds)


def _bound_holds(bound: Bound, value: int | float | Fraction) -> bool:
    number = bound.number if isinstance(bound.number, int) else Fraction(repr(bound.number))
    match bound.operator:
        case "lt":
            return value < number
        case "lte":
            return value <= number
        case "gt":
            return value > number
        case "gte":
            return value >= number
        case "eq":
            return value == number
        case "neq":
            return value != number
