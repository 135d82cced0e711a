"""Sorted runs on disk: what the workers found, merged into one order without holding it in memory.

A run is a file of MessagePack frames sorted by their keys. Each task writes its own, so a lost worker loses one task.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from yadorigi.limits import MEBIBYTE, RUNS_MERGED_AT_ONCE, WAITING_CHARACTERS_LIMIT, WAITING_FRAMES_LIMIT

Frame: TypeAlias = tuple[Any, ...]
"""A key that compares, followed by whatever belongs to it. Frames with equal keys keep no order between runs."""

_BUFFER: Final = MEBIBYTE // 4
_LENGTH_BYTES: Final = 4


def write_run(path: Path, frames: Iterable[Frame]) -> None:
    """Write frames as one sorted run.

    Raises:
        OSError: the disk is full or failing.
    """
    write_frames(path, sorted(frames, key=_key))


def write_frames(path: Path, frames: Iterable[Frame]) -> None:
    """Write frames that are in order already.

    Raises:
        OSError: the disk is full or failing.
    """
    encode = msgspec.msgpack.Encoder().encode
    with path.open("wb", buffering=_BUFFER) as stream:
        for frame in frames:
            data = encode(frame)
            stream.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)


class WaitingFrames:
    """Frames that wait to be merged; what memory should not hold is written as sorted runs."""

    def __init__(self, folder: Path, name: str) -> None:
        """Name where runs are written: ``folder``, with ``name`` and a number."""
        self._folder = folder
        self._name = name
        self._frames: list[Frame] = []
        self._characters = 0
        self._runs: list[Path] = []

    def add(self, frame: Frame, characters: int) -> None:
        """Add a frame, of which an attacker chose about so many characters.

        Raises:
            OSError: the disk is full or failing.
        """
        self._frames.append(frame)
        self._characters += characters
        if len(self._frames) >= WAITING_FRAMES_LIMIT or self._characters >= WAITING_CHARACTERS_LIMIT:
            self._write()

    def _write(self) -> None:
        path = self._folder / f"{self._name}-{len(self._runs):06}.run"
        write_run(path, self._frames)
        self._runs.append(path)
        self._frames, self._characters = [], 0

    def flushed(self) -> list[Path]:
        """Write what is left and return all runs.

        Raises:
            OSError: the disk is full or failing.
        """
        if self._frames:
            self._write()
        return self._runs


def read_run(path: Path) -> Iterator[Frame]:
    """Give the frames of a run."""
    decode = msgspec.msgpack.Decoder(tuple[Any, ...]).decode
    with path.open("rb", buffering=_BUFFER) as stream:
        while length := stream.read(_LENGTH_BYTES):
            yield decode(stream.read(int.from_bytes(length, "big")))


def merged(runs: Sequence[Path], spare: Path) -> Iterator[Frame]:
    """Give the frames of all runs in the order of their keys.

    Args:
        runs: files of `write_run`; they are removed once merged.
        spare: folder for intermediate runs.
    """
    waiting = sorted(runs)
    numbers = count()
    while len(waiting) > RUNS_MERGED_AT_ONCE:
        some, waiting = waiting[:RUNS_MERGED_AT_ONCE], waiting[RUNS_MERGED_AT_ONCE:]
        together = spare / f"merged-{next(numbers):06}.run"
        write_frames(together, heapq.merge(*map(read_run, some), key=_key))
        for path in some:
            path.unlink()
        waiting.append(together)
    yield from heapq.merge(*map(read_run, waiting), key=_key)
    for path in waiting:
        path.unlink()


def _key(frame: Frame) -> Any:  # noqa: ANN401 - keys are tuples or lists of texts and numbers
    return frame[0]
