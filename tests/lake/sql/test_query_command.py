"""``yadorigi query`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from yadorigi.cli.verbs import app
from yadorigi.errors import CaseError, QueryError, UnfinishedError, UsageError

RUN = CliRunner()


def query(case: Path, *arguments: str, given: str | None = None) -> Result:
    return RUN.invoke(app, ["query", str(case), *arguments], input=given)


def test_a_table_and_what_was_read(sample_lake: Path) -> None:
    result = query(sample_lake, "SELECT host, count(*) AS n FROM sysmon_1 GROUP BY ALL")
    assert result.exit_code == 0
    assert result.stdout.split() == ["host", "n", "JUMP01.shiomi-denryoku.example", "310"]
    assert "1 row in" in result.stderr
    assert "MB of 1 file: 1 of 1 row group, 310 rows looked at" in result.stderr


def test_quiet_says_nothing_else(sample_lake: Path) -> None:
    assert query(sample_lake, "SELECT 1", "--quiet").stderr == ""


def test_csv_and_json_lines_hold_nothing_else(sample_lake: Path) -> None:
    sql = "SELECT event_id, CommandLine FROM sysmon_1 ORDER BY ticks"
    rows = list(csv.DictReader(io.StringIO(query(sample_lake, sql, "--format", "csv").stdout)))
    lines = [json.loads(line) for line in query(sample_lake, sql, "--format", "jsonl").stdout.splitlines()]
    assert len(rows) == len(lines) == 310
    assert {line["event_id"] for line in lines} == {1}


def test_a_table_is_cut_and_says_so(sample_lake: Path) -> None:
    result = query(sample_lake, "SELECT range FROM range(201)")
    assert len(result.stdout.splitlines()) == 201
    assert "there are more rows: --limit 200 gives the first ones" in result.stderr
    whole = query(sample_lake, "SELECT range FROM range(201)", "--limit", "0")
    assert len(whole.stdout.splitlines()) == 202
    assert "more rows" not in whole.stderr
    assert len(query(sample_lake, "SELECT range FROM range(500)", "--format", "csv").stdout.splitlines()) == 501


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_file_is_new_and_whole(sample_lake: Path, tmp_path: Path, form: str) -> None:
    output = tmp_path / f"found.{form}"
    sql = "SELECT host, host, time FROM events"
    assert query(sample_lake, sql, "--format", form, "--output", str(output)).exit_code == 0
    if form == "parquet":
        table = pq.read_table(output)
        assert table.schema.names == ["host", "host_2", "time"]
        assert table.num_rows == 5_371
    else:
        assert len(output.read_text(encoding="utf-8").splitlines()) == 5_371 + (form == "csv")
    assert list(tmp_path.iterdir()) == [output]
    again = query(sample_lake, sql, "--format", form, "--output", str(output))
    assert isinstance(again.exception, UsageError)
    assert "exists already" in str(again.exception)


def test_no_file_comes_to_be_where_a_query_fails(sample_lake: Path, tmp_path: Path) -> None:
    output = tmp_path / "found.parquet"
    sql = "SELECT range, error_if FROM range(10)"
    assert query(sample_lake, sql, "--format", "parquet", "--output", str(output)).exit_code != 0
    late = "SELECT CAST(if(range < 100000, '1', 'x') AS INT) FROM range(100001)"
    result = query(sample_lake, late, "--format", "csv", "--output", str(output))
    assert isinstance(result.exception, QueryError)
    assert list(tmp_path.iterdir()) == []


def test_a_type_that_parquet_has_not_is_named(sample_lake: Path, tmp_path: Path) -> None:
    output = str(tmp_path / "found.parquet")
    result = query(sample_lake, "SELECT INTERVAL 1 DAY", "--format", "parquet", "--output", output)
    assert isinstance(result.exception, UsageError)
    assert "cast it" in str(result.exception)


def test_a_result_does_not_go_into_the_lake(sample_lake: Path) -> None:
    result = query(sample_lake, "SELECT 1", "--format", "csv", "-o", str(sample_lake / "lake" / "files" / "x.csv"))
    assert isinstance(result.exception, UsageError)


def test_a_query_from_a_file_or_from_standard_input(sample_lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "hunt.sql"
    file.write_text("-- a hunt\nSELECT 'ü' AS u;\n", encoding="utf-8-sig")
    assert query(sample_lake, "--file", str(file)).stdout.split() == ["u", "ü"]
    assert query(sample_lake, "-", given="SELECT 2 AS two").stdout.split() == ["two", "2"]


def test_tables_and_columns(sample_lake: Path) -> None:
    listed = query(sample_lake, "--tables").stdout
    assert "sysmon_1 " in listed
    assert "without rows in this case: " in listed
    columns = query(sample_lake, "--tables", "SYSMON_1").stdout
    assert "CommandLine" in columns
    assert "TIMESTAMPTZ" in columns
    assert isinstance(query(sample_lake, "--tables", "nothing").exception, UsageError)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name one query"),
        (["SELECT 1", "--file", "x.sql"], "name one query"),
        (["--file", "no-such.sql"], "cannot be read"),
        (["SELECT 1", "--format", "xml"], "one of table, csv, jsonl, parquet"),
        (["SELECT 1", "--format", "parquet"], "--output"),
        (["SELECT 1", "--output", "x"], "choose --format"),
        (["SELECT 1", "--memory", "much"], "no size"),
        (["SELECT 1", "--memory", "1"], "at least 64 MiB"),
    ],
)
def test_a_wrong_use_says_what_to_do(sample_lake: Path, arguments: list[str], said: str) -> None:
    result = query(sample_lake, *arguments)
    assert isinstance(result.exception, UsageError)
    assert said in str(result.exception)


def test_a_case_without_events(tmp_path: Path) -> None:
    assert isinstance(query(tmp_path / "nothing", "SELECT 1").exception, CaseError)
    assert "keeps no events" in str(query(tmp_path, "SELECT 1").exception)


def test_an_error_is_shown_at_its_place(sample_lake: Path) -> None:
    result = query(sample_lake, "SELECT *\nFROM sysmon_1 WHERE Imag = 'x'")
    assert isinstance(result.exception, QueryError)
    assert result.stderr.splitlines()[:2] == ["  FROM sysmon_1 WHERE Imag = 'x'", "                      ^"]


def test_limits_have_their_exit_code(sample_lake: Path) -> None:
    result = query(sample_lake, "SELECT count(*) FROM range(1000000000000000000)", "--seconds", "1")
    assert isinstance(result.exception, UnfinishedError)
    assert "--seconds" in str(result.exception)


@pytest.mark.skipif(shutil.which("head") is None, reason="needs head")
def test_whoever_stops_reading_has_seen_enough(sample_lake: Path) -> None:
    sql = "SELECT repeat('x', 100) FROM range(1000000000)"
    command = f"'{sys.executable}' -m yadorigi query '{sample_lake}' \"{sql}\" --format csv --quiet | head -n 2"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=120)
    assert len(done.stdout.splitlines()) == 2
    assert "Traceback" not in done.stderr
    assert "could not finish" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_the_command_fences_what_it_runs(sample_lake: Path) -> None:
    result = query(sample_lake, "SELECT * FROM '/proc/self/environ'")
    assert isinstance(result.exception, QueryError)


def test_a_file_may_stand_in_the_querys_place(sample_lake: Path, tmp_path: Path) -> None:
    hunt = tmp_path / "hunt.kql"
    hunt.write_text("SecurityEvent | where EventID == 4624 | summarize n = count()", encoding="utf-8")
    assert query(sample_lake, str(hunt), "--format", "csv").stdout.splitlines()[0] == '"n"'
    assert query(sample_lake, str(tmp_path / "none.kql")).exit_code
