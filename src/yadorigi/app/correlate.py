"""Correlate what the workers' matches left: sorted items become groups, groups become bursts, bursts findings.

Items, groups, evidence and lines lie in files of the working folder; memory holds one window's state, and one group
where it is small. Correlations on correlations are done from the lowest up: a burst leaves items for those above it.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from yadorigi.app.burst_lines import BurstLines, EvidenceFrame, FoundBursts, evidence_frames, united
from yadorigi.app.runs import Frame, WaitingFrames, merged, read_run, write_frames
from yadorigi.app.segments import Segment, SegmentFile
from yadorigi.detect.correlate.account import BurstAccount, burst_finding
from yadorigi.detect.correlate.group import GroupEntry, group_entries
from yadorigi.detect.correlate.items import Item, characters_of
from yadorigi.detect.correlate.moments import Moments
from yadorigi.detect.correlate.windows import Burst, bursts
from yadorigi.limits import (
    GROUP_ITEMS_IN_MEMORY,
    REPEATED_EVIDENCE_BYTES,
    REPEATED_RECORDS,
    WAITING_CHARACTERS_LIMIT,
)
from yadorigi.packs.address_databases import AddressBook
from yadorigi.schema.times import ticks_of, time_of

if TYPE_CHECKING:
    from yadorigi.detect.correlate.measures import Entry
    from yadorigi.languages.sigma.rule import CompiledCorrelation, CompiledRule
    from yadorigi.query.correlations import Correlation
    from yadorigi.schema.finding import FileIdentity


@dataclass(frozen=True, slots=True)
class Correlating:
    """What correlating needs to know.

    Attributes:
        rules, correlations: the rule set.
        spool: folder for what memory does not hold.
        hashes: of files, by number.
        refresh: called now and then, so that whoever waits sees life.
        again: whether the case may hold bursts already.
        addresses: what is known of addresses.
    """

    rules: Sequence[CompiledRule]
    correlations: Sequence[CompiledCorrelation]
    spool: Path
    hashes: Mapping[int, FileIdentity]
    refresh: Callable[[], None]
    again: bool = False
    addresses: AddressBook = field(default_factory=AddressBook)


@dataclass(slots=True)
class Correlated:
    """What correlating gave.

    Attributes:
        runs: runs of frames for `write_findings`, whose lines are stretches of `lines`.
        lines: the file that holds the findings' lines.
        found: which bursts were found.
        events: entries by correlation's number: events, and moments of bursts.
        bursts: bursts by correlation's number.
        left_out: how many items lacked a field, by correlation's number and field.
        shortened: how many bursts' evidence does not list all records of the bursts below.
    """

    runs: list[Path] = field(default_factory=list)
    lines: Path | None = None
    found: FoundBursts = field(default_factory=FoundBursts)
    events: Counter[int] = field(default_factory=Counter)
    bursts: Counter[int] = field(default_factory=Counter)
    left_out: Counter[tuple[int, str]] = field(default_factory=Counter)
    shortened: int = 0


def correlate(work: Correlating, runs: Sequence[Path]) -> Correlated:
    """Correlate all items.

    Args:
        work: what there is to know.
        runs: the workers' runs of items; they are removed.

    Raises:
        OSError: the disk is full or failing.
    """
    correlator = _Correlator(work)
    try:
        return correlator.correlate(runs)
    finally:
        correlator.close()


class _Correlator:
    """One run over all items."""

    def __init__(self, work: Correlating) -> None:
        self._work = work
        self._result = Correlated()
        self._moments = Moments(work.correlations)
        self._waiting: dict[int, WaitingFrames] = {}
        self._found = WaitingFrames(work.spool, "correlated")
        self._evidence = SegmentFile(work.spool / "evidence.segments")
        rule_ids = [rule.rule_id for rule in work.rules]
        self._lines = BurstLines(work.spool / "correlated.lines", rule_ids, work.hashes, remember=work.again)
        self._below = _EvidenceBelow(self._evidence)

    def close(self) -> None:
        self._evidence.close()
        self._lines.close()

    def correlate(self, runs: Sequence[Path]) -> Correlated:
        items = _Ahead(merged(runs, _folder(self._work.spool, "merging-items")))
        for height in sorted({compiled.height for compiled in self._work.correlations}):
            spare = _folder(self._work.spool, f"merging-moments-{height}")
            waiting = self._waiting.pop(height, None)
            moments = merged(waiting.flushed() if waiting is not None else (), spare)
            frames = heapq.merge(items.of_height(height), moments, key=_key)
            for (number, _), group in groupby(frames, key=_group_of):
                self._work.refresh()
                self._group(number, group)
        self._result.runs = self._found.flushed()
        self._result.lines = self._lines.path
        self._result.found = self._lines.bursts
        return self._result

    def _group(self, number: int, frames: Iterator[Frame]) -> None:
        """Find the bursts of one group and tell of each, behind the search, by going through the group once more."""
        correlation = self._work.correlations[number].correlation
        group = _Group(correlation, frames, self._work.spool / "group.run")
        leading = _Counted(group.entries())
        places = enumerate(group.entries())
        for burst in bursts(correlation, leading.entries(), (one.entry for one in group.entries())):
            self._result.bursts[number] += 1
            self._tell(number, burst, places)
        self._result.events[number] += leading.count
        group.remove()

    def _tell(self, number: int, burst: Burst, places: Iterator[tuple[int, GroupEntry]]) -> None:
        """Leave a burst's finding and its moments."""
        compiled = self._work.correlations[number]
        account = BurstAccount()
        nested: set[int] = set()
        telling = _inside(burst, places)
        if self._moments.asked_for(number):
            telling = self._passed_up(number, burst, telling)
        segment = self._evidence.write(_evidence(telling, account, nested))
        if nested:
            segments = [segment, *(self._below.take(one, account) for one in sorted(nested))]
            together = self._evidence.merged(segments, _key)
            segment = self._evidence.write(_counted(united(together), account))
            self._result.shortened += account.left_out > 0
        if self._moments.asked_for(number):
            self._below.add(segment, account)
        if compiled.alone:
            finding = self._work.addresses.about_finding(burst_finding(compiled, account, burst.measured))
            frames = (msgspec.convert(frame, EvidenceFrame) for frame in self._evidence.read(segment))
            frame = self._lines.frame(finding, frames, account)
            self._found.add(frame, len(frame[-1]))

    def _passed_up(self, number: int, burst: Burst, telling: Iterator[GroupEntry]) -> Iterator[GroupEntry]:
        """Give a burst's entries on, and leave its moments for the correlations that ask for them."""
        passing = self._moments.of(number, len(self._below), burst)
        for one in telling:
            for item in passing.see(one):
                height = item.key.height
                if height not in self._waiting:
                    self._waiting[height] = WaitingFrames(self._work.spool, f"moments-{height}")
                self._waiting[height].add(item, characters_of(item))
            yield one
        for parent, name in passing.left_out.elements():
            self._result.left_out[parent, name] += 1


def _evidence(telling: Iterator[GroupEntry], account: BurstAccount, nested: set[int]) -> Iterator[EvidenceFrame]:
    """Give the evidence of events, and note what else the entries tell of."""
    for one in telling:
        account.see(one)
        nested.update(item.burst for item in one.items if item.burst is not None)
        yield from evidence_frames(one.items)


def _counted(frames: Iterator[EvidenceFrame], account: BurstAccount) -> Iterator[EvidenceFrame]:
    """Take the account of the events below the bursts that a burst is made of."""
    account.events = account.left_out
    for number, frame in enumerate(frames):
        if not number:
            account.first = frame.key.time
        account.last = max(account.last, frame.key.time)
        account.events += 1
        yield frame


class _EvidenceBelow:
    """The evidence of bursts that correlations above ask for, by the burst's number."""

    def __init__(self, evidence: SegmentFile) -> None:
        self._evidence = evidence
        self._offsets, self._sizes, self._frames = array("Q"), array("Q"), array("Q")
        self._last = array("q")
        self._sites: list[frozenset[str | None]] = []
        self._known_sites: dict[frozenset[str | None], frozenset[str | None]] = {}
        self._taken = bytearray()
        self._repeated = 0
        self._short: dict[int, Segment] = {}

    def __len__(self) -> int:
        return len(self._taken)

    def add(self, segment: Segment, account: BurstAccount) -> None:
        for values, value in zip((self._offsets, self._sizes, self._frames), segment, strict=True):
            values.append(value)
        self._last.append(ticks_of(account.last))
        sites = frozenset(account.site.values)
        self._sites.append(self._known_sites.setdefault(sites, sites))
        self._taken.append(0)

    def take(self, number: int, account: BurstAccount) -> Segment:
        """Return a burst's evidence: whole the first time, then as long as not too much is repeated."""
        whole = Segment(self._offsets[number], self._sizes[number], self._frames[number])
        for site in self._sites[number]:
            account.site.see(site)
        if not self._taken[number]:
            self._taken[number] = 1
            return whole
        if whole.frames <= REPEATED_RECORDS or self._repeated + whole.size <= REPEATED_EVIDENCE_BYTES:
            self._repeated += whole.size
            return whole
        if number not in self._short:
            self._short[number] = self._evidence.write(islice(self._evidence.read(whole), REPEATED_RECORDS))
        account.left_out += whole.frames - REPEATED_RECORDS
        account.last = max(account.last, time_of(self._last[number]))
        return self._short[number]


def _inside(burst: Burst, places: Iterator[tuple[int, GroupEntry]]) -> Iterator[GroupEntry]:
    """Give a burst's entries, and leave the iterator behind its last."""
    for place, one in places:
        if place >= burst.first:
            yield one
        if place == burst.last:
            return


class _Group:
    """The entries of one group, which can be gone through again: in memory, or on disk where they are many."""

    def __init__(self, correlation: Correlation, frames: Iterator[Frame], path: Path) -> None:
        self._correlation = correlation
        self._path: Path | None = None
        few: list[Item] = []
        characters = 0
        for frame in frames:
            few.append(msgspec.convert(frame, Item))
            characters += characters_of(few[-1])
            if len(few) >= GROUP_ITEMS_IN_MEMORY or characters >= WAITING_CHARACTERS_LIMIT:
                self._path = path
                write_frames(path, chain(few, frames))
                return
        self._few = list(group_entries(correlation, few))

    def entries(self) -> Iterable[GroupEntry]:
        """Return the entries from the first on."""
        if self._path is None:
            return self._few
        return group_entries(self._correlation, (msgspec.convert(frame, Item) for frame in read_run(self._path)))

    def remove(self) -> None:
        if self._path is not None:
            self._path.unlink()


@dataclass(slots=True)
class _Counted:
    """Entries that are counted as they go by."""

    source: Iterable[GroupEntry]
    count: int = 0

    def entries(self) -> Iterator[Entry]:
        for one in self.source:
            self.count += 1
            yield one.entry


class _Ahead:
    """Frames in order, given out one height at a time."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._next = next(frames, None)

    def of_height(self, height: int) -> Iterator[Frame]:
        while self._next is not None and self._next[0][0] <= height:
            frame, self._next = self._next, next(self._frames, None)
            yield frame


def _folder(spool: Path, name: str) -> Path:
    folder = spool / name
    folder.mkdir(exist_ok=True)
    return folder


def _key(frame: Frame) -> Any:  # noqa: ANN401 - keys are tuples or lists of texts and numbers
    return frame[0]


def _group_of(frame: Frame) -> tuple[int, list[str]]:
    return frame[0][1], frame[0][2]
