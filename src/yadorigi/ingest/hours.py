"""In which hours the events of a batch lie: once for all that asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from yadorigi.schema.batch import EventBatch

HOUR: Final = len("2026-03-11T09")
"""Characters of a canonical time that say its hour."""


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
    first, last = min(times), max(times)
    hour = first[:HOUR]
    # Times are texts of one form: what lies between two of one hour is of that hour.
    hours = {hour: len(times)} if last.startswith(hour) else Counter([time[:HOUR] for time in times])
    return HostHours(host, hours, first, last, len(times))
