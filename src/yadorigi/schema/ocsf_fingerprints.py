"""Several digests of one thing that a log has in fields of their own, as one list: `ocsf_plan.build`, over columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ALGORITHM: Final = "algorithm_id"
_CODES: Final = 1_000
"""More than there are numbers of algorithms."""


def is_fingerprints(kind: pa.DataType) -> bool:
    """Say whether a leaf of this type is a list of fingerprints."""
    return pa.types.is_list(kind) and pa.types.is_struct(kind.value_type) and _ALGORITHM in kind.value_type.names


def joined_columns(known: pa.ListArray, more: pa.ListArray) -> pa.ListArray:
    """Return the fingerprints of both in each row; of each algorithm the first one counts."""
    rows_of_known, rows_of_more = _rows(known), _rows(more)
    said, told = known.flatten(), more.flatten()
    held = rows_of_known * _CODES + _algorithms(said)
    fresh = np.isin(rows_of_more * _CODES + _algorithms(told), held, invert=True)
    values = pa.concat_arrays([said, told.filter(pa.array(fresh))])
    rows = np.concatenate([rows_of_known, rows_of_more[fresh]])
    ends = np.cumsum(np.bincount(rows, minlength=len(known)), dtype=np.int32)
    offsets = np.concatenate([np.zeros(1, np.int32), ends])
    missing = pc.and_(known.is_null(), more.is_null())
    return pa.ListArray.from_arrays(
        pa.array(offsets), values.take(pa.array(np.argsort(rows, kind="stable"))), type=known.type, mask=missing
    )


def _rows(lists: pa.ListArray) -> NDArray[np.int64]:
    """Return the row of each value of a column of lists."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return np.repeat(np.arange(len(lists), dtype=np.int64), lengths)


def _algorithms(values: pa.StructArray) -> NDArray[np.int64]:
    numbers: NDArray[np.int64] = pc.struct_field(values, _ALGORITHM).to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers
