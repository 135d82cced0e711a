"""What the messages of network services say.

Sources: the services' own code and manuals (OpenVPN, strongSwan, Unbound, ISC DHCP, Kea, dnsmasq, FreeRADIUS,
Squid, Snort, Suricata).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

Told: TypeAlias = tuple[str, dict[str, str]]
_ADDRESS: Final = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,40})"
_BEFORE_PORT: Final = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,40}?)"
_OTHER: Final = "other"


def _groups(found: re.Match[str]) -> dict[str, str]:
    return {name: value for name, value in found.groupdict().items() if value}


_PEER: Final = re.compile(
    rf"(?:(?P<user>[^\s/]{{1,256}})/)?(?:\[AF_INET6?\])?(?P<ip>{_ADDRESS}):(?P<port>\d{{1,5}}) (?P<text>.*)", re.DOTALL
).match
_VPN_LOGON: Final = re.compile(
    r"(?:openvpn server '(?P<server>[^']{1,64})' )?user '(?P<user>[^']{1,256})'"
    rf"(?: address '(?P<ip>{_ADDRESS})(?::(?P<port>\d{{1,5}}))?')?"
    r" (?:- )?(?P<event>authenticated|could not authenticate|connecting|connected|disconnected)"
    r"(?: using '(?P<database>[^']{1,64})')?"
).match
_VPN_CHECKED: Final = re.compile(
    r"TLS: Username/Password authentication (?P<event>succeeded|deferred) for username '(?P<user>[^']{1,256})'"
).match
_VPN_REFUSED: Final = re.compile(r"TLS Auth Error: (?P<event>Auth Username/Password verification failed)").match
_INITIATED: Final = re.compile(r"\[(?P<user>[^\]]{0,256})\] (?P<event>Peer Connection Initiated)").match
_POOLED: Final = re.compile(rf"MULTI(?:_sva)?: (?P<event>pool returned) IPv4=(?P<assigned_ip>{_ADDRESS})").match
_LEARNED: Final = re.compile(
    rf"MULTI: (?P<event>Learn): (?P<assigned_ip>{_ADDRESS}) -> (?:(?P<user>[^\s/]{{1,256}})/)?"
).match
_ENDED: Final = re.compile(r"(?P<event>SIG[A-Z0-9]{3,6}(?=\[[^\]]{1,64}\] received)|Connection reset)").match
_FROM_PEER: Final = re.compile(rf"from \[AF_INET6?\](?P<ip>{_ADDRESS}):(?P<port>\d{{1,5}})").search
_MESSAGE_LIMIT: Final = 4_096


def read_openvpn(message: str) -> Told:
    """Tell what OpenVPN and the scripts that check users for it say."""
    logon = _VPN_LOGON(message)
    if logon is not None:
        return "vpn_logon", _groups(logon)
    peer = _PEER(message)
    fields = _groups(peer) if peer is not None else {}
    text = fields.get("text", message)
    for kind, match in _OPENVPN:
        found = match(text)
        if found is not None:
            fields |= _groups(found)
            fields["event"] = fields["event"].lower()
            return kind, fields
    if peer is None and (found := _FROM_PEER(message[:_MESSAGE_LIMIT])) is not None:
        fields = _groups(found)
    return "openvpn", fields


_OPENVPN: Final = (
    ("vpn_logon", _VPN_CHECKED), ("vpn_logon", _VPN_REFUSED), ("openvpn", _INITIATED), ("openvpn", _POOLED),
    ("openvpn", _LEARNED), ("openvpn", _ENDED),
)  # fmt: skip

_CHARON: Final = re.compile(
    r"(?P<thread>\d{1,4})\[(?P<group>[A-Z]{2,4})\d?\] ?(?:<(?P<connection>[^>]{1,128})> )?(?P<text>.*)", re.DOTALL
).match
_PACKET: Final = re.compile(
    rf"(?P<event>sending|received|retransmit\w*|sending retransmit \d+ of \S+) packet: from"
    rf" (?P<from_ip>{_ADDRESS})\[(?P<from_port>\d{{1,5}})\] to (?P<to_ip>{_ADDRESS})\[(?P<to_port>\d{{1,5}})\]"
).match
_ESTABLISHED: Final = re.compile(
    rf"(?P<event>IKE_SA \S{{1,128}} established) between (?P<local_ip>{_ADDRESS})\[(?P<local_id>[^\]]{{0,256}})\]"
    rf"\.\.\.(?P<remote_ip>{_ADDRESS})\[(?P<remote_id>[^\]]{{0,256}})\]"
).search
_IKE_LOGON: Final = re.compile(
    r"(?:XAuth authentication of|authentication of|EAP method \S{1,32}) '(?P<user>[^']{1,256})'"
    r"(?: \(myself\))?(?: with (?P<method>[\w .\-]{1,64}?))? (?P<event>successful|failed|succeeded)"
).match
_EAP_LOGON: Final = re.compile(
    r"EAP method (?P<method>\S{1,32}) (?P<event>failed|succeeded)"
    r"(?: for peer (?P<user>[^,\s]{1,256})|, MSK established|, no MSK established)?"
).match


def read_charon(message: str) -> Told:
    """Tell what strongSwan's charon says."""
    found = _CHARON(message)
    if found is None:
        return "ipsec", {}
    fields = _groups(found)
    text = fields.get("text", "")
    packet = _PACKET(text)
    if packet is not None:
        told = _groups(packet)
        ends = ("local", "remote") if told["event"].startswith(("sending", "retransmit")) else ("remote", "local")
        for end, own in zip(ends, ("from", "to"), strict=True):
            fields[f"{end}_ip"], fields[f"{end}_port"] = told[f"{own}_ip"], told[f"{own}_port"]
        fields["event"] = f"{told['event']} packet"
        return "ipsec", fields
    logon = _IKE_LOGON(text) or _EAP_LOGON(text)
    if logon is not None and "(myself)" not in text:
        return "vpn_logon", fields | _groups(logon)
    made = _ESTABLISHED(text[:_MESSAGE_LIMIT])
    if made is not None:
        fields |= _groups(made)
        fields["event"] = "established"
    return "ipsec", fields


_QUERY: Final = re.compile(
    r"\[(?P<thread>[\d:a-fx]{1,20})\] (?P<level>info|query|reply|notice|error|warning|debug): "
    rf"(?:(?P<ip>{_ADDRESS})(?:@(?P<port>\d{{1,5}}))? (?P<name>\S{{1,1024}}) (?P<type>[A-Z][A-Z0-9]{{0,15}})"
    r" (?P<class>IN|CH|HS|ANY|NONE)(?: (?P<rcode>[A-Z]{4,16})(?: (?P<seconds>[\d.]+) (?P<cached>\d) (?P<size>\d+))?)?)?"
).match


def read_unbound(message: str) -> Told:
    """Tell what Unbound says."""
    found = _QUERY(message)
    if found is None:
        return _OTHER, {}
    fields = _groups(found)
    if "name" not in fields:
        return _OTHER, fields
    fields["event"] = "reply" if "rcode" in fields or fields["level"] == "reply" else "query"
    return "dns", fields


_DNSMASQ_QUERY: Final = re.compile(
    rf"(?:\d{{1,20}} {_ADDRESS}/\d{{1,5}} )?(?P<event>query)\[(?P<type>[A-Za-z0-9=]{{1,16}})\]"
    rf" (?P<name>\S(?:.{{0,1023}}\S)?) from (?P<ip>{_ADDRESS})"
).match


def read_dnsmasq(message: str) -> Told:
    """Tell what dnsmasq says of names that it is asked for."""
    found = _DNSMASQ_QUERY(message)
    return ("dns", _groups(found)) if found is not None else (_OTHER, {})


_NAMED_QUERY: Final = re.compile(
    rf"(?:[\w\-]{{1,32}}: )?(?:(?:info|notice|warning|error|debug \d): )?client (?:@0x[0-9a-f]{{1,16}} )?"
    rf"(?P<ip>{_ADDRESS})#(?P<port>\d{{1,5}})(?:/key \S{{1,256}})?(?: \([^()\s]{{0,1024}}\))?: "
    r"(?:view [^\s:]{1,64}: )?"
    r"(?P<event>query)(?: \(cache\) '(?P<name>[^'\s]{1,1024})/(?P<type>[A-Z0-9]{1,16})/(?P<class>[A-Z]{2,5})' "
    r"(?P<text>.*)"
    r"|: (?P<name2>\S{1,1024}) (?P<class2>IN|CH|HS|ANY|NONE) (?P<type2>[A-Z0-9]{1,16})(?: (?P<flags>[+\-]\S{0,32}))?"
    r"(?: \((?P<server>[^)\s]{1,64})\))?)"
).match


def read_named(message: str) -> Told:
    """Tell what BIND says of names that it is asked for."""
    found = _NAMED_QUERY(message)
    if found is None:
        return _OTHER, {}
    return "dns", {name.rstrip("2"): value for name, value in found.groupdict().items() if value}


_MAC: Final = r"(?:[0-9A-Fa-f]{1,2}:){5}[0-9A-Fa-f]{1,2}"
_DHCPD: Final = re.compile(
    r"(?P<event>DHCP(?:DISCOVER|OFFER|REQUEST|ACK|NAK|DECLINE|RELEASE|INFORM|LEASEQUERY|EXPIRE))(?!\()"
    rf"(?: (?:on|for|of) (?P<ip>{_ADDRESS}))?(?: \((?P<server>{_ADDRESS})\))?"
    rf"(?: (?:from|to) (?:(?P<mac>{_MAC})|(?P<client>{_ADDRESS}))(?: \((?!{_MAC}\))(?P<hostname>.{{1,255}})\))?)?"
    rf"(?: \((?P<chaddr>{_MAC})\))?(?: via (?P<interface>[\w.\-:]{{1,64}}))?"
).match
_DNSMASQ: Final = re.compile(
    r"(?:\d{1,20} )?(?P<event>DHCP[A-Z]{3,12})\((?P<interface>[\w.\-:]{1,64})\)"
    rf" (?:(?P<ip>{_ADDRESS}) )?(?P<mac>{_MAC})(?: (?P<hostname>\S{{1,255}}))?"
).match
_KEA: Final = re.compile(
    r"(?:\S{0,40} )?(?:[A-Z]{4,7} +)?\[[\w.\-]{1,64}(?:/[\w.]{1,40})?\]"
    r" (?P<event>DHCP[46]_[A-Z0-9_]{3,64})(?P<text>.*)",
    re.DOTALL,
).match
_KEA_MAC: Final = re.compile(rf"\[hwtype=\d{{1,3}} (?P<mac>{_MAC})\]").search
_KEA_LEASE: Final = re.compile(rf"\blease (?P<ip>{_ADDRESS}) has been").search


def read_dhcp(message: str) -> Told:
    """Tell what a DHCP server says."""
    found = _DHCPD(message) or _DNSMASQ(message)
    if found is not None:
        fields = _groups(found)
        for name, same in (("client", "ip"), ("chaddr", "mac")):
            if name in fields:
                fields.setdefault(same, fields.pop(name))
        return "dhcp", fields
    kea = _KEA(message)
    if kea is None:
        return _OTHER, {}
    fields = {"event": kea["event"]}
    for search in (_KEA_MAC, _KEA_LEASE):
        if (part := search(kea["text"][:_MESSAGE_LIMIT])) is not None:
            fields |= part.groupdict()
    return "dhcp", fields


_SQUID: Final = re.compile(
    rf"(?:\[[^\]]{{1,64}}\]\([^)]{{1,64}}\) |(?P<seconds>\d{{9,10}}\.\d{{1,6}}) +(?P<elapsed>\d{{1,12}}) )"
    rf"(?P<client_ip>{_ADDRESS}) (?P<result>[A-Z_]{{1,64}})/(?P<status_code>\d{{1,3}}) (?P<size>\d{{1,20}})"
    r" (?P<http_method>[A-Za-z_]{1,32}) (?P<url>\S+) (?P<user>\S{1,256})"
    r" (?P<hierarchy>[A-Z_]{1,64})/(?P<server>\S{1,256})(?: (?P<content_type>\S{1,256}))?"
).match


def read_squid(message: str) -> Told:
    """Tell what Squid logs of a request in its own format, also where its times were taken for links."""
    found = _SQUID(message)
    if found is None:
        return _OTHER, {}
    return "http", {name: value for name, value in _groups(found).items() if value != "-"}


_ALERT: Final = re.compile(
    r"(?:\[(?P<action>[A-Za-z]{1,16})\] )?\[(?P<gid>\d{1,10}):(?P<sid>\d{1,10}):(?P<rev>\d{1,10})\]"
    r' "?(?P<msg>[^\[]{1,1024}?)"? (?:\[Classification: (?P<classification>[^\]]{0,256})\] ?)?'
    r"\[Priority: (?P<priority>\d{1,3})\]:? ?"
    rf"(?:<[^>]{{1,32}}> )?\{{(?P<proto>[^}}]{{1,32}})\}} (?P<src>{_BEFORE_PORT})(?::(?P<sport>\d{{1,5}}))?"
    rf" -> (?P<dst>{_BEFORE_PORT})(?::(?P<dport>\d{{1,5}}))?(?=\s|$)"
).match


_RADIUS: Final = re.compile(
    r"(?:[A-Z][a-z]{2,7}: )?(?:\(\d{1,10}\) {1,4})?(?P<event>Login OK|Login incorrect|Invalid user)"
    r"(?: \((?P<reason>.{1,512}?)\))?: \[(?P<who>.{0,512})\]"
    r" \(from client (?P<nas>\S{1,256}) port (?P<nas_port>\d{1,10})(?: cli (?P<cli>[^\s)]{1,128}))?"
).match


def read_radius(message: str) -> Told:
    """Tell what FreeRADIUS says of logons; a password that it logs behind the user's name is in the message alone."""
    found = _RADIUS(message)
    if found is None:
        return _OTHER, {}
    fields = _groups(found)
    who = fields.pop("who", "")
    user, via, _ = who.rpartition("/<via ")
    user = user if via else who.partition("/")[0]
    if user:
        fields["user"] = user
    fields["event"] = fields["event"].lower()
    return "radius", fields


def read_alert(message: str) -> Told:
    """Tell what Snort or Suricata found, in the format of alerts that they have for syslog."""
    found = _ALERT(message)
    if found is None:
        return _OTHER, {}
    fields = _groups(found)
    if "ICMP" in fields["proto"].upper():
        # There are no ports: what looks like one ends an address of IPv6.
        for end, number in (("src", "sport"), ("dst", "dport")):
            if number in fields:
                fields[end] = f"{fields[end]}:{fields.pop(number)}"
    return "ids", fields


READERS: Final[dict[str, Callable[[str], Told]]] = {
    "openvpn": read_openvpn, "charon": read_charon, "charon-systemd": read_charon, "ipsec": read_charon,
    "unbound": read_unbound, "named": read_named, "dnsmasq": read_dnsmasq, "dnsmasq-dhcp": read_dhcp,
    "dhcpd": read_dhcp, "dhcpd6": read_dhcp, "kea-dhcp4": read_dhcp, "kea-dhcp6": read_dhcp, "squid": read_squid,
    "squid-1": read_squid,
    "radiusd": read_radius, "freeradius": read_radius, "snort": read_alert, "suricata": read_alert,
}  # fmt: skip
"""By the program's name in lower case."""


def told(program: str, message: str) -> Told:
    """Return the kind of a message of a program, and what it says."""
    reader = READERS.get(program)
    return reader(message) if reader is not None else (_OTHER, {})
