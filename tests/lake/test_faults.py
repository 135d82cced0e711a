"""A disk that fails and a process that is killed at every single thing that is done to a lake's files.

Whatever happens: the lake opens, holds all that was committed, nothing twice, and hunting again completes it.
"""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lake.cases import Held, event, held, hunt, rubbish
from tests.lake.faults import BROKEN, FULL, Disk, Inline, failing, killed
from tests.sources.written import log_of
from yadorigi.app import hunt_worker, run_hunt, store_events
from yadorigi.app.expire_events import expiring
from yadorigi.app.judge_case import Judged
from yadorigi.app.progress import Silent
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.ingest import tasks
from yadorigi.ingest.tasks import ReadTask
from yadorigi.lake.commits import FILES, Lake, LakeWriter
from yadorigi.lake.files import stored_files
from yadorigi.lake.frames import PartTask
from yadorigi.runner.pool import Pool
from yadorigi.sources.windows import evtx
from yadorigi.sources.windows.evtx_chunk import CHUNK_SIZE, HEADER_SIZE
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.reader import Vault

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="puts itself in the way of a process and forks it"),
    # A worker keeps its spool open until it ends, and here the worker is this process.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*use of fork.*:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with evidence and a case that holds the first file of it."""
    folder = tmp_path_factory.mktemp("base")
    (folder / "a.jsonl").write_text("".join(event(number) for number in range(1, 5)))
    (folder / "b.jsonl").write_text("".join(event(number, 4624 if number % 2 else 4688) for number in range(11, 17)))
    (folder / "c.evtx").write_bytes(log_of(range(101, 106)))
    hunt(folder / "case", folder / "a.jsonl")
    return folder


@pytest.fixture
def case(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the case, of which hunts run in this process and make several parts a table."""
    monkeypatch.setattr(run_hunt, "Pool", Inline)
    monkeypatch.setattr(store_events, "LAKE_PART_CHARACTERS", 2_500)
    monkeypatch.setattr(run_hunt, "judge_case", lambda *_: Judged(None, 0))
    return copied(base, tmp_path)


def copied(base: Path, folder: Path) -> Path:
    """Lay out the case anew."""
    return laid_out(base / "case", folder / "case")


def laid_out(kept: Path, case: Path) -> Path:
    """Put a copy in a case's place, as if none had ever lain there: to go back in one place is what vaults refuse."""
    shutil.rmtree(case, ignore_errors=True)
    shutil.copytree(kept, case)
    vault = Vault.open(case)
    assert vault is not None
    VaultHome.found().for_case(case).checkpoint_path(vault.origin).unlink(missing_ok=True)
    return case


def evidence(base: Path) -> list[Path]:
    """All files, of which the case has the first."""
    return [base / name for name in ("a.jsonl", "b.jsonl", "c.evtx")]


def check(case: Path, before: Held, whole: Held, base: Path, *, done: bool) -> None:
    """Hold a case to what was promised, and complete it."""
    found = held(case)
    assert found == whole or (not done and found == before)
    hunt(case, *evidence(base))
    assert held(case) == whole
    assert not rubbish(case)


def points(case: Path, base: Path) -> tuple[list[tuple[str, str]], Held, Held]:
    """Hunt undisturbed; return all that was done to the lake's files, and what it held before and holds now."""
    before = held(case)
    disk = Disk(case)
    with pytest.MonkeyPatch.context() as patch:
        disk.install(patch)
        hunt(case, *evidence(base))
    return disk.seen, before, held(case)


def test_every_kind_of_operation_is_watched(case: Path, base: Path) -> None:
    seen, before, whole = points(case, base)
    assert {operation for operation, _ in seen} == {
        "open", "write", "flush", "fsync", "rename", "hardlink_to", "mkdir", "unlink",
    }  # fmt: skip
    assert (len(before.rows), len(whole.rows)) == (4, 15)
    assert not rubbish(case)


def test_a_disk_that_fails_once_anywhere(case: Path, base: Path, tmp_path: Path) -> None:
    seen, before, whole = points(case, base)
    outcomes = {True: 0, False: 0}
    for when in range(1, len(seen) + 1):
        copied(base, tmp_path)
        disk = Disk(case, when, FULL if when % 2 else BROKEN)
        with pytest.MonkeyPatch.context() as patch:
            disk.install(patch)
            try:
                hunt(case, *evidence(base))
                done = True
            except (UnfinishedError, CaseError) as error:
                assert re.search("No space left|Input/output error", str(error))  # noqa: PT017 - it may go well, too
                done = False
        outcomes[done] += 1
        check(case, before, whole, base, done=done)
    assert outcomes[False] > outcomes[True] > 0


def end_of(work: Callable[[], object]) -> int:
    """Do something in a process of its own, and return how that ended."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def test_a_process_that_is_killed_anywhere(case: Path, base: Path, tmp_path: Path) -> None:
    seen, before, whole = points(case, base)
    for when in range(1, len(seen) + 1):
        copied(base, tmp_path)

        def run(when: int = when) -> None:
            with pytest.MonkeyPatch.context() as patch:
                Disk(case, when, killed).install(patch)
                hunt(case, *evidence(base))

        assert end_of(run) == -signal.SIGKILL
        check(case, before, whole, base, done=False)


def test_two_writers_at_once_without_a_lock(case: Path, base: Path) -> None:
    whole = points(case, base)[2]
    one, other = LakeWriter(case), LakeWriter(case)
    one.commit(())
    with pytest.raises(UnfinishedError, match="changed by somebody else"):
        other.commit(())
    assert held(case) == whole
    assert Lake.open(case).commits == other.number


def test_a_writer_whose_parts_another_one_cleared_away(case: Path, base: Path) -> None:
    """As can happen without a lock: a commit must not name what is gone."""
    before = held(case)
    with pytest.MonkeyPatch.context() as patch:
        commit = LakeWriter.commit

        def late(self: LakeWriter, *arguments: Any, **options: Any) -> Lake:
            LakeWriter(case).prepare()
            return commit(self, *arguments, **options)

        patch.setattr(LakeWriter, "commit", late)
        with pytest.raises(UnfinishedError, match="just written: No such file"):
            hunt(case, *evidence(base))
    assert held(case) == before


@pytest.mark.parametrize("links", [errno.EPERM, errno.ENOTSUP])
@pytest.mark.parametrize("folders", [errno.EINVAL, errno.EACCES, errno.ENOTSUP])
def test_a_file_system_without_links_or_syncing_of_folders(case: Path, base: Path, links: int, folders: int) -> None:
    whole = points(case, base)[2]
    copied(base, case.parent)

    def poor(operation: str, path: Path) -> None:
        if operation == "hardlink_to":
            failing(links)(operation, path)
        if operation in ("open", "fsync") and path.is_dir():
            failing(folders)(operation, path)

    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(case)
        disk.act, disk.always = poor, True
        disk.install(patch)
        hunt(case, *evidence(base))
        late = LakeWriter(case)
        LakeWriter(case).commit(())
        with pytest.raises(UnfinishedError, match="changed by somebody else"):
            late.commit(())
    assert held(case) == whole
    assert FILES in Lake.open(case).tables()


def dying(monkeypatch: pytest.MonkeyPatch, sort: type, times: int) -> Any:
    """Let workers die at tasks of a sort, as often as told; return the counter of tasks begun."""
    begun = multiprocessing.get_context("fork").Value("i", 0)
    do = hunt_worker.HuntWorker.do

    def dies(worker: hunt_worker.HuntWorker, task: Any) -> Any:
        if isinstance(task, sort):
            with begun.get_lock():
                begun.value += 1
            if begun.value <= times:
                os.kill(os.getpid(), signal.SIGKILL)
        return do(worker, task)

    monkeypatch.setattr(hunt_worker.HuntWorker, "do", dies)
    return begun


@pytest.mark.parametrize("times", [1, 2])
def test_a_worker_that_dies_over_parts_is_replaced(
    case: Path, base: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    whole = points(case, base)[2]
    copied(base, case.parent)
    monkeypatch.setattr(run_hunt, "Pool", Pool)
    monkeypatch.setattr(store_events, "LAKE_PART_CHARACTERS", 1_000_000)
    begun = dying(monkeypatch, PartTask, times)
    hunt(case, *evidence(base))
    assert begun.value > times
    assert held(case) == whole
    assert not rubbish(case)


def test_parts_that_no_worker_survives_are_named(case: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(case)
    with monkeypatch.context() as patch:
        patch.setattr(run_hunt, "Pool", Pool)
        dying(patch, PartTask, 1_000)
        said = r"\d events of .*(b\.jsonl|c\.evtx) cannot be written into the lake: .* ended by SIGKILL"
        outcome = hunt(case, *evidence(base))
    assert outcome.damaged
    assert [warning for warning in outcome.warnings if re.match(said, warning.reason)]
    assert (case / "findings.jsonl").stat().st_size
    assert held(case) == before
    hunt(case, *evidence(base))
    assert not rubbish(case)


def test_a_worker_that_dies_over_a_file_and_reads_it_whole_later(
    case: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was lost is told; hunting again replaces what was kept of it, and gives every event once."""
    whole = points(case, base)[2]
    copied(base, case.parent)
    with monkeypatch.context() as patch:
        patch.setattr(run_hunt, "Pool", Pool)
        dying(patch, ReadTask, 2)
        assert hunt(case, *evidence(base)).damaged
    assert held(case) != whole
    hunt(case, *evidence(base))
    assert held(case) == whole


def losing_a_piece(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Cut EVTX files into pieces of one chunk, and lose the second of some files."""
    for module in (evtx, tasks):
        patch.setattr(module, "PIECE_BYTES", CHUNK_SIZE)
    do = hunt_worker.HuntWorker.do

    def fails(worker: hunt_worker.HuntWorker, task: Any) -> Any:
        if isinstance(task, ReadTask):
            for piece in task.pieces:
                if piece.start == HEADER_SIZE + CHUNK_SIZE and Path(piece.name).name in names:
                    raise RuntimeError(piece.name)
        return do(worker, task)

    patch.setattr(hunt_worker.HuntWorker, "do", fails)


@pytest.mark.parametrize("again", ["d.evtx", "e.evtx"])
def test_a_file_of_which_a_piece_was_lost_gives_way_to_the_whole(
    case: Path, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    """Under the same name or another, with copies in the lake or without: every event once."""
    for name in ("d.evtx", "e.evtx"):
        case.with_name(name).write_bytes(log_of(range(201, 231)))
    before = held(case)
    with monkeypatch.context() as patch:
        losing_a_piece(patch, "d.evtx", "e.evtx")
        hunt(case, case.with_name("d.evtx"))
    part = held(case)
    assert len(part.rows) == len(before.rows) + 20
    assert [file.whole for file in stored_files(Lake.open(case))] == [True, False]
    hunt(case, case.with_name(again))
    whole = held(case)
    assert len(whole.rows) == len(before.rows) + 30
    assert set(part.rows) < set(whole.rows)
    assert len(set(whole.rows)) == len(whole.rows)
    assert all(file.complete for file in stored_files(Lake.open(case)))
    assert {Path(file[0]).name for file in whole.files} == {"a.jsonl", "d.evtx", again}
    assert not rubbish(case)


def test_what_is_read_in_part_again_replaces_nothing(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case.with_name("d.evtx").write_bytes(log_of(range(201, 231)))
    hunt(case, case.with_name("d.evtx"))
    whole = held(case)
    with monkeypatch.context() as patch:
        losing_a_piece(patch, "d.evtx")
        hunt(case, case.with_name("d.evtx"))
    assert held(case) == whole


def test_of_copies_the_one_that_was_read_whole_is_kept(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("d.evtx", "e.evtx"):
        case.with_name(name).write_bytes(log_of(range(201, 231)))
    before = held(case)
    with monkeypatch.context() as patch:
        losing_a_piece(patch, "d.evtx")
        hunt(case, case.with_name("d.evtx"), case.with_name("e.evtx"))
    assert len(held(case).rows) == len(before.rows) + 30


@pytest.mark.parametrize("superseded", [True, False])
def test_a_disk_that_fails_while_parts_are_written_anew(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, superseded: bool
) -> None:
    """By a file that is read whole at last, or by retention: all of it holds, or nothing."""
    log = case.with_name("d.evtx")
    log.write_bytes(log_of(range(201, 231)))
    with monkeypatch.context() as patch:
        losing_a_piece(patch, *(["d.evtx"] if superseded else []))
        hunt(case, log)
    shutil.copytree(case, tmp_path / "kept")

    def work() -> None:
        if superseded:
            hunt(case, log)
        else:
            with expiring(case, "2026-03-11T12:40:00.0000000Z", Silent()) as old:
                old.drop(Silent())

    before, disk = held(case), Disk(case)
    with pytest.MonkeyPatch.context() as patch:
        disk.install(patch)
        work()
    whole = held(case)
    assert len(whole.rows) == (34 if superseded else 11)
    for when in range(1 + superseded, len(disk.seen) + 1, 2):  # every other one, for time's sake
        laid_out(tmp_path / "kept", case)
        with pytest.MonkeyPatch.context() as patch:
            Disk(case, when, FULL if when % 4 < 2 else BROKEN).install(patch)
            with contextlib.suppress(UnfinishedError, CaseError):
                work()
        assert held(case) in (before, whole)
        work()
        assert held(case) == whole
        assert not rubbish(case)


def test_a_spool_that_cannot_be_read(case: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(case)

    def cut(store: store_events.EventStore, ledger: Any) -> Any:
        for spool in case.rglob("*.events"):
            os.truncate(spool, spool.stat().st_size // 3)
        return ready(store, ledger)

    with monkeypatch.context() as patch:
        ready = store_events.EventStore.tasks
        patch.setattr(store_events.EventStore, "tasks", cut)
        outcome = hunt(case, *evidence(base))
    assert [warning for warning in outcome.warnings if "cannot be written into the lake" in warning.reason]
    assert held(case) == before


class WorkersDisk(Disk):
    """Counts what all workers do together, and lets one of them end at one place, once."""

    def __init__(self, folder: Path, when: int = 0) -> None:
        super().__init__(folder, when, killed)
        self.parent = os.getpid()
        self.done = multiprocessing.get_context("fork").Value("i", 0)

    def touch(self, operation: str, path: Path | str) -> None:
        """Note an operation of a worker."""
        if os.getpid() == self.parent or not self.watches(str(path)):
            return
        with self.done.get_lock():
            self.done.value += 1
            place = self.done.value
        if place == self.when:
            killed(operation, Path(path))


def test_a_worker_that_is_killed_anywhere(
    case: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, whole = points(case, base)[1:]
    copied(base, tmp_path)
    monkeypatch.setattr(run_hunt, "Pool", Pool)
    disk = WorkersDisk(case)
    with pytest.MonkeyPatch.context() as patch:
        disk.install(patch)
        hunt(case, *evidence(base))
    assert disk.done.value > 10
    for when in range(1, disk.done.value + 1, 3):
        copied(base, tmp_path)
        with pytest.MonkeyPatch.context() as patch:
            WorkersDisk(case, when).install(patch)
            outcome = hunt(case, *evidence(base))
        lost = [warning for warning in outcome.warnings if "ended by SIGKILL" in warning.reason]
        found = held(case)
        assert set(before.rows) <= set(found.rows) <= set(whole.rows)
        assert (found == whole) is not bool(lost)
        hunt(case, *evidence(base))
        assert held(case) == whole
        assert not rubbish(case)
