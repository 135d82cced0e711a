"""Makes parts of a lake from spooled events: sorted by kind and time, normalised, written as Parquet.

A part is written under a temporary name, synced and renamed; it counts when a commit names it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from yadorigi.digests import sha256_of
from yadorigi.lake.frames import MadeParts
from yadorigi.lake.one_by_one import arrays_one_by_one
from yadorigi.lake.part_files import PAYLOADS
from yadorigi.lake.spool import read_frame
from yadorigi.limits import (
    LAKE_BLOOM_VALUES,
    LAKE_DAY_ROWS,
    LAKE_DICTIONARY_BYTES,
    LAKE_ROW_GROUP_ROWS,
    LAKE_SLICE_ROWS,
)
from yadorigi.schema.ocsf import class_of
from yadorigi.schema.ocsf_arrow import schema_of
from yadorigi.schema.ocsf_columns import columns_of_kinds, mapping_number
from yadorigi.schema.ocsf_indicators import typed_leaves
from yadorigi.schema.stored_lake import KindRows, Part
from yadorigi.schema.times import TICKS_PER_SECOND, time_of
from yadorigi.sources.records.stored import SpooledTexts, StoredTexts, mended
from yadorigi.sources.records.stored_columns import columns_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yadorigi.lake.frames import PartTask
    from yadorigi.schema.event import EventKind

_DAY_TICKS: Final = 86_400 * TICKS_PER_SECOND
_MILLISECOND_TICKS: Final = 10_000
_COMPRESSION_LEVEL: Final = 1
_UNIQUE: Final = frozenset(
    {
        "yadorigi_data",
        "yadorigi_system",
        "yadorigi_ticks",
        "time",
        "metadata.uid",
        "metadata.original_time",
        "yadorigi_record_id",
        "yadorigi_line",
    }
)
_WHOLE_TEXTS: Final = frozenset({PAYLOADS, "yadorigi_system"})
"""Nobody asks which of them is the least; to know it takes a twelfth of writing, and a fortieth of the room."""
_GROWING: Final = ("yadorigi_ticks", "time", "yadorigi_record_id", "yadorigi_line")
_LOOKED_UP_SINGLY: Final = frozenset({"hash", "ip", "hostname", "dns_answer", "url"})
_FALSE_HITS: Final = 0.01
_DATE: Final = len("2026-03-11")
_LONGEST_FAULT: Final = 200


class _Rows(NamedTuple):
    """Events of a task, in columns; `kinds` has the kind of each number in `kind`; `one_by_one` as in `MadeParts`."""

    kinds: Sequence[EventKind]
    kind: NDArray[np.int64]
    host: pa.Array
    texts: SpooledTexts
    ticks: NDArray[np.int64]
    file: NDArray[np.int64]
    line: NDArray[np.int64]
    number: NDArray[np.int64]
    one_by_one: Counter[str]


def make_parts(task: PartTask) -> MadeParts:
    """Write the parts.

    Raises:
        OSError: the disk is full or failing.
    """
    rows = _rows_of(task)
    days = rows.ticks // _DAY_TICKS
    found, counts = np.unique(days[rows.file >= 0], return_counts=True)
    large = found[counts >= LAKE_DAY_ROWS]
    parts = []
    for day in large:
        hint = time_of(int(day) * _DAY_TICKS)[:_DATE]
        parts.append(_make_part(task, rows, np.flatnonzero((days == day) & (rows.file >= 0)), hint))
    rest = np.flatnonzero(~np.isin(days, large) & (rows.file >= 0))
    if len(rest):
        parts.append(_make_part(task, rows, rest, ""))
    return MadeParts(tuple(parts), rows.one_by_one)


def _rows_of(task: PartTask) -> _Rows:
    read = [read_frame(frame) for frame in task.frames]
    groups = [group for own, _ in read for group in own]
    kinds = sorted({group.kind for group in groups})
    number_of = {kind: number for number, kind in enumerate(kinds)}
    lengths = np.array([group.rows for group in groups])
    hosts = pa.array([group.host for group in groups], pa.string())
    host = hosts.dictionary_encode()
    places = pa.array(np.repeat(np.arange(len(groups)), lengths))
    table = pa.Table.from_batches([batch for _, batch in read])
    columns = {name: table.column(name).to_numpy() for name in ("ticks", "file", "line", "number")}
    longest = max(int(columns["file"].max(initial=-1)), max(task.numbers, default=0)) + 1
    renumbered = np.full(longest, -1, np.int64)
    for own, lakes in task.numbers.items():
        renumbered[own] = lakes
    return _Rows(
        kinds,
        np.repeat(np.array([number_of[group.kind] for group in groups]), lengths),
        pa.DictionaryArray.from_arrays(host.indices.take(places), host.dictionary),
        SpooledTexts(table.column("text").chunks),
        columns["ticks"],
        renumbered[columns["file"]],
        columns["line"],
        columns["number"],
        Counter(),
    )


def _make_part(task: PartTask, rows: _Rows, places: NDArray[np.int64], hint: str) -> Part:
    keys = (rows.number, rows.line, rows.file, rows.ticks, rows.kind)
    places = places[np.lexsort([key[places] for key in keys])]
    name = f"{task.name}-{hint}.parquet" if hint else f"{task.name}.parquet"
    path = task.lake / name
    path.parent.mkdir(parents=True, exist_ok=True)
    class_uid = class_of(rows.kinds[0]).class_uid
    schema = schema_of(class_uid)
    waiting = path.with_name(f"{path.name}.part")
    with waiting.open("xb") as stream:
        repeating = rows.texts.payloads_repeat(places)
        with pq.ParquetWriter(stream, schema, **how_to_write(schema, class_uid, repeating=repeating)) as writer:
            for group in row_groups(rows.kind[places]):
                runs = _by_mapping(rows, [places[start:end] for start, end in group])
                tables = [_table(rows, run, schema) for run in runs]
                writer.write_table(pa.concat_tables(tables), row_group_size=LAKE_ROW_GROUP_ROWS)
        stream.flush()
        os.fsync(stream.fileno())
        size = stream.tell()
    waiting.rename(path)
    files, counts = np.unique(rows.file[places], return_counts=True)
    ticks = rows.ticks[places]
    return Part(
        name, task.table, len(places), size, int(ticks.min()), int(ticks.max()), _kind_rows(rows, places),
        tuple(zip(files.tolist(), counts.tolist(), strict=True)), sha256_of(path),
    )  # fmt: skip


def how_to_write(schema: pa.Schema, class_uid: int, *, repeating: bool) -> dict[str, Any]:
    """Return how a table is written: what repeats itself as a dictionary, numbers that grow as differences.

    Args:
        schema: of the table.
        class_uid: OCSF class of its events.
        repeating: whether payloads do.
    """
    names = list(_leaves(schema))
    return {
        "compression": "zstd",
        "compression_level": _COMPRESSION_LEVEL,
        "use_dictionary": [name for name in names if name not in _UNIQUE or (repeating and name == PAYLOADS)],
        **({"dictionary_pagesize_limit": LAKE_DICTIONARY_BYTES} if repeating else {}),
        "column_encoding": dict.fromkeys(_GROWING, "DELTA_BINARY_PACKED"),
        "write_statistics": [name for name in names if name not in _WHOLE_TEXTS],
        "write_page_checksum": True,
        "bloom_filter_options": {
            path: {"ndv": LAKE_BLOOM_VALUES, "fpp": _FALSE_HITS} for path in bloom_columns(class_uid) if path in names
        },
    }


def bloom_columns(class_uid: int) -> tuple[str, ...]:
    """Return the Parquet paths of the columns in which hunters look for single values: hashes, addresses, names."""
    return tuple(
        path.replace("[]", ".list.element") for path, held in typed_leaves(class_uid) if held in _LOOKED_UP_SINGLY
    )


def _leaves(fields: Iterable[pa.Field], above: str = "") -> Iterator[str]:
    """Give the paths of columns as Parquet has them."""
    for field in fields:
        path = above + field.name
        kind = field.type
        if pa.types.is_list(kind):
            path, kind = f"{path}.list.element", kind.value_type
        if pa.types.is_struct(kind):
            yield from _leaves(kind, f"{path}.")
        else:
            yield path


def _runs(kinds: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Give the first and last places of equal neighbours."""
    borders = np.flatnonzero(np.diff(kinds)) + 1
    yield from zip([0, *borders.tolist()], [*borders.tolist(), len(kinds)], strict=True)


def row_groups(kinds: NDArray[np.int64]) -> Iterator[list[tuple[int, int]]]:
    """Give row groups as slices of one kind each; a kind with many events has row groups of its own."""
    group: list[tuple[int, int]] = []
    rows = 0
    for start, end in _runs(kinds):
        if group and rows + end - start > LAKE_ROW_GROUP_ROWS // 2:
            yield group
            group, rows = [], 0
        for first in range(start, end, LAKE_SLICE_ROWS):
            last = min(first + LAKE_SLICE_ROWS, end)
            if rows + last - first > LAKE_ROW_GROUP_ROWS:
                yield group
                group, rows = [], 0
            group.append((first, last))
            rows += last - first
    if group:
        yield group


def _kind_rows(rows: _Rows, places: NDArray[np.int64]) -> tuple[KindRows, ...]:
    found = []
    for start, end in _runs(rows.kind[places]):
        ticks = rows.ticks[places[start:end]]
        kind = rows.kinds[rows.kind[places[start]]]
        found.append(
            KindRows(
                kind.channel,
                kind.provider,
                kind.event_id,
                kind.source,
                start,
                end - start,
                int(ticks[0]),
                int(ticks[-1]),
            )
        )
    return tuple(found)


def _by_mapping(rows: _Rows, slices: Iterable[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    """Give places of neighbouring kinds that share a mapping together: columns of few rows cost what many do."""
    waiting: list[NDArray[np.int64]] = []
    mapping, count = 0, 0
    for places in slices:
        own = mapping_number(rows.kinds[rows.kind[places[0]]])
        if waiting and (own != mapping or count + len(places) > LAKE_SLICE_ROWS):
            yield np.concatenate(waiting)
            waiting, count = [], 0
        waiting.append(places)
        mapping, count = own, count + len(places)
    if waiting:
        yield np.concatenate(waiting)


def _table(rows: _Rows, places: NDArray[np.int64], schema: pa.Schema) -> pa.Table:
    """Return events of kinds that share a mapping as rows of the table."""
    own = rows.kind[places]
    groups = [(rows.kinds[own[start]], end - start) for start, end in _runs(own)]
    where = pa.array(places)
    texts = rows.texts.split(places, written_elsewhere=bool(rows.line[places].any()))
    columns = columns_of_kinds(groups)
    ticks, host = pa.array(rows.ticks[places]), rows.host.take(where).dictionary_decode().fill_null("")
    numbers = _with_null(rows.number[places], -1)
    try:
        found = columns_of(texts, columns.data_fields, columns.system_fields)
        if found is None:
            texts = mended(texts)
            found = columns_of(texts, columns.data_fields, columns.system_fields)
        data, system = found if found is not None else ({}, {})
        arrays = columns.arrays(len(places), data, system, host, ticks, numbers)
    except Exception as error:  # noqa: BLE001 - whatever an event trips, it must cost time and no event
        rows.one_by_one[f"{type(error).__name__}: {error}"[:_LONGEST_FAULT]] += len(places)
        kinds = [rows.kinds[number] for number in own.tolist()]
        arrays = arrays_one_by_one(kinds, texts, ticks, host, numbers)
    return pa.Table.from_arrays([*arrays, *_own_columns(rows, places, texts, schema)], schema=schema)


def _own_columns(rows: _Rows, places: NDArray[np.int64], texts: StoredTexts, schema: pa.Schema) -> list[pa.Array]:
    kind = pa.array(rows.kind[places])
    own: dict[str, Any] = {
        "yadorigi_data": texts.data,
        "yadorigi_system": texts.system,
        "yadorigi_raw": texts.raw,
        "yadorigi_ticks": pa.array(rows.ticks[places]),
        "yadorigi_channel": pa.array([one.channel for one in rows.kinds], pa.string()).take(kind),
        "yadorigi_provider": pa.array([one.provider for one in rows.kinds], pa.string()).take(kind),
        "yadorigi_source": pa.array([one.source for one in rows.kinds], pa.string()).take(kind),
        "yadorigi_event_id": pa.array([one.event_id for one in rows.kinds], pa.int64()).take(kind),
        "yadorigi_file": pa.array(rows.file[places]),
        "yadorigi_record_id": _with_null(rows.number[places], -1),
        "yadorigi_line": _with_null(rows.line[places], 0),
    }
    return [own[name] for name in schema.names if name in own]


def _with_null(values: NDArray[np.int64], nothing: int) -> pa.Array:
    return pa.array(values, mask=values == nothing)
