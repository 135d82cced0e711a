"""The stage in which a case takes the original bytes of its inputs, before anything reads them.

Workers hash and compress files into parts of segments, a part a task; when all are there, the vault takes parts and
receipts in one commit.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yadorigi.app.case_folder import VAULT
from yadorigi.app.custody import Received
from yadorigi.app.keep_tasks import KeepTask, Kept
from yadorigi.errors import UnfinishedError
from yadorigi.limits import MEBIBYTE, VAULT_DISK_PERCENT, VAULT_DISK_PERCENT_LEAST
from yadorigi.runner.pool import Lost
from yadorigi.schema.times import time_of
from yadorigi.schema.warning import ParseWarning

if TYPE_CHECKING:
    from yadorigi.app.custody import Act
    from yadorigi.app.progress import Progress
    from yadorigi.ingest.discover import InputFile, Inputs
    from yadorigi.vault.segments import KeptFile, SegmentPart

_TASK_BYTES: Final = 64 * MEBIBYTE
_TASK_BYTES_MOST: Final = 1_024 * MEBIBYTE
_TASKS: Final = 128
"""Tasks that there are at least before they get larger: of large ones come parts that are segments as they are, of
small ones parts that are put together."""

_TASK_FILES: Final = 500
_NANOSECONDS_PER_TICK: Final = 100
_PERCENT: Final = 100
_NOT_KEPT: Final = (
    "nothing was read, since its originals cannot be kept; make room, name a case on another disk, or use --no-store"
)

Run = Callable[[Iterable[Any]], Iterator[tuple[Any, Any]]]
"""Does tasks in workers and gives each with its result."""


@dataclass(slots=True)
class KeptInputs:
    """What became of all files.

    Attributes:
        received: each that was tried.
        parts: what workers wrote.
        told: warnings about inputs, with their numbers.
        interrupted: whether Ctrl-C came before all were tried.
    """

    received: list[Received] = field(default_factory=list)
    parts: list[SegmentPart] = field(default_factory=list)
    told: list[tuple[int, ParseWarning]] = field(default_factory=list)
    interrupted: bool = False


def keep_found(act: Act, found: Inputs, run: Run, progress: Progress, *, store: bool) -> tuple[Inputs, bool]:
    """Keep what was found, with its receipts.

    Args:
        act: under way.
        found: the inputs.
        run: does tasks in workers (`Pool.run`).
        progress: is told.
        store: whether bytes are kept; where not, receipts say what was read.

    Returns:
        The inputs, with hashes and receipts, and whether Ctrl-C came before all were kept.

    Raises:
        OSError: the disk is full or failing.
        UnfinishedError: so it is, or there is no room to begin with; or somebody else changed the vault meanwhile.
    """
    notices = _require_room(act, found.files) if store else []
    stage = "keep" if store else "hash"
    progress.stage(stage, sum(file.size for file in found.files if not file.problem))
    part = act.writer.new_part if store else _no_part
    try:
        kept = _kept(found.files, _Keeping(part, act.originals), run, progress)
        own = {file.number: file for file in act.receive(kept.received, kept.parts)}
    except UnfinishedError as error:
        raise UnfinishedError(f"{error}; {_NOT_KEPT}") from error
    except OSError as error:
        raise UnfinishedError(f"{error.strerror or error}: {error.filename or VAULT}; {_NOT_KEPT}") from error
    if kept.interrupted:
        many = f"{len(kept.received):,} of {len(found.files):,} inputs have receipts in the vault"
        notices.append(f"interrupted before anything was read: {many}; hunt again")
    files = tuple(own.get(file.number, file) for file in found.files)
    warnings = (*found.warnings, *(ParseWarning("", None, "notice", None, reason) for reason in notices))
    return replace(found, files=files, warnings=warnings, told=(*found.told, *sorted(kept.told))), kept.interrupted


@dataclass(frozen=True, slots=True)
class _Keeping:
    """How files are kept: where to, and which the vault has already."""

    part: Callable[[], Path | None]
    known: frozenset[str]


def _no_part() -> None:
    """Give no file: bytes are not kept."""


def _kept(files: Iterable[InputFile], how: _Keeping, run: Run, progress: Progress) -> KeptInputs:
    """Keep the bytes of files in workers."""
    own = {file.number: file for file in files}
    found = KeptInputs()
    for file in own.values():
        if file.problem:
            found.received.append(Received(file, None, 0, kept=False, problem=file.problem))
    try:
        again: list[KeepTask] = []
        for task, result in run(_tasks(own.values(), how.part)):
            progress.advance(task.size)
            if isinstance(result, Lost):
                again.append(task)
            else:
                _take(result, own, how, found)
        # What a worker did not survive is tried file by file, so that it costs one.
        alone = (KeepTask((one,), own[one[0]].size, how.part()) for task in again for one in task.files)
        for task, result in run(alone):
            if isinstance(result, Lost):
                for number, _ in task.files:
                    _lose(own[number], f"cannot be kept: {result.reason}", found)
            else:
                _take(result, own, how, found)
    except KeyboardInterrupt:
        found.interrupted = True
    return found


def _tasks(files: Collection[InputFile], part: Callable[[], Path | None]) -> Iterator[KeepTask]:
    enough = min(max(_TASK_BYTES, sum(file.size for file in files) // _TASKS), _TASK_BYTES_MOST)
    waiting: list[tuple[int, Path]] = []
    size = 0
    for file in files:
        if file.problem:
            continue
        waiting.append((file.number, file.path))
        size += file.size
        if size >= enough or len(waiting) >= _TASK_FILES:
            yield KeepTask(tuple(waiting), size, part())
            waiting, size = [], 0
    if waiting:
        yield KeepTask(tuple(waiting), size, part())


def _take(result: Kept, own: dict[int, InputFile], how: _Keeping, found: KeptInputs) -> None:
    if result.part is not None:
        found.parts.append(result.part)
    for number, kept in result.files.items():
        file = own[number]
        if isinstance(kept, str):
            _lose(file, f"cannot be read: {kept}", found)
            continue
        holds = result.part is not None or kept.sha256 in how.known
        found.received.append(
            Received(file, kept.sha256, kept.size, _modified(kept), holds, fingerprint=kept.fingerprint)
        )
        if kept.changed:
            reason = "the file was written to while its bytes were kept: they may be none that it ever had at once"
            found.told.append((number, ParseWarning(file.name, None, "notice", None, reason)))


def _lose(file: InputFile, problem: str, found: KeptInputs) -> None:
    """Note a file whose bytes are not to be had; what reads it later may have more luck."""
    found.received.append(Received(file, None, 0, kept=False, problem=problem))
    reason = f"its original is not in the vault: it {problem}"
    found.told.append((file.number, ParseWarning(file.name, None, "file", 0, reason)))


def _modified(kept: KeptFile) -> str | None:
    try:
        return time_of(kept.modified // _NANOSECONDS_PER_TICK)
    except (OverflowError, ValueError):
        return None


def _require_room(act: Act, files: Iterable[InputFile]) -> list[str]:
    """Check that the disk can take originals; return what is to be told.

    Raises:
        UnfinishedError: it cannot.
    """
    folder = act.writer.new_part().parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return []  # nobody knows; a full disk is noticed when it is full
    files = list(files)
    packed = sum(file.size for file in files if file.is_archive)
    size = sum(file.size for file in files)
    told = f"{free // MEBIBYTE:,} MiB are free at {folder} for originals of {size // MEBIBYTE:,} MiB"
    # What is packed already gets no smaller. A vault that has originals may have these.
    least = packed + (size - packed) * VAULT_DISK_PERCENT_LEAST // _PERCENT
    if free < least and not act.originals:
        raise UnfinishedError(f"{told}, which take {least // MEBIBYTE:,} MiB at least; {_NOT_KEPT}")
    most = packed + (size - packed) * VAULT_DISK_PERCENT // _PERCENT
    return [f"{told}, which may take {most // MEBIBYTE:,} MiB: the disk may get full"] if free < most else []
