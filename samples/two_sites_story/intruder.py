"""What the intruder does on the first evening, in the main office, and what its hosts record of it.

Every step is written inside `marked`, so that the truth file can name its records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from two_sites_story import channels, logons
from two_sites_story.estate import DC_ADDRESS, DC_MACHINE, HISTORIAN_ADDRESS, JUMP_ADDRESS, KUDO_ADM, VPN_ADDRESS
from two_sites_story.machine import AS_NETWORK_SERVICE, SYSTEM32, Machine, Process, Session
from two_sites_story.records import FIRST_DAY, TICKS, jst

if TYPE_CHECKING:
    from two_sites_story.hosts import Hosts, Standing
    from two_sites_story.kinds import Json

_OUTPUT = f"__{(jst('22:05:11') // TICKS)}.7341578"
"""The file on ADMIN$ into which wmiexec writes the output of a command: the time at which its session began."""
_POWERSHELL = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
PUBLIC = "C:\\Users\\Public\\Documents"
"""The folder in which he leaves things on the jump server."""
_STAGING = f"{PUBLIC}\\md"
_ADMIN_SHARE = ("ADMIN$", "\\??\\C:\\Windows")
_NTDS = "C:\\Windows\\NTDS\\ntds.dit"
_COPY = "C:\\Windows\\Temp\\md\\Active Directory\\ntds.dit"
_SNAPSHOT = "C:\\$SNAP_202603112219_VOLUMEC$\\Windows\\NTDS\\ntds.dit"
_PHASES = (
    "[1] 0.000, [2] 0.000, [3] 0.000, [4] 0.047, [5] 0.000, [6] 0.016, [7] 0.000, [8] 0.000, [9] 0.000, [10] 0.031"
)


@dataclass(frozen=True)
class Desk:
    """A remote desktop of the intruder's."""

    session: Session
    desktop: Process


def play(hosts: Hosts) -> None:
    """Write the intruder's first evening into the logs of the main office."""
    for _ in hosts.days((FIRST_DAY,)):
        _scan(hosts)
        desk = arrive(hosts, "arrive", "21:42:05", (VPN_ADDRESS, 61022), 4)
        shell = opens_prompt(hosts.jump, desk, "21:45:40")
        _look_around(hosts, shell)
        _switch_off_antivirus(hosts, shell)
        _forward_a_port(hosts, shell)
        remote = _reach_the_controller(hosts)
        _try_a_shadow_copy(hosts, remote)
        _copy_the_directory(hosts, remote)
        _carry_away(hosts, shell, remote)
        _forward_from_the_controller(hosts, remote)
        _read_the_logons(hosts, shell)
        leave(hosts.jump, desk, "leave", "23:24:48", VPN_ADDRESS)


def _scan(hosts: Hosts) -> None:
    """From the VPN he tries ports; Sysmon records those connections that a service of the jump server took."""
    jump, when = hosts.jump, jst("21:33:10")
    listeners = ((135, hosts.on_jump.dcom_launcher), (445, hosts.on_jump.kernel), (5985, hosts.on_jump.kernel))
    with jump.marked("scan", "T1046"):
        for number, (port, process) in enumerate((*listeners, (3389, hosts.on_jump.remote_desktop))):
            source = (VPN_ADDRESS, 60411 + number * 7)
            channels.connection(jump, jump.moment(when, number * 0.4), process, source, (jump.address, port))


def arrive(hosts: Hosts, step: str, clock: str, source: tuple[str, int], terminal: int) -> Desk:
    """He comes from the SSL-VPN to the jump server by remote desktop."""
    jump, dc = hosts.jump, hosts.dc
    start = jump.at(clock)
    with jump.marked(step, "T1021.001"), dc.marked(step, "T1021.001"):
        channels.connection(jump, jump.moment(start), hosts.on_jump.remote_desktop, source, (jump.address, 3389))
        logons.ticket(dc, dc.moment(start, 2.1), KUDO_ADM, JUMP_ADDRESS)
        logons.service_ticket(dc, dc.moment(start, 2.2), KUDO_ADM, JUMP_ADDRESS, jump.machine_account)
    return land(jump, hosts.on_jump, step, start, source[0], terminal)


def land(machine: Machine, standing: Standing, step: str, start: int, address: str, terminal: int) -> Desk:
    """A remote desktop session of his begins on a host."""
    with machine.marked(step, "T1021.001"):
        channels.desktop_authenticated(machine, machine.moment(start, 2), KUDO_ADM, address)
        how = logons.Logon(account=KUDO_ADM, source=address, logon_type=10, privileged=True, terminal=terminal)
        session = logons.log_on(machine, machine.moment(start, 2.4), how)
        channels.desktop_session(machine, machine.moment(start, 3.2), 21, session, address)
        channels.desktop_session(machine, machine.moment(start, 3.9), 22, session, address)
    for name, seconds in (("userinit.exe", 4.2), ("rdpclip.exe", 4.4)):
        machine.start(machine.moment(start, seconds), SYSTEM32 + name, name, standing.logon_manager, session)
    explorer, command = "C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE"
    desktop = machine.start(machine.moment(start, 4.9), explorer, command, standing.logon_manager, session)
    return Desk(session, desktop)


def opens_prompt(machine: Machine, desk: Desk, clock: str) -> Process:
    """He opens a command prompt on a desktop."""
    with machine.marked("look-around", "T1059.003"):
        command = f'"{SYSTEM32}cmd.exe"'
        return machine.start(machine.moment(machine.at(clock)), SYSTEM32 + "cmd.exe", command, desk.desktop)


def leave(machine: Machine, desk: Desk, step: str, clock: str, address: str) -> None:
    """He logs off from a desktop."""
    when = machine.at(clock)
    with machine.marked(step, "T1021.001"):
        channels.desktop_session(machine, machine.moment(when), 23, desk.session, None)
        payload: dict[str, Json] = {
            "TargetUserSid": KUDO_ADM.sid,
            "TargetUserName": KUDO_ADM.name,
            "TargetDomainName": KUDO_ADM.domain,
            "TargetLogonId": desk.session.logon_hex,
        }
        machine.write("Security/4647", machine.moment(when, 0.1), payload)
        logons.log_off(machine, machine.moment(when, 0.9), desk.session, 10)
        channels.desktop_session(machine, machine.moment(when, 1.1), 24, desk.session, address)


def _look_around(hosts: Hosts, shell: Process) -> None:
    listing = "wmic path win32_logicaldisk get caption,filesystem,freespace,size,volumename"
    typed = (
        ("21:46:02", "whoami.exe", "whoami  /groups", "T1033"),
        ("21:46:31", "ipconfig.exe", "ipconfig  /all", "T1016"),
        ("21:47:10", "NETSTAT.EXE", "netstat  -ano", "T1049"),
        ("21:48:44", "nltest.exe", "nltest  /dclist:shiomi-denryoku.example", "T1018"),
        ("21:49:27", "net.exe", 'net  group "domain admins" /domain', "T1069.002"),
    )
    jump = hosts.jump
    for clock, name, command, technique in typed:
        with jump.marked("look-around", technique):
            jump.start(jump.moment(jst(clock)), SYSTEM32 + name, command, shell)
    with jump.marked("list-drives", "T1082"):
        when = jst("21:52:18")
        inner = jump.start(jump.moment(when), SYSTEM32 + "cmd.exe", f'cmd.exe  /C "{listing}"', shell)
        jump.start(jump.moment(when, 0.03), SYSTEM32 + "wbem\\WMIC.exe", listing.replace("wmic", "wmic ", 1), inner)


def _switch_off_antivirus(hosts: Hosts, shell: Process) -> None:
    """He takes the protection of the jump server out of service; from then on it writes nothing."""
    jump, standing, when = hosts.jump, hosts.on_jump, jst("21:53:30")
    setting = "SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection\\DisableRealtimeMonitoring"
    service = "Microsoft Defender Antivirus Service"
    with jump.marked("switch-off-antivirus", "T1562.001"):
        script = "Set-MpPreference -DisableRealtimeMonitoring $true"
        command = f'powershell  -c "{script}"'
        tool = jump.start(jump.moment(when), _POWERSHELL, command, shell)
        channels.engine_state(jump, jump.moment(when, 0.7), command, started=True)
        channels.script_block(jump, jump.moment(when, 0.9), tool, script)
        channels.registry(jump, jump.moment(when, 1.3), standing.defender, f"HKLM\\{setting}", "DWORD (0x00000001)")
        old, new = "Default\\DisableRealtimeMonitoring = 0x0", f"HKLM\\{setting} = 0x1"
        version = {"Product Version": "4.18.26010.5"}
        channels.defender(jump, jump.moment(when, 1.4), 5007, {**version, "Old Value": old, "New Value": new})
        channels.defender(jump, jump.moment(when, 1.6), 5001, {**version})
        channels.engine_state(jump, jump.moment(when, 2.2), command, started=False)
        when = jst("21:54:41")
        jump.start(jump.moment(when), SYSTEM32 + "sc.exe", "sc  config WinDefend start= disabled", shell)
        start = "HKLM\\System\\CurrentControlSet\\Services\\WinDefend\\Start"
        channels.registry(jump, jump.moment(when, 0.05), standing.services, start, "DWORD (0x00000004)")
        change = ("auto start", "disabled")
        channels.service_start_changed(jump, jump.moment(when, 0.1), ("WinDefend", service), change, KUDO_ADM)
        when = jst("21:55:02")
        jump.start(jump.moment(when), SYSTEM32 + "sc.exe", "sc  stop WinDefend", shell)
        channels.service_state(jump, jump.moment(when, 1.2), "WinDefend", service, "stopped")
        jump.end(jump.moment(when, 1.3), standing.defender, "Defender")


def _forward_a_port(hosts: Hosts, shell: Process) -> None:
    jump, when = hosts.jump, jst("21:58:33")
    key = "HKLM\\System\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp"
    command = (
        "netsh  interface portproxy add v4tov4 listenaddress=0.0.0.0 listenport=9443 "
        f"connectaddress={HISTORIAN_ADDRESS} connectport=3389 protocol=tcp"
    )
    with jump.marked("forward-port-jump", "T1016"):
        show = "netsh  interface portproxy show all"
        jump.start(jump.moment(jst("21:57:49")), SYSTEM32 + "netsh.exe", show, shell)
    with jump.marked("forward-port-jump", "T1090.001"):
        typed = command.replace("netsh  ", "netsh ")
        inner = jump.start(jump.moment(when), SYSTEM32 + "cmd.exe", f'cmd.exe  /C "{typed}"', shell)
        netsh = jump.start(jump.moment(when, 0.02), SYSTEM32 + "netsh.exe", command, inner)
        channels.registry(jump, jump.moment(when, 0.21), netsh, key, None)
        target = f"{HISTORIAN_ADDRESS}/3389"
        channels.registry(jump, jump.moment(when, 0.22), netsh, f"{key}\\0.0.0.0/9443", target)
        through = (VPN_ADDRESS, 61480), (jump.address, 9443)
        channels.connection(jump, jump.moment(jst("22:01:12")), hosts.on_jump.ip_helper, *through)
        onward = (jump.address, 52811), (HISTORIAN_ADDRESS, 3389)
        channels.connection(jump, jump.moment(jst("22:01:12"), 0.1), hosts.on_jump.ip_helper, *onward)


@dataclass(frozen=True)
class Remote:
    """The intruder's wmiexec session on the domain controller."""

    dc: Machine
    provider: Process
    session: Session

    def run(self, clock: str, command: str, *, keep: bool = True) -> Process:
        """Run a command as wmiexec does: through cmd.exe under the WMI provider host, output to a file on ADMIN$."""
        when = jst(clock)
        line = f"cmd.exe /Q /c {command}" + (f" 1> \\\\127.0.0.1\\ADMIN$\\{_OUTPUT} 2>&1" if keep else "")
        shell = self.dc.start(self.dc.moment(when), SYSTEM32 + "cmd.exe", line, self.provider, self.session)
        if keep:
            name, path = _ADMIN_SHARE
            written = logons.Share(name=name, local_path=path, target=_OUTPUT, mask="0x12019f")
            logons.use_share(self.dc, self.dc.moment(when, 0.05), self.session, "127.0.0.1", written)
            fetched = logons.Share(name=name, local_path=path, target=_OUTPUT)
            logons.use_share(self.dc, self.dc.moment(when, 1.1), self.session, VPN_ADDRESS, fetched)
        return shell


def _reach_the_controller(hosts: Hosts) -> Remote:
    dc, start = hosts.dc, jst("22:05:11")
    with dc.marked("wmiexec", "T1047"):
        logons.validated(dc, dc.moment(start, 0.2), KUDO_ADM, "")
        how = logons.Logon(account=KUDO_ADM, source=VPN_ADDRESS, package="NTLM", privileged=True)
        session = logons.log_on(dc, dc.moment(start, 0.3), how)
        for share in (("IPC$", ""), _ADMIN_SHARE):
            opened = logons.Share(name=share[0], local_path=share[1])
            logons.use_share(dc, dc.moment(start, 0.6), session, VPN_ADDRESS, opened)
        provider = dc.start(
            dc.moment(start, 0.9),
            SYSTEM32 + "wbem\\WmiPrvSE.exe",
            "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding",
            hosts.on_dc.dcom_launcher,
            AS_NETWORK_SERVICE,
        )
        remote = Remote(dc, provider, session)
        remote.run("22:05:13", "cd \\")
        remote.run("22:05:15", "cd ")
        shell = remote.run("22:06:02", "whoami")
        dc.start(dc.moment(jst("22:06:02"), 0.1), SYSTEM32 + "whoami.exe", "whoami ", shell)
    with dc.marked("list-drives", "T1082"):
        listing = "wmic logicaldisk get volumename,size,freespace,filesystem,caption"
        shell = remote.run("22:07:26", listing)
        dc.start(dc.moment(jst("22:07:26"), 0.1), SYSTEM32 + "wbem\\WMIC.exe", listing + " ", shell)
    return remote


_PROVIDER = "Microsoft Software Shadow Copy Provider"


def _shadow_copy_made(hosts: Hosts, when: int, volume: int) -> None:
    """What the services of Windows write when a shadow copy is made."""
    dc, services = hosts.dc, hosts.on_dc.services
    dc.start(dc.moment(when, 0.2), SYSTEM32 + "VSSVC.exe", "C:\\Windows\\system32\\vssvc.exe", services)
    channels.service_state(dc, dc.moment(when, 0.3), "VSS", "Volume Shadow Copy", "running")
    for event_id, seconds in ((2001, 1.2), (2003, 1.9)):
        channels.esent(dc, dc.moment(when, seconds), event_id, ("lsass", "648,D,0", "", str(volume)))
    device = f"\\Device\\HarddiskVolumeShadowCopy{volume}"
    channels.volume_healthy(dc, dc.moment(when, 2.1), device, device)


def _shadow_service_idle(dc: Machine, when: int) -> None:
    channels.application(dc, dc.moment(when), 8224, ())
    channels.service_state(dc, dc.moment(when, 0.1), "VSS", "Volume Shadow Copy", "stopped")


def _try_a_shadow_copy(hosts: Hosts, remote: Remote) -> None:
    dc = hosts.dc
    with dc.marked("shadow-copy", "T1003.003"):
        create = "vssadmin create shadow /for=C:"
        shell = remote.run("22:11:40", create)
        dc.start(dc.moment(jst("22:11:40"), 0.1), SYSTEM32 + "vssadmin.exe", create.replace(" ", "  ", 1) + " ", shell)
        _shadow_copy_made(hosts, jst("22:11:40"), 7)
        host = "C:\\Windows\\System32\\svchost.exe -k swprv"
        dc.start(dc.moment(jst("22:11:40"), 0.5), SYSTEM32 + "svchost.exe", host, hosts.on_dc.services)
        channels.service_state(dc, dc.moment(jst("22:11:40"), 0.6), "swprv", _PROVIDER, "running")
        device = "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy7\\Windows\\NTDS\\ntds.dit"
        remote.run("22:13:05", f"copy {device} C:\\Windows\\Temp\\w32tm.tmp")
        remote.run("22:14:30", "del C:\\Windows\\Temp\\w32tm.tmp", keep=False)
        delete = "vssadmin delete shadows /shadow={6b2f6c6e-0d0b-4a7e-9b52-3b2d3f9be1a4} /quiet"
        shell = remote.run("22:15:02", delete)
        typed = delete.replace(" ", "  ", 1) + " "
        dc.start(dc.moment(jst("22:15:02"), 0.1), SYSTEM32 + "vssadmin.exe", typed, shell)
        _shadow_service_idle(dc, jst("22:18:20"))


def _copy_the_directory(hosts: Hosts, remote: Remote) -> None:
    dc, when = hosts.dc, jst("22:19:04")
    command = 'ntdsutil "ac i ntds" ifm "create full C:\\Windows\\Temp\\md" q q'
    with dc.marked("ntds-copy", "T1003.003"):
        shell = remote.run("22:19:04", command)
        tool = dc.start(dc.moment(when, 0.1), SYSTEM32 + "ntdsutil.exe", command.replace(" ", "  ", 1) + " ", shell)
        _shadow_copy_made(hosts, dc.moment(when, 0.5), 8)
        device = "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy8\\Windows\\NTDS\\ntds.dit"
        database = "NTDS"
        moves: tuple[tuple[int, float, tuple[str, ...]], ...] = (
            (216, 3.3, ("lsass", "648,D,12", "", _NTDS, device)),
            (326, 4.2, (database, f"{tool.pid},D,50", "", "1", _SNAPSHOT, "0", _PHASES, "1 0")),
            (325, 4.4, (database, f"{tool.pid},D,35", "", "2", _COPY, "0", _PHASES)),
            (327, 6.8, (database, f"{tool.pid},D,12", "", "2", _COPY, "0", _PHASES, "0 0")),
            (327, 6.9, (database, f"{tool.pid},D,12", "", "1", _SNAPSHOT, "0", _PHASES, "0 0")),
        )
        for event_id, seconds, values in moves:
            channels.esent(dc, dc.moment(when, seconds), event_id, values)
        _shadow_service_idle(dc, jst("22:22:12"))
        channels.service_state(dc, dc.moment(jst("22:25:12")), "swprv", _PROVIDER, "stopped")


def _carry_away(hosts: Hosts, shell: Process, remote: Remote) -> None:
    dc, jump, when = hosts.dc, hosts.jump, jst("22:26:50")
    with jump.marked("carry-away", "T1039"), dc.marked("carry-away", "T1039"):
        logons.service_ticket(dc, dc.moment(when, -0.2), KUDO_ADM, JUMP_ADDRESS, DC_MACHINE)
        how = logons.Logon(account=KUDO_ADM, source=JUMP_ADDRESS, privileged=True)
        session = logons.log_on(dc, dc.moment(when, -0.1), how)
        share = logons.Share(name="C$", local_path="\\??\\C:\\")
        logons.use_share(dc, dc.moment(when), session, JUMP_ADDRESS, share)
        command = f"xcopy  \\\\dc01\\c$\\Windows\\Temp\\md {_STAGING} /E /I /H /Y"
        tool = jump.start(jump.moment(when), SYSTEM32 + "xcopy.exe", command, shell)
        source = (jump.address, 50233)
        channels.connection(jump, jump.moment(when, 0.1), hosts.on_jump.kernel, source, (DC_ADDRESS, 445))
        for index, name in enumerate(("Active Directory\\ntds.dit", "registry\\SECURITY", "registry\\SYSTEM")):
            file = logons.Share(name="C$", local_path="\\??\\C:\\", target=f"Windows\\Temp\\md\\{name}")
            logons.use_share(dc, dc.moment(when, 0.4 + index * 5), session, JUMP_ADDRESS, file)
            channels.file_created(jump, jump.moment(when, 0.5 + index * 5), tool, f"{_STAGING}\\{name}")
        logons.log_off(dc, dc.moment(when, 600), session)
    with jump.marked("carry-away", "T1560.001"):
        archive = "C:\\Users\\Public\\Documents\\md.cab"
        command = f'makecab  /D CompressionType=LZX "{_STAGING}\\Active Directory\\ntds.dit" {archive}'
        tool = jump.start(jump.moment(jst("22:34:15")), SYSTEM32 + "makecab.exe", command, shell)
        channels.file_created(jump, jump.moment(jst("22:34:15"), 0.2), tool, archive)
    with dc.marked("carry-away", "T1070.004"):
        remote.run("22:38:20", "rd /s /q C:\\Windows\\Temp\\md")


def _forward_from_the_controller(hosts: Hosts, remote: Remote) -> None:
    dc, when = hosts.dc, jst("22:46:09")
    command = f"netsh i p a v l=8443 listena=0.0.0.0 connectp=9443 c={JUMP_ADDRESS}"
    with dc.marked("forward-port-dc", "T1090.001"):
        shell = remote.run("22:46:09", command)
        tool = dc.start(
            dc.moment(when, 0.1), SYSTEM32 + "netsh.exe", command.replace("netsh", "netsh ", 1) + " ", shell
        )
        payload: dict[str, Json] = {
            "SubjectUserSid": KUDO_ADM.sid,
            "SubjectUserName": KUDO_ADM.name,
            "SubjectDomainName": KUDO_ADM.domain,
            "SubjectLogonId": remote.session.logon_hex,
            "ObjectName": "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\PortProxy\\v4tov4\\tcp",
            "ObjectValueName": "0.0.0.0/8443",
            "HandleId": "0x1a8",
            "OperationType": "%%1904",
            "OldValueType": "-",
            "OldValue": "-",
            "NewValueType": "%%1873",
            "NewValue": f"{JUMP_ADDRESS}/9443",
            "ProcessId": f"{tool.pid:#x}",
            "ProcessName": tool.image,
        }
        dc.write("Security/4657", dc.moment(when, 0.3), payload, pid=4)
        logons.log_off(dc, dc.moment(jst("22:51:30")), remote.session)


def _read_the_logons(hosts: Hosts, shell: Process) -> None:
    jump = hosts.jump
    typed = (
        (
            "22:56:20",
            "list-drives",
            "T1082",
            "Get-CimInstance Win32_LogicalDisk | ft DeviceID,VolumeName,Size,FreeSpace",
        ),
        (
            "22:58:02",
            "read-logons",
            "T1654",
            "Get-EventLog security -InstanceId 4624 -Newest 500 | fl * | Out-File C:\\Users\\Public\\Documents\\l.dat",
        ),
    )
    with jump.marked("read-logons", "T1059.001"):
        tool = jump.start(jump.moment(jst("22:55:41")), _POWERSHELL, "powershell", shell)
        channels.engine_state(jump, jump.moment(jst("22:55:41"), 0.8), "powershell", started=True)
    for clock, step, technique, text in typed:
        with jump.marked(step, technique):
            channels.script_block(jump, jump.moment(jst(clock)), tool, text)
    with jump.marked("read-logons", "T1654"):
        path = "C:\\Users\\Public\\Documents\\l.dat"
        channels.file_created(jump, jump.moment(jst("22:58:02"), 1.4), tool, path)
        channels.engine_state(jump, jump.moment(jst("23:02:10")), "powershell", started=False)
