"""Fuzz the readers: ``python -m tests.fuzz --runs 100000``; exit code 1 means that something was found."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.fuzz.run_targets import Account, fuzz, input_of
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Fuzz, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the readers.")
    parser.add_argument("--reader", action="append", choices=sorted(TARGETS), help="this one; may be repeated")
    parser.add_argument("--runs", type=int, default=10_000, help="runs of each reader")
    parser.add_argument("--seconds", type=float, help="stop each reader after this time")
    parser.add_argument("--seed", default="0", help="any text; the same seed gives the same runs")
    parser.add_argument("--start", type=int, default=0, help="number of the first run")
    parser.add_argument("--keep", type=Path, help="write the inputs of all findings into this folder")
    given = parser.parse_args()
    account = Account()
    for name in given.reader or TARGETS:
        fuzz(TARGETS[name], given.seed, range(given.start, given.start + given.runs), account, given.seconds)
        seconds, run = account.slowest.get(name, (0.0, 0))
        say(
            f"{name}: {account.runs[name]:,} runs in {account.seconds[name]:,} s, seed {given.seed}, "
            f"slowest {seconds:.2f} s (run {run}), "
            f"{sum(finding.reader == name for finding in account.findings)} findings"
        )
    told: set[str] = set()
    for finding in account.findings:
        if finding.what not in told:
            say(f"\n{finding.reader} run {finding.run}: {finding.text}")
        told.add(finding.what)
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            target = TARGETS[finding.reader]
            data = input_of(target, target.seeds(), finding.seed, finding.run)
            (given.keep / f"{finding.reader}-{finding.seed}-{finding.run}.bin").write_bytes(data)
    return 1 if account.findings else 0


def say(text: str) -> None:
    """Print, at once: a run takes hours, and somebody may be waiting for it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("XDG_CACHE_HOME", "/nonexistent")
    sys.exit(main())
