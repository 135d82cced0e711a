"""What workers do to keep originals: hash and compress files into parts of segments of the vault."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from yadorigi.limits import READ_BYTES_PER_SECOND, TASK_SECONDS_LIMIT
from yadorigi.vault.segments import KeptFile, SegmentPart, SegmentWriter


@dataclass(frozen=True, slots=True)
class KeepTask:
    """Some files to be kept, and where their bytes go.

    Attributes:
        files: number and path of each.
        size: bytes of all.
        part: a file that is not there yet; None where the files are only to be hashed.
    """

    files: tuple[tuple[int, Path], ...]
    size: int
    part: Path | None

    @property
    def seconds_limit(self) -> float:
        """Return the time that it may take: a file is kept by one worker, however large it is."""
        return TASK_SECONDS_LIMIT + self.size / READ_BYTES_PER_SECOND


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a task's files.

    Attributes:
        files: by number; a text says why a file could not be read.
        part: the originals that were written, or None.
    """

    files: dict[int, KeptFile | str]
    part: SegmentPart | None


def keep(task: KeepTask, known: frozenset[str]) -> Kept:
    """Do a task in a worker.

    Args:
        task: what to keep.
        known: SHA-256 of originals that the vault has.

    Raises:
        UnfinishedError: the disk of the case is full or failing.
    """
    writer = SegmentWriter(task.part) if task.part is not None else None
    kept: dict[int, KeptFile | str] = {}
    try:
        for number, path in task.files:
            try:
                kept[number] = writer.add_file(path, known) if writer is not None else _hashed(path)
            except OSError as error:
                kept[number] = error.strerror or str(error)
        if writer is not None:
            writer.flush()
    finally:
        if writer is not None:
            writer.close()
    return Kept(kept, writer.part if writer is not None else None)


def _hashed(path: Path) -> KeptFile:
    """Return what a file is without keeping it.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    # A pipe that somebody puts in a file's place must not be waited for.
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(number, "rb", buffering=0) as stream:  # noqa: PTH123 - it is open already
        before = os.fstat(number)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "no plain file", str(path))
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size, after = stream.tell(), os.fstat(number)
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size
    return KeptFile(digest, size, before.st_mtime_ns, None, changed)
