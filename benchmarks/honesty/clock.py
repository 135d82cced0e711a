"""The week of the simulation: reads a day and a time of day in Japan, gives ticks of 100 ns since 1970, and back."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Final

TICKS: Final = 10_000_000
"""Ticks of a second."""
MINUTE: Final = 60 * TICKS
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

START: Final = int(datetime(2026, 3, 9, 15, tzinfo=UTC).timestamp()) * TICKS
"""Midnight in Japan before Tuesday, 10 March 2026."""
DAYS: Final = 7
END: Final = START + DAYS * DAY
WEEKEND: Final = (4, 5)
"""Numbers of the days that are Saturday and Sunday; the week begins on a Tuesday."""
WORKDAYS: Final = tuple(day for day in range(DAYS) if day not in WEEKEND)


def at(day: int, clock: str) -> int:
    """Ticks of a time of day in Japan, ``21:42`` or ``21:42:05``, of a day of the week (0 to 6).

    The fraction of the second looks like chance and is always the same.
    """
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    fraction = zlib.crc32(f"{day} {clock}".encode()) % 8_000_000
    return START + day * DAY + hours * HOUR + minutes * MINUTE + (seconds[0] if seconds else 0) * TICKS + fraction


def system_time(ticks: int) -> str:
    """A time as events state it: UTC, seven digits after the second."""
    seconds, fraction = divmod(ticks, TICKS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:07d}Z"


def sysmon_time(ticks: int) -> str:
    """A time as Sysmon states it inside its events: UTC, three digits after the second."""
    seconds, fraction = divmod(ticks, TICKS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{fraction // 10_000:03d}"


def ticks_of(text: str) -> int:
    """Ticks of a time in the form of `system_time`; fewer digits after the second are no less exact."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * TICKS + int(f"{fraction:0<7}"[:7])
