"""EVTX files: every record of every corpora file, in pieces of any size, with its 100 ns; and files that are none."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import evtx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtx_writer import evtx_bytes
from tests.sources.reading import Reading, read_pieces, read_whole
from tests.sources.written import record
from yadorigi.schema.times import ticks_of
from yadorigi.sources.contract import Piece, ReadingLog
from yadorigi.sources.records.batch import RecordTable
from yadorigi.sources.records.record import decode_odd_record
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows.evtx import EvtxSource
from yadorigi.sources.windows.evtx_chunk import CHUNK_SIZE, HEADER_SIZE, file_header
from yadorigi.sources.windows.evtx_time import event_times

if TYPE_CHECKING:
    from yadorigi.schema.event import Event

SOURCE = EvtxSource()
TICKS_BEFORE_1970 = 116_444_736_000_000_000


def evtx_files(corpora: Path) -> list[Path]:
    return sorted((corpora / "windows").rglob("*.evtx"))


def by_parser(path: Path) -> list[dict[str, Any]]:
    """What the parser gives of the whole file when it is iterated past its errors."""
    rows: list[dict[str, Any]] = []
    records: Any = iter(evtx.PyEvtxParser(str(path), number_of_threads=1).records_json())
    for _ in range(1_000_000):
        try:
            rows.append(next(records))
        except StopIteration:
            break
        except RuntimeError:
            continue
    return rows


def headers(path: Path) -> dict[int, list[int]]:
    """Times in the headers of the records as they lie in the file, in ticks since 1970, by record id."""
    data = path.read_bytes()
    found: dict[int, list[int]] = {}
    for start in range(HEADER_SIZE, len(data), CHUNK_SIZE):
        place = start + 512
        while data[place : place + 4] == b"**\0\0":
            size, record_id, time = struct.unpack_from("<IQQ", data, place + 4)
            if size < 28:
                break
            found.setdefault(record_id, []).append(time - TICKS_BEFORE_1970)
            place += size
    return found


@pytest.fixture(scope="module")
def readings(corpora: Path) -> dict[Path, Reading]:
    return {path: read_whole(SOURCE, path) for path in evtx_files(corpora)}


@pytest.mark.corpora
def test_every_record_of_every_file_is_read_or_accounted_for(readings: dict[Path, Reading]) -> None:
    wrong = {
        path.name: (len(reading.events), reading.lost, reading.declared)
        for path, reading in readings.items()
        if len(reading.events) + reading.lost != reading.declared
    }
    assert not wrong


@pytest.mark.corpora
def test_every_record_that_the_parser_can_give_is_among_ours(corpora: Path) -> None:
    """Also past its errors; `windows/damaged` has files on which it has many."""
    for path in evtx_files(corpora):
        ours: Counter[str | bytes] = Counter()
        for gathered in SOURCE.read(list(SOURCE.pieces(0, path, path.name, path.stat().st_size)), ReadingLog()):
            assert isinstance(gathered, RecordTable)
            ours.update(gathered.texts)
        missing = Counter(row["data"] for row in by_parser(path)) - ours
        # Where a head is unusual, the text that is kept is one whose head was bent into shape.
        assert Counter(decode_odd_record(text)[1] for text in missing.elements()) <= ours, path


@pytest.mark.corpora
def test_benign_files_give_as_many_events_as_are_known(readings: dict[Path, Reading]) -> None:
    benign = sum(len(reading.events) for path, reading in readings.items() if "benign-win10" in path.parts)
    assert benign == 42_409


@pytest.mark.corpora
def test_undamaged_files_give_no_warning_of_damage(readings: dict[Path, Reading]) -> None:
    damaged = {
        path.name
        for path, reading in readings.items()
        if "damaged" not in path.parts and any(warning.kind != "notice" for warning in reading.warnings)
    }
    assert damaged <= {
        "Microsoft-Windows-HelloForBusiness%4Operational.evtx",
        "Microsoft-Windows-LanguagePackSetup%4Operational.evtx",
    }


@pytest.mark.corpora
def test_times_keep_their_100_nanoseconds(readings: dict[Path, Reading]) -> None:
    exact = off = inexact = 0
    for path, reading in readings.items():
        written = headers(path)
        for event, time in zip(reading.events, reading.times, strict=True):
            assert ticks_of(time) == event.time
            near = [ticks for ticks in written.get(event.record_id or -1, ()) if abs(ticks - event.time) < 10]
            exact += event.time in near
            off += bool(near) and event.time not in near
            inexact += event.time % 10 == 0
    assert off == 0
    assert exact > 68_000
    assert inexact < 10_000


@pytest.mark.corpora
def test_forwarded_events_keep_their_host(readings: dict[Path, Reading]) -> None:
    hosts = {event.host for reading in readings.values() for event in reading.events}
    assert len(hosts) > 20
    for reading in readings.values():
        assert all(event.host == event.system.get("Computer", "") for event in reading.events)


@pytest.mark.corpora
def test_payloads_of_all_kinds_are_there(readings: dict[Path, Reading]) -> None:
    events = [event for reading in readings.values() for event in reading.events]

    def named(event: Event) -> bool:
        return "CommandLine" in event.data

    def unnamed(event: Event) -> bool:
        return isinstance(event.data.get("Data"), tuple)

    def empty(event: Event) -> bool:
        return not event.data

    def user_data(event: Event) -> bool:
        return event.kind.event_id == 1102 and "SubjectUserName" in event.data

    def binary(event: Event) -> bool:
        return isinstance(event.data.get("Binary"), str)

    for kind in (named, unnamed, empty, user_data, binary):
        assert any(map(kind, events)), kind.__name__


@pytest.mark.corpora
@settings(max_examples=12)
@given(data=st.data())
def test_pieces_of_any_number_of_chunks_give_the_same_records(corpora: Path, data: st.DataObject) -> None:
    files = [path for path in evtx_files(corpora) if path.stat().st_size > HEADER_SIZE + 3 * CHUNK_SIZE]
    path = data.draw(st.sampled_from(files))
    whole = read_whole(SOURCE, path)
    size, start, pieces = path.stat().st_size, HEADER_SIZE, []
    while start < size:
        length = CHUNK_SIZE * data.draw(st.integers(1, 9))
        pieces.append(Piece(0, path, path.name, SOURCE.name, start, min(length, size - start)))
        start += length
    parts = read_pieces(SOURCE, pieces)
    assert parts.record_ids == whole.record_ids
    assert sorted(parts.times) == sorted(whole.times)
    assert (parts.declared, parts.lost) == (whole.declared, whole.lost)


@pytest.mark.parametrize(
    ("content", "kinds"),
    [
        (b"", ["file"]),
        (b"ElfFile\0", ["file"]),
        (file_header(1)[:4095], ["file"]),
        (file_header(0), []),
        (file_header(3), ["record"]),
        (b"just a note\n" * 10, ["file"]),
        (b"just a note\n" * 100_000, ["file"]),
        (file_header(1) + b"\0" * CHUNK_SIZE, []),
        (file_header(1) + b"x" * CHUNK_SIZE, ["record"]),
        (file_header(1) + b"ElfChnk\0", ["file"]),
        (file_header(1) + b"x" * 13, ["record"]),
        (file_header(3) + b"x" * 3 * CHUNK_SIZE, ["record"]),
    ],
)
def test_files_that_hold_no_record(tmp_path: Path, content: bytes, kinds: list[str]) -> None:
    path = tmp_path / "Security.evtx"
    path.write_bytes(content)
    assert recognise(content[:65_536], path.name).source is not None
    reading = read_whole(SOURCE, path)
    assert [warning.kind for warning in reading.warnings] == kinds
    assert reading.events == []


def test_json_lines_named_evtx_are_read_as_what_they_are() -> None:
    line = b'{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-01-01T00:00:00Z"}}}}}\n'
    source = recognise(line, "Security.evtx").source
    assert source is not None
    assert source.name == "evtx_dump"


@pytest.mark.parametrize(
    ("stated", "written", "time"),
    [
        ("2023-10-18T05:43:49.910803Z", "2023-10-18T05:43:49.9108037Z UTC", "2023-10-18T05:43:49.9108037Z"),
        ("2023-10-18T05:43:49.910800Z", "2023-10-18T05:43:49.9108Z UTC", "2023-10-18T05:43:49.9108000Z"),
        ("2023-10-18T05:43:49.000000Z", "2023-10-18T05:43:49Z UTC", "2023-10-18T05:43:49.0000000Z"),
        ("2023-10-18T05:43:49.910803Z", "1601-01-01T00:00:00Z UTC", "2023-10-18T05:43:49.9108034Z"),
        ("2023-10-18T05:43:49.910804Z", "1601-01-01T00:00:00Z UTC", "2023-10-18T05:43:49.9108040Z"),
        ("", "2023-10-18T05:43:49.9108037Z UTC", "2023-10-18T05:43:49.9108037Z"),
        ("2023-W42-3T05:43:49.910803Z", "2023-10-18T05:43:49.5Z UTC", "2023-10-18T05:43:49.5000000Z"),
        ("2023-10-18T05:43:49.91080\u0663Z", "2023-10-18T05:43:49.5Z UTC", "2023-10-18T05:43:49.5000000Z"),
        ("+60056-05-28T05:36:10.955160Z", "+60056-05-28T05:36:10.95516Z UTC", None),
        ("", "", None),
    ],
)
def test_the_time_of_an_event_to_100_nanoseconds(stated: str, written: str, time: str | None) -> None:
    ticks = ticks_of("2023-10-18T05:43:49.9108034Z") + TICKS_BEFORE_1970
    assert event_times([stated], [written], [b"x" * 99, struct.pack("<Q", ticks)]) == [time]


def test_an_event_has_the_time_of_its_own_record_though_its_neighbours_share_the_microsecond(tmp_path: Path) -> None:
    times = [f"2023-10-18T05:43:49.910803{digit}Z" for digit in (4, 1, 1, 9, 0)]
    records = [
        record(number, time=time, written="2024-01-01T00:00:00Z", template=number != 2)
        for number, time in enumerate(times, 1)
    ]
    path = tmp_path / "Security.evtx"
    path.write_bytes(evtx_bytes(records))
    assert sorted(read_whole(SOURCE, path).times) == sorted(times)


def test_a_number_beyond_64_bits_with_a_sign_costs_no_record(tmp_path: Path) -> None:
    path = tmp_path / "Security.evtx"
    own = [record(number, event_record_id=2**64 - 1 if number == 3 else 100 + number) for number in range(1, 6)]
    path.write_bytes(evtx_bytes(own))
    assert read_whole(SOURCE, path).record_ids == [101, 102, 104, 105, None]
    path.write_bytes(evtx_bytes([record(2**63 - 3 + number, minutes=number) for number in range(5)]))
    reading = read_whole(SOURCE, path)
    assert reading.record_ids == [2**63 - 3, 2**63 - 2, 2**63 - 1, None, None]
    assert not reading.lost
