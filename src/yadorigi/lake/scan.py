"""Reads events back from a lake as batches: only the row groups, and of these the rows, of kinds that matter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.lake.frames import RowRange, ScanTask
from yadorigi.lake.part_files import opened_part, read_group
from yadorigi.lake.times import canonical_times
from yadorigi.limits import LAKE_SLICE_ROWS
from yadorigi.schema.event import EventKind
from yadorigi.schema.ocsf_arrow import OWN_COLUMNS
from yadorigi.sources.windows.stored import StoredRows, StoredTexts, table_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yadorigi.lake.commits import Lake
    from yadorigi.schema.stored_lake import KindRows
    from yadorigi.sources.windows.batch import RecordTable

_COLUMNS: Final = (
    "yadorigi_data", "yadorigi_system", "yadorigi_raw", "yadorigi_ticks", "yadorigi_file", "yadorigi_record_id",
    "yadorigi_line", "device.hostname",
)  # fmt: skip
_SCHEMA: Final = pa.schema(OWN_COLUMNS)
_NO_NUMBER: Final = -1
_NO_LINE: Final = 0

Wanted = Callable[[EventKind], bool]
"""Says whether events of a kind are to be read."""


def scan_tasks(
    lake: Lake, wanted: Wanted, files: Collection[int], period: tuple[int | None, int | None] = (None, None)
) -> Iterator[ScanTask]:
    """Give one task for each part that holds anything of interest.

    Args:
        lake: to be read.
        wanted: kinds of interest.
        files: numbers of the files of interest.
        period: ticks; events before the first or from the second on are of no interest.
    """
    since, until = period
    known: dict[EventKind, bool] = {}

    def matters(found: KindRows) -> bool:
        kind = EventKind(found.channel, found.provider, found.event_id, found.source)
        if kind not in known:
            known[kind] = wanted(kind)
        return known[kind] and (since is None or found.last >= since) and (until is None or found.first < until)

    number = 0
    for part in lake.parts:
        ranges = tuple(_range(found) for found in part.kinds if matters(found))
        if ranges and any(file in files for file, _ in part.files):
            yield ScanTask(number, lake.folder / part.path, part.path, part.rows, ranges)
            number += 1


def _range(found: KindRows) -> RowRange:
    return RowRange(EventKind(found.channel, found.provider, found.event_id, found.source), found.start, found.rows)


@dataclass(frozen=True, slots=True)
class LakeReader:
    """Reads tasks.

    Attributes:
        numbers: for each file of the lake, the numbers that its events have in this run: its own, and those of files
            with the same content.
    """

    numbers: Mapping[int, tuple[int, ...]]

    def read(self, task: ScanTask) -> Iterator[RecordTable]:
        """Give the events of a task, a bounded number at a time.

        Raises:
            CaseError: the part is not there, or not what was written.
            OSError, pyarrow.ArrowException: it is damaged.
        """
        with opened_part(task.part, task.part_rows, _SCHEMA) as part:
            starts = np.cumsum([0, *(part.metadata.row_group(n).num_rows for n in range(part.num_row_groups))])
            for number in range(part.num_row_groups):
                first, last = int(starts[number]), int(starts[number + 1])
                inside = [found for found in task.ranges if found.start < last and found.start + found.rows > first]
                if inside:
                    group = read_group(part, task.part, number, list(_COLUMNS))
                    yield from self._tables(group, inside, first, last)

    def _tables(self, group: pa.Table, ranges: Sequence[RowRange], first: int, last: int) -> Iterator[RecordTable]:
        waiting: list[StoredRows] = []
        rows = 0
        for found in ranges:
            start, end = max(found.start, first) - first, min(found.start + found.rows, last) - first
            for place in range(start, end, LAKE_SLICE_ROWS):
                count = min(LAKE_SLICE_ROWS, end - place)
                if waiting and rows + count > LAKE_SLICE_ROWS:
                    yield table_of(waiting)
                    waiting, rows = [], 0
                waiting.append(self._rows(found.kind, group.slice(place, count)))
                rows += count
        if waiting:
            yield table_of(waiting)

    def _rows(self, kind: EventKind, rows: pa.Table) -> StoredRows:
        files = rows.column("yadorigi_file").to_numpy()
        places, numbers = self._places(files)
        if places is not None:
            rows = rows.take(pa.array(places))
        column: dict[str, Any] = {name: _whole(rows.column(name)) for name in rows.column_names}
        host = pc.struct_field(column["device"], "hostname")
        return StoredRows(
            kind,
            StoredTexts(column["yadorigi_data"], column["yadorigi_system"], column["yadorigi_raw"]),
            canonical_times(column["yadorigi_ticks"]),
            numbers.tolist(),
            column["yadorigi_line"].fill_null(_NO_LINE).to_pylist(),
            column["yadorigi_record_id"].fill_null(_NO_NUMBER).to_pylist(),
            [name or None for name in host.to_pylist()],
        )

    def _places(self, files: NDArray[np.int64]) -> tuple[NDArray[np.int64] | None, NDArray[np.int64]]:
        """Return which rows are given, and the number of each one's file; None for all as they are."""
        own = np.unique(files).tolist()
        if all(len(self.numbers.get(file, ())) == 1 for file in own):
            return None, _renumbered(files, {file: self.numbers[file][0] for file in own})
        places, numbers = [], []
        for file in own:
            where = np.flatnonzero(files == file)
            for number in self.numbers.get(file, ()):
                places.append(where)
                numbers.append(np.full(len(where), number, np.int64))
        if not places:
            nothing = np.empty(0, np.int64)
            return nothing, nothing
        return np.concatenate(places), np.concatenate(numbers)


def _renumbered(files: NDArray[np.int64], numbers: Mapping[int, int]) -> NDArray[np.int64]:
    found, inverse = np.unique(files, return_inverse=True)
    return np.array([numbers[file] for file in found.tolist()], np.int64)[inverse]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
