"""A case in Python: its tables and views as DuckDB relations, Arrow tables, Polars and pandas frames.

    from yadorigi.api import open_case

    with open_case("case") as case:
        case.sql("SELECT host, count(*) FROM sysmon_1 GROUP BY ALL").show()
        frame = case.polars("security_4624")

This is for one's own code: it runs in one's own process, and what one's SQL may do is what DuckDB may do. SQL of others
belongs to ``yadorigi query``, which shuts it in.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from yadorigi.app.query_case import open_asked
from yadorigi.errors import UsageError
from yadorigi.lake.sql.identity_functions import give_address_functions, give_identity_functions
from yadorigi.lake.sql.messages import Needed
from yadorigi.lake.sql.readable_files import ReadableFiles
from yadorigi.lake.sql.views import Catalogue, find_view
from yadorigi.packs.address_databases import AddressBook

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from types import TracebackType

    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = ["Case", "open_case"]


class Case:
    """The events that a case keeps, at the moment when it was opened. Nothing here changes the case.

    Args:
        folder: of the case.

    Raises:
        CaseError: there is no such case, or it keeps no events.
    """

    def __init__(self, folder: Path, databases: Sequence[str | os.PathLike[str]] = ()) -> None:
        self.folder = folder
        self._catalogue: Catalogue = open_asked(folder).catalogue
        parts = [part for parts in self._catalogue.tables.parts.values() for part in parts]
        self._files = ReadableFiles({part.name: part.path for part in parts}, {})
        self._connection = duckdb.connect()
        self._connection.register_filesystem(self._files)
        give_identity_functions(self._connection)
        give_address_functions(self._connection, AddressBook.opened(databases))
        self._connection.execute("SET TimeZone = 'UTC'")
        # Holds nothing: where views are known, DuckDB looks through them for names and fails.
        self._parser = duckdb.connect()
        self._defined: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the case; relations that came from it are of no more use."""
        self._connection.close()
        self._parser.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection, to register frames with, say; only views that were asked for by name are in it."""
        return self._connection

    def tables(self) -> dict[str, int]:
        """Return the names of tables and views with their numbers of rows.

        Every event of a log has a view, too (``sysmon_1``), whether it is named here or not.
        """
        views = [view for name in self._catalogue.names() if (view := find_view(name)) is not None]
        return {view.name: self._catalogue.rows(view) for view in views}

    def sql(self, text: str) -> duckdb.DuckDBPyRelation:
        """Return what a query gives, to be read when it is needed.

        Raises:
            duckdb.Error: the query is wrong.
        """
        self._define(self._parser.get_table_names(text))
        return self._connection.sql(text)

    def table(self, name: str) -> duckdb.DuckDBPyRelation:
        """Return a table or view.

        Raises:
            UsageError: there is none of this name.
        """
        view = find_view(name)
        if view is None:
            raise UsageError(f"there is no table {name}; tables() names them")
        self._define({view.name})
        return self._connection.table(view.name)

    def arrow(self, name: str) -> pa.Table:
        """Return a table or view, or what a query gives, as an Arrow table."""
        return self._relation(name).to_arrow_table()

    def polars(self, name: str) -> pl.DataFrame:
        """Return a table or view, or what a query gives, as a Polars frame; needs Polars (``yadorigi[frames]``)."""
        frame: pl.DataFrame = self._relation(name).pl()
        return frame

    def pandas(self, name: str) -> pd.DataFrame:
        """Return a table or view, or what a query gives, as a pandas frame; needs pandas (``yadorigi[frames]``)."""
        frame: pd.DataFrame = self._relation(name).df()
        return frame

    def _relation(self, name: str) -> Any:  # noqa: ANN401 - a relation, whose methods DuckDB makes as it goes
        return self.sql(name) if find_view(name) is None else self.table(name)

    def _define(self, names: set[str]) -> None:
        wanted = {name.lower() for name in names if find_view(name) is not None} - self._defined
        views = self._catalogue.define(Needed(tuple(sorted(wanted))))
        self._files.add(views.made)
        for statement in views.statements:
            self._connection.execute(statement)
        self._defined |= wanted


def open_case(folder: str | os.PathLike[str], databases: Sequence[str | os.PathLike[str]] = ()) -> Case:
    """Open a case; queries may ask databases of addresses (``country``, ``asn``) that are given.

    Raises:
        CaseError: there is no such case, or it keeps no events.
    """
    return Case(Path(folder), databases)
