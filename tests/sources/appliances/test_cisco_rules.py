"""Rules of Sigma for Cisco mean the messages that they should, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.lines.rule_hits import lines_hit

DEVICES = """\
<189>1: sw01: 000001: Mar 10 2026 08:00:01 UTC: %PARSER-5-CFGLOG_LOGGEDCMD: User:admin  logged command:no logging \
host 10.0.0.9
<189>2: sw01: 000002: Mar 10 2026 08:00:02 UTC: %SYS-5-CONFIG_P: Configured programmatically by process x from \
console as cisco_support on vty1
<187>3: XR1 RP/0/RSP0/CPU0:Mar 10 2026 08:00:03 : tcp[300]: %IP-TCP-3-BADAUTH : Invalid MD5 digest from \
203.0.113.1:179 to 198.51.100.1:4000
<190>4: sw01: Mar 10 2026 08:00:04 UTC: %SEC-6-IPACCESSLOGP: list 101 denied tcp 203.0.113.9(40000) -> 10.2.2.2(22), \
1 packet
Mar 10 2026 08:00:05 fw1 : %ASA-5-111010: User 'admin', running 'CLI' from IP 10.1.1.9, executed 'no logging enable'
Mar 10 2026 08:00:06 fw1 : %ASA-6-113005: AAA user authentication Rejected : reason = no logging : server = 10.0.0.5 \
: user = bob : user IP = 203.0.113.9
Mar 10 2026 08:00:07 fw1 : %ASA-4-106023: Deny tcp src outside:203.0.113.9/40001 dst dmz:10.2.2.2/22 by access-group \
"in" [0x0, 0x0]
2026-03-10T08:00:08Z ftd1  %FTD-1-430003: AccessControlRuleAction: Block, SrcIP: 203.0.113.9, DstIP: 10.2.2.2, \
SrcPort: 4, DstPort: 22, Protocol: tcp
2026-03-10T08:00:09Z ftd1  %FTD-1-430003: AccessControlRuleAction: Allow, SrcIP: 10.1.1.2, DstIP: 203.0.113.80, \
UserAgent: Agent/1.0, URL: http://files.example.net/a.exe
2026-03-10T08:00:10Z ftd1  %FTD-1-430003: AccessControlRuleAction: Allow, SrcIP: 10.1.1.2, DstIP: 10.0.0.53, \
DNSQuery: c2.example.net, DNSRecordType: a host address
<182>Mar 10 08:00:11 ise1 CISE_TACACS_Accounting 0000000107 1 0 2026-03-10 08:00:11.990 +00:00 0000000207 3300 \
NOTICE Tacacs-Accounting: TACACS+ Accounting with Command, CmdSet=[ CmdAV=no logging console <cr> ], User=admin,
{"access_device":{"ip":"203.0.113.9"},"application":{"name":"VPN"},"event_type":"authentication",\
"reason":"bypass_user","result":"success","timestamp":1773129602,"txid":"1","user":{"name":"bob"}}
"""
RULES = {
    "commands, whatever accounts for them": ("product: cisco, service: aaa", "- no logging", [1, 5, 11]),
    "names of messages": ("product: cisco, service: syslog", "- '%SYS-5-CONFIG_P:'", [2]),
    "neighbours": ("product: cisco, service: bgp", "'|all': [':179', IP-TCP-3-BADAUTH]", [3]),
    "fields of messages": ("product: cisco, service: asa", "user: bob\n    ip|cidr: 203.0.113.0/24", [6]),
    "firewalls of all kinds": ("category: firewall", "dst_port: 22\n    src_ip: 203.0.113.9", [4, 7, 8]),
    "web requests": ("category: proxy", "c-uri|endswith: .exe\n    c-useragent: Agent/1.0", [9]),
    "names that were asked for": ("category: dns", "query|endswith: .example.net", [10]),
    "second factors that were passed by": (
        "product: cisco, service: duo",
        "event_type: authentication\n    reason: bypass_user",
        [12],
    ),
    "no other maker": ("product: fortinet", "- no logging", []),
}


@pytest.mark.parametrize("name", RULES)
def test_rules_for_cisco(name: str, tmp_path: Path) -> None:
    source, selection, lines = RULES[name]
    rule = f"title: t\nlogsource: {{{source}}}\ndetection:\n  a:\n    {selection}\n  condition: a\n"
    assert lines_hit(rule, tmp_path / "devices.log", DEVICES) == lines
