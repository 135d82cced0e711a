"""A pool of worker processes that outlives its workers.

A native parser that crashes, or a task that runs away, costs its task and nothing else: the worker is replaced, the
task is reported as lost, and the caller decides whether to try its parts. Tasks are handed out as they come from an
iterator, so a million of them take no memory.
"""

from __future__ import annotations

import contextlib
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
from multiprocessing.reduction import ForkingPickler
from typing import Any, Final, Generic, NamedTuple, TypeVar

from yadorigi.errors import UnfinishedError
from yadorigi.limits import TASK_SECONDS_LIMIT

Task = TypeVar("Task")
Result = TypeVar("Result")
State = TypeVar("State")

_AHEAD: Final = 2
"""Tasks handed to a worker at a time: the one it works on, and the next, so that it never waits."""
_AHEAD_BYTES: Final = 4_096
"""Size of a task that may wait with a busy worker: it must fit any pipe, or both ends could wait for each other."""
_POLL_SECONDS: Final = 0.2
_END_SECONDS: Final = 5.0
_STORAGE_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})


@dataclass(frozen=True, slots=True)
class Lost:
    """A task that gave no result, and why."""

    reason: str


class _Packed(NamedTuple, Generic[Task]):
    """A task as it goes to a worker; it may have to wait for one for long, and is packed once."""

    task: Task
    data: memoryview


def _packed(task: Task) -> _Packed[Task]:
    return _Packed(task, ForkingPickler.dumps(task))


@dataclass(slots=True)
class _Worker(Generic[Task]):
    process: Any
    connection: Connection
    tasks: deque[Task] = field(default_factory=deque)
    since: float = 0.0
    ready: bool = False
    seconds: float = 0.0
    overdue: float = 0.0


class Pool(Generic[Task, Result]):
    """Worker processes that all do the same thing.

    Args:
        workers: how many, at least 1.
        prepare: called once in each worker; makes what `handle` works with.
        handle: does one task; its result is sent back. What it raises makes the task lost, except for a full or
            failing disk, which ends the run.
        observe: called a few times a second while the pool waits, with the workers' process ids.
        seconds: returns the time that a task may take.
    """

    def __init__(
        self,
        workers: int,
        prepare: Callable[[], State],
        handle: Callable[[State, Task], Result],
        observe: Callable[[list[int]], None] = lambda _: None,
        seconds: Callable[[Any], float] = lambda _: TASK_SECONDS_LIMIT,
    ) -> None:
        """Start the workers."""
        self._context = _context()
        self._prepare = prepare
        self._handle = handle
        self._observe = observe
        self._seconds = seconds
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
            UnfinishedError: a worker met a full or failing disk, or cannot be made ready.
        """
        remaining = iter(tasks)
        again: deque[_Packed[Task]] = deque()
        exhausted = False
        while True:
            for worker in self._workers:
                while len(worker.tasks) < _AHEAD:
                    if not again and not exhausted:
                        try:
                            again.append(_packed(next(remaining)))
                        except StopIteration:
                            exhausted = True
                    if not again or not self._handed(worker, again[0]):
                        break
                    again.popleft()
            if exhausted and not again and not any(worker.tasks for worker in self._workers):
                return
            yield from self._collected(again)

    def _handed(self, worker: _Worker[Task], packed: _Packed[Task]) -> bool:
        """Give a worker a task; say whether it took it."""
        if worker.tasks and len(packed.data) > _AHEAD_BYTES:
            return False
        worker.tasks.append(packed.task)
        if len(worker.tasks) == 1:
            self._begins(worker)
        # A worker that died is found by _collected() at its closed end.
        with contextlib.suppress(ConnectionError):
            worker.connection.send_bytes(packed.data)
        return True

    def _collected(self, again: deque[_Packed[Task]]) -> Iterator[tuple[Task, Result | Lost]]:
        busy = {worker.connection: worker for worker in self._workers if worker.tasks}
        ready = wait(list(busy), timeout=_POLL_SECONDS)
        self._observe([worker.process.pid for worker in self._workers])
        for connection in ready:
            worker = busy[connection]  # type: ignore[index]  # only connections were waited for
            try:
                kind, payload = worker.connection.recv()
            except (EOFError, OSError):
                yield from self._replaced(worker, again)
                continue
            if kind == "ready":
                worker.ready = True
                worker.since = time.monotonic()
                continue
            if kind == "unfinished":
                raise UnfinishedError(payload)
            task = worker.tasks.popleft()
            self._begins(worker)
            yield task, (payload if kind == "done" else Lost(payload))
        for worker in busy.values():
            if worker.tasks and time.monotonic() - worker.since > worker.seconds:
                worker.overdue = worker.seconds
                _end(worker.process)

    def _begins(self, worker: _Worker[Task]) -> None:
        """Note that a worker begins with the first of its tasks, and when it is overdue."""
        worker.since = time.monotonic()
        worker.seconds = self._seconds(worker.tasks[0]) if worker.tasks else 0.0

    def _replaced(self, worker: _Worker[Task], again: deque[_Packed[Task]]) -> Iterator[tuple[Task, Lost]]:
        """Start a worker in place of one that died, keep its waiting tasks, and say what ended the one it worked on."""
        worker.process.join(timeout=_END_SECONDS)
        _end(worker.process)
        worker.connection.close()
        reason = _end_of(worker)
        if not worker.ready:
            raise UnfinishedError(f"a worker process cannot be made ready: {reason}")
        task = worker.tasks.popleft()
        again.extendleft(map(_packed, reversed(worker.tasks)))
        worker.tasks.clear()
        self._workers[self._workers.index(worker)] = self._started()
        yield task, Lost(reason)

    def _started(self) -> _Worker[Task]:
        ours, theirs = self._context.Pipe()
        # A forked process has copies of our ends; while it keeps them open, no other worker sees us go.
        copied = [worker.connection for worker in self._workers] + [ours] if _forks(self._context) else []
        process = self._context.Process(  # type: ignore[attr-defined]  # every context has Process
            target=_work, args=(theirs, copied, self._prepare, self._handle), daemon=True
        )
        with _interrupts_held():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def close(self) -> None:
        """End all workers, at once if they do not end by themselves."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.process.join(timeout=0 if worker.tasks else 1)
            _end(worker.process)
        self._workers = []


def _context() -> BaseContext:
    """Return how processes are started: by fork on Linux, where it shares what was loaded; else by spawn."""
    return multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")


def _forks(context: BaseContext) -> bool:
    return context.get_start_method() == "fork"


def _end(process: Any) -> None:  # noqa: ANN401 - every context has its own class of processes
    if process.is_alive():
        process.kill()
        process.join()


def _end_of(worker: _Worker[Any]) -> str:
    if worker.overdue:
        return f"it took longer than {worker.overdue:.0f} seconds"
    code = worker.process.exitcode
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        return f"the worker process was ended by {name}"
    return f"the worker process ended with code {code}"


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let a process begin with Ctrl-C held back, so that none hits it before it can ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(
    connection: Connection,
    copied: list[Connection],
    prepare: Callable[[], State],
    handle: Callable[[State, Any], Any],
) -> None:
    """Do tasks until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in copied:
        other.close()
    states: list[State] = []
    answer = _answer(lambda: states.append(prepare()))
    _send(connection, ("ready", None) if states else ("unfinished", answer[1]))
    while states:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        _send(connection, _answer(lambda: handle(states[0], task)))  # noqa: B023 - called at once


def _answer(work: Callable[[], Any]) -> tuple[str, Any]:
    """Do some work, and say what came of it."""
    try:
        return "done", work()
    except UnfinishedError as error:
        return "unfinished", str(error)
    except OSError as error:
        kind = "unfinished" if error.errno in _STORAGE_ERRORS else "failed"
        return kind, f"{error.strerror or error}: {error.filename or 'storage'}"
    except Exception as error:  # noqa: BLE001 - whatever a task raises costs that task alone, and is reported
        place = traceback.extract_tb(error.__traceback__)[-1]
        return "failed", f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"


def _send(connection: Connection, answer: tuple[str, Any]) -> None:
    try:
        connection.send(answer)
    except OSError:
        os._exit(0)
