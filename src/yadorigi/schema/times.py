"""Times as text and as numbers.

Inside the program a time is canonical text, ``YYYY-MM-DDTHH:MM:SS.fffffffZ``: UTC, 28 characters, 100 nanoseconds. Such
texts sort as the times do and cost nothing to keep; a number is made where one is needed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final

TICKS_PER_SECOND: Final = 10_000_000
TIME_LENGTH: Final = 28

_FORM: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?\s*", re.ASCII
)
_CANONICAL: Final = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{7}Z", re.ASCII
).fullmatch
_LONGEST: Final = 64
_LEAP_SECOND: Final = 60
_WITHOUT_DIGITS: Final = len("2026-03-11T09:00:00.Z")
_DAYS_OF_EVERY_MONTH: Final = "28"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def canonical_time(text: str, zone: tzinfo = UTC) -> str | None:
    """Return ISO 8601 text as canonical time, or None where it is none.

    Digits beyond 100 ns are cut, a leap second counts as the one before. A text without a zone is in ``zone``.
    """
    if text[-1:] == "Z" and text[19:20] == "." and len(text) <= TIME_LENGTH:
        # Nearly every log writes this form, with fewer digits at most.
        padded = f"{text[:-1]:0<27}Z"
        if is_canonical_form(padded) and len(text) > _WITHOUT_DIGITS and text[8:10] <= _DAYS_OF_EVERY_MONTH:
            return padded
    found = _FORM.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if second > _LEAP_SECOND:
        return None
    fraction = (found.group(7) or "")[:7].ljust(7, "0")
    named = found.group(8)
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_zone(named) if named else zone)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction}Z".rjust(TIME_LENGTH, "0")


def is_canonical_form(text: str) -> bool:
    """Say whether a text looks like a canonical time; the day may be one that its month does not have."""
    return _CANONICAL(text) is not None and not text.startswith("0000")


def is_canonical(text: str) -> bool:
    """Say whether a text is a canonical time, of a day that there is."""
    if not is_canonical_form(text):
        return False
    return text[8:10] <= _DAYS_OF_EVERY_MONTH or canonical_time(text) is not None


def _zone(named: str) -> tzinfo:
    if named in ("Z", "UTC"):
        return UTC
    hours, minutes = int(named[1:3]), int(named[-2:]) if len(named) > 3 else 0  # noqa: PLR2004 - "+09" has no minutes
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if named[0] == "-" else offset)


def ticks_of(time: str) -> int:
    """Return canonical time as 100-nanosecond ticks since 1970-01-01T00:00:00Z."""
    return _ticks_of_second(time[:19]) + int(time[20:27])


@lru_cache(maxsize=16_384)
def _ticks_of_second(second: str) -> int:
    whole = datetime.fromisoformat(second).replace(tzinfo=UTC) - _EPOCH
    return (whole.days * 86_400 + whole.seconds) * TICKS_PER_SECOND


def time_of(ticks: int) -> str:
    """Return canonical time for 100-nanosecond ticks since 1970-01-01T00:00:00Z.

    Raises:
        OverflowError: the year is outside 1 to 9999.
    """
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.isoformat()[:19]}.{fraction:07}Z"


def shown_time(time: str, zone: tzinfo) -> str:
    """Return canonical time for display in a zone, to the second, with its offset."""
    return _shown_second(time[:19], zone) or time


@lru_cache(maxsize=4_096)
def _shown_second(second: str, zone: tzinfo) -> str | None:
    """Return a second for display; None where it lies outside of the years that there are in the zone."""
    moment = datetime.fromisoformat(second).replace(tzinfo=UTC)
    try:
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S%z")
    except OverflowError:
        return None
