"""Sysmon for Linux: lines of syslog whose message is the event in XML.

Events have the channel ``linux/sysmon`` and the names and numbers that Sysmon for Windows gives them: ``Image``,
``CommandLine``, ``ParentImage``, ``User``; 1 process creation, 3 network connection, 5 process termination, 9 raw
access, 11 file creation, 23 file deletion, 4 and 16 service and configuration. The host is the event's ``Computer``,
the time its ``SystemTime``. Source: Sysinternals, SysmonForLinux (sysmonLogView reads the same lines).
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.fields import put
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

SYSMON: Final = "linux/sysmon"
_DATA: Final = re.compile(r"""<Data Name=["']([^"'<>]{1,64})["'](?:/>|>((?:[^<]|<(?!/?Data|/EventData))*)</Data>)""")
_NUMBER: Final = re.compile(r"<EventID(?: [^<>]{0,64})?>(\d{1,5})</EventID>").search
_TIME: Final = re.compile(r"""<TimeCreated SystemTime=["']([^"'<>]{1,40})["']""").search
_COMPUTER: Final = re.compile(r"<Computer>([^<]{1,256})</Computer>").search
_USER: Final = re.compile(r"""<Security UserI[dD]=["']([^"'<>]{1,64})["']""").search
_HEAD_CHARACTERS: Final = 2_048
"""The ``System`` element, which comes first, is shorter than this."""


def read_sysmon(message: str, clock: Clock) -> Reading:
    """Return the event of a message.

    Raises:
        LineError: it has no event id.
    """
    head = message[:_HEAD_CHARACTERS]
    number = _NUMBER(head)
    if number is None:
        raise LineError("an event of Sysmon without an event id")
    fields: dict[str, Any] = {}
    for name, value in _DATA.findall(message):
        put(fields, name, unescape(value) if "&" in value else value)
    computer = _COMPUTER(head)
    stated = _TIME(head)
    user = _USER(head)
    if user is not None:
        fields.setdefault("UserId", user[1])
    time = clock.iso(stated[1]) if stated is not None else None
    return Reading(SYSMON, fields, time, unescape(computer[1]) if computer is not None else "", int(number[1]))


def _read(line: Line, clock: Clock) -> Reading:
    return read_sysmon(line.message, clock)


LINUX_SYSMON: Final = LineFormat(
    "linux_sysmon", "Sysmon for Linux", _read, opening=r"<Event><System><Provider Name=[\"']Linux-Sysmon[\"']"
)
