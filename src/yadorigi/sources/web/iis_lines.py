"""Lines of IIS whose files have lost their directives, as collectors leave them: access log and error log of HTTP.sys.

Fields are named by the layouts that IIS has by default (versions 6, 7, 8.5 and later) and with all fields chosen, with
and without one field of the user's own behind them, which is taken for ``X-Forwarded-For``. Times are in UTC. Behind a
header of syslog they are read too. Files that have their directives are read by ``w3c``. The log file format of IIS
(values behind commas, month first, the server's own time) is read too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.web.w3c_layout import IIS_OPENING, iis_layout

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock


_NATIVE: Final = re.compile(
    r"([0-9a-fA-F.:]{2,45}), ([^,]*), (\d{1,2})/(\d{1,2})/(\d{2}|\d{4}), (\d{1,2}:\d\d:\d\d), ([^,]*), ([^,]*), "
    r"([^,]*), (\d+), (\d+), (\d+), (\d{1,3}), (\d+), ([^,]*), (.*?), (.*),",
    re.ASCII,
).fullmatch
_NATIVE_NAMES: Final = (
    "s-sitename", "s-computername", "s-ip", "time-taken", "cs-bytes", "sc-bytes", "sc-status", "sc-win32-status",
    "cs-method", "cs-uri-stem", "cs-uri-query",
)  # fmt: skip
_NATIVE_OPENING: Final = (
    r"[0-9a-fA-F.:]{2,45}, [^,]{1,256}, \d{1,2}/\d{1,2}/\d{2,4}, \d{1,2}:\d\d:\d\d, [A-Z][^,]{1,256}, "
)
_CENTURY: Final = 2
_BEHIND_HEADER: Final = (
    r"(?:[\w.\-]{1,64} )?(?:[0-9a-fA-F.:]{2,45}(?:%\d{1,3})? )?[A-Z][A-Z_-]{2,20} /\S* \S+ \d{1,5} {1,2}\S+"
    r" [0-9a-fA-F.:]{2,45}(?:%\d{1,3})? "
)
"""What is left of a line behind a header of syslog: its time and what is next were taken for a header of their own."""
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII).fullmatch
_WHOLE: Final = re.compile(IIS_OPENING, re.ASCII).match


def _read(line: Line, clock: Clock) -> Reading:
    native = _NATIVE(line.message.rstrip())
    if native is not None:
        client, user, month, day, year, time, *rest = native.groups()
        full = f"20{year}" if len(year) == _CENTURY else year
        fields = {"c-ip": client, "cs-username": user, "date": f"{month}/{day}/{year}", "time": time}
        fields |= dict(zip(_NATIVE_NAMES, rest, strict=True))
        stamp = clock.iso(f"{full}-{month}-{day} {time:0>8}")
        return Reading("iis/access", fields, stamp, fields["s-computername"])
    message, header = line.message, line.header
    if _WHOLE(message) is None:
        if _ISO(header.time) is None or not header.host:
            raise LineError("a line of IIS without its time")
        message = f"{header.time} {header.host} {message}"
    return iis_layout(message).read(message, clock)


IIS_LINES: Final = LineFormat(
    "iis", "log of IIS without its directives", _read, opening=f"(?:{IIS_OPENING}|{_NATIVE_OPENING}|{_BEHIND_HEADER})"
)
