"""What is described comes back: every field of System and of the payload, by three parsers that are not ours."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtx_writer import EventRecord, FileSettings, evtx_bytes
from tests.packages.evtx_writer import descriptions
from tests.packages.evtx_writer.descriptions import LIBEVTX, PYTHON_EVTX, RECORDS, RUST, Dialect
from tests.packages.evtx_writer.readers import (
    Reading,
    by_libevtx,
    by_python_evtx,
    by_rust,
    checksums_by_python_evtx,
)

SETTINGS = st.builds(
    FileSettings,
    first_record_id=st.integers(1, 2**40),
    records_per_chunk=st.none() | st.integers(1, 4),
    dirty=st.booleans(),
    full=st.booleans(),
    minor_version=st.sampled_from([1, 2]),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all examples of a test may write to."""
    return tmp_path_factory.mktemp("log")


def compare(readings: list[Reading], records: list[EventRecord], first: int, dialect: Dialect) -> None:
    assert [reading.record_id for reading in readings] == list(range(first, first + len(records)))
    for reading, record, record_id in zip(readings, records, count(first), strict=False):
        assert reading.system == descriptions.expected_system(record, record_id, dialect)
        assert reading.payload == descriptions.expected_payload(record, dialect)


@given(RECORDS, SETTINGS)
def test_the_parser_of_yadorigi(records: list[EventRecord], chosen: FileSettings) -> None:
    readings = by_rust(evtx_bytes(records, chosen))
    compare(readings, records, chosen.first_record_id, RUST)


@given(RECORDS, SETTINGS)
def test_libevtx(records: list[EventRecord], chosen: FileSettings) -> None:
    readings = by_libevtx(evtx_bytes(records, chosen))
    compare(readings, records, chosen.first_record_id, LIBEVTX)
    assert [int(reading.written) for reading in readings] == [record.time for record in records]


@settings(max_examples=20)  # it is slow
@given(RECORDS, SETTINGS)
def test_python_evtx(folder: Path, records: list[EventRecord], chosen: FileSettings) -> None:
    data = evtx_bytes(records, chosen)
    compare(by_python_evtx(data, folder), records, chosen.first_record_id, PYTHON_EVTX)
    header, *chunks = checksums_by_python_evtx(data, folder)
    assert header == (chosen.minor_version == 1), "it takes a later version for a wrong header"
    assert all(chunks)
