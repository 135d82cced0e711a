"""Events in the shapes of other tools give the findings that the EVTX files they came from give.

Same rule, time, host, record id and matched values, as far as the tool carries them.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from evtx import PyEvtxParser

from tests.rules_cache import rules_cache
from tests.sources.shapes.exporters import JSON_EXPORTS, XML_EXPORTS, Json, exported
from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
from yadorigi.app.run_hunt import run_hunt
from yadorigi.settings import Settings

_TIME_CARRIED = {"graylog": 23, "nxlog": 19, "helk": 23, "winlogbeat": 23, "get_winevent": 23}
"""Characters of a time that a tool carries; the others carry microseconds."""
_WITHOUT_RECORD_IDS = {"helk"}
_WITHOUT_LISTS = {"nxlog", "helk", "evtxecmd", "wazuh"}
"""Tools that make one text of several unnamed values."""
_FLAT = {"nxlog", "helk", "zircolite"}
"""Tools that lose a field of the payload that has the name of one of the head: 104 has a ``Channel``."""
_EVERY = 8
ALL: dict[str, str] = {}
ALL.update({name: export[0] for name, export in JSON_EXPORTS.items()})
ALL.update({name: shape for name, (shape, _) in XML_EXPORTS.items()})

Key = tuple[str, str, str, int | None, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Evidence:
    """EVTX files, what is in them, and what a hunt found there."""

    json: dict[str, list[Json]]
    xml: dict[str, list[str]]
    events: int
    findings: list[Json]


def hunt(paths: list[Path], case: Path, rules: tuple[str, ...]) -> tuple[HuntOutcome, list[Json]]:
    settings = Settings(cache_folder=rules_cache())
    options = HuntOptions(
        paths=tuple(map(str, paths)), rules=rules, case=case, workers=2, settings=settings, store=False, report=False
    )
    outcome = run_hunt(options)
    lines = (case / "findings.jsonl").read_bytes().splitlines()
    return outcome, [json.loads(line) for line in lines]


def texts_of(records: Any) -> list[str]:
    return [record["data"] for record in records]


@pytest.fixture(scope="module")
def rules(corpora: Path) -> tuple[str, ...]:
    return (str(corpora / "sigma/rules/windows"), str(corpora / "sigma/rules-threat-hunting/windows"))


@pytest.fixture(scope="module")
def evidence(corpora: Path, rules: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    files = sorted((corpora / "windows/attack-samples").rglob("*.evtx"))[::_EVERY]
    records: dict[str, list[Json]] = {}
    texts: dict[str, list[str]] = {}
    for number, file in enumerate(files):
        found = [json.loads(text) for text in texts_of(PyEvtxParser(str(file)).records_json())]
        if found:
            records[f"{number:03}"] = found
            texts[f"{number:03}"] = texts_of(PyEvtxParser(str(file)).records())
    outcome, findings = hunt(files, tmp_path_factory.mktemp("evtx") / "case", rules)
    assert outcome.summary.events == sum(map(len, records.values()))
    assert len(findings) > 100
    return Evidence(records, texts, outcome.summary.events, findings)


def plain(value: Any) -> str:
    """The value as text, whatever its type and letter case, and GUIDs without braces."""
    if isinstance(value, list):
        shown = [plain(item) for item in value]
        while shown and not shown[-1]:
            shown.pop()
        return " | ".join(shown)
    text = {True: "true", False: "false", None: ""}.get(value, str(value)) if not isinstance(value, str) else value
    return text.strip("{}").upper()


def keys(findings: list[Json], shape: str) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for finding in findings:
        if shape in _FLAT and finding["event_id"] == 104:
            continue
        evidence = finding["evidence"][0]
        matched = tuple(
            (name, plain(value))
            for name, value in sorted(finding["matched"].items())
            if name != "Data" or shape not in _WITHOUT_LISTS
        )
        record_id = None if shape in _WITHOUT_RECORD_IDS else evidence["record_id"]
        time = finding["time"][: _TIME_CARRIED.get(shape, 26)]
        found[finding["rule_id"], time, finding["host"], record_id, matched] += 1
    return found


@pytest.fixture(scope="module")
def hunted(
    evidence: Evidence, rules: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[HuntOutcome, list[Json]]:
    """One hunt through the files of all tools, each tool's in a folder of its own."""
    folder = tmp_path_factory.mktemp("shapes")
    for name in ALL:
        (folder / "in" / name).mkdir(parents=True)
        for file, events in evidence.json.items():
            content = XML_EXPORTS[name][1](evidence.xml[file]) if name in XML_EXPORTS else exported(name, events)
            (folder / "in" / name / f"{file}.dat").write_bytes(content)
    return hunt([folder / "in"], folder / "case", rules)


@pytest.mark.parametrize("name", ALL)
def test_same_findings(name: str, evidence: Evidence, hunted: tuple[HuntOutcome, list[Json]]) -> None:
    outcome, findings = hunted
    shape = ALL[name]
    inputs = [file for file in outcome.summary.inputs if Path(file.path).parent.name == name]
    assert {file.source for file in inputs} == {shape}
    assert all(file.source_reason.startswith("line ") for file in inputs)
    assert sum(file.events for file in inputs) == evidence.events
    assert [w for w in outcome.warnings if w.kind != "gap" and Path(w.file).parent.name == name] == []
    own = [finding for finding in findings if Path(finding["evidence"][0]["file"]).parent.name == name]
    assert keys(own, shape) == keys(evidence.findings, shape)
    lines = [finding["evidence"][0]["line"] for finding in own]
    assert all(isinstance(line, int) and line > 0 for line in lines)
