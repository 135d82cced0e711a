"""Rows of Azure Monitor's and Microsoft Sentinel's tables of Windows events: SecurityEvent, WindowsEvent, Event.

SecurityEvent has a column for each native field, Event the payload as XML, WindowsEvent as an object. Exports call the
time ``TimeGenerated [UTC]`` or by the zone that the portal shows.

Source: Microsoft, Azure Monitor Logs reference (the three tables).
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any, Final

import msgspec

from yadorigi.sources.records.record import RecordError, integer_in
from yadorigi.sources.records.shown_dates import stated_time
from yadorigi.sources.windows.event_form import event_of, has_zone
from yadorigi.sources.windows.event_viewer.messages import rendered_messages
from yadorigi.sources.windows.event_viewer.shown_event import provider_of
from yadorigi.sources.windows.field_layouts import named_values, with_empty_fields
from yadorigi.sources.windows.xml_form import event_of_xml

_TIME: Final = "TimeGenerated"
_ADDED: Final = frozenset({
    "TenantId", "SourceSystem", "SourceComputerId", "MG", "ManagementGroupName", "EventOriginId", "TimeCollected",
    "AzureDeploymentID", "AzureTableName", "_ResourceId", "_SubscriptionId", "_ItemId", "_TimeReceived",
})  # fmt: skip
"""Columns that the tables have in common with others, or that are about the collecting."""
_SIGNS: Final = (frozenset({"EventSourceName", "Channel"}), frozenset({"EventLog", "Source"}), frozenset({"Activity"}))
"""Columns that tell the tables where a query chose its own."""
_TABLES: Final = frozenset({"SecurityEvent", "WindowsEvent", "Event"})
_OF_TABLES: Final = _ADDED | frozenset({
    "Type", "TableName", _TIME, "Account", "AccountType", "TargetAccount", "SubjectAccount", "Activity", "Process",
    "LogonTypeName", "Computer", "EventSourceName", "Source", "Provider", "Channel", "EventLog", "EventID", "Level",
    "EventLevel", "EventLevelName", "EventCategory", "Task", "EventRecordId", "Version", "Opcode", "Keywords",
    "Correlation", "SystemProcessId", "SystemThreadId", "SystemUserId", "RenderedDescription", "ParameterXml",
    "EventData", "RawEventData", "Message", "PartitionKey", "RowKey", "StorageAccount", "Role", "TargetUser",
})  # fmt: skip
"""Columns that hold no native field."""
_PAYLOAD: Final = re.compile(r"<(EventData|UserData)[\s>].*</\1\s*>", re.DOTALL).search
_PARAMETERS: Final = re.compile(r"<Param>(.*?)</Param>", re.DOTALL).findall
_AUDITS: Final = {"8": "Audit Success", "16": "Audit Failure"}
"""Types of the older interface to event logs, which the column ``Level`` of SecurityEvent holds."""
_LONGEST_ZONE: Final = 60


def syslog_line(record: dict[str, Any]) -> str:
    """Return the line that a row of the table Syslog holds, wrapped as collectors wrap lines in JSON; "" for others."""
    row = _named(record)
    message, program = row.get("SyslogMessage"), row.get("ProcessName")
    if not isinstance(message, str) or not message:
        return ""
    wrapped = {
        "@timestamp": _time(record, row.get(_TIME)), "host": row.get("HostName") or row.get("Computer") or "",
        "ident": program or "", "pid": row.get("ProcessID") or "", "message": message,
    }  # fmt: skip
    return msgspec.json.encode({name: str(value) for name, value in wrapped.items() if value}).decode()


def _named(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without the zones in its names."""
    return {
        name.partition(" [")[0] if name.endswith("]") and len(name) < _LONGEST_ZONE else name: value
        for name, value in record.items()
    }


def is_azure(record: dict[str, Any]) -> bool:
    """Say whether a record is a row of one of the tables."""
    if "EventID" not in record or not any(name.startswith(_TIME) for name in record):
        return False
    if str(record.get("Type")) in _TABLES or not _ADDED.isdisjoint(record):
        return True
    return "Computer" in record and any(names.issubset(record) for names in _SIGNS)


def azure_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return a row in the form of evtx_dump.

    Raises:
        RecordError: it holds no event.
    """
    row = {name: value for name, value in _named(record).items() if value is not None and value != ""}
    channel = row.get("Channel") or row.get("EventLog")
    level = row.get("EventLevel", row.get("Level", row.get("EventLevelName")))
    audit = _AUDITS.get(str(level)) if channel == "Security" else None
    head = {
        "EventID": row.get("EventID"), "Channel": channel, "Computer": row.get("Computer"),
        "Provider": row.get("EventSourceName") or row.get("Provider") or row.get("Source") or provider_of(str(channel)),
        "Time": _time(record, row.get(_TIME)), "RecordID": row.get("EventRecordId"),
        "Level": None if audit else level, "Task": row.get("Task"), "Opcode": row.get("Opcode"),
        "Keywords": row.get("Keywords", audit), "Version": row.get("Version"),
        "ProcessID": row.get("SystemProcessId"), "ThreadID": row.get("SystemThreadId"),
        "UserID": row.get("SystemUserId"), "Message": row.get("RenderedDescription", row.get("Message")),
    }  # fmt: skip
    payload, user_data = _payload(row, head)
    if payload and row.get("Type", "SecurityEvent") == "SecurityEvent":
        # Columns of other events are empty, too; queries may have left some out.
        empty = {name for name, value in record.items() if value is None or value == ""}
        filled = with_empty_fields(head["Provider"], head["EventID"], head["Version"], payload)
        payload = {name: value for name, value in filled.items() if name in payload or name in empty}
    return event_of(head, payload or None, user_data)


def _payload(row: dict[str, Any], head: dict[str, Any]) -> tuple[Any, Any]:
    """Return ``EventData`` and ``UserData`` by the columns that hold them."""
    provider, number = head["Provider"], integer_in(head["EventID"])
    if number is None:
        raise RecordError("an event without a numeric event id")
    stated = row.get("EventData") or row.get("RawEventData")
    if isinstance(stated, str) and stated.lstrip()[:1] == "{":
        try:
            stated = msgspec.json.decode(stated)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise RecordError(f"its EventData is no JSON: {error}") from error
    if isinstance(stated, str) and (found := _PAYLOAD(stated)) is not None:
        whole = event_of_xml(f"<Event><System/>{found[0]}</Event>".encode("utf-8", "replace"))["Event"]
        if whole.get("UserData") is not None or whole.get("EventData"):
            return whole.get("EventData"), whole.get("UserData")
    fields = {name: value for name, value in row.items() if name not in _OF_TABLES}
    fields = {**rendered_messages().by_labels(str(provider), number, fields)}
    if isinstance(stated, dict):
        fields.update(stated)
    if not fields and isinstance(row.get("ParameterXml"), str):
        values = _PARAMETERS(row["ParameterXml"])
        fields = named_values(str(provider), number, integer_in(head["Version"]), values) or {}
        if not fields and values:
            fields = {"Data": {"#text": values}}
    if not fields and isinstance(head["Message"], str):
        fields = rendered_messages().shown(str(provider), number, head["Message"]).fields
    return fields, None


def _time(record: dict[str, Any], stated: Any) -> Any:  # noqa: ANN401 - any usual form
    """Return the time; it is UTC in what programs ask for, and where the name of the column says so."""
    if not isinstance(stated, str) or has_zone(stated):
        return stated
    shown = stated_time(stated.replace(",", " "), "month")
    zone = next((name for name in record if name.startswith(f"{_TIME} [")), "[UTC]")
    if shown is None:
        return stated
    if "[UTC]" in zone:
        return shown.in_utc(UTC)
    fraction = f".{shown.fraction}" if shown.fraction else ""
    return f"{shown.local.isoformat()}{fraction}"
