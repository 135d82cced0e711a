"""Reads events back from a lake as batches: only the row groups, and of these the rows, of kinds that matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from yadorigi.lake.frames import RowRange, ScanTask
from yadorigi.lake.leaf_scan import Known, column_of, leaves_of, rows_that_hold
from yadorigi.lake.part_files import PAYLOADS, RECORDS, dictionaries_of, opened_part, read_group
from yadorigi.lake.payload_scan import rows_of_interest
from yadorigi.lake.row_batches import RowBatch, RowGroup, ranges_within, row_batches, whole
from yadorigi.lake.times import canonical_times
from yadorigi.limits import LAKE_SCAN_ROWS
from yadorigi.schema.event import EventKind
from yadorigi.schema.ocsf import class_of
from yadorigi.schema.ocsf_arrow import OWN_COLUMNS
from yadorigi.sources.records.stored import StoredRows, StoredTable, StoredTexts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yadorigi.lake.commits import Lake
    from yadorigi.lake.sieve import Sieve
    from yadorigi.schema.stored_lake import KindRows
    from yadorigi.sources.records.batch import RecordTable

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
    lake: Lake,
    wanted: Wanted,
    numbers: Mapping[int, tuple[int, ...]],
    period: tuple[int | None, int | None] = (None, None),
) -> Iterator[ScanTask]:
    """Give tasks for all parts that hold anything of interest.

    Args:
        lake: to be read.
        wanted: kinds of interest.
        numbers: of the files of interest to those that they have in the run.
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
        times = {len(numbers.get(file, ())) for file, _ in part.files}
        if not any(times):
            continue
        for ranges in _shares(_range(found) for found in part.kinds if matters(found)):
            class_uid = class_of(ranges[0].kind).class_uid
            yield ScanTask(number, lake.folder / part.path, part.path, part.rows, ranges, class_uid, times == {1})
            number += 1


def _range(found: KindRows) -> RowRange:
    return RowRange(EventKind(found.channel, found.provider, found.event_id, found.source), found.start, found.rows)


def _shares(ranges: Iterable[RowRange]) -> Iterator[tuple[RowRange, ...]]:
    """Give rows of a part as shares that workers can take, so that none is left alone with a large part."""
    share: list[RowRange] = []
    rows = 0
    for found in ranges:
        start, end = found.start, found.start + found.rows
        while start < end:
            count = min(end - start, LAKE_SCAN_ROWS - rows)
            share.append(RowRange(found.kind, start, count))
            start, rows = start + count, rows + count
            if rows == LAKE_SCAN_ROWS:
                yield tuple(share)
                share, rows = [], 0
    if share:
        yield tuple(share)


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

    def read(self, task: ScanTask, known: Known | None = None, sieve: Sieve | None = None) -> Iterator[RecordTable]:
        """Give the events of a task, a bounded number at a time.

        Args:
            task: what is to be read.
            known: where given, only events are read that hold a known value in a column of its own.
            sieve: where given, only events are read that it does not pass over.

        Raises:
            CaseError: the part is not there, or not what was written.
            OSError, pyarrow.ArrowException: it is damaged.
        """
        leaves = [column_of(path) for path, _ in leaves_of(task.class_uid)] if known is not None else []
        with opened_part(task.part, task.part_rows, _SCHEMA, leaves, [PAYLOADS, RECORDS]) as part:
            dictionaries = dictionaries_of(part)
            starts = np.cumsum([0, *(part.metadata.row_group(n).num_rows for n in range(part.num_row_groups))])
            for number in range(part.num_row_groups):
                group = RowGroup(part, task.part, number, dictionaries)
                inside: Sequence[RowRange] = task.ranges
                if part.num_row_groups > 1:
                    inside = list(ranges_within(task.ranges, int(starts[number]), int(starts[number + 1])))
                if not inside:
                    continue
                kept, left = None, sieve
                if known is not None:
                    kept = rows_that_hold(part, number, task.class_uid, known)
                elif sieve is not None and sieve.by_payloads(inside):
                    kept, left = rows_of_interest(group, inside, sieve, None if task.once else self.numbers), None
                if kept is None or len(kept):
                    for batch in row_batches(group, _COLUMNS, inside, kept):
                        yield from self._table(batch, left)

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

    def _table(self, batch: RowBatch, sieve: Sieve | None) -> Iterator[RecordTable]:
        """Give some rows as one table; nothing where none of them is kept.

        All kinds are made into columns together: a case has a thousand kinds of a few events.
        """
        group, ranges, kept = batch.rows, batch.ranges, batch.kept
        places = np.concatenate([np.arange(one.start, one.start + one.rows) for one in ranges])
        kinds = np.repeat(np.arange(len(ranges)), [one.rows for one in ranges])
        keep = np.ones(len(places), bool) if kept is None else np.isin(places, kept)
        if self.hosts is not None:
            names = pc.fill_null(pc.struct_field(whole(group.column("device")), "hostname"), "").take(pa.array(places))
            own = [name for name in names.unique().to_pylist() if self.hosts(name)]
            keep &= pc.is_in(names, pa.array(own, pa.string())).to_numpy(zero_copy_only=False)
        places, kinds = places[keep], kinds[keep]
        if not len(places):
            return
        copies, numbers = self._places(group.column("yadorigi_file").to_numpy()[places])
        if copies is not None:
            # Rows of several copies come one copy after the other; each kind's have to lie together again.
            order = np.argsort(kinds[copies], kind="stable")
            copies, numbers = copies[order], numbers[order]
            places, kinds = places[copies], kinds[copies]
        interesting = sieve.rows_of_interest(_texts(group), ranges) if sieve is not None and len(places) else None
        if sieve is not None and interesting is not None:
            wanted = interesting[places]
            sieve.pass_over(_kinds(ranges, kinds[~wanted]), group.column("yadorigi_ticks").to_numpy()[places[~wanted]])
            places, kinds, numbers = places[wanted], kinds[wanted], numbers[wanted]
        if len(places):
            yield StoredTable(_columns(_rows_at(group, places), _kinds(ranges, kinds), numbers))

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


def _rows_at(group: pa.Table, places: NDArray[np.int64]) -> pa.Table:
    """Return rows of a row group; where they lie together, without copying them."""
    first, count = int(places[0]), len(places)
    together = int(places[-1]) - first == count - 1 and bool((np.diff(places) == 1).all())
    return group.slice(first, count) if together else group.take(pa.array(places))


def _kinds(ranges: Sequence[RowRange], kinds: NDArray[np.int64]) -> list[tuple[EventKind, int]]:
    """Return the kinds of rows in turn, each with how many rows are of it."""
    runs = zip(*np.unique(kinds, return_counts=True), strict=True)
    return [(ranges[own].kind, int(count)) for own, count in runs]


def _texts(rows: pa.Table) -> StoredTexts:
    return StoredTexts(*(whole(rows.column(name)) for name in ("yadorigi_data", "yadorigi_system", "yadorigi_raw")))


def _columns(rows: pa.Table, kinds: Sequence[tuple[EventKind, int]], numbers: NDArray[np.int64]) -> StoredRows:
    column = {name: whole(rows.column(name)) for name in rows.column_names}
    host = pc.struct_field(column["device"], "hostname")
    return StoredRows(
        kinds,
        _texts(rows),
        canonical_times(column["yadorigi_ticks"]),
        numbers.tolist(),
        column["yadorigi_line"].fill_null(_NO_LINE).to_pylist(),
        column["yadorigi_record_id"].fill_null(_NO_NUMBER).to_pylist(),
        [name or None for name in host.to_pylist()],
    )


def _renumbered(files: NDArray[np.int64], numbers: Mapping[int, int]) -> NDArray[np.int64]:
    found, inverse = np.unique(files, return_inverse=True)
    return np.array([numbers[file] for file in found.tolist()], np.int64)[inverse]
