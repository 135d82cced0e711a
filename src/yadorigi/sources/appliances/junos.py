"""Juniper Junos: SRX firewalls (flows, screens, IDP, UTM, ATP, SecIntel), and the system log of all Junos devices.

Read are structured data (``<14>1 … RT_FLOW - RT_FLOW_SESSION_DENY [junos@2636.1.1.1.2.129 source-address="…" …]``) and
the plain form (``RT_FLOW: RT_FLOW_SESSION_DENY: session denied 192.0.2.1/1024->…``) with the same names, as far as the
plain text of flows, screens, UTM, IDP, logons and commands states them; and firewall filters
(``FW: ge-0/0/0.0 D tcp …``).
``tag`` is the message's name, ``program`` its process; ``outcome`` is what the tag means for logons and tunnels.

Not read: messages without a tag by programs of other systems' names too (kept as plain syslog or as Linux). The SSL VPN
that was Juniper's is Pulse Connect Secure, a format of its own.
Source: Juniper, Junos OS System Log Explorer; Structured System Log Messages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.appliances.junos_messages import filtered, ike_ends, kind_of, parts_of
from yadorigi.sources.appliances.junos_shapes import flow_shape
from yadorigi.sources.lines.format import Learned, Line, LineError, LineFormat, Reading, ShapeFacts
from yadorigi.sources.lines.syslog import unescaped

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_TAGS: Final = (
    "AAMW|ACCT|ALARMD|ANALYZER|ANTISPAM|APPID|APPIDD|APPQOS|APPTRACK|ASP|AUDITD|AUTHD|AV|BFDD|BOOTPD|CHASSISD|CONTENT_FILTERING"
    "|COSD|DCD|DFCD|DFWD|DHCPD|DYNAMIC_VPN|ECCD|ESWD|EVENTD|FABOAMD|FLOW|FPCLOGIN|FSAD|FUD|FWAUTH|HNCACHED|ICCPD|IDP|JDIAMETERD|JSRPD"
    "|JTASK|JTRACE|KMD|L2ALD|L2CPD|LACPD|LFMD|LIBESPTASK|LIBJNX|LIBMSPRPC|LICENSE|LLDPD|LOGIN|LSYSD|MCSNOOPD|MIB2D|NASD|NSD"
    "|NSTRACED|NTPDATE|PFED|PFE_FW|PGCPD|PING|PKID|PPMD|PPPD|PROFILER|PWC|RDD|RMOPD|RPD|RTLOGD?|RTPERF|RT|SAVAL|SDXD"
    "|SECINTEL|SMS|SNMPD|SNMP_TRAP|SPD|SRX_AAMW|SSHD|TFTPD|UFDD|UI|USERIDD|UTMD|VCCPD|VRRPD|WEB_AUTH|WEBFILTER"
)
_TAGGED: Final = re.compile(
    r"(?:\(FPC Slot \d{1,2}, PIC Slot \d{1,2}\) {1,2}\S{1,64} )?"
    r"(?:RT_[A-Z]{2,12} -"
    rf" )?(?:%[A-Z]{{0,16}}-(?:\d-)?)?((?:{_TAGS})_[A-Z][A-Z0-9_]{{1,63}}) ?: ?"
).match
_BEFORE_DATA: Final = re.compile(
    r"(?:RT_[A-Z]{2,12} (?:-|\d{1,10}) )?([A-Z][A-Z0-9]{1,31}(?:_[A-Z0-9]{1,31}){1,8}) (?=\[junos@)"
).match
"""What is left of a header of RFC 5424 that a relay put a header of its own before."""
_NAMED: Final = re.compile(r"[A-Z][A-Z0-9]{1,31}(?:_[A-Z0-9]{1,31})+").fullmatch
_PARAMETER: Final = re.compile(r' ([\w.-]{1,64})=(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|[”“]([^”“"]*)[”“])')


def _read(line: Line, clock: Clock) -> Reading:
    del clock
    header, message = line.header, line.message
    structured, tag = header.structured, ""
    if not structured and (before := _BEFORE_DATA(message)) is not None:
        tag, message = before[1], message[before.end() :]
    if not structured and message.startswith("[junos@"):
        structured = message
        message = message[message.rfind("]") + 1 :].lstrip()
    fields: dict[str, Any] = {}
    if structured:
        fields = {name: unescaped(value) or curly for name, value, curly in _PARAMETER.findall(structured)}
    tag = tag or (header.message_id if _NAMED(header.message_id) is not None else "")
    if not tag and (tagged := _TAGGED(message)) is not None:
        tag, message = tagged[1], message[tagged.end() :]
    filter_parts = filtered(message) if not tag or tag.startswith("PFE_FW") else None
    if not (tag or structured or filter_parts or header.program):
        raise LineError("a message of Junos without a tag")
    kind, outcome = ("filter", "") if filter_parts is not None else kind_of(tag)
    fields |= {"tag": tag, "program": header.program, "pid": header.process, "message": message}
    more = filter_parts or (parts_of(kind, message) if not structured else {})
    if header.program == "kmd" and "remote-address" not in fields:
        more = {**more, **ike_ends(message)}
    for name, value in more.items():
        fields.setdefault(name, value)
    if outcome:
        fields["outcome"] = outcome
    return Reading(f"junos/{kind}", {name: value for name, value in fields.items() if value not in ("", None)})


def _shape(text: str) -> Learned | None:
    """Return the shape of structured data without a message: empty values, which are left out, as they stand."""
    tagged = _TAGGED(text)
    if tagged is not None:
        return flow_shape(text, tagged.end()) if kind_of(tagged[1]) == ("flow", "") else None
    if not text.startswith("[junos@") or not text.endswith("]") or "\\" in text:
        return None
    start = text.find(" ")
    expression, names, end = re.escape(text[:start]), [], start
    for found in _PARAMETER.finditer(text, start):
        if found.start() != end or found[3] is not None:
            return None
        expression += f' {re.escape(found[1])}="' + ('([^"]++)"' if found[2] else '"')
        names += [found[1]] if found[2] else []
        end = found.end()
    if start < 0 or text[end:] != "]" or not names or _MADE.intersection(names):
        return None
    return Learned(f"{expression}\\]", tuple(names))


def _prepare(text: str) -> str:
    # Backslashes escape.
    return text if text.isprintable() and "\\" not in text else ""


def _guess(texts: Sequence[str]) -> list[str]:
    """Return what stands before the first values, mostly the names of messages."""
    return [
        text[end - _TAG_END : end]
        if (end := text.find(" [junos@")) >= 0
        else text[(start := text.find(_SESSION)) - _TAG_END : start + _SESSION_END]
        for text in texts
    ]


def _apart(text: str) -> int:
    """Return how many words there are."""
    return text.count(" ")


_TAG_END: Final = len("SESSION_CREATE")
_SESSION: Final = ": session "
_SESSION_END: Final = len(": session create")
_MADE: Final = frozenset({"tag", "program", "message", "pid", "outcome"})
JUNOS: Final = LineFormat(
    "junos",
    "Juniper Junos",
    _read,
    shapes=ShapeFacts(
        _shape,
        frozenset({"remote-address"}),
        (),
        lambda _values, _clock: None,
        _guess,
        _prepare,
        '[junos@2636 a="b"]',
        by_header=True,
        header_time=True,
        apart=_apart,
    ),
    sole=re.compile(
        rf"(?:RT_[A-Z]{{2,12}} - )?(?:%[A-Z]{{0,16}}-(?:\d-)?)?(?:{_TAGS})_[A-Z][A-Z0-9_]{{1,63}} ?: |\[junos@"
    ).match,
    opening=(
        r"(?:(?:(?:RT_[A-Z]{2,12} (?:-|\d{1,10}) )?[A-Z][A-Z0-9]{1,31}(?:_[A-Z0-9]{1,31}){1,8} )?\[junos@"
        r"|(?:\(FPC Slot \d{1,2}, PIC Slot \d{1,2}\) {1,2}\S{1,64} )?"
        rf"(?:RT_[A-Z]{{2,12}} - )?(?:%[A-Z]{{0,16}}-(?:\d-)?)?(?:{_TAGS})_[A-Z][A-Z0-9_]{{1,63}} ?: "
        r"|(?:[\w.-]{1,64} )?(?:PFE_FW_SYSLOG_\w{1,8}: )?FW: \S{1,64}\s+[ADR] |tcp_auth_ok: )"
    ),
    abroad=(
        r"(?:(?:sshd|login|init|cron|ntpd|auditd|dhcpd|dhcpcd|named|xinetd): "
        rf"(?:(?:{_TAGS})_[A-Z][A-Z0-9_]{{1,63}} ?: |\[junos@)"
        r"|kernel: (?:\[junos@|tcp_auth_ok: "
        r"|FW: \S{1,64}\s+[ADR] {1,4}\w{1,16} [0-9A-Fa-f.:]{3,39} [0-9A-Fa-f.:]{3,39} ))"
    ),
    programs=frozenset(
        {"rt_flow", "rt_utm", "rt_ids", "rt_idp", "rt_aamw", "rt_secintel", "kmd", "mib2d", "mgd", "rpd", "/kernel"}
    ),
    keeps=True,
)
