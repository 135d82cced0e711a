"""The fictional operator of the story: its domain, sites, hosts, accounts and addresses.

Shiomi Denryoku does not exist. Addresses inside are of RFC 1918, those outside of RFC 5737; names end in `.example`
(RFC 2606).
"""

from __future__ import annotations

from dataclasses import dataclass

DNS_DOMAIN = "shiomi-denryoku.example"
DOMAIN = "SHIOMI"
DOMAIN_SID = "S-1-5-21-2087114563-1190446712-3304558127"

HONSHA = "honsha"
"""The main office, 10.20.0.0/16."""
KAWAGUCHI = "kawaguchi"
"""The branch at the mouth of the river, 10.21.0.0/16."""

DC_ADDRESS = "10.20.0.10"
JUMP_ADDRESS = "10.20.0.25"
BACKUP_ADDRESS = "10.20.0.40"
MONITOR_ADDRESS = "10.20.0.35"
UPDATE_ADDRESS = "10.20.0.30"
ADMIN_PC_ADDRESS = "10.20.3.12"
KUDO_PC_ADDRESS = "10.20.3.41"
HISTORIAN_ADDRESS = "10.60.4.20"
"""A server of the control network, which only the jump server may reach."""

FILES_ADDRESS = "10.21.0.20"
"""The branch's file server."""
SAWADA_PC_ADDRESS = "10.21.3.11"

WEB_ADDRESS = "10.21.8.15"
"""The branch's web server, the portal of the contractors."""

GATEWAY_ADDRESS = "10.20.0.1"
"""The SSL-VPN gateway of the main office, inside."""
GATEWAY_OUTSIDE = "192.0.2.1"
"""The same, as the Internet sees it."""
GATEWAY_EXPLOITER = "198.51.100.66"
"""Whoever lets the SSL-VPN service crash."""
WEB_INTRUDER = "198.51.100.211"
"""The address from which the intruder uses the web shell."""
INTRUDER_HOME = "203.0.113.58"
"""The router of somebody else through which he comes to the SSL-VPN on the first evening."""
SECOND_INTRUDER_HOME = "203.0.113.141"
"""The one of the second evening."""
BACK_DOOR_USER = "maint02"
"""The user that he makes on the gateway."""
BACK_DOOR_ADDRESS = "10.20.250.32"
VPN_ADDRESS = "10.20.250.17"
"""The address that the SSL-VPN gateway gave the intruder on the first evening."""
SECOND_VPN_ADDRESS = "10.20.250.31"
"""The one of the second evening."""
STORE_ADDRESS = "203.0.113.77"
STORE = "hako-store.example"
"""The storage in the cloud to which he uploads."""
ADDRESS_ECHO = "203.0.113.9"
"""A server that tells whoever asks under which address he is seen."""


@dataclass(frozen=True)
class Account:
    """An account as events name it."""

    name: str
    sid: str
    domain: str = DOMAIN

    @property
    def full(self) -> str:
        """Domain and name, as Sysmon writes a user."""
        return f"{self.domain}\\{self.name}"


def _of_domain(name: str, rid: int) -> Account:
    return Account(name, f"{DOMAIN_SID}-{rid}")


SYSTEM = Account("SYSTEM", "S-1-5-18", "NT AUTHORITY")
APP_POOL = Account("PortalPool", "S-1-5-82-2611803512-1187334104-3012779440-2264810113-1974402251", "IIS APPPOOL")
"""The account under which the portal's pages run."""
LOCAL_SERVICE = Account("LOCAL SERVICE", "S-1-5-19", "NT AUTHORITY")
NETWORK_SERVICE = Account("NETWORK SERVICE", "S-1-5-20", "NT AUTHORITY")

TANABE_ADM = _of_domain("tanabe-adm", 1108)
"""The administrator who works on the domain controller by day."""
KUDO_ADM = _of_domain("kudo-adm", 1113)
"""The administrator whose password the intruder has."""
SAWADA_ADM = _of_domain("sawada-adm", 1117)
"""The administrator of the branch."""
SVC_BACKUP = _of_domain("svc-backup", 1121)
SVC_MONITOR = _of_domain("svc-monitor", 1122)
OPERATORS = (_of_domain("k.morita", 1142), _of_domain("a.ishii", 1147))
"""Operators who use the jump server by day."""

OFFICE = tuple(
    (_of_domain(name, 1150 + index), _of_domain(f"PC-{2041 + index}$", 1250 + index), f"10.20.3.{101 + index}")
    for index, name in enumerate(
        (
            "h.sakai",
            "m.endo",
            "y.hara",
            "t.okubo",
            "r.nishi",
            "s.kawai",
            "n.ueda",
            "k.tamura",
            "e.fujii",
            "j.mori",
            "a.noda",
            "c.sugi",
        )
    )
)
"""Office users with the account and address of their machines."""

BRANCH = tuple(
    (_of_domain(name, 1170 + index), _of_domain(f"PC-2{101 + index}$", 1270 + index), f"10.21.3.{101 + index}")
    for index, name in enumerate(("m.ogata", "t.kishi", "y.sano", "h.mori", "a.kubo", "s.nagai", "r.tsuda", "k.ono"))
)
"""Users of the branch with the account and address of their machines."""

DC_MACHINE = _of_domain("DC01$", 1000)
JUMP_MACHINE = _of_domain("JUMP01$", 1104)
FILES_MACHINE = _of_domain("FS02$", 1131)
WEB_MACHINE = _of_domain("WEB02$", 1138)
ENGINEER_MACHINE = _of_domain("ENG01$", 1136)
"""A workstation of the branch's engineers, of which no log was collected."""
