"""What a hunt's worker process does: read parts of files, match every rule, keep what matched."""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from yadorigi.app.keep_tasks import KeepTask, Kept, keep
from yadorigi.app.memory import collector_off
from yadorigi.app.runs import Frame as RunFrame
from yadorigi.app.runs import WaitingFrames, write_run
from yadorigi.detect.correlate.items import Item, ItemMaker, characters_of
from yadorigi.detect.findings import finding_of
from yadorigi.detect.indicators.findings import indicator_finding
from yadorigi.detect.indicators.matcher import IndicatorMatcher
from yadorigi.detect.match import Matched, Matcher
from yadorigi.detect.plan import Planner
from yadorigi.detect.reach import Reach, reach_of
from yadorigi.digests import sha256_of
from yadorigi.ingest.activity import Activity
from yadorigi.ingest.by_site import NotesBySite, by_site
from yadorigi.ingest.coverage import Watched
from yadorigi.ingest.hours import hours_by_host
from yadorigi.ingest.period import within_period
from yadorigi.ingest.tasks import HashTask, ReadTask
from yadorigi.ingest.unpack import Unpacked, UnpackTask, unpack
from yadorigi.lake.frames import Frame, MadeParts, PartTask, ScanTask
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.limits import KINDS_LIMIT
from yadorigi.packs.address_databases import AddressBook
from yadorigi.reports.lines import csv_row, finding_line
from yadorigi.schema.finding import Evidence
from yadorigi.schema.sites import Sites
from yadorigi.schema.times import ticks_of
from yadorigi.schema.warning import ParseWarning
from yadorigi.sources.contract import Folded, Gathered, ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.detect.indicators.payload_search import PayloadSearch
    from yadorigi.digests import Fingerprints
    from yadorigi.lake.scan import LakeReader
    from yadorigi.lake.sieve import Sieve
    from yadorigi.lake.spool import Spool
    from yadorigi.languages.sigma.rule import CompiledCorrelation, CompiledRule
    from yadorigi.packs.indicators import IndicatorSet
    from yadorigi.schema.batch import EventBatch, Origin
    from yadorigi.schema.event import Event, EventKind
    from yadorigi.schema.finding import Finding
    from yadorigi.sources.numbering import Numbering


@dataclass(frozen=True, slots=True)
class HuntJob:
    """What all workers of a hunt share.

    Attributes:
        rules: the rule set, in its fixed order.
        spool: folder for runs of findings.
        sites: say which site a host is of.
        since: canonical time of the first event that counts, or "".
        until: canonical time before which events count, or "".
        zone: of times without one.
        correlations: the correlation rules, in their fixed order.
        watched: what is noted of events, whichever rules there are.
        store: whether events are spooled for the lake.
        lake: what reads events back from the lake, or None where files are read.
        names: of the files of the lake, by their numbers in this run.
        scans: what is read of the lake; a task names one by its place, for they are long and many.
        indicators: what is looked for beside what rules describe, or None.
        fields_only: whether indicators are looked for only in the lake's columns that hold one kind of value each.
        databases: of addresses, which each worker opens for itself.
        originals: SHA-256 of what the case's vault has already.
        fingerprints: by which workers see that what they read is what was kept, or None where nothing is.
    """

    rules: tuple[CompiledRule, ...]
    spool: Path
    sites: Sites = field(default_factory=Sites)
    since: str = ""
    until: str = ""
    zone: tzinfo = UTC
    correlations: tuple[CompiledCorrelation, ...] = ()
    watched: Watched = Watched()  # noqa: RUF009 - it cannot change
    store: bool = False
    lake: LakeReader | None = None
    names: tuple[str, ...] = ()
    scans: tuple[ScanTask, ...] = ()
    indicators: IndicatorSet | None = None
    fields_only: bool = False
    databases: tuple[str, ...] = ()
    originals: frozenset[str] = frozenset()
    fingerprints: Fingerprints | None = None


@dataclass(frozen=True, slots=True)
class ReachTask:
    """Asks which rules could have matched."""

    kinds: tuple[EventKind, ...]
    occurred: dict[EventKind, frozenset[str]]


@dataclass(frozen=True, slots=True)
class ScanAt:
    """Asks for what `HuntJob.scans` has at a place to be read and matched."""

    place: int


@dataclass(slots=True)
class ReadResult:
    """What one task of reading found.

    Attributes:
        events, declared, warnings, folded, hashes, changed, numbering: as in `sources.contract.ReadingLog`.
        spans: file number to canonical time of its first and last event.
        activity: counts of the events within the period; of those of a lake, whose files were counted, only by kind.
        outside: events outside of the period.
        occurred: for each kind, columns that no earlier task of this worker had.
        timed_out: regular expressions whose search hit the time limit, and how often.
        cut: values that held more than is looked up of one for indicators.
        run: the run of findings, or None where there were none.
        findings: how many findings the run holds.
        items: runs of items that serve correlations.
        left_out: how many matches lacked what a correlation asks for, by its number and the field.
        coverage: what the logs say about themselves, of all events, within the period or not.
        frames: where all events were spooled for the lake, within the period or not.
    """

    events: dict[int, int]
    declared: dict[int, int]
    warnings: list[tuple[int, ParseWarning]]
    folded: dict[int, Folded]
    hashes: dict[int, str] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    numbering: dict[int, Numbering] = field(default_factory=dict)
    spans: dict[int, tuple[str, str]] = field(default_factory=dict)
    activity: Activity = field(default_factory=Activity)
    outside: int = 0
    occurred: dict[EventKind, frozenset[str]] = field(default_factory=dict)
    timed_out: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    run: Path | None = None
    findings: int = 0
    items: list[Path] = field(default_factory=list)
    left_out: Counter[tuple[int, str]] = field(default_factory=Counter)
    coverage: NotesBySite = field(default_factory=NotesBySite)
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class HashResult:
    """SHA-256 by file number, and the files that could not be read."""

    hashes: dict[int, str]
    unreadable: dict[int, str]


HuntTask: TypeAlias = KeepTask | UnpackTask | ReadTask | HashTask | ReachTask | PartTask | ScanAt
HuntResult: TypeAlias = Kept | Unpacked | ReadResult | HashResult | Reach | MadeParts


@dataclass(slots=True)
class _Kept:
    """What a task keeps of the matches."""

    items: WaitingFrames
    findings: list[RunFrame] = field(default_factory=list)
    left_out: Counter[tuple[int, str]] = field(default_factory=Counter)


class HuntWorker:
    """One worker's state: its matchers, and what it has told already."""

    def __init__(self, job: HuntJob, planner: Planner | None = None) -> None:
        """Plan the rules, unless the parent process did."""
        self._job = job
        self._planner = planner if planner is not None else Planner(job.rules, LogSources.load())
        self._matcher = Matcher(self._planner)
        self._items = ItemMaker(job.correlations)
        self._seeker = IndicatorMatcher(job.indicators) if job.indicators is not None and len(job.indicators) else None
        self._told: dict[EventKind, frozenset[str]] = {}
        self._spool: Spool | None = None
        self._addresses = AddressBook.opened(job.databases)
        self._names = dict(enumerate(job.names))

    def do(self, task: HuntTask) -> HuntResult:
        """Do one task."""
        match task:
            case ReadTask():
                with collector_off():
                    return self._read(task)
            case HashTask():
                return _hash(task)
            case KeepTask():
                return keep(task, self._job.originals, self._job.fingerprints)
            case UnpackTask():
                return unpack(task, self._job.fingerprints)
            case ReachTask():
                return reach_of(self._planner, task.kinds, task.occurred)
            case ScanAt():
                with collector_off():
                    return self._read_back(self._job.scans[task.place])
            case PartTask():
                from yadorigi.lake.parts import make_parts  # noqa: PLC0415 - imports pyarrow

                with collector_off():
                    return make_parts(task)

    def _read(self, task: ReadTask) -> ReadResult:
        log = ReadingLog(fingerprints=self._job.fingerprints, known=dict(task.known))
        result = ReadResult(log.events, log.declared, log.warnings, log.folded, log.hashes, log.changed, log.numbering)
        kept = _Kept(WaitingFrames(self._job.spool, f"{task.run_name}.items"))
        names = {piece.file: piece.name for piece in task.pieces}
        for gathered in source_named(task.source).read(task.pieces, log, self._job.zone):
            result.coverage.see(gathered, self._job.sites, names)
            self._scan(gathered, names, result, kept)
            if self._job.store:
                result.frames += tuple(self._spooled(gathered))
        if self._spool is not None:
            self._spool.flush()
        return self._finished(result, kept, task.run_name)

    def _read_back(self, task: ScanTask) -> ReadResult:
        """Match events of the lake; what their logs say of themselves is known since they were read."""
        result = ReadResult({}, {}, [], {})
        kept = _Kept(WaitingFrames(self._job.spool, f"{task.run_name}.items"))
        known = self._seeker.holds if self._seeker is not None and self._job.fields_only else None
        sieve = self._sieve()
        for gathered in self._job.lake.read(task, known, sieve) if self._job.lake is not None else ():
            self._scan(gathered, self._names, result, kept)
        if sieve is not None:
            result.activity.kinds.update(sieve.kinds)
            result.outside += sieve.outside
        return self._finished(result, kept, task.run_name)

    @cached_property
    def _search(self) -> PayloadSearch | None:
        """What looks for indicators in payloads of the lake; None where some can be spelled in too many ways."""
        if self._seeker is None or self._job.fields_only:
            return None
        from yadorigi.detect.indicators.payload_search import PayloadSearch  # noqa: PLC0415 - imports pyarrow

        return PayloadSearch.of(self._seeker)

    def _sieve(self) -> Sieve | None:
        """Return what passes over events that no rule can match and that hold no indicator; None where all may."""
        from yadorigi.lake.sieve import Sieve  # noqa: PLC0415 - imports pyarrow

        if self._seeker is not None and self._search is None:
            return None
        since, until = (ticks_of(time) if time else None for time in (self._job.since, self._job.until))
        matcher, planner = self._matcher, self._planner
        return Sieve(
            lambda kind: matcher.of(kind).screen,
            (lambda kind: bool(planner.bound_rules(kind))) if self._job.rules else None,
            self._search,
            since,
            until,
        )

    def _finished(self, result: ReadResult, kept: _Kept, run_name: str) -> ReadResult:
        result.timed_out.update(dict(self._matcher.shared.timed_out()))
        if self._seeker is not None:
            result.cut, self._seeker.cut = self._seeker.cut, 0
        result.occurred = self._news(result.activity.kinds)
        if kept.findings:
            result.run = self._job.spool / run_name
            result.findings = len(kept.findings)
            write_run(result.run, kept.findings)
        result.items = kept.items.flushed()
        result.left_out = kept.left_out
        return result

    def _spooled(self, gathered: Gathered) -> list[Frame]:
        if self._spool is None:
            from yadorigi.lake.spool import Spool  # noqa: PLC0415 - imports pyarrow

            self._spool = Spool(self._job.spool, f"{os.getpid()}-{secrets.token_hex(4)}")
        return self._spool.add(gathered)

    def _scan(self, gathered: Gathered, names: dict[int, str], result: ReadResult, kept: _Kept) -> None:
        # Of what the lake gives back, this is known since it was read.
        for file, span in gathered.spans().items() if self._job.lake is None else ():
            known = result.spans.get(file, span)
            result.spans[file] = (min(known[0], span[0]), max(known[1], span[1]))
        for batch in gathered.batches():
            for site, own in by_site(batch, self._job.sites, names):
                within = within_period(own, self._job.since, self._job.until)
                result.outside += len(own) - len(within)
                if self._job.lake is None:
                    seen = hours_by_host(own)
                    result.coverage.see_batch(site, own, self._job.watched, seen)
                    seen = seen if within is own else hours_by_host(within)
                    result.activity.see(own.kind, site, seen)
                elif len(within):
                    result.activity.kinds[own.kind] += len(within)
                if len(within):
                    self._match(within, site, names, kept)
        for file, count in gathered.undecoded().items():
            reason = f"{count} events have fields that cannot be decoded; rules saw them without these fields"
            result.warnings.append((file, ParseWarning(names[file], None, "record", 0, reason)))

    def _match(self, batch: EventBatch, site: str | None, names: dict[int, str], kept: _Kept) -> None:
        """Match events of one kind and site."""
        for matched in self._matcher.of(batch.kind).match(batch):
            event, time, origin = batch.event(matched.place), batch.time(matched.place), batch.origin(matched.place)
            for number, values in matched.hits:
                if self._job.rules[number].alone:
                    finding = self._addresses.about_finding(
                        finding_of(self._job.rules[number], event, time, values, site)
                    )
                    kept.findings.append(_frame(finding, origin, batch.kind.channel, names))
            self._correlate(event, matched, time, (origin, names[origin.file], site), kept)
        if self._seeker is not None:
            self._seek(self._seeker, batch, site, names, kept)

    def _seek(
        self, seeker: IndicatorMatcher, batch: EventBatch, site: str | None, names: dict[int, str], kept: _Kept
    ) -> None:
        """Look for indicators in events of one kind and site."""
        for place, hits in seeker.match(batch):
            event, time, origin = batch.event(place), batch.time(place), batch.origin(place)
            for hit in hits:
                finding = self._addresses.about_finding(indicator_finding(seeker.indicators, hit, event, time, site))
                kept.findings.append(_frame(finding, origin, batch.kind.channel, names))

    def _correlate(
        self, event: Event, matched: Matched, time: str, place: tuple[Origin, str, str | None], kept: _Kept
    ) -> None:
        """Keep what serves correlations."""
        serving = [number for number, _ in matched.hits if self._items.serves(number)]
        if not serving:
            return
        matcher = self._matcher.of(event.kind)
        for number in serving:
            for item in self._items.items(event, matcher.bound(number), time, place):
                if isinstance(item, Item):
                    kept.items.add(item, characters_of(item))
                else:
                    kept.left_out[item] += 1

    def _news(self, kinds: Iterable[EventKind]) -> dict[EventKind, frozenset[str]]:
        """Return columns that occurred in these kinds of events and that the parent process has not heard of."""
        occurred = self._matcher.occurred(kinds)
        news = {kind: columns for kind, columns in occurred.items() if columns != self._told.get(kind)}
        # To tell a thing twice does no harm.
        if len(self._told) > KINDS_LIMIT:
            self._told.clear()
        self._told.update(news)
        return news


def _frame(finding: Finding, origin: Origin, channel: str, names: Mapping[int, str]) -> RunFrame:
    """Return a finding about one event as a frame of a run, in which its file's hash is still missing."""
    file = names[origin.file]
    evidence = Evidence(
        file=file, sha256="", host=finding.host, channel=channel, record_id=origin.record_id, line=origin.line
    )
    key = (
        finding.time, finding.host, channel, origin.record_id or 0, origin.line or 0, file, finding.rule_id,
        finding.rule_path,
    )  # fmt: skip
    line = finding_line(finding, evidence)
    counted = (finding.level, finding.title, finding.host, finding.user, finding.site)
    return (key, origin.file, counted, line.head, line.tail, csv_row(finding, evidence))


def _hash(task: HashTask) -> HashResult:
    hashes: dict[int, str] = {}
    unreadable: dict[int, str] = {}
    for number, path in task.files:
        try:
            hashes[number] = sha256_of(path)
        except OSError as error:
            unreadable[number] = error.strerror or str(error)
    return HashResult(hashes, unreadable)


def prepare(job: HuntJob, planner: Planner | None) -> HuntWorker:
    """Make a worker's state."""
    return HuntWorker(job, planner)


def do(worker: HuntWorker, task: Any) -> Any:  # noqa: ANN401 - HuntTask to HuntResult, as the pool hands them
    """Do one task in a worker."""
    return worker.do(task)
