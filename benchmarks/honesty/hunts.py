"""Hunts variants of the estate with the program, as a user does, and compares its verdicts with the truth.

The program is run inside of this process, by the entry point that its package declares, so that Python and its modules
are not loaded anew for each of some hundred hunts. Nothing of it is imported by name.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.honesty.clock import system_time
from benchmarks.honesty.compare import Comparison, Fault, Line, compare
from benchmarks.honesty.variants import variants
from benchmarks.honesty.ways_of_collecting import OTHER_RULE, RULE_FILE

if TYPE_CHECKING:
    from benchmarks.honesty.logs import Estate
    from benchmarks.honesty.variant import Variant
from benchmarks.honesty.packing import files_of

GOOD_ENDS: Final = (0, 3)
"""Exit codes of a hunt that is done; 3 where something was damaged."""


@dataclass(frozen=True)
class Outcome:
    """What came out of one variant.

    Attributes:
        variant, kind: which.
        comparison: with the truth.
        seconds: how long making, hunting and comparing took.
    """

    variant: str
    kind: str
    comparison: Comparison
    seconds: float


@cache
def _program() -> Callable[[], None]:
    (entry,) = entry_points(group="console_scripts", name="yadorigi")
    loaded: Callable[[], None] = entry.load()
    return loaded


def run_program(arguments: Sequence[str]) -> int:
    """Run the program's command line in this process and return its exit code; what it prints is thrown away."""
    before = sys.argv
    sys.argv = ["yadorigi", *arguments]
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            _program()()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else 1
        finally:
            sys.argv = before
    return 0


def write(estate: Estate, folder: Path) -> Path:
    """Write the files of an estate below a folder, and return the folder that is to be hunted."""
    evidence = folder / "estate"
    for path, data in files_of(estate).items():
        place = evidence / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    if RULE_FILE in estate.rules:
        place = folder / RULE_FILE
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(OTHER_RULE)
    return evidence


def command_lines(estate: Estate, folder: Path) -> list[list[str]]:
    """Return the command lines of the hunts: one, or one for each site."""
    rules = [part for rule in estate.rules for part in ("--rules", str(folder / rule) if "/" in rule else rule)]
    since = [] if estate.since is None else ["--since", system_time(estate.since)]
    until = [] if estate.until is None else ["--until", system_time(estate.until)]
    how = ["--case", str(folder / "case"), "--workers", "1", "-q", "--no-report", "--no-store", *rules, *since, *until]
    if not estate.by_site:
        return [["hunt", str(folder / "estate"), "--force", *how]]
    sites = sorted({log.host.site for log in estate.logs.values()})
    return [["hunt", str(folder / "estate" / site), "--site", site, *how] for site in sites]


def hunt(variant: Variant, keep: Path | None = None) -> Outcome:
    """Make a variant, hunt it and compare.

    Args:
        variant: what to make.
        keep: where estate and case stay; else they are deleted.
    """
    start = time.monotonic()
    estate = variant.build()
    folder = Path(tempfile.mkdtemp(prefix="honesty-")) if keep is None else keep / _plain(variant.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(estate, folder)
        code = max(run_program(arguments) for arguments in command_lines(estate, folder))
        lines = _lines(folder / "case" / "verdicts.jsonl")
        if code in GOOD_ENDS and lines:
            comparison = compare(estate, lines)
        else:
            comparison = Comparison(1, 0, [Fault("hunt", f"the hunt ended with {code} and {len(lines)} verdicts")])
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return Outcome(variant.name, variant.kind, comparison, time.monotonic() - start)


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)[:100]


def _lines(path: Path) -> list[Line]:
    if not path.exists():
        return []
    lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_bytes().splitlines()]
    return lines


def _hunt_number(number: int, keep: Path | None) -> Outcome:
    return hunt(variants()[number], keep)


def hunt_all(numbers: Sequence[int], keep: Path | None, workers: int) -> Iterator[Outcome]:
    """Hunt variants, by their numbers, in some processes; outcomes come in the order of the numbers."""
    if workers == 1:
        yield from (_hunt_number(number, keep) for number in numbers)
        return
    with ProcessPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(_hunt_number, numbers, [keep] * len(numbers))
