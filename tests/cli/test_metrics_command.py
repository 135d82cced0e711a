"""``yadorigi metrics`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from tests import sample_case
from yadorigi.cli.verbs import app
from yadorigi.errors import UsageError

SAMPLE = str(sample_case.SAMPLE)
RUN = CliRunner()


def test_event_ids_say_what_they_mean() -> None:
    result = RUN.invoke(app, ["metrics", "event-ids", SAMPLE, "--workers", "1"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    start = lines.index("DC01.shiomi-denryoku.example  Security")
    most = lines[start + 2].split()
    assert most[:3] == ["4688", "270", "25.0%"]
    assert "Process started" in lines[start + 2]
    assert "5,371 events read from 36 files" in result.stderr


def test_the_meanings_are_there_in_japanese() -> None:
    result = RUN.invoke(app, ["metrics", "event-ids", SAMPLE, "--lang", "ja", "--workers", "1"])
    assert "プロセスの開始" in result.stdout


def test_logons_are_grouped_by_what_they_are() -> None:
    result = RUN.invoke(app, ["metrics", "logons", SAMPLE, "--workers", "1", "--timezone", "Asia/Tokyo"])
    assert result.exit_code == 0
    assert "Logons  512" in result.stdout
    assert "Failed logons  0" in result.stdout
    assert "SHIOMI\\kudo-adm  from 10.20.250.17  on JUMP01.shiomi-denryoku.example" in result.stdout
    assert "2026-03-11 21:42:07" in result.stdout


@pytest.mark.parametrize("verb", ["event-ids", "logons"])
def test_json_and_csv_hold_the_same_rows(verb: str) -> None:
    as_json = RUN.invoke(app, ["metrics", verb, SAMPLE, "--format", "jsonl", "--workers", "1"])
    as_csv = RUN.invoke(app, ["metrics", verb, SAMPLE, "--format", "csv", "--workers", "2"])
    objects = [json.loads(line) for line in as_json.stdout.splitlines()]
    rows = list(csv.DictReader(io.StringIO(as_csv.stdout)))
    assert [list(row) for row in rows] == [list(found) for found in objects]
    assert [row["events"] for row in rows] == [str(found["events"]) for found in objects]


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["--lang", "xx"], ["--until", "soon"]])
def test_wrong_use(arguments: list[str]) -> None:
    assert isinstance(RUN.invoke(app, ["metrics", "logons", SAMPLE, *arguments]).exception, UsageError)


def test_debug_shows_nothing_where_nothing_failed() -> None:
    result = RUN.invoke(app, ["metrics", "logons", SAMPLE, "--debug", "--workers", "1"])
    assert result.exit_code == 0
    assert "Traceback" not in result.stderr
