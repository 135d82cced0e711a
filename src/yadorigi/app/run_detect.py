"""Run rules over the events that a case keeps: new rules, old logs.

It is a hunt that reads the lake in place of files. What logs say of themselves is known since they were read; what is
new is which rules have looked at them. Sites are hunted one after the other, as their hunts were, because correlations
are about one site.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from yadorigi.app.case_folder import SUMMARY
from yadorigi.app.examined_again import Examined, examined_again
from yadorigi.app.hunt_ledger import Ledger, in_order
from yadorigi.app.hunt_worker import HuntJob, ReadResult, do, idle, prepare
from yadorigi.app.progress import Progress, Silent
from yadorigi.app.run_hunt import HuntRun
from yadorigi.app.unpack_inputs import seconds_for
from yadorigi.detect.plan import Planner
from yadorigi.errors import CaseError
from yadorigi.ingest.discover import InputFile, Inputs
from yadorigi.lake.commits import FILES, Lake
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.load_rules import load_rules
from yadorigi.runner.pool import Lost, Pool
from yadorigi.runner.processors import usable_processors
from yadorigi.schema.event import EventKind
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.app.case_folder import CaseFolder
    from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
    from yadorigi.app.write_findings import FindingCounts
    from yadorigi.detect.reach import Reach
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.schema.coverage import Coverage
    from yadorigi.schema.stored_lake import StoredFile
    from yadorigi.schema.summary import RuleSummary, Summary
    from yadorigi.schema.warning import ParseWarning


@dataclass(frozen=True, slots=True)
class _Asked:
    """What all sites of one run share.

    Attributes:
        lake: of the case.
        files: all that it knows.
        kinds: of all its events.
    """

    lake: Lake
    files: tuple[StoredFile, ...]
    kinds: tuple[EventKind, ...]


class _Retro(HuntRun):
    """A hunt over the events of one site in a lake."""

    def __init__(self, options: HuntOptions, progress: Progress, asked: _Asked, rules: RuleSet) -> None:
        super().__init__(options, progress)
        self.asked = asked
        self.rules = rules
        self.occurred: dict[EventKind, frozenset[str]] = {}

    def prepare(self) -> RuleSet:
        return self.rules

    def read_and_match(self, rules: RuleSet, case: CaseFolder) -> tuple[Ledger, Reach | None]:
        from yadorigi.lake.files import numbers_of  # noqa: PLC0415 - imports pyarrow
        from yadorigi.lake.scan import LakeReader, scan_tasks  # noqa: PLC0415 - imports pyarrow

        options, lake = self.options, self.asked.lake
        files = self.asked.files
        own = [file for file in files if file.site == options.site]
        ledger = Ledger(Inputs(tuple(_input(place, file) for place, file in enumerate(own)), ()))
        numbers = numbers_of(own)
        job = HuntJob(
            rules.rules, case.work, options.site, options.since, options.until, options.zone, rules.correlations,
            lake=LakeReader(numbers), names=tuple(file.path for file in own),
        )  # fmt: skip
        planner = Planner(rules.rules, LogSources.load())
        since, until = (ticks_of(time) if time else None for time in (options.since, options.until))
        tasks = list(scan_tasks(lake, lambda kind: bool(planner.bound_rules(kind)), numbers, (since, until)))
        self.progress.stage("read and match", sum(task.rows for task in tasks))
        workers = min(options.workers or usable_processors(), max(len(tasks), 1))
        with Pool(workers, partial(prepare, job, planner), do, self.observe, idle, seconds_for) as pool:
            with self.timed("read and match"):
                reach = None
                try:
                    for task, result in pool.run(tasks):
                        if isinstance(result, ReadResult):
                            ledger.take(result)
                            self.progress.advance(task.rows, sum(result.activity.kinds.values()), result.findings)
                        elif isinstance(result, Lost):
                            ledger.lost_part(task.name, task.rows, result.reason)
                    for kind, columns in ledger.occurred.items():
                        self.occurred[kind] = self.occurred.get(kind, frozenset()) | columns
                    reach = self.reach(pool, self.asked.kinds, self.occurred)
                except KeyboardInterrupt:
                    self.interrupted = ledger.interrupted = True
            return ledger, reach

    def learned(self, rules: RuleSet, ledger: Ledger, earlier: Coverage) -> Coverage:
        held = frozenset((file.path, file.sha256) for file in self.asked.files)
        examined = Examined(self.options.site, self.options.since, self.options.until, held, self.asked.lake.dropped)
        coverage, notices = examined_again(earlier, examined, ledger, rules)
        ledger.notices += notices
        return coverage

    def all_warnings(
        self, ledger: Ledger, earlier: Summary | None, earlier_warnings: list[ParseWarning]
    ) -> list[ParseWarning]:
        """Return the warnings of all runs; nothing was read again, so all that was told before holds."""
        del earlier
        fresh = ledger.warnings()
        known = set(fresh)
        return in_order(fresh + [warning for warning in earlier_warnings if warning not in known])

    def summary(
        self,
        ledger: Ledger,
        rules: RuleSummary,
        counts: FindingCounts,
        earlier: Summary | None,
        warnings: int,
    ) -> Summary:
        found = super().summary(ledger, rules, counts, earlier, warnings)
        if earlier is None:
            return found
        # What was read is what the hunts before read; only rules and findings are new.
        return msgspec.structs.replace(
            found, inputs=earlier.inputs, events=earlier.events, logs=earlier.logs, kinds=earlier.kinds,
            hours=earlier.hours, site=earlier.site,
        )  # fmt: skip


def _input(place: int, file: StoredFile) -> InputFile:
    return InputFile(
        place, Path(file.path), file.path, 0, file.source, sha256=file.sha256, shadow_copy=file.shadow_copy
    )


def run_detect(options: HuntOptions, progress: Progress | None = None) -> HuntOutcome:
    """Run rules over a case's lake; ``options.case`` names the case, ``options.paths`` counts for nothing.

    Raises:
        UsageError: no rule could be loaded.
        CaseError: there is no case, or it has no lake.
        UnfinishedError: the disk is full, say; what was in the case before is still there.
    """
    from yadorigi.lake.files import stored_files  # noqa: PLC0415 - imports pyarrow

    case = options.case
    if case is None or not (case / SUMMARY).is_file():
        raise CaseError(f"{case} is no case; name the folder that a hunt left")
    lake = Lake.open(case)
    if not any(part.table != FILES for part in lake.parts):
        raise CaseError(f"{case} keeps no events: it was hunted with --no-store; hunt its files again")
    damaged = list(lake.damaged_parts())
    if damaged:
        raise CaseError(f"the lake of {case} is damaged: {damaged[0]}; hunt again with --force to build it anew")
    files = tuple(stored_files(lake))
    kinds = {EventKind(*found[:4]) for part in lake.parts for found in map(msgspec.structs.astuple, part.kinds)}
    asked = _Asked(lake, files, tuple(sorted(kinds)))
    shown = progress if progress is not None else Silent()
    rules = load_rules(options.rules, options.settings)
    sites = sorted({file.site for file in files}, key=lambda site: site or "")
    occurred: dict[EventKind, frozenset[str]] = {}
    outcome = None
    for site in sites:
        own = replace(options, site=site, paths=(), force=False, store=False)
        run = _Retro(own, shown, asked, rules)
        run.occurred = occurred
        outcome = run.run()
        if outcome.summary.interrupted:
            break
    if outcome is None:
        raise CaseError(f"{case} names no file in its lake")
    return outcome
