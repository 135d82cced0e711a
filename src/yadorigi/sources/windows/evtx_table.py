"""Puts what the EVTX parser gives into a table of records, and notes the records' numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.sources.numbering import Numbered, Numbering, OwnNumbers
from yadorigi.sources.records.batch import RecordTable, kind_of
from yadorigi.sources.records.record import Record, RecordError, decode_odd_record, decode_record
from yadorigi.sources.windows.evtx_time import event_times
from yadorigi.sources.windows.heads import learn, placed

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece, ReadingLog
    from yadorigi.sources.windows.evtx_parse import Row

_EPOCH_TEXT: Final = "1601-01-01T00:00:00.0000000Z"
_NUMBER: Final[Callable[[Any], int]] = itemgetter(2)
_OWN: Final = re.compile(
    r'"EventRecordID":"?(\d{1,20})\b.*?"Channel":(null|"(?:[^"\\]|\\.)*"),"Computer":(null|"(?:[^"\\]|\\.)*")'
).search


class Part(NamedTuple):
    """Chunks that are read together.

    Attributes:
        piece: of which they are.
        offset: of the chunk, for warnings, where it is a single one.
        chunks: their bytes.
        counts: offset and number of records of each chunk.
        seen: ids of all records that can be seen, where not all can be read.
    """

    piece: Piece
    offset: int | None
    chunks: list[bytes]
    counts: list[tuple[int, int]]
    seen: list[int] | None = None


def add_rows(part: Part, rows: Sequence[Row], table: RecordTable, log: ReadingLog) -> None:
    """Put the parser's records into the table; one that is no event becomes a warning."""
    piece = part.piece
    stated: list[str] = []
    written: list[str] = []
    events: list[Row] = []
    for row in rows:
        text, head_time, number = row
        time = placed(text, table)
        if time is None:
            try:
                time = _place_by_decoding(text, number, table)
            except RecordError as error:
                log.warn(piece, part.offset, "record", 1, f"record {number}: {error}")
                continue
        else:
            table.texts.append(text)
            table.records.append(None)
        stated.append(time)
        written.append(head_time)
        events.append(row)
    for exact in event_times(stated, written, part.chunks):
        if exact is None:
            log.warn(piece, part.offset, "notice", None, "a record has no time before the year 10000")
        table.times.append(exact or _EPOCH_TEXT)
    table.files += [piece.file] * len(stated)
    table.lines += [0] * len(stated)
    table.numbers += _own_numbers(events)
    log.read(piece.file, len(stated))
    numbering = log.numbering_of(piece.file)
    # A record that is no event has its number all the same, unless it was wiped.
    _note_numbers(part, rows if len(events) == len(rows) else [row for row in rows if row[2]], numbering)
    _note_own_numbers(events, numbering)


def _note_numbers(part: Part, rows: Sequence[Row], numbering: Numbering) -> None:
    if part.seen is not None:
        times = {row[2]: row[1] for row in rows}
        seen = [number for number in part.seen if number]
        counts = [(offset, len(seen)) for offset, _ in part.counts]
        numbering.see(Numbered(seen, lambda place: times.get(seen[place], ""), counts))
    elif rows:
        numbering.see(Numbered([*map(_NUMBER, rows)], lambda place: rows[place][1], part.counts))


def _note_own_numbers(rows: Sequence[Row], numbering: Numbering) -> None:
    """Note the numbers that events carry inside; those in the headers are others where a log was exported."""
    if not rows:
        return
    first, last = _own_number(rows[0][0]), _own_number(rows[-1][0])
    if first is None or last is None:
        return
    log = f'"Channel":{first[1]},"Computer":{first[2]}'
    if (first[0], last[0]) != (rows[0][2], rows[-1][2]):
        numbering.anew = True
        # Numbers of one log rise, so that the first and the last say enough; quotes inside texts are escaped.
        if last[0] < first[0] + len(rows) - 1 or not all(log in row[0] for row in rows):
            for row in rows:
                own = _own_number(row[0])
                if own is not None:
                    numbering.see_own(own[1], own[2], OwnNumbers(own[0], own[0], 1))
            return
    numbering.see_own(first[1], first[2], OwnNumbers(first[0], last[0], len(rows)))


def _own_numbers(rows: Sequence[Row]) -> list[int]:
    """Return the numbers that events carry inside; they are those in the headers unless the log was exported."""
    if not rows:
        return []
    ends = (_own_number(rows[0][0]), _own_number(rows[-1][0]))
    if all(own is None or own[0] == row[2] for own, row in zip(ends, (rows[0], rows[-1]), strict=True)):
        return [*map(_NUMBER, rows)]
    own_numbers = ((_own_number(row[0]), row[2]) for row in rows)
    return [number if own is None else own[0] for own, number in own_numbers]


def _own_number(text: str) -> tuple[int, str, str] | None:
    """Return the number that a record carries inside, its channel and its host."""
    found = _OWN(text)
    return (int(found[1]), found[2], found[3]) if found is not None else None


def _place_by_decoding(text: str, number: int, table: RecordTable) -> str:
    """Put a record with a new head into the table and return its time as stated.

    Raises:
        RecordError: it is no Windows event.
    """
    kept: Record | None = None
    try:
        record = decode_record(text)
    except (msgspec.MsgspecError, RecursionError):
        record, text = decode_odd_record(text)
        kept = record
    system = record.Event.System
    if system.EventRecordID is None:
        system.EventRecordID = number
        kept = record
    if kept is None:
        learn(text, record, table)
    table.rows_of(kind_of(system), system.Computer).append(len(table.texts))
    table.texts.append(text)
    table.records.append(kept)
    return _stated_time(record)


def _stated_time(record: Record) -> str:
    element = record.Event.System.TimeCreated
    return element.attributes.SystemTime if element is not None and element.attributes is not None else ""
