"""Cisco Meraki (MX, MR, MS): its syslog, ``1 1563249630.774 device kind …``, also behind the header of a relay.

Kinds: ``flow`` (``flows``, ``firewall``, ``vpn_firewall``, ``cellular_firewall``, ``ip_flow_start`` and ``_end``),
``url`` (``urls``, and what content filtering blocked), ``ids`` (``ids-alerts``, ``security_event ids_alerted``),
``malware`` (``security_event security_filtering_…``), ``logon`` (client VPN, AnyConnect, 802.1X, splash pages),
``tunnel`` (site to site), ``dhcp`` and ``event``. Fields are the ``name=value`` of the line, ``kind`` (the word that
Meraki writes), ``type``, and ``message``: what stands there as a sentence, out of which user, addresses and ports are
taken (``method`` and ``url`` out of ``request``). ``action`` is what a flow's pattern says (``allow`` and 0 let pass,
``deny`` and 1 block), where the line has none.

The time is the number in front, since 1970 in UTC. The host is the device's name. There are no numbers of messages.

Source: Cisco Meraki, Syslog Event Types and Log Samples.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.fields import Fields, put
from yadorigi.sources.lines.format import Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import put_other

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_FLOWS: Final = frozenset({
    "flows", "firewall", "vpn_firewall", "cellular_firewall", "l7_firewall", "bridge_anyconnect_client_vpn_firewall",
    "ip_flow_start", "ip_flow_end",
})  # fmt: skip
_KINDS: Final = (*sorted(_FLOWS), "events", "urls", "ids-alerts", "security_event", "airmarshal_events")
_LINE: Final = re.compile(
    rf"(?:1 )?(?:[A-Z][a-z]{{2}} {{1,2}}\d{{1,2}} \d\d:\d\d:\d\d \S{{1,255}} (?:1 )?)?"
    rf"(\d{{9,10}}\.\d{{1,9}}) ([\w.\-]{{1,64}}) {{1,2}}({'|'.join(_KINDS)})(?: |$)",
    re.ASCII,
).match
_FIELD: Final = re.compile(r"(?<![\w.])([A-Za-z][\w.\-]{0,40})=(?: ?'([^']*+)'|\"([^\"]*+)\"|(\S*))")
_TAIL: Final = re.compile(r"\b(message|pattern|request): ?(.*)").search
_FIRST: Final = re.compile(r"(\w{2,64})(?= |$)", re.ASCII).match
_LOGONS: Final = (
    "client_vpn_connect", "client_vpn_disconnect", "anyconnect_vpn_", "8021x_", "splash_auth", "wpa_",
    "authentication",
)  # fmt: skip
_IN_SENTENCES: Final = (
    ("user", re.compile(r"\bUser ?\[([^\]]{1,200})\]|\buser(?: id)? '([^']{1,200})'", re.IGNORECASE).finditer),
    ("peer_ip", re.compile(r"\bPeer IP[=: ]{1,2}([0-9A-Fa-f:.]{2,45}?)(?=[^0-9A-Fa-f:.]|Peer|$)").finditer),
    ("peer_ip", re.compile(r"\bconnected from ([0-9A-Fa-f:.]{2,45})").finditer),
    ("peer_port", re.compile(r"Peer port ?(?:=|\[)(\d{1,5})").finditer),
    ("local_ip", re.compile(r"\blocal ip ([0-9A-Fa-f:.]{2,45})").finditer),
    ("lease_ip", re.compile(r"\blease of ip ([0-9A-Fa-f:.]{2,45})").finditer),
    ("client_mac", re.compile(r"\b(?:for )?client mac ([0-9A-Fa-f:]{11,17})").finditer),
)
_SAID: Final = 8
"""Values of one name that a sentence may have."""
_ACTIONS: Final = {"0": "allow", "1": "deny", "allow": "allow", "deny": "deny"}


def _read(line: Line, clock: Clock) -> Reading:
    found = _LINE(line.message)
    if found is None:
        raise LineError("no line of Meraki")
    time, host, kind = found.groups()
    rest = line.message[found.end() :]
    fields: Fields = {"kind": kind}
    tail = _TAIL(rest)
    if tail is not None:
        fields[tail[1]] = tail[2].strip()
        rest = rest[: tail.start()]
        if tail[1] == "request":
            fields["method"], _, fields["url"] = tail[2].strip().partition(" ")
    for name, single, double, plain in _FIELD.findall(rest):
        put(fields, name, single.strip() or double or plain)
    first = _FIRST(rest)
    if first is not None and "=" not in rest[: first.end() + 1]:
        _put_first(fields, kind, first[1], rest)
    for name, every in _IN_SENTENCES:
        for said in islice(every(rest), _SAID):
            put_other(fields, name, next(group for group in said.groups() if group))
    if kind in _FLOWS and "action" not in fields and (pattern := str(fields.get("pattern", ""))):
        action = _ACTIONS.get(pattern.split(" ", 1)[0].lower())
        if action:
            fields["action"] = action
    return Reading(
        f"cisco_meraki/{_channel(kind, str(fields.get('type', '')), fields)}", fields, clock.seconds(time), host
    )


def _put_first(fields: Fields, kind: str, word: str, rest: str) -> None:
    """Put the word behind the kind, which names what happened, or begins a sentence."""
    if kind in _FLOWS:
        if word in _ACTIONS:
            fields["action"] = word
    elif kind == "security_event" or "_" in word:
        fields["type"] = word
        if not _FIELD.search(rest):
            fields["message"] = rest.strip()
    elif kind == "events":
        fields["message"] = rest.strip()


def _channel(kind: str, what: str, fields: Fields) -> str:
    if kind in _FLOWS:
        return "flow"
    if kind == "urls" or what == "content_filtering_block":
        return "url"
    if kind == "ids-alerts" or what == "ids_alerted":
        return "ids"
    if kind == "security_event":
        return "malware"
    if what.startswith(_LOGONS):
        return "logon"
    if what in {"vpn_connectivity_change", "vpn_registry_change"}:
        return "tunnel"
    return "dhcp" if "lease_ip" in fields or str(fields.get("message", "")).startswith("dhcp ") else "event"


CISCO_MERAKI: Final = LineFormat(
    "cisco_meraki",
    "Cisco Meraki",
    _read,
    opening=(
        r"(?:1 )?(?:[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \S{1,255} (?:1 )?)?\d{9,10}\.\d{1,9} [\w.\-]{1,64} {1,2}"
        rf"(?:{'|'.join(_KINDS)})(?: |$)"
    ),
)
