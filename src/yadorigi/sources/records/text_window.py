"""A file's text, read on as it is needed: UTF-8 or UTF-16, a bounded part of it in memory, with its line numbers."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from yadorigi.sources.lines.encodings import text_of_line

BLOCK_BYTES: Final = 1024 * 1024
"""Bytes read at once."""

_WORTH_FORGETTING: Final = 65_536

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT: Final = 64
_SHARE_OF_LATIN: Final = 4
"""More than one of so many characters at a record's beginning is a letter or mark of Latin, also in Japanese."""

_FIRST_CHARACTERS: Final = b"{[<R \t\r\n"


def encoding_of(head: bytes) -> tuple[str, int]:
    """Return a text's encoding and the length of the mark that says so.

    Without a mark it is UTF-8, unless it begins like records do and a zero stands beside the first character, and
    beside many of those that follow (one zero alone is damage): UTF-16.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    if len(head) > 1 and head[1] == 0 and head[0] in _FIRST_CHARACTERS and _often_zero(head[1:_LOOKED_AT:2]):
        return "utf-16-le", 0
    if len(head) > 1 and head[0] == 0 and head[1] in _FIRST_CHARACTERS and _often_zero(head[0:_LOOKED_AT:2]):
        return "utf-16-be", 0
    return "utf-8", 0


def _often_zero(halves: bytes) -> bool:
    return halves.count(0) * _SHARE_OF_LATIN > len(halves)


@lru_cache(maxsize=2)
def text_of_head(head: bytes) -> str:
    """Return the text of a file's beginning; a character that is cut off at the end is left out.

    Every source asks for it in turn, and a collection has ten thousands of files that are none's: it is remembered.
    Lines that are not UTF-8 are read in their own encoding, unless there are zeros: those are no text at all.
    """
    encoding, mark = encoding_of(head)
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(head[mark:])
    except UnicodeDecodeError:
        if encoding != "utf-8" or b"\0" in head:
            return codecs.getincrementaldecoder(encoding)("replace").decode(head[mark:])
    *lines, last = head[mark:].split(b"\n")
    seen: Counter[str] = Counter()
    texts = [text_of_line(line, seen) for line in lines]
    # The last line is cut off anywhere, in the middle of a character perhaps.
    cut: list[Counter[str]] = [Counter(), Counter()]
    whole, shorter = text_of_line(last, cut[0]), text_of_line(last[:-1], cut[1])
    return "\n".join((*texts, shorter if "latin-1" in cut[0] and "latin-1" not in cut[1] else whole))


def decoded(blocks: Iterator[bytes], encoding: str) -> Iterator[str]:
    """Give the text of blocks of bytes; bytes that are no text become U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block)
    yield decoder.decode(b"", True)


class TextWindow:
    """The part of a text that is looked at.

    Attributes:
        text: what is in memory.
        at: place in ``text`` up to which everything is done.
        ended: whether nothing follows.
    """

    __slots__ = ("_blocks", "_counted", "_line", "at", "ended", "text")

    def __init__(self, blocks: Iterator[str], first_line: int = 1) -> None:
        """Begin before the first block."""
        self._blocks = blocks
        self._line = first_line
        self._counted = 0
        self.text = ""
        self.at = 0
        self.ended = False

    @property
    def line(self) -> int:
        """1-based number of the line in which ``at`` is."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def forget(self) -> None:
        """Forget what is done, if that is worth the copying."""
        if self.at > _WORTH_FORGETTING:
            _ = self.line  # Lines are counted before their text is forgotten.
            self.text = self.text[self.at :]
            self.at = self._counted = 0

    def more(self) -> bool:
        """Forget what is done and read on, as much again as is in memory; say whether there was anything."""
        if self.ended:
            return False
        _ = self.line  # Lines are counted before their text is forgotten.
        rest = self.text[self.at :]
        parts = [rest]
        wanted, got = max(len(rest), 1), 0
        while got < wanted:
            block = next(self._blocks, None)
            if block is None:
                self.ended = True
                break
            parts.append(block)
            got += len(block)
        self.text = "".join(parts)
        self.at = self._counted = 0
        return got > 0

    def has(self, length: int) -> bool:
        """Say whether so many characters follow, reading on if need be."""
        while len(self.text) - self.at < length:
            if not self.more():
                return False
        return True
