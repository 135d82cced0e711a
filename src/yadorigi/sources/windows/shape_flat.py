"""Events in one flat object, the fields of the payload beside those of the head: NXLog, HELK, Zircolite, Sysmon alone.

What belongs to the head is known by name for each tool; everything else is a field of the payload.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from yadorigi.sources.records.record import RecordError
from yadorigi.sources.windows.event_form import event_of, has_zone
from yadorigi.sources.windows.field_layouts import with_empty_fields

_COLLECTED: Final = frozenset({"@timestamp", "@version", "@metadata", "host", "port", "tags", "type", "agent", "ecs"})
"""What Logstash and beats add on the way."""

# ---------------------------------------------------------------------------------------------------------------- NXLog

_NXLOG_HEAD: Final = {
    "EventID": "EventID", "Channel": "Channel", "SourceName": "Provider", "ProviderGuid": "ProviderGuid",
    "RecordNumber": "RecordID", "Hostname": "Computer", "Version": "Version", "OpcodeValue": "Opcode",
    "Keywords": "Keywords", "ActivityID": "ActivityID", "RelatedActivityID": "RelatedActivityID",
    "ThreadID": "ThreadID", "UserID": "UserID", "Message": "Message",
}  # fmt: skip
_NXLOG_ADDED: Final = frozenset({
    "EventReceivedTime", "EventTime", "SeverityValue", "Severity", "SourceModuleName", "SourceModuleType", "Category",
    "AccountType", "ExecutionProcessID", "EventTypeOrignal", "Opcode", "Task", "TaskValue", "ProcessID", "EventXML",
    "ERROR_EVT_UNRESOLVED",
})  # fmt: skip
_NXLOG_TYPES: Final = frozenset({"INFO", "WARNING", "ERROR", "CRITICAL", "VERBOSE", "AUDIT_SUCCESS", "AUDIT_FAILURE"})
"""NXLog's ``EventType`` where the event has no field of that name."""
_NXLOG_SIGNS: Final = ("EventReceivedTime", "SourceModuleType", "SourceModuleName")
_QUARTER: Final = 900
_TRANSIT_SECONDS: Final = 300
"""Longest way from NXLog to Logstash by which the zone of NXLog's clock can still be told."""


def is_nxlog(record: dict[str, Any]) -> bool:
    """Say whether a record is one of NXLog's ``im_msvistalog``, also by way of Logstash."""
    return "EventID" in record and "SourceName" in record and any(name in record for name in _NXLOG_SIGNS)


def nxlog_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return NXLog's record in the form of evtx_dump."""
    head = {own: record[name] for name, own in _NXLOG_HEAD.items() if name in record}
    head["ProcessID"] = record.get("ExecutionProcessID", record.get("ProcessID"))
    head["Task"] = record.get("TaskValue", record.get("Task"))
    head["Level"] = {1: 5, 3: 3, 4: 2, 5: 1}.get(_hashed(record.get("SeverityValue")))
    head["Time"] = _nxlog_time(record)
    # Version 5 renamed the process that logged, so that a field ProcessID of the event itself has its place.
    own_process = "ExecutionProcessID" in record
    # NXLog looks the account of the event's user up, and drops a field of the event that has the same name.
    account = record.get("UserID") is not None and "AccountType" in record
    data = {}
    for name, value in record.items():
        if name in _NXLOG_HEAD or name in _COLLECTED:
            continue
        if name in _NXLOG_ADDED and not (name == "ProcessID" and own_process):
            continue
        if name == "EventType" and value in _NXLOG_TYPES:
            continue
        if account and name in {"AccountName", "Domain"}:
            continue
        data[name] = value
    return event_of(head, _complete(head, data, record))


def _complete(head: dict[str, Any], data: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the empty ones, which these tools leave out; names that the head took are not free."""
    taken = [name for name in record if name not in data]
    return with_empty_fields(head.get("Provider"), head.get("EventID"), head.get("Version"), data, taken)


def _hashed(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, int | str) else None


def _nxlog_time(record: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the event's time, with its zone where the record betrays it.

    NXLog writes local time without a zone. Where Logstash received the record, it noted the moment in UTC, which is
    NXLog's moment of receipt in another zone; zones differ by quarters of an hour.
    """
    stated = record.get("EventTime")
    if not isinstance(stated, str):
        return record.get("@timestamp") if stated is None else stated
    received, noted = record.get("EventReceivedTime"), record.get("@timestamp")
    if has_zone(stated) or not isinstance(received, str) or not isinstance(noted, str):
        return stated
    try:
        local = datetime.fromisoformat(received)
        universal = datetime.fromisoformat(noted)
    except ValueError:
        return stated
    if local.tzinfo is not None or universal.utcoffset() is None:
        return stated
    ahead = (local - universal.replace(tzinfo=None)).total_seconds()
    offset = round(ahead / _QUARTER) * _QUARTER
    if abs(ahead - offset) > _TRANSIT_SECONDS or abs(offset) > 14 * 3600:
        return stated
    minutes = abs(offset) // 60
    return f"{stated}{'-' if offset < 0 else '+'}{minutes // 60:02}:{minutes % 60:02}"


# ----------------------------------------------------------------------------------------------------------------- HELK

_HELK_HEAD: Final = {
    "EventID": "EventID", "Channel": "Channel", "SourceName": "Provider", "ProviderGuid": "ProviderGuid",
    "EventRecordID": "RecordID", "RecordNumber": "RecordID", "Hostname": "Computer", "Version": "Version",
    "Level": "Level", "Task": "Task", "Opcode": "Opcode", "Keywords": "Keywords", "TimeCreated": "Time",
    "Message": "Message", "ActivityID": "ActivityID", "ExecutionProcessID": "ProcessID", "ThreadID": "ThreadID",
    "UserID": "UserID",
}  # fmt: skip


def is_helk(record: dict[str, Any]) -> bool:
    """Say whether a record has HELK's names: the data sets of Mordor and Security-Datasets are written so."""
    names = ("EventID", "Channel", "SourceName", "Hostname")
    return all(name in record for name in names) and ("TimeCreated" in record or "@timestamp" in record)


def helk_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return HELK's record in the form of evtx_dump."""
    head = {own: record[name] for name, own in _HELK_HEAD.items() if name in record}
    head.setdefault("Time", record.get("EventTime", record.get("@timestamp")))
    known = {*_HELK_HEAD, *_COLLECTED}
    data = {name: value for name, value in record.items() if name not in known}
    return event_of(head, _complete(head, data, record))


# ------------------------------------------------------------------------------------------------------------ Zircolite

_ZIRCOLITE_HEAD: Final = {
    "EventID": "EventID", "Channel": "Channel", "Provider_Name": "Provider", "Guid": "ProviderGuid",
    "EventSourceName": "EventSourceName", "EventRecordID": "RecordID", "Computer": "Computer", "Version": "Version",
    "Level": "Level", "Task": "Task", "Opcode": "Opcode", "Keywords": "Keywords", "SystemTime": "Time",
    "Qualifiers": "Qualifiers", "ActivityID": "ActivityID", "RelatedActivityID": "RelatedActivityID",
    "ProcessID": "ProcessID", "ThreadID": "ThreadID", "UserID": "UserID",
}  # fmt: skip
_ZIRCOLITE_ADDED: Final = frozenset({"row_id", "OriginalLogfile", "Correlation", "Security", "Execution", "xmlns"})
_ZIRCOLITE_RENAMED: Final = {"TargetFileName": "TargetFilename", "SAMAccountName": "SamAccountName"}
_ZIRCOLITE_SPLIT: Final = frozenset({"MD5", "SHA1", "SHA256", "IMPHASH"})
_SYSMON: Final = "Microsoft-Windows-Sysmon"


def is_zircolite(record: dict[str, Any]) -> bool:
    """Say whether a record is flattened by Zircolite."""
    names = ("EventID", "Channel", "SystemTime")
    return all(name in record for name in names) and any(
        name in record for name in ("OriginalLogfile", "Provider_Name", "EventRecordID", "Computer")
    )


def zircolite_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return Zircolite's record in the form of evtx_dump.

    It names some fields otherwise than Windows, calls unnamed data ``Message``, and takes hashes apart beside them.
    """
    head = {own: record[name] for name, own in _ZIRCOLITE_HEAD.items() if name in record}
    hashed = "Hashes" in record or "Hash" in record
    data: dict[str, Any] = {}
    for name, value in record.items():
        if name in _ZIRCOLITE_HEAD or name in _ZIRCOLITE_ADDED or (hashed and name in _ZIRCOLITE_SPLIT):
            continue
        if name == "TargetFileName" and head.get("Provider") != _SYSMON:
            data[name] = value
        elif name == "Message" and "Guid" not in record:
            data["Data"] = {"#text": value}
        else:
            data[_ZIRCOLITE_RENAMED.get(name, name)] = value
    return event_of(head, _complete(head, data, record))


# --------------------------------------------------------------------------------------------------------- Sysmon alone

_SYSMON_CHANNEL: Final = "Microsoft-Windows-Sysmon/Operational"
_SYSMON_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", re.ASCII).fullmatch
_SYSMON_LAST: Final = 29
_SYSMON_OWN: Final = frozenset({
    "ProcessGuid", "SourceProcessGuid", "SourceProcessGUID", "Operation", "Configuration", "ConfigurationFileHash",
    "State",
})  # fmt: skip


def is_sysmon_fields(record: dict[str, Any]) -> bool:
    """Say whether a record is nothing but a Sysmon event's fields with its number (as in eqllib's data).

    No other provider has a ``UtcTime`` so written beside such fields.
    """
    number = record.get("EventId", record.get("EventID"))
    time = record.get("UtcTime")
    return (
        "Channel" not in record
        and isinstance(number, int)
        and 0 < number <= _SYSMON_LAST
        and isinstance(time, str)
        and _SYSMON_TIME(time) is not None
        and not _SYSMON_OWN.isdisjoint(record)
    )


def sysmon_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return the Sysmon event that has these fields; its host and record id are not known."""
    number = record.get("EventId", record.get("EventID"))
    if not isinstance(number, int):
        raise RecordError("Sysmon fields without a numeric event id")
    head = {
        "EventID": number,
        "Channel": _SYSMON_CHANNEL,
        "Provider": _SYSMON,
        "Time": f"{record.get('UtcTime', '')}Z",
        "Computer": record.get("Computer", record.get("Hostname")),
    }
    added = {"EventId", "EventID", "Computer", "Hostname"}
    return event_of(head, {name: value for name, value in record.items() if name not in added})
