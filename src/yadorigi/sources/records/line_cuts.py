"""Cuts text files into pieces where lines end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from yadorigi.limits import PIECE_BYTES

_READ_SIZE: Final = 1024 * 1024


def cut_at_lines(path: Path, size: int) -> Iterator[tuple[int, int, int]]:
    """Give start, size and first line of the parts into which a file is cut.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        start, line = 0, 1
        while start < size or not start:
            block_lines, end = _line_end_after(stream, start, PIECE_BYTES)
            if end > start:
                yield start, end - start, line
            line += block_lines
            if end <= start:
                return
            start = end


def _line_end_after(stream: BinaryIO, start: int, size: int) -> tuple[int, int]:
    """Return how many lines end in the block of about ``size`` bytes from ``start``, and where its last line ends."""
    stream.seek(start)
    lines, position = 0, start
    while True:
        block = stream.read(_READ_SIZE)
        if not block:
            return lines, position
        if position + len(block) - start >= size:
            found = block.find(b"\n", max(size - (position - start) - 1, 0))
            if found >= 0:
                return lines + block.count(b"\n", 0, found + 1), position + found + 1
        lines += block.count(b"\n")
        position += len(block)
