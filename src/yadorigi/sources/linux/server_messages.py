"""What servers of mail and files write into syslog of logons: Dovecot, Postfix, Samba, vsftpd; and unix_chkpwd.

Sources: the programs' own code: Dovecot (login-common), Postfix (smtpd_sasl_glue.c, smtpd.c), Samba (auth_log.c,
auth_check_password_send), vsftpd (logging.c), Linux-PAM (unix_chkpwd.c).
"""

from __future__ import annotations

import re
from typing import Any, Final

from yadorigi.sources.linux.ssh_messages import AUTH, Told

_DOVECOT: Final = re.compile(
    r"(?P<service>[a-z0-9]{2,16}-login): (?:Info: )?"
    r"(?P<event>Login|Disconnected|Aborted login|Maximum number of connections)"
    r"(?: (?P<reason>[^:<>]{1,200}?))?: (?P<rest>(?:user=)?<.*)$"
).match
_DOVECOT_PAIR: Final = re.compile(r"(?:^|, )(user|method|rip|lip|session)=<?([^,>]*)>?")
_DOVECOT_FAILED: Final = ("auth failed", "tried to use", "no auth attempts")
_SASL: Final = re.compile(
    r"warning: (?P<name>[^\[\s]{1,256})\[(?P<rhost>[^\]]{1,64})\](?::\d{1,5})?: SASL (?P<method>[\w\-]{1,32}) "
    r"(?P<event>authentication fail\w{2,5}): ?(?P<reason>.*)$"
).match
_SASL_USER: Final = re.compile(r"\bsasl_username=([^,\s]{1,256})").search
_CLIENT: Final = re.compile(r"[0-9A-Za-z]{5,32}: client=(?P<name>[^\[\s]{1,256})\[(?P<rhost>[^\]]{1,64})\]").match
_SAMBA: Final = re.compile(
    r"\s*Auth: \[(?P<service>[^\]]{0,64})\] user \[(?P<domain>.{0,256}?)\]\\\[(?P<name>.{0,256})\] "
    r"at \[[^\]]{0,64}\] with \[(?P<method>[^\]]{0,64})\] status \[(?P<reason>[^\]]{0,64})\] "
    r"workstation \[(?P<workstation>.{0,256})\] "
    r"remote host \[(?:ipv[46]:)?(?P<rhost>[^\]]{1,64}?)(?::(?P<port>\d{1,5}))?\]"
).match
_SAMBA_OLD: Final = re.compile(
    r"\s*check_ntlm_password: +[Aa]uthentication for user \[(?P<name>[^\]]{0,256})\] -> \[(?P<mapped>[^\]]{0,256})\]"
    r"(?: -> \[[^\]]{0,256}\])? (?P<event>FAILED|succeeded)(?: with error (?P<reason>\S{1,64}))?"
).match
_VSFTPD: Final = re.compile(
    r'(?:\[(?P<user>.{1,256})\] )?(?P<result>OK|FAIL) LOGIN: Client "(?P<rhost>[^"]{1,64})"'
).match
_CHKPWD: Final = re.compile(r"password check failed for user \((?P<user>[^)]{0,256})\)").match
_LOGON, _FAILED = "login", "failed login"


def read_dovecot(message: str) -> Told | None:
    """Return what Dovecot tells of a logon."""
    found = _DOVECOT(message)
    if found is None:
        return None
    fields: dict[str, Any] = {"service": found["service"]}
    for name, value in _DOVECOT_PAIR.findall(found["rest"]):
        if value:
            fields[{"rip": "rhost", "lip": "lhost"}.get(name, name)] = value
    if found["event"] == "Login":
        return Told(AUTH, fields | {"event": _LOGON})
    reason = found["reason"] or ""
    if reason:
        fields["reason"] = reason.strip("()")
    if not any(words in reason for words in _DOVECOT_FAILED):
        return None
    return Told(AUTH, fields | {"event": _FAILED})


def read_postfix(message: str) -> Told | None:
    """Return what Postfix's smtpd tells of a logon over SASL."""
    found = _SASL(message)
    if found is not None:
        fields: dict[str, Any] = {name: value for name, value in found.groupdict().items() if value}
        if (user := _SASL_USER(found["reason"])) is not None:
            fields["user"] = user[1]
        return Told(AUTH, fields | {"event": _FAILED})
    client, user = _CLIENT(message), _SASL_USER(message)
    if client is None or user is None:
        return None
    return Told(AUTH, {**client.groupdict(), "user": user[1], "event": _LOGON})


def read_samba(message: str) -> Told | None:
    """Return what Samba tells of a logon."""
    found = _SAMBA(message)
    if found is not None:
        fields: dict[str, Any] = {name: value for name, value in found.groupdict().items() if value and name != "name"}
        domain = fields.pop("domain", "")
        fields["user"] = f"{domain}\\{found['name']}" if domain else found["name"]
        return Told(AUTH, fields | {"event": _LOGON if found["reason"] == "NT_STATUS_OK" else _FAILED})
    found = _SAMBA_OLD(message)
    if found is None:
        return None
    fields = {"user": found["name"], "event": _LOGON if found["event"] == "succeeded" else _FAILED}
    return Told(AUTH, fields | ({"reason": found["reason"]} if found["reason"] else {}))


def read_vsftpd(message: str) -> Told | None:
    """Return what vsftpd tells of a logon, where it writes into syslog."""
    found = _VSFTPD(message)
    if found is None:
        return None
    fields = {name: value for name, value in found.groupdict().items() if value and name != "result"}
    return Told(AUTH, fields | {"event": _LOGON if found["result"] == "OK" else _FAILED})


def read_chkpwd(message: str) -> Told | None:
    """Return whose password unix_chkpwd found to be wrong."""
    found = _CHKPWD(message)
    return None if found is None else Told(AUTH, {"user": found["user"], "event": "authentication failure"})
