"""Rules over the events that a case keeps: what a hunt would have found, and what is told where that cannot be."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.retro import assert_same, content, copy_of, detect, hunt, ingest
from tests.sample_case import LINES, LOGS, SAMPLE, SECURITY, SYSMON, SYSTEM, json_lines
from yadorigi.app import hunt_worker
from yadorigi.app.hunt_ledger import Ledger
from yadorigi.app.load_case import verdicts_of
from yadorigi.errors import CaseError, NoRulesError
from yadorigi.ingest import tasks
from yadorigi.lake.commits import Lake

if TYPE_CHECKING:
    from yadorigi.app.hunt_options import HuntOutcome
    from yadorigi.lake.frames import ScanTask
    from yadorigi.schema.stored_lake import Part

PACK = Path(__file__).parents[2] / "src" / "yadorigi" / "content" / "packs" / "living_off_the_land"
SHADOW_COPY = str(PACK / "rules" / "shadow_copy_created.yml")
CORRELATED = """
title: Programs
name: programs
logsource: {product: windows, category: process_creation}
detection: {a: {Image|endswith: .exe}, condition: a}
---
title: Many programs of one account
level: high
correlation: {type: event_count, rules: [programs], group-by: [User, Computer], timespan: 10m, condition: {gte: 3}}
---
title: Logons from one address
level: low
correlation:
  {type: value_count, rules: [logon], group-by: [IpAddress], timespan: 1h, condition: {gte: 2, field: TargetUserName}}
---
title: Logon
name: logon
logsource: {product: windows, service: security}
detection: {a: {EventID: 4624}, condition: a}
"""


@pytest.fixture(scope="module")
def hunted(tmp_path_factory: pytest.TempPathFactory) -> HuntOutcome:
    return hunt(tmp_path_factory.mktemp("hunted") / "case", SAMPLE)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that keeps the sample's events, at which no rule has looked."""
    return ingest(tmp_path_factory.mktemp("kept") / "case", SAMPLE).case


def parts_of(case: Path, table: str) -> list[Part]:
    return [part for part in Lake.open(case).parts if part.table == table]


def findings(outcome: HuntOutcome) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (outcome.case / "findings.jsonl").read_bytes().splitlines()]


@pytest.mark.parametrize("workers", [1, 2])
def test_rules_find_later_what_they_would_have_found_at_once(
    hunted: HuntOutcome, kept: Path, tmp_path: Path, workers: int
) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    outcome = detect(case, workers=workers)
    assert_same(outcome, hunted)
    assert outcome.summary.inputs == hunted.summary.inputs
    assert outcome.summary.kinds == hunted.summary.kinds
    lake = outcome.summary.lake
    assert lake is not None
    assert (lake.stored, lake.events) == (0, hunted.summary.events)
    again = detect(case, workers=workers)
    assert_same(again, hunted)


def test_correlations_of_the_users_own(tmp_path: Path, kept: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(CORRELATED, "utf-8")
    at_once = hunt(tmp_path / "hunted", SAMPLE, rules=(str(rules),))
    later = detect(shutil.copytree(kept, tmp_path / "case"), rules=(str(rules),), workers=2)
    assert_same(later, at_once)
    assert sum(finding["correlated"] for finding in findings(later)) > 5


def test_without_rules_nobody_has_looked(kept: Path) -> None:
    verdicts = list(verdicts_of(kept))
    assert {verdict.verdict for verdict in verdicts} == {"cannot_tell"}
    assert "rule_not_loaded" in {verdict.reason for verdict in verdicts}
    assert (kept / "findings.jsonl").read_bytes() == b""


def test_rules_that_come_later_add_to_those_before(kept: Path, hunted: HuntOutcome, tmp_path: Path) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    first = detect(case, rules=(SHADOW_COPY,))
    assert {finding["rule_path"] for finding in findings(first)} == {SHADOW_COPY}
    second = detect(case)
    others = [finding for finding in findings(second) if finding["rule_path"] != SHADOW_COPY]
    assert others == findings(hunted)
    assert {line.verdict for line in verdicts_of(case)} == {"observed", "not_observed", "cannot_tell"}


def test_a_hunt_of_more_rules_is_the_hunt_of_all(tmp_path: Path, hunted: HuntOutcome) -> None:
    case = hunt(tmp_path / "case", SAMPLE, rules=(SHADOW_COPY,)).case
    assert {finding["rule_path"] for finding in findings(detect(case))} >= {SHADOW_COPY}
    coverages = [json.loads((one / "coverage.json").read_bytes()) for one in (case, hunted.case)]
    assert coverages[0] == coverages[1]


def test_sites_are_looked_at_apart_and_told_together(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(CORRELATED, "utf-8")
    sites = {None: SECURITY, "honsha": SAMPLE / "honsha", "kawaguchi": SAMPLE / "kawaguchi"}
    cases = {}
    for name, start in (("hunted", hunt), ("kept", ingest)):
        for site, path in sites.items():
            outcome = start(tmp_path / name, path, site=site, rules=(str(rules),))
        cases[name] = outcome
    later = detect(tmp_path / "kept", rules=(str(rules),), report=True)
    assert content(later.case) == content(cases["hunted"].case)
    assert {finding["site"] for finding in findings(later)} >= {None, "honsha"}
    assert (later.case / "report.html").exists()
    # What is told of rules is told of all sites: each one's hunt told of itself alone.
    assert all(one.events >= other.events for one, other in zip(
        later.summary.rules.correlations, cases["hunted"].summary.rules.correlations, strict=True
    ))  # fmt: skip
    one = hunt(tmp_path / "together", SAMPLE, rules=(str(rules),))
    assert later.summary.rules.no_events == one.summary.rules.no_events
    assert later.summary.rules.fields_absent == one.summary.rules.fields_absent


def test_a_period_and_a_second_one_cover_what_they_cover(kept: Path, hunted: HuntOutcome, tmp_path: Path) -> None:
    since, until = "2026-03-11T12:00:00.0000000Z", "2026-03-11T20:00:00.0000000Z"
    later = detect(shutil.copytree(kept, tmp_path / "case"), since=since, until=until)
    at_once = hunt(tmp_path / "hunted", SAMPLE, since=since, until=until)
    assert findings(later) == findings(at_once)
    assert later.summary.rules == at_once.summary.rules
    inside = [one for one in findings(hunted) if since <= one["time"] < until and not one["correlated"]]
    assert [one for one in findings(later) if not one["correlated"]] == inside
    told = {line.verdict for line in verdicts_of(later.case) if until <= line.since}
    assert "not_observed" not in told
    assert 0 < later.summary.events_outside_period < later.summary.events


def test_copies_and_the_same_file_twice(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "Security.evtx"
    other.parent.mkdir()
    shutil.copyfile(SECURITY, other)
    at_once = hunt(tmp_path / "hunted", SECURITY, other, SYSTEM)
    ingest(tmp_path / "case", SECURITY)
    ingest(tmp_path / "case", SECURITY, SYSTEM)
    case = ingest(tmp_path / "case", other).case
    lake = Lake.open(case)
    assert lake.events() == sum(file.events for file in at_once.summary.inputs if file.path != str(other))
    later = detect(case)
    for name in ("findings.jsonl", "timeline.csv"):
        # Which receipt a file has depends on what came before it.
        one, another = (re.sub(rb'"leaf":[0-9]+', b"", (found.case / name).read_bytes()) for found in (later, at_once))
        assert one == another, name
    assert any(len(finding["evidence"]) == 2 for finding in findings(later))


def test_what_is_not_in_the_lake_is_not_looked_at_and_named(tmp_path: Path) -> None:
    case = tmp_path / "case"
    ingest(case, SECURITY)
    aside = hunt(case, SYSTEM, rules=(SHADOW_COPY,), store=False)
    assert [w.reason for w in aside.warnings if w.reason.startswith("--no-store: the lake of the case does not hold")]
    later = detect(case)
    assert any(f"the lake does not hold {SYSTEM} whole" in warning.reason for warning in later.warnings)
    assert not later.damaged
    assert {finding["evidence"][0]["file"] for finding in findings(later)} == {str(SECURITY)}
    hunts = json.loads((case / "coverage.json").read_bytes())["hunts"]
    assert [len(hunt["rules"]) for hunt in hunts] == [later.summary.rules.loaded, 1]


def test_cases_without_events_are_refused_with_what_to_do(tmp_path: Path) -> None:
    case = tmp_path / "case"
    with pytest.raises(CaseError, match="is no case"):
        detect(case)
    hunt(case, SECURITY, rules=(SHADOW_COPY,), store=False)
    assert not (case / "lake").exists()
    with pytest.raises(CaseError, match="--no-store, or there was none to keep; hunt its files again"):
        detect(case)
    (tmp_path / "empty.jsonl").touch()
    ingest(tmp_path / "empty", tmp_path / "empty.jsonl")
    with pytest.raises(CaseError, match="or there was none to keep"):
        detect(tmp_path / "empty")
    with pytest.raises(NoRulesError):
        detect(hunt(tmp_path / "other", SYSTEM, rules=(SHADOW_COPY,)).case, rules=(str(SAMPLE),))


def test_no_store_and_force_leave_no_old_lake_behind(tmp_path: Path) -> None:
    case = tmp_path / "case"
    ingest(case, SECURITY)
    outcome = hunt(case, SYSTEM, rules=(SHADOW_COPY,), force=True, store=False)
    assert outcome.summary.lake is None
    assert not (case / "lake").exists()
    anew = ingest(case, SYSTEM, force=True)
    assert anew.summary.lake is not None
    assert anew.summary.lake.stored == anew.summary.lake.events == anew.summary.events
    other = ingest(case, SECURITY, force=True)
    assert other.summary.lake is not None
    assert other.summary.lake.events == other.summary.lake.stored == other.summary.events
    assert {path.suffix for path in (case / "lake").rglob("*") if path.is_file()} == {".json", ".parquet"}
    assert len(list((case / "lake").rglob("*.parquet"))) == len(Lake.open(case).parts)


@pytest.mark.parametrize("damage", ["short", "gone", "long", "link", "bytes", "edited"])
def test_a_damaged_part_costs_its_rows(kept: Path, hunted: HuntOutcome, tmp_path: Path, damage: str) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    (part,) = parts_of(case, "script_activity")
    path = case / "lake" / part.path
    data = path.read_bytes()
    path.unlink()
    if damage == "link":
        (tmp_path / "elsewhere").write_bytes(data)
        path.symlink_to(tmp_path / "elsewhere")
    elif damage != "gone":
        middle = len(data) // 2
        ruined = data[: middle - 2000] + os.urandom(4000) + data[middle + 2000 :]
        edited = data.replace(b"parquet-cpp-arrow", b"parquet-cpp-elbow")  # sound in itself, as by one who hides a row
        assert edited != data
        ruined = b"PAR1" + bytes(len(ruined) - 4)
        path.write_bytes({"short": data[:-1], "long": data + b"\0", "bytes": ruined, "edited": edited}[damage])
    outcome = detect(case, workers=2)
    warning, notice = sorted(outcome.warnings, key=lambda one: one.kind)
    assert notice.reason.endswith("whole: these rules have not looked at all that was read there")
    assert (warning.file, warning.kind, warning.records) == (f"lake/{part.path}", "file", part.rows)
    assert warning.reason.startswith("is not read: ")
    assert outcome.damaged
    whole = findings(hunted)
    found = [
        one
        for one in whole
        if not one["evidence"][0]["channel"].startswith(("Windows PowerShell", "Microsoft-Windows-Power"))
    ]
    assert [one for one in findings(outcome) if one in whole]
    assert {json.dumps(one) for one in found if not one["correlated"]} <= {json.dumps(one) for one in findings(outcome)}
    assert "not_observed" not in {line.verdict for line in verdicts_of(case)}
    # Put right, it is read, and nothing is left of the warning.
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    again = detect(case)
    assert_same(again, hunted)


@pytest.mark.skipif(sys.platform != "linux", reason="patches this process and forks it")
def test_a_part_that_kills_its_reader_costs_itself(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    read = hunt_worker.HuntWorker._read_back

    def deadly(worker: hunt_worker.HuntWorker, task: ScanTask) -> hunt_worker.ReadResult:
        if task.name.startswith("authentication/"):
            os._exit(7)
        return read(worker, task)

    monkeypatch.setattr(hunt_worker.HuntWorker, "_read_back", deadly)
    outcome = detect(case)
    assert outcome.damaged
    assert [one.file.partition("/")[2][:15] for one in outcome.warnings if one.kind == "file"] == ["authentication/"]
    assert findings(outcome)


def test_a_lake_that_says_nothing_sound_of_itself_is_refused_at_once(kept: Path, tmp_path: Path) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    before = content(case)
    (commit,) = (case / "lake" / "commits").iterdir()
    sound = commit.read_bytes()
    for ruined in (b"", b"{", sound[:-10], sound.replace(b'"format":1', b'"format":99')):
        commit.write_bytes(ruined)
        with pytest.raises(CaseError, match=r"00000001\.json"):
            detect(case)
        with pytest.raises(CaseError, match=r"00000001\.json"):
            hunt(case, SECURITY, rules=(SHADOW_COPY,))
        assert content(case) == before
    assert hunt(case, SYSTEM, rules=(SHADOW_COPY,), force=True).summary.lake is not None


def test_an_interrupted_run_leaves_what_was_there(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    before = json.loads((case / "coverage.json").read_bytes())
    taken = 0
    own = Ledger.take

    def interrupted(ledger: Ledger, result: hunt_worker.ReadResult) -> None:
        nonlocal taken
        taken += 1
        own(ledger, result)
        if taken == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Ledger, "take", interrupted)
    outcome = detect(case)
    assert outcome.summary.interrupted
    assert not outcome.summary.rules.reach_known
    assert json.loads((case / "coverage.json").read_bytes()) == before
    monkeypatch.undo()
    assert not detect(case).summary.interrupted


def test_json_lines_with_any_names_and_texts(tmp_path: Path) -> None:
    lines = tmp_path / "証跡 ログ.jsonl"
    lines.write_bytes(json_lines(*LOGS[:6]) + json_lines(SYSMON).replace(b"kudo", "工藤".encode()))
    at_once = hunt(tmp_path / "hunted", lines)
    ingest(tmp_path / "case", lines)
    assert_same(detect(tmp_path / "case", workers=2), at_once)
    assert any("工藤" in json.dumps(one, ensure_ascii=False) for one in findings(at_once))


def test_copies_of_a_case_are_cases(kept: Path, hunted: HuntOutcome, tmp_path: Path) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    other = copy_of(case, "renamed")
    shutil.rmtree(case)
    assert_same(detect(other), hunted)


def test_an_interrupted_hunt_keeps_what_it_read_whole_and_the_next_one_the_rest(
    hunted: HuntOutcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tmp_path / "case"
    lines = tmp_path / "logs"
    lines.mkdir()
    for log in (*LOGS, *LINES):
        shutil.copyfile(log, lines / f"{log.parent.name}-{log.name}")
    taken = 0
    own = Ledger.take

    def interrupted(ledger: Ledger, result: hunt_worker.ReadResult) -> None:
        nonlocal taken
        if taken:
            raise KeyboardInterrupt
        taken += 1
        own(ledger, result)

    monkeypatch.setattr(tasks, "PIECES_TOGETHER", 5)
    monkeypatch.setattr(Ledger, "take", interrupted)
    first = ingest(case, lines)
    assert first.summary.interrupted
    assert first.summary.lake is not None
    assert 0 < first.summary.lake.events < hunted.summary.events
    monkeypatch.undo()
    assert "not_observed" not in {line.verdict for line in verdicts_of(detect(case).case)}
    second = ingest(case, lines)
    assert second.summary.lake is not None
    assert second.summary.lake.events == hunted.summary.events
    assert second.summary.lake.stored == hunted.summary.events - first.summary.lake.events
    at_once = hunt(tmp_path / "hunted", lines)
    assert (detect(case).case / "verdicts.jsonl").read_bytes() == (at_once.case / "verdicts.jsonl").read_bytes()
