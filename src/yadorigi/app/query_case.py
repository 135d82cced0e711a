"""Ask a case in SQL: a shut-in session over the events that it keeps, and files for its results."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

from yadorigi.app.case_folder import CaseFolder
from yadorigi.app.given_sites import sites_of_case
from yadorigi.errors import CaseError, UsageError
from yadorigi.lake.commits import LAKE, Lake
from yadorigi.lake.sql.example_views import views_of_example
from yadorigi.lake.sql.lake_tables import LakeTables
from yadorigi.lake.sql.messages import Bound, Limits
from yadorigi.lake.sql.session import Session
from yadorigi.lake.sql.site_rows import SiteRows
from yadorigi.lake.sql.views import Catalogue, View, find_view
from yadorigi.limits import QUERY_MEMORY_BYTES, QUERY_OUTPUT_BYTES, QUERY_SECONDS
from yadorigi.packs.address_databases import AddressBook
from yadorigi.reports.query_rows import unique_names
from yadorigi.runner.processors import usable_processors

if TYPE_CHECKING:
    from yadorigi.lake.sql.messages import Account
    from yadorigi.schema.sites import Site
    from yadorigi.schema.stored_lake import Dropped

_LEAST_MEMORY: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What a query may take.

    Attributes:
        seconds: of time.
        memory: bytes.
        rows: that are given, None for all.
        output: bytes that are given.
    """

    seconds: float = QUERY_SECONDS
    memory: int = QUERY_MEMORY_BYTES
    rows: int | None = None
    output: int = QUERY_OUTPUT_BYTES


class Result:
    """The result of a query, which is read as it is made.

    Attributes:
        schema: names and types of its columns.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._reader = session.reader()
        self.schema: pa.Schema = self._reader.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows.

        Raises:
            QueryError, UnfinishedError, CaseError: as `query_case`.
        """
        yield from self._reader
        # Only now it is sure that these were all: an error may come in place of the next rows.
        self._session.finish()

    def account(self) -> Account:
        """Return what was read and given; all rows must have been taken."""
        return self._session.finish()


@dataclass(frozen=True, slots=True)
class AskedCase:
    """A case that is asked.

    Attributes:
        catalogue: its tables and views.
        dropped: what was taken out of it on purpose.
        databases: of countries and networks of addresses.
        notices: what is wrong with these.
    """

    catalogue: Catalogue
    dropped: tuple[Dropped, ...]
    databases: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def views(self) -> Iterator[tuple[View, int]]:
        """Give the tables and views worth naming, each with its number of rows."""
        for name in self.catalogue.names():
            view = find_view(name)
            if view is not None:
                yield view, self.catalogue.rows(view)

    def view(self, name: str) -> tuple[View, int]:
        """Return one table or view and its number of rows.

        Raises:
            UsageError: there is none of this name.
        """
        view = find_view(name)
        if view is None:
            raise UsageError(f"there is no table {name}; --tables alone lists them")
        return view, self.catalogue.rows(view)


def open_asked(case: Path, databases: Sequence[str] = ()) -> AskedCase:
    """Return a case's tables, for queries that may ask databases of addresses.

    Raises:
        CaseError: there is no such case, or it keeps no events.
    """
    if not case.is_dir():
        raise CaseError(f"{case}: there is no such case")
    if not (case / LAKE).is_dir():
        raise CaseError(f"{case} keeps no events: it was hunted with --no-store, or by an earlier version; hunt again")
    return asked_lake(Lake.open(case), lambda: sites_of_case(CaseFolder(case).earlier_summary()).sites, databases)


def asked_lake(lake: Lake, sites: Callable[[], Sequence[Site]], databases: Sequence[str] = ()) -> AskedCase:
    """Return a lake's tables.

    Args:
        lake: with the events.
        sites: gives what settings say of sites.
        databases: of addresses, that queries may ask.
    """
    rows = SiteRows(lake, sites)
    # The process of a query has no folder of its own.
    absolute = tuple(os.path.abspath(path) for path in databases)  # noqa: PTH100 - links stay as they are
    book = AddressBook.opened(absolute)
    usable = absolute if book.databases else ()
    return AskedCase(Catalogue(LakeTables.of(lake), rows), lake.dropped, usable, book.notices)


@contextmanager
def query_case(
    asked: AskedCase, sql: str, limits: QueryLimits, bound: Mapping[str, Bound] | None = None
) -> Iterator[Result]:
    """Run one query; its process ends with the block.

    Args:
        asked: the case.
        sql: the query.
        limits: what it may take.
        bound: values that it may name, ``$name``.

    Raises:
        QueryError: the query is wrong or not allowed.
        UnfinishedError: it takes more time or memory than it may.
        CaseError: a file of the case cannot be read.
    """
    if limits.memory < _LEAST_MEMORY:
        raise UsageError(f"--memory: a query needs at least {_LEAST_MEMORY >> 20} MiB")
    taken = Limits(limits.seconds, limits.memory, limits.rows, limits.output, usable_processors())
    with Session(sql, asked.catalogue.define, taken, asked.databases, bound) as session:
        yield Result(session)


def rows_of_example(sql: str, table: str, row: Mapping[str, Any], bound: Mapping[str, Bound]) -> int:
    """Return how many rows a query gives of a case with one row in one table; all others have none.

    Args:
        sql: the query.
        table: a name of `Catalogue.names`.
        row: values by column; those that it does not name are missing.
        bound: values that the query may name, ``$name``.

    Raises:
        UsageError: there is no such table or column.
        QueryError: the query is wrong or not allowed, or a value is none of its column's type.
        UnfinishedError: it takes more time or memory than it may.
    """
    view = find_view(table)
    if view is None:
        raise UsageError(f"there is no table {table[:100]}")
    unknown = row.keys() - {column.name for column in view.columns}
    if unknown:
        raise UsageError(f"{view.name} has no column {min(unknown)[:100]}")
    limits = Limits(QUERY_SECONDS, QUERY_MEMORY_BYTES, None, QUERY_OUTPUT_BYTES, 1)
    with Session(sql, lambda needed: views_of_example(needed, view, row), limits, (), bound) as session:
        rows: int = sum(batch.num_rows for batch in session.reader())
        session.finish()
    return rows


@contextmanager
def new_file(path: Path, case: Path) -> Iterator[BinaryIO]:
    """Give a file to be written, which gets its name when it is whole, and is gone if that does not come to pass.

    Raises:
        UsageError: there is such a file already, or it would lie in the case's own folders.
    """
    if path.exists():
        raise UsageError(f"--output {path}: exists already; nothing is overwritten")
    if (case / LAKE).resolve() in path.resolve().parents:
        raise UsageError(f"--output {path}: the case's own files lie there; choose another folder")
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with waiting.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            raise UsageError(f"--output {path}: exists already; nothing is overwritten")
        waiting.rename(path)
    finally:
        waiting.unlink(missing_ok=True)


def write_parquet(stream: BinaryIO, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write a result as Parquet.

    Raises:
        UsageError: it has a column of a type that Parquet does not have.
    """
    names = unique_names(schema.names)
    kept = pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])
    try:
        with pq.ParquetWriter(stream, kept, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=kept))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise UsageError(f"Parquet cannot hold a column of this result ({error}); cast it: column::VARCHAR") from error
