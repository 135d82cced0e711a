"""Cut inputs into tasks for workers: parts of files to read, and files to hash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from yadorigi.ingest.discover import InputFile
from yadorigi.limits import PIECE_BYTES
from yadorigi.sources.contract import Piece
from yadorigi.sources.registry import source_named


@dataclass(frozen=True, slots=True)
class ReadTask:
    """Parts of files, of one source, that a worker reads in one go."""

    number: int
    source: str
    pieces: tuple[Piece, ...]

    def apart(self) -> list[ReadTask]:
        """Return one task per part, to find the one that a worker could not survive."""
        return [ReadTask(self.number, self.source, (piece,)) for piece in self.pieces]


@dataclass(frozen=True, slots=True)
class HashTask:
    """Files whose SHA-256 is wanted, with their numbers."""

    files: tuple[tuple[int, Path], ...]


def read_tasks(files: Iterable[InputFile], unreadable: Callable[[InputFile, OSError], None]) -> Iterator[ReadTask]:
    """Give tasks of about `PIECE_BYTES` each; small files share one."""
    number = 0
    waiting: dict[str, list[Piece]] = {}
    for file in files:
        if file.source is None:
            continue
        pieces = waiting.setdefault(file.source, [])
        try:
            for piece in source_named(file.source).pieces(file.number, file.path, file.name, file.size):
                pieces.append(piece)
                if sum(waited.size for waited in pieces) >= PIECE_BYTES:
                    yield ReadTask(number, file.source, tuple(pieces))
                    number += 1
                    pieces.clear()
        except OSError as error:
            unreadable(file, error)
    for source, pieces in waiting.items():
        if pieces:
            yield ReadTask(number, source, tuple(pieces))
            number += 1


def hash_tasks(files: Iterable[InputFile]) -> Iterator[HashTask]:
    """Give tasks of about four times `PIECE_BYTES` each."""
    waiting: list[tuple[int, Path]] = []
    size = 0
    for file in files:
        waiting.append((file.number, file.path))
        size += file.size
        if size >= 4 * PIECE_BYTES:
            yield HashTask(tuple(waiting))
            waiting, size = [], 0
    if waiting:
        yield HashTask(tuple(waiting))
