"""Transforms over whole columns, for the forms that Windows writes: the same outcomes as `ocsf_values` has, sooner.

Each function takes a column of one plain type and gives an array of outcomes, or None where the column holds anything
else than the one form it knows; then the transform itself is asked, value by value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.schema.ocsf_native import only, starts_of
from yadorigi.schema.ocsf_values import Function, guid, integer, logon_id, port, text, timestamp

FastForm: TypeAlias = Callable[[pa.Array], pa.Array | None]

_GUID_LENGTH: Final = 36
_HYPHENS: Final = [8, 13, 18, 23]
_HYPHEN: Final = ord("-")
_TIME_LENGTH: Final = len("2026-03-11 09:00:00.000")
_FIRST_OF_1602: Final = -11_612_937_600_000
_MAX_PORT: Final = 65_535
_LONGEST_INTEGER: Final = 20


_DIGITS: Final = bytes(ord(chr(code).lower()) if chr(code) in "0123456789abcdefABCDEF-{}" else 0 for code in range(256))
"""Characters of a GUID to their lower case, all others to 0."""


def _same(column: pa.Array) -> pa.Array:
    return column


def _as_text(column: pa.Array) -> pa.Array:
    return column.cast(pa.string())


def _ports(column: pa.Array) -> pa.Array:
    fits = pc.and_(pc.greater_equal(column, 0), pc.less_equal(column, _MAX_PORT))
    return pc.if_else(fits, column, pa.scalar(None, pa.int64())).cast(pa.int32())


def _integers(column: pa.Array) -> pa.Array | None:
    """Natural numbers, decimal or hexadecimal."""
    if pc.max(pc.binary_length(column)).as_py() > _LONGEST_INTEGER:
        return None
    try:
        found = column.cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    # A hexadecimal number beyond 63 bits shows as a negative one.
    return None if pc.min(found).as_py() < 0 else found


def _ports_of_texts(column: pa.Array) -> pa.Array | None:
    numbers = _integers(column)
    return None if numbers is None else _ports(numbers)


def _logon_ids(column: pa.Array) -> pa.Array | None:
    """Numbers that are written as they are to be: ``0x`` and lower-case hexadecimal without leading zeros."""
    present = column.drop_null() if column.null_count else column
    numbers = _integers(present)
    if numbers is None:
        return None
    starts = starts_of(present)
    written = np.frombuffer(present.buffers()[2], np.uint8)
    if np.diff(starts).min() <= len("0x") or ((written >= ord("A")) & (written <= ord("Z"))).any():
        return None
    first = starts[:-1]
    some = numbers.to_numpy() != 0
    if (written[first + 1] != ord("x")).any() or (written[first + 2] == ord("0"))[some].any():
        return None
    return _spread(only(present, starts, some), column)


def _texts_of_length(column: pa.Array, lengths: tuple[int, ...]) -> int | None:
    """Return the length of all texts of a column, where it is one of these."""
    measured = pc.min_max(pc.binary_length(column))
    shortest = measured["min"].as_py()
    return shortest if shortest in lengths and measured["max"].as_py() == shortest else None


def _guids(column: pa.Array) -> pa.Array | None:
    """GUIDs, all with braces or all without."""
    length = _texts_of_length(column, (_GUID_LENGTH, _GUID_LENGTH + 2))
    if length is None:
        return None
    present = column.drop_null() if column.null_count else column
    rows = len(present)
    data = present.buffers()[2]
    start = int(starts_of(present)[0])
    written = data.slice(start, rows * length).to_pybytes().translate(_DIGITS)
    cells = np.frombuffer(written, np.uint8).reshape(rows, length)
    if length > _GUID_LENGTH:
        if (cells[:, 0] != ord("{")).any() or (cells[:, -1] != ord("}")).any():
            return None
        cells = cells[:, 1:-1]
    lower = np.ascontiguousarray(cells)
    if lower.min() < _HYPHEN or lower.max() > ord("f") or not (lower[:, _HYPHENS] == _HYPHEN).all():
        return None
    if np.count_nonzero(lower == _HYPHEN) != rows * len(_HYPHENS):
        return None
    ends = np.arange(0, rows * _GUID_LENGTH + 1, _GUID_LENGTH, dtype=np.int32)
    found = pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(ends), pa.py_buffer(lower)])
    said = ~(lower[:, 0] == ord("0"))
    doubtful = np.flatnonzero(~said)
    said[doubtful] = ((lower[doubtful] != ord("0")) & (lower[doubtful] != _HYPHEN)).any(axis=1)
    return _spread(only(found, ends, said), column)


def _spread(outcomes: pa.Array, column: pa.Array) -> pa.Array:
    """Return outcomes of the rows that have a value at the places of those rows."""
    if not column.null_count:
        return outcomes
    has = column.is_valid().to_numpy(zero_copy_only=False)
    return outcomes.take(pa.array(np.cumsum(has, dtype=np.int32) - 1, mask=~has))


def _timestamps(column: pa.Array) -> pa.Array | None:
    """Times to the millisecond without a zone."""
    if _texts_of_length(column, (_TIME_LENGTH,)) is None:
        return None
    try:
        found = column.cast(pa.timestamp("ms")).cast(pa.int64())
    except pa.ArrowInvalid:
        return None
    return None if pc.min(found).as_py() < _FIRST_OF_1602 else found


OF_TEXTS: Final[dict[Function, FastForm]] = {
    text: _same,
    guid: _guids,
    timestamp: _timestamps,
    integer: _integers,
    port: _ports_of_texts,
    logon_id: _logon_ids,
}
"""By transform: what is done with a column of texts that say something."""

OF_INTEGERS: Final[dict[Function, FastForm]] = {text: _as_text, integer: _same, port: _ports}
"""By transform: what is done with a column of 64-bit integers."""
