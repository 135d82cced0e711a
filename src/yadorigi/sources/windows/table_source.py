"""Tables whose rows are records that programs also write as JSON: EvtxECmd's CSV and its like.

A row is read as the object of its cells by the names of their columns, in whichever shape (`shapes`) that has. Tables
out of Splunk, Wazuh, Kibana, Graylog or Azure Monitor may hold lines of any log in one of their columns (``_raw``,
``full_log``, ``event.original``, ``message``, ``SyslogMessage``); such rows are read as these lines.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.sources.contract import HEAD_BYTES, Gathered, Piece, ReadingLog
from yadorigi.sources.records.file_text import text_blocks
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.text_window import encoding_of
from yadorigi.sources.windows.event_viewer.rows import Row, rows_of
from yadorigi.sources.windows.intake import Intake, too_deep
from yadorigi.sources.windows.shape_azure import syslog_line
from yadorigi.sources.windows.shapes import Shape, shape_of

if TYPE_CHECKING:
    from yadorigi.sources.windows.json_source import Others

_SHAPES: Final = frozenset({
    "evtxecmd", "velociraptor", "zircolite", "nxlog", "helk", "wazuh", "graylog", "splunk", "azure",
})  # fmt: skip
"""Those of programs that write tables too, with the same names."""
_SEPARATORS: Final = (",", "\t", ";")
_OBJECTS: Final = ("EventData", "UserData", "System")
"""Columns whose cells are JSON."""
_DECODE: Final = msgspec.json.Decoder().decode
_ENCODE: Final = msgspec.json.Encoder().encode
_SYSLOG: Final = "SyslogMessage"
_FIRST: Final = 20
"""Rows, with that of the names, by which a table of lines is known."""
_OF_LINES: Final = ("_raw", "event.original", "full_log", "full_message", "message", _SYSLOG)
"""Columns that hold lines as they were, those that nothing else is called first."""
_TIMES: Final = ("_time", "@timestamp", "timestamp")
_HOSTS: Final = ("host", "host.name", "host.hostname", "agent.name", "source")


class _Form(NamedTuple):
    """The names of the columns, what separates them, and the shape of the first row, None where it is a line."""

    names: tuple[str, ...]
    separator: str
    shape: Shape | None


class WindowsTableSource:
    """Reader of tables of Windows events, and of lines (a `Source`)."""

    name = "windows_table"

    def __init__(self, others: Others | None = None, knows: Callable[[str], bool] | None = None) -> None:
        """Take what makes readers of rows that hold a line, and what says whether a line is of a known format."""
        self._others = others
        self._knows = knows

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file whose first row, by the names of the columns, is a record of a known shape, or holds a line."""
        del name
        form = _form(head, self._knows)
        if form is None:
            return ""
        if form.shape is not None:
            return f"its first row is an object {form.shape.sign}"
        return f"its column {_column_of_lines(form.names)} holds lines of logs"

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the whole file: where a row begins, only the quotes before it tell."""
        if size:
            yield Piece(file, path, name, self.name, 0, size, 1)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times without a zone are in ``zone``."""
        gathering = Gathering()
        for piece in pieces:
            try:
                with piece.path.open("rb") as stream:
                    form = _form(stream.read(HEAD_BYTES), self._knows)
            except OSError as error:
                log.warn(piece, 0, "file", None, f"cannot be read: {error.strerror or error}")
                continue
            if form is None:
                log.warn(piece, 0, "file", None, "the first lines are not those of a table of Windows events")
                continue
            intake, rows = Intake(piece, log, zone, form.shape), 0
            if self._others is not None:
                intake.others = self._others(piece, log, zone, gathering)
            for row in rows_of(text_blocks(piece, log), form.separator):
                rows += row.line > 1
                _take(row, form, intake, gathering)
                if gathering.full:
                    yield gathering.taken()
            if not rows:
                log.warn(piece, None, "notice", 0, "the table holds no row behind the names of its columns")
            intake.finish()
        if len(gathering.table):
            yield gathering.taken()


def _take(row: Row, form: _Form, intake: Intake, gathering: Gathering) -> None:
    if row.fields is None:
        intake.lost(row.line, row.reason)
    elif row.fields and row.line > 1:
        if len(row.fields) != len(form.names):
            intake.lost(row.line, f"a row of {len(row.fields)} cells where {len(form.names)} columns are named")
            return
        record = _record(form.names, row.fields)
        if intake.others is None or shape_of(record, form.shape) is not None:
            intake.take(record, row.line, gathering.table)
        elif not intake.others.take(row.line, _line_of(record)):
            intake.lost(row.line, "a row of no Windows event, and of no log that is known")
        gathering.size += row.characters


def _form(head: bytes, knows: Callable[[str], bool] | None) -> _Form | None:
    encoding, mark = encoding_of(head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head[mark:])
    line = text.split("\n", 1)[0]
    for separator in _SEPARATORS:
        if separator not in line:
            continue
        named, *following = (row.fields for row in islice(rows_of(iter([text]), separator), _FIRST))
        if not named or not following or not following[0] or len(named) != len(following[0]):
            continue
        names = tuple(name.strip() for name in named)
        shape = shape_of(_record(names, following[0]))
        if shape is not None and shape.name in _SHAPES:
            return _Form(names, separator, shape)
        if knows is not None and _column_of_lines(names):
            rows = [_record(names, row) for row in following if row and len(row) == len(names)]
            if any(shape_of(row) is not None or knows(_line_of(row)) for row in rows):
                return _Form(names, separator, None)
    return None


def _column_of_lines(names: Sequence[str]) -> str:
    return next((name for name in _OF_LINES if name in names), "")


def _line_of(record: dict[str, Any]) -> str:
    """Return the line that a row holds, wrapped as collectors wrap lines in JSON, with the row's time and host."""
    column = next((name for name in _OF_LINES if record.get(name)), "")
    if column == _SYSLOG:
        return syslog_line(record)
    time = next((record[name] for name in _TIMES if record.get(name)), "")
    host = next((record[name] for name in _HOSTS if record.get(name)), "")
    line = str(record.get(column, ""))
    return _ENCODE({"_time": time, "host": host, "_raw": line}).decode() if line else ""


def _record(names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """Return a row as an object: empty cells are left out, for a table has a column for whatever any row has."""
    record: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        if name in _OBJECTS and cell.startswith("{") and not too_deep(cell):
            try:
                record[name] = _DECODE(cell)
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                record[name] = cell
        elif cell:
            record[name] = cell
    return record
