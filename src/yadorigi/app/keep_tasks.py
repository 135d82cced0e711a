"""What workers do to keep originals: hash and compress files into parts of segments of the vault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yadorigi.vault.segments import KeptFile, SegmentPart, SegmentWriter


@dataclass(frozen=True, slots=True)
class KeepTask:
    """Some files to be kept, and where their bytes go.

    Attributes:
        files: number and path of each.
        size: bytes of all.
        part: a file that is not there yet.
    """

    files: tuple[tuple[int, Path], ...]
    size: int
    part: Path


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a task's files.

    Attributes:
        files: by number; a text says why a file could not be read.
        part: the originals that were written.
    """

    files: dict[int, KeptFile | str]
    part: SegmentPart


def keep(task: KeepTask, known: frozenset[str]) -> Kept:
    """Do a task in a worker.

    Args:
        task: what to keep.
        known: SHA-256 of originals that the vault has.

    Raises:
        UnfinishedError: the disk of the case is full or failing.
    """
    writer = SegmentWriter(task.part)
    kept: dict[int, KeptFile | str] = {}
    try:
        for number, path in task.files:
            try:
                kept[number] = writer.add_file(path, known)
            except OSError as error:
                kept[number] = error.strerror or str(error)
        writer.flush()
    finally:
        writer.close()
    return Kept(kept, writer.part)
