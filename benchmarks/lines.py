"""How many lines a second the formats of lines are read, one processor: ``python -m benchmarks.lines [FORMAT ...]``.

Lines are those of the golden cases, varied so that addresses, ports, sizes, numbers, users and processes differ and
hardly a line comes twice; a second has a hundred lines. They are read as workers do, the garbage collector off, after
some others of the same format, so that what is imported and compiled once in a hunt does not count.
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
from yadorigi.sources.contract import ReadingLog, Source
from yadorigi.sources.registry import every_source, source_named

CASES: Final = Path(__file__).parents[1] / "tests" / "sources" / "lines" / "cases"
LINES: Final = 50_000
_BEFORE: Final = 100
USUAL: Final = "usual"
"""Stem of a case's file that holds lines as devices write them all day."""
_OCTET: Final = re.compile(
    rb"((?<![\d.\-])\d{1,3}\.\d{1,3}\.)\d{1,3}\.\d{1,3}(?![\d.\-]| pri=|\"; originsicname| src=)"
)
"""Last octets of addresses, but of those that are the device's own: one file has few devices."""
_CLOCK: Final = re.compile(rb"(?<![:\d])(\d\d):(\d\d):(\d\d)(?![:\d])")
_SECONDS: Final = re.compile(rb"(?<!\d)(?<!date=)(17\d{8})(?=\D|\d{3}\D|\d{9}\D)")
_FRACTION: Final = re.compile(rb"(?<=:\d\d\.)\d{3,6}(?=[Z+\-])|(?<=\b\d{10})\d{9}\b")
_PORT: Final = re.compile(
    rb"(?i)(?:(?<=port=)|(?<=[sd]pt=)|(?<=port=\")|(?<=\d/)|(?<=s_port:\")|(?<=port )|(?<=\d:))\d{4,5}\b"
)
_COUNT: Final = re.compile(
    rb"(?<=byte=)\d+|(?<=pkt=)\d+|(?<=sessionid=)\d+|(?<=duration=)\d+|(?<= \d{3} )\d+(?= \")"
    rb"|(?<=,)\d{3,9}(?=,)|(?<==)(?<! [mc]=)\d{3,9}(?=[ \t^])|(?<=[=:]\")(?<! id=\")\d{3,9}(?=\")|(?<=\()\d{1,9}(?=\))"
    rb"|(?<= )\d{4}(?= N/A\()"
)
_PROCESS: Final = re.compile(rb"(?<=[a-zA-Z]\[)(?<!filterlog\[)\d{3,6}(?=\]: )")
_UNIQUE: Final = re.compile(rb"(?<=loguid:\"\{0x)[0-9a-f]{8}")
_NAME: Final = re.compile(rb"\b(?:alice|bob|carol|kobayashi|admin)\b")
_QUERY: Final = re.compile(rb"(?<=/)b\?c=d")
_LINES_A_SECOND: Final = 100
_DAY: Final = 24 * 60 * 60


def varied(lines: list[bytes], count: int) -> bytes:
    """Return so many lines, of which addresses, ports, sizes, numbers, names and times differ."""
    numbers = random.Random(7)  # noqa: S311 - the same lines in every run
    found = []
    for number in range(count):
        line, later = lines[number % len(lines)], number // _LINES_A_SECOND
        line = _CLOCK.sub(lambda time, later=later: _later(time, later), line)  # type: ignore[misc]  # mypy infers no type of a default
        line = _SECONDS.sub(lambda time, later=later: b"%d" % (int(time[1]) + later), line)  # type: ignore[misc]  # the same
        line = _FRACTION.sub(lambda old: b"%0*d" % (len(old[0]), numbers.randrange(10 ** len(old[0]))), line)
        line = _OCTET.sub(lambda old: b"%s%d.%d" % (old[1], numbers.randrange(256), numbers.randrange(1, 255)), line)
        line = _PORT.sub(lambda _: b"%d" % numbers.randrange(1_024, 65_536), line)
        line = _PROCESS.sub(lambda _: b"%d" % numbers.randrange(300, 400_000), line)
        line = _UNIQUE.sub(lambda _: b"%08x" % numbers.randrange(16**8), line)
        line = _NAME.sub(lambda old: b"%s%d" % (old[0], numbers.randrange(5_000)), line)
        line = _QUERY.sub(lambda _: b"%x?c=%d" % (numbers.randrange(10**8), numbers.randrange(10**6)), line)
        found.append(_COUNT.sub(lambda _: b"%d" % numbers.randrange(1_000, 65_536), line))
    return b"\n".join(found) + b"\n"


def _later(time: re.Match[bytes], seconds: int) -> bytes:
    """Return a time of a day so many seconds later."""
    hour, minute, second = map(int, time.groups())
    moment = (hour * 3_600 + minute * 60 + second + seconds) % _DAY
    return b"%02d:%02d:%02d" % (moment // 3_600, moment // 60 % 60, moment % 60)


def measure(name: str, logs: list[Path]) -> tuple[int, float, int]:
    """Return lines, seconds and events of reading a format."""
    lines = [line for log in logs for line in log.read_bytes().splitlines() if line.strip()]
    source = source_named(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(varied(lines, _BEFORE))
        _events_of(source, path)
        path.write_bytes(varied(lines, LINES))
        with collector_off():
            start = time.process_time()
            events = _events_of(source, path)
            return LINES, time.process_time() - start, events


def _events_of(source: Source, path: Path) -> int:
    """Return how many events a file has that is read as one."""
    pieces = list(source.pieces(0, path, path.name, path.stat().st_size))
    return sum(len(gathered) for gathered in source.read(pieces, ReadingLog()))


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
