"""The text of a file of indicators: UTF-8, UTF-16, or the code page of a Japanese or a Western Windows."""

from __future__ import annotations

import codecs
import io
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE: Final = 4_096
_MANY: Final = 4


def encoding_of(data: bytes) -> tuple[str, int]:
    """Return the encoding of a text and the length of its mark; text of no known encoding is Western."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // _MANY and odd > _MANY * even:
        return "utf-16-le", 0
    if even > len(sample) // _MANY and even > _MANY * odd:
        return "utf-16-be", 0
    if data.isascii():
        return "utf-8", 0
    for encoding in ("utf-8", "cp932"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding, 0
    return "cp1252", 0


def lines_of(data: bytes) -> io.TextIOWrapper:
    """Return a file's text line by line; never fails, and never holds the whole text."""
    encoding, mark = encoding_of(data)
    stream = io.BytesIO(data)
    stream.seek(mark)
    return io.TextIOWrapper(stream, encoding, errors="replace")


def text_of(data: bytes) -> str:
    """Return a file's text; never fails."""
    encoding, mark = encoding_of(data)
    return data[mark:].decode(encoding, "replace")
