"""A batch of events in memory (an `EventBatch`), for tests that need no files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from yadorigi.detect.fields import SYSTEM
from yadorigi.schema.batch import Alike, EventBatch, Origin, Screen, screened
from yadorigi.schema.event import Event, EventKind, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass
class MemoryBatch:
    """Events of one kind, with the raw text that some writer of JSON would have left of them."""

    kind: EventKind
    events: Sequence[Event]
    ascii_only: bool = True
    screened_at_once: bool = False

    @property
    def times(self) -> Sequence[str]:
        return ["2026-03-11T00:00:00.0000000Z"] * len(self.events)

    @property
    def hosts(self) -> Sequence[str]:
        return [event.host for event in self.events]

    def times_by_host(self) -> Iterator[tuple[str, Sequence[str]]]:
        for host in dict.fromkeys(self.hosts):
            yield host, [time for time, own in zip(self.times, self.hosts, strict=True) if own == host]

    def __len__(self) -> int:
        return len(self.events)

    def columns(self, names: Sequence[str]) -> list[list[Value | UnsetType]]:
        return [[_value(event, name) for event in self.events] for name in names]

    def names_beyond(self, known: frozenset[str]) -> set[str]:
        return {name for event in self.events for name in event.data} - known

    def rows_by_host(self) -> dict[str | None, list[int]]:
        return {host: [row for row, own in enumerate(self.hosts) if own == host] for host in dict.fromkeys(self.hosts)}

    def places_with(self, screen: Screen) -> Sequence[int]:
        return [place for place, text in enumerate(self.texts()) if screen.may_be_in(screened(text))]

    def texts(self) -> Sequence[str]:
        return [json.dumps([event.system, event.data], ensure_ascii=self.ascii_only) for event in self.events]

    def alike(self, apart: Sequence[object]) -> Alike | None:
        first: dict[str, int] = {}
        like = []
        for place, event in enumerate(self.events):
            key = str(place) if apart[place] else repr(event.data)
            like.append([*first].index(key) if key in first else len(first))
            first.setdefault(key, place)
        return Alike([*first.values()], like)

    def select(self, kept: Sequence[int]) -> EventBatch:
        return MemoryBatch(self.kind, [self.events[place] for place in kept], self.ascii_only)

    def places_by_origin(self) -> Iterator[tuple[str, int, Sequence[int]]]:
        for host in dict.fromkeys(self.hosts):
            yield host, 0, [place for place, own in enumerate(self.hosts) if own == host]

    def time(self, place: int) -> str:
        return self.times[place]

    def event(self, place: int) -> Event:
        return self.events[place]

    def origin(self, place: int) -> Origin:
        return Origin(0, self.events[place].record_id, None)


def _value(event: Event, name: str) -> Value | UnsetType:
    if name.startswith(SYSTEM):
        return event.system.get(name.removeprefix(SYSTEM), UNSET)
    return event.data.get(name, UNSET)


def event_of(kind: EventKind, data: dict[str, Value], **system: Any) -> Event:
    """Return an event whose ``System`` element says what its kind says."""
    said: dict[str, Value] = {
        "Provider_Name": kind.provider,
        "EventID": kind.event_id,
        "Channel": kind.channel,
        **system,
    }
    return Event(kind=kind, time=0, host="host", record_id=1, system=said, data=data)
