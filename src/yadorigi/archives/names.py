"""Names of members: from bytes of uncertain encoding to text that can be shown, each once."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from typing import Final

from yadorigi.limits import MEMBER_NAME_LIMIT

_ENCODINGS: Final = ("utf-8", "cp932")
"""Tried in this order where an archive does not say; Japanese Windows writes names in code page 932."""

_UNLIKELY: Final = re.compile("[\x80-\x9f\uf8f0-\uf8f3]")
"""What code page 932 makes of bytes that mean nothing in it."""

_LAST_ENCODING: Final = "cp437"
"""What a zip file's names are by the book; it takes any bytes."""

_UNICODE_PATH: Final = 0x7075


def decoded_name(raw: bytes, *, is_utf8: bool = False, extra: bytes = b"") -> str:
    """Return the name of a zip member as text, whatever its bytes are.

    Args:
        raw: the name's bytes.
        is_utf8: whether the archive says that it is UTF-8.
        extra: the member's extra fields; one may hold the name once more, in UTF-8.
    """
    if not is_utf8:
        again = extra_field(extra, _UNICODE_PATH)
        # Version, checksum of the name that it belongs to, name.
        if len(again) > 5 and again[0] == 1 and again[1:5] == zlib.crc32(raw).to_bytes(4, "little"):  # noqa: PLR2004 - see above
            raw, is_utf8 = again[5:], True
    if is_utf8:
        return raw.decode("utf-8", "backslashreplace")
    for encoding in _ENCODINGS:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _UNLIKELY.search(text):
            return text
    return raw.decode(_LAST_ENCODING)


def extra_field(extra: bytes, wanted: int) -> bytes:
    """Return the data of one of a zip member's extra fields, or b""."""
    place = 0
    while place + 4 <= len(extra):
        number = int.from_bytes(extra[place : place + 2], "little")
        size = int.from_bytes(extra[place + 2 : place + 4], "little")
        if number == wanted:
            return extra[place + 4 : place + 4 + size]
        place += 4 + size
    return b""


class ShownNames:
    """Names as they are shown: no two alike, none endless, all of them writable."""

    def __init__(self) -> None:
        """Begin with no names."""
        self._seen: Counter[int] = Counter()

    def shown(self, archive: str, name: str) -> tuple[str, str]:
        """Return how a member is shown, and what is to be told about its name, or "".

        Args:
            archive: how the archive is shown.
            name: the member's own name, whatever it is.
        """
        told = ""
        text = _writable(name)
        if len(text) > MEMBER_NAME_LIMIT:
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            told = f"its name has {len(text):,} characters; {MEMBER_NAME_LIMIT:,} are shown, and a part of its SHA-256"
            text = f"{text[:MEMBER_NAME_LIMIT]}~{digest}"
        base = f"{archive}!{text or '(no name)'}"
        shown, number = base, 1
        while self._seen[hash(shown)]:
            number = max(number, self._seen[hash(base)]) + 1
            shown = f"{base}#{number}"
        if shown != base:
            self._seen[hash(base)] = number
            told = told or "another member has the same name; a number is put behind this one's"
        self._seen[hash(shown)] += 1
        return shown, told


def _writable(name: str) -> str:
    """Return a name with what is no text (bytes, half characters) shown as escapes."""
    try:
        raw = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = name.encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "backslashreplace")
