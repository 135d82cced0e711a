"""What was seen, in numbers: kinds of events, hosts and channels with their first and last event, hours."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from yadorigi.limits import COUNTED_KEYS_LIMIT
from yadorigi.schema.event import EventKind

if TYPE_CHECKING:
    from yadorigi.ingest.hours import HostHours

OTHERS: Final = "(others)"
"""Host, channel, provider and hour under which everything beyond `COUNTED_KEYS_LIMIT` is counted."""

Key = TypeVar("Key", bound=Hashable)
Count = TypeVar("Count")


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

    Of more than `COUNTED_KEYS_LIMIT` keys a table keeps those whose hash is lowest; the rest is counted together under
    `OTHERS`. Whoever was among the lowest at the end was so all the time: what is kept, and its counts, depend on what
    was seen and not on the order in which it came. A choice by size would depend on it.

    Attributes:
        kinds: events by kind.
        logs: (host, channel, site, "" for none) to span.
        hours: events by hour (``YYYY-MM-DDTHH``, UTC).
        beyond: names of the tables in which the limit bit.
    """

    kinds: Counter[EventKind] = field(default_factory=Counter)
    logs: dict[tuple[str, str, str], Span] = field(default_factory=dict)
    hours: Counter[str] = field(default_factory=Counter)
    beyond: set[str] = field(default_factory=set)

    def see(self, kind: EventKind, site: str | None, seen: Iterable[HostHours]) -> None:
        """Count events of one kind and site."""
        for host, hours, first, last, events in seen:
            self.kinds[kind] += events
            for hour, number in hours.items():
                self.hours[hour] += number
            self._add((host, kind.channel, site or ""), Span(events, first, last))

    def add(self, other: Activity) -> None:
        """Take in another count."""
        self.kinds.update(other.kinds)
        self.hours.update(other.hours)
        self.beyond |= other.beyond
        for key, span in other.logs.items():
            self._add(key, span)
        # Folding costs a sort of all keys, so it waits until there is as much again to fold.
        if max(len(self.kinds), len(self.hours), len(self.logs)) > 2 * COUNTED_KEYS_LIMIT:
            self.settle()

    def settle(self) -> None:
        """Bring every table down to the limit; to be called before they are looked at."""
        for name, bites in (
            ("kinds", _fold(self.kinds, EventKind(OTHERS, OTHERS, 0), int.__add__)),
            ("hours", _fold(self.hours, OTHERS, int.__add__)),
            ("logs", _fold(self.logs, (OTHERS, OTHERS, ""), _together)),
        ):
            if bites:
                self.beyond.add(name)

    def _add(self, key: tuple[str, str, str], span: Span) -> None:
        known = self.logs.get(key)
        if known is None:
            self.logs[key] = Span(span.events, span.first, span.last)
        else:
            known.add(span)


def _fold(table: dict[Key, Count], others: Key, together: Callable[[Count, Count], Count]) -> bool:
    """Count what is beyond the limit under one key; say whether there was anything."""
    keys = [key for key in table if key != others]
    if len(keys) <= COUNTED_KEYS_LIMIT:
        return False
    kept = set(heapq.nsmallest(COUNTED_KEYS_LIMIT, keys, key=_place))
    for key in keys:
        if key not in kept:
            count = table.pop(key)
            table[others] = together(table[others], count) if others in table else count
    return True


def _place(key: Hashable) -> tuple[bytes, str]:
    """Return a key's place in an order that a name's beginning does not decide, and no interpreter changes."""
    text = repr(key)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), text


def _together(one: Span, other: Span) -> Span:
    one.add(other)
    return one
