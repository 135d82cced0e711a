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

from tests.sources.shapes.exporters import JSON_EXPORTS, XML_EXPORTS, Json, exported
from yadorigi.app.run_hunt import HuntOptions, HuntOutcome, run_hunt

_TIME_CARRIED = {"nxlog": 19, "helk": 23, "winlogbeat": 23, "get_winevent": 23}
"""Characters of a time that a tool carries; the others carry microseconds."""
_WITHOUT_RECORD_IDS = {"helk"}
_WITHOUT_LISTS = {"nxlog", "helk", "evtxecmd"}
"""Tools that make one text of several unnamed values."""
_FLAT = {"nxlog", "helk", "zircolite"}
"""Tools that lose a field of the payload that has the name of one of the head: 104 has a ``Channel``."""
_EVERY = 9

Key = tuple[str, str, str, int | None, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Evidence:
    """EVTX files, what is in them, and what a hunt found there."""

    json: dict[str, list[Json]]
    xml: dict[str, list[str]]
    events: int
    findings: list[Json]


def hunt(paths: list[Path], case: Path, rules: tuple[str, ...]) -> tuple[HuntOutcome, list[Json]]:
    options = HuntOptions(paths=tuple(map(str, paths)), rules=rules, case=case, workers=2)
    outcome = run_hunt(options)
    lines = (case / "findings.jsonl").read_bytes().splitlines()
    return outcome, [json.loads(line) for line in lines]


def texts_of(records: Any) -> list[str]:
    return [record["data"] for record in records]


@pytest.fixture(scope="session")
def rules(corpora: Path) -> tuple[str, ...]:
    return (str(corpora / "sigma/rules/windows"), str(corpora / "sigma/rules-threat-hunting/windows"))


@pytest.fixture(scope="session")
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


def compare(contents: dict[str, bytes], shape: str, evidence: Evidence, rules: tuple[str, ...], folder: Path) -> None:
    (folder / "in").mkdir()
    for name, content in contents.items():
        (folder / "in" / f"{name}.dat").write_bytes(content)
    outcome, findings = hunt([folder / "in"], folder / "case", rules)
    assert {file.source for file in outcome.summary.inputs} == {shape}
    assert all(file.source_reason.startswith("line ") for file in outcome.summary.inputs)
    assert outcome.summary.events == evidence.events
    assert [warning for warning in outcome.warnings if warning.kind != "gap"] == []
    assert keys(findings, shape) == keys(evidence.findings, shape)
    lines = [finding["evidence"][0]["line"] for finding in findings]
    assert all(isinstance(line, int) and line > 0 for line in lines)


@pytest.mark.parametrize("name", JSON_EXPORTS)
def test_json(name: str, evidence: Evidence, rules: tuple[str, ...], tmp_path: Path) -> None:
    contents = {file: exported(name, events) for file, events in evidence.json.items()}
    compare(contents, JSON_EXPORTS[name][0], evidence, rules, tmp_path)


@pytest.mark.parametrize("name", XML_EXPORTS)
def test_xml(name: str, evidence: Evidence, rules: tuple[str, ...], tmp_path: Path) -> None:
    shape, layout = XML_EXPORTS[name]
    compare({file: layout(events) for file, events in evidence.xml.items()}, shape, evidence, rules, tmp_path)
