"""Events of one kind as the OCSF columns of their class: `ocsf.normalise` for all rows of a batch at once.

Takes native fields as columns, gives Arrow arrays. ``unmapped`` is no column: it is part of the native fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import UNSET

from yadorigi.limits import KINDS_LIMIT
from yadorigi.schema.ocsf import METADATA_FIELDS, TICKS_PER_MS, activity_of, route_of, severity_of
from yadorigi.schema.ocsf_arrow import ocsf_schema_of
from yadorigi.schema.ocsf_frame import Frame, Repeated, spread
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
_OF_CLASS: Final = ("class_uid", "class_name", "category_uid", "category_name")


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

    def __init__(self, kind: EventKind) -> None:
        """Work out what the mapping of the kind needs and what is the same for all its events."""
        route = route_of(kind)
        mapping = route.content.find(kind)
        self._route = route
        self._objects = _objects_of(mapping)
        self.ocsf: OcsfClass = route.ocsf
        read = dict.fromkeys(locate(leaf.field) for leaf in mapping.leaves)
        if mapping.activity_field:
            read[route.plan.activity] = None
        always = (_LEVEL, *(native for _, native in METADATA_FIELDS))
        self.data_fields = tuple(native for source, native in read if source == _PAYLOAD)
        self.system_fields = tuple(dict.fromkeys((*(native for source, native in read if source == _SYSTEM), *always)))
        said = {"provider": clean(kind.provider), "channel": clean(kind.channel)}
        self._of_event = {native: said.get(native) for source, native in read if source == _EVENT}
        self._provider = Repeated(said["provider"], pa.string())
        kinds = self._objects.shape.kinds
        self._constants = {name: Repeated(getattr(route.ocsf, name), kinds[name]) for name in _OF_CLASS}
        shape = shape_of(kinds["metadata"])
        self._metadata: tuple[Shape, dict[str, Repeated]] = (
            shape,
            {key: Repeated(value, shape.kinds[key]) for key, value in route.metadata.items()},
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
        found["activity_id"], found["activity_name"] = self._activity(frame)
        activities = found["activity_id"].cast(pa.int64())
        found["type_uid"] = pc.add(activities, self.ocsf.class_uid * 100)
        found["time"] = pa.array(np.floor_divide(ticks.to_numpy(), TICKS_PER_MS))
        found["metadata"] = self._metadata_of(frame, record_ids)
        device: Found = {"hostname": hosts, "type_id": self._type_id.over(rows)}
        found["device"] = self._device.whole(device, True, rows)
        return self._objects.shape.arrays(found, rows)

    def _severity(self, frame: Frame) -> tuple[pa.Array, pa.Array]:
        content = self._route.content
        return _codes(frame, (_SYSTEM, _LEVEL), lambda level: severity_of(content, level))

    def _activity(self, frame: Frame) -> tuple[pa.Array, pa.Array]:
        route = self._route
        return _codes(frame, route.plan.activity, lambda value: activity_of(route, value))

    def _metadata_of(self, frame: Frame, record_ids: pa.Array) -> pa.Array:
        shape, constants = self._metadata
        found = {key: repeated.over(frame.rows) for key, repeated in constants.items()}
        found["uid"] = record_ids.cast(pa.string())
        for key, native in METADATA_FIELDS:
            column = frame.column(_SYSTEM, native)
            if column is not None:
                found[key] = _texts(column)
        return shape.whole(found, True, frame.rows)


def _event_column(rows: int, hosts: pa.Array, constant: str | None) -> NativeColumn:
    """Return what the events say of themselves: a constant of the kind, or the host."""
    array = hosts if constant is None else pa.repeat(constant, rows)
    return NativeColumn(array.to_pylist()) if rows <= FEW_ROWS else NativeColumn(None, array)


def _codes(
    frame: Frame, where: tuple[int, str], code_of: Callable[[Value], tuple[int, str]]
) -> tuple[pa.Array, pa.Array]:
    """Return number and caption of each row by a native field; a row without it has those of None."""
    source, native = where
    column = frame.column(source, native) if native else None
    number, caption = code_of(None)
    values, places = ([], None) if column is None else column.distinct()
    if not values:
        return pa.repeat(pa.scalar(number, pa.int32()), frame.rows), pa.repeat(caption, frame.rows)
    codes = [code_of(None if value is UNSET else value) for value in values]
    numbers = spread(pa.array([code[0] for code in codes], pa.int32()), places)
    captions = spread(pa.array([code[1] for code in codes], pa.string()), places)
    if numbers.null_count:
        return pc.fill_null(numbers, number), pc.fill_null(captions, caption)
    return numbers, captions


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
