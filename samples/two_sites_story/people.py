"""The people of the main office: users and administrators on the controller, operators on the jump server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from two_sites_story import channels, logons
from two_sites_story.desktops import Visit, come_in, go, hop
from two_sites_story.estate import (
    ADMIN_PC_ADDRESS,
    BACKUP_ADDRESS,
    BRANCH,
    DC_ADDRESS,
    FILES_ADDRESS,
    FILES_MACHINE,
    HISTORIAN_ADDRESS,
    JUMP_ADDRESS,
    JUMP_MACHINE,
    KUDO_ADM,
    KUDO_PC_ADDRESS,
    MONITOR_ADDRESS,
    OFFICE,
    OPERATORS,
    SVC_BACKUP,
    SVC_MONITOR,
    TANABE_ADM,
    UPDATE_ADDRESS,
)
from two_sites_story.machine import SYSTEM32, Machine
from two_sites_story.ordinary import rounds
from two_sites_story.records import DAYS, FIRST_DAY, TICKS, WORKING_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from two_sites_story.hosts import Hosts

_POWERSHELL = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
_POLICY_FILE = "shiomi-denryoku.example\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}\\gpt.ini"
_SYSVOL = ("SYSVOL", "\\??\\C:\\Windows\\SYSVOL\\sysvol")

_TANABE_TYPES = (
    ("10:12:20", "netsh.exe", "netsh  interface ip show config"),
    ("10:13:45", "netsh.exe", "netsh  advfirewall show allprofiles state"),
    ("10:15:02", "netsh.exe", "netsh  interface portproxy show all"),
    ("10:18:31", "repadmin.exe", "repadmin  /replsummary"),
    ("10:19:50", "dcdiag.exe", "dcdiag  /q"),
    ("10:24:12", "ntdsutil.exe", 'ntdsutil  "ac i ntds" files info q q'),
    ("10:26:55", "vssadmin.exe", "vssadmin  list writers"),
    ("10:27:20", "vssadmin.exe", "vssadmin  list shadows"),
    ("10:31:08", "wevtutil.exe", "wevtutil  gl Security"),
    ("10:31:59", "wevtutil.exe", "wevtutil  qe System /c:20 /rd:true /f:text"),
    ("10:36:40", "wbem\\WMIC.exe", "wmic  os get lastbootuptime"),
    ("14:02:17", "dnscmd.exe", "dnscmd  /statistics"),
    ("14:05:44", "netsh.exe", "netsh  int ipv4 show excludedportrange tcp"),
    ("14:11:30", "cmd.exe", "cmd  /c dir C:\\Windows\\NTDS"),
)
_TANABE_SCRIPTS = (
    ("10:40:12", "Get-ADUser -Filter * -Properties LastLogonDate | Where-Object { $_.Enabled } | Measure-Object"),
    ("10:44:51", "Get-WinEvent -LogName 'Directory Service' -MaxEvents 30 | Format-Table TimeCreated,Id,Message"),
    ("10:47:30", "Get-Volume | Where-Object DriveType -eq 'Fixed' | Select-Object DriveLetter,SizeRemaining,Size"),
    ("14:20:09", "Get-EventLog -List | Select-Object Log,MaximumKilobytes,OverflowAction"),
)
_OPERATOR_PROGRAMS = (
    ("C:\\Program Files\\Shiomi\\GridView\\GridView.exe", '"C:\\Program Files\\Shiomi\\GridView\\GridView.exe"'),
    ("C:\\Windows\\System32\\mstsc.exe", f"mstsc.exe /v:{HISTORIAN_ADDRESS}"),
    ("C:\\Program Files\\7-Zip\\7zG.exe", '"C:\\Program Files\\7-Zip\\7zG.exe" a D:\\Trend\\0311.7z D:\\Trend\\0311'),
    ("C:\\Windows\\System32\\notepad.exe", '"C:\\Windows\\system32\\NOTEPAD.EXE" D:\\Trend\\memo.txt'),
    ("C:\\Windows\\System32\\mmc.exe", '"C:\\Windows\\system32\\mmc.exe" "C:\\Windows\\system32\\eventvwr.msc"'),
)

KUDO_BY_DAY = 11
"""The day on which Kudo himself works on the jump server."""


@dataclass(frozen=True, kw_only=True)
class AtWork:
    """A day of Tanabe's on the controller: times of day, and what is typed at them."""

    visit: Visit
    prompt: str
    types: Sequence[tuple[str, str, str]]
    console: tuple[str, str]
    scripts: Sequence[tuple[str, str]]
    at_branch: Visit | None = None


_TANABE = {
    11: AtWork(
        visit=Visit(TANABE_ADM, ADMIN_PC_ADDRESS, "10:08:14", "15:10:40", 3, privileged=True),
        prompt="10:11:30",
        types=_TANABE_TYPES,
        console=("10:39:30", "15:08:00"),
        scripts=_TANABE_SCRIPTS,
    ),
    12: AtWork(
        visit=Visit(TANABE_ADM, ADMIN_PC_ADDRESS, "13:21:40", "14:32:05", 4, privileged=True),
        prompt="13:23:02",
        types=(
            ("13:24:09", "repadmin.exe", "repadmin  /showrepl"),
            ("13:27:30", "wevtutil.exe", "wevtutil  gl System"),
            ("13:31:12", "w32tm.exe", "w32tm  /query /status"),
            ("13:40:51", "nltest.exe", "nltest  /sc_query:shiomi-denryoku.example"),
            ("13:46:02", "netsh.exe", "netsh  interface ipv4 show config"),
        ),
        console=("13:49:10", "14:30:44"),
        scripts=(("13:50:33", "Get-ADDomainController -Filter * | Select-Object Name,IPv4Address,IsGlobalCatalog"),),
        at_branch=Visit(TANABE_ADM, DC_ADDRESS, "14:06:20", "14:24:51", 3, privileged=True),
    ),
}
"""What Tanabe does on each day. On the second he looks after the branch's file server from the controller."""
_OPERATORS_VISITS = {
    11: (
        Visit(OPERATORS[0], "10.20.3.118", "08:52:31", "12:01:12", 2),
        Visit(OPERATORS[1], "10.20.3.121", "13:14:05", "17:36:50", 3),
    ),
    12: (
        Visit(OPERATORS[1], "10.20.3.121", "08:58:10", "11:49:26", 2),
        Visit(OPERATORS[0], "10.20.3.118", "13:02:47", "17:20:33", 3),
    ),
}


def work(hosts: Hosts) -> None:
    """Write what people of the main office do in working hours, and what runs for them around the clock."""
    for _ in hosts.days(DAYS):
        _servers(hosts.dc)
        _backup_account(hosts.dc)
        _backup_checks(hosts)
        _jump_logons(hosts.jump)
        _jump_scripts(hosts)
        _jump_background(hosts)
    for day in hosts.days(WORKING_DAYS):
        _office(hosts.dc)
        _branch_tickets(hosts.dc)
        _administrator(hosts, _TANABE[day])
        _operators(hosts, _OPERATORS_VISITS[day])
    for _ in hosts.days((KUDO_BY_DAY,)):
        _kudo_by_day(hosts)


def _office(dc: Machine) -> None:
    """Office users get tickets in the morning and after lunch; their machines fetch policies now and then."""
    for user, computer, address in OFFICE:
        for first, spread in (("08:05:00", 3600), ("12:58:00", 1500)):
            when = dc.at(first) + dc.rng.randrange(spread * TICKS)
            logons.ticket(dc, when, user, address)
            logons.service_ticket(dc, dc.moment(when, 0.1), user, address, dc.machine_account)
            session = logons.log_on(dc, dc.moment(when, 0.2), logons.Logon(account=user, source=address))
            script = logons.Share(name="NETLOGON", local_path="\\??\\C:\\Windows\\SYSVOL\\scripts", target="logon.cmd")
            logons.use_share(dc, dc.moment(when, 0.4), session, address, script)
            logons.log_off(dc, dc.moment(when, dc.rng.randrange(12, 40)), session)
        for when in rounds(dc, "07:50:00", 190, 9000):
            if when > dc.at("18:30:00"):
                break
            session = logons.log_on(dc, when, logons.Logon(account=computer, source=address))
            file = logons.Share(name=_SYSVOL[0], local_path=_SYSVOL[1], target=_POLICY_FILE)
            logons.use_share(dc, dc.moment(when, 0.1), session, address, file)
            logons.log_off(dc, dc.moment(when, 11), session)


def _branch_tickets(dc: Machine) -> None:
    """Users of the branch get their tickets here, too: for themselves, and for their file server."""
    for user, _, address in BRANCH:
        when = dc.at("08:20:00") + dc.rng.randrange(2700 * TICKS)
        logons.ticket(dc, when, user, address)
        logons.service_ticket(dc, dc.moment(when, 2), user, address, FILES_MACHINE)


def _servers(dc: Machine) -> None:
    """The other servers fetch policies from the controller around the clock."""
    for server, address, first in (
        (JUMP_MACHINE, JUMP_ADDRESS, "00:15:00"),
        (FILES_MACHINE, FILES_ADDRESS, "00:40:00"),
    ):
        for when in rounds(dc, first, 110, 1500):
            logons.service_ticket(dc, when, server, address, dc.machine_account)
            session = logons.log_on(dc, dc.moment(when, 0.1), logons.Logon(account=server, source=address))
            logons.log_off(dc, dc.moment(when, 10), session)


def _backup_account(dc: Machine) -> None:
    for clock in ("01:59:40", "02:41:10", "21:00:03"):
        when = dc.moment(dc.at(clock))
        logons.validated(dc, when, SVC_BACKUP, "BK01")
        how = logons.Logon(
            account=SVC_BACKUP, source=BACKUP_ADDRESS, package="NTLM", workstation="BK01", privileged=True
        )
        session = logons.log_on(dc, dc.moment(when, 0.1), how)
        admin = logons.Share(name="ADMIN$", local_path="\\??\\C:\\Windows")
        logons.use_share(dc, dc.moment(when, 0.3), session, BACKUP_ADDRESS, admin)
        log = logons.Share(name="ADMIN$", local_path=admin.local_path, target="Logs\\WindowsServerBackup\\Backup.etl")
        logons.use_share(dc, dc.moment(when, 0.4), session, BACKUP_ADDRESS, log)
        logons.log_off(dc, dc.moment(when, 31), session)


def _administrator(hosts: Hosts, at_work: AtWork) -> None:
    """Tanabe looks after the controller, with the same tools that the intruder uses, in other ways."""
    dc, visit = hosts.dc, at_work.visit
    logons.ticket(dc, dc.moment(dc.at(visit.begin)), TANABE_ADM, ADMIN_PC_ADDRESS)
    session, desktop = come_in(dc, hosts.on_dc, visit)
    shell = dc.start(dc.moment(dc.at(at_work.prompt)), SYSTEM32 + "cmd.exe", f'"{SYSTEM32}cmd.exe" ', desktop)
    for clock, name, command in at_work.types:
        dc.start(dc.moment(dc.at(clock)), SYSTEM32 + name, command, shell)
    begin, end = at_work.console
    console = dc.start(dc.moment(dc.at(begin)), _POWERSHELL, f'"{_POWERSHELL}" ', desktop)
    channels.engine_state(dc, dc.moment(dc.at(begin), 1), f"{_POWERSHELL}", started=True)
    for clock, text in at_work.scripts:
        channels.script_block(dc, dc.moment(dc.at(clock)), console, text)
    channels.engine_state(dc, dc.moment(dc.at(end)), f"{_POWERSHELL}", started=False)
    if at_work.at_branch is not None:
        files, there = hosts.files, at_work.at_branch
        hop(dc, dc, dc.moment(files.at(there.begin), -12), shell, files)
        far, _ = come_in(files, hosts.on_files, there)
        go(files, there, far)
    go(dc, visit, session)


def _backup_checks(hosts: Hosts) -> None:
    """A script on the controller looks whether the backup went well."""
    dc = hosts.dc
    path = "C:\\Scripts\\Test-Backup.ps1"
    text = "$last = Get-WBSummary; if ($last.LastBackupResultHR -ne 0) { Send-MailMessage @mail }"
    for when in rounds(dc, "02:00:00", 300, 60):
        command = f"powershell.exe -NoProfile -File {path}"
        runner = dc.start(when, _POWERSHELL, command, hosts.on_dc.scheduler)
        channels.engine_state(dc, dc.moment(when, 0.9), command, started=True)
        channels.script_block(dc, dc.moment(when, 1.2), runner, text, path)
        channels.engine_state(dc, dc.moment(when, 3), command, started=False)


def _operators(hosts: Hosts, visits: Sequence[Visit]) -> None:
    jump = hosts.jump
    date = f"03{jump.day}"
    for visit in visits:
        session, desktop = come_in(jump, hosts.on_jump, visit)
        for when in rounds(jump, visit.begin, 34, 1700):
            if when > jump.at(visit.end) - 240 * TICKS:
                break
            image, command = jump.rng.choice(_OPERATOR_PROGRAMS)
            after = max(when, jump.at(visit.begin) + 60 * TICKS)
            tool = jump.start(after, image, command.replace("0311", date), desktop)
            if "mstsc" in image:
                source = (jump.address, jump.rng.randrange(49200, 65000))
                channels.connection(jump, jump.moment(when, 61), tool, source, (HISTORIAN_ADDRESS, 3389))
            else:
                name = f"D:\\Trend\\{date}\\unit{jump.rng.randrange(1, 5)}-{jump.rng.randrange(100, 999)}.csv"
                channels.file_created(jump, jump.moment(when, 62), tool, name)
        go(jump, visit, session)


def _kudo_by_day(hosts: Hosts) -> None:
    """Kudo works on the jump server from his own desk: the same account that the intruder uses in the evening."""
    jump, dc = hosts.jump, hosts.dc
    visit = Visit(KUDO_ADM, KUDO_PC_ADDRESS, "10:41:22", "11:22:09", 5, privileged=True)
    logons.ticket(dc, dc.moment(jump.at(visit.begin)), KUDO_ADM, KUDO_PC_ADDRESS)
    logons.service_ticket(dc, dc.moment(jump.at(visit.begin), 0.1), KUDO_ADM, KUDO_PC_ADDRESS, JUMP_MACHINE)
    session, desktop = come_in(jump, hosts.on_jump, visit)
    shell = jump.start(jump.moment(jump.at("10:44:10")), SYSTEM32 + "cmd.exe", f'"{SYSTEM32}cmd.exe" ', desktop)
    typed = (
        ("10:45:00", "netsh.exe", "netsh  interface ipv4 show interfaces"),
        ("10:47:31", "netsh.exe", 'netsh  advfirewall firewall add rule name="GridView" dir=in action=allow port=7400'),
        ("10:52:02", "PING.EXE", f"ping  {HISTORIAN_ADDRESS}"),
        ("11:01:40", "vssadmin.exe", "vssadmin  list shadowstorage"),
        ("11:05:13", "wbem\\WMIC.exe", "wmic  service where name='Spooler' get state,startmode"),
    )
    for clock, name, command in typed:
        tool = jump.start(jump.moment(jump.at(clock)), SYSTEM32 + name, command, shell)
        if "firewall" in command:
            rule = "HKLM\\System\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules"
            value = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=7400|Name=GridView|"
            channels.registry(jump, jump.moment(jump.at(clock), 0.2), tool, f"{rule}\\{{{jump.new_guid()}}}", value)
    console = jump.start(jump.moment(jump.at("11:10:00")), _POWERSHELL, f'"{_POWERSHELL}" ', desktop)
    channels.engine_state(jump, jump.moment(jump.at("11:10:00"), 1), _POWERSHELL, started=True)
    text = "Get-Service | Where-Object Status -eq 'Stopped' | Where-Object StartType -eq 'Automatic'"
    channels.script_block(jump, jump.moment(jump.at("11:11:20")), console, text)
    go(jump, visit, session)


def _jump_logons(jump: Machine) -> None:
    """The monitoring account logs on to the jump server around the clock, the backup account at night."""
    for when in rounds(jump, "00:09:00", 15, 500):
        session = logons.log_on(jump, when, logons.Logon(account=SVC_MONITOR, source=MONITOR_ADDRESS))
        logons.log_off(jump, jump.moment(when, 4), session)
    when = jump.at("01:59:44")
    how = logons.Logon(account=SVC_BACKUP, source=BACKUP_ADDRESS, privileged=True)
    logons.log_off(jump, jump.moment(when, 2700), logons.log_on(jump, when, how))


def _jump_scripts(hosts: Hosts) -> None:
    """A scheduled script of the operators' own on the jump server."""
    jump = hosts.jump
    path = "C:\\Scripts\\Move-Trend.ps1"
    command = f"powershell.exe -NoProfile -File {path}"
    text = "Get-ChildItem D:\\Trend -Filter *.csv | Where-Object Length -gt 0 | Move-Item -Destination E:\\Archive"
    for when in rounds(jump, "00:31:00", 180, 300):
        runner = jump.start(when, _POWERSHELL, command, hosts.on_jump.scheduler)
        channels.engine_state(jump, jump.moment(when, 0.8), command, started=True)
        channels.script_block(jump, jump.moment(when, 1.1), runner, text, path)
        channels.engine_state(jump, jump.moment(when, 5), command, started=False)


def _jump_background(hosts: Hosts) -> None:
    """Connections, files and registry values of services on the jump server, which Sysmon sees."""
    jump, standing = hosts.jump, hosts.on_jump
    settings = "HKLM\\System\\CurrentControlSet\\Services\\"
    values = (
        (settings + "Tcpip\\Parameters\\Interfaces\\{7d1c09be}\\LeaseTerminatesTime", "DWORD (0x69b1c2d4)"),
        (settings + "bam\\State\\UserSettings\\S-1-5-18\\SequenceNumber", "DWORD (0x00000011)"),
        (settings + "W32Time\\SecureTimeLimits\\SecureTimeHigh", "QWORD (0x01dcb0f1-0x9a4b0000)"),
        (settings + "iphlpsvc\\Teredo\\TeredoState", "DWORD (0x00000000)"),
        ("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\LastOnline", "DWORD (0x1)"),
    )
    for when in rounds(jump, "00:02:00", 30, 1700):
        target, details = jump.rng.choice(values)
        channels.registry(jump, when, standing.services, target, details)
    destinations = ((DC_ADDRESS, 389), (DC_ADDRESS, 88), (DC_ADDRESS, 445), (UPDATE_ADDRESS, 8530))
    for when in rounds(jump, "00:03:00", 30, 1700):
        source = (jump.address, jump.rng.randrange(49200, 65000))
        channels.connection(jump, when, standing.kernel, source, jump.rng.choice(destinations))
    temporary = "C:\\Windows\\Temp\\"
    for when in rounds(jump, "00:07:00", 45, 2600):
        name = f"{temporary}MpSigStub-{jump.rng.randrange(1 << 24):06x}.log"
        channels.file_created(jump, when, standing.defender, name)
    if jump.day == FIRST_DAY:
        driver = "C:\\Windows\\System32\\drivers\\mpksldrv.sys"
        channels.service_installed(jump, jump.moment(jump.at("04:19:10")), "MpKslDrv", driver)
