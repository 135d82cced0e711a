"""Rules for SSL VPNs, application delivery and Junos hit the lines that they mean, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.lines.golden import CASES
from tests.sources.lines.rule_hits import lines_hit

PULSE = CASES / "pulse_secure" / "standard.log"
WELF = CASES / "pulse_secure" / "welf.log"
CITRIX = CASES / "citrix_netscaler" / "native.log"
F5 = CASES / "f5_bigip" / "pairs_and_json.log"
F5_MESSAGES = CASES / "f5_bigip" / "messages.log"
SCREENOS = CASES / "screenos" / "device.log"
JUNOS = CASES / "junos" / "plain.log"


@pytest.mark.parametrize(
    ("log", "log_source", "selection", "lines"),
    [
        (PULSE, "category: webserver", "cs-uri-query|contains: '?/dana/html5acc/guacamole/'", [1]),
        (PULSE, "category: webserver", "cs-host: intra.example.com\n    sc-status: 200", [6]),
        (PULSE, "product: ivanti", "outcome: failure\n    auth_server: AD", [3]),
        (PULSE, "product: ivanti, service: vpn", "realm_name: Staff\n    vpn_ip|cidr: 10.7.0.0/24", [5, 8, 14, 19]),
        (WELF, "product: pulse_secure", "message_id: ADM20716\n    src: 192.0.2.7", [5]),
        (WELF, "category: webserver", "cs-uri-stem: /dana/js", [4]),
        (WELF, "category: webserver, product: apache", "cs-uri-stem: /dana/js", []),
        (CITRIX, "category: webserver", "cs-uri-stem|contains: /vpns/../", [8]),
        (CITRIX, "product: citrix, service: sslvpn", "User|endswith: taro", [1, 2, 3, 4, 5]),
        (CITRIX, "product: netscaler, service: audit", "Command|startswith: shell\n    outcome: success", [6]),
        (F5, "category: webserver", "cs-uri-query: x=1\n    sc-status: 401", [4]),
        (F5, "category: webserver", "cs-uri-query|startswith: /secret.php?q=", [1]),
        (F5, "category: firewall", "dst_port: 22\n    action: Reject", [6]),
        (F5, "category: dns", "query: www.example.com", [3]),
        (CITRIX, "product: netscaler, category: process_creation", "CommandLine|contains: whoami", [17]),
        (F5_MESSAGES, "category: webserver", "cs-uri-stem|endswith: /util/bash\n    sc-status: 200", [20, 21]),
        (F5_MESSAGES, "product: f5, service: audit", "cmd_data|contains: 'bash -c'", [11]),
        (F5_MESSAGES, "product: f5, service: apm", "Username: taro\n    outcome: failure", [4]),
        (JUNOS, "category: firewall", "dst_port: 23\n    src_ip|cidr: 203.0.113.0/24", [4, 17]),
        (JUNOS, "product: juniper, service: bgp", "message|contains: NOTIFICATION received", [15]),
        (JUNOS, "product: juniper, service: bgp", "message|contains|all: [':179', 'missing MD5 digest']", [22, 23]),
        (JUNOS, "product: juniper, service: audit", "username: admin\n    command|startswith: show", [11]),
        (JUNOS, "category: firewall", "dst_port: 443\n    action: accept", [1, 2, 3, 24]),
        (F5, "category: firewall", "action: accept", [7]),
        (F5_MESSAGES, "category: appliance_administration", "User: admin\n    SourceAddress: 192.0.2.7", [13]),
        (SCREENOS, "category: firewall", "dst_port: 23\n    src_ip: 203.0.113.9\n    action: Deny", [2]),
    ],
)
def test_rules(log: Path, log_source: str, selection: str, lines: list[int], tmp_path: Path) -> None:
    rule = f"title: t\nlogsource: {{{log_source}}}\ndetection:\n  a:\n    {selection}\n  condition: a\n"
    assert lines_hit(rule, tmp_path / log.name, log.read_text(encoding="utf-8")) == lines
