"""The two hosts of the story with the processes that run on them all day."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from two_sites_story.estate import DC_ADDRESS, DC_MACHINE, JUMP_ADDRESS, JUMP_MACHINE
from two_sites_story.machine import AS_NETWORK_SERVICE, SYSTEM32, Machine, Process

_SEED = 20260311


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Processes of one host that were running before the day began."""

    kernel: Process
    services: Process
    logon_manager: Process
    dcom_launcher: Process
    scheduler: Process
    remote_desktop: Process
    ip_helper: Process
    agent: Process
    defender: Process


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """The domain controller and the jump server."""

    dc: Machine
    on_dc: Standing
    jump: Machine
    on_jump: Standing


def _standing(machine: Machine) -> Standing:
    def service(pid: int, arguments: str) -> Process:
        return machine.running(pid, SYSTEM32 + "svchost.exe", f"C:\\Windows\\system32\\svchost.exe {arguments}")

    agent = "C:\\Program Files\\Zabbix Agent 2\\zabbix_agent2.exe"
    defender = "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.26010.5-0\\MsMpEng.exe"
    return Standing(
        kernel=machine.running(4, "System", ""),
        services=machine.running(632, SYSTEM32 + "services.exe", "C:\\Windows\\system32\\services.exe"),
        logon_manager=machine.running(5116, SYSTEM32 + "winlogon.exe", "winlogon.exe"),
        dcom_launcher=service(856, "-k DcomLaunch -p"),
        scheduler=service(1324, "-k netsvcs -p -s Schedule"),
        remote_desktop=machine.running(
            984,
            SYSTEM32 + "svchost.exe",
            "C:\\Windows\\System32\\svchost.exe -k termsvcs -s TermService",
            AS_NETWORK_SERVICE,
        ),
        ip_helper=service(2728, "-k NetSvcs -p -s iphlpsvc"),
        agent=machine.running(3644, agent, f'"{agent}" -c "C:\\Program Files\\Zabbix Agent 2\\zabbix_agent2.conf"'),
        defender=machine.running(2416, defender, f'"{defender}"'),
    )


def build() -> Hosts:
    """Both hosts as they stand at midnight, each with a random generator of its own."""
    dc = Machine(
        name="DC01",
        machine_account=DC_MACHINE,
        address=DC_ADDRESS,
        watch="4688",
        first_record=412_907,
        rng=Random(_SEED),
    )
    jump = Machine(
        name="JUMP01",
        machine_account=JUMP_MACHINE,
        address=JUMP_ADDRESS,
        watch="sysmon",
        first_record=88_214,
        rng=Random(_SEED + 1),
    )
    return Hosts(dc=dc, on_dc=_standing(dc), jump=jump, on_jump=_standing(jump))
