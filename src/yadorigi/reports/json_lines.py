"""JSON that may be shown on a terminal, by this program or by ``cat``: no character of it acts on the screen."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec
import re2

from yadorigi.reports.cells import UNSAFE

_ENCODE: Final = msgspec.json.Encoder().encode
_ACTS: Final = re2.compile(UNSAFE.pattern.replace("\ud800-\udfff", "")).search
"""Finds what `UNSAFE` finds, in UTF-8, which has no lone surrogates."""
_PLAIN: Final = bytes(range(ord(" "), 0x7F))
"""Bytes of characters that do not act; taken away, they are not searched, and most lines hold few others."""


def json_line(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    r"""Return a value as JSON, characters that act on a terminal as escapes of JSON (``\\u202e``)."""
    return harmless(_ENCODE(value))


def harmless(line: bytes) -> bytes:
    """Return JSON that means the same, its characters that act on a terminal as escapes of JSON."""
    if (line.isascii() and b"\x7f" not in line) or not _ACTS(line.translate(None, _PLAIN)):
        return line
    return UNSAFE.sub(_escape, line.decode()).encode()


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
