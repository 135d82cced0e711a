"""The days of the SSL-VPN gateway: people who work from home, the noise of the Internet, and the intruder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from two_sites_story.estate import (
    ADMIN_PC_ADDRESS,
    BACK_DOOR_ADDRESS,
    BACK_DOOR_USER,
    DC_ADDRESS,
    FILES_ADDRESS,
    GATEWAY_EXPLOITER,
    INTRUDER_HOME,
    JUMP_ADDRESS,
    KUDO_ADM,
    SECOND_INTRUDER_HOME,
    SECOND_VPN_ADDRESS,
    TANABE_ADM,
    VPN_ADDRESS,
)
from two_sites_story.gateway import BRANCH_TUNNEL, LAN, Flow, Gateway, VpnSession
from two_sites_story.records import COLLECTED, DAYS, FIRST_DAY, TICKS, WORKING_DAYS, midnight

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECOND_DAY = FIRST_DAY + 1
_AT_HOME = (
    ("h.sakai", "192.0.2.21", "10.20.250.11"),
    ("m.endo", "192.0.2.34", "10.20.250.13"),
    ("r.nishi", "192.0.2.58", "10.20.250.14"),
    ("s.kawai", "192.0.2.77", "10.20.250.15"),
    ("e.fujii", "192.0.2.96", "10.20.250.18"),
    ("c.sugi", "192.0.2.140", "10.20.250.20"),
)
"""Office users who work from home: the address of their line, and the one that the gateway gives them."""
_KUDO_AT_HOME = ("192.0.2.203", "10.20.250.12")
_MORNING, _EVENING = "08:10:00", "17:10:00"
_INTERNET = ("198.51.100.14", "198.51.100.90", "198.51.100.131", "203.0.113.12", "203.0.113.198", "203.0.113.240")
_TRIED_PORTS = (22, 23, 443, 8443, 10443, 541)
_TRIED_NAMES = (("02:41:19", "admin"), ("11:20:44", "test"), ("15:02:31", "vpnuser"), ("20:15:07", "guest"))
_SCANNED = tuple(f"10.20.0.{last}" for last in range(1, 64) if last not in {17, 33, 48})
_THERE = frozenset({"10.20.0.10", "10.20.0.25", "10.20.0.30", "10.20.0.35", "10.20.0.40"})
"""Servers of the main office; behind the other addresses is nothing."""


def tell(gateway: Gateway) -> None:
    """Write the days of the gateway into its log."""
    for day in gateway.days(DAYS):
        _own_affairs(gateway)
        _noise(gateway)
        if day in WORKING_DAYS:
            _people(gateway)
    _mishaps(gateway)
    _administration(gateway)
    _exploited(gateway)
    _first_evening(gateway)
    _second_evening(gateway)


def _own_affairs(gateway: Gateway) -> None:
    """Figures of its performance every half hour, and updates."""
    end = min(midnight(gateway.day + 1), COLLECTED)
    when = midnight(gateway.day) + 17 * TICKS
    while when < end:
        processor, memory, sessions = gateway.rng.randrange(2, 19), 41, gateway.rng.randrange(190, 2400)
        gateway.event(
            when,
            40_704,
            "notice",
            {
                "logdesc": "System performance statistics",
                "action": "perf-stats",
                "cpu": processor,
                "mem": memory,
                "totalsession": sessions,
                "disk": 0,
                "bandwidth": f"{gateway.rng.randrange(300, 90_000)}/{gateway.rng.randrange(300, 40_000)}",
                "setuprate": gateway.rng.randrange(0, 30),
                "msg": f"Performance statistics: average CPU: {processor}, memory: {memory}, sessions: {sessions}",
            },
        )
        when += 1800 * TICKS + gateway.rng.randrange(TICKS)
    for clock in ("04:12:00", "16:12:00"):
        if gateway.at(clock) < end:
            facts: dict[str, str | int] = {
                "logdesc": "FortiGate update succeeded",
                "status": "update",
                "msg": "Fortigate scheduled update fcni=yes fdni=yes fsci=yes from 203.0.113.30:443",
            }
            gateway.event(gateway.at(clock), 41_000, "notice", facts)


def _noise(gateway: Gateway) -> None:
    """Whatever faces the Internet is tried: ports all day, and a few names at the login."""
    end = min(midnight(gateway.day + 1), COLLECTED)
    when = midnight(gateway.day)
    while when < end - 3600 * TICKS:
        when += gateway.rng.randrange(900, 3600) * TICKS
        gateway.knock_outside(when, gateway.rng.choice(_INTERNET), gateway.rng.choice(_TRIED_PORTS))
    for clock, name in _TRIED_NAMES:
        if gateway.at(clock) < end:
            gateway.refuse(gateway.at(clock), name, gateway.rng.choice(_INTERNET))


def _session(gateway: Gateway, session: VpnSession, volume: tuple[int, int]) -> None:
    gateway.finish(session, gateway.begin(session), volume)


def _people(gateway: Gateway) -> None:
    """Office users log in at home in the morning, work on the servers, and leave in the evening."""
    for user, home, given in _AT_HOME:
        begin = gateway.at(_MORNING) + gateway.rng.randrange(4200 * TICKS)
        end = gateway.at(_EVENING) + gateway.rng.randrange(5400 * TICKS)
        volume = gateway.rng.randrange(4_000_000, 90_000_000), gateway.rng.randrange(9_000_000, 400_000_000)
        _session(gateway, VpnSession(user=user, source=home, tunnel=given, begin=begin, end=end), volume)
        for number, port in enumerate((53, 88, 389, 445, 445, 443)):
            when = begin + (20 + number * gateway.rng.randrange(9, 4000)) * TICKS
            source = given, gateway.rng.randrange(49_200, 65_000)
            server = ("10.20.0.30" if port == 443 else DC_ADDRESS), port
            gateway.flow(
                when, Flow(source=source, destination=server, user=user, seconds=gateway.rng.randrange(1, 700))
            )


def _mishaps(gateway: Gateway) -> None:
    """Somebody mistypes his password; Kudo looks in from home before he comes to work."""
    for _ in gateway.days((FIRST_DAY,)):
        for clock in ("08:31:12", "08:31:40"):
            gateway.refuse(gateway.at(clock), "m.endo", "192.0.2.34")
    for _ in gateway.days((_SECOND_DAY,)):
        home, given = _KUDO_AT_HOME
        begin, end = gateway.at("06:52:10"), gateway.at("07:24:55")
        kudo = VpnSession(user=KUDO_ADM.name, source=home, tunnel=given, begin=begin, end=end)
        _session(gateway, kudo, (1_204_118, 8_733_020))
        flow = Flow(source=(given, 51_077), destination=("10.20.0.35", 443), user=KUDO_ADM.name, seconds=311)
        gateway.flow(begin + 40 * TICKS, flow)


def _administration(gateway: Gateway) -> None:
    """Tanabe looks after the appliance from his desk, and adds an address for a new printer."""
    for _ in gateway.days((_SECOND_DAY,)):
        name, desk = TANABE_ADM.name, ADMIN_PC_ADDRESS
        gateway.administrator(gateway.at("10:31:04"), name, desk)
        values = "type[ipmask]subnet[10.20.3.240 255.255.255.255]"
        gateway.changed(gateway.at("10:33:51"), name, desk, "firewall.address", ("Add", "printer-3f", values))
        gateway.administrator(gateway.at("10:40:20"), name, desk, leaves=True)
        # By day he goes on from the controller to the branch, the way that the intruder takes in the evening.
        way = _to_branch((DC_ADDRESS, 50_118), 3389, 1111)
        gateway.flow(gateway.at("14:06:20"), way)


def _exploited(gateway: Gateway) -> None:
    """Before dawn somebody lets the SSL-VPN service crash twice. Nothing says that more came of it."""
    for _ in gateway.days((FIRST_DAY,)):
        with gateway.log.marked("crash-gateway", "T1190"):
            for clock, pid in (("04:26:40", 187), ("04:28:13", 2_214)):
                gateway.knock(gateway.at(clock) - 2 * TICKS, GATEWAY_EXPLOITER)
                trace = "[0x00419d28] [0x7f3bd2b1c4d0] [0x0158f1a4] [0x0158f2c8] [0x01590e90] [0x0041a7f1]"
                facts: dict[str, str | int] = {
                    "logdesc": "Application crashed",
                    "action": "crash",
                    "msg": f"Pid: {pid:05d}, application: sslvpnd, Firmware: FortiGate-60F v7.0.8,build0418b0418,"
                    f"221012 (GA.F) (Release), Signal 11 received, Backtrace: {trace}",
                }
                gateway.event(gateway.at(clock), 32_546, "warning", facts)


def _flows(gateway: Gateway, step: str, technique: str, flows: Sequence[tuple[str, Flow]]) -> None:
    with gateway.log.marked(step, technique):
        for clock, flow in flows:
            gateway.flow(gateway.at(clock), flow)


def _scan(gateway: Gateway) -> None:
    """He tries a port of every address, and three more of those that answer."""
    with gateway.log.marked("scan", "T1046"):
        when = gateway.at("21:31:02")
        for number, address in enumerate(_SCANNED):
            there = address in _THERE
            flow = Flow(
                source=(VPN_ADDRESS, 60_101 + number * 3),
                destination=(address, 445),
                user=KUDO_ADM.name,
                seconds=0.2 if there else 0.0,
                refused=not there,
            )
            gateway.flow(when + int(number * 0.7 * TICKS), flow)
        for number, port in enumerate((135, 445, 5985, 3389)):
            source = VPN_ADDRESS, 60_411 + number * 7
            flow = Flow(source=source, destination=(JUMP_ADDRESS, port), user=KUDO_ADM.name, seconds=0.1)
            gateway.flow(gateway.at("21:33:10") + int(number * 0.4 * TICKS), flow)


def _first_evening(gateway: Gateway) -> None:
    """He comes in with Kudo's password, scans, and leaves an account of his own on the gateway."""
    for _ in gateway.days((FIRST_DAY,)):
        begin, end = gateway.at("21:28:47"), gateway.at("23:26:12")
        session = VpnSession(user=KUDO_ADM.name, source=INTRUDER_HOME, tunnel=VPN_ADDRESS, begin=begin, end=end)
        with gateway.log.marked("guess-name", "T1078.002"):
            gateway.refuse(gateway.at("21:27:58"), "kudo", INTRUDER_HOME, "sslvpn_login_unknown_user")
        with gateway.log.marked("come-in", "T1133"):
            tunnel = gateway.begin(session)
        _scan(gateway)
        me = KUDO_ADM.name
        desk = Flow(source=(VPN_ADDRESS, 61_022), destination=(JUMP_ADDRESS, 3389), user=me, seconds=6164)
        door = Flow(source=(VPN_ADDRESS, 61_480), destination=(JUMP_ADDRESS, 9443), user=me, seconds=2911)
        _flows(gateway, "arrive", "T1021.001", [("21:42:05", desk)])
        _flows(gateway, "forward-port-jump", "T1090.001", [("22:01:12", door)])
        remote = [
            Flow(source=(VPN_ADDRESS, 61_502 + number), destination=(DC_ADDRESS, port), user=me, seconds=seconds)
            for number, (port, seconds) in enumerate(((445, 2779), (135, 12), (49_666, 2776)))
        ]
        _flows(gateway, "wmiexec", "T1047", [("22:05:11", flow) for flow in remote])
        _keep_the_way(gateway)
        with gateway.log.marked("go-out", "T1133"):
            gateway.finish(session, tunnel, (61_880_214, 9_204_117))


def _keep_the_way(gateway: Gateway) -> None:
    """He administers the gateway as Kudo: fetches its configuration, makes a user and lets him into the VPN."""
    name, source = KUDO_ADM.name, VPN_ADDRESS
    with gateway.log.marked("copy-configuration", "T1602.002"):
        gateway.administrator(gateway.at("23:05:21"), name, source)
        gateway.backed_up(gateway.at("23:07:44"), name, source)
    with gateway.log.marked("make-user", "T1136.001"):
        made = "type[password]passwd[*]email-to[]"
        gateway.changed(gateway.at("23:10:09"), name, source, "user.local", ("Add", BACK_DOOR_USER, made))
        member = f"member[VPN-LDAP->VPN-LDAP {BACK_DOOR_USER}]"
        gateway.changed(gateway.at("23:11:30"), name, source, "user.group", ("Edit", "VPN_Users", member))
        gateway.administrator(gateway.at("23:13:02"), name, source, leaves=True)


def _to_branch(source: tuple[str, int], port: int, seconds: float) -> Flow:
    """A connection from the main office to the branch's file server."""
    ways = (LAN, BRANCH_TUNNEL)
    return Flow(source=source, destination=(FILES_ADDRESS, port), ways=ways, seconds=seconds)


def _second_evening(gateway: Gateway) -> None:
    """He comes again from another line, goes to the branch, and at last tries the account that he made."""
    me = KUDO_ADM.name
    for _ in gateway.days((_SECOND_DAY,)):
        begin, end = gateway.at("20:44:20"), gateway.at("23:25:40")
        session = VpnSession(user=me, source=SECOND_INTRUDER_HOME, tunnel=SECOND_VPN_ADDRESS, begin=begin, end=end)
        with gateway.log.marked("come-again", "T1133"):
            tunnel = gateway.begin(session)
        desk = Flow(source=(SECOND_VPN_ADDRESS, 58_114), destination=(JUMP_ADDRESS, 3389), user=me, seconds=9457)
        _flows(gateway, "return", "T1021.001", [("20:47:12", desk)])
        listing = _to_branch((JUMP_ADDRESS, 51_602), 445, 902)
        _flows(gateway, "look-at-branch", "T1135", [("21:06:02", listing)])
        start = [_to_branch((JUMP_ADDRESS, 51_633), 135, 3), _to_branch((JUMP_ADDRESS, 51_634), 49_668, 4)]
        _flows(gateway, "start-at-branch", "T1047", [("21:11:48", flow) for flow in start])
        _flows(gateway, "hop-to-branch", "T1021.001", [("21:31:18", _to_branch((DC_ADDRESS, 50_743), 3389, 2583))])
        _flows(gateway, "tidy-branch", "T1569.002", [("22:31:08", _to_branch((JUMP_ADDRESS, 51_877), 445, 15))])
        with gateway.log.marked("go-out", "T1133"):
            gateway.finish(session, tunnel, (22_106_550, 7_730_912))
        begin, end = gateway.at("23:29:14"), gateway.at("23:31:02")
        trial = VpnSession(
            user=BACK_DOOR_USER, source=SECOND_INTRUDER_HOME, tunnel=BACK_DOOR_ADDRESS, begin=begin, end=end
        )
        with gateway.log.marked("try-user", "T1133"):
            gateway.finish(trial, gateway.begin(trial), (18_204, 22_511))
