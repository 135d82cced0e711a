"""Read files, or what cases keep of them, once with all workers for a verb that is no hunt.

What its scanner keeps comes back as sorted runs. The files, the workers and the account of what could not be read are
those of a hunt.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from yadorigi.app.hunt_ledger import DAMAGE_KINDS, Ledger
from yadorigi.app.hunt_worker import ReadResult
from yadorigi.app.memory import collector_off
from yadorigi.app.runs import Frame, merged, write_run
from yadorigi.app.scan_lakes import LakeInputs, LakeTask, Wanted, cases_among
from yadorigi.app.unpack_inputs import UnpackedInputs, Unpacking, read_passwords, seconds_for, unpack_inputs
from yadorigi.errors import UnfinishedError
from yadorigi.ingest.discover import Inputs, discover
from yadorigi.ingest.period import within_period
from yadorigi.ingest.tasks import ReadTask, read_tasks
from yadorigi.ingest.unpack import Unpacked, UnpackTask, unpack
from yadorigi.runner.pool import Pool
from yadorigi.runner.processors import usable_processors
from yadorigi.schema.times import ticks_of
from yadorigi.sources.choice import SourceChoices
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.app.progress import Progress
    from yadorigi.app.tallies import Tally
    from yadorigi.lake.scan import LakeReader
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import EventKind
    from yadorigi.schema.warning import ParseWarning
    from yadorigi.sources.contract import Gathered


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What to read and how.

    Attributes:
        paths: files and folders; of cases that keep events, these are read.
        since, until: canonical times of the period (half-open), or "".
        workers: number of processes; 0 for one per processor.
        zone: of times without one.
        password_file: passwords of archives, one a line, or None.
        choices: sources that the user chose for some files.
    """

    paths: tuple[str, ...]
    since: str = ""
    until: str = ""
    workers: int = 0
    zone: tzinfo = UTC
    password_file: Path | None = None
    choices: SourceChoices = SourceChoices()  # noqa: RUF009 - it cannot change


@dataclass(slots=True)
class Kept:
    """What a scanner keeps of one task.

    Attributes:
        frames: sorted and merged with those of other tasks.
        tally: counts by key, for scanners that count.
        hits: how many events it counts as found.
        counts: whatever else is counted, by name.
        timed_out: regular expressions whose search hit the time limit, and how often.
    """

    frames: list[Frame] = field(default_factory=list)
    tally: Tally = field(default_factory=dict)
    hits: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    timed_out: Counter[str] = field(default_factory=Counter)


class Scanner(Protocol):
    """Looks at all events of the period, in a worker."""

    def see(self, batch: EventBatch, kept: Kept) -> None:
        """Look at a batch and keep what matters."""

    def finish(self, kept: Kept) -> None:
        """End a task: bring what was kept into its last form."""


MakeScanner: TypeAlias = Callable[[tuple[str, ...]], Scanner]
"""Makes a worker's scanner from the names of the input files by number; can be pickled."""


@dataclass(slots=True)
class Scan:
    """What reading gave.

    Attributes:
        inputs: the input files.
        events: events read.
        outside: events outside of the period; they were not looked at.
        hits: sum of `Kept.hits`.
        counts: sum of `Kept.counts`.
        warnings: what could not be read.
        interrupted: whether reading was stopped before its end.
    """

    inputs: Inputs
    events: int
    outside: int
    hits: int
    counts: Counter[str]
    warnings: tuple[ParseWarning, ...]
    interrupted: bool
    _runs: list[Path]
    _spool: Path

    @property
    def damaged(self) -> bool:
        """Say whether something recognised could not be read whole."""
        return any(warning.kind in DAMAGE_KINDS for warning in self.warnings)

    def frames(self) -> Iterator[Frame]:
        """Give all frames in the order of their keys, once."""
        yield from merged(self._runs, self._spool)


def _every(_: EventKind) -> bool:
    return True


EVERYTHING = Wanted(_every)


@contextmanager
def scanned(options: ScanOptions, make: MakeScanner, progress: Progress, wanted: Wanted = EVERYTHING) -> Iterator[Scan]:
    """Read the files and give what was kept; its runs lie in a temporary folder that goes with the context.

    Args:
        options: what to read.
        make: makes the scanners.
        progress: told of how far it is.
        wanted: what scanners look at; they may be given more.

    Raises:
        InputMissingError: no input path exists.
        UsageError: there is nothing but cases that keep no events.
        CaseError: what a case keeps cannot be read.
        UnfinishedError: the disk is full, say.
    """
    cases, others = cases_among(options.paths)
    found = discover(others, choices=options.choices) if others or not cases else Inputs((), ())
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="yadorigi-") as folder:
        spool = Path(folder)
        opened = opened_inputs(found, options, spool, progress)
        lakes = LakeInputs.opened(cases, opened.inputs)
        inputs = lakes.inputs
        ledger = Ledger(inputs)
        names = tuple(file.name for file in inputs.files)
        worker = partial(_Worker, make, names, options, spool, lakes.readers(wanted))
        interrupted = ledger.interrupted = opened.interrupted
        run = _Run(options, progress, lakes, wanted)
        try:
            if not interrupted:
                _read(worker, ledger, counts, run)
        except KeyboardInterrupt:
            interrupted = ledger.interrupted = True
        except OSError as error:
            raise UnfinishedError(f"{error.strerror or error}: {error.filename or folder}") from error
        events = ledger.events
        warnings = tuple(ledger.warnings())
        outside = ledger.outside + lakes.outside((options.since, options.until))
        yield Scan(inputs, events, outside, ledger.findings, counts, warnings, interrupted, ledger.runs, spool)


def opened_inputs(found: Inputs, options: ScanOptions, spool: Path, progress: Progress) -> UnpackedInputs:
    """Open the archives among the inputs, with workers of their own; what comes out lies below ``spool``.

    Raises:
        UsageError: the password file cannot be read.
        UnfinishedError: there is too little disk.
    """
    how = Unpacking(spool, options.password_file, options.choices)
    archives = sum(file.is_archive for file in found.files)
    if not archives:
        read_passwords(options.password_file)  # a wrong option is wrong also where it is not needed
        return UnpackedInputs(found)
    workers = min(options.workers or usable_processors(), archives)
    with Pool(workers, _nothing, _unpack, lambda _: progress.refresh(), seconds=seconds_for) as pool:
        return unpack_inputs(found, how, pool.run, progress)


def _nothing() -> None:
    """Make ready for unpacking, which needs nothing."""


def _unpack(_: None, task: UnpackTask) -> Unpacked:
    return unpack(task)


@dataclass(frozen=True, slots=True)
class _Run:
    """How to read."""

    options: ScanOptions
    progress: Progress
    lakes: LakeInputs
    wanted: Wanted


@dataclass(slots=True)
class _Result:
    """A task's result: a hunt's account of reading, the scanner's counts, and what was only counted."""

    read: ReadResult
    counts: Counter[str]
    counted: int = 0


_Task: TypeAlias = ReadTask | LakeTask


class _Worker:
    """One worker's state."""

    def __init__(
        self,
        make: MakeScanner,
        names: tuple[str, ...],
        options: ScanOptions,
        spool: Path,
        lakes: tuple[LakeReader, ...],
    ) -> None:
        self._scanner = make(names)
        self._options = options
        self._spool = spool
        self._lakes = lakes
        self._period = tuple(ticks_of(time) if time else None for time in (options.since, options.until))

    def do(self, task: _Task) -> _Result:
        with collector_off():
            if isinstance(task, ReadTask):
                return self._of_files(task)
            if task.counts:
                since, until = self._period
                return _Result(
                    ReadResult({}, {}, [], {}), Counter(), self._lakes[task.lake].count(task.scan, since, until)
                )
            read = ReadResult({}, {}, [], {})
            counts = self._scan(self._lakes[task.lake].read(task.scan), read, task.run_name)
            read.outside = 0  # what lies outside of the period is counted for all kinds of events together
            return _Result(read, counts)

    def _of_files(self, task: ReadTask) -> _Result:
        log = ReadingLog(hashing=False)
        read = ReadResult(log.events, log.declared, log.warnings, log.folded, numbering=log.numbering)
        events = source_named(task.source).read(task.pieces, log, self._options.zone)
        return _Result(read, self._scan(events, read, task.run_name))

    def _scan(self, events: Iterator[Gathered], read: ReadResult, run_name: str) -> Counter[str]:
        kept = Kept()
        for gathered in events:
            for batch in gathered.batches():
                within = within_period(batch, self._options.since, self._options.until)
                read.outside += len(batch) - len(within)
                if len(within):
                    self._scanner.see(within, kept)
        self._scanner.finish(kept)
        read.findings = kept.hits
        read.timed_out.update(kept.timed_out)
        if kept.frames:
            read.run = self._spool / run_name
            write_run(read.run, kept.frames)
        return kept.counts


def _do(worker: _Worker, task: _Task) -> _Result:
    return worker.do(task)


def _read(worker: Callable[[], _Worker], ledger: Ledger, counts: Counter[str], run: _Run) -> None:
    """Hand out the tasks and gather the results."""
    files = run.lakes.inputs.files[: run.lakes.read]
    stored = run.lakes.tasks(run.wanted, (run.options.since, run.options.until), ledger)
    size = sum(file.size for file in files if file.is_log) + sum(task.size for task in stored)
    run.progress.stage("read", size)
    workers = run.options.workers or usable_processors()
    with Pool(workers, worker, _do, lambda _: run.progress.refresh(), seconds=seconds_for) as pool:
        tasks: Sequence[_Task] | Iterator[_Task] = chain(read_tasks(files, ledger.unreadable), stored)
        while tasks:
            again: list[_Task] = []
            for task, result in pool.run(tasks):
                if isinstance(result, _Result):
                    ledger.take(result.read)
                    counts.update(result.counts)
                    if isinstance(task, LakeTask) and task.counts:
                        run.lakes.counted(task, result.counted)
                    size = task.size if isinstance(task, LakeTask) else sum(piece.size for piece in task.pieces)
                    run.progress.advance(size, sum(result.read.events.values()), result.read.findings)
                elif isinstance(task, LakeTask):
                    run.lakes.lost(task, result.reason, ledger)
                elif len(task.pieces) > 1:
                    again += task.apart()
                else:
                    ledger.lost(task, result.reason)
            tasks = again
