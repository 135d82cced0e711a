"""Events of the channels other than logons: services, databases, scripts, tasks, remote desktop, Defender, Sysmon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from two_sites_story.estate import DC_ADDRESS, SYSTEM, Account
from two_sites_story.records import sysmon_time, system_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from two_sites_story.kinds import Json
    from two_sites_story.machine import Machine, Process, Session


def _positional(values: Sequence[str], binary: str | None = None) -> dict[str, Json]:
    return {"Data": {"#text": list(values)}, "Binary": binary}


def service_state(machine: Machine, ticks: int, service: str, display: str, state: str) -> None:
    """A service began to run or stopped (7036)."""
    code = 4 if state == "running" else 1
    binary = f"{service}/{code}".encode("utf-16-le").hex().upper() + "0000"
    machine.write("System/7036", ticks, {"param1": display, "param2": state, "Binary": binary})


def service_start_changed(
    machine: Machine, ticks: int, names: tuple[str, str], change: tuple[str, str], by: Account
) -> None:
    """The start of a service, of which both names are given, was changed (7040) from one way to another."""
    service, display = names
    payload: dict[str, Json] = {"param1": display, "param2": change[0], "param3": change[1], "param4": service}
    machine.write("System/7040", ticks, payload, user=by.sid)


def service_installed(machine: Machine, ticks: int, name: str, path: str, by: Account = SYSTEM) -> None:
    """A service that is started on demand was installed (7045)."""
    payload: dict[str, Json] = {
        "ServiceName": name,
        "ImagePath": path,
        "ServiceType": "user mode service",
        "StartType": "demand start",
        "AccountName": "LocalSystem",
    }
    machine.write("System/7045", ticks, payload, user=by.sid)


def policy_refreshed(machine: Machine, ticks: int, account: Account) -> None:
    """Group Policy was applied to the computer (1500) or to a user (1501)."""
    kind = "System/1500" if account == SYSTEM else "System/1501"
    payload: dict[str, Json] = {
        "SupportInfo1": 1,
        "SupportInfo2": 4214,
        "ProcessingMode": 0,
        "ProcessingTimeInMilliseconds": machine.rng.randrange(47, 900),
        "DCName": "\\\\DC01.shiomi-denryoku.example",
    }
    machine.write(kind, ticks, payload, user=account.sid, pid=1112)


def volume_healthy(machine: Machine, ticks: int, drive: str, device: str) -> None:
    """NTFS looked at a volume (98): a shadow copy appears here under the name of its device."""
    payload: dict[str, Json] = {"DriveName": drive, "DeviceName": device, "CorruptionActionState": 0}
    machine.write("System/98", ticks, payload, user=SYSTEM.sid, pid=4)


def time_source(machine: Machine, ticks: int) -> None:
    """The clock has a source (37)."""
    source = f"VM IC Time Synchronization Provider ({DC_ADDRESS})"
    payload: dict[str, Json] = {
        "#attributes": {"Name": "TMP_EVENT_TIME_SOURCE_REACHABLE"},
        "TimeSource": source,
    }
    machine.write("System/37", ticks, payload, user="S-1-5-19", pid=1188)


def esent(machine: Machine, ticks: int, event_id: int, values: Sequence[str]) -> None:
    """The database engine reports (ESENT in Application); its values have no names, only places."""
    machine.write(f"Application/{event_id}", ticks, _positional(values))


def application(machine: Machine, ticks: int, event_id: int, values: Sequence[str]) -> None:
    """Another event of Application whose values have no names."""
    payload: dict[str, Json] = _positional(values) if values else {"Data": {"#text": ""}, "Binary": None}
    machine.write(f"Application/{event_id}", ticks, payload)


def script_block(
    machine: Machine, ticks: int, process: Process, text: str, path: str = "", *, odd: bool = False
) -> None:
    """PowerShell compiled a script block (4104); odd ones it notes of its own accord, as a warning."""
    payload: dict[str, Json] = {
        "MessageNumber": 1,
        "MessageTotal": 1,
        "ScriptBlockText": text,
        "ScriptBlockId": machine.new_guid().lower(),
        "Path": path,
    }
    kind = "PowerShell/4104 warning" if odd else "PowerShell/4104"
    machine.write(kind, ticks, payload, user=process.session.account.sid, pid=process.pid)


def engine_state(machine: Machine, ticks: int, command: str, *, started: bool) -> None:
    """The PowerShell engine became available (400) or stopped (403)."""
    new, old = ("Available", "None") if started else ("Stopped", "Available")
    lines = (
        f"NewEngineState={new}",
        f"PreviousEngineState={old}",
        "",
        f"SequenceNumber={13 if started else 15}",
        "",
        "HostName=ConsoleHost",
        "HostVersion=5.1.20348.2400",
        f"HostId={machine.new_guid().lower()}",
        f"HostApplication={command}",
        "EngineVersion=5.1.20348.2400",
        f"RunspaceId={machine.new_guid().lower()}",
        "PipelineId=",
        "CommandName=",
        "CommandType=",
        "ScriptName=",
        "CommandPath=",
        "CommandLine=",
    )
    text = "\r\n".join(f"\t{line}" if line else "" for line in lines)
    machine.write(f"Windows PowerShell/{400 if started else 403}", ticks, _positional((new, old, text)))


def task_run(machine: Machine, ticks: int, name: str, program: str, seconds: float) -> None:
    """A scheduled task ran from its start to its end (100, 129, 200, 201, 102)."""
    instance = machine.new_guid()
    user = f"{machine.machine_account.domain}\\{machine.machine_account.name}"
    pid = str(machine.new_pid())
    end = machine.moment(ticks, seconds)
    steps: tuple[tuple[int, int, dict[str, Json]], ...] = (
        (129, ticks, {"TaskName": name, "Path": program, "ProcessID": pid, "Priority": "16384"}),
        (100, machine.moment(ticks), {"TaskName": name, "UserContext": user, "InstanceId": instance}),
        (200, machine.moment(ticks, 0.01), {"TaskName": name, "ActionName": program, "TaskInstanceId": instance}),
        (
            201,
            end,
            {"TaskName": name, "TaskInstanceId": instance, "ActionName": program, "ResultCode": "0"},
        ),
        (102, machine.moment(end), {"TaskName": name, "UserContext": user, "InstanceId": instance}),
    )
    for event_id, when, payload in steps:
        machine.write(f"Task/{event_id}", when, payload, user=SYSTEM.sid)


def desktop_session(machine: Machine, ticks: int, event_id: int, session: Session, address: str | None) -> None:
    """A remote desktop session began, ended or was cut off (21 to 25)."""
    payload: dict[str, Json] = {"User": session.account.full, "SessionID": session.terminal}
    if address is not None:
        payload["Address"] = address
    machine.write(f"Session/{event_id}", ticks, payload, user=SYSTEM.sid)


def desktop_authenticated(machine: Machine, ticks: int, account: Account, address: str) -> None:
    """Somebody authenticated to remote desktop (1149)."""
    payload: dict[str, Json] = {"Param1": account.name, "Param2": account.domain, "Param3": address}
    machine.write("Connection/1149", ticks, payload, user="S-1-5-20")


def log_cleared(machine: Machine, ticks: int, channel: str, session: Session) -> None:
    """A log was cleared: 1102 in Security itself, 104 in System for any other."""
    who = session.account
    if channel == "Security":
        payload: dict[str, Json] = {
            "SubjectUserSid": who.sid,
            "SubjectUserName": who.name,
            "SubjectDomainName": who.domain,
            "SubjectLogonId": session.logon_hex,
        }
        machine.write("Security/1102", ticks, payload, pid=1040)
        return
    payload = {"SubjectUserName": who.name, "SubjectDomainName": who.domain, "Channel": channel, "BackupPath": None}
    machine.write("System/104", ticks, payload, user=who.sid, pid=1040)


def file_created(machine: Machine, ticks: int, process: Process, path: str) -> None:
    """A file was created (Sysmon 11)."""
    payload: dict[str, Json] = {
        "RuleName": "-",
        "UtcTime": sysmon_time(ticks - 20_000),
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
        "TargetFilename": path,
        "CreationUtcTime": sysmon_time(ticks - 20_000),
        "User": process.session.account.full,
    }
    machine.write("Sysmon/11", ticks, payload, user=SYSTEM.sid, pid=3180)


def registry(machine: Machine, ticks: int, process: Process, target: str, details: str | None) -> None:
    """A registry value was set (Sysmon 13), or a key created if there are no details (Sysmon 12)."""
    payload: dict[str, Json] = {
        "RuleName": "-",
        "EventType": "CreateKey" if details is None else "SetValue",
        "UtcTime": sysmon_time(ticks - 20_000),
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
        "TargetObject": target,
    }
    if details is not None:
        payload["Details"] = details
    payload["User"] = process.session.account.full
    machine.write(f"Sysmon/{12 if details is None else 13}", ticks, payload, user=SYSTEM.sid, pid=3180)


def connection(
    machine: Machine,
    ticks: int,
    process: Process,
    source: tuple[str, int],
    destination: tuple[str, int],
) -> None:
    """A TCP connection was made or taken (Sysmon 3); it was made here if the source is this machine."""
    payload: dict[str, Json] = {
        "RuleName": "-",
        "UtcTime": sysmon_time(ticks - 9_000_000),
        "ProcessGuid": process.guid,
        "ProcessId": process.pid,
        "Image": process.image,
        "User": process.session.account.full,
        "Protocol": "tcp",
        "Initiated": source[0] == machine.address,
        "SourceIsIpv6": False,
        "SourceIp": source[0],
        "SourceHostname": "-",
        "SourcePort": source[1],
        "SourcePortName": "-",
        "DestinationIsIpv6": False,
        "DestinationIp": destination[0],
        "DestinationHostname": "-",
        "DestinationPort": destination[1],
        "DestinationPortName": "-",
    }
    machine.write("Sysmon/3", ticks, payload, user=SYSTEM.sid, pid=3180)


def defender(machine: Machine, ticks: int, event_id: int, payload: dict[str, Json]) -> None:
    """Microsoft Defender reports."""
    start: dict[str, Json] = {"Product Name": "Microsoft Defender Antivirus"}
    machine.write(f"Defender/{event_id}", ticks, {**start, **payload}, user=SYSTEM.sid)


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One file that the background transfer service carries."""

    title: str
    owner: Account
    program: str
    url: str
    length: int
    seconds: float


def transfer(machine: Machine, ticks: int, job: Transfer) -> None:
    """The background transfer service got a job (3), began it (59), ended it (60) and was told to close it (4)."""
    job_id = machine.new_guid()
    order: dict[str, Json] = {
        "jobTitle": job.title,
        "jobId": job_id,
        "jobOwner": job.owner.full,
        "processPath": job.program,
        "processId": machine.rng.randrange(700, 3300) * 4,
        "ClientProcessStartKey": 281474976710656 + machine.rng.randrange(1 << 12),
    }
    machine.write("Bits/3", ticks, order, user=SYSTEM.sid)
    begun: dict[str, Json] = {
        "transferId": machine.new_guid(),
        "name": job.title,
        "Id": job_id,
        "url": job.url,
        "peer": "",
    }
    extent: dict[str, Json] = {
        "fileTime": system_time(ticks - ticks % 10_000_000),
        "fileLength": job.length,
        "bytesTotal": job.length,
    }
    start: dict[str, Json] = {"bytesTransferred": 0, "bytesTransferredFromPeer": 0}
    machine.write("Bits/59", machine.moment(ticks, 0.1), {**begun, **extent, **start}, user=SYSTEM.sid)
    ended: dict[str, Json] = {
        "bytesTransferred": job.length,
        "proxy": "",
        "peerProtocolFlags": 0,
        "bytesTransferredFromPeer": 0,
        "AdditionalInfoHr": 0,
        "PeerContextInfo": 0,
        "bandwidthLimit": 18446744073709551615,
        "ignoreBandwidthLimitsOnLan": False,
    }
    end = machine.moment(ticks, 0.2 + job.seconds)
    machine.write("Bits/60", end, {**begun, "hr": 0, **extent, **ended}, user=SYSTEM.sid)
    closed: dict[str, Json] = {
        "User": job.owner.full,
        "jobTitle": job.title,
        "jobId": job_id,
        "jobOwner": job.owner.full,
        "fileCount": 1,
        "bytesTransferred": job.length,
        "bytesTransferredFromPeer": 0,
    }
    machine.write("Bits/4", machine.moment(end, 0.1), closed, user=SYSTEM.sid)
