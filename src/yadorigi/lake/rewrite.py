"""Takes events out of a lake: those before a moment, or those of files that are read anew.

A part is never changed. One that loses all its rows goes with the commit that names it as removed; one that loses some
is written anew without them, a group of rows at a time, as it was written first.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yadorigi.digests import sha256_of
from yadorigi.errors import CaseError, UnprovenError
from yadorigi.lake.commits import FILES
from yadorigi.lake.part_files import PAYLOADS, is_dictionary, opened_part, read_group, require_bounded
from yadorigi.lake.parts import how_to_write, row_groups
from yadorigi.limits import LAKE_ROW_GROUP_ROWS, LAKE_SLICE_ROWS
from yadorigi.schema.event import EventKind
from yadorigi.schema.ocsf import class_of
from yadorigi.schema.ocsf_arrow import OWN_COLUMNS
from yadorigi.schema.stored_lake import KindRows, Part

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from yadorigi.lake.commits import LakeWriter

_SCHEMA: Final = pa.schema(OWN_COLUMNS)
_PLACES: Final = ["yadorigi_ticks", "yadorigi_file"]
_HOSTS: Final = [*_PLACES, "yadorigi_channel", "device.hostname"]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Says which events leave a lake: those before a moment, and those of some files.

    Attributes:
        before: ticks (100 ns since 1970), or None.
        files: numbers.
    """

    before: int | None = None
    files: frozenset[int] = frozenset()

    def touches(self, part: Part) -> bool:
        """Say whether a part of events may lose any."""
        early = self.before is not None and bool(part.kinds) and part.first < self.before
        return early or any(number in self.files for number, _ in part.files)

    def of(self, rows: pa.Table) -> NDArray[np.bool_]:
        """Say of each row whether it leaves."""
        leave = np.isin(rows.column("yadorigi_file").to_numpy(), list(self.files))
        if self.before is not None:
            leave |= rows.column("yadorigi_ticks").to_numpy() < self.before
        return leave


@dataclass(slots=True)
class Taken:
    """How many events leave, by number of their file, and by host and channel."""

    files: Counter[int] = field(default_factory=Counter)
    logs: Counter[tuple[str, str]] = field(default_factory=Counter)


def taken_from(lake: Path, part: Part, leaving: Leaving) -> Taken:
    """Count what leaves a part.

    Raises:
        CaseError: the part cannot be read, or is not what was written.
    """
    taken = Taken()
    for rows in _groups(lake, part, _HOSTS):
        left = rows.filter(pa.array(leaving.of(rows)))
        numbers, counts = np.unique(left.column("yadorigi_file").to_numpy(), return_counts=True)
        taken.files.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
        device = left.column("device").combine_chunks()
        names = {"host": device.field("hostname"), "channel": left.column("yadorigi_channel")}
        found = pa.table(names).group_by(["host", "channel"], use_threads=False).aggregate([([], "count_all")])
        for one in found.to_pylist():
            taken.logs[one["host"] or "", one["channel"]] += one["count_all"]
    return taken


def without(lake: Path, part: Part, leaving: Leaving, name: str) -> Part | None:
    """Write a part anew without the events that leave.

    Args:
        lake: its folder.
        part: the part, which stays as it is.
        leaving: what leaves it.
        name: of the new part, below the lake.

    Returns:
        The new part, or None where nothing is left.

    Raises:
        CaseError: the part cannot be read, or is not what was written.
        OSError: the disk is full or failing.
    """
    kept, ticks, files = _rest(lake, part, leaving)
    if not kept.any():
        return None
    kinds = np.repeat(np.arange(len(part.kinds)), [found.rows for found in part.kinds])[kept]
    path = lake / name
    waiting = path.with_name(f"{path.name}.part")
    first = part.kinds[0]
    class_uid = class_of(EventKind(first.channel, first.provider, first.event_id, first.source)).class_uid
    with opened_part(lake / part.path, part.rows, _SCHEMA) as opened, waiting.open("xb") as stream:
        schema = opened.schema_arrow
        rows = _Rows(_kept_rows(opened, lake / part.path, kept))
        with pq.ParquetWriter(
            stream, schema, **how_to_write(schema, class_uid, repeating=is_dictionary(opened, PAYLOADS))
        ) as writer:
            for group in row_groups(kinds):
                writer.write_table(rows.next(sum(end - start for start, end in group)), LAKE_ROW_GROUP_ROWS)
        stream.flush()
        os.fsync(stream.fileno())
        size = stream.tell()
    waiting.rename(path)
    numbers, counts = np.unique(files, return_counts=True)
    return Part(
        name, part.table, len(ticks), size, int(ticks.min()), int(ticks.max()), tuple(_kinds(part, kinds, ticks)),
        tuple(zip(numbers.tolist(), counts.tolist(), strict=True)), sha256_of(path),
    )  # fmt: skip


def _rest(lake: Path, part: Part, leaving: Leaving) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return which rows of a part are kept, and the ticks and files of these."""
    kept, ticks, files = [], [], []
    for rows in _groups(lake, part, _PLACES):
        keep = ~leaving.of(rows)
        kept.append(keep)
        ticks.append(rows.column("yadorigi_ticks").to_numpy()[keep])
        files.append(rows.column("yadorigi_file").to_numpy()[keep])
    return np.concatenate(kept), np.concatenate(ticks), np.concatenate(files)


def _groups(lake: Path, part: Part, columns: list[str]) -> Iterator[pa.Table]:
    path = lake / part.path
    try:
        with opened_part(path, part.rows, _SCHEMA) as opened:
            for number in range(opened.num_row_groups):
                yield read_group(opened, path, number, columns)
    except pa.ArrowException as error:
        raise CaseError(f"{path} cannot be read: {error}") from error


def _kept_rows(part: pq.ParquetFile, path: Path, kept: NDArray[np.bool_]) -> Iterator[pa.Table]:
    """Give the rows that are kept, in their order, a bounded number at a time."""
    place = 0
    names = part.schema_arrow.names
    try:
        for number in range(part.num_row_groups):
            require_bounded(part, path, number, names)
            for batch in part.iter_batches(LAKE_SLICE_ROWS, row_groups=[number], use_threads=False):
                keep = kept[place : place + batch.num_rows]
                place += batch.num_rows
                if keep.any():
                    yield pa.Table.from_batches([batch.filter(pa.array(keep))])
    except pa.ArrowException as error:
        raise CaseError(f"{path} cannot be read: {error}") from error


class _Rows:
    """Hands out rows in other numbers than they come in."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self._tables = tables
        self._rest: pa.Table | None = None

    def next(self, count: int) -> pa.Table:
        """Return the next `count` rows."""
        found: list[pa.Table] = []
        while count:
            table = self._rest if self._rest is not None and self._rest.num_rows else next(self._tables)
            found.append(table.slice(0, count))
            self._rest = table.slice(count)
            count -= found[-1].num_rows
        return pa.concat_tables(found)


def _kinds(part: Part, kinds: NDArray[np.int64], ticks: NDArray[np.int64]) -> Iterator[KindRows]:
    numbers, starts, counts = np.unique(kinds, return_index=True, return_counts=True)
    for number, start, count in zip(numbers.tolist(), starts.tolist(), counts.tolist(), strict=True):
        found: dict[str, Any] = {"first": int(ticks[start]), "last": int(ticks[start + count - 1])}
        old = part.kinds[number]
        yield KindRows(old.channel, old.provider, old.event_id, old.source, start, count, **found)


def rewritten(writer: LakeWriter, leaving: Leaving) -> tuple[list[Part], list[str]]:
    """Write all parts anew that lose events; give the new ones, and the paths of those that go.

    Raises:
        UnprovenError: a part is not what was written.
        CaseError: a part cannot be read.
        OSError: the disk is full or failing.
    """
    added, removed = [], []
    folder = writer.lake.folder
    for part in writer.lake.parts:
        if part.table == FILES or not leaving.touches(part):
            continue
        # What somebody changed must not get a new hash here.
        if part.sha256 and sha256_of(folder / part.path) != part.sha256:
            raise UnprovenError(f"{folder / part.path} is not what was written: its SHA-256 is another")
        rest = without(folder, part, leaving, writer.part_name(part.table))
        removed.append(part.path)
        if rest is not None:
            added.append(rest)
    return added, removed
