"""Cuts text files into pieces where one record ends and the next begins, as a pattern tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from yadorigi.limits import PIECE_BYTES

_READ_SIZE: Final = 1024 * 1024
_OVERLAP: Final = 4_096
"""Bytes of a block that are looked at again with the next one, since a border may lie on both."""


def cut_at_borders(path: Path, size: int, border: re.Pattern[bytes]) -> Iterator[tuple[int, int, int]]:
    """Give start, size and first line of the parts into which a file is cut, of `PIECE_BYTES` or a little more.

    Args:
        path: the file.
        size: its bytes.
        border: matches around a border, which is where its match ends; it looks at no more than some hundred bytes.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as stream:
        start, line = 0, 1
        while start < size:
            end, lines = _next_border(stream, start, size, border)
            yield start, end - start, line
            start, line = end, line + lines


def _next_border(stream: BinaryIO, start: int, size: int, border: re.Pattern[bytes]) -> tuple[int, int]:
    """Return the first border at least `PIECE_BYTES` behind a place, or the end, and how many lines end before it."""
    stream.seek(start)
    lines, position = 0, start  # where `block` begins
    block = b""
    while position + len(block) < size:
        data = stream.read(_READ_SIZE)
        if not data:
            break
        block += data
        wanted = max(start + PIECE_BYTES - position, 0)
        if wanted < len(block):
            found = border.search(block, wanted)
            if found is not None and position + found.end() < size:
                return position + found.end(), lines + block.count(b"\n", 0, found.end())
        kept = block[-_OVERLAP:]
        lines += block.count(b"\n", 0, len(block) - len(kept))
        position += len(block) - len(kept)
        block = kept
    return size, lines + block.count(b"\n")
