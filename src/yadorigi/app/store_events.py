"""The parent's side of writing a lake: which events are kept, which parts they become, when they count.

Workers spool what they read (`lake.spool`). When every hash is known, frames become parts, and one commit makes them
count: before the case's own files are put in their places, so that a case never claims events that its lake lacks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from yadorigi.errors import NotStoredError, UnfinishedError
from yadorigi.ingest.tasks import ReadTask
from yadorigi.lake.commits import FILES, LakeWriter
from yadorigi.lake.frames import Frame, MadeParts, PartTask
from yadorigi.lake.numbering import Numbering, numbered
from yadorigi.limits import LAKE_PART_CHARACTERS
from yadorigi.runner.pool import Lost
from yadorigi.schema.stored_lake import StoredFile

if TYPE_CHECKING:
    from yadorigi.app.hunt_ledger import Ledger
    from yadorigi.app.progress import Progress
    from yadorigi.ingest.discover import InputFile
    from yadorigi.lake.commits import Lake, Told
    from yadorigi.schema.stored_lake import Part


Task = TypeVar("Task")
Run: TypeAlias = "Callable[[Iterable[Any]], Iterator[tuple[Any, Any]]]"


@dataclass(slots=True)
class EventStore:
    """Gathers what the workers of one run spooled.

    Attributes:
        case: folder of the case, which is locked.
        anew: whether the lake is started anew.
        site: of all inputs, or None.
        told: hears of the lake's commit before it counts.
    """

    case: Path
    anew: bool
    site: str | None
    told: Told | None = None
    _frames: list[tuple[str, tuple[Frame, ...]]] = field(default_factory=list)
    _unread: Counter[int] = field(default_factory=Counter)
    _damaged: set[int] = field(default_factory=set)
    _last_handed: dict[str, int] = field(default_factory=dict)
    _tried: set[Frame] = field(default_factory=set)
    _writer: LakeWriter | None = None
    _parts: list[Part] = field(default_factory=list)
    _one_by_one: Counter[str] = field(default_factory=Counter)
    _numbering: Numbering = field(default_factory=Numbering)
    _expected: Counter[int] = field(default_factory=Counter)

    @property
    def writer(self) -> LakeWriter:
        """Return what changes the lake.

        Raises:
            CaseError: it cannot be read.
        """
        if self._writer is None:
            self._writer = LakeWriter(self.case, anew=self.anew)
        return self._writer

    def handing(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """Give tasks, and note which pieces workers are to read."""
        for task in tasks:
            if isinstance(task, ReadTask):
                self._unread.update(piece.file for piece in task.pieces)
                self._last_handed[task.source] = task.pieces[-1].file
            yield task

    def read(self, task: ReadTask, frames: tuple[Frame, ...]) -> None:
        """Take what a worker spooled of its task."""
        self._unread.subtract(piece.file for piece in task.pieces)
        if frames:
            self._frames.append((task.run_name, frames))

    def lost(self, task: ReadTask, *, again: bool) -> None:
        """Note that pieces could not be read, or not yet, because they will be tried one by one."""
        self._unread.subtract(piece.file for piece in task.pieces)
        if not again:
            self._damaged.update(piece.file for piece in task.pieces)

    def tasks(self, ledger: Ledger) -> Iterator[PartTask]:
        """Decide which events are kept, and give the tasks that make parts of them.

        Raises:
            CaseError: the lake cannot be read.
            OSError: the disk is full or failing.
        """
        self.writer.prepare()
        numbers = self._numbered(ledger)
        waiting: dict[str, list[Frame]] = defaultdict(list)
        characters: Counter[str] = Counter()
        for _, frames in sorted(self._frames, key=lambda found: found[0]):
            for frame in frames:
                if not any(file in numbers for file in frame.files):
                    continue
                waiting[frame.table].append(frame)
                characters[frame.table] += frame.characters
                if characters[frame.table] >= LAKE_PART_CHARACTERS:
                    yield self._task(frame.table, waiting.pop(frame.table), numbers)
                    characters[frame.table] = 0
        # The largest first, so that no worker is left alone with one at the end.
        for table in sorted(waiting, key=lambda table: (-characters[table], table)):
            yield self._task(table, waiting[table], numbers)

    def _task(self, table: str, frames: list[Frame], numbers: dict[int, int]) -> PartTask:
        own = {file for frame in frames for file in frame.files}
        kept = {file: number for file, number in numbers.items() if file in own}
        name = self.writer.part_name(table).removesuffix(".parquet")
        return PartTask(table, tuple(frames), kept, self.writer.lake.folder, name)

    def _numbered(self, ledger: Ledger) -> dict[int, int]:
        """Give numbers to the files that the lake does not have, or not whole; return those whose events are stored."""
        from yadorigi.lake.files import stored_files  # noqa: PLC0415 - imports pyarrow

        fresh = []
        for file, summary in zip(ledger.inputs.files, ledger.input_summaries(), strict=True):
            if not file.is_log or not summary.events:
                continue
            if self._unread[file.number] or (ledger.interrupted and not self._all_handed(file)):
                continue
            sha256 = summary.sha256
            if sha256 is None:
                ledger.notices.append(f"{file.name} is not in the lake: without a SHA-256 nobody knows it again")
                continue
            own = (file.number, file.name, sha256, self.site, file.source or "", summary.events)
            fresh.append(StoredFile(*own, None, file.shadow_copy, file.number not in self._damaged, leaf=file.leaf))
        found = numbered(stored_files(self.writer.lake), fresh, self.writer.lake.next_file)
        self._expected = Counter({file.number: file.events for file in found.added if file.copy_of is None})
        self._numbering = found
        return found.numbers

    def _all_handed(self, file: InputFile) -> bool:
        """Say whether all pieces of a file were given to workers: pieces of one source go out in order."""
        return self._last_handed.get(file.source or "", -1) > file.number

    def apart(self, task: PartTask, reason: str) -> Iterator[PartTask]:
        """Cut a task that a worker did not survive in two; one that cannot be cut is tried a second time.

        Raises:
            NotStoredError: it was tried twice.
        """
        middle = len(task.frames) // 2
        if middle:
            halves = [task.frames[:middle], task.frames[middle:]]
        else:
            (frame,) = task.frames
            if frame in self._tried:
                paths = [file.path for file in self._numbering.added if file.number in task.numbers.values()]
                more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
                lacking = f"{frame.rows:,} events of {paths[0] if paths else 'a file'}{more}"
                raise NotStoredError(
                    f"{lacking} cannot be written into the lake: {reason}; it holds nothing of this run, and later"
                    " rules cannot look at what was read"
                )
            self._tried.add(frame)
            halves = [task.frames]
        for frames in halves:
            yield self._task(task.table, list(frames), dict(task.numbers))

    def keep(self, run: Run, ledger: Ledger, progress: Progress) -> Lake:
        """Put the events into the lake, and make them count.

        Args:
            run: does tasks in workers (`Pool.run`).
            ledger: of the run; is told what there is to tell.
            progress: is told.

        Raises:
            CaseError: the lake cannot be read.
            NotStoredError: some events cannot be written.
            UnfinishedError: the parts do not hold what was read, or somebody else changed the lake meanwhile.
            OSError: the disk is full or failing.
        """
        progress.stage("store", ledger.events)
        tasks: Iterable[Any] = self.tasks(ledger)
        while tasks:
            again: list[PartTask] = []
            for task, result in run(tasks):
                if isinstance(result, MadeParts):
                    self.made(result)
                    progress.advance(sum(part.rows for part in result.parts), 0, 0)
                elif isinstance(task, PartTask) and isinstance(result, Lost):
                    again += self.apart(task, result.reason)
            tasks = again
        lake = self.commit()
        ledger.notices += self.notices()
        return lake

    def made(self, made: MadeParts) -> None:
        """Take parts that were written."""
        self._parts += made.parts
        self._one_by_one.update(made.one_by_one)

    def notices(self) -> list[str]:
        """Say which events took longer than they should: they are kept, but whoever made them can slow a hunt down."""
        if not self._one_by_one:
            return []
        (fault, _), *_ = self._one_by_one.most_common(1)
        many = f"{self._one_by_one.total():,} events were put into the lake one by one"
        return [f"{many}, which is slow and loses nothing, because of something in or near them ({fault})"]

    def commit(self) -> Lake:
        """Make everything count.

        Raises:
            CaseError: what the lake held in part cannot be read.
            UnfinishedError: the parts do not hold what was read, or somebody else changed the lake meanwhile.
            OSError: the disk is full or failing.
        """
        from yadorigi.lake.files import write_files  # noqa: PLC0415 - imports pyarrow

        held: Counter[int] = Counter()
        for part in self._parts:
            held.update(dict(part.files))
        if held != self._expected:
            wrong = next(number for number in {*held, *self._expected} if held[number] != self._expected[number])
            path = next((file.path for file in self._numbering.added if file.number == wrong), "a file")
            told = f"{held[wrong]} events where {self._expected[wrong]} were read"
            raise UnfinishedError(f"the lake would hold of {path} {told}; nothing was added to it")
        writer, numbering = self.writer, self._numbering
        parts = sorted(self._parts, key=lambda part: part.path)
        removed: list[str] = []
        files = numbering.added
        if numbering.superseded:
            from yadorigi.lake.rewrite import Leaving, rewritten  # noqa: PLC0415 - imports pyarrow

            added, removed = rewritten(writer, Leaving(files=frozenset(numbering.superseded)))
            parts += added
            removed += (part.path for part in writer.lake.parts if part.table == FILES)
            files = sorted([*numbering.files, *files], key=lambda file: file.number)
        if files:
            parts.append(write_files(writer.lake.folder, writer.part_name(FILES), files))
        if parts or writer.anew:
            writer.commit(
                tuple(parts), tuple(removed), next_file=max(numbering.next_file, writer.lake.next_file), told=self.told
            )
        return writer.lake
