"""A timeline: what holds from when to when. Times are ticks of 100 ns since 1970, stretches are half-open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

from yadorigi.schema.times import ticks_of, time_of

Value = TypeVar("Value")
Other = TypeVar("Other")

HOUR_TICKS = 3_600 * 10_000_000
DAY_TICKS = 24 * HOUR_TICKS
SLIGHT: Final = HOUR_TICKS // 12
"""A clock that was set by less (five minutes) is not told: Kerberos allows as much."""
LAST_TICK: Final = ticks_of("9999-12-31T23:59:59.9999999Z")
"""The last moment that canonical time can say; what ends behind it ends with it."""


@lru_cache(maxsize=65_536)
def told_time(tick: int) -> str:
    """Return canonical time for a tick, the last moment that there is for one behind it."""
    return time_of(min(tick, LAST_TICK))


class Stretch(NamedTuple):
    """From when to when."""

    start: int
    end: int


class Timeline(Generic[Value]):
    """A partition of a period into parts, each with a value; equal neighbours are one part."""

    __slots__ = ("end", "start", "starts", "values")

    def __init__(self, start: int, end: int, value: Value) -> None:
        """Begin with one value for all of the period, which must not be empty."""
        self.start = start
        self.end = end
        self.starts = [start]
        self.values = [value]

    def parts(self) -> Iterator[tuple[int, int, Value]]:
        """Give start, end and value of each part."""
        ends = [*self.starts[1:], self.end]
        yield from zip(self.starts, ends, self.values, strict=True)

    def at(self, moment: int) -> Value:
        """Return the value at a moment of the period."""
        return self.values[max(bisect_right(self.starts, moment) - 1, 0)]

    def put(self, start: int, end: int, value: Value) -> None:
        """Set the value of a stretch; what lies outside of the period is cut off."""
        start, end = max(start, self.start), min(end, self.end)
        if start >= end:
            return
        behind = self.at(end) if end < self.end else None
        low = bisect_right(self.starts, start - 1)
        high = bisect_right(self.starts, end)
        starts, values = [start], [value]
        if end < self.end:
            starts.append(end)
            values.append(behind)  # type: ignore[arg-type]  # it is there where there is something behind
        self.starts[low:high] = starts
        self.values[low:high] = values
        self._join_at(low + len(starts))
        self._join_at(low + len(starts) - 1)
        self._join_at(low)

    def _join_at(self, place: int) -> None:
        """Make a part and the one before it one, if they have the same value."""
        if 0 < place < len(self.values) and self.values[place] == self.values[place - 1]:
            del self.starts[place], self.values[place]

    def _join(self) -> None:
        starts, values = self.starts[:1], self.values[:1]
        for start, value in zip(self.starts[1:], self.values[1:], strict=True):
            if value != values[-1]:
                starts.append(start)
                values.append(value)
        self.starts, self.values = starts, values

    def mapped(self, change: Callable[[Value], Other]) -> Timeline[Other]:
        """Return the timeline with every value changed."""
        values = [change(value) for value in self.values]
        found = Timeline(self.start, self.end, values[0])
        if len(values) > 1:
            found.starts, found.values = [*self.starts], values
            found._join()
        return found


def overlaid(timelines: Sequence[Timeline[Value]], choose: Callable[[tuple[Value, ...]], Other]) -> Timeline[Other]:
    """Return one timeline of several of the same period: for each part, what is chosen of their values."""
    if len(timelines) == 1:
        return timelines[0].mapped(lambda value: choose((value,)))
    first = timelines[0]
    found = Timeline(first.start, first.end, choose(tuple(timeline.values[0] for timeline in timelines)))
    cuts = {start for timeline in timelines for start in timeline.starts}
    if len(cuts) == 1:
        return found
    places = [0] * len(timelines)
    for cut in sorted(cuts)[1:]:
        for number, timeline in enumerate(timelines):
            place = places[number] + 1
            if place < len(timeline.starts) and timeline.starts[place] == cut:
                places[number] = place
        value = choose(tuple(timeline.values[place] for timeline, place in zip(timelines, places, strict=True)))
        if value != found.values[-1]:
            found.starts.append(cut)
            found.values.append(value)
    return found
