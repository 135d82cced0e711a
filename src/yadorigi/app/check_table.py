"""Check the mapping of a table, and show what its first rows become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yadorigi.errors import UsageError
from yadorigi.schema.ocsf import normalise
from yadorigi.schema.times import time_of
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.tables.mapping import read_mapping
from yadorigi.sources.tables.source import TableSource

if TYPE_CHECKING:
    from yadorigi.schema.event import Event
    from yadorigi.schema.warning import ParseWarning
    from yadorigi.sources.tables.mapping import TableMapping


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """What came of a check.

    Attributes:
        columns: those that the mapping names.
        channel: of the events.
        read: how many rows of the table were read; 0 where none was given.
        events: the first of them, for people to look at.
        warnings: what was not read, and what is odd.
    """

    columns: tuple[str, ...]
    channel: str
    read: int
    events: tuple[dict[str, Any], ...]
    warnings: tuple[ParseWarning, ...]


def check_table(mapping: Path, table: Path | None, shown: int, zone: tzinfo = UTC) -> CheckedTable:
    """Check a mapping and, where a table is given, read it whole.

    Raises:
        UsageError: the mapping is wrong, or the table cannot be read.
    """
    made = read_mapping(mapping)
    if table is None:
        return CheckedTable(made.asked, made.channel, 0, (), ())
    return _read(made, mapping, table, shown, zone)


def _read(made: TableMapping, mapping: Path, table: Path, shown: int, zone: tzinfo) -> CheckedTable:
    source, log = TableSource(made, mapping), ReadingLog()
    events: list[dict[str, Any]] = []
    try:
        pieces = list(source.pieces(0, table, str(table), table.stat().st_size))
    except OSError as error:
        raise UsageError(f"{table}: cannot be read: {error.strerror or error}") from error
    for gathered in source.read(pieces, log, zone):
        for batch in gathered.batches():
            for place in range(len(batch)):
                if len(events) >= shown:
                    break
                events.append(_shown(batch.origin(place).line, batch.event(place)))
    events.sort(key=lambda event: event["line"] or 0)
    warnings = tuple(warning for _, warning in log.warnings)
    return CheckedTable(made.asked, made.channel, log.events.get(0, 0), tuple(events), warnings)


def _shown(line: int | None, event: Event) -> dict[str, Any]:
    return {
        "line": line,
        "time": time_of(event.time),
        "host": event.host,
        "fields": {name: list(value) if isinstance(value, tuple) else value for name, value in event.data.items()},
        "ocsf": normalise(event),
    }
