"""What the intruder does on the evening of the day, and what the two hosts record of it.

Every step is written inside `marked`, so that the truth file can name its records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from two_sites_story import channels, logons
from two_sites_story.estate import DC_ADDRESS, DC_MACHINE, HISTORIAN_ADDRESS, JUMP_ADDRESS, KUDO_ADM, VPN_ADDRESS
from two_sites_story.machine import AS_NETWORK_SERVICE, SYSTEM32, Machine, Process, Session
from two_sites_story.records import TICKS, jst

if TYPE_CHECKING:
    from two_sites_story.hosts import Hosts
    from two_sites_story.kinds import Json

_OUTPUT = f"__{(jst('22:05:11') // TICKS)}.7341578"
"""The file on ADMIN$ into which wmiexec writes the output of a command: the time at which its session began."""
_STAGING = "C:\\Users\\Public\\Documents\\md"
_ADMIN_SHARE = ("ADMIN$", "\\??\\C:\\Windows")
_NTDS = "C:\\Windows\\NTDS\\ntds.dit"
_COPY = "C:\\Windows\\Temp\\md\\Active Directory\\ntds.dit"
_SNAPSHOT = "C:\\$SNAP_202603112219_VOLUMEC$\\Windows\\NTDS\\ntds.dit"
_PHASES = (
    "[1] 0.000, [2] 0.000, [3] 0.000, [4] 0.047, [5] 0.000, [6] 0.016, [7] 0.000, [8] 0.000, [9] 0.000, [10] 0.031"
)


@dataclass(frozen=True)
class Desk:
    """The intruder's remote desktop on the jump server."""

    session: Session
    shell: Process


def play(hosts: Hosts) -> None:
    """Write the intruder's evening into the logs of both hosts."""
    desk = _arrive(hosts)
    _look_around(hosts, desk)
    _forward_a_port(hosts, desk)
    remote = _reach_the_controller(hosts)
    _try_a_shadow_copy(hosts, remote)
    _copy_the_directory(hosts, remote)
    _carry_away(hosts, desk, remote)
    _forward_from_the_controller(hosts, remote)
    _read_the_logons(hosts, desk)
    _clear_and_leave(hosts, desk)


def _arrive(hosts: Hosts) -> Desk:
    jump, dc, start = hosts.jump, hosts.dc, jst("21:42:05")
    with jump.marked("arrive", "T1021.001"), dc.marked("arrive", "T1021.001"):
        channels.connection(
            jump, jump.moment(start), hosts.on_jump.remote_desktop, (VPN_ADDRESS, 61022), (jump.address, 3389)
        )
        channels.desktop_authenticated(jump, jump.moment(start, 2), KUDO_ADM, VPN_ADDRESS)
        logons.ticket(dc, dc.moment(start, 2.1), KUDO_ADM, JUMP_ADDRESS)
        logons.service_ticket(dc, dc.moment(start, 2.2), KUDO_ADM, JUMP_ADDRESS, jump.machine_account)
        how = logons.Logon(account=KUDO_ADM, source=VPN_ADDRESS, logon_type=10, privileged=True, terminal=4)
        session = logons.log_on(jump, jump.moment(start, 2.4), how)
        channels.desktop_session(jump, jump.moment(start, 3.2), 21, session, VPN_ADDRESS)
        channels.desktop_session(jump, jump.moment(start, 3.9), 22, session, VPN_ADDRESS)
    for name, seconds in (("userinit.exe", 4.2), ("rdpclip.exe", 4.4)):
        jump.start(jump.moment(start, seconds), SYSTEM32 + name, name, hosts.on_jump.logon_manager, session)
    desktop = jump.start(
        jump.moment(start, 4.9),
        "C:\\Windows\\explorer.exe",
        "C:\\Windows\\Explorer.EXE",
        hosts.on_jump.logon_manager,
        session,
    )
    with jump.marked("look-around", "T1059.003"):
        command = f'"{SYSTEM32}cmd.exe"'
        shell = jump.start(jump.moment(jst("21:45:40")), SYSTEM32 + "cmd.exe", command, desktop)
    return Desk(session, shell)


def _look_around(hosts: Hosts, desk: Desk) -> None:
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
            jump.start(jump.moment(jst(clock)), SYSTEM32 + name, command, desk.shell)
    with jump.marked("list-drives", "T1082"):
        when = jst("21:52:18")
        inner = jump.start(jump.moment(when), SYSTEM32 + "cmd.exe", f'cmd.exe  /C "{listing}"', desk.shell)
        jump.start(jump.moment(when, 0.03), SYSTEM32 + "wbem\\WMIC.exe", listing.replace("wmic", "wmic ", 1), inner)


def _forward_a_port(hosts: Hosts, desk: Desk) -> None:
    jump, when = hosts.jump, jst("21:58:33")
    key = "HKLM\\System\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp"
    command = (
        "netsh  interface portproxy add v4tov4 listenaddress=0.0.0.0 listenport=9443 "
        f"connectaddress={HISTORIAN_ADDRESS} connectport=3389 protocol=tcp"
    )
    with jump.marked("forward-port-jump", "T1016"):
        show = "netsh  interface portproxy show all"
        jump.start(jump.moment(jst("21:57:49")), SYSTEM32 + "netsh.exe", show, desk.shell)
    with jump.marked("forward-port-jump", "T1090.001"):
        typed = command.replace("netsh  ", "netsh ")
        inner = jump.start(jump.moment(when), SYSTEM32 + "cmd.exe", f'cmd.exe  /C "{typed}"', desk.shell)
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


def _carry_away(hosts: Hosts, desk: Desk, remote: Remote) -> None:
    dc, jump, when = hosts.dc, hosts.jump, jst("22:26:50")
    with jump.marked("carry-away", "T1039"), dc.marked("carry-away", "T1039"):
        logons.service_ticket(dc, dc.moment(when, -0.2), KUDO_ADM, JUMP_ADDRESS, DC_MACHINE)
        how = logons.Logon(account=KUDO_ADM, source=JUMP_ADDRESS, privileged=True)
        session = logons.log_on(dc, dc.moment(when, -0.1), how)
        share = logons.Share(name="C$", local_path="\\??\\C:\\")
        logons.use_share(dc, dc.moment(when), session, JUMP_ADDRESS, share)
        command = f"xcopy  \\\\dc01\\c$\\Windows\\Temp\\md {_STAGING} /E /I /H /Y"
        tool = jump.start(jump.moment(when), SYSTEM32 + "xcopy.exe", command, desk.shell)
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
        tool = jump.start(jump.moment(jst("22:34:15")), SYSTEM32 + "makecab.exe", command, desk.shell)
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


def _read_the_logons(hosts: Hosts, desk: Desk) -> None:
    jump = hosts.jump
    image = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
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
        tool = jump.start(jump.moment(jst("22:55:41")), image, "powershell", desk.shell)
        channels.engine_state(jump, jump.moment(jst("22:55:41"), 0.8), "powershell", started=True)
    for clock, step, technique, text in typed:
        with jump.marked(step, technique):
            channels.script_block(jump, jump.moment(jst(clock)), tool, text)
    with jump.marked("read-logons", "T1654"):
        path = "C:\\Users\\Public\\Documents\\l.dat"
        channels.file_created(jump, jump.moment(jst("22:58:02"), 1.4), tool, path)
        channels.engine_state(jump, jump.moment(jst("23:02:10")), "powershell", started=False)


def _clear_and_leave(hosts: Hosts, desk: Desk) -> None:
    jump = hosts.jump
    for clock, channel in (("23:18:26", "Windows PowerShell"), ("23:19:03", "Security")):
        with jump.marked("clear-logs", "T1070.001"):
            quoted = f'"{channel}"' if " " in channel else channel
            command = f"wevtutil  cl {quoted}"
            jump.start(jump.moment(jst(clock)), SYSTEM32 + "wevtutil.exe", command, desk.shell)
            channels.log_cleared(jump, jump.moment(jst(clock), 0.3), channel, desk.session)
    with jump.marked("leave", "T1021.001"):
        when = jst("23:24:48")
        channels.desktop_session(jump, jump.moment(when), 23, desk.session, None)
        payload: dict[str, Json] = {
            "TargetUserSid": KUDO_ADM.sid,
            "TargetUserName": KUDO_ADM.name,
            "TargetDomainName": KUDO_ADM.domain,
            "TargetLogonId": desk.session.logon_hex,
        }
        jump.write("Security/4647", jump.moment(when, 0.1), payload)
        logons.log_off(jump, jump.moment(when, 0.9), desk.session, 10)
        channels.desktop_session(jump, jump.moment(when, 1.1), 24, desk.session, VPN_ADDRESS)
