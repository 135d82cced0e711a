"""Cisco Firepower Management Center: its audit log over syslog, which is what administrators did in its web interface.

A line is ``host: user@address, place > in > the interface, what was done``. ``host``, ``user`` and ``ip`` are taken
from it, ``subsystem`` is the place and ``action`` what was done; these are the columns of the audit log. The tag of
syslog is the program that wrote the line.

Source: Cisco, "Firepower Management Center Configuration Guide", chapter Auditing the System.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_FROM: Final = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]{3,39}|localhost|Default User IP)"
_OPENING: Final = rf"[A-Za-z0-9][\w.\-]{{0,63}}: [^\s@,]{{1,64}}@{_FROM}, [A-Z]"
_MESSAGE: Final = re.compile(
    rf"(?P<host>[\w.\-]{{1,64}}): (?P<user>[^\s@,]{{1,64}})@(?P<ip>{_FROM}), (?P<told>.*)", re.ASCII | re.DOTALL
)
_ENDS: Final = (" x0a", " x00")
_PLACE: Final = 400


def _read(line: Line, clock: Clock) -> Reading:
    del clock
    found = _MESSAGE.match(line.message)
    if found is None:
        raise LineError("no line of the audit log of Firepower Management Center")
    told = found["told"].rstrip()
    for _ in _ENDS:
        told = told[: -len(_ENDS[0])].rstrip() if told.endswith(_ENDS) else told
    place, _, action = told.partition(" >  " if " >  Modified: " in told[:_PLACE] else ", ")
    fields = {"user": found["user"], "ip": found["ip"], "subsystem": place, "action": action.strip()}
    if line.header.program:
        fields["program"] = line.header.program
    fields["message"] = line.message
    return Reading("cisco_fmc/audit", {name: value for name, value in fields.items() if value}, host=found["host"])


CISCO_FMC: Final = LineFormat(
    "cisco_fmc",
    "Cisco Firepower Management Center",
    _read,
    opening=_OPENING,
    # Its tag is free, and often the one that its sensors have.
    abroad=rf"(?:sfims|firepower|ftd|ngips): {_OPENING}",
)
