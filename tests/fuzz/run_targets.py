"""Runs a reader over changed files in a child process, so that a crash or a hang is a finding and not the end.

Every run has its own chance, made of the seed, the reader's name and the run's number, so that any one can be done
again: ``python -m tests.fuzz --reader NAME --seed SEED --start NUMBER --runs 1``.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.fuzz.findings import Seeds, Target

_BATCH: Final = 50_000
"""Runs of one child; then another one begins, so that nothing grows for hours unnoticed."""
_MEMORY_BYTES: Final = 6 * 1024**3
_POLL_SECONDS: Final = 0.5
_START_SECONDS: Final = 120.0
_FINDINGS_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One input with which a reader broke its contract."""

    reader: str
    seed: str
    run: int
    what: str

    @property
    def text(self) -> str:
        """Say what was found and how to see it again."""
        again = f"python -m tests.fuzz --reader {self.reader} --seed {self.seed} --start {self.run} --runs 1"
        return f"{self.what}\n  again: {again}"


@dataclass(slots=True)
class Account:
    """What a fuzzing run did, by reader; the slowest run is seconds of the processor and the run's number."""

    runs: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, tuple[float, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def input_of(target: Target, seeds: Seeds, seed: str, run: int) -> bytes:
    """Make the input of one run."""
    return target.make(Random(f"{seed}/{target.name}/{run}"), seeds)  # noqa: S311 - chance must be repeatable


def fuzz(target: Target, seed: str, runs: range, account: Account, seconds: float | None = None) -> None:
    """Run a reader that often, or as long as given, and add to the account."""
    begin = time.monotonic()
    run = runs.start
    while run < runs.stop and (seconds is None or time.monotonic() - begin < seconds):
        left = None if seconds is None else seconds - (time.monotonic() - begin)
        run = _batch(target, seed, range(run, min(run + _BATCH, runs.stop)), account, left)
    account.seconds[target.name] += round(time.monotonic() - begin)


def _batch(target: Target, seed: str, runs: range, account: Account, seconds: float | None) -> int:
    """Run one child; return the number of the next run."""
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    current = context.Value("q", runs.start - 1, lock=False)
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(target, seed, runs, current, theirs, seconds), daemon=True)
    child.start()
    theirs.close()
    last, since = runs.start - 1, time.monotonic()
    found: list[tuple[int, str]] = []
    while child.is_alive():
        child.join(_POLL_SECONDS)
        found += _received(ours, target, account)
        if current.value != last:
            last, since = current.value, time.monotonic()
        allowed = target.seconds if last >= runs.start else _START_SECONDS
        if time.monotonic() - since > allowed and child.is_alive():
            child.kill()
            child.join()
            found.append((last, f"took longer than {allowed:.0f} seconds"))
            break
    else:
        if child.exitcode:
            found.append((current.value, f"the process ended with code {child.exitcode}"))
    found += _received(ours, target, account)
    ours.close()
    for run, what in found:
        if len(account.findings) < _FINDINGS_KEPT:
            account.findings.append(Finding(target.name, seed, run, what))
    if current.value < runs.start:
        raise RuntimeError(f"{target.name}: not one run was done")
    account.runs[target.name] += current.value + 1 - runs.start
    return int(current.value) + 1


def _received(connection: Connection, target: Target, account: Account) -> Iterator[tuple[int, str]]:
    with contextlib.suppress(EOFError, OSError):
        while connection.poll():
            kind, first, second = connection.recv()
            if kind == "slowest":
                account.slowest[target.name] = max(account.slowest.get(target.name, (0.0, 0)), (first, second))
            else:
                yield first, second


def _work(target: Target, seed: str, runs: range, current: Any, out: Connection, seconds: float | None) -> None:
    """Do the runs, in a child process."""
    _limit_memory()
    seeds = target.seeds()
    gc.freeze()
    slowest = (0.0, runs.start)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108 - only quicker
        for run in runs:
            if seconds is not None and time.monotonic() - begin > seconds:
                break
            current.value = run
            data = input_of(target, seeds, seed, run)
            start = time.process_time()
            try:
                target.check(data, Path(folder))
            except BaseException as error:  # noqa: BLE001 - whatever it raises is the finding
                out.send(("finding", run, _shown(error)))
            slowest = max(slowest, (time.process_time() - start, run))
    out.send(("slowest", *slowest))


def _shown(error: BaseException) -> str:
    place = "".join(traceback.format_tb(error.__traceback__)[-3:])
    return f"{type(error).__name__}: {str(error)[:500]}\n{place}"


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
