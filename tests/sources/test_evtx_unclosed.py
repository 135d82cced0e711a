"""Logs that were not closed, headers that were turned back, remains of an earlier use, and wrong checksums."""

from __future__ import annotations

from pathlib import Path

import pytest

from evtx_writer import EvtxFile, FileSettings, damage, evtx_bytes
from tests.sources.written import log_of, read, record
from yadorigi.sources.windows.evtx_chunk import CHUNK_SIZE, HEADER_SIZE


def chunk_of(data: bytes, number: int = 0) -> bytes:
    start = HEADER_SIZE + number * CHUNK_SIZE
    return data[start : start + CHUNK_SIZE]


def with_remains(data: bytes, older: bytes) -> bytes:
    """Put the records of an older log behind those of a file's first chunk, as reusing a chunk leaves them."""
    end = int.from_bytes(data[HEADER_SIZE + 48 : HEADER_SIZE + 52], "little")
    return (
        data[: HEADER_SIZE + end]
        + older[HEADER_SIZE + end : HEADER_SIZE + CHUNK_SIZE]
        + data[HEADER_SIZE + CHUNK_SIZE :]
    )


def emptied(data: bytes, *, dirty: bool) -> bytes:
    """Turn the header of the first chunk back to that of one that was never written to."""
    file = EvtxFile(FileSettings(dirty=dirty))
    file.add_empty_chunk()
    fresh = file.to_bytes()
    return fresh[: HEADER_SIZE + 512] + data[HEADER_SIZE + 512 :]


@pytest.mark.parametrize("counted", [1, 4, 9])
def test_records_that_the_header_does_not_count_are_events(tmp_path: Path, counted: int) -> None:
    reading = read(tmp_path, damage.with_uncounted_records(log_of(range(1, 21)), 1, counted))
    assert sorted(event.record_id or 0 for event in reading.events) == [*range(1, 21)]
    assert {event.data["CommandLine"] for event in reading.events} == {f"ntdsutil {number}" for number in range(1, 21)}
    assert reading.declared == 20
    (warning,) = reading.warnings
    assert (warning.kind, warning.offset) == ("notice", HEADER_SIZE + CHUNK_SIZE)
    assert f"(ids {11 + counted} to 20)" in warning.reason or counted == 9


def test_a_header_turned_back_hides_nothing_though_the_log_was_closed(tmp_path: Path) -> None:
    data = damage.with_file_fields(damage.with_uncounted_records(log_of(range(1, 11)), 0, 3), {"flags": 0})
    reading = read(tmp_path, damage.resealed(data))
    assert len(reading.events) == 10
    assert [warning.kind for warning in reading.warnings] == ["notice"]


def test_remains_of_an_earlier_use_are_told_apart(tmp_path: Path) -> None:
    reading = read(tmp_path, with_remains(log_of(range(101, 105)), log_of(range(1, 11))))
    assert sorted(event.record_id or 0 for event in reading.events) == [101, 102, 103, 104]
    (warning,) = reading.warnings
    assert warning.kind == "notice"
    assert "6 records (ids 5 to 10)" in warning.reason
    assert "left over" in warning.reason


def test_new_records_end_where_the_remains_of_an_earlier_start_begin(tmp_path: Path) -> None:
    """As after a crash: both times the log counted from 1, and the ids go on from the one to the other."""
    older = evtx_bytes([record(number, minutes=number - 500) for number in range(1, 13)])
    newer = damage.with_uncounted_records(with_remains(log_of(range(1, 9)), older), 0, 5)
    reading = read(tmp_path, newer)
    assert sorted(event.record_id or 0 for event in reading.events) == [*range(1, 9)]
    assert [warning.reason.split(" behind")[0] for warning in reading.warnings] == [
        "3 records (ids 6 to 8)",
        "4 records (ids 9 to 12)",
    ]


@pytest.mark.parametrize("dirty", [True, False])
def test_a_first_chunk_without_counted_records_is_read_if_the_log_was_not_closed(tmp_path: Path, dirty: bool) -> None:
    reading = read(tmp_path, emptied(log_of(range(1, 6)), dirty=dirty))
    assert len(reading.events) == (5 if dirty else 0)
    assert [warning.kind for warning in reading.warnings] == ["notice"]


def test_a_later_chunk_without_counted_records_goes_on_from_the_one_before(tmp_path: Path) -> None:
    whole = log_of(range(1, 16))
    empty = emptied(log_of([1]), dirty=False)[HEADER_SIZE : HEADER_SIZE + 512]
    second = HEADER_SIZE + CHUNK_SIZE
    reading = read(tmp_path, whole[:second] + empty + whole[second + 512 :])
    assert len(reading.events) == 15
    assert [warning.kind for warning in reading.warnings] == ["notice"]


@pytest.mark.parametrize(
    "wrong", [damage.with_wrong_chunk_checksum, damage.with_wrong_records_checksum], ids=["header", "records"]
)
def test_a_wrong_checksum_is_damage_and_costs_no_record(tmp_path: Path, wrong: object) -> None:
    assert callable(wrong)
    reading = read(tmp_path, wrong(log_of(range(1, 31)), 1))
    assert len(reading.events) == 30
    (warning,) = reading.warnings
    assert (warning.kind, warning.records, warning.offset) == ("record", 0, HEADER_SIZE + CHUNK_SIZE)
    assert "checksum" in warning.reason


def test_a_changed_letter_is_noticed(tmp_path: Path) -> None:
    data = log_of(range(1, 31))
    name = "ntdsutil 15".encode("utf-16le")
    reading = read(tmp_path, data.replace(name, "netstat- 15".encode("utf-16le")))
    assert len(reading.events) == 30
    assert [(warning.kind, warning.records) for warning in reading.warnings] == [("record", 0)]


def test_only_the_chunk_written_last_may_have_an_old_checksum_in_a_log_in_use(tmp_path: Path) -> None:
    data = log_of(range(1, 31), dirty=True)
    for number, kind in ((0, "record"), (1, "record"), (2, "notice")):
        reading = read(tmp_path, damage.with_wrong_records_checksum(data, number))
        assert len(reading.events) == 30
        assert [warning.kind for warning in reading.warnings] == [kind]
    closed = read(tmp_path, damage.with_wrong_records_checksum(log_of(range(1, 31)), 2))
    assert [warning.kind for warning in closed.warnings] == ["record"]


def test_a_ring_knows_its_newest_chunk(tmp_path: Path) -> None:
    ring = damage.with_chunks(log_of(range(1, 31), dirty=True), [2, 0, 1])
    for number, kind in ((0, "notice"), (1, "record"), (2, "record")):
        reading = read(tmp_path, damage.with_wrong_records_checksum(ring, number))
        assert [warning.kind for warning in reading.warnings] == [kind]


def test_a_log_that_keeps_no_checksums_is_not_damaged(tmp_path: Path) -> None:
    data = damage.with_wrong_records_checksum(log_of(range(1, 21)), 0)
    reading = read(tmp_path, damage.with_file_fields(data, {"flags": 4}))
    assert [warning.kind for warning in reading.warnings] == ["notice"]
    assert len(reading.events) == 20


def test_a_wrong_checksum_of_the_file_header_is_damage_and_costs_no_record(tmp_path: Path) -> None:
    reading = read(tmp_path, damage.with_wrong_file_checksum(log_of(range(1, 21))))
    assert len(reading.events) == 20
    assert [(warning.kind, warning.records) for warning in reading.warnings] == [("record", 0)]
