"""Counts by key with the first and last time of each: exact, in flat memory, whatever the order of the input.

Each task's counts are one sorted run; merging the runs adds up equal keys. Only what is given out is held in memory,
so an attacker who invents a million names costs disk.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from yadorigi.ingest.activity import Span

if TYPE_CHECKING:
    from yadorigi.app.runs import Frame

Key: TypeAlias = tuple[str | int, ...]
Tally: TypeAlias = dict[Key, Span]


@dataclass(frozen=True, slots=True)
class Row:
    """One key with its events.

    Attributes:
        key: what was counted.
        events: how many.
        first, last: canonical times.
        of: events of all keys with the same beginning.
    """

    key: Key
    events: int
    first: str
    last: str
    of: int = 0


@dataclass(slots=True)
class Others:
    """Keys beyond a limit, counted together."""

    keys: int = 0
    events: int = 0


def add(tally: Tally, key: Key, times: Sequence[str]) -> None:
    """Count events at the given times under a key."""
    span = Span(len(times), min(times), max(times))
    known = tally.get(key)
    if known is None:
        tally[key] = span
    else:
        known.add(span)


def frames_of(tally: Tally) -> list[Frame]:
    """Return a task's counts as frames for a run."""
    return [(key, span.events, span.first, span.last) for key, span in tally.items()]


def added(frames: Iterable[Frame]) -> Iterator[Row]:
    """Give each key once, in the order of the keys, its counts added up."""
    for key, same in groupby(frames, key=lambda frame: list(frame[0])):
        events, first, last = 0, "", ""
        for _, count, begin, end in same:
            events += count
            first = min(first or begin, begin)
            last = max(last, end)
        yield Row(tuple(key), events, first, last)


def largest(frames: Iterable[Frame], limit: int, shared: int = 0) -> tuple[list[Row], Others]:
    """Return the rows with the most events, and what the rest comes to.

    Args:
        frames: sorted by key.
        limit: how many rows at most.
        shared: how many parts of a key's beginning make the whole that its share is of.
    """
    others = Others()
    kept = heapq.nsmallest(limit, _with_whole(frames, limit, shared, others), key=_rank)
    others.keys -= len(kept)
    others.events -= sum(row.events for row in kept)
    return kept, others


def _with_whole(frames: Iterable[Frame], limit: int, shared: int, others: Others) -> Iterator[Row]:
    """Give the rows that can be among the largest, with the events of their whole; count everything."""
    for _, group in groupby(added(frames), key=lambda row: row.key[:shared]):
        whole = Others()
        best = heapq.nsmallest(limit, _counted(group, whole), key=_rank)
        others.keys += whole.keys
        others.events += whole.events
        yield from (Row(row.key, row.events, row.first, row.last, whole.events) for row in best)


def _counted(rows: Iterable[Row], whole: Others) -> Iterator[Row]:
    for row in rows:
        whole.keys += 1
        whole.events += row.events
        yield row


def _rank(row: Row) -> tuple[int, Key]:
    return -row.events, row.key
