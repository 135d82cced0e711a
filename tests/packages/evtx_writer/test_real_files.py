"""Real logs, described, written again and read again: the same records, by the parser that read them first."""

from __future__ import annotations

import struct
from collections import Counter
from pathlib import Path

from evtx_writer import EventRecord, EvtxFile, FileSettings, damage, evtx_bytes, layout
from evtx_writer.binxml import name_hash
from tests.packages.evtx_writer.events import events
from tests.packages.evtx_writer.readers import by_libevtx, by_rust, checksums_by_python_evtx
from tests.packages.evtx_writer.rewriting import described

LARGEST = 1_200_000
EVERY = 6
"""One file in so many is tried, of each folder in turn."""


def chosen(corpora: Path) -> list[Path]:
    """Files of all tactics, none of them large."""
    windows = corpora / "windows"
    files = [*sorted(windows.glob("attack-samples/*/*.evtx")), *sorted(windows.glob("benign-win10/*.evtx"))]
    return [path for path in files[::EVERY] if path.stat().st_size <= LARGEST]


def test_written_again_they_read_the_same(corpora: Path, tmp_path: Path) -> None:
    forms: Counter[type] = Counter()
    files = chosen(corpora)
    assert len(files) > 40
    for path in files:
        pairs = list(described(path.read_bytes()))
        forms.update(type(record) for _, record in pairs)
        data = evtx_bytes(record for _, record in pairs)
        again = by_rust(data)
        assert [(read.record_id, read.written, read.system, read.payload) for read in again] == [
            (read.record_id, read.written, read.system, read.payload) for read, _ in pairs
        ], path
        assert all(checksums_by_python_evtx(data, tmp_path)), path
        others = by_libevtx(data)
        assert [other.record_id for other in others] == [read.record_id for read, _ in pairs], path
    assert forms[EventRecord] > 0.8 * forms.total() > 2_000


def test_what_is_known_of_the_layout_holds_for_the_files_of_windows(corpora: Path) -> None:
    checked = 0
    for path in chosen(corpora):
        data = path.read_bytes()
        places = layout.chunk_places(data)
        if layout.number_at(data, 0, layout.FILE_FIELDS["chunks"]) != len(places):
            continue
        resealed = damage.resealed(data)
        if resealed == data:
            checked += 1
        for place in places:
            names_of(data[place.offset : place.offset + 65_536])
    assert checked > 30, "their checksums are what the writer would have written"


def names_of(chunk: bytes) -> None:
    """Look at every name that a chunk's table leads to: its hash, its bucket, the order of its chain."""
    for bucket in range(64):
        (place,) = struct.unpack_from("<I", chunk, layout.NAME_TABLE + 4 * bucket)
        while place:
            following, found, length = struct.unpack_from("<IHH", chunk, place)
            assert found == name_hash(chunk[place + 8 : place + 8 + 2 * length])
            assert (found % 64, following < place) == (bucket, True)
            place = following


def test_a_chunk_of_windows_stands_beside_written_ones(corpora: Path) -> None:
    real = (corpora / "windows" / "benign-win10" / "Security.evtx").read_bytes()
    file = EvtxFile(FileSettings(first_record_id=93))
    file.add_chunk(real[4096 : 4096 + 65_536])
    for record in events(5):
        file.add(record)
    for read in (by_rust, by_libevtx):
        assert [reading.record_id for reading in read(file.to_bytes())] == list(range(1, 98))
