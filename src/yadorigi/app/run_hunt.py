"""The main job: hunt files with rules, account for everything, leave a case."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from yadorigi import __version__
from yadorigi.app.acts import act_begun, received
from yadorigi.app.asked_hunts import Lookup
from yadorigi.app.case_folder import FINDINGS, SUMMARY, WARNINGS, CaseFolder
from yadorigi.app.correlate import Correlated, Correlating, correlate
from yadorigi.app.given_sites import notices_of_sites, sites_for
from yadorigi.app.hunt_ledger import DAMAGE_KINDS, Ledger, encode_warnings, in_order
from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
from yadorigi.app.hunt_worker import (
    HashResult,
    HuntJob,
    HuntResult,
    HuntTask,
    ReachTask,
    ReadResult,
    do,
    prepare,
)
from yadorigi.app.hunts_of_run import HuntsOfRun, clear_results
from yadorigi.app.indicator_account import indicator_notices, indicator_summary
from yadorigi.app.judge_case import Judged, judge_case
from yadorigi.app.keep_coverage import (
    COVERAGE,
    Asked,
    collected_of,
    earlier_coverage,
    encoded,
    notices_of_runs,
    with_hunts,
)
from yadorigi.app.lake_account import lake_summary, require_room
from yadorigi.app.memory import MemoryWatch
from yadorigi.app.progress import Progress, Silent
from yadorigi.app.report_case import LAYERS, REPORTS, document_of, write_all
from yadorigi.app.rule_account import rule_summary
from yadorigi.app.store_events import EventStore
from yadorigi.app.summarise import all_inputs, kinds_of, logs_of, vault_summary
from yadorigi.app.unpack_inputs import UnpackedInputs, Unpacking, seconds_for, unpack_inputs
from yadorigi.app.write_findings import FindingCounts, NewFindings, write_findings
from yadorigi.audits.watch import watched_by
from yadorigi.detect.plan import Planner
from yadorigi.detect.reach import Reach
from yadorigi.digests import Fingerprints
from yadorigi.errors import KeyNotKeptError, NotStoredError, UnfinishedError
from yadorigi.ingest.discover import discover, printable_name, require_some
from yadorigi.ingest.tasks import HashTask, ReadTask, apart, hash_tasks, read_and_hash_tasks
from yadorigi.lake.commits import LAKE, Lake, newest_commit, remove_lake
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.limits import JUDGED_HOSTS_LIMIT, UNKNOWN_HOSTS_LIMIT
from yadorigi.packs.address_databases import AddressBook
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.packs.indicators import IndicatorSet, load_indicators
from yadorigi.packs.load_rules import load_rules
from yadorigi.reports.json_lines import json_line
from yadorigi.reports.page.voice import name_of
from yadorigi.runner.pool import Lost, Pool
from yadorigi.runner.processors import usable_processors
from yadorigi.schema.finding import level_rank
from yadorigi.schema.sites import Sites
from yadorigi.schema.summary import (
    LakeSummary,
    RuleSummary,
    SiteSummary,
    Summary,
)

if TYPE_CHECKING:
    from yadorigi.app.custody import Act
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.schema.coverage import Coverage
    from yadorigi.schema.event import EventKind
    from yadorigi.schema.report import ReportDocument
    from yadorigi.schema.warning import ParseWarning


class HuntRun:
    """One hunt while it runs."""

    act_name = "hunt"
    """How the case's vault calls it."""

    def __init__(self, options: HuntOptions, progress: Progress) -> None:
        """Begin."""
        self.options = options
        self.progress = progress
        self.memory = MemoryWatch()
        self.seconds: dict[str, float] = {}
        self.begun = time.monotonic()
        self.interrupted = False
        self.lake_before = Lake(Path())
        self.lake: Lake | None = None
        self.indicators: IndicatorSet | None = None
        self.addresses = AddressBook.opened(options.databases)
        self.sites = Sites()
        self.hunts = HuntsOfRun(options)
        self.hosts_by_site: tuple[SiteSummary, ...] = ()
        self.act: Act | None = None

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Note the seconds that a stage takes."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = round(self.seconds.get(stage, 0.0) + time.monotonic() - start, 3)
            self.memory.look([])

    def run(self) -> HuntOutcome:
        """Hunt from beginning to end."""
        rules = self.prepare()
        with CaseFolder.opened(self.options.case, self.options.force) as case:
            return self.hunt(rules, case)

    def hunt(self, rules: RuleSet, case: CaseFolder) -> HuntOutcome:
        """Hunt into a case that is open."""
        start = self.begun
        earlier = case.earlier_summary()
        earlier_warnings = case.earlier_warnings()
        coverage = earlier_coverage(case)
        self.sites = sites_for(self.options.sites, self.options.site, earlier, coverage)
        self.lake_before = Lake(case.path) if case.anew else Lake.open(case.path)
        try:
            case.make_work()
            self.act = self.begin(case, rules, earlier)
            ledger, reach = self.read_and_match(rules, case)
            ledger.notices += [*case.notices, *self.lake_notices(), *self.addresses.notices]
            if self.indicators is not None:
                ledger.notices += indicator_notices(self.indicators)
            correlated = self.correlate(rules, ledger, case)
            self.ask_hunts(ledger, case)
            self.progress.stage("write", ledger.findings + correlated.bursts.total())
            with self.timed("write"):
                shadows = {file.number: file.shadow_copy for file in ledger.inputs.files if file.shadow_copy}
                runs = [*ledger.runs, *correlated.runs, *self.hunts.asked.runs]
                hashes, shadows = ledger.identities() | self.hunts.asked.hashes, shadows | self.hunts.asked.shadows
                found = NewFindings(runs, hashes, correlated.lines, shadows, correlated.found)
                counts = write_findings(case, found, self.progress)
            ledger.beyond |= counts.beyond
            self.progress.stage("judge", 0)
            with self.timed("judge"):
                coverage = self.learned(rules, ledger, coverage)
                judged = self.judge(ledger, case, coverage)
            warnings = self.all_warnings(ledger, earlier, earlier_warnings)
            with case.writing(WARNINGS) as stream:
                stream.write(encode_warnings(warnings))
            summary = self.summary(ledger, rule_summary(rules, reach, correlated), counts, earlier, len(warnings))
            document = self.report(summary, judged, case)
            # What is told of time and memory holds for the pages too, so the summary is written behind them.
            self.seconds["total"] = round(time.monotonic() - start, 3)
            summary = msgspec.structs.replace(summary, seconds=self.seconds, peak_rss_bytes=self.memory.peak)
            with case.writing(SUMMARY) as stream:
                stream.write(msgspec.json.format(json_line(summary), indent=2) + b"\n")
            self.publish(case)
        except OSError as error:
            raise UnfinishedError(f"{error.strerror or error}: {error.filename or case.path}") from error
        finally:
            case.clear_work()
            if self.act is not None:
                self.act.close(case.path)
        damaged = any(warning.kind in DAMAGE_KINDS for warning in warnings)
        return HuntOutcome(case.path, summary, tuple(warnings), damaged, judged, document)

    def begin(self, case: CaseFolder, rules: RuleSet, earlier: Summary | None) -> Act | None:
        """Begin the act that the case's vault records; a case whose key cannot be kept goes without, and says so."""
        try:
            return act_begun(case.path, self.act_name, self.options, rules, earlier)
        except KeyNotKeptError as error:
            # Nobody asked for this folder, and what can be found is worth more than what can be proven later.
            case.notices.append(f"{error}; no originals are kept, and nobody can show later what was read")
            return None

    def publish(self, case: CaseFolder) -> None:
        """Put all results in their places, and take away those of earlier hunts that no longer hold."""
        # Pages of an earlier hunt would stand beside verdicts that they do not show.
        gone = () if self.options.report else (*REPORTS, *LAYERS)
        no_lake = case.anew and not self.options.store
        if self.act is not None:
            lake = None if no_lake else newest_commit(case.path)
            self.act.conclude(case, lake, interrupted=self.interrupted, removed=gone)
        clear_results(case)
        case.publish()
        if no_lake:
            remove_lake(case.path)
        for name in gone:
            case.file(name).unlink(missing_ok=True)

    def prepare(self) -> RuleSet:
        """Check what was asked for, and load the rules."""
        require_some(self.options.paths)
        with self.timed("rules"):
            rules = load_rules(self.options.rules, self.options.settings)
        self.load_indicators()
        return rules

    def load_indicators(self) -> None:
        """Load what is looked for beside what rules describe."""
        if not self.options.indicators:
            return
        with self.timed("indicators"):
            self.indicators = load_indicators(self.options.indicators, self.options.warning_lists)

    def all_warnings(
        self, ledger: Ledger, earlier: Summary | None, earlier_warnings: list[ParseWarning]
    ) -> list[ParseWarning]:
        """Return the warnings of all runs; what was read again speaks for itself."""
        fresh = ledger.warnings()
        own = ledger.sha256_by_name()
        changed = {
            file.path
            for file in (earlier.inputs if earlier is not None else ())
            if file.sha256 is not None and own.get(file.path, file.sha256) != file.sha256
        }
        again = (set(own) | {printable_name(path) for path in self.options.paths}) - changed
        if self.lake is not None:
            again.add(LAKE)  # what it could not take before is in it now
        known = set(fresh)
        kept = [warning for warning in earlier_warnings if warning.file not in again and warning not in known]
        return in_order(fresh + kept)

    def read_and_match(self, rules: RuleSet, case: CaseFolder) -> tuple[Ledger, Reach | None]:
        """Read everything and match every rule; without a reach, which rules could match is not known."""
        options = self.options
        job = HuntJob(
            rules.rules, case.work, self.sites, options.since, options.until, options.zone, rules.correlations,
            watched_by(load_behaviours()), options.store,
            indicators=self.indicators, databases=self.options.databases,
            originals=self.act.originals if self.act is not None else frozenset(),
            fingerprints=Fingerprints() if self.act is not None else None,
        )  # fmt: skip
        planner = Planner(rules.rules, LogSources.load())
        if options.store:
            # Here once, and not in each of the workers that are copies of this process.
            import_module("yadorigi.lake.parts")

        # The workers start first: they are copies of this process, which is smaller before it knows every file.
        workers = options.workers or usable_processors()
        with Pool(workers, partial(prepare, job, planner), do, self.observe, seconds_for) as pool:
            with self.timed("discover"):
                found = discover(options.paths, left_out=options.case, choices=options.choices)
            if self.act is not None:
                with self.timed("keep"):
                    found, self.interrupted = received(self.act, found, options, pool.run, self.progress)
            unpacked = UnpackedInputs(found, self.interrupted)
            if not self.interrupted:
                with self.timed("unpack"):
                    how = Unpacking(case.work, options.password_file, options.choices)
                    unpacked = unpack_inputs(found, how, pool.run, self.progress)
            inputs = unpacked.inputs
            ledger = Ledger(inputs)
            told_lake = self.act.lake_changes if self.act is not None else None
            store = EventStore(case.path, case.anew, options.site, told_lake) if options.store else None
            if store is not None:
                ledger.notices += require_room(case.path, inputs.files)
            if unpacked.interrupted:
                self.interrupted = ledger.interrupted = True
                return ledger, None
            self.progress.stage("read and match", sum(file.size for file in inputs.files if file.is_log))
            with self.timed("read and match"):
                reach = None
                try:
                    self.drain(pool, read_and_hash_tasks(inputs.files, ledger.unreadable), ledger, store)
                    self.drain(pool, hash_tasks(ledger.without_hash()), ledger)
                    reach = self.reach(pool, ledger.kinds(), ledger.occurred)
                except KeyboardInterrupt:
                    # What was found so far is worth more than a quick end; the summary says that it is not all.
                    self.interrupted = ledger.interrupted = True
            if store is not None:
                with self.timed("store"):
                    if self.interrupted:
                        # What the workers are at would be waited for, and nobody wants it any more.
                        pool.close()
                        with Pool(workers, partial(prepare, job, planner), do, self.observe, seconds_for) as own:
                            self.keep_events(own, store, ledger)
                    else:
                        self.keep_events(pool, store, ledger)
            return ledger, reach

    def correlate(self, rules: RuleSet, ledger: Ledger, case: CaseFolder) -> Correlated:
        """Correlate what the workers kept."""
        if not rules.correlations:
            return Correlated()
        self.progress.stage("correlate", 0)
        with self.timed("correlate"):
            again = not case.anew and case.file(FINDINGS).exists()
            refresh = self.progress.refresh
            work = Correlating(
                rules.rules, rules.correlations, case.work, ledger.identities(), refresh, again, self.addresses
            )
            try:
                correlated = correlate(work, ledger.items)
            except KeyboardInterrupt:
                self.interrupted = ledger.interrupted = True
                ledger.notices.append("correlating was interrupted: no burst of this run is among the findings")
                return Correlated()
            if correlated.shortened:
                many = f"{correlated.shortened} findings about bursts of bursts list only the first records of these"
                ledger.notices.append(f"{many}; earlier findings list them whole (evidence_left_out counts the rest)")
            correlated.left_out.update(ledger.left_out)
            return correlated

    def ask_hunts(self, ledger: Ledger, case: CaseFolder) -> None:
        """Run hunts over the lake that this run has written."""
        if not self.hunts.waiting:
            self.hunts.forget_runs()
            return
        self.progress.stage("hunts", 0)
        with self.timed("hunts"):
            refresh = self.progress.refresh
            if self.hunts.ask(
                self.lake, lambda lake: Lookup(case, lake, self.sites, self.addresses, refresh), self.interrupted
            ):
                self.interrupted = ledger.interrupted = True
        ledger.notices += self.hunts.asked.notices

    def learned(self, rules: RuleSet, ledger: Ledger, earlier: Coverage) -> Coverage:
        """Return what is known of the case's logs now."""
        asked = Asked(self.sites, self.options.since, self.options.until)
        hunts, stated = collected_of(ledger, rules, ledger.warnings(), asked, load_behaviours())
        ledger.tell(stated.warnings)
        ledger.notices += notices_of_runs(log for hunt in hunts for log in hunt.logs)
        ledger.notices += notices_of_sites(hunts, self.sites)
        if self.options.sites_file is not None:
            # Evidence may hold such a file, and whoever hunts in its folder did not choose it.
            found = printable_name(str(self.options.sites_file.absolute()))
            ledger.notices.append(
                f"which hosts are of which site says {found}, which was found and not named by --sites"
            )
        return with_hunts(earlier, hunts)

    def judge(self, ledger: Ledger, case: CaseFolder, coverage: Coverage) -> Judged:
        """Keep what was learned of logs, and give the verdicts of the case."""
        judged = judge_case(case, coverage, self.options.workers or usable_processors(), self.observe, self.sites.names)
        if judged.overview is not None and judged.overview.unlisted_hosts:
            many = f"{judged.overview.unlisted_hosts:,} more hosts are named by others and have no logs of their own"
            ledger.notices.append(f"{many}: verdicts are given for the first {UNKNOWN_HOSTS_LIMIT} of such hosts only")
        if judged.overview is not None and judged.overview.unjudged_hosts:
            many = f"{judged.overview.unjudged_hosts:,} more hosts have logs of few events"
            ledger.notices.append(f"{many}: verdicts are given for {JUDGED_HOSTS_LIMIT:,} hosts with logs only")
        self.hosts_by_site = judged.sites
        with case.writing(COVERAGE) as stream:
            stream.write(encoded(coverage))
        return judged

    def report(self, summary: Summary, judged: Judged, case: CaseFolder) -> ReportDocument | None:
        """Write the pages and layers; None where none are wanted, or no event was read."""
        if not self.options.report or judged.overview is None:
            return None
        self.progress.stage("report", 0)
        with self.timed("report"):
            document = document_of(summary, judged.overview, case.newest, name_of(self.options.zone))
            write_all(document, case.writing)
        return document

    def drain(
        self,
        pool: Pool[HuntTask, HuntResult],
        tasks: Iterable[HuntTask],
        ledger: Ledger,
        store: EventStore | None = None,
    ) -> None:
        """Give tasks to the workers, and their results to the ledger."""
        again: list[HuntTask] = []
        for task, result in pool.run(tasks if store is None else store.handing(tasks)):
            match result:
                case ReadResult() if isinstance(task, ReadTask):
                    ledger.take(result)
                    if store is not None:
                        store.read(task, result.frames)
                    size = sum(piece.size for piece in task.pieces)
                    self.progress.advance(size, sum(result.events.values()), result.findings)
                case HashResult():
                    ledger.take_hashes(result)
                case Lost() if isinstance(task, ReadTask | HashTask):
                    parts = apart(task)
                    if store is not None and isinstance(task, ReadTask):
                        store.lost(task, again=bool(parts))
                    if not parts:
                        ledger.lost(task, result.reason)
                    again += parts
                case _:
                    raise UnfinishedError(f"a worker gave {type(result).__name__} for {type(task).__name__}")
        if again:
            self.drain(pool, again, ledger, store)

    def keep_events(self, pool: Pool[HuntTask, HuntResult], store: EventStore, ledger: Ledger) -> None:
        """Put the events into the lake."""
        try:
            self.lake = store.keep(pool.run, ledger, self.progress)
        except NotStoredError as error:
            # What was found is worth more than what could be asked later.
            ledger.not_stored(str(error))
        except KeyboardInterrupt:
            self.interrupted = ledger.interrupted = True
            ledger.notices.append(
                "writing the lake was interrupted: it holds nothing of this run; hunt again to add it"
            )

    def reach(
        self,
        pool: Pool[HuntTask, HuntResult],
        kinds: tuple[EventKind, ...] | None,
        occurred: Mapping[EventKind, frozenset[str]],
    ) -> Reach | None:
        """Ask a worker, which has planned these kinds already; None where there were too many kinds to keep."""
        if kinds is None:
            return None
        task = ReachTask(kinds, dict(occurred))
        for _, result in pool.run([task]):
            if isinstance(result, Reach):
                return result
            raise UnfinishedError(f"which rules could match is not known: {getattr(result, 'reason', result)}")
        raise UnfinishedError("no worker answered")

    def observe(self, workers: list[int]) -> None:
        """Look at memory and show life while the pool waits."""
        self.memory.look(workers)
        self.progress.refresh()

    def summary(
        self,
        ledger: Ledger,
        rules: RuleSummary,
        counts: FindingCounts,
        earlier: Summary | None,
        warnings: int,
    ) -> Summary:
        """Return the summary of the case."""
        own = ledger.input_summaries()
        inputs = all_inputs(own, earlier.inputs if earlier is not None else (), interrupted=self.interrupted)
        options = self.options
        return Summary(
            version=__version__,
            inputs=inputs,
            events=sum(file.events for file in inputs),
            warnings=warnings,
            rules=rules,
            findings=dict(sorted(counts.levels.items(), key=lambda item: (-level_rank(item[0]), item[0]))),
            logs=logs_of(ledger),
            kinds=kinds_of(ledger),
            hours=dict(sorted(ledger.activity.hours.items())),
            seconds=self.seconds,
            peak_rss_bytes=self.memory.peak,
            rules_fired=counts.top_rules(),
            hosts_found=counts.top_hosts(),
            users_found=counts.top_users(),
            events_outside_period=ledger.outside,
            site=options.site,
            sites=self.sites.sites,
            hosts_by_site=self.hosts_by_site,
            address_databases=self.addresses.databases,
            since=options.since or None,
            until=options.until or None,
            interrupted=self.interrupted,
            lake=self.lake_summary(),
            vault=vault_summary(self.act),
            indicators=indicator_summary(self.indicators) if self.indicators is not None else None,
            hunts=self.hunts.asked.summary,
        )

    def lake_notices(self) -> list[str]:
        """Say what the lake will lack."""
        if self.options.store or not self.lake_before.commits:
            return []
        return ["--no-store: the lake of the case does not hold what this hunt read, and later rules cannot look at it"]

    def lake_summary(self) -> LakeSummary | None:
        """Return what the lake holds now."""
        if self.lake is None:
            return lake_summary(self.lake_before, 0)
        return lake_summary(self.lake, self.lake.events() - self.lake_before.events())


def run_hunt(options: HuntOptions, progress: Progress | None = None) -> HuntOutcome:
    """Hunt.

    Raises:
        UsageError: no input exists, or no rule could be loaded.
        CaseError: the case folder cannot be used.
        UnfinishedError: the disk is full, say; what was in the case before is still there.
    """
    return HuntRun(options, progress if progress is not None else Silent()).run()
