"""Count event ids per host and channel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
import rtoml

from yadorigi.app.progress import Progress, Silent
from yadorigi.app.scan_files import Kept, Scan, ScanOptions, scanned
from yadorigi.app.tallies import Others, add, frames_of, largest
from yadorigi.errors import ContentError
from yadorigi.limits import COUNTED_KEYS_LIMIT
from yadorigi.schema.metrics import EventCount

if TYPE_CHECKING:
    from yadorigi.schema.batch import EventBatch


@dataclass(frozen=True, slots=True)
class EventMetrics:
    """The counts: by host and channel, most events first; beyond the limit, the smallest are counted together."""

    scan: Scan
    rows: tuple[EventCount, ...]
    others: Others


@contextmanager
def count_events(
    options: ScanOptions, language: str = "en", progress: Progress | None = None, limit: int = COUNTED_KEYS_LIMIT
) -> Iterator[EventMetrics]:
    """Count.

    Raises:
        InputMissingError: no input path exists.
        UnfinishedError: the disk is full, say.
    """
    described = descriptions()
    with scanned(options, _EventScanner, progress if progress is not None else Silent()) as scan:
        kept, others = largest(scan.frames(), limit, shared=2)
        rows = [
            EventCount(
                host=str(row.key[0]),
                channel=str(row.key[1]),
                provider=str(row.key[2]),
                event_id=int(row.key[3]),
                events=row.events,
                share=round(row.events / row.of, 6),
                first_time=row.first,
                last_time=row.last,
                description=described.get((str(row.key[2]).casefold(), int(row.key[3])), {}).get(language, ""),
            )
            for row in kept
        ]
        rows.sort(key=lambda row: (row.host, row.channel, -row.events, row.provider, row.event_id))
        yield EventMetrics(scan, tuple(rows), others)


class _EventScanner:
    """Counts batches, in a worker."""

    def __init__(self, names: tuple[str, ...]) -> None:
        del names

    def see(self, batch: EventBatch, kept: Kept) -> None:
        """Count a batch."""
        kind = batch.kind
        for host, times in batch.times_by_host():
            add(kept.tally, (host, kind.channel, kind.provider, kind.event_id), times)

    def finish(self, kept: Kept) -> None:
        """Turn the counts into frames."""
        kept.frames = frames_of(kept.tally)


@lru_cache(maxsize=1)
def descriptions() -> dict[tuple[str, int], dict[str, str]]:
    """Return what event ids mean, by provider (in lower case) and id, then by language.

    Raises:
        ContentError: the shipped data is broken.
    """
    data = (files("yadorigi") / "content" / "windows" / "event_descriptions.toml").read_text("utf-8")
    try:
        tables = msgspec.convert(rtoml.loads(data), dict[str, dict[int, dict[str, str]]], strict=False, str_keys=True)
    except ValueError as error:
        raise ContentError(f"event_descriptions.toml: {error}") from error
    return {(provider, number): texts for provider, table in tables.items() for number, texts in table.items()}
