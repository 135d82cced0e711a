"""CrowdStrike Falcon: events of the streaming API, as the SIEM connector writes them, in JSON, an object a line.

Fields under ``event`` have their own names, those under ``metadata`` ``metadata.Name``. Kinds:

- ``detection``: ``DetectionSummaryEvent``, ``EppDetectionSummaryEvent`` and other detections and incidents;
- ``audit``: ``AuthActivityAuditEvent``, ``UserActivityAuditEvent`` and remote response sessions;
- ``network``: ``FirewallMatchEvent``;
- ``event``: all others.

The host is the computer, the time that of the event in UTC. In CEF and LEEF it is read as those are.
Source: CrowdStrike, Falcon SIEM Connector (JSON format); event stream reference. Not read: objects over several lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.json_fields import json_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_EVENT: Final = "event."
_HOSTS: Final = ("ComputerName", "Hostname", "HostName", "HostnameField", "EndpointName")
_LEVELS: Final = {"informational": "informational", "low": "notice", "medium": "warning", "high": "error"}


def _kind(name: str) -> str:
    if "detection" in name or "incident" in name:
        return "detection"
    if "audit" in name or "remoteresponse" in name:
        return "audit"
    return "network" if name.startswith("firewall") else "event"


def _read(line: Line, clock: Clock) -> Reading:
    fields: dict[str, Any] = {
        name.removeprefix(_EVENT): value for name, value in json_fields(line.message).items() if value not in (None, "")
    }
    name = fields.get("metadata.eventType")
    if not isinstance(name, str):
        raise LineError("JSON that is no event of Falcon")
    stated = fields.get("metadata.eventCreationTime", fields.get("UTCTimestamp"))
    time = clock.number(str(stated)) if isinstance(stated, int) else None
    host = next((own for key in _HOSTS if isinstance(own := fields.get(key), str)), "")
    level = _LEVELS.get(str(fields.get("SeverityName", "")).lower(), "")
    return Reading(f"crowdstrike/{_kind(name.lower())}", fields, time, host, 0, level)


CROWDSTRIKE: Final = LineFormat(
    "crowdstrike",
    "CrowdStrike Falcon",
    _read,
    opening=r'\{\s?"(?:metadata|event)"\s?:\s?\{(?=[^\n]{0,16384}?"eventType"\s?:\s?")(?=[^\n]{0,16384}?"eventCreationTime"\s?:)',
)
