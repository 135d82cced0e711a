"""Reads events back from a lake as batches: only the row groups, and of these the rows, of kinds that matter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.lake.frames import RowRange, ScanTask
from yadorigi.lake.leaf_scan import Known, column_of, leaves_of, rows_that_hold
from yadorigi.lake.part_files import opened_part, read_group
from yadorigi.lake.times import canonical_times
from yadorigi.limits import LAKE_SLICE_ROWS
from yadorigi.schema.event import EventKind
from yadorigi.schema.ocsf import class_of
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
            class_uid = class_of(ranges[0].kind).class_uid
            yield ScanTask(number, lake.folder / part.path, part.path, part.rows, ranges, class_uid)
            number += 1


def _range(found: KindRows) -> RowRange:
    return RowRange(EventKind(found.channel, found.provider, found.event_id, found.source), found.start, found.rows)


@dataclass(frozen=True, slots=True)
class LakeReader:
    """Reads tasks.

    Attributes:
        numbers: for each file of the lake, the numbers that its events have in this run: its own, and those of files
            with the same content.
        hosts: says whether events of a host, "" for none, are to be read; None for those of all.
    """

    numbers: Mapping[int, tuple[int, ...]]
    hosts: Callable[[str], bool] | None = None

    def read(self, task: ScanTask, known: Known | None = None) -> Iterator[RecordTable]:
        """Give the events of a task, a bounded number at a time.

        Args:
            task: what is to be read.
            known: where given, only events are read that hold a known value in a column of its own.

        Raises:
            CaseError: the part is not there, or not what was written.
            OSError, pyarrow.ArrowException: it is damaged.
        """
        leaves = [column_of(path) for path, _ in leaves_of(task.class_uid)] if known is not None else []
        with opened_part(task.part, task.part_rows, _SCHEMA, leaves) as part:
            starts = np.cumsum([0, *(part.metadata.row_group(n).num_rows for n in range(part.num_row_groups))])
            for number in range(part.num_row_groups):
                first, last = int(starts[number]), int(starts[number + 1])
                inside = [found for found in task.ranges if found.start < last and found.start + found.rows > first]
                kept = rows_that_hold(part, number, task.class_uid, known) if inside and known is not None else None
                if inside and (kept is None or len(kept)):
                    group = read_group(part, task.part, number, list(_COLUMNS))
                    yield from self._tables(group, inside, (first, last), kept)

    def count(self, task: ScanTask, since: int | None, until: int | None) -> int:
        """Return how many events of a task, whatever their hosts, lie in a period (ticks), by times and files alone.

        Raises:
            CaseError: the part is not there, or not what was written.
            OSError, pyarrow.ArrowException: it is damaged.
        """
        found = 0
        with opened_part(task.part, task.part_rows, _SCHEMA) as part:
            first = 0
            for number in range(part.num_row_groups):
                last = first + part.metadata.row_group(number).num_rows
                inside = [one for one in task.ranges if one.start < last and one.start + one.rows > first]
                if inside:
                    group = read_group(part, task.part, number, ["yadorigi_ticks", "yadorigi_file"])
                    found += sum(self._counted(group, one, (first, last), (since, until)) for one in inside)
                first = last
        return found

    def _counted(
        self, group: pa.Table, found: RowRange, rows: tuple[int, int], period: tuple[int | None, int | None]
    ) -> int:
        start, end = max(found.start, rows[0]) - rows[0], min(found.start + found.rows, rows[1]) - rows[0]
        ticks = group.column("yadorigi_ticks").slice(start, end - start).to_numpy()
        files = group.column("yadorigi_file").slice(start, end - start).to_numpy()
        since, until = period
        inside = np.ones(len(ticks), bool) if since is None else ticks >= since
        if until is not None:
            inside &= ticks < until
        own, counts = np.unique(files[inside], return_counts=True)
        return sum(
            count * len(self.numbers.get(file, ())) for file, count in zip(own.tolist(), counts.tolist(), strict=True)
        )

    def _tables(
        self, group: pa.Table, ranges: Sequence[RowRange], borders: tuple[int, int], kept: NDArray[np.int64] | None
    ) -> Iterator[RecordTable]:
        first, last = borders
        waiting: list[StoredRows] = []
        rows = 0
        for found in ranges:
            start, end = max(found.start, first) - first, min(found.start + found.rows, last) - first
            for place in range(start, end, LAKE_SLICE_ROWS):
                count = min(LAKE_SLICE_ROWS, end - place)
                if waiting and rows + count > LAKE_SLICE_ROWS:
                    yield table_of(waiting)
                    waiting, rows = [], 0
                slice_rows = _kept_rows(group, place, count, kept)
                if slice_rows is not None:
                    waiting.append(self._rows(found.kind, slice_rows))
                    rows += slice_rows.num_rows
        if waiting:
            yield table_of(waiting)

    def _rows(self, kind: EventKind, rows: pa.Table) -> StoredRows:
        if self.hosts is not None:
            names = pc.fill_null(pc.struct_field(_whole(rows.column("device")), "hostname"), "")
            own = [name for name in names.unique().to_pylist() if self.hosts(name)]
            rows = rows.filter(pc.is_in(names, pa.array(own, pa.string())))
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


def _kept_rows(group: pa.Table, start: int, count: int, kept: NDArray[np.int64] | None) -> pa.Table | None:
    """Return rows of a row group, of these only those that are kept; None where none is."""
    if kept is None:
        return group.slice(start, count)
    own = kept[(kept >= start) & (kept < start + count)]
    return group.take(pa.array(own)) if len(own) else None


def _renumbered(files: NDArray[np.int64], numbers: Mapping[int, int]) -> NDArray[np.int64]:
    found, inverse = np.unique(files, return_inverse=True)
    return np.array([numbers[file] for file in found.tolist()], np.int64)[inverse]


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
