"""The table of files: the inputs whose events a lake holds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from yadorigi.digests import sha256_of
from yadorigi.errors import CaseError
from yadorigi.lake.commits import FILES, Lake
from yadorigi.lake.part_files import opened_part, read_group
from yadorigi.lake.spool import text_array
from yadorigi.schema.stored_lake import Part, StoredFile

FILES_SCHEMA: Final = pa.schema(
    [
        pa.field("number", pa.int64(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("site", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("events", pa.int64(), nullable=False),
        pa.field("copy_of", pa.int64()),
        pa.field("shadow_copy", pa.string()),
        pa.field("whole", pa.bool_(), nullable=False),
        pa.field("dropped", pa.int64(), nullable=False),
        pa.field("dropped_before", pa.string()),
        pa.field("leaf", pa.int64()),
    ]
)


_ALWAYS: Final = pa.schema([field for field in FILES_SCHEMA if field.name != "leaf"])
"""Columns that lakes of earlier versions have too."""


def write_files(lake: Path, name: str, files: Sequence[StoredFile]) -> Part:
    """Write files as a part of the table.

    Raises:
        OSError: the disk is full or failing.
    """
    columns = []
    for field in FILES_SCHEMA:
        values = [getattr(file, field.name) for file in files]
        columns.append(text_array(values) if field.type == pa.string() else pa.array(values, field.type))
    path = lake / name
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f"{path.name}.part")
    with waiting.open("xb") as stream:
        pq.write_table(pa.Table.from_arrays(columns, schema=FILES_SCHEMA), stream, compression="zstd")
        stream.flush()
        os.fsync(stream.fileno())
        size = stream.tell()
    waiting.rename(path)
    return Part(name, FILES, len(files), size, sha256=sha256_of(path))


def stored_files(lake: Lake) -> list[StoredFile]:
    """Return all files of a lake, by number.

    Raises:
        CaseError: the table cannot be read.
    """
    found: list[StoredFile] = []
    for part in lake.parts:
        if part.table != FILES:
            continue
        path = lake.folder / part.path
        try:
            with opened_part(path, part.rows, _ALWAYS) as opened:
                columns = [name for name in FILES_SCHEMA.names if name in opened.schema_arrow.names]
                for number in range(opened.num_row_groups):
                    rows = read_group(opened, path, number, columns).to_pylist()
                    found += msgspec.convert(rows, list[StoredFile])
        except OSError as error:
            raise CaseError(f"{path} cannot be read: {error.strerror or error}") from error
        except (pa.ArrowException, msgspec.ValidationError) as error:
            raise CaseError(f"{path} cannot be read ({error}); hunt again with --force") from error
    _check(lake, found)
    return sorted(found, key=lambda file: file.number)


def _check(lake: Lake, files: Iterable[StoredFile]) -> None:
    """Hold the files against the events: what no file has would be looked at by nobody.

    Raises:
        CaseError: they do not agree.
    """
    held: Counter[int] = Counter()
    for part in lake.parts:
        for number, rows in part.files:
            held[number] += rows
    known: set[int] = set()
    for file in files:
        if file.number in known or not 0 <= file.number < lake.next_file:
            raise CaseError(f"{lake.folder} has two files with one number; hunt again with --force")
        known.add(file.number)
        if file.copy_of is None and held.pop(file.number, 0) != file.events:
            raise CaseError(f"{lake.folder} does not hold the events that {file.path} has; hunt again with --force")
    if held:
        raise CaseError(f"{lake.folder} holds events of files that it does not name; hunt again with --force")


def numbers_of(files: Iterable[StoredFile]) -> dict[int, tuple[int, ...]]:
    """Return, for each file whose events are stored, the places in the list of the files that have these events."""
    found: dict[int, list[int]] = {}
    for place, file in enumerate(files):
        found.setdefault(file.number if file.copy_of is None else file.copy_of, []).append(place)
    return {number: tuple(places) for number, places in found.items()}
