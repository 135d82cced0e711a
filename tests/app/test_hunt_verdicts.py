"""Verdicts of whole hunts: without events, with hostile values, with times at the ends of all time, and added to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_run_hunt import FILES, SHADOW_COPY, content, hunt
from tests.sample_case import SECURITY, SYSTEM
from yadorigi.app import report_case
from yadorigi.app.assess_case import assess_case
from yadorigi.app.load_case import load_case, verdicts_of
from yadorigi.audits.hours import hours_of
from yadorigi.errors import CaseError
from yadorigi.limits import HOST_NAME_LIMIT
from yadorigi.packs.questions import QUESTIONNAIRES

RULES = (str(SHADOW_COPY),)
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\u202etxt.exe\u200b\u2066",
    "=cmd|' /c'!A1",
    "a\r\nb",
    "{beyond}{0.__class__}%s",
    "../../../etc/passwd",
    "\\\\?\\C:\\x",
    "h" * 65_536,
    "",
)


def event(host: str, channel: str = "Security", event_id: int = 4688, **changes: Any) -> dict[str, Any]:
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "EventID": event_id,
        "EventRecordID": changes.get("number", 7),
        "Channel": channel,
        "Computer": host,
        "TimeCreated": {"#attributes": {"SystemTime": changes.get("time", "2026-03-11T09:00:00.0000000Z")}},
    }
    return {"Event": {"System": system, "EventData": changes.get("data", {"CommandLine": "vssadmin create shadow"})}}


def written(path: Path, *events: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in events), "utf-8")
    return path


def test_a_hunt_without_events_has_no_verdicts_and_says_so(tmp_path: Path) -> None:
    empty = tmp_path / "notes.txt"
    empty.write_text("nothing here\n", "utf-8")
    outcome = hunt(tmp_path / "case", empty, rules=RULES)
    assert outcome.judged.overview is None
    assert (tmp_path / "case" / "verdicts.jsonl").read_bytes() == b""
    assert set(content(tmp_path / "case")) == {name for name in FILES if not name.startswith(("report", "navigator"))}
    with pytest.raises(CaseError, match="no event was read"):
        report_case.report_case(tmp_path / "case")
    # Another hunt into the case is as if it were the first.
    assert hunt(tmp_path / "case", SECURITY, rules=RULES).judged.verdicts > 0


def test_hostile_values_stay_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [event(name, number=number) for number, name in enumerate(HOSTILE)]
    channels = [event("ws1", name, number=50 + number) for number, name in enumerate(HOSTILE)]
    named = [
        event("ws1", "Security", 4624, number=90 + number, data={"WorkstationName": name, "TargetUserName": f"{name}$"})
        for number, name in enumerate(HOSTILE)
    ]
    clearing = [
        event("ws1", "Security", 1102, number=200 + number, data={"SubjectUserName": name})
        for number, name in enumerate(HOSTILE)
    ]
    log = written(tmp_path / "a.jsonl", *names, *channels, *named, *clearing)
    outcome = hunt(tmp_path / "case", log, rules=RULES)
    assert outcome.judged.overview is not None
    assert all(len(host.host) <= HOST_NAME_LIMIT for host in outcome.judged.overview.hosts)
    for name in ("coverage.json", "verdicts.jsonl", "report.html", "report.ja.html", "navigator-visible.json"):
        raw = (tmp_path / "case" / name).read_bytes()
        assert not set(raw) & {0x1B, 0x07, 0x0D}, name
        if name.startswith("report"):
            assert b"<script>alert" not in raw
            assert b"<img" not in raw
            assert "\u202e".encode() not in raw
        else:
            assert all(json.loads(text) for text in (raw.splitlines() if name == "verdicts.jsonl" else [raw]))
    lines = list(verdicts_of(tmp_path / "case"))
    assert {line.host for line in lines} >= {name for name in HOSTILE if len(name) < HOST_NAME_LIMIT}
    assert max(len(line.detail) + len(line.action) for line in lines) < 5_000
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("odd", ["1601-01-01T00:00:00.0000000Z", "9999-12-31T23:59:59.9999999Z"])
def test_times_at_the_ends_of_all_time_spoil_no_other(tmp_path: Path, odd: str) -> None:
    usual = [event("ws1", number=number, time=f"2026-03-1{number}T09:00:00.0000000Z") for number in range(1, 8)]
    outcome = hunt(
        tmp_path / "case", written(tmp_path / "a.jsonl", *usual, event("ws1", number=8, time=odd)), rules=RULES
    )
    overview = outcome.judged.overview
    assert overview is not None
    assert odd in (overview.since, overview.until)
    by_cell: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for line in verdicts_of(tmp_path / "case"):
        by_cell.setdefault((line.behaviour, line.technique), []).append((line.since, line.until))
    for parts in by_cell.values():
        assert parts[0][0] == overview.since
        assert parts[-1][1] == overview.until
    observed = [line for line in verdicts_of(tmp_path / "case") if line.verdict == "observed"]
    assert {line.behaviour for line in observed} >= {"CR-06"}


def test_script_blocks_that_only_look_suspicious_are_not_those_of_every_script(tmp_path: Path) -> None:
    channel = "Microsoft-Windows-PowerShell/Operational"
    blocks = [
        event("ws1", channel, 4104, number=number, time=f"2026-03-11T0{number}:00:00.0000000Z") for number in (3, 5)
    ]
    for block in blocks:
        block["Event"]["System"]["Level"] = block["Event"]["System"]["EventRecordID"]
    case = hunt(tmp_path / "case", written(tmp_path / "a.jsonl", *blocks), rules=RULES).case
    (log,) = load_case(case).coverage.hunts[0].logs
    assert hours_of(log.hours["4104"]) == [hour + hours_of(log.hours["4104"])[0] for hour in (0, 2)]
    assert hours_of(log.hours["4104:every script block"]) == hours_of(log.hours["4104"])[1:]


def test_a_case_that_is_added_to_judges_all_of_it(tmp_path: Path) -> None:
    case = tmp_path / "case"
    hunt(case, SECURITY, rules=RULES)
    first = {line.behaviour: line for line in verdicts_of(case)}
    outcome = hunt(case, SYSTEM, rules=RULES)
    loaded = load_case(case)
    assert [len(one.files) for one in loaded.coverage.hunts] == [1, 1]
    assert outcome.judged.overview == loaded.overview
    assert loaded.overview is not None
    (host,) = [host for host in loaded.overview.hosts if host.known]
    assert {log.channel for log in host.logs} == {"Security", "System"}
    assert {line.behaviour for line in verdicts_of(case)} == set(first)


def test_reading_a_file_again_that_has_changed_takes_the_place_of_what_was_read(tmp_path: Path) -> None:
    log = written(tmp_path / "a.jsonl", event("old"))
    hunt(tmp_path / "case", log, rules=RULES)
    written(log, event("new"))
    hunt(tmp_path / "case", log, rules=RULES)
    (noted,) = load_case(tmp_path / "case").coverage.hunts
    assert {one.host for one in noted.logs} == {"new"}


@pytest.mark.parametrize("name", ["verdicts.jsonl", "coverage.json", "summary.json"])
def test_what_a_damaged_case_needs_is_said(tmp_path: Path, name: str) -> None:
    case = tmp_path / "case"
    hunt(case, SECURITY, rules=RULES)
    (case / name).write_bytes(b'{"half": ')
    for use in (report_case.report_case, lambda path: assess_case(path, min(QUESTIONNAIRES))):
        with pytest.raises(CaseError, match="hunt again"):
            use(case)
    (case / name).unlink()
    with pytest.raises(CaseError, match=f"{name} is not there; hunt with --case"):
        report_case.report_case(case)


@pytest.mark.skipif(sys.platform != "linux", reason="patches this process and forks it")
def test_more_hosts_than_are_judged_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yadorigi.audits.judge.JUDGED_HOSTS_LIMIT", 3)
    events = [event(f"h{number}", number=copy) for number in range(9) for copy in range(1 + number)]
    outcome = hunt(tmp_path / "case", written(tmp_path / "a.jsonl", *events), rules=RULES)
    assert {line.host for line in verdicts_of(tmp_path / "case")} == {"h6", "h7", "h8"}
    assert any(warning.reason.startswith("6 more hosts have logs of few events") for warning in outcome.warnings)
    assert b"6 more hosts have logs of few events" in (tmp_path / "case" / "report.html").read_bytes()


def test_everything_but_the_summary_depends_on_the_input_alone(tmp_path: Path) -> None:
    one = content(hunt(tmp_path / "one", SECURITY, SYSTEM, rules=RULES).case)
    other = content(hunt(tmp_path / "other", SYSTEM, SECURITY, SYSTEM, rules=RULES).case)
    assert [name for name in FILES if one[name] != other[name]] == ["summary.json"]
