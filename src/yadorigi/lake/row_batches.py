"""Reads a row group of a part a bounded number of rows at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from yadorigi.errors import CaseError
from yadorigi.lake.frames import RowRange
from yadorigi.lake.part_files import require_bounded, text_sizes
from yadorigi.limits import LAKE_ROW_GROUP_BYTES_LIMIT, LAKE_SLICE_ROWS, MEBIBYTE

if TYPE_CHECKING:
    import pyarrow.parquet as pq
    from numpy.typing import NDArray

_BATCH_ROWS: Final = LAKE_SLICE_ROWS // 4
"""Rows of a row group that are in memory at a time, at most."""
_BATCH_BYTES: Final = 8 * MEBIBYTE
"""What these rows come to, about: events with scripts in them are ten times as large as others."""
_FEW_ROWS: Final = 64
_TEXTS_BYTES: Final = 64 * MEBIBYTE
"""Bytes of texts that stand in a dictionary once each and are made of it together, if they are of several rows."""


class RowGroup(NamedTuple):
    """A row group of an open part.

    Attributes:
        part: the file.
        path: of it.
        number: of the row group in the file.
        dictionaries: names of columns that are read as such.
    """

    part: pq.ParquetFile
    path: Path
    number: int
    dictionaries: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        """Return how many rows it has."""
        return int(self.part.metadata.row_group(self.number).num_rows)


class RowBatch(NamedTuple):
    """Some rows of a row group that follow each other.

    Attributes:
        first: place of the first one in the row group.
        rows: the columns that were asked for.
        ranges: what is wanted of them, counted from the first one.
        kept: which rows are, counted from the first one; None for all of the ranges.
    """

    first: int
    rows: pa.Table
    ranges: list[RowRange]
    kept: NDArray[np.int64] | None


def row_batches(
    group: RowGroup, columns: Sequence[str], wanted: Sequence[RowRange], kept: NDArray[np.int64] | None = None
) -> Iterator[RowBatch]:
    """Give rows of a row group, of which only a part is in memory at a time, with what is wanted of them.

    Args:
        group: to be read.
        columns: paths as Parquet has them.
        wanted: ranges of rows of the group, at least one, in their order.
        kept: which rows of these are wanted, in their order; None for all.

    Raises:
        CaseError: there is more in it than was ever written.
        OSError, pyarrow.ArrowException: it is damaged.
    """
    # What is read as a dictionary is no larger than it is in the file until texts are made of it.
    plain = [name for name in columns if name not in group.dictionaries]
    require_bounded(group.part, group.path, group.number, plain)
    start, end = 0, wanted[-1].start + wanted[-1].rows
    for rows in _read(group, columns):
        stop = start + rows.num_rows
        here = list(ranges_within(wanted, start, stop))
        own = None if kept is None else kept[(kept >= start) & (kept < stop)] - start
        if here and (own is None or len(own)):
            yield RowBatch(start, _with_texts(rows), here, own)
        start = stop
        if start >= end:
            return


def _read(group: RowGroup, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Give the rows of a group, so few at a time that texts of dictionaries are of bounded size.

    A text that stands once in a file may stand in a hundred thousand rows.
    """
    count, size = rows_at_a_time(group, columns), 0
    for batch in group.part.iter_batches(count, row_groups=[group.number], columns=list(columns), use_threads=False):
        rows = pa.Table.from_batches([batch])
        dictionaries = [rows.column(field.name) for field in rows.schema if pa.types.is_dictionary(field.type)]
        ends = np.cumsum(sum((text_sizes(column) for column in dictionaries), np.zeros(rows.num_rows, np.int64)))
        size += int(ends[-1]) if len(ends) else 0
        if size > LAKE_ROW_GROUP_BYTES_LIMIT:
            raise CaseError(f"{group.path} holds more in one group of rows than is ever written")
        start = 0
        while start < rows.num_rows:
            before = int(ends[start - 1]) if start else 0
            stop = max(int(np.searchsorted(ends, before + _TEXTS_BYTES, "right")), start + 1)
            yield rows.slice(start, stop - start)
            start = stop


def _with_texts(rows: pa.Table) -> pa.Table:
    for place, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            texts = pa.chunked_array(
                [chunk.dictionary_decode() for chunk in rows.column(place).chunks], field.type.value_type
            )
            rows = rows.set_column(place, pa.field(field.name, texts.type), texts)
    return rows


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def ranges_within(ranges: Sequence[RowRange], start: int, stop: int) -> Iterator[RowRange]:
    """Give what of some ranges, in their order, lies between two places, counted from the first of these."""
    first = bisect_right(ranges, start, key=lambda found: found.start + found.rows)
    for found in islice(ranges, first, None):
        if found.start >= stop:
            return
        begin, end = max(found.start, start), min(found.start + found.rows, stop)
        if begin < end:
            same = not start and end - begin == found.rows
            yield found if same else RowRange(found.kind, begin - start, end - begin)


def rows_at_a_time(group: RowGroup, columns: Sequence[str]) -> int:
    """Return how many rows of a group are read together."""
    metadata = group.part.metadata.row_group(group.number)
    held = (metadata.column(place) for place in range(metadata.num_columns))
    size = sum(column.total_uncompressed_size for column in held if column.path_in_schema in columns)
    fitting: int = _BATCH_BYTES * metadata.num_rows // max(size, 1)
    return min(_BATCH_ROWS, max(_FEW_ROWS, fitting))
