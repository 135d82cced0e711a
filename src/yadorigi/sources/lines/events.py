"""Readings of lines become events in the form that the rest of the program reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.schema.event import EventKind
from yadorigi.sources.lines.format import LineError
from yadorigi.sources.lines.syslog import severity_of
from yadorigi.sources.records.record import RecordError, decode_record

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Stamp
    from yadorigi.sources.lines.format import Header, Reading
    from yadorigi.sources.records.batch import RecordTable

_ENCODE: Final = msgspec.json.Encoder().encode
_UNENCODABLE: Final = (msgspec.MsgspecError, UnicodeError, OverflowError, TypeError, ValueError, RecursionError)
_HEADERS: Final = {
    "host": "Host", "program": "Program", "process": "ProcessID", "message_id": "MessageID",
    "structured": "StructuredData", "relay": "Relay", "time": "Time",
}  # fmt: skip
_TIME_MARK, _DATA_MARK, _NUMBER_MARK = "\0", "\1", "\2"
_MARKS: Final = re.compile(r"\\u000[012]")
"""What stands for time, structured data and process of headers that differ in nothing else, as JSON has it."""
_PLAIN: Final = re.compile(r"[\w:+/., \-]*", re.ASCII).fullmatch


def add_event(table: RecordTable, reading: Reading, header: Header, place: tuple[int, int]) -> None:
    """Add an event.

    Args:
        table: what takes it.
        reading: what a format made of the line, with a time.
        header: of the line.
        place: number of the file, and of the line in it.

    Raises:
        LineError: it has no time, or cannot be written as JSON.
    """
    time = reading.time
    if time is None:
        raise LineError("a line without a time")
    try:
        decided = decided_of(reading, header)
        stated = time._replace(stated=_text(time.stated)[1:-1])
        data = _ENCODE(reading.fields).decode()
    except _UNENCODABLE as error:
        raise LineError(f"its fields cannot be written down: {error}") from error
    add_prepared(table, decided, stated, data, place)


def add_whole(table: RecordTable, whole: Mapping[str, Any], time: Stamp, place: tuple[int, int]) -> None:
    """Add a record that a line held in its own form; ``place`` is the number of the file, and of the line in it.

    Raises:
        LineError: it is no record, or cannot be written as JSON.
    """
    try:
        text = _ENCODE(whole)
        record = decode_record(text)
    except (*_UNENCODABLE, RecordError) as error:
        raise LineError(f"the record in it cannot be written down: {error}") from error
    table.add(text, record, time.time, *place)


class Ready(NamedTuple):
    """What an event is but for its time, its fields, and what differs in headers that are alike.

    Attributes:
        kind, host: of the event.
        before: of its text, the part before the time.
        parts: the parts behind the time: those before the structured data and the time of the header, as far as it has
            them, and the last one, before the fields.
        number: the part before the number of the header's process, if that differs; then the first of these follows it.
    """

    kind: EventKind
    host: str | None
    before: str
    parts: list[str]
    number: str


def ready_of(reading: Reading, header: Header, *, numbered: bool) -> Ready | None:
    """Return what is the same of lines that are read alike and whose headers are alike; None where that is not told.

    Args:
        reading: of one of them.
        header: of one of them.
        numbered: whether the process is a number, in which the headers may differ, too.

    Raises:
        LineError: it cannot be written as JSON.
    """
    marked = header._replace(
        time=_TIME_MARK if header.time else "",
        structured=_DATA_MARK if header.structured else "",
        process=_NUMBER_MARK if numbered else header.process,
    )
    try:
        decided = decided_of(reading, marked)
    except _UNENCODABLE as error:
        raise LineError(f"its fields cannot be written down: {error}") from error
    parts = _MARKS.split(decided.behind)
    # A host may have such signs in its name.
    if len(parts) != 1 + bool(header.time) + bool(header.structured) + numbered:
        return None
    number = parts.pop(0) if numbered else ""
    return Ready(decided.kind, decided.host, decided.before, parts, number)


def add_ready(table: RecordTable, rows: list[int], ready: Ready, event: tuple[Stamp, object, Header, int, int]) -> None:
    """Add an event of which much is ready.

    Args:
        table: what takes it.
        rows: its places of the records of that kind and host.
        ready: what is ready.
        event: its time, its fields, its header, the number of the file, and of the line in it.

    Raises:
        LineError: it cannot be written as JSON.
    """
    time, fields, header, file, line = event
    try:
        stated = time.stated if _PLAIN(time.stated) else _text(time.stated)[1:-1]
        data = _ENCODE(fields).decode()
        if len(ready.parts) == 1:
            behind = ready.parts[0]
        elif not header.structured:
            behind = f"{ready.parts[0]}{header.time}{ready.parts[1]}"
        else:
            behind = f"{ready.parts[0]}{_text(header.structured)[1:-1]}{ready.parts[1]}"
            if header.time:
                behind += f"{header.time}{ready.parts[2]}"
        if ready.number:
            behind = f"{ready.number}{header.process}{behind}"
    except _UNENCODABLE as error:
        raise LineError(f"its fields cannot be written down: {error}") from error
    rows.append(len(table.texts))
    table.texts.append(
        f'{ready.before}{{"SystemTime":"{time.time}","Stated":"{stated}","Zone":"{time.zone}"}}}},{behind}{data}}}}}'
    )
    table.records.append(None)
    table.times.append(time.time)
    table.files.append(file)
    table.lines.append(line)
    table.numbers.append(-1)


class Decided(NamedTuple):
    """What a line's event is, but for its time and its fields.

    Attributes:
        kind: of the event.
        host: or None.
        before, behind: of its text, the part before the time, and the one between time and fields.
    """

    kind: EventKind
    host: str | None
    before: str
    behind: str


def decided_of(reading: Reading, header: Header) -> Decided:
    """Return what is the same of all lines that are read alike and have this header."""
    host = reading.host or header.host
    level = reading.level or severity_of(header.priority)
    kind = EventKind(reading.channel, reading.channel.partition("/")[0], reading.event_id, "")
    before = f'{{"Event":{{"System":{{{_head(reading.channel, reading.event_id, level)}"TimeCreated":{{"#attributes":'
    behind = f'"EventRecordID":null,"Computer":{_host(host)}{_syslog(header)}}},"EventData":'
    return Decided(kind, host or None, before, behind)


def add_prepared(table: RecordTable, decided: Decided, time: Stamp, data: str, place: tuple[int, int]) -> None:
    """Add an event of which all but the time is known; ``data`` has its fields as JSON.

    What the time states must be text that JSON takes as it is.
    """
    table.rows_of(decided.kind, decided.host).append(len(table.texts))
    table.texts.append(
        f'{decided.before}{{"SystemTime":"{time.time}","Stated":"{time.stated}","Zone":"{time.zone}"}}}},'
        f"{decided.behind}{data}}}}}"
    )
    table.records.append(None)
    table.times.append(time.time)
    table.files.append(place[0])
    table.lines.append(place[1])
    table.numbers.append(-1)


@lru_cache(maxsize=4_096)
def _head(channel: str, event_id: int, level: str) -> str:
    name = _text(channel.partition("/")[0])
    stated = f'"Level":"{level}",' if level else ""
    return f'"Provider":{{"#attributes":{{"Name":{name}}}}},"EventID":{event_id},{stated}"Channel":{_text(channel)},'


@lru_cache(maxsize=4_096)
def _host(host: str) -> str:
    return _text(host) if host else "null"


def _text(text: str) -> str:
    return _ENCODE(text).decode()


@lru_cache(maxsize=1_024)
def _syslog(header: Header) -> str:
    known: Mapping[str, Any] = {
        name: value for attribute, name in _HEADERS.items() if (value := getattr(header, attribute))
    }
    if header.priority >= 0:
        known = {**known, "Priority": header.priority}
    return f',"Syslog":{{"#attributes":{_ENCODE(known).decode()}}}' if known else ""
