"""Cisco Secure Endpoint (AMP for Endpoints): events as its API and its event stream give them, a JSON object a line.

Read are the event alone and inside of ``{"version": …, "metadata": …, "data": {…}}``; fields have the names of the API
(``computer.hostname``, ``file.identity.sha256``), without the ``data`` around them. Kinds: ``detection`` where a file,
a behaviour or a connection was judged, else ``event`` (scans, installations, policies). The host is the computer, the
time ``date``, else ``timestamp``; the message number is ``event_type_id``. A page of the API with several events in one
line is not read.

Source: Cisco, Secure Endpoint API (v1, events), and its event types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.json_fields import json_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_AROUND: Final = "data."
_JUDGED: Final = (
    "detection",
    "file.disposition",
    "network_info.dirty_url",
    "cloud_ioc.short_description",
    "threat_hunting.",
)
_WORDS: Final = (
    "threat", "malware", "malicious", "exploit", "detection", "detected", "quarantin", "infect", "ioc", "suspicious",
    "protection", "compromise", "dropper", "ransom",
)  # fmt: skip
_LEVELS: Final = {"low": "notice", "medium": "warning", "high": "error", "critical": "critical"}
_LONGEST_NUMBER: Final = 12


def _read(line: Line, clock: Clock) -> Reading:
    found = json_fields(line.message)
    if any(isinstance(found.get(name), list) for name in ("data.id", "data.event_type")):
        raise LineError("a page of events of Secure Endpoint in one line; events are read one a line")
    fields: dict[str, Any] = {}
    for name, value in found.items():
        if value is not None and value not in ("", []) and not name.startswith("metadata."):
            fields[name.removeprefix(_AROUND)] = value
    if "event_type" not in fields:
        raise LineError("an object that is no event of Secure Endpoint")
    stated, seconds = fields.get("date"), fields.get("timestamp")
    time = clock.iso(stated) if isinstance(stated, str) else None
    time = time or clock.number(str(seconds))
    said = str(fields["event_type"]).lower()
    judged = any(name in fields for name in _JUDGED) or any(word in said for word in _WORDS)
    host = fields.get("computer.hostname")
    number = str(fields.get("event_type_id", ""))
    event_id = int(number) if number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER else 0
    level = _LEVELS.get(str(fields.get("severity", "")).lower(), "")
    channel = f"cisco_secure_endpoint/{'detection' if judged else 'event'}"
    return Reading(channel, fields, time, host if isinstance(host, str) else "", event_id, level)


CISCO_SECURE_ENDPOINT: Final = LineFormat(
    "cisco_secure_endpoint",
    "Cisco Secure Endpoint",
    _read,
    opening=(
        r'\{ ?"id" ?: ?\d{1,20}, ?"timestamp" ?: ?\d{10}, ?"timestamp_nanoseconds" ?:'
        r'|\{ ?"version" ?: ?"v1[\d.]{0,8}", ?"metadata" ?: ?\{ ?"links" ?: ?\{ ?"self" ?: ?"[^"]{0,200}/v1/events'
    ),
)
