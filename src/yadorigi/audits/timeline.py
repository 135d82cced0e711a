"""A timeline: what holds from when to when. Times are ticks of 100 ns since 1970, stretches are half-open."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")
Other = TypeVar("Other")

HOUR_TICKS = 3_600 * 10_000_000
DAY_TICKS = 24 * HOUR_TICKS


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
        self._join()

    def _join(self) -> None:
        starts, values = self.starts[:1], self.values[:1]
        for start, value in zip(self.starts[1:], self.values[1:], strict=True):
            if value != values[-1]:
                starts.append(start)
                values.append(value)
        self.starts, self.values = starts, values

    def mapped(self, change: Callable[[Value], Other]) -> Timeline[Other]:
        """Return the timeline with every value changed."""
        found = Timeline(self.start, self.end, change(self.values[0]))
        found.starts = [*self.starts]
        found.values = [change(value) for value in self.values]
        found._join()
        return found


def overlaid(timelines: Sequence[Timeline[Value]], choose: Callable[[tuple[Value, ...]], Other]) -> Timeline[Other]:
    """Return one timeline of several of the same period: for each part, what is chosen of their values."""
    first = timelines[0]
    cuts = sorted({start for timeline in timelines for start in timeline.starts})
    found = Timeline(first.start, first.end, choose(tuple(timeline.values[0] for timeline in timelines)))
    places = [0] * len(timelines)
    starts: list[int] = []
    values: list[Other] = []
    for cut in cuts:
        for number, timeline in enumerate(timelines):
            while places[number] + 1 < len(timeline.starts) and timeline.starts[places[number] + 1] <= cut:
                places[number] += 1
        value = choose(tuple(timeline.values[place] for timeline, place in zip(timelines, places, strict=True)))
        if not values or value != values[-1]:
            starts.append(cut)
            values.append(value)
    found.starts, found.values = starts, values
    return found


def clusters(moments: Iterable[int], apart: int) -> Iterator[Stretch]:
    """Give stretches that hold sorted moments which are no further apart than that."""
    start = last = -1
    for moment in moments:
        if start >= 0 and moment - last <= apart:
            last = moment
            continue
        if start >= 0:
            yield Stretch(start, last + 1)
        start = last = moment
    if start >= 0:
        yield Stretch(start, last + 1)
