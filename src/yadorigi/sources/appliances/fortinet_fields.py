"""What lines of products of Fortinet have in common: fields with blanks or commas between them or in JSON, times.

Sources: Fortinet's log references of FortiOS, FortiMail, FortiWeb and FortiManager.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.fields import Fields, cef_fields, put, worded_fields
from yadorigi.sources.lines.json_fields import text_fields
from yadorigi.sources.lines.stated_twice import with_others

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_WITH_COMMAS: Final = re.compile(r"\"?\w+=(?:\"[^\"]*\"|[^\s,\"]*(?: [\d:.]+)?)\"?, ?\"?\w+=").match
_COMMA_FIELD: Final = re.compile(
    r'(?:^|(?<=,)|(?<=, ))"?([\w.\-]++)=(?:"((?:[^"\\]|\\.)*+)"|((?:[^,"]|,(?! ?"?[\w.\-]++=))*+))'
)
_LONGEST_ID: Final = 10
_PREFIX: Final = re.compile(r"(?:FTNTFGT|FortinetFortiGate)(?=[a-z])").match
"""What stands before the names of fields that CEF has no key for, as FortiGate and as a collector write it."""
_CEF_HEADER: Final = frozenset({
    "Version", "DeviceVendor", "DeviceProduct", "DeviceVersion", "SignatureID", "Name", "Severity", "cat",
})  # fmt: skip
_CEF_NAMES: Final = {
    "deviceExternalId": "devid", "dvchost": "devname", "dvcname": "devname", "src": "srcip", "spt": "srcport",
    "dst": "dstip", "dpt": "dstport", "act": "action", "duser": "user", "suser": "unauthuser", "app": "service",
    "proto": "proto", "outcome": "status", "reason": "reason", "msg": "msg", "in": "rcvdbyte", "out": "sentbyte",
    "sproc": "ui", "fname": "filename", "request": "url", "dhost": "hostname", "shost": "srcname",
    "requestClientApplication": "agent", "deviceInboundInterface": "srcintf", "deviceOutboundInterface": "dstintf",
    "sourceTranslatedAddress": "transip", "sourceTranslatedPort": "transport", "externalId": "sessionid",
    "smac": "srcmac", "dmac": "dstmac", "fileHash": "analyticscksum", "fsize": "filesize", "cnt": "count",
    "deviceDirection": "direction",
}  # fmt: skip
"""Source: Fortinet, FortiOS Log Message Reference, CEF support (mapping of fields)."""
_MESSAGE_DIGITS: Final = 6
_GMT_OFFSET: Final = re.compile(r"\(?(?:GMT|UTC) ?([+\-]\d{1,2}(?::?\d\d)?)\)?", re.ASCII).match
_LEVELS: Final = {
    "emergency": "emergency", "alert": "alert", "critical": "critical", "error": "error", "warning": "warning",
    "notice": "notice", "notification": "notice", "information": "informational", "info": "informational",
    "debug": "debug",
}  # fmt: skip


def fortinet_fields(message: str) -> Fields:
    """Return the fields of a line, whichever way they are parted; of one in JSON or CEF under the names of the others.

    Raises:
        LineError: it begins like JSON or CEF and is none.
    """
    if message[:1] == "{":
        return text_fields(message)
    if message.startswith("CEF:"):
        return _from_cef(cef_fields(message))
    if '=\\"' in message and '="' not in message:
        # Some forwarders escape every quote, as RFC 5424 wants it inside of structured data.
        message = message.replace('\\"', '"')
    if _WITH_COMMAS(message) is None:
        return worded_fields(message)
    fields: Fields = {}
    for name, quoted, plain in _COMMA_FIELD.findall(message):
        put(fields, name, quoted.replace('\\"', '"') or plain.strip())
    return fields


def _from_cef(found: Fields) -> Fields:
    """Return fields of CEF under FortiGate's own names: those that CEF has keys for, and all others with a prefix."""
    fields: Fields = {}
    for name, value in found.items():
        prefix = _PREFIX(name)
        own = name[prefix.end() :] if prefix is not None else _CEF_NAMES.get(name, "")
        if own:
            fields = with_others(fields, {own: value})
        elif name not in _CEF_HEADER and not name.endswith("Label"):
            fields = with_others(fields, {name: value})
    kind, _, subtype = text_of(found, "cat").partition(":")
    fields |= {"type": kind or text_of(found, "Name").partition(":")[0]}
    if subtype:
        fields.setdefault("subtype", subtype)
    return fields


def text_of(fields: Fields, name: str) -> str:
    """Return a field's text, the last one where it comes several times, or ""."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else value[-1]


def message_number(log_id: str) -> int:
    """Return the number of the message, which is the last six digits of a log id; 0 where it is none."""
    if log_id.isascii() and log_id.isdigit() and len(log_id) <= _LONGEST_ID:
        return int(log_id[-_MESSAGE_DIGITS:])
    return 0


def level_of(fields: Fields) -> str:
    """Return the word of syslog for the level (``pri`` in older logs)."""
    return _LEVELS.get((text_of(fields, "level") or text_of(fields, "pri")).lower(), "")


def stated_time(fields: Fields, clock: Clock) -> Stamp | None:
    """Return the device's own date and time, in the zone that the line states."""
    zone = text_of(fields, "tz")
    if not zone:
        found = _GMT_OFFSET(text_of(fields, "timezone"))
        zone = found[1] if found else ""
    return clock.iso(f"{text_of(fields, 'date')} {text_of(fields, 'time'):0>8}", zone)
