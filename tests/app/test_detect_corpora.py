"""Over real logs: rules that come later find what they would have found at once, line by line."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from evtx import PyEvtxParser

from tests.app.retro import assert_same, detect, hunt, ingest
from tests.app.test_run_detect import CORRELATED
from tests.sources.shapes.exporters import JSON_EXPORTS, XML_EXPORTS, exported
from yadorigi.app.event_metrics import count_events
from yadorigi.app.logon_metrics import count_logons
from yadorigi.app.scan_files import ScanOptions
from yadorigi.app.search_events import Query, search_events
from yadorigi.lake.commits import Lake

if TYPE_CHECKING:
    from yadorigi.app.hunt_options import HuntOutcome

pytestmark = pytest.mark.corpora

EVERY = 5
"""One file in so many of the attack samples: all of them take a minute."""
SMALL = 150_000
"""Bytes of an archive of JSON lines that is read; each holds thirty times as many."""
JAPANESE = {
    "User": "工藤 たかし", "CommandLine": "cmd.exe /c powershell.exe -enc 日本語 > C:\\共有\\結果.txt",
    "Image": "C:\\Windows\\cmd.exe", "TargetUserName": "管理者", "Message": "サービスが正常に開始されました。",
}  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """Real logs, and the rules that are run over them."""

    paths: tuple[Path, ...]
    rules: tuple[str, ...]


@pytest.fixture(scope="module")
def evidence(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    windows = corpora / "windows"
    logs = sorted((windows / "attack-samples").rglob("*.evtx"))[::EVERY]
    archives = sorted(path for path in (windows / "security-datasets").rglob("*.zip") if path.stat().st_size < SMALL)
    folder = tmp_path_factory.mktemp("evidence")
    (folder / "rules.yml").write_text(CORRELATED, "utf-8")
    paths = [*logs, *archives, *shaped(logs, folder), japanese(folder / "証跡.jsonl", logs)]
    rules = ("builtin", str(corpora / "sigma" / "rules" / "windows"), str(folder / "rules.yml"))
    return Evidence(tuple(paths), rules)


def shaped(logs: list[Path], folder: Path) -> list[Path]:
    """Write the events of some logs as other tools do."""
    sources = logs[1::7]
    found = []
    for number, (name, log) in enumerate(
        (name, sources[place % len(sources)]) for place, name in enumerate((*JSON_EXPORTS, *XML_EXPORTS))
    ):
        path = folder / f"{number:02}-{name}"
        if name in JSON_EXPORTS:
            path.write_bytes(
                exported(name, [json.loads(text) for text in texts(PyEvtxParser(str(log)).records_json())])
            )
        else:
            path.write_bytes(XML_EXPORTS[name][1](texts(PyEvtxParser(str(log)).records())))
        found.append(path)
    return found


def texts(records: Any) -> list[str]:
    return [record["data"] for record in records]


def japanese(path: Path, logs: list[Path]) -> Path:
    """Write events whose values are Japanese."""
    lines: list[str] = []
    for log in logs[::9]:
        for text in texts(PyEvtxParser(str(log)).records_json()):
            event = json.loads(text)
            data = event["Event"].get("EventData")
            if isinstance(data, dict):
                data |= {name: value for name, value in JAPANESE.items() if name in data}
                event["Event"]["System"]["Computer"] = "端末01.内部.example"
                lines.append(json.dumps(event, ensure_ascii=len(lines) % 2 == 0))
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture(scope="module")
def hunted(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> HuntOutcome:
    case = tmp_path_factory.mktemp("hunted") / "case"
    return hunt(case, *evidence.paths, rules=evidence.rules, workers=2)


@pytest.fixture(scope="module")
def kept(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingest(tmp_path_factory.mktemp("kept") / "case", *evidence.paths, workers=2).case


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_is_found(evidence: Evidence, hunted: HuntOutcome, kept: Path, tmp_path: Path, workers: int) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    later = detect(case, rules=evidence.rules, workers=workers)
    assert_same(later, hunted)
    lines = (case / "findings.jsonl").read_bytes().splitlines()
    assert len(lines) > 1_000
    assert sum(json.loads(line)["correlated"] for line in lines) > 50
    lake = Lake.open(case)
    print(f"{lake.events():,} events, {len(lines):,} findings in {later.summary.seconds['total']} s, "  # noqa: T201 - a figure
          f"at once in {hunted.summary.seconds['total']} s")  # fmt: skip


def test_the_same_is_searched_and_counted(evidence: Evidence, kept: Path) -> None:
    query = Query(r"日本語|-enc|\\\\[a-z]+\\(c|admin)\$", regex=True, format="jsonl")
    told = []
    for paths in (evidence.paths, (kept,)):
        options = ScanOptions(tuple(map(str, paths)), workers=2)
        with (
            search_events(query, options) as search,
            count_events(options) as events,
            count_logons(options) as logons,
        ):
            told.append((list(search.hits()), search.scan.events, search.scan.hits, events.rows, logons.rows))
    assert told[0] == told[1]
    assert all(told[0])
