"""The files of an estate: each log in its own, in one archive, or all in the one file of a collector."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from evtx_writer import evtx_bytes

if TYPE_CHECKING:
    from benchmarks.honesty.logs import Estate

_ZIP_TIME = (2026, 3, 18, 9, 0, 0)


def files_of(estate: Estate) -> dict[str, bytes]:
    """Return paths below the folder of the estate, and what they hold."""
    if estate.packing == "collector":
        return {"collector/ForwardedEvents.evtx": _forwarded(estate)}
    if estate.packing == "one json file":
        return {"collector/export.jsonl": _exported(estate)}
    files = {path: data for log in estate.logs.values() for path, data in log.files.items()}
    return {"collected.zip": _zipped(files)} if estate.packing == "archive" else files


def _zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path, _ZIP_TIME), data, zipfile.ZIP_DEFLATED, 1)
    return held.getvalue()


def _forwarded(estate: Estate) -> bytes:
    """What a collector wrote: the events of all hosts, numbered by itself; their own numbers stand inside."""
    together = sorted(
        ((record, log.host.computer) for log in estate.logs.values() for record in log.readable),
        key=lambda one: (one[0].ticks, one[1], one[0].channel, one[0].number),
    )
    events = [
        replace(record.as_event(computer), record_id=place, event_record_id=record.number)
        for place, (record, computer) in enumerate(together, start=1)
    ]
    return evtx_bytes(events)


def _exported(estate: Estate) -> bytes:
    """What a log store exported: the events of all hosts as JSON lines, in the order of time."""
    lines = [
        line
        for log in estate.logs.values()
        for data in log.files.values()
        for line in data.decode().splitlines(keepends=True)
    ]
    lines.sort(key=lambda line: str(json.loads(line)["Event"]["System"]["TimeCreated"]["#attributes"]["SystemTime"]))
    return "".join(lines).encode()
