"""Rules of Sigma for PAN-OS, pfSense and network services mean the lines that they should, and no others."""

from __future__ import annotations

import pytest

from tests.sources.lines.golden import CASES
from tests.sources.lines.rule_hits import lines_hit

LOGS = {
    "panos": CASES / "panos" / "syslog.log",
    "gpsvc": CASES / "panos_gpsvc" / "gpsvc.log",
    "telemetry": CASES / "panos_telemetry" / "device_telemetry_send.log",
    "nginx": CASES / "panos_nginx" / "sslvpn_access.log",
    "pfsense": CASES / "pfsense" / "syslog.log",
    "services": CASES / "network_services" / "syslog.log",
}
ATTEMPTS = """title: A path or a command in place of a session
logsource: {category: appliance, product: paloalto, service: globalprotect}
detection:
  path: ["failed to unmarshal session(../", "failed to unmarshal session(/..", "failed to unmarshal session(./.."]
  telemetry: ["/opt/panlogs/tmp/device_telemetry/"]
  command: ["{IFS}", "curl"]
  condition: path or (telemetry and command)
"""
CASES_OF_RULES = {
    "an odd session": ("gpsvc", "product: paloalto, service: globalprotect", "session|contains: '/'", [3, 4, 8]),
    "failed logon to GlobalProtect": (
        "panos", "product: paloalto, service: globalprotect", "eventid: portal-auth\n    status: failure", [25],
    ),
    "older layout": (
        "panos", "product: paloalto, service: globalprotect", "eventid|endswith: auth-fail\n    srcuser: root", [16],
    ),
    "an administrator from outside": (
        "panos", "product: paloalto, service: system", "event: logged in\n    host|cidr: 198.51.100.0/24", [10],
    ),
    "a new administrator": (
        "panos", "product: paloalto, service: config", "cmd: set\n    path|contains: mgt-config users", [18],
    ),
    "an exploit was stopped": (
        "panos", "product: paloalto, service: threat", "threatid|contains: (95187)\n    action: reset-both", [5],
    ),
    "a program of a site": ("panos", "category: proxy", "c-uri|contains: /a/b", [4]),
    "telnet, any firewall": ("panos", "category: firewall", "dst_port: 23\n    action: deny", [2]),
    "what was let pass": ("panos", "category: firewall", "dst_port: 443\n    action: accept", [1]),
    "what pfSense let pass": ("pfsense", "category: firewall", "dst_port: 53\n    action: accept", [2]),
    "a page that was fetched": (
        "nginx", "product: paloalto, category: webserver", "cs-uri-stem|endswith: .css\n    sc-status: 200", [2],
    ),
    "a command in a file's name": (
        "telemetry", "product: paloalto, service: globalprotect, category: file_event",
        "TargetFilename|startswith: /opt/panlogs/tmp/device_telemetry/\n    TargetFilename|contains: '{IFS}'", [2],
    ),
    "telnet is not asked for": ("panos", "product: fortinet, category: firewall", "dst_port: 23", []),
    "filter of pfSense": ("pfsense", "category: firewall", "dst_port: 443\n    src_ip: 198.51.100.7", [1]),
    "web interface": (
        "pfsense", "product: pfsense", "event|endswith: authentication error\n    user: admin", [12],
    ),
    "configuration": ("pfsense", "product: opnsense, service: audit", "user: root\n    revision|contains: conf", [20]),
    "a name": ("services", "category: dns", "query|endswith: .example.net\n    record_type: TXT", [24]),
    "a user of a VPN": ("services", "product: openvpn", "event: could not authenticate", [10]),
    "Windows is not meant": ("panos", "product: windows, service: system", "type: SYSTEM", []),
}  # fmt: skip


def test_attempts_of_cve_2024_3400() -> None:
    assert lines_hit(ATTEMPTS, LOGS["gpsvc"]) == [3, 4, 8]
    assert lines_hit(ATTEMPTS, LOGS["telemetry"]) == []


@pytest.mark.parametrize("name", CASES_OF_RULES)
def test_rules(name: str) -> None:
    log, source, selection, lines = CASES_OF_RULES[name]
    rule = f"title: t\nlogsource: {{{source}}}\ndetection:\n  a:\n    {selection}\n  condition: a\n"
    assert lines_hit(rule, LOGS[log]) == lines
