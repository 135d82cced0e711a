"""Correlate what the workers' matches left: sorted items become groups, groups become bursts, bursts findings.

Items, groups, evidence and lines lie in files of the working folder; memory holds one window's state, and one group
where it is small. Correlations on correlations are done from the lowest up: a burst leaves items for those above it.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from yadorigi.app.burst_lines import BurstLines, EvidenceFrame, FoundBursts, evidence_frames, united
from yadorigi.app.runs import Frame, merged, read_run, write_frames
from yadorigi.app.segments import Segment, SegmentFile
from yadorigi.detect.correlate.account import BurstAccount, burst_finding
from yadorigi.detect.correlate.group import GroupEntry, group_entries
from yadorigi.detect.correlate.items import Item
from yadorigi.detect.correlate.moments import Moments
from yadorigi.detect.correlate.windows import Burst, bursts
from yadorigi.limits import GROUP_ITEMS_IN_MEMORY, WAITING_ITEMS_LIMIT

if TYPE_CHECKING:
    from yadorigi.detect.correlate.measures import Entry
    from yadorigi.languages.sigma.rule import CompiledCorrelation, CompiledRule
    from yadorigi.query.correlations import Correlation


@dataclass(frozen=True, slots=True)
class Correlating:
    """What correlating needs to know.

    Attributes:
        rules, correlations: the rule set.
        spool: folder for what memory does not hold.
        hashes: SHA-256 by file number.
        site: the site of all inputs, or None.
        refresh: called now and then, so that whoever waits sees life.
    """

    rules: Sequence[CompiledRule]
    correlations: Sequence[CompiledCorrelation]
    spool: Path
    hashes: Mapping[int, str]
    site: str | None
    refresh: Callable[[], None]


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
    """

    runs: list[Path] = field(default_factory=list)
    lines: Path | None = None
    found: FoundBursts = field(default_factory=FoundBursts)
    events: Counter[int] = field(default_factory=Counter)
    bursts: Counter[int] = field(default_factory=Counter)
    left_out: Counter[tuple[int, str]] = field(default_factory=Counter)


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
        self._waiting = _Waiting(work.spool, "moments")
        self._found = _Waiting(work.spool, "correlated")
        self._evidence = SegmentFile(work.spool / "evidence.segments")
        rule_ids = [rule.rule_id for rule in work.rules]
        self._lines = BurstLines(work.spool / "correlated.lines", rule_ids, work.hashes)
        self._numbers = count()
        self._of_burst: dict[int, Segment] = {}

    def close(self) -> None:
        self._evidence.close()
        self._lines.close()

    def correlate(self, runs: Sequence[Path]) -> Correlated:
        items = _Ahead(merged(runs, _folder(self._work.spool, "merging-items")))
        for height in sorted({compiled.height for compiled in self._work.correlations}):
            spare = _folder(self._work.spool, f"merging-moments-{height}")
            moments = merged(self._waiting.flushed(height), spare)
            frames = heapq.merge(items.of_height(height), moments, key=_key)
            for (number, _), group in groupby(frames, key=_group_of):
                self._work.refresh()
                self._group(number, group)
        self._result.runs = self._found.flushed(0)
        self._result.lines = self._lines.path
        self._result.found = self._lines.bursts
        return self._result

    def _group(self, number: int, frames: Iterator[Frame]) -> None:
        """Find the bursts of one group, then go through it once more and tell of each."""
        correlation = self._work.correlations[number].correlation
        group = _Group(correlation, frames, self._work.spool / "group.run")
        leading = _Counted(group.entries())
        found = list(bursts(correlation, leading.entries(), (one.entry for one in group.entries())))
        self._result.events[number] += leading.count
        self._result.bursts[number] += len(found)
        places = enumerate(group.entries())
        for burst in found:
            self._tell(number, burst, places)
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
            segments = [segment, *(self._of_burst[one] for one in sorted(nested))]
            together = self._evidence.merged(segments, _key)
            segment = self._evidence.write(_counted(united(together), account))
        if self._moments.asked_for(number):
            self._of_burst[self._burst] = segment
        if compiled.alone:
            finding = burst_finding(compiled, account, burst.measured, self._work.site)
            frames = (msgspec.convert(frame, EvidenceFrame) for frame in self._evidence.read(segment))
            self._found.add(0, self._lines.frame(finding, frames, account))

    def _passed_up(self, number: int, burst: Burst, telling: Iterator[GroupEntry]) -> Iterator[GroupEntry]:
        """Give a burst's entries on, and leave its moments for the correlations that ask for them."""
        self._burst = next(self._numbers)
        passing = self._moments.of(number, self._burst, burst)
        for one in telling:
            for item in passing.see(one):
                self._waiting.add(item.key.height, item)
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
    account.events = 0
    for frame in frames:
        if not account.events:
            account.first = frame.key.time
        account.last = frame.key.time
        account.events += 1
        yield frame


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
        few = list(islice(frames, GROUP_ITEMS_IN_MEMORY))
        rest = next(frames, None)
        if rest is None:
            self._few = list(self._made(few))
        else:
            self._path = path
            write_frames(path, chain(few, (rest,), frames))

    def entries(self) -> Iterable[GroupEntry]:
        """Return the entries from the first on."""
        return self._few if self._path is None else self._made(read_run(self._path))

    def _made(self, frames: Iterable[Frame]) -> Iterator[GroupEntry]:
        return group_entries(self._correlation, (msgspec.convert(frame, Item) for frame in frames))

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


class _Waiting:
    """Frames by height that wait to be merged; what memory should not hold is written as sorted runs."""

    def __init__(self, spool: Path, name: str) -> None:
        self._spool = spool
        self._name = name
        self._numbers = count()
        self._frames: dict[int, list[Any]] = {}
        self._runs: dict[int, list[Path]] = {}

    def add(self, height: int, frame: Any) -> None:  # noqa: ANN401 - a frame or an item
        frames = self._frames.setdefault(height, [])
        frames.append(frame)
        if len(frames) >= WAITING_ITEMS_LIMIT:
            self._write(height)

    def _write(self, height: int) -> None:
        frames = self._frames.pop(height, [])
        if frames:
            path = self._spool / f"{self._name}-{next(self._numbers):06}.run"
            write_frames(path, sorted(frames, key=_key))
            self._runs.setdefault(height, []).append(path)

    def flushed(self, height: int) -> list[Path]:
        """Return all runs of a height."""
        self._write(height)
        return self._runs.pop(height, [])


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
