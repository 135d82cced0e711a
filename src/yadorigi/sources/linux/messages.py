"""What programs of Linux write into syslog or the journal: who logged on, became another, ran what, was let through.

Sources: the programs' own code: OpenSSH, Linux-PAM, sudo, util-linux, shadow, systemd-logind, polkit, cronie and Vixie
cron, the kernel's netfilter (nf_log_syslog.c).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from yadorigi.sources.lines.stated_twice import put_other
from yadorigi.sources.linux.account_messages import read_account
from yadorigi.sources.linux.ftp_messages import read_connection, read_ftp
from yadorigi.sources.linux.parts import taking
from yadorigi.sources.linux.server_messages import read_chkpwd, read_dovecot, read_postfix, read_samba, read_vsftpd
from yadorigi.sources.linux.ssh_messages import AUTH, Told, read_dropbear, read_sftp, read_sshd

SYSLOG: Final = "linux/syslog"
SUDO: Final = "linux/sudo"
CRON: Final = "linux/cron"
FIREWALL: Final = "linux/firewall"

_PAM: Final = re.compile(
    r"(?:pam_(?P<pam_module>\w+))\((?P<pam_service>[^:)]*)(?::(?P<pam_type>\w+))?\):? +(?P<rest>.*)$"
).match
_PAM_MORE: Final = taking(r"PAM (?:\d+ more |)(?P<event>authentication failures?); (?P<rest>.*)$")
_PAM_SESSION: Final = taking(
    r"(?P<event>session opened|session closed) for user (?P<user>.*?)(?:\(uid=(?P<user_uid>\d+)\))?"
    r"(?: by (?P<by>[^(]{0,64})\(uid=(?P<by_uid>-?\d+)\))?$"
)
_PAM_FAILURE: Final = taking(r"(?:\d{1,4} more )?(?P<event>authentication (?:failures?|success)); (?P<rest>.*)$")
_PAM_REASON: Final = taking(
    r"(?P<event>received|granted access|denied access) for user (?P<user>\S+?)(?:: (?P<reason>.*))?$"
    r"|user '(?P<user2>[^']*)' (?P<event2>granted access|denied access|OK|has expired)"
    r"|(?P<event3>check pass); (?P<reason3>user unknown)"
)
_PAM_REQUIREMENT: Final = taking(
    r'requirement "(?P<requirement>[^"]*)" (?P<event>not met|was met) by user "(?P<user>[^"]*)"'
)
_PAM_LOCKED: Final = taking(
    r"(?P<event>Consecutive login failures) for user (?P<user>\S+)"
    r"|user (?P<user2>\S+) \(\d+\) (?P<event2>tally) (?P<tally>\d+)"
    r"|account (?P<user3>\S+) (?P<event3>has expired)"
    r"|(?P<event4>auth could not identify password) for \[(?P<user4>[^\]]*)\]"
)
_PAM_PAIR: Final = re.compile(r"(?:^|(?<= ))(logname|uid|euid|tty|ruser|rhost|user)=(\S*)")
_PAM_PARTS: Final = (_PAM_SESSION, _PAM_FAILURE, _PAM_MORE, _PAM_REQUIREMENT, _PAM_LOCKED, _PAM_REASON)
_SU: Final = taking(
    r"(?P<event>Successful|FAILED) su for (?P<user>\S+) by (?P<by>\S+)"
    r"|(?P<sign>[+-]) (?P<tty>\S+) (?P<by2>[^:\s]+)[:-](?P<user2>\S+)"
    r"|(?P<event3>FAILED SU )?\(to (?P<user3>\S+)\) (?P<by3>\S+) on (?P<tty3>\S+)"
    r"|(?P<event4>BAD SU )?(?P<by4>[^\s:]+) to (?P<user4>[^\s:]+) on (?P<tty4>/dev/\S+)$"
)
_LOGIN: Final = taking(
    r"(?P<root>ROOT |DIALUP )?(?P<event>LOGIN) ON (?P<tty>\S+)(?: BY (?P<user>\S+))?(?: FROM (?P<rhost>\S+))?"
    r"|(?P<event2>FAILED LOGIN)(?: SESSION)? \(?\d*\)? ?(?:on '(?P<tty2>[^']*)' )?"
    r"(?:FROM '?(?P<rhost2>[^' ]*)'? )?FOR '?(?P<user2>[^',]*)"
)
_LOGIND: Final = taking(
    r"(?P<event>New session) '?(?P<session>[^' ]+)'? of user '?(?P<user>[^' ]+?)'?(?: with .*)?\.?$"
    r"|(?P<event2>Removed session) (?P<session2>[^ .]+)"
    r"|Session (?P<session3>[^ .]+) (?P<event3>logged out)"
)
_SUDO_PART: Final = re.compile(r" ; (?=[A-Z]+=)")
_SUDO_AGAIN: Final = re.compile(r" ; (USER|GROUP|PWD|TTY|ENV)=(.*?)(?= ; [A-Z]+=)")
_PKEXEC: Final = re.compile(
    r"(?P<by>[^:\s]+): (?P<event>Executing command|Error executing command as another user[^\[]*?) ?(?P<rest>\[.*)$"
).match
_POLKIT: Final = taking(
    r"Operator of (?P<session>\S+) (?P<event>successfully authenticated|FAILED to authenticate) "
    r"as unix-user:(?P<user>\S+) to gain .{0,40}?authorization for action (?P<action>\S+) "
    r"for (?P<subject>.*?)(?: \(owned by unix-user:(?P<by>[^) ]{0,64})\))?$"
)
_CRON: Final = taking(r"\((?P<user>[^)]*)\) (?P<event>[A-Z][A-Z ]*[A-Z])(?: \((?P<command>.*)\)?)?$")
_PACKET: Final = re.compile(
    r"(?P<uptime>\[ *\d+\.\d+\] ?)?(?P<prefix>[^=]{0,120}?)(?P<rest>\bIN=\S* OUT=\S* .*)$"
).match
_PACKET_FIELD: Final = re.compile(r"(?:^|(?<= ))([A-Z0-9]{2,10})=(\S*)")
_PACKET_NAME: Final = re.compile(r"[A-Z0-9]{2,10}").fullmatch
_PACKET_NAMES: Final = frozenset(
    {
        "DPT", "DST", "ID", "IN", "LEN", "MAC", "MARK", "OUT", "PHYSIN", "PHYSOUT", "PREC", "PROTO", "RES", "SPT",
        "SRC", "TOS", "TTL", "URGP", "WINDOW",
    }
)  # fmt: skip
"""Those that most packets have."""
_PACKET_FLAGS: Final = frozenset({"SYN", "ACK", "FIN", "RST", "PSH", "URG", "CWR", "ECE", "DF", "MF", "CE"})
_UNESCAPED_COMMAND: Final = re.compile(r"#(\d{3})")
_REPEATED: Final = re.compile(
    r"message repeated (?P<repeated>\d{1,9}) times: \[ ?(?P<message>(?!message repeated).*)\]$"
).match
_NUMBERED: Final = re.compile(r"\[ID \d{1,9} [a-z0-9]+\.[a-z]+\] ").match
_DOAS: Final = taking(
    r"(?P<user>\S+) (?P<event>ran command) (?P<COMMAND>.*) as (?P<USER>\S+) from (?P<PWD>\S+)$"
    r"|(?P<error2>failed auth|command not permitted) for (?P<user2>[^\s:]+)(?:: (?P<COMMAND2>.*))?$"
)
_LONGEST: Final = 16_384
"""Characters of a message that is taken apart; no program writes a longer one, apart from commands in sudo's."""


def tell(program: str, message: str) -> Told:
    """Return what a message of a program tells, apart from its text."""
    reader, is_module = _reader_of(program)
    # Syslog writes the same message once; systems of System V put its number in front.
    if message.startswith("message repeated ") and (again := _REPEATED(message)) is not None:
        once = tell(program, again["message"])
        return Told(once.channel, once.fields | {"repeated": again["repeated"]})
    if message.startswith("[ID ") and (numbered := _NUMBERED(message)) is not None:
        message = message[numbered.end() :]
    told: Told | None = None
    if len(message) > _LONGEST and reader is not _read_sudo:
        return Told(SYSLOG, {})
    if is_module or message.startswith(("pam_", "PAM ")):
        told = _read_pam(message)
    if told is None and reader is not None:
        told = reader(message)
    return told if told is not None else Told(SYSLOG, {})


@lru_cache(maxsize=1_024)
def _reader_of(program: str) -> tuple[Callable[[str], Told | None] | None, bool]:
    """Return what reads the messages of a program, and whether its tag names a module of PAM."""
    whole = program.lower()
    name, _, module = whole.rpartition("/")[2].partition("(")
    return _READERS.get(name) or _READERS.get(whole), module.startswith("pam")


def _lowered(fields: dict[str, Any]) -> dict[str, Any]:
    if "event" in fields:
        fields["event"] = fields["event"].lower()
    return fields


def _read_pam(message: str) -> Told | None:
    found = _PAM(message)
    fields: dict[str, Any] = {}
    rest = message
    if found is not None:
        module, service, kind, rest = found.groups()
        fields["pam_module"] = module
        if service:
            fields["pam_service"] = service
        if kind:
            fields["pam_type"] = kind
    for take in _PAM_PARTS:
        own = take(rest)
        if own is None:
            continue
        pairs = own.pop("rest", "")
        fields |= _lowered(own)
        if pairs:
            _add(fields, [pair for pair in _PAM_PAIR.findall(pairs) if pair[1]])
        return Told(AUTH, fields)
    changed = read_account("passwd", rest)
    if changed is not None:
        return Told(changed.channel, fields | changed.fields)
    return Told(SYSLOG, fields) if fields else None


def _read_sudo(message: str) -> Told | None:
    who, colon, rest = message.strip().partition(" : ")
    if not colon:
        return None
    fields: dict[str, Any] = {"user": who.strip()}
    if rest.startswith("(command continued) "):
        return Told(SUDO, fields | {"event": "command continued", "COMMAND": rest.removeprefix("(command continued) ")})
    head, command, line = rest.partition("COMMAND=")
    parts = _SUDO_PART.split(f" ; {head}".rstrip("; "))
    error = parts[0].strip(" ;")
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in parts[1:])]
    # A folder may be called as the parts that follow it.
    _add(fields, pairs + _SUDO_AGAIN.findall(line) if " ; COMMAND=" in line else pairs)
    if command:
        fields["COMMAND"] = _UNESCAPED_COMMAND.sub(lambda code: chr(int(code[1], 8)), line) if "#0" in line else line
    if error:
        fields["error"] = error
    if len(fields) == 1:
        return None
    return Told(SUDO, fields | {"event": "refused" if error else "command"})


def _add(fields: dict[str, Any], pairs: list[tuple[str, str]]) -> None:
    """Add values by name, and all values of a name that comes again."""
    own = dict(pairs)
    if len(own) == len(pairs):
        fields |= own
        return
    for name, value in pairs:
        put_other(fields, name, value)


def _read_doas(message: str) -> Told | None:
    fields = _DOAS(message)
    if fields is None:
        return None
    return Told(SUDO, fields | {"event": "refused" if "error" in fields else "command"})


def _read_su(message: str) -> Told | None:
    fields = _SU(message)
    if fields is None:
        return None
    sign = fields.pop("sign", "")
    word = fields.get("event", "")
    failed = sign == "-" or word.startswith(("FAILED", "BAD"))
    return Told(AUTH, fields | {"event": "failed su" if failed else "successful su"})


def _read_login(message: str) -> Told | None:
    fields = _LOGIN(message)
    if fields is None:
        return None
    _lowered(fields)
    if fields.pop("root", "") == "ROOT ":
        fields.setdefault("user", "root")
    return Told(AUTH, fields)


def _read_logind(message: str) -> Told | None:
    fields = _LOGIND(message)
    return None if fields is None else Told(AUTH, _lowered(fields))


def _read_pkexec(message: str) -> Told | None:
    found = _PKEXEC(message)
    if found is None:
        return None
    fields: dict[str, Any] = {"user": found["by"], "event": "command"}
    if not found["event"].startswith("Executing"):
        fields |= {"event": "refused", "error": found["event"].rstrip(": ")}
    pairs = (part.partition("=") for part in found["rest"].strip().removeprefix("[").removesuffix("]").split("] ["))
    return Told(SUDO, fields | {name: value for name, _, value in pairs})


def _read_polkit(message: str) -> Told | None:
    fields = _POLKIT(message)
    return None if fields is None else Told(AUTH, _lowered(fields))


def _read_cron(message: str) -> Told | None:
    fields = _CRON(message.strip())
    if fields is None:
        return None
    if "command" in fields:
        command = fields.pop("command").removesuffix(")")
        fields["command" if fields["event"] == "CMD" else "detail"] = command
    return Told(CRON, fields)


def _read_kernel(message: str) -> Told | None:
    if " OUT=" not in message:
        return None
    found = _PACKET(message)
    if found is None:
        return None
    rest = found["rest"]
    # What follows in brackets is the packet that an ICMP error speaks of.
    own, _, about = rest.partition(" [")
    fields, flags = _packet(own)
    if flags:
        fields["flags"] = flags
    prefix = found["prefix"].strip()
    if prefix:
        fields["prefix"] = prefix
        fields["event"] = _verdict_of(prefix)
    if about:
        fields["about"] = about.rstrip("] ")
    return Told(FIREWALL, {name: value for name, value in fields.items() if value != ""})


def _packet(text: str) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of a packet, of those that come again the first ones, and its flags."""
    fields: dict[str, Any] = {}
    words = text.split(" ")
    flags = [word for word in words if word in _PACKET_FLAGS]
    if not text.isprintable():
        # Other blanks end values, too.
        for name, value in _PACKET_FIELD.findall(text):
            fields.setdefault(name, value)
        return fields, flags
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name not in fields and (name in _PACKET_NAMES or _PACKET_NAME(name)):
            fields[name] = value
    return fields, flags


_VERDICTS: Final = (
    ("blocked", ("block", "drop", "deny", "denied", "reject")), ("allowed", ("allow", "accept", "permit")),
)  # fmt: skip


def _verdict_of(prefix: str) -> str:
    low = prefix.lower()
    for verdict, words in _VERDICTS:
        if any(word in low for word in words):
            return verdict
    # UniFi and firewalld end the names of rules with the verdict's letter.
    return {"-D]": "blocked", "-R]": "blocked", "-A]": "allowed"}.get(prefix[-3:], "logged")


def _account(program: str) -> Callable[[str], Told | None]:
    return lambda message: read_account(program, message)


_ACCOUNT_PROGRAMS: Final = (
    "useradd", "adduser", "usermod", "userdel", "deluser", "groupadd", "addgroup", "groupdel", "delgroup", "groupmod",
    "gpasswd", "passwd", "chpasswd", "chage", "chfn", "chsh", "newusers", "chgpasswd", "vipw",
)  # fmt: skip
_READERS: Final[dict[str, Callable[[str], Told | None]]] = {
    "sshd": read_sshd, "sshd-session": read_sshd, "sshd-auth": read_sshd, "dropbear": read_dropbear,
    "ftpd": read_ftp, "in.ftpd": read_ftp, "proftpd": read_ftp, "pure-ftpd": read_ftp, "tcpd": read_connection,
    "telnetd": read_connection, "in.telnetd": read_connection, "rshd": read_connection, "in.rshd": read_connection,
    "sftp-server": read_sftp, "internal-sftp": read_sftp,
    "sudo": _read_sudo, "sudo-rs": _read_sudo, "doas": _read_doas, "su": _read_su, "su-l": _read_su,
    "login": _read_login, "dovecot": read_dovecot, "postfix/smtpd": read_postfix, "postfix/smtps/smtpd": read_postfix,
    "postfix/submission/smtpd": read_postfix, "smbd": read_samba, "samba": read_samba, "vsftpd": read_vsftpd,
    "unix_chkpwd": read_chkpwd,
    "systemd-logind": _read_logind, "elogind": _read_logind, "pkexec": _read_pkexec, "polkitd": _read_polkit,
    "cron": _read_cron, "crond": _read_cron, "crontab": _read_cron, "fcron": _read_cron, "anacron": _read_cron,
    "kernel": _read_kernel, "ulogd": _read_kernel, **{name: _account(name) for name in _ACCOUNT_PROGRAMS},
}  # fmt: skip

PROGRAMS: Final = frozenset(
    {
        *_READERS, "/usr/sbin/cron", "/usr/sbin/crond", "/usr/bin/crontab", "/usr/sbin/sshd", "/usr/bin/sudo",
        "su(pam_unix)", "sshd(pam_unix)", "sudo(pam_unix)", "login(pam_unix)", "crond(pam_unix)", "gdm(pam_unix)",
        "pam", "gdm-password]", "gdm", "gdm-session-worker", "lightdm", "sddm", "sddm-helper", "doas", "runuser",
        "systemd", "systemd-journald", "systemd-networkd", "systemd-resolved", "systemd-timesyncd", "systemd-udevd",
        "systemd-modules-load", "systemd-sysctl", "systemd-tmpfiles", "systemd-shutdown", "systemd-user", "init",
        "rsyslogd", "syslogd", "syslog-ng", "rsyslogd-pstats", "audit", "auditd", "augenrules", "dbus", "dbus-daemon",
        "dbus-broker", "dbus-broker-launch", "networkmanager", "dhclient", "dhcpcd", "wpa_supplicant", "avahi-daemon",
        "chronyd", "ntpd", "irqbalance", "smartd", "thermald", "upowerd", "udisksd", "accounts-daemon", "packagekitd",
        "snapd", "apt-daily", "unattended-upgrade", "yum", "dnf", "dracut", "grub", "postfix/smtpd", "postfix/pickup",
        "postfix/cleanup", "postfix/qmgr", "postfix/local", "postfix/smtp", "dockerd", "containerd", "kubelet",
        "atd", "anacron", "logrotate", "run-parts(/etc/cron.daily)", "run-parts(/etc/cron.hourly)", "firewalld",
        "setroubleshoot", "sealert", "fail2ban-server", "fail2ban", "sssd", "sssd_be", "winbindd", "nscd", "realmd",
        "proftpd", "pure-ftpd", "clamd", "freshclam", "clamav", "guacd", "xinetd", "dovecot", "smbd_audit", "nmbd",
        "telnetd", "in.telnetd", "bash", "-bash", "logger", "shutdown", "cloud-init", "google_guest_agent",
        "amazon-ssm-agent", "waagent", "falcon-sensor", "osqueryd",
    }
)  # fmt: skip
"""Tags, in lower case, by which a line of syslog is known to come from Linux."""
