"""Rows of a query on the terminal, as CSV and as JSON lines."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from rich.console import Console

from yadorigi.reports.cells import UNSAFE
from yadorigi.reports.query_rows import csv_rows, json_rows, print_rows, text_of, unique_names

EVIL = [
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egpj.exe",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "a\r\nb",
    "\x9b31m",
    "[red]x[/red]",
]


def batch(*columns: tuple[str, pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([column for _, column in columns], names=[name for name, _ in columns])


def shown(rows: pa.RecordBatch, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    print_rows(console, rows.schema.names, [rows])
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # the file is a StringIO
    return text


def csv_of(rows: pa.RecordBatch) -> list[list[str]]:
    text = b"".join(csv_rows(rows.schema.names, [rows])).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def json_of(rows: pa.RecordBatch) -> list[dict[str, Any]]:
    return [json.loads(line) for line in json_rows(rows.schema.names, [rows])]


@pytest.mark.parametrize("width", [40, 200])
def test_nothing_that_an_attacker_wrote_acts_on_a_terminal(width: int) -> None:
    rows = batch(*((f"{text}{number}", pa.array([text, None])) for number, text in enumerate(EVIL)))
    assert UNSAFE.search(shown(rows, width).replace("\n", "")) is None


def test_nothing_that_an_attacker_wrote_acts_in_a_file() -> None:
    rows = batch(*((f"{text}{number}", pa.array([text])) for number, text in enumerate(EVIL)))
    for found in (b"".join(csv_rows(rows.schema.names, [rows])), b"".join(json_rows(rows.schema.names, [rows]))):
        assert UNSAFE.search(found.decode().replace("\r\n", "").replace("\n", "")) is None
    header, cells = csv_of(rows)
    assert not [cell for cell in (*header, *cells) if cell.startswith(("=", "@", "+"))]
    assert json_of(rows)[0]["=cmd|' /C calc'!A02"] == "=cmd|' /C calc'!A0"


def test_json_keeps_what_values_are() -> None:
    rows = batch(
        ("int", pa.array([1])),
        ("large", pa.array([Decimal(2**100)], pa.decimal128(38, 0))),
        ("sum", pa.array([Decimal(7)], pa.decimal128(38, 0))),
        ("part", pa.array([Decimal("1.5")])),
        ("float", pa.array([0.5])),
        ("nan", pa.array([float("nan")])),
        ("bool", pa.array([True])),
        ("null", pa.nulls(1)),
        ("list", pa.array([[1, None]])),
        ("struct", pa.array([{"a": "b"}])),
        ("map", pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))),
        ("bytes", pa.array([b"\xff"])),
        ("time", pa.array([0], pa.timestamp("us", "UTC"))),
        ("local", pa.array([1_500_000], pa.timestamp("us"))),
        ("nanos", pa.array([1], pa.timestamp("ns"))),
        ("took", pa.array([timedelta(seconds=1)])),
    )
    assert json_of(rows) == [
        {
            "int": 1, "large": str(2**100), "sum": 7, "part": 1.5, "float": 0.5, "nan": "nan", "bool": True,
            "null": None, "list": [1, None], "struct": {"a": "b"}, "map": {"k": 1}, "bytes": "/w==",
            "time": "1970-01-01T00:00:00Z", "local": "1970-01-01T00:00:01.5", "nanos": "1970-01-01T00:00:00.000000001",
            "took": "0:00:01",
        }
    ]  # fmt: skip


def test_times_beyond_the_calendar_cost_nothing_else() -> None:
    rows = batch(
        ("day", pa.array([0, 2**31 - 1], pa.date32())),
        ("time", pa.array([0, 2**63 - 1], pa.timestamp("us", "UTC"))),
        ("inside", pa.array([{"day": 0}, {"day": 2**31 - 1}], pa.struct([("day", pa.date32())]))),
    )
    assert len(json_of(rows)) == 2
    assert json_of(rows)[0]["day"] == "1970-01-01"
    assert shown(rows)


def test_columns_of_one_name_are_all_there() -> None:
    rows = batch(("host", pa.array(["a"])), ("host", pa.array(["b"])), ("host_2", pa.array(["c"])))
    assert json_of(rows) == [{"host": "a", "host_3": "b", "host_2": "c"}]
    assert csv_of(rows) == [["host", "host", "host_2"], ["a", "b", "c"]]
    assert unique_names(["a", "a", "a"]) == ["a", "a_2", "a_3"]


def test_a_wide_result_is_shown_row_by_row() -> None:
    rows = batch(*((f"column{number}", pa.array([number, None])) for number in range(40)))
    text = shown(rows, 100)
    assert "row 1" in text
    assert "row 2" in text
    assert "column39  39" in text


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 120])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    values = ["2026-03-11T12:58:33.748729Z", "NT AUTHORITY\\SYSTEM", "x" * 90, "日本語の名前"]
    rows = batch(*((f"c{number}", pa.array([value])) for number, value in enumerate(values)))
    text = "".join(shown(rows, width).split())
    lost = [value for value in values if not set("".join(value.split())) <= set(text)]
    assert lost == []
    assert sum(text.count(letter) for letter in "x") == 90
    assert text.count("9") == "".join(values).count("9")


def test_a_long_value_is_cut_and_says_so() -> None:
    rows = batch(("text", pa.array(["x" * 100_000])))
    assert len(shown(rows)) < 1_000
    assert "…" in shown(rows)
    assert "100000 characters" in csv_of(rows)[1][0]
    assert json_of(rows)[0]["text"] == "x" * 100_000


def test_nothing_and_an_empty_text() -> None:
    assert (text_of(None), text_of(""), text_of([]), text_of({})) == ("", "", "[]", "{}")
    assert csv_of(batch(("a", pa.array([], pa.string())))) == [["a"]]
