"""A host that keeps logs: knows its processes and sessions, writes their events, gives a list of records."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Literal

from two_sites_story.estate import DNS_DOMAIN, DOMAIN, LOCAL_SERVICE, NETWORK_SERVICE, SYSTEM, Account
from two_sites_story.records import COLLECTED, FIRST_DAY, TICKS, Mark, Payload, Record, jst, midnight, sysmon_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SYSTEM32 = "C:\\Windows\\System32\\"

_ORIGINAL_NAMES = {
    "cmd.exe": "Cmd.Exe",
    "conhost.exe": "CONHOST.EXE",
    "powershell.exe": "PowerShell.EXE",
    "rundll32.exe": "RUNDLL32.EXE",
    "wmiprvse.exe": "Wmiprvse.exe",
    "xcopy.exe": "XCOPY.EXE",
    "makecab.exe": "makecab.exe",
    "vssadmin.exe": "VSSADMIN.EXE",
    "vssvc.exe": "VSSVC.EXE",
    "systeminfo.exe": "sysinfo.exe",
    "ronf.exe": "Rar.exe",
    "ps.exe": "psexec.c",
}

_WRITERS = {
    "Security": 648,
    "System": 632,
    "Session": 984,
    "Connection": 984,
    "Task": 1324,
    "Defender": 2416,
    "Bits": 1188,
}
"""Process ids of the services that write the events of a channel."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A logon session and the token that its processes have."""

    account: Account
    logon_id: int
    terminal: int = 0
    integrity: str = "System"

    @property
    def logon_hex(self) -> str:
        """The logon id as events write it."""
        return f"{self.logon_id:#x}"


@dataclass(frozen=True, kw_only=True)
class Process:
    """A running process."""

    pid: int
    image: str
    command: str
    guid: str
    session: Session


LOCAL_SYSTEM = Session(account=SYSTEM, logon_id=0x3E7)
AS_NETWORK_SERVICE = Session(account=NETWORK_SERVICE, logon_id=0x3E4)
AS_LOCAL_SERVICE = Session(account=LOCAL_SERVICE, logon_id=0x3E5)


@dataclass(kw_only=True)
class Machine:
    """One Windows host with its logs."""

    name: str
    site: str
    machine_account: Account
    address: str
    watch: Literal["4688", "sysmon", "nothing"]
    """How process starts are recorded: by the audit policy, by Sysmon, or not at all."""
    first_record: int
    rng: Random
    unrecorded: frozenset[str] = frozenset()
    """Kinds of events, or families of them, that this host does not record."""
    rotated: dict[str, int] = field(default_factory=dict)
    """Since when each full log has records: older ones were overwritten."""
    day: int = FIRST_DAY
    """The day of March that is being told."""
    records: list[Record] = field(default_factory=list)
    _mark: Mark | None = None
    _pids: set[int] = field(default_factory=set)
    _logon_id: int = 0x4A3C10
    _guids: int = 0x2600
    _ended: dict[str, int] = field(default_factory=dict)

    @property
    def computer(self) -> str:
        """The name in the Computer element."""
        return f"{self.name}.{DNS_DOMAIN}"

    def at(self, clock: str) -> int:
        """A time of day of the day that is being told."""
        return jst(clock, self.day)

    @property
    def end_of_day(self) -> int:
        """The first tick that is no longer of the day that is being told, or of which no log was copied."""
        return min(midnight(self.day + 1), COLLECTED)

    def write(
        self,
        kind: str,
        ticks: int,
        payload: Payload,
        *,
        user: str | None = None,
        pid: int | None = None,
    ) -> None:
        """Add one event to the logs of this host."""
        family = kind.partition("/")[0]
        if {kind, family} & self.unrecorded:
            return
        writer = _WRITERS.get(family, 0) if pid is None else pid
        thread = 0 if writer == 0 else self.rng.randrange(20, 2200) * 4
        self.records.append(
            Record(kind=kind, ticks=ticks, payload=payload, pid=writer, tid=thread, user=user, mark=self._mark)
        )

    def end(self, ticks: int, process: Process, family: str) -> None:
        """A process ends: neither it nor the family of events that it writes is heard of again."""
        self._ended |= {process.guid: ticks, family: ticks}

    def is_too_late(self, record: Record) -> bool:
        """Whether a record tells of something that had ended before."""
        names = (record.kind.partition("/")[0], str(record.payload.get("ProcessGuid")))
        return any(record.ticks > self._ended.get(name, COLLECTED) for name in names)

    @contextmanager
    def marked(self, step: str, technique: str) -> Iterator[None]:
        """Within this, every record is the intruder's, and belongs to a step of the story."""
        self._mark = Mark(step=step, technique=technique)
        try:
            yield
        finally:
            self._mark = None

    def moment(self, ticks: int, seconds: float = 0.0) -> int:
        """A time a little after another, never twice the same distance."""
        return ticks + int(seconds * TICKS) + self.rng.randrange(1_000, 30_000)

    def new_pid(self) -> int:
        """A process id that was not used before."""
        while True:
            pid = self.rng.randrange(700, 3300) * 4
            if pid not in self._pids:
                self._pids.add(pid)
                return pid

    def new_session(self, account: Account, *, terminal: int = 0, integrity: str = "High") -> Session:
        """A session with a logon id of its own."""
        self._logon_id += self.rng.randrange(0x80, 0x2400)
        return Session(account=account, logon_id=self._logon_id, terminal=terminal, integrity=integrity)

    def new_guid(self) -> str:
        """A random GUID without braces, in capitals."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4)).upper()

    def running(self, pid: int, image: str, command: str, session: Session = LOCAL_SYSTEM) -> Process:
        """A process that was there before the day began."""
        self._pids.add(pid)
        return Process(
            pid=pid,
            image=image,
            command=command,
            guid=self._process_guid(midnight(FIRST_DAY) - 9 * 86400 * TICKS),
            session=session,
        )

    def start(
        self,
        ticks: int,
        image: str,
        command: str,
        parent: Process,
        session: Session | None = None,
    ) -> Process:
        """Start a process and record it the way this host records process starts."""
        token = parent.session if session is None else session
        pid = self.new_pid()
        process = Process(pid=pid, image=image, command=command, guid=self._process_guid(ticks), session=token)
        if self.watch == "4688":
            self._audit_start(ticks, process, parent)
        elif self.watch == "sysmon":
            self._sysmon_start(ticks, process, parent)
        return process

    def _process_guid(self, ticks: int) -> str:
        self._guids += self.rng.randrange(1, 9)
        seconds = ticks // TICKS
        host = hashlib.sha256(self.name.encode()).hexdigest()[:8].upper()
        return f"{host}-{seconds >> 16 & 0xFFFF:04X}-{seconds & 0xFFFF:04X}-{self._guids:04X}-000000001A00"

    def _audit_start(self, ticks: int, process: Process, parent: Process) -> None:
        subject = parent.session
        same = subject == process.session
        own = subject.account.domain == SYSTEM.domain
        labels = {"System": "S-1-16-16384", "High": "S-1-16-12288", "Medium": "S-1-16-8192"}
        target = process.session.account
        self.write(
            "Security/4688",
            ticks,
            {
                "SubjectUserSid": subject.account.sid,
                "SubjectUserName": self.machine_account.name if own else subject.account.name,
                "SubjectDomainName": DOMAIN if own else subject.account.domain,
                "SubjectLogonId": subject.logon_hex,
                "NewProcessId": f"{process.pid:#x}",
                "NewProcessName": process.image,
                "TokenElevationType": "%%1936",
                "ProcessId": f"{parent.pid:#x}",
                "CommandLine": process.command,
                "TargetUserSid": "S-1-0-0" if same else target.sid,
                "TargetUserName": "-" if same else target.name,
                "TargetDomainName": "-" if same else target.domain,
                "TargetLogonId": "0x0" if same else process.session.logon_hex,
                "ParentProcessName": parent.image,
                "MandatoryLabel": labels[process.session.integrity],
            },
            pid=4,
        )

    def _sysmon_start(self, ticks: int, process: Process, parent: Process) -> None:
        name = PureWindowsPath(process.image).name
        system = process.image.lower().startswith("c:\\windows\\")
        logon = f"{process.session.logon_id:016X}"
        self.write(
            "Sysmon/1",
            ticks,
            {
                "RuleName": "-",
                "UtcTime": sysmon_time(ticks - 60_000),
                "ProcessGuid": process.guid,
                "ProcessId": process.pid,
                "Image": process.image,
                "FileVersion": "10.0.20348.2400 (WinBuild.160101.0800)" if system else "6.2.4.0",
                "Description": "-",
                "Product": "Microsoft\u00ae Windows\u00ae Operating System" if system else "-",
                "Company": "Microsoft Corporation" if system else "-",
                "OriginalFileName": _ORIGINAL_NAMES.get(name.lower(), name),
                "CommandLine": process.command,
                "CurrentDirectory": "C:\\Windows\\system32\\",
                "User": process.session.account.full,
                "LogonGuid": f"{process.guid[:8]}-B1A2-69AE-{logon[12:]}-{logon[:12]}",
                "LogonId": process.session.logon_hex,
                "TerminalSessionId": process.session.terminal,
                "IntegrityLevel": process.session.integrity,
                "Hashes": "SHA256=" + hashlib.sha256(f"invented hash of {name}".encode()).hexdigest().upper(),
                "ParentProcessGuid": parent.guid,
                "ParentProcessId": parent.pid,
                "ParentImage": parent.image,
                "ParentCommandLine": parent.command,
                "ParentUser": parent.session.account.full,
            },
            user=SYSTEM.sid,
            pid=3180,
        )
