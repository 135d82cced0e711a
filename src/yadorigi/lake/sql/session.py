"""Runs one query in a process of its own, watches it, and gives its rows.

The process gets no environment, no open files but its three pipes, and an end after the given time, whatever it does.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import msgspec
import psutil
import pyarrow as pa

from yadorigi.errors import CaseError, QueryError, UnfinishedError
from yadorigi.lake.sql import gate
from yadorigi.lake.sql.messages import (
    ARROW,
    DONE,
    NAMES,
    REFUSED,
    Account,
    Bound,
    Done,
    Limits,
    Needed,
    Refused,
    Request,
    Views,
    read_frame,
)
from yadorigi.limits import QUERY_TEXT_LIMIT

_BEGIN: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from yadorigi.lake.sql.child import main; main()"
)
_WATCH_SECONDS: Final = 0.05
_START_SECONDS: Final = 30.0
"""What starting the process may take, beside the time for the query."""
_SPARE_MEMORY: Final = 1 << 30
_LAST_WORDS: Final = 4_096
_KEPT: Final = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR")
"""Windows starts no program without them."""

Defines = Callable[[Needed], Views]
"""Says what the tables are that a statement names."""


@dataclass(slots=True)
class _Watch:
    """Ends the process where it takes too long or too much."""

    process: subprocess.Popen[bytes]
    limits: Limits
    waiting: threading.Event = field(default_factory=threading.Event)
    running: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    why: str = ""

    def watch(self) -> None:
        """Look again and again, until the process has ended or is ended."""
        took = starting = 0.0
        last = time.monotonic()
        try:
            seen = psutil.Process(self.process.pid)
        except psutil.Error:
            return
        while not self.over.wait(_WATCH_SECONDS):
            now = time.monotonic()
            if self.waiting.is_set():
                if self.running.is_set():
                    took += now - last
                else:
                    starting += now - last
            last = now
            if took > self.limits.seconds:
                self._end(f"the query took more than {self.limits.seconds:g} s; allow more with --seconds")
            elif starting > _START_SECONDS + self.limits.seconds:
                self._end("the query's process does not start")
            else:
                with contextlib.suppress(psutil.Error):
                    # On Windows, the process that was started may only be what starts the real one.
                    all_of_it = (seen, *seen.children(recursive=True)) if os.name == "nt" else (seen,)
                    if sum(one.memory_info().rss for one in all_of_it) > self.limits.memory + _SPARE_MEMORY:
                        self._end(self.too_much())
            if self.why:
                return

    def too_much(self) -> str:
        """Say that memory was not enough."""
        return (
            f"the query needs more than {self.limits.memory >> 20:,} MiB of memory; ask for fewer columns or rows, or "
            "allow more with --memory"
        )

    def _end(self, why: str) -> None:
        self.why = why
        self.process.kill()


class _Stream:
    """The Arrow stream inside the frames, as a file to be read."""

    closed = False

    def __init__(self, next_piece: Callable[[], bytes]) -> None:
        self._next = next_piece
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """Return as many bytes as asked for, fewer at the end."""
        found = bytearray()
        while size < 0 or len(found) < size:
            if not self._rest:
                self._rest = memoryview(self._next())
                if not self._rest:
                    break
            taken = self._rest[: size - len(found)] if size >= 0 else self._rest
            found += taken
            self._rest = self._rest[len(taken) :]
        return bytes(found)

    def close(self) -> None:
        """Do nothing."""


class Session:
    """One query on its way. Use it as a context manager; its process ends with the block.

    Args:
        sql: one statement.
        defines: says what tables it names are.
        limits: what the query may take.
        databases: of countries and networks of addresses, that its functions ask.
        bound: values that the statement may name, ``$name``.

    Attributes:
        account: what was read and given, once all rows were taken.
    """

    def __init__(
        self,
        sql: str,
        defines: Defines,
        limits: Limits,
        databases: tuple[str, ...] = (),
        bound: Mapping[str, Bound] | None = None,
    ) -> None:
        self.account: Account | None = None
        self._sql = sql
        self._defines = defines
        self._limits = limits
        self._databases = databases
        self._bound = dict(bound or {})
        self._words = b""

    def __enter__(self) -> Self:
        if len(self._sql) > QUERY_TEXT_LIMIT:
            raise QueryError(f"the query has more than {QUERY_TEXT_LIMIT:,} characters", self._sql[:100])
        try:
            gate.split_explain(self._sql)
        except gate.NotAllowedError as error:
            raise QueryError(str(error), self._sql, error.position) from None
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, with a text of our own
                [sys.executable, "-I", "-c", _BEGIN],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd=Path(sys.executable).anchor,
                close_fds=True,
            )
        except OSError as error:
            raise UnfinishedError(f"the query's process cannot be started: {error}") from error
        self._watch = _Watch(self._process, self._limits)
        self._threads = [
            threading.Thread(target=self._watch.watch, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.over.set()
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                _opened(pipe).close()

    def reader(self) -> pa.RecordBatchReader:
        """Start the query and return its result, which is read as it is made.

        Raises:
            QueryError: the statement is wrong or not allowed.
            UnfinishedError: it takes more time or memory than it may. Both may come while rows are read, too.
            CaseError: a file of the case cannot be read.
        """
        self._send([path for path in sys.path if Path(path).is_absolute()])
        self._send(Request(self._sql, self._limits, self._databases, self._bound))
        kind, payload = self._frame()
        if kind == NAMES:
            self._send(self._defines(msgspec.json.decode(payload, type=Needed)))
            self._watch.running.set()
            kind, payload = self._frame()
        if kind != ARROW:
            raise UnfinishedError("the query's process said what nobody understands")
        first = [payload]
        stream = _Stream(lambda: first.pop() if first else self._piece())
        return pa.ipc.open_stream(pa.PythonFile(stream, mode="r"))

    def finish(self) -> Account:
        """Return what was read and given, after all rows were taken; only then it is sure that they were all.

        Raises:
            QueryError, UnfinishedError, CaseError: as `reader`.
        """
        while self.account is None:
            self._piece()
        return self.account

    def _piece(self) -> bytes:
        if self.account is not None:
            return b""
        kind, payload = self._frame()
        if kind == DONE:
            self.account = msgspec.json.decode(payload, type=Done).account
            return b""
        if kind != ARROW:
            raise UnfinishedError("the query's process said what nobody understands")
        return payload

    def _send(self, message: Any) -> None:  # noqa: ANN401 - any of `messages`
        with contextlib.suppress(OSError):  # a process that has ended says so when it is read
            pipe = _opened(self._process.stdin)
            pipe.write(msgspec.json.encode(message) + b"\n")
            pipe.flush()

    def _frame(self) -> tuple[bytes, bytes]:
        self._watch.waiting.set()
        try:
            frame = read_frame(_opened(self._process.stdout))  # type: ignore[arg-type]  # a pipe is enough
        except ValueError as error:
            raise UnfinishedError("the query's process said what nobody understands") from error
        finally:
            self._watch.waiting.clear()
        if frame is None:
            raise self._ended()
        if frame[0] == REFUSED:
            raise self._error(msgspec.json.decode(frame[1], type=Refused))
        return frame

    def _error(self, refused: Refused) -> Exception:
        if refused.kind == "limit":
            return UnfinishedError(refused.reason)
        if refused.kind == "damage":
            return CaseError(refused.reason)
        return QueryError(refused.reason, self._sql, refused.position)

    def _ended(self) -> Exception:
        """Return what to say where the process ended by itself, or was ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        code = self._process.returncode
        if self._watch.why:
            return UnfinishedError(self._watch.why)
        if b"MemoryError" in self._words or b"bad_alloc" in self._words or b"failed to allocate" in self._words:
            return UnfinishedError(self._watch.too_much())
        words = self._words.decode(errors="replace").strip().splitlines()
        last = f": {words[-1]}" if words else ""
        return UnfinishedError(
            f"the query's process ended (code {code}){last}; it may have needed more memory (--memory) or more "
            "processor time (--seconds) than it may have"
        )

    def _listen(self) -> None:
        """Keep the last words of the process, which nobody shows unless it dies of what they are about."""
        pipe = _opened(self._process.stderr)
        with contextlib.suppress(OSError, ValueError):
            while piece := pipe.read1(_LAST_WORDS):  # type: ignore[attr-defined]  # a buffered pipe has it
                self._words = (self._words + piece)[-_LAST_WORDS:]


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise UnfinishedError("the query's process has no pipe")
    return pipe
