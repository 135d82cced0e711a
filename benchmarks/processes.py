"""Processes run and timed as a whole, one after the other, with the memory of all that they start."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import psutil

ROOT: Final = Path(__file__).resolve().parent.parent
_EVERY_SECONDS: Final = 0.1
_GOOD_CODES: Final = (0, 3)
"""Done, and done with input that was damaged."""

First = TypeVar("First")
Second = TypeVar("Second")


class RunError(Exception):
    """A measured process failed, so that its time says nothing."""


@dataclass(frozen=True)
class Run:
    """One process, from its start to its end.

    Attributes:
        seconds: wall time.
        processor_seconds: processor time of the process and all that it started; a busy machine changes it little.
        peak_bytes: the largest sum of the resident memory of the process and its children; 0 where nobody looked.
        output: its standard output.
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int
    output: str


def python(*arguments: str) -> list[str]:
    """Return the command that runs this Python."""
    return [sys.executable, *arguments]


def run(command: Sequence[str], watch_memory: bool = False) -> Run:
    """Run a process.

    Looking at memory costs processor time, so it is done only where it is asked for.

    Raises:
        RunError: it failed.
    """
    before, start = _processor_seconds(), time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        watch = _Watch(process.pid) if watch_memory else None
        output, errors = process.communicate()
        seconds = time.perf_counter() - start
    peak = watch.ended() if watch is not None else 0
    if process.returncode not in _GOOD_CODES:
        raise RunError(f"exit code {process.returncode} from {' '.join(command)}: {errors.strip()[-2_000:]}")
    return Run(seconds, _processor_seconds() - before, peak, output)


def _processor_seconds() -> float:
    """Return the processor time of all processes that were started from here and have ended."""
    spent = os.times()
    return spent.children_user + spent.children_system


def alternated(runs: int, first: Callable[[], First], second: Callable[[], Second]) -> tuple[list[First], list[Second]]:
    """Do two things in turns, so that a busy machine meets both; the first turn warms up and does not count."""
    turns = [(first(), second()) for _ in range(runs + 1)][1:]
    return [one for one, _ in turns], [other for _, other in turns]


class _Watch:
    """Looks at the memory of a process and its children until it ends."""

    def __init__(self, pid: int) -> None:
        self._peak = 0
        self._end = threading.Event()
        self._process = psutil.Process(pid)
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._end.wait(_EVERY_SECONDS):
            total = 0
            with contextlib.suppress(psutil.Error):
                for process in (self._process, *self._process.children(recursive=True)):
                    with contextlib.suppress(psutil.Error):
                        total += process.memory_info().rss
            self._peak = max(self._peak, total)

    def ended(self) -> int:
        self._end.set()
        self._thread.join()
        return self._peak
