"""The golden corpus of KQL: what operators and functions give, as the documentation has it, and how they fail."""

from __future__ import annotations

import json
import logging
import tomllib
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import lark
import pytest

from yadorigi.errors import QueryError
from yadorigi.lake.sql.gate import OWN_FUNCTIONS as ADMITTED
from yadorigi.lake.sql.own_functions import OWN_FUNCTIONS, give_own_functions
from yadorigi.languages.kql.read import read_kql
from yadorigi.languages.tables import tables_of
from yadorigi.query.plan.sql import statement

CASES = Path(__file__).parent / "cases"
NOW = 1_773_187_200_000_000
"""2026-03-11T00:00:00Z."""


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    give_own_functions(connection)
    return connection


def rows_of(text: str, database: duckdb.DuckDBPyConnection) -> list[list[Any]]:
    sql = statement(read_kql(text, NOW).plan, tables_of("kql").sql_of)
    found = database.execute(sql).fetchall()
    return [[value.isoformat() if isinstance(value, datetime) else value for value in row] for row in found]


@pytest.mark.parametrize("name", ["scalar_functions", "operators_scalar", "tables"])
def test_gives_what_is_documented(name: str, database: duckdb.DuckDBPyConnection) -> None:
    told = tomllib.loads((CASES / f"{name}.toml").read_text("utf-8"))
    wrong = []
    for case in told["case"]:
        rows = rows_of(told.get("before", "") + case["query"], database)
        if rows != json.loads(case["rows"]):
            wrong.append((case["query"], case["rows"], rows))
    assert not wrong


def test_says_what_is_wrong_and_where() -> None:
    told = tomllib.loads((CASES / "errors.toml").read_text("utf-8"))
    lines = told["before"].count("\n")
    wrong = []
    for case in told["case"]:
        try:
            read_kql(told["before"] + case["query"], NOW)
            said = "it was read"
        except QueryError as error:
            said = f"{error.line - lines}:{error.column} {error.reason}"
        if not said.startswith(case["error"]):
            wrong.append((case["query"], case["error"], said))
    assert not wrong


def test_is_large_enough() -> None:
    counts = [len(tomllib.loads(path.read_text("utf-8"))["case"]) for path in CASES.glob("*.toml")]
    assert sum(counts) >= 250


def test_grammar_is_ambiguous_at_commas_alone(caplog: pytest.LogCaptureFixture) -> None:
    grammar = files("yadorigi.languages.kql") / "grammar.lark"
    before = lark.logger.level
    lark.logger.setLevel(logging.DEBUG)
    lark.logger.addHandler(caplog.handler)
    try:
        lark.Lark(grammar.read_text("utf-8"), start="query", parser="lalr", debug=True)
    finally:
        lark.logger.removeHandler(caplog.handler)
        lark.logger.setLevel(before)
    conflicts = [record.getMessage() for record in caplog.records if "conflict" in record.getMessage()]
    assert conflicts
    assert [one for one in conflicts if "terminal COMMA" not in one] == []


def test_own_functions_are_admitted() -> None:
    assert set(OWN_FUNCTIONS) <= ADMITTED
