"""A batch: events of one kind, read together. It is the only thing that flows from sources to detection.

The payload of an event stays as the log's own bytes until somebody asks for a field; then one column is decoded for
the whole batch. See docs/adr/0003-batches.md for why this is no Arrow table before it reaches a store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from msgspec import UnsetType

    from yadorigi.schema.event import Event, EventKind, Value


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event was read.

    Attributes:
        file: number of the input file in the run.
        record_id: the record's own number in its channel, or None.
        line: 1-based line of a text file, or None.
    """

    file: int
    record_id: int | None
    line: int | None


class StoredColumns(NamedTuple):
    """What a store keeps of events that were read together, one value per event.

    Attributes:
        texts: each event's own text; events of one source family have one form.
        times: canonical.
        files: number of the input file.
        lines: 1-based line, or 0.
        numbers: the record's number in its channel, or -1.
    """

    texts: Sequence[str]
    times: Sequence[str]
    files: Sequence[int]
    lines: Sequence[int]
    numbers: Sequence[int]


class Alike(NamedTuple):
    """Events of a batch of which one may stand for others, since their data are the same.

    Attributes:
        first: places of events of which no two are alike, in their order.
        like: for each event of the batch, the place in ``first`` of the one that it is like.
    """

    first: Sequence[int]
    like: Sequence[int]


class Screen(Protocol):
    """A quick look at raw text. It is hashable by its identity."""

    def may_be_in(self, text: bytes) -> bool:
        """Say whether what is looked for may be in text that `screened` gave."""


def screened(text: str | bytes) -> bytes:
    """Return raw text as screens look at it: UTF-8, the letters of ASCII in lower case.

    It is made once for all screens, since it takes longer than what most of them do with it.
    """
    return (text.encode("utf-8", "replace") if isinstance(text, str) else text).lower()


class EventBatch(Protocol):
    """Events of one kind, in the order in which they were read."""

    @property
    def kind(self) -> EventKind:
        """Channel, provider and event id of all events of the batch."""

    @property
    def times(self) -> Sequence[str]:
        """Canonical times (`schema.times`), one per event."""

    @property
    def hosts(self) -> Sequence[str]:
        """``Computer`` of each event."""

    def times_by_host(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Give each host with the canonical times of its events."""

    def __len__(self) -> int:
        """Return the number of events."""

    def columns(self, names: Sequence[str]) -> list[list[Value | UnsetType]]:
        """Return native fields by name, MISSING where an event does not have one.

        A name that begins with ``System.`` is a field of the flattened ``System`` element, any other one of the
        event's data (see `schema.event.Event`).
        """

    def names_beyond(self, known: frozenset[str]) -> set[str]:
        """Return the names of the native fields that any event of the batch has beyond the known ones.

        Exact: the names are those of `schema.event.Event.data` over all events.
        """

    def places_with(self, screen: Screen) -> Sequence[int]:
        """Return the places of the events in whose raw text the screen finds anything.

        All events that were read together are looked at in one go, and the answer is remembered per screen.
        """

    @property
    def screened_at_once(self) -> bool:
        """Whether `places_with` takes no longer than to get at the texts of these events alone."""

    def texts(self) -> Sequence[str]:
        """Return each event's raw text, for a first look before fields are decoded."""

    def rows_by_host(self) -> Mapping[str | None, Sequence[int]]:
        """Return the places of each host's events in `sources.contract.Gathered.stored`; None where one states none."""

    def alike(self, apart: Sequence[object]) -> Alike | None:
        """Return which events have the same data, whatever their ``System`` elements say.

        Args:
            apart: for each event, something that is true of it if it is like no other.

        Returns:
            None where finding that out would take longer than it spares.
        """

    def select(self, kept: Sequence[int]) -> EventBatch:
        """Return the batch with only the events at the given places."""

    def places_by_origin(self) -> Iterator[tuple[str, int, Sequence[int]]]:
        """Give each host, "" for none, and number of a file, with the places of its events."""

    def time(self, place: int) -> str:
        """Return one event's canonical time."""

    def event(self, place: int) -> Event:
        """Return one event with all its native fields."""

    def origin(self, place: int) -> Origin:
        """Return where one event was read."""
