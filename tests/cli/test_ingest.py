"""``yadorigi ingest --explain`` and ``--source``: how each file would be read, why, and what the user wants instead."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from yadorigi.cli.verbs import app
from yadorigi.errors import UsageError

EVENT = '{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-01-01T00:00:00Z"}}}}}'


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_text(f"{EVENT}\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("notes\n", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("inner.json", json.dumps([json.loads(EVENT)], indent=1))
    return tmp_path


def test_each_file_is_told_with_its_source_and_the_reason(evidence: Path) -> None:
    result = run("ingest", "--explain", "--json", str(evidence))
    assert result.exit_code == 0
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(Path(file["path"]).name, file["source"], file["reason"]) for file in told] == [
        ("a.json", "evtx_dump", "line 1 is an object with Event and System"),
        ("b.txt", None, ""),
        ("c.zip", "zip", "zip archive by its first bytes"),
        ("c.zip!inner.json", "evtx_dump", "line 2 begins an object with Event and System"),
    ]
    table = run("ingest", "--explain", str(evidence))
    assert "evtx_dump" in table.stdout
    assert "no source recognises it" in " ".join(table.stdout.split())


def test_the_user_may_choose_also_for_members(evidence: Path) -> None:
    choice = ("--source", "*!inner.json=nxlog", "--source", "b.txt=wevtutil_xml")
    told = [
        json.loads(line)
        for line in run("ingest", "--explain", "--json", *choice, str(evidence)).stdout.split("\n")[:-1]
    ]
    assert [file["source"] for file in told] == ["evtx_dump", "wevtutil_xml", "zip", "nxlog"]
    assert told[1]["reason"] == "chosen by --source"


def test_without_explain_there_is_nothing_to_do_yet(evidence: Path) -> None:
    result = run("ingest", str(evidence))
    assert result.exit_code == 2
    assert "--explain" in result.output


@pytest.mark.parametrize("verb", [("hunt",), ("search", "x"), ("metrics", "event-ids"), ("ingest", "--explain")])
def test_an_unknown_source_is_wrong_use(evidence: Path, verb: tuple[str, ...]) -> None:
    result = run(*verb, str(evidence), "--source", "nonsense")
    assert isinstance(result.exception, UsageError)
    assert "winlogbeat" in str(result.exception)


def test_a_hunt_says_why_it_read_a_file_as_it_did(evidence: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    result = run("hunt", str(evidence), "--quiet", "--case", str(case), "--source", "b.txt=nxlog")
    assert result.exit_code == 3  # b.txt is no JSON at all
    inputs = json.loads((case / "summary.json").read_text(encoding="utf-8"))["inputs"]
    reasons = {Path(file["path"]).name: (file["source"], file["source_reason"], file["events"]) for file in inputs}
    assert reasons["a.json"] == ("evtx_dump", "line 1 is an object with Event and System", 1)
    assert reasons["b.txt"] == ("nxlog", "chosen by --source", 0)
    counted = run("metrics", "event-ids", str(evidence), "--format", "jsonl", "--source", "a.json=nxlog")
    assert sum(json.loads(line)["events"] for line in counted.stdout.splitlines()) == 2
