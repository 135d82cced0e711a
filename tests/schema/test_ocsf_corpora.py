"""The OCSF mapping over real EVTX files of every channel that the corpora have."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import evtx
import jsonschema_rs
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from yadorigi.schema.event import Event, EventKind, Value
from yadorigi.schema.ocsf import OCSF_VERSION, class_of, normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE_PER_KIND = 25
CORPORA = os.environ.get("YADORIGI_CORPORA")

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA, reason="YADORIGI_CORPORA does not name the folder of public corpora"),
]


def value_of(found: Any) -> Value:
    if isinstance(found, dict):
        return value_of(found["#text"]) if "#text" in found else (json.dumps(found) if found else None)
    if isinstance(found, list):
        return tuple(part if isinstance(part, str | int | float | bool) else str(part) for part in found)
    return found  # type: ignore[no-any-return]  # a JSON scalar


def flat_system(system: dict[str, Any]) -> dict[str, Value]:
    flat: dict[str, Value] = {}
    for name, found in system.items():
        attributes = found.get("#attributes", {}) if isinstance(found, dict) else {}
        if name == "TimeCreated":
            flat[name] = attributes.get("SystemTime")
        elif name == "EventID":
            flat |= {name: value_of(found), **attributes}
        elif attributes or found is None:
            flat |= {f"{name}_{key}": value for key, value in attributes.items()}
        else:
            flat[name] = value_of(found)
    return flat


def flat_data(event: dict[str, Any]) -> dict[str, Value]:
    sections = [event.get("EventData"), event.get("ProcessingErrorData"), *(event.get("UserData") or {}).values()]
    return {
        name: value_of(found)
        for section in sections
        if isinstance(section, dict)
        for name, found in section.items()
        if name != "#attributes"
    }


def events_of(path: Path) -> Iterator[Event]:
    try:
        for record in evtx.PyEvtxParser(str(path)).records_json():
            if isinstance(record, dict):
                yield from event_of(json.loads(record["data"]))
    except (RuntimeError, OSError):
        return  # what cannot be read is the sources' subject


def event_of(record: dict[str, Any]) -> Iterator[Event]:
    event = record.get("Event") or {}
    system = flat_system(event.get("System") or {})
    number = system.get("EventID")
    written = system.get("TimeCreated")
    if isinstance(number, int) and isinstance(written, str):
        kind = EventKind(str(system.get("Channel", "")), str(system.get("Provider_Name", "")), number)
        moment = datetime.fromisoformat(written) - datetime(1970, 1, 1, tzinfo=UTC)
        ticks = (moment.days * 86_400 + moment.seconds) * 10_000_000 + moment.microseconds * 10
        record_id = system.get("EventRecordID")
        host = str(system.get("Computer", ""))
        yield Event(kind, ticks, host, record_id if isinstance(record_id, int) else None, system, flat_data(event))


def test_real_events_of_every_channel_validate() -> None:
    embedded = OcsfJsonSchemaEmbedded(get_ocsf_schema(OCSF_VERSION))
    validators: dict[str, Any] = {}
    seen: Counter[EventKind] = Counter()
    for path in sorted(Path(CORPORA or "", "windows").rglob("*.evtx")):
        for event in events_of(path):
            seen[event.kind] += 1
            if seen[event.kind] > SAMPLE_PER_KIND:
                continue
            name = class_of(event.kind).name
            if name not in validators:
                validators[name] = jsonschema_rs.validator_for(embedded.get_class_schema(name, ["host"]))
            found = normalise(event)
            json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
            wrong = [error.message for error in validators[name].iter_errors(found)]
            assert wrong == [], f"{path.name}: {event.kind}"
    assert len(seen) > 1000
    assert len(validators) > 20
