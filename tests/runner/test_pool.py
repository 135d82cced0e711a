"""The pool: results, crashes, exceptions, hangs and full disks; each costs what it says."""

from __future__ import annotations

import errno
import faulthandler
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator

import pytest

from yadorigi.errors import UnfinishedError
from yadorigi.runner import pool as pool_module
from yadorigi.runner.pool import Lost, Pool


def prepare() -> str:
    return "ready"


def refuse() -> str:
    raise RuntimeError("no planner")


def die() -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def handle(state: str, task: object) -> object:
    assert state == "ready"
    if isinstance(task, bytes):
        return task
    match task:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            faulthandler.disable()
            os.kill(os.getpid(), signal.SIGSEGV)
        case "exit":
            os._exit(7)
        case "raise":
            raise ValueError("bad task")
        case "hang":
            time.sleep(60)
        case "missing":
            raise FileNotFoundError(errno.ENOENT, "no such file", "x.evtx")
        case "full":
            raise OSError(errno.ENOSPC, "No space left on device", "spool")
        case _:
            return f"done {task}"
    return None


def results(tasks: list[str], workers: int = 2) -> dict[str, str]:
    with Pool(workers, prepare, handle) as pool:
        found: dict[str, str] = {}
        for task, result in pool.run(iter(tasks)):
            assert task not in found
            found[str(task)] = result.reason if isinstance(result, Lost) else str(result)
    return found


@pytest.fixture(params=["fork", "spawn"])
def started(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {request.param} here")
    monkeypatch.setattr(pool_module, "_context", lambda: multiprocessing.get_context(request.param))


@pytest.mark.usefixtures("started")
def test_every_task_gives_its_result() -> None:
    tasks = [str(number) for number in range(100)]
    assert results(tasks) == {task: f"done {task}" for task in tasks}


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("kill", "ended by SIGKILL"),
        ("segfault", "ended by SIGSEGV"),
        ("exit", "ended with code 7"),
        ("raise", "ValueError: bad task (handle, line"),
        ("missing", "no such file: x.evtx"),
    ],
)
def test_a_bad_task_costs_itself(bad: str, reason: str) -> None:
    tasks = [*"abc", bad, *"defgh"]
    found = results(tasks, workers=1)
    assert reason in found.pop(bad)
    assert found == {task: f"done {task}" for task in tasks if task != bad}


def test_many_crashes_in_a_row() -> None:
    with Pool(2, prepare, handle) as pool:
        found = [result for _, result in pool.run(["kill"] * 6 + ["a"] * 6)]
    assert sum(isinstance(result, Lost) for result in found) == 6
    assert found.count("done a") == 6


def test_a_task_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "TASK_SECONDS_LIMIT", 0.3)
    start = time.monotonic()
    found = results(["a", "hang", "b"], workers=1)
    assert time.monotonic() - start < 10
    assert "took longer" in found["hang"]
    assert (found["a"], found["b"]) == ("done a", "done b")


@pytest.mark.usefixtures("started")
def test_a_full_disk_ends_the_run() -> None:
    with pytest.raises(UnfinishedError, match="No space left on device: spool"):
        results(["a", "full", "b"])


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize("unprepared", [refuse, die])
def test_workers_that_cannot_be_made_ready_end_the_run(unprepared: object) -> None:
    with pytest.raises(UnfinishedError), Pool(2, unprepared, handle) as pool:  # type: ignore[arg-type]  # it never returns
        list(pool.run(["a", "b", "c"]))


def test_large_tasks_and_results_do_not_wait_for_each_other() -> None:
    tasks = [bytes([number]) * 3_000_000 for number in range(8)]
    with Pool(2, prepare, handle) as pool:
        assert sorted(result for _, result in pool.run(tasks) if isinstance(result, bytes)) == tasks


def test_tasks_are_taken_as_they_are_needed() -> None:
    taken = 0
    most = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for number in range(3_000):
            taken += 1
            yield str(number)

    done = 0
    with Pool(2, prepare, handle) as pool:
        for _ in pool.run(endless()):
            done += 1
            most = max(most, taken - done)
    assert done == 3_000
    assert most <= 4


def test_a_pool_can_run_again_and_leaves_no_process() -> None:
    with Pool(2, prepare, handle) as pool:
        assert [result for _, result in pool.run(["a"])] == ["done a"]
        assert [result for _, result in pool.run(["b"])] == ["done b"]
        children = multiprocessing.active_children()
        assert len(children) == 2
    assert not any(child.is_alive() for child in children)
    assert multiprocessing.active_children() == []


def test_an_idle_worker_that_died_costs_no_more_than_its_task() -> None:
    with Pool(1, prepare, handle) as pool:
        assert [result for _, result in pool.run(["a"])] == ["done a"]
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        found = dict(pool.run(["b", "c"]))
    assert "done c" in found.values()
    assert len(found) == 2
