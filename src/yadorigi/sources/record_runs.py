"""Records of one log as runs of numbers without a hole: what tells how far a log reaches and what is missing in it.

Unlike `sources.numbering`, which tells of the numbers in a file's own order, this goes by host and channel.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from yadorigi.limits import NUMBER_RUNS_LIMIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yadorigi.schema.event import EventKind

_END: Final = itemgetter(1)
UNNUMBERED = -1
"""Stands for the number of a record that has none."""


class RecordRun(NamedTuple):
    """Records of one log in one file whose numbers follow each other, or that have none (then both are -1).

    Attributes:
        host, channel: as logged.
        file: number of the input file in the run.
        first, last: record numbers.
        first_time, last_time: canonical times of these two.
        earliest, latest: canonical times of all of them.
        records: how many.
    """

    host: str
    channel: str
    file: int
    first: int
    last: int
    first_time: str
    last_time: str
    earliest: str
    latest: str
    records: int


def runs_of(
    groups: Mapping[EventKind, Mapping[str | None, Sequence[int]]],
    numbers: Sequence[int],
    files: Sequence[int],
    times: Sequence[str],
) -> Iterator[RecordRun]:
    """Give the runs of all logs, by log and file. Of more than `NUMBER_RUNS_LIMIT` of one log the longest are kept.

    Args:
        groups: places of records by kind and host.
        numbers: of each record, `UNNUMBERED` where it has none.
        files: file number of each record.
        times: canonical time of each record.
    """
    logs: dict[tuple[str, str], list[int]] = {}
    for kind, by_host in groups.items():
        for host, rows in by_host.items():
            if rows:
                logs.setdefault((host or "", kind.channel), []).extend(rows)
    parts = [*_parts(files)]
    for (host, channel), rows in logs.items():
        rows.sort()
        for file, own in sorted(_by_file(rows, parts).items()):
            found = [
                RecordRun(host, channel, file, *run)
                for run in _runs([times[row] for row in own], [numbers[row] for row in own])
            ]
            found.sort(key=lambda run: (-run.records, run.first))
            yield from found[:NUMBER_RUNS_LIMIT]


def _parts(files: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give file number and end of each stretch of records of one file."""
    end = 0
    for file, group in groupby(files):
        end += sum(1 for _ in group)
        yield file, end


def _by_file(rows: list[int], parts: list[tuple[int, int]]) -> dict[int, list[int]]:
    """Return sorted places by file."""
    found: dict[int, list[int]] = {}
    place = 0
    while place < len(rows):
        file, end = parts[bisect_right(parts, rows[place], key=_END)]
        behind = bisect_left(rows, end, place)
        found.setdefault(file, []).extend(rows[place:behind])
        place = behind
    return found


def _runs(times: list[str], numbers: list[int]) -> Iterator[tuple[int, int, str, str, str, str, int]]:
    """Give first and last number, their times, earliest and latest time, and records of each run."""
    if numbers[0] >= 0 and numbers == [*range(numbers[0], numbers[0] + len(numbers))]:
        yield numbers[0], numbers[-1], times[0], times[-1], min(times), max(times), len(times)
    else:
        yield from _runs_with_holes(times, np.asarray(numbers, dtype=np.int64))


def _runs_with_holes(
    times: list[str], numbers: NDArray[np.int64]
) -> Iterator[tuple[int, int, str, str, str, str, int]]:
    """Give first and last number, their times, earliest and latest time, and records of each run."""
    without = numbers < 0
    if without.any():
        bare = [times[place] for place in np.flatnonzero(without)]
        yield UNNUMBERED, UNNUMBERED, bare[0], bare[-1], min(bare), max(bare), len(bare)
        kept = np.flatnonzero(~without)
        times, numbers = [times[place] for place in kept], numbers[kept]
        if not len(numbers):
            return
    steps = np.diff(numbers)
    if (steps != 1).any() and len(set(numbers.tolist())) == len(numbers):
        # Exports may begin with the newest record. Numbers that are there twice stay as they lie: the log began anew.
        order = np.argsort(numbers, kind="stable")
        times, numbers = [times[place] for place in order], numbers[order]
        steps = np.diff(numbers)
    ends = [*np.flatnonzero((steps != 1) & (steps != 0)).tolist(), len(numbers) - 1]
    start = 0
    for end in ends:
        own = times[start : end + 1]
        yield int(numbers[start]), int(numbers[end]), own[0], own[-1], min(own), max(own), len(own)
        start = end + 1
