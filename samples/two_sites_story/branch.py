"""The ordinary days on the branch's file server: users' sessions, the backup, and its administrator Sawada."""

from __future__ import annotations

from typing import TYPE_CHECKING

from two_sites_story import channels, logons
from two_sites_story.desktops import Visit, come_in, go
from two_sites_story.estate import (
    BACKUP_ADDRESS,
    BRANCH,
    MONITOR_ADDRESS,
    SAWADA_ADM,
    SAWADA_PC_ADDRESS,
    SVC_BACKUP,
    SVC_MONITOR,
)
from two_sites_story.machine import SYSTEM32
from two_sites_story.ordinary import rounds
from two_sites_story.records import DAYS, TICKS, WORKING_DAYS

if TYPE_CHECKING:
    from two_sites_story.hosts import Hosts
    from two_sites_story.machine import Machine

POWERSHELL = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
_VISITS = {
    11: Visit(SAWADA_ADM, SAWADA_PC_ADDRESS, "09:12:40", "09:41:05", 2, privileged=True),
    12: Visit(SAWADA_ADM, SAWADA_PC_ADDRESS, "09:05:19", "09:22:58", 2, privileged=True),
}
_QUOTAS = "C:\\Scripts\\Get-Quota.ps1"
_QUOTA_SCRIPT = (
    "Add-Type -AssemblyName System.Web\r\n"
    "Get-ChildItem E:\\Home | ForEach-Object { [Web.HttpUtility]::HtmlEncode($_.FullName) } | Out-File E:\\quota.htm"
)


def work(hosts: Hosts) -> None:
    """Write what people of the branch do on the file server, and what runs for them around the clock."""
    files = hosts.files
    for _ in hosts.days(DAYS):
        _machines(files)
        _services(files)
        _quotas(hosts)
    for day in hosts.days(WORKING_DAYS):
        visit = _VISITS[day]
        session, _ = come_in(files, hosts.on_files, visit)
        go(files, visit, session)


def _machines(files: Machine) -> None:
    """Machines of the branch hold files open day and night; users come in the morning."""
    for user, computer, address in BRANCH:
        for when in rounds(files, "00:02:00", 12, 700):
            session = logons.log_on(files, when, logons.Logon(account=computer, source=address))
            logons.log_off(files, files.moment(when, files.rng.randrange(10, 400)), session)
        if files.day in WORKING_DAYS:
            when = files.at("08:20:00") + files.rng.randrange(2700 * TICKS)
            session = logons.log_on(files, when, logons.Logon(account=user, source=address))
            logons.log_off(files, files.moment(when, 32_400), session)


def _services(files: Machine) -> None:
    for when in rounds(files, "00:09:00", 15, 500):
        session = logons.log_on(files, when, logons.Logon(account=SVC_MONITOR, source=MONITOR_ADDRESS))
        logons.log_off(files, files.moment(when, 4), session)
    when = files.at("01:59:31")
    how = logons.Logon(account=SVC_BACKUP, source=BACKUP_ADDRESS, privileged=True)
    logons.log_off(files, files.moment(when, 2650), logons.log_on(files, when, how))


def _quotas(hosts: Hosts) -> None:
    """A script for quotas, of which PowerShell notes a part of its own accord, as it does with all that add types."""
    files = hosts.files
    command = f"powershell.exe -NoProfile -File {_QUOTAS}"
    for when in rounds(files, "05:10:00", 720, 300):
        runner = files.start(when, POWERSHELL, command, hosts.on_files.scheduler)
        channels.engine_state(files, files.moment(when, 0.8), command, started=True)
        channels.script_block(files, files.moment(when, 1.2), runner, _QUOTA_SCRIPT, _QUOTAS, odd=True)
        channels.engine_state(files, files.moment(when, 9), command, started=False)
