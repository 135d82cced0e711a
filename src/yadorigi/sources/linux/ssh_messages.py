"""What sshd writes: logons, and connections that come and go (OpenSSH, auth.c, monitor.c, packet.c, session.c).

Users choose the names that they try, so a name ends at the last address of a line, not at the first.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from yadorigi.sources.linux.parts import taking

AUTH: Final = "linux/auth"
SSH: Final = "linux/ssh"
SFTP: Final = "linux/sftp"


class Told(NamedTuple):
    """What a message tells.

    Attributes:
        channel: which kind of event it is.
        fields: its parts by name.
    """

    channel: str
    fields: dict[str, Any]


_TAKEN: Final = taking(
    r"(?P<event>Accepted|Failed|Postponed|Partial) (?P<method>\S+) for (?P<known>(?:invalid|illegal) user )?"
    r"(?P<user>.*) from (?P<rhost>\S+)(?: port (?P<port>\d{1,5}))?(?: +(?P<protocol>ssh\d?))?"
    r"(?: \[preauth\])?(?:: (?P<key>.*))?$"
)
_INVALID: Final = taking(
    r"(?P<event>Invalid user|Illegal user) (?P<user>.*?)(?: from (?P<rhost>\S+)(?: port (?P<port>\d{1,5}))?)?$"
)
_REFUSED: Final = taking(
    r"User (?P<user>.*) from (?P<rhost>\S+) (?P<event>not allowed) because (?P<reason>.*)$"
    r"|User (?P<user2>.*) (?P<event2>not allowed) because (?P<reason2>.*)$"
)
_ROOT: Final = taking(r"(?P<event>ROOT LOGIN REFUSED) FROM (?P<rhost>\S+)(?: port (?P<port>\d{1,5}))?")
_TOO_MANY: Final = taking(
    r"(?:error: )?(?P<event>maximum authentication attempts exceeded|Too many authentication failures) for "
    r"(?P<known>(?:invalid|illegal) user )?(?P<user>.*?)(?: from (?P<rhost>\S+) port (?P<port>\d{1,5})(?: ssh\d?)?)?"
    r"(?: \[preauth\])?$"
)
_PAM: Final = taking(
    r"error: (?P<event>PAM): (?P<reason>.{0,120}?) for (?P<known>(?:invalid|illegal) user )?"
    r"(?P<user>.*) from (?P<rhost>\S+)$"
)
_REQUEST: Final = taking(
    r"input_userauth_request: (?P<event>invalid user|illegal user) (?P<user>.*?)(?: \[preauth\])?$"
)
_SUBSYSTEM: Final = taking(
    r"(?P<event>subsystem request) for (?P<subsystem>\S+) by user (?P<user>.*?)"
    r"(?: failed, (?P<reason>.*)| from (?P<rhost>\S+).*)?$"
)
_SESSION: Final = taking(
    r"(?P<event>Starting session): (?P<session>.{0,300}?) for (?P<user>.*) from (?P<rhost>\S+) port (?P<port>\d{1,5})"
)
_CLOSED: Final = re.compile(
    r"(?:error: |fatal: )?(?P<event>Connection closed by|Connection reset by|Disconnected from|Disconnecting"
    r"|Received disconnect from|Timeout, client not responding from|Timeout before authentication for"
    r"|Unable to negotiate with|banner exchange: Connection from|ssh_dispatch_run_fatal: Connection from"
    r"|Connection from|Did not receive identification string from"
    r"|Connection reset|Connection closed|Postponed keyboard-interactive for)"
    r"(?P<known> invalid user| authenticating user| illegal user| user)?(?P<rest>[ :].*|$)"
).match
_BAD_VERSION: Final = taking(
    r"(?P<event>Bad protocol version identification) (?P<version>.*) from (?P<rhost>\S+)(?: port (?P<port>\d{1,5}))?$"
)
_DROPPED: Final = taking(
    r"(?P<event>drop connection) #\d+ from \[(?P<rhost>[^\]\s]*)\]:(?P<port>\d{1,5})(?: on \S+)? (?P<reason>.*)$"
)
_BREAK_IN: Final = taking(
    r"(?P<event>reverse mapping checking getaddrinfo) for (?P<name>\S+) \[(?P<rhost>[^\]\s]+)\] failed"
)
_FORWARDING: Final = taking(
    r"(?P<event>Received request) from (?P<rhost>\S+) port (?P<port>\d{1,5}) to connect to host (?P<name>\S+) port "
    r"(?P<target_port>\d{1,5}), (?P<reason>.*)$"
    r"|error: (?P<event2>connect_to) (?P<name2>\S+)(?: port (?P<target_port2>\d{1,5}))?: (?P<reason2>.*)$"
)
_TOLD_OF: Final = taking(
    r"(?P<event>Read error from remote host) (?P<rhost>[^\s:]+(?::[^\s:]*)*?)(?: port (?P<port>\d{1,5}))?: "
    r"(?P<reason>.*)$"
    r"|Address (?P<rhost2>\S+) (?P<event2>maps to) (?P<name2>\S+?), but (?P<reason2>.*)$"
    r"|(?P<event3>Authentication refused): (?P<reason3>.*)$"
    r"|(?P<event4>refused connect) from (?P<name4>\S+) \((?P<rhost4>[^)]+)\)"
)
_ADDRESS: Final = re.compile(r"(?P<rhost>[0-9A-Fa-f.:]+[0-9A-Fa-f])(?:(?: port |:)(?P<port>\d{1,5}))?(?=[ :]|$)").match
_ENDING_ADDRESS: Final = re.compile(
    r"(?P<user>.*) (?P<rhost>[0-9A-Fa-f.:]{3,45}) port (?P<port>\d{1,5})(?P<reason>.*)$"
).match
_DROPBEAR: Final = taking(
    r"(?P<method>Password|Pubkey|PAM password) auth (?P<event>succeeded) for '(?P<user>[^']*)'"
    r"(?: with key (?P<key>.*))? from "
    r"(?P<rhost>[^\s:]+|\[?[0-9A-Fa-f:.]+\]?):(?P<port>\d{1,5})$"
    r"|(?P<event2>Bad password attempt|bad PAM password attempt|Pubkey auth attempt with unknown algo) "
    r"for '(?P<user2>[^']*)' from (?P<rhost2>\S+):(?P<port2>\d{1,5})"
    r"|(?P<event3>Login attempt for nonexistent user|Login attempt with wrong user)(?: '?(?P<user3>[^' ]*)'?)? "
    r"from (?P<rhost3>\S+):(?P<port3>\d{1,5})"
)
_CHILD: Final = taking(r"Child (?P<event>connection from) (?P<rhost>\S+):(?P<port>\d{1,5})$")
_SFTP: Final = taking(
    r"(?P<event>session opened|session closed) for local user (?P<user>\S+) from \[(?P<rhost>[^\]]*)\]"
    r"|(?P<event2>open|opendir|close|closedir|(?:remove|rmdir|mkdir|stat|lstat) name|realpath|set|chmod)"
    r" \"(?P<path>[^\"]*)\"(?: (?P<detail>.*))?$"
    r"|(?P<event3>rename) old \"(?P<old>[^\"]*)\" new \"(?P<path3>[^\"]*)\""
)
_LOGONS: Final = (_TAKEN, _INVALID, _PAM, _TOO_MANY, _REFUSED, _ROOT, _REQUEST, _SESSION)
_CONNECTIONS: Final = (_SUBSYSTEM, _BAD_VERSION, _BREAK_IN, _DROPPED, _FORWARDING, _TOLD_OF)


def read_sshd(message: str) -> Told | None:
    """Return what a message of sshd tells; None for one that names neither a user nor a peer."""
    for take in _LOGONS:
        fields = take(message)
        if fields is not None:
            return Told(AUTH, _named(fields))
    for take in _CONNECTIONS:
        fields = take(message)
        if fields is not None:
            return Told(SSH, _named(fields))
    found = _CLOSED(message)
    return None if found is None else Told(SSH, _closed(found))


def read_dropbear(message: str) -> Told | None:
    """Return what a message of Dropbear tells (svr-authpasswd.c, svr-authpubkey.c, svr-main.c)."""
    for take, channel in ((_DROPBEAR, AUTH), (_CHILD, SSH)):
        fields = take(message)
        if fields is not None:
            return Told(channel, _named(fields))
    return None


def read_sftp(message: str) -> Told | None:
    """Return what a message of sftp-server tells (sftp-server.c): sessions, and files that were read or changed."""
    fields = _SFTP(message)
    return None if fields is None else Told(SFTP, _named(fields))


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    if "known" in fields:
        fields["known"] = fields["known"].strip()
    fields["event"] = fields["event"].lower()
    return fields


def _closed(found: re.Match[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {"event": found["event"].lower()}
    rest = found["rest"].strip(" :").removesuffix("[preauth]").rstrip()
    if found["known"]:
        fields["known"] = found["known"].strip()
        whose = _ENDING_ADDRESS(rest)
        if whose is not None:
            fields |= {name: value.strip() for name, value in whose.groupdict().items() if value.strip(" :")}
        return fields
    peer = _ADDRESS(rest)
    if peer is None:
        peer = _ENDING_ADDRESS(rest)
        fields |= {name: value.strip() for name, value in peer.groupdict().items() if value} if peer else {}
        return fields
    fields |= {name: value for name, value in peer.groupdict().items() if value}
    reason = rest[peer.end() :].strip(" :")
    if reason:
        fields["reason"] = reason
    return fields
