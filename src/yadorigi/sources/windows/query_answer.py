"""Answers of Azure Monitor's and Log Analytics' query interface: tables as lists of columns and of rows.

Each row is the object of its values by the names of its columns, and read as such in whichever shape it has
(``shapes``): of Windows events, mostly those of Azure Monitor's tables. Rows of the table Syslog are read as the lines
that they hold, and those of other logs as what they are, where that is known.
The three forms of answers are known: ``tables`` (Log Analytics), ``Tables`` (Kusto, version 1) and a list of frames
(Kusto, version 2, of which those of the primary result count).

Source: Microsoft, Azure Monitor Log Analytics API (response format); Kusto query HTTP response, versions 1 and 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from yadorigi.limits import QUERY_ANSWER_BYTES_LIMIT
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.records.file_text import blocks_of
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.record import nests_too_deeply
from yadorigi.sources.windows.intake import Intake
from yadorigi.sources.windows.shape_azure import syslog_line

if TYPE_CHECKING:
    from yadorigi.sources.windows.json_source import Others

_BEGINS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*\"[Tt]ables\"\s*:\s*\[\s*\{[^\[\]{}]{0,400}\"[Cc]olumns\"\s*:\s*\["
    rb"|\[\s*\{\s*\"FrameType\"\s*:\s*\"DataSetHeader\")"
).match
_PRIMARY: Final = "PrimaryResult"


class _Column(msgspec.Struct):
    name: str = msgspec.field(default="", name="name")
    old_name: str = msgspec.field(default="", name="ColumnName")


class _Table(msgspec.Struct):
    columns: list[_Column] = []
    rows: list[msgspec.Raw] = []
    old_columns: list[_Column] = msgspec.field(default_factory=list, name="Columns")
    old_rows: list[msgspec.Raw] = msgspec.field(default_factory=list, name="Rows")
    kind: str = msgspec.field(default="", name="TableKind")


class _Answer(msgspec.Struct):
    tables: list[_Table] = []
    old_tables: list[_Table] = msgspec.field(default_factory=list, name="Tables")


_Frames: TypeAlias = list[_Table]
_ANSWER: Final = msgspec.json.Decoder(_Answer).decode
_FRAMES: Final = msgspec.json.Decoder(_Frames).decode
_ROW: Final = msgspec.json.Decoder().decode
_UNDECODABLE: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)


class QueryAnswerSource:
    """Reader of answers to queries (a `Source`)."""

    name = "query_answer"

    def __init__(self, others: Others | None = None) -> None:
        """Take what makes readers of rows that are no Windows events."""
        self._others = others

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file that begins as an answer with tables does."""
        del name
        return "it begins as answers of Log Analytics or Kusto do (tables of columns and rows)" if _BEGINS(head) else ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the whole file: the names of the columns stand at its beginning."""
        if size:
            yield Piece(file, path, name, self.name, 0, size, 1)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read files into tables of bounded size; times without a zone are in ``zone``. Lines are numbers of rows."""
        gathering = Gathering()
        for piece in pieces:
            intake = Intake(piece, log, zone, None)
            if self._others is not None:
                intake.others = self._others(piece, log, zone, gathering)
            number = 0
            for table in _tables_of(piece, log):
                names = [column.name or column.old_name for column in table.columns or table.old_columns]
                for row in table.rows or table.old_rows:
                    number += 1
                    gathering.size += len(bytes(row))
                    _take(bytes(row), names, number, intake, gathering)
                    if gathering.full:
                        yield gathering.taken()
            intake.finish()
        if len(gathering.table):
            yield gathering.taken()


def _take(row: bytes, names: Sequence[str], number: int, intake: Intake, gathering: Gathering) -> None:
    try:
        values: Any = _ROW(row) if not nests_too_deeply(row) else None
    except _UNDECODABLE:
        values = None
    if not isinstance(values, list) or len(values) != len(names):
        intake.lost(number, f"a row that is no list of {len(names)} values")
        return
    record: dict[str, Any] = dict(zip(names, values, strict=True))
    if intake.others is None or not (line := syslog_line(record)):
        intake.take(record, number, gathering.table)
    elif not intake.others.take(number, line):
        intake.lost(number, "a row of the table Syslog without a time")


def _tables_of(piece: Piece, log: ReadingLog) -> Sequence[_Table]:
    """Return the tables of an answer that have results; what cannot be read becomes a warning."""
    if piece.size > QUERY_ANSWER_BYTES_LIMIT:
        reason = f"an answer of more than {QUERY_ANSWER_BYTES_LIMIT:,} bytes, larger than the service gives any"
        log.warn(piece, 0, "file", None, reason)
        return ()
    text = b"".join(blocks_of(piece, log)).removeprefix(b"\xef\xbb\xbf")
    try:
        if text.lstrip().startswith(b"["):
            frames = _FRAMES(text)
            return [one for one in frames if one.old_rows and one.kind in ("", _PRIMARY)]
        answer = _ANSWER(text)
    except _UNDECODABLE as error:
        log.warn(piece, 0, "file", None, f"an answer that is no whole JSON, cut off or damaged: {error}"[:300])
        return ()
    # Version 1 of Kusto puts tables about the query behind that of the result.
    return [*answer.tables, *answer.old_tables[:1]]
