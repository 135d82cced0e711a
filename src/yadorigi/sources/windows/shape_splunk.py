"""Events that come out of Splunk: the record as it was indexed (``_raw``), or the fields that searches show.

``_raw`` is the event's XML (``renderXml``) or Splunk's text of names and values with the rendered message. Without it
there are fields: those of the XML by their own names, those of the message by its labels (``New_Process_Name``).

Sources: Splunk, Monitor Windows event log data; Search Manual (export search results); Add-on for Microsoft Windows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from yadorigi.sources.records.record import RecordError
from yadorigi.sources.windows.event_form import event_of, has_zone
from yadorigi.sources.windows.event_viewer.blocks import row_of_names
from yadorigi.sources.windows.event_viewer.messages import rendered_messages
from yadorigi.sources.windows.event_viewer.shown_event import event_number, provider_of, shown_event
from yadorigi.sources.windows.xml_form import event_of_xml

if TYPE_CHECKING:
    from yadorigi.sources.windows.event_viewer.columns import Column

_XML: Final = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<Event[\s>]").match
_TEXT: Final = re.compile(r"[^\n]{0,64}\n\s*LogName=\S|LogName=\S[^\n]*\n").match
_OF_SEARCH: Final = frozenset({
    "_time", "_raw", "_indextime", "_cd", "_serial", "_sourcetype", "sourcetype", "splunk_server", "linecount",
    "SystemTime",
})  # fmt: skip
"""What stands beside the event's number: names that Splunk adds, or its name for the time of the XML."""
_CHANNEL: Final = re.compile(r"(?:Xml)?WinEventLog:(.+)", re.DOTALL).fullmatch
_HEAD: Final[dict[Column, tuple[str, ...]]] = {
    "id": ("EventCode", "EventID"), "log": ("LogName", "Channel"), "source": ("SourceName", "Provider_Name"),
    "computer": ("ComputerName", "Computer", "host"), "level": ("Type", "Level"), "category": ("Task", "TaskCategory"),
    "operation": ("Opcode", "OpCode"), "record": ("EventRecordID", "RecordNumber"), "keywords": ("Keywords",),
    "message": ("Message",),
}  # fmt: skip
_ADDED: Final = frozenset({name for names in _HEAD.values() for name in names}) | frozenset({
    "EventType", "Guid", "Name", "SystemTime", "Sid", "SidType", "User", "RecordNumber", "TaskCategory", "OpCode",
    "ProcessID", "ThreadID", "Version", "EventData_Xml", "System_Props_Xml", "UserData_Xml", "RenderingInfo_Xml",
    "Qualifiers", "ActivityID", "RelatedActivityID", "SystemTimeUTC", "xmlns",
})  # fmt: skip
"""Names of the head, and of what Splunk's add-on makes of events."""


def is_splunk(record: dict[str, Any]) -> bool:
    """Say whether a record is a Windows event as Splunk gives it."""
    raw = record.get("_raw")
    if isinstance(raw, str):
        return _XML(raw) is not None or _TEXT(raw) is not None
    return "EventCode" in record and not _OF_SEARCH.isdisjoint(record)


def is_splunk_text(text: str) -> bool:
    """Say whether a text is Splunk's text of an event: a time, then a line with the log's name."""
    return _TEXT(text) is not None


def splunk_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of Splunk in the form of evtx_dump.

    Raises:
        RecordError: it holds no event.
    """
    raw = record.get("_raw")
    if isinstance(raw, str):
        if _XML(raw) is not None:
            return event_of_xml(raw.encode("utf-8", "replace"))
        return shown_event(row_of_names(raw.split("\n")), _time(record))
    return _of_fields(record)


def _of_fields(record: dict[str, Any]) -> dict[str, Any]:
    """Return the event of which a search shows fields."""
    row: dict[Column, str] = {}
    for column, names in _HEAD.items():
        value = next((_one(record[name]) for name in names if record.get(name) not in (None, "")), None)
        if value is not None:
            row[column] = str(value)
    if "log" not in row:
        stated = (_CHANNEL(str(_one(record.get(name)))) for name in ("source", "sourcetype"))
        row["log"] = next((found[1] for found in stated if found is not None), "")
    if "source" not in row:
        # Splunk calls the provider's attribute by its own name alone.
        row["source"] = provider_of(row["log"]) or str(_one(record.get("Name")) or "").strip("'\"")
    fields = {
        name: value
        for name, value in record.items()
        if (name not in _ADDED or name == "User") and name[:1].isupper() and value not in (None, "")
    }
    time = record.get("SystemTime") or _time(record)
    if isinstance(time, str):
        time = time.strip("'\"")
    if time is None:
        raise RecordError("an event without a time: the search shows neither SystemTime nor _time")
    if row.get("message") or not record.get("Guid"):
        return shown_event(row, time, fields)
    number = event_number(row.get("id", ""))
    native = rendered_messages().by_labels(row["source"], number, fields)
    head = {
        "EventID": number, "Channel": row["log"], "Provider": row["source"], "Time": time,
        "ProviderGuid": str(_one(record["Guid"])).strip("'\""), "Computer": row.get("computer"),
        "RecordID": row.get("record"), "Level": row.get("level"), "Task": row.get("category"),
        "Opcode": row.get("operation"), "Keywords": row.get("keywords"), "Version": record.get("Version"),
    }  # fmt: skip
    return event_of(head, native or None)


def _time(record: dict[str, Any]) -> Any:  # noqa: ANN401 - any usual form
    """Return when the event happened, as Splunk has it: a time with a zone, or seconds since 1970."""
    stated = _one(record.get("_time", record.get("time")))
    if isinstance(stated, str):
        stated = stated.strip()
        seconds = stated.replace(".", "", 1)
        if seconds.isascii() and seconds.isdigit():
            return float(stated)
        return stated if has_zone(stated) else None
    return stated if isinstance(stated, int | float) and not isinstance(stated, bool) else None


def _one(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value[0] if isinstance(value, list) and value else value
