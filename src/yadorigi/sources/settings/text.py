"""The text of a file of settings: UTF-8, UTF-16, or the code page of a Japanese or a Western Windows."""

from __future__ import annotations

import codecs
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODE_PAGES: Final = ("utf-8", "cp932")
_LAST_RESORT: Final = "cp1252"
_SAMPLE: Final = 4_096
_MANY: Final = 4


def text_of(data: bytes, *, cut: bool = False) -> str:
    """Return a file's text; never fails.

    Args:
        data: the file, or its beginning.
        cut: whether it is only the beginning, which may end inside a character.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if encoding := _unmarked_utf16(data[:_SAMPLE]):
        return data.decode(encoding, "replace")
    for encoding in _CODE_PAGES:
        try:
            return codecs.getincrementaldecoder(encoding)("strict").decode(data, final=not cut)
        except UnicodeDecodeError:
            continue
    return data.decode(_LAST_RESORT, "replace")


def _unmarked_utf16(sample: bytes) -> str:
    """Return the encoding of UTF-16 without a mark: nearly every second byte of its ASCII is zero."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // _MANY and odd > _MANY * even:
        return "utf-16-le"
    if even > len(sample) // _MANY and even > _MANY * odd:
        return "utf-16-be"
    return ""
