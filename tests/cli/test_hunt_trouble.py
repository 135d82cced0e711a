"""What can go wrong with a hunt, and the exit code that says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import psutil
import pytest

from tests.cli.hunting import ROOT, command, environment, hunt
from tests.sample_case import SECURITY, json_lines

EVENT = {
    "EventID": 4688,
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
    "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T09:00:00.1234567Z"}},
    "EventRecordID": 7,
    "Channel": "Security",
    "Computer": "HOST",
}
RULE = """
title: {title}
id: {id}
level: {level}
logsource: {{category: process_creation, product: windows}}
detection:
    selection:
        {field}|contains: {value}
    condition: selection
"""
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")


def rule(folder: Path, name: str, field: str = "CommandLine", value: str = "ntdsutil", level: str = "high") -> Path:
    path = folder / f"{name}.yml"
    number = f"00000000-0000-4000-8000-{zlib.crc32(name.encode()):012}"
    path.write_text(RULE.format(title=name, id=number, field=field, value=value, level=level), encoding="utf-8")
    return path


def events(path: Path, *data: object, **system: object) -> Path:
    lines = [json.dumps({"Event": {"System": {**EVENT, **system}, "EventData": fields}}) for fields in data]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 0),
        (("--fail-on", "high"), 1),
        (("--fail-on", "critical"), 0),
        (("--fail-on", "HIGH", "missing.evtx"), 1),
        (("missing.evtx",), 3),
        (("--fail-on", "critical", "missing.evtx"), 3),
        (("--fail-on", "loud"), 2),
        (("--since", "soon"), 2),
        (("--since", "2026-03-12", "--until", "2026-03-11"), 2),
        (("--timezone", "Nowhere/Town"), 2),
        (("--timezone", "../../etc/passwd"), 2),
        (("--timezone", "+09:99"), 2),
        (("--workers", "-1"), 2),
        (("--lang", "de"), 2),
        (("--rules", "missing"), 2),
        (("--no-such-option",), 2),
    ],
)
def test_exit_codes(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    run = hunt(tmp_path / "case", SECURITY, *arguments)
    assert run.code == code, run.err
    assert "Traceback" not in run.err
    assert bool(run.err) is (code == 2)


def test_no_input_at_all(tmp_path: Path) -> None:
    run = hunt(tmp_path / "case", tmp_path / "gone\x1b[31m")
    assert run.code == 2
    assert "\\x1b[31m" in run.err
    assert not (tmp_path / "case").exists()


def test_rules_that_do_not_load(tmp_path: Path) -> None:
    good, bad = rule(tmp_path, "good"), tmp_path / "bad.yml"
    bad.write_text(
        "title: x\nlogsource: {product: windows}\ndetection: {selection: {a|nonsense: b}, condition: selection}\n",
        encoding="utf-8",
    )
    assert hunt(tmp_path / "one", SECURITY, "--rules", bad).code == 2
    both = ("--rules", good, "--rules", bad)
    lax, strict = hunt(tmp_path / "two", SECURITY, *both), hunt(tmp_path / "three", SECURITY, *both, "--strict")
    assert (lax.code, strict.code) == (0, 2)
    rules = lax.summary["rules"]
    assert (rules["given"], rules["loaded"], len(rules["unsupported"])) == (2, 1, 1)


def test_a_folder_of_other_things_is_no_case(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    for name in ("timeline.csv", "summary.json"):
        (case / name).write_text("mine", encoding="utf-8")
    assert hunt(case, SECURITY).code == 2
    assert hunt(case, SECURITY, "--force").code == 2
    assert sorted(path.name for path in case.iterdir()) == ["summary.json", "timeline.csv"]
    assert (case / "timeline.csv").read_text(encoding="utf-8") == "mine"
    assert hunt(case / "timeline.csv", SECURITY).code == 2


def test_damage_costs_its_line_and_is_told(tmp_path: Path) -> None:
    path = events(tmp_path / "x.jsonl", {"CommandLine": "ntdsutil 1"}, {"CommandLine": "ntdsutil 2"})
    path.write_text(path.read_text(encoding="utf-8").replace("\n", "\n{broken\n"), encoding="utf-8")
    (tmp_path / "empty.evtx").touch()
    run = hunt(tmp_path / "case", path, tmp_path / "empty.evtx", "--rules", rule(tmp_path, "r"))
    assert run.code == 3
    assert len(run.findings) == 2
    assert [(Path(warning["file"]).name, warning["kind"], warning["records"]) for warning in run.warnings] == [
        ("empty.evtx", "file", None),
        ("x.jsonl", "record", 1),
    ]
    assert set(run.warnings[0]) == {"file", "offset", "kind", "records", "reason"}


def test_hostile_values_stay_in_json_and_are_harmless_elsewhere(tmp_path: Path) -> None:
    values = ["=cmd|' /C calc'!A0 ntdsutil", "ntdsutil\x1b[2J\u202e\r\nforged", "ntdsutil " + "x" * 100_000]
    path = events(
        tmp_path / "x.jsonl", *({"CommandLine": value, "Big": 10**30} for value in values), Computer="=h\x1b[m"
    )
    run = hunt(tmp_path / "case", path, "--rules", rule(tmp_path, "=r"))
    assert run.code == 0
    assert sorted(finding["fields"]["CommandLine"] for finding in run.findings) == sorted(values)
    assert all(finding["fields"]["Big"] == 10**30 for finding in run.findings)
    table = run.bytes_of("timeline.csv").decode()
    assert "\x1b" not in table + run.out
    assert table.count("\n") == 4
    assert "'=h" in table


def test_times_without_a_zone_are_in_the_zone_given(tmp_path: Path) -> None:
    path = events(
        tmp_path / "x.jsonl",
        {"CommandLine": "ntdsutil"},
        TimeCreated={"#attributes": {"SystemTime": "2026-03-11T09:00:00"}},
    )
    run = hunt(tmp_path / "case", path, "--rules", rule(tmp_path, "r"), "--timezone", "Asia/Tokyo")
    assert [finding["time"] for finding in run.findings] == ["2026-03-11T00:00:00.0000000Z"]


def test_rules_that_could_not_match_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    rule(folder, "able")
    rule(folder, "absent", field="OriginalFileName")
    text = RULE.format(title="other", id="0" * 8 + "-0000-4000-8000-" + "1" * 12, field="Image", value="x", level="low")
    (folder / "other.yml").write_text(text.replace("process_creation", "dns_query"), encoding="utf-8")
    service = text.replace("category: process_creation, ", "service: security, ").replace("1" * 12, "2" * 12)
    (folder / "ids.yml").write_text(
        service.replace("Image|contains: x", "EventID: 4625").replace("other", "ids"), encoding="utf-8"
    )
    path = events(tmp_path / "x.jsonl", {"CommandLine": "whoami", "NewProcessName": "C:\\x.exe"})
    rules = hunt(tmp_path / "case", path, "--rules", folder).summary["rules"]
    assert [entry["title"] for entry in rules["no_events"]] == ["other"]
    assert [entry["title"] for entry in rules["event_ids_absent"]] == ["ids"]
    assert [(entry["title"], entry["fields"]) for entry in rules["fields_absent"]] == [("absent", ["OriginalFileName"])]


@posix_only
def test_ctrl_c_ends_quickly_and_leaves_no_process(tmp_path: Path) -> None:
    big = tmp_path / "big.jsonl"
    big.write_bytes(json_lines(SECURITY) * 30)
    process = subprocess.Popen(
        command("hunt", big, "--case", tmp_path / "case", "--workers", 2),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
        start_new_session=True,
    )
    parent = psutil.Process(process.pid)
    deadline = time.monotonic() + 30
    # Before it reads there is nothing to leave behind.
    while not any((tmp_path / "case").glob(".work/*/*.events")) and time.monotonic() < deadline:
        time.sleep(0.02)
    children = parent.children()
    assert process.poll() is None, "the hunt was over before it could be interrupted"
    os.killpg(process.pid, signal.SIGINT)
    start = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - start < 10
    assert b"Traceback" not in err
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    summary = json.loads((tmp_path / "case" / "summary.json").read_bytes())
    assert (summary["interrupted"], summary["rules"]["reach_known"]) == (True, False)
    again = hunt(tmp_path / "case", big, "--workers", 2)
    assert again.code == 0
    assert len(again.summary["inputs"]) == 1
    keys = [json.dumps(finding) for finding in again.findings]
    assert len(keys) == len(set(keys))
    assert all(proof["sha256"] for finding in again.findings for proof in finding["evidence"])


@posix_only
def test_a_reader_that_goes_away_changes_no_exit_code(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("hunt", SECURITY, "--case", tmp_path / "case"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=60)
    assert process.returncode == 0


@posix_only
@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_trouble(tmp_path: Path, closed: str) -> None:
    """As a service or a scheduler may start it."""
    run = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", *command("hunt", SECURITY, "--case", tmp_path / "case")],
        capture_output=True,
        cwd=ROOT,
        env=environment(),
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert json.loads((tmp_path / "case" / "summary.json").read_bytes())["events"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_told_as_what_it_is(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            command("hunt", SECURITY, "--case", tmp_path / "case"),
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=environment(),
            timeout=120,
            check=False,
        )
    told = b"yadorigi: could not finish: No space left on device (--debug shows where)\n"
    assert (run.returncode, run.stderr) == (5, told)


def test_ctrl_c_while_the_program_starts_ends_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    environs = environment()
    run = subprocess.run(
        command("hunt", SECURITY, "--case", tmp_path / "case"),
        capture_output=True,
        cwd=ROOT,
        env={**environs, "PYTHONPATH": os.pathsep.join((str(tmp_path), environs["PYTHONPATH"]))},
        timeout=120,
        check=False,
    )
    assert (run.returncode, run.stderr) == (130, b"")
