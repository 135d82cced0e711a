"""Reads one file with a source, in pieces of any size, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.sources.contract import Piece, ReadingLog, Source

if TYPE_CHECKING:
    from yadorigi.schema.event import Event
    from yadorigi.schema.warning import ParseWarning


@dataclass(frozen=True)
class Reading:
    """What a file gave: events in reading order, the lines they stand on, warnings, and the account."""

    events: list[Event]
    lines: list[int | None]
    times: list[str]
    warnings: list[ParseWarning]
    declared: int | None

    @property
    def lost(self) -> int:
        """Records in warnings."""
        return sum(warning.records or 0 for warning in self.warnings)

    @property
    def record_ids(self) -> list[int | None]:
        """Record ids, sorted as texts."""
        return sorted((event.record_id for event in self.events), key=str)


def read_whole(source: Source, path: Path, zone: tzinfo = UTC) -> Reading:
    """Read a file in the pieces that the source makes."""
    return read_pieces(source, list(source.pieces(0, path, path.name, path.stat().st_size)), zone)


def read_pieces(source: Source, pieces: list[Piece], zone: tzinfo = UTC) -> Reading:
    """Read some pieces of one file."""
    log = ReadingLog()
    events: list[Event] = []
    lines: list[int | None] = []
    times: list[str] = []
    for gathered in source.read(pieces, log, zone):
        assert sum(run.records for run in gathered.runs()) <= len(gathered)
        for batch in gathered.batches():
            assert len(batch.times) == len(batch.hosts) == len(batch.texts()) == len(batch)
            batch.columns(["CommandLine", "Data", "EventData_Name", "System.Level", 'odd"name'])
            for place in range(len(batch)):
                events.append(batch.event(place))
                lines.append(batch.origin(place).line)
                times.append(batch.times[place])
    assert sum(log.events.values()) == len(events)
    return Reading(events, lines, times, [warning for _, warning in log.warnings], log.declared.get(0))
