"""Damaged EVTX files: no exception, no lost neighbour, everything accounted for."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from tests.sources.reading import Reading, read_whole
from yadorigi.sources.windows.evtx import EvtxSource
from yadorigi.sources.windows.evtx_chunk import CHUNK_SIZE, FIRST_RECORD, HEADER_SIZE, declared_records, file_header

SOURCE = EvtxSource()
MUTATIONS = 60

pytestmark = pytest.mark.corpora


@pytest.fixture(scope="module")
def sound(corpora: Path) -> bytes:
    """A file of several full chunks."""
    for path in sorted((corpora / "windows" / "aptsim-server2022").rglob("*.evtx")):
        data = path.read_bytes()
        chunks = [data[start : start + CHUNK_SIZE] for start in range(HEADER_SIZE, len(data), CHUNK_SIZE)]
        full = [chunk for chunk in chunks if any(chunk)]
        if 4 <= len(full) <= 12 and all(declared_records(chunk) for chunk in full):
            return file_header(len(full)) + b"".join(full)
    pytest.fail("no such file in the corpora")


def read(tmp_path: Path, data: bytes) -> Reading:
    path = tmp_path / "Security.evtx"
    path.write_bytes(data)
    reading = read_whole(SOURCE, path)
    assert len(reading.events) + reading.lost == (reading.declared or 0)
    return reading


def chunk_of(number: int) -> int:
    return HEADER_SIZE + number * CHUNK_SIZE


def stated(data: bytes, number: int) -> int:
    return declared_records(data[chunk_of(number) : chunk_of(number + 1)]) or 0


def test_a_broken_chunk_signature_loses_nothing(tmp_path: Path, sound: bytes) -> None:
    whole = read(tmp_path, sound)
    data = bytearray(sound)
    data[chunk_of(1) : chunk_of(1) + 8] = b"XXXXXXXX"
    reading = read(tmp_path, bytes(data))
    assert reading.record_ids == whole.record_ids
    assert [warning.kind for warning in reading.warnings] == ["record"]


def test_a_wiped_chunk_costs_itself(tmp_path: Path, sound: bytes) -> None:
    whole = read(tmp_path, sound)
    data = bytearray(sound)
    data[chunk_of(1) : chunk_of(2)] = b"\xab" * CHUNK_SIZE
    reading = read(tmp_path, bytes(data))
    assert len(reading.events) == len(whole.events) - stated(sound, 1)
    assert [(warning.kind, warning.offset) for warning in reading.warnings] == [("record", chunk_of(1))]


def test_a_broken_file_header_loses_nothing(tmp_path: Path, sound: bytes) -> None:
    whole = read(tmp_path, sound)
    reading = read(tmp_path, b"\0" * HEADER_SIZE + sound[HEADER_SIZE:])
    assert reading.record_ids == whole.record_ids
    assert [warning.kind for warning in reading.warnings] == ["file"]


def test_a_chunk_cut_from_the_end_is_missed(tmp_path: Path, sound: bytes) -> None:
    whole = read(tmp_path, sound)
    reading = read(tmp_path, sound[:-CHUNK_SIZE])
    last = (len(sound) - HEADER_SIZE) // CHUNK_SIZE - 1
    assert len(reading.events) == len(whole.events) - stated(sound, last)
    assert [warning.kind for warning in reading.warnings] == ["record"]


@pytest.mark.parametrize("offset", [16, 32, 44, 48])
def test_a_chunk_header_that_states_too_little_hides_nothing(tmp_path: Path, sound: bytes, offset: int) -> None:
    whole = read(tmp_path, sound)
    data = bytearray(sound)
    (value,) = struct.unpack_from("<I", data, chunk_of(1) + offset)
    struct.pack_into("<I", data, chunk_of(1) + offset, value - 3 if offset < 40 else FIRST_RECORD)
    reading = read(tmp_path, bytes(data))
    assert set(reading.record_ids) == set(whole.record_ids)


def test_a_record_that_claims_four_gigabytes_costs_no_other(tmp_path: Path, sound: bytes) -> None:
    whole = read(tmp_path, sound)
    data = bytearray(sound)
    first = chunk_of(1) + FIRST_RECORD
    (size,) = struct.unpack_from("<I", data, first + 4)
    struct.pack_into("<I", data, first + size + 4, 0xFFFF_FFFF)
    reading = read(tmp_path, bytes(data))
    assert len(whole.events) - len(reading.events) <= 1
    assert reading.warnings


def test_common_strings_that_point_nowhere_lose_nothing(tmp_path: Path, sound: bytes) -> None:
    whole = read(tmp_path, sound)
    data = bytearray(sound)
    data[chunk_of(1) + 128 : chunk_of(1) + 512] = b"\xff" * 384
    reading = read(tmp_path, bytes(data))
    assert reading.record_ids == whole.record_ids


def test_random_damage_costs_no_other_chunk(tmp_path: Path, sound: bytes) -> None:
    chance = random.Random(20260311)  # noqa: S311 - chance must be repeatable
    chunks = (len(sound) - HEADER_SIZE) // CHUNK_SIZE
    for _ in range(MUTATIONS):
        data = bytearray(sound)
        hit = chance.randrange(chunks)
        for _ in range(chance.choice((1, 2, 8, 64))):
            inside = chance.choice((chance.randrange(512), chance.randrange(CHUNK_SIZE)))
            data[chunk_of(hit) + inside] = chance.randrange(256)
        reading = read(tmp_path, bytes(data))
        others = sum(stated(sound, number) for number in range(chunks) if number != hit)
        assert len(reading.events) >= others
        if len(reading.events) < others + stated(sound, hit):
            assert reading.warnings


def test_a_file_cut_anywhere_gives_all_whole_chunks(tmp_path: Path, sound: bytes) -> None:
    chance = random.Random(1102)  # noqa: S311 - chance must be repeatable
    for _ in range(40):
        length = chance.randrange(len(sound))
        reading = read(tmp_path, sound[:length])
        whole_chunks = max(length - HEADER_SIZE, 0) // CHUNK_SIZE
        assert len(reading.events) >= sum(stated(sound, number) for number in range(whole_chunks))
        assert reading.warnings


def test_bytes_shuffled_between_chunks_raise_nothing(tmp_path: Path, sound: bytes) -> None:
    chance = random.Random(4624)  # noqa: S311 - chance must be repeatable
    for _ in range(40):
        data = bytearray(sound)
        size = chance.choice((16, 512, 4_096))
        source, target = (chance.randrange(len(data) - size) for _ in range(2))
        data[target : target + size] = data[source : source + size]
        read(tmp_path, bytes(data))
