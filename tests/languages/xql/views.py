"""The tables of a case as queries see them, with the few events that a test gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import duckdb
import pyarrow as pa

from yadorigi.lake.sql.own_functions import give_own_functions
from yadorigi.lake.sql.views import classes, find_view
from yadorigi.languages.tables import tables_of
from yadorigi.schema.ocsf import arrow_schema

_EVENTS: Final = "events"


def viewed(events: Mapping[str, list[dict[str, Any]]]) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB with all tables that those of XQL are made of, empty but for some events."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    give_own_functions(connection)
    tables = tables_of("xql")
    named = sorted({rows.view for name in tables.names() for rows in getattr(tables.find(name), "rows", ())})
    for view in named:
        if view == _EVENTS:
            _make_events(connection, events.get(view, []))
            continue
        given = pa.Table.from_pylist(events.get(view, []), arrow_schema(classes()[view]))
        connection.register("given", given)
        connection.execute(f'CREATE TABLE "{view}" AS FROM given')
        connection.unregister("given")
    return connection


def _make_events(connection: duckdb.DuckDBPyConnection, events: list[dict[str, Any]]) -> None:
    view = find_view(_EVENTS)
    assert view is not None
    columns = ", ".join(f'"{column.name}" {column.type}' for column in view.columns)
    connection.execute(f"CREATE TABLE events ({columns})")
    for event in events:
        names = ", ".join(f'"{name}"' for name in event)
        connection.execute(
            f"INSERT INTO events ({names}) VALUES ({', '.join('?' * len(event))})",  # noqa: S608 - names of a test
            list(event.values()),
        )
