"""What a line of an extended log of the W3C holds: the names of its fields, from ``#Fields`` or by their look.

Sources: W3C, Extended Log File Format (WD-logfile-960323); Microsoft, W3C Logging for IIS, Error logging in HTTP APIs,
Message tracking in Exchange Server, Windows Firewall log.
"""

from __future__ import annotations

import csv
import datetime
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.sources.lines.clock import Clock, Stamp
from yadorigi.sources.lines.events import decided_of
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import NO_HEADER, LineError, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.events import Decided

_NAMES_LIMIT: Final = 256
_NAME_CHARACTERS_LIMIT: Final = 128
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"(?=\s|$)|(\S+)')
_SECONDS_OF_DAY: Final = re.compile(r"\d\d:\d\d:\d\d(?:\.\d{1,9})?", re.ASCII).fullmatch
_WHOLE_TIMES: Final = ("date-time", "datetime", "timestamp", "x-timestamp", "date-time-utc", "DateTime")
_UTC: Final = "UTC"
_HOST_NAMES: Final = ("s-computername", "ServerHostName", "s-ip")
_HOSTS_LIMIT: Final = 1_024
_SECOND: Final = len("00:00:")
_TIME_LENGTH: Final = len("00:00:00")


@dataclass(slots=True)
class Layout:
    """How lines are read from here on, until other directives come.

    Attributes:
        names: of the fields, in order.
        separator: between values: a blank, a tab or a comma.
        channel: of the events.
        zone: of times, "" where the log says that they are local.
        date: of lines that have a time only; goes on at midnight.
        last: the last such time.
    """

    names: tuple[str, ...]
    separator: str
    channel: str
    zone: str = _UTC
    date: str = ""
    last: str = field(default="")
    _template: str = field(default="", init=False)
    _decided: dict[str, Decided] = field(default_factory=dict, init=False)
    _date_place: int = field(default=0, init=False)
    _time_place: int = field(default=0, init=False)
    _host_places: tuple[int, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        """Prepare to read lines in one step, where each has a date and no name comes twice."""
        dated = "date" in self.names and "time" in self.names and len(set(self.names)) == len(self.names)
        if dated and self.separator != "," and self.zone == _UTC:
            pairs = [msgspec.json.encode(name).decode().replace("%", "%%") + ':"%s"' for name in self.names]
            self._template = f"{{{','.join(pairs)}}}"
            self._date_place, self._time_place = self.names.index("date"), self.names.index("time")
            self._host_places = tuple(self.names.index(name) for name in _HOST_NAMES if name in self.names)

    def read_at_once(self, text: str) -> tuple[Decided, Stamp, str] | None:
        """Return what a usual line becomes, its time and its fields as JSON; None where it goes the plain way."""
        plain = text if self.separator == " " else text.replace("\t", " ")
        if not self._template or '"' in text or not plain.isprintable():
            return None
        values = (text.replace("\\", "\\\\") if "\\" in text else text).split(self.separator)
        if len(values) != len(self.names) or not values[-1]:
            return None
        date, time = values[self._date_place], values[self._time_place]
        second = time[_SECOND:]
        if len(time) != _TIME_LENGTH or not "00" <= second <= "59" or not (minute := _minute(date, time[:_SECOND])):
            return None
        host = next((values[place] for place in self._host_places if values[place] not in ("", "-")), "")
        decided = self._decided.get(host)
        if decided is None:
            if len(self._decided) >= _HOSTS_LIMIT or "\\" in host:
                return None
            decided = self._decided[host] = decided_of(Reading(self.channel, {}, None, _without_zone(host)), NO_HEADER)
        stamp = Stamp(f"{minute}{second}.0000000Z", f"{date} {time}", "stated")
        return decided, stamp, self._template % tuple(values)

    def read(self, text: str, clock: Clock) -> Reading:
        """Return the reading of a line.

        Raises:
            LineError: it has not as many values as there are names, or no time.
        """
        values = self._values(text)
        fields: Fields = dict(zip(self.names, values, strict=True))
        if len(fields) != len(values):
            fields = {}
            for name, value in zip(self.names, values, strict=True):
                put(fields, name, value)
        time = self._time(fields, clock)
        if time is None:
            raise LineError("a line of W3C without a time")
        stated = (fields.get(name) for name in _HOST_NAMES)
        host = next((value for value in stated if isinstance(value, str) and value not in ("", "-")), "")
        return Reading(self.channel, fields, time, _without_zone(host))

    def _values(self, text: str) -> list[str]:
        count = len(self.names)
        if self.separator == ",":
            values = next(csv.reader([text]), [])
        elif self.separator == "\t":
            values = text.split("\t")
        else:
            values = _blank_values(text, count)
        if len(values) != count:
            raise LineError(f"a line of {len(values)} values where #Fields names {count}")
        return values

    def _time(self, fields: Fields, clock: Clock) -> Stamp | None:
        date, time = fields.get("date"), fields.get("time")
        if isinstance(date, str) and isinstance(time, str):
            return clock.iso(f"{date} {time}", self.zone)
        if isinstance(time, str) and _SECONDS_OF_DAY(time) and self.date:
            if time < self.last:
                self.date = _next_day(self.date)
            self.last = time
            return clock.iso(f"{self.date} {time}", self.zone)
        for name in _WHOLE_TIMES:
            value = fields.get(name)
            if isinstance(value, str):
                return clock.iso(value, self.zone) or clock.read(value, self.zone)
        return None


def _blank_values(text: str, count: int) -> list[str]:
    if '"' in text:
        values = [bare or quoted.replace('""', '"') for quoted, bare in _QUOTED.findall(text)]
        if len(values) == count:
            return values
    values = text.rstrip(" ").split(" ")
    # Some servers write a second blank before a value.
    return values if len(values) == count else text.split()


@lru_cache(maxsize=4_096)
def _minute(date: str, minute: str) -> str:
    """Return a minute of UTC in canonical form up to its seconds, or "" where there is no such minute."""
    stamp = Clock().iso(f"{date} {minute}00", _UTC)
    return "" if stamp is None else stamp.time[: -len("00.0000000Z")]


def _next_day(date: str) -> str:
    try:
        return (datetime.date.fromisoformat(date) + datetime.timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return date


@dataclass(slots=True)
class Directives:
    """What the directives said so far.

    Attributes:
        software, log_type: as stated.
        date: of the last ``#Date``, "" before.
        zone: of times.
        layout: by the last ``#Fields``; None before.
    """

    software: str = ""
    log_type: str = ""
    date: str = ""
    zone: str = _UTC
    layout: Layout | None = None

    def take(self, text: str) -> None:
        """Take a line that begins with ``#``; remarks and unknown directives say nothing.

        Raises:
            LineError: it names no fields that could be read.
        """
        name, _, value = text[1:].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "software":
            self.software = value
        elif name == "log-type":
            self.log_type = value
        elif name == "time format":
            self.zone = "" if value.lower() == "local" else _UTC
        elif name in ("date", "start-date"):
            self.date = value[:10]
            if self.layout is not None:
                self.layout.date, self.layout.last = self.date, ""
        elif name == "fields":
            self.layout = None
            self.layout = self._layout(value)

    def _layout(self, value: str) -> Layout:
        names, separator = tuple(value.split()), " "
        if "\t" in value:
            names, separator = tuple(own.strip() for own in value.split("\t")), "\t"
        elif "," in value and " " not in value:
            names, separator = tuple(value.split(",")), ","
        usual = all(len(name) <= _NAME_CHARACTERS_LIMIT and name.isprintable() for name in names)
        if not usual or not 1 < len(names) <= _NAMES_LIMIT:
            raise LineError("#Fields without names that could be fields")
        return Layout(names, separator, self._channel(frozenset(names)), self.zone, self.date)

    def _channel(self, names: frozenset[str]) -> str:
        software = self.software.lower()
        if "exchange" in software or "message-id" in names:
            if names & {"UrlStem", "HttpStatus"}:
                return "exchange/http"
            return "exchange/tracking" if "tracking" in self.log_type.lower() else "exchange/log"
        if {"src-ip", "dst-ip", "action"} <= names:
            return "w3c/firewall"
        if "http api" in software or "s-queuename" in names:
            return "iis/httperr"
        if "x-session" in names or "x-fullpath" in names:
            return "iis/ftp"
        if "internet information" in software or names & {"sc-win32-status", "s-sitename"}:
            return "iis/access"
        if names & _PROXY_NAMES:
            return "w3c/proxy"
        return "w3c/web" if names & {"cs-method", "cs-uri", "cs-uri-stem", "cs(User-Agent)"} else "w3c/other"


_PROXY_NAMES: Final = frozenset(
    {"r-host", "r-ip", "r-dns", "r-port", "s-action", "s-hierarchy", "s-supplier-name", "cs-uri-scheme", "rs-service"}
    | {"c-uri", "sc-filter-result", "cs-categories", "x-exception-id"}
)

IIS_OPENING: Final = (
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:(?:\S+ ){1,3}[A-Z][A-Z_-]{2,20} /\S* \S+ \d{1,5} {1,2}\S+ \S+ "
    r"|\S+ \d{1,5} \S+ \d{1,5} (?:HTTP/\d\.\d|-) \S+ )"
)
"""A line of IIS whose file has lost its directives: access, or error of HTTP.sys."""
_METHOD: Final = re.compile(r"[A-Z][A-Z_-]{2,20}", re.ASCII).fullmatch
_BEFORE_METHOD: Final = {
    3: ("s-ip",), 4: ("s-sitename", "s-ip"), 5: ("s-sitename", "s-computername", "s-ip"),
}  # fmt: skip
_REQUEST: Final = ("cs-method", "cs-uri-stem", "cs-uri-query", "s-port", "cs-username", "c-ip")
_AGENTS: Final = {
    1: ("cs(User-Agent)",),
    2: ("cs(User-Agent)", "cs(Referer)"),
    3: ("cs(User-Agent)", "cs(Cookie)", "cs(Referer)"),
    4: ("cs(User-Agent)", "cs(Cookie)", "cs(Referer)", "cs-host"),
}
_STATUS: Final = ("sc-status", "sc-substatus", "sc-win32-status")
_SIZES: Final = {0: (), 1: ("time-taken",), 2: ("sc-bytes", "cs-bytes"), 3: ("sc-bytes", "cs-bytes", "time-taken")}
_ERRORS: Final = {
    13: ("sc-status", "s-siteid", "s-reason", "s-queuename"),
    14: ("streamid", "sc-status", "s-siteid", "s-reason", "s-queuename"),
}
_VALUES_LIMIT: Final = 64
_ERROR_START: Final = ("date", "time", "c-ip", "c-port", "s-ip", "s-port", "cs-version", "cs-method", "cs-uri")


def iis_layout(text: str) -> Layout:
    """Return the layout of a line of IIS by its look, as IIS orders its fields.

    Raises:
        LineError: it has no layout that IIS writes.
    """
    values = text.split(None, _VALUES_LIMIT)
    if len(values) in _ERRORS and values[3].isdigit() and values[5].isdigit():
        return _known((*_ERROR_START, *_ERRORS[len(values)]), "iis/httperr")
    # The port is the third value behind the method; names of computers are in capitals too.
    ported = (place for place in _BEFORE_METHOD if place + 3 < len(values) and values[place + 3].isdigit())
    method = next((place for place in ported if _METHOD(values[place])), None)
    if method is None:
        raise LineError("a line of IIS without the directive #Fields, of no layout that is known")
    names: tuple[str, ...] = ("date", "time", *_BEFORE_METHOD[method], *_REQUEST)
    rest = values[len(names) :]
    if rest and rest[0].startswith("HTTP/"):
        names, rest = (*names, "cs-version"), rest[1:]
    status = next((place for place in range(len(rest) - 2) if _is_status(rest[place : place + 3])), None)
    agents = _AGENTS.get(status or 0)
    if status is None or agents is None:
        raise LineError("a line of IIS without the directive #Fields, of no layout that is known")
    behind = rest[status + len(_STATUS) :]
    numbers = next((place for place, value in enumerate(behind) if not value.isdigit()), len(behind))
    sizes = _SIZES.get(numbers)
    if sizes is None or len(behind) - numbers > 1:
        raise LineError("a line of IIS without the directive #Fields, of no layout that is known")
    forwarded = ("X-Forwarded-For",) if len(behind) > numbers else ()
    return _known((*names, *agents, *_STATUS, *sizes, *forwarded), "iis/access")


@lru_cache(maxsize=64)
def _known(names: tuple[str, ...], channel: str) -> Layout:
    # Lines with a date leave a layout as it is, so all may have the same.
    return Layout(names, " ", channel)


def _is_status(values: list[str]) -> bool:
    return len(values[0]) == len("200") and all(value.isdigit() for value in values)


def _without_zone(host: str) -> str:
    """Return a host without the zone of its address, which HTTP.sys writes of any (``192.0.2.1%0``)."""
    return host.partition("%")[0]
