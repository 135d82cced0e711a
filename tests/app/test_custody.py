"""What a case's vault records of hunts and other acts: inputs, results, and what must not be built on."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from evtx_writer import EventRecord, evtx_bytes
from tests.archives.making import zipped
from tests.lake.cases import event, hunt
from tests.rules_cache import rules_cache
from yadorigi.app import custody, keep_originals
from yadorigi.app.case_folder import CaseFolder
from yadorigi.app.expire_events import expiring
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.keep_tasks import Kept, keep
from yadorigi.app.progress import Silent
from yadorigi.app.report_case import report_case
from yadorigi.app.run_detect import run_detect
from yadorigi.app.run_hunt import run_hunt
from yadorigi.app.vault_acts import Decided, record_decision
from yadorigi.app.verify_case import VerifyOptions, verify_case
from yadorigi.errors import UnfinishedError, UnprovenError, UsageError
from yadorigi.ingest.discover import InputFile
from yadorigi.ingest.unpack import Unpacked, unpack
from yadorigi.lake.commits import Lake
from yadorigi.lake.files import stored_files
from yadorigi.settings import Settings
from yadorigi.vault.reader import Vault
from yadorigi.vault.records import Custody, Expiry, LakeChange, Outcome, Receipt, Record

if TYPE_CHECKING:
    from yadorigi.app.keep_tasks import KeepTask
    from yadorigi.ingest.unpack import UnpackTask

forks = pytest.mark.skipif(sys.platform != "linux", reason="patches this process and forks it")
RULE = """\
title: Process start
id: 11111111-2222-4333-8444-555555555555
logsource: {category: process_creation, product: windows}
detection: {a: {CommandLine|contains: ''}, condition: a}
level: low
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with two logs, one in an archive, and a file that no source knows."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "b.jsonl").write_text(event(1, host="ws1.example"), "utf-8")
    (folder / "a.zip").write_bytes(zipped({"inner.jsonl": event(2, host="ws2.example").encode()}))
    (folder / "notes.bin").write_bytes(b"\0\1\2 no log")
    (tmp_path / "rule.yml").write_text(RULE, "utf-8")
    return tmp_path


def hunted(place: Path, **options: Any) -> Path:
    given = {"rules": (str(place / "rule.yml"),), "report": False, "indicators": ()} | options
    hunt(place / "case", place / "evidence", **given)
    return place / "case"


def records(case: Path) -> list[Record]:
    vault = Vault.open(case)
    assert vault is not None
    return list(vault.records())


def leaves(case: Path) -> dict[str, int]:
    lines = (case / "findings.jsonl").read_bytes().splitlines()
    return {Path(one["file"]).name: one["leaf"] for line in lines for one in json.loads(line)["evidence"]}


def require_sound(case: Path) -> None:
    found = verify_case(case, VerifyOptions(workers=1))
    assert (found.faults, found.sound) == ([], True)


def test_acts_are_recorded_and_receipts_stay_the_same(place: Path) -> None:
    case = hunted(place, arguments=("hunt", "evidence", "--api-key", "s3cret"))
    first = records(case)
    assert [type(one) for one in first[1:]] == [Custody, Receipt, Receipt, Receipt, LakeChange, Outcome]
    names = [Path(one.name).name for one in first if isinstance(one, Receipt)]
    assert names == ["a.zip", "b.jsonl", "notes.bin"]
    assert all(one.kept and one.object and one.modified for one in first if isinstance(one, Receipt))
    (act,) = (one for one in first if isinstance(one, Custody))
    assert (act.act, act.arguments) == ("hunt", ("hunt", "evidence", "--api-key", "***"))
    assert act.rules is not None
    assert act.rules.count == 1
    assert leaves(case) == {f"{place / 'evidence' / 'a.zip'}!inner.jsonl".rpartition("/")[2]: 2, "b.jsonl": 3}
    assert {file.leaf for file in stored_files(Lake.open(case))} == {2, 3}

    before = (case / "findings.jsonl").read_bytes()
    segments = sorted((case / "vault" / "objects").iterdir())
    other = place / "other"
    given = sorted((place / "evidence").iterdir(), reverse=True)
    hunt(other, *given, rules=(str(place / "rule.yml"),), workers=2, indicators=())
    assert (other / "findings.jsonl").read_bytes() == before

    hunted(place)
    assert (case / "findings.jsonl").read_bytes() == before
    assert sorted((case / "vault" / "objects").iterdir()) == segments
    settings = Settings(cache_folder=rules_cache())
    run_detect(
        HuntOptions((), rules=(str(place / "rule.yml"),), case=case, settings=settings, workers=1, indicators=())
    )
    assert (case / "findings.jsonl").read_bytes() == before

    (place / "evidence" / "c.jsonl").write_text(event(3, host="ws3.example"), "utf-8")
    size = len(records(case))
    hunted(place, store=False)
    kept = {Path(one.name).name: one.kept for one in records(case)[size:] if isinstance(one, Receipt)}
    assert kept == {"a.zip": True, "b.jsonl": True, "c.jsonl": False, "notes.bin": True}
    assert leaves(case)["c.jsonl"] == size + 3

    report_case(case)
    with expiring(case, "2026-03-12T00:00:00.0000000Z", Silent()) as work:
        work.drop(Silent())
    acts = [one.act for one in records(case) if isinstance(one, Custody)]
    assert acts == ["hunt", "hunt", "detect", "hunt", "report", "expire"]
    assert [one.events for one in records(case) if isinstance(one, Expiry)] == [2]
    require_sound(case)


def _failing(*_: object) -> None:
    raise OSError(errno.EIO, "failing")


def test_results_that_wait_are_put_in_their_places(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(CaseFolder, "publish", _failing)
        with pytest.raises(UnfinishedError, match="failing"):
            hunted(place)
    case = place / "case"
    assert not (case / "findings.jsonl").exists()
    require_sound(case)
    with CaseFolder.opened(case, force=False):
        assert len(leaves(case)) == 2
    assert not (case / ".work").exists()
    require_sound(case)


def test_results_last_before_they_are_recorded(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync

    def noting(number: int) -> None:
        synced.append(os.fstat(number).st_ino)
        real(number)

    monkeypatch.setattr(os, "fsync", noting)
    case = hunted(place)
    recorded = len(synced) - 1 - synced[::-1].index((case / "vault" / "checkpoint").stat().st_ino)
    results = {path.name: path.stat().st_ino for path in case.iterdir() if path.is_file() and path.name != ".lock"}
    assert {"findings.jsonl", "summary.json", "timeline.csv", "verdicts.jsonl"} <= set(results)
    assert [name for name, number in results.items() if number not in synced[:recorded]] == []


def test_a_folder_of_very_many_tables_is_recorded_as_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = hunted(place)
    monkeypatch.setattr(custody, "_FILES_NAMED", 1)

    def tables(*names: str, publish: bool) -> None:
        with CaseFolder.opened(case, force=False) as folder:
            act = custody.Act.begun(case, "hunt", HuntOptions(()))
            for name in names:
                with folder.writing(f"hunts/{name}.jsonl") as stream:
                    stream.write(name.encode())
            act.conclude(folder, 1)
            if publish:
                folder.publish()

    tables("a", "b", publish=True)
    tables("b", "c", publish=False)
    assert not (case / "hunts" / "c.jsonl").exists()
    require_sound(case)
    tables("d", publish=True)
    assert sorted(path.name[0] for path in (case / "hunts").iterdir()) == ["a", "b", "c", "d"]
    require_sound(case)
    (case / "hunts" / "a.jsonl").write_bytes(b"changed")
    with pytest.raises(UnprovenError, match="hunts is not what the case has sealed"):
        tables("e", publish=True)
    assert not verify_case(case, VerifyOptions(workers=1)).sound


def test_nothing_is_built_on_what_was_changed(place: Path) -> None:
    case = hunted(place)
    (commit,) = (case / "lake" / "commits").iterdir()
    (part,) = (case / "lake" / "process_activity").iterdir()
    for path in (case / "findings.jsonl", case / "coverage.json", commit):
        data = path.read_bytes()
        path.write_bytes(data + b"\n")
        with pytest.raises(UnprovenError, match=f"{path.name} is not what the case has sealed"):
            hunted(place)
        path.write_bytes(data)
    data = part.read_bytes()
    part.write_bytes(data.replace(b"parquet-cpp", b"parquet-cpq"))
    with (
        expiring(case, "2026-03-11T09:01:30.0000000Z", Silent()) as work,
        pytest.raises(UnprovenError, match="its SHA-256 is another"),
    ):
        work.drop(Silent())
    part.write_bytes(data)
    # What no act writes anew is as it was sealed, whatever it is now.
    (case / "timeline.csv").write_bytes(b"changed")
    record_decision(case, Decided("host", "false alarm", "backup"), Settings())
    assert [fault.place for fault in verify_case(case, VerifyOptions(workers=1)).faults] == ["timeline.csv"]
    (case / "verdicts.jsonl").write_bytes(b"changed")
    hunted(place, force=True, report=True)
    require_sound(case)


@pytest.mark.parametrize(("mebibytes", "tasks"), [(1, 16), (4, 64), (30, 128), (2_048, 1_024)])
def test_tasks_grow_with_what_is_to_be_kept(mebibytes: int, tasks: int) -> None:
    files = [InputFile(number, Path(f"{number}"), f"{number}", mebibytes << 20, None) for number in range(1_024)]
    found = list(keep_originals._tasks(files, lambda: None))
    assert [number for task in found for number, _ in task.files] == list(range(1_024))
    assert len(found) == tasks


@forks
def test_a_worker_that_ends_costs_one_original(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deadly(task: KeepTask, *given: Any) -> Kept:
        if any(path.name == "notes.bin" for _, path in task.files):
            os.kill(os.getpid(), signal.SIGKILL)
        return keep(task, *given)

    monkeypatch.setattr("yadorigi.app.hunt_worker.keep", deadly)
    case = hunted(place)
    problems = {Path(one.name).name: one.problem for one in records(case) if isinstance(one, Receipt)}
    assert problems == {
        "a.zip": "",
        "b.jsonl": "",
        "notes.bin": "cannot be kept: the worker process was ended by SIGKILL",
    }
    (warning,) = (json.loads(line) for line in (case / "warnings.jsonl").read_bytes().splitlines())
    assert (warning["kind"], Path(warning["file"]).name) == ("file", "notes.bin")
    assert "its original is not in the vault" in warning["reason"]
    require_sound(case)


@forks
def test_originals_that_do_not_fit_end_the_hunt(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(task: KeepTask, *_: object) -> None:
        assert task.part is not None
        task.part.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device", str(task.part))

    with monkeypatch.context() as patched:
        patched.setattr("yadorigi.app.hunt_worker.keep", full)
        with pytest.raises(UnfinishedError, match=r"No space left on device.*nothing was read.*--no-store"):
            hunted(place)
    case = place / "case"
    assert [path.name for path in case.iterdir()] == ["vault"]
    assert not list((case / "vault").rglob("*.part"))
    with monkeypatch.context() as patched:
        patched.setattr(keep_originals, "VAULT_DISK_PERCENT_LEAST", 10**15)
        with pytest.raises(UnfinishedError, match=r"MiB are free .* MiB at least; nothing was read"):
            hunted(place)
    with monkeypatch.context() as patched:
        patched.setattr("yadorigi.app.run_hunt.write_findings", _failing)
        with pytest.raises(UnfinishedError, match="failing"):
            hunted(place)
    assert [one.ended for one in records(case) if isinstance(one, Outcome)] == ["failed"]
    require_sound(case)
    hunted(place)
    require_sound(case)


def test_keeping_that_is_interrupted_loses_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = keep_originals._take

    def interrupted(*given: Any) -> None:
        take(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keep_originals, "_take", interrupted)
        patched.setattr(keep_originals, "_TASK_FILES", 2)
        case = hunted(place)
    assert len([one for one in records(case) if isinstance(one, Receipt)]) == 2
    assert "2 of 3 inputs have receipts" in (case / "warnings.jsonl").read_text("utf-8")
    assert not list((case / "vault").rglob("*.part"))
    require_sound(case)
    hunted(place)
    assert len(leaves(case)) == 2
    require_sound(case)


@forks
@pytest.mark.parametrize("store", [True, False])
def test_a_file_that_changes_after_it_was_kept_is_told(
    place: Path, monkeypatch: pytest.MonkeyPatch, store: bool
) -> None:
    folder = place / "evidence"
    (folder / "c.evtx").write_bytes(
        evtx_bytes([EventRecord(provider="P", event_id=1, channel="C", computer="ws3.example", time=0)])
    )
    (folder / "d.log").write_text(
        "Mar 11 14:19:03 ws1 sshd[9]: Failed password for root from 192.0.2.1 port 2\n", "utf-8"
    )
    (folder / "e.jsonl").write_text(event(5, host="ws5.example"), "utf-8")
    (folder / "f.zip").write_bytes(zipped({"inner.jsonl": event(6, host="ws6.example").encode()}))
    if not store:
        hunted(place, arguments=("hunt",))

    def changed(path: Path) -> None:
        before, data = path.stat(), bytearray(path.read_bytes())
        data[-2] ^= 1
        path.write_bytes(data)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def kept(task: KeepTask, *given: Any) -> Kept:
        found = keep(task, *given)
        for name in ("b.jsonl", "c.evtx", "d.log"):
            changed(folder / name)
        return found

    def unpacked(task: UnpackTask, *given: Any) -> Unpacked:
        found = unpack(task, *given)
        if task.name.endswith("a.zip"):
            changed(task.spool / "00000001")
        return found

    monkeypatch.setattr("yadorigi.app.hunt_worker.keep", kept)
    monkeypatch.setattr("yadorigi.app.hunt_worker.unpack", unpacked)
    case = hunted(place, store=store)
    warnings = [json.loads(line) for line in (case / "warnings.jsonl").read_bytes().splitlines()]
    told = [one["file"] for one in warnings if "what was read of it is not what the vault holds" in one["reason"]]
    assert [Path(name).name for name in told] == ["a.zip!inner.jsonl", "b.jsonl", "c.evtx", "d.log"]
    require_sound(case)


def test_what_is_typed_is_recorded_without_secrets_and_bounded() -> None:
    shown = list(
        custody._without_secrets(
            [
                "--rules",
                "https://bob:pw@intel.example/a?token=abc&x=1",
                "--zip-password=pw",
                "--password",
                "pw",
                "-",
                "k",
            ]
        )
    )
    assert shown == [
        "--rules", "https://***@intel.example/a?token=***&x=1", "--zip-password=***", "--password", "***", "-", "k",
    ]  # fmt: skip
    bounded = custody._bounded(["証" * 900] * 50)
    assert bounded[-1] == "… and 47 more"
    assert custody._bounded(["x" * 2_000]) == (f"{'x' * 1_000}… (2,000 characters)",)


def test_a_key_that_cannot_be_kept_is_told_before_anything_is_read(place: Path) -> None:
    (place / "home").write_text("a file", "utf-8")
    with pytest.raises(UsageError, match=r"signing key cannot be kept.*\[vault\]"):
        run_hunt(
            HuntOptions(
                (str(place / "evidence"),),
                rules=(str(place / "rule.yml"),),
                case=place / "case",
                settings=Settings(cache_folder=rules_cache(), vault_folder=place / "home"),
            )
        )
