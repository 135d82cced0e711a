"""Tables whose rows are records that programs also write as JSON: EvtxECmd's CSV and its like.

A row is read as the object of its cells by the names of their columns, in whichever shape (`shapes`) that has.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from yadorigi.sources.contract import HEAD_BYTES, Gathered, Piece, ReadingLog
from yadorigi.sources.records.file_text import text_blocks
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.text_window import encoding_of
from yadorigi.sources.windows.event_viewer.rows import Row, rows_of
from yadorigi.sources.windows.intake import Intake, too_deep
from yadorigi.sources.windows.shapes import Shape, shape_of

_SHAPES: Final = frozenset({
    "evtxecmd", "velociraptor", "zircolite", "nxlog", "helk", "wazuh", "graylog", "splunk", "azure",
})  # fmt: skip
"""Those of programs that write tables too, with the same names."""
_SEPARATORS: Final = (",", "\t", ";")
_OBJECTS: Final = ("EventData", "UserData", "System")
"""Columns whose cells are JSON."""
_DECODE: Final = msgspec.json.Decoder().decode


class _Form(NamedTuple):
    """The names of the columns, what separates them, and the shape of the first row."""

    names: tuple[str, ...]
    separator: str
    shape: Shape


class WindowsTableSource:
    """Reader of tables of Windows events (a `Source`)."""

    name = "windows_table"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file whose first row, by the names of the first line, is a record of a known shape."""
        del name
        form = _form(head)
        return f"its first row is an object {form.shape.sign}" if form is not None else ""

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
                    form = _form(stream.read(HEAD_BYTES))
            except OSError as error:
                log.warn(piece, 0, "file", None, f"cannot be read: {error.strerror or error}")
                continue
            if form is None:
                log.warn(piece, 0, "file", None, "the first lines are not those of a table of Windows events")
                continue
            intake, rows = Intake(piece, log, zone, form.shape), 0
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
        intake.take(_record(form.names, row.fields), row.line, gathering.table)
        gathering.size += row.characters


def _form(head: bytes) -> _Form | None:
    encoding, mark = encoding_of(head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head[mark:])
    line = text.split("\n", 1)[0]
    for separator in _SEPARATORS:
        if separator not in line:
            continue
        named, *following = (row.fields for row in islice(rows_of(iter([text]), separator), 2))
        if not named or not following or not following[0] or len(named) != len(following[0]):
            continue
        names = tuple(name.strip() for name in named)
        shape = shape_of(_record(names, following[0]))
        if shape is not None and shape.name in _SHAPES:
            return _Form(names, separator, shape)
    return None


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


WINDOWS_TABLE: Final = WindowsTableSource()
