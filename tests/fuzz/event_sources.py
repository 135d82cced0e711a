"""The reader of EVTX under test, and how a file is read in a fuzzing run."""

from __future__ import annotations

import os
import struct
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, Final

from evtx_writer import EvtxFile, FileSettings, damage, element, evtx_bytes
from tests.fuzz.findings import Seeds, Target, require
from tests.fuzz.mutations import CHUNK, EVTX, HEADER, mutated, reseal
from tests.sources.written import record
from yadorigi.sources.contract import ReadingLog, Source
from yadorigi.sources.numbering import breaks
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows.evtx import EvtxSource

_FIELDS: Final = ("CommandLine", "Data", "NewProcessName", "System.Level")
_SMALL: Final = 300_000


def read_all(source: Source, path: Path) -> tuple[ReadingLog, Counter[int | None]]:
    """Read a file as a hunt would; return the account and the record ids of its events."""
    log = ReadingLog()
    ids: Counter[int | None] = Counter()
    events = 0
    for gathered in source.read(list(source.pieces(0, path, path.name, path.stat().st_size)), log):
        gathered.spans()
        for batch in gathered.batches():
            events += len(batch)
            require(len(batch.times) == len(batch.hosts) == len(batch), "times or hosts without events")
            batch.columns(_FIELDS)
            ids.update(batch.origin(place).record_id for place in range(len(batch)))
            batch.event(0)
            batch.event(len(batch) - 1)
        gathered.undecoded()
    require(events == sum(log.events.values()), "events read are not the events counted")
    breaks([log.numbering_of(0)], losses=False)
    return log, ids


# ------------------------------------------------------------------------------------------------------------ EVTX


def _varied(number: int) -> dict[str, Any]:
    match number % 6:
        case 0:
            return {"event_data": ["one", "two", "\u65e5\u672c\u8a9e"]}
        case 1:
            return {
                "user_data": element("LogFileCleared", {}, element("SubjectUserName", {}, "someone")),
                "event_data": None,
            }
        case 2:
            return {"template": False}
        case 3:
            return {"event_data": {"Data": "x" * 900}, "binary": b"\0\1\2"}
        case 4:
            return {"event_data": None}
        case _:
            return {}


def evtx_seeds() -> Seeds:
    """Small files from the writer, and small files of the corpora where there are any."""
    plain = evtx_bytes([record(number) for number in range(1, 13)], FileSettings(records_per_chunk=6))
    varied = EvtxFile(FileSettings(records_per_chunk=8, dirty=True))
    for number in range(1, 17):
        varied.add(record(number, **_varied(number)))
    full = evtx_bytes([record(number, event_data={"CommandLine": "y" * 700}) for number in range(1, 60)])
    seeds = [plain, plain, varied.to_bytes(), varied.to_bytes(), full, damage.with_uncounted_records(plain, 1, 2)]
    folder = os.environ.get("YADORIGI_CORPORA")
    if folder:
        files = sorted(Path(folder, "windows").rglob("*.evtx"))
        seeds += [path.read_bytes() for path in files[::5] if path.stat().st_size < _SMALL]
    return seeds


def _evtx(chance: Random, seeds: Seeds) -> bytes:
    data = mutated(chance, seeds, EVTX)
    if chance.random() < 0.4:
        sealed = bytearray(data)
        reseal(chance, sealed)
        data = bytes(sealed)
    return data


def check_evtx(data: bytes, folder: Path) -> None:
    """Read an EVTX file; every record of it is an event or in a warning."""
    path = folder / "Security.evtx"
    path.write_bytes(data)
    recognise(data[:65_536], path.name)
    log, _ = read_all(EvtxSource(), path)
    lost = sum(warning.records or 0 for _, warning in log.warnings)
    events = log.events.get(0, 0)
    require(events + lost == log.declared.get(0, 0), f"{events} events, {lost} lost, {log.declared} declared")


def _one_chunk(chance: Random, seeds: Seeds) -> bytes:
    """A sound chunk, one that is changed, and a sound one: what is wrong in the middle must stay there."""
    sound = seeds[0]
    middle = bytearray(mutated(chance, seeds, EVTX)[HEADER : HEADER + CHUNK].ljust(CHUNK, b"\0"))
    if chance.random() < 0.1:
        struct.pack_into("<I", middle, chance.randrange(0, CHUNK - 4, 4), 0xFFFF_FFFF)
    return sound[: HEADER + CHUNK] + bytes(middle) + sound[HEADER + CHUNK :]


def check_neighbours(data: bytes, folder: Path) -> None:
    """Read a file whose second chunk of three is damaged; the others lose nothing."""
    path = folder / "Security.evtx"
    path.write_bytes(data)
    log, ids = read_all(EvtxSource(), path)
    lost = sum(warning.records or 0 for _, warning in log.warnings)
    require(log.events.get(0, 0) + lost == log.declared.get(0, 0), "the account does not hold")
    missing = [number for number in range(1, 13) if not ids[number]]
    require(not missing, f"records {missing} of sound chunks are lost")


TARGETS: Final = (
    Target("evtx", evtx_seeds, _evtx, check_evtx),
    Target("evtx-neighbours", evtx_seeds, _one_chunk, check_neighbours),
)
