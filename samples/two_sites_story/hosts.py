"""The four Windows hosts of the story with the processes that run on them all the time."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from two_sites_story.estate import (
    DC_ADDRESS,
    DC_MACHINE,
    FILES_ADDRESS,
    FILES_MACHINE,
    HONSHA,
    JUMP_ADDRESS,
    JUMP_MACHINE,
    KAWAGUCHI,
    WEB_ADDRESS,
    WEB_MACHINE,
)
from two_sites_story.machine import AS_NETWORK_SERVICE, SYSTEM32, Machine, Process
from two_sites_story.records import jst

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    """The domain controller and the jump server of the main office, the file and the web server of the branch."""

    dc: Machine
    on_dc: Standing
    jump: Machine
    on_jump: Standing
    files: Machine
    on_files: Standing
    web: Machine
    on_web: Standing

    def all(self) -> tuple[tuple[Machine, Standing], ...]:
        """Each host with its processes."""
        return (
            (self.dc, self.on_dc),
            (self.jump, self.on_jump),
            (self.files, self.on_files),
            (self.web, self.on_web),
        )

    def days(self, days: tuple[int, ...]) -> Iterator[int]:
        """Tell of these days one after the other, on all hosts."""
        for day in days:
            for machine, _ in self.all():
                machine.day = day
            yield day


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


def _web_server() -> Machine:
    """Return the branch's web server, of which few logs were copied."""
    return Machine(
        name="WEB02",
        site=KAWAGUCHI,
        machine_account=WEB_MACHINE,
        address=WEB_ADDRESS,
        watch="4688",
        first_record=301_176,
        rng=Random(_SEED + 3),
        unrecorded=frozenset(
            (
                "Application",
                "Bits",
                "Connection",
                "PowerShell",
                "Session",
                "Task",
                "Windows PowerShell",
            )
        ),
    )


def build() -> Hosts:
    """All hosts as they stand at the first midnight, each with a random generator of its own."""
    dc = Machine(
        name="DC01",
        site=HONSHA,
        machine_account=DC_MACHINE,
        address=DC_ADDRESS,
        watch="4688",
        first_record=412_907,
        rng=Random(_SEED),
    )
    jump = Machine(
        name="JUMP01",
        site=HONSHA,
        machine_account=JUMP_MACHINE,
        address=JUMP_ADDRESS,
        watch="sysmon",
        first_record=88_214,
        rng=Random(_SEED + 1),
    )
    files = Machine(
        name="FS02",
        site=KAWAGUCHI,
        machine_account=FILES_MACHINE,
        address=FILES_ADDRESS,
        watch="nothing",
        first_record=1_730_551,
        rng=Random(_SEED + 2),
        unrecorded=frozenset(("Task", "Defender", "PowerShell/4104", "Security/5140", "Security/5145")),
        rotated={"Security": jst("00:40:00.0", 13)},
    )
    web = _web_server()
    return Hosts(
        dc=dc,
        on_dc=_standing(dc),
        jump=jump,
        on_jump=_standing(jump),
        files=files,
        on_files=_standing(files),
        web=web,
        on_web=_standing(web),
    )
