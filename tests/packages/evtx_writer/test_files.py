"""Chunks, numbers, tables and flags: what a file is laid out like, and that parsers follow it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from evtx_writer import (
    BinXmlRecord,
    DescriptionError,
    EvtxFile,
    FileSettings,
    RecordTooLargeError,
    evtx_bytes,
    layout,
    write_evtx,
)
from evtx_writer.binxml import name_hash
from tests.packages.evtx_writer.events import START, event, events
from tests.packages.evtx_writer.readers import by_libevtx, by_rust, checksums_by_python_evtx


def header(data: bytes, name: str) -> int:
    return layout.number_at(data, 0, layout.FILE_FIELDS[name])


def chunk_header(data: bytes, chunk: int, name: str) -> int:
    return layout.number_at(data, layout.chunk_place(data, chunk).offset, layout.CHUNK_FIELDS[name])


def test_many_chunks_with_every_checksum(tmp_path: Path) -> None:
    data = evtx_bytes(events(900))
    chunks = layout.chunk_places(data)
    assert len(chunks) == header(data, "chunks") == header(data, "last_chunk") + 1 > 3
    assert len(data) == 4096 + 65_536 * len(chunks)
    assert sum(len(chunk.records) for chunk in chunks) == 900
    assert checksums_by_python_evtx(data, tmp_path) == [True] * (1 + len(chunks))
    assert [reading.payload[1] for reading in by_rust(data)] == [("EventData/Data", str(place)) for place in range(900)]
    assert [reading.record_id for reading in by_libevtx(data)] == list(range(1, 901))
    assert header(data, "next_record_id") == 901


def test_a_file_without_records_has_an_empty_chunk() -> None:
    data = evtx_bytes([])
    assert layout.chunk_places(data) == [layout.ChunkPlace(4096, ())]
    assert by_rust(data) == by_libevtx(data) == []


def test_the_same_description_gives_the_same_bytes(tmp_path: Path) -> None:
    write_evtx(tmp_path / "a.evtx", events(30))
    assert (tmp_path / "a.evtx").read_bytes() == evtx_bytes(events(30))


def test_numbers_are_counted_apart_from_record_ids() -> None:
    ids = [7, 8, 20, 20, 3]
    records = [event(record_id=record_id, event_data={"Id": record_id}) for record_id in ids]
    data = evtx_bytes([*records, event()], FileSettings(first_record_number=1000, records_per_chunk=4))
    stated = [
        tuple(chunk_header(data, chunk, name) for name in ("first_number", "last_number", "first_id", "last_id"))
        for chunk in (0, 1)
    ]
    assert stated == [(1000, 1003, 7, 20), (1004, 1005, 3, 4)]
    readings = by_libevtx(data)
    assert [reading.record_id for reading in readings] == [*ids, 4]
    assert [reading.system["EventRecordID"] for reading in readings] == ["7", "8", "20", "20", "3", "4"]


def test_the_number_in_the_event_may_differ_from_the_one_in_the_header() -> None:
    (reading,) = by_rust(evtx_bytes([event(record_id=5, event_record_id=99)]))
    assert (reading.record_id, reading.system["EventRecordID"]) == (5, "99")


def test_the_time_in_the_header_may_differ_from_the_one_in_the_event() -> None:
    data = evtx_bytes([event(written=START + 1)])
    (reading,) = by_libevtx(data)
    assert reading.written == str(START + 1)
    assert reading.system["TimeCreated@SystemTime"] == "2026-03-11T12:40:00.123456700Z"


@pytest.mark.parametrize(("dirty", "full", "flags"), [(False, False, 0), (True, False, 1), (True, True, 3)])
def test_flags_and_version(dirty: bool, full: bool, flags: int) -> None:
    data = evtx_bytes([event()], FileSettings(dirty=dirty, full=full, minor_version=2))
    assert (header(data, "flags"), header(data, "minor_version"), header(data, "major_version")) == (flags, 2, 3)
    assert header(data, "checksum") == zlib.crc32(data[:120])


def test_a_log_that_began_again_at_its_start() -> None:
    data = evtx_bytes(events(6), FileSettings(records_per_chunk=2, first_chunk=1))
    assert (header(data, "first_chunk"), header(data, "last_chunk"), header(data, "chunks")) == (1, 0, 3)


def test_a_chunk_that_was_never_written_to(tmp_path: Path) -> None:
    file = EvtxFile()
    file.add(event())
    file.add_empty_chunk()
    file.add(event())
    data = file.to_bytes()
    assert [len(chunk.records) for chunk in layout.chunk_places(data)] == [1, 0, 1]
    assert all(checksums_by_python_evtx(data, tmp_path))
    assert [reading.record_id for reading in by_rust(data)] == [1, 2]
    with pytest.raises(DescriptionError):
        file.add_chunk(b"short")


def test_names_and_templates_are_spelt_out_once_a_chunk_and_found_by_the_tables() -> None:
    data = evtx_bytes(events(50))
    assert data.count("EventData".encode("utf-16-le")) == 1
    chunk = data[4096:]
    names = set()
    for bucket in range(64):
        (place,) = struct.unpack_from("<I", chunk, layout.NAME_TABLE + 4 * bucket)
        while place:
            following, found, length = struct.unpack_from("<IHH", chunk, place)
            words = chunk[place + 8 : place + 8 + 2 * length]
            assert found == name_hash(words)
            assert found % 64 == bucket
            assert following < place, "the newest is first"
            names.add(words.decode("utf-16-le"))
            place = following
    assert {"Event", "System", "Provider", "EventData", "Data", "Name", "xmlns"} <= names
    templates = 0
    for bucket in range(32):
        (place,) = struct.unpack_from("<I", chunk, layout.TEMPLATE_TABLE + 4 * bucket)
        while place:
            assert chunk[place - 10 : place - 8] == b"\x0c\x01"
            assert chunk[place - 8 : place - 4] == chunk[place + 4 : place + 8], "its id is the beginning of its GUID"
            templates += 1
            (place,) = struct.unpack_from("<I", chunk, place)
    assert templates == 2


def test_more_templates_than_buckets() -> None:
    records = [event(event_data={f"Name{place}": f"value {place}"}) for place in range(120)]
    readings = by_libevtx(evtx_bytes([*records, *records]))
    assert [reading.payload for reading in readings] == 2 * [
        [("EventData/Data@Name", f"Name{place}"), ("EventData/Data", f"value {place}")] for place in range(120)
    ]


def test_a_record_as_large_as_a_chunk_and_one_larger() -> None:
    empty = layout.record_place(evtx_bytes([BinXmlRecord(content=b"", written=0)]), 0, 0).size
    largest, fuller = (BinXmlRecord(content=bytes(size - 512 - empty), written=0) for size in (65_528, 65_536))
    full = FileSettings(full_chunks=True)
    for record, settings in ((largest, FileSettings()), (fuller, full)):
        data = evtx_bytes([event(), record, event()], settings)
        assert [len(chunk.records) for chunk in layout.chunk_places(data)] == [1, 1, 1]
    with pytest.raises(RecordTooLargeError, match="has room for 65,016"):
        evtx_bytes([fuller])


def test_long_texts() -> None:
    text = "\u65e5" * 30_000
    assert by_rust(evtx_bytes([event(event_data={"A": text})]))[0].payload[1] == ("EventData/Data", text)
    file = EvtxFile()
    file.add(event())
    for data in ({"A": "x" * 32_768}, {"A": "x" * 20_000, "B": "y" * 20_000}, {"n" * 65_536: "x"}):
        with pytest.raises(RecordTooLargeError):
            file.add(event(event_data=data))
    file.add(event())
    assert [reading.record_id for reading in by_libevtx(file.to_bytes())] == [1, 2], "what was refused left nothing"


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": 65_536},
        {"level": -1},
        {"record_id": -1},
        {"record_id": 2**64},
        {"user_sid": "nobody"},
        {"time": "yesterday"},
    ],
)
def test_what_does_not_fit_its_field_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(DescriptionError):
        evtx_bytes([event(**changes)])


def test_a_header_whose_numbers_do_not_fit_is_refused() -> None:
    with pytest.raises(DescriptionError):
        evtx_bytes([event()], FileSettings(minor_version=65_536))
