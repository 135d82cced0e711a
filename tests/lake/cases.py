"""Small cases with lakes: evidence, hunts, and what their lakes hold, event by event."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.damage.scene import RULE_FILE
from tests.rules_cache import rules_cache
from yadorigi.app import run_hunt
from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
from yadorigi.lake.commits import FILES, Lake
from yadorigi.lake.files import stored_files
from yadorigi.settings import Settings

Row = tuple[Any, ...]


def event(number: int, event_id: int = 4688, *, host: str = "FS01.example", **changes: str) -> str:
    """A line of JSON: a process start, or another event of the Security log."""
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "EventID": event_id,
        "TimeCreated": {
            "#attributes": {"SystemTime": changes.get("time", f"2026-03-11T09:{number % 60:02}:00.0000001Z")}
        },
        "EventRecordID": number,
        "Channel": changes.get("channel", "Security"),
        "Computer": host,
    }
    data = {"CommandLine": f"{changes.get('program', 'ntdsutil')} {number}", "TargetUserName": "Administrator"}
    return json.dumps({"Event": {"System": system, "EventData": data}}) + "\n"


def hunt(case: Path, *paths: Path, **options: Any) -> HuntOutcome:
    """Hunt into a case with a lake."""
    given: dict[str, Any] = {"rules": (str(RULE_FILE),), "workers": 1, "report": False, "store": True} | options
    settings = Settings(cache_folder=rules_cache())
    return run_hunt.run_hunt(HuntOptions(tuple(map(str, paths)), case=case, settings=settings, **given))


def without_vault(case: Path) -> Path:
    """Make a case one of before there were vaults, whose lake has only itself to be defended by."""
    shutil.rmtree(case / "vault")
    summary = json.loads((case / "summary.json").read_text("utf-8"))
    (case / "summary.json").write_text(json.dumps(summary | {"vault": None}), "utf-8")
    return case


@dataclass(frozen=True)
class Held:
    """What a lake holds.

    Attributes:
        rows: every event by its source record, sorted.
        files: path, SHA-256, events and copies of the files, sorted.
    """

    rows: list[Row]
    files: list[Row]


def held(case: Path) -> Held:
    """Open a lake, check that it agrees with itself, and return what it holds."""
    lake = Lake.open(case)
    assert not list(lake.damaged_parts())
    files = {file.number: file for file in stored_files(lake)}
    rows = []
    for part in lake.parts:
        if part.table == FILES:
            continue
        table = pq.ParquetFile(lake.folder / part.path).read(use_threads=False)
        assert table.num_rows == part.rows
        for row in table.to_pylist():
            file = files[row["yadorigi_file"]]
            assert part.first <= row["yadorigi_ticks"] <= part.last
            rows.append(
                (file.sha256, row["yadorigi_line"] or 0, row["yadorigi_record_id"], row["yadorigi_channel"],
                 row["yadorigi_ticks"], row["yadorigi_data"], part.table)
            )  # fmt: skip
        kinds = [(row["yadorigi_channel"], row["yadorigi_event_id"]) for row in table.to_pylist()]
        told = [(found.channel, found.event_id) for found in part.kinds for _ in range(found.rows)]
        assert kinds == told
    listed = sorted((file.path, file.sha256, file.events, file.copy_of is None) for file in files.values())
    return Held(sorted(rows), listed)


def rubbish(case: Path) -> list[str]:
    """Return the files in a lake that count for nothing."""
    lake = Lake.open(case)
    counting = {lake.folder / part.path for part in lake.parts}
    return sorted(
        str(path.relative_to(lake.folder))
        for path in lake.folder.rglob("*")
        if path.is_file() and path not in counting and not (path.parent.name == "commits" and path.suffix == ".json")
    )
