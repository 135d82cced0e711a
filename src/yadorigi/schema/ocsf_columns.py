"""Events of one kind as the OCSF columns of their class: `ocsf.normalise` for all rows of a batch at once.

Takes native fields as columns, gives Arrow arrays. ``unmapped`` is no column: it is part of the native fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET

from yadorigi.limits import KINDS_LIMIT
from yadorigi.schema.identity import domain_of_host
from yadorigi.schema.ocsf import METADATA_FIELDS, TICKS_PER_MS, activity_of, route_of, severity_of
from yadorigi.schema.ocsf_arrow import ocsf_schema_of
from yadorigi.schema.ocsf_frame import Frame, Repeated, Spread, spread
from yadorigi.schema.ocsf_mapping import load
from yadorigi.schema.ocsf_native import FEW_ROWS, NativeColumn, Values, without_empty
from yadorigi.schema.ocsf_objects import Found, ObjectColumns, Shape, shape_of
from yadorigi.schema.ocsf_plan import locate, plan_of
from yadorigi.schema.ocsf_values import clean, text

if TYPE_CHECKING:
    from yadorigi.schema.event import EventKind, Value
    from yadorigi.schema.ocsf_mapping import Mapping as KindMapping
    from yadorigi.schema.ocsf_mapping import OcsfClass

_PAYLOAD: Final = 0
_SYSTEM: Final = 1
_EVENT: Final = 2
_LEVEL: Final = "Level"
_OF_CLASS: Final = (
    "class_uid", "class_name", "category_uid", "category_name", "activity_id", "activity_name", "type_uid",
)  # fmt: skip

Code: TypeAlias = tuple[int, str]
Constant: TypeAlias = Repeated | Spread
"""What is the same for all events of a kind, as a column."""


@cache
def _objects_of(mapping: KindMapping) -> ObjectColumns:
    return ObjectColumns(plan_of(mapping).root, ocsf_schema_of(mapping.ocsf.class_uid))


class KindColumns:
    """How events of one kind become the columns of their class. Made once per kind (`kind_columns`).

    Attributes:
        ocsf: class and activity of the kind.
        data_fields: fields of the payload that the mapping reads.
        system_fields: fields of the flattened ``System`` element that it reads.
    """

    __slots__ = (
        "_constants", "_device", "_metadata", "_objects", "_of_event", "_provider", "_route", "_type_id",
        "data_fields", "ocsf", "system_fields",
    )  # fmt: skip

    def __init__(self, kind: EventKind, groups: Sequence[tuple[EventKind, int]] = ()) -> None:
        """Work out what the mapping of the kind needs and what is the same for all its events.

        Args:
            kind: whose mapping counts.
            groups: where the rows are of several kinds with that mapping: these in turn, with their numbers of rows.
        """
        each = _of_each(kind, groups)
        route = route_of(kind)
        mapping = route.content.find(kind)
        self._route = route
        self._objects = _objects_of(mapping)
        self.ocsf: OcsfClass = route.ocsf
        read = dict.fromkeys(locate(leaf.field) for leaf in mapping.leaves)
        read |= dict.fromkeys(locate(leaf.when[0]) for leaf in mapping.leaves if leaf.when)
        if mapping.activity_field:
            read[route.plan.activity] = None
        always = (_LEVEL, *(native for _, native in METADATA_FIELDS))
        self.data_fields = tuple(native for source, native in read if source == _PAYLOAD)
        self.system_fields = tuple(dict.fromkeys((*(native for source, native in read if source == _SYSTEM), *always)))
        said = {
            "provider": each(lambda one: clean(one.provider), pa.string()),
            "channel": each(lambda one: clean(one.channel), pa.string()),
        }
        self._of_event = {native: said.get(native) for source, native in read if source == _EVENT}
        self._provider = said["provider"]
        kinds = self._objects.shape.kinds
        self._constants = {name: Repeated(getattr(route.ocsf, name), kinds[name]) for name in _OF_CLASS}
        shape = shape_of(kinds["metadata"])
        keys = dict.fromkeys(key for one in (kind, *(other for other, _ in groups)) for key in route_of(one).metadata)
        self._metadata: tuple[Shape, dict[str, Constant]] = (
            shape,
            {key: each(partial(_of_metadata, key), shape.kinds[key]) for key in keys},
        )
        self._device = shape_of(kinds["device"])
        self._type_id = Repeated(0, self._device.kinds["type_id"])

    def arrays(
        self,
        rows: int,
        data: Mapping[str, Values],
        system: Mapping[str, Values],
        hosts: pa.Array,
        ticks: pa.Array,
        record_ids: pa.Array,
    ) -> list[pa.Array]:
        """Return the columns of `ocsf_arrow.ocsf_schema_of` the class, in its order.

        Args:
            rows: number of events.
            data: values of `data_fields` by field, one for each event; a field that is not there no event has.
            system: values of `system_fields` likewise.
            hosts: ``Computer`` as text, empty where an event has none.
            ticks: times in 100 ns since 1970, as 64-bit integers.
            record_ids: the records' own numbers as 64-bit integers, null where there is none.

        Raises:
            pyarrow.ArrowException: a column would hold more than 2 GiB of text.
        """
        frame = Frame(rows, (data, system), self._provider)
        for native, constant in self._of_event.items():
            frame.put(_EVENT, native, _event_column(rows, hosts, constant))
        found, _ = self._objects.fill(frame)
        for name, repeated in self._constants.items():
            found[name] = repeated.over(rows)
        found["severity_id"], found["severity"] = self._severity(frame)
        if self._route.plan.activity[1]:
            numbers, found["activity_name"] = self._activity(frame)
            found["activity_id"] = numbers
            found["type_uid"] = pc.add(numbers.cast(pa.int64()), self.ocsf.class_uid * 100)
        found["time"] = pa.array(np.floor_divide(ticks.to_numpy(), TICKS_PER_MS))
        found["metadata"] = self._metadata_of(frame, record_ids)
        found["device"] = self._device_of(found.get("device"), hosts, rows)
        return self._objects.shape.arrays(found, rows)

    def _device_of(self, mapped: pa.Array | None, hosts: pa.Array, rows: int) -> pa.Array:
        """Return who tells of the events: the host, with what the mapping knows of it beside."""
        known: Found = {} if mapped is None else dict(zip(self._device.kinds, mapped.flatten(), strict=True))
        named: Found = {"hostname": hosts, "domain": _domains(hosts), "type_id": self._type_id.over(rows)}
        return self._device.whole({**known, **named}, True, rows)

    def _severity(self, frame: Frame) -> tuple[pa.Array, pa.Array]:
        content = self._route.content
        codes, places = _codes(frame, (_SYSTEM, _LEVEL), lambda level: severity_of(content, level))
        if codes.count(codes[0]) == len(codes) and (places is None or not places.null_count):
            number, caption = _severities()[codes[0]]
            return number.over(frame.rows), caption.over(frame.rows)
        return _code_columns(codes, places, severity_of(content, None))

    def _activity(self, frame: Frame) -> tuple[pa.Array, pa.Array]:
        route = self._route
        codes, places = _codes(frame, route.plan.activity, lambda value: activity_of(route, value))
        if places is None and len(codes) != frame.rows:
            codes *= frame.rows
        return _code_columns(codes, places, activity_of(route, None))

    def _metadata_of(self, frame: Frame, record_ids: pa.Array) -> pa.Array:
        shape, constants = self._metadata
        found = {key: repeated.over(frame.rows) for key, repeated in constants.items()}
        found["uid"] = _written(record_ids)
        for key, native in METADATA_FIELDS:
            column = frame.column(_SYSTEM, native)
            if column is not None:
                found[key] = _texts(column)
        return shape.whole(found, True, frame.rows)


def _domains(hosts: pa.Array) -> pa.Array:
    encoded = hosts.dictionary_encode()
    return spread(pa.array(map(domain_of_host, encoded.dictionary.to_pylist()), pa.string()), encoded.indices)


def _of_metadata(key: str, kind: EventKind) -> Any:  # noqa: ANN401 - text, lists and objects
    return route_of(kind).metadata.get(key)


def _of_each(
    kind: EventKind, groups: Sequence[tuple[EventKind, int]]
) -> Callable[[Callable[[EventKind], Any], pa.DataType], Constant]:
    """Return what makes a column of something that is the same for all events of a kind."""
    if not groups:
        return lambda value_of, of: Repeated(value_of(kind), of)
    places = pa.array(np.repeat(np.arange(len(groups)), [rows for _, rows in groups]))
    return lambda value_of, of: Spread([value_of(one) for one, _ in groups], of, places)


def _event_column(rows: int, hosts: pa.Array, constant: Constant | None) -> NativeColumn:
    """Return what the events say of themselves: a constant of the kind, or the host."""
    array = hosts if constant is None else constant.over(rows)
    return NativeColumn(array.to_pylist()) if rows <= FEW_ROWS else NativeColumn(None, array)


def _codes(
    frame: Frame, where: tuple[int, str], code_of: Callable[[Value], Code]
) -> tuple[list[Code], pa.Array | None]:
    """Return number and caption by a native field: of its distinct values, with the rows' places, or of all rows.

    Where no row has the field, it is the one code of None.
    """
    column = frame.column(*where)
    if column is None:
        return [code_of(None)], None
    values, places = column.distinct()
    return [code_of(None if value is UNSET else value) for value in values], places


def _code_columns(codes: list[Code], places: pa.Array | None, default: Code) -> tuple[pa.Array, pa.Array]:
    numbers = spread(pa.array([code[0] for code in codes], pa.int32()), places)
    captions = spread(pa.array([code[1] for code in codes], pa.string()), places)
    if not numbers.null_count:
        return numbers, captions
    return pc.fill_null(numbers, default[0]), pc.fill_null(captions, default[1])


@cache
def _severities() -> dict[Code, tuple[Repeated, Repeated]]:
    content = load()
    codes = {*content.severities.values(), severity_of(content, None)}
    return {code: (Repeated(code[0], pa.int32()), Repeated(code[1], pa.string())) for code in codes}


def _written(numbers: pa.Array) -> pa.Array:
    """Return integers as text."""
    if len(numbers) > FEW_ROWS:
        return numbers.cast(pa.string())
    return pa.array([None if number is None else str(number) for number in numbers.to_pylist()], pa.string())


def _texts(column: NativeColumn) -> pa.Array:
    """Return a field as text, null where it is empty."""
    if column.array is not None and not pa.types.is_boolean(column.array.type):
        return without_empty(column.array) if pa.types.is_string(column.array.type) else column.array.cast(pa.string())
    values, places = column.distinct()
    written = [None if value is None or value is UNSET else text(value) or None for value in values]
    return spread(pa.array(written, pa.string()), places)


@lru_cache(maxsize=KINDS_LIMIT)
def kind_columns(kind: EventKind) -> KindColumns:
    """How events of a kind become columns, worked out once."""
    return KindColumns(kind)


def columns_of_kinds(groups: Sequence[tuple[EventKind, int]]) -> KindColumns:
    """How rows of several kinds, in turn and with their numbers of rows, become columns; the kinds share a mapping."""
    return kind_columns(groups[0][0]) if len(groups) == 1 else KindColumns(groups[0][0], groups)


def mapping_number(kind: EventKind) -> int:
    """Return a number that kinds with the same mapping share."""
    return id(route_of(kind).plan)
