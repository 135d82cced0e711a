"""Cut inputs into tasks for workers: parts of files to read, and files to hash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.limits import (
    PIECE_BYTES,
    PIECES_TOGETHER,
    READ_BYTES_PER_SECOND,
    RECORD_BYTES_LIMIT,
    TASK_SECONDS_LIMIT,
)
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.ingest.discover import InputFile
    from yadorigi.sources.contract import Piece


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Parts of files, of one source, that a worker reads in one go.

    Attributes:
        number: its place among the tasks of a run.
        source: name of the source.
        pieces: the parts.
        known: numbers and fingerprints of the files that have any.
    """

    number: int
    source: str
    pieces: tuple[Piece, ...]
    known: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)

    @property
    def run_name(self) -> str:
        """Name of the file that holds what was found in these parts; no other task's has it."""
        first = self.pieces[0]
        return f"{self.number:08}-{first.file:08}-{first.start:016}.run"

    @property
    def seconds_limit(self) -> float:
        """Time that it may take: more where a file that cannot be cut is larger than a piece."""
        beyond = sum(piece.size for piece in self.pieces) - PIECE_BYTES - RECORD_BYTES_LIMIT
        return TASK_SECONDS_LIMIT + max(beyond, 0) / READ_BYTES_PER_SECOND

    def apart(self) -> list[ReadTask]:
        """Return one task per part, to find the one that a worker could not survive."""
        known = dict(self.known)
        return [_task(self.number, self.source, [piece], known) for piece in self.pieces]


def _task(number: int, source: str, pieces: Sequence[Piece], known: Mapping[int, bytes]) -> ReadTask:
    own = dict.fromkeys(piece.file for piece in pieces)
    return ReadTask(number, source, tuple(pieces), tuple((file, known[file]) for file in own if file in known))


@dataclass(frozen=True, slots=True)
class HashTask:
    """Files whose SHA-256 is wanted, with their numbers."""

    files: tuple[tuple[int, Path], ...]


def apart(task: ReadTask | HashTask) -> list[ReadTask] | list[HashTask]:
    """Return one task per part of a task that a worker could not survive; none where there is only one."""
    if isinstance(task, ReadTask):
        return task.apart() if len(task.pieces) > 1 else []
    return [HashTask((file,)) for file in task.files] if len(task.files) > 1 else []


def read_tasks(files: Iterable[InputFile], unreadable: Callable[[InputFile, OSError], None]) -> Iterator[ReadTask]:
    """Give tasks of about `PIECE_BYTES` each; small files share one, up to `PIECES_TOGETHER`."""
    numbers = count()
    waiting: dict[str, list[Piece]] = {}
    known: dict[int, bytes] = {}
    sizes: Counter[str] = Counter()
    for file in files:
        if file.source is None or not file.is_log:
            continue
        pieces = waiting.setdefault(file.source, [])
        if file.fingerprint:
            known[file.number] = file.fingerprint
        try:
            for piece in source_named(file.source).pieces(file.number, file.path, file.name, file.size):
                pieces.append(piece)
                sizes[file.source] += piece.size
                if sizes[file.source] >= PIECE_BYTES or len(pieces) >= PIECES_TOGETHER:
                    yield _task(next(numbers), file.source, pieces, known)
                    pieces.clear()
                    sizes[file.source] = 0
        except OSError as error:
            unreadable(file, error)
    for source, pieces in waiting.items():
        if pieces:
            yield _task(next(numbers), source, pieces, known)


def hash_tasks(files: Iterable[InputFile]) -> Iterator[HashTask]:
    """Give tasks of about four times `PIECE_BYTES` each; those that cannot be read or are hashed are left out."""
    waiting: list[tuple[int, Path]] = []
    size = 0
    for file in files:
        if file.problem or file.sha256:
            continue
        waiting.append((file.number, file.path))
        size += file.size
        if size >= 4 * PIECE_BYTES or len(waiting) >= PIECES_TOGETHER:
            yield HashTask(tuple(waiting))
            waiting, size = [], 0
    if waiting:
        yield HashTask(tuple(waiting))


def read_and_hash_tasks(
    files: Sequence[InputFile], unreadable: Callable[[InputFile, OSError], None]
) -> Iterator[ReadTask | HashTask]:
    """Give the tasks of reading, each large file's hashing soon after, while the system still has it in memory.

    Files of one piece are hashed as they are read.
    """
    hashing = hash_tasks([file for file in files if not file.is_log or file.size > PIECE_BYTES])
    hashed = next(hashing, None)
    for task in read_tasks(files, unreadable):
        yield task
        while hashed is not None and hashed.files[-1][0] < task.pieces[-1].file:
            yield hashed
            hashed = next(hashing, None)
    while hashed is not None:
        yield hashed
        hashed = next(hashing, None)
