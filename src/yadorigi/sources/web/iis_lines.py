"""Lines of IIS whose files have lost their directives, as collectors leave them: access log and error log of HTTP.sys.

Fields are named by the layouts that IIS has by default (versions 6, 7, 8.5 and later) and with all fields chosen,
with and without one field of the user's own behind them, which is taken for ``X-Forwarded-For``. Times are in UTC.
Files that have their directives are read by ``w3c``. The log file format of IIS (values behind commas, month first,
the server's own time) is read too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineFormat, Reading
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


def _read(line: Line, clock: Clock) -> Reading:
    native = _NATIVE(line.message.rstrip())
    if native is not None:
        client, user, month, day, year, time, *rest = native.groups()
        full = f"20{year}" if len(year) == _CENTURY else year
        fields = {"c-ip": client, "cs-username": user, "date": f"{month}/{day}/{year}", "time": time}
        fields |= dict(zip(_NATIVE_NAMES, rest, strict=True))
        stamp = clock.iso(f"{full}-{month}-{day} {time:0>8}")
        return Reading("iis/access", fields, stamp, fields["s-computername"])
    return iis_layout(line.message).read(line.message, clock)


IIS_LINES: Final = LineFormat(
    "iis", "log of IIS without its directives", _read, opening=f"(?:{IIS_OPENING}|{_NATIVE_OPENING})"
)
