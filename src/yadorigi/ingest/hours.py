"""In which hours the events of a batch lie: once for all that asks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from yadorigi.schema.batch import EventBatch

HOUR: Final = len("2026-03-11T09")
"""Characters of a canonical time that say its hour."""
_LAST: Final = "~"
"""Stands behind all that follows the hour in a canonical time."""


class HostHours(NamedTuple):
    """When events of one host are of.

    Attributes:
        host: as logged.
        hours: events by hour (``YYYY-MM-DDTHH``, UTC).
        first, last: canonical times of the earliest and the latest.
        events: how many.
    """

    host: str
    hours: Mapping[str, int]
    first: str
    last: str
    events: int


def hours_by_host(batch: EventBatch) -> list[HostHours]:
    """Return each host of a batch with the hours of its events."""
    return [hours_of(host, times) for host, times in batch.times_by_host()]


def hours_of(host: str, times: Sequence[str]) -> HostHours:
    """Return the hours of one host's events, of which there is one at least, by their canonical times."""
    # Times are texts of one form, mostly in their order already: to sort them takes less than to look at each.
    ordered = sorted(times)
    hours: dict[str, int] = {}
    start = 0
    while start < len(ordered):
        hour = ordered[start][:HOUR]
        # What lies between two of one hour is of that hour.
        end = len(ordered) if ordered[-1].startswith(hour) else bisect_left(ordered, hour + _LAST, start)
        hours[hour] = end - start
        start = end
    return HostHours(host, hours, ordered[0], ordered[-1], len(ordered))
