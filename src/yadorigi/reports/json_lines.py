"""JSON for standard output, which may be a terminal: the same values, spelt so that no character acts on a screen."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import msgspec

from yadorigi.reports.cells import visible

_ENCODE: Final = msgspec.json.Encoder().encode
_BEYOND_ASCII: Final = re.compile("[^\x00-\x7e]+")


def json_line(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    r"""Return a value as JSON, characters that act on a terminal as escapes of JSON (``\\u202e``)."""
    line = _ENCODE(value)
    if line.isascii() and b"\x7f" not in line:
        return line
    return _BEYOND_ASCII.sub(_spelt, line.decode()).encode()


def _spelt(found: re.Match[str]) -> str:
    text = found.group()
    if visible(text) == text:
        return text
    return "".join(character if visible(character) == character else _escape(character) for character in text)


def _escape(character: str) -> str:
    return "\\u007f" if character == "\x7f" else json.dumps(character)[1:-1]
