"""Logs of Tomcat (``catalina``, ``localhost``, ``manager``, ``host-manager``) and of Atlassian's products on it.

Layouts: Tomcat's one-line layout (``06-Mar-2023 18:34:17.383 SEVERE [main] class.method message``) and that of Log4j
in Confluence, Jira and Bitbucket (``2022-07-12 01:08:59,489 INFO [thread] [logger] method message``); those that
applications use most with Logback and Log4j (``time [thread] LEVEL logger - message`` and ``time LEVEL [thread] logger
- message``), and Spring Boot's (``time LEVEL pid --- [thread] logger : message``). Lines that begin otherwise, such as
traces of the stack, belong to the event before them. Fields: ``level``, ``thread``, ``source``, ``message``. Times
state no zone. The two-line layout of older versions (``Mar 6, 2023 6:34:17 PM class method`` above ``INFO: message``)
has its level in the message.

Sources: Apache Tomcat, Logging in Tomcat; Spring Boot, Logging; Logback and Log4j, layouts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.clock import MONTHS, Stamp
from yadorigi.sources.lines.format import Header, Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_LEVEL_NAMES: Final = "SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST|TRACE|DEBUG|WARN|ERROR|FATAL"
_TOMCAT: Final = re.compile(
    rf"(\d\d)-([A-Z][a-z]{{2}})-(\d{{4}}) (\d\d:\d\d:\d\d(?:\.\d{{1,6}})?) ({_LEVEL_NAMES}) \[([^\]]*)\] (\S+) ?(.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_LOG4J: Final = re.compile(
    rf"(\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}}) ({_LEVEL_NAMES}) +\[([^\]]*)\] \[([^\]]*)\] ?(.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_APPLICATION_TIME: Final = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3,9}(?:Z|[+-]\d\d:?\d\d)?"
_APPLICATION: Final = re.compile(
    rf"(?P<time>{_APPLICATION_TIME}) +(?:\[(?P<thread>[^\]]{{1,256}})\] +(?P<level>{_LEVEL_NAMES}) +"
    rf"|(?P<level2>{_LEVEL_NAMES}) +(?P<pid>\d{{1,10}}) --- (?:\[[^\]]{{0,256}}\] )?\[(?P<thread2>[^\]]{{1,256}})\] +"
    rf"|(?P<level3>{_LEVEL_NAMES}) +\[(?P<thread3>[^\]]{{1,256}})\] +)"
    r"(?P<source>[\w.$\[\]/<>\-]{1,256}(?::\d{1,6})?) *(?:[-:]|\.{3}) (?P<message>.*)",
    re.ASCII | re.DOTALL,
).fullmatch
_TWO_LINES: Final = re.compile(
    r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}) (\d{1,2}):(\d\d:\d\d) ([AP])M ([\w.$]{1,512} [\w.$<>]{1,256})", re.ASCII
).fullmatch
_NOON: Final = 12
_LEVELS: Final = {
    "SEVERE": "error", "ERROR": "error", "FATAL": "critical", "WARNING": "warning", "WARN": "warning",
    "INFO": "informational", "CONFIG": "informational",
}  # fmt: skip
_CONTINUES: Final = Stamp("", "", "stated")
_CHANNEL: Final = "tomcat/log"
_JOINED_LIMIT: Final = 65_536


def _read(line: Line, clock: Clock) -> Reading:
    found = _TWO_LINES(line.text)
    if found is not None:
        month, day, year, hour, rest, half, source = found.groups()
        hours = int(hour) % _NOON + (_NOON if half == "P" else 0)
        stamp = clock.iso(f"{year}-{MONTHS.get(month.lower(), 0):02}-{day:0>2} {hours:02}:{rest}")
        return Reading(_CHANNEL, {"source": source.replace(" ", "."), "message": ""}, stamp)
    found = _TOMCAT(line.message)
    if found is not None:
        day, month, year, time, level, thread, source, message = found.groups()
        stamp = clock.iso(f"{year}-{MONTHS.get(month.lower(), 0):02}-{day} {time}")
    else:
        found = _LOG4J(line.message) or _LOG4J(line.text)
        if found is None and (own := _APPLICATION(line.text)) is not None:
            return _of_application(own, clock)
        if found is None and line.header.time:
            raise LineError("no line of Tomcat")
        if found is None:
            return Reading(_CHANNEL, {"message": line.text}, _CONTINUES)
        date, level, thread, source, message = found.groups()
        stamp = clock.iso(date)
    if stamp is None:
        raise LineError("a line of Tomcat without a time")
    fields = {"level": level, "thread": thread, "source": source, "message": message}
    return Reading(_CHANNEL, fields, stamp, "", 0, _LEVELS.get(level, "debug"))


def _of_application(found: re.Match[str], clock: Clock) -> Reading:
    stamp = clock.iso(found["time"])
    if stamp is None:
        raise LineError("a line of Tomcat without a time")
    level = found["level"] or found["level2"] or found["level3"]
    fields = {"level": level, "thread": found["thread"] or found["thread2"] or found["thread3"]}
    if found["pid"]:
        fields["pid"] = found["pid"]
    fields |= {"source": found["source"], "message": found["message"]}
    return Reading(_CHANNEL, fields, stamp, "", 0, _LEVELS.get(level, "debug"))


class _Joiner:
    """Joins the lines of an event."""

    def __init__(self) -> None:
        self._held: tuple[Reading, Header, int] | None = None
        self._lines: list[str] = []
        self._size = 0

    def take(self, reading: Reading, header: Header, line: int) -> Iterable[tuple[Reading, Header, int]]:
        """Take a line; give the event before it where it begins another."""
        if reading.time is _CONTINUES:
            if self._held is None:
                raise LineError("a line that continues no event")
            text = str(reading.fields["message"])
            if self._size < _JOINED_LIMIT:
                self._lines.append(text)
            self._size += len(text)
            return ()
        whole = self.rest()
        self._held, self._lines, self._size = (reading, header, line), [], 0
        return whole

    def rest(self) -> Iterable[tuple[Reading, Header, int]]:
        """Give the event that is held."""
        if self._held is None:
            return ()
        reading, header, line = self._held
        self._held = None
        if self._lines:
            message = "\n".join((str(reading.fields["message"]), *self._lines)).lstrip("\n")
            reading = reading._replace(fields={**reading.fields, "message": message})
        return ((reading, header, line),)


JAVA_LOGS: Final = LineFormat(
    "tomcat",
    "Tomcat",
    _read,
    opening=(
        rf"(?:\d\d-[A-Z][a-z]{{2}}-\d{{4}} \d\d:\d\d:\d\d(?:\.\d{{1,6}})? (?:{_LEVEL_NAMES}) \["
        r"|[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M [\w.$]{1,512} [\w.$<>]{1,256}$"
        rf"|\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}} (?:{_LEVEL_NAMES}) +\[[^\]]*\] \["
        rf"|{_APPLICATION_TIME} +(?:\[[^\]]{{1,256}}\] +(?:{_LEVEL_NAMES}) +"
        rf"|(?:{_LEVEL_NAMES}) +(?:\d{{1,10}} --- (?:\[[^\]]{{0,256}}\] )?\[|\[[^\]]{{1,256}}\] +(?!\[)))"
        r"|\s+at [\w.$/<>@]{1,512}\(|Caused by: [\w.$]{1,256}(?:: |$)|\s+\.\.\. \d{1,6} more$)"
    ),
    joiner=_Joiner,
)
