"""A pool of worker processes that outlives its workers.

A native parser that crashes, or a task that runs away, costs its task and nothing else: the worker is replaced, the
task is reported as lost, and the caller decides whether to try its parts. Tasks are handed out as they come from an
iterator, so a million of them take no memory.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any, Final, Generic, TypeVar

from yadorigi.errors import UnfinishedError
from yadorigi.limits import TASK_SECONDS_LIMIT

Task = TypeVar("Task")
Result = TypeVar("Result")
State = TypeVar("State")

_AHEAD: Final = 2
"""Tasks handed to a worker at a time: the one it works on, and the next, so that it never waits."""
_POLL_SECONDS: Final = 0.2
_STORAGE_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that gave no result, and why."""

    reason: str


@dataclass(slots=True)
class _Worker(Generic[Task]):
    process: Any
    connection: Connection
    tasks: deque[Task] = field(default_factory=deque)
    since: float = 0.0


class Pool(Generic[Task, Result]):
    """Worker processes that all do the same thing.

    Args:
        workers: how many, at least 1.
        prepare: called once in each worker; makes what `handle` works with.
        handle: does one task; its result is sent back. What it raises makes the task lost, except for a full or
            failing disk, which ends the run.
        observe: called a few times a second while the pool waits, with the workers' process ids.
    """

    def __init__(
        self,
        workers: int,
        prepare: Callable[[], State],
        handle: Callable[[State, Task], Result],
        observe: Callable[[list[int]], None] = lambda _: None,
    ) -> None:
        """Start the workers."""
        self._context = _context()
        self._prepare = prepare
        self._handle = handle
        self._observe = observe
        self._workers: list[_Worker[Task]] = []
        try:
            for _ in range(max(1, workers)):
                self._workers.append(self._started())
        except OSError as error:
            self.close()
            message = f"no worker process can be started: {error}"
            raise UnfinishedError(message) from error

    def __enter__(self) -> Pool[Task, Result]:
        """Return the pool."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all workers."""
        self.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Lost]]:
        """Give each task with its result, in the order in which they are done.

        Raises:
            UnfinishedError: a worker met a full or failing disk.
        """
        remaining = iter(tasks)
        again: deque[Task] = deque()
        exhausted = False
        while True:
            for worker in self._workers:
                while len(worker.tasks) < _AHEAD and (again or not exhausted):
                    if again:
                        self._hand(worker, again.popleft())
                        continue
                    try:
                        task = next(remaining)
                    except StopIteration:
                        exhausted = True
                        break
                    self._hand(worker, task)
            if exhausted and not again and not any(worker.tasks for worker in self._workers):
                return
            yield from self._collected(again)

    def _hand(self, worker: _Worker[Task], task: Task) -> None:
        if not worker.tasks:
            worker.since = time.monotonic()
        worker.tasks.append(task)
        try:
            worker.connection.send(task)
        except (BrokenPipeError, ConnectionError):
            return  # the worker died; _collected() finds it at its closed end

    def _collected(self, again: deque[Task]) -> Iterator[tuple[Task, Result | Lost]]:
        busy = {worker.connection: worker for worker in self._workers if worker.tasks}
        ready = wait(list(busy), timeout=_POLL_SECONDS)
        self._observe([worker.process.pid for worker in self._workers])
        for connection in ready:
            worker = busy[connection]  # type: ignore[index]  # only connections were waited for
            try:
                kind, payload = worker.connection.recv()
            except (EOFError, ConnectionError, OSError):
                yield worker.tasks[0], self._replaced(worker, again)
                continue
            if kind == "unfinished":
                raise UnfinishedError(payload)
            worker.since = time.monotonic()
            yield worker.tasks.popleft(), (payload if kind == "done" else Lost(payload))
        for worker in list(busy.values()):
            if worker.tasks and time.monotonic() - worker.since > TASK_SECONDS_LIMIT:
                worker.process.kill()
                worker.process.join()

    def _replaced(self, worker: _Worker[Task], again: deque[Task]) -> Lost:
        """Start a worker in place of one that died, keep its waiting task, and say what ended it."""
        worker.process.join()
        worker.connection.close()
        code = worker.process.exitcode
        worker.tasks.popleft()
        again.extend(worker.tasks)
        self._workers[self._workers.index(worker)] = self._started()
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return Lost(f"the worker process was ended by {name}")
        return Lost(f"the worker process ended with code {code}")

    def _started(self) -> _Worker[Task]:
        ours, theirs = self._context.Pipe()
        inherited = [worker.connection for worker in self._workers] + [ours]
        process = self._context.Process(  # type: ignore[attr-defined]  # every context has Process
            target=_work, args=(theirs, inherited, self._prepare, self._handle), daemon=True
        )
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def close(self) -> None:
        """End all workers, at once if they do not end by themselves."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.process.join(timeout=0 if worker.tasks else 1)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._workers = []


def _context() -> BaseContext:
    """Return how processes are started: by fork on Linux, where it shares what was loaded; else by spawn."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _work(
    connection: Connection,
    inherited: list[Connection],
    prepare: Callable[[], State],
    handle: Callable[[State, Any], Any],
) -> None:
    """Do tasks until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if multiprocessing.get_start_method(allow_none=True) != "spawn":
        for other in inherited:
            other.close()
    state = prepare()
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        try:
            answer: tuple[str, Any] = ("done", handle(state, task))
        except OSError as error:
            kind = "unfinished" if error.errno in _STORAGE_ERRORS else "failed"
            answer = (kind, f"{error.strerror or error}: {error.filename or 'storage'}")
        except Exception as error:  # noqa: BLE001 - whatever a task raises costs that task alone, and is reported
            place = traceback.extract_tb(error.__traceback__)[-1]
            answer = ("failed", f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})")
        try:
            connection.send(answer)
        except (BrokenPipeError, OSError):
            os._exit(0)
