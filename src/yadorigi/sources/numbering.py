"""Record numbers: what is missing between them, where they begin anew, which occur twice.

A source notes the numbers of the records that it sees, piece by piece and in any order of pieces; `breaks` joins what
was noted of one file. A log that is a ring need not begin with its oldest record, so numbers are put in order first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.limits import COUNTED_KEYS_LIMIT, GAPS_PER_FILE_LIMIT, NUMBER_RUNS_LIMIT

if TYPE_CHECKING:
    from yadorigi.schema.warning import WarningKind

_UNKNOWN: Final = "at a time not known"


class Run(NamedTuple):
    """Numbers without a hole.

    Attributes:
        offset: byte offset of the part of the file in which the run begins.
        first, last: its numbers.
        first_time, last_time: when these two records were written, or "".
    """

    offset: int
    first: int
    last: int
    first_time: str
    last_time: str


class Numbered(NamedTuple):
    """Records as they lie in a file.

    Attributes:
        numbers: in their headers.
        time: says when the record at a place was written.
        parts: byte offset and number of records of each part of the file, in order.
    """

    numbers: list[int]
    time: Callable[[int], str]
    parts: Sequence[tuple[int, int]]


class OwnNumbers(NamedTuple):
    """Numbers that records of one log carry inside, beside those in their headers."""

    lowest: int
    highest: int
    records: int

    def joined(self, other: OwnNumbers) -> OwnNumbers:
        """Return both together."""
        return OwnNumbers(
            min(self.lowest, other.lowest), max(self.highest, other.highest), self.records + other.records
        )

    @property
    def missing(self) -> int:
        """Return how many numbers are missing between the lowest and the highest."""
        return self.highest - self.lowest + 1 - self.records


class Break(NamedTuple):
    """Something that is not right with a file's numbers: where, what in words, and what kind of warning it is."""

    offset: int | None
    reason: str
    kind: WarningKind = "gap"


@dataclass(slots=True)
class Numbering:
    """The numbers seen in some pieces of one file.

    Attributes:
        runs: in the order in which they lie in the file.
        unlisted: breaks beyond the limit, which were only counted.
        odd: single records whose number is not the one between their neighbours: offset, number, number expected.
        anew: whether there are records that carry another number inside than in their header: the log was exported.
        own: the numbers that records carry inside, by channel and host.
    """

    runs: list[Run] = field(default_factory=list)
    unlisted: int = 0
    odd: list[tuple[int, int, int]] = field(default_factory=list)
    anew: bool = False
    own: dict[tuple[str, str], OwnNumbers] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """Say whether nothing but runs was noted of the numbers in headers."""
        return not self.odd and not self.unlisted

    def see(self, seen: Numbered) -> None:
        """Note the numbers in the headers of records that lie one behind the other."""
        numbers = seen.numbers
        if not numbers:
            return
        bounds = [0, len(numbers)]
        if numbers[-1] - numbers[0] != len(numbers) - 1 or numbers != [*range(numbers[0], numbers[-1] + 1)]:
            bounds = self._bounds(seen)
        for start, end in pairwise(bounds):
            first = numbers[start]
            run = Run(_offset(seen, start), first, first + end - start - 1, seen.time(start), seen.time(end - 1))
            last = self.runs[-1] if self.runs else None
            if last is not None and last.last + 1 == run.first:
                self.runs[-1] = last._replace(last=run.last, last_time=run.last_time)
            elif last is not None and len(self.runs) >= NUMBER_RUNS_LIMIT:
                self.unlisted += 1
                self.runs[-1] = _over(last, run)
            else:
                self.runs.append(run)

    def _bounds(self, seen: Numbered) -> list[int]:
        """Return where runs begin, and the end; a single odd number among others is noted and passed over."""
        numbers = seen.numbers
        bounds = [0]
        for place in range(1, len(numbers)):
            before, number = numbers[place - 1], numbers[place]
            if number == before + 1:
                continue
            if place + 1 < len(numbers) and numbers[place + 1] == before + 2:
                if len(self.odd) < GAPS_PER_FILE_LIMIT:
                    self.odd.append((_offset(seen, place), number, before + 1))
                else:
                    self.unlisted += 1
                continue
            if place > 1 and number == numbers[place - 2] + 2 and bounds[-1] != place - 1:
                continue  # The one behind an odd number.
            bounds.append(place)
        return [*bounds, len(numbers)]

    def see_own(self, channel: str, host: str, numbers: OwnNumbers) -> None:
        """Note the numbers that records of one log carry inside."""
        known = self.own.get((channel, host))
        if known is None and len(self.own) >= COUNTED_KEYS_LIMIT:
            self.unlisted += 1
            return
        self.own[channel, host] = numbers if known is None else known.joined(numbers)


def _offset(seen: Numbered, place: int) -> int:
    """Return the offset of the part in which a record lies."""
    if not place:
        return seen.parts[0][0]
    ends = [*accumulate(count for _, count in seen.parts)]
    return seen.parts[min(bisect_right(ends, place), len(ends) - 1)][0]


def _over(one: Run, other: Run) -> Run:
    """Return one run that spans two."""
    low = one if one.first <= other.first else other
    end = one if one.last >= other.last else other
    return Run(one.offset, low.first, end.last, low.first_time, end.last_time)


def breaks(parts: Iterable[Numbering], losses: bool) -> list[Break]:
    """Return what is not right with the numbers of one file.

    Args:
        parts: what was noted of its pieces, in any order.
        losses: whether records of the file are reported as lost; they may be among those that are missing.
    """
    noted = list(parts)
    one_run = sum(len(part.runs) for part in noted) <= 1 and all(part.is_plain for part in noted)
    told = [] if one_run else _told(noted, losses)
    if any(part.anew for part in noted):
        told += _holes_of_export(noted)
    return told


def _told(noted: list[Numbering], losses: bool) -> list[Break]:
    """Return what is not right with the numbers in the headers of records."""
    found = list(_between(_in_file_order(noted)))
    for offset, number, expected in sorted(odd for part in noted for odd in part.odd):
        found.append((Break(offset, f"a record where the id {expected} belongs says that its id is {number}"), 0))
    found.sort(key=lambda item: item[0].offset or 0)
    hint = "; records that are reported as lost may be among them" if losses else ""
    told = [broken._replace(reason=broken.reason + (hint if missing else "")) for broken, missing in found]
    more = found[GAPS_PER_FILE_LIMIT:]
    unlisted = sum(part.unlisted for part in noted)
    if more or unlisted:
        reason = (
            f"{len(more) + unlisted} more breaks in the order of record ids are counted here, not listed; "
            f"at least {sum(missing for _, missing in more)} ids are missing in them"
        )
        told = [*told[:GAPS_PER_FILE_LIMIT], Break(None, reason)]
    return told


def _in_file_order(parts: Iterable[Numbering]) -> list[Run]:
    """Return the runs of all pieces, those that go on from piece to piece joined."""
    joined: list[Run] = []
    for run in sorted((run for part in parts for run in part.runs), key=lambda run: run.offset):
        if joined and joined[-1].last + 1 == run.first:
            joined[-1] = joined[-1]._replace(last=run.last, last_time=run.last_time)
        else:
            joined.append(run)
    return joined


def _between(runs: list[Run]) -> Iterator[tuple[Break, int]]:
    """Give what is wrong between the runs of a file, and how many numbers are missing there."""
    back = [run for before, run in pairwise(runs) if run.first <= before.last]
    if len(back) > 1:
        reason = f"record ids go back {len(back)} times: parts of the file are not in the order of their records"
        yield Break(back[0].offset, reason), 0
    highest: Run | None = None
    for run in sorted(runs, key=lambda run: (run.first, run.last, run.offset)):
        if highest is None:
            highest = run
            continue
        if run.first <= highest.last:
            again = _numbers(run.first, min(run.last, highest.last))
            reason = (
                f"record {again} twice: the log began anew, or holds copies; once {_since(highest)}, once {_since(run)}"
            )
            yield Break(max(run.offset, highest.offset), reason), 0
        elif run.first > highest.last + 1:
            yield _hole(highest, run)
        highest = max(highest, run, key=lambda one: one.last)


def _hole(below: Run, above: Run) -> tuple[Break, int]:
    if below.first_time > above.last_time > "":
        # What has the lower numbers was written later: nothing needs to be missing between them.
        reason = (
            f"record ids begin anew: {_numbers(above.first, above.last)} {_since(above)}, "
            f"then {_numbers(below.first, below.last)} {_since(below)}"
        )
        return Break(below.offset, reason), 0
    missing = above.first - below.last - 1
    gone = _numbers(below.last + 1, above.first - 1)
    reason = (
        f"record {gone} {'is' if missing == 1 else 'are'} missing ({missing:,} in all); "
        f"{below.last} was written {_shown(below.last_time)}, {above.first} {_shown(above.first_time)}"
    )
    return Break(above.offset, reason), missing


def _numbers(first: int, last: int) -> str:
    return f"id {first}" if first == last else f"ids {first} to {last}"


def _since(run: Run) -> str:
    return f"from {_shown(run.first_time)} on"


def _shown(time: str) -> str:
    return time.removesuffix(" UTC") or _UNKNOWN


def _holes_of_export(parts: Iterable[Numbering]) -> Iterator[Break]:
    """Sum up the holes of an export, whose records were numbered anew: one line, as most exports are a selection."""
    by_log: dict[tuple[str, str], OwnNumbers] = {}
    by_channel: dict[str, OwnNumbers] = {}
    for part in parts:
        for (channel, host), own in part.own.items():
            known = by_log.get((channel, host))
            by_log[channel, host] = own if known is None else known.joined(own)
    for (channel, _), own in by_log.items():
        known = by_channel.get(channel)
        by_channel[channel] = own if known is None else known.joined(own)
    missing = 0
    for channel, whole in by_channel.items():
        # Hosts are renamed, and then go on counting; many hosts in one log count each for itself.
        apart = sum(max(own.missing, 0) for (name, _), own in by_log.items() if name == channel)
        missing += min(apart, whole.missing) if whole.missing >= 0 else apart
    if missing:
        lowest = min(own.lowest for own in by_log.values())
        highest = max(own.highest for own in by_log.values())
        reason = (
            f"an export: its records were numbered anew, and between their own ids {lowest} and {highest} "
            f"{missing:,} {'is' if missing == 1 else 'are'} missing: a selection was exported, or records were removed"
        )
        yield Break(None, reason, "notice")
