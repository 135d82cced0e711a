"""Cases as inputs of a verb that is no hunt: events that they keep, and what was told when their files were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.app.case_folder import CaseFolder
from yadorigi.app.hunt_worker import ReadResult
from yadorigi.ingest.discover import InputFile, Inputs
from yadorigi.ingest.own_cases import keeps_events
from yadorigi.lake.commits import Lake
from yadorigi.schema.times import ticks_of
from yadorigi.schema.warning import ParseWarning

if TYPE_CHECKING:
    from yadorigi.app.hunt_ledger import Ledger
    from yadorigi.lake.frames import ScanTask
    from yadorigi.lake.scan import LakeReader
    from yadorigi.schema.event import EventKind
    from yadorigi.schema.stored_lake import Part
    from yadorigi.schema.summary import InputSummary


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events a scanner looks at; what it does not want need not be read where that is known without reading.

    Attributes:
        kind: says whether events of a kind are wanted.
        host: says whether events of a host are, "" for none; None for those of all. It can be pickled.
    """

    kind: Callable[[EventKind], bool]
    host: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class LakeTask:
    """Events of one part of a lake.

    Attributes:
        lake: number of the lake among those given.
        scan: which rows of which part.
        counts: whether events of the period are only counted.
        size: bytes of the part that the rows take, about.
    """

    lake: int
    scan: ScanTask
    counts: bool
    size: int

    @property
    def run_name(self) -> str:
        """Name of the file that holds what was found in these rows; no other task's has it."""
        return f"lake-{self.lake:04}-{self.scan.run_name}"


@dataclass(slots=True)
class _OpenLake:
    """A lake that is read.

    Attributes:
        lake: its sound parts.
        numbers: for each of its files, the numbers of the inputs that have these events.
        damaged: the other parts, each with what is wrong with it.
    """

    lake: Lake
    numbers: dict[int, tuple[int, ...]]
    damaged: list[tuple[Part, str]] = field(default_factory=list)

    def copies(self, part: Part) -> Iterator[tuple[int, int]]:
        """Give the numbers of inputs with events in a part, and how many."""
        for file, rows in part.files:
            for number in self.numbers.get(file, ()):
                yield number, rows


def cases_among(paths: Iterable[str]) -> tuple[list[Path], list[str]]:
    """Return the cases that keep events among paths, and the other paths."""
    given = list(paths)
    cases = [path for path in given if keeps_events(Path(path))]
    return [Path(path) for path in cases], [path for path in given if path not in cases]


@dataclass(slots=True)
class LakeInputs:
    """Cases among the inputs of one run.

    Attributes:
        inputs: all inputs: those that were there, then the files of the cases.
        read: how many of them are read as files.
    """

    inputs: Inputs
    read: int
    _lakes: list[_OpenLake] = field(default_factory=list)
    _inside: dict[tuple[int, str], int] = field(default_factory=dict)
    _lost: set[tuple[int, str]] = field(default_factory=set)
    _outside: Counter[int] = field(default_factory=Counter)

    @classmethod
    def opened(cls, cases: Iterable[Path], inputs: Inputs) -> LakeInputs:
        """Open the lakes of cases.

        Raises:
            CaseError: one cannot be read.
        """
        found = cls(inputs, len(inputs.files))
        files = list(inputs.files)
        warnings = list(inputs.warnings)
        seen: set[tuple[str, str | None]] = set()
        for case in cases:
            found._lakes.append(_opened(case, files, warnings, seen))
        found.inputs = replace(inputs, files=tuple(files), warnings=tuple(dict.fromkeys(warnings)))
        return found

    def readers(self, wanted: Wanted) -> tuple[LakeReader, ...]:
        """Return what reads the lakes, in their order."""
        if not self._lakes:
            return ()
        from yadorigi.lake.scan import LakeReader  # noqa: PLC0415 - imports pyarrow

        return tuple(LakeReader(opened.numbers, wanted.host) for opened in self._lakes)

    def tasks(self, wanted: Wanted, period: tuple[str, str], ledger: Ledger) -> list[LakeTask]:
        """Return the tasks that read what is wanted, and count what lies in the period; note what is not sound."""
        since, until = (ticks_of(time) if time else None for time in period)
        tasks: list[LakeTask] = []
        for place, opened in enumerate(self._lakes):
            events: Counter[int] = Counter()
            for part in opened.lake.parts:
                for number, rows in opened.copies(part):
                    events[number] += rows
            _tell(ledger, events)
            for part, wrong in opened.damaged:
                ledger.lost_part(part.path, part.rows, wrong)
            tasks += _tasks(place, opened, wanted.kind, (since, until), counts=False)
            if since is not None or until is not None:
                tasks += _tasks(place, opened, lambda _: True, (since, until), counts=True)
        return tasks

    def counted(self, task: LakeTask, inside: int) -> None:
        """Note how many events of a part lie in the period."""
        self._inside[task.lake, task.scan.name] = inside

    def lost(self, task: LakeTask, reason: str, ledger: Ledger) -> None:
        """Note that a part could not be read."""
        key = (task.lake, task.scan.name)
        if key in self._lost:
            return
        self._lost.add(key)
        opened = self._lakes[task.lake]
        part = next(part for part in opened.lake.parts if part.path == task.scan.name)
        events: Counter[int] = Counter()
        for number, rows in opened.copies(part):
            events[number] -= rows
        _tell(ledger, events)
        ledger.lost_part(part.path, part.rows, reason)

    def outside(self, period: tuple[str, str]) -> int:
        """Return how many events of the lakes lie outside of the period."""
        if not any(period):
            return 0
        return sum(
            sum(rows for _, rows in opened.copies(part)) - self._inside.get((place, part.path), 0)
            for place, opened in enumerate(self._lakes)
            for part in opened.lake.parts
            if (place, part.path) not in self._lost
        )


def _tell(ledger: Ledger, events: Counter[int]) -> None:
    ledger.take(ReadResult(dict(events), {}, [], {}))


def _tasks(
    place: int,
    opened: _OpenLake,
    wanted: Callable[[EventKind], bool],
    period: tuple[int | None, int | None],
    *,
    counts: bool,
) -> Iterator[LakeTask]:
    from yadorigi.lake.scan import scan_tasks  # noqa: PLC0415 - imports pyarrow

    sizes = {part.path: part.size for part in opened.lake.parts}
    for task in scan_tasks(opened.lake, wanted, opened.numbers, period):
        size = 0 if counts else sizes[task.name] * task.rows // max(task.part_rows, 1)
        yield LakeTask(place, task, counts, size)


def _opened(
    case: Path, files: list[InputFile], warnings: list[ParseWarning], seen: set[tuple[str, str | None]]
) -> _OpenLake:
    """Open a case's lake; its files are added to those there are, unless an earlier case has the same."""
    from yadorigi.lake.files import stored_files  # noqa: PLC0415 - imports pyarrow

    lake = Lake.open(case)
    folder = CaseFolder(case)
    summary = folder.earlier_summary()
    warnings += [warning for warning in folder.earlier_warnings() if warning.file]
    known: dict[tuple[str, str | None], int] = {}
    for file in summary.inputs if summary is not None else ():
        if (file.path, file.sha256) not in seen:
            known[file.path, file.sha256] = len(files)
            files.append(_input(len(files), file))
    numbers: dict[int, list[int]] = {}
    held = set()
    for stored in stored_files(lake):
        key = (stored.path, stored.sha256)
        held.add(key)
        if key in seen:
            continue
        if key not in known:
            # A run that ended early put it into the lake, and did not come to say so in the summary.
            known[key] = len(files)
            files.append(InputFile(len(files), Path(stored.path), stored.path, 0, stored.source, sha256=stored.sha256))
        own = numbers.setdefault(stored.number if stored.copy_of is None else stored.copy_of, [])
        if known[key] not in own:
            own.append(known[key])
    lacking = [file for file in (summary.inputs if summary is not None else ()) if file.events]
    lacking = [file for file in lacking if (file.path, file.sha256) not in held]
    if lacking:
        more = f" and {len(lacking) - 1:,} more files" if len(lacking) > 1 else ""
        told = f"the lake does not hold the {sum(file.events for file in lacking):,} events of {lacking[0].path}{more}"
        warnings.append(ParseWarning(str(case), None, "notice", None, f"{told}: they are not looked at"))
    for drop in lake.dropped:
        told = f"{drop.events:,} events before {drop.before} were dropped from the lake: they are not looked at"
        warnings.append(ParseWarning(str(case), None, "notice", None, told))
    seen.update(known)
    return _sound(lake, {number: tuple(own) for number, own in numbers.items()})


def _sound(lake: Lake, numbers: dict[int, tuple[int, ...]]) -> _OpenLake:
    """Tell sound parts from the others: who can write to a case could take what gives him away out of one."""
    sound: list[Part] = []
    damaged: list[tuple[Part, str]] = []
    for part, wrong in lake.checked_parts():
        if wrong:
            damaged.append((part, wrong))
        else:
            sound.append(part)
    return _OpenLake(replace(lake, parts=tuple(sound)), numbers, damaged)


def _input(number: int, file: InputSummary) -> InputFile:
    return InputFile(number, Path(file.path), file.path, 0, file.source, sha256=file.sha256 or "")
