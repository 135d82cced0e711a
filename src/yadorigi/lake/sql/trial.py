"""Try a statement of a plan on a few rows, in a DuckDB of its own that opens no file and no connection.

Only statements that `query.plan.sql` made are tried here; what people write as SQL goes through the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yadorigi.errors import QueryError
from yadorigi.lake.sql.own_functions import give_own_functions
from yadorigi.query.plan.conditions import quoted


class Trial:
    """A DuckDB for statements of plans."""

    def __init__(self) -> None:
        """Open it."""
        import duckdb  # noqa: PLC0415 - a large module that few runs need

        self._error = duckdb.Error
        self._connection = duckdb.connect(
            ":memory:", config={"threads": "1", "enable_external_access": "false", "memory_limit": "256MB"}
        )
        give_own_functions(self._connection)
        self._connection.execute("SET lock_configuration = true")

    def rows(self, statement: str, tables: Mapping[str, tuple[Mapping[str, str], Sequence[Mapping[str, Any]]]]) -> int:
        """Return how many rows a statement gives.

        Args:
            statement: of a plan.
            tables: by name the SQL types of its columns, and its rows; what a row does not name is missing.

        Raises:
            QueryError: a value is none of its column's type, or the statement fails.
        """
        try:
            self._connection.execute("BEGIN")
            for name, (columns, rows) in tables.items():
                told = ", ".join(f"{quoted(column)} {kind}" for column, kind in columns.items())
                self._connection.execute(f"CREATE TABLE {quoted(name)} ({told})")
                for row in rows:
                    marks = ", ".join("?" for _ in columns)
                    values = [row.get(column) for column in columns]
                    self._connection.execute(f"INSERT INTO {quoted(name)} VALUES ({marks})", values)  # noqa: S608 - quoted
            return len(self._connection.execute(statement).fetchall())
        except self._error as error:
            raise QueryError(str(error).splitlines()[0][:300]) from None
        finally:
            self._connection.execute("ROLLBACK")
