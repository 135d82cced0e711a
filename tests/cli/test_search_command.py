"""``yadorigi search`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests import sample_case
from tests.address_database import written
from yadorigi.cli.verbs import app
from yadorigi.errors import UsageError

SAMPLE = str(sample_case.SAMPLE)
RUN = CliRunner()


def test_a_table_shows_where_the_text_is() -> None:
    result = RUN.invoke(app, ["search", "portproxy add", SAMPLE, "--workers", "1", "--timezone", "Asia/Tokyo"])
    assert result.exit_code == 0
    assert "2026-03-11 21:58:33+0900  JUMP01.shiomi-denryoku.example  Sysmon/Operational 1" in result.stdout
    assert "CommandLine: netsh  interface portproxy add v4tov4" in result.stdout
    assert "2 events found, 5,371 looked at" in result.stderr
    assert "3 files of no known log format" in result.stderr


@pytest.mark.parametrize("form", ["jsonl", "ocsf"])
def test_machine_formats_hold_nothing_else(form: str) -> None:
    result = RUN.invoke(app, ["search", "ntds.dit", SAMPLE, "--format", form, "--workers", "1"])
    assert result.exit_code == 0
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(found) == 12
    assert all(("class_uid" in event) == (form == "ocsf") for event in found)


def test_csv_has_a_heading() -> None:
    result = RUN.invoke(app, ["search", "", SAMPLE, "--event-id", "1102", "--format", "csv", "--quiet"])
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["event_id"], row["record_id"], row["line"]) for row in rows] == [("1102", "151966", "")]
    assert result.stderr == ""


def test_nothing_found_is_done() -> None:
    result = RUN.invoke(app, ["search", "there is no such text", SAMPLE, "--workers", "1"])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 events found, 5,371 looked at" in result.stderr


def test_a_limit_that_bites_is_said() -> None:
    result = RUN.invoke(app, ["search", "exe", SAMPLE, "--limit", "2", "--workers", "1"])
    assert "--limit: the first 2 are given" in result.stderr


def test_damage_has_its_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(sample_case.json_lines(sample_case.SECURITY)[:50_000])
    result = RUN.invoke(app, ["search", "x", str(path), "--workers", "1"])
    assert result.exit_code == 3
    assert "NOT READ: 1 record lost" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "xml"],
        ["--since", "yesterday"],
        ["--timezone", "Atlantis"],
        ["--since", "2026-03-12", "--until", "2026-03-11"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    result = RUN.invoke(app, ["search", "x", SAMPLE, *arguments])
    assert isinstance(result.exception, UsageError)


def test_hostile_text_does_not_act(tmp_path: Path) -> None:
    system = {
        "EventID": 1,
        "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T00:00:00.0000000Z"}},
        "Channel": "\x1b]0;owned\x07",
        "Computer": "[red]H[/red]\u202e",
    }
    record: dict[str, Any] = {
        "Event": {
            "System": system,
            "EventData": {"Evil\x1b[2J": "calc \x1b[31m\r\nfind me\x9b\x7f\U000e0041 監査", "N": "=1+1"},
        }
    }
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(record) + "\n", "utf-8")
    for form in ("table", "jsonl", "csv", "ocsf"):
        result = RUN.invoke(app, ["search", "find me", str(path), "--format", form, "--workers", "1"])
        assert result.exit_code == 0
        if form == "jsonl":
            assert json.loads(result.stdout)["fields"]["Evil\x1b[2J"] == record["Event"]["EventData"]["Evil\x1b[2J"]
            assert "監査" in result.stdout
        assert not set("\x1b\x07\x9b\u202e\x7f") & set(result.stdout + result.stderr), form
    shown = RUN.invoke(app, ["search", "find me", str(path), "--workers", "1"]).stdout
    assert "[red]H[/red]\\u202e" in shown


def test_whoever_stops_reading_early_sees_no_error() -> None:
    command = [sys.executable, "-m", "yadorigi", "search", "", SAMPLE, "--format", "jsonl", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_times_without_a_zone_are_in_the_zone_given(tmp_path: Path) -> None:
    system = {"EventID": 1, "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T09:00:00"}}}
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"Event": {"System": system}}) + "\n", "utf-8")
    result = RUN.invoke(app, ["search", "", str(path), "--format", "jsonl", "--timezone", "+09:00", "--workers", "1"])
    assert json.loads(result.stdout)["time"] == "2026-03-11T00:00:00.0000000Z"


def test_addresses_are_told_of_where_there_is_a_database(tmp_path: Path) -> None:
    base, path = tmp_path / "geo.mmdb", tmp_path / "x.jsonl"
    base.write_bytes(written({"5.6.7.0/24": {"country": {"iso_code": "JP"}, "as_name": "Evil\x1b[2J"}}))
    time = {"#attributes": {"SystemTime": "2026-03-11T00:00:00Z"}}
    system = {"EventID": 4624, "Channel": "Security", "TimeCreated": time}
    record = {"Event": {"System": system, "EventData": {"IpAddress": "::ffff:5.6.7.8"}}}
    path.write_text(json.dumps(record) + "\n", "utf-8")
    asked = ["search", "", str(path), "--workers", "1", "--geo", str(base)]
    found = json.loads(RUN.invoke(app, [*asked, "--format", "jsonl"]).stdout)
    assert found["addresses"] == {"5.6.7.8": {"kind": "public", "country": "JP", "organisation": "Evil\x1b[2J"}}
    assert "5.6.7.8 (JP, Evil\\x1b[2J)" in RUN.invoke(app, asked).stdout
    refused = RUN.invoke(app, [*asked, "--geo", str(path)])
    assert refused.exit_code != 0
    assert "cannot be used as a database of addresses" in refused.stderr + str(refused.exception)
