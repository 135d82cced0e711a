"""How many lines a second the formats of lines are read, one processor: ``python -m benchmarks.lines [FORMAT ...]``.

Lines are those of the golden cases, varied so that addresses, ports, sizes and numbers of sessions differ and hardly
any line comes twice. They are read as workers do, the garbage collector off.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from yadorigi.app.memory import collector_off
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import every_source, source_named

CASES: Final = Path(__file__).parents[1] / "tests" / "sources" / "lines" / "cases"
LINES: Final = 100_000
USUAL: Final = "usual"
"""Stem of a case's file that holds lines as devices write them all day."""
_OCTET: Final = re.compile(rb"((?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.)\d{1,3}(?![\d.]| pri=|\"; originsicname| src=)")
"""Last octets of addresses, but of those that are the device's own: one file has few devices."""
_NANOSECONDS: Final = re.compile(rb"(?<=\b\d{10})\d{9}\b")
_PORT: Final = re.compile(rb"(?i)(?:(?<=port=)|(?<=[sd]pt=)|(?<=port=\")|(?<=\d/)|(?<=s_port:\"))\d{4,5}\b")
_COUNT: Final = re.compile(
    rb"(?<=byte=)\d+|(?<=pkt=)\d+|(?<=sessionid=)\d+|(?<=duration=)\d+|(?<= \d{3} )\d+(?= \")|(?<=,)\d{3,5}(?=,)"
)


def varied(lines: list[bytes], count: int) -> bytes:
    """Return so many lines in which last octets, ports, sizes, numbers of sessions and parts of seconds differ."""
    numbers = random.Random(7)  # noqa: S311 - the same lines in every run
    found = []
    for number in range(count):
        line = lines[number % len(lines)]
        line = _OCTET.sub(b"\\g<1>%d" % numbers.randrange(1, 255), line)
        line = _NANOSECONDS.sub(b"%09d" % numbers.randrange(10**9), line)
        line = _PORT.sub(b"%d" % numbers.randrange(1024, 65_536), line)
        found.append(_COUNT.sub(lambda _: b"%d" % numbers.randrange(10, 65_536), line))
    return b"\n".join(found) + b"\n"


def measure(name: str, logs: list[Path]) -> tuple[int, float, int]:
    """Return lines, seconds and events of reading a format."""
    lines = [line for log in logs for line in log.read_bytes().splitlines() if line.strip()]
    source = source_named(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(varied(lines, LINES))
        log, events = ReadingLog(), 0
        with collector_off():
            start = time.process_time()
            for gathered in source.read(list(source.pieces(0, path, path.name, path.stat().st_size)), log):
                events += len(gathered)
            return LINES, time.process_time() - start, events


def main() -> None:
    """Print the figures."""
    for folder in sorted(CASES.iterdir()):
        if sys.argv[1:] and folder.name not in sys.argv[1:]:
            continue
        logs = sorted(path for path in folder.iterdir() if not path.name.endswith(".golden.json"))
        # Other cases are of what is odd.
        usual = [path for path in logs if path.stem == USUAL]
        logs = usual or logs
        if not usual and not sys.argv[1:]:
            continue
        if folder.name not in {source.name for source in every_source()}:
            continue
        lines, seconds, events = measure(folder.name, logs)
        print(f"{folder.name}: {lines / seconds:,.0f} lines a second ({events:,} events of {lines:,} lines)")


if __name__ == "__main__":
    main()
