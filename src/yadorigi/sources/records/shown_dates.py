"""Times as programs show them to people: local, mostly without a zone, in the order of the language of Windows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from yadorigi.schema.times import canonical_time, ticks_of, time_of

Order: TypeAlias = Literal["year", "month", "day"]
"""What a date begins with."""

_DATE: Final = re.compile(
    r"\s*(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})[ T,]+(午前|午後|[AaPp][Mm])? ?"
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,](\d{1,9}))?"
    r" ?([AaPp]\.?[Mm]\.?|午前|午後)? ?(Z|UTC|[+-]\d\d:?\d\d)?\s*"
)
_MANAGEMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.(\d{6})([+-])(\d{3})")
"""Times of Windows' management instrumentation; the zone is in minutes."""
_BLANKS: Final = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u3000": " ", "\u200e": None, "\u200f": None})
"""New versions of .NET put a narrow blank before AM and PM, Event Viewer marks of direction into dates."""
_WEEKDAY: Final = re.compile(
    r"[(\uff08]?[月火水木金土日]曜日?[)\uff09]?|[(\uff08][月火水木金土日][)\uff09]"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\.?,?"
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NAMED_MONTH: Final = re.compile(rf"({'|'.join(_MONTHS)})[a-z]*\.? (\d{{1,2}}),? (\d{{4}}),?")
_NAMED_BEHIND: Final = re.compile(rf"(\d{{1,2}})[ -]({'|'.join(_MONTHS)})[a-z]*[ .,-]+(\d{{4}}),?")
_ERAS: Final = {"令和": 2018, "平成": 1988}
"""The years before the first one of each era."""
_ERA: Final = re.compile(r"(令和|平成) ?(\d{1,2}|元)年", re.ASCII)
_LONGEST: Final = 80
_COMPARED: Final = 5_000
_UNSURE: Final[tuple[Order, ...]] = ("month", "day")
_NOON: Final = 12
_YEAR_FROM: Final = 1_000
_SAME_ZONE: Final = timedelta(minutes=15)
"""Zones differ from UTC by multiples of this."""
_FURTHEST_ZONE: Final = timedelta(hours=14)


class Stated(NamedTuple):
    """A time as it is written.

    Attributes:
        local: to the second, without a zone.
        fraction: digits of the second, "" where there are none.
        zone: where it says one.
    """

    local: datetime
    fraction: str = ""
    zone: tzinfo | None = None

    def in_utc(self, zone: tzinfo) -> str | None:
        """Return canonical time, in ``zone`` where none is stated; None where the calendar ends."""
        fraction = f".{self.fraction[:7]}" if self.fraction else ""
        return canonical_time(f"{self.local.isoformat()}{fraction}", self.zone or zone)


@lru_cache(maxsize=4_096)
def _plain(text: str) -> str:
    """Return a date in digits, whatever words it is written in."""
    if len(text) > _LONGEST:
        return ""
    text = text.translate(_BLANKS)
    text = _WEEKDAY.sub(" ", text)
    text = _NAMED_MONTH.sub(lambda found: f"{found[3]}/{_MONTHS.index(found[1]) + 1}/{found[2]}", text)
    text = _NAMED_BEHIND.sub(lambda found: f"{found[3]}/{_MONTHS.index(found[2]) + 1}/{found[1]}", text)
    if "年" in text:
        text = _ERA.sub(lambda found: f"{_ERAS[found[1]] + int(found[2].replace('元', '1'))}年", text)
        text = text.replace("年", "/").replace("月", "/").replace("日", " ")
    if "時" in text:
        text = text.replace("時", ":").replace("分", ":").replace("秒", "")
    return " ".join(text.split()).rstrip(":")


def order_of(text: str) -> Order | None:
    """Return in which order a date is written, None where it may be either or is none."""
    if _MANAGEMENT.fullmatch(text.strip()):
        return "year"
    found = _DATE.fullmatch(_plain(text))
    if found is None:
        return None
    first, second = int(found[1]), int(found[2])
    if first >= _YEAR_FROM:
        return "year"
    if second > _NOON:
        return "month"
    return "day" if first > _NOON or "." in found[0][: found.start(3)] else None


def order_of_rows(texts: Iterable[str]) -> Order | None:
    """Return in which order the dates of a table are written, None where they may be either.

    One date with a day above twelve decides. Where there is none, the order does in which the rows come one after the
    other without going back and forth, and in the other they do.
    """
    kept: list[str] = []
    for text in texts:
        order = order_of(text)
        if order is not None:
            return order
        if len(kept) < _COMPARED:
            kept.append(text)
    steady = [order for order in _UNSURE if _is_steady(kept, order)]
    return steady[0] if len(steady) == 1 else None


def _is_steady(texts: Sequence[str], order: Order) -> bool:
    days = [stated.local.date() for text in texts if (stated := stated_time(text, order)) is not None]
    pairs = [(first, second) for first, second in pairwise(days) if first != second]
    return len(pairs) > 1 and len({first < second for first, second in pairs}) == 1


def stated_time(text: str, order: Order) -> Stated | None:
    """Return a time as it is written; None where it is none."""
    managed = _MANAGEMENT.fullmatch(text.strip())
    if managed is not None:
        return _managed(managed)
    found = _DATE.fullmatch(_plain(text))
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
    hour, half = int(found[5]), found[4] or found[9]
    if half:
        afternoon = half[0] in "Pp" or half == "午後"
        hour = hour % _NOON + (_NOON if afternoon else 0)
    try:
        local = datetime(year, month, day, hour, int(found[6]), int(found[7] or 0))  # noqa: DTZ001 - it names no zone
    except ValueError:
        return None
    return Stated(local, found[8] or "", _zone(found[10]))


def _managed(found: re.Match[str]) -> Stated | None:
    try:
        local = datetime(*(int(found[number]) for number in range(1, 7)))  # type: ignore[arg-type]  # noqa: DTZ001 - six numbers; the zone stands beside
    except ValueError:
        return None
    minutes = int(found[9]) * (-1 if found[8] == "-" else 1)
    return Stated(local, found[7], timezone(timedelta(minutes=minutes)))


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes)) if minutes < 24 * 60 else None


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
