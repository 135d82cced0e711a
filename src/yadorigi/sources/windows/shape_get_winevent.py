"""Events of PowerShell's ``Get-WinEvent``, as JSON or its XML: values without their names, and rendered messages."""

from __future__ import annotations

from typing import Any, Final

from yadorigi.sources.records.record import integer_in
from yadorigi.sources.windows.event_form import event_of, time_text
from yadorigi.sources.windows.event_viewer.messages import rendered_messages
from yadorigi.sources.windows.field_layouts import named_values

_SIGNS: Final = (
    "ProviderName", "LogName", "MachineName", "LevelDisplayName", "RecordId", "Properties", "ProviderId",
    "KeywordsDisplayNames", "TaskDisplayName", "ContainerLog",
)  # fmt: skip
_BYTE: Final = 255
_DOT_NET_TYPE: Final = "System."
"""Begins the text that stands for an object where ConvertTo-Json was not told to go deep enough."""


def is_get_winevent(record: dict[str, Any]) -> bool:
    """Say whether a record is an ``EventLogRecord`` as JSON, whole or some of its properties."""
    if "Id" not in record or "TimeCreated" not in record or integer_in(record["Id"]) is None:
        return False
    return any(name in record for name in _SIGNS)


def get_winevent_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return an ``EventLogRecord`` in the form of evtx_dump."""
    head = {
        "EventID": record.get("Id"),
        "Channel": record.get("LogName"),
        "Provider": record.get("ProviderName"),
        "ProviderGuid": record.get("ProviderId"),
        "Time": record.get("TimeCreated"),
        "RecordID": record.get("RecordId"),
        "Computer": record.get("MachineName"),
        "Version": record.get("Version"),
        "Level": record.get("Level", record.get("LevelDisplayName")),
        "Task": record.get("Task"),
        "Opcode": record.get("Opcode"),
        "Keywords": record.get("Keywords", record.get("KeywordsDisplayNames")),
        "Qualifiers": record.get("Qualifiers"),
        "ActivityID": record.get("ActivityId"),
        "RelatedActivityID": record.get("RelatedActivityId"),
        "ProcessID": record.get("ProcessId"),
        "ThreadID": record.get("ThreadId"),
        "UserID": _value(record.get("UserId")),
        "Message": record.get("Message"),
    }
    if not head["Provider"] and isinstance(head["Message"], str):
        number = integer_in(head["EventID"]) or 0
        head["Provider"] = rendered_messages().provider_by(str(head["Channel"] or ""), number, head["Message"]) or None
    return event_of(head, _payload(record | {"ProviderName": head["Provider"]}))


def values_are_lost(record: dict[str, Any]) -> bool:
    """Say whether the event had values that ConvertTo-Json replaced by the name of their type."""
    stated = record.get("Properties")
    values = stated if isinstance(stated, list) else [stated]
    return any(isinstance(value, str) and value.startswith(_DOT_NET_TYPE) for value in values)


def _payload(record: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the fields by their values or, where those have no names or are lost, by the rendered message."""
    values = _values(record)
    if isinstance(values, dict) and "Data" not in values:
        return values
    provider, number, message = record.get("ProviderName"), integer_in(record.get("Id")), record.get("Message")
    if not isinstance(provider, str) or number is None or not isinstance(message, str):
        return values
    shown = rendered_messages().shown(provider, number, message)
    if not shown.fields or (values and "Data" in shown.fields):
        return values
    if shown.rest and not values:
        return {**shown.fields, "Data": {"#text": message}}
    # Values without names are kept beside the names, which not all of them may have.
    return {**shown.fields, "Data": {"#text": values}} if isinstance(values, list) and shown.rest else shown.fields


def _values(record: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    stated = record.get("Properties")
    if stated is None or values_are_lost(record):
        return None
    # PowerShell 5 writes a list of one as the thing itself, or as an object with `value` and `Count`.
    if isinstance(stated, dict) and isinstance(stated.get("value"), list):
        stated = stated["value"]
    values = [_value(item) for item in (stated if isinstance(stated, list) else [stated])]
    provider, number = record.get("ProviderName"), integer_in(record.get("Id"))
    if isinstance(provider, str) and number is not None:
        named = named_values(provider, number, integer_in(record.get("Version")), values)
        if named is not None:
            return named
    *rest, last = values or [None]
    if _is_binary(last):
        return {"Data": {"#text": rest}, "Binary": bytes(last).hex().upper()}
    return values or None


def _is_binary(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Say whether a value is one of bytes, which a provider without names has behind its texts."""
    return isinstance(value, list) and all(isinstance(byte, int) and 0 <= byte <= _BYTE for byte in value)


def _value(item: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value of a property: ``{"Value": …}``, in which a SID is an object with a ``Value`` again."""
    while isinstance(item, dict) and "Value" in item:
        item = item["Value"]
    if isinstance(item, str) and item.startswith("/Date("):
        return time_text(item)
    if isinstance(item, dict) and "value" in item and "DateTime" in item:
        return time_text(item)
    return item
