"""Check Point (R77 to R82): what Log Exporter sends, and what log servers and LEA clients write.

Read are ``[action:"Accept"; flags:"…"; …]`` and ``[Fields@1.3.6.1.4.1.2620 Action="accept" …]`` behind a header of RFC
5424 (also one whose zone is written wrongly, as some versions do), ``time=…|hostname=…|product=…|action=…`` (the format
for Splunk and the generic one), the same as JSON, and ``loc=…;time=…;action=…;orig=…`` of LEA clients. Names and values
are those of the line; a name that comes twice has both values. The channel goes by what is logged: ``checkpoint/logon``
and ``/logoff`` (administrators, users, identities, VPN), ``/audit`` (administration), ``/threat`` (IPS, anti-virus,
anti-bot, threat emulation), ``/web`` (URL filtering, application control), ``/vpn``, ``/traffic``, ``/system``.

The time is ``time``, in seconds or milliseconds since 1970 or in ISO 8601, else the header's. The host is the gateway
that tells of it (``origin``, ``orig``), else the header's. There are no numbers of messages. Not read are the formats
CEF and LEEF (there is a reader for these of any product), binary log files, and what ``fw log`` prints.

Sources: Check Point, Logging and Monitoring Administration Guide (Log Exporter, its appendix) and sk144192 (fields).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.fields import Fields, put, worded_fields
from yadorigi.sources.lines.format import Learned, Line, LineError, LineFormat, Reading, ShapeFacts
from yadorigi.sources.lines.json_fields import text_fields

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock, Stamp
    from yadorigi.sources.lines.format import Values

_QUOTED: Final = re.compile(r'(?<![\w/.\-@])([\w/.\-]++)(?:::?|=)"((?:[^"\\]|\\.)*+)"')
_BARS: Final = re.compile(r"(?<!\\)\|")
_WRONG_ZONE: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)([+\-])-?(\d{1,2}):(\d\d)", re.ASCII).fullmatch
_OWN_HEADER: Final = re.compile(r"(?:<\d{1,3}>)?1 (\S{10,40}) (\S{1,255}) ").match
_JSON: Final = re.compile(r"(?:1(?: \S{1,255}){4,5} )?\{", re.ASCII).match
_LEA_TIME: Final = re.compile(r"(\d{1,2})([A-Za-z]{3})(\d{4}) {1,2}(\d{1,2}:\d\d:\d\d)", re.ASCII).fullmatch
_LONGEST: Final = 64
_PACKETS: Final = 65_536
_PACKET: Final = re.compile(r"<([0-9A-Fa-f.:]{2,45}),(\d{1,5}),([0-9A-Fa-f.:]{2,45}),(\d{1,5}),(\d{1,3})[;>]").findall
_PACKET_NAMES: Final = ("src", "s_port", "dst", "service", "proto")
_LOGONS: Final = frozenset({"log in", "failed log in", "login", "failed login", "authcrypt", "authorize"})
_LOGOFFS: Final = frozenset({"log out", "logout", "force log out", "failed log out", "deauthorize"})
_VPN: Final = frozenset({"encrypt", "decrypt", "key install", "keyinst", "ip changed", "vpn routing"})
_THREATS: Final = frozenset({
    "anti malware", "anti-malware", "anti virus", "anti-virus", "new anti virus", "anti bot", "anti-bot", "ips",
    "smartdefense", "threat emulation", "threat extraction", "zero phishing", "anti-spam and email security",
    "ddos protector", "forensics", "anti-ransomware", "anti-exploit", "endpoint compliance", "harmony endpoint",
})  # fmt: skip
_FOUND: Final = (
    "protection_name", "attack", "malware_family", "verdict", "file_name", "attack_info", "malware_action", "src",
)  # fmt: skip
_WEB: Final = frozenset({"url filtering", "application control", "url filtering/application control"})
_SEVERITIES: Final = {
    "0": "informational", "1": "notice", "2": "warning", "3": "error", "4": "critical", "informational":
    "informational", "low": "notice", "medium": "warning", "high": "error", "critical": "critical",
}  # fmt: skip


def _read(line: Line, clock: Clock) -> Reading:
    fields, own_time, own_host = _fields(line, clock)
    if not fields:
        raise LineError("a line of Check Point without fields")
    if "packets" in fields and "src" not in fields:
        fields |= _ends_of(_first(fields, "packets"))
    stamp = _time(_first(fields, "time"), clock) or own_time
    host = _first(fields, "origin", "orig", "Origin", "orig_name") or line.header.host or own_host
    if line.header.host == "" and not host:
        host = _first(fields, "hostname")
    level = _SEVERITIES.get(_first(fields, "severity", "Severity").lower(), "")
    return Reading(f"checkpoint/{_kind_of(fields)}", fields, stamp, host, 0, level)


def _fields(line: Line, clock: Clock) -> tuple[Fields, Stamp | None, str]:
    """Return the fields, and time and host of a header that is none of RFC 5424 because of its zone."""
    message, stamp, host = line.message, None, ""
    own = None if line.header.time else _OWN_HEADER(message)
    if own is not None:
        written = own[1]
        wrong = _WRONG_ZONE(written)
        stamp = clock.iso(f"{wrong[1]}{wrong[2]}{wrong[3]:0>2}:{wrong[4]}" if wrong else written)
        host = own[2]
    if not message:
        message = line.header.structured
    if _JSON(message) is not None:
        return text_fields(message), stamp, host
    fields: Fields = {}
    if message.startswith("loc=") and "|" not in message and ";" not in message:
        return worded_fields(message), stamp, host
    if message.startswith(("time=", "loc=")):
        for part in _BARS.split(message) if "|" in message else message.split(";"):
            name, equals, value = part.partition("=")
            if equals:
                put(fields, name.strip(), value.replace("\\=", "=").replace("\\|", "|").strip())
        return fields, stamp, host
    for name, value in _QUOTED.findall(message):
        put(fields, name, value.replace('\\"', '"') if "\\" in value else value)
    return fields, stamp, host


def _ends_of(packets: str) -> Fields:
    """Return what all dropped packets of a list have in common: where from, where to, which protocol."""
    listed = _PACKET(packets[:_PACKETS])
    common = {name: {packet[place] for packet in listed} for place, name in enumerate(_PACKET_NAMES)}
    return {name: values.pop() for name, values in common.items() if len(values) == 1}


def _time(written: str, clock: Clock) -> Stamp | None:
    if not written or len(written) > _LONGEST:
        return None
    stamp = clock.number(written)
    if stamp is not None:
        return stamp
    lea = _LEA_TIME(written.strip())
    return clock.bsd(f"{lea[2]} {lea[1]} {lea[3]} {lea[4]}") if lea is not None else clock.iso(written)


def _kind_of(fields: Fields) -> str:
    action = _first(fields, "action", "Action").lower()
    operation = _first(fields, "operation", "Operation").lower()
    if action in _LOGONS or operation in _LOGONS:
        return "logon"
    if action in _LOGOFFS or operation in _LOGOFFS:
        return "logoff"
    if operation or "administrator" in fields or "Administrator" in fields:
        return "audit"
    product = _first(fields, "product", "ProductName", "Product").lower()
    if product in _THREATS or product.startswith("endpoint"):
        return "threat" if any(name in fields for name in _FOUND) else "system"
    if action in _VPN or _first(fields, "vpn_feature_name") == "IKE":
        return "vpn"
    ends = "src" in fields or "dst" in fields
    if product in _WEB:
        return "web" if ends else "system"
    return "traffic" if ends else "system"


def _first(fields: Fields, *names: str) -> str:
    for name in names:
        value = fields.get(name)
        if value:
            return value if isinstance(value, str) else value[0]
    return ""


def _shape(message: str) -> Learned | None:
    """Return the shape of a list in brackets, names and values with colons between them, as `CHECK_POINT` says."""
    if not message.startswith("["):
        return None
    names: list[str] = []
    expression, end = "", 0
    for found in _QUOTED.finditer(message):
        between = message[end : found.start()]
        if between != ("; " if names else "[") or found[2] != found[2].replace('"', ""):
            return None
        if found[1] == "packets":
            return None
        names.append(found[1])
        expression += re.escape(message[end : found.start(2)]) + '([^"]*+)"'
        end = found.end()
    if not names or message[end:] not in ("]", "; ]", ";]") or not _BRACKETED(message):
        return None
    return Learned(expression + re.escape(message[end:]), tuple(names))


def _time_of(values: Values, clock: Clock) -> Stamp | None:
    return _time(values[0], clock) if values else None


def _guess(texts: Sequence[str]) -> list[str]:
    """Return the first values: with one, many lines have the same fields."""
    return [text[(start := text.find('[action:"')) : start + _ACTION] for text in texts]


_ACTION: Final = len('[action:"Accept')
_BRACKETED: Final = re.compile(r'\[\w{2,40}::?"', re.ASCII).match
_DECIDING: Final = frozenset({
    "action", "Action", "operation", "Operation", "product", "ProductName", "Product", "vpn_feature_name", "origin",
    "orig", "Origin", "orig_name", "hostname", "severity", "Severity",
})  # fmt: skip
CHECK_POINT: Final = LineFormat(
    "checkpoint",
    "Check Point",
    _read,
    shapes=ShapeFacts(
        _shape, _DECIDING, ("time",), _time_of, _guess, begins='[action:"x"; flags:"0"; ', header_time=True
    ),
    opening=(
        r"(?:(?:1 \S{10,40} \S{1,255} \S{1,64} \S{1,64} \S{1,64} (?:- )?)?"
        r"\[(?:\w{2,40}::?\"|\w{2,40}=\"[^\"]{0,256}\"; |Fields@1\.3\.6\.1\.4\.1\.2620[. ])"
        r"|\"?(?:action|flags|ifdir|loguid):\"[^\"]{0,256}\"; "
        r"|(?:1(?: \S{1,255}){4,5} )?"
        r"\{ ?(?:\"[\w/.\-]{1,40}\" ?: ?(?:\"[^\"\\]{0,256}\"|\d{1,20}), ?){0,12}"
        r"\"(?:loguid|originsicname|__policy_id_tag|i/f_dir)\" ?: ?\""
        r"|time=\d{10,13}\|(?:[\w/.\-]{1,40}=[^|]{0,256}\|){0,40}(?:loguid|originsicname|product|orig|action)="
        r"|loc=\d{1,10}[;|](?:filename|fileid|time)="
        r"|loc=\d{1,10} (?:[\w/.\-]{1,40}=\S{0,256}(?: [^\s=]{1,40}){0,4} ){0,8}(?:product|orig|i/f_dir|action)=)"
    ),
    programs=frozenset({"cp-gw", "checkpoint", "cp_firewall"}),
)
