"""Times as Event Viewer shows them: local, without a zone, in the order of the language that Windows speaks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal, TypeAlias

from yadorigi.schema.times import canonical_time, ticks_of, time_of

Order: TypeAlias = Literal["year", "month", "day"]
"""What a date begins with."""

_DATE: Final = re.compile(
    r"\s*(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,7})?"
    r"\s*([AaPp]\.?[Mm]\.?|午前|午後)?\s*"
)
_NOON: Final = 12
_YEAR_FROM: Final = 1_000
_SAME_ZONE: Final = timedelta(minutes=15)
"""Zones differ from UTC by multiples of this."""
_FURTHEST_ZONE: Final = timedelta(hours=14)


def order_of(text: str) -> Order | None:
    """Return in which order a date is written, None where it may be either or is none."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[2])
    if first >= _YEAR_FROM:
        return "year"
    if found[7] or second > _NOON:
        return "month"
    return "day" if first > _NOON or "." in found[0][: found.start(3)] else None


def local_time(text: str, order: Order) -> datetime | None:
    """Return the time as it is written, without a zone; None where it is none."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    first, second, third = (int(found[number]) for number in (1, 2, 3))
    year, month, day = (
        (first, second, third)
        if first >= _YEAR_FROM
        else (third, first, second)
        if order == "month"
        else (third, second, first)
    )
    hour = int(found[4])
    if found[7]:
        afternoon = found[7][0] in "Pp" or found[7] == "午後"
        hour = hour % _NOON + (_NOON if afternoon else 0)
    try:
        return datetime(year, month, day, hour, int(found[5]), int(found[6] or 0))  # noqa: DTZ001 - no zone is known
    except ValueError:
        return None


def in_utc(local: datetime, zone: tzinfo) -> str | None:
    """Return canonical time of a local one, None where the calendar ends."""
    return canonical_time(local.isoformat(), zone)


def by_own_clock(local: datetime, stated: str) -> tuple[str, timedelta] | None:
    """Return canonical time and zone by what an event says of itself in UTC (Sysmon's ``UtcTime``).

    The two are of the same moment, so that they differ by the zone, and by less than a second or two.
    """
    own = canonical_time(stated.strip().replace(" ", "T"), UTC)
    if own is None:
        return None
    moment = datetime.fromisoformat(f"{own[:19]}")
    zone = round((local - moment) / _SAME_ZONE) * _SAME_ZONE
    if abs(zone) > _FURTHEST_ZONE:
        return None
    seconds = local - zone
    # The second is the record's, the fraction the event's own: where they belong together, both are kept.
    shown = canonical_time(seconds.isoformat(), UTC)
    if shown is None:
        return None
    return (own if own[:19] == shown[:19] else time_of(ticks_of(shown))), zone
