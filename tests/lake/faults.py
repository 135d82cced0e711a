"""Lets one thing that is done to a lake's files fail, or ends the process there, and hunts without other processes.

Nothing in the program knows of it: methods of `pathlib` and functions of `os` are put in the way.
"""

from __future__ import annotations

import errno
import os
import pathlib
import signal
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yadorigi.errors import UnfinishedError
from yadorigi.runner import pool

if TYPE_CHECKING:
    import pytest

_WATCHED_WRITES = (1, 2, 50)
"""A small Parquet file is hundreds of writes; all of them were tried, and it took ten minutes."""

Act = Callable[[str, Path], None]
"""Does something in place of an operation on a file, or before it."""


class Disk:
    """Watches what is done to a case's lake and to spools.

    Attributes:
        seen: operations and names of files, in turn.
        when: which of these `act` is called before; 0 for none.
        always: whether it is called before each.
    """

    def __init__(self, folder: Path, when: int = 0, act: Act | None = None) -> None:
        self.folder = str(folder)
        self.seen: list[tuple[str, str]] = []
        self.when = when
        self.act = act
        self.always = False

    def touch(self, operation: str, path: Path | str) -> None:
        """Note an operation, and let it fail if it is the one."""
        text = str(path)
        if not self.watches(text):
            return
        self.seen.append((operation, text.rpartition("/")[2]))
        if (self.always or len(self.seen) == self.when) and self.act is not None:
            self.act(operation, Path(text))

    def watches(self, path: str) -> bool:
        """Say whether a file belongs to the lake, or will."""
        return path.startswith(self.folder) and (path.endswith(".events") or "/lake" in path[len(self.folder) :])

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Put it in the way."""
        for name in ("rename", "replace", "hardlink_to", "mkdir", "unlink"):
            patch.setattr(pathlib.Path, name, self._method(name, getattr(pathlib.Path, name)))
        whole, folders, sync = pathlib.Path.open, os.open, os.fsync

        def opened(path: Path, *arguments: Any, **options: Any) -> Any:
            self.touch("open", path)
            stream = whole(path, *arguments, **options)
            return _Stream(stream, self, path) if self.watches(str(path)) else stream

        def opened_by_number(path: Any, *arguments: Any, **options: Any) -> int:
            self.touch("open", str(path))
            return folders(path, *arguments, **options)

        def synced(number: int) -> None:
            self.touch("fsync", Path(f"/proc/self/fd/{number}").readlink())
            sync(number)

        patch.setattr(pathlib.Path, "open", opened)
        patch.setattr(os, "open", opened_by_number)
        patch.setattr(os, "fsync", synced)

    def _method(self, name: str, own: Callable[..., Any]) -> Callable[..., Any]:
        def method(path: Path, *arguments: Any, **options: Any) -> Any:
            self.touch(name, path)
            return own(path, *arguments, **options)

        return method


class _Stream:
    """A stream that tells of what is written to it."""

    def __init__(self, stream: Any, disk: Disk, path: Path) -> None:
        self._stream, self._disk, self._path = stream, disk, path
        self._writes = 0

    def write(self, data: Any) -> int:
        """Write; a process that ends here has written half."""
        half = memoryview(data)[: len(data) // 2]
        self._writes += 1
        if self._writes not in _WATCHED_WRITES:
            return int(self._stream.write(data))
        try:
            self._disk.touch("write", self._path)
        except HalfWrittenError:
            self._stream.write(half)
            self._stream.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        return int(self._stream.write(data))

    def flush(self) -> None:
        """Flush."""
        self._disk.touch("flush", self._path)
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


class HalfWrittenError(Exception):
    """Asks a stream to write half of what it was given, and to end the process."""


def failing(number: int) -> Act:
    """Return what lets an operation fail as a disk does, full or broken."""

    def act(_: str, path: Path) -> None:
        raise OSError(number, os.strerror(number), str(path))

    return act


FULL, BROKEN = failing(errno.ENOSPC), failing(errno.EIO)


def killed(operation: str, path: Path) -> None:
    """End the process, in the middle of a write."""
    del path
    if operation == "write":
        raise HalfWrittenError
    os.kill(os.getpid(), signal.SIGKILL)


class Inline:
    """A pool whose one worker is this process; it answers as `runner.pool.Pool` does."""

    def __init__(self, workers: int, prepare: Callable[[], Any], handle: Callable[..., Any], *_: Any) -> None:
        del workers
        self._state, self._handle = prepare(), handle

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, tasks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        """Give each task with its result."""
        for task in tasks:
            kind, answer = pool._answer(partial(self._handle, self._state, task))
            if kind == "unfinished":
                raise UnfinishedError(answer)
            yield task, answer if kind == "done" else pool.Lost(answer)
