"""``yadorigi ingest --explain`` and ``--source``: how each file would be read, why, and what the user wants instead."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from yadorigi.cli.verbs import app
from yadorigi.errors import CaseError, UsageError

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
        ("b.txt", None, "text of no known log"),
        ("c.zip", "zip", "zip archive by its first bytes"),
        ("c.zip!inner.json", "evtx_dump", "line 2 begins an object with Event and System"),
    ]
    table = run("ingest", "--explain", str(evidence))
    assert "evtx_dump" in table.stdout
    assert "text of no known log" in " ".join(table.stdout.split())


def test_the_user_may_choose_also_for_members(evidence: Path) -> None:
    choice = ("--source", "*!inner.json=nxlog", "--source", "b.txt=wevtutil_xml")
    told = [
        json.loads(line)
        for line in run("ingest", "--explain", "--json", *choice, str(evidence)).stdout.split("\n")[:-1]
    ]
    assert [file["source"] for file in told] == ["evtx_dump", "wevtutil_xml", "zip", "nxlog"]
    assert told[1]["reason"] == "chosen by --source"


def test_json_is_for_what_is_explained(evidence: Path) -> None:
    result = run("ingest", str(evidence), "--json")
    assert isinstance(result.exception, UsageError)
    assert "--explain" in str(result.exception)


def test_events_are_read_into_a_case_and_rules_run_over_them_later(evidence: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    read = run("ingest", str(evidence), "--case", str(case), "--site", "a", "--timezone", "Asia/Tokyo")
    assert read.exit_code == 0
    assert "NO RULE WAS RUN" in read.stdout
    assert "run `yadorigi detect` on the case" in read.stdout
    assert "lake: 2 events kept in" in read.stdout
    assert "2 of them by this run" in read.stdout
    summary = json.loads((case / "summary.json").read_text(encoding="utf-8"))
    assert summary["lake"]["stored"] == summary["lake"]["events"] == 2
    assert summary["lake"]["tables"]["files"] == 2
    assert summary["lake"]["bytes"] > 0
    assert summary["rules"]["given"] == 0
    assert "store" in summary["seconds"]
    rule = tmp_path / "rule.yml"
    rule.write_text(
        "title: Any\nlevel: high\nlogsource: {product: windows}\ndetection: {a: {EventID: 1}, condition: a}\n", "utf-8"
    )
    (tmp_path / "known.txt").write_text("nobody-asked-for.test\n", "utf-8")
    sought = " ".join(
        run("detect", str(case), "--indicators", str(tmp_path / "known.txt"), "--no-report").stdout.split()
    )
    assert "NO RULE WAS RUN: this run looked for indicators (1 loaded) alone." in sought
    assert "no rule was run, only indicators (1 loaded) looked for." in sought
    found = run("detect", str(case), "--rules", str(rule), "--fail-on", "high")
    assert found.exit_code == 1
    assert "FINDINGS  2" in found.stdout
    assert "0 of them by this run" in found.stdout
    findings = [json.loads(line) for line in (case / "findings.jsonl").read_bytes().splitlines()]
    assert {finding["site"] for finding in findings} == {"a"}
    assert (case / "report.html").exists()
    later = run("detect", str(case), "--rules", str(rule), "--since", "2026-02-01", "--quiet", "--no-report")
    assert (later.exit_code, later.stdout) == (0, "")
    assert not (case / "report.html").exists()
    again = run("ingest", str(evidence), "--case", str(case), "--site", "a", "--quiet")
    assert again.exit_code == 0
    lake = json.loads((case / "summary.json").read_text(encoding="utf-8"))["lake"]
    assert (lake["stored"], lake["events"]) == (0, 2)


def test_detect_is_refused_where_there_is_nothing_to_look_at(evidence: Path, tmp_path: Path) -> None:
    assert isinstance(run("detect", str(evidence)).exception, CaseError)
    case = tmp_path / "case"
    hunted = run("hunt", str(evidence), "--case", str(case), "--no-store")
    assert hunted.exit_code == 0
    assert "no events are kept" in hunted.stdout
    assert json.loads((case / "summary.json").read_text(encoding="utf-8"))["lake"] is None
    refused = run("detect", str(case))
    assert isinstance(refused.exception, CaseError)
    assert "hunt its files again" in str(refused.exception)


def test_strict_and_unsupported_rules(evidence: Path, tmp_path: Path) -> None:
    case = tmp_path / "case"
    run("ingest", str(evidence), "--case", str(case))
    (tmp_path / "good.yml").write_text(
        "title: A\nlogsource: {product: windows}\ndetection: {a: {EventID: 7}, condition: a}\n", "utf-8"
    )
    (tmp_path / "bad.yml").write_text("title: B\ndetection: {a: {x: y}, condition: nothing}\n", "utf-8")
    rules = ("--rules", str(tmp_path / "good.yml"), "--rules", str(tmp_path / "bad.yml"))
    assert run("detect", str(case), *rules).exit_code == 0
    strict = run("detect", str(case), *rules, "--strict")
    assert strict.exit_code == 2
    assert "--strict: 1 rules could not be loaded" in strict.stderr


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


def test_sites_are_those_of_the_file_that_is_named(evidence: Path, tmp_path: Path) -> None:
    sites = tmp_path / "where.toml"
    sites.write_text('[sites.packed]\nfolders = ["C.ZIP"]', "utf-8")
    inputs = (str(evidence / "a.json"), str(evidence / "c.zip"))
    asked = ("--sites", str(sites), "--site", "rest", "--case", str(tmp_path / "case"), "--quiet", "--no-report")
    assert run("ingest", *inputs, *asked).exit_code == 0
    summary = json.loads((tmp_path / "case" / "summary.json").read_bytes())
    assert summary["hosts_by_site"] == [
        {"site": "packed", "hosts": 1, "events": 1}, {"site": "rest", "hosts": 1, "events": 1},
        {"site": None, "hosts": 0, "events": 0},
    ]  # fmt: skip
    sites.write_text("[sites.packed]", "utf-8")
    for verb in ("ingest", "hunt"):
        assert isinstance(run(verb, *inputs, *asked).exception, UsageError)
