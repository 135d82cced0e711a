"""What messages of Junos tell beside the names and values of structured data.

Source: Juniper, Junos OS System Log Explorer (tags, the names of their fields, and the plain text of each).
"""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 32_768
"""Characters of a message that are searched for parts."""
ADDRESS: Final = r"[0-9A-Fa-f.:]{2,45}"
FLOW: Final = re.compile(
    r"(?:(?:APPTRACK: )?\w+: )?session"
    r" (?P<word>created|closed|denied|start|update|end|ended) ?(?:(?P<reason>[^:]{1,64}): )?"
    rf"(?P<source_address>{ADDRESS})/(?P<source_port>\d{{1,5}})->(?P<destination_address>{ADDRESS})/(?P<destination_port>\d{{1,5}})"
    r"(?: 0x[0-9a-f]{1,8})? (?P<service_name>\S{1,64}) "
).match
NAT: Final = re.compile(
    rf"(?P<nat_source_address>{ADDRESS})/(?P<nat_source_port>\d{{1,5}})->(?P<nat_destination_address>{ADDRESS})"
    r"/(?P<nat_destination_port>\d{1,5})(?: 0x[0-9a-f]{1,8})? "
)
COUNTED: Final = re.compile(r"(\d{1,19})\((\d{1,19})\)").fullmatch
USER: Final = re.compile(r"([^\s()]{1,256})\(([^()]{1,512})\)").fullmatch
PROTOCOL: Final = re.compile(r"(\d{1,3})(?:\(\d{1,3}\))?").fullmatch
_SCREEN: Final = re.compile(
    rf"(?P<attack_name>[^!]{{1,128}}!?) (?:from )?source:"
    rf" (?P<source_address>{ADDRESS}?)(?::(?P<source_port>\d{{1,5}}))?, "
    rf"destination: (?P<destination_address>{ADDRESS}?)(?::(?P<destination_port>\d{{1,5}}))?, "
    r"(?:protocol-id: (?P<protocol_id>\d{1,3}), )?zone name: (?P<source_zone_name>[^,]{1,128}), "
    r"interface name: (?P<interface_name>[^,]{1,64}), action: (?P<action>\S{1,64})"
).match
_UTM_ENDS: Final = re.compile(rf"({ADDRESS})[(:](\d{{1,5}})\)?->({ADDRESS})[(:](\d{{1,5}})").search
_UTM_PAIR: Final = re.compile(r"(?<=\s)([A-Z][A-Z-]{1,32})=(\"[^\"]*\"|\S*)")
_IDP_ENDS: Final = re.compile(rf"<({ADDRESS})/(\d{{1,5}})->({ADDRESS})/(\d{{1,5}})>").search
_IDP_PAIR: Final = re.compile(r"(?:^|[,:<(] ?)([a-z][a-z-]{1,32})[=:] ?([^,>)]*)")
_MAC: Final = r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}"
_FILTER: Final = re.compile(
    r"(?:[\w.-]{1,64} )?(?:PFE_FW_SYSLOG_\w{1,8}: )?FW:"
    r" (?P<interface_name>\S{1,64})\s+(?P<action>[ADR])\s+"
    # Filters of bridged families show the Ethernet frame too.
    rf"(?:(?:[0-9a-f]{{1,4}}:[0-9a-f]{{1,4}}\s+)?(?P<source_mac>{_MAC})(?: ->)?\s+(?P<destination_mac>{_MAC})\s+"
    r"(?:[0-9a-f]{1,4}:[0-9a-f]{1,4}\s+){0,4}(?:[0-9a-f]{1,4}b\s+)?)?"
    r"(?P<protocol_name>\S{1,16})"
    rf"\s+(?P<source_address>{ADDRESS})\s+(?P<destination_address>{ADDRESS})\s+(?P<source_port>\d{{1,5}})"
    r"\s+(?P<destination_port>\d{1,5})(?:\s+\((?P<packets>\d{1,19}) packets\))?"
).match
_WORDS: Final = (
    ("username", re.compile(r"\b[Uu]ser(?:name)? '?([^\s',)]{1,256})'?").search),
    ("command", re.compile(r"command '(.*?)'(?: *$|, )").search),
    (
        "action",
        re.compile(
            r"User '[^']{1,256}'"
            r" (set|delete|replace|insert|rename|activate|deactivate|annotate|copy): "
        ).search,
    ),
    ("pathname", re.compile(r": (\[[^\]]{1,2048}\])").search),
    ("class-name", re.compile(r"(?:class|permission level) '([^']{1,128})'").search),
    ("client-mode", re.compile(r"client-mode '([^']{1,64})'").search),
    ("source-address", re.compile(r"(?:.*from (?:host )?|.*ssh-connection )'?([0-9A-Fa-f.:]{2,45})(?=[\s',]|$)").match),
    ("source-port", re.compile(r".*ssh-connection '[0-9A-Fa-f.:]{2,45} (\d{1,5}) ").match),
    ("destination-address", re.compile(r".*ssh-connection '[0-9A-Fa-f.:]{2,45} \d{1,5} ([0-9A-Fa-f.:]{2,45}) ").match),
    ("hostname", re.compile(r".*from (?:host )'?([A-Za-z][\w.-]{0,254})'?").match),
)
_IKE: Final = re.compile(
    rf"(?:Local(?: gateway)?|local): ?(?P<local_address>{ADDRESS})(?:/\d{{1,5}})?, "
    rf"(?:Remote(?: gateway)?|remote): ?(?P<remote_address>{ADDRESS})(?:/\d{{1,5}})?"
).search

_BY_TAG: Final = {
    "SSHD_LOGIN_FAILED": ("login", "failure"), "SSHD_LOGIN_FAILED_LIMIT": ("login", "failure"),
    "SSHD_LOGIN_ATTEMPTS_THRESHOLD": ("login", "failure"), "LOGIN_FAILED": ("login", "failure"),
    "LOGIN_PAM_AUTHENTICATION_ERROR": ("login", "failure"), "LOGIN_PAM_MAX_RETRIES": ("login", "failure"),
    "LOGIN_PAM_USER_UNKNOWN": ("login", "failure"), "LOGIN_PAM_NONLOCAL_USER": ("login", "failure"),
    "LOGIN_PASSWORD_EXPIRED": ("login", "failure"), "LOGIN_REFUSED": ("login", "failure"),
    "LOGIN_TIMED_OUT": ("login", "failure"), "LOGIN_INFORMATION": ("login", "success"),
    "LOGIN_ROOT": ("login", "success"), "UI_LOGIN_EVENT": ("login", "success"), "UI_AUTH_EVENT": ("login", "success"),
    "UI_AUTH_INVALID_CHALLENGE": ("login", "failure"), "WEB_AUTH_SUCCESS": ("login", "success"),
    "WEB_AUTH_FAIL": ("login", "failure"), "LOGIN_ABORTED": ("login", "failure"),
    "UI_LOGOUT_EVENT": ("logout", "success"), "UI_COMMIT_AT_FAILED": ("command", "failure"),
    "KMD_PM_SA_ESTABLISHED": ("tunnel", "success"), "KMD_VPN_UP_ALARM_USER": ("tunnel", "success"),
    "KMD_VPN_DOWN_ALARM_USER": ("tunnel_end", ""), "SNMPD_AUTH_FAILURE": ("login", "failure"),
}  # fmt: skip
_BY_BEGINNING: Final = (
    ("RT_FLOW_", "flow"), ("FLOW_", "flow"), ("APPTRACK_", "flow"), ("RT_SCREEN_", "ids"), ("IDP_ATTACK", "ids"),
    ("IDP_APPDDOS", "ids"), ("WEBFILTER_", "utm"), ("AV_", "utm"), ("ANTISPAM_", "utm"),
    ("CONTENT_FILTERING_", "utm"), ("UI_", "command"), ("AAMW_", "atp"), ("SRX_AAMW_", "atp"), ("SECINTEL_", "atp"),
    ("SMS_", "atp"), ("FWAUTH_", "login"), ("DYNAMIC_VPN_", "login"), ("PFE_FW_", "filter"),
)  # fmt: skip


def kind_of(tag: str) -> tuple[str, str]:
    """Return the kind of event that a tag means, and how it ended where the tag says so."""
    known = _BY_TAG.get(tag)
    if known is not None:
        return known
    kind = next((kind for beginning, kind in _BY_BEGINNING if tag.startswith(beginning)), "system")
    if kind == "login":
        return kind, "failure" if tag.endswith(("_FAIL", "_FAILED", "_FAILURE")) else "success"
    return kind, ""


def parts_of(kind: str, message: str) -> dict[str, str]:
    """Return the parts of a plain message by the names that structured data has for them."""
    searched = message[:_LONGEST]
    if kind == "flow":
        return flow_parts(searched)
    if kind in ("ids", "utm", "atp"):
        return _threat(searched)
    if kind in ("login", "logout", "command"):
        return {name: found[1] for name, search in _WORDS if (found := search(searched)) is not None}
    return {}


def filtered(message: str) -> dict[str, str] | None:
    """Return the parts of a message of a firewall filter (``FW: ge-0/0/0.0 D tcp …``); None where it is none."""
    found = _FILTER(message)
    return None if found is None else _named(found)


def ike_ends(message: str) -> dict[str, str]:
    """Return the gateways that a message about IKE names."""
    found = _IKE(message[:_LONGEST])
    return {} if found is None else _named(found)


def flow_parts(message: str) -> dict[str, str]:
    """Return the parts of a message of a flow: who talks to whom, through which rules, as far as it states them."""
    found = FLOW(message)
    if found is None:
        return {}
    parts = _named(found)
    parts.pop("word", None)
    position = found.end()
    nat = NAT.match(message, position)
    if nat is not None:
        parts |= _named(nat)
        position = nat.end()
    words = message[position:].split(" ", 64)
    # Rules of address translation stand before the protocol's number: two in older versions, four in newer.
    at = next((place for place, word in enumerate(words[:6]) if PROTOCOL(word) is not None), None)
    if at is None:
        return parts
    protocol = PROTOCOL(words[at])
    parts["protocol-id"] = protocol[1] if protocol is not None else words[at]
    names = ["policy-name", "source-zone-name", "destination-zone-name"]
    rest = words[at + 1 :]
    parts |= dict(zip(names, rest, strict=False))
    rest = rest[len(names) :]
    if rest and rest[0].isdecimal():
        parts["session-id-32"] = rest.pop(0)
    counted = [known for word in rest[:2] if (known := COUNTED(word)) is not None]
    for side, known in zip(("client", "server"), counted, strict=False):
        parts[f"packets-from-{side}"], parts[f"bytes-from-{side}"] = known[1], known[2]
    user = next((known for word in rest if (known := USER(word)) is not None and not known[1].isdecimal()), None)
    if user is not None:
        parts["username"], parts["roles"] = user[1], user[2]
    return parts


def _threat(message: str) -> dict[str, str]:
    screen = _SCREEN(message)
    if screen is not None:
        return _named(screen)
    parts: dict[str, str] = {}
    ends = _IDP_ENDS(message) or _UTM_ENDS(message)
    if ends is not None:
        names = ("source-address", "source-port", "destination-address", "destination-port")
        parts |= dict(zip(names, ends.groups(), strict=True))
    if "Attack log" in message:
        parts |= {name: value.strip() for name, value in _IDP_PAIR.findall(message) if value.strip()}
        if "name" in parts:
            parts["attack-name"] = parts.pop("name")
    else:
        parts |= {name.lower(): value.strip('"') for name, value in _UTM_PAIR.findall(message)}
    return parts


def _named(found: re.Match[str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in found.groupdict().items() if value}
