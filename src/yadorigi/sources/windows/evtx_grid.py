"""Finds the chunks of a piece of an EVTX file, also where they do not lie where they belong.

Chunks lie one after the other, every 64 KiB. Where bytes were lost or put in, everything behind is shifted; where the
file header was lost, everything is. Such chunks are found by their signature.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.sources.windows.evtx_chunk import (
    CHUNK_MAGIC,
    CHUNK_SIZE,
    COMMON_TABLES,
    FILE_MAGIC,
    FIRST_RECORD,
    HEADER_SIZE,
    RECORD_MAGIC,
    Octets,
    mended,
    record_at,
)
from yadorigi.sources.windows.evtx_repair import Chunk

if TYPE_CHECKING:
    from pathlib import Path

    from yadorigi.sources.contract import Piece

_ZERO_CHUNK: Final = bytes(CHUNK_SIZE)
_HEADER_SIZE_AT: Final = 40


class Grid(NamedTuple):
    """What lies in a piece.

    Attributes:
        chunks: in their order.
        lost: offset and size of what is no chunk and holds no record.
        short: offset and size of chunks in which the next one begins.
        wiped: offset and size of zeros that have chunks behind them.
    """

    chunks: list[Chunk]
    lost: list[tuple[int, int]]
    short: list[tuple[int, int]]
    wiped: list[tuple[int, int]]


def chunks_of(piece: Piece, body: bytes, following: bytes) -> Grid:
    """Return the chunks that begin in a piece.

    Args:
        piece: of a file.
        body: its bytes.
        following: the first ones behind them, as many as `CHUNK_MAGIC` has, where there are any.

    Raises:
        OSError: the file cannot be read.
    """
    end = piece.start + len(body)
    places = range(0, len(body), CHUNK_SIZE)
    if not body:
        return Grid([], [], [], [])
    regular = all(body.startswith(CHUNK_MAGIC, place) or _is_zero(body, place, len(body) - place) for place in places)
    # What follows says whether the last chunk ends where it should, and whether zeros are behind all that is in use.
    if regular and (not following or (following == CHUNK_MAGIC and body.startswith(CHUNK_MAGIC, places[-1]))):
        return _Shift(body, piece.start, piece.start, end, end).grid(piece.start)
    shift = _read_around(piece.path, piece.start, end)
    return shift.grid(shift.resumed())


def _read_around(path: Path, start: int, end: int) -> _Shift:
    """Read a piece with the chunk in front of it and the one behind it, since chunks may lie across its borders."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        if start <= HEADER_SIZE and not stream.read(len(FILE_MAGIC)).startswith(FILE_MAGIC):
            start = 0
        first = max(start - CHUNK_SIZE, 0)
        stream.seek(first)
        window = stream.read(end + CHUNK_SIZE + FIRST_RECORD - first)
    return _Shift(window, first, start, end, size)


class _Shift(NamedTuple):
    """Part of a file around a piece: bytes, where they begin, where the piece begins and ends, the file's size."""

    window: bytes
    first: int
    start: int
    end: int
    size: int

    def grid(self, place: int) -> Grid:
        """Go from chunk to chunk."""
        found = Grid([], [], [], [])
        zeros: list[tuple[int, int]] = []
        view = memoryview(self.window)
        while place < self.end:
            data = view[place - self.first :][: min(CHUNK_SIZE, self.size - place)]
            signed = self._bytes(place, len(CHUNK_MAGIC)) == CHUNK_MAGIC
            if not signed and self._is_zero(place, len(data)):
                zeros.append((place, len(data)))
                place += CHUNK_SIZE
                continue
            other = self._next_signature(place, data)
            if other is not None:
                data = data[: other - place]
            if signed and other is not None:
                found.short.append((place, len(data)))
            length = len(data)
            if signed or mended(data).ids:
                whole = length == CHUNK_SIZE
                filled = data if whole else _without_cut_record(bytes(data)).ljust(CHUNK_SIZE, b"\0")
                found.chunks.append(Chunk(place, filled, signed=signed, whole=whole))
                found.wiped.extend(zeros)
                zeros.clear()
            elif place or other != HEADER_SIZE:  # Else it is the file header, of which others tell.
                found.lost.append((place, length))
            place += length if other is not None else CHUNK_SIZE
        if zeros and self._bytes(place, len(CHUNK_MAGIC)) == CHUNK_MAGIC:
            found.wiped.extend(zeros)
        return found

    def resumed(self) -> int:
        """Return where the first chunk of the piece may begin: behind one that reaches into it."""
        if not self.start or self._bytes(self.start, len(CHUNK_MAGIC)) == CHUNK_MAGIC:
            return self.start
        place = self._signature(max(self.start - CHUNK_SIZE, 0) + 1, self.start)
        while place is not None and place < self.start:
            place = self._next_signature(place, self._bytes(place, CHUNK_SIZE)) or place + CHUNK_SIZE
        return self.start if place is None else place

    def _next_signature(self, place: int, data: Octets) -> int | None:
        """Return where a chunk begins before this one should end, None where chunks go on as they should.

        What stands inside whole records is looked at by nobody: whoever wrote them could hide others behind it.
        """
        if self._bytes(place + CHUNK_SIZE, len(CHUNK_MAGIC)) == CHUNK_MAGIC:
            return None
        behind = _end_of_records(data)
        if behind == FIRST_RECORD and data[: len(CHUNK_MAGIC)] != CHUNK_MAGIC:
            behind = 1
        if self._is_zero(
            place + behind, len(data) - behind
        ):  # as it mostly is; to look for something there takes longer
            return None
        return self._signature(place + behind, place + CHUNK_SIZE)

    def _signature(self, start: int, end: int) -> int | None:
        """Return where a chunk that is none by chance begins between two places."""
        at = self.window.find(CHUNK_MAGIC, start - self.first, end - self.first + len(CHUNK_MAGIC) - 1)
        while at >= 0:
            if self.window[at + _HEADER_SIZE_AT : at + _HEADER_SIZE_AT + 4] == struct.pack("<I", COMMON_TABLES):
                return at + self.first
            at = self.window.find(CHUNK_MAGIC, at + 1, end - self.first + len(CHUNK_MAGIC) - 1)
        return None

    def _is_zero(self, place: int, size: int) -> bool:
        return _is_zero(self.window, place - self.first, size)

    def _bytes(self, place: int, size: int) -> bytes:
        return self.window[place - self.first : place - self.first + size]


def _without_cut_record(data: bytes) -> bytes:
    """Return what is left of a chunk without a record that reaches beyond it; with zeros it would be a false event."""
    place = _end_of_records(data)
    return data[:place] if data.startswith(RECORD_MAGIC, place) else data


def _end_of_records(data: Octets) -> int:
    """Return where the whole records of a chunk end that lie one behind the other."""
    place = FIRST_RECORD
    while (found := record_at(data, place)) is not None:
        place += found[0]
    return place


def _is_zero(data: bytes, place: int, size: int) -> bool:
    """Say whether there is nothing but zeros in a chunk or the rest of one."""
    return size <= 0 or data.startswith(_ZERO_CHUNK[:size], place)
