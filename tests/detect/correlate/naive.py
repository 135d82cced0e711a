"""The meaning of a correlation, as plainly as it can be said: every window is looked at, nothing is remembered.

The program's own way (`detect.correlate`) is held to this. Windows are found by trying every entry as the first one,
and amounts are made anew for each.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from yadorigi.query.correlations import Clauses, Correlation, Range, range_holds

if TYPE_CHECKING:
    from yadorigi.detect.correlate.measures import Entry

TICKS = 10_000_000


def naive_bursts(correlation: Correlation, entries: Sequence[Entry]) -> list[tuple[int, int]]:
    """Return the first and last place of each burst among sorted entries."""
    windows = [_from(correlation, entries, place) for place in range(len(entries))]
    counting = [one for one in windows if not any(_is_inside(one, other) for other in windows)]
    holding = sorted({one for one in counting if window_holds(correlation, entries[one[0] : one[1] + 1])})
    found: list[tuple[int, int]] = []
    for first, last in holding:
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def naive_triggers(correlation: Correlation, entries: Sequence[Entry], burst: tuple[int, int]) -> list[int]:
    """Return the places in a burst such that the condition holds of the timespan before them."""
    found = []
    for place in range(burst[0], burst[1] + 1):
        time = entries[place].time
        if place + 1 < len(entries) and entries[place + 1].time == time:
            continue
        start = time - correlation.timespan * TICKS
        if window_holds(correlation, [entry for entry in entries[: place + 1] if entry.time >= start]):
            found.append(place)
    return found


def _from(correlation: Correlation, entries: Sequence[Entry], place: int) -> tuple[int, int]:
    start = entries[place].time
    inside = [
        number for number, entry in enumerate(entries) if start <= entry.time <= start + correlation.timespan * TICKS
    ]
    return inside[0], inside[-1]


def _is_inside(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one != other and other[0] <= one[0] and one[1] <= other[1]


def window_holds(correlation: Correlation, window: Sequence[Entry]) -> bool:
    """Say whether the condition holds of a window."""
    condition = correlation.condition
    if isinstance(condition, Clauses):
        return any(
            not any(member in entry.members for member in clause.absent for entry in window)
            and (
                _follow(clause.required, window)
                if correlation.type == "temporal_ordered"
                else all(any(member in entry.members for entry in window) for member in clause.required)
            )
            for clause in condition.clauses
        )
    assert isinstance(condition, Range)
    return range_holds(condition, _amount(correlation, window))


def _follow(members: Sequence[int], window: Sequence[Entry]) -> bool:
    """Say whether different entries stand for the members one after the other."""
    place = 0
    for entry in window:
        if place < len(members) and members[place] in entry.members:
            place += 1
    return place == len(members)


def _amount(correlation: Correlation, window: Sequence[Entry]) -> int | Fraction:
    if correlation.type == "temporal":
        return len({member for entry in window for member in entry.members})
    if correlation.type == "temporal_ordered":
        every = range(len(correlation.members))
        return max(
            length
            for length in range(len(correlation.members) + 1)
            if any(_follow(members, window) for members in itertools.combinations(every, length))
        )
    if correlation.type == "value_count":
        return len({entry.value for entry in window})
    units = {entry.unit: entry.value for entry in reversed(window)}
    if correlation.type == "event_count":
        return len(units)
    numbers = sorted(value for value in units.values() if isinstance(value, int | Fraction))
    if correlation.type == "value_sum":
        return sum(numbers)
    if correlation.type == "value_avg":
        return Fraction(sum(numbers)) / len(numbers)
    if correlation.type == "value_median":
        middle = len(numbers) // 2
        return numbers[middle] if len(numbers) % 2 else Fraction(numbers[middle - 1] + numbers[middle]) / 2
    rank = math.ceil(Fraction(correlation.percentile or 0, 100) * len(numbers))
    return numbers[max(rank, 1) - 1]
