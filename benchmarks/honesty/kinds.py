"""The kinds of events of the estate: channel, provider and the constant parts of the System element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SECURITY: Final = "Security"
SYSTEM: Final = "System"
APPLICATION: Final = "Application"
SYSMON: Final = "Microsoft-Windows-Sysmon/Operational"
DEFENDER: Final = "Microsoft-Windows-Windows Defender/Operational"
TASKS: Final = "Microsoft-Windows-TaskScheduler/Operational"
SESSIONS: Final = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"
CONNECTIONS: Final = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
POWERSHELL: Final = "Microsoft-Windows-PowerShell/Operational"
CLASSIC_POWERSHELL: Final = "Windows PowerShell"

_SUCCESS: Final = 0x8020_0000_0000_0000
_CLASSIC: Final = 0x80_0000_0000_0000


@dataclass(frozen=True)
class Kind:
    """The constant parts of all events of one id in one channel.

    Attributes:
        channel, event_id: what it is.
        provider, guid, source: who writes it.
        version, level, task, opcode, keywords, qualifiers: as in System.
        element, namespace: of the element inside UserData, where there is no EventData.
    """

    channel: str
    event_id: int
    provider: str
    guid: str | None = None
    source: str | None = None
    version: int = 0
    level: int = 4
    task: int = 0
    opcode: int = 0
    keywords: int = 0x8000_0000_0000_0000
    qualifiers: int | None = None
    element: str = ""
    namespace: str = ""


_AUDIT: Final = {
    # id: version, task
    4624: (2, 12544),
    4634: (0, 12545),
    4647: (0, 12545),
    4648: (0, 12544),
    4672: (0, 12548),
    4688: (2, 13312),
    4698: (1, 12804),
    4719: (0, 13568),
    4720: (0, 13824),
    4724: (0, 13824),
    4728: (0, 13826),
    4738: (0, 13824),
    4768: (0, 14339),
    4769: (0, 14337),
    4776: (0, 14336),
}


def _security() -> list[Kind]:
    provider, guid = "Microsoft-Windows-Security-Auditing", "54849625-5478-4994-A5BA-3E3B0328C30D"
    audit = [
        Kind(SECURITY, number, provider, guid, version=version, level=0, task=task, keywords=_SUCCESS)
        for number, (version, task) in _AUDIT.items()
    ]
    return [*audit, _cleared(SECURITY, 1102, 0x4020_0000_0000_0000)]


def _cleared(channel: str, number: int, keywords: int) -> Kind:
    return Kind(
        channel,
        number,
        "Microsoft-Windows-Eventlog",
        "FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148",
        task=104,
        keywords=keywords,
        element="LogFileCleared",
        namespace="http://manifests.microsoft.com/win/2004/08/windows/eventlog",
    )


def _system() -> list[Kind]:
    manager, guid = "Service Control Manager", "555908D1-A6D7-4695-8E1E-26931D2012F4"
    services = [
        Kind(SYSTEM, number, manager, guid, manager, keywords=0x8080_0000_0000_0000, qualifiers=16384)
        for number in (7036, 7040, 7045)
    ]
    log = [Kind(SYSTEM, number, "EventLog", keywords=_CLASSIC, qualifiers=32768) for number in (6005, 6006, 6009, 6013)]
    power = "Microsoft-Windows-Kernel-General"
    return [
        *services,
        *log,
        _cleared(SYSTEM, 104, 0x8000_0000_0000_0000),
        Kind(SYSTEM, 12, power, "A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D", task=1, keywords=0x8000_0000_0000_0080),
        Kind(SYSTEM, 13, power, "A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D", task=2, keywords=0x8000_0000_0000_0080),
        Kind(
            SYSTEM,
            1074,
            "User32",
            "B0AA8734-56F7-41CC-B2F4-DE228E98B946",
            "User32",
            keywords=_CLASSIC,
            qualifiers=32768,
        ),
        Kind(SYSTEM, 1500, "Microsoft-Windows-GroupPolicy", "AEA1B4FA-97D1-45F2-A64C-4D69FFFD92C9", opcode=1),
        Kind(SYSTEM, 98, "Microsoft-Windows-Ntfs", "3FF37A1C-A68D-4D6E-8C9B-F79E8B16C482"),
        Kind(SYSTEM, 37, "Microsoft-Windows-Time-Service", "06EDCFEB-0FD0-4E53-ACCA-A6F8BBF81BCB"),
    ]


def _application() -> list[Kind]:
    tasks = {102: 1, 216: 3, 325: 1, 326: 1, 327: 1, 2001: 16, 2003: 16, 2006: 16}
    esent = [
        Kind(APPLICATION, number, "ESENT", task=task, keywords=_CLASSIC, qualifiers=0) for number, task in tasks.items()
    ]
    others = (("VSS", 8224), ("Software Protection Platform Service", 16384), ("MsiInstaller", 1033))
    return [*esent, *(Kind(APPLICATION, number, name, keywords=_CLASSIC, qualifiers=0) for name, number in others)]


def _operational() -> list[Kind]:
    sysmon = {1: 5, 3: 5, 11: 2, 12: 2, 13: 2}
    tasks = {106: (106, 0), 141: (141, 0), 200: (200, 1), 201: (201, 2), 102: (102, 2)}
    shell = "A0C1853B-5C40-4B15-8766-3CF1C58F985A"
    return [
        *(
            Kind(
                SYSMON,
                number,
                "Microsoft-Windows-Sysmon",
                "5770385F-C22A-43E0-BF4C-06F5698FFBD9",
                None,
                version,
                4,
                number,
            )
            for number, version in sysmon.items()
        ),
        *(
            Kind(DEFENDER, number, "Microsoft-Windows-Windows Defender", "11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78")
            for number in (1150, 2000, 5001, 5007)
        ),
        *(
            Kind(
                TASKS,
                number,
                "Microsoft-Windows-TaskScheduler",
                "DE7B24EA-73C8-4A09-985D-5BDADCFA9017",
                task=task,
                opcode=opcode,
            )
            for number, (task, opcode) in tasks.items()
        ),
        *(_terminal(SESSIONS, number) for number in (21, 22, 23, 24)),
        _terminal(CONNECTIONS, 1149),
        Kind(POWERSHELL, 4104, "Microsoft-Windows-PowerShell", shell, None, 1, 5, 2, 15, 0),
        *(Kind(CLASSIC_POWERSHELL, number, "PowerShell", None, None, 0, 4, 4, 0, _CLASSIC, 0) for number in (400, 403)),
    ]


def _terminal(channel: str, number: int) -> Kind:
    manager = "LocalSessionManager" if channel == SESSIONS else "RemoteConnectionManager"
    guid = "5D896912-022D-40AA-A3A8-4FA5515C76D7" if channel == SESSIONS else "C76BAA63-AE81-421C-B425-340B4B24157F"
    return Kind(
        channel,
        number,
        f"Microsoft-Windows-TerminalServices-{manager}",
        guid,
        keywords=0x1000_0000_0000_0000,
        element="EventXML",
        namespace="Event_NS",
    )


KINDS: Final = {
    (kind.channel, kind.event_id): kind for kind in [*_security(), *_system(), *_application(), *_operational()]
}
"""Every kind by its channel and event id."""
