"""Describes the records of any file, from the XML that a parser gives, so that they can be written again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import evtx

from evtx_writer import BinXmlRecord, Element, EventRecord, Value, element, values
from tests.packages.evtx_writer.readers import Reading, local, reading

NUMBERS = ("Version", "Level", "Task", "Opcode")


def described(data: bytes) -> Iterator[tuple[Reading, EventRecord | BinXmlRecord]]:
    """What a parser reads, and a description of the same; records that are no well-formed XML are left out."""
    records: Iterator[Any] = evtx.PyEvtxParser(io.BytesIO(data), number_of_threads=1).records()
    for record in records:
        number, written = record["event_record_id"], record["timestamp"].removesuffix(" UTC")
        try:
            read = reading(number, record["timestamp"], record["data"])
        except ElementTree.ParseError:
            continue
        event = ElementTree.fromstring(record["data"])  # noqa: S314 - a parser just made it
        payload = [part for part in event if local(part.tag) != "System"]
        known = event_record(read, number, written, payload)
        yield read, known or BinXmlRecord(content=copied(event), written=written, record_id=number)


def event_record(read: Reading, number: int, written: str, payload: list[ElementTree.Element]) -> EventRecord | None:
    """The record in the words of System and EventData; None if it has anything else."""
    system = dict(read.system)
    try:
        parts: dict[str, Any] = {
            "provider": system.pop("Provider@Name"),
            "provider_guid": guid(system.pop("Provider@Guid", None)),
            "event_source_name": system.pop("Provider@EventSourceName", None),
            "event_id": int(system.pop("EventID")),
            "qualifiers": number_or_none(system.pop("EventID@Qualifiers", None)),
            "keywords": int(system.pop("Keywords"), 16),
            "time": system.pop("TimeCreated@SystemTime"),
            "event_record_id": int(system.pop("EventRecordID")),
            "activity_id": guid(system.pop("Correlation@ActivityID", None)),
            "related_activity_id": guid(system.pop("Correlation@RelatedActivityID", None)),
            "process_id": number_or_none(system.pop("Execution@ProcessID", None)),
            "thread_id": number_or_none(system.pop("Execution@ThreadID", None)),
            "channel": system.pop("Channel"),
            "computer": system.pop("Computer"),
            "user_sid": system.pop("Security@UserID", None),
        }
        parts |= {name.lower(): number_or_none(system.pop(name, None)) for name in NUMBERS}
        data = payload_of(payload)
    except (KeyError, ValueError):
        return None
    return None if system else EventRecord(**parts, **data, record_id=number, written=written)


def payload_of(payload: list[ElementTree.Element]) -> dict[str, Any]:
    """EventData or UserData as parts of a description.

    Raises:
        ValueError: it is in no form that has such parts.
    """
    if not payload:
        return {}
    (part,) = payload
    if local(part.tag) == "UserData" and not part.attrib and len(part) == 1:
        return {"user_data": copied(part[0])}
    names = [child.get("Name") for child in part if local(child.tag) == "Data"]
    plain = all(local(child.tag) == "Data" and not len(child) and set(child.attrib) <= {"Name"} for child in part)
    if local(part.tag) != "EventData" or not plain or set(part.attrib) - {"Name"} or len(set(names)) != len(names):
        raise ValueError(part.tag)
    return {
        "event_data": {str(name): text_of(child) for name, child in zip(names, part, strict=True)},
        "event_data_name": part.get("Name"),
    }


def guid(text: str | None) -> str | Value | None:
    """A GUID as the parser shows it: with braces if the record has it as text."""
    return values.string(text) if text is not None and text.startswith("{") else text


def number_or_none(text: str | None) -> int | None:
    """A number, if there is one."""
    return None if text is None else int(text)


def text_of(read: ElementTree.Element) -> str:
    """The text of an element without the space that the parser puts between elements."""
    text = read.text or ""
    return "" if text.startswith("\n") and text.isspace() else text


def copied(read: ElementTree.Element) -> Element:
    """An element with all that is in it, as texts."""
    attributes = {local(name): text for name, text in read.attrib.items()}
    text = "" if len(read) else text_of(read)
    return element(local(read.tag), attributes, *([text] if text else []), *(copied(child) for child in read))
