"""One writer at a time: the lock of a case folder.

The operating system holds it, so it goes with the process, however that ends. Workers are copies of the process that
has it: they let go of their copy at once, so that none of them keeps or gives up what is not theirs.
"""

from __future__ import annotations

import contextlib
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from yadorigi.errors import CaseError
from yadorigi.reports.cells import one_line
from yadorigi.schema.times import canonical_time

LOCK: Final = ".lock"

_HOLDER_BYTES: Final = 4_096
_SHOWN: Final = 200
_TRIES: Final = 100
_GUARD: Final = b"\n"
"""First byte of the file: Windows lets nobody read what is locked, so the holder is written behind it."""


class _Holder(msgspec.Struct):
    """Who has a lock.

    Attributes:
        pid: process id.
        host: the computer that it runs on.
        since: canonical time.
    """

    pid: int
    host: str
    since: str


_HELD: Final[set[int]] = set()


def _let_go() -> None:
    """Close the copies that a forked process has of locks; the lock stays with the process that took it."""
    for number in _HELD:
        with contextlib.suppress(OSError):
            os.close(number)
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


class CaseLock:
    """The lock of a case, held until `release`.

    Attributes:
        problem: why there is no lock, in words, or "": some network file systems have none.
    """

    def __init__(self, path: Path, number: int | None, problem: str = "") -> None:
        """Take what `taken` made."""
        self.problem = problem
        self._path = path
        self._number = number

    @classmethod
    def taken(cls, case: Path) -> CaseLock:
        """Return the lock of a case folder, which must be there.

        Raises:
            CaseError: somebody else has it; nothing was changed.
            OSError: the folder cannot be written to.
        """
        path = case / LOCK
        for _ in range(_TRIES):
            number = _open(path)
            try:
                problem = _locked(number, case)
                if not problem:
                    if not _is_still(number, path):
                        os.close(number)
                        continue
                    _name_holder(number)
            except BaseException:
                os.close(number)
                raise
            if problem:
                os.close(number)
                return cls(path, None, problem)
            _HELD.add(number)
            return cls(path, number)
        raise CaseError(f"{case} is being written to by others again and again; try later")

    def release(self) -> None:
        """Let others have it. Does nothing a second time, nor in a process that was forked meanwhile."""
        number, self._number = self._number, None
        if number is None or number not in _HELD:
            return
        _HELD.discard(number)
        # Removed while it is still locked: whoever opened it meanwhile sees that it is not this file any more.
        with contextlib.suppress(OSError):
            self._path.unlink()
        os.close(number)
        if os.name == "nt":
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    return os.open(path, flags, 0o666)


def _locked(number: int, case: Path) -> str:
    """Lock an open file; return why that is not possible here, or "".

    Raises:
        CaseError: somebody else has it.
    """
    from filelock import lock_descriptor  # noqa: PLC0415 - only who writes needs it

    try:
        if lock_descriptor(number, blocking=False):
            return ""
    except OSError as error:
        reason = error.strerror or str(error)
        return f"{case} lies on a file system without locks ({reason}): see to it that nobody else writes to this case"
    raise CaseError(
        f"{case} is being written to by another run{_holder(number)}; wait for its end, stop it, or name another case"
    )


def _is_still(number: int, path: Path) -> bool:
    """Say whether an open file is the one that lies at the path."""
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except OSError:
        return False


def _name_holder(number: int) -> None:
    now = canonical_time(datetime.now(UTC).isoformat()) or ""
    with contextlib.suppress(OSError):  # it only helps others to see who it is
        os.ftruncate(number, 0)
        os.lseek(number, 0, os.SEEK_SET)
        os.write(number, _GUARD + msgspec.json.encode(_Holder(os.getpid(), socket.gethostname(), now)))


def _holder(number: int) -> str:
    """Say who has a lock, as far as can be known."""
    try:
        os.lseek(number, len(_GUARD), os.SEEK_SET)
        holder = msgspec.json.decode(os.read(number, _HOLDER_BYTES), type=_Holder)
    except (OSError, msgspec.MsgspecError):
        return ""
    since = one_line(holder.since.partition(".")[0], _SHOWN)
    return f" (process {holder.pid} on {one_line(holder.host, _SHOWN)}, since {since}Z)"
