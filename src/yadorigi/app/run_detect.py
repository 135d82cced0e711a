"""Run rules over the events that a case keeps: new rules, old logs.

It is a hunt that reads the lake in place of files. What logs say of themselves is known since they were read; what is
new is which rules have looked at them. What hunts with different ``--site`` read is hunted one after the other, as it
was then, because correlations are about what one hunt could see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.app.case_folder import SUMMARY, CaseFolder
from yadorigi.app.examined_again import Examined, examined_again
from yadorigi.app.hunt_ledger import Ledger, in_order
from yadorigi.app.hunt_worker import HuntJob, ReadResult, ScanAt, do, prepare
from yadorigi.app.progress import Progress, Silent
from yadorigi.app.run_hunt import HuntRun
from yadorigi.app.unpack_inputs import seconds_for
from yadorigi.detect.plan import Planner
from yadorigi.detect.reach import reach_of
from yadorigi.errors import CaseError
from yadorigi.ingest.discover import InputFile, Inputs
from yadorigi.lake.commits import LAKE, Lake
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.load_rules import load_rules
from yadorigi.packs.rule_set import RuleSet
from yadorigi.runner.pool import Lost, Pool
from yadorigi.runner.processors import usable_processors
from yadorigi.schema.event import EventKind
from yadorigi.schema.times import ticks_of
from yadorigi.schema.warning import ParseWarning

if TYPE_CHECKING:
    from yadorigi.app.correlate import Correlated
    from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
    from yadorigi.app.write_findings import FindingCounts
    from yadorigi.detect.reach import Reach
    from yadorigi.lake.frames import ScanTask
    from yadorigi.schema.coverage import Coverage
    from yadorigi.schema.stored_lake import Part, StoredFile
    from yadorigi.schema.summary import RuleSummary, Summary

_NO_FILE: Final = -1
"""Number of the input that a warning about the lake is about."""


@dataclass(slots=True)
class _OverSites:
    """What is told of all runs together, gathered while they are done one after the other.

    Attributes:
        occurred: columns by kind of event.
        seen: kinds of which rules have looked at an event.
        read: names of parts that were read whole.
        lost: parts that could not be read.
        events, bursts, left_out: as in `Correlated`.
        outside: events outside of the period.
    """

    occurred: dict[EventKind, frozenset[str]] = field(default_factory=dict)
    seen: set[EventKind] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    lost: dict[str, Part] = field(default_factory=dict)
    events: Counter[int] = field(default_factory=Counter)
    bursts: Counter[int] = field(default_factory=Counter)
    left_out: Counter[tuple[int, str]] = field(default_factory=Counter)
    outside: int = 0


class _Retro(HuntRun):
    """A hunt over the events in a lake, one run for each ``--site`` of earlier hunts."""

    act_name = "detect"

    def __init__(self, options: HuntOptions, progress: Progress) -> None:
        super().__init__(replace(options, paths=(), force=False, store=False), progress)
        self.files: Sequence[StoredFile] = ()
        self.damaged: dict[str, str] = {}
        self.over_sites = _OverSites()
        self.first_site = True

    def prepare(self) -> RuleSet:
        with self.timed("rules"):
            rules = load_rules(self.options.rules, self.options.settings) if self.options.rules else RuleSet((), ())
        self.load_indicators()
        return rules

    def run(self) -> HuntOutcome:
        path = self.options.case
        if path is None or not (path / SUMMARY).is_file():
            raise CaseError(f"{path} is no case; name the folder that a hunt left")
        _lake_of(path)  # tells of what is wrong before rules are loaded
        rules = self.prepare()
        report = self.options.report
        with CaseFolder.opened(path, force=False) as case:
            sites = self.look(path)
            for place, site in enumerate(sites, 1):
                # Pages are written once, when all is known.
                self.options = replace(self.options, site=site, report=report and place == len(sites))
                outcome = self.hunt(rules, case)
                if self.interrupted:
                    break
            return outcome

    def look(self, path: Path) -> list[str | None]:
        """See what the lake holds; return what ``--site`` named of its files, of which there is at least one."""
        from yadorigi.lake.files import stored_files  # noqa: PLC0415 - imports pyarrow

        lake = _lake_of(path)
        self.lake = lake
        self.files = stored_files(lake)
        self.progress.stage("check", sum(part.size for part in lake.parts))
        with self.timed("check"):
            for part, wrong in lake.checked_parts():
                self.progress.advance(part.size)
                if wrong:
                    self.damaged[part.path] = wrong
        sites = sorted({file.site for file in self.files}, key=lambda site: (site is not None, site))
        if not sites:
            raise CaseError(f"{path} names no file in its lake")
        return sites

    def read_and_match(self, rules: RuleSet, case: CaseFolder) -> tuple[Ledger, Reach | None]:
        from yadorigi.lake.files import numbers_of  # noqa: PLC0415 - imports pyarrow
        from yadorigi.lake.scan import LakeReader, scan_tasks  # noqa: PLC0415 - imports pyarrow

        options = self.options
        own = [file for file in self.files if file.site == options.site]
        ledger = Ledger(Inputs(tuple(_input(place, file) for place, file in enumerate(own)), ()))
        numbers = numbers_of(own)
        planner = Planner(rules.rules, LogSources.load())
        self.lose_damaged(ledger, frozenset(numbers))
        every = self.indicators is not None and len(self.indicators) > 0
        wanted = partial(_is_wanted, planner, every=every)
        # What takes longest first, so that no worker is left alone with it at the end.
        tasks = sorted(
            scan_tasks(self.sound(), wanted, numbers, self.period()), key=partial(_work, planner), reverse=True
        )
        job = HuntJob(
            rules.rules, case.work, self.sites, options.since, options.until, options.zone, rules.correlations,
            lake=LakeReader(numbers), names=tuple(file.path for file in own), scans=tuple(tasks),
            indicators=self.indicators, fields_only=options.fields_only, databases=options.databases,
        )  # fmt: skip
        self.progress.stage("read and match", sum(task.rows for task in tasks))
        workers = min(options.workers or usable_processors(), max(len(tasks), 1))
        with Pool(workers, partial(prepare, job, planner), do, self.observe, seconds_for) as pool:
            with self.timed("read and match"):
                reach = None
                try:
                    self.scan(pool, tasks, ledger)
                    kinds = self.kinds(planner, ledger)
                    # This process has planned every kind to choose what is read, so that no worker need do it again.
                    reach = reach_of(planner, kinds, self.over_sites.occurred) if kinds is not None else None
                except KeyboardInterrupt:
                    self.interrupted = ledger.interrupted = True
            self.over_sites.outside += ledger.outside
            return ledger, reach

    def sound(self) -> Lake:
        """Return the lake without its damaged parts."""
        lake = self.lake_before
        return replace(lake, parts=tuple(part for part in lake.parts if part.path not in self.damaged))

    def period(self) -> tuple[int | None, int | None]:
        """Return the period in ticks."""
        since, until = self.options.since, self.options.until
        return ticks_of(since) if since else None, ticks_of(until) if until else None

    def lose_damaged(self, ledger: Ledger, numbers: frozenset[int]) -> None:
        """Note the damaged parts that hold events of some files."""
        for part in self.lake_before.parts:
            if part.path in self.damaged and any(file in numbers for file, _ in part.files):
                ledger.lost_part(part.path, part.rows, self.damaged[part.path])
                self.over_sites.lost[part.path] = part

    def scan(self, pool: Pool[Any, Any], tasks: Sequence[ScanTask], ledger: Ledger) -> None:
        """Let workers match the events of all tasks."""
        parts = {part.path: part for part in self.lake_before.parts}
        over = self.over_sites
        for asked, result in pool.run(ScanAt(place) for place in range(len(tasks))):
            task = tasks[asked.place]
            if isinstance(result, ReadResult):
                ledger.take(result)
                over.read.add(task.name)
                self.progress.advance(task.rows, sum(result.activity.kinds.values()), result.findings)
            elif isinstance(result, Lost):
                ledger.lost_part(task.name, task.rows, result.reason)
                over.lost[task.name] = parts[task.name]
        for kind, columns in ledger.occurred.items():
            over.occurred[kind] = over.occurred.get(kind, frozenset()) | columns

    def kinds(self, planner: Planner, ledger: Ledger) -> tuple[EventKind, ...] | None:
        """Return the kinds of all events of the period; None where there are too many to know."""
        seen = ledger.kinds()
        if seen is None:
            return None
        self.over_sites.seen.update(seen)
        found = {kind for kind in _kinds(self.sound(), *self.period()) if not planner.bound_rules(kind)}
        return tuple(sorted(found | self.over_sites.seen))

    def correlate(self, rules: RuleSet, ledger: Ledger, case: CaseFolder) -> Correlated:
        found = super().correlate(rules, ledger, case)
        over = self.over_sites
        over.events.update(found.events)
        over.bursts.update(found.bursts)
        over.left_out.update(found.left_out)
        found.events, found.bursts, found.left_out = Counter(over.events), Counter(over.bursts), Counter(over.left_out)
        return found

    def learned(self, rules: RuleSet, ledger: Ledger, earlier: Coverage) -> Coverage:
        lost = {number for part in self.over_sites.lost.values() for number, _ in part.files}
        own = {(file.path, file.sha256): file for file in self.files if file.site == self.options.site}
        held = frozenset(
            key for key, file in own.items() if (file.number if file.copy_of is None else file.copy_of) not in lost
        )
        reach = {key: file.dropped_before for key, file in own.items() if file.dropped_before}
        pieces = {key: file.events + file.dropped for key, file in own.items() if not file.whole}
        asked = (self.options.site, self.options.since, self.options.until)
        examined = Examined(*asked, held, reach, self.lake_before.dropped, pieces)
        coverage, notices = examined_again(earlier, examined, ledger, rules)
        ledger.tell((_NO_FILE, ParseWarning(LAKE, None, "notice", None, reason)) for reason in notices)
        return coverage

    def all_warnings(
        self, ledger: Ledger, earlier: Summary | None, earlier_warnings: list[ParseWarning]
    ) -> list[ParseWarning]:
        """Return the warnings of all runs; no file was read again, so what was told of files before holds."""
        del earlier
        fresh = ledger.warnings()
        known = set(fresh)
        read = {f"{LAKE}/{name}" for name in self.over_sites.read}
        if self.first_site:
            read.add(LAKE)  # what it holds was looked at anew
            self.first_site = False
        return in_order(
            fresh + [warning for warning in earlier_warnings if warning not in known and warning.file not in read]
        )

    def lake_notices(self) -> list[str]:
        if not self.options.fields_only:
            return []
        told = "--fields-only: indicators were looked for in columns of hashes, addresses, names and paths"
        return [f"{told}, and not in command lines, scripts and other texts"]

    def summary(
        self,
        ledger: Ledger,
        rules: RuleSummary,
        counts: FindingCounts,
        earlier: Summary | None,
        warnings: int,
    ) -> Summary:
        found = super().summary(ledger, rules, counts, earlier, warnings)
        found = msgspec.structs.replace(found, events_outside_period=self.over_sites.outside)
        if earlier is None:
            return found
        # What was read is what the hunts before read; only rules and findings are new.
        return msgspec.structs.replace(
            found, inputs=earlier.inputs, events=earlier.events, logs=earlier.logs, kinds=earlier.kinds,
            hours=earlier.hours, site=earlier.site, rules=rules if self.options.rules else earlier.rules,
        )  # fmt: skip


def _lake_of(case: Path) -> Lake:
    lake = Lake.open(case)
    if not lake.commits:
        raise CaseError(
            f"{case} keeps no events: it was hunted with --no-store, or there was none to keep; hunt its files again"
        )
    return lake


def _is_wanted(planner: Planner, kind: EventKind, *, every: bool) -> bool:
    """Say whether events of a kind are read: all of them where indicators are looked for, which may be anywhere."""
    return every or bool(planner.bound_rules(kind))


def _work(planner: Planner, task: ScanTask) -> int:
    """Return how long a task takes beside others: an event of which many rules are may be a finding of many."""
    return sum(found.rows * (1 + len(planner.bound_rules(found.kind))) for found in task.ranges)


def _kinds(lake: Lake, since: int | None, until: int | None) -> Iterator[EventKind]:
    for part in lake.parts:
        for found in part.kinds:
            if (since is None or found.last >= since) and (until is None or found.first < until):
                yield EventKind(found.channel, found.provider, found.event_id, found.source)


def _input(place: int, file: StoredFile) -> InputFile:
    return InputFile(
        place,
        Path(file.path),
        file.path,
        0,
        file.source,
        sha256=file.sha256,
        leaf=file.leaf,
        shadow_copy=file.shadow_copy,
    )


def run_detect(options: HuntOptions, progress: Progress | None = None) -> HuntOutcome:
    """Run rules over a case's lake; ``options.case`` names the case; paths, site and sources count for nothing.

    A part of the lake that is damaged costs a warning with its rows, and rules have not looked at the files in it.

    Raises:
        UsageError: no rule could be loaded.
        CaseError: there is no case, it has no lake, or what the lake says of itself cannot be read.
        UnfinishedError: the disk is full, say; what was in the case before is still there.
    """
    return _Retro(options, progress if progress is not None else Silent()).run()
