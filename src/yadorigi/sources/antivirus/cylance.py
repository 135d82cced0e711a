"""CylancePROTECT (BlackBerry): what its console sends by syslog, ``Event Type: Threat, Event Name: ..., ...``.

Names of fields are those of the line; the values go on to the next name. Kinds:

- ``detection``: ``Threat``, ``ExploitAttempt``, ``ScriptControl``, ``AppControl``, ``OpticsCaeProcessEvent`` and others
  of Optics;
- ``audit``: ``AuditLog``, what somebody did in the console;
- ``event``: all others.

The host is the device, the time that of the header, in UTC. Source: BlackBerry, Cylance syslog guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.cef import one
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_NAME: Final = re.compile(r"(?:^|, ?)((?:[A-Z][A-Za-z0-9]{0,30})(?: [A-Z0-9][A-Za-z0-9]{0,30}){0,4}): ?(?![\\/])")
_NAMES: Final = 100
_DETECTIONS: Final = frozenset({"threat", "exploitattempt", "scriptcontrol", "appcontrol", "memoryprotection"})
_ADDRESS: Final = re.compile(r"\((\d{1,3}(?:\.\d{1,3}){3})").match


def _read(line: Line, clock: Clock) -> Reading:
    del clock
    found = list(_NAME.finditer(line.message))[:_NAMES]
    if not found or found[0][1] != "Event Type":
        raise LineError("a line of CylancePROTECT without an event type")
    fields: Fields = {}
    for number, name in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(line.message)
        put(fields, name[1], line.message[name.end() : end].strip())
    kind = one(fields, "Event Type").lower()
    address = _ADDRESS(one(fields, "IP Address"))
    if address is not None:
        fields["address"] = address[1]
    channel = "audit" if kind == "auditlog" else "event"
    if kind in _DETECTIONS or kind.startswith("opticscae"):
        channel = "detection"
    return Reading(f"cylance/{channel}", fields, None, one(fields, "Device Name"))


CYLANCE: Final = LineFormat(
    "cylance",
    "CylancePROTECT",
    _read,
    opening=r"Event Type: \w{3,40}, ?Event ?Name: ",
    programs=frozenset({"cylanceprotect"}),
)
