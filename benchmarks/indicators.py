"""What indicators cost: ``python -m benchmarks.indicators [FOLDER OF LOGS]...``.

Prints the time and memory to load a million, from a list and from a table, and the time to look 100,000 of them up in
each event of logs: the first time that values are seen, and the second.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from benchmarks.processes import python, run
from yadorigi.detect.indicators.matcher import IndicatorMatcher
from yadorigi.packs.indicators import load_indicators
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import recognise

if TYPE_CHECKING:
    from yadorigi.schema.batch import EventBatch

MILLION: Final = 1_000_000
LOOKED_UP: Final = 100_000
_HEAD: Final = 65_536
_MEBIBYTE: Final = 1_048_576
_TYPES: Final = ("sha256", "sha256", "ip", "domain")


def values(count: int) -> Iterator[tuple[str, str]]:
    """Give types and values: half hashes, the rest addresses and domains; the same each time."""
    chance = random.Random(1)  # noqa: S311 - figures must be repeatable
    for number in range(count):
        kind = _TYPES[number % len(_TYPES)]
        if kind == "sha256":
            yield kind, f"{chance.getrandbits(256):064x}"
        elif kind == "ip":
            yield kind, str(IPv4Address(chance.randrange(0x0B00_0000, 0xDF00_0000)))
        else:
            yield kind, f"h{chance.getrandbits(40):x}.evil{number % 1_000}.test"


def write_list(path: Path, count: int) -> Path:
    """Write a plain list."""
    path.write_text("\n".join(value for _, value in values(count)), encoding="utf-8")
    return path


def write_table(path: Path, count: int) -> Path:
    """Write a table with what feeds say of each value."""
    rows = (
        f"{kind},{value},2026-0{number % 9 + 1}-{number % 28 + 1:02},family{number % 500},{number % 100}"
        for number, (kind, value) in enumerate(values(count))
    )
    path.write_text("\n".join(("type,value,first_seen,malware,confidence", *rows)), encoding="utf-8")
    return path


def load_only(path: str) -> None:
    """Load, and print seconds, those of the processor, values and memory as JSON (in a process of its own)."""
    start, processor = time.perf_counter(), time.process_time()
    loaded = load_indicators([path])
    seconds, spent = time.perf_counter() - start, time.process_time() - processor
    figures = {
        "seconds": round(seconds, 2),
        "processor_seconds": round(spent, 2),
        "loaded": len(loaded),
        "memory_mib": round(psutil.Process().memory_info().rss / _MEBIBYTE),
    }
    print(json.dumps(figures))


def batches_of(folders: Sequence[Path]) -> Iterator[EventBatch]:
    """Give the events of logs."""
    for path in sorted(one for folder in folders for one in folder.rglob("*") if one.is_file()):
        with path.open("rb") as stream:
            source = recognise(stream.read(_HEAD), path.name).source
        if source is not None:
            pieces = list(source.pieces(0, path, path.name, path.stat().st_size))
            for gathered in source.read(pieces, ReadingLog()):
                yield from gathered.batches()


def look_up(folders: Sequence[Path], matcher: IndicatorMatcher) -> tuple[int, float]:
    """Return events, and the seconds of looking at them."""
    events, spent = 0, 0.0
    for batch in batches_of(folders):
        start = time.process_time()
        for _ in matcher.match(batch):
            pass
        spent += time.process_time() - start
        events += len(batch)
    return events, spent


def main() -> None:
    """Print the rows of a table."""
    if sys.argv[1:2] == ["--load"]:
        load_only(sys.argv[2])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("| what | figure |\n|---|---|")
        for words, path in (
            ("a list of a million", write_list(folder / "list.txt", MILLION)),
            ("a table of a million", write_table(folder / "table.csv", MILLION)),
        ):
            figures = json.loads(run(python("-m", "benchmarks.indicators", "--load", str(path))).output)
            seconds = f"{figures['seconds']} s ({figures['processor_seconds']} s of processor)"
            print(f"| {words} ({figures['loaded']} loaded) | {seconds}, {figures['memory_mib']} MiB |")
        folders = [Path(one) for one in sys.argv[1:]]
        if not folders:
            return
        some = str(write_list(folder / "some.txt", LOOKED_UP))
        for of, given in (("the hashes that ship", ["builtin"]), (f"{LOOKED_UP:,} indicators", [some, "builtin"])):
            matcher = IndicatorMatcher(load_indicators(given))
            for words in ("first", "second"):
                events, spent = look_up(folders, matcher)
                print(f"| {of} in {events} events, {words} time | {spent / max(events, 1) * 1e6:.2f} µs for each |")


if __name__ == "__main__":
    main()
