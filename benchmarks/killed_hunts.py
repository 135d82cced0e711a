"""Ends hunts at any moment, again and again, and verifies what is left of the case.

``python -m benchmarks.killed_hunts --kills 200``. A hunt is ended with all of its workers, as the system ends what
takes too much memory. What is left must be sound, before the next hunt and behind it. POSIX only.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.lake.cases import event, hunt
from tests.rules_cache import CACHE_VARIABLE
from yadorigi.app.verify_case import VerifyOptions, verify_case
from yadorigi.errors import CaseError
from yadorigi.vault.keys import HOME_VARIABLE

_FILES = 3
_LONGEST = 2.5
_FORCED = 0.2


def _evidence(folder: Path, number: int) -> Path:
    evidence = folder / f"evidence-{number % 7}"
    if not evidence.exists():
        evidence.mkdir()
        for file in range(_FILES):
            lines = [event(number * 100 + line, host=f"H{file}.example") for line in range(20)]
            (evidence / f"{number}-{file}.jsonl").write_text("".join(lines), encoding="utf-8")
    return evidence


def _killed(case: Path, evidence: Path, chance: random.Random) -> bool:
    """Start a hunt and end it; say whether it came to its end before."""
    force, seconds = chance.random() < _FORCED, chance.random() * _LONGEST
    child = os.fork()
    if not child:
        os.setsid()
        code = 1
        try:
            hunt(case, evidence, report=True, force=force)
            code = 0
        finally:
            os._exit(code)
    time.sleep(seconds)
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a hunt ended by itself")
    return os.WIFEXITED(status)


def _look(case: Path, told: Counter[str]) -> None:
    """Verify, and remember what was told of what was left."""
    try:
        found = verify_case(case, VerifyOptions(workers=1))
    except CaseError as error:
        told[f"(no vault yet: {str(error).partition(' ')[2][:30]})"] += 1
        return
    if not found.sound:
        raise SystemExit(f"{case} is not sound: {found.faults[:5]}; {found.notices}")
    for notice in found.notices:
        told[notice.partition(": ")[2][:60] or notice[:60]] += 1


def main() -> int:
    """Kill, verify, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", action="store_true", help="leave the cases where they are")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - it must be repeatable
    told: Counter[str] = Counter()
    ended = 0
    folder = Path(tempfile.mkdtemp())
    os.environ.setdefault(CACHE_VARIABLE, str(folder / "cache"))
    os.environ[HOME_VARIABLE] = str(folder / "home")
    case = folder / "case-0"
    for number in range(options.kills):
        if number % 10 == 0:
            case = folder / f"case-{number}"
        ended += _killed(case, _evidence(folder, number), chance)
        if case.is_dir():
            _look(case, told)
        if number % 3 == 0:
            hunt(case, _evidence(folder, number + 1), report=False)
            _look(case, told)
    print(f"{options.kills} hunts, {options.kills - ended} of them ended early: every case is sound")
    for notice, count in told.most_common():
        print(f"{count:>6} {notice}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
