"""One writer at a time: real processes that want the same case, die over it, and fork with it in their hands."""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import pytest

from tests.cli.hunting import command, environment, hunt
from tests.sample_case import SAMPLE, SYSTEM
from yadorigi.app import case_lock
from yadorigi.app.case_folder import CaseFolder
from yadorigi.app.case_lock import LOCK, CaseLock
from yadorigi.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

QUICK = ("--no-report", "--no-store")
HOLD = """
import gc, os, sys, time
from pathlib import Path
from yadorigi.app.case_folder import CaseFolder

case = CaseFolder.opened(Path(sys.argv[1]), force=False)
(case.work / "precious.run").write_bytes(b"of this run")
{fork}
print("held", flush=True)
sys.stdin.read()
"""
"""Opens a case, perhaps forks, and waits."""

FORK_AND_LIVE = """
heard, told = os.pipe()
child = os.fork()
if not child:
    os.write(told, b".")
    time.sleep(60)
os.read(heard, 1)
print(child, flush=True)
"""
"""A child has let go of the lock when it runs; before, nobody can tell it from its parent."""

FORK_AND_END = """
for way in (case.close, gc.collect, sys.exit):
    child = os.fork()
    if not child:
        way()
        del case
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)
"""


@contextmanager
def holding(case: Path, fork: str = "") -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Another process that has a case open; gives it with what it said."""
    program = [sys.executable, "-c", HOLD.format(fork=fork), str(case)]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, env=environment(), text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        said = []
        while (line := process.stdout.readline().strip()) != "held":
            assert line
            said.append(line)
        try:
            yield process, said
        finally:
            process.kill()


def held_by_others(case: Path) -> bool:
    try:
        CaseLock.taken(case).release()
    except CaseError:
        return True
    return False


def everything(case: Path) -> dict[str, bytes]:
    return {str(path.relative_to(case)): path.read_bytes() for path in case.rglob("*") if path.is_file()}


@pytest.mark.parametrize("options", [(), ("--force",), ("--no-store",)])
def test_a_second_writer_learns_who_is_there_and_touches_nothing(tmp_path: Path, options: tuple[str, ...]) -> None:
    case = tmp_path / "case"
    with holding(case) as (process, _):
        before = everything(case)
        assert any(name.endswith("precious.run") for name in before)
        again = hunt(case, SYSTEM, *options)
        assert again.code == 2
        assert again.out == ""
        (said,) = again.err.splitlines()
        assert f"process {process.pid} on {socket.gethostname()}, since 20" in said
        assert "wait for its end, stop it, or name another case" in said
        assert everything(case) == before


def test_two_hunts_at_once_leave_the_case_of_the_first(tmp_path: Path) -> None:
    case = tmp_path / "case"
    with subprocess.Popen(command("hunt", SAMPLE, *QUICK, "--case", case, "--quiet"), env=environment()) as first:
        while first.poll() is None and not (case / LOCK).exists():
            time.sleep(0.01)
        assert first.poll() is None
        second = hunt(case, SYSTEM, *QUICK, "--force")
        assert first.poll() is None
        assert (second.code, first.wait(120)) == (2, 0)
    assert not (case / LOCK).exists()
    assert not (case / ".work").exists()
    alone = hunt(tmp_path / "alone", SAMPLE, *QUICK)
    assert (case / "findings.jsonl").read_bytes() == alone.bytes_of("findings.jsonl")


@forks
def test_a_killed_writer_is_no_writer_though_its_child_lives(tmp_path: Path) -> None:
    case = tmp_path / "case"
    with holding(case, FORK_AND_LIVE) as (process, said):
        child = int(said[0])
        try:
            assert held_by_others(case)
            process.kill()
            process.wait()
            os.kill(child, 0)
            assert not held_by_others(case)
            with CaseFolder.opened(case, force=False) as opened:
                assert list(opened.work.iterdir()) == []
        finally:
            os.kill(child, signal.SIGKILL)


@forks
def test_children_that_end_take_nothing_with_them(tmp_path: Path) -> None:
    with holding(tmp_path, FORK_AND_END):
        assert (tmp_path / LOCK).exists()
        assert held_by_others(tmp_path)


@forks
def test_workers_of_a_killed_run_do_not_write_into_the_next_one(tmp_path: Path) -> None:
    first = CaseFolder.opened(tmp_path / "case", force=False)
    work = first.work
    first.close()
    with CaseFolder.opened(tmp_path / "case", force=False) as second:
        assert second.work != work
        assert not work.exists()


def test_a_closed_case_leaves_no_trace_and_can_be_opened_again(tmp_path: Path) -> None:
    case = CaseFolder.opened(tmp_path / "case", force=False)
    with pytest.raises(CaseError, match="is being written to by another run"):
        CaseFolder.opened(tmp_path / "case", force=True)
    case.close()
    case.close()
    assert list((tmp_path / "case").iterdir()) == []
    CaseFolder.opened(tmp_path / "case", force=False).close()


def test_whoever_comes_while_the_lock_goes_gets_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = case_lock._open
    leaving = [CaseLock.taken(tmp_path)]

    def late(path: Path) -> int:
        number = opened(path)
        if leaving:
            leaving.pop().release()
        return number

    monkeypatch.setattr(case_lock, "_open", late)
    lock = CaseLock.taken(tmp_path)
    assert (tmp_path / LOCK).exists()
    with pytest.raises(CaseError):
        CaseLock.taken(tmp_path)
    lock.release()
    gc.collect()


@pytest.mark.parametrize("content", [b"", b"\n{", b"\n" + json.dumps({"pid": "x"}).encode(), b"\xff" * 9_000])
def test_a_lock_that_does_not_say_whose_it_is_is_one(tmp_path: Path, content: bytes) -> None:
    lock = CaseLock.taken(tmp_path)
    (tmp_path / LOCK).write_bytes(content)
    with pytest.raises(CaseError, match="another run; wait"):
        CaseLock.taken(tmp_path)
    lock.release()


def test_what_a_lock_says_acts_on_no_terminal(tmp_path: Path) -> None:
    lock = CaseLock.taken(tmp_path)
    holder = {"pid": 1, "host": "\x1b[2J\n" + "h" * 900, "since": "\x1b]0;"}
    (tmp_path / LOCK).write_bytes(b"\n" + json.dumps(holder).encode())
    with pytest.raises(CaseError) as caught:
        CaseLock.taken(tmp_path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 900
    lock.release()


def test_without_locks_the_run_goes_on_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: int, **__: object) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(filelock, "lock_descriptor", none)
    with CaseFolder.opened(tmp_path / "case", force=False) as case:
        assert case.work.is_dir()
        (notice,) = case.notices
        assert "file system without locks" in notice
        assert "nobody else writes to this case" in notice


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs links that are not followed")
def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    case = tmp_path / "case"
    case.mkdir()
    (tmp_path / "victim").write_bytes(b"keep")
    (case / LOCK).symlink_to(tmp_path / "victim")
    with pytest.raises(CaseError, match="case folder"):
        CaseFolder.opened(case, force=False)
    assert (tmp_path / "victim").read_bytes() == b"keep"
