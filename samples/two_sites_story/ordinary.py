"""The ordinary days that all hosts have alike: services, policies, tasks, backup, updates, monitoring, databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from two_sites_story import channels
from two_sites_story.estate import DC_ADDRESS, MONITOR_ADDRESS, SYSTEM, UPDATE_ADDRESS
from two_sites_story.machine import AS_LOCAL_SERVICE, AS_NETWORK_SERVICE, LOCAL_SYSTEM, SYSTEM32, Machine
from two_sites_story.records import DAYS, FIRST_DAY, TICKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from two_sites_story.hosts import Standing
    from two_sites_story.kinds import Json

_BRIEF_SERVICES = (
    ("wuauserv", "Windows Update"),
    ("BITS", "Background Intelligent Transfer Service"),
    ("TrustedInstaller", "Windows Modules Installer"),
    ("sppsvc", "Software Protection"),
    ("WinHttpAutoProxySvc", "WinHTTP Web Proxy Auto-Discovery Service"),
    ("AppXSvc", "AppX Deployment Service (AppXSVC)"),
    ("gpsvc", "Group Policy Client"),
    ("smphost", "Microsoft Storage Spaces SMP"),
)
_TASKS = (
    ("\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Scan", "%systemroot%\\system32\\usoclient.exe"),
    ("\\Microsoft\\Windows\\Windows Error Reporting\\QueueReporting", "%windir%\\system32\\wermgr.exe"),
    ("\\Microsoft\\Windows\\Server Manager\\CleanupOldPerfLogs", "%systemroot%\\system32\\cscript.exe"),
    ("\\Microsoft\\Windows\\SoftwareProtectionPlatform\\SvcRestartTask", "sc.exe"),
    ("\\Microsoft\\Windows\\Flighting\\OneSettings\\RefreshCache", "%windir%\\system32\\usoclient.exe"),
)
_BACKGROUND = (
    (SYSTEM32 + "svchost.exe", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s wuauserv", LOCAL_SYSTEM),
    (SYSTEM32 + "svchost.exe", "C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s BITS", LOCAL_SYSTEM),
    (
        SYSTEM32 + "svchost.exe",
        "C:\\Windows\\system32\\svchost.exe -k LocalServiceNetworkRestricted -p -s WinHttpAutoProxySvc",
        AS_LOCAL_SERVICE,
    ),
    (SYSTEM32 + "svchost.exe", "C:\\Windows\\system32\\svchost.exe -k wsappx -p -s AppXSvc", LOCAL_SYSTEM),
    (SYSTEM32 + "sppsvc.exe", "C:\\Windows\\system32\\sppsvc.exe", AS_NETWORK_SERVICE),
    (
        "C:\\Windows\\servicing\\TrustedInstaller.exe",
        "C:\\Windows\\servicing\\TrustedInstaller.exe",
        LOCAL_SYSTEM,
    ),
)


_SHADOW_COPIES = {11: 6, 12: 9, 13: 10}
"""The number of the backup's shadow copy on each day."""
_ROUNDS_A_THIRD_OF_THE_DAY = 8
"""Of the monitoring's rounds, which come every hour."""


def rounds(machine: Machine, first: str, every_minutes: int, spread_seconds: int) -> Iterator[int]:
    """Times at a regular distance from a time of day to the end of the day, each a little off."""
    ticks = machine.at(first)
    while ticks < machine.end_of_day - spread_seconds * TICKS:
        yield ticks + machine.rng.randrange(spread_seconds * TICKS)
        ticks += every_minutes * 60 * TICKS


def live(machine: Machine, standing: Standing) -> None:
    """Write the ordinary days of one host, people left out."""
    for day in DAYS:
        machine.day = day
        _services(machine, standing)
        _policies(machine)
        _tasks(machine, standing)
        _backup(machine, standing)
        _defender(machine)
        _databases(machine)
        _transfers(machine)
        _monitoring(machine, standing)
        _inventory(machine, standing)


def _services(machine: Machine, standing: Standing) -> None:
    for when in rounds(machine, "00:04:00", 40, 2000):
        index = machine.rng.randrange(len(_BRIEF_SERVICES))
        service, display = _BRIEF_SERVICES[index]
        channels.service_state(machine, when, service, display, "running")
        stop = machine.moment(when, machine.rng.randrange(70, 900))
        channels.service_state(machine, stop, service, display, "stopped")
        image, command, session = _BACKGROUND[index % len(_BACKGROUND)]
        machine.start(machine.moment(when, -0.1), image, command, standing.services, session)
    channels.application(machine, machine.at("00:00:02.1"), 16394, ())
    restart = (f"2026-03-{machine.day + 1}T02:44:49Z", "RulesEngine")
    for clock in ("06:12:40", "12:12:41", "18:12:40"):
        channels.application(machine, machine.moment(machine.at(clock)), 16384, restart)
    seconds = str(777604 + (machine.day - FIRST_DAY) * 86400)
    uptime: tuple[str, ...] = ("", "", "", "", seconds, "60", "-540 Tokyo Standard Time")
    machine.write(
        "System/6013", machine.moment(machine.at("12:00:00")), {"Data": {"#text": list(uptime)}, "Binary": None}
    )


def _policies(machine: Machine) -> None:
    for when in rounds(machine, "00:21:00", 105, 1200):
        channels.policy_refreshed(machine, when, SYSTEM)
    for when in rounds(machine, "01:10:00", 360, 600):
        channels.time_source(machine, when)


def _tasks(machine: Machine, standing: Standing) -> None:
    host = SYSTEM32 + "taskhostw.exe"
    for when in rounds(machine, "00:10:00", 120, 4000):
        name, program = machine.rng.choice(_TASKS)
        channels.task_run(machine, when, name, program, machine.rng.randrange(1, 40))
        machine.start(machine.moment(when, 0.02), host, "taskhostw.exe", standing.scheduler)
    for when in rounds(machine, "05:03:00", 420, 300):
        cleaner = SYSTEM32 + "wevtutil.exe"
        out = (
            f"D:\\Logs\\archive\\security-202603{machine.day}.evtx"
            if machine.name == "DC01"
            else "D:\\Logs\\sysmon.evtx"
        )
        log = "Security" if machine.name == "DC01" else "Microsoft-Windows-Sysmon/Operational"
        channels.task_run(machine, when, "\\Shiomi\\Export event logs", cleaner, 9)
        machine.start(machine.moment(when, 0.05), cleaner, f"wevtutil.exe epl {log} {out} /ow:true", standing.scheduler)


def _backup(machine: Machine, standing: Standing) -> None:
    start = machine.at("02:00:01.2")
    provider = "Microsoft Software Shadow Copy Provider"
    tool = SYSTEM32 + "wbadmin.exe"
    command = "wbadmin.exe start backup -backupTarget:\\\\bk01\\wsb -include:C: -systemState -quiet"
    channels.task_run(machine, start, "\\Microsoft\\Windows\\Backup\\Microsoft-Windows-WindowsBackup", tool, 2460)
    machine.start(machine.moment(start, 0.1), tool, command, standing.scheduler)
    machine.start(
        machine.moment(start, 1), SYSTEM32 + "wbengine.exe", '"C:\\Windows\\system32\\wbengine.exe"', standing.services
    )
    machine.start(
        machine.moment(start, 3), SYSTEM32 + "VSSVC.exe", "C:\\Windows\\system32\\vssvc.exe", standing.services
    )
    channels.service_state(machine, machine.moment(start, 3.2), "VSS", "Volume Shadow Copy", "running")
    channels.service_state(machine, machine.moment(start, 3.9), "swprv", provider, "running")
    copy = str(_SHADOW_COPIES[machine.day])
    device = f"\\Device\\HarddiskVolumeShadowCopy{copy}"
    channels.volume_healthy(machine, machine.moment(start, 11), device, device)
    if machine.name == "DC01":
        for event_id, seconds in ((2001, 8.0), (2003, 9.5), (2006, 2450.0)):
            channels.esent(machine, machine.moment(start, seconds), event_id, ("lsass", "648,D,0", "", copy))
        home = "C:\\Windows\\NTDS\\ntds.dit"
        moved = f"\\\\?\\GLOBALROOT{device}\\Windows\\NTDS\\ntds.dit"
        channels.esent(machine, machine.moment(start, 10.4), 216, ("lsass", "648,D,12", "", home, moved))
    channels.application(machine, machine.moment(start, 2640), 8224, ())
    channels.service_state(machine, machine.moment(start, 2640.2), "VSS", "Volume Shadow Copy", "stopped")
    channels.service_state(machine, machine.moment(start, 2820), "swprv", provider, "stopped")


def _defender(machine: Machine) -> None:
    version: dict[str, Json] = {"Engine version": "1.1.26010.1", "Security intelligence version": "1.445.118.0"}
    for when in rounds(machine, "00:40:00", 180, 400):
        channels.defender(machine, when, 1150, {"Platform version": "4.18.26010.5", **version})
    who: dict[str, Json] = {"Domain": "NT AUTHORITY", "User": "SYSTEM", "SID": "S-1-5-18"}
    first = 3 * (machine.day - FIRST_DAY)
    for number, when in enumerate(rounds(machine, "04:18:00", 480, 300), start=first):
        update: dict[str, Json] = {
            "Product Version": "4.18.26010.5",
            "Current security intelligence Version": f"1.445.{119 + number}.0",
            "Previous security intelligence Version": f"1.445.{118 + number}.0",
            "Security intelligence Type": "AntiVirus",
            "Update Type": "Delta",
        }
        channels.defender(machine, when, 2000, {**update, **who})
    scan: dict[str, Json] = {
        "Product Version": "4.18.26010.5",
        "Scan ID": f"{{{machine.new_guid()}}}",
        "Scan Type": "Antimalware",
        "Scan Parameters": "Quick Scan",
    }
    channels.defender(machine, machine.moment(machine.at("03:10:00")), 1000, {**scan, **who})
    ended: dict[str, Json] = {"Scan Time Hours": "0", "Scan Time Minutes": "02", "Scan Time Seconds": "31"}
    channels.defender(machine, machine.moment(machine.at("03:12:31")), 1001, {**scan, **who, **ended})


def _databases(machine: Machine) -> None:
    """Databases of other programs come and go in ESENT: what a rule on ntds.dit must not take for it."""
    for when in rounds(machine, "00:30:00", 120, 900):
        pid = machine.new_pid()
        path = "C:\\Windows\\SoftwareDistribution\\DataStore\\DataStore.edb"
        name = "SUS20ClientDataStore: "
        phases = "[1] 0.000, [2] 0.000, [3] 0.015, [4] 0.000"
        channels.esent(machine, when, 102, ("wuaueng.dll", f"{pid},P,98", name, "0", "10", "00", "20348", "0000"))
        attached = ("wuaueng.dll", f"{pid},D,50", name, "1", path, "0", phases, "1 0")
        channels.esent(machine, machine.moment(when, 0.2), 326, attached)
        detached = ("wuaueng.dll", f"{pid},D,12", name, "1", path, "0", phases, "0 0")
        channels.esent(machine, machine.moment(when, 600), 327, detached)
    if machine.day != FIRST_DAY:
        return
    user = "sawada-adm" if machine.name == "FS02" else "tanabe-adm"
    web = f"C:\\Users\\{user}\\AppData\\Local\\Microsoft\\Windows\\WebCache\\WebCacheV01.dat"
    created = ("taskhostw", str(machine.new_pid()) + ",D,35", "WebCacheLocal: ", "1", web, "0", "[1] 0.000")
    channels.esent(machine, machine.moment(machine.at("10:08:22")), 325, created)


def _transfers(machine: Machine) -> None:
    """The update client fetches by the background transfer service, as jobs of the system."""
    for when in rounds(machine, "03:35:00", 260, 4000):
        package = f"{machine.rng.randrange(1 << 64):016x}.cab"
        channels.transfer(
            machine,
            when,
            channels.Transfer(
                title="WU Client Download",
                owner=SYSTEM,
                program=SYSTEM32 + "svchost.exe",
                url=f"http://{UPDATE_ADDRESS}:8530/Content/{package[:2].upper()}/{package}",
                length=machine.rng.randrange(20_000, 9_000_000),
                seconds=machine.rng.randrange(1, 40),
            ),
        )


def _monitoring(machine: Machine, standing: Standing) -> None:
    """The monitoring agent starts small programs; three times a day it asks WMI for the fixed disks."""
    for number, when in enumerate(rounds(machine, "00:05:00", 60, 120)):
        counter = "\\LogicalDisk(C:)\\% Free Space"
        command = f'"C:\\Windows\\System32\\typeperf.exe" -sc 1 "{counter}"'
        machine.start(when, SYSTEM32 + "typeperf.exe", command, standing.agent)
        if machine.watch == "sysmon":
            port = machine.rng.randrange(49200, 65000)
            away = (MONITOR_ADDRESS, 10051)
            channels.connection(machine, machine.moment(when, 1), standing.agent, (machine.address, port), away)
        if number % _ROUNDS_A_THIRD_OF_THE_DAY == 0:
            query = "wmic logicaldisk where drivetype=3 get deviceid,freespace,size /format:csv"
            machine.start(machine.moment(when, 2), SYSTEM32 + "wbem\\WMIC.exe", query, standing.agent)


def _inventory(machine: Machine, standing: Standing) -> None:
    """The asset inventory reaches each host over WMI in the early morning: a child of the WMI provider host."""
    when = machine.at("06:30:12")
    provider = machine.start(
        machine.moment(when),
        SYSTEM32 + "wbem\\WmiPrvSE.exe",
        "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding",
        standing.dcom_launcher,
        AS_NETWORK_SERVICE,
    )
    script = '"C:\\Program Files\\Asset Inventory\\collect.cmd" > C:\\ProgramData\\AssetInventory\\last.txt'
    command = f"cmd.exe /c {script}"
    shell = machine.start(machine.moment(when, 2), SYSTEM32 + "cmd.exe", command, provider, LOCAL_SYSTEM)
    for number, query in enumerate(("os get caption,version", "qfe list brief", "product get name,version")):
        image = SYSTEM32 + "wbem\\WMIC.exe"
        machine.start(machine.moment(when, 3 + number * 4), image, f"wmic  {query}", shell)
    if machine.watch == "sysmon":
        report = "C:\\ProgramData\\AssetInventory\\last.txt"
        channels.file_created(machine, machine.moment(when, 2.1), shell, report)
        for peer in ((UPDATE_ADDRESS, 8530), (DC_ADDRESS, 389)):
            source = (machine.address, machine.rng.randrange(49200, 65000))
            channels.connection(machine, machine.moment(when, 20), standing.kernel, source, peer)
