"""The zone of times that state none, by headers around them that state theirs.

Relays, syslog servers and collectors write the moment at which they took a line, mostly with a zone, in front of what a
device wrote in its own clock without one. The two are of the same moment, but for the way between them, so that they
differ by the zone of the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING, Final

from yadorigi.schema.times import TICKS_PER_SECOND, ticks_of
from yadorigi.sources.contract import HEAD_BYTES, Piece
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.envelopes import opened
from yadorigi.sources.lines.format import LineError
from yadorigi.sources.lines.survey import first_lines
from yadorigi.sources.lines.syslog import outer_time

if TYPE_CHECKING:
    from yadorigi.sources.lines.survey import Formats

_LINES: Final = 200
_COMPARED: Final = 20
"""Lines of which both times are read."""
_QUARTER: Final = 900
_TRANSIT: Final = 120
"""Seconds that a line may have been on its way, or clocks may differ by."""
_FURTHEST: Final = 14 * 3600


def zone_around(piece: Piece, formats: Formats, first_year: Callable[[], int]) -> timezone | None:
    """Return the zone in which a piece's lines write times without one; None where that is not told, or several are."""
    try:
        with piece.path.open("rb") as stream:
            stream.seek(piece.start)
            texts = first_lines(stream.read(min(HEAD_BYTES, piece.size)))
    except OSError:
        return None
    return zone_of_texts(texts, formats, first_year)


def zone_of_texts(texts: Iterable[str], formats: Formats, first_year: Callable[[], int]) -> timezone | None:
    """Return the zone in which lines write times without one; None where that is not told, or several are."""
    offsets: set[int] = set()
    compared = fitting = late = 0
    for text in islice(texts, _LINES):
        outer = _outer(text)
        if not outer:
            continue
        compared += 1
        ahead = _ahead(text, outer, formats, first_year)
        if ahead is not None:
            offset = round(ahead / _QUARTER) * _QUARTER
            is_zone = abs(ahead - offset) <= _TRANSIT and abs(offset) <= _FURTHEST
            fitting, late = fitting + is_zone, late + (not is_zone)
            offsets |= {offset} if is_zone else set()
        if compared >= _COMPARED:
            break
    # Lines that were kept back are late by any time; where most are, nothing is told by those that happen to fit.
    if len(offsets) != 1 or fitting <= late:
        return None
    return timezone(timedelta(seconds=offsets.pop()))


def _outer(text: str) -> str:
    """Return the time of what stands around a line, if it states a zone."""
    wrapped = opened(text) if text[:1] == "{" else None
    time = wrapped.time if wrapped is not None else outer_time(text)
    stamp = Clock().read(time) if time else None
    return stamp.time if stamp is not None and stamp.zone == "stated" else ""


def _ahead(text: str, outer: str, formats: Formats, first_year: Callable[[], int]) -> float | None:
    """Return by how many seconds the time inside is ahead, None if it states a zone, or there is none."""
    line, own = formats.split(text)
    clock = Clock(UTC, first_year)
    try:
        stamp = own.read(line, clock).time if own is not None else None
    except (LineError, ValueError, LookupError):
        return None
    if stamp is None and line.header.time:
        stamp = clock.read(line.header.time)
    if stamp is None or stamp.zone != "option":
        return None
    return (ticks_of(stamp.time) - ticks_of(outer)) / TICKS_PER_SECOND
