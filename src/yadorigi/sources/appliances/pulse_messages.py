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
            r"Login failed(?: for '(?P<step>\w{1,32})' authentication)?"
            r"(?: using auth server '?(?P<auth_server>[^.(']{1,256}?)'?"
            r"(?: \('?(?P<auth_type>[^)']{1,64})'?\))?)?\. +Reason: ?'?(?P<reason>.*?)'?$",
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
            r"(?:.{0,512}?reason '(?P<reason>.*?)'(?:\s{1,4}session '[^']{0,256}')?\.?$)?",
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
            "success",
            r"WebRequest ok ?: Host: \[?(?P<target_host>[^,\]]{1,256})\]?, Request: (?P<method>[A-Z]{2,16})"
            r" (?P<url>\S+)(?: HTTP/[\d.]{1,3})?",
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
    "User": (
        _wording("login", "failure", r"User (?P<login>\S{1,256}) denied access as (?P<reason>.{1,1024})"),
        _wording(
            "account",
            "success",
            r"User Accounts modified\."
            r" (?P<change>Added|Created|Removed|Deleted|Modified|Updated|Enabled|Disabled|Locked|Unlocked)"
            r"(?: (?:username|user|account))? '?(?P<account>[^'\s]{1,256})'?"
            r"(?: (?:from|to|in|on) authentication server '?(?P<auth_server>.{1,256}?)'?\.?$)?",
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
_NUMBERS: Final = {
    ("login", "success"): """
        ADM22668 AUT22669 AUT22670 AUT22726 AUT24326 AUT24412 AUT24414 AUT30684 AUT31205 AUT31504 AUT32248
    """,
    ("login", "failure"): """
        ADM22798 AUT21051 AUT21052 AUT21053 AUT21054 AUT21055 AUT21056 AUT21057 AUT21058 AUT21059 AUT21060
        AUT21061 AUT21062 AUT21063 AUT21064 AUT21065 AUT21066 AUT21067 AUT21068 AUT22724 AUT22755 AUT22756
        AUT22757 AUT22763 AUT22764 AUT22765 AUT22872 AUT22915 AUT23112 AUT23113 AUT23114 AUT23355 AUT23356
        AUT23357 AUT23358 AUT23359 AUT23360 AUT23361 AUT23456 AUT23457 AUT23458 AUT23461 AUT24327 AUT24416
        AUT24421 AUT24554 AUT30685 AUT31985 AUT32024 AUT32025 AUT32028 AUT32029 AUT32032 AUT32144 AUT32152
        AUT32249
    """,
    ("logout", "success"): """
        ADM22671 AUT22673
    """,
    ("logout", ""): """
        ADM20664 ADM22820 ADM31931 AUT20912 AUT20914 AUT20915 AUT22674 AUT22886 AUT23181 AUT23523 AUT23574
        AUT24415 AUT24567 AUT31829 AUT31951
    """,
    ("policy", "success"): """
        AUT22923 AUT23278 AUT24803 AUT30616 AUT31608 AUT31621
    """,
    ("policy", "failure"): """
        AUT22925 AUT23277 AUT24804 AUT30615 AUT31609 AUT31622
    """,
    ("session", "success"): """
        ADM31897 AUT30505 AUT31817 AUT32033 AUT32214 EAM24460
    """,
    ("session", ""): """
        AUT20919 EAM30446
    """,
    ("request", "failure"): """
        AUT20920 AUT24563 AUT24564 AUT31556 AUT32204 AUT32205
    """,
    ("web", "success"): """
        WEB20174
    """,
    ("web", "failure"): """
        WEB30441
    """,
    ("tunnel", "success"): """
        AUT32051 NWC23464 NWC30477
    """,
    ("tunnel_end", ""): """
        NWC23465
    """,
    ("tunnel_change", ""): """
        NWC23508 NWC24328
    """,
    ("connection", "failure"): """
        AUT24604 AUT24605 AUT31487
    """,
}
"""Numbers of messages by the kind and outcome that they mean."""
_BY_NUMBER: Final = {number: meant for meant, numbers in _NUMBERS.items() for number in numbers.split()}
"""Kind and outcome by the message's number, for records that hold no text."""
_BY_LETTERS: Final = {
    "ADM": "admin", "AUT": "session", "EAM": "session", "USR": "session", "NWC": "event", "WEB": "web",
    "JAV": "connection", "SAM": "connection", "FBR": "connection", "RDP": "connection", "TSR": "connection",
    "SYS": "system", "STS": "system", "LIC": "system", "NET": "system", "ARC": "system", "ERR": "system",
    "CRT": "system", "CLU": "system", "DMI": "system", "ASP": "system", "DAS": "admin", "AMD": "admin",
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
