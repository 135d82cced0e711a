"""Cisco ASA and what writes as it does: Secure Firewall Threat Defense (FTD), PIX, FWSM, NGIPS.

Every message has a number (``%ASA-6-302013: Built outbound TCP connection ...``), which is the event's id. Connections
and what was denied, VPN sessions, logons, commands of administrators and threats have named fields; any other message
is an event with its text and the addresses in it. Events of FTD (430001 to 430005) are lists of ``Name: value``, which
are kept under those names.

``message`` is the message with its number. ``src_ip`` and ``dst_ip`` hold names where the device writes names for
addresses. ``user``, ``group`` and ``ip`` are those of VPN sessions and logons. Times without zone are read in the one
that ``--timezone`` states. Lists that the Firepower System writes
without a number (``SFIMS: Protocol: TCP, ...``) are read as those of FTD.

Source: Cisco, "Cisco Secure Firewall ASA Series Syslog Messages" and "Cisco Secure Firewall Threat Defense Syslog
Messages".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yadorigi.sources.appliances.cisco_prefix import LEAD, addresses_in, before_message, host_of
from yadorigi.sources.appliances.cisco_shapes import HEADER, HEADER_TIMES, asa_guess, asa_shape, prepared_message
from yadorigi.sources.appliances.message_texts import messages_of
from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading, ShapeFacts
from yadorigi.sources.lines.syslog import SEVERITIES

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_MARK: Final = r"(?:ASA|FTD|PIX|FWSM|NGIPS)(?:-[a-z]{2,12})?--?\d-\d{4,6}\b"
_OPENING: Final = rf"(?:[: ]{{0,3}}{_MARK}|{LEAD}%{_MARK})"
_LOOSE: Final = rf"[^%\n]{{0,160}}+%{_MARK}"
_TAG: Final = re.compile(
    r"(?P<before>[: ]{0,3}|[^%\n]{0,160}+%)(?P<product>ASA|FTD|PIX|FWSM|NGIPS)(?:-[a-z]{2,12})?--?"
    r"(?P<level>\d)-0*(?P<number>\d{1,6}):?\s*+",
    re.ASCII,
).match
_NAME: Final = re.compile(r"[A-Z][\w \-]{1,40}", re.ASCII).fullmatch
_LISTS: Final = {
    430001: "ftd_intrusion", 430002: "ftd_connection", 430003: "ftd_connection", 430004: "ftd_file",
    430005: "ftd_malware",
}  # fmt: skip
_TELLING: Final = {
    "FileName": "ftd_file", "ThreatName": "ftd_malware", "SID": "ftd_intrusion", "Classification": "ftd_intrusion",
    "Message": "ftd_intrusion",
}  # fmt: skip
"""Fields by which a list without a number is known; a later one decides."""
_LEAST: Final = 2
_OPENED: Final = 4
"""Characters before a message that are no more than its opening."""
_DEBUG: Final = 7


def _read(line: Line, clock: Clock) -> Reading:
    text = line.message
    tag = _TAG(text)
    if tag is None:
        return _without_number(line)
    number, level = int(tag["number"]), int(tag["level"])
    if level > _DEBUG:
        raise LineError("a message of Cisco ASA with a level that there is none of")
    fields: Fields = {"product": tag["product"], "message": f"%{text[tag.start('product') :].rstrip()}"}
    host, time = host_of(line.header), None
    if len(tag["before"]) > _OPENED or not line.header.time:
        _, name, time = before_message(tag["before"].rstrip("%"), clock, line.header.time)
        host = name or host
    kind = _LISTS.get(number, "")
    if kind:
        fields |= listed(text[tag.end() :])
        kind = _connection(fields) if kind == "ftd_connection" else kind
    else:
        kind, named = messages_of("cisco_asa_messages.toml").read(tag["number"], text, tag.end())
        fields |= named or addresses_in(text, tag.end())
    return Reading(f"cisco_asa/{kind or 'other'}", fields, time, host, number, SEVERITIES[level])


def _without_number(line: Line) -> Reading:
    """Return a list of ``Name: value`` that states no number, as the Firepower System writes it."""
    fields = listed(line.message)
    if len(fields) < _LEAST:
        raise LineError("a line of Cisco ASA without a message number")
    kind = _connection(fields)
    for name, own in _TELLING.items():
        if name in fields:
            kind = own
    return Reading(f"cisco_asa/{kind}", {**fields, "message": line.message.rstrip()})


def _connection(fields: Fields) -> str:
    """Return the kind of a connection: of the web and of DNS are apart, because they have more to tell."""
    if "DNSQuery" in fields:
        return "ftd_dns"
    return "ftd_http" if "URL" in fields or "HTTPResponse" in fields or "UserAgent" in fields else "ftd_connection"


def listed(text: str) -> Fields:
    """Return fields of ``Name: value, Name: value``; a value may hold commas, but no name behind one."""
    found: list[tuple[str, list[str]]] = []
    for part in text.rstrip(" ,\r\n").split(", "):
        name, colon, value = part.partition(":")
        if colon and value[:2] != "//" and _is_name(name):
            found.append((name, [value.strip()]))
        elif found:
            found[-1][1].append(part)
    fields: Fields = {}
    for name, parts in found:
        value = parts[0] if len(parts) == 1 else ", ".join(parts)
        if value:
            if name in fields:
                put(fields, name, value)
            else:
                fields[name] = value
    return fields


@lru_cache(maxsize=4_096)
def _is_name(text: str) -> bool:
    return _NAME(text) is not None


CISCO_ASA: Final = LineFormat(
    "cisco_asa",
    "Cisco ASA and FTD",
    _read,
    opening=_OPENING,
    loose=_LOOSE,
    programs=frozenset({"ftd", "sfims", "ngips", "ciscoasa", "firepower"}),
    keeps=True,
    shapes=ShapeFacts(
        asa_shape,
        frozenset(),
        (),
        lambda _values, _clock: None,
        asa_guess,
        prepared_message,
        "%ASA-6-302013: x",
        by_header=True,
        header_time=True,
        escaped='"',
        header=HEADER,
        header_times=HEADER_TIMES,
    ),
    sole=re.compile(r"%(?:ASA|FTD|PIX|FWSM)-\d-\d{6}: ", re.ASCII).match,
)
