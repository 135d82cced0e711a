"""The kinds of events that the story writes: channel, provider and the constant parts of the System element."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Provider:
    """The publisher of an event."""

    name: str
    guid: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class UserData:
    """The element that holds the payload where an event has UserData instead of EventData."""

    element: str
    namespace: str
    prefix: str | None = None

    def attributes(self) -> dict[str, str]:
        """The namespace declarations of the element."""
        declared: dict[str, str] = {}
        if self.prefix is not None:
            declared[self.prefix] = "http://schemas.microsoft.com/win/2004/08/events"
        declared["xmlns"] = self.namespace
        return declared


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The constant parts of all events of one id in one channel."""

    channel: str
    provider: Provider
    event_id: int
    task: int
    version: int = 0
    level: int = 4
    opcode: int = 0
    keywords: str = "0x8000000000000000"
    qualifiers: int | None = None
    user_data: UserData | None = None


_AUDITING = Provider("Microsoft-Windows-Security-Auditing", "54849625-5478-4994-A5BA-3E3B0328C30D")
_EVENTLOG = Provider("Microsoft-Windows-Eventlog", "{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}")
_SYSMON = Provider("Microsoft-Windows-Sysmon", "5770385F-C22A-43E0-BF4C-06F5698FFBD9")
_SCM = Provider("Service Control Manager", "{555908d1-a6d7-4695-8e1e-26931d2012f4}", "Service Control Manager")
_POLICY = Provider("Microsoft-Windows-GroupPolicy", "AEA1B4FA-97D1-45F2-A64C-4D69FFFD92C9")
_TIME = Provider("Microsoft-Windows-Time-Service", "06EDCFEB-0FD0-4E53-ACCA-A6F8BBF81BCB")
_NTFS = Provider("Microsoft-Windows-Ntfs", "3FF37A1C-A68D-4D6E-8C9B-F79E8B16C482")
_UPDATE = Provider("Microsoft-Windows-WindowsUpdateClient", "945A8954-C147-4ACD-923F-40C45405A658")
_SPP = Provider(
    "Microsoft-Windows-Security-SPP", "{E23B33B0-C8C9-472C-A5F9-F2BDFEA0F156}", "Software Protection Platform Service"
)
_POWERSHELL = Provider("Microsoft-Windows-PowerShell", "A0C1853B-5C40-4B15-8766-3CF1C58F985A")
_TASKS = Provider("Microsoft-Windows-TaskScheduler", "DE7B24EA-73C8-4A09-985D-5BDADCFA9017")
_SESSIONS = Provider("Microsoft-Windows-TerminalServices-LocalSessionManager", "5D896912-022D-40AA-A3A8-4FA5515C76D7")
_CONNECTIONS = Provider(
    "Microsoft-Windows-TerminalServices-RemoteConnectionManager", "C76BAA63-AE81-421C-B425-340B4B24157F"
)
_BITS = Provider("Microsoft-Windows-Bits-Client", "EF1CC15B-46C1-414E-BB95-E76B077BD51E")
_DEFENDER = Provider("Microsoft-Windows-Windows Defender", "11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78")

_CLEARED = UserData("LogFileCleared", "http://manifests.microsoft.com/win/2004/08/windows/eventlog", "xmlns:auto-ns3")
_SESSION = UserData("EventXML", "Event_NS")
_CONNECTION = UserData("EventXML", "Event_NS", "xmlns:auto-ns2")

_SUCCESS = "0x8020000000000000"
_FAILURE = "0x8010000000000000"
_CLASSIC = "0x80000000000000"

_AUDIT_KINDS = (
    # id, version, task, keywords
    (4624, 2, 12544, _SUCCESS),
    (4625, 0, 12544, _FAILURE),
    (4634, 0, 12545, _SUCCESS),
    (4647, 0, 12545, _SUCCESS),
    (4648, 0, 12544, _SUCCESS),
    (4657, 0, 12801, _SUCCESS),
    (4672, 0, 12548, _SUCCESS),
    (4688, 2, 13312, _SUCCESS),
    (4768, 0, 14339, _SUCCESS),
    (4769, 0, 14337, _SUCCESS),
    (4776, 0, 14336, _SUCCESS),
    (4799, 0, 13826, _SUCCESS),
    (5140, 1, 12808, _SUCCESS),
    (5145, 0, 12811, _SUCCESS),
)


def _security() -> dict[str, Kind]:
    kinds = {
        f"Security/{event_id}": Kind(
            channel="Security",
            provider=_AUDITING,
            event_id=event_id,
            version=version,
            level=0,
            task=task,
            keywords=keywords,
        )
        for event_id, version, task, keywords in _AUDIT_KINDS
    }
    kinds["Security/1102"] = Kind(
        channel="Security",
        provider=_EVENTLOG,
        event_id=1102,
        task=104,
        keywords="0x4020000000000000",
        user_data=_CLEARED,
    )
    return kinds


def _sysmon() -> dict[str, Kind]:
    channel = "Microsoft-Windows-Sysmon/Operational"
    versions = {1: 5, 3: 5, 11: 2, 12: 2, 13: 2}
    return {
        f"Sysmon/{event_id}": Kind(channel=channel, provider=_SYSMON, event_id=event_id, version=version, task=event_id)
        for event_id, version in versions.items()
    }


def _classic(channel: str, provider: Provider, event_id: int, task: int, qualifiers: int = 0) -> Kind:
    return Kind(
        channel=channel, provider=provider, event_id=event_id, task=task, keywords=_CLASSIC, qualifiers=qualifiers
    )


def _system() -> dict[str, Kind]:
    def services(event_id: int) -> Kind:
        return Kind(
            channel="System",
            provider=_SCM,
            event_id=event_id,
            task=0,
            keywords="0x8080000000000000",
            qualifiers=16384,
        )

    return {
        "System/7036": services(7036),
        "System/7040": services(7040),
        "System/7045": services(7045),
        "System/104": Kind(channel="System", provider=_EVENTLOG, event_id=104, task=104, user_data=_CLEARED),
        "System/1500": Kind(channel="System", provider=_POLICY, event_id=1500, task=0, opcode=1),
        "System/1501": Kind(channel="System", provider=_POLICY, event_id=1501, task=0, opcode=1),
        "System/37": Kind(channel="System", provider=_TIME, event_id=37, task=0),
        "System/98": Kind(channel="System", provider=_NTFS, event_id=98, task=0, keywords="0x8000000000000002"),
        "System/19": Kind(
            channel="System",
            provider=_UPDATE,
            event_id=19,
            version=1,
            task=1,
            opcode=13,
            keywords="0x8000000000000018",
        ),
        "System/6013": _classic("System", Provider("EventLog"), 6013, 0, 32768),
    }


def _application() -> dict[str, Kind]:
    esent = Provider("ESENT")
    tasks = {102: 1, 103: 1, 216: 3, 325: 1, 326: 1, 327: 1, 2001: 16, 2003: 16, 2006: 16}
    kinds = {f"Application/{number}": _classic("Application", esent, number, task) for number, task in tasks.items()}
    kinds["Application/8224"] = _classic("Application", Provider("VSS"), 8224, 0)
    kinds["Application/16384"] = _classic("Application", _SPP, 16384, 0, 16384)
    kinds["Application/16394"] = _classic("Application", _SPP, 16394, 0, 49152)
    kinds["Application/1033"] = _classic("Application", Provider("MsiInstaller"), 1033, 0)
    return kinds


def _operational() -> dict[str, Kind]:
    powershell = "Microsoft-Windows-PowerShell/Operational"
    tasks = "Microsoft-Windows-TaskScheduler/Operational"
    sessions = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"
    connections = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
    defender = "Microsoft-Windows-Windows Defender/Operational"
    kinds = {
        "PowerShell/4104": Kind(
            channel=powershell,
            provider=_POWERSHELL,
            event_id=4104,
            version=1,
            level=5,
            task=2,
            opcode=15,
            keywords="0x0",
        ),
        "Windows PowerShell/400": _classic("Windows PowerShell", Provider("PowerShell"), 400, 4),
        "Windows PowerShell/403": _classic("Windows PowerShell", Provider("PowerShell"), 403, 4),
        "Connection/1149": Kind(
            channel=connections,
            provider=_CONNECTIONS,
            event_id=1149,
            task=0,
            keywords="0x1000000000000000",
            user_data=_CONNECTION,
        ),
    }
    for event_id in (21, 22, 23, 24, 25):
        kinds[f"Session/{event_id}"] = Kind(
            channel=sessions,
            provider=_SESSIONS,
            event_id=event_id,
            task=0,
            keywords="0x1000000000000000",
            user_data=_SESSION,
        )
    for event_id, (task, opcode) in {100: (100, 1), 102: (102, 2), 129: (129, 0), 200: (200, 1), 201: (201, 2)}.items():
        kinds[f"Task/{event_id}"] = Kind(channel=tasks, provider=_TASKS, event_id=event_id, task=task, opcode=opcode)
    kinds["PowerShell/4104 warning"] = replace(kinds["PowerShell/4104"], level=3)
    for event_id, version, opcode in ((3, 3, 0), (4, 1, 0), (59, 1, 1), (60, 1, 2)):
        kinds[f"Bits/{event_id}"] = Kind(
            channel="Microsoft-Windows-Bits-Client/Operational",
            provider=_BITS,
            event_id=event_id,
            version=version,
            task=0,
            opcode=opcode,
            keywords="0x4000000000000000",
        )
    for event_id in (1000, 1001, 1150, 2000, 5001, 5007):
        kinds[f"Defender/{event_id}"] = Kind(channel=defender, provider=_DEFENDER, event_id=event_id, task=0)
    for event_id, level in ((1116, 3), (1117, 4)):
        found = Kind(channel=defender, provider=_DEFENDER, event_id=event_id, task=0, level=level)
        kinds[f"Defender/{event_id}"] = found
    return kinds


KINDS: dict[str, Kind] = {**_security(), **_sysmon(), **_system(), **_application(), **_operational()}
"""Every kind by its name in the story, such as `Security/4624`."""
