"""Sophos UTM (Astaro): ``2026:02:03-10:00:01 host program[pid]: …``, and the same behind a header of syslog.

Most programs write ``id="2001" severity="info" sys="SecureNet" sub="packetfilter" name="Packet dropped" …``; their
fields have the names of the line. What others write is the field ``message``. ``program`` and ``pid`` are fields too.
The event id is ``id``. The channel goes by the program: ``sophosutm/packetfilter`` (ulogd), ``/web`` (httpproxy, httpd
with ``sys="SecureWeb"``), ``/waf_request`` (a request to a server behind the UTM), ``/waf_threat`` (a request that a
rule of ModSecurity met), ``/waf_error`` (another error of a client's request), ``/waf`` (what else is reverseproxy's),
``/logon`` and ``/logoff`` (aua, the daemon that authenticates users), ``/config`` (confd), ``/threat`` (snort, afcd,
what is named an attack or a flood), ``/vpn`` (openvpn, pluto, ipsec, l2tp, pptp), ``/mail`` (smtpd, exim, pop3proxy),
``/dhcp``, ``/other``.

The time is the UTM's own, in its zone, which it does not state. Entries of an error log of Apache, which
``reverseproxy`` and ``httpd`` write too, have the fields that the format of those has. ``request_uri`` of a request is
its ``url`` with its ``query``.

Source: Sophos, UTM log file descriptions (programs, fields, ids).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.fields import Fields, put, worded_fields
from yadorigi.sources.lines.format import (
    TIME_VALUE,
    Learned,
    LearnedField,
    Line,
    LineError,
    LineFormat,
    Reading,
    ShapeFacts,
)
from yadorigi.sources.lines.shapes import key_value_shape
from yadorigi.sources.web.error_logs import apache_fields

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yadorigi.sources.lines.clock import Clock, Stamp
    from yadorigi.sources.lines.format import Values

_HEAD: Final = re.compile(
    r"(\d{4}): ?(\d{1,2}):(\d{1,2})-(\d\d:\d\d:\d\d) (?:([\w.\-]{1,255}) )?([\w.\-/]{1,64})(?:\[(\d{1,10})\])?: ?",
    re.ASCII,
).match
_NUMBERED: Final = re.compile(r'id="?[\w.]{1,32}"? severity=').match
_REQUEST: Final = re.compile(r'(?:id="\d{1,6}" )?srcip="[^"]*" localip="').match
_SERVERS: Final = frozenset({"reverseproxy", "httpd"})
_SERVED: Final = {"modsecurity": "waf_threat", "client": "waf_error"}
"""Kinds of what the Apache inside writes into its error log."""
_RUN_ON: Final = re.compile(r'"(?=[A-Za-z][\w\-]{0,31}=")')
_LONGEST_ID: Final = 6
_YEAR: Final = 4
_PROGRAMS: Final = {
    "ulogd": "packetfilter", "httpproxy": "web", "reverseproxy": "waf", "aua": "logon", "confd": "config",
    "confd-sync": "config", "snort": "threat", "barnyard": "threat", "afcd": "threat", "openvpn": "vpn", "pluto": "vpn",
    "ipsec": "vpn", "ipsec_starter": "vpn", "xl2tpd": "vpn", "pppd-l2tp": "vpn", "pptpd": "vpn", "pppd-pptp": "vpn",
    "smtpd": "mail", "exim": "mail", "exim-in": "mail", "exim-out": "mail", "pop3proxy": "mail", "dhcpd": "dhcp",
}  # fmt: skip
_KINDS_OF_TEXT: Final = frozenset({"vpn", "waf", "dhcp"})
_ATTACK: Final = re.compile(r"portscan|intrusion|flood|attack|\bc2/|virus|malware|botnet", re.IGNORECASE).search
_LOGIN: Final = re.compile(r"authentication (?:successful|failed)|\blogin\b|otp verification", re.IGNORECASE).search
_LOGOFF: Final = re.compile(r"\blog(?:ged )?out\b|\blogoff\b", re.IGNORECASE).search
_LONGEST_NAME: Final = 256
_LEVELS: Final = {
    "emergency": "emergency", "emerg": "emergency", "alert": "alert", "critical": "critical", "crit": "critical",
    "error": "error", "err": "error", "warn": "warning", "warning": "warning", "notice": "notice",
    "info": "informational", "debug": "debug",
}  # fmt: skip


def _read(line: Line, clock: Clock) -> Reading:
    message, header = line.message, line.header
    stamp: Stamp | None = None
    host, program, process = header.host, header.program, header.process
    if len(program) == _YEAR and program.isdigit() and not process:
        # What relayed the line took the year before the colon for the name of a program.
        message = f"{program}:{message}"
    found = _HEAD(message)
    if found is not None:
        year, month, day, time, own_host, program, process = found.groups()
        stamp = clock.iso(f"{year}-{month:0>2}-{day:0>2} {time}")
        if stamp is None:
            raise LineError("a line of Sophos UTM whose time is none")
        host, message = own_host or host, message[found.end() :]
    fields: Fields = {"program": program}
    if process:
        fields["pid"] = process
    request = program in _SERVERS and _REQUEST(message) is not None
    served = ""
    if request or _NUMBERED(message):
        # Some versions leave out the blank between two fields.
        for name, value in worded_fields(_RUN_ON.sub('" ', message) if '"' in message else message).items():
            for one in value if isinstance(value, list) else (value,):
                put(fields, name, one)
    elif program in _SERVERS and message[:1] == "[" and (entry := apache_fields(message)) is not None:
        served, parts = entry
        parts.pop("time", None)
        fields |= parts
    else:
        fields["message"] = message
    if request and "url" in fields:
        query = _text(fields, "query")
        fields["request_uri"] = f"{_text(fields, 'url')}{'' if query == '-' else query}"
    written = _text(fields, "id")
    number = int(written) if written.isascii() and written.isdigit() and len(written) <= _LONGEST_ID else 0
    level = _LEVELS.get(_text(fields, "severity").lower(), "")
    kind = "waf_request" if request else _SERVED.get(served) or _kind_of(program.lower(), fields)
    return Reading(f"sophosutm/{kind}", fields, stamp, host, number, level)


def _kind_of(program: str, fields: Fields) -> str:
    kind = _PROGRAMS.get(program, "other")
    if "id" not in fields:
        return kind if kind in _KINDS_OF_TEXT else "other"
    name = _text(fields, "name")[:_LONGEST_NAME]
    if kind == "web":
        return kind
    if _LOGOFF(name):
        return "logoff"
    if kind == "logon" or _LOGIN(name):
        return "logon"
    if _ATTACK(name):
        return "threat"
    return "web" if kind == "other" and _text(fields, "sys") == "SecureWeb" else kind


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else value[-1]


def _shape(message: str) -> Learned | None:
    """Return the shape of a line of names and values, other than a request, that has a host and a program's number."""
    head = _USUAL_HEAD(message)
    learned = key_value_shape(message[head.end() :]) if head is not None else None
    if head is None or learned is None or head["program"] in _SERVERS:
        return None
    if learned.names[:2] != ("id", "severity") or not learned.expression.startswith(_ANY_ID):
        return None
    program = re.escape(head["program"])
    # What ends in an equals sign may be taken for a name that runs on.
    rest = learned.expression.removeprefix(_ANY_ID).replace(_ANY_VALUE, f"{_ANY_VALUE}(?<!=)")
    expression = rf"{_TIME} ({_HOST}) {program}\[(\d{{1,10}})\]: {_ID}{rest}"
    fields = (
        LearnedField("program", "", head["program"]),
        *(LearnedField(name, name) for name in ("pid", *learned.names)),
    )
    return Learned(expression, (TIME_VALUE, _OWN_HOST, "pid", *learned.names), fields)


def _guess(texts: Sequence[str]) -> list[str]:
    """Return the numbers of messages: with one, lines mostly have the same fields."""
    return [text[(start := text.find(': id="')) : start + _GUESSED] for text in texts]


def _time_of(values: Values, clock: Clock) -> Stamp | None:
    year, month, rest = values[0].split(":", 2)
    return clock.iso(f"{year}-{month}-{rest.replace('-', ' ')}")


_GUESSED: Final = len(': id="2001"')
_TIME: Final = r"(\d{4}:\d\d:\d\d-\d\d:\d\d:\d\d)"
_HOST: Final = r"[\w.\-]{1,255}+"
_USUAL_HEAD: Final = re.compile(rf"{_TIME} {_HOST} (?P<program>[\w.\-/]{{1,64}}+)\[\d{{1,10}}\]: ", re.ASCII).match
_ANY_VALUE: Final = '([^"]*+)'
_ANY_ID: Final = 'id="([^"]*+)" severity="'
_ID: Final = r'id="([\w.]{1,32}+)" severity="'
_OWN_HOST: Final = "\0host"
_DECIDING: Final = frozenset({_OWN_HOST, "id", "severity", "name", "sys"})
_NAMED: Final = r"id=\"\d{4}\" severity=\"\w{1,16}\" sys=\"(?:Secure\w{2,8}|System\w{0,8})\""

SOPHOS_UTM: Final = LineFormat(
    "sophosutm",
    "Sophos UTM",
    _read,
    shapes=ShapeFacts(
        _shape, _DECIDING, (TIME_VALUE,), _time_of, _guess, begins='2026:02:03-10:00:01 utm x[1]: id="1" severity="x"'
    ),
    opening=(
        r"(?:\d{4}: ?\d{1,2}:\d{1,2}-\d\d:\d\d:\d\d [\w.\-]"
        r"|\d{1,2}:\d{1,2}-\d\d:\d\d:\d\d [\w.\-]{1,255} [\w.\-/]{1,64}\[?"
        rf"|{_NAMED})"
    ),
    abroad=rf"(?:ulogd|named|dhcpd|openvpn|snort|suricata): {_NAMED}",
)
