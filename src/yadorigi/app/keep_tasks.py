"""What workers do to keep originals: hash and compress files into parts of segments of the vault."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.limits import MEBIBYTE, PIECE_BYTES, READ_BYTES_PER_SECOND, TASK_SECONDS_LIMIT
from yadorigi.vault.segments import KeptFile, SegmentPart, SegmentWriter, is_changed, plain_file

if TYPE_CHECKING:
    from yadorigi.digests import Fingerprints


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


def keep(task: KeepTask, known: frozenset[str], fingerprints: Fingerprints | None) -> Kept:
    """Do a task in a worker.

    Args:
        task: what to keep.
        known: SHA-256 of originals that the vault has.
        fingerprints: of this run, by which whoever reads the files later knows them again, or None.

    Raises:
        UnfinishedError: the disk of the case is full or failing.
    """
    if task.part is None:
        buffer = memoryview(bytearray(MEBIBYTE))
        return Kept(_each(task, lambda path: _hashed(path, buffer, fingerprints)), None)
    with SegmentWriter(task.part) as writer:
        kept = _each(task, lambda path: writer.add_file(path, known, fingerprints))
        writer.flush()
        return Kept(kept, writer.part)


def _each(task: KeepTask, taken: Callable[[Path], KeptFile]) -> dict[int, KeptFile | str]:
    kept: dict[int, KeptFile | str] = {}
    for number, path in task.files:
        try:
            kept[number] = taken(path)
        except OSError as error:
            kept[number] = error.strerror or str(error)
    return kept


def _hashed(path: Path, buffer: memoryview, fingerprints: Fingerprints | None) -> KeptFile:
    """Return what a file is without keeping it.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    with plain_file(path) as (stream, before):
        digest, size = sha256(), 0
        begun = fingerprints.begin() if fingerprints is not None and before.st_size <= PIECE_BYTES else None
        while count := stream.readinto(buffer):
            digest.update(buffer[:count])
            if begun is not None:
                begun.update(buffer[:count])
            size += count
        after = os.fstat(stream.fileno())
    fingerprint = begun.digest() if begun is not None else b""
    changed = is_changed(before, after, size)
    return KeptFile(digest.hexdigest(), size, before.st_mtime_ns, None, changed, fingerprint)
