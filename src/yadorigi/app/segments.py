"""Stretches of one spool file that are written once and read back any number of times, in order, without memory."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from yadorigi.limits import MEBIBYTE, RUNS_MERGED_AT_ONCE

_BUFFER: Final = MEBIBYTE // 16
_LENGTH_BYTES: Final = 4


class Segment(NamedTuple):
    """Bytes of the file, and how many frames they are."""

    offset: int
    size: int
    frames: int


class SegmentFile:
    """Frames on disk, in segments."""

    def __init__(self, path: Path) -> None:
        """Begin an empty file.

        Raises:
            OSError: the disk is full or failing.
        """
        self._path = path
        self._stream = path.open("wb", buffering=MEBIBYTE)
        self._encode = msgspec.msgpack.Encoder().encode
        self._end = 0

    def write(self, frames: Iterable[Any]) -> Segment:
        """Add a segment.

        Raises:
            OSError: the disk is full or failing.
        """
        start, number = self._end, 0
        for frame in frames:
            data = self._encode(frame)
            number += 1
            self._stream.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
            self._stream.write(data)
            self._end += _LENGTH_BYTES + len(data)
        return Segment(start, self._end - start, number)

    def read(self, segment: Segment) -> Iterator[Any]:
        """Give the frames of a segment."""
        if segment.offset + segment.size > self._path.stat().st_size:
            self._stream.flush()
        decode = msgspec.msgpack.Decoder().decode
        with self._path.open("rb", buffering=_BUFFER) as stream:
            stream.seek(segment.offset)
            left = segment.size
            while left > 0:
                length = int.from_bytes(stream.read(_LENGTH_BYTES), "big")
                yield decode(stream.read(length))
                left -= _LENGTH_BYTES + length

    def merged(self, segments: Sequence[Segment], key: Callable[[Any], Any]) -> Iterator[Any]:
        """Return the frames of sorted segments in one order, one frame of each in memory at a time.

        Raises:
            OSError: the disk is full or failing.
        """
        waiting = list(segments)
        while len(waiting) > RUNS_MERGED_AT_ONCE:
            some, waiting = waiting[:RUNS_MERGED_AT_ONCE], waiting[RUNS_MERGED_AT_ONCE:]
            waiting.append(self.write(heapq.merge(*map(self.read, some), key=key)))
        return heapq.merge(*map(self.read, waiting), key=key)

    def close(self) -> None:
        """Close the file and remove it."""
        self._stream.close()
        self._path.unlink(missing_ok=True)
