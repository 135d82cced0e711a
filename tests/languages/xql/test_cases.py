"""XQL as its manual describes it: conditions, values, whole queries and what is refused, each with what it must give.

The rows are those of `events.toml`; the tables' own columns, closed sets and presets are those of the program.
"""

from __future__ import annotations

import json
import logging
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pytest
from lark import Lark, logger

from yadorigi.errors import QueryError
from yadorigi.lake.sql.own_functions import give_own_functions
from yadorigi.languages.tables import tables_of
from yadorigi.languages.xql.functions import FUNCTIONS, REFUSED_FUNCTIONS
from yadorigi.languages.xql.grouping import AGGREGATE_FUNCTIONS, WINDOW_FUNCTIONS
from yadorigi.languages.xql.parse import REFUSED_STAGES, STAGES
from yadorigi.languages.xql.read import read_xql
from yadorigi.query.plan.sql import SQL_TYPES, statement

if TYPE_CHECKING:
    from yadorigi.languages.hunting import Reading
    from yadorigi.query.plan.relations import Relation, Table

HERE: Final = Path(__file__).parent
NOW: Final = 1_790_000_000_000_000
MISSING: Final = {"missing": True}


def _cases(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / "cases" / f"{name}.toml").read_text("utf-8"))


class Asked:
    """A DuckDB with the rows."""

    def __init__(self) -> None:
        """Make it, with the functions of the program."""
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        give_own_functions(self.connection)
        table = tables_of("xql").find("xdr_data")
        assert table is not None
        self.kinds = table.all_columns()
        events = tomllib.loads((HERE / "events.toml").read_text("utf-8"))["event"]
        self.columns = sorted({name for event in events for name in event})
        named = ", ".join(f'"{name}" {SQL_TYPES[self.kinds[name]]}' for name in self.columns)
        self.connection.execute(f"CREATE TABLE xdr_data ({named})")
        places = ", ".join("?" * len(self.columns))
        rows = [[event.get(name) for name in self.columns] for event in events]
        self.connection.executemany(f"INSERT INTO xdr_data VALUES ({places})", rows)  # noqa: S608 - question marks

    def table_sql(self, table: Table) -> str:
        """Return the SELECT of a table's rows."""
        told = [
            f'"{name}"' if name in self.columns else f'CAST(NULL AS {SQL_TYPES[kind]}) AS "{name}"'
            for name, kind in table.columns
        ]
        return f"SELECT {', '.join(told)} FROM {table.name}"  # noqa: S608 - names of the table's own columns

    def rows(self, plan: Relation) -> tuple[list[str], list[list[Any]]]:
        """Return the columns and rows that a plan gives."""
        found = self.connection.execute(statement(plan, self.table_sql))
        kinds = [str(column[1]) for column in found.description]
        return [column[0] for column in found.description], [
            [_shown(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in found.fetchall()
        ]

    def ask(self, query: str) -> tuple[Reading, list[str], list[list[Any]]]:
        """Return a query, read, with what it gives."""
        reading = read_xql(query, NOW)
        return reading, *self.rows(reading.plan)


def _shown(value: Any, kind: str) -> Any:
    if value is None:
        return MISSING
    if "JSON" in kind.upper():
        return json.loads(value)
    if isinstance(value, float):
        return round(value, 2)
    return value if isinstance(value, str | int) else str(value)


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


def test_conditions_keep_what_the_manual_says(asked: Asked) -> None:
    wrong = {}
    for condition, wanted in _cases("conditions").items():
        _, _, rows = asked.ask(f"dataset = xdr_data | filter {condition} | sort asc event_id | fields event_id")
        found = [int(row[1]) for row in rows]
        if found != wanted:
            wrong[condition] = found
    assert wrong == {}


def test_values_are_what_the_manual_says(asked: Asked) -> None:
    wrong = {}
    for value, wanted in _cases("values").items():
        _, columns, rows = asked.ask(f'filter event_id = "1" | alter x = {value} | fields x')
        found = rows[0][columns.index("x")]
        if found != wanted or type(found) is not type(wanted):
            wrong[value] = found
    assert wrong == {}


@pytest.mark.parametrize("case", _cases("stages")["case"], ids=lambda case: case["name"])
def test_queries_give_the_rows_that_the_manual_says(asked: Asked, case: dict[str, Any]) -> None:
    reading, columns, rows = asked.ask(case["query"])
    shown = [["" if value == MISSING else value for value in row] for row in rows]
    assert (columns, shown) == (case["columns"], case["rows"])
    for note in case.get("notes", []):
        assert any(note in told for told in reading.notes), reading.notes
    assert len(reading.notes) == len(case.get("notes", []))
    assert [[name, len(asked.rows(plan)[1])] for name, plan in reading.others] == case.get("others", [])


def test_what_cannot_be_honoured_is_refused_with_its_place() -> None:
    wrong: dict[str, object] = {}
    for query, (line, column, part) in _cases("errors").items():
        try:
            read_xql(query, NOW)
        except QueryError as error:
            if part not in error.reason or (error.line, error.column) != (line, column):
                wrong[query] = (error.line, error.column, error.reason)
        else:
            wrong[query] = "it is read"
    assert wrong == {}


def test_every_function_and_stage_has_a_case() -> None:
    told = "".join((HERE / "cases" / f"{name}.toml").read_text("utf-8").lower() for name in ("conditions", "values"))
    stages = (HERE / "cases" / "stages.toml").read_text("utf-8").lower()
    assert [name for name in FUNCTIONS if f"{name}(" not in told] == []
    assert [name for name in {**AGGREGATE_FUNCTIONS} if f"{name}(" not in stages] == []
    assert [name for name in STAGES if f"{name} " not in stages and f"{name}=" not in stages] == []
    assert {name for name in WINDOW_FUNCTIONS if f"{name}(" in stages} >= {"rank", "row_number", "lag", "first_value"}
    for name in REFUSED_STAGES:
        with pytest.raises(QueryError, match=f"{name} cannot be honoured|no cold storage"):
            read_xql(f"{name} = xdr_data", NOW)
    for name in REFUSED_FUNCTIONS:
        with pytest.raises(QueryError, match=f"the function {name} cannot be honoured"):
            read_xql(f"alter x = {name}(agent_hostname)", NOW)


def test_every_column_of_a_table_is_filled_or_said_to_be_empty() -> None:
    tables = tables_of("xql")
    for name in tables.names():
        table = tables.find(name)
        assert table is not None
        filled = {column for rows in table.rows for group in rows.common for column in table.common[group]}
        filled |= {column for rows in table.rows for column in rows.columns}
        assert sorted(set(table.columns) - filled) == []
        assert sorted(set(table.empty) & set(table.columns)) == []
        for column, values in table.same.items():
            assert set(values) | set(values.values()) <= set(table.enums[column])


def test_the_grammar_leaves_commas_alone_to_chance(caplog: pytest.LogCaptureFixture) -> None:
    grammar = (files("yadorigi.languages.xql") / "grammar.lark").read_text("utf-8")
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.DEBUG, logger.name):
            Lark(grammar, start="query", parser="lalr", debug=True)
    finally:
        logger.removeHandler(caplog.handler)
    conflicts = [record.getMessage() for record in caplog.records if "onflict" in record.getMessage()]
    # A name after a comma goes with the fields before it, not with what comes next.
    assert {line.split(":")[0] for line in conflicts} == {"Shift/Reduce conflict for terminal COMMA"}
