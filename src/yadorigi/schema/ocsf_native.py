"""Native fields as columns: one field of all rows of a batch, looked at once per distinct value.

Logs repeat themselves: a transform runs over the distinct values of a column, and its outcomes are spread over the
rows. Values of one plain type become Arrow at once; what else a log may hold goes through a table of values seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from msgspec import UNSET, UnsetType

from yadorigi.schema.event import Value


class Different(NamedTuple):
    """A native field of all rows, as few values.

    Attributes:
        values: the values, of which some may be equal; None and UNSET for that there is none.
        places: the place of each row's value among them, as 32-bit integers.
    """

    values: Sequence[Value | UnsetType]
    places: pa.Array


Values: TypeAlias = Sequence[Value | UnsetType] | pa.Array | Different
"""A native field of all rows; None, UNSET and null all mean that a row does not have it. Arrow has it as text."""

FEW_ROWS: Final = 64
"""Up to so many rows, telling the distinct values apart costs more than it saves."""

_TYPES: Final = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}
_NOTHING: Final = {type(None), UnsetType}
_DASH: Final = ord("-")


class NativeColumn:
    """One native field of all rows.

    Attributes:
        array: the values as text, 64-bit integers or booleans, null where there is none; None where they are of several
            types, or none that Arrow can hold, or few.
    """

    __slots__ = ("_encoded", "_said", "_values", "array")

    def __init__(
        self,
        values: Sequence[Value | UnsetType] | None,
        array: pa.Array | None = None,
        encoded: tuple[list[Any], pa.Array | None] | None = None,
    ) -> None:
        """Take the values as a sequence, as an Arrow array, or as what `distinct` gives."""
        self._values = values
        self.array = array
        self._said: pa.Array | None = None
        self._encoded = encoded

    def said(self) -> pa.Array:
        """Return `array` without the texts that say "none": the empty text and ``-``."""
        if self._said is None and self.array is not None:
            self._said = _without_blanks(self.array) if pa.types.is_string(self.array.type) else self.array
        return self._said

    def distinct(self) -> tuple[list[Any], pa.Array | None]:
        """Return distinct values and each row's place among them, or the values of all rows and None.

        Only values that are equal and of the same type are taken together, and a null place is a row without the field.
        """
        if self._encoded is None:
            if self.array is not None:
                self._encoded = _encoded(self.array)
            else:
                values = self._values or ()
                self._encoded = _told_apart(values) if len(values) > FEW_ROWS else (list(values), None)
        return self._encoded


def native_column(values: Values | None) -> NativeColumn | None:
    """Return a field as a column, or None where no row has it."""
    if isinstance(values, Different):
        distinct, places = _told_apart(values.values)
        return NativeColumn(None, None, (distinct, places.take(values.places))) if distinct else None
    if isinstance(values, pa.Array):
        return NativeColumn(None, values) if values.null_count < len(values) else None
    if not values:
        return None
    if len(values) <= FEW_ROWS:
        return NativeColumn(values)
    try:
        array = pa.array(values, pa.string())
    except (TypeError, ValueError, OverflowError, pa.ArrowException):
        types = set(map(type, values))
        kinds = types - _NOTHING
        if not kinds:
            return None
        array = _plain_array(values, types, kinds)
    if array is None:
        return NativeColumn(values)
    return None if array.null_count == len(array) else NativeColumn(values, array)


def _plain_array(values: Sequence[Value | UnsetType], types: set[type], kinds: set[type]) -> pa.Array | None:
    """Return values of one plain type as an array."""
    kind = _TYPES.get(kinds.pop()) if len(kinds) == 1 else None
    if kind is None:
        return None
    given = [None if value is UNSET else value for value in values] if UnsetType in types else values
    try:
        array = pa.array(given, kind)
    except (ValueError, OverflowError, pa.ArrowException):
        return None
    return array


def without_empty(array: pa.Array) -> pa.Array:
    """Return texts with nulls for the empty ones."""
    starts = starts_of(array)
    return only(array, starts, np.diff(starts) != 0)


def _without_blanks(array: pa.Array) -> pa.Array:
    starts = starts_of(array)
    lengths = np.diff(starts)
    kept = lengths != 0
    single = np.flatnonzero(lengths == 1)
    if len(single):
        kept[single] = np.frombuffer(array.buffers()[2], np.uint8)[starts[single]] != _DASH
    return only(array, starts, kept)


def starts_of(array: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return where each text begins in the buffer, and where the last one ends; a null is empty."""
    return np.frombuffer(array.buffers()[1], np.int32, len(array) + 1, 4 * array.offset)


def only(
    array: pa.Array,
    starts: np.ndarray[tuple[int], np.dtype[np.int32]],
    kept: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> pa.Array:
    """Return texts, whose starts are given, with nulls where they are not kept."""
    if np.count_nonzero(kept) + array.null_count == len(array):
        return array
    valid = pa.py_buffer(np.packbits(kept, bitorder="little"))
    return pa.Array.from_buffers(array.type, len(array), [valid, pa.py_buffer(starts), array.buffers()[2]])


def _encoded(array: pa.Array) -> tuple[list[Any], pa.Array | None]:
    encoded = array.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices


def _told_apart(values: Sequence[Value | UnsetType]) -> tuple[list[Any], pa.Array]:
    """Return distinct values of any type, and each row's place among them."""
    by_type: dict[type, dict[Any, int]] = {str: {}, int: {}, bool: {}, tuple: {}}
    distinct: list[Any] = []
    places: list[int | None] = []
    for value in values:
        kind = type(value)
        if kind in _NOTHING:
            places.append(None)
            continue
        known = by_type.get(kind)
        # 1, 1.0 and True are equal and read differently: a tuple that may hold them is like no other.
        if known is None or (kind is tuple and set(map(type, value)) != {str}):  # type: ignore[arg-type]  # a tuple
            places.append(len(distinct))
            distinct.append(value)
            continue
        place = known.setdefault(value, len(distinct))
        if place == len(distinct):
            distinct.append(value)
        places.append(place)
    return distinct, pa.array(places, pa.int32())
