"""The same record from a live disk and from a shadow copy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.run_hunt import run_hunt
from yadorigi.packs.examples import ExampleEvent, evtx_dump_line
from yadorigi.settings import Settings

LOGS = "Windows/System32/winevt/Logs/Security.jsonl"
RULES = """
title: logon
name: logon
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4624}, condition: selection}
---
title: two logons
correlation: {type: event_count, rules: [logon], timespan: 1h, condition: {gte: 2}, generate: true}
"""


def _hunt(folder: Path, *paths: Path, case: str = "case") -> list[dict[str, Any]]:
    (folder / "rules.yml").write_text(RULES, encoding="utf-8")
    options = HuntOptions(
        paths=tuple(map(str, paths)),
        rules=(str(folder / "rules.yml"),),
        case=folder / case,
        workers=2,
        settings=Settings(cache_folder=folder / "cache"),
        report=False,
        store=False,
    )
    run_hunt(options)
    return [json.loads(line) for line in (folder / case / "findings.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """A collection of one record, from the live disk and from two shadow copies."""
    root = tmp_path / "collected"
    for place in ("VSS2", "C", "VSS1"):
        log = root / place / LOGS
        log.parent.mkdir(parents=True)
        event = ExampleEvent("Security", "Microsoft-Windows-Security-Auditing", 4624, data={"TargetUserName": "x"})
        log.write_bytes(evtx_dump_line(event))
    return root


def test_each_copy_is_a_finding_and_the_live_one_lists_them_all(collection: Path, tmp_path: Path) -> None:
    findings = _hunt(tmp_path, collection)
    assert [finding["title"] for finding in findings] == ["logon"] * 3
    live, first, second = findings
    named = [str(collection / place / LOGS) for place in ("C", "VSS1", "VSS2")]
    assert [record["file"] for record in live["evidence"]] == named
    assert len({record["sha256"] for record in live["evidence"]}) == 1
    assert "duplicate_of" not in live
    for finding, name in ((first, named[1]), (second, named[2])):
        assert [record["file"] for record in finding["evidence"]] == [name]
        assert finding["duplicate_of"] == live["evidence"][0]


def test_a_correlation_counts_copies_once(collection: Path, tmp_path: Path) -> None:
    assert not [finding for finding in _hunt(tmp_path, collection) if finding["correlated"]]


def test_copies_that_come_later_join_a_finding_of_the_case(collection: Path, tmp_path: Path) -> None:
    live = collection / "C"
    moved = tmp_path / "apart"
    shutil.move(str(collection / "VSS1"), moved / "VSS1")
    shutil.rmtree(collection / "VSS2")
    alone = _hunt(tmp_path, live)
    assert [len(finding["evidence"]) for finding in alone] == [1]
    together = _hunt(tmp_path, live, moved)
    assert sorted(len(finding["evidence"]) for finding in together) == [1, 2]
    assert _hunt(tmp_path, live, moved) == together


def test_records_without_a_number_are_no_copies(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    event = ExampleEvent("Security", "Microsoft-Windows-Security-Auditing", 4624, data={})
    line = evtx_dump_line(event).replace(b'"EventRecordID":1,', b"")
    for name in ("a.jsonl", "b.jsonl"):
        (logs / name).write_bytes(line)
    findings = _hunt(tmp_path, logs)
    assert [len(finding["evidence"]) for finding in findings if not finding["correlated"]] == [1, 1]
    assert [len(finding["evidence"]) for finding in findings if finding["correlated"]] == [2]
