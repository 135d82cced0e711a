"""The main job from end to end on the sample case: what is found, what it leaves, and that nothing sways it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.hunting import Hunted, hunt
from tests.sample_case import LINES, LOGS, SAMPLE, SECURITY, SYSTEM, events_of, json_lines

DESKTOPS = SECURITY.parents[1] / "jump01" / "Microsoft-Windows-TerminalServices-LocalSessionManager%4Operational.evtx"

WHOLLY_FOUND = {"list-drives", "switch-off-antivirus", "clear-logs"}
"""Steps of which every record is one that a rule looks for."""

LASTING = (
    "findings.jsonl", "timeline.csv", "warnings.jsonl", "verdicts.jsonl", "coverage.json", "navigator-detected.json",
    "navigator-visible.json", "report.html", "report.ja.html",
)  # fmt: skip
"""Files that depend on the input alone."""

FINDING: dict[str, type | tuple[type, ...]] = {
    "rule_id": str, "title": str, "level": str, "time": str, "host": str, "user": (str, type(None)),
    "event_id": (int, type(None)), "message": str, "matched": dict, "fields": dict, "evidence": list,
    "techniques": list, "rule_author": (str, type(None)), "rule_path": str, "references": list,
    "site": (str, type(None)), "correlated": bool,
}  # fmt: skip
EVIDENCE: dict[str, type | tuple[type, ...]] = {
    "file": str, "sha256": str, "host": str, "channel": str, "record_id": (int, type(None)),
    "line": (int, type(None)), "leaf": (int, type(None)),
}  # fmt: skip


def bare(verdict: dict[str, Any]) -> dict[str, Any]:
    """Return a verdict without what depends on the form in which its records lie."""
    evidence = [{**record, "file": "", "sha256": "", "line": None, "leaf": None} for record in verdict["evidence"]]
    return {**verdict, "evidence": evidence}


def without_receipts(run: Hunted, name: str) -> bytes:
    """Return a file of a case without the places of receipts in its vault, which depend on what came in before."""
    return re.sub(rb'"leaf":[0-9]+', b'"leaf":0', run.bytes_of(name))


@pytest.fixture(scope="module")
def hunted(tmp_path_factory: pytest.TempPathFactory) -> Hunted:
    return hunt(tmp_path_factory.mktemp("hunt") / "case", SAMPLE, "--workers", 2)


def test_the_intruder_is_found(hunted: Hunted) -> None:
    told = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    truth = {
        (row["host"], row["channel"], row.get("record_id"), row.get("file"), row.get("line")): row["step"]
        for row in told["records"]
    }
    levels: dict[tuple[Any, ...], set[str]] = {}
    for finding in hunted.findings:
        for proof in finding["evidence"]:
            place = (None, None) if proof["line"] is None else (Path(proof["file"]).name, proof["line"])
            levels.setdefault((proof["host"], proof["channel"], proof["record_id"], *place), set()).add(
                finding["level"]
            )
    # What shows why nobody can tell has its receipt as well.
    assert all(proof["leaf"] for verdict in hunted.verdicts for proof in verdict["evidence"])
    assert set(truth.values()) - {truth[key] for key in levels if key in truth} == set(told["not_findable"])
    missed = {key for key, step in truth.items() if step in WHOLLY_FOUND and key not in levels}
    assert not missed
    ordinary = set().union(*(found for key, found in levels.items() if key not in truth))
    assert ordinary <= {"informational", "low"}
    assert hunted.code == 0


def test_findings_have_the_keys_and_types_of_the_interface(hunted: Hunted) -> None:
    hashes = {file["path"]: file["sha256"] for file in hunted.summary["inputs"]}
    for path, sha256 in hashes.items():
        assert sha256 == hashlib.sha256(Path(path).read_bytes()).hexdigest(), path
    for finding in hunted.findings:
        assert set(finding) - {"addresses"} == set(FINDING)
        for facts in finding.get("addresses", {}).values():
            assert facts in (
                {"kind": kind} for kind in ("private", "loopback", "documentation", "link-local", "public")
            )
        assert all(isinstance(finding[key], kind) for key, kind in FINDING.items())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", finding["time"])
        assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", technique) for technique in finding["techniques"])
        assert len(finding["evidence"]) == 1 or finding["correlated"]
        for proof in finding["evidence"]:
            assert set(proof) == set(EVIDENCE) | ({"time", "rules"} if finding["correlated"] else set())
            assert all(isinstance(proof[key], kind) for key, kind in EVIDENCE.items())
            assert proof["sha256"] == hashes[proof["file"]]


def test_evidence_points_at_the_record(hunted: Hunted) -> None:
    systems = {
        (str(path), event["Event"]["System"]["EventRecordID"]): event["Event"]["System"]
        for path in LOGS
        for event in events_of(path)
    }
    for finding in hunted.findings:
        for proof in finding["evidence"]:
            if proof["line"] is not None:
                line = Path(proof["file"]).read_text(encoding="utf-8").splitlines()[proof["line"] - 1]
                assert proof["host"] in line.split(" ", 5)[3 if proof["channel"] == "iis/access" else 4]
                continue
            system = systems[proof["file"], proof["record_id"]]
            time = system["TimeCreated"]["#attributes"]["SystemTime"]
            stated = proof["time"] if finding["correlated"] else finding["time"]
            assert (system["Computer"], system["Channel"], time) == (proof["host"], proof["channel"], stated)
            assert finding["host"] in (proof["host"], "" if finding["correlated"] else None)


def test_the_summary_adds_up(hunted: Hunted) -> None:
    summary = hunted.summary
    assert summary["events"] == sum(file["events"] for file in summary["inputs"]) > 2_000
    assert summary["warnings"] == len(hunted.warnings) == 0
    rules = summary["rules"]
    assert rules["loaded"] + len(rules["unsupported"]) == rules["given"]
    assert sum(summary["findings"].values()) == len(hunted.findings)
    assert sum(log["events"] for log in summary["logs"]) == summary["events"]
    assert sum(summary["hours"].values()) == sum(kind["events"] for kind in summary["kinds"]) == summary["events"]
    assert isinstance(summary["peak_rss_bytes"], int)
    assert set(summary["inputs"][0]) == {
        "path", "sha256", "source", "source_reason", "events", "warnings", "declared", "first_time", "last_time",
        "collected_host", "drive", "shadow_copy",
    }  # fmt: skip
    unknown = [Path(file["path"]).name for file in summary["inputs"] if file["source"] is None]
    assert unknown == ["README.md", "sites.toml", "truth.json"]


def test_the_timeline_is_what_timesketch_imports(hunted: Hunted) -> None:
    rows = list(csv.DictReader(io.StringIO(hunted.bytes_of("timeline.csv").decode(), newline="")))
    assert len(rows) == len(hunted.findings)
    for row, finding in zip(rows, hunted.findings, strict=True):
        assert row["datetime"] == finding["time"][:26] + "+00:00"
        assert row["timestamp_desc"] == "Event Logged"
        assert row["message"].startswith(finding["title"])


@pytest.mark.parametrize("arguments", [("--workers", 1), ("--workers", 3)])
def test_workers_change_nothing(hunted: Hunted, tmp_path: Path, arguments: tuple[object, ...]) -> None:
    again = hunt(tmp_path / "case", SAMPLE / "honsha" / "jump01", SAMPLE, SECURITY, *arguments)
    for name in LASTING:
        assert again.bytes_of(name) == hunted.bytes_of(name), name
    assert again.lasting_text == hunted.lasting_text


def test_hunts_into_one_case_are_one_hunt_and_again_changes_nothing(hunted: Hunted, tmp_path: Path) -> None:
    case = tmp_path / "case"
    files = [LOGS[start::3] for start in (2, 0, 1)]
    # What is correlated must be in one hunt: the VPN's sessions and those of remote desktop, and of the controller.
    files = [
        [path for path in part if path != SECURITY] + ([*LINES, SECURITY] if DESKTOPS in part else []) for part in files
    ]
    parts = [hunt(case, *part) for part in files]
    assert [part.code for part in parts] == [0, 0, 0]
    assert without_receipts(parts[2], "findings.jsonl") == without_receipts(hunted, "findings.jsonl")
    assert parts[2].bytes_of("timeline.csv") == hunted.bytes_of("timeline.csv")
    assert without_receipts(parts[2], "verdicts.jsonl") == without_receipts(hunted, "verdicts.jsonl")
    assert parts[2].summary["events"] == hunted.summary["events"]
    assert parts[2].summary["findings"] == hunted.summary["findings"]
    before = parts[2].summary
    again = hunt(case, *LOGS[:4])
    assert again.bytes_of("findings.jsonl") == parts[2].bytes_of("findings.jsonl")
    assert again.bytes_of("verdicts.jsonl") == parts[2].bytes_of("verdicts.jsonl")
    assert again.summary["inputs"] == before["inputs"]
    assert again.summary["events"] == before["events"]


def test_force_starts_anew(tmp_path: Path) -> None:
    case = tmp_path / "case"
    first = hunt(case, SECURITY)
    assert first.findings
    second = hunt(case, SYSTEM, "--force")
    assert {proof["file"] for finding in second.findings for proof in finding["evidence"]} <= {str(SYSTEM)}
    assert len(second.summary["inputs"]) == 1
    (noted,) = json.loads(second.bytes_of("coverage.json"))["hunts"]
    assert [file["path"] for file in noted["files"]] == [str(SYSTEM)]


def test_period_and_site(hunted: Hunted, tmp_path: Path) -> None:
    period = ("--since", "2026-03-11T22:05", "--until", "2026-03-11T22:20", "--timezone", "Asia/Tokyo")
    part = hunt(tmp_path / "case", SAMPLE, "--site", "Shiomi", *period)
    wanted = [
        {**finding, "site": "Shiomi"}
        for finding in hunted.findings
        if "2026-03-11T13:05" <= finding["time"] < "2026-03-11T13:20"
    ]
    assert part.findings == wanted
    assert wanted
    assert part.summary["events"] == hunted.summary["events"]
    inside = sum(log["events"] for log in part.summary["logs"])
    assert inside + part.summary["events_outside_period"] == part.summary["events"]


def test_the_sample_as_json_lines_in_one_file_gives_the_same_findings(hunted: Hunted, tmp_path: Path) -> None:
    whole = tmp_path / "all.jsonl"
    whole.write_bytes(json_lines(*reversed(LOGS)))
    again = hunt(tmp_path / "case", whole, *LINES)

    def seen(run: Hunted) -> set[tuple[str, str, str, int]]:
        return {
            (finding["rule_id"], finding["time"], proof["host"], proof["record_id"] or proof["line"])
            for finding in run.findings
            for proof in finding["evidence"]
        }

    assert seen(again) == seen(hunted)
    assert [bare(verdict) for verdict in again.verdicts] == [bare(verdict) for verdict in hunted.verdicts]
    assert len(again.findings) == len(hunted.findings)
    lines = whole.read_bytes().splitlines()
    for finding in again.findings:
        for proof in finding["evidence"]:
            if proof["file"] != str(whole):
                continue
            system = json.loads(lines[proof["line"] - 1])["Event"]["System"]
            assert (system["EventRecordID"], system["Computer"]) == (proof["record_id"], proof["host"])
