"""Pulse Connect Secure / Ivanti Connect Secure (before: Juniper SA), the SSL VPN: access, admin and event logs.

Read are the layouts that the appliance's syslog filters give, with and without a header of syslog:

- *Standard*: ``2021-10-19 10:20:40 - node - [192.0.2.1] ivs::user(realm)[roles] - message``, also with severity and
  number before it, as the log pages save it
- *WELF*: ``id=firewall time="…" … vpn=… msg="AUT24326: …"``
- columns between bars, and the JSON of newer versions.

WELF and JSON keep the names they have; the other layouts have those of JSON. ``message_id`` is the message's number;
``outcome``, ``session``, ``auth_server``, ``reason``, ``url`` and the like are read out of the text of the messages. A
login's ``login`` is ``user/realm`` or ``user/server`` as written. Times without a zone are the
appliance's own clock: in the zone that a header states, where that shows the same minute.

The files of the appliance's own disk (``log.access.vc0``, ``log.admin.vc0`` and others, also ``.old``) are read
by the source ``pulse_secure_vc0`` into the same channels: a header of 8,192 bytes, then records of columns between tabs
(time, node, number of the message, virtual system, address, user, realm, roles, then ``column10`` and on). The text of
a message is not in them: its number says what happened.

Not read: layouts that a custom filter puts together otherwise (kept as plain syslog).
Source: Ivanti Connect Secure Administration Guide, "Configuring Syslog" and "Custom filters".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.sources.appliances.pulse_messages import told_by, without_code
from yadorigi.sources.lines.fields import loose_fields
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import put_other

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp

_DASHES: Final = re.compile(r"(?:- )+").match
_TIME: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_STANDARD: Final = re.compile(
    r"(?:(?P<sev_string>[Ii]nfo|[Mm]inor|[Mm]ajor|[Cc]ritical)[\t ,]{1,4})?"
    r"(?:(?P<message_id>[A-Z]{3}\d{5})[\t ,]{1,4})?"
    rf"(?P<time>{_TIME})(?P<zone> (?:[A-Z]{{2,5}}|[+-]\d\d:?\d\d))? - (?P<node>\S{{0,256}}) - "
    r"\[(?P<source_ip>[^\]]{0,64})\] (?:(?:(?P<ivs>[^:()\[\]]{1,256})::)?(?P<user>[^()]{0,512})"
    r"\((?P<realm_name>[^()]{0,512})\)\[(?P<roles>[^\]]{0,4096})\](?:\[(?P<session>[^\]]{0,128})\])? )?- "
).match
_WELF_NAME: Final = re.compile(
    r"(?:^|(?<="
    r" ))(id|time|pri|fw|vpn|ivs|user|realm|roles|sessionID|proto|src|dst|dstname|type|op|arg|result|sent|rcvd"
    r"|agent|duration|msg)="
)
_COLUMNS: Final = (
    "node", "time", "message_id", "sev_string", "local_ip", "type", "source_ip", "user", "realm_name",
)  # fmt: skip
"""Columns between bars; the last one of a line is the message, those between have no names."""
_DECODE: Final = msgspec.json.Decoder(dict[str, Any]).decode
_CODE_DIGITS: Final = 5
_UNNAMED: Final = ("ive", "localhost", "localhost2")
"""Names that appliances have which nobody named: the header of syslog says more."""
_LEVELS: Final = {
    "critical": "critical", "major": "error", "minor": "warning", "info": "informational", "warning": "warning",
    "error": "error", "debug": "debug", "notice": "notice",
}  # fmt: skip
_WELF_LEVELS: Final = (
    "emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug",
)  # fmt: skip


def _read(line: Line, clock: Clock) -> Reading:
    message = line.message
    if message.startswith("- "):
        dashes = _DASHES(message)
        message = message[dashes.end() :] if dashes is not None else message
    if message.startswith("{"):
        return _read_json(message, clock)
    if message.startswith("id=firewall"):
        return _read_welf(message, line.header.time, clock)
    standard = _STANDARD(message)
    if standard is not None:
        return _read_standard(message, standard, line.header.time, clock)
    if " | " in message:
        return _read_columns(message, clock)
    raise LineError("a line of Pulse Connect Secure in no known layout")


def _read_standard(message: str, found: re.Match[str], header_time: str, clock: Clock) -> Reading:
    fields: dict[str, Any] = {name: value for name, value in found.groupdict().items() if value is not None}
    text = message[found.end() :]
    code, _ = without_code(text)
    fields["raw_message"] = text
    # The header of RFC 5424 has the appliance's zone.
    zone = header_time[-6:] if header_time[-6:-5] in ("+", "-") and header_time[4:5] == "-" else ""
    stamp = clock.iso(fields.pop("time"), fields.pop("zone", "").strip() or zone)
    level = _LEVELS.get(fields.get("sev_string", "").lower(), "")
    return _reading(fields, fields.get("message_id", code), fields["node"], stamp, level)


def _read_columns(message: str, clock: Clock) -> Reading:
    columns = [column.strip() for column in message.split(" | ", 64)]
    if len(columns) <= len(_COLUMNS):
        raise LineError("a line of Pulse Connect Secure with too few columns")
    fields: dict[str, Any] = dict(zip(_COLUMNS, columns, strict=False))
    fields |= {
        f"column{number}": value for number, value in enumerate(columns[len(_COLUMNS) : -1], len(_COLUMNS) + 1) if value
    }
    fields["raw_message"] = columns[-1]
    stamp = clock.iso(fields.pop("time"))
    return _reading(fields, fields["message_id"], fields["node"], stamp, _LEVELS.get(fields["sev_string"].lower(), ""))


def _read_json(message: str, clock: Clock) -> Reading:
    try:
        fields = _DECODE(message)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise LineError(f"JSON of Ivanti Connect Secure that is none: {error}") from error
    code = _text(fields, "message_id")
    stamp = clock.seconds(_text(fields, "us_timestamp")) or clock.seconds(_text(fields, "timestamp"))
    level = _LEVELS.get(_text(fields, "sev_string").lower(), "")
    fields.setdefault("raw_message", "")
    return _reading(fields, code, _text(fields, "gateway_name"), stamp, level)


def _read_welf(message: str, header_time: str, clock: Clock) -> Reading:
    fields: dict[str, Any] = {}
    # The message holds names too: everything behind its quote is its own.
    head, quote, rest = message.partition(' msg="')
    names = list(_WELF_NAME.finditer(head))
    for number, name in enumerate(names):
        end = names[number + 1].start() if number + 1 < len(names) else len(head)
        value = head[name.end() : end].strip()
        put_other(fields, name[1], value[1:-1] if value[:1] == '"' == value[-1:] and len(value) > 1 else value)
    if quote:
        fields["msg"] = rest.rstrip().removesuffix('"')
    elif "msg" not in fields:
        fields |= {name: value for name, value in loose_fields(message).items() if name not in fields}
    if "\\\\" in (user := fields.get("user", "")) and isinstance(user, str):
        fields["user"] = user.replace("\\\\", "\\")
    text = _text(fields, "msg")
    code, _ = without_code(text)
    severity = _text(fields, "pri")
    level = _WELF_LEVELS[int(severity)] if severity in tuple("01234567") else ""
    time = _text(fields, "time")
    stamp = clock.iso(time, _zone_of(header_time, time))
    return _reading(fields, code, _text(fields, "vpn"), stamp, level)


def _zone_of(header_time: str, time: str) -> str:
    """Return the zone that a header states, where its clock shows the same minute as the appliance's, else ""."""
    zone = header_time[-6:] if header_time[-6:-5] in ("+", "-") and header_time[4:5] == "-" else ""
    return zone if header_time[:10] == time[:10] and header_time[11:16] == time[11:16] else ""


def _reading(fields: dict[str, Any], code: str, host: str, stamp: Stamp | None, level: str) -> Reading:
    text = _text(fields, "raw_message") or _text(fields, "msg")
    own, bare = without_code(text)
    told = told_by(bare, code or own)
    kind = _kind_by_user(fields) if told.kind == "event" and not (code or own) else told.kind
    if code and "message_id" not in fields:
        fields["message_id"] = code
    if told.outcome:
        fields.setdefault("outcome", told.outcome)
    for name, value in told.parts.items():
        fields.setdefault(name, value)
    digits = code[3:]
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _CODE_DIGITS else 0
    return Reading(f"pulse_secure/{kind}", fields, stamp, "" if host in _UNNAMED else host, number, level)


def _kind_by_user(fields: dict[str, Any]) -> str:
    """Return the kind of a message without a number whose words tell none: by whose it is."""
    if _text(fields, "user").lower() == "system":
        return "system"
    roles, realm = _text(fields, "roles").lower(), _text(fields, "realm_name") or _text(fields, "realm")
    return "admin" if "administrators" in roles or realm.lower() == "admin users" else "event"


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else value[-1] if isinstance(value, list) and value else ""


PULSE_SECURE: Final = LineFormat(
    "pulse_secure",
    "Pulse / Ivanti Connect Secure",
    _read,
    opening=(
        r"(?:- ){0,3}(?:(?:(?:[Ii]nfo|[Mm]inor|[Mm]ajor|[Cc]ritical)[\t ,]{1,4})?(?:[A-Z]{3}\d{5}[\t ,]{1,4})?"
        rf"{_TIME}(?: [A-Z+:\d-]{{2,6}})? - \S{{0,256}} - \[[^\]]{{0,64}}\] (?:- |[^()]{{0,512}}\()"
        r"|id=firewall time=\"[^\"]{1,32}\" pri=\d fw=\S{0,64} vpn="
        rf"|\S{{1,64}} \| {_TIME} \| [A-Z]{{3}}\d{{2,5}} \| "
        r"|\{\"message_id\":\"[A-Z]{3}\d{5}\")"
    ),
    programs=frozenset({"pulsesecure", "juniper"}),
)
