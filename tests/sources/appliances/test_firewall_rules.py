"""Rules of Sigma for FortiGate, SonicWall, Sophos and Check Point mean the lines that they should, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.lines.rule_hits import lines_hit

FORTIGATE = """\
date=2026-02-03 time=10:00:01 devid="FG1" logid="0100044547" type="event" subtype="system" action="Add" \
cfgpath="system.admin" cfgobj="x"
date=2026-02-03 time=10:00:02 devid="FG1" logid="0100044547" type="event" subtype="system" action="Edit" \
cfgpath="vpn.ssl.settings"
date=2026-02-03 time=10:00:03 devid="FG1" logid="0000000013" type="traffic" action="close" srcip=10.0.0.1 \
dstip=203.0.113.1 dstport=3306
date=2026-02-03 time=10:00:04 devid="FG1" logid="0000000013" type="traffic" action="deny" srcip=10.0.0.2 \
dstip=203.0.113.1 dstport=3306
date=2026-02-03 time=10:00:05 devid="FG1" logid="0101039426" type="event" subtype="vpn" action="ssl-login-fail" \
user="anna" remip=198.51.100.1
date=2026-02-03 time=10:00:06 devid="FG1" type="utm" subtype="virus" action="blocked" virus="EICAR" filename="a.com"
date=2026-02-03 time=10:00:07 devid="FG1" type="utm" subtype="webfilter" action="blocked" hostname="a.example" \
url="/x.php" agent="curl/8"
date=2026-02-03 time=10:00:08 devid="FG1" type="utm" subtype="dns" qname="a.example" qtype="TXT"
"""
SONICWALL = """\
id=firewall sn=1A time="2026-02-03 10:00:01" fw=192.0.2.1 pri=6 c=1024 m=537 src=10.0.0.1:1:X0 \
dst=203.0.113.1:3306:X1 fw_action="forward"
id=firewall sn=1A time="2026-02-03 10:00:02" fw=192.0.2.1 pri=6 c=64 m=36 src=10.0.0.2:1:X0 dst=203.0.113.1:3306:X1 \
fw_action="drop"
id=firewall sn=1A time="2026-02-03 10:00:03" fw=192.0.2.1 pri=6 c=16 m=1080 msg="SSL VPN zone remote user login \
allowed" usr="anna"
id=firewall sn=1A time="2026-02-03 10:00:04" fw=192.0.2.1 pri=6 c=262144 m=98 msg="Connection Opened" \
src=10.0.0.1:1:X0 dst=10.0.0.9:22:X1 fw_action="NA"
"""
SOPHOS = """\
device="SFW" date=2026-02-03 time=10:00:01 timezone="CET" log_id=010101600001 log_type="Firewall" \
log_subtype="Allowed" status="Allow" src_ip=10.0.0.1 dst_port=3306
device="SFW" date=2026-02-03 time=10:00:02 timezone="CET" log_id=010102600002 log_type="Firewall" \
log_subtype="Denied" status="Deny" src_ip=10.0.0.2 dst_port=3306
device="SFW" date=2026-02-03 time=10:00:03 timezone="CET" log_id=062109517507 log_type="Event" log_component="CLI" \
log_subtype="Admin" status="Failed" user_name="root" message="User 'root' failed to login from '198.51.100.1' using ssh"
"""
CHECK_POINT = """\
<134>1 2026-02-03T01:00:01Z m CheckPoint 1 - [action:"Accept"; origin:"192.0.2.1"; src:"10.0.0.1"; service:"3306"; \
product:"Firewall"]
<134>1 2026-02-03T01:00:02Z m CheckPoint 1 - [action:"Drop"; origin:"192.0.2.1"; src:"10.0.0.2"; service:"3306"; \
product:"Firewall"]
<134>1 2026-02-03T01:00:03Z m CheckPoint 1 - [action:"Accept"; origin:"192.0.2.1"; administrator:"anna"; \
operation:"Create Object"]
"""
LOGS = {"fortigate": FORTIGATE, "sonicwall": SONICWALL, "sophos": SOPHOS, "checkpoint": CHECK_POINT}


def hits(name: str, log_source: str, selection: str, folder: Path) -> list[int]:
    rule = f"title: t\nlogsource: {{{log_source}}}\ndetection:\n  a:\n    {selection}\n  condition: a\n"
    return lines_hit(rule, folder / f"{name}.log", LOGS[name])


@pytest.mark.parametrize(
    ("name", "lines"), [("fortigate", [3]), ("sonicwall", [1]), ("sophos", [1]), ("checkpoint", [1])]
)
def test_a_connection_that_was_let_pass_is_accepted_for_every_maker(
    name: str, lines: list[int], tmp_path: Path
) -> None:
    assert hits(name, "category: firewall", "dst_port: 3306\n    action: [forward, accept]", tmp_path) == lines


@pytest.mark.parametrize(
    ("name", "log_source", "selection", "lines"),
    [
        ("fortigate", "product: fortigate, service: event", "action: Add\n    cfgpath: system.admin", [1]),
        ("fortigate", "product: fortigate, service: event", "cfgpath: vpn.ssl.settings", [2]),
        ("fortigate", "product: fortigate, service: event", "user: anna", [5]),
        ("fortigate", "product: fortigate, service: sslvpnd", "action: ssl-login-fail", [5]),
        ("fortigate", "product: fortigate, service: traffic", "action: Add", []),
        ("fortigate", "category: antivirus", "Signature: EICAR", [6]),
        ("fortigate", "category: proxy", "c-uri|endswith: .php\n    c-useragent|startswith: curl", [7]),
        ("fortigate", "category: dns", "query: a.example\n    record_type: TXT", [8]),
        ("fortigate", "product: windows, category: process_creation", "action: Add", []),
        ("sonicwall", "product: sonicwall", "usr: anna", [3]),
        ("sonicwall", "category: firewall", "src_ip: 10.0.0.2", [2]),
        ("sonicwall", "category: firewall", "action: accept\n    dst_port: 22", [4]),
        ("sonicwall", "product: sonicwall, service: vpn", "m: 1080", [3]),
        ("sophos", "product: sophos, service: event", "user_name: root\n    status: Failed", [3]),
        ("sophos", "category: firewall", "src_ip: 10.0.0.2", [2]),
        ("checkpoint", "product: checkpoint, service: audit", "operation|startswith: Create", [3]),
        ("checkpoint", "category: firewall", "src_ip: 10.0.0.2", [2]),
        ("checkpoint", "product: fortigate", "action: Accept", []),
    ],
)
def test_rules_of_makers(name: str, log_source: str, selection: str, lines: list[int], tmp_path: Path) -> None:
    assert hits(name, log_source, selection, tmp_path) == lines
