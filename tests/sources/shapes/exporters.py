"""Writes Windows events as other tools do, from what evtx_dump gives, by each tool's documentation.

Each exporter takes an event and gives what the tool would write of it, as far as the tool carries it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.sources.shapes.layouts import (
    array_in_lines,
    elastic_response,
    event_viewer,
    evtx_dump_xml,
    graylog_answer,
    lines,
    numbered_objects,
    one_line_array,
    pretty_array,
    pretty_objects,
    splunk,
    utf_16_array,
    utf_16_xml,
    wevtutil,
    wevtutil_root,
    zircolite_report,
)
from yadorigi.sources.records.record import flatten_user_data
from yadorigi.sources.windows.field_layouts import layouts_of

Json = dict[str, Any]
_HEX = re.compile(r"0x[0-9a-fA-F]+", re.ASCII).fullmatch


@dataclass(frozen=True)
class Parts:
    """An event of evtx_dump, taken apart."""

    system: Json
    named: Json
    unnamed: list[Any]
    user_data: Json | None

    @classmethod
    def of(cls, event: Json) -> Parts:
        inner = event["Event"]
        data = inner.get("EventData")
        named: Json = {}
        unnamed: list[Any] = []
        for name, value in (data if isinstance(data, dict) else {}).items():
            if name == "Data" and isinstance(value, dict):
                found = value.get("#text")
                unnamed = found if isinstance(found, list) else [found]
            elif name == "Data":
                unnamed = value if isinstance(value, list) else [value]
            elif name != "#attributes" and not (name == "Binary" and value is None):
                named[name] = value
        return cls(inner["System"], named, unnamed, inner.get("UserData"))

    def attribute(self, element: str, name: str) -> Any:
        found = self.system.get(element)
        return (found.get("#attributes") or {}).get(name) if isinstance(found, dict) else None

    @property
    def event_id(self) -> int:
        number = self.system["EventID"]
        found: int = number["#text"] if isinstance(number, dict) else number
        return found

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.attribute("TimeCreated", "SystemTime"))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def _milliseconds(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def _without(**values: Any) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _message(parts: Parts) -> str:
    """Windows renders the values of a provider without names into the message."""
    return " ".join(["A message.", *map(_text, parts.unnamed)])


# --- Winlogbeat: empty values are left out, unnamed ones called by their number ---


def _beat_data(parts: Parts) -> Json:
    data = {name: _text(value) for name, value in parts.named.items() if _text(value)}
    for number, value in enumerate(parts.unnamed, 1):
        if _text(value):
            data[f"param{number}"] = _text(value)
    return data


def _beat_user_data(parts: Parts) -> Json | None:
    if parts.user_data is None:
        return None
    name = next((key for key in parts.user_data if key != "#attributes"), "")
    return {"xml_name": name, **{key: _text(value) for key, value in flatten_user_data(parts.user_data).items()}}


def winlogbeat8(event: Json) -> Json:
    parts = Parts.of(event)
    return {
        "@timestamp": _milliseconds(parts.moment),
        "event": {"code": str(parts.event_id), "kind": "event", "provider": parts.attribute("Provider", "Name")},
        "host": {"name": parts.system.get("Computer")},
        "log": {"level": "information"},
        "message": "A message.",
        "winlog": _without(
            api="wineventlog",
            channel=parts.system.get("Channel"),
            computer_name=parts.system.get("Computer"),
            event_data=_beat_data(parts) or None,
            event_id=str(parts.event_id),
            keywords=["Audit Success"] if parts.system.get("Keywords") == "0x8020000000000000" else None,
            opcode="Info",
            process={"pid": parts.attribute("Execution", "ProcessID"), "thread": {"id": 1}},
            provider_guid="{" + guid + "}" if (guid := parts.attribute("Provider", "Guid")) else None,
            provider_name=parts.attribute("Provider", "Name"),
            record_id=parts.system.get("EventRecordID"),
            user_data=_beat_user_data(parts),
            version=parts.system.get("Version"),
        ),
    }


def winlogbeat6(event: Json) -> Json:
    parts = Parts.of(event)
    return _without(
        **{"@timestamp": _milliseconds(parts.moment)},
        beat={"name": "collector", "version": "6.8.0"},
        computer_name=parts.system.get("Computer"),
        event_data=_beat_data(parts) or None,
        event_id=parts.event_id,
        level="Information",
        log_name=parts.system.get("Channel"),
        message="A message.",
        opcode="Info",
        process_id=parts.attribute("Execution", "ProcessID"),
        provider_guid="{" + guid + "}" if (guid := parts.attribute("Provider", "Guid")) else None,
        record_number=str(parts.system.get("EventRecordID")),
        source_name=parts.attribute("Provider", "Name"),
        type="wineventlog",
        user_data=_beat_user_data(parts),
    )


def elasticdump(event: Json) -> Json:
    return {"_index": "winlogbeat-8", "_type": "_doc", "_id": "x", "_score": 1, "_source": winlogbeat8(event)}


def graylog(event: Json) -> Json:
    """Graylog parts names by ``_``, and keeps no empty value."""
    moment = _milliseconds(Parts.of(event).moment)
    flat: Json = {"gl2_message_id": "x", "timestamp": moment, "source": "collector", "message": "A message."}

    def put(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for inner, own in value.items():
                put(f"{name}_{inner}", own)
        elif value not in (None, ""):
            flat[name] = value

    put("winlogbeat_winlog", winlogbeat8(event)["winlog"])
    return {"index": "graylog_0", "message": flat}


# --- Wazuh: small first letters, doubled backslashes, no empty elements of an element with names ---


def wazuh(event: Json) -> Json:
    parts = Parts.of(event)

    def small(fields: Json) -> Json:
        return {name[:1].lower() + name[1:]: _text(value).replace("\\", "\\\\") for name, value in fields.items()}

    system = _without(
        providerName=parts.attribute("Provider", "Name"), providerGuid=parts.attribute("Provider", "Guid"),
        eventID=str(parts.event_id), systemTime=parts.attribute("TimeCreated", "SystemTime"),
        version=_text(parts.system.get("Version")), level=_text(parts.system.get("Level")),
        keywords=parts.system.get("Keywords"), eventRecordID=_text(parts.system.get("EventRecordID")),
        channel=parts.system.get("Channel"), computer=parts.system.get("Computer"), message='"A message."',
    )  # fmt: skip
    win: Json = {"system": system, "eventdata": small(parts.named)}
    if parts.unnamed:
        win["eventdata"]["data"] = ", ".join(map(_text, parts.unnamed)).replace("\\", "\\\\")
    if parts.user_data is not None:
        name = next((key for key in parts.user_data if key != "#attributes"), "")
        win[name[:1].lower() + name[1:]] = small(flatten_user_data(parts.user_data))
    agent, rule = {"id": "001", "name": "agent"}, {"level": 3, "description": "Windows event"}
    return {"timestamp": "2026-03-11T09:00:00.123+0900", "rule": rule, "agent": agent, "data": {"win": win}}


# --- NXLog: local time, one level, its own names for the head ---


def nxlog(event: Json) -> Json:
    parts = Parts.of(event)
    local = parts.moment.replace(tzinfo=None) + timedelta(hours=9)
    keywords = int(parts.system.get("Keywords") or "0x0", 16)
    return _without(
        EventTime=local.strftime("%Y-%m-%d %H:%M:%S"),
        Hostname=parts.system.get("Computer"),
        Keywords=keywords - 2**64 if keywords >= 2**63 else keywords,
        EventType="INFO",
        SeverityValue=2,
        Severity="INFO",
        EventID=parts.event_id,
        SourceName=parts.attribute("Provider", "Name"),
        ProviderGuid="{" + guid + "}" if (guid := parts.attribute("Provider", "Guid")) else None,
        Version=parts.system.get("Version"),
        TaskValue=parts.system.get("Task"),
        OpcodeValue=parts.system.get("Opcode"),
        RecordNumber=parts.system.get("EventRecordID"),
        ExecutionProcessID=parts.attribute("Execution", "ProcessID"),
        ThreadID=parts.attribute("Execution", "ThreadID"),
        Channel=parts.system.get("Channel"),
        Message=_message(parts),
        EventReceivedTime=(local + timedelta(seconds=3)).strftime("%Y-%m-%d %H:%M:%S"),
        SourceModuleName="in",
        SourceModuleType="im_msvistalog",
        **{"@timestamp": _milliseconds(parts.moment + timedelta(seconds=4))},
    ) | {name: _text(value) for name, value in parts.named.items() if value is not None}


def helk(event: Json) -> Json:
    parts = Parts.of(event)
    time = _milliseconds(parts.moment)
    return (
        {"Channel": parts.system.get("Channel")}
        | _without(
            SourceName=parts.attribute("Provider", "Name"),
            ProviderGuid="{" + guid + "}" if (guid := parts.attribute("Provider", "Guid")) else None,
            Level=str(parts.system.get("Level")),
            Keywords=parts.system.get("Keywords"),
            Hostname=parts.system.get("Computer"),
            TimeCreated=time,
            EventID=parts.event_id,
            Message=_message(parts),
            Task=str(parts.system.get("Task")),
            **{"@timestamp": time},
        )
        | {name: _text(value) for name, value in parts.named.items() if value is not None}
    )


# --- the relatives of evtx_dump ---


def evtx_dump(event: Json) -> Json:
    return event


def chainsaw(event: Json) -> Json:
    """evtx's separate attributes: those of an element stand beside it."""

    def separate(element: Any) -> Any:
        if not isinstance(element, dict):
            return element
        found: Json = {}
        for name, value in element.items():
            if name == "#attributes":
                continue
            if isinstance(value, dict) and "#attributes" in value:
                found[f"{name}_attributes"] = value["#attributes"]
                rest = {key: inner for key, inner in value.items() if key != "#attributes"}
                if rest:
                    found[name] = rest["#text"] if set(rest) == {"#text"} else separate(rest)
            elif isinstance(value, dict) and set(value) == {"#text"}:
                found[name] = value["#text"]
            else:
                found[name] = separate(value)
        return found

    inner = event["Event"]
    return {"Event": separate(inner), "Event_attributes": inner.get("#attributes")}


def chainsaw_hunt(event: Json) -> Json:
    return {
        "group": "Sigma",
        "kind": "individual",
        "document": {"kind": "evtx", "path": "x.evtx", "data": chainsaw(event)},
        "name": "a rule",
        "timestamp": "2020-01-01T00:00:00+00:00",
        "level": "high",
    }


def velociraptor(event: Json) -> Json:
    parts = Parts.of(event)
    system = parts.system
    seconds = (parts.moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    inner = event["Event"]
    return {
        "System": {
            "Provider": (system.get("Provider") or {}).get("#attributes"),
            "EventID": {"Value": parts.event_id},
            "Version": system.get("Version"),
            "Level": system.get("Level"),
            "Task": system.get("Task"),
            "Opcode": system.get("Opcode"),
            "Keywords": int(system.get("Keywords") or "0x0", 16),
            "TimeCreated": {"SystemTime": seconds},
            "EventRecordID": system.get("EventRecordID"),
            "Correlation": {},
            "Execution": {"ProcessID": parts.attribute("Execution", "ProcessID"), "ThreadID": 1},
            "Channel": system.get("Channel"),
            "Computer": system.get("Computer"),
            "Security": {},
        },
        **({"UserData": inner["UserData"]} if "UserData" in inner else {}),
        **({"EventData": inner["EventData"]} if "EventData" in inner else {}),
        "Message": "A message.",
    }


def evtxecmd(event: Json) -> Json:
    parts = Parts.of(event)
    payload: Json = {}
    if parts.user_data is not None:
        payload["UserData"] = parts.user_data
    else:
        fields = {name: value for name, value in parts.named.items() if name != "Binary"}
        named = [{"@Name": name, "#text": _text(value)} for name, value in fields.items()]
        payload["EventData"] = {"Data": named if named else ", ".join(map(_text, parts.unnamed))}
    return {
        "PayloadData1": "x",
        "ChunkNumber": 0,
        "Computer": parts.system.get("Computer"),
        "Payload": json.dumps(payload),
        "Channel": parts.system.get("Channel"),
        "Provider": parts.attribute("Provider", "Name"),
        "EventId": parts.event_id,
        "EventRecordId": str(parts.system.get("EventRecordID")),
        "ProcessId": 1,
        "ThreadId": 1,
        "Level": "Info",
        "SourceFile": "x.evtx",
        "TimeCreated": parts.moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z",
        "RecordNumber": 1,
    }


def zircolite(event: Json) -> Json:
    """Zircolite leaves empty values out."""
    parts = Parts.of(event)
    flat = {"Channel": parts.system.get("Channel")} | _without(
        row_id=1,
        OriginalLogfile="x.evtx",
        EventID=parts.event_id,
        Computer=parts.system.get("Computer"),
        Provider_Name=parts.attribute("Provider", "Name"),
        EventSourceName=parts.attribute("Provider", "EventSourceName"),
        Guid=parts.attribute("Provider", "Guid"),
        SystemTime=parts.attribute("TimeCreated", "SystemTime"),
        EventRecordID=parts.system.get("EventRecordID"),
        Keywords=parts.system.get("Keywords"),
        Level=parts.system.get("Level"),
        Message=parts.unnamed or None,
    )
    fields = flatten_user_data(parts.user_data) if parts.user_data is not None else parts.named
    renamed = {"TargetFilename": "TargetFileName", "SamAccountName": "SAMAccountName"}
    return flat | {renamed.get(name, name): value for name, value in fields.items() if value not in {None, ""}}


# --- PowerShell ---


def _dot_net(value: Any, name: str) -> Any:
    if name.endswith(":x") and isinstance(value, str) and _HEX(value):
        return int(value, 16)
    if isinstance(value, str) and value.startswith("S-1-"):
        return {"BinaryLength": 28, "AccountDomainSid": None, "Value": value}
    return value


def get_winevent(event: Json) -> Json:
    """PowerShell 5: values in their order, without names."""
    parts = Parts.of(event)
    provider = parts.attribute("Provider", "Name")
    named = parts.named or (dict(flatten_user_data(parts.user_data)) if parts.user_data is not None else {})
    values: list[Any] = parts.unnamed
    if "Binary" in named:
        named = {name: value for name, value in named.items() if name != "Binary"}
        values = [*values, [1, 2, 3]]
    if named:
        known = (
            layout
            for layout in layouts_of(provider, parts.event_id)
            if [name.removesuffix(":x") for name in layout] == list(named)
        )
        layout = next(known, tuple(named))
        values = [_dot_net(named[name.removesuffix(":x")], name) for name in layout]
    milliseconds = (parts.moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    keywords = int(parts.system.get("Keywords") or "0x0", 16)
    return {
        "Message": "A message.",
        "Id": parts.event_id,
        "Version": parts.system.get("Version"),
        "Qualifiers": parts.attribute("EventID", "Qualifiers"),
        "Level": parts.system.get("Level"),
        "Task": parts.system.get("Task"),
        "Opcode": parts.system.get("Opcode"),
        "Keywords": keywords - 2**64 if keywords >= 2**63 else keywords,
        "RecordId": parts.system.get("EventRecordID"),
        "ProviderName": provider,
        "ProviderId": parts.attribute("Provider", "Guid"),
        "LogName": parts.system.get("Channel"),
        "ProcessId": parts.attribute("Execution", "ProcessID"),
        "ThreadId": parts.attribute("Execution", "ThreadID"),
        "MachineName": parts.system.get("Computer"),
        "UserId": {"Value": "S-1-5-18"},
        "TimeCreated": f"/Date({milliseconds})/",
        "Properties": [{"Value": value} for value in values],
    }


# --- layouts of a file ---


Exporter = Callable[[Json], Json]
Layout = Callable[[list[Json]], bytes]
JSON_EXPORTS: Final[dict[str, tuple[str, Exporter, Layout]]] = {
    "evtx_dump lines": ("evtx_dump", evtx_dump, lines),
    "evtx_dump numbered": ("evtx_dump", evtx_dump, numbered_objects),
    "evtx_dump array": ("evtx_dump", evtx_dump, one_line_array),
    "evtx_dump pretty": ("evtx_dump", evtx_dump, pretty_objects),
    "chainsaw dump": ("chainsaw", chainsaw, array_in_lines),
    "chainsaw hunt": ("chainsaw", chainsaw_hunt, pretty_array),
    "winlogbeat 8": ("winlogbeat", winlogbeat8, lines),
    "winlogbeat 6": ("winlogbeat", winlogbeat6, pretty_objects),
    "elasticdump": ("winlogbeat", elasticdump, lines),
    "elasticsearch": ("winlogbeat", elasticdump, elastic_response),
    "graylog": ("graylog", graylog, graylog_answer),
    "wazuh": ("wazuh", wazuh, lines),
    "nxlog": ("nxlog", nxlog, lines),
    "helk": ("helk", helk, array_in_lines),
    "zircolite": ("zircolite", zircolite, lines),
    "zircolite report": ("zircolite", zircolite, zircolite_report),
    "velociraptor": ("velociraptor", velociraptor, lines),
    "evtxecmd": ("evtxecmd", evtxecmd, lines),
    "get_winevent": ("get_winevent", get_winevent, pretty_array),
    "get_winevent in UTF-16": ("get_winevent", get_winevent, utf_16_array),
}
"""What is written: the source that reads it, how a record is written, and how the file is laid out."""


# --- XML, from what evtx writes ---

XML_EXPORTS: Final[dict[str, tuple[str, Callable[[list[str]], bytes]]]] = {
    "wevtutil": ("wevtutil_xml", wevtutil),
    "wevtutil with a root": ("wevtutil_xml", wevtutil_root),
    "event viewer": ("wevtutil_xml", event_viewer),
    "evtx_dump XML": ("evtx_dump_xml", evtx_dump_xml),
    "splunk": ("splunk", splunk),
    "wevtutil in UTF-16": ("wevtutil_xml", utf_16_xml),
}


def exported(name: str, events: Iterable[Json]) -> bytes:
    """Return the events as one of `JSON_EXPORTS`."""
    _, exporter, layout = JSON_EXPORTS[name]
    return layout([exporter(event) for event in events])
