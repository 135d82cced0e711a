"""Hashes of a case's files, several at once, and of nothing that is no plain file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final, NamedTuple

from yadorigi.limits import MEBIBYTE

_WAITING: Final = 16


class Hashed(NamedTuple):
    """What a file holds.

    Attributes:
        sha256: of it, or "" where it cannot be read.
        size: bytes that were read.
        problem: why it cannot be read, or "".
    """

    sha256: str
    size: int
    problem: str = ""


def hashed(path: Path) -> Hashed:
    """Return what a file holds; a link, a pipe or a device holds nothing."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    digest, size = hashlib.sha256(), 0
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return Hashed("", 0, "no plain file")
        with open(os.open(path, flags), "rb", buffering=0) as stream:  # noqa: PTH123 - Path cannot refuse links
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return Hashed("", 0, "no plain file")
            while block := stream.read(MEBIBYTE):
                digest.update(block)
                size += len(block)
    except FileNotFoundError:
        return Hashed("", 0, "no such file")
    except OSError as error:
        return Hashed("", 0, error.strerror or str(error))
    return Hashed(digest.hexdigest(), size)


def hashed_files(
    paths: Iterable[Path], workers: int, advance: Callable[[int], object]
) -> Iterator[tuple[Path, Hashed]]:
    """Give files with what they hold, in no order.

    Args:
        paths: of the files.
        workers: threads.
        advance: hears of bytes that were read.
    """
    waiting: dict[Future[Hashed], Path] = {}
    with ThreadPoolExecutor(workers, "verify") as pool:
        try:
            for path in paths:
                waiting[pool.submit(hashed, path)] = path
                if len(waiting) >= workers * _WAITING:
                    yield from _done(waiting, advance)
            while waiting:
                yield from _done(waiting, advance)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _done(waiting: dict[Future[Hashed], Path], advance: Callable[[int], object]) -> Iterator[tuple[Path, Hashed]]:
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in done:
        found = future.result()
        advance(found.size)
        yield waiting.pop(future), found
