"""Linux: what its programs write into ``/var/log/auth.log``, ``secure``, ``syslog``, ``messages``, ``cron`` and others.

Lines of syslog are known by their program. Every event has ``program``, ``pid`` and ``message`` (the text as written).
What a message tells is taken apart into fields beside it:

- ``linux/auth``: logons and their ends: sshd (``event``, ``method``, ``user``, ``rhost``, ``port``, ``key``; ``known``
  says ``invalid user`` where there is none of that name), modules of PAM (``pam_module``, ``pam_service``,
  ``pam_type`` and PAM's own names), su, login, systemd-logind, polkit, Dovecot, Postfix, Samba, vsftpd;
- ``linux/ssh``: connections to sshd that come, go or fail; ``linux/sftp``: what sftp-server did with which ``path``;
- ``linux/connection``: who connects to servers of FTP and to what tcpd guards; their logons are in ``linux/auth``;
- ``linux/sudo``: sudo and pkexec, by sudo's own names (``TTY``, ``PWD``, ``USER``, ``COMMAND`` ...), ``user`` is who
  asked and ``error`` why it was refused;
- ``linux/account`` and ``linux/group``: useradd, usermod, userdel, passwd, chage, groupadd, gpasswd and their like;
- ``linux/cron``: ``user``, ``event`` (``CMD``, ``REPLACE`` ...), and ``command`` or ``detail``;
- ``linux/firewall``: packets that netfilter logs (iptables, nftables, UFW, firewalld), by the kernel's own names;
  ``event`` is what the rule's prefix says became of the packet;
- ``linux/syslog``: all else, with its text alone.

``event`` is made of the message's own words in lower case; it alone is not as written. ``repeated`` says how often
syslog left the same message out.

Records of the audit system that came by way of the journal (``audit[77]: USER_LOGIN pid=...``) are events of
``linux/audit``, each by itself: they state no serial number.

Lines of programs that are not known are read as plain syslog. ``journalctl`` writes the same lines, behind other times
with ``-o short-iso``, ``short-full`` and ``short-unix``; what it writes between them (``-- Boot ... --``) is no record.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.lines.format import BetweenLinesError, Line, LineError, LineFormat, Reading
from yadorigi.sources.lines.stated_twice import with_others
from yadorigi.sources.lines.syslog import structured_data
from yadorigi.sources.linux.audit import read_bare
from yadorigi.sources.linux.audit_numbers import NUMBERS
from yadorigi.sources.linux.messages import PROGRAMS, tell

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock


_ODD_TAG: Final = re.compile(
    r"(polkitd(?=\(authority=\w+\): )|gdm-\w{1,20}\])(?:\(authority=\w+\)|\[(\d{1,10})\]): "
).match
"""Tags that are none of syslog's."""

_CERTAIN: Final = re.compile(
    r"(?:message repeated \d{1,9} times: \[ ?)?(?:"
    # sshd and sftp-server
    r"(?:Accepted|Failed|Postponed|Partial) [\w/\-]{1,64} for |(?:Invalid|Illegal) user "
    r"|Connection (?:closed|reset) by |(?:Connection|Disconnected|Received disconnect) from |Disconnecting "
    r"|Starting session: |subsystem request for |(?:error: )?maximum authentication attempts exceeded for |error: PAM: "
    r"|Bad protocol version identification |input_userauth_request: invalid user "
    r"|User \S{1,64} (?:from \S{1,64} )?not allowed because "
    r"|session (?:opened|closed) for local user "
    r'|(?:open|opendir|close|closedir|(?:remove|rmdir|mkdir) name|rename old) "'
    # modules of PAM, su, cron, sudo, and what changes accounts
    r"|pam_\w{1,40}\([\w.\-@]{1,60}(?::\w+)?\):? |(?:Successful|FAILED) su for "
    r"|\([\w.\-@$]{1,64}\) (?:CMD|CMDOUT|CMDEND|REPLACE|EDIT|LIST|DELETE|RELOAD) \("
    r"|[\w.\-@$\\]{1,64} : (?:[\w ,;'\-]{1,80} ; )?(?:TTY|PWD|HOST|USER|LOG)="
    r"|new (?:user|group): name=|(?:add|delete|change) (?:user )?'|password (?:changed )?for "
    r")",
    re.ASCII,
).match


def _read(line: Line, clock: Clock) -> Reading:
    del clock
    header = line.header
    if line.text.startswith("-- "):
        raise BetweenLinesError("what journalctl writes between records")
    if not header.time:
        raise LineError("a line of Linux without a time")
    fields: dict[str, Any] = structured_data(header.structured) if header.structured else {}
    program, process, message = header.program, header.process, line.message
    if not program and (odd := _ODD_TAG(message)) is not None:
        program, process, message = odd[1], odd[2] or "", message[odd.end() :]
    fields["program"] = program
    fields["message"] = message
    if process:
        fields["pid"] = process
    if program == "audit":
        kind, _, body = message.partition(" ")
        if kind in NUMBERS:
            own = read_bare(kind, body)
            return own._replace(fields=with_others(fields, own.fields))
    channel, told = tell(program, message)
    fields |= told
    return Reading(channel, fields)


LINUX: Final = LineFormat(
    "linux",
    "Linux",
    _read,
    opening=r"(?:polkitd\(authority=\w+\): |(?:gdm-\w{1,20}\]\[\d+\]: )?pam_\w{1,40}\([\w.\-@]{1,60}(?::\w+)?\):? "
    r"|-- (?:(?:Logs begin|Journal begins) at |Boot [0-9a-f]{32} --|Reboot --|No entries --))",
    programs=PROGRAMS,
    keeps=True,
    certain=_CERTAIN,
)
