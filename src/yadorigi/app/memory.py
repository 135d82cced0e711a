"""The resident memory of this process and its workers, together; and the collector, out of the way."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator
from typing import Final

import psutil

_EVERY_SECONDS: Final = 0.1


@contextlib.contextmanager
def collector_off() -> Iterator[None]:
    """Keep the garbage collector off: nothing that a batch makes refers to itself, and it would walk it all again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class MemoryWatch:
    """Keeps the largest sum of resident memory that it saw.

    Attributes:
        peak: bytes.
    """

    def __init__(self) -> None:
        """Look at this process alone."""
        self.peak = 0
        self._last = 0.0
        self._own = psutil.Process()
        self._known: dict[int, psutil.Process] = {}
        self.look([])

    def look(self, workers: list[int]) -> None:
        """Add up this process and the workers, at most ten times a second."""
        now = time.monotonic()
        if now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        total = self._own.memory_info().rss
        for pid in workers:
            with contextlib.suppress(psutil.Error):
                if pid not in self._known:
                    self._known[pid] = psutil.Process(pid)
                total += self._known[pid].memory_info().rss
        self.peak = max(self.peak, total)
