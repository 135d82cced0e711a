"""Rules of Sigma mean lines of formats that hold the same events in other clothes: wrapped, joined, taken apart."""

from __future__ import annotations

import pytest

from tests.sources.lines.golden import CASES
from tests.sources.lines.rule_hits import lines_hit

RULES = {
    "history of a shell": ("shell_history/bash_history", "product: linux, category: process_creation",
                           "{Image|endswith: curl, CommandLine|contains: 'http://198.51.100.9/'}", [2]),
    "words in a history": ("shell_history/bash_history", "product: linux", "['history -c']", [9]),
    "Auditbeat's process": ("auditbeat/auditbeat.ndjson", "product: linux, category: process_creation",
                            "{Image: /usr/bin/curl, CommandLine|contains: 198.51.100.9, User: root}", [1]),
    "Auditbeat's arguments": ("auditbeat/auditbeat.ndjson", "product: linux, service: auditd",
                              "{type: EXECVE, a0: curl, a1|startswith: 'http:'}", [1]),
    "Auditbeat's connection": ("auditbeat/auditbeat.ndjson", "product: linux, category: network_connection",
                               "{DestinationPort: 443, Initiated: 'true'}", [3]),
    "records in one line": ("auditd/forwarded.log", "product: linux, category: file_event",
                            "{TargetFilename: /srv/up/a.php}", [1]),
    "exported journal": ("journald_export/journal.export", "product: linux, service: sshd",
                         "['Accepted password']", [1]),
    "pretty journal": ("journald_pretty/journal.json", "product: linux, service: auth", "['Accepted password']", [1]),
    "wrapped line": ("linux/wrapped.log", "product: linux, service: sudo", "['COMMAND=/usr/bin/id']", [7]),
    "wrapped request": ("linux/wrapped.log", "category: webserver", "{cs-uri-stem: /b, sc-status: 404}", [3]),
    "Samba's logon": ("linux/servers.log", "product: linux, service: vsftpd", "['FAIL LOGIN']", [8]),
    "BIND's query": ("network_services/named.log", "category: dns", "{query: x.example.com}", [4]),
    "Java's exception": ("tomcat/applications.log", "product: jvm, category: application",
                         "[IllegalStateException]", [2]),
    "PHP's warning": ("nginx_error/application.log", "product: php, category: application", "['system()']", [1]),
    "ModSecurity's request": ("modsecurity_parts/modsec_audit.log", "category: webserver",
                              "{cs-method: POST, c-uri|contains: id=1, sc-status: 403}", [1]),
    "what a sender wrote": ("modsecurity_parts/modsec_audit.log", "product: linux",
                            "['Accepted password for root']", []),
    "proxy with readable times": ("squid/readable.log", "category: proxy", "{c-uri|contains: example.net}", [3]),
    "Cylance": ("cylance/syslog.log", "category: antivirus", "{Signature|contains: Trojan, Action: Quarantined}", [1]),
    "Falcon": ("crowdstrike/connector.log", "category: antivirus", "{Filename|endswith: powershell.exe}", [1]),
    "Symantec in Japanese": ("symantec/japanese.log", "category: antivirus", "{Signature|contains: EICAR}", [1]),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_rule_means_the_event(name: str) -> None:
    log, source, selection, lines = RULES[name]
    rule = f"title: t\nlogsource: {{{source}}}\ndetection:\n  a: {selection}\n  condition: a\n"
    assert lines_hit(rule, CASES / log) == lines
