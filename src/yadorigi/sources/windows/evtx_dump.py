"""JSON lines in the shape of evtx_dump: one Windows event per line, as the EVTX parser writes it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from yadorigi.limits import GATHERED_BYTES, GATHERED_RECORDS, PIECE_BYTES, RECORD_BYTES_LIMIT
from yadorigi.schema.times import canonical_time, is_canonical
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.windows.batch import RecordTable
from yadorigi.sources.windows.record import (
    Record,
    RecordError,
    ShapeError,
    decode_odd_record,
    decode_record,
    nests_too_deeply,
)

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BEGINS_LIKE_AN_EVENT: Final = re.compile(rb'\s*\{.{0,400}?"Event"\s*:\s*\{.*?"System"\s*:\s*\{', re.DOTALL).match
_READ_SIZE: Final = 1024 * 1024


class EvtxDumpSource:
    """Reader of evtx_dump's JSON lines (a `Source`)."""

    name = "evtx_dump"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file of whose first lines one is such an event, so that a broken first line hides nothing.

        A line that is no JSON, or is cut off where the look ends, is taken for what it begins like.
        """
        del name
        lines = head.removeprefix(_BYTE_ORDER_MARK).split(b"\n")
        for place, line in enumerate(lines):
            if _is_event(line, whole=place < len(lines) - 1):
                return f"line {place + 1} is an object with Event and System"
        return ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut after line ends, counting lines, so that every part knows its first line's number."""
        with path.open("rb") as stream:
            start, line = 0, 1
            while start < size or not start:
                block_lines, end = _line_end_after(stream, start, PIECE_BYTES)
                if end > start:
                    yield Piece(file, path, name, self.name, start, end - start, line)
                line += block_lines
                if end <= start:
                    return
                start = end

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times without a zone are in ``zone``."""
        table = RecordTable()
        gathered = 0
        for piece in pieces:
            for number, lines in _blocks(piece, log):
                _add_lines(piece, number, lines, table, _Reading(log, zone))
                gathered += sum(map(len, lines))
                if len(table) >= GATHERED_RECORDS or gathered >= GATHERED_BYTES:
                    yield table
                    table = RecordTable()
                    gathered = 0
        if len(table):
            yield table


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where warnings go, and the zone of times without one."""

    log: ReadingLog
    zone: tzinfo


def _is_event(line: bytes, *, whole: bool) -> bool:
    if b'"Event"' not in line or not line.lstrip().startswith(b"{"):
        return False
    try:
        decode_odd_record(line)
    except ShapeError:
        return not whole and _BEGINS_LIKE_AN_EVENT(line) is not None
    except RecordError:
        return _BEGINS_LIKE_AN_EVENT(line) is not None
    return True


def _line_end_after(stream: BinaryIO, start: int, size: int) -> tuple[int, int]:
    """Return how many lines end in the block of about ``size`` bytes from ``start``, and where its last line ends."""
    stream.seek(start)
    lines, position = 0, start
    while True:
        block = stream.read(_READ_SIZE)
        if not block:
            return lines, position
        if position + len(block) - start >= size:
            found = block.find(b"\n", max(size - (position - start) - 1, 0))
            if found >= 0:
                return lines + block.count(b"\n", 0, found + 1), position + found + 1
        lines += block.count(b"\n")
        position += len(block)


def _blocks(piece: Piece, log: ReadingLog) -> Iterator[tuple[int, list[bytes]]]:
    """Give the piece's lines in blocks with the number of the first."""
    try:
        with piece.path.open("rb") as stream:
            stream.seek(piece.start)
            # A piece longer than this ends with a line over the limit, which is not read.
            body = stream.read(min(piece.size, PIECE_BYTES + RECORD_BYTES_LIMIT))
            if not piece.start and len(body) == os.fstat(stream.fileno()).st_size:
                log.hash(piece.file, body)
    except OSError as error:
        log.warn(piece, piece.start, "file", None, f"cannot be read: {error.strerror or error}")
        return
    lines = (body.removeprefix(_BYTE_ORDER_MARK) if not piece.start else body).split(b"\n")
    if len(body) < piece.size:
        number = piece.first_line + len(lines) - 1
        if len(body) == PIECE_BYTES + RECORD_BYTES_LIMIT:
            cut = lines.pop()
            _warn_of_long_line(piece, number, piece.size - len(body) + len(cut), log)
        else:
            log.warn(piece, piece.start + len(body), "file", None, "the file became shorter while it was read")
    for place in range(0, len(lines), GATHERED_RECORDS):
        yield piece.first_line + place, lines[place : place + GATHERED_RECORDS]


def _warn_of_long_line(piece: Piece, number: int, size: int, log: ReadingLog) -> None:
    log.warn(piece, None, "record", 1, f"line {number}: {size} bytes, over the limit of {RECORD_BYTES_LIMIT}")


def _add_lines(piece: Piece, number: int, lines: list[bytes], table: RecordTable, reading: _Reading) -> None:
    read = 0
    spotless = _is_unicode(b"\n".join(lines))
    for line_number, line in enumerate(lines, number):
        text: str | bytes = line
        try:
            if not (spotless or _is_unicode(line)) or len(line) > RECORD_BYTES_LIMIT or nests_too_deeply(line):
                raise RecordError("not for the fast path")
            record = decode_record(line)
            time = _time(record, reading.zone)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, RecordError):
            if not line.strip():
                continue
            if len(line) > RECORD_BYTES_LIMIT:
                _warn_of_long_line(piece, line_number, len(line), reading.log)
                continue
            try:
                record, text = decode_odd_record(line)
                time = _time(record, reading.zone)
            except RecordError as error:
                reading.log.warn(piece, None, "record", 1, f"line {line_number}: {error}")
                continue
        table.add(text, record, time, piece.file, line_number)
        read += 1
    reading.log.read(piece.file, read)


def _is_unicode(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _time(record: Record, zone: tzinfo) -> str:
    element = record.Event.System.TimeCreated
    stated = element.attributes.SystemTime if element is not None and element.attributes is not None else ""
    if is_canonical(stated):
        return stated
    time = canonical_time(stated, zone)
    if time is None:
        raise RecordError("an event without a readable TimeCreated")
    return time
