"""Events in the schema of EQL's library, where that leaves one Sysmon event to have come from.

The schema's words are not Windows's. Four kinds of its events say all that it takes to name the Sysmon event; others
(registry, file) may be any of several, so they are told and not read.
"""

from __future__ import annotations

import re
from typing import Any, Final

from yadorigi.sources.records.record import RecordError, ShapeError
from yadorigi.sources.windows.event_form import event_of

_SYSMON: Final = "Microsoft-Windows-Sysmon"
_SYSMON_GUID: Final = re.compile(r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}").fullmatch
"""Sysmon's process GUIDs, by which an event of another product is told apart."""
_PROCESS: Final = {"Image": "process_path", "ProcessGuid": "unique_pid", "ProcessId": "pid"}
_KINDS: Final[dict[tuple[str, str], tuple[int, dict[str, str]]]] = {
    ("process", "create"): (1, {
        **_PROCESS, "CommandLine": "command_line", "ParentImage": "parent_process_path", "ParentProcessId": "ppid",
        "ParentProcessGuid": "unique_ppid", "User": "user",
    }),
    ("process", "terminate"): (5, _PROCESS),
    ("image_load", ""): (7, {**_PROCESS, "ImageLoaded": "image_path"}),
    ("network", "outgoing"): (3, {
        **_PROCESS, "User": "user", "Protocol": "protocol", "SourceIp": "source_address", "SourcePort": "source_port",
        "DestinationIp": "destination_address", "DestinationPort": "destination_port",
    }),
}  # fmt: skip
_KINDS["network", "incoming"] = _KINDS["network", "outgoing"]


def is_eql(record: dict[str, Any]) -> bool:
    """Say whether a record is in EQL's schema."""
    return "event_type" in record and "timestamp" in record and ("unique_pid" in record or "process_path" in record)


def eql_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return the Sysmon event that an event in EQL's schema came from.

    Raises:
        RecordError: that is not certain.
    """
    kind, subtype = str(record.get("event_type")), str(record.get("subtype", ""))
    known = _KINDS.get((kind, subtype))
    if known is None:
        raise ShapeError(f"an event in EQL's schema of type {kind[:40]!r}, of which no one Windows event is certain")
    guid = record.get("unique_pid")
    if not isinstance(guid, str) or not _SYSMON_GUID(guid):
        raise ShapeError("an event in EQL's schema that is not Sysmon's")
    number, names = known
    data = {name: record[own] for name, own in names.items() if own in record}
    logon = record.get("logon_id")
    if number == 1 and isinstance(logon, int) and logon >= 0:
        data["LogonId"] = hex(logon)
    if kind == "network":
        data["Initiated"] = "true" if subtype == "outgoing" else "false"
    head = {
        "EventID": number,
        "Channel": f"{_SYSMON}/Operational",
        "Provider": _SYSMON,
        "Time": record.get("timestamp"),
        "Computer": record.get("hostname", record.get("host_name")),
    }
    if not isinstance(head["Time"], int):
        raise RecordError("an event in EQL's schema without a timestamp")
    return event_of(head, data)
