"""Chunks of EVTX files that do not lie where they belong: each is found, in whatever pieces the file is read."""

from __future__ import annotations

import random
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sources.written import SOURCE, log_of, read
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows import evtx
from yadorigi.sources.windows.evtx_chunk import CHUNK_MAGIC, CHUNK_SIZE, HEADER_SIZE, misfits

if TYPE_CHECKING:
    from tests.sources.reading import Reading

CHUNKS = 8
SOUND = log_of(range(1, 10 * CHUNKS + 1))
BODY = SOUND[HEADER_SIZE:]
RNG = random.Random(1102)  # noqa: S311 - chance must be repeatable
JUNK = RNG.randbytes(200_000)


def chunk_at(number: int) -> int:
    return HEADER_SIZE + number * CHUNK_SIZE


def ids_of(*chunks: int) -> list[int | None]:
    return sorted((10 * number + record for number in chunks for record in range(1, 11)), key=str)


@pytest.fixture(params=[CHUNK_SIZE, 3 * CHUNK_SIZE, 256 * CHUNK_SIZE])
def piece_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    size: int = request.param
    monkeypatch.setattr(evtx, "PIECE_BYTES", size)
    return size


def reasons(reading: Reading) -> str:
    return "; ".join(warning.reason for warning in reading.warnings)


@pytest.mark.usefixtures("piece_bytes")
def test_a_file_without_its_header(tmp_path: Path) -> None:
    assert getattr(recognise(BODY[:65_536], "x").source, "name", None) == SOURCE.name
    reading = read(tmp_path, BODY)
    assert reading.record_ids == ids_of(*range(CHUNKS))
    assert reasons(reading) == "the file header is damaged; the chunks are read without it"


@pytest.mark.usefixtures("piece_bytes")
@pytest.mark.parametrize("size", [1, 8, 777, HEADER_SIZE, 5_000, CHUNK_SIZE, 150_001])
def test_bytes_in_front_of_the_file(tmp_path: Path, size: int) -> None:
    for junk in (bytes(size), JUNK[:size]):
        reading = read(tmp_path, junk + SOUND)
        assert reading.record_ids == ids_of(*range(CHUNKS))
        assert {warning.kind for warning in reading.warnings} <= {"file", "record"}


@pytest.mark.usefixtures("piece_bytes")
@pytest.mark.parametrize("size", [1, 2, 8, 512, 4_096, 65_535, CHUNK_SIZE, 65_537, 199_999])
def test_bytes_put_in_between_chunks(tmp_path: Path, size: int) -> None:
    for place in (1, 3, 7):
        reading = read(tmp_path, SOUND[: chunk_at(place)] + JUNK[:size] + SOUND[chunk_at(place) :])
        assert reading.record_ids == ids_of(*range(CHUNKS))
        told = re.findall(r"(\d+) bytes that are no chunk", reasons(reading))
        assert sum(map(int, told)) == size


@pytest.mark.usefixtures("piece_bytes")
def test_bytes_missing_or_put_in_anywhere(tmp_path: Path) -> None:
    """The chunk that is hit loses what it must; the others lose nothing."""
    for _ in range(40):
        place = RNG.randrange(chunk_at(1), chunk_at(CHUNKS - 1))
        size = RNG.choice([1, 3, 64, 1_000, 30_000])
        end = min(place + size, chunk_at((place - HEADER_SIZE) // CHUNK_SIZE + 1))
        hit = (place - HEADER_SIZE) // CHUNK_SIZE
        for data in (SOUND[:place] + SOUND[end:], SOUND[:place] + JUNK[:size] + SOUND[place:]):
            reading = read(tmp_path, data)
            assert set(reading.record_ids) >= set(ids_of(*(set(range(CHUNKS)) - {hit})))
            assert reading.warnings


@pytest.mark.usefixtures("piece_bytes")
def test_two_files_one_behind_the_other(tmp_path: Path) -> None:
    other = log_of(range(1_001, 1_021))
    reading = read(tmp_path, SOUND + other)
    assert len(reading.events) == 10 * CHUNKS + 20
    assert f"{HEADER_SIZE} bytes that are no chunk" in reasons(reading)


def test_a_signature_inside_a_record_is_no_chunk(tmp_path: Path) -> None:
    """Whoever writes events must not be able to hide others behind bytes that look like a chunk."""
    data = bytearray(SOUND)
    fake = CHUNK_MAGIC + bytes(32) + struct.pack("<I", 128)
    (used,) = struct.unpack_from("<I", SOUND, chunk_at(2) + 48)
    data[chunk_at(2) + used + 100 : chunk_at(2) + used + 100 + len(fake)] = fake
    whole = read(tmp_path, bytes(data))
    assert (whole.record_ids, whole.warnings) == (ids_of(*range(CHUNKS)), [])
    # The chunk's own signature is overwritten as well: it is read all the same, and the damage is told.
    data[chunk_at(2) : chunk_at(2) + len(CHUNK_MAGIC)] = b"no chunk"
    unsigned = read(tmp_path, bytes(data))
    assert unsigned.record_ids == ids_of(*range(CHUNKS))
    assert "without its signature" in reasons(unsigned)


@pytest.mark.usefixtures("piece_bytes")
def test_zeros_between_chunks_are_damage_and_behind_them_are_none(tmp_path: Path) -> None:
    data = bytearray(SOUND)
    data[chunk_at(2) : chunk_at(4)] = bytes(2 * CHUNK_SIZE)
    reading = read(tmp_path, bytes(data) + bytes(3 * CHUNK_SIZE))
    assert reading.record_ids == ids_of(0, 1, 4, 5, 6, 7)
    assert {(warning.kind, warning.records) for warning in reading.warnings} == {("record", None)}
    assert "zero bytes between chunks; what was there cannot be known" in reading.warnings[-1].reason


def test_a_record_that_is_cut_off_is_no_event(tmp_path: Path) -> None:
    """Filled up with zeros it might look like one, with fields that were never so."""
    (last,) = struct.unpack_from("<I", SOUND, chunk_at(7) + 44)
    (size,) = struct.unpack_from("<I", SOUND, chunk_at(7) + last + 4)
    for cut in (*range(30, size, 7), size - 1):
        reading = read(tmp_path, SOUND[: chunk_at(7) + last + cut])
        assert len(reading.events) == 10 * CHUNKS - 1
        assert reading.lost == 1


@pytest.mark.parametrize("written", [2**64 - 1, 2**63 - 1, 2_650_467_744_000_000_000])
def test_a_time_that_cannot_be_costs_nothing(tmp_path: Path, written: int) -> None:
    """The parser gives no record behind it."""
    data = bytearray(SOUND)
    struct.pack_into("<Q", data, chunk_at(1) + 512 + 16, written)
    assert misfits(bytes(data[chunk_at(1) : chunk_at(2)])) == ["records"]
    reading = read(tmp_path, bytes(data))
    assert reading.record_ids == ids_of(*range(CHUNKS))
    assert sorted(reading.times) == sorted(read(tmp_path, SOUND).times)
    assert reading.lost == 0
