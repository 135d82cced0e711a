"""Sophos Firewall (SFOS, XG and XGS; Cyberoam before it): key=value lines of both layouts.

The device standard format has ``device="SFW" date=… time=… timezone=… device_id=… log_id=… log_type=…``; the central
reporting format ``device_name="SFW" timestamp="…" device_serial_id=… log_id=… log_type=…``, also with the time first.
Names and values are those of the line. The event id is the number of the message, the last five digits of ``log_id``.
The channel goes by ``log_type``, for events by component and subtype too: ``sophosfirewall/firewall``, ``/web``,
``/application``, ``/antivirus``, ``/antispam``, ``/ips``, ``/atp``, ``/sandbox``, ``/mailsandbox``, ``/waf``,
``/tls``, ``/logon``, ``/logoff``, ``/admin``, ``/vpn``, ``/dhcp``, ``/wireless``, ``/health``, ``/heartbeat``,
``/event``.

The time is ``timestamp`` with its zone, or ``date`` and ``time`` in ``timezone``, a name; of one that several zones
have (``IST``), it is the one that is India's. The host is the header's, else the serial number: lines name the model
only. Not read are lines without any time, and Cyberoam's of before 2015 that have no ``log_type``.

Source: Sophos, Sophos Firewall syslog guide (field names; ``log_id``: two digits of the type, two of the component, two
of the subtype, one of the severity, five of the message).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.fields import Fields, worded_fields
from yadorigi.sources.lines.format import Learned, Line, LineError, LineFormat, Reading, ShapeFacts
from yadorigi.sources.lines.shapes import key_value_shape

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp, ZoneKnownBy
    from yadorigi.sources.lines.format import Values

_LONGEST_ID: Final = 12
_MESSAGE_DIGITS: Final = 5
_TYPES: Final = {
    "firewall": "firewall", "idp": "ips", "ips": "ips", "anti-virus": "antivirus", "antivirus": "antivirus",
    "anti-spam": "antispam", "atp": "atp", "sandbox": "sandbox", "sandstorm": "sandbox",
    "zero-day protection": "sandbox", "waf": "waf", "ssl": "tls", "wireless protection": "wireless",
    "system health": "health", "heartbeat": "heartbeat", "endpoint": "heartbeat",
}  # fmt: skip
_COMPONENTS: Final = {
    "dhcp server": "dhcp", "ipsec": "vpn", "ssl vpn": "vpn", "l2tp": "vpn", "pptp": "vpn", "clientless access": "vpn",
    "red": "vpn", "vpn": "vpn", "remote access": "vpn", "cisco vpn client": "vpn",
}  # fmt: skip
_ADMIN_LOGON: Final = re.compile(
    r"User '?[^']{0,128}'? (?:failed to log ?in|(?:has )?logged in|login)", re.IGNORECASE
).match
_LOGGED_OUT: Final = re.compile(r"User '?[^']{0,128}?'? (?:was |has )?logged (?:out|off)", re.IGNORECASE).match
_LEVELS: Final = {
    "emergency": "emergency", "alert": "alert", "critical": "critical", "error": "error", "warning": "warning",
    "notice": "notice", "notification": "notice", "information": "informational", "informational": "informational",
    "debug": "debug",
}  # fmt: skip


def _read(line: Line, clock: Clock) -> Reading:
    fields = worded_fields(line.message)
    kind = _text(fields, "log_type").lower()
    if not kind:
        raise LineError("a line of Sophos Firewall without a log_type")
    log_id = _text(fields, "log_id")
    number = (
        int(log_id[-_MESSAGE_DIGITS:]) if log_id.isascii() and log_id.isdigit() and len(log_id) <= _LONGEST_ID else 0
    )
    # The host of the header counts before the device's number.
    host = "" if line.header.host else _text(fields, "device_id") or _text(fields, "device_serial_id")
    level = _LEVELS.get((_text(fields, "priority") or _text(fields, "severity")).lower(), "")
    return Reading(f"sophosfirewall/{_kind_of(kind, fields)}", fields, _time(fields, clock), host, number, level)


def _kind_of(kind: str, fields: Fields) -> str:
    component = _text(fields, "log_component").lower()
    if kind == "content filtering":
        return "application" if component == "application" else "web"
    if _TYPES.get(kind) == "sandbox":
        return "mailsandbox" if component == "mail" else "sandbox"
    if kind != "event":
        return _TYPES.get(kind, "event")
    subtype, message = _text(fields, "log_subtype").lower(), _text(fields, "message")
    if subtype == "authentication" or (subtype == "admin" and _ADMIN_LOGON(message)):
        return "logoff" if _LOGGED_OUT(message) else "logon"
    if subtype == "admin":
        return "logoff" if _LOGGED_OUT(message) else "admin"
    return _COMPONENTS.get(component, "event")


def _time(fields: Fields, clock: Clock) -> Stamp | None:
    date = _text(fields, "date")
    if date:
        return clock.iso(f"{date} {_text(fields, 'time')}", _text(fields, "timezone"))
    return clock.read(_text(fields, "timestamp"))


def _time_of(values: Values, clock: Clock) -> tuple[str, str, ZoneKnownBy] | None:
    fields: Fields = dict(zip(_TIME_FIELDS, values, strict=False))
    return _time(fields, clock)


def _shape(message: str) -> Learned | None:
    """Return the shape of a line that begins with the device, as `SOPHOS_FIREWALL` says."""
    learned = key_value_shape(message)
    if learned is None:
        return None
    begins = ".".join(learned.names[:2])
    if begins == "device.date":
        any_value = "([^ ]*+)" if learned.expression.startswith("device=(") else '([^"]*+)'
        return learned._replace(expression=learned.expression.replace(any_value, "(SFW)", 1))
    known = begins in _BEGINNINGS or (begins == "device_name.timestamp" and '" timestamp="(' in learned.expression)
    if not known or not learned.expression.startswith('device_name="'):
        return None
    return learned._replace(expression=learned.expression.replace('[^"]*+', '[^"]{0,64}+', 1))


def _guess(texts: Sequence[str]) -> list[str]:
    """Return what stands around the numbers of messages: with one, lines mostly have the same fields."""
    return [text[(start := text.find("log_id=")) - _DEVICE : start + _LOG_ID] for text in texts]


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else value[-1]


_BEGINNINGS: Final = ("device_name.device_model", "device_name.device_id", "device_name.device_serial_id")
_DEVICE: Final = len('id="X21000000000AAA" ')
"""Characters that tell both layouts apart."""
_LOG_ID: Final = len("log_id=010101600001")
_TIME_FIELDS: Final = ("date", "time", "timezone", "timestamp")
_DECIDING: Final = frozenset({
    "log_type", "log_component", "log_subtype", "log_id", "message", "priority", "severity", "device_id",
    "device_serial_id",
})  # fmt: skip
SOPHOS_FIREWALL: Final = LineFormat(
    "sophosfirewall",
    "Sophos Firewall",
    _read,
    shapes=ShapeFacts(_shape, _DECIDING, _TIME_FIELDS, _time_of, _guess),
    opening=(
        r"(?:device=\"?SFW\"? +date=|device_name=\"[^\"]{0,64}\" +(?:timestamp=\"|device_(?:model|id|serial_id)=)"
        r"|timestamp=\"[^\"]{10,40}\" +device_(?:name|model|id|serial_id)="
        r"|date=\S{10} time=\S{8} timezone=\"[^\"]{0,16}\" device_name=)"
    ),
)
