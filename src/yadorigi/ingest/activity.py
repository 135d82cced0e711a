"""What was seen, in numbers: kinds of events, hosts and channels with their first and last event, hours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yadorigi.limits import COUNTED_KEYS_LIMIT
from yadorigi.schema.event import EventKind

if TYPE_CHECKING:
    from yadorigi.schema.batch import EventBatch

OTHERS = "(others)"
"""Host and channel under which everything beyond `COUNTED_KEYS_LIMIT` is counted."""


@dataclass(slots=True)
class Span:
    """Events between a first and a last time (canonical times)."""

    events: int
    first: str
    last: str

    def add(self, other: Span) -> None:
        """Take in another span."""
        self.events += other.events
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)


@dataclass(slots=True)
class Activity:
    """Counts of events.

    Attributes:
        kinds: events by kind.
        logs: (host, channel) to span.
        hours: events by hour (``YYYY-MM-DDTHH``, UTC).
    """

    kinds: Counter[EventKind] = field(default_factory=Counter)
    logs: dict[tuple[str, str], Span] = field(default_factory=dict)
    hours: Counter[str] = field(default_factory=Counter)

    def see(self, batch: EventBatch) -> None:
        """Count a batch."""
        self.kinds[batch.kind] += len(batch)
        for host, times in batch.times_by_host():
            self.hours.update([time[:13] for time in times])
            self._add((host, batch.kind.channel), Span(len(times), min(times), max(times)))

    def add(self, other: Activity) -> None:
        """Take in another count."""
        self.kinds.update(other.kinds)
        self.hours.update(other.hours)
        for key, span in other.logs.items():
            self._add(key, span)
        if len(self.kinds) > COUNTED_KEYS_LIMIT:
            self._fold_kinds()
        if len(self.hours) > COUNTED_KEYS_LIMIT:
            kept = Counter(dict(self.hours.most_common(COUNTED_KEYS_LIMIT // 2)))
            kept[OTHERS] += self.hours.total() - kept.total()
            self.hours = kept

    def _add(self, key: tuple[str, str], span: Span) -> None:
        known = self.logs.get(key)
        if known is None and len(self.logs) >= COUNTED_KEYS_LIMIT:
            key = (OTHERS, OTHERS)
            known = self.logs.get(key)
        if known is None:
            self.logs[key] = Span(span.events, span.first, span.last)
        else:
            known.add(span)

    def _fold_kinds(self) -> None:
        kept = Counter(dict(self.kinds.most_common(COUNTED_KEYS_LIMIT // 2)))
        kept[EventKind(OTHERS, OTHERS, 0)] += self.kinds.total() - kept.total()
        self.kinds = kept
