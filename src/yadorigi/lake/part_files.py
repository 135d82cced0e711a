"""Opens the Parquet file of a part once it is sure that it is one, of bounded size: a case may come from anybody."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from yadorigi.errors import CaseError
from yadorigi.limits import LAKE_ROW_GROUP_BYTES_LIMIT, LAKE_ROW_GROUP_ROWS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAYLOADS: Final = "yadorigi_data"
RECORDS: Final = "yadorigi_raw"
"""Names of the columns of payloads, and of whole records where these do not hold them as they are."""
_DICTIONARIES: Final = frozenset({"PLAIN_DICTIONARY", "RLE_DICTIONARY"})
_BYTES_OF_A_NUMBER: Final = 8
_NUMBERS: Final = frozenset({"BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE"})
"""Physical types of columns whose values are of one size, so that there cannot be more of them than was looked for."""


@contextmanager
def opened_part(
    path: Path, rows: int, schema: pa.Schema, dictionaries: Sequence[str] = (), repeating: Sequence[str] = ()
) -> Iterator[pq.ParquetFile]:
    """Give the file of a part for reading.

    Args:
        path: of the file.
        rows: that it must have.
        schema: columns that it must have; it may have more.
        dictionaries: paths of columns that are read as dictionaries, where the file has them.
        repeating: names of columns that are, where they were written as such.

    Raises:
        CaseError: it is not there, no Parquet, or not what a part is.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise CaseError(f"{path} is no plain file")
        part = _opened(path, [*dictionaries, *repeating])
        as_they_are = [name for name in repeating if not is_dictionary(part, name)]
        if as_they_are:
            # To make dictionaries of what does not repeat takes longer than to read it.
            metadata = part.metadata
            part.close()
            part = _opened(path, [*dictionaries, *(name for name in repeating if name not in as_they_are)], metadata)
    except (OSError, pa.ArrowException) as error:
        raise CaseError(f"{path} cannot be read: {error}") from error
    with part:
        wrong = _wrong(part, rows, schema)
        if wrong:
            raise CaseError(f"{path} {wrong}")
        yield part


def is_dictionary(part: pq.ParquetFile, column: str) -> bool:
    """Say whether a column was written as a dictionary, as its first rows tell."""
    if not part.num_row_groups:
        return False
    group = part.metadata.row_group(0)
    columns = (group.column(place) for place in range(group.num_columns))
    return any(one.path_in_schema == column and bool(_DICTIONARIES & set(one.encodings)) for one in columns)


def _opened(path: Path, dictionaries: Sequence[str], metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(
            path,
            metadata=metadata,
            memory_map=True,
            read_dictionary=list(dictionaries) or None,
            page_checksum_verification=True,
        )
    except KeyError:
        # A part of an earlier version lacks columns of today.
        schema = pq.read_metadata(path, memory_map=True).schema
        there = {schema.column(place).path for place in range(len(schema))}
        return _opened(path, [column for column in dictionaries if column in there], metadata)


def _wrong(part: pq.ParquetFile, rows: int, schema: pa.Schema) -> str:
    """Say what is wrong with a file, "" where nothing is."""
    if part.metadata.num_rows != rows:
        return f"has {part.metadata.num_rows} rows where {rows} were written"
    try:
        found = part.schema_arrow
    except (OSError, pa.ArrowException) as error:
        return f"has columns that cannot be read: {error}"
    for field in schema:
        places = found.get_all_field_indices(field.name)
        kind = found.field(places[0]).type if len(places) == 1 else None
        if kind is not None and pa.types.is_dictionary(kind):
            kind = kind.value_type
        if kind is None or not kind.equals(field.type):
            return f"has no column {field.name} of type {field.type}"
    groups = [part.metadata.row_group(number) for number in range(part.metadata.num_row_groups)]
    columns = [group.column(place) for group in groups for place in range(group.num_columns)]
    if any(column.num_values > LAKE_ROW_GROUP_BYTES_LIMIT // _BYTES_OF_A_NUMBER for column in columns):
        return "holds more in one group of rows than is ever written"
    if any(group.num_rows > LAKE_ROW_GROUP_ROWS for group in groups):
        return "has more rows in one group than are ever written"
    if any(group.num_rows < 0 for group in groups) or sum(group.num_rows for group in groups) != rows:
        return "has other rows in its groups than in all"
    if any(group.total_byte_size > LAKE_ROW_GROUP_BYTES_LIMIT for group in groups):
        return "holds more in one group of rows than is ever written"
    return ""


def dictionaries_of(part: pq.ParquetFile) -> frozenset[str]:
    """Return the names of columns that are read as dictionaries."""
    return frozenset(field.name for field in part.schema_arrow if pa.types.is_dictionary(field.type))


def text_sizes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the bytes of each text of a column that was read as a dictionary; nothing for null."""
    sizes = [pc.binary_length(chunk.dictionary).cast(pa.int64()).take(chunk.indices) for chunk in column.chunks]
    found: NDArray[np.int64] = pa.chunked_array(sizes, pa.int64()).fill_null(0).to_numpy()
    return found


def read_group(part: pq.ParquetFile, path: Path, number: int, columns: list[str]) -> pa.Table:
    """Return columns of one group of rows.

    A text that stands once in a file may stand in a hundred thousand rows, so what comes of it is measured first.

    Raises:
        CaseError: it is larger than any that was written.
        OSError, pyarrow.ArrowException: it cannot be read.
    """
    require_bounded(part, path, number, columns)
    return part.read_row_group(number, columns=columns, use_threads=False)


def require_bounded(part: pq.ParquetFile, path: Path, number: int, columns: list[str]) -> None:
    """Measure what columns of a group of rows come to.

    Raises:
        CaseError: it is more than any that was written.
    """
    suspects = list(_suspects(part.metadata.row_group(number), columns)) if columns else ()
    if suspects and _measured(path, number, suspects) > LAKE_ROW_GROUP_BYTES_LIMIT:
        raise CaseError(f"{path} holds more in one group of rows than is ever written")


def _suspects(group: pq.RowGroupMetaData, columns: list[str]) -> Iterator[str]:
    """Give the columns whose texts may be many times as large as they are in the file."""
    for place in range(group.num_columns):
        column = group.column(place)
        name = column.path_in_schema
        if column.physical_type in _NUMBERS or not any(name == one or name.startswith(f"{one}.") for one in columns):
            continue
        # No text is longer than all of the column together.
        most = column.num_values * column.total_uncompressed_size
        if most > LAKE_ROW_GROUP_BYTES_LIMIT and _DICTIONARIES & set(column.encodings):
            yield name


def _measured(path: Path, number: int, names: list[str]) -> int:
    """Return how many bytes texts come to, without making them."""
    with pq.ParquetFile(path, memory_map=True, read_dictionary=names) as part:
        table = part.read_row_group(number, columns=names, use_threads=False)
    return sum(_bytes_of(chunk) for column in table.columns for chunk in column.chunks)


def _bytes_of(array: pa.Array) -> int:
    if pa.types.is_struct(array.type):
        return sum(_bytes_of(child) for child in array.flatten())
    if pa.types.is_list(array.type):
        return _bytes_of(array.flatten())
    if not pa.types.is_dictionary(array.type):
        return int(array.nbytes)
    return int(text_sizes(pa.chunked_array([array])).sum())
