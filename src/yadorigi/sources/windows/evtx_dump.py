"""JSON lines in the shape of evtx_dump: one Windows event per line, as the EVTX parser writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from yadorigi.limits import GATHERED_BYTES, GATHERED_RECORDS, PIECE_BYTES, RECORD_BYTES_LIMIT
from yadorigi.schema.times import canonical_time
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.windows.batch import RecordTable
from yadorigi.sources.windows.record import Record, RecordError, decode_odd_record, decode_record

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LINES_LOOKED_AT: Final = 20
_READ_SIZE: Final = 1024 * 1024


class EvtxDumpSource:
    """Reader of evtx_dump's JSON lines (a `Source`)."""

    name = "evtx_dump"

    def recognises(self, head: bytes, name: str) -> bool:
        """Claim a file of which one of the first lines is such an event, so that a broken first line hides nothing."""
        del name
        lines = head.removeprefix(_BYTE_ORDER_MARK).split(b"\n")[:_LINES_LOOKED_AT]
        for line in lines:
            stripped = line.strip()
            if not stripped.startswith(b"{") or b'"Event"' not in stripped[:512]:
                continue
            if b'"System"' in stripped[:4_096]:
                return True
        return False

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

    def read(self, pieces: Sequence[Piece], log: ReadingLog) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size."""
        table = RecordTable()
        gathered = 0
        for piece in pieces:
            for number, lines in _blocks(piece, log):
                _add_lines(piece, number, lines, table, log)
                gathered += sum(map(len, lines))
                if len(table) >= GATHERED_RECORDS or gathered >= GATHERED_BYTES:
                    yield table
                    table = RecordTable()
                    gathered = 0
        if len(table):
            yield table


def _line_end_after(stream: object, start: int, size: int) -> tuple[int, int]:
    """Return how many lines end in the block of about ``size`` bytes from ``start``, and where its last line ends."""
    stream.seek(start)  # type: ignore[attr-defined]  # a binary stream
    lines, position = 0, start
    while True:
        block = stream.read(_READ_SIZE)  # type: ignore[attr-defined]  # a binary stream
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
            body = stream.read(piece.size)
    except OSError as error:
        log.warn(piece, piece.start, "file", None, f"cannot be read: {error.strerror or error}")
        return
    if not piece.start:
        body = body.removeprefix(_BYTE_ORDER_MARK)
    lines = body.split(b"\n")
    number = piece.first_line
    for place in range(0, len(lines), GATHERED_RECORDS):
        yield number + place, lines[place : place + GATHERED_RECORDS]


def _add_lines(piece: Piece, number: int, lines: list[bytes], table: RecordTable, log: ReadingLog) -> None:
    read = 0
    for line_number, line in enumerate(lines, number):
        text: str | bytes = line
        try:
            record = decode_record(line)
            time = _time(record)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, RecordError) as refused:
            if not line.strip():
                continue
            try:
                if len(line) > RECORD_BYTES_LIMIT:
                    raise RecordError(f"a line of {len(line)} bytes, over the limit of {RECORD_BYTES_LIMIT}") from refused
                record, text = decode_odd_record(line)
                time = _time(record)
            except RecordError as error:
                log.warn(piece, None, "record", 1, f"line {line_number}: {error}")
                continue
        table.texts.append(text)
        table.records.append(record)
        table.times.append(time)
        table.files.append(piece.file)
        table.lines.append(line_number)
        read += 1
    log.read(piece.file, read)


def _time(record: Record) -> str:
    element = record.Event.System.TimeCreated
    stated = element.attributes.SystemTime if element is not None and element.attributes is not None else ""
    if len(stated) == 28 and stated[27] == "Z" and stated[10] == "T" and stated[19] == ".":  # noqa: PLR2004 - canonical
        return stated
    time = canonical_time(stated)
    if time is None:
        raise RecordError("an event without a readable TimeCreated")
    return time
