"""What the messages of Pulse / Ivanti Connect Secure tell: the kind of event, how it ended, parts of the text.

Source: the appliance's own messages and their numbers (``AUT24326``), as its log pages and exports show them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_ADDRESS: Final = r"[0-9A-Fa-f.:]{1,44}[0-9A-Fa-f:]"
_CODED: Final = re.compile(r"([A-Z]{3}\d{5}): ?").match
_SESSION: Final = re.compile(r"\(?\bsession: ?([\w-]{1,128})\)").search
_LONGEST: Final = 16_384
"""Characters of a message that are searched for parts."""


class Told(NamedTuple):
    """What a message tells.

    Attributes:
        kind: of event.
        outcome: ``success``, ``failure`` or "".
        parts: of the message, by names of our own where the appliance has none.
    """

    kind: str
    outcome: str
    parts: Mapping[str, str]


class _Wording(NamedTuple):
    kind: str
    outcome: str
    beginning: re.Pattern[str]


def _wording(kind: str, outcome: str, pattern: str) -> _Wording:
    return _Wording(kind, outcome, re.compile(pattern))


_FROM: Final = rf"(?: from (?:IP )?(?P<client_ip>{_ADDRESS}))?"
_LOGIN: Final = r"(?P<login>[^()]{1,256}?)"
_IN: Final = r"(?: \(session:[^)]*\))?"
_OF_LOGIN: Final = rf"(?: for {_LOGIN}{_FROM}\.?$)?"
_WORDINGS: Final[dict[str, tuple[_Wording, ...]]] = {
    "Login": (
        _wording("login", "success", rf"Login succeeded for {_LOGIN}{_IN} from (?:IP )?(?P<client_ip>{_ADDRESS})"),
        _wording("login", "success", r"Login succeeded for (?P<login>[^()]{1,256}?)(?: \(|\.?$)"),
        _wording("login", "success", r"Login succeeded"),
        _wording(
            "login",
            "failure",
            r"Login failed(?: using auth server (?P<auth_server>[^.(]{1,256}?)(?: \((?P<auth_type>[^)]{1,64})\))?)?"
            r"\. +Reason: ?(?P<reason>.*)",
        ),
        _wording(
            "login",
            "failure",
            rf"Login (?:failed|rejected)(?: login)?{_FROM}(?:"
            rf" for (?P<login>[^.]{{1,256}}))?",
        ),
    ),
    "Agent": (
        _wording(
            "login",
            "success",
            rf"Agent login succeeded for {_LOGIN}{_IN}{_FROM}(?: with (?P<agent>.*?)\.?)?$",
        ),
        _wording("login", "failure", rf"Agent login failed(?: for {_LOGIN})?{_FROM}(?: |\.|$)"),
    ),
    "Agentless": (
        _wording("login", "success", rf"Agentless login succeeded for {_LOGIN}{_IN}{_FROM}"),
        _wording("login", "failure", r"Agentless login failed"),
    ),
    "Primary": (
        _wording("login", "failure", rf"Primary authentication failed for {_LOGIN}{_FROM}\.?$"),
        _wording("login", "success", rf"Primary authentication (?:successful|accepted){_OF_LOGIN}"),
    ),
    "Secondary": (
        _wording("login", "failure", rf"Secondary authentication failed for {_LOGIN}{_FROM}\.?$"),
        _wording("login", "success", rf"Secondary authentication (?:successful|accepted){_OF_LOGIN}"),
    ),
    "Session": (
        _wording(
            "session",
            "success",
            rf"Session created for user: ?\[(?P<login>[^\]]{{1,256}})\] from \[(?P<client_ip>{_ADDRESS})\]"
            r"(?:.{0,256}?primary auth-server name: \[(?P<auth_server>[^\]]{0,256})\])?",
        ),
        _wording("session", "success", r"Session resumed from user agent '(?P<agent>[^']*)'"),
        _wording("logout", "", r"Session (?:timed out|timeout|ended|for user .{1,256} terminated)"),
        _wording("session", "", r"Session (?:created|resumed|extended|switched)"),
    ),
    "Logout": (_wording("logout", "success", rf"Logout{_FROM}"),),
    "Max": (_wording("logout", "", r"Max session timeout for (?P<login>[^()]{1,256}?)(?: \(|$)"),),
    "Remote": (
        _wording(
            "session",
            "",
            rf"Remote address for user (?P<login>.{{1,256}}?) changed from"
            rf" (?P<previous_ip>{_ADDRESS}) to (?P<client_ip>{_ADDRESS})",
        ),
    ),
    "Host": (
        _wording(
            "policy",
            "failure",
            r"Host Checker policy '(?P<policy>[^']{1,256})' failed on host '?(?P<client_ip>[^' ]{1,64})'?"
            r"(?:.{0,512}?reason '(?P<reason>.*)'\.?$)?",
        ),
        _wording(
            "policy",
            "success",
            r"Host Checker policy '(?P<policy>[^']{1,256})'"
            r" passed on host '?(?P<client_ip>[^' ]{1,64})'?",
        ),
    ),
    "Connection": (
        _wording(
            "request",
            "failure",
            rf"Connection from IP (?P<client_ip>{_ADDRESS})"
            rf" not authenticated yet \(URL=(?P<url>.*)\)",
        ),
    ),
    "Unauthenticated": (
        _wording(
            "request",
            "failure",
            rf"Unauthenticated request url (?P<url>.*)"
            rf" came from IP (?P<client_ip>{_ADDRESS})",
        ),
    ),
    "WebRequest": (
        _wording(
            "web",
            "success",
            r"WebRequest (?:completed|ok)[ :,]+(?P<method>[A-Z]{2,16}) to"
            r" \[?(?P<url>\S*?)\]? from \[?(?P<server_ip>[0-9A-Fa-f.:]{2,45})\]?"
            r" result=\[?(?P<result>\d{1,3})\]? sent=\[?(?P<sent>\d{1,19})\]? received=\[?(?P<received>\d{1,19})\]?"
            r" in \[?(?P<seconds>\d{1,9})\]? seconds",
        ),
        _wording(
            "web",
            "failure",
            r"WebRequest Failed ?: Host: (?P<target_host>[^,]{1,256}),"
            r" Request: (?P<url>\S+)(?: Reason (?P<reason>.*))?",
        ),
        _wording("web", "", r"WebRequest"),
    ),
    "Access": (
        _wording(
            "web",
            "failure",
            r"Access (?:blocked|denied).{0,128}? Host:"
            r" (?P<target_host>[^, ]{1,256})(?:, Port: (?P<target_port>\d{1,5}))?"
            r"(?:, Request: (?P<url>\S+))?",
        ),
    ),
    "Closed": (
        _wording(
            "connection",
            "",
            r"Closed connection to (?P<target_host>\S{1,256}) port"
            r" (?P<target_port>\d{1,5}) after (?P<seconds>\d{1,9}) seconds,"
            r" with (?P<received>\d{1,19}) bytes read .{0,64}?and (?P<sent>\d{1,19}) bytes written",
        ),
    ),
    "Connected": (
        _wording(
            "connection",
            "",
            r"Connected to (?P<target_host>\S{1,256})"
            r" port (?P<target_port>\d{1,5})",
        ),
    ),
    "VPN": (
        _wording(
            "tunnel",
            "success",
            rf"VPN Tunneling: Session started for user.{{0,256}}? with IP(?:v[46] address)? (?P<vpn_ip>{_ADDRESS})"
            r"(?:,? (?:and )?hostname (?P<client_hostname>\S{1,256}))?",
        ),
        _wording(
            "tunnel_end",
            "",
            rf"VPN Tunneling: Session ended for user.{{0,256}}? with IP(?:v[46] address)? (?P<vpn_ip>{_ADDRESS})",
        ),
        _wording(
            "tunnel",
            "success",
            rf"VPN Tunneling: User with IP (?P<vpn_ip>{_ADDRESS})"
            rf" connected with (?P<transport>\w{{1,16}}) transport mode",
        ),
    ),
    "Network": (
        _wording(
            "tunnel",
            "success",
            rf"Network Connect: Session started for"
            rf" user.{{0,256}}? with IP (?P<vpn_ip>{_ADDRESS})",
        ),
        _wording(
            "tunnel_end",
            "",
            rf"Network Connect: Session ended for"
            rf" user.{{0,256}}? with IP (?P<vpn_ip>{_ADDRESS})",
        ),
    ),
    "Key": (
        _wording(
            "tunnel_change",
            "",
            rf"Key Exchange number \d{{1,9}} occurred"
            rf" for user with NCIP (?P<vpn_ip>{_ADDRESS})",
        ),
    ),
    "Transport": (_wording("tunnel_change", "", r"Transport mode switched"),),
    "Established": (_wording("tunnel", "success", r"Established connection with type: \[(?P<transport>\w{1,16})\]"),),
    "SSL": (
        _wording(
            "connection",
            "failure",
            r"SSL negotiation failed while client at source IP '(?P<client_ip>[^']{1,64})' was trying to connect to "
            r"'(?P<target_host>[^']{1,256})'. Reason: '(?P<reason>[^']*)'",
        ),
    ),
}
"""Wordings by their first word."""
_RESTRICTIONS: Final = re.compile(
    r"(?P<policy>[\w -]{2,64}) realm restrictions (?P<word>successfully"
    r" passed|failed)(?: for (?P<login>[^,]{1,256}?) ?(?:,|$))?"
).match
_BY_NUMBER: Final = {
    "AUT24326": ("login", "success"), "AUT24327": ("login", "failure"), "AUT23457": ("login", "failure"),
    "AUT23458": ("login", "failure"), "AUT31985": ("login", "failure"), "AUT24414": ("login", "success"),
    "AUT31504": ("login", "success"), "AUT30684": ("login", "success"), "AUT30685": ("login", "failure"),
    "AUT21051": ("login", "failure"), "ADM22668": ("login", "success"), "ADM22798": ("login", "failure"),
    "ADM22671": ("logout", "success"), "AUT22673": ("logout", "success"), "AUT20914": ("logout", ""),
    "AUT20915": ("logout", ""), "AUT22886": ("logout", ""), "AUT23574": ("logout", ""), "ADM20664": ("logout", ""),
    "ADM22820": ("logout", ""), "AUT23278": ("policy", "success"), "AUT24803": ("policy", "success"),
    "AUT24804": ("policy", "failure"), "AUT30615": ("policy", "failure"), "AUT30616": ("policy", "success"),
    "AUT32033": ("session", "success"), "EAM24460": ("session", "success"), "EAM30446": ("session", ""),
    "AUT20919": ("session", ""), "AUT20920": ("request", "failure"), "AUT31556": ("request", "failure"),
    "WEB20174": ("web", "success"), "WEB30441": ("web", "failure"), "NWC23464": ("tunnel", "success"),
    "NWC23465": ("tunnel_end", ""), "NWC30477": ("tunnel", "success"), "NWC23508": ("tunnel_change", ""),
    "NWC24328": ("tunnel_change", ""), "AUT32051": ("tunnel", "success"), "AUT24604": ("connection", "failure"),
}  # fmt: skip
"""Kind and outcome by the message's number, for records that hold no text."""
_BY_LETTERS: Final = {
    "ADM": "admin", "AUT": "session", "EAM": "session", "USR": "session", "NWC": "event", "WEB": "web",
    "JAV": "connection", "SAM": "connection", "FBR": "connection", "RDP": "connection", "TSR": "connection",
    "SYS": "system", "STS": "system", "LIC": "system", "NET": "system", "ARC": "system", "ERR": "system",
    "CRT": "system", "CLU": "system",
}  # fmt: skip


def without_code(message: str) -> tuple[str, str]:
    """Return the number that a message begins with, or "", and the rest of the message."""
    found = _CODED(message)
    return (found[1], message[found.end() :]) if found is not None else ("", message)


def told_by(message: str, code: str) -> Told:
    """Return what a message tells; ``code`` is its number where the log states one."""
    # Older versions mark messages of some services with an asterisk.
    searched = message[:_LONGEST].lstrip("*")
    told = _by_wording(searched)
    known = _BY_NUMBER.get(code)
    if told is None:
        kind, outcome = known or (_BY_LETTERS.get(code[:3], "event"), "")
        told = Told(kind, outcome, {})
    session = _SESSION(searched)
    if session is not None:
        return told._replace(parts={**told.parts, "session": session[1]})
    return told


def _by_wording(message: str) -> Told | None:
    first = message[: message.find(" ")].rstrip(":") if " " in message else message
    for wording in _WORDINGS.get(first, ()):
        found = wording.beginning.match(message)
        if found is not None:
            return Told(wording.kind, wording.outcome, _parts(found))
    found = _RESTRICTIONS(message)
    if found is None:
        return None
    parts = _parts(found)
    return Told("policy", "failure" if parts.pop("word") == "failed" else "success", parts)


def _parts(found: re.Match[str]) -> dict[str, str]:
    return {name: value.rstrip() for name, value in found.groupdict().items() if value}
