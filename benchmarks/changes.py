"""Changes cases in one place each, at random, and looks whether verifying finds it, and calls it what it is.

``python -m benchmarks.changes --changes 10000`` prints a table: sort of change, how many, how many found, how many
called right. Exit code 1 where one is not. Two cases take turns: a small one, and one whose log has several tiles.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.rules_cache import CACHE_VARIABLE
from tests.vault.changes import chosen, tried
from tests.vault.made_case import made_case


def main() -> int:
    """Change, verify, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=150, help="files of each act of the larger case")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - it must be repeatable
    made: Counter[str] = Counter()
    found: Counter[str] = Counter()
    right: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault(CACHE_VARIABLE, str(Path(folder) / "cache"))
        small = made_case(Path(folder) / "small", report=True)
        large = made_case(Path(folder) / "large", files=options.files)
        for case in (small, large):
            sound = case.verified()
            if not sound.sound:
                raise SystemExit(f"a case that nobody touched: {sound.faults[:5]}")
        begun = time.monotonic()
        for number in range(options.changes):
            one = tried(large if number % 4 == 0 else small, chosen(chance), chance)
            name = one.change.name
            made[name] += 1
            found[name] += one.found
            right[name] += one.right
            if not one.right:
                print(
                    f"{number}: {name}: expected {one.change.expected}, told {one.first or 'nothing'}: {one.told}",
                    flush=True,
                )
        for case in (small, large):
            if not case.verified().sound:
                raise SystemExit("what was changed was not taken back")
    print(f"{'change':<64} {'made':>6} {'found':>6} {'right':>6}")
    for name in sorted(made):
        print(f"{name:<64} {made[name]:>6} {found[name]:>6} {right[name]:>6}")
    total = made.total()
    print(f"{'all':<64} {total:>6} {found.total():>6} {right.total():>6}")
    print(f"{time.monotonic() - begun:.0f} s")
    return int(right.total() != total)


if __name__ == "__main__":
    sys.exit(main())
