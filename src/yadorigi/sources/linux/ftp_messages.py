"""What servers of FTP and tcpd write into syslog: logons, and who connects (ftpd, ProFTPD, Pure-FTPd, tcp wrappers)."""

from __future__ import annotations

import re
from typing import Final

from yadorigi.sources.linux.ssh_messages import AUTH, Told

CONNECTION: Final = "linux/connection"

_FTPD: Final = re.compile(
    r"(?:ANONYMOUS )?FTP (?P<event>LOGIN) FROM (?P<rhost>[^\s,]+)(?: \[(?P<address>[^\]]*)\])?"
    r"(?:, +\(?|,? as )(?P<user>[^\s)]+)"
    r"|(?P<event2>FTP LOGIN FAILED|FTP LOGIN REFUSED) FROM (?P<rhost2>[^\s,]+)(?:[^,]{0,200}, (?P<user2>\S+))?"
).match
_PROFTPD: Final = re.compile(
    r"(?:\S+ )?\((?P<name>[^\s\[()]*)\[(?P<rhost>[^\]\s]*)\]\)(?: -)?:? "
    r"(?:USER (?P<user>[^\s:]+)(?: \(Login failed\))?:? (?P<reason>.*)|(?P<about>.*))$"
).match
_PURE_FTPD: Final = re.compile(
    r"\((?:\?|(?P<by>[^@\s]*))@(?P<rhost>[^)\s]*)\) \[\w+\] (?:(?P<user>\S+) is now (?P<event>logged in)"
    r"|(?P<event2>Authentication failed) for user \[(?P<user2>[^\]]*)\]|(?P<event3>New connection|Logout).*)"
).match
_CONNECT: Final = re.compile(
    r"(?P<event>refused connect from|connect from|connection from|warning: can't get client address) "
    r"(?P<rhost>[^\s()]+)(?: \((?P<name>[^)\s]*)\))?"
).match


def read_ftp(message: str) -> Told | None:
    """Return what a message of a server of FTP tells."""
    for pattern in (_FTPD, _PURE_FTPD):
        found = pattern(message)
        if found is not None:
            fields = {name.rstrip("23"): value for name, value in found.groupdict().items() if value}
            fields["event"] = fields["event"].lower()
            return Told(CONNECTION if fields["event"] in ("new connection", "logout") else AUTH, fields)
    found = _PROFTPD(message)
    if found is not None:
        fields = {name: value for name, value in found.groupdict().items() if value}
        about = fields.pop("about", fields.get("reason", ""))
        if "user" not in fields:
            return Told(CONNECTION, fields | {"event": "session", "reason": about})
        return Told(AUTH, fields | {"event": "login" if "successful" in about else "failed login"})
    return read_connection(message)


def read_connection(message: str) -> Told | None:
    """Return what tcpd tells of a connection."""
    found = _CONNECT(message)
    if found is None:
        return None
    return Told(CONNECTION, {name: value for name, value in found.groupdict().items() if value})
