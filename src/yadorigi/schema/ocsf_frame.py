"""Rows of one kind while they become columns: leaves, what is the same in all rows, and who has what.

Reads native columns, gives Arrow arrays for `ocsf_columns` to put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
from msgspec import UNSET

from yadorigi.schema.ocsf_fast_forms import OF_INTEGERS, OF_TEXTS, FastForm
from yadorigi.schema.ocsf_native import FEW_ROWS, NativeColumn, Values, native_column
from yadorigi.schema.ocsf_values import ABSENT, Function

Rows: TypeAlias = "bool | np.ndarray[tuple[int], np.dtype[np.uint8]]"
"""Rows that have something: all, none, or a bit each, the lowest first; bits beyond the last row mean nothing."""

Leaf: TypeAlias = "tuple[pa.Array, pa.Array | None]"
"""Outcomes of a transform, null where there is none; of an enum the numbers and their captions."""


class Repeated:
    """One value in every row."""

    __slots__ = ("_few", "_last", "_value")

    def __init__(self, value: Any, kind: pa.DataType) -> None:  # noqa: ANN401 - any constant of the mapping
        """Take the value and its Arrow type."""
        self._value = pa.scalar(value, kind)
        self._few: pa.Array = pa.repeat(self._value, FEW_ROWS)
        self._last: pa.Array = self._few

    def over(self, rows: int) -> pa.Array:
        """Return the value as a column."""
        if rows > FEW_ROWS:
            return pa.repeat(self._value, rows)
        if len(self._last) != rows:
            self._last = self._few.slice(0, rows)
        return self._last


class Spread:
    """One value in the rows of each kind."""

    __slots__ = ("_column",)

    def __init__(self, values: list[Any], kind: pa.DataType, places: pa.Array) -> None:
        """Take the kinds' values, None where one has none, and the number of each row's kind."""
        self._column = pa.array(values, kind).take(places)

    def over(self, rows: int) -> pa.Array:
        """Return the values as a column of as many rows as there are places."""
        del rows
        return self._column


class Nothing:
    """Nulls of one type."""

    __slots__ = ("_few", "_kind")

    def __init__(self, kind: pa.DataType) -> None:
        """Take the type."""
        self._kind = kind
        self._few: dict[int, pa.Array] = {}

    def over(self, rows: int) -> pa.Array:
        """Return a column of nulls."""
        if rows > FEW_ROWS:
            return pa.nulls(rows, self._kind)
        found = self._few.get(rows)
        if found is None:
            found = self._few[rows] = pa.nulls(rows, self._kind)
        return found


def nothing_of(kind: pa.DataType) -> Nothing:
    """Return nulls of a type."""
    return _nothing_of(str(kind), kind)


@cache
def _nothing_of(_: str, kind: pa.DataType) -> Nothing:
    return Nothing(kind)


def rows_with(array: pa.Array) -> Rows:
    """Return the rows in which an array has a value."""
    missing = array.null_count
    if missing == 0:
        return True
    if missing == len(array):
        return False
    if array.offset:
        return np.packbits(array.is_valid().to_numpy(zero_copy_only=False), bitorder="little")
    return np.frombuffer(array.buffers()[0], np.uint8, (len(array) + 7) // 8)


def either(one: Rows, other: Rows) -> Rows:
    """Return the rows that are in one or the other."""
    if one is True or other is True:
        return True
    if one is False:
        return other
    return one if other is False else one | other


def without(rows: Rows, count: int) -> Rows:
    """Return all other ones of so many rows."""
    if isinstance(rows, bool):
        return not rows
    others = ~rows
    if count % 8:
        others[-1] &= (1 << count % 8) - 1
    return others if others.any() else False


def as_booleans(rows: Rows, count: int) -> pa.Array:
    """Return rows as an Arrow array of so many booleans."""
    if isinstance(rows, bool):
        return pa.repeat(rows, count)
    return pa.Array.from_buffers(pa.bool_(), count, [None, pa.py_buffer(rows)])


class Frame:
    """The rows of one call.

    Attributes:
        rows: number of rows.
        provider: the provider's name in the rows.
    """

    __slots__ = ("_columns", "_given", "_leaves", "provider", "rows")

    def __init__(self, rows: int, given: tuple[Mapping[str, Values], ...], provider: Repeated | Spread) -> None:
        """Take the native columns of the payload and of ``System`` by field; what is not there, no row has."""
        self.rows = rows
        self.provider = provider
        self._given = given
        self._columns: dict[tuple[int, str], NativeColumn | None] = {}
        self._leaves: dict[tuple[int, str, Function], Leaf | None] = {}

    def put(self, source: int, native: str, column: NativeColumn) -> None:
        """Add a native column that is made already."""
        self._columns[source, native] = column

    def column(self, source: int, native: str) -> NativeColumn | None:
        """Return a native field, or None where no row has it."""
        key = (source, native)
        try:
            return self._columns[key]
        except KeyError:
            column = native_column(self._given[source].get(native)) if source < len(self._given) else None
            self._columns[key] = column
            return column

    def leaf(self, source: int, native: str, function: Function, kind: pa.DataType, *, enum: bool) -> Leaf | None:
        """Return the outcomes of a transform over a native field, or None where it has no outcome in any row."""
        key = (source, native, function)
        try:
            return self._leaves[key]
        except KeyError:
            column = self.column(source, native)
            leaf = None if column is None else _leaf_of(column, function, kind, enum)
            self._leaves[key] = leaf
            return leaf


def _leaf_of(column: NativeColumn, function: Function, kind: pa.DataType, enum: bool) -> Leaf | None:
    if column.array is not None:
        if column.said().null_count == len(column.said()):
            return None
        fast = _FAST.get(column.array.type.id, _NO_FORMS).get(function)
        found = fast(column.said()) if fast is not None and not enum else None
        if found is not None:
            found = found if found.type == kind else found.cast(kind)
            return None if found.null_count == len(found) else (found, None)
    values, places = column.distinct()
    outcomes = outcomes_of(values, function)
    if outcomes.count(None) == len(outcomes):
        return None
    if enum:
        numbers = [None if outcome is None else outcome[0] for outcome in outcomes]
        captions = [None if outcome is None else outcome[1] for outcome in outcomes]
        return spread(pa.array(numbers, kind), places), spread(pa.array(captions, pa.string()), places)
    return spread(pa.array(outcomes, kind), places), None


def outcomes_of(values: list[Any], function: Function) -> list[Any]:
    """Return the outcome of a transform for each value, None where there is none."""
    outcomes = [function(value) if value not in _BLANK else None for value in values]
    return [None if outcome is ABSENT else outcome for outcome in outcomes]


def spread(outcomes: pa.Array, places: pa.Array | None) -> pa.Array:
    """Return outcomes of distinct values as those of all rows."""
    return outcomes if places is None else outcomes.take(places)


_BLANK: Final = ("", "-", None, UNSET)
_NO_FORMS: Final[dict[Function, FastForm]] = {}
_FAST: Final = {pa.string().id: OF_TEXTS, pa.int64().id: OF_INTEGERS}
