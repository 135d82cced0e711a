r"""Texts, numbers and durations of XQL, as its manual describes them ("filter", "timeframe").

In double quotes a backslash is a backslash: ``"\test\"`` is ``\test\``. In triple quotes escape sequences count. In
either, ``*`` stands for any characters where values are compared.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from yadorigi.query.nodes import Pattern, PatternPart, Test, Text, Wildcard

SECOND: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "mo": 30 * 86_400, "y": 365 * 86_400}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "0": "\0"}
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)

TWICE: Final = re.compile(r"\\\\(?:[bBdDsSwW](?![A-Za-z])|[.()\[\]{}+*?|^$-])")
"""Two backslashes before what one would make another part of an expression."""


def plain(token: str) -> str:
    """Return what stands between double quotes."""
    return token[1:-1]


def unescaped(token: str) -> str:
    """Return what stands between triple quotes, with its escape sequences read; an unknown one stays."""

    def read(found: re.Match[str]) -> str:
        code = found.group(1)
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, found.group())

    return _ESCAPE.sub(read, token[3:-3])


def duration(token: str) -> int:
    """Return the microseconds of a duration such as ``24h``, ``1d``, ``2mo``."""
    found = re.fullmatch(r"([\d.]+)([a-z]+)", token.lower())
    if found is None:
        raise ValueError(token)
    return round(float(found.group(1)) * _UNITS[found.group(2)] * SECOND)


def compared(text: str, cased: bool, *, contained: bool = False) -> Test:
    """Return the test of a text that values are compared with, in which ``*`` stands for any characters.

    Args:
        text: as written, escape sequences read.
        cased: whether letter case counts.
        contained: whether it may stand anywhere in the value.
    """
    if "*" not in text:
        return Text("contains" if contained else "equals", text, cased)
    parts: list[PatternPart] = []
    for part in re.split(r"(\*+)", text):
        if part:
            parts.append(int(Wildcard.ANY) if part[0] == "*" else part)
    if contained:
        parts = [int(Wildcard.ANY), *parts, int(Wildcard.ANY)]
    kept = [part for place, part in enumerate(parts) if place == 0 or isinstance(part, str) or part != parts[place - 1]]
    return Pattern(tuple(kept), cased)


_RELATIVE: Final = re.compile(r"([+-]?)(\d+(?:\.\d+)?(?:mo|[smhdwy]))")
_EXACT: Final = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ t](\d\d:\d\d)(:\d\d)?)?\s*(?:([+-]\d\d):?(\d\d)?)?")


def moment(text: str, now: int) -> int:
    """Return the microseconds since 1970 of a time as ``timeframe`` has it: a time, ``now``, ``-7d``.

    Raises:
        ValueError: it is none.
    """
    written = text.strip().lower()
    if written == "now":
        return now
    relative = _RELATIVE.fullmatch(written)
    if relative is not None:
        return now + (1 if relative.group(1) == "+" else -1) * duration(relative.group(2))
    exact = _EXACT.fullmatch(written)
    if exact is None:
        raise ValueError(text)
    day, clock, seconds, hours, minutes = exact.groups()
    zone = f"{hours}:{minutes or '00'}" if hours else "+00:00"
    exactly = datetime.fromisoformat(f"{day}T{clock or '00:00'}{seconds or ':00'}{zone}")
    return (exactly - _EPOCH) // timedelta(microseconds=1)


def time_of(text: str) -> datetime | None:
    """Return the time that a text in the form of ISO 8601 is, in UTC where it says no zone; None where it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
