"""JSON lines: cut into pieces at line ends, and read a block of lines at a time.

Lines in the shape of evtx_dump are decoded into heads at once; lines of other shapes are decoded whole and brought into
that form. A line may end in a comma, and lists may open and close on lines of their own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.limits import GATHERED_RECORDS, PIECE_BYTES, RECORD_BYTES_LIMIT
from yadorigi.sources.lines.encodings import text_of_line
from yadorigi.sources.records.record import RecordError, decode_record, nests_too_deeply
from yadorigi.sources.records.text_window import TextWindow
from yadorigi.sources.windows.intake import Intake, record_time
from yadorigi.sources.windows.json_values import Broken, JsonValues

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece, ReadingLog
    from yadorigi.sources.records.batch import RecordTable

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_JSON: Final = frozenset("{}[],\ufeff")
"""How lines of JSON begin."""
_DECODE: Final = msgspec.json.Decoder().decode


def line_blocks(piece: Piece, log: ReadingLog) -> Iterator[tuple[int, list[bytes]]]:
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


def add_lines(number: int, lines: list[bytes], table: RecordTable, intake: Intake) -> None:
    """Add the records of some lines to a table, the first of which has this number."""
    spotless = _is_unicode(b"\n".join(lines))
    if intake.likely is None or intake.likely.name == "evtx_dump":
        _add_evtx_dump(number, lines, table, intake, spotless=spotless)
    else:
        _add_others(number, lines, table, intake, spotless=spotless)


def _add_evtx_dump(number: int, lines: list[bytes], table: RecordTable, intake: Intake, *, spotless: bool) -> None:
    read, file, zone = 0, intake.piece.file, intake.zone
    for line_number, line in enumerate(lines, number):
        try:
            if not (spotless or _is_unicode(line)) or len(line) > RECORD_BYTES_LIMIT or nests_too_deeply(line):
                raise RecordError("not for the fast path")
            record = decode_record(line)
            time = record_time(record, zone)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, RecordError):
            _add_odd(line_number, line, table, intake)
            continue
        table.add(line, record, time, file, line_number)
        intake.in_damage = False
        read += 1
    intake.log.read(file, read)


def _add_others(number: int, lines: list[bytes], table: RecordTable, intake: Intake, *, spotless: bool) -> None:
    for line_number, line in enumerate(lines, number):
        try:
            if not (spotless or _is_unicode(line)) or len(line) > RECORD_BYTES_LIMIT or nests_too_deeply(line):
                raise RecordError("not for the fast path")
            decoded = _DECODE(line)
            if not isinstance(decoded, dict):
                raise RecordError("a list of records, say")
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, RecordError):
            _add_odd(line_number, line, table, intake)
            continue
        intake.take(decoded, line_number, table)


def _add_odd(number: int, line: bytes, table: RecordTable, intake: Intake) -> None:
    """Add what a line holds that is not just one record as strict JSON."""
    if not line.strip():
        return
    if len(line) > RECORD_BYTES_LIMIT:
        _warn_of_long_line(intake.piece, number, len(line), intake.log)
        return
    text = text_of_line(line, intake.encodings, "utf-8")
    if intake.others is not None and text.lstrip()[:1] not in _JSON and intake.others.take(number, text.rstrip("\r")):
        return
    for outcome in JsonValues(TextWindow(iter((text + "\n",)), number)):
        if isinstance(outcome, Broken):
            intake.lost(outcome.line, outcome.reason, outcome.records)
        else:
            intake.take(outcome.value, outcome.line, table)


def _is_unicode(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
