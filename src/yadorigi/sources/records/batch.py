"""Windows records grouped into batches by kind, with columns decoded on demand."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain, groupby
from operator import attrgetter
from typing import Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from yadorigi.limits import KINDS_LIMIT
from yadorigi.schema.batch import Alike, Origin, Screen, StoredColumns, screened
from yadorigi.schema.event import Event, EventKind, Value
from yadorigi.schema.times import ticks_of
from yadorigi.sources.record_runs import RecordRun, runs_of
from yadorigi.sources.records.record import (
    PAYLOADS,
    EventElement,
    Record,
    RecordError,
    SystemElement,
    decode_odd_record,
    decode_record,
    flatten_payload,
    flatten_system,
    flatten_user_data,
    plain,
)

SYSTEM_PREFIX: Final = "System."
_SCREENED: Final = 128
"""Records whose texts are looked at together: few enough for the processor's cache."""
_GENERIC: Final = msgspec.json.Decoder().decode
_PAYLOAD_KEY: Final = ',"EventData":'
_UNDECODABLE: Final = (TypeError, ValueError, AttributeError, msgspec.MsgspecError, RecursionError)


def kind_of(system: SystemElement) -> EventKind:
    """Return the kind of an event by its decoded head."""
    provider = system.Provider
    attributes = provider.attributes if provider is not None else None
    number = system.EventID
    return EventKind(
        system.Channel or "",
        attributes.Name if attributes is not None else "",
        number if isinstance(number, int) else number.text,
        attributes.EventSourceName if attributes is not None else "",
    )


class RecordTable:
    """Records of one or several files, in reading order, grouped by kind and host.

    Attributes:
        texts: the JSON text of each record.
        records: the decoded heads; None for the EVTX parser's records, whose text has a fixed form (`heads`).
        times: canonical times.
        files: number of the input file of each record.
        lines: 1-based line of each record, or 0 where the input has no lines.
        numbers: the record's own number in its channel, or -1.
        heads: known beginnings of records, then known channel and host, to the records that have them.
    """

    __slots__ = (
        "_groups", "_rows_with", "_screened", "_undecoded", "files", "heads", "lines", "numbers", "records", "texts",
        "times",
    )  # fmt: skip
    screened_at_once: ClassVar[bool] = False
    """Whether all texts are as screens look at them sooner than some of them are texts."""

    def __init__(self) -> None:
        """Start empty."""
        self._rows_with: dict[Screen, frozenset[int]] = {}
        self._screened: list[bytes] = []
        self._groups: dict[EventKind, dict[str | None, list[int]]] = {}
        self._undecoded: set[int] = set()
        self.heads: dict[str, dict[str, list[int]]] = {}
        self.texts: list[str | bytes] = []
        self.records: list[Record | None] = []
        self.times: list[str] = []
        self.files: list[int] = []
        self.lines: list[int] = []
        self.numbers: list[int] = []

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.times)

    def text(self, row: int) -> str | bytes:
        """Return the JSON text of a record."""
        return self.texts[row]

    def texts_of(self, rows: Sequence[int]) -> list[str]:
        """Return the JSON texts of records."""
        return [as_text(self.texts[row]) for row in rows]

    def rows_of(self, kind: EventKind, host: str | None) -> list[int]:
        """Return the places of the records of a kind and host, to add to."""
        return self._groups.setdefault(kind, {}).setdefault(host, [])

    def add(self, text: str | bytes, record: Record, time: str, file: int, line: int) -> None:
        """Add a decoded record."""
        system = record.Event.System
        self.rows_of(kind_of(system), system.Computer).append(len(self.texts))
        self.texts.append(text)
        self.records.append(record)
        self.times.append(time)
        self.files.append(file)
        self.lines.append(line)
        self.numbers.append(-1 if system.EventRecordID is None else system.EventRecordID)

    def rows_with(self, screen: Screen) -> frozenset[int]:
        """Return the places of the records in whose raw text the screen finds anything."""
        found = self._rows_with.get(screen)
        if found is None:
            blocks = [range(start, min(start + _SCREENED, len(self))) for start in range(0, len(self), _SCREENED)]
            if not self._screened:
                self._screened += [self._screened_together(block) for block in blocks]
            rows: list[int] = []
            for block, together in zip(blocks, self._screened, strict=True):
                if screen.may_be_in(together):
                    texts = zip(block, self.texts_of(block), strict=True)
                    rows += [row for row, text in texts if screen.may_be_in(screened(text))]
            found = self._rows_with[screen] = frozenset(rows)
        return found

    def _screened_together(self, rows: range) -> bytes:
        """Return the texts of some records that follow each other as screens look at them, all in one."""
        texts = self.texts[rows.start : rows.stop]
        try:
            together = "\n".join(texts)  # type: ignore[arg-type]  # texts that are bytes raise
        except TypeError:
            return b"\n".join(map(screened, texts))
        if together.isascii():
            return screened(together)
        # What is in ASCII is encoded several times faster without other letters among it.
        return screened(b"\n".join([text.encode("utf-8", "replace") for text in texts]))  # type: ignore[union-attr]  # as above

    def alike(self, rows: Sequence[int], apart: Sequence[object]) -> Alike | None:
        """Return which of some records have the same data; nobody knows before texts are cut, which takes as long."""
        del rows, apart
        return None

    def spans(self) -> dict[int, tuple[str, str]]:
        """Return the times of the first and last event of each file; a file's records lie together."""
        found: dict[int, tuple[str, str]] = {}
        start = 0
        for file, group in groupby(self.files):
            end = start + sum(1 for _ in group)
            times = self.times[start:end]
            first, last = min(times), max(times)
            known = found.get(file, (first, last))
            found[file] = (min(first, known[0]), max(last, known[1]))
            start = end
        return found

    def runs(self) -> Iterator[RecordRun]:
        """Give the records of each log and file as runs of numbers without a hole."""
        return runs_of(self._groups, self.numbers, self.files, self.times)

    def batches(self) -> Iterator[RecordBatch]:
        """Give the records grouped by kind."""
        for kind, by_host in self._groups.items():
            held = {host: rows for host, rows in by_host.items() if rows}
            if held:
                yield RecordBatch(self, kind, held)

    def stored(self) -> StoredColumns:
        """Return what a store keeps of the records."""
        return StoredColumns(self.texts_of(range(len(self))), self.times, self.files, self.lines, self.numbers)

    def head(self, row: int) -> SystemElement:
        """Return the decoded head of a record."""
        record = self.records[row]
        if record is None:
            text = self.text(row)
            try:
                record = decode_record(text)
            except _UNDECODABLE:
                try:
                    record = decode_odd_record(text)[0]
                except RecordError:
                    self._undecoded.add(row)
                    return SystemElement(EventID=0)
        return record.Event.System

    def event_object(self, row: int) -> dict[str, Any]:
        """Return a whole event, decoded; what strict JSON forbids in parts that nobody looked at yet is put right.

        One that cannot be decoded at all has no fields, and `undecoded` tells of it.
        """
        text = self.text(row)
        try:
            event: dict[str, Any] = _GENERIC(text)["Event"]
        except _UNDECODABLE:
            try:
                event = _GENERIC(decode_odd_record(text)[1])["Event"]
            except (RecordError, *_UNDECODABLE):
                self._undecoded.add(row)
                event = {"System": {}}
        return event

    def undecoded(self) -> dict[int, int]:
        """Return, by file number, how many records turned out to have fields that cannot be decoded."""
        return dict(Counter(self.files[row] for row in self._undecoded))

    def system_columns(self, rows: Sequence[int], names: Sequence[str]) -> dict[str, list[Value | UnsetType]]:
        """Return fields of the flattened ``System`` elements by name."""
        flat = [flatten_system(self.event_object(row)["System"]) for row in rows]
        return {name: [row.get(name, UNSET) for row in flat] for name in names}

    def payloads(self, rows: Sequence[int]) -> bytes:
        """Return the records' ``EventData`` as one JSON array.

        Raises:
            TypeError, ValueError, AttributeError: a record has none, has more than that, or has it not where the EVTX
            parser writes it.
        """
        if rows and self.records[rows[0]] is not None:
            elements = [self.records[row].Event for row in rows]  # type: ignore[union-attr]  # a missing one raises
            if not all(_has_one_payload(element) for element in elements):
                raise ValueError("payloads beside EventData")
            return b"[" + b",".join([bytes(element.EventData) for element in elements]) + b"]"  # type: ignore[arg-type]  # a missing one raises
        texts: list[str] = [self.texts[row] for row in rows]  # type: ignore[misc]  # the EVTX parser gives text
        cut = [text[text.index(_PAYLOAD_KEY) + len(_PAYLOAD_KEY) : -len("}}")] for text in texts]
        return ("[" + ",".join(cut) + "]").encode()


class RecordBatch:
    """Events of one kind (an `EventBatch`)."""

    __slots__ = ("_by_host", "_hosts", "_payloads", "_places", "_starts", "_table", "kind")

    def __init__(self, table: RecordTable, kind: EventKind, by_host: dict[str | None, list[int]]) -> None:
        """Take the records at the places of the table, given by host."""
        self._table = table
        self._by_host = by_host
        self._places = list(chain.from_iterable(by_host.values()))
        self._payloads: bytes | None = None
        self._starts: list[int] | None = None
        self._hosts: list[str | None] = []
        self.kind = kind

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self._places)

    @property
    def times(self) -> Sequence[str]:
        """Canonical times."""
        times = self._table.times
        return [times[place] for place in self._places]

    @property
    def hosts(self) -> Sequence[str]:
        """``Computer`` of each event, "" where it has none."""
        return [host or "" for host, places in self._by_host.items() for _ in places]

    def times_by_host(self) -> Iterator[tuple[str, Sequence[str]]]:
        """Give each host with the times of its events."""
        times = self._table.times
        for host, places in self._by_host.items():
            yield host or "", [times[place] for place in places]

    def rows_by_host(self) -> Mapping[str | None, Sequence[int]]:
        """Return the places of each host's events in `RecordTable.stored`; None where an event states none."""
        return self._by_host

    def texts(self) -> Sequence[str]:
        """Return the JSON text of each event."""
        return self._table.texts_of(self._places)

    def places_with(self, screen: Screen) -> Sequence[int]:
        """Return the places of the events in whose raw text the screen finds anything."""
        rows = self._table.rows_with(screen)
        return [place for place, row in enumerate(self._places) if row in rows] if rows else ()

    def alike(self, apart: Sequence[object]) -> Alike | None:
        """Return which events have the same data (see `EventBatch.alike`)."""
        return self._table.alike(self._places, apart)

    @property
    def screened_at_once(self) -> bool:
        """Whether `places_with` takes no longer than `texts`."""
        return self._table.screened_at_once

    def select(self, kept: Sequence[int]) -> RecordBatch:
        """Return the batch with only the events at the given places of this one."""
        rows = {self._places[place] for place in kept}
        by_host = {host: [row for row in places if row in rows] for host, places in self._by_host.items()}
        return RecordBatch(self._table, self.kind, {host: places for host, places in by_host.items() if places})

    def places_by_origin(self) -> Iterator[tuple[str, int, Sequence[int]]]:
        """Give each host and number of a file with the places of its events."""
        files, start = self._table.files, 0
        for host, rows in self._by_host.items():
            places: dict[int, list[int]] = {}
            for place, row in enumerate(rows, start):
                places.setdefault(files[row], []).append(place)
            start += len(rows)
            for file, own in places.items():
                yield host or "", file, own

    def time(self, place: int) -> str:
        """Return one event's canonical time."""
        return self._table.times[self._places[place]]

    def origin(self, place: int) -> Origin:
        """Return where one event was read."""
        row = self._places[place]
        return Origin(self._table.files[row], self._record_id(row), self._table.lines[row] or None)

    def _record_id(self, row: int) -> int | None:
        # Minus one stands for no number, unless some log has it.
        number = self._table.numbers[row]
        return number if number != -1 else self._table.head(row).EventRecordID

    def event(self, place: int) -> Event:
        """Return one event with all its native fields."""
        row = self._places[place]
        whole = self._table.event_object(row)
        return Event(
            kind=self.kind,
            time=ticks_of(self._table.times[row]),
            host=self._host(place),
            record_id=self._record_id(row),
            system=flatten_system(whole["System"]),
            data=flat_data(whole),
        )

    def _host(self, place: int) -> str:
        """Return one event's ``Computer``, by which the records are grouped; to decode its head takes longer."""
        if self._starts is None:
            self._starts = list(accumulate(map(len, self._by_host.values()), initial=0))[:-1]
            self._hosts = list(self._by_host)
        return self._hosts[bisect_right(self._starts, place) - 1] or ""

    def columns(self, names: Sequence[str]) -> list[list[Value | UnsetType]]:
        """Return native fields by name (see `EventBatch.columns`)."""
        found: dict[str, list[Value | UnsetType]] = {}
        system_names = [name for name in names if name.startswith(SYSTEM_PREFIX)]
        if system_names:
            found.update(self._system_columns(system_names))
        data_names = tuple(name for name in names if not name.startswith(SYSTEM_PREFIX))
        if data_names:
            found.update(zip(data_names, self._data_columns(data_names), strict=True))
        return [found[name] for name in names]

    def _system_columns(self, names: Sequence[str]) -> dict[str, list[Value | UnsetType]]:
        found = self._table.system_columns(self._places, [name.removeprefix(SYSTEM_PREFIX) for name in names])
        return {name: found[name.removeprefix(SYSTEM_PREFIX)] for name in names}

    def _data_columns(self, names: tuple[str, ...]) -> list[list[Value | UnsetType]]:
        try:
            array = self._array()
            if not _MADE_ELSEWHERE.isdisjoint(names) and (b'"#text"' in array or b'"#attributes"' in array):
                return self._odd_columns(names)
            return payload_columns(array, names)
        except _UNDECODABLE:
            return self._odd_columns(names)

    def names_beyond(self, known: frozenset[str]) -> set[str]:
        """Return the names of fields beyond the known ones (see `EventBatch.names_beyond`)."""
        try:
            array = self._array()
            try:
                _nothing_beyond(known)(array)
            except _UNDECODABLE:
                names = set(chain.from_iterable(_NAMES(array)))
            else:
                return set()
        except _UNDECODABLE:
            return self._odd_names() - known
        return names - known if _ELEMENTS.isdisjoint(names) else self._odd_names() - known

    def _odd_names(self) -> set[str]:
        return set(chain.from_iterable(_flat_payloads(self._table, place) for place in self._places))

    def _array(self) -> bytes:
        if self._payloads is None:
            self._payloads = self._table.payloads(self._places)
        return self._payloads

    def _odd_columns(self, names: tuple[str, ...]) -> list[list[Value | UnsetType]]:
        flat = [_flat_payloads(self._table, place) for place in self._places]
        return [[row.get(name, UNSET) for row in flat] for name in names]


def payload_columns(array: bytes, names: tuple[str, ...]) -> list[list[Value | UnsetType]]:
    """Return fields by name from a JSON array of payloads, MISSING where one does not have it.

    Raises:
        msgspec.MsgspecError, ValueError: it is no JSON array of objects.
    """
    scalars, anything, getters = _projection(names)
    try:
        return [list(map(getter, rows)) for rows in (scalars(array),) for getter in getters]
    except msgspec.ValidationError:
        rows = anything(array)
    return [[_plain_value(value) for value in map(getter, rows)] for getter in getters]


_NAMES: Final = msgspec.json.Decoder(list[dict[str, Raw]]).decode
_ELEMENTS: Final = frozenset({"#text", "#attributes"})
"""Names in a payload that are none of fields."""


@lru_cache(maxsize=1_024)
def _nothing_beyond(names: frozenset[str]) -> Callable[[bytes], object]:
    """Return a decoder of a JSON array of payloads that raises where one has a field that is not named.

    Raises:
        ValueError: a name holds signs that the decoder does not take.
    """
    fields = sorted(names)
    row = msgspec.defstruct(
        "Named",
        [(f"f{index}", Raw | UnsetType, UNSET) for index in range(len(fields))],
        rename={f"f{index}": name for index, name in enumerate(fields)},
        forbid_unknown_fields=True,
        gc=False,
    )
    return msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]  # made at run time


def _has_one_payload(element: EventElement) -> bool:
    return (
        element.UserData is UNSET
        and element.ProcessingErrorData is UNSET
        and element.BinaryEventData is UNSET
        and element.DebugData is UNSET
    )


_MADE_ELSEWHERE: Final = frozenset({"Data", "EventData_Name"})
"""Fields that `flatten_payload` may take from another place than the one of their name."""


def _flat_payloads(table: RecordTable, row: int) -> dict[str, Value]:
    record = table.records[row]
    if record is None:
        return flat_data(table.event_object(row))
    element = record.Event
    try:
        return flat_data({name: _GENERIC(raw) for name in PAYLOADS if isinstance(raw := getattr(element, name), Raw)})
    except _UNDECODABLE:
        return flat_data(table.event_object(row))


def _plain_value(value: Any) -> Value | UnsetType:  # noqa: ANN401 - any JSON value
    return value if value is UNSET else plain(value)


def flat_data(event: dict[str, Any]) -> dict[str, Value]:
    """Return the fields of an event's payloads (`schema.event.Event.data`)."""
    fields: dict[str, Value] = {}
    for name in PAYLOADS:
        if name in event:
            flatten = flatten_user_data if name == "UserData" else flatten_payload
            fields.update(flatten(event[name]))
    return fields


def as_text(text: str | bytes) -> str:
    """Return a record's text as text."""
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


@lru_cache(maxsize=KINDS_LIMIT)
def _projection(names: tuple[str, ...]) -> tuple[Any, Any, list[attrgetter[Any]]]:
    """Return decoders of a JSON array of payloads that keep only the named fields, and a getter for each.

    The first decoder takes texts, numbers, booleans and null; the second takes anything.
    """
    decoders = []
    for values in (str | int | float | bool | None, Any):
        row = msgspec.defstruct(
            "Row",
            [(f"f{index}", values | UnsetType if values is not Any else Any, UNSET) for index in range(len(names))],
            rename={f"f{index}": name for index, name in enumerate(names)},
            gc=False,
        )
        decoders.append(msgspec.json.Decoder(list[row]).decode)  # type: ignore[valid-type]  # made at run time
    return decoders[0], decoders[1], [attrgetter(f"f{index}") for index in range(len(names))]
