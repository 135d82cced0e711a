"""Cisco Duo: authentications as its Admin API gives them, a JSON object a line (second factors, enrolments, frauds).

Fields have the names of the API, those of objects inside joined by dots (``access_device.ip``, ``user.name``). The time
is ``isotimestamp``, or else ``timestamp``. Logs of administrators, telephony and offline enrolments are not read.

Source: Duo, "Admin API", Authentication Logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.json_fields import json_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock


def _read(line: Line, clock: Clock) -> Reading:
    fields = json_fields(line.message)
    if "txid" not in fields or "event_type" not in fields:
        raise LineError("an object that is no authentication of Duo")
    iso, seconds = fields.get("isotimestamp"), fields.get("timestamp")
    time = (clock.iso(iso.replace("+00:00", "Z")) if isinstance(iso, str) else None) or clock.number(str(seconds))
    known = {name: value for name, value in fields.items() if value not in (None, "", [])}
    kind = "enrollment" if fields["event_type"] == "enrollment" else "authentication"
    return Reading(f"cisco_duo/{kind}", known, time)


CISCO_DUO: Final = LineFormat(
    "cisco_duo",
    "Cisco Duo",
    _read,
    opening=r'\{ ?"(?:access_device|adaptive_trust_assessments|alias|application|auth_device)" ?: ?[{"]',
)
