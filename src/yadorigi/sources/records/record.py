"""One Windows event as JSON in the shape of evtx_dump, decoded no further than needed.

The ``System`` element is decoded into a struct, the payload stays raw bytes. What does not fit the struct (an event id
written as text, a number too large …) goes through a slow path that bends it into shape or says why it cannot.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from yadorigi.limits import JSON_DEPTH_LIMIT

if TYPE_CHECKING:
    from yadorigi.schema.event import Scalar, Value

PAYLOADS: Final = ("EventData", "UserData", "ProcessingErrorData", "BinaryEventData", "DebugData")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]').findall
_LONGEST_INTEGER: Final = 20
"""Characters of a number from which on it may not fit 64 bits; such a number is kept as its text."""


class RecordError(ValueError):
    """The text is no Windows event; the message says why."""


class ShapeError(RecordError):
    """The text is JSON of something else."""


class NoEventError(ShapeError):
    """A record of no shape: it may be one that another reader knows."""


class ProviderAttributes(msgspec.Struct, gc=False):
    """Attributes of ``Provider``."""

    Name: str = ""
    EventSourceName: str = ""


class ProviderElement(msgspec.Struct, gc=False):
    """The ``Provider`` element."""

    attributes: ProviderAttributes | None = msgspec.field(name="#attributes", default=None)


class TimeAttributes(msgspec.Struct, gc=False):
    """Attributes of ``TimeCreated``."""

    SystemTime: str = ""


class TimeElement(msgspec.Struct, gc=False):
    """The ``TimeCreated`` element."""

    attributes: TimeAttributes | None = msgspec.field(name="#attributes", default=None)


Integer64: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What every format of the results can hold; JSON knows no bounds."""


class EventIdElement(msgspec.Struct, gc=False):
    """The ``EventID`` element where it has qualifiers."""

    text: Integer64 = msgspec.field(name="#text")


class SystemElement(msgspec.Struct, gc=False):
    """What every event's ``System`` element is asked for."""

    EventID: Integer64 | EventIdElement
    Provider: ProviderElement | None = None
    TimeCreated: TimeElement | None = None
    EventRecordID: Integer64 | None = None
    Channel: str | None = None
    Computer: str | None = None


class EventElement(msgspec.Struct, gc=False):
    """The ``Event`` element; payloads are kept raw."""

    System: SystemElement
    EventData: Raw | UnsetType = UNSET
    UserData: Raw | UnsetType = UNSET
    ProcessingErrorData: Raw | UnsetType = UNSET
    BinaryEventData: Raw | UnsetType = UNSET
    DebugData: Raw | UnsetType = UNSET


class Record(msgspec.Struct, gc=False):
    """A whole record."""

    Event: EventElement


decode_record = msgspec.json.Decoder(Record).decode
"""Decode one record on the fast path; raises msgspec's errors on anything unusual."""


def nests_too_deeply(text: str | bytes) -> bool:
    """Say whether JSON is nested deeper than any event is; decoding that recurses must not be handed it."""
    shown = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    if shown.count(b"{") + shown.count(b"[") <= JSON_DEPTH_LIMIT:
        return False
    depth = 0
    for token in _BRACKETS(shown):
        if token in b"[{":
            depth += 1
            if depth > JSON_DEPTH_LIMIT:
                return True
        elif token in b"]}":
            depth -= 1
    return False


def decode_odd_record(text: str | bytes) -> tuple[Record, str]:
    """Decode a record that the fast path refused.

    Returns:
        The record, and the JSON text that it was made of: the given one, or one without what strict JSON forbids
        (invalid UTF-8, lone surrogates, NaN, numbers beyond a double).

    Raises:
        RecordError: it is no Windows event.
    """
    if nests_too_deeply(text):
        raise RecordError("JSON nested too deeply")
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    try:
        whole = _LENIENT(shown)
    except ValueError as error:
        raise RecordError(f"no JSON: {error}") from error
    if not isinstance(whole, dict) or not isinstance(whole.get("Event"), dict):
        raise ShapeError("JSON without an Event object")
    event: dict[str, Any] = whole["Event"]
    system = event.get("System")
    if not isinstance(system, dict):
        raise ShapeError("Event without a System object")
    event["System"] = _straightened(system)
    try:
        clean = _LONE_SURROGATE.sub("\ufffd", json.dumps(whole, ensure_ascii=False))
        return decode_record(clean), clean
    except (msgspec.MsgspecError, ValueError) as error:
        raise RecordError(f"no Windows event: {error}") from error


def _integer_or_text(written: str) -> int | str:
    return int(written) if len(written) < _LONGEST_INTEGER else written


def _number_or_text(written: str) -> float | str:
    number = float(written)
    return number if math.isfinite(number) else written


_LENIENT: Final = json.JSONDecoder(
    strict=False, parse_constant=str, parse_int=_integer_or_text, parse_float=_number_or_text
).decode


def _straightened(system: dict[str, Any]) -> dict[str, Any]:
    """Return a ``System`` element whose values have the types that they have in every log, the rest of it kept."""
    straight = dict(system)
    straight["EventID"] = _with_text(system.get("EventID"), integer_in(_inner(system.get("EventID"))))
    if integer_in(_inner(straight["EventID"])) is None:
        raise RecordError("Event without a numeric EventID")
    straight["EventRecordID"] = integer_in(_inner(system.get("EventRecordID")))
    for name in ("Channel", "Computer"):
        inner = _inner(system.get(name))
        straight[name] = None if inner is None else _as_text(inner)
    for name, attribute in (("Provider", "Name"), ("Provider", "EventSourceName"), ("TimeCreated", "SystemTime")):
        element = straight.get(name)
        if not isinstance(element, dict):
            element = {"#attributes": {} if element is None else {attribute: element}}
        attributes = element.get("#attributes")
        attributes = attributes if isinstance(attributes, dict) else {}
        stated = attributes.get(attribute, _inner(element) if attribute != "EventSourceName" else None)
        attributes = {key: value for key, value in attributes.items() if key != attribute}
        if stated is not None:
            attributes[attribute] = _as_text(stated)
        straight[name] = {**element, "#attributes": attributes}
    return straight


def _inner(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return value.get("#text") if isinstance(value, dict) else value


def _with_text(element: Any, text: int | None) -> Any:  # noqa: ANN401 - any JSON value
    return {**element, "#text": text} if isinstance(element, dict) else text


def _as_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def integer_in(value: Any) -> int | None:  # noqa: ANN401 - any JSON value
    """Return the whole number of 64 bits that a value is or spells, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else None
    if isinstance(value, str) and len(value) < _LONGEST_INTEGER and value.strip().isdecimal():
        return int(value)
    return None


SYSTEM_ATTRIBUTES: Final = {
    ("Provider", "Name"): "Provider_Name",
    ("Provider", "Guid"): "Provider_Guid",
    ("Provider", "EventSourceName"): "Provider_EventSourceName",
    ("EventID", "Qualifiers"): "Qualifiers",
    ("TimeCreated", "SystemTime"): "TimeCreated",
    ("Correlation", "ActivityID"): "Correlation_ActivityID",
    ("Correlation", "RelatedActivityID"): "Correlation_RelatedActivityID",
    ("Execution", "ProcessID"): "Execution_ProcessID",
    ("Execution", "ThreadID"): "Execution_ThreadID",
    ("Security", "UserID"): "Security_UserID",
}
"""Attributes of the elements in ``System`` that every reader of events knows, and their names as fields."""


def flatten_system(system: dict[str, Any]) -> dict[str, Value]:
    """Return the ``System`` element as fields (`schema.event.Event.system`)."""
    fields: dict[str, Value] = {}
    for name, element in system.items():
        if element.__class__ in _PLAIN:
            fields[name] = element
        elif isinstance(element, dict):
            attributes = element.get("#attributes")
            for attribute, value in attributes.items() if isinstance(attributes, dict) else ():
                known = SYSTEM_ATTRIBUTES.get((name, attribute)) or f"{name}_{attribute}"
                fields[known] = value if value.__class__ in _PLAIN else plain(value)
            if "#text" in element:
                fields[name] = plain(element["#text"])
        elif element is not None:
            fields[name] = plain(element)
    return fields


_PLAIN: Final[frozenset[Any]] = frozenset({str, int, float, bool})
"""Types of most values, which are fields as they are."""


def plain(value: Any) -> Value:  # noqa: ANN401 - any JSON value
    """Return a JSON value as a field's value: elements with text as their text, lists and objects as tuples."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dict) and "#text" in value:
        return plain(value["#text"])
    found = tuple(_leaves(value))
    return found[0] if len(found) == 1 and isinstance(value, list) else found


def _leaves(value: Any) -> list[Scalar]:  # noqa: ANN401 - any JSON value
    leaves: list[Scalar] = []
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending.extend(reversed([inner for key, inner in current.items() if key != "#attributes"]))
        elif isinstance(current, list):
            pending.extend(reversed(current))
        else:
            leaves.append(current)
    return leaves


def flatten_payload(payload: Any) -> dict[str, Value]:  # noqa: ANN401 - any JSON value
    """Return ``EventData`` as fields; text or a list in its place is the unnamed field ``Data``."""
    if not isinstance(payload, dict):
        return {} if payload is None else {"Data": plain(payload)}
    fields: dict[str, Value] = {}
    for name, value in payload.items():
        if name == "#attributes":
            attribute = value.get("Name") if isinstance(value, dict) else None
            if attribute is not None:
                fields.setdefault("EventData_Name", plain(attribute))
        elif name == "#text":
            fields["Data"] = plain(value)
        else:
            fields[name] = value if value.__class__ in _PLAIN else plain(value)
    return fields


def flatten_user_data(payload: Any) -> dict[str, Value]:  # noqa: ANN401 - any JSON value
    """Return ``UserData`` as fields named by the innermost elements; repeated names become one multiple value."""
    if not isinstance(payload, dict):
        return flatten_payload(payload)
    gathered: dict[str, list[Scalar]] = {}
    pending: list[tuple[str, Any]] = list(reversed(payload.items()))
    while pending:
        name, value = pending.pop()
        if name == "#attributes":
            continue
        if isinstance(value, dict) and "#text" not in value:
            if set(value) <= {"#attributes"}:
                continue
            pending.extend(reversed(value.items()))
        else:
            flat = plain(value)
            gathered.setdefault(name, []).extend(flat if isinstance(flat, tuple) else (flat,))
    return {name: values[0] if len(values) == 1 else tuple(values) for name, values in gathered.items()}
