"""Tables as a source: CSV, TSV and JSON lines by a mapping. Each row becomes an event, or is counted in a warning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.lines.clock import Clock, Stamp, zone_named
from yadorigi.sources.lines.encodings import told_encodings
from yadorigi.sources.lines.events import add_event
from yadorigi.sources.lines.format import NO_HEADER, LineError, Reading
from yadorigi.sources.lines.framing import lines_of
from yadorigi.sources.lines.json_fields import json_fields
from yadorigi.sources.lines.noted_lines import NotedLines
from yadorigi.sources.records.file_text import blocks_of
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.line_cuts import cut_at_lines
from yadorigi.sources.records.shown_dates import Order, order_of, order_of_rows, stated_time
from yadorigi.sources.records.text_window import decoded
from yadorigi.sources.tables.mapping import FORMAT, TableMapping, read_mapping
from yadorigi.sources.tables.rows import Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = f"{FORMAT}:"
"""Of the names of sources: behind it is the path of the mapping."""
_COLUMNS: Final = 2_000
_LONGEST_NAME: Final = 200
_HEADER_ROWS: Final = 10
"""Rows among which the header is looked for: titles may stand in front of it."""
_SHOWN_COLUMNS: Final = 40
_LEVELS: Final = {
    **dict.fromkeys(("critical", "crit", "fatal", "very high", "緊急", "重大", "致命的", "最高"), "critical"),
    **dict.fromkeys(("high", "error", "major", "高", "高い", "エラー"), "error"),
    **dict.fromkeys(("medium", "med", "moderate", "warning", "warn", "中", "警告", "注意"), "warning"),
    **dict.fromkeys(("low", "minor", "notice", "低", "低い", "通知"), "notice"),
    **dict.fromkeys(("info", "information", "informational", "情報", "debug"), "informational"),
}
"""Words for a severity, as words of syslog."""


class TableSource:
    """Reader of tables by one mapping (a `Source`)."""

    def __init__(self, mapping: TableMapping, path: Path, name: str = "") -> None:
        """Take a mapping, where it was read, and a name of its own."""
        self.name = name or f"{PREFIX}{path}"
        self._mapping = mapping

    def recognises(self, head: bytes, name: str) -> str:
        """Claim no file: who has a mapping says which files it is for."""
        del head, name
        return ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut JSON lines; other tables are one piece: a cell may go over lines, and the header is in front."""
        if self._mapping.layout == "json-lines" and not self._mapping.encoding:
            with path.open("rb") as stream:
                plain = stream.read(2) not in (b"\xff\xfe", b"\xfe\xff")
            if plain:
                for start, length, line in cut_at_lines(path, size):
                    yield Piece(file, path, name, self.name, start, length, line)
                return
        if size:
            yield Piece(file, path, name, self.name, 0, size, 1)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times that state no zone are in the mapping's, else in ``zone``."""
        gathering = Gathering()
        for piece in pieces:
            reader = _Reader(self._mapping, piece, log, Clock(zone))
            for _ in reader.rows(gathering):
                if gathering.full:
                    yield gathering.taken()
            reader.finish()
        if len(gathering.table):
            yield gathering.taken()


def table_source(name: str) -> TableSource:
    """Return the source of a mapping by its name, ``table:`` and the path.

    Raises:
        MappingError: the mapping is wrong.
    """
    path = Path(name.removeprefix(PREFIX))
    try:
        state = path.stat()
    except OSError:
        return TableSource(read_mapping(path), path)
    return _made(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=16)
def _made(path: Path, written: int, size: int) -> TableSource:
    del written, size  # A mapping that was changed is read again.
    return TableSource(read_mapping(path), path)


def _noted_rows() -> NotedLines:
    return NotedLines("rows that cannot be read for other reasons")


@dataclass(slots=True)
class _Reader:
    """Takes the rows of one piece."""

    mapping: TableMapping
    piece: Piece
    log: ReadingLog
    clock: Clock
    encodings: Counter[str] = field(default_factory=Counter)
    unread: NotedLines = field(default_factory=_noted_rows)
    noticed: NotedLines = field(default_factory=_noted_rows)
    order: Order | None = None

    def rows(self, gathering: Gathering) -> Iterator[None]:
        """Add the event of each row; stop after each, so that what is gathered can be handed on."""
        for line, fields, characters in self.records():
            try:
                reading = self._reading(fields)
                add_event(gathering.table, reading, NO_HEADER, (self.piece.file, line))
            except LineError as error:
                self.unread.note(str(error), line)
                continue
            # A short row may have long names: what is gathered is bounded by both.
            gathering.size += characters + sum(map(len, reading.fields))
            self.log.read(self.piece.file, 1)
            yield

    def records(self) -> Iterator[tuple[int, dict[str, Any], int]]:
        """Give what each row says, with its line and its length."""
        return self._objects() if self.mapping.layout == "json-lines" else self._cells()

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Give the lines with their numbers, in the encoding that the mapping states or that each line tells."""
        if not self.mapping.encoding:
            yield from lines_of(self.piece, self.log, self.encodings)
            return
        number, rest, beyond = self.piece.first_line, "", False
        for text in decoded(blocks_of(self.piece, self.log), self.mapping.encoding):
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                if not beyond:
                    yield number, line.rstrip("\r").removeprefix("\ufeff")
                beyond = False
                number += 1
            if len(rest) > LINE_CHARACTERS_LIMIT:
                # It comes cut, one character over the limit, so that it is known for what it is.
                if not beyond:
                    yield number, rest[: LINE_CHARACTERS_LIMIT + 1]
                rest, beyond = "", True
        if rest and not beyond:
            yield number, rest.rstrip("\r").removeprefix("\ufeff")

    def _objects(self) -> Iterator[tuple[int, dict[str, Any], int]]:
        for number, line in self._lines():
            text = line.strip().rstrip(",")
            if text in ("", "[", "]"):
                continue
            if len(text) > LINE_CHARACTERS_LIMIT:
                self.unread.note(f"lines of more than {LINE_CHARACTERS_LIMIT:,} characters", number)
                continue
            try:
                yield number, json_fields(text), len(text)
            except LineError as error:
                self.unread.note(str(error), number)

    def _cells(self) -> Iterator[tuple[int, dict[str, Any], int]]:
        lines = self._lines()
        for _ in range(self.mapping.skip):
            next(lines, None)
        rows = rows_of(lines, self.mapping.delimiter, self.mapping.quote)
        header = list(self.mapping.header) or self._header(rows)
        if not header:
            return
        for row in rows:
            if row.cells is None:
                self.unread.note(row.reason, row.line)
                continue
            if row.reason:
                self.noticed.note(row.reason, row.line)
            extra = len(row.cells) - len(header)
            if extra:
                told = f"rows with {'more' if extra > 0 else 'fewer'} cells than there are columns"
                self.noticed.note(told, row.line)
            fields: dict[str, Any] = dict(zip(header, row.cells, strict=False))
            for number, cell in enumerate(row.cells[len(header) : _COLUMNS], len(header) + 1):
                fields[f"column {number}"] = cell
            yield row.line, fields, row.characters

    def _header(self, rows: Iterator[Any]) -> list[str]:
        """Return the names of the columns: the first row that has a column of the time."""
        first: Row | None = None
        names: list[str] = []
        for row in islice(rows, _HEADER_ROWS):
            found = header_names(row.cells or [])
            if set(self.mapping.time_columns) & set(found):
                first, names = row, found
                break
            first, names = first or row, names or found
        if first is None:
            return []
        missing = [name for name in self.mapping.asked if name not in names]
        has = ", ".join(names[:_SHOWN_COLUMNS])
        if first.cells is None or not set(self.mapping.time_columns) & set(names):
            wanted = " or ".join(self.mapping.time_columns)
            told = f"line {first.line} is no header with the column {wanted!r}; it has {has}"
            self.log.warn(self.piece, 0, "file", None, told[:2_000])
            return []
        if missing:
            told = f"the table has no column {', '.join(missing)}; it has {has}"
            self.log.warn(self.piece, None, "notice", 0, told[:2_000])
        return names

    def _reading(self, fields: dict[str, Any]) -> Reading:
        mapping = self.mapping
        time = self._time(fields)
        if time is None:
            raise LineError("rows without a time that can be read")
        host = mapping.host or next((text for name in mapping.host_columns if (text := _text(fields, name))), "")
        level = _LEVELS.get(_text(fields, mapping.severity).lower(), "") if mapping.severity else ""
        for name in mapping.objects:
            _open(fields, name)
        channel = mapping.channel
        if mapping.kind_column:
            channel = mapping.channels.get(_text(fields, mapping.kind_column).lower(), channel)
        named = {mapping.targets.get(name, name): value for name, value in fields.items()}
        return Reading(channel, named, time, host, 0, level)

    def _time(self, fields: Mapping[str, Any]) -> Stamp | None:
        mapping = self.mapping
        text = self.time_text(fields)
        if not text:
            return None
        if mapping.form is not None:
            return mapping.form.read(text, self.clock, mapping.zone)
        number = self.clock.number(text) if text.isdigit() else None
        return number or self.clock.read(text, mapping.zone) or self._shown(text)

    def _shown(self, text: str) -> Stamp | None:
        """Return a time as spreadsheets and consoles show it: ``2026/3/10 21:13``, ``3/10/2026 9:13 PM``."""
        order = order_of(text)
        if order is None:
            if stated_time(text, "month") is None and stated_time(text, "day") is None:
                return None
            order = self._order_of_all()
        stated = stated_time(text, order)
        if stated is None:
            return None
        zone = stated.zone or zone_named(self.mapping.zone)
        time = stated.in_utc(zone or self.clock.zone)
        if time is None:
            return None
        self.clock.in_option_zone += zone is None
        return Stamp(time, text, "stated" if zone is not None else "option")

    def _order_of_all(self) -> Order:
        """Return in which order the dates of the table are written, by all of them: one alone may leave it open."""
        if self.order is None:
            other = _Reader(self.mapping, self.piece, ReadingLog(), self.clock)
            texts = (other.time_text(fields) for _, fields, _ in other.records())
            self.order = order_of_rows(texts)
            if self.order is None:
                told = "dates may begin with the day or with the month: they are read as month, day, year"
                self.log.warn(self.piece, None, "notice", 0, told)
                self.order = "month"
        return self.order

    def time_text(self, fields: Mapping[str, Any]) -> str:
        """Return the time of a row as it is written, "" where it has none."""
        return " ".join(part for name in self.mapping.time_columns if (part := _text(fields, name)))

    def finish(self) -> None:
        """Tell what was not read, and how the rest was."""
        for noted in self.unread:
            self.log.warn(self.piece, None, "record", noted.lines, f"{noted.where}: {noted.reason}")
        for noted in self.noticed:
            self.log.warn(self.piece, None, "notice", 0, f"{noted.where}: {noted.reason}")
        for told in (*self.clock.told("zone in the mapping or --timezone"), *told_encodings(self.encodings)):
            self.log.warn(self.piece, None, "notice", 0, told)


def header_names(cells: Sequence[str]) -> list[str]:
    """Return the names of columns that the cells of a header give; of one that comes again, with a number behind it."""
    names: list[str] = []
    for number, cell in enumerate(cells[:_COLUMNS], 1):
        name = cell[:_LONGEST_NAME].strip().removeprefix("\ufeff") or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return names


def _open(fields: dict[str, Any], name: str) -> None:
    """Add the fields of an object of JSON in a cell, under the column's name and a dot."""
    text = fields.get(name)
    if isinstance(text, str) and text.startswith("{"):
        with suppress(LineError):
            fields |= {f"{name}.{inner}": value for inner, value in json_fields(text).items()}


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    return value.strip() if isinstance(value, str) else "" if value is None else str(value)
