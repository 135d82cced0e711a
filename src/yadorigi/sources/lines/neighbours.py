"""The time of a line that states none: that of a line near it, or of its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from yadorigi.schema.times import time_of
from yadorigi.sources.contract import HEAD_BYTES, Piece
from yadorigi.sources.lines.format import NO_HEADER, Header, LineError
from yadorigi.sources.lines.survey import first_lines

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.survey import Formats

_NANOSECONDS_PER_TICK: Final = 100


def neighbouring_time(piece: Piece, formats: Formats, clock: Clock) -> str:
    """Return the last time in front of a piece, else the first one that its file states, else when it was written.

    Canonical; "" where the file cannot be looked at. The clock is one for this alone: it must count no time twice.
    """
    try:
        written = piece.path.stat().st_mtime_ns
        for text in _lines_near(piece):
            if text and (time := _time_of(text, formats, clock)):
                return time
    except OSError:
        return ""
    return time_of(max(written, 0) // _NANOSECONDS_PER_TICK)


def header_above(piece: Piece, formats: Formats) -> Header:
    """Return the last header with a time in front of a piece, or one that says nothing."""
    if piece.start:
        try:
            for text in _lines_near(piece):
                if text and (header := formats.split(text)[0].header).time:
                    return header
        except OSError:
            return NO_HEADER
    return NO_HEADER


def _lines_near(piece: Piece) -> Iterator[str]:
    with piece.path.open("rb") as stream:
        if piece.start:
            stream.seek(max(0, piece.start - HEAD_BYTES))
            # The first line may be cut; all others end before the piece.
            yield from stream.read(min(HEAD_BYTES, piece.start)).decode("utf-8", "replace").split("\n")[:0:-1]
            stream.seek(0)
        yield from first_lines(stream.read(HEAD_BYTES))


def _time_of(text: str, formats: Formats, clock: Clock) -> str:
    line, found = formats.split(text)
    if found is None:
        return ""
    try:
        stamp = found.read(line, clock).time
    except (LineError, ValueError, LookupError):
        stamp = None
    if stamp is None and line.header.time:
        stamp = clock.read(line.header.time)
    return stamp.time if stamp is not None else ""
