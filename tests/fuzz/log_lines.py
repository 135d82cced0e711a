"""The readers of logs of lines under test: every line becomes an event or is counted in a warning."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.findings import Seeds, Target, require
from tests.fuzz.mutations import TEXT, mutated
from yadorigi.sources.contract import Piece, ReadingLog
from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines.framing import lines_of
from yadorigi.sources.lines.source import FAULT
from yadorigi.sources.lines.survey import Formats
from yadorigi.sources.registry import recognise, source_named

_CASES: Final = Path(__file__).parents[1] / "sources" / "lines" / "cases"
_JOINED: Final = tuple(own for own in FORMATS if own.joiner is not None)
_ALONE: Final = frozenset(own.name for own in FORMATS if own.alone)
_NO_RECORD: Final = re.compile(r"(?:line \d+|([\d,]+) lines, [^:]{1,40}): .*, which holds no record").fullmatch
_FORMATS: Final = Formats(FORMATS)
_NAMES: Final = tuple(own.name for own in FORMATS)


def log_seeds() -> Seeds:
    """The golden cases, whole and line by line."""
    names = {own.name for own in FORMATS}
    logs = [path for path in sorted(_CASES.glob("*/*")) if path.parent.name in names and path.suffix != ".json"]
    whole = [path.read_bytes() for path in logs]
    return [*whole, *(line for log in whole for line in log.split(b"\n") if line)]


def make_log(chance: Random, seeds: Seeds) -> bytes:
    """Change a log, with a first byte that says which format reads it (beyond the last: the one that recognises it)."""
    return bytes([chance.randrange(2 * len(_NAMES))]) + mutated(chance, seeds, TEXT)


def check_log(data: bytes, folder: Path) -> None:
    """Read a log as some format, whichever line it may be of: nothing is lost, and nothing is told twice."""
    path = folder / "some.log"
    path.write_bytes(data[1:])
    chosen = _NAMES[data[0]] if data[0] < len(_NAMES) else None
    source = source_named(chosen) if chosen is not None else recognise(data[1:65_537], path.name).source
    if source is None or source.name not in _NAMES:
        return
    log, events = ReadingLog(), 0
    pieces = list(source.pieces(0, path, path.name, path.stat().st_size))
    for gathered in source.read(pieces, log):
        events += len(gathered)
        for batch in gathered.batches():
            for place in range(len(batch)):
                batch.event(place)
    faults = [warning.reason for _, warning in log.warnings if FAULT in warning.reason]
    require(not faults, f"{faults[:1]}")
    require(sum(log.events.values()) == events, "events are counted wrongly")
    lost = sum(warning.records or 0 for _, warning in log.warnings if warning.kind == "record")
    between = sum(_between(warning.reason) for _, warning in log.warnings)
    lines = _lines(path)
    # Lines that are joined are one event.
    least = 0 if source.name in _ALONE else sum(not _is_joined(text, source.name) for text in lines)
    lost += between
    require(least <= events + lost <= len(lines), f"{events} + {lost} of {len(lines)} lines, {least} of them alone")


def _between(told: str) -> int:
    """Return of how many lines a notice says that they hold no record."""
    found = _NO_RECORD(told)
    return 0 if found is None else int((found[1] or "1").replace(",", ""))


def _lines(path: Path) -> list[str]:
    whole = Piece(0, path, path.name, "", 0, path.stat().st_size, 1)
    return [text for _, text in lines_of(whole, ReadingLog(), Counter()) if text and not text.isspace()]


def _is_joined(text: str, chosen: str) -> bool:
    own = _FORMATS.split(text)[1]
    return own in _JOINED or (own is None and chosen in {one.name for one in _JOINED})


TARGETS: Final = (Target("log-lines", log_seeds, make_log, check_log),)
