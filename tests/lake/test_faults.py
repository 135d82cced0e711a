"""A disk that fails and a process that is killed at every single thing that is done to a lake's files.

Whatever happens: the lake opens, holds all that was committed, nothing twice, and hunting again completes it.
"""

from __future__ import annotations

import errno
import multiprocessing
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
from yadorigi.app import run_hunt, store_events
from yadorigi.app.judge_case import Judged
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.lake.commits import FILES, Lake, LakeWriter

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
    shutil.rmtree(folder / "case", ignore_errors=True)
    shutil.copytree(base / "case", folder / "case")
    return folder / "case"


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
