"""The ordinary day of the people: office users and administrators on the controller, operators on the jump server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from two_sites_story import channels, logons
from two_sites_story.estate import (
    ADMIN_PC_ADDRESS,
    BACKUP_ADDRESS,
    DC_ADDRESS,
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
    SYSTEM,
    TANABE_ADM,
    UPDATE_ADDRESS,
    Account,
)
from two_sites_story.machine import SYSTEM32, Machine, Process, Session
from two_sites_story.ordinary import rounds
from two_sites_story.records import TICKS, jst

if TYPE_CHECKING:
    from two_sites_story.hosts import Hosts, Standing

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


@dataclass(frozen=True)
class Visit:
    """A remote desktop session of somebody at work."""

    account: Account
    source: str
    begin: str
    end: str
    terminal: int
    privileged: bool = False


def work(hosts: Hosts) -> None:
    """Write what people do on both hosts in working hours."""
    _office(hosts.dc)
    _backup_account(hosts.dc)
    _administrator(hosts)
    _operators(hosts)
    _kudo_by_day(hosts)
    _jump_logons(hosts.jump)
    _jump_scripts(hosts)
    _jump_background(hosts)


def _office(dc: Machine) -> None:
    """Office users get tickets in the morning and after lunch; their machines fetch policies now and then."""
    for user, computer, address in OFFICE:
        for first, spread in (("08:05:00", 3600), ("12:58:00", 1500)):
            when = jst(first) + dc.rng.randrange(spread * TICKS)
            logons.ticket(dc, when, user, address)
            logons.service_ticket(dc, dc.moment(when, 0.1), user, address, dc.machine_account)
            session = logons.log_on(dc, dc.moment(when, 0.2), logons.Logon(account=user, source=address))
            script = logons.Share(name="NETLOGON", local_path="\\??\\C:\\Windows\\SYSVOL\\scripts", target="logon.cmd")
            logons.use_share(dc, dc.moment(when, 0.4), session, address, script)
            logons.log_off(dc, dc.moment(when, dc.rng.randrange(12, 40)), session)
        for when in rounds(dc, "07:50:00", 118, 5400):
            if when > jst("18:30:00"):
                break
            session = logons.log_on(dc, when, logons.Logon(account=computer, source=address))
            file = logons.Share(name=_SYSVOL[0], local_path=_SYSVOL[1], target=_POLICY_FILE)
            logons.use_share(dc, dc.moment(when, 0.1), session, address, file)
            logons.log_off(dc, dc.moment(when, 11), session)
    for when in rounds(dc, "00:15:00", 96, 1200):
        logons.service_ticket(dc, when, JUMP_MACHINE, JUMP_ADDRESS, dc.machine_account)
        session = logons.log_on(dc, dc.moment(when, 0.1), logons.Logon(account=JUMP_MACHINE, source=JUMP_ADDRESS))
        logons.log_off(dc, dc.moment(when, 10), session)


def _backup_account(dc: Machine) -> None:
    for clock in ("01:59:40", "02:41:10", "21:00:03"):
        when = dc.moment(jst(clock))
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


def _come_in(machine: Machine, standing: Standing, visit: Visit) -> tuple[Session, Process]:
    """Begin a remote desktop session: gives the session and its desktop."""
    when = jst(visit.begin)
    if machine.watch == "sysmon":
        source = (visit.source, machine.rng.randrange(49200, 65000))
        channels.connection(machine, when, standing.remote_desktop, source, (machine.address, 3389))
    channels.desktop_authenticated(machine, machine.moment(when, 1.5), visit.account, visit.source)
    how = logons.Logon(
        account=visit.account,
        source=visit.source,
        logon_type=10,
        privileged=visit.privileged,
        terminal=visit.terminal,
    )
    session = logons.log_on(machine, machine.moment(when, 2), how)
    for event_id in (21, 22):
        channels.desktop_session(machine, machine.moment(when, event_id - 18.5), event_id, session, visit.source)
    for name in ("userinit.exe", "rdpclip.exe", "ctfmon.exe"):
        machine.start(machine.moment(when, 4.8), SYSTEM32 + name, name, standing.logon_manager, session)
    desktop = machine.start(
        machine.moment(when, 5.2),
        "C:\\Windows\\explorer.exe",
        "C:\\Windows\\Explorer.EXE",
        standing.logon_manager,
        session,
    )
    channels.policy_refreshed(machine, machine.moment(when, 6), visit.account)
    return session, desktop


def _go(machine: Machine, visit: Visit, session: Session) -> None:
    when = jst(visit.end)
    channels.desktop_session(machine, machine.moment(when), 23, session, None)
    channels.desktop_session(machine, machine.moment(when, 1.2), 24, session, visit.source)
    logons.log_off(machine, machine.moment(when, 1), session, 10)


def _administrator(hosts: Hosts) -> None:
    """Tanabe looks after the controller, with the same tools that the intruder uses, in other ways."""
    dc = hosts.dc
    visit = Visit(TANABE_ADM, ADMIN_PC_ADDRESS, "10:08:14", "15:10:40", 3, privileged=True)
    logons.ticket(dc, dc.moment(jst(visit.begin)), TANABE_ADM, ADMIN_PC_ADDRESS)
    session, desktop = _come_in(dc, hosts.on_dc, visit)
    shell = dc.start(dc.moment(jst("10:11:30")), SYSTEM32 + "cmd.exe", f'"{SYSTEM32}cmd.exe" ', desktop)
    for clock, name, command in _TANABE_TYPES:
        dc.start(dc.moment(jst(clock)), SYSTEM32 + name, command, shell)
    console = dc.start(dc.moment(jst("10:39:30")), _POWERSHELL, f'"{_POWERSHELL}" ', desktop)
    channels.engine_state(dc, dc.moment(jst("10:39:30"), 1), f"{_POWERSHELL}", started=True)
    for clock, text in _TANABE_SCRIPTS:
        channels.script_block(dc, dc.moment(jst(clock)), console, text)
    channels.engine_state(dc, dc.moment(jst("15:08:00")), f"{_POWERSHELL}", started=False)
    backup = "C:\\Scripts\\Test-Backup.ps1"
    script = "$last = Get-WBSummary; if ($last.LastBackupResultHR -ne 0) { Send-MailMessage @mail }"
    for when in rounds(dc, "07:00:00", 300, 60):
        runner = dc.start(when, _POWERSHELL, f"powershell.exe -NoProfile -File {backup}", hosts.on_dc.scheduler)
        command = f"powershell.exe -NoProfile -File {backup}"
        channels.engine_state(dc, dc.moment(when, 0.9), command, started=True)
        channels.script_block(dc, dc.moment(when, 1.2), runner, script, backup)
        channels.engine_state(dc, dc.moment(when, 3), command, started=False)
    _go(dc, visit, session)


def _operators(hosts: Hosts) -> None:
    jump = hosts.jump
    visits = (
        Visit(OPERATORS[0], "10.20.3.118", "08:52:31", "12:01:12", 2),
        Visit(OPERATORS[1], "10.20.3.121", "13:14:05", "17:36:50", 3),
    )
    for visit in visits:
        session, desktop = _come_in(jump, hosts.on_jump, visit)
        for when in rounds(jump, visit.begin, 24, 1200):
            if when > jst(visit.end) - 240 * TICKS:
                break
            image, command = jump.rng.choice(_OPERATOR_PROGRAMS)
            tool = jump.start(max(when, jst(visit.begin) + 60 * TICKS), image, command, desktop)
            if "mstsc" in image:
                source = (jump.address, jump.rng.randrange(49200, 65000))
                channels.connection(jump, jump.moment(when, 61), tool, source, (HISTORIAN_ADDRESS, 3389))
            else:
                name = f"D:\\Trend\\0311\\unit{jump.rng.randrange(1, 5)}-{jump.rng.randrange(100, 999)}.csv"
                channels.file_created(jump, jump.moment(when, 62), tool, name)
        _go(jump, visit, session)


def _kudo_by_day(hosts: Hosts) -> None:
    """Kudo works on the jump server from his own desk: the same account that the intruder uses in the evening."""
    jump, dc = hosts.jump, hosts.dc
    visit = Visit(KUDO_ADM, KUDO_PC_ADDRESS, "10:41:22", "11:22:09", 5, privileged=True)
    logons.ticket(dc, dc.moment(jst(visit.begin)), KUDO_ADM, KUDO_PC_ADDRESS)
    logons.service_ticket(dc, dc.moment(jst(visit.begin), 0.1), KUDO_ADM, KUDO_PC_ADDRESS, JUMP_MACHINE)
    session, desktop = _come_in(jump, hosts.on_jump, visit)
    shell = jump.start(jump.moment(jst("10:44:10")), SYSTEM32 + "cmd.exe", f'"{SYSTEM32}cmd.exe" ', desktop)
    typed = (
        ("10:45:00", "netsh.exe", "netsh  interface ipv4 show interfaces"),
        ("10:47:31", "netsh.exe", 'netsh  advfirewall firewall add rule name="GridView" dir=in action=allow port=7400'),
        ("10:52:02", "PING.EXE", f"ping  {HISTORIAN_ADDRESS}"),
        ("11:01:40", "vssadmin.exe", "vssadmin  list shadowstorage"),
        ("11:05:13", "wbem\\WMIC.exe", "wmic  service where name='Spooler' get state,startmode"),
    )
    for clock, name, command in typed:
        tool = jump.start(jump.moment(jst(clock)), SYSTEM32 + name, command, shell)
        if "firewall" in command:
            rule = "HKLM\\System\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules"
            value = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=7400|Name=GridView|"
            channels.registry(jump, jump.moment(jst(clock), 0.2), tool, f"{rule}\\{{{jump.new_guid()}}}", value)
    console = jump.start(jump.moment(jst("11:10:00")), _POWERSHELL, f'"{_POWERSHELL}" ', desktop)
    channels.engine_state(jump, jump.moment(jst("11:10:00"), 1), _POWERSHELL, started=True)
    text = "Get-Service | Where-Object Status -eq 'Stopped' | Where-Object StartType -eq 'Automatic'"
    channels.script_block(jump, jump.moment(jst("11:11:20")), console, text)
    _go(jump, visit, session)


def _jump_logons(jump: Machine) -> None:
    """The monitoring account logs on to the jump server around the clock, the backup account at night."""
    for when in rounds(jump, "00:09:00", 15, 500):
        session = logons.log_on(jump, when, logons.Logon(account=SVC_MONITOR, source=MONITOR_ADDRESS))
        logons.log_off(jump, jump.moment(when, 4), session)
    when = jst("01:59:44")
    how = logons.Logon(account=SVC_BACKUP, source=BACKUP_ADDRESS, privileged=True)
    logons.log_off(jump, jump.moment(when, 2700), logons.log_on(jump, when, how))


def _jump_scripts(hosts: Hosts) -> None:
    """A scheduled script of the operators' own on the jump server, the last run after the logs were cleared."""
    jump = hosts.jump
    path = "C:\\Scripts\\Move-Trend.ps1"
    command = f"powershell.exe -NoProfile -File {path}"
    text = "Get-ChildItem D:\\Trend -Filter *.csv | Where-Object Length -gt 0 | Move-Item -Destination E:\\Archive"
    for when in rounds(jump, "00:31:00", 180, 300):
        runner = jump.start(when, _POWERSHELL, command, hosts.on_jump.scheduler)
        channels.engine_state(jump, jump.moment(when, 0.8), command, started=True)
        channels.script_block(jump, jump.moment(when, 1.1), runner, text, path)
        channels.engine_state(jump, jump.moment(when, 5), command, started=False)
    when = jst("23:31:02")
    jump.start(jump.moment(when), _POWERSHELL, command, hosts.on_jump.scheduler)
    channels.engine_state(jump, jump.moment(when, 0.8), command, started=True)
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
    for when in rounds(jump, "00:02:00", 12, 700):
        target, details = jump.rng.choice(values)
        channels.registry(jump, when, standing.services, target, details)
    destinations = ((DC_ADDRESS, 389), (DC_ADDRESS, 88), (DC_ADDRESS, 445), (UPDATE_ADDRESS, 8530))
    for when in rounds(jump, "00:03:00", 11, 650):
        source = (jump.address, jump.rng.randrange(49200, 65000))
        channels.connection(jump, when, standing.kernel, source, jump.rng.choice(destinations))
    temporary = "C:\\Windows\\Temp\\"
    for when in rounds(jump, "00:07:00", 17, 900):
        name = f"{temporary}MpSigStub-{jump.rng.randrange(1 << 24):06x}.log"
        channels.file_created(jump, when, standing.defender, name)
    channels.service_installed(
        jump, jump.moment(jst("04:19:10")), "MpKslDrv", "C:\\Windows\\System32\\drivers\\mpksldrv.sys", "demand start"
    )
    channels.policy_refreshed(jump, jump.moment(jst("23:40:00")), SYSTEM)
