"""Run the benchmark of honesty: ``.venv/bin/python -m benchmarks.honesty``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.honesty.hunts import Outcome, hunt_all
from benchmarks.honesty.variants import variants

if TYPE_CHECKING:
    from benchmarks.honesty.variant import Variant

_SHOWN_FAULTS = 12


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.honesty", description="Compare verdicts with the truth of a simulated estate."
    )
    parser.add_argument("--variants", type=int, default=0, metavar="N", help="hunt N variants spread over all (0: all)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="those whose name holds NAME")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep estates and cases below DIR")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="hunts at the same time")
    parser.add_argument("--faults", type=int, default=_SHOWN_FAULTS, help="how many faults of a variant are printed")
    return parser.parse_args()


def chosen(known: list[Variant], only: list[str], count: int) -> list[int]:
    """Return the numbers of the variants that were asked for."""
    numbers = [place for place, variant in enumerate(known) if not only or any(part in variant.name for part in only)]
    if not 0 < count < len(numbers):
        return numbers
    return [numbers[place * len(numbers) // count] for place in range(count)]


def print_faults(outcome: Outcome, most: int) -> None:
    """Print what is wrong in a variant."""
    faults = outcome.comparison.faults
    if faults:
        print(f"{outcome.variant}: {len(faults)} faults")
        for fault in faults[:most]:
            print(f"    {fault.kind}: {fault.what}")
        if len(faults) > most:
            print(f"    and {len(faults) - most} more")


def print_table(outcomes: list[Outcome], seconds: float) -> None:
    """Print the figures, by kind of variant and in all."""
    kinds = list(dict.fromkeys(outcome.kind for outcome in outcomes))
    width = max(len(kind) for kind in [*kinds, "variants of the kind"])
    print(f"\n{'variants of the kind':<{width}}  number   verdicts     right   false not_observed   other faults")
    for kind in [*kinds, ""]:
        some = [outcome for outcome in outcomes if kind in ("", outcome.kind)]
        checked = sum(outcome.comparison.checked for outcome in some)
        right = sum(outcome.comparison.right for outcome in some)
        faults = Counter(fault.kind for outcome in some for fault in outcome.comparison.faults)
        false = faults.pop("false not_observed", 0)
        share = f"{100 * right / max(checked, 1):.2f} %"
        name = kind or "all"
        print(f"{name:<{width}}  {len(some):>6}  {checked:>9}  {share:>8}  {false:>19}   {dict(faults) or 'none'}")
    print(f"{len(outcomes)} hunts in {seconds:.0f} s")


def main() -> int:
    """Hunt the variants; 1 where anything is wrong, 2 where no variant has the name."""
    asked = arguments()
    numbers = chosen(variants(), asked.only, asked.variants)
    if not numbers:
        print("no variant has such a name", file=sys.stderr)
        return 2
    start = time.monotonic()
    outcomes: list[Outcome] = []
    for outcome in hunt_all(numbers, asked.keep, max(asked.workers, 1)):
        print_faults(outcome, asked.faults)
        outcomes.append(outcome)
    print_table(outcomes, time.monotonic() - start)
    return 1 if any(outcome.comparison.faults for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
