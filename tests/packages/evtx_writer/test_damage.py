"""Each kind of damage changes what it says and nothing else; the checksums fit again where that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtx_writer import DescriptionError, EvtxWriterError, FileSettings, damage, evtx_bytes, layout
from evtx_writer.errors import PlaceError
from tests.packages.evtx_writer.events import event, events
from tests.packages.evtx_writer.readers import by_libevtx, by_rust, checksums_by_python_evtx

WHOLE = evtx_bytes(events(9), FileSettings(records_per_chunk=3))
SECOND_CHUNK = layout.chunk_place(WHOLE, 1)
FIFTH = SECOND_CHUNK.records[1]
NEVER = 0xFFFF_FFFF


def changed(data: bytes) -> set[int]:
    """Where a file of the same length differs from the whole one."""
    assert len(data) == len(WHOLE)
    return {place for place, (old, new) in enumerate(zip(WHOLE, data, strict=True)) if old != new}


@pytest.mark.parametrize(
    ("make", "start", "size"),
    [
        (lambda data: damage.overwritten(data, 700, b"\xff" * 9), 700, 9),
        (lambda data: damage.zeroed(data, SECOND_CHUNK.offset, 600), SECOND_CHUNK.offset, 600),
        (lambda data: damage.with_flipped_bit(data, 8 * 4100 + 7), 4100, 1),
        (damage.with_file_magic, 0, 8),
        (lambda data: damage.with_file_fields(data, {"chunks": 700}), 42, 2),
        (damage.with_wrong_file_checksum, 124, 4),
        (lambda data: damage.with_chunk_magic(data, 1), SECOND_CHUNK.offset, 8),
        (lambda data: damage.with_chunk_fields(data, 1, {"last_number": 2**63}), SECOND_CHUNK.offset + 16, 8),
        (lambda data: damage.with_wrong_chunk_checksum(data, 1), SECOND_CHUNK.offset + 124, 4),
        (lambda data: damage.with_record_magic(data, 1, 1), FIFTH.offset, 4),
        (lambda data: damage.with_record_fields(data, 1, 1, {"size": NEVER}), FIFTH.offset + 4, 4),
        (lambda data: damage.with_record_fields(data, 1, 1, {"record_id": 77}), FIFTH.offset + 8, 8),
        (lambda data: damage.with_size_at_end(data, 1, 1, NEVER), FIFTH.offset + FIFTH.size - 4, 4),
        (lambda data: damage.with_content(data, 1, 1, b"\x7f" * 5), FIFTH.offset + 24, 5),
        (lambda data: damage.with_template_offset(data, 1, 1, NEVER), FIFTH.offset + 24 + 10, 4),
        (lambda data: damage.with_name_bucket(data, 1, 63, NEVER), SECOND_CHUNK.offset + 128 + 4 * 63, 4),
        (lambda data: damage.with_template_bucket(data, 1, 31, NEVER), SECOND_CHUNK.offset + 384 + 4 * 31, 4),
    ],
    ids=count(),
)
def test_only_what_is_named_changes(make: Callable[[bytes], bytes], start: int, size: int) -> None:
    places = changed(make(WHOLE))
    assert places
    assert places <= set(range(start, start + size))


def test_cut_off_files() -> None:
    assert damage.truncated(WHOLE, 5000) == WHOLE[:5000]
    assert len(layout.chunk_places(damage.truncated(WHOLE, len(WHOLE) - 1))) == 2


def test_checksums_fit_again(tmp_path: Path) -> None:
    broken = damage.with_record_fields(WHOLE, 1, 1, {"record_id": 77})
    broken = damage.with_file_fields(broken, {"next_record_id": 5})
    assert checksums_by_python_evtx(broken, tmp_path) == [False, True, False, True]
    assert checksums_by_python_evtx(damage.resealed(broken), tmp_path) == [True] * 4
    assert damage.resealed(WHOLE) == WHOLE


def test_wrong_checksums(tmp_path: Path) -> None:
    for make, expected in (
        (damage.with_wrong_file_checksum(WHOLE), [False, True, True, True]),
        (damage.with_wrong_chunk_checksum(WHOLE, 2), [True, True, True, False]),
        (damage.with_wrong_records_checksum(WHOLE, 0), [True, False, True, True]),
    ):
        assert checksums_by_python_evtx(make, tmp_path) == expected
        assert damage.resealed(make) == WHOLE


def test_records_that_the_header_does_not_count(tmp_path: Path) -> None:
    dirty = damage.with_uncounted_records(WHOLE, 1, 2)
    assert checksums_by_python_evtx(dirty, tmp_path) == [True] * 4
    assert layout.number_at(dirty, 0, layout.FILE_FIELDS["flags"]) == 1
    assert len(layout.chunk_place(dirty, 1).records) == 3, "the third one is still there"
    assert [reading.record_id for reading in by_rust(dirty)] == [1, 2, 3, 4, 5, 7, 8, 9]


def test_chunks_in_another_order() -> None:
    shuffled = damage.with_chunks(WHOLE, [2, 0, 0])
    assert [place.record_id for chunk in layout.chunk_places(shuffled) for place in chunk.records] == [
        7, 8, 9, 1, 2, 3, 1, 2, 3,
    ]  # fmt: skip
    assert shuffled[:4096] == WHOLE[:4096]


def test_tables_that_lead_to_themselves() -> None:
    looping = damage.with_looping_tables(WHOLE, 1)
    start = SECOND_CHUNK.offset
    entries = [int.from_bytes(looping[place : place + 4], "little") for place in range(start + 128, start + 512, 4)]
    used = [entry for entry in entries if entry]
    assert len(used) > 10
    assert all(int.from_bytes(looping[start + entry : start + entry + 4], "little") == entry for entry in used)


def test_neighbours_of_a_damaged_record_are_where_they_were() -> None:
    data = damage.with_content(WHOLE, 1, 1, b"\xff" * 20)
    assert [place.record_id for place in layout.chunk_place(data, 1).records] == [4, 5, 6]


NOT_THERE: dict[str, Callable[[], bytes]] = {
    "bytes": lambda: damage.overwritten(WHOLE, len(WHOLE), b"x"),
    "bit": lambda: damage.with_flipped_bit(WHOLE, 8 * len(WHOLE)),
    "chunk": lambda: damage.with_chunk_magic(WHOLE, 3),
    "record": lambda: damage.with_record_magic(WHOLE, 0, 3),
    "field": lambda: damage.with_record_fields(WHOLE, 0, 0, {"length": 1}),
    "no record counted": lambda: damage.with_uncounted_records(WHOLE, 0, 0),
    "more records counted": lambda: damage.with_uncounted_records(WHOLE, 0, 4),
    "name bucket": lambda: damage.with_name_bucket(WHOLE, 0, 64, 0),
    "template bucket": lambda: damage.with_template_bucket(WHOLE, 0, 32, 0),
    "room": lambda: damage.with_content(WHOLE, 0, 0, bytes(65_536)),
    "template": lambda: damage.with_template_offset(evtx_bytes([event(template=False)]), 0, 0, 0),
    "header": lambda: damage.with_file_fields(b"short", {"chunks": 1}),
}


@pytest.mark.parametrize("name", NOT_THERE)
def test_a_place_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(PlaceError):
        NOT_THERE[name]()


def test_a_number_outside_of_its_field_is_refused() -> None:
    with pytest.raises(DescriptionError):
        damage.with_record_fields(WHOLE, 0, 0, {"size": 2**32})


MIXED: tuple[Callable[[bytes, int, int, int], bytes], ...] = (
    lambda file, _, __, number: damage.truncated(file, number % (len(file) + 1)),
    lambda file, _, __, number: damage.with_flipped_bit(file, number),
    lambda file, chunk, _, number: damage.with_chunk_fields(file, chunk, {"free_offset": number}),
    lambda file, chunk, record, number: damage.with_record_fields(file, chunk, record, {"size": number}),
    lambda file, chunk, record, _: damage.with_uncounted_records(file, chunk, record),
    lambda file, chunk, _, __: damage.with_looping_tables(file, chunk),
    lambda file, _, __, ___: damage.resealed(file),
)


@given(
    st.lists(
        st.tuples(st.sampled_from(MIXED), st.integers(0, 3), st.integers(0, 4), st.integers(0, NEVER)),
        min_size=1,
        max_size=6,
    )
)
def test_damage_upon_damage_is_made_or_refused(
    steps: list[tuple[Callable[[bytes, int, int, int], bytes], int, int, int]],
) -> None:
    damaged = WHOLE
    for make, chunk, record, number in steps:
        try:
            damaged = make(damaged, chunk, record, number)
        except EvtxWriterError:
            continue
    assert len(damaged) <= len(WHOLE)


def test_libevtx_sees_the_whole_file() -> None:
    assert [reading.record_id for reading in by_libevtx(WHOLE)] == list(range(1, 10))
