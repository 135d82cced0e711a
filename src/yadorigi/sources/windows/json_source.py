"""Windows events as JSON, in whichever shape (`shapes`) and layout: one source for each shape, all read alike.

A file's source says which shape its first records have; a record of another shape is read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final, TypeAlias

from yadorigi.sources.contract import HEAD_BYTES, Gathered, OtherRecords, Piece, ReadingLog
from yadorigi.sources.records.file_text import text_blocks
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.line_cuts import cut_at_lines
from yadorigi.sources.records.text_window import TextWindow
from yadorigi.sources.windows.borders import cut_at_borders
from yadorigi.sources.windows.file_end import list_is_cut_off
from yadorigi.sources.windows.intake import Intake
from yadorigi.sources.windows.json_lines import add_lines, line_blocks
from yadorigi.sources.windows.json_look import look_at
from yadorigi.sources.windows.json_values import Broken, JsonValues
from yadorigi.sources.windows.shapes import SHAPES, Shape

Others: TypeAlias = Callable[[Piece, ReadingLog, tzinfo, Gathering], OtherRecords]
_LINES: Final = "lines"
_DOCUMENTS: Final = "documents"
_NUMBER_LINE: Final = rb"(?:Record[ \t]+\d+[ \t]*\r?\n)?"


class JsonSource:
    """Reader of Windows events as JSON (a `Source`)."""

    def __init__(self, shape: Shape, others: Others | None = None) -> None:
        """Take the shape by which files are recognised, and what makes readers of records that are of none."""
        self._shape = shape
        self._others = others
        self.name = shape.name

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file of whose first records one has the shape, so that a broken beginning hides nothing.

        A record that is cut off where the look ends is taken for what it begins like.
        """
        del name
        look = look_at(head)
        return look.reason if look.shape is self._shape else ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut between records, counting lines: at line ends where one line is one record, or by the indentation.

        A file that is all one line, in UTF-16, or with its records inside an object is one piece.
        """
        with path.open("rb") as stream:
            look = look_at(stream.read(HEAD_BYTES))
        if look.in_lines:
            for start, length, line in cut_at_lines(path, size):
                yield Piece(file, path, name, self.name, start, length, line, _LINES)
        elif look.indent is not None:
            # JSON has no line ends inside texts, and what is inside a record is indented further than the record.
            border = re.compile(rb"\}[ \t]*,?[ \t]*\r?\n" + _NUMBER_LINE + re.escape(look.indent.encode()) + rb"(?=\{)")
            for start, length, line in cut_at_borders(path, size, border):
                yield Piece(file, path, name, self.name, start, length, line, _DOCUMENTS)
        elif size:
            yield Piece(file, path, name, self.name, 0, size, 1, _DOCUMENTS)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times without a zone are in ``zone``."""
        gathering = Gathering()
        for piece in pieces:
            intake = Intake(piece, log, zone, self._shape)
            if self._others is not None:
                intake.others = self._others(piece, log, zone, gathering)
            for _ in _read_lines(intake, gathering) if piece.form == _LINES else _read_documents(intake, gathering):
                if gathering.full:
                    yield gathering.taken()
            if list_is_cut_off(piece):
                intake.cut_off("the list that the file begins with")
            intake.finish()
        if len(gathering.table):
            yield gathering.taken()


def _read_lines(intake: Intake, gathering: Gathering) -> Iterator[None]:
    """Read blocks of lines, with a pause behind each."""
    for number, lines in line_blocks(intake.piece, intake.log):
        add_lines(number, lines, gathering.table, intake)
        gathering.size += sum(map(len, lines))
        yield


def _read_documents(intake: Intake, gathering: Gathering) -> Iterator[None]:
    """Read one record after the other, with a pause behind each."""
    window = TextWindow(text_blocks(intake.piece, intake.log), intake.piece.first_line)
    for outcome in JsonValues(window):
        if isinstance(outcome, Broken):
            if outcome.rest:
                intake.log.warn(intake.piece, None, "file", None, f"line {outcome.line}: {outcome.reason}")
            else:
                intake.lost(outcome.line, outcome.reason, outcome.records)
            continue
        intake.take(outcome.value, outcome.line, gathering.table)
        gathering.size += outcome.size
        yield


def json_sources(others: Others | None = None) -> tuple[JsonSource, ...]:
    """Return one source for each shape, in the order in which records are asked for theirs."""
    return tuple(JsonSource(shape, others) for shape in SHAPES)
