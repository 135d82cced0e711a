"""Which rows of a part hold a known value in the columns that hold one kind of value each: hashes, addresses, paths.

Parquet keeps each different value of such a column once in a row group, so that a value is looked up once however many
rows have it, and nothing else of the rows is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.schema.ocsf_indicators import typed_leaves

if TYPE_CHECKING:
    import pyarrow.parquet as pq
    from numpy.typing import NDArray

Known = Callable[[str, str], bool]
"""Says whether a value is known, by what its column holds (`schema.ocsf_indicators.typed_leaves`)."""

_IN_TEXTS: Final = "command_line"
_NAME: Final = ".name"
_PATH: Final = ".path"


def leaves_of(class_uid: int) -> tuple[tuple[str, str], ...]:
    """Return the paths of columns that are looked at, and what each holds.

    A file's name is part of its path, and command lines are texts that hold many values.
    """
    leaves = dict(typed_leaves(class_uid))
    return tuple(
        (path, held)
        for path, held in leaves.items()
        if held != _IN_TEXTS and not (path.endswith(_NAME) and path.removesuffix(_NAME) + _PATH in leaves)
    )


def column_of(path: str) -> str:
    """Return the path of a leaf as Parquet has it."""
    return path.replace("[]", ".list.element")


def rows_that_hold(part: pq.ParquetFile, group: int, class_uid: int, known: Known) -> NDArray[np.int64]:
    """Return the rows of a row group that hold a known value, in their order, each once.

    Args:
        part: opened so that the columns of `leaves_of` are read as dictionaries.
        group: number of the row group.
        class_uid: OCSF class of the part's table.
        known: says which values are.

    Raises:
        OSError, pyarrow.ArrowException: it is damaged.
    """
    found: list[NDArray[np.int64]] = []
    for path, held in leaves_of(class_uid):
        table = part.read_row_group(group, columns=[column_of(path)], use_threads=False)
        if not table.num_columns:
            continue
        start = 0
        for chunk in table.column(0).chunks:
            values, rows = _leaf(chunk, path)
            places = _places(values, held, known)
            if len(places):
                found.append(start + (places if rows is None else rows[places]))
            start += len(chunk)
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


def _leaf(array: pa.Array, path: str) -> tuple[pa.Array, NDArray[np.int64] | None]:
    """Return the values of a leaf below a column, with the row of each; None where they are the rows' own."""
    rows: NDArray[np.int64] | None = None
    for number, part in enumerate(path.split(".")):
        array, rows = _below(array, part, rows, first=number == 0)
    return array, rows


def _below(
    array: pa.Array, part: str, rows: NDArray[np.int64] | None, *, first: bool
) -> tuple[pa.Array, NDArray[np.int64] | None]:
    if not first:
        array = pc.struct_field(array, part.removesuffix("[]"))
    if part.endswith("[]"):
        parents = pc.list_parent_indices(array).to_numpy()
        rows = parents if rows is None else rows[parents]
        array = pc.list_flatten(array)
    return array, rows


def _places(values: pa.Array, held: str, known: Known) -> NDArray[np.int64]:
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    hits = [
        code for code, value in enumerate(values.dictionary.to_pylist()) if value is not None and known(held, value)
    ]
    if not hits:
        return np.empty(0, np.int64)
    codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.flatnonzero(np.isin(codes, hits))
