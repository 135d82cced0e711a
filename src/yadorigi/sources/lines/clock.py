"""Times as logs of lines write them, in any form, with and without year and zone.

A `Stamp` keeps what was written and says how the zone was known. A `Clock` is one file's: it knows the zone that the
user states for logs that state none, and which year a time without one is in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from yadorigi.schema.times import TICKS_PER_SECOND, time_of

ZoneKnownBy: TypeAlias = Literal["stated", "option", "assumed"]
"""By the log itself, or by ``--timezone`` (UTC by default); ``assumed`` where the line has no time at all."""

MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}

_ZONES: Final = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "west": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180, "ist": 330, "sgt": 480, "hkt": 480, "jst": 540, "kst": 540, "awst": 480, "acst": 570, "acdt": 630,
    "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "est": -300, "edt": -240, "cst": -360, "cdt": -300,
    "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600,
}  # fmt: skip
"""Minutes east of UTC. Of a name that several zones have (``IST``, ``CST``), the one that appliances mean most."""
_OFFSET: Final = re.compile(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d\d)?", re.IGNORECASE | re.ASCII).fullmatch
_PLACE: Final = re.compile(r"[A-Z][A-Za-z]{2,11}(?:/[A-Z][A-Za-z_\-]{1,20}){1,2}", re.ASCII).fullmatch
_ISO: Final = re.compile(
    r"(?:[A-Z][a-z]{2} (?=\d{4}-))?(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?"
    r" ?(Z|[A-Z]{3,5}|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
).fullmatch
_WITH_FRACTION: Final = re.compile(
    r"(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d)[.,](\d{1,9})(Z|[+-]\d\d:?\d\d|)", re.ASCII
).fullmatch
"""The usual one of these forms, with a fraction of a second."""
_END: Final = re.compile(r"(?:[.](\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII).fullmatch
"""What may stand behind the whole second of a time that is exactly so long as most are."""
_WHOLE: Final = re.compile(r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d", re.ASCII).fullmatch
_SECOND: Final = len("2026-03-11T09:00:00")
_UP_TO_FRACTION: Final = len("2026-03-11T09:00:00.")
_BSD: Final = re.compile(
    r"(?:[a-z]{3} )?([a-z]{3})[a-z]{0,6}\.? +(\d{1,2}),?(?: (\d{4}))? (\d{1,2}:\d\d:\d\d)(?:[.,](\d{1,9}))?"
    r"(?: (\d{4}))?"
    r"(?: ((?:GMT|UTC)?[+-]\d\d?:?\d\d|[a-z]{2,5}))?(?: (\d{4}))?",
    re.IGNORECASE | re.ASCII,
).fullmatch
_COMMON_LOG: Final = re.compile(
    r"(\d{1,2})/([a-z]{3})/(\d{4}):(\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?: ([+-]\d{4}))?", re.IGNORECASE | re.ASCII
).fullmatch
_SECONDS: Final = re.compile(r"(\d{9,10})(?:\.(\d{1,9}))?", re.ASCII).fullmatch
_DIGITS: Final = 7
_HALF_YEAR: Final = 6
_NOON: Final = 12
_HALVES: Final = {"AM": 0, "PM": _NOON}
"""Hours to which those of a half day are added; they stand where others have the name of a zone."""
_DAY_OF_LEAP_YEARS: Final = (2, 29)
_TIMES: Final = 1_024
"""Times that a clock keeps: many lines are of one second."""
_NUMBER_LENGTHS: Final = frozenset({10, 13, 16, 19})
"""Digits of a number of seconds, milli-, micro- and nanoseconds since 1970."""


class Stamp(NamedTuple):
    """A moment that a log states.

    Attributes:
        time: canonical.
        stated: as written.
        zone: how the zone was known.
    """

    time: str
    stated: str
    zone: ZoneKnownBy


class _Read(NamedTuple):
    """A time that was read before: what was counted of it, and the year and month of which it was read."""

    stamp: Stamp
    in_option_zone: int
    without_year: int
    year: tuple[int, int]


class Clock:
    """Reads the times of one file.

    Attributes:
        zone: of times that state none.
        in_option_zone: how many times there were that state none.
        without_year: how many times there were without a year.
    """

    __slots__ = (
        "_ends",
        "_first_year",
        "_iso",
        "_month",
        "_read",
        "_year",
        "in_option_zone",
        "without_year",
        "zone",
    )

    def __init__(self, zone: tzinfo = UTC, first_year: Callable[[], int] | int = 1970) -> None:
        """Take the zone, and what says in which year the first time without one is."""
        self.zone = zone
        self._first_year = first_year
        self._year = 0
        self._month = 0
        self._iso: dict[tuple[str, str], Stamp] = {}
        self._read: dict[tuple[str, str], _Read] = {}
        self._ends: dict[str, tuple[str, str]] = {}
        self.in_option_zone = 0
        self.without_year = 0

    def told(self, says_another: str = "--timezone") -> Iterator[str]:
        """Say how times were read that state less than a moment, and what says another zone."""
        if self.in_option_zone:
            how_many = _counted(self.in_option_zone, "time states", "times state")
            yield f"{how_many} no zone: read as {self.zone} ({says_another} says another)"
        if self.without_year:
            how_many = _counted(self.without_year, "time has", "times have")
            yield f"{how_many} no year: the last one is taken to be no later than the file's own time"

    def read(self, text: str, zone: str = "") -> Stamp | None:
        """Return a time written in any of the usual forms; None where it is none.

        Args:
            text: ISO 8601 (a space or T between, dashes or slashes), BSD (``Mar  3 10:00:00``, with or without year and
                zone), common log format, or seconds since 1970.
            zone: an offset or name that the log states elsewhere.
        """
        if "." in text and (stamp := self.iso(text, zone)) is not None:
            return stamp
        key = (text, zone)
        known = self._read.get(key)
        if known is not None and (not known.without_year or known.year == (self._year, self._month)):
            self.in_option_zone += known.in_option_zone
            self.without_year += known.without_year
            return known.stamp
        before = self.in_option_zone, self.without_year, self._year, self._month
        stamp = self.iso(text, zone) or self.bsd(text, zone) or self.common_log(text, zone) or self.seconds(text)
        year = self._year, self._month
        # Fractions of a second make each time another; and what changes the year is to be read again.
        if stamp is not None and "." not in text and before[2:] == year:
            if len(self._read) >= _TIMES:
                self._read.clear()
            self._read[key] = _Read(stamp, self.in_option_zone - before[0], self.without_year - before[1], year)
        return stamp

    def iso(self, text: str, zone: str = "") -> Stamp | None:
        """Return a time in ISO 8601 (seconds and more digits, with or without zone), also with slashes."""
        known = self._iso.get((text, zone))
        if known is not None:
            self.in_option_zone += known.zone == "option"
            return known
        # Fractions of a second make each time another, of a second that many have.
        parted = _WITH_FRACTION(text)
        if parted is not None:
            second, digits, own = parted.groups()
            known = self._iso.get((second + own, zone))
            if known is not None:
                self.in_option_zone += known.zone == "option"
                time = f"{known.time[:_UP_TO_FRACTION]}{f'{digits}000000'[:_DIGITS]}Z"
                return tuple.__new__(Stamp, (time, text, known.zone))
        found = _ISO(text)
        if found is None:
            return None
        year, month, day, clock, fraction, own = found.groups()
        stamp = self._stamp(text, f"{year}-{month:0>2}-{day:0>2}T{clock}", fraction, own or zone)
        if stamp is not None and (fraction is None or parted is not None):
            if len(self._iso) >= _TIMES:
                self._iso.clear()
            whole = text if parted is None else parted[1] + parted[3]
            self._iso[whole, zone] = Stamp(f"{stamp.time[:_UP_TO_FRACTION]}0000000Z", whole, stamp.zone)
        return stamp

    def iso_with_zone(self, texts: Sequence[str | None]) -> list[Stamp | None]:
        """Return what `iso` does of many times, most with parts of seconds; None for those that state no zone, too."""
        found: list[Stamp | None] = []
        ends, before, zone, lead = self._ends, "", "", ""
        for text in texts:
            rest = text[_SECOND:] if text else ""
            end = ends.get(rest) or self._end(rest)
            stamp = None
            if text and end is not None:
                # Many lines are of one second.
                if not text.startswith(before) or end[1] != zone or not lead:
                    stamp = self.iso(text)
                    usual = stamp is not None and stamp.zone == "stated" and _WHOLE(text, 0, _SECOND) is not None
                    before, zone, lead = text[:_SECOND], end[1], stamp.time[:_UP_TO_FRACTION] if stamp and usual else ""
                else:
                    stamp = tuple.__new__(Stamp, (f"{lead}{end[0]}Z", text, "stated"))
            found.append(stamp)
        return found

    def _end(self, rest: str) -> tuple[str, str] | None:
        """Return digits of a second and the zone of what stands behind the whole second; None where it is another."""
        parted = _END(rest)
        if parted is None:
            return None
        if len(self._ends) >= _TIMES:
            self._ends.clear()
        end = self._ends[rest] = f"{parted[1] or ''}0000000"[:_DIGITS], parted[2]
        return end

    def common_log(self, text: str, zone: str = "") -> Stamp | None:
        """Return a time as in the common log format: ``10/Oct/2000:13:55:36 -0700``."""
        found = _COMMON_LOG(text)
        if found is None:
            return None
        day, name, year, clock, fraction, own = found.groups()
        month = MONTHS.get(name.lower(), 0)
        return self._stamp(text, f"{year}-{month:02}-{day:0>2}T{clock}", fraction, own or zone)

    def bsd(self, text: str, zone: str = "") -> Stamp | None:
        """Return a time as BSD writes it: ``Mar  3 10:00:00``, with a year, a zone or a weekday where it has them."""
        found = _BSD(text)
        if found is None:
            return None
        name, day, year, clock, fraction, second_year, own, third_year = found.groups()
        month = MONTHS.get(name.lower(), 0)
        stated_year = year or second_year or third_year
        number = int(stated_year) if stated_year else self._year_of(month, int(day))
        clock = f"{clock:0>8}"
        if own and own.upper() in _HALVES:
            clock = f"{int(clock[:2]) % _NOON + _HALVES[own.upper()]:02}{clock[2:]}"
            own = None
        return self._stamp(text, f"{number:04}-{month:02}-{day:0>2}T{clock}", fraction, own or zone)

    def seconds(self, text: str) -> Stamp | None:
        """Return a time given as seconds since 1970, with or without a fraction."""
        found = _SECONDS(text)
        if found is None:
            return None
        fraction = (found[2] or "")[:_DIGITS].ljust(_DIGITS, "0")
        return Stamp(time_of(int(found[1]) * TICKS_PER_SECOND + int(fraction)), text, "stated")

    def number(self, text: str) -> Stamp | None:
        """Return a time given as a whole number since 1970: seconds, milli-, micro- or nanoseconds by its length."""
        if len(text) not in _NUMBER_LENGTHS or not (text.isascii() and text.isdigit()):
            return None
        return Stamp(f"{_second_since_1970(text[:10])}.{text[10:17]:0<7}Z", text, "stated")

    def _stamp(self, text: str, second: str, fraction: str | None, zone: str | None) -> Stamp | None:
        known_by: ZoneKnownBy = "stated"
        offset: tzinfo | None = None
        if zone:
            offset = zone_named(zone)
        if offset is None:
            offset, known_by = self.zone, "option"
        try:
            utc = _in_utc(second, offset)
        except (ValueError, OverflowError):
            return None
        if known_by == "option":
            self.in_option_zone += 1
        digits = fraction[:_DIGITS].ljust(_DIGITS, "0") if fraction else "0000000"
        return Stamp(f"{utc}.{digits}Z", text, known_by)

    def _year_of(self, month: int, day: int) -> int:
        """Return the year of a time without one: the line before has it, or the next where months begin anew."""
        self.without_year += 1
        if not self._year:
            self._year = self._first_year if isinstance(self._first_year, int) else self._first_year()
        elif self._month - month > _HALF_YEAR:
            self._year += 1
        elif month - self._month > _HALF_YEAR:
            # A line that comes late, from before the year's end.
            return self._year - 1
        self._month = month
        if (month, day) == _DAY_OF_LEAP_YEARS:
            return self._year - self._year % 4
        return self._year


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


@lru_cache(maxsize=256)
def zone_named(text: str) -> tzinfo | None:
    """Return the zone of an offset (``+09:00``, ``-0500``, ``UTC+9``) or of a name that is known; else None."""
    known = _ZONES.get(text.lower())
    if known is not None:
        return timezone(timedelta(minutes=known))
    if _PLACE(text):
        try:
            return ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            return None
    found = _OFFSET(text)
    if found is None:
        return None
    hours, minutes = int(found[2]), int(found[3] or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    if offset >= timedelta(days=1):
        return None
    return timezone(-offset if found[1] == "-" else offset)


@lru_cache(maxsize=16_384)
def _second_since_1970(seconds: str) -> str:
    return time_of(int(seconds) * TICKS_PER_SECOND)[:19]


def _in_utc(second: str, zone: tzinfo) -> str:
    """Return a second in a zone as canonical text without its fraction.

    Raises:
        ValueError, OverflowError: there is no such second.
    """
    number = "59" if second.endswith(":60") else second[-2:]
    minute = _minute_in_utc(second[:-2], zone)
    if not minute:
        return _moment_in_utc(f"{second[:-2]}{number}", zone)
    if not "00" <= number <= "59":
        raise ValueError(number)
    return minute + number


@lru_cache(maxsize=4_096)
def _minute_in_utc(minute: str, zone: tzinfo) -> str:
    """Return a minute in a zone as canonical text up to its seconds; "" where the zone is not whole minutes off UTC."""
    found = _moment_in_utc(f"{minute}00", zone)
    return found[:-2] if found.endswith(":00") else ""


def _moment_in_utc(second: str, zone: tzinfo) -> str:
    moment = datetime.fromisoformat(second).replace(tzinfo=zone).astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(len("2026-03-11T09:00:00"), "0")


def year_rolls(months: Counter[int] | list[int]) -> int:
    """Return how many times months begin anew in the order of lines."""
    rolls, before = 0, 0
    for month in months:
        if before - month > _HALF_YEAR:
            rolls += 1
        if not month - before > _HALF_YEAR or not before:
            before = month
    return rolls
