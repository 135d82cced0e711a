"""What a run tells of a case's lake: whether the disk has room for more, and what it holds at the end."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.errors import UnfinishedError
from yadorigi.limits import LAKE_DISK_PERCENT, LAKE_DISK_PERCENT_LEAST, MEBIBYTE
from yadorigi.schema.summary import LakeSummary

if TYPE_CHECKING:
    from yadorigi.ingest.discover import InputFile
    from yadorigi.lake.commits import Lake

_PERCENT = 100


def require_room(case: Path, files: Iterable[InputFile]) -> list[str]:
    """Check, before anything is read, that the disk can take the events of logs; return what is to be told.

    Raises:
        UnfinishedError: it cannot.
    """
    size = sum(file.size for file in files if file.is_log)
    try:
        free = shutil.disk_usage(case).free
    except OSError:
        return []  # nobody knows; a full disk is noticed when it is full
    told = f"{free // MEBIBYTE:,} MiB are free at {case} for the events of {size // MEBIBYTE:,} MiB of logs"
    if free < size * LAKE_DISK_PERCENT_LEAST // _PERCENT:
        least = size * LAKE_DISK_PERCENT_LEAST // _PERCENT // MEBIBYTE
        raise UnfinishedError(
            f"{told}, which take {least:,} MiB at least; make room, name a case on another disk, or use --no-store"
        )
    if free < size * LAKE_DISK_PERCENT // _PERCENT:
        most = size * LAKE_DISK_PERCENT // _PERCENT // MEBIBYTE
        return [f"{told}, which may take {most:,} MiB: the disk may get full"]
    return []


def lake_summary(lake: Lake, stored: int) -> LakeSummary | None:
    """Return what ``summary.json`` says of a lake; None where there is none.

    Args:
        lake: as it is at the end of the run.
        stored: events that this run put into it.
    """
    if not lake.commits:
        return None
    tables: Counter[str] = Counter()
    for part in lake.parts:
        tables[part.table] += part.rows
    size = sum(part.size for part in lake.parts)
    return LakeSummary(stored=stored, events=lake.events(), bytes=size, tables=dict(sorted(tables.items())))
