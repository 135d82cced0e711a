"""Texts, numbers, times and spans of KQL, as its documentation describes them ("Scalar data types").

A text in ``"…"`` or ``'…'`` has escape sequences, one behind ``@`` has none, ``h`` before it changes nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.query.plan.expressions import Kind

SECOND: Final = 1_000_000
_DAY: Final = 86_400 * SECOND
_UNITS: Final = {
    "tick": 0.1, "microsecond": 1, "ms": 1_000, "millisecond": 1_000, "s": SECOND, "sec": SECOND, "second": SECOND,
    "m": 60 * SECOND, "min": 60 * SECOND, "minute": 60 * SECOND, "h": 3_600 * SECOND, "hr": 3_600 * SECOND,
    "hour": 3_600 * SECOND, "d": _DAY, "day": _DAY,
}  # fmt: skip
_ESCAPES: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
}
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_CLOCK: Final = re.compile(r"(-?)(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?")
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)


def text_of(token: str) -> str:
    """Return what a text says.

    Raises:
        ValueError: it has an escape sequence that there is not.
    """
    body = token.lstrip("hH")
    if body[:3] in ("```", "~~~"):
        return body[3:-3]
    if body.startswith("@"):
        mark = body[1]
        return body[2:-1].replace(mark * 2, mark)

    def read(found: re.Match[str]) -> str:
        code = found.group(1)
        if len(code) > 1:
            return chr(int(code[1:], 16))
        if code not in _ESCAPES:
            raise ValueError(f"\\{code} is no escape sequence; write \\\\ for a backslash, or @ before the text")
        return _ESCAPES[code]

    return _ESCAPE.sub(read, body[1:-1])


def span_of(token: str) -> int:
    """Return the microseconds of ``1d``, ``2.5h``, ``100ms``.

    Raises:
        ValueError: it is no span.
    """
    found = _SPAN.fullmatch(token.strip())
    unit = found.group(2).lower() if found is not None else ""
    unit = unit if unit in _UNITS else unit.removesuffix("s")
    if found is None or unit not in _UNITS:
        raise ValueError(f"{token!r} is no span of time")
    microseconds = round(float(found.group(1)) * _UNITS[unit])
    if microseconds >= 1 << 63:
        raise ValueError(f"{token!r} is too long a span of time")
    return microseconds


def written_span(token: str) -> int:
    """Return the microseconds of what stands in ``timespan(…)``: a clock with days, a span, a number of days.

    Raises:
        ValueError: it is no span.
    """
    inside = token[token.index("(") + 1 : -1].strip().strip("'\"")
    clock = _CLOCK.fullmatch(inside)
    if clock is not None:
        sign, days, hours, minutes, seconds, parts = clock.groups()
        found = int(days or 0) * _DAY + (int(hours) * 3_600 + int(minutes) * 60 + int(seconds or 0)) * SECOND
        found += int((parts or "").ljust(7, "0")[:6] or 0)
        return -found if sign else found
    return int(inside) * _DAY if inside.isdigit() else span_of(inside)


def written_moment(token: str) -> int:
    """Return the microseconds since 1970 of what stands in ``datetime(…)``.

    Raises:
        ValueError: it is no time.
    """
    inside = token[token.index("(") + 1 : -1].strip().strip("'\"")
    if re.fullmatch(r"\d{4}", inside):
        inside = f"{inside}-01-01"
    elif re.fullmatch(r"\d{4}-\d\d", inside):
        inside = f"{inside}-01"
    try:
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", inside))
    except ValueError:
        raise ValueError(f"{inside!r} is no time such as 2026-03-11T09:00:00Z") from None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    return round((found - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * SECOND)


_TYPES: Final[dict[str, Kind]] = {
    "bool": "boolean", "boolean": "boolean", "datetime": "time", "date": "time", "dynamic": "dynamic", "guid": "text",
    "uuid": "text", "int": "long", "long": "long", "real": "real", "double": "real", "decimal": "real",
    "string": "text",
    "timespan": "span", "time": "span",
}  # fmt: skip


def kind_named(name: str) -> Kind:
    """Return the kind of a type of KQL."""
    return _TYPES[name.lower()]
