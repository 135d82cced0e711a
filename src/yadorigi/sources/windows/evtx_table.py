"""Puts what the EVTX parser gives into a table of records, and notes the records' numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.sources.numbering import Numbered, Numbering, OwnNumbers
from yadorigi.sources.record_runs import UNNUMBERED
from yadorigi.sources.records.batch import RecordTable, kind_of
from yadorigi.sources.records.record import Record, RecordError, decode_odd_record, decode_record
from yadorigi.sources.windows.evtx_time import event_times
from yadorigi.sources.windows.heads import NUMBER_KEY, learn, placed

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece, ReadingLog
    from yadorigi.sources.windows.evtx_chunk import Octets
    from yadorigi.sources.windows.evtx_parse import Row

_EPOCH_TEXT: Final = "1601-01-01T00:00:00.0000000Z"
_TEXT: Final[Callable[[Any], str]] = itemgetter(0)
_WRITTEN: Final[Callable[[Any], str]] = itemgetter(1)
_NUMBER: Final[Callable[[Any], int]] = itemgetter(2)
_HIGHEST: Final = 2**63 - 1
"""The highest number that results can hold. EVTX has room for twice as many; no log comes near them."""
_NUMBER_AT: Final = re.compile(rf'{NUMBER_KEY}"?(\d{{1,20}})\b').match
_LOG_INSIDE: Final = re.compile(r'"Channel":(null|"(?:[^"\\]|\\.)*"),"Computer":(null|"(?:[^"\\]|\\.)*")').search


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
    chunks: list[Octets]
    counts: list[tuple[int, int]]
    seen: list[int] | None = None


def add_rows(part: Part, rows: Sequence[Row], table: RecordTable, log: ReadingLog) -> None:
    """Put the parser's records into the table; one that is no event becomes a warning."""
    piece = part.piece
    stated, broken = _place(part, rows, table, log)
    events = [row for place, row in enumerate(rows) if place not in broken] if broken else rows
    times = event_times(stated, [*map(_WRITTEN, events)], part.chunks)
    for _ in range(times.count(None)):
        log.warn(piece, part.offset, "notice", None, "a record has no time before the year 10000")
    table.times += [time or _EPOCH_TEXT for time in times]
    table.files += [piece.file] * len(events)
    table.lines += [0] * len(events)
    log.read(piece.file, len(events))
    numbering = log.numbering_of(piece.file)
    # A record that is no event has its number all the same, unless it was wiped.
    _note_numbers(part, [row for row in rows if row[2]] if broken else rows, numbering)
    table.numbers += _own_numbers(events, numbering)


def _place(part: Part, rows: Sequence[Row], table: RecordTable, log: ReadingLog) -> tuple[list[str], set[int]]:
    """Put texts and heads into the table; return the times that events state, and the places of what is no event."""
    texts = [*map(_TEXT, rows)]
    stated: list[str] = []
    broken: set[int] = set()
    start = 0
    while start < len(texts):
        times = placed(texts[start:], table)
        end = start + len(times)
        table.texts += texts[start:end]
        table.records += [None] * len(times)
        stated += times
        start = end
        if end < len(texts):
            try:
                stated.append(_place_by_decoding(texts[end], rows[end][2], table))
            except RecordError as error:
                log.warn(part.piece, part.offset, "record", 1, f"record {rows[end][2]}: {error}")
                broken.add(end)
            start += 1
    return stated, broken


def _note_numbers(part: Part, rows: Sequence[Row], numbering: Numbering) -> None:
    if part.seen is not None:
        times = {row[2]: row[1] for row in rows}
        seen = [number for number in part.seen if number]
        counts = [(offset, len(seen)) for offset, _ in part.counts]
        numbering.see(Numbered(seen, lambda place: times.get(seen[place], ""), counts))
    elif rows:
        numbering.see(Numbered([*map(_NUMBER, rows)], lambda place: rows[place][1], part.counts))


def _own_numbers(rows: Sequence[Row], numbering: Numbering) -> list[int]:
    """Return the numbers that events carry inside, and note them; those in the headers differ in exported logs."""
    numbers = [*map(_NUMBER, rows)]
    if not rows:
        return numbers
    first, last = _own_number(rows[0][0]), _own_number(rows[-1][0])
    exported = any(own is not None and own[0] != row[2] for own, row in ((first, rows[0]), (last, rows[-1])))
    if exported:
        numbers = [_number_inside(text, number) for text, _, number in rows]
    if max(numbers) > _HIGHEST:
        numbers = [number if number <= _HIGHEST else UNNUMBERED for number in numbers]
    if first is None or last is None:
        return numbers
    numbering.anew |= exported
    log = f'"Channel":{first[1]},"Computer":{first[2]}'
    # Numbers of one log rise, so that the first and the last say enough; quotes inside texts are escaped.
    if exported and (last[0] < first[0] + len(rows) - 1 or not all(log in row[0] for row in rows)):
        for row in rows:
            own = _own_number(row[0])
            if own is not None:
                numbering.see_own(own[1], own[2], OwnNumbers(own[0], own[0], 1))
    else:
        numbering.see_own(first[1], first[2], OwnNumbers(first[0], last[0], len(rows)))
    return numbers


def _number_inside(text: str, otherwise: int) -> int:
    """Return the number that a record carries inside, another one where it carries none."""
    found = _NUMBER_AT(text, text.find(NUMBER_KEY))
    return int(found[1]) if found is not None else otherwise


def _own_number(text: str) -> tuple[int, str, str] | None:
    """Return the number that a record carries inside, its channel and its host."""
    number = _NUMBER_AT(text, text.find(NUMBER_KEY))
    log = _LOG_INSIDE(text, number.end()) if number is not None else None
    return (int(number[1]), log[1], log[2]) if number is not None and log is not None else None


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
        system.EventRecordID = number if number <= _HIGHEST else None
        kept = record
    if kept is None:
        learn(text, record)
    table.rows_of(kind_of(system), system.Computer).append(len(table.texts))
    table.texts.append(text)
    table.records.append(kept)
    return _stated_time(record)


def _stated_time(record: Record) -> str:
    element = record.Event.System.TimeCreated
    return element.attributes.SystemTime if element is not None and element.attributes is not None else ""
