"""Windows' DHCP server: its audit log (``DhcpSrvLog-Mon.log``, ``DhcpV6SrvLog-Mon.log``).

Leases are ``microsoft_dhcp/lease`` with the columns of the log: ``ID``, ``Date``, ``Time``, ``Description``,
``IP Address`` (``IPv6 Address``), ``Host Name``, ``MAC Address``, ``User Name``, ``TransactionID``, ``QResult``; all
else is ``microsoft_dhcp/other``. Times are local, dates begin with the month. The table of numbers at the beginning of
a file is no record. Source: Microsoft, DHCP Audit Logging; the table that each file begins with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import BetweenLinesError, Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_ROW: Final = re.compile(r"(\d{2,5}),(\d\d)/(\d\d)/(\d\d|\d{4}),(\d\d:\d\d:\d\d),(.*)", re.DOTALL | re.ASCII).fullmatch
_TITLE: Final = (
    r"[\t ]{0,8}Microsoft DHCP[a-z0-9 ]{0,8} |Event ID {1,8}Meaning|ID,Date,Time,Description,"
    r"|\u30a4\u30d9\u30f3\u30c8 ID {0,8}(?:\u306e)?\u610f\u5473|ID,\u65e5\u4ed8,\u6642\u523b,\u8aac\u660e,"
)
"""The second line is how the title goes on in Japanese."""
_PREAMBLE: Final = re.compile(
    rf"{_TITLE}|(?:Event ID|\u30a4\u30d9\u30f3\u30c8 ID)[ \t]|\d{{2,5}}\+?\t\S|ID,[^,]{{1,16}},[^,]{{1,16}},|QResult:"
    r"|\d: |[\t ]+Microsoft DHCP",
    re.ASCII,
).match
_NAMES: Final = ("Description", "IP Address", "Host Name", "MAC Address", "User Name", "TransactionID", "QResult")
_NAMES_6: Final = (
    "Description",
    "IPv6 Address",
    "Host Name",
    "Error Code",
    "Duid Length",
    "Duid Bytes(Hex)",
    "User Name",
)
_FIRST: Final = re.compile(r"[\t ]{1,8}Microsoft DHCP(?:v6)? ", re.IGNORECASE).match
_LEASES: Final = frozenset({*range(10, 24), *range(11000, 11009)})
"""Numbers of events about addresses: leases, renewals, releases, refusals and expiry, of either version."""
_VERSION_6_FROM: Final = 11_000
_CENTURY: Final = 2


def _read(line: Line, clock: Clock) -> Reading:
    found = _ROW(line.text)
    if found is None:
        if _PREAMBLE(line.text):
            raise BetweenLinesError("what the DHCP server says of its log")
        raise LineError("no line of a DHCP server's audit log")
    number, month, day, year, time, rest = found.groups()
    names = _NAMES_6 if int(number) >= _VERSION_6_FROM else _NAMES
    fields = {"ID": number, "Date": f"{month}/{day}/{year}", "Time": time}
    fields |= {name: value.strip() for name, value in zip(names, rest.split(","), strict=False) if value.strip()}
    whole = f"20{year}" if len(year) == _CENTURY else year
    kind = "lease" if int(number) in _LEASES else "other"
    return Reading(f"microsoft_dhcp/{kind}", fields, clock.iso(f"{whole}-{month}-{day} {time}"), event_id=int(number))


MICROSOFT_DHCP: Final = LineFormat(
    "microsoft_dhcp",
    "audit log of Windows' DHCP server",
    _read,
    opening=rf"\d{{2,5}},\d\d/\d\d/\d{{2,4}},\d\d:\d\d:\d\d,[^,]{{1,64}},|{_TITLE}",
    titled=_FIRST,
)
