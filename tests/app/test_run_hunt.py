"""Hunts inside this process: full disks, lost workers, other start methods, EVTX against its JSON, memory."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import evtx
import pytest

from tests.rules_cache import rules_cache
from tests.sample_case import SAMPLE, SECURITY, SYSTEM
from yadorigi.app import hunt_ledger, hunt_worker, keep_coverage, report_case, run_hunt, write_findings
from yadorigi.app.case_lock import LOCK
from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
from yadorigi.detect import match
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.ingest import activity
from yadorigi.lake.commits import LAKE
from yadorigi.runner import pool
from yadorigi.settings import Settings
from yadorigi.vault.reader import VAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yadorigi.ingest.tasks import ReadTask

FILES = (
    "coverage.json", "findings.jsonl", "navigator-detected.json", "navigator-visible.json", "report.html",
    "report.ja.html", "summary.json", "timeline.csv", "verdicts.jsonl", "warnings.jsonl",
)  # fmt: skip
"""All that a hunt leaves."""

PACK = Path(__file__).parents[2] / "src" / "yadorigi" / "content" / "packs" / "living_off_the_land"
SHADOW_COPY = PACK / "rules" / "shadow_copy_created.yml"
forks = pytest.mark.skipif(sys.platform != "linux", reason="patches this process and forks it")


def hunt(case: Path, *paths: Path, **options: Any) -> HuntOutcome:
    settings = Settings(cache_folder=rules_cache())
    given = HuntOptions(tuple(map(str, paths)), case=case, workers=2, settings=settings, **options)
    return run_hunt.run_hunt(given)


def content(case: Path) -> dict[str, bytes]:
    """Return the files of a case that have a name of their own; lake and vault are another matter."""
    return {path.name: path.read_bytes() for path in case.iterdir() if path.name not in {LAKE, VAULT}}


def findings(case: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (case / "findings.jsonl").read_bytes().splitlines()]


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "spool")


def invented(path: Path, kinds: int) -> Path:
    """Write process starts of many providers that there are not, one of which is told of with its command line."""
    lines = []
    for number in range(kinds):
        system = {
            "Provider": {"#attributes": {"Name": f"Provider {number % kinds}"}},
            "EventID": 1, "EventRecordID": number, "Channel": "C", "Computer": f"host-{number}",
            "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-11T{number % 24:02}:00:00.000000Z"}},
        }  # fmt: skip
        data = {"Only": "a"} if number == 0 else {"CommandLine": "b"}
        lines.append(json.dumps({"Event": {"System": system, "EventData": data}}))
    path.write_text("\n".join(lines), "utf-8")
    return path


def limit_counts(monkeypatch: pytest.MonkeyPatch, kinds: int, keys: int) -> None:
    for module in (match, hunt_worker):
        monkeypatch.setattr(module, "KINDS_LIMIT", kinds)
    for place in (activity, hunt_ledger, write_findings):
        monkeypatch.setattr(place, "COUNTED_KEYS_LIMIT", keys)


def with_gaps(path: Path, host: str, runs: int) -> Path:
    """Write pairs of records; between any two pairs, a number is missing."""
    lines = []
    for number in (number for run in range(runs) for number in (3 * run + 1, 3 * run + 2)):
        system = {
            "Provider": {"#attributes": {"Name": "P"}},
            "EventID": 1, "EventRecordID": number, "Channel": "Security", "Computer": host,
            "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-11T10:{number:02}:00.000000Z"}},
        }  # fmt: skip
        lines.append(json.dumps({"Event": {"System": system, "EventData": {"A": "b"}}}))
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_log_with_more_runs_than_are_kept_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep_coverage, "LOG_RUNS_LIMIT", 4)
    logs = [with_gaps(tmp_path / f"{runs}.jsonl", f"host-{runs}", runs) for runs in (4, 6)]
    outcome = hunt(tmp_path / "case", *logs, rules=(str(SHADOW_COPY),))
    (notice,) = [warning for warning in outcome.warnings if warning.kind == "notice"]
    assert (notice.file, notice.records) == ("", None)
    assert "'Security' of 'host-6' lie in 6 runs" in notice.reason
    assert "what lies between these counts as a hole" in notice.reason
    assert not outcome.damaged
    (kept,) = json.loads((outcome.case / "coverage.json").read_bytes())["hunts"]
    assert {log["host"]: (log["merged"], len(log["runs"])) for log in kept["logs"]} == {
        "host-4": (0, 4),
        "host-6": (2, 4),
    }
    assert json.loads((outcome.case / "warnings.jsonl").read_bytes().splitlines()[0])["reason"] == notice.reason


def test_the_time_for_pages_is_a_stage_where_pages_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    took = 0.3

    def slow(*given: Any) -> None:
        time.sleep(took)
        report_case.write_all(*given)

    monkeypatch.setattr(run_hunt, "write_all", slow)
    outcome = hunt(tmp_path / "case", SECURITY, rules=(str(SHADOW_COPY),))
    seconds = json.loads((outcome.case / "summary.json").read_bytes())["seconds"]
    assert seconds == outcome.summary.seconds
    assert seconds["report"] >= took
    assert seconds["total"] >= sum(seconds.values()) - seconds["total"] - 0.01
    assert (outcome.case / "report.html").exists()
    bare = hunt(tmp_path / "case", SECURITY, rules=(str(SHADOW_COPY),), report=False).summary.seconds
    assert seconds.keys() - bare.keys() == {"report"}
    assert not (outcome.case / "report.html").exists()


def test_without_events_there_are_no_pages_and_no_time_for_them(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").touch()
    outcome = hunt(tmp_path / "case", tmp_path / "empty.jsonl", rules=(str(SHADOW_COPY),))
    assert "report" not in outcome.summary.seconds
    assert not (outcome.case / "report.html").exists()


@forks
def test_columns_of_kinds_that_a_worker_had_to_forget_have_occurred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_counts(monkeypatch, 3, 1_000)
    rule = tmp_path / "rule.yml"
    rule.write_text("title: R\nlogsource: {product: windows}\ndetection: {a: {Only: z}, condition: a}\n", "utf-8")
    found = hunt(tmp_path / "case", invented(tmp_path / "many.jsonl", 20), rules=(str(rule),))
    assert found.summary.rules.fields_absent == ()
    assert len(found.summary.kinds) == 20
    assert found.warnings == ()


@forks
def test_counts_that_hit_their_limit_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_counts(monkeypatch, 3, 8)
    rule = tmp_path / "rule.yml"
    rule.write_text(
        "title: R\nlogsource: {product: windows}\ndetection: {a: {CommandLine: b}, condition: a}\n", "utf-8"
    )
    logs = [invented(tmp_path / name, kinds) for name, kinds in (("a.jsonl", 20), ("b.jsonl", 15), ("c.jsonl", 30))]
    one = hunt(tmp_path / "one", *logs, rules=(str(rule),))
    monkeypatch.setattr(run_hunt, "usable_processors", lambda: 1)
    other = hunt(tmp_path / "other", *reversed(logs), rules=(str(rule),))
    for outcome in (one, other):
        assert {warning.reason.partition(":")[0] for warning in outcome.warnings} == {
            "more than 8 hosts with findings",
            "more than 8 hours",
            "more than 8 kinds of events; which rules could match is not known",
            "more than 8 pairs of host and channel",
        }
        assert not outcome.damaged
        assert not outcome.summary.rules.reach_known
        assert sum(kind.events for kind in outcome.summary.kinds) == outcome.summary.events == 65
    assert (one.summary.kinds, one.summary.logs, one.summary.hours) == (
        other.summary.kinds, other.summary.logs, other.summary.hours,
    )  # fmt: skip


@forks
def test_a_full_disk_while_matching_leaves_the_case_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = tmp_path / "case"
    hunt(case, SECURITY)
    before = content(case)
    monkeypatch.setattr(hunt_worker, "write_run", full_disk)
    for force in (False, True):
        with pytest.raises(UnfinishedError, match="No space left on device"):
            hunt(case, SAMPLE, force=force)
        assert content(case) == before


def test_a_full_disk_while_writing_leaves_the_case_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = tmp_path / "case"
    one_rule = (str(SHADOW_COPY),)
    hunt(case, SECURITY, rules=one_rule)
    before = content(case)
    assert sorted(before) == sorted(FILES)
    for failing in range(len(FILES)):
        calls = iter(range(len(FILES)))

        def fsync(_: int, calls: Iterator[int] = calls, failing: int = failing) -> None:
            if next(calls) == failing:
                full_disk()

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(UnfinishedError, match="No space left on device"):
            hunt(case, SYSTEM, rules=one_rule, force=failing % 2 == 0, store=False)
        assert content(case) == before


@forks
@pytest.mark.parametrize("failing", [1, 3, 4, len(FILES)])
def test_a_hunt_that_is_killed_while_it_writes_leaves_the_case_as_it_was(tmp_path: Path, failing: int) -> None:
    case = tmp_path / "case"
    one_rule = (str(SHADOW_COPY),)
    hunt(case, SECURITY, rules=one_rule)
    before = content(case)
    child = os.fork()
    if not child:
        calls = iter(range(1, len(FILES) + 1))

        def fsync(_: object) -> None:
            if next(calls) == failing:
                os.kill(os.getpid(), signal.SIGKILL)

        os.fsync = fsync  # type: ignore[assignment]  # in a process of its own
        try:
            hunt(case, SYSTEM, rules=one_rule, store=False)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    left = {path.name: path.read_bytes() for path in case.iterdir() if path.is_file() and path.name != LOCK}
    assert left == before
    outcome = hunt(case, SYSTEM, rules=one_rule)
    assert len(outcome.summary.inputs) == 2
    assert sorted(content(case)) == sorted(FILES)


@forks
def test_a_part_that_kills_its_reader_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = hunt(tmp_path / "whole", SAMPLE)
    read = hunt_worker.HuntWorker._read

    def deadly(worker: hunt_worker.HuntWorker, task: ReadTask) -> hunt_worker.ReadResult:
        if any("Sysmon" in piece.name for piece in task.pieces):
            os.kill(os.getpid(), signal.SIGKILL)
        return read(worker, task)

    monkeypatch.setattr(hunt_worker.HuntWorker, "_read", deadly)
    outcome = hunt(tmp_path / "case", SAMPLE)
    assert outcome.damaged
    assert [warning.kind for warning in outcome.warnings] == ["file"]
    assert "ended by SIGKILL" in outcome.warnings[0].reason
    lost = {file.path: file.events for file in whole.summary.inputs if "Sysmon" in file.path}
    assert outcome.summary.events == whole.summary.events - sum(lost.values())
    kept = [finding for finding in findings(whole.case) if finding["evidence"][0]["file"] not in lost]
    assert findings(outcome.case) == kept


def test_spawned_workers_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = hunt(tmp_path / "one", SAMPLE)
    monkeypatch.setattr(pool, "_context", lambda: multiprocessing.get_context("spawn"))
    second = hunt(tmp_path / "two", SAMPLE)
    for name in ("findings.jsonl", "timeline.csv", "warnings.jsonl"):
        assert (first.case / name).read_bytes() == (second.case / name).read_bytes()
    assert first.summary.rules == second.summary.rules


def test_what_could_not_be_read_is_forgotten_once_it_is(tmp_path: Path) -> None:
    late = tmp_path / "late.evtx"
    assert hunt(tmp_path / "case", SECURITY, late).damaged
    late.write_bytes(SECURITY.read_bytes())
    outcome = hunt(tmp_path / "case", late)
    assert (outcome.warnings, outcome.damaged) == ((), False)


def test_a_damaged_case_is_refused_and_can_be_started_anew(tmp_path: Path) -> None:
    case = tmp_path / "case"
    hunt(case, SECURITY)
    for name in ("summary.json", "findings.jsonl", "warnings.jsonl", "coverage.json"):
        good = (case / name).read_bytes()
        (case / name).write_bytes(b'{"half": ')
        with pytest.raises(CaseError, match=rf"{name} .*--force"):
            hunt(case, SECURITY)
        (case / name).write_bytes(good)
    coverage = (case / "coverage.json").read_bytes()
    (case / "coverage.json").unlink()
    with pytest.raises(CaseError, match="nothing is known of the case's logs"):
        hunt(case, SECURITY)
    (case / "coverage.json").write_bytes(coverage)
    (case / "summary.json").write_bytes(b"{")
    assert hunt(case, SECURITY, force=True).summary.events > 0


def test_what_a_dead_hunt_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / "case" / ".work" / "of-old"
    left.mkdir(parents=True)
    (left / "old.run").write_bytes(b"rubbish")
    assert hunt(tmp_path / "case", SECURITY).summary.events > 0
    assert sorted(content(tmp_path / "case")) == sorted(FILES)


@pytest.mark.corpora
def test_evtx_and_its_json_give_the_same_findings(tmp_path: Path, corpora: Path) -> None:
    folder = tmp_path / "json"
    folder.mkdir()
    files = sorted((corpora / "windows" / "attack-samples").rglob("*.evtx"))
    for number, path in enumerate(files):
        records: Any = evtx.PyEvtxParser(str(path), number_of_threads=1).records_json()
        text = "".join(row["data"] + "\n" for row in records)
        (folder / f"{number:04}.jsonl").write_text(text, encoding="utf-8", newline="\n")
    rules = (str(corpora / "sigma" / "rules" / "windows" / "process_creation"), "builtin")
    binary = hunt(tmp_path / "binary", *files, rules=rules, store=False)
    lines = hunt(tmp_path / "lines", folder, rules=rules, store=False)

    def seen(outcome: HuntOutcome, number_of: dict[str, int]) -> list[tuple[object, ...]]:
        return sorted(
            (
                number_of[finding["evidence"][0]["file"]],
                finding["evidence"][0]["record_id"],
                finding["time"][:26],
                finding["rule_id"],
                # The JSON has microseconds, the EVTX 100 ns.
                re.sub(
                    r"(\.\d{6})\d(?=Z)", r"\1", json.dumps([finding["matched"], finding["fields"], finding["user"]])
                ),
            )
            for finding in findings(outcome.case)
        )

    by_file = {str(path): number for number, path in enumerate(files)}
    by_line = {str(path): number for number, path in enumerate(sorted(folder.iterdir()))}
    assert lines.summary.events == binary.summary.events
    assert seen(lines, by_line) == seen(binary, by_file)
    assert len(findings(lines.case)) > 500


@pytest.mark.corpora
def test_memory_hardly_grows_with_the_input(tmp_path: Path, corpora: Path) -> None:
    source = max((corpora / "windows" / "benign-win10").rglob("*.evtx"), key=lambda path: path.stat().st_size)
    peaks = []
    for copies in (4, 12):
        folder = tmp_path / str(copies)
        folder.mkdir()
        for number in range(copies):
            shutil.copyfile(source, folder / f"{number}.evtx")
        peaks.append(hunt(tmp_path / f"case-{copies}", folder).summary.peak_rss_bytes)
    print(f"peak with 3 times the input: {peaks[1] / peaks[0]:.2f} of {peaks[0] / 2**20:.0f} MiB")  # noqa: T201 - a figure
    assert peaks[1] < 2 * peaks[0]
