"""Services, databases, tasks, Defender, the state of the host and of its logs: events of System and other channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.honesty.journal import SYSTEM_SID, Journal, Session, after
from benchmarks.honesty.kinds import APPLICATION, DEFENDER, SECURITY, SYSTEM, TASKS
from benchmarks.honesty.records import DOMAIN, Named

_MANAGER: Final = 632
_EVENT_LOG: Final = 1040


def service_state(journal: Journal, ticks: int, display: str, state: str) -> None:
    """A service began to run, or stopped (7036)."""
    journal.write((SYSTEM, 7036), ticks, {"param1": display, "param2": state}, process_id=_MANAGER)


def service_start_type(journal: Journal, ticks: int, display: str, name: str, to: str) -> None:
    """The way in which a service is started was changed (7040)."""
    payload: Named = {"param1": display, "param2": "auto start", "param3": to, "param4": name}
    journal.write((SYSTEM, 7040), ticks, payload, user=SYSTEM_SID, process_id=_MANAGER)


def service_installed(journal: Journal, ticks: int, name: str, path: str, start: str = "demand start") -> None:
    """A service was installed (7045)."""
    payload: Named = {
        "ServiceName": name,
        "ImagePath": path,
        "ServiceType": "user mode service",
        "StartType": start,
        "AccountName": "LocalSystem",
    }
    journal.write((SYSTEM, 7045), ticks, payload, user=SYSTEM_SID, process_id=_MANAGER)


def policy_refreshed(journal: Journal, ticks: int) -> None:
    """Group Policy was applied to the computer (1500)."""
    payload: Named = {
        "SupportInfo1": 1,
        "SupportInfo2": 4214,
        "ProcessingMode": 0,
        "ProcessingTimeInMilliseconds": journal.chance.randrange(47, 900),
        "DCName": "\\\\DC01.minato-gas.example",
    }
    journal.write((SYSTEM, 1500), ticks, payload, user=SYSTEM_SID, process_id=1112)


def shut_down(journal: Journal, ticks: int, who: str) -> None:
    """Somebody shut the host down (1074, 6006, 13)."""
    payload: list[str] = [
        "C:\\Windows\\Explorer.EXE",
        journal.host.name,
        "Other (Unplanned)",
        "0x0",
        "power off",
        "",
        f"{DOMAIN}\\{who}",
    ]
    journal.write((SYSTEM, 1074), ticks, payload, process_id=700)
    journal.write((SYSTEM, 6006), after(ticks, 6), [])
    journal.write((SYSTEM, 13), after(ticks, 8), {"StopTime": "2026-03-10T09:31:00.0000000Z"}, process_id=4)


def started(journal: Journal, ticks: int) -> None:
    """The host was started (12, 6009, 6005)."""
    kernel: Named = {"MajorVersion": 10, "MinorVersion": 0, "BuildVersion": 22631, "BootMode": 0}
    journal.write((SYSTEM, 12), ticks, kernel, user=SYSTEM_SID, process_id=4)
    journal.write((SYSTEM, 6009), after(ticks, 4), ["10.00.", "22631", "", "Multiprocessor Free", "0"])
    journal.write((SYSTEM, 6005), after(ticks, 4.01), [])


def esent(journal: Journal, ticks: int, event_id: int, values: Sequence[str]) -> None:
    """The database engine reports (ESENT in Application)."""
    journal.write((APPLICATION, event_id), ticks, list(values))


def application(journal: Journal, ticks: int, event_id: int, values: Sequence[str] = ()) -> None:
    """Another event of Application."""
    journal.write((APPLICATION, event_id), ticks, list(values))


def task_ran(journal: Journal, ticks: int, name: str, program: str, seconds: float) -> None:
    """A scheduled task ran (200, 201, 102)."""
    if not journal.host.tasks:
        return
    user = f"{DOMAIN}\\{journal.machine.name}"
    instance = f"{{{journal.chance.getrandbits(32):08X}-0000-4000-8000-{journal.chance.getrandbits(48):012X}}}"
    end = after(ticks, seconds)
    first: Named = {"TaskName": name, "ActionName": program, "TaskInstanceId": instance}
    second: Named = {"TaskName": name, "TaskInstanceId": instance, "ActionName": program, "ResultCode": 0}
    journal.write((TASKS, 200), ticks, first, user=SYSTEM_SID, process_id=1324)
    journal.write((TASKS, 201), end, second, user=SYSTEM_SID, process_id=1324)
    last: Named = {"TaskName": name, "UserContext": user, "InstanceId": instance}
    journal.write((TASKS, 102), after(end, 0.01), last, user=SYSTEM_SID, process_id=1324)


def task_changed(journal: Journal, ticks: int, event_id: int, name: str, user: str) -> None:
    """A scheduled task was registered (106) or deleted (141)."""
    if journal.host.tasks:
        field = "UserContext" if event_id == 106 else "UserName"  # noqa: PLR2004 - the event's number
        journal.write((TASKS, event_id), ticks, {"TaskName": name, field: user}, user=SYSTEM_SID, process_id=1324)


def defender(journal: Journal, ticks: int, event_id: int, more: Named) -> None:
    """Microsoft Defender reports."""
    payload: Named = {"Product Name": "Microsoft Defender Antivirus", "Product Version": "4.18.26010.5", **more}
    journal.write((DEFENDER, event_id), ticks, payload, user=SYSTEM_SID, process_id=2416)


def log_cleared(journal: Journal, ticks: int, channel: str, session: Session) -> None:
    """A log was cleared: 1102 in Security itself, 104 in System for any other."""
    who: Named = {"SubjectUserName": session.account.name, "SubjectDomainName": session.account.domain}
    if channel == SECURITY:
        subject: Named = {"SubjectUserSid": session.account.sid, **who, "SubjectLogonId": session.logon_id}
        journal.write((SECURITY, 1102), ticks, subject, process_id=_EVENT_LOG)
    else:
        payload: Named = {**who, "Channel": channel, "BackupPath": ""}
        journal.write((SYSTEM, 104), ticks, payload, user=session.account.sid, process_id=_EVENT_LOG)
