"""What becomes of a log, as a golden file has it; ``python -m tests.sources.lines.golden LOG ...`` writes them."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yadorigi.schema.ocsf import normalise
from yadorigi.schema.times import time_of
from yadorigi.sources.contract import HEAD_BYTES, ReadingLog
from yadorigi.sources.registry import recognise

if TYPE_CHECKING:
    from yadorigi.schema.event import Event

CASES = Path(__file__).with_name("cases")
WRITTEN = datetime(2026, 3, 11, 9, tzinfo=UTC).timestamp()
"""When all logs of cases were written, as far as times without a year tell."""


def golden_path(log: Path) -> Path:
    return log.with_name(f"{log.name}.golden.json")


def events_of(log: Path) -> tuple[str, list[tuple[int, Event]], list[str]]:
    """Return the source of a log, its events with their lines in order, and its warnings."""
    os.utime(log, (WRITTEN, WRITTEN))
    with log.open("rb") as stream:
        source = recognise(stream.read(HEAD_BYTES), log.name).source
    assert source is not None, f"no source recognises {log.name}"
    reading = ReadingLog()
    found = []
    for gathered in source.read(list(source.pieces(0, log, log.name, log.stat().st_size)), reading):
        for batch in gathered.batches():
            found += [(batch.origin(place).line or 0, batch.event(place)) for place in range(len(batch))]
    warnings = [f"{warning.kind}: {warning.reason}" for _, warning in reading.warnings]
    return source.name, sorted(found, key=lambda pair: pair[0]), warnings


def golden_of(log: Path) -> dict[str, Any]:
    """Return the golden document of a log."""
    source, events, warnings = events_of(log)
    return {"source": source, "warnings": warnings, "events": [_shown(line, event) for line, event in events]}


def _shown(line: int, event: Event) -> dict[str, Any]:
    ocsf = normalise(event)
    # What is the same for all events, or stands in the fields too, would hide the rest.
    for name in ("class_uid", "category_uid", "category_name", "type_uid", "severity", "unmapped", "metadata", "time"):
        ocsf.pop(name, None)
    return {
        "line": line,
        "channel": event.kind.channel,
        "event_id": event.kind.event_id,
        "time": time_of(event.time),
        "host": event.host,
        "fields": {name: list(value) if isinstance(value, tuple) else value for name, value in event.data.items()},
        "ocsf": ocsf,
    }


if __name__ == "__main__":
    for name in sys.argv[1:]:
        text = json.dumps(golden_of(Path(name)), indent=1, ensure_ascii=False)
        golden_path(Path(name)).write_text(text + "\n", encoding="utf-8")
