"""Correlations and the case: hunting again, exit codes, what the terminal and the summary say."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from yadorigi.app import correlate as correlating
from yadorigi.cli.verbs import app
from yadorigi.packs.examples import ExampleEvent, evtx_dump_line
from yadorigi.schema.times import ticks_of, time_of

if TYPE_CHECKING:
    import pytest

START = ticks_of("2026-03-11T00:00:00.0000000Z")
RULES = """
title: many
id: 0e95725d-7320-415d-80f7-004da920fc11
level: high
tags: [attack.t1110]
correlation: {type: event_count, rules: [fail], group-by: [User], timespan: 1m, condition: {gte: 3}}
---
title: fail
name: fail
logsource: {product: windows, service: security}
detection: {selection: {EventID: 4625}, condition: selection}
---
title: nobody's
logsource: {product: windows, service: system}
filter: {rules: [fail], selection: {User: x}, condition: not selection}
---
title: above a rule that is not there
correlation: {type: event_count, rules: [missing], timespan: 1m, condition: {gte: 3}}
"""


def _line(record: int, second: int, user: str | None, host: str = "host", **fields: str) -> bytes:
    data: dict[str, Any] = fields if user is None else {"User": user, **fields}
    event = ExampleEvent("Security", "Microsoft-Windows-Security-Auditing", 4625, data=data)
    whole = json.loads(evtx_dump_line(event))
    system = whole["Event"]["System"]
    system["EventRecordID"] = record
    system["Computer"] = host
    system["TimeCreated"]["#attributes"]["SystemTime"] = time_of(START + second * 10_000_000)
    return json.dumps(whole).encode() + b"\n"


def _hunt(folder: Path, *more: str, rules: str = RULES) -> tuple[int, str, list[dict[str, Any]]]:
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    case = folder / "case"
    arguments = ["hunt", str(folder / "logs"), "--case", str(case), "--rules", str(folder / "rules.yml"), *more]
    result = CliRunner().invoke(app, arguments, env={"XDG_CACHE_HOME": str(folder / "cache")})
    lines = (case / "findings.jsonl").read_text("utf-8").splitlines()
    return result.exit_code, result.output, [json.loads(line) for line in lines]


def test_a_burst_that_has_grown_replaces_what_the_case_had_of_it(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "1.jsonl").write_bytes(b"".join(_line(number, number, "x") for number in range(1, 5)))
    assert [finding["fields"]["events"] for finding in _hunt(tmp_path)[2]] == [4]
    assert [finding["fields"]["events"] for finding in _hunt(tmp_path)[2]] == [4]
    (logs / "2.jsonl").write_bytes(b"".join(_line(number, number, "X") for number in range(5, 8)))
    (logs / "3.jsonl").write_bytes(b"".join(_line(number, number + 500, "y") for number in range(8, 12)))
    findings = _hunt(tmp_path)[2]
    assert [(finding["matched"]["User"], finding["fields"]["events"]) for finding in findings] == [("x", 7), ("y", 4)]
    (logs / "1.jsonl").unlink()
    (logs / "2.jsonl").unlink()
    rows = (tmp_path / "case" / "timeline.csv").read_bytes()
    assert b"3.jsonl" in rows
    assert _hunt(tmp_path)[2] == findings
    assert (tmp_path / "case" / "timeline.csv").read_bytes() == rows


def test_a_burst_of_other_records_replaces_nothing_however_long_it_is(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "1.jsonl"
    log.parent.mkdir()
    log.write_bytes(b"".join(_line(number, number, "x", "one") for number in range(3, 6)))
    _hunt(tmp_path)
    log.write_bytes(b"".join(_line(number, number, "x", "two") for number in range(1, 9)))
    findings = _hunt(tmp_path)[2]
    assert [(finding["host"], finding["fields"]["events"]) for finding in findings] == [("two", 8), ("one", 3)]


def test_a_field_of_the_group_may_be_named_as_the_type_is(tmp_path: Path) -> None:
    rules = RULES.replace("group-by: [User]", "group-by: [event_count]")
    log = tmp_path / "logs" / "1.jsonl"
    log.parent.mkdir()
    log.write_bytes(b"".join(_line(number, number, None, event_count=f"{number % 2}") for number in range(1, 7)))
    first = _hunt(tmp_path, rules=rules)[2]
    matched = [finding["matched"] for finding in first]
    assert matched == [
        {"event_count": "1", "event_count (measured)": 3},
        {"event_count": "0", "event_count (measured)": 3},
    ]
    log.write_bytes(b"".join(_line(number, number, None, event_count="1") for number in range(1, 9)))
    again = [
        (finding["matched"]["event_count"], finding["fields"]["events"]) for finding in _hunt(tmp_path, rules=rules)[2]
    ]
    assert again == [("1", 8), ("0", 3)]


def test_long_values_are_told_apart(tmp_path: Path) -> None:
    rules = RULES.replace("event_count", "value_count").replace("{gte: 3}", "{gte: 3, field: Long}")
    log = tmp_path / "logs" / "1.jsonl"
    log.parent.mkdir()
    values = ("a", "b", "A", "c")
    log.write_bytes(b"".join(_line(n, n, "x", Long=100_000 * "long" + value) for n, value in enumerate(values)))
    assert [finding["matched"]["value_count"] for finding in _hunt(tmp_path, rules=rules)[2]] == [3]


ABOVE = """
title: above
correlation: {type: event_count, rules: [below], group-by: [User], timespan: 1m, condition: {gte: 1}}
---
title: below
name: below
correlation: {type: event_count, rules: [fail], timespan: 1m, condition: {gte: 3}}
---
"""


def test_evidence_is_not_repeated_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "logs" / "1.jsonl"
    log.parent.mkdir()
    log.write_bytes(b"".join(_line(number, number, f"user{number}") for number in range(1, 31)))
    whole = _hunt(tmp_path, rules=ABOVE + RULES)[2]
    assert {(len(finding["evidence"]), finding["fields"]["events"]) for finding in whole} == {(30, 30)}
    monkeypatch.setattr(correlating, "REPEATED_EVIDENCE_BYTES", 10_000)
    _, output, findings = _hunt(tmp_path, "--force", rules=ABOVE + RULES)
    assert len(findings) == len(whole) == 30
    short = [finding for finding in findings if "evidence_left_out" in finding["fields"]]
    assert 0 < len(short) < 29
    for finding in short:
        events = finding["fields"]["events"], finding["fields"]["evidence_left_out"], len(finding["evidence"])
        assert events == (30, 20, 10)
        assert finding["fields"]["last_time"] == whole[0]["fields"]["last_time"]
    assert f"{len(short)} findings about bursts of bursts list only the first records" in output


def test_a_finding_about_a_burst_is_whole(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "a.jsonl").write_bytes(b"".join(_line(number, number, "x") for number in (3, 1, 2)) + _line(9, 9, None))
    code, output, (finding,) = _hunt(tmp_path, "--fail-on", "high")
    assert code == 1
    assert finding["correlated"] is True
    assert finding["techniques"] == ["T1110"]
    assert (finding["host"], finding["event_id"], finding["time"]) == ("host", 4625, "2026-03-11T00:00:01.0000000Z")
    assert finding["matched"] == {"User": "x", "event_count": 3}
    assert [record["record_id"] for record in finding["evidence"]] == [1, 2, 3]
    assert [record["line"] for record in finding["evidence"]] == [2, 3, 1]
    assert all(len(record["sha256"]) == 64 for record in finding["evidence"])
    (row,) = csv.DictReader((tmp_path / "case" / "timeline.csv").read_text("utf-8").splitlines())
    assert row["message"] == "many: 3 events in 2.0 s, User=x"
    assert row["channel"] == "Security"
    summary = json.loads((tmp_path / "case" / "summary.json").read_text("utf-8"))
    assert summary["rules"]["given"] == summary["rules"]["loaded"] + len(summary["rules"]["unsupported"]) == 3
    assert [rule["title"] for rule in summary["rules"]["not_alone"]] == ["fail"]
    assert summary["rules"]["correlations"][0]["left_out"] == {"User": 1}
    assert summary["rules"]["filters"][0]["rules"] == 0
    assert (tmp_path / "case" / "warnings.jsonl").read_bytes() == b""
    for said in ("refers to missing", "filter nobody's narrows 0 rules", "many (1 event without User)"):
        assert said in output


def test_a_correlation_whose_rules_had_no_event_is_named(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    line = _line(1, 1, "x").replace(b"4625", b"4688").replace(b'"Security"', b'"Other"')
    (logs / "a.jsonl").write_bytes(line)
    code, _, findings = _hunt(tmp_path)
    assert (code, findings) == (0, [])
    summary = json.loads((tmp_path / "case" / "summary.json").read_text("utf-8"))
    assert {rule["title"] for rule in summary["rules"]["no_events"]} == {"many", "fail"}
