"""Three parsers that are not ours, each giving what it reads in one form: the fields of System, and the payload."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import evtx
import pyevtx
from Evtx.Evtx import Evtx

Fields = list[tuple[str, str]]


@dataclass
class Reading:
    """A record as a parser gives it; names of fields are paths such as ``Provider@Name``."""

    record_id: int
    written: str
    system: dict[str, str] = field(default_factory=dict)
    payload: Fields = field(default_factory=list)


def reading(record_id: int, written: str, xml: str) -> Reading:
    """Take a record's XML apart. Elements and attributes without a text are left out of System."""
    event = ElementTree.fromstring(xml)  # noqa: S314 - it was just made by a test
    found = Reading(record_id, written)
    for part in event:
        if local(part.tag) == "System":
            found.system = {name: text for name, text in fields_of(part, "") if text}
        else:
            found.payload += fields_of(part, local(part.tag))
    return found


def fields_of(element: ElementTree.Element, path: str) -> Fields:
    """Attributes and texts of an element and of those in it; each Data is known by its name."""
    found: Fields = [(f"{path}@{local(name)}", text) for name, text in element.attrib.items()] if path else []
    if path and not len(element):
        text = element.text or ""
        found.append((path, "" if text.startswith("\n") and text.isspace() else text))
    for child in element:
        found += fields_of(child, f"{path}/{local(child.tag)}" if path else local(child.tag))
    return found


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def by_rust(data: bytes) -> list[Reading]:
    """Read with the parser that Yadorigi uses."""
    records: Iterator[Any] = evtx.PyEvtxParser(io.BytesIO(data), number_of_threads=1).records()
    return [reading(record["event_record_id"], record["timestamp"], record["data"]) for record in records]


def json_by_rust(data: bytes) -> list[dict[str, Any]]:
    """Read with the parser that Yadorigi uses, as it uses it."""
    records: Iterator[Any] = evtx.PyEvtxParser(io.BytesIO(data), number_of_threads=1).records_json()
    return [json.loads(record["data"])["Event"] for record in records]


def by_python_evtx(data: bytes, folder: Path) -> list[Reading]:
    """Read with python-evtx, which needs a file."""
    path = folder / "read.evtx"
    path.write_bytes(data)
    with Evtx(str(path)) as log:
        return [reading(record.record_num(), str(record.timestamp()), record.xml()) for record in log.records()]


def checksums_by_python_evtx(data: bytes, folder: Path) -> list[bool]:
    """Ask python-evtx whether header and chunks fit their checksums."""
    path = folder / "read.evtx"
    path.write_bytes(data)
    with Evtx(str(path)) as log:
        return [log.get_file_header().verify(), *(chunk.verify() for chunk in log.chunks())]


def by_libevtx(data: bytes) -> list[Reading]:
    """Read with libevtx, whose times are exact."""
    return [
        reading(record.identifier, str(record.get_written_time_as_integer()), record.xml_string)
        for record in libevtx_records(data)
    ]


def libevtx_records(data: bytes) -> Iterator[Any]:
    """Records as libevtx gives them; it must not find anything corrupted."""
    log = pyevtx.file()
    log.open_file_object(io.BytesIO(data))
    try:
        assert not log.is_corrupted()
        assert log.number_of_recovered_records == 0
        for place in range(log.number_of_records):
            yield log.get_record(place)
    finally:
        log.close()
