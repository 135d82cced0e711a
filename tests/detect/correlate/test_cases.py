"""Golden cases of correlations, filters and what is refused, each through a whole hunt.

A case lists its rules, its events (seconds, the rule that matches, fields) and the findings that it must give: by
title, the seconds of the evidence of each. The events are given in several orders and spread over files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.run_hunt import run_hunt
from yadorigi.packs.find_rules import find_rules
from yadorigi.packs.load_rules import compile_files
from yadorigi.schema.times import ticks_of, time_of
from yadorigi.settings import Settings

HERE = Path(__file__).parent
BASE_RULES = HERE / "base_rules.yml"
EVENT_IDS = {"a": 4625, "b": 4624, "c": 4672}
START = ticks_of("2026-03-11T00:00:00.0000000Z")


def _cases() -> list[Any]:
    found = []
    for path in sorted((HERE / "cases").glob("*.yml")):
        if path.stem != "refused":
            entries = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
            found += [pytest.param(entry, id=f"{path.stem}: {entry['case']}") for entry in entries]
    return found


CASES = _cases()
REFUSED = yaml.load((HERE / "cases" / "refused.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 40


def _lines(text: str) -> list[str]:
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        seconds, rule, *pairs = line.split()
        fields = dict(pair.split("=", 1) for pair in pairs)
        system = {
            "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
            "EventID": EVENT_IDS[rule],
            "TimeCreated": {"#attributes": {"SystemTime": time_of(START + round(float(seconds) * 10_000_000))}},
            "EventRecordID": number,
            "Channel": "Security",
            "Computer": fields.pop("host", "host"),
        }
        lines.append(json.dumps({"Event": {"System": system, "EventData": fields or None}}))
    return lines


def _hunt(rules: str, lines: list[str], folder: Path) -> tuple[dict[str, list[str]], dict[str, dict[str, int]]]:
    """Hunt lines in several files; return the evidence of each finding by title, and what was left out."""
    folder.mkdir()
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    logs = folder / "logs"
    logs.mkdir()
    for number, line in enumerate(lines):
        with (logs / f"{number % 3}.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
    options = HuntOptions(
        paths=(str(logs),),
        rules=(str(BASE_RULES), str(folder / "rules.yml")),
        case=folder / "case",
        workers=1,
        settings=Settings(cache_folder=folder.parent / "cache"),
        report=False,
        store=False,
    )
    outcome = run_hunt(options)
    assert not outcome.summary.rules.unsupported
    found: dict[str, list[str]] = {}
    for line in (folder / "case" / "findings.jsonl").read_text(encoding="utf-8").splitlines():
        finding = json.loads(line)
        if finding["title"] == "also_a":
            continue
        times = [record["time"] if finding["correlated"] else finding["time"] for record in finding["evidence"]]
        seconds = (f"{(ticks_of(time) - START) / 10_000_000:g}" for time in times)
        found.setdefault(finding["title"], []).append(" ".join(seconds))
    left_out = {one.title: one.left_out for one in outcome.summary.rules.correlations if one.left_out}
    return {title: sorted(evidence) for title, evidence in found.items()}, left_out


@pytest.mark.parametrize("case", CASES)
def test_a_case_gives_its_findings(case: dict[str, Any], tmp_path: Path) -> None:
    lines = _lines(case["events"])
    shuffled = lines[1::2] + lines[::2]
    for number, order in enumerate((lines, list(reversed(lines)), shuffled)):
        found, left_out = _hunt(case["rules"], order, tmp_path / str(number))
        assert found == {title: sorted(evidence) for title, evidence in case["findings"].items()}
        assert left_out == case.get("left_out", {})


@pytest.mark.parametrize("entry", REFUSED, ids=[entry["why"] for entry in REFUSED])
def test_what_cannot_be_honoured_is_refused_with_its_reason(entry: dict[str, Any], tmp_path: Path) -> None:
    document = {"title": entry["why"], "name": "itself", "correlation": entry["correlation"]}
    broken = {"title": "broken", "name": "broken", "logsource": {"product": "windows"}, "detection": {}}
    rules = tmp_path / "rules.yml"
    rules.write_text(yaml.safe_dump_all([document, broken]), encoding="utf-8")
    found = compile_files(find_rules([str(BASE_RULES), str(rules)]), Settings())
    reasons = {refused.title: refused.reason for refused in found.refused}
    assert entry["reason"] in reasons[entry["why"]]
    assert found.correlations == ()
    assert found.given == len(found.rules) + len(found.refused)
    assert all(rule.alone for rule in found.rules)
