"""Events that Winlogbeat or Elastic Agent shipped, as lines of a file, out of Elasticsearch, or copied from Kibana.

Version 7 and later keep what Windows said under ``winlog``; versions 5 and 6 keep it at the top. Where the agent was
told to keep the event's XML, that is read instead, since it lacks nothing. Graylog parts names by ``_`` in the place of
dots, behind the name of the agent (``winlogbeat_winlog_event_data_Image``).

Sources: Elastic, Winlogbeat exported fields; Graylog, Beats input.
"""

from __future__ import annotations

import re
from typing import Any, Final

from yadorigi.sources.records.record import RecordError
from yadorigi.sources.windows.ecs_fields import native_fields
from yadorigi.sources.windows.event_form import event_of
from yadorigi.sources.windows.field_layouts import with_empty_fields
from yadorigi.sources.windows.xml_form import event_of_xml

_OLD_SIGNS: Final = ("log_name", "source_name", "record_number", "computer_name")
_NUMBERED: Final = re.compile(r"param(\d{1,3})").fullmatch
_OF_GRAYLOG: Final = re.compile(r"(?:winlogbeat_(?:winlog_)?|winlog_)(.+)", re.DOTALL).fullmatch
_PARTS_OF_GRAYLOG: Final = {
    "event_data_": "event_data", "user_data_": "user_data", "process_thread_": "process.thread", "process_": "process",
    "user_": "user",
}  # fmt: skip
"""How names begin that stand for an object inside."""
_SIGNS_OF_GRAYLOG: Final = ("winlogbeat_winlog_event_id", "winlogbeat_event_id", "winlog_event_id")
_OF_GRAYLOG_ITSELF: Final = frozenset({"_id", "streams", "gl2_message_id", "gl2_source_input"})
"""Names of Graylog's own, which its answers hold and nobody chooses."""
_BEGINS_LIKE_XML: Final = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<Event[\s>]").match


def is_winlogbeat(record: dict[str, Any]) -> bool:
    """Say whether a record is Winlogbeat's of any version."""
    if isinstance(record.get("winlog"), dict) or any(name.startswith("winlog.") for name in record):
        return True
    return "event_id" in record and sum(name in record for name in _OLD_SIGNS) > 1


def is_graylog(record: dict[str, Any]) -> bool:
    """Say whether a record is one of Winlogbeat's that Graylog keeps."""
    return any(name in record for name in _SIGNS_OF_GRAYLOG)


def graylog_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of Graylog in the form of evtx_dump; tables hold the columns that somebody chose."""
    whole = not _OF_GRAYLOG_ITSELF.isdisjoint(record)
    winlog: dict[str, Any] = {}
    for name, value in record.items():
        found = _OF_GRAYLOG(name)
        if found is None or value in (None, ""):
            continue
        begins = next((part for part in _PARTS_OF_GRAYLOG if found[1].startswith(part)), "")
        winlog[f"{_PARTS_OF_GRAYLOG[begins]}.{found[1][len(begins) :]}" if begins else found[1]] = value
    inner = _nested(winlog)
    outer = {"@timestamp": record.get("timestamp", record.get("@timestamp")), "message": record.get("message")}
    message = record.get("full_message")
    if isinstance(message, str) and message:
        outer["message"] = message
    if "winlogbeat_winlog_event_id" in record or "winlog_event_id" in record:
        return winlogbeat_event({**outer, "winlog": inner}, whole=whole)
    return winlogbeat_event({**outer, **inner}, whole=whole)


def winlogbeat_event(record: dict[str, Any], *, whole: bool = True) -> dict[str, Any]:
    """Return a record of Winlogbeat in the form of evtx_dump; ``whole`` says that only empty fields can be missing."""
    inner = _nested(record) if any("." in name for name in record) else record
    event = _object(inner.get("event"))
    original = event.get("original")
    if isinstance(original, str) and _BEGINS_LIKE_XML(original):
        try:
            return event_of_xml(original.encode("utf-8", "replace"))
        except RecordError:
            pass  # What the agent made of it is still there.
    winlog = inner.get("winlog")
    return (
        _of_winlog(inner, winlog, event, whole=whole) if isinstance(winlog, dict) else _of_old_beat(inner, whole=whole)
    )


def _of_winlog(inner: dict[str, Any], winlog: dict[str, Any], event: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    process = _object(winlog.get("process"))
    head = {
        "EventID": _one(winlog.get("event_id", event.get("code"))),
        "Channel": _one(winlog.get("channel")),
        "Provider": _one(winlog.get("provider_name", event.get("provider"))),
        "ProviderGuid": _one(winlog.get("provider_guid")),
        "Time": _one(_time(inner, winlog, event)),
        "RecordID": _one(winlog.get("record_id")),
        "Computer": _one(winlog.get("computer_name", _object(inner.get("host")).get("name"))),
        "Version": _one(winlog.get("version")),
        "Level": _one(winlog.get("level", _object(inner.get("log")).get("level"))),
        "Task": _one(winlog.get("task")),
        "Opcode": _one(winlog.get("opcode")),
        "Keywords": winlog.get("keywords"),
        "ActivityID": _one(winlog.get("activity_id")),
        "RelatedActivityID": _one(winlog.get("related_activity_id")),
        "ProcessID": _one(process.get("pid")),
        "ThreadID": _one(_object(process.get("thread")).get("id")),
        "UserID": _one(_object(winlog.get("user")).get("identifier")),
        "Message": _one(inner.get("message")),
    }
    data = _object(winlog.get("event_data"))
    moved = native_fields(head["Provider"], head["EventID"], inner)
    return event_of(
        head, _payload({**moved, **data}, head, whole=whole and not moved), _user_data(winlog.get("user_data"))
    )


def _time(inner: dict[str, Any], winlog: dict[str, Any], event: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return when the event happened; a pipeline may have put another time into ``@timestamp``."""
    return winlog.get("time_created") or event.get("created_at") or inner.get("@timestamp")


def _of_old_beat(inner: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    head = {
        "EventID": _one(inner.get("event_id")),
        "Channel": _one(inner.get("log_name")),
        "Provider": _one(inner.get("source_name")),
        "ProviderGuid": _one(inner.get("provider_guid")),
        "Time": _one(inner.get("@timestamp")),
        "RecordID": _one(inner.get("record_number")),
        "Computer": _one(inner.get("computer_name")),
        "Version": _one(inner.get("version")),
        "Level": _one(inner.get("level")),
        "Task": _one(inner.get("task")),
        "Opcode": _one(inner.get("opcode")),
        "Keywords": inner.get("keywords"),
        "ActivityID": _one(inner.get("activity_id")),
        "RelatedActivityID": _one(inner.get("related_activity_id")),
        "ProcessID": _one(inner.get("process_id")),
        "ThreadID": _one(inner.get("thread_id")),
        "UserID": _one(_object(inner.get("user")).get("identifier")),
        "Message": _one(inner.get("message")),
    }
    return event_of(
        head, _payload(_object(inner.get("event_data")), head, whole=whole), _user_data(inner.get("user_data"))
    )


def _payload(data: dict[str, Any], head: dict[str, Any], *, whole: bool = True) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``EventData``; the agent calls unnamed data ``param1``, ``param2`` and so on.

    Some providers name their fields so themselves; those have a manifest, and by it a GUID. A provider without one
    has no names at all. Empty values are left out by the agent; they come back where no pipeline moved fields away.
    """
    if not data:
        return None
    numbers = [int(found[1]) for name in data if (found := _NUMBERED(name))]
    rest = {name: value for name, value in data.items() if not _NUMBERED(name)}
    if not numbers or head["ProviderGuid"] or set(rest) - {"Binary"}:
        fields = {name: _one(value) for name, value in data.items()}
        stated = (head["Provider"], head["EventID"], head["Version"])
        return with_empty_fields(*stated, fields) if whole else fields
    # The agent leaves empty values out and keeps counting; the places in between were empty.
    values = [_one(data.get(f"param{number}", "")) for number in range(1, max(numbers) + 1)]
    return {"Data": {"#text": values if len(values) > 1 else values[0]}, **rest}


def _user_data(stated: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``UserData``: the agent writes the name of its one element among its fields, as ``xml_name``."""
    if not isinstance(stated, dict) or not stated:
        return None
    fields = {name: value for name, value in stated.items() if name != "xml_name"}
    name = stated.get("xml_name")
    return {name: fields} if isinstance(name, str) and name else fields


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Return an object whose names with dots have become objects inside objects."""
    whole: dict[str, Any] = {}
    for name, value in flat.items():
        *outer, last = name.split(".")
        place = whole
        for part in outer:
            inner = place.get(part)
            if not isinstance(inner, dict):
                inner = place[part] = {}
            place = inner
        if isinstance(value, dict) and isinstance(place.get(last), dict):
            place[last].update(value)
        else:
            place[last] = value
    return whole


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, dict) else {}


def _one(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value that Kibana put into a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
