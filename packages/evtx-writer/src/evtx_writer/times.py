"""Times as FILETIME: ticks of 100 ns since 1601-01-01 UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from evtx_writer.errors import DescriptionError

Time: TypeAlias = int | str | datetime
"""A FILETIME, an ISO 8601 text with its zone and up to seven digits after the second, or an aware datetime."""

TICKS_PER_SECOND: Final = 10_000_000
UNIX_EPOCH: Final = 116_444_736_000_000_000
"""1970-01-01 UTC as FILETIME."""

_START: Final = datetime(1601, 1, 1, tzinfo=UTC)
_TEXT: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(Z|[+-]\d\d:\d\d)")
_MOST: Final = 0xFFFF_FFFF_FFFF_FFFF


def filetime_of(time: Time) -> int:
    """Return a time as FILETIME.

    Raises:
        DescriptionError: it has no zone, is no time, or is outside of what 64 bits hold.
    """
    if isinstance(time, datetime):
        if time.tzinfo is None:
            raise DescriptionError(f"{time} has no time zone")
        ticks = (time - _START) // timedelta(microseconds=1) * 10
    elif isinstance(time, str):
        found = _TEXT.fullmatch(time)
        if found is None:
            raise DescriptionError(f"no time with a zone and up to seven digits after the second: {time!r}")
        try:
            whole = datetime.fromisoformat(found[1] + found[3])
        except ValueError as error:
            raise DescriptionError(f"no time: {time!r} ({error})") from error
        ticks = (whole - _START) // timedelta(seconds=1) * TICKS_PER_SECOND + int((found[2] or "0").ljust(7, "0"))
    else:
        ticks = time
    if not 0 <= ticks <= _MOST:
        raise DescriptionError(f"outside of what a FILETIME holds: {time!r}")
    return ticks


def time_text(filetime: int) -> str:
    """Return a FILETIME as the System element states it, in UTC; one past the year 9999 as its number."""
    seconds, fraction = divmod(filetime, TICKS_PER_SECOND)
    try:
        moment = _START + timedelta(seconds=seconds)
    except OverflowError:
        return str(filetime)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:07d}Z"
