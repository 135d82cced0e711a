"""The stage in which a case takes the original bytes of its inputs, before anything reads them.

Workers hash and compress files into parts of segments, a part a task; when all are there, the vault takes parts and
receipts in one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yadorigi.app.custody import Received
from yadorigi.app.keep_tasks import KeepTask
from yadorigi.limits import MEBIBYTE
from yadorigi.runner.pool import Lost
from yadorigi.schema.times import time_of
from yadorigi.vault.segments import KeptFile, SegmentPart

if TYPE_CHECKING:
    from yadorigi.app.custody import Act
    from yadorigi.app.progress import Progress
    from yadorigi.ingest.discover import InputFile, Inputs

_TASK_BYTES: Final = 64 * MEBIBYTE
_TASK_FILES: Final = 500
_NANOSECONDS_PER_TICK: Final = 100

Run = Callable[[Iterable[Any]], Iterator[tuple[Any, Any]]]
"""Does tasks in workers and gives each with its result."""


@dataclass(slots=True)
class KeptInputs:
    """What became of all files.

    Attributes:
        received: each that was tried.
        parts: what workers wrote.
        notices: what is to be told.
        interrupted: whether Ctrl-C came before all were tried.
    """

    received: list[Received]
    parts: list[SegmentPart]
    notices: list[str]
    interrupted: bool = False


def keep_inputs(files: Iterable[InputFile], part: Callable[[], Path], run: Run, progress: Progress) -> KeptInputs:
    """Keep the bytes of files in workers.

    Args:
        files: all inputs.
        part: gives a new name for what a worker writes.
        run: does tasks in workers (`Pool.run`).
        progress: is told.

    Raises:
        UnfinishedError: the disk is full or failing.
    """
    files = list(files)
    own = {file.number: file for file in files}
    found = KeptInputs([], [], [])
    progress.stage("keep", sum(file.size for file in files if not file.problem))
    for file in files:
        if file.problem:
            found.received.append(Received(file, None, 0, kept=False, problem=file.problem))
    try:
        again = list(_drained(run, _tasks(files, part), own, found, progress))
        # What a worker did not survive is tried file by file, so that it costs one.
        alone = (KeepTask((one,), own[one[0]].size, part()) for task in again for one in task.files)
        for task in _drained(run, alone, own, found, progress):
            found.received += (_lost(own[number]) for number, _ in task.files)
    except KeyboardInterrupt:
        found.interrupted = True
    return found


def keep_found(act: Act, found: Inputs, run: Run, progress: Progress) -> tuple[Inputs, list[str], bool]:
    """Keep what was found, with its receipts.

    Returns:
        The inputs, with hashes and receipts; what is to be told; whether Ctrl-C came before all were kept.

    Raises:
        OSError: the disk is full or failing.
        UnfinishedError: a worker met a full or failing disk, or somebody else changed the vault meanwhile.
    """
    kept = keep_inputs(found.files, act.writer.new_part, run, progress)
    known = {file.number: file for file in act.receive(kept.received, kept.parts)}
    files = tuple(known.get(file.number, file) for file in found.files)
    return replace(found, files=files), kept.notices, kept.interrupted


def _tasks(files: Iterable[InputFile], part: Callable[[], Path]) -> Iterator[KeepTask]:
    waiting: list[tuple[int, Path]] = []
    size = 0
    for file in files:
        if file.problem:
            continue
        waiting.append((file.number, file.path))
        size += file.size
        if size >= _TASK_BYTES or len(waiting) >= _TASK_FILES:
            yield KeepTask(tuple(waiting), size, part())
            waiting, size = [], 0
    if waiting:
        yield KeepTask(tuple(waiting), size, part())


def _drained(
    run: Run, tasks: Iterable[KeepTask], own: dict[int, InputFile], found: KeptInputs, progress: Progress
) -> Iterator[KeepTask]:
    """Do tasks; give those that a worker did not survive."""
    for task, result in run(tasks):
        progress.advance(task.size)
        if isinstance(result, Lost):
            yield task
            continue
        found.parts.append(result.part)
        for number, kept in result.files.items():
            found.received.append(_received(own[number], kept))
            if isinstance(kept, KeptFile) and kept.changed:
                told = f"{own[number].name} was written to while it was read: what is kept may be no state it ever had"
                found.notices.append(told)


def _received(file: InputFile, kept: KeptFile | str) -> Received:
    if isinstance(kept, str):
        return Received(file, None, 0, kept=False, problem=f"cannot be read: {kept}")
    try:
        modified = time_of(kept.modified // _NANOSECONDS_PER_TICK)
    except OverflowError:
        modified = None
    return Received(file, kept.sha256, kept.size, modified)


def _lost(file: InputFile) -> Received:
    return Received(file, None, 0, kept=False, problem="cannot be kept: a worker process ended over it")
