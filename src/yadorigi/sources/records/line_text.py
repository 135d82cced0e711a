"""Text of blocks of bytes whose lines may be of several encodings: what does not break lines in two, at any speed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from yadorigi.sources.lines.encodings import text_of_line
from yadorigi.sources.records.text_window import decoded

_LONGEST: Final = 4 * 1024 * 1024
"""Bytes of a line that are decoded together; of one that is longer, each part is for itself."""
_OF_A_CHARACTER: Final = 4
_LATER_BYTES: Final = range(0x80, 0xC0)
_ONE_FOR_ALL: Final = ("utf-16-le", "utf-16-be")
"""Encodings whose line ends cannot be told before they are decoded."""


def text_by_lines(blocks: Iterator[bytes], encoding: str, seen: Counter[str]) -> Iterator[str]:
    """Give the text of blocks of bytes; lines that are not of the file's encoding are read in their own.

    Args:
        blocks: bytes, one block after the other.
        encoding: of the file; UTF-8 stands for those that have the same line ends, too.
        seen: takes how many lines were of which encoding, where some block is not UTF-8 as a whole.
    """
    if encoding in _ONE_FOR_ALL:
        yield from decoded(blocks, encoding)
        return
    rest = b""
    for block in blocks:
        held = rest + block
        end = held.rfind(b"\n") + 1
        if not end and len(held) > _LONGEST:
            end = _whole_characters(held)
        rest = held[end:]
        if end:
            yield _text(held[:end], encoding, seen)
    if rest:
        yield _text(rest, encoding, seen)


def _text(part: bytes, encoding: str, seen: Counter[str]) -> str:
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(text_of_line(line, seen, encoding) for line in part.split(b"\n"))


def _whole_characters(part: bytes) -> int:
    """Return the length of a part without a character of UTF-8 that is cut off at its end."""
    place = len(part) - 1
    while place > len(part) - _OF_A_CHARACTER and part[place] in _LATER_BYTES:
        place -= 1
    return place if part[place] > _LATER_BYTES[-1] else len(part)
