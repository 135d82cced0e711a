"""What ``last`` and ``lastb`` show of Linux's records of logons, as responders save it.

A line is a session: ``last/session``; ``last/refused`` where its terminal is ``ssh:notty``, which only refused logons
have; ``last/boot`` of starts, shutdowns and run levels. Fields: ``event``, ``user``, ``line`` (the terminal), ``host``
(where from, in either place where it may stand), ``end`` and ``state`` as written, ``duration``. Whether other lines of
``lastb`` are refused logons the text does not tell: sessions have no outcome. Times are local but in the form ``iso``;
of times without a year (``last -F`` has it) the weekday tells it. Source: util-linux, last.c.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.clock import MONTHS
from yadorigi.sources.lines.format import BetweenLinesError, Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_DAYS: Final = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_BSD: Final = rf"(?:{_DAYS}) [A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d(?::\d\d(?: \d{{4}})?)?"
_ISO: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:?\d\d|Z)"
_TERMINAL: Final = (
    r"system boot|system down|\(to lvl(?: \d\))?|pts/\d{1,6}|tty\w{1,10}|ssh:notty|ftpd?\d{0,9}|console"
    r"|:\d{1,4}(?:\.\d)?"
)
_STATE: Final = r"still logged in|still running|gone - no logout"
_REST: Final = rf"(?: +- (?:{_BSD}|{_ISO}|\d\d:\d\d(?::\d\d)?|down|crash)| {{1,4}}(?:{_STATE}))"
_OPENING: Final = rf"\S{{0,256}} +(?:{_TERMINAL}) +(?:\S{{1,256}} +)?(?:{_BSD}|{_ISO}){_REST}"
_LINE: Final = re.compile(
    rf"(?P<user>\S{{0,256}}) +(?P<line>{_TERMINAL}) +(?:(?P<host>\S{{1,256}}) +)?(?P<start>{_BSD}|{_ISO})"
    rf"(?: +- (?P<end>{_BSD}|{_ISO}|\d\d:\d\d(?::\d\d)?|down|crash)| {{1,4}}(?P<state>{_STATE}))"
    r"(?: +\((?P<duration>[\d:+\-]{1,20})\))?(?: +(?P<host2>\S{1,256}))? *",
    re.ASCII,
).fullmatch
_PARTS: Final = re.compile(
    rf"({_DAYS}) ([A-Z][a-z]{{2}}) ([ \d]\d) (\d\d:\d\d(?::\d\d)?)(?: (\d{{4}}))?", re.ASCII
).fullmatch
_FOOTER: Final = re.compile(r"\S{1,80} (?:begins|has no entries)\b").match
_BOOTS: Final = ("system", "(to")
_REFUSED: Final = "ssh:notty"
_EVENTS: Final = {"session": "session", "refused": "refused logon", "boot": "boot"}
_BY_WEEKDAY: Final = "no year is stated: it is that, near to when the file was written, whose weekdays are these"
_YEARS: Final = 6
"""Years after which a day of a month is on the same weekday again, at least."""


def _read(line: Line, clock: Clock) -> Reading:
    found = _LINE(line.text)
    if found is None:
        if _FOOTER(line.text) is not None:
            raise BetweenLinesError("what last writes behind its records")
        raise LineError("no line of last")
    parts = {name: value for name, value in found.groupdict().items() if value}
    host = parts.pop("host2", "")
    fields: dict[str, Any] = {name: value for name, value in parts.items() if name != "start"}
    if host:
        fields.setdefault("host", host)
    kind = "boot" if parts["line"].startswith(_BOOTS) else "refused" if parts["line"] == _REFUSED else "session"
    fields["event"] = _EVENTS[kind]
    parts_of_time = _PARTS(found["start"])
    told = _BY_WEEKDAY if parts_of_time is not None and not parts_of_time[5] else ""
    return Reading(f"last/{kind}", fields, _time(found["start"], clock), told=told)


def _time(text: str, clock: Clock) -> Stamp:
    parts = _PARTS(text)
    if parts is None:
        stamp = clock.iso(text)
    else:
        weekday, month, day, time, stated = parts.groups()
        time = time if time.count(":") > 1 else f"{time}:00"
        year = int(stated) if stated else _year(weekday, month, int(day), clock)
        stamp = clock.bsd(f"{month} {day} {time} {year}")
    if stamp is None:
        raise LineError("a line of last whose time is none")
    return stamp._replace(stated=text)


def _year(weekday: str, month: str, day: int, clock: Clock) -> int:
    """Return the year in which a day is on a weekday, the one nearest to when the file was written."""
    counted = clock.in_option_zone, clock.without_year
    near = clock.bsd(f"{month} {day} 12:00:00")
    # The time itself is read with its year.
    clock.in_option_zone, clock.without_year = counted
    number = MONTHS.get(month.lower(), 0)
    guess = int(near.time[:4]) if near is not None else 0
    for apart in sorted(range(-_YEARS, 2), key=abs):
        try:
            fits = date(guess + apart, number, day).strftime("%a") == weekday
        except ValueError:
            continue
        if fits:
            return guess + apart
    raise LineError("a line of last whose weekday is not that of its day in any year near")


LAST: Final = LineFormat("last", "last and lastb of Linux", _read, opening=_OPENING, alone=True)
