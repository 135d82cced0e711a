"""pfSense and OPNsense: packets that the filter logs, logons to the web interface, changes of the configuration.

Lines of syslog, with and without a host, in the layouts of RFC 3164 and RFC 5424:

- ``pfsense/filter``: filterlog, for IPv4 and IPv6, TCP, UDP, ICMP and CARP; fields have the names that Netgate gives
  them (Raw Filter Log Format), with hyphens; OPNsense writes the same, with a rule's label as ``tracker``;
- ``pfsense/logon``: logons to the web interface, from pfSense's php-fpm and OPNsense's audit, and to the captive
  portal: ``user``, ``ip``, ``mac``, ``script``, ``service``, ``database``, ``zone``; ``event`` is made of the
  message's own words in lower case;
- ``pfsense/config``: changes of the configuration: who (``user``), from where (``ip``), by which page (``script``), and
  ``change``, or ``revision``;
- ``pfsense/system``: what else these programs, configd and sshguard write, with its text alone.

Every event has ``program``, ``pid`` and, but for filterlog, ``message``. What OpenVPN, strongSwan, Unbound, DHCP
servers, Snort and others write on such firewalls is read as network services are, sshd as that of Linux.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.format import Learned, Line, LineError, LineFormat, Reading, ShapeFacts

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock

_HEAD: Final = (
    "rule-number", "sub-rule-number", "anchor", "tracker", "real-interface", "reason", "action", "direction",
    "ip-version",
)  # fmt: skip
_BY_VERSION: Final = {
    "4": ("tos", "ecn", "ttl", "id", "offset", "flags", "protocol-id", "protocol-text"),
    "6": ("class", "flow-label", "hop-limit", "protocol-text", "protocol-id"),
}
_IP: Final = ("length", "source-address", "destination-address")
_PORTS: Final = ("source-port", "destination-port", "data-length")
_TCP: Final = (*_PORTS, "tcp-flags", "sequence-number", "ack-number", "tcp-window", "urg", "tcp-options")
_ECHO: Final = ("icmp-type", "icmp-id", "icmp-sequence")
_ICMP: Final = {
    "request": _ECHO, "reply": _ECHO, "tstamp": _ECHO,
    "tstampreply": (*_ECHO, "icmp-otime", "icmp-rtime", "icmp-ttime"),
    "unreachproto": ("icmp-type", "icmp-destination-ip-address", "icmp-protocol-id"),
    "unreachport": ("icmp-type", "icmp-destination-ip-address", "icmp-protocol-id", "icmp-port-number"),
    "needfrag": ("icmp-type", "icmp-destination-ip-address", "icmp-mtu"),
}  # fmt: skip
_CARP: Final = ("carp-type", "carp-ttl", "vhid", "version", "advskew", "advbase")
_BY_PROTOCOL: Final = {
    "6": _TCP, "17": _PORTS, "132": _PORTS, "112": _CARP, "tcp": _TCP, "udp": _PORTS, "sctp": _PORTS, "carp": _CARP,
}  # fmt: skip
_VERSION_PLACE: Final = len(_HEAD) - 1
_MORE_LIMIT: Final = 32

_SCRIPT: Final = r"(?:(/[\w./\-]{1,200}): )?"
_LOGON: Final = re.compile(
    _SCRIPT + r"(Successful login|Failed login(?: attempt)?|webConfigurator (?:authentication error|login)"
    r"|Web GUI authentication error|User logged (?:in|out)|User authentication failed|Session timed out)"
    r" for (?:unknown )?(?:user )?'(.{0,256})'"
    r" from:? ([0-9A-Za-z:.%\-]{2,64})(?: \(([^)]{1,64})\))?"
).match
_BACKEND: Final = re.compile(
    r"user '?(\S{1,256}?)'? (authenticated successfully|failed authentication|could not authenticate|authenticated)"
    r"(?: for (\S{1,64}?))?(?=[. ]|$)"
).match
_CHANGE: Final = re.compile(
    _SCRIPT + r"Configuration Change: ([^\s@]{1,256})@([0-9A-Za-z:.%\-]{2,64})(?: \(([^)]{1,64})\))?: (.*)", re.DOTALL
).match
_CHANGED: Final = re.compile(
    r"user \(?([^\s@)]{1,256})\)?(?:@([0-9A-Za-z:.%\-]{2,64}))? changed configuration to (\S{1,256}) in (\S{1,256})"
).match

_PORTAL: Final = re.compile(
    r"(?:Zone: (\S{1,64}) - )?(ACCEPT|USER LOGIN|LOGIN|FAILURE|ERROR|LOGOUT|DISCONNECT|(?:IDLE |SESSION )?TIMEOUT"
    r"|CONCURRENT LOGIN[\w \-]{0,40}): (.{0,256}), ([0-9A-Fa-f:]{0,17}), ([0-9A-Fa-f:.]{2,45})(?:, (.{1,256}))?"
).match


def _read(line: Line, clock: Clock) -> Reading:
    del clock
    header = line.header
    if not header.time:
        raise LineError("a line of pfSense or OPNsense without a time")
    fields: dict[str, str | list[str]] = {"program": header.program or "filterlog"}
    if header.process:
        fields["pid"] = header.process
    if _FILTERED(line.message):
        return Reading("pfsense/filter", fields | _packet(line.message.split(",")))
    if header.program.lower() == "filterlog":
        raise LineError("a line of filterlog that is not of its layout")
    fields["message"] = line.message
    kind, told = _told(line.message)
    return Reading(f"pfsense/{kind}", fields | told)


def _packet(row: list[str]) -> dict[str, str | list[str]]:
    version = _BY_VERSION.get(row[_VERSION_PLACE], ())
    names = _HEAD + version + _IP if version else _HEAD
    end = len(names)
    packet = dict(zip(names, row, strict=False))
    if version and len(row) > end:
        protocol = _BY_PROTOCOL.get(packet["protocol-id"]) or _BY_PROTOCOL.get(packet["protocol-text"].lower())
        if protocol is None and packet["protocol-text"].lower() in ("icmp", "icmp6", "icmpv6", "ipv6-icmp"):
            # OPNsense writes a length where pfSense has the type.
            protocol = ("data-length",) if row[end][:1].isdigit() or "=" in row[end] else _ICMP.get(row[end])
            protocol = protocol or ("icmp-type", "icmp-text")
        names += protocol or ()
        packet = dict(zip(names, row, strict=False))
    fields: dict[str, str | list[str]] = {name: value for name, value in packet.items() if value}
    if len(row) > len(names) and any(more := row[len(names) : len(names) + _MORE_LIMIT]):
        fields["more"] = more
    return fields


def _told(message: str) -> tuple[str, dict[str, str]]:
    """Return the channel of a message, and what it says."""
    for kind, match, names in _MESSAGES:
        found = match(message)
        if found is not None:
            told = {name: value for name, value in zip(names, found.groups(), strict=True) if value}
            if "event" in told:
                told["event"] = told["event"].lower()
            return kind, told
    return "system", {}


_MESSAGES: Final = (
    ("logon", _LOGON, ("script", "event", "user", "ip", "database")),
    ("logon", _BACKEND, ("user", "event", "service")),
    ("logon", _PORTAL, ("zone", "event", "user", "mac", "ip", "reason")),
    ("config", _CHANGE, ("script", "user", "ip", "database", "change")),
    ("config", _CHANGED, ("user", "ip", "revision", "script")),
)
_OPENING: Final = (
    r"\d{0,6},\d{0,10},[^,]{0,128},[^,]{0,64},[\w.\-]{1,32},[a-z\-]{1,16},"
    r"(?:pass|block|reject|rdr|nat|scrub|unkn|binat|synproxy)[^,]{0,16},(?:in|out|in/out),[46]?,"
)
_AUDIT: Final = (
    r"/[\w\-]{1,64}\.php: (?:Successful login |User logged |Web GUI authentication error |Session timed out )"
    r"|user \S{1,256} (?:authenticated successfully for |could not authenticate for |failed authentication for "
    r"|changed configuration to )"
)
"""What OPNsense's audit says. The program of that name is the kernel's on Linux."""
_FILTERED: Final = re.compile(_OPENING, re.ASCII).match


def _shape(message: str) -> Learned | None:
    """Return the shape of a packet: its protocol and what it leaves out stand in the expression."""
    if not _FILTERED(message) or message.endswith(","):
        return None
    row = message.split(",")
    packet = _packet(row)
    # How messages of ICMP go on is told by their values.
    if "more" in packet or ("data-length" in packet and "source-port" not in packet):
        return None
    # Fields are in the order of the values, but for those that are left out.
    parts, names, fields = [], list(packet), iter(packet.items())
    name, value = next(fields)
    kept = []
    for place, cell in enumerate(row):
        if not cell:
            parts.append("")
            continue
        if cell != value:
            return None
        literal = place in (_ACTION_PLACE, _DIRECTION_PLACE, _VERSION_PLACE) or name in _TELLING
        form = _FORMS.get(place, "[^,]++")
        parts.append(f"({re.escape(cell) if literal else form})")
        kept.append(name)
        name, value = next(fields, ("", ""))
    return Learned(",".join(parts), tuple(kept)) if kept == names else None


def _guess(texts: Sequence[str]) -> list[str]:
    """Return action, direction and version."""
    return [text[(start := text.find(",match,")) : start + _DECIDED] for text in texts]


def _apart(text: str) -> tuple[int, int]:
    """Return how many values there are, and how many are left out behind the reason."""
    return text.count(","), text.count(",,", text.find(",match,"))


_DECIDED: Final = len(",match,block,in,4")
_ACTION_PLACE: Final = _HEAD.index("action")
_DIRECTION_PLACE: Final = _HEAD.index("direction")
_FORMS: Final = {
    0: r"\d{1,6}+",
    1: r"\d{1,10}+",
    2: "[^,]{1,128}+",
    3: "[^,]{1,64}+",
    4: r"[\w.\-]{1,32}+",
    5: r"[a-z\-]{1,16}+",
}
_TELLING: Final = frozenset({"protocol-id", "protocol-text", "icmp-type"})
PFSENSE: Final = LineFormat(
    "pfsense",
    "pfSense and OPNsense",
    _read,
    shapes=ShapeFacts(
        _shape, frozenset(), (), lambda _values, _clock: None, _guess, begins="4,,,1,em0,match,block,in,4,",
        by_header=True, header_time=True, apart=_apart,
    ),
    opening=rf"(?:{_OPENING}|{_AUDIT})",
    abroad=rf"audit: (?:{_AUDIT})",
    keeps=True,
    programs=frozenset(
        ("filterlog", "php-fpm", "php", "php-cgi", "configd.py", "opnsense", "check_reload_status", "dpinger",
         "dhcpleases", "sshguard", "logportalauth", "captiveportal", "pkg-static", "lighttpd")
    ),
)  # fmt: skip
