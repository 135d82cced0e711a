"""Columns of real batches against `normalise` of their events, one by one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import evtx
import msgspec
import pyarrow as pa
import pytest

from yadorigi.schema.ocsf import class_of, normalise
from yadorigi.schema.ocsf_arrow import ocsf_schema_of
from yadorigi.schema.ocsf_columns import kind_columns
from yadorigi.schema.ocsf_values import clean
from yadorigi.schema.times import canonical_time
from yadorigi.sources.records.batch import SYSTEM_PREFIX, RecordTable, kind_of
from yadorigi.sources.records.record import decode_record
from yadorigi.sources.records.system_columns import system_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import EventKind

SAMPLE_PER_KIND = 150
EVERY_NTH_FILE = 2
CORPORA = os.environ.get("YADORIGI_CORPORA")

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not CORPORA, reason="YADORIGI_CORPORA does not name the folder of public corpora"),
]


def texts_of(path: Path) -> Iterator[str]:
    try:
        for record in evtx.PyEvtxParser(str(path)).records_json():
            if isinstance(record, dict):
                yield record["data"]
    except (RuntimeError, OSError):
        return  # what cannot be read is the sources' subject


def sampled() -> dict[EventKind, tuple[RecordTable, list[str]]]:
    """Records by kind, and the texts of their System elements."""
    found: dict[EventKind, tuple[RecordTable, list[str]]] = {}
    paths = sorted(Path(CORPORA or "", "windows").rglob("*.evtx"))
    for path in paths[::EVERY_NTH_FILE]:
        for text in texts_of(path):
            try:
                record = decode_record(text)
            except msgspec.MsgspecError:
                continue
            system = record.Event.System
            table, systems = found.setdefault(kind_of(system), (RecordTable(), []))
            written = system.TimeCreated.attributes if system.TimeCreated else None
            time = canonical_time(written.SystemTime) if written else None
            if time is not None and len(table) < SAMPLE_PER_KIND:
                # The host is what records are grouped by; one group keeps their order.
                system.Computer = "PC01"
                table.add(text, record, time, 0, 0)
                systems.append(json.dumps(json.loads(text)["Event"]["System"]))
    return found


def check(batch: EventBatch, systems: bytes) -> None:
    columns = kind_columns(batch.kind)
    rows = len(batch)
    events = [batch.event(place) for place in range(rows)]
    data = dict(zip(columns.data_fields, batch.columns(columns.data_fields), strict=True))
    system = system_columns(systems, columns.system_fields)
    flat = batch.columns([SYSTEM_PREFIX + name for name in columns.system_fields])
    assert [system[name] for name in columns.system_fields] == flat
    hosts = pa.array([clean(event.host) for event in events], pa.string())
    ticks = pa.array([event.time for event in events], pa.int64())
    numbers = pa.array([event.record_id for event in events], pa.int64())
    arrays = columns.arrays(rows, data, system, hosts, ticks, numbers)
    schema = ocsf_schema_of(class_of(batch.kind).class_uid)
    expected = pa.Table.from_pylist([normalise(event) for event in events], schema=schema)
    for name, array in zip(schema.names, arrays, strict=True):
        assert array.equals(expected.column(name).combine_chunks()), f"{batch.kind}: {name}"


def test_columns_of_real_events_are_what_the_events_become_one_by_one() -> None:
    kinds = events = 0
    for table, systems in sampled().values():
        for batch in table.batches():
            check(batch, f"[{','.join(systems)}]".encode())
            kinds, events = kinds + 1, events + len(batch)
    assert kinds > 500
    assert events > 10_000
