"""The period that a run is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yadorigi.schema.batch import EventBatch


def within_period(batch: EventBatch, since: str, until: str) -> EventBatch:
    """Return the events of a batch from ``since`` on and before ``until`` (canonical times, or "" for no limit)."""
    if not since and not until:
        return batch
    kept = [place for place, time in enumerate(batch.times) if time >= since and (not until or time < until)]
    return batch if len(kept) == len(batch) else batch.select(kept)
