"""EVTX files from the writer, of records that can be told apart, for tests of how they are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evtx_writer import EventRecord, FileSettings, evtx_bytes
from tests.sources.reading import Reading, read_whole
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.numbering import Break, breaks
from yadorigi.sources.windows.evtx import EvtxSource

SOURCE = EvtxSource()
BEGIN = datetime(2026, 3, 11, 9, tzinfo=UTC)


def record(number: int, *, minutes: int | None = None, **other: Any) -> EventRecord:
    """A process start whose command line says its number; a minute after the one before."""
    known: dict[str, Any] = {
        "provider": "Microsoft-Windows-Security-Auditing",
        "provider_guid": "54849625-5478-4994-A5BA-3E3B0328C30D",
        "event_id": 4688,
        "channel": "Security",
        "computer": "DC01.example",
        "time": BEGIN + timedelta(minutes=number if minutes is None else minutes),
        "record_id": number,
        "event_data": {"NewProcessName": "C:\\Windows\\System32\\ntdsutil.exe", "CommandLine": f"ntdsutil {number}"},
    }
    return EventRecord(**known | other)


def log_of(numbers: Iterable[int], per_chunk: int | None = 10, *, dirty: bool = False) -> bytes:
    """A file of such records."""
    return evtx_bytes(map(record, numbers), FileSettings(records_per_chunk=per_chunk, dirty=dirty))


def read(folder: Path, data: bytes) -> Reading:
    """Read a file's bytes; the account must hold."""
    path = folder / "Security.evtx"
    path.write_bytes(data)
    reading = read_whole(SOURCE, path)
    assert len(reading.events) + reading.lost == (reading.declared or 0)
    return reading


def breaks_of(folder: Path, data: bytes) -> list[Break]:
    """What is wrong with the numbers of a file's records."""
    path = folder / "Security.evtx"
    path.write_bytes(data)
    log = ReadingLog()
    for gathered in SOURCE.read(list(SOURCE.pieces(0, path, path.name, len(data))), log):
        assert len(gathered)
    return breaks([log.numbering_of(0)], losses=any(warning.records != 0 for _, warning in log.warnings))
