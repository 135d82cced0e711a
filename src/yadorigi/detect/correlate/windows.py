"""Bursts: where a correlation holds over the entries of one group.

A *window* is a stretch of entries no further apart than the timespan, first and last included. A window counts that
no other window contains; so "fewer than three" asks how many there are in all, and not how many there are so far. A
*burst* is what windows that share entries and in which the condition holds cover together. Entries of one time come
into a window together. docs/adr/0014-correlation.md has the reasons.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from yadorigi.detect.correlate.measures import Entry, Measured, measure_for

if TYPE_CHECKING:
    from yadorigi.query.correlations import Correlation

TICKS_PER_SECOND = 10_000_000


@dataclass(slots=True)
class Burst:
    """Entries in which a correlation holds.

    Attributes:
        first, last: places of its entries among those of the group, both included.
        measured: what was measured in the window that the condition is about most clearly: the highest where there is
            a lower bound, else the lowest.
        triggers: places of entries, ascending, such that the condition holds of what came within the timespan before
            them; the last entry of each window is one.
    """

    first: int
    last: int
    measured: Measured
    triggers: array[int] = field(default_factory=lambda: array("Q"))


def bursts(correlation: Correlation, leading: Iterable[Entry], trailing: Iterable[Entry]) -> Iterator[Burst]:
    """Give the bursts of one group in order.

    Args:
        correlation: what is asked.
        leading: the group's entries, sorted by time.
        trailing: the same once more; it is read behind ``leading``, so that no window is held in memory.
    """
    return _Sweep(correlation, iter(trailing)).bursts(leading)


class _Sweep:
    """Goes through the entries of a group with both ends of a window."""

    def __init__(self, correlation: Correlation, trailing: Iterator[Entry]) -> None:
        self._measure = measure_for(correlation)
        self._span = correlation.timespan * TICKS_PER_SECOND
        self._trailing = trailing
        self._oldest = next(trailing, None)
        self._first = 0
        self._next = 0
        self._holds = False
        self._burst: Burst | None = None
        self._triggers = array("Q")

    def bursts(self, leading: Iterable[Entry]) -> Iterator[Burst]:
        for time, together in groupby(leading, key=_time_of):
            yield from self._leave(time - self._span)
            for entry in together:
                self._measure.add(entry)
                self._next += 1
            self._holds = self._measure.holds(time - self._span)
            if self._holds:
                self._triggers.append(self._next - 1)
        if self._holds:
            yield from self._mark()
        if self._burst is not None:
            yield self._ended()

    def _leave(self, start: int) -> Iterator[Burst]:
        """Take out what is older than ``start``; if anything is, the window up to here is one that counts."""
        if self._oldest is None or self._oldest.time >= start or not self._next:
            return
        if self._holds:
            yield from self._mark()
        while self._oldest is not None and self._oldest.time < start and self._first < self._next:
            self._measure.remove(self._oldest)
            self._first += 1
            self._oldest = next(self._trailing, None)

    def _mark(self) -> Iterator[Burst]:
        """Join the window to the burst that it overlaps, or begin a new one."""
        measured = self._measure.measured()
        if self._burst is not None and self._first <= self._burst.last:
            self._burst.last = self._next - 1
            self._burst.measured = self._measure.clearer(self._burst.measured, measured)
            return
        if self._burst is not None:
            yield self._ended()
        self._burst = Burst(self._first, self._next - 1, measured)

    def _ended(self) -> Burst:
        burst = self._burst
        if burst is None:
            raise AssertionError("no burst to end")
        self._burst = None
        burst.triggers = array("Q", (place for place in self._triggers if burst.first <= place <= burst.last))
        self._triggers = array("Q", (place for place in self._triggers if place > burst.last))
        return burst


def _time_of(entry: Entry) -> int:
    return entry.time
