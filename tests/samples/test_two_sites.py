"""The sample case is what its generator writes, and is sound: ids, times, sizes, and a truth that points at records."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.packages.evtx_writer.readers import by_libevtx, checksums_by_python_evtx
from tests.sample_case import LINES, LOGS, SAMPLE, events_of

SAMPLES = SAMPLE.parent
MEBIBYTE = 1024 * 1024


def systems(path: Path) -> list[dict[str, Any]]:
    """The System elements of a file."""
    return [event["Event"]["System"] for event in events_of(path)]


def event_id(system: dict[str, Any]) -> int:
    """The event id, whether it has qualifiers or not."""
    found = system["EventID"]
    return int(found["#text"] if isinstance(found, dict) else found)


def named(path: Path) -> str:
    """A short name for test ids."""
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(scope="module")
def truth() -> list[dict[str, Any]]:
    """The records that the intruder caused."""
    rows: list[dict[str, Any]] = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))["records"]
    return rows


def test_the_generator_writes_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SAMPLES / "make_two_sites.py"), str(tmp_path)], check=True)
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    stored = {path.relative_to(SAMPLE): path.read_bytes() for path in [*LOGS, *LINES, SAMPLE / "truth.json"]}
    assert written.keys() == stored.keys()
    for path, content in written.items():
        assert content == stored[path], path


@pytest.mark.parametrize("path", LOGS, ids=named)
def test_records_are_in_order(path: Path) -> None:
    records = systems(path)
    ids = [record["EventRecordID"] for record in records]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    times = [record["TimeCreated"]["#attributes"]["SystemTime"] for record in records]
    assert times == sorted(times)
    assert all("2026-03-10T15:00:00" <= time < "2026-03-12T21:00:00" for time in times)
    assert all(len(time) == len("2026-03-11T00:14:05.1234567Z") for time in times)


@pytest.mark.parametrize("path", LOGS, ids=named)
def test_a_file_holds_one_channel_of_one_host(path: Path) -> None:
    records = systems(path)
    assert {record["Channel"].replace("/", "%4") for record in records} == {path.stem}
    assert {record["Computer"].split(".")[0].lower() for record in records} == {path.parent.name}
    assert path.stat().st_size < MEBIBYTE


def test_all_files_together_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 5 * MEBIBYTE


@pytest.mark.parametrize("path", LOGS, ids=named)
def test_other_parsers_read_the_same_records(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    assert all(checksums_by_python_evtx(data, tmp_path))
    others = by_libevtx(data)
    records = systems(path)
    assert [other.system["EventRecordID"] for other in others] == [str(record["EventRecordID"]) for record in records]
    times = [record["TimeCreated"]["#attributes"]["SystemTime"] for record in records]
    assert [other.system["TimeCreated@SystemTime"] for other in others] == [f"{time[:-1]}00Z" for time in times]


def test_the_truth_points_at_records(truth: list[dict[str, Any]]) -> None:
    known = {
        (record["Computer"], record["Channel"], record["EventRecordID"]) for path in LOGS for record in systems(path)
    }
    rows = [row for row in truth if "record_id" in row]
    pointed = [(row["host"], row["channel"], row["record_id"]) for row in rows]
    assert len(set(pointed)) == len(pointed)
    assert set(pointed) <= known
    hosts = {(path.parts[-3], path.parts[-2]) for path in (*LOGS, *LINES)}
    assert {(row["site"], row["host"].split(".")[0].lower()) for row in truth} == hosts


def test_the_truth_points_at_lines(truth: list[dict[str, Any]]) -> None:
    texts = {(path.parts[-3], path.name): path.read_text(encoding="utf-8").splitlines() for path in LINES}
    rows = [row for row in truth if "line" in row]
    pointed = [(row["site"], row["file"], row["line"]) for row in rows]
    assert len(set(pointed)) == len(pointed)
    intruder = re.compile(
        r"kudo-adm|maint02|sslvpnd|10\.20\.250\.17 |dstip=10\.21\.0\.20 "
        r"|198\.51\.100\.(?:66|211) |203\.0\.113\.(?:58|141) "
    )
    assert all(intruder.search(texts[site, file][line - 1]) for site, file, line in pointed)


def test_lines_are_in_order_and_of_the_period() -> None:
    times: dict[str, list[str]] = {}
    for path in LINES:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        times.setdefault(path.parent.name, []).extend(line[:19].replace("T", " ") for line in lines)
    assert times.keys() == {"fgt01", "web02"}
    assert all(stated == sorted(stated) for stated in times.values())
    for name, begin, end in (
        ("fgt01", "2026-03-11 00:00", "2026-03-13 06:00"),
        ("web02", "2026-03-10 15:00", "2026-03-12 21:00"),
    ):
        assert begin <= times[name][0] < times[name][-1] < end


def test_the_readme_tells_every_step_and_technique(truth: list[dict[str, Any]]) -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert {row["step"] for row in truth if f"`{row['step']}`" not in readme} == set()
    assert {row["technique"] for row in truth if row["technique"] not in readme} == set()


def test_the_cleared_log_begins_with_its_clearing() -> None:
    records = systems(SAMPLE / "honsha" / "jump01" / "Security.evtx")
    assert event_id(records[0]) == 1102
    assert records[0]["EventRecordID"] > 1


def test_defender_is_silent_after_it_was_switched_off() -> None:
    records = systems(SAMPLE / "honsha" / "jump01" / "Microsoft-Windows-Windows Defender%4Operational.evtx")
    assert event_id(records[-1]) == 5001


def test_the_branch_records_as_windows_does_by_default(truth: list[dict[str, Any]]) -> None:
    folder = SAMPLE / "kawaguchi" / "fs02"
    security = systems(folder / "Security.evtx")
    assert {event_id(record) for record in security} == {4624, 4634, 4672}
    last = max(systems(folder / "System.evtx")[-1]["TimeCreated"]["#attributes"]["SystemTime"], "2026-03-12T20")
    assert "2026-03-12T15" < security[0]["TimeCreated"]["#attributes"]["SystemTime"] < last
    scripts = systems(folder / "Microsoft-Windows-PowerShell%4Operational.evtx")
    assert {record["Level"] for record in scripts} == {3}
    kept = {row["channel"] for row in truth if row["host"].startswith("FS02")}
    assert "Security" not in kept
    assert {"System", "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"} < kept
