"""Events whose payload is an object of its own: evtx_dump and its relatives, Chainsaw, Velociraptor, EvtxECmd.

They differ in where attributes of an element stand: under ``#attributes`` (evtx_dump), under ``NAME_attributes`` beside
the element (Chainsaw, evtx_dump --separate-json-attributes), under ``@NAME`` (XML turned into JSON), or plainly inside
(Velociraptor and other Go programs).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from yadorigi.sources.records.record import PAYLOADS, RecordError
from yadorigi.sources.windows.event_form import event_of, named_data, time_text

_ATTRIBUTES: Final = "_attributes"
_ELEMENT_ATTRIBUTES: Final = {
    "Provider": ("Name", "Guid", "EventSourceName"),
    "TimeCreated": ("SystemTime",),
    "EventID": ("Qualifiers",),
    "Correlation": ("ActivityID", "RelatedActivityID"),
    "Execution": ("ProcessID", "ThreadID"),
    "Security": ("UserID",),
}


def is_event_object(record: dict[str, Any]) -> bool:
    """Say whether a record is an object ``Event`` with an object ``System``."""
    event = record.get("Event")
    return isinstance(event, dict) and isinstance(event.get("System"), dict)


def has_separate_attributes(record: dict[str, Any]) -> bool:
    """Say whether attributes stand beside the elements, as Chainsaw writes them."""
    event = record.get("Event")
    system = event.get("System") if isinstance(event, dict) else None
    return isinstance(system, dict) and any(name.endswith(_ATTRIBUTES) for name in system)


def event_object(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with ``Event``, its attributes where evtx_dump has them."""
    event = record.get("Event")
    if not isinstance(event, dict):
        raise RecordError("JSON without an Event object")
    return _straight(event)


def is_chainsaw_detection(record: dict[str, Any]) -> bool:
    """Say whether a record is a detection of ``chainsaw hunt --json`` or ``--jsonl``, which has the event inside."""
    document = record.get("document")
    return isinstance(document, dict) and isinstance(document.get("data"), dict) and is_event_object(document["data"])


def chainsaw_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return the event inside a detection of Chainsaw."""
    return event_object(record["document"]["data"])


def is_velociraptor(record: dict[str, Any]) -> bool:
    """Say whether a record is a row of Velociraptor: of ``parse_evtx``, or of its artifacts on event logs."""
    if "Event" in record:
        return False
    system = record.get("System")
    if isinstance(system, dict):
        return "EventID" in system and ("TimeCreated" in system or "Channel" in system)
    return (
        "EventID" in record
        and "Channel" in record
        and ("EventTime" in record or "TimeCreated" in record)
        and any(isinstance(record.get(name), dict) for name in ("EventData", "UserData"))
    )


def velociraptor_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return a row of Velociraptor in the form of evtx_dump."""
    if isinstance(record.get("System"), dict):
        event = _straight({name: record[name] for name in ("System", *PAYLOADS) if name in record})
        message = record.get("Message")
        if isinstance(message, str) and message:
            event["Event"]["RenderingInfo"] = {"Message": message}
        return event
    head = {
        "EventID": record.get("EventID"),
        "Channel": record.get("Channel"),
        "Provider": _first(record, "Provider", "ProviderName"),
        "Time": _first(record, "EventTime", "TimeCreated"),
        "RecordID": _first(record, "EventRecordID", "RecordID"),
        "Computer": _first(record, "Computer", "Hostname"),
        "Level": record.get("Level"),
        "UserID": record.get("UserSID"),
        "Message": record.get("Message"),
    }
    return event_of(head, _payload(record.get("EventData")), _payload(record.get("UserData")))


_EVTXECMD_SIGNS: Final = ("EventRecordId", "RecordNumber", "ChunkNumber", "MapDescription", "SourceFile")


def is_evtxecmd(record: dict[str, Any]) -> bool:
    """Say whether a record is EvtxECmd's (``--json``), which keeps the payload as JSON inside a text."""
    names = ("EventId", "Provider", "Channel")
    return all(name in record for name in names) and sum(name in record for name in _EVTXECMD_SIGNS) > 1


def evtxecmd_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return EvtxECmd's record in the form of evtx_dump."""
    stated = record.get("Payload")
    payload: Any = stated
    if isinstance(stated, str) and stated:
        try:
            payload = msgspec.json.decode(stated)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise RecordError(f"its Payload is no JSON: {error}") from error
    whole = payload if isinstance(payload, dict) else {}
    head = {
        "EventID": record.get("EventId"),
        "Channel": record.get("Channel"),
        "Provider": record.get("Provider"),
        "Time": _in_utc(record.get("TimeCreated")),
        "RecordID": _first(record, "EventRecordId", "RecordNumber"),
        "Computer": record.get("Computer"),
        "Level": record.get("Level"),
        "Keywords": record.get("Keywords"),
        "ProcessID": record.get("ProcessId"),
        "ThreadID": record.get("ThreadId"),
        "UserID": record.get("UserId"),
    }
    return event_of(head, _payload(whole.get("EventData")), _payload(whole.get("UserData")))


def _in_utc(stated: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return EvtxECmd's time: it is UTC, and some versions do not say so."""
    text = time_text(stated)
    return f"{text}Z" if text is not None and text[-1:].isdigit() and "+" not in text else text


def _first(record: dict[str, Any], *names: str) -> Any:  # noqa: ANN401 - any JSON value
    return next((record[name] for name in names if record.get(name) is not None), None)


# -------------------------------------------------------------------------------------------------- elements into place


def _straight(event: dict[str, Any]) -> dict[str, Any]:
    system = event.get("System")
    if not isinstance(system, dict):
        raise RecordError("Event without a System object")
    straight: dict[str, Any] = {}
    for name, element in system.items():
        if not name.endswith(_ATTRIBUTES):
            straight[name] = _element(name, element, system.get(f"{name}{_ATTRIBUTES}"))
        elif name.removesuffix(_ATTRIBUTES) not in system:
            straight[name.removesuffix(_ATTRIBUTES)] = {"#attributes": element}
    time = straight.get("TimeCreated")
    attributes = time.get("#attributes") if isinstance(time, dict) else None
    if isinstance(attributes, dict):
        straight["TimeCreated"] = {"#attributes": {**attributes, "SystemTime": time_text(attributes.get("SystemTime"))}}
    elif time is not None:
        straight["TimeCreated"] = {"#attributes": {"SystemTime": time_text(time)}}
    whole: dict[str, Any] = {"System": straight}
    for name, value in event.items():
        if name in PAYLOADS:
            whole[name] = _payload(value, event.get(f"{name}{_ATTRIBUTES}"))
        elif name not in {"System", "#attributes"} and not name.endswith(_ATTRIBUTES) and not name.startswith("@"):
            whole[name] = value
    return {"Event": whole}


def _element(name: str, element: Any, beside: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return one element of ``System`` with its attributes under ``#attributes`` and its text under ``#text``."""
    if isinstance(beside, dict):
        return {"#attributes": beside} if element is None else {"#attributes": beside, "#text": element}
    if not isinstance(element, dict) or "#attributes" in element:
        return element
    plain = {key.removeprefix("@"): value for key, value in element.items()}
    text = next((plain.pop(key) for key in ("#text", "Value", "$") if key in plain), None)
    known = _ELEMENT_ATTRIBUTES.get(name)
    if known is None:
        return text if text is not None or not plain else element
    attributes = {key: value for key, value in plain.items() if value is not None and value != ""}
    if not attributes:
        return text
    return {"#attributes": attributes} if text is None else {"#attributes": attributes, "#text": text}


def _payload(payload: Any, beside: Any = None) -> Any:  # noqa: ANN401 - any JSON value
    """Return a payload with ``Data`` elements that carry their names turned into fields by name."""
    if not isinstance(payload, dict):
        return payload
    fields: dict[str, Any] = {}
    if isinstance(beside, dict):
        fields["#attributes"] = beside
    for name, value in payload.items():
        elements = value if isinstance(value, list) else [value]
        if name == "Data" and any(isinstance(element, dict) for element in elements):
            for key, text in (("@Name", "#text"), ("Name", "#text"), ("Name", "Value"), ("Name", "content")):
                if any(isinstance(element, dict) and key in element and text in element for element in elements):
                    fields.update(named_data(elements, key, text))
                    break
            else:
                fields[name] = value
        elif name.endswith(_ATTRIBUTES) and name.removesuffix(_ATTRIBUTES) in payload:
            continue
        elif not name.startswith("@") or name == "@timestamp":
            fields[name] = value
    return fields
