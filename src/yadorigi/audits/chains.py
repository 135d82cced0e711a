"""The records of one log, of all files, as chains of numbers without a hole, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from yadorigi.audits.timeline import SLIGHT
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.schema.coverage import NumberedRun


class FileKey(NamedTuple):
    """A file of a case: number of the hunt, and of the file in it."""

    hunt: int
    file: int


class End(NamedTuple):
    """The first or last record of a chain: its number, time (ticks) and file."""

    number: int
    time: int
    file: FileKey


@dataclass(slots=True)
class Chain:
    """Records whose numbers follow each other.

    Attributes:
        first, last: the records at its ends.
        earliest, latest: ticks of its records; they go beyond the ends where a clock went back.
        files: that hold some of its records.
        anew: whether numbers begin anew with it: its numbers are not above those before it.
        copies: records that are there more than once.
        records: how many records were read, copies included; 0 where numbers are taken for records.
    """

    first: End
    last: End
    earliest: int
    latest: int
    files: set[FileKey]
    anew: bool = False
    copies: int = 0

    @property
    def since(self) -> int:
        """Return the tick from which on its records lie, by their numbers: a wrong clock makes it no longer."""
        return self.earliest if self.first.time - self.earliest < SLIGHT else min(self.first.time, self.last.time)

    @property
    def until(self) -> int:
        """Return the tick up to which its records lie, by their numbers."""
        return self.latest if self.latest - self.last.time < SLIGHT else self.last.time

    @property
    def records(self) -> int:
        """Return how many numbers the chain has."""
        return self.last.number - self.first.number + 1


def chains_of(runs: Iterable[tuple[int, NumberedRun]]) -> list[Chain]:
    """Return the chains of a log, in the order of time.

    Args:
        runs: with the number of the hunt that read them.
    """
    found: list[Chain] = []
    ordered = sorted(_as_chains(runs), key=lambda chain: (chain.earliest, chain.first.number, -chain.last.number))
    highest: Chain | None = None
    for chain in ordered:
        home = _home(found, chain)
        if home is not None:
            _join(home, chain)
        else:
            chain.anew = highest is not None and chain.first.number <= highest.last.number
            found.append(chain)
            home = chain
        if highest is None or chain.anew or home.last.number > highest.last.number:
            highest = home
    return found


def _as_chains(runs: Iterable[tuple[int, NumberedRun]]) -> Iterator[Chain]:
    for hunt, run in runs:
        file = FileKey(hunt, run.file)
        first, last = ticks_of(run.first_time), ticks_of(run.last_time)
        # Mostly the first record is the earliest and the last the latest.
        earliest = first if run.earliest == run.first_time else ticks_of(run.earliest)
        latest = last if run.latest == run.last_time else ticks_of(run.latest)
        yield Chain(End(run.first, first, file), End(run.last, last, file), earliest, latest, {file})


def _home(found: list[Chain], chain: Chain) -> Chain | None:
    """Return the chain that this one goes on from, or overlaps with; only the latest ones can be."""
    begun_anew = False
    for known in reversed(found[-_LOOK_BACK:]):
        overlaps = chain.first.number <= known.last.number and chain.last.number >= known.first.number
        if overlaps and chain.earliest <= known.latest:
            return known
        # What a log had before its numbers began anew does not go on.
        follows = chain.first.number == known.last.number + 1 and chain.earliest >= known.earliest
        if follows and not begun_anew:
            return known
        begun_anew = begun_anew or known.anew
    return None


_LOOK_BACK = 8
"""Copies of a log that lie beside each other (shadow copies, exports); chains are in the order of time."""


def _join(known: Chain, other: Chain) -> None:
    shared = min(known.last.number, other.last.number) - max(known.first.number, other.first.number) + 1
    known.copies += max(shared, 0)
    known.first = min(known.first, other.first)
    known.last = max(known.last, other.last)
    known.earliest = min(known.earliest, other.earliest)
    known.latest = max(known.latest, other.latest)
    known.files |= other.files
