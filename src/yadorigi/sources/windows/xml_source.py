"""Windows events as XML: ``wevtutil qe``, Event Viewer's *save as XML*, evtx_dump, WEF and others, all read alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final

from yadorigi.sources.contract import HEAD_BYTES, Gathered, Piece, ReadingLog
from yadorigi.sources.records.file_text import text_blocks
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.text_window import TextWindow, encoding_of, text_of_head
from yadorigi.sources.windows.borders import cut_at_borders
from yadorigi.sources.windows.file_end import root_is_cut_off
from yadorigi.sources.windows.intake import Intake
from yadorigi.sources.windows.xml_text import XmlEvent, XmlEvents

_BORDER: Final = re.compile(rb"</Event>\s*(?:Record[ \t]+\d+\s*)?(?:<\?xml[^>]{0,200}>\s*)?(?=<Event[\s>])")
_EVENT: Final = re.compile(r"<Event[\s>][^<]*<System[\s>]").search
_BEFORE: Final = re.compile(r"\s*(?:<(?!\d)|Record[ \t]+\d+\s*<)").match
_RECORD: Final = re.compile(r"^\s*Record[ \t]+\d+\s*$", re.MULTILINE).search


class XmlSource:
    """Reader of Windows events as XML (a `Source`)."""

    def __init__(self, name: str, *, numbered: bool) -> None:
        """Take the name, and whether lines ``Record 7`` stand between the events (evtx_dump)."""
        self.name = name
        self._numbered = numbered

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file that begins as XML and has an ``<Event>`` with a ``<System>`` first."""
        del name
        text = text_of_head(head)
        found = _EVENT(text)
        if found is None or _BEFORE(text.removeprefix("\ufeff")) is None:
            return ""
        if (_RECORD(text, 0, found.start()) is not None) is not self._numbered:
            return ""
        line = text.count("\n", 0, found.start()) + 1
        encoding = encoding_of(head)[0]
        shown = "" if encoding == "utf-8" else f", in {encoding.upper()}"
        between = ", with evtx_dump's Record lines" if self._numbered else ""
        return f"line {line} begins an Event element with System{between}{shown}"

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut between events, counting lines; a file in UTF-16 is one piece."""
        with path.open("rb") as stream:
            encoding, _ = encoding_of(stream.read(HEAD_BYTES))
        if encoding != "utf-8":
            yield Piece(file, path, name, self.name, 0, size, 1)
            return
        for start, length, line in cut_at_borders(path, size, _BORDER):
            yield Piece(file, path, name, self.name, start, length, line)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times without a zone are in ``zone``."""
        gathering = Gathering()
        for piece in pieces:
            intake = Intake(piece, log, zone, None)
            for outcome in XmlEvents(TextWindow(text_blocks(piece, log), piece.first_line)):
                if isinstance(outcome, XmlEvent):
                    intake.take(outcome.event, outcome.line, gathering.table)
                    gathering.size += outcome.size
                    if gathering.full:
                        yield gathering.taken()
                elif outcome.records:
                    intake.lost(outcome.line, outcome.reason, outcome.records)
                else:
                    intake.strange(outcome.line, outcome.reason, records=0)
            if root_is_cut_off(piece):
                intake.cut_off("the element around the events")
            intake.finish()
        if len(gathering.table):
            yield gathering.taken()


XML_SOURCES: Final = (XmlSource("evtx_dump_xml", numbered=True), XmlSource("wevtutil_xml", numbered=False))
