"""gpsvc.log of PAN-OS: what the GlobalProtect service of a firewall writes down on the device itself.

It is in technical support files (``var/log/pan/gpsvc.log`` and its numbered predecessors): a JSON object in each line,
with ``level``, ``task``, ``time`` and ``message``, also with a time before it. All fields are kept under these names.
Attempts to exploit CVE-2024-3400 leave ``failed to unmarshal session(...)`` here, with a path or a command in place of
the session's identifier (Palo Alto Networks, security advisory CVE-2024-3400); what is in the parentheses is kept as
``session`` too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode
_LEVELS: Final = {
    "trace": "debug", "debug": "debug", "info": "informational", "warn": "warning", "warning": "warning",
    "error": "error", "fatal": "critical", "panic": "emergency",
}  # fmt: skip
_BEFORE: Final = "unmarshal session("
_BEHIND: Final = ") map"


def _read(line: Line, clock: Clock) -> Reading:
    text = line.message
    try:
        fields = _DECODE(text[text.find("{") :])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise LineError(f"a line of gpsvc.log that is no JSON: {error}") from error
    message = fields.get("message")
    if isinstance(message, str) and (start := message.find(_BEFORE)) >= 0:
        start += len(_BEFORE)
        end = message.rfind(_BEHIND)
        end = end if end >= start else message.rfind(")")
        fields.setdefault("session", message[start : end if end >= start else len(message)])
    time = clock.read(str(fields.get("time", "")))
    return Reading("panos_gpsvc/gpsvc", fields, time, "", 0, _LEVELS.get(str(fields.get("level", "")), ""))


PANOS_GPSVC: Final = LineFormat(
    "panos_gpsvc",
    "gpsvc.log of PAN-OS (GlobalProtect)",
    _read,
    opening=(
        r"(?:[\w./\\\-]{0,160}gpsvc\.log[\w.\-]{0,20}: ?)?"
        r"(?:\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[^{]{0,16})?\{\"level\": ?\"[a-z]{3,8}\", ?"
        r"(?:\"[a-zA-Z_]{1,20}\": ?(?:\"[^\"\\]{0,120}\"|[\d.]{1,20}), ?){0,4}\"task\": ?\""
    ),
)
