"""Process starts and what else Sysmon and PowerShell note: written for the way in which a host records them."""

from __future__ import annotations

import hashlib
from pathlib import PureWindowsPath
from typing import Final

from benchmarks.honesty.clock import sysmon_time
from benchmarks.honesty.journal import LOCAL_SYSTEM, SYSTEM_SID, Journal, Process, Session, after
from benchmarks.honesty.kinds import CLASSIC_POWERSHELL, POWERSHELL, SECURITY, SYSMON
from benchmarks.honesty.records import DOMAIN, Named

SYSTEM32: Final = "C:\\Windows\\System32\\"
SERVICES: Final = Process(632, SYSTEM32 + "services.exe", "C:\\Windows\\system32\\services.exe", LOCAL_SYSTEM)
SERVICE_HOST: Final = Process(
    1012, SYSTEM32 + "svchost.exe", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p", LOCAL_SYSTEM
)

_SYSMON_PID: Final = 3012
_ORIGINAL_NAMES: Final = {
    "cmd.exe": "Cmd.Exe",
    "powershell.exe": "PowerShell.EXE",
    "rundll32.exe": "RUNDLL32.EXE",
    "wmiprvse.exe": "Wmiprvse.exe",
    "vssadmin.exe": "VSSADMIN.EXE",
    "ronf.exe": "Rar.exe",
    "psexesvc.exe": "psexesvc.exe",
    "certutil.exe": "CertUtil.exe",
    "schtasks.exe": "schtasks.exe",
    "xcopy.exe": "XCOPY.EXE",
}


def start(
    journal: Journal,
    ticks: int,
    command: str,
    parent: Process = SERVICE_HOST,
    image: str = "",
    session: Session | None = None,
) -> Process:
    """Start a program and record it as the host does: in Security, by Sysmon, in both or in neither.

    Args:
        journal: the host.
        ticks: when.
        command: the command line; its first word is the program in System32 where no image is given.
        parent: who starts it.
        image: the program's path.
        session: whose it is, where it is not the parent's.
    """
    path = image or SYSTEM32 + command.split(maxsplit=1)[0].strip('"').removesuffix(".exe") + ".exe"
    process = Process(journal.new_process_id(), path, command, session or parent.session)
    if journal.host.commands:
        _audited(journal, ticks, process, parent)
    if journal.host.sysmon:
        _noted_by_sysmon(journal, after(ticks, 0.01), process, parent)
    return process


def _audited(journal: Journal, ticks: int, process: Process, parent: Process) -> None:
    who = parent.session.account
    own = who.domain != DOMAIN
    same = parent.session == process.session
    target = process.session.account
    payload: Named = {
        "SubjectUserSid": who.sid,
        "SubjectUserName": journal.machine.name if own else who.name,
        "SubjectDomainName": DOMAIN,
        "SubjectLogonId": parent.session.logon_id,
        "NewProcessId": f"{process.process_id:#x}",
        "NewProcessName": process.image,
        "TokenElevationType": "%%1936",
        "ProcessId": f"{parent.process_id:#x}",
        "CommandLine": process.command,
        "TargetUserSid": "S-1-0-0" if same else target.sid,
        "TargetUserName": "-" if same else target.name,
        "TargetDomainName": "-" if same else target.domain,
        "TargetLogonId": "0x0" if same else process.session.logon_id,
        "ParentProcessName": parent.image,
        "MandatoryLabel": "S-1-16-16384" if own else "S-1-16-12288",
    }
    journal.write((SECURITY, 4688), ticks, payload, process_id=4)


def _noted_by_sysmon(journal: Journal, ticks: int, process: Process, parent: Process) -> None:
    name = PureWindowsPath(process.image).name
    windows = process.image.lower().startswith("c:\\windows\\system32\\")
    payload: Named = {
        "RuleName": "-",
        "UtcTime": sysmon_time(ticks - 60_000),
        "ProcessGuid": _guid(journal, process),
        "ProcessId": process.process_id,
        "Image": process.image,
        "FileVersion": "10.0.20348.2400 (WinBuild.160101.0800)" if windows else "6.2.4.0",
        "Description": "-",
        "Product": "Microsoft® Windows® Operating System" if windows else "-",
        "Company": "Microsoft Corporation" if windows else "-",
        "OriginalFileName": _ORIGINAL_NAMES.get(name.lower(), name),
        "CommandLine": process.command,
        "CurrentDirectory": "C:\\Windows\\system32\\",
        "User": process.session.account.full,
        "LogonGuid": _guid(journal, process),
        "LogonId": process.session.logon_id,
        "TerminalSessionId": process.session.terminal,
        "IntegrityLevel": "System" if process.session == LOCAL_SYSTEM else "High",
        "Hashes": "SHA256=" + hashlib.sha256(f"invented hash of {name}".encode()).hexdigest().upper(),
        "ParentProcessGuid": _guid(journal, parent),
        "ParentProcessId": parent.process_id,
        "ParentImage": parent.image,
        "ParentCommandLine": parent.command,
        "ParentUser": parent.session.account.full,
    }
    journal.write((SYSMON, 1), ticks, payload, user=SYSTEM_SID, process_id=_SYSMON_PID)


def _guid(journal: Journal, process: Process) -> str:
    text = hashlib.sha256(f"{journal.host.name} {process.process_id} {process.image}".encode()).hexdigest().upper()
    return f"{{{text[:8]}-{text[8:12]}-69AE-{text[12:16]}-00000000{text[16:20]}}}"


def _sysmon(journal: Journal, number: int, ticks: int, process: Process, payload: Named) -> None:
    if not journal.host.sysmon:
        return
    start_of_all: Named = {
        "RuleName": "-",
        "UtcTime": sysmon_time(ticks - 20_000),
        "ProcessGuid": _guid(journal, process),
        "ProcessId": process.process_id,
        "Image": process.image,
        "User": process.session.account.full,
    }
    journal.write((SYSMON, number), ticks, start_of_all | payload, user=SYSTEM_SID, process_id=_SYSMON_PID)


def file_created(journal: Journal, ticks: int, process: Process, path: str) -> None:
    """A file was created (Sysmon 11)."""
    _sysmon(journal, 11, ticks, process, {"TargetFilename": path, "CreationUtcTime": sysmon_time(ticks)})


def value_set(journal: Journal, ticks: int, process: Process, target: str, details: str) -> None:
    """A registry value was set (Sysmon 13)."""
    _sysmon(journal, 13, ticks, process, {"EventType": "SetValue", "TargetObject": target, "Details": details})


def connected(journal: Journal, ticks: int, process: Process, to: tuple[str, int]) -> None:
    """A TCP connection was made (Sysmon 3)."""
    payload: Named = {
        "Protocol": "tcp",
        "Initiated": True,
        "SourceIsIpv6": False,
        "SourceIp": journal.host.address,
        "SourceHostname": "-",
        "SourcePort": journal.chance.randrange(49200, 65000),
        "SourcePortName": "-",
        "DestinationIsIpv6": False,
        "DestinationIp": to[0],
        "DestinationHostname": "-",
        "DestinationPort": to[1],
        "DestinationPortName": "-",
    }
    _sysmon(journal, 3, ticks, process, payload)


def script_block(journal: Journal, ticks: int, process: Process, text: str) -> None:
    """PowerShell compiled a script block (4104)."""
    payload: Named = {
        "MessageNumber": 1,
        "MessageTotal": 1,
        "ScriptBlockText": text,
        "ScriptBlockId": _guid(journal, process).strip("{}").lower(),
        "Path": "",
    }
    user = process.session.account.sid
    journal.write((POWERSHELL, 4104), ticks, payload, user=user, process_id=process.process_id)


def engine_ran(journal: Journal, ticks: int, command: str, seconds: float) -> None:
    """The PowerShell engine became available and stopped (400, 403)."""
    for event_id, state, when in ((400, "Available", ticks), (403, "Stopped", after(ticks, seconds))):
        lines = (
            f"NewEngineState={state}",
            "",
            f"SequenceNumber={13 if event_id == 400 else 15}",  # noqa: PLR2004 - the event's number
            "",
            "HostName=ConsoleHost",
            "HostVersion=5.1.20348.2400",
            f"HostApplication={command}",
            "EngineVersion=5.1.20348.2400",
        )
        previous = "None" if state == "Available" else "Available"
        journal.write((CLASSIC_POWERSHELL, event_id), when, [state, previous, "\r\n\t".join(lines)])


POWERSHELL_IMAGE: Final = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"
