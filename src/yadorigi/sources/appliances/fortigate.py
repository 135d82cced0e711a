"""FortiGate: key=value lines of the kinds traffic, utm and event; VPN and logons are events.

Source: Fortinet, FortiOS Log Message Reference (field names; ``logid``: two digits of the type, two of the subtype, six
of the message).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.fields import Fields, quoted_fields
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_LONGEST_ID: Final = 10
_MESSAGE_DIGITS: Final = 6


def _read(line: Line, clock: Clock) -> Reading:
    fields = quoted_fields(line.message)
    kind = _text(fields, "type").lower()
    if not kind:
        raise LineError("a line of FortiGate without a type")
    # Rules and reports go by the kind of event: VPN, user, system ...
    name = _text(fields, "subtype").lower() if kind == "event" else kind
    log_id = _text(fields, "logid") or _text(fields, "log_id")
    number = (
        int(log_id[-_MESSAGE_DIGITS:]) if log_id.isascii() and log_id.isdigit() and len(log_id) <= _LONGEST_ID else 0
    )
    host = _text(fields, "devname") or _text(fields, "devid")
    return Reading(
        f"fortigate/{name or kind}", fields, _time(fields, clock), host, number, _LEVELS.get(_text(fields, "level"), "")
    )


def _time(fields: Fields, clock: Clock) -> Stamp | None:
    # ``eventtime`` is in UTC and as fine as the firmware has it; ``date`` and ``time`` are the device's own clock.
    stated = clock.iso(f"{_text(fields, 'date')} {_text(fields, 'time')}", _text(fields, "tz"))
    return clock.number(_text(fields, "eventtime")) or stated


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else value[-1]


_LEVELS: Final = {
    "emergency": "emergency", "alert": "alert", "critical": "critical", "error": "error", "warning": "warning",
    "notice": "notice", "information": "informational", "debug": "debug",
}  # fmt: skip

FORTIGATE: Final = LineFormat(
    "fortigate",
    "FortiGate",
    _read,
    opening=r"(?:date=\d{4}-\d\d-\d\d ?,?time=|(?:\w+=\S+ ){0,4}devid=\"?F[GW]|itime=\d+ )",
)
