"""The SSL-VPN gateway of the main office, a FortiGate: what it sends to the syslog server.

Fields and message numbers are those of the maker's reference of log messages for FortiOS 7.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from two_sites_story.estate import GATEWAY_ADDRESS, GATEWAY_OUTSIDE, HONSHA
from two_sites_story.records import DAYS, JST, TICKS, jst, midnight
from two_sites_story.text_logs import TextLog

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "FGT01"
_SEED = 20260315
_SERIAL = "FGT60FTK26000311"
_BARE = frozenset({"remip", "tunnelip", "srcip", "dstip"})
"""Texts that FortiOS writes without quotation marks."""
_FIRST_TUNNEL = 1_904_522_110
_FIRST_SESSION = 48_120_331
"""Numbers that count up with time."""
SSL = "ssl.root"
LAN = "internal"
BRANCH_TUNNEL = "to-kawaguchi"
OUTSIDE = "wan1"
_ROLES = {SSL: "undefined", LAN: "lan", BRANCH_TUNNEL: "undefined", OUTSIDE: "wan"}


@dataclass(frozen=True, kw_only=True)
class VpnSession:
    """One session of the SSL-VPN: who, from where, and the address that was given out."""

    user: str
    source: str
    tunnel: str
    begin: int
    end: int
    group: str = "VPN_Users"


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One connection through the firewall; a refused one has no seconds."""

    source: tuple[str, int]
    destination: tuple[str, int]
    ways: tuple[str, str] = (SSL, LAN)
    user: str = ""
    seconds: float = 0.0
    refused: bool = False


_SERVICES = {22: "SSH", 53: "DNS", 88: "KERBEROS", 135: "DCE-RPC", 389: "LDAP", 443: "HTTPS", 445: "SMB", 3389: "RDP"}


@dataclass(kw_only=True)
class Gateway:
    """The appliance with its log."""

    log: TextLog
    rng: Random
    _change: int = 21_364_737
    day: int = field(default=DAYS[0])

    def at(self, clock: str) -> int:
        """A time of day of the day that is being told."""
        return jst(clock, self.day)

    def days(self, days: tuple[int, ...]) -> Iterator[int]:
        """Tell of these days one after the other."""
        for day in days:
            self.day = day
            yield day

    def _write(self, ticks: int, kind: str, facts: dict[str, str | int]) -> None:
        when = datetime.fromtimestamp(ticks // TICKS, JST)
        stated = f"{when:%Y-%m-%dT%H:%M:%S}.{ticks % TICKS // 10:06d}+09:00"
        head: dict[str, str | int] = {"devname": NAME, "devid": _SERIAL, "eventtime": ticks * 100, "tz": "+0900"}
        pairs = " ".join(
            f'{name}="{value}"' if isinstance(value, str) and name not in _BARE else f"{name}={value}"
            for name, value in {**head, **facts}.items()
        )
        self.log.tell(ticks, kind, f"{stated} fgt01 date={when:%Y-%m-%d} time={when:%H:%M:%S} {pairs}")

    def event(self, ticks: int, number: int, level: str, facts: dict[str, str | int]) -> None:
        """An event of the system (numbers below 36000, and changes of the configuration) or of the VPN."""
        kind = "vpn" if 37_000 < number < 40_000 else "system"
        code = f"{'0101' if kind == 'vpn' else '0100'}{number:06d}"
        start: dict[str, str | int] = {"logid": code, "type": "event", "subtype": kind, "level": level, "vd": "root"}
        self._write(ticks, kind, {**start, **facts})

    def _vpn(self, ticks: int, number: int, facts: dict[str, str | int]) -> None:
        level = "alert" if number == 39_426 else "information"
        self.event(ticks, number, level, facts)

    def knock(self, ticks: int, source: str) -> None:
        """A client connects to the SSL-VPN; nobody has said yet who he is (39943)."""
        facts: dict[str, str | int] = {
            "logdesc": "SSL VPN new connection",
            "action": "ssl-new-con",
            "tunneltype": "ssl",
            "tunnelid": 0,
            "remip": source,
            "user": "N/A",
            "group": "N/A",
            "dst_host": "N/A",
            "reason": "N/A",
            "msg": "SSL new connection",
        }
        self._vpn(ticks, 39_943, facts)

    def refuse(self, ticks: int, user: str, source: str, reason: str = "sslvpn_login_permission_denied") -> None:
        """Somebody failed to log in (39426)."""
        facts: dict[str, str | int] = {
            "logdesc": "SSL VPN login fail",
            "action": "ssl-login-fail",
            "tunneltype": "ssl-web",
            "tunnelid": 0,
            "remip": source,
            "user": user,
            "group": "N/A",
            "dst_host": "N/A",
            "reason": reason,
            "msg": "SSL user failed to logged in",
        }
        self._vpn(ticks, 39_426, facts)

    def _tunnel_facts(self, session: VpnSession, tunnel: int, *, kind: str, up: bool) -> dict[str, str | int]:
        facts: dict[str, str | int] = {
            "logdesc": f"SSL VPN tunnel {'up' if up else 'down'}",
            "action": f"tunnel-{'up' if up else 'down'}",
            "tunneltype": kind,
            "tunnelid": tunnel,
            "remip": session.source,
        }
        if kind == "ssl-tunnel":
            facts["tunnelip"] = session.tunnel
        return {**facts, "user": session.user, "group": session.group, "dst_host": "N/A"}

    def begin(self, session: VpnSession) -> int:
        """A user logs in (39943, 39424) and gets a tunnel (39947); gives the number of the tunnel."""
        tunnel = _FIRST_TUNNEL + (session.begin - midnight(DAYS[0])) // TICKS
        self.knock(session.begin - 9 * TICKS, session.source)
        web = self._tunnel_facts(session, tunnel, kind="ssl-web", up=True)
        web |= {"reason": "login successfully", "msg": "SSL tunnel established"}
        self._vpn(session.begin, 39_424, web)
        own = self._tunnel_facts(session, tunnel, kind="ssl-tunnel", up=True)
        own |= {"reason": "tunnel established", "msg": "SSL tunnel established"}
        self._vpn(session.begin + 2 * TICKS, 39_947, own)
        return tunnel

    def finish(self, session: VpnSession, tunnel: int, volume: tuple[int, int], reason: str = "N/A") -> None:
        """The tunnel goes down (39948) and the user with it (39425), with the bytes sent and received."""
        seconds = (session.end - session.begin) // TICKS
        told: dict[str, str | int] = {"reason": reason, "duration": seconds}
        told |= {"sentbyte": volume[0], "rcvdbyte": volume[1], "msg": "SSL tunnel shutdown"}
        self._vpn(session.end, 39_948, {**self._tunnel_facts(session, tunnel, kind="ssl-tunnel", up=False), **told})
        web = self._tunnel_facts(session, tunnel, kind="ssl-web", up=False)
        self._vpn(session.end + TICKS, 39_425, {**web, **told})

    def flow(self, ticks: int, flow: Flow) -> None:
        """A connection through the firewall is told when it ends, a refused one at once (13)."""
        number = _FIRST_SESSION + (ticks - midnight(DAYS[0])) * 20 // TICKS
        service = _SERVICES.get(flow.destination[1], f"tcp/{flow.destination[1]}")
        facts: dict[str, str | int] = {
            "logid": "0000000013",
            "type": "traffic",
            "subtype": "forward",
            "level": "notice",
            "vd": "root",
            "srcip": flow.source[0],
            "srcport": flow.source[1],
            "srcintf": flow.ways[0],
            "srcintfrole": _ROLES[flow.ways[0]],
            "dstip": flow.destination[0],
            "dstport": flow.destination[1],
            "dstintf": flow.ways[1],
            "dstintfrole": _ROLES[flow.ways[1]],
            "sessionid": number,
            "proto": 17 if flow.destination[1] == 53 else 6,
            "action": "deny" if flow.refused else "close" if flow.seconds > 2 else "accept",
            "policyid": 0 if flow.refused else 21,
            "policytype": "policy",
            "service": service,
        }
        if flow.user:
            facts |= {"user": flow.user, "group": "VPN_Users"}
        sent = 0 if flow.refused else 420 + int(flow.seconds * self.rng.randrange(60, 1900))
        received = 0 if flow.refused else 380 + int(flow.seconds * self.rng.randrange(80, 5200))
        facts |= {"duration": int(flow.seconds), "sentbyte": sent, "rcvdbyte": received}
        self._write(ticks + int(flow.seconds * TICKS), "traffic", facts)

    def knock_outside(self, ticks: int, source: str, port: int) -> None:
        """Something on the Internet tries a port of the appliance itself and is refused (14)."""
        facts: dict[str, str | int] = {
            "logid": "0001000014",
            "type": "traffic",
            "subtype": "local",
            "level": "notice",
            "vd": "root",
            "srcip": source,
            "srcport": self.rng.randrange(1024, 65000),
            "srcintf": OUTSIDE,
            "srcintfrole": "wan",
            "dstip": GATEWAY_OUTSIDE,
            "dstport": port,
            "dstintf": "root",
            "dstintfrole": "undefined",
            "proto": 6,
            "action": "deny",
            "policyid": 0,
            "policytype": "local-in-policy",
            "service": _SERVICES.get(port, f"tcp/{port}"),
            "duration": 0,
            "sentbyte": 0,
            "rcvdbyte": 0,
        }
        self._write(ticks, "traffic", facts)

    def administrator(self, ticks: int, name: str, source: str, *, leaves: bool = False) -> None:
        """An administrator logs in to the web pages of the appliance (32001) or out of them (32003)."""
        word, verb = ("logout", "out from") if leaves else ("login", "in successfully from")
        facts: dict[str, str | int] = {
            "logdesc": "Admin logout successful" if leaves else "Admin login successful",
            "sn": str(ticks // TICKS),
            "user": name,
            "ui": f"https({source})",
            "method": "https",
            "srcip": source,
            "dstip": GATEWAY_ADDRESS,
            "action": word,
            "status": "success",
            "reason": "exit" if leaves else "none",
            "profile": "super_admin",
            "msg": f"Administrator {name} logged {verb} https({source})",
        }
        self.event(ticks, 32_003 if leaves else 32_001, "information", facts)

    def changed(self, ticks: int, name: str, source: str, path: str, what: tuple[str, str, str]) -> None:
        """An administrator changed the configuration: how, which object, and its values (44547, or 44546 of Edit)."""
        action, thing, values = what
        self._change += 1
        facts: dict[str, str | int] = {
            "logdesc": "Object attribute configured",
            "user": name,
            "ui": f"GUI({source})",
            "action": action,
            "cfgtid": self._change,
            "cfgpath": path,
            "cfgobj": thing,
            "cfgattr": values,
            "msg": f"{action} {path} {thing}",
        }
        self.event(ticks, 44_547, "information", facts)

    def backed_up(self, ticks: int, name: str, source: str) -> None:
        """An administrator fetched the configuration (32142)."""
        facts: dict[str, str | int] = {
            "logdesc": "System configuration backed up",
            "user": name,
            "ui": f"GUI({source})",
            "action": "backup",
            "status": "success",
            "msg": f"System configuration backed up by user {name} via GUI({source})",
        }
        self.event(ticks, 32_142, "notice", facts)


def build() -> Gateway:
    """The appliance as it stands at the first midnight."""
    log = TextLog(site=HONSHA, host=NAME, family="fortigate", file_of=lambda _: "fgt01.log")
    return Gateway(log=log, rng=Random(_SEED))
