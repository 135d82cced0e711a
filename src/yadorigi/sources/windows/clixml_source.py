"""What PowerShell's ``Export-Clixml`` writes of ``Get-WinEvent``: objects as XML, read as the same ones as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from yadorigi.limits import JSON_DEPTH_LIMIT, RECORD_BYTES_LIMIT, XML_ELEMENTS_LIMIT
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.records.file_text import text_blocks
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.text_window import text_of_head
from yadorigi.sources.windows.intake import Intake

_OBJECTS: Final = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?<Objs [^>]{0,300}schemas\.microsoft\.com/powershell/2004/04"
)
_RECORDS: Final = "System.Diagnostics.Eventing.Reader.EventLog"
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_OF_OBJECT: Final = 2
"""Depth of the elements that are one object each, below the root."""


class ClixmlSource:
    """Reader of PowerShell's objects as XML (a `Source`)."""

    name = "get_winevent_xml"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file that begins as PowerShell's objects do, one of which is an event."""
        del name
        text = text_of_head(head).removeprefix("\ufeff")
        if _OBJECTS.match(text) is None or (_RECORDS not in text and 'N="TimeCreated"' not in text):
            return ""
        return "begins as PowerShell's objects in XML, with an EventLogRecord"

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the whole file."""
        if size:
            yield Piece(file, path, name, self.name, 0, size, 1)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times without a zone are in ``zone``."""
        gathering = Gathering()
        for piece in pieces:
            intake = Intake(piece, log, zone, None)
            objects, seen = _Objects(), 0
            for block in text_blocks(piece, log):
                objects.feed(block)
                for line, record, size in objects.taken():
                    seen += 1
                    if isinstance(record, str):
                        intake.lost(line, record)
                    else:
                        intake.take(record, line, gathering.table)
                        gathering.size += size
                    if gathering.full:
                        yield gathering.taken()
                if objects.broken:
                    break
            reason = objects.broken or objects.closed()
            if reason:
                log.warn(piece, None, "file", None, f"line {objects.line}: {reason}: what follows is not read")
            if not seen:
                log.warn(piece, None, "notice", 0, "the file holds no object")
            intake.finish()
        if len(gathering.table):
            yield gathering.taken()


class _Objects:
    """Gives the objects of a text that is read on and on.

    Attributes:
        broken: why reading ended before the text did, "" where it did not.
        line: which line was read last.
    """

    def __init__(self) -> None:
        self.broken = ""
        self.line = 1
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.buffer_text = True
        self._ready: list[tuple[int, dict[str, Any] | str, int]] = []
        self._stack: list[tuple[str, str, Any, list[str]]] = []
        self._begun = self._from = self._elements = 0
        self._too_long = False

    def feed(self, text: str) -> None:
        """Read on."""
        try:
            self._parser.Parse(text, False)
        except (expat.ExpatError, ValueError) as error:
            self.broken = self.broken or f"no XML ({error})"
        self.line = self._parser.CurrentLineNumber

    def closed(self) -> str:
        """Return why the text is not whole, "" where it is."""
        try:
            self._parser.Parse("", True)
        except expat.ExpatError as error:
            return f"the file is cut off or damaged ({error})"
        return ""

    def taken(self) -> list[tuple[int, dict[str, Any] | str, int]]:
        """Return objects that are whole, each with its line and length; in place of one, why it is not read."""
        ready, self._ready = self._ready, []
        return ready

    def _refuse(self, *_: object) -> None:
        self.broken = "a document type"
        raise ValueError(self.broken)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        depth = len(self._stack) + 1
        if depth == _OF_OBJECT:
            self._begun, self._from = self._parser.CurrentLineNumber, self._parser.CurrentByteIndex
            self._elements, self._too_long = 0, False
        self._elements += 1
        length = self._parser.CurrentByteIndex - self._from
        self._too_long = self._too_long or self._elements > XML_ELEMENTS_LIMIT or depth > JSON_DEPTH_LIMIT
        self._too_long = self._too_long or length > RECORD_BYTES_LIMIT
        value: Any = {} if tag in ("Obj", "Props", "MS", "DCT") else [] if tag in ("LST", "IE", "STK", "QUE") else None
        self._stack.append((tag, attributes.get("N", ""), None if self._too_long else value, []))

    def _characters(self, text: str) -> None:
        self._too_long = self._too_long or self._parser.CurrentByteIndex - self._from > RECORD_BYTES_LIMIT
        if self._stack and not self._too_long:
            self._stack[-1][3].append(text)

    def _end(self, tag: str) -> None:
        _, name, value, texts = self._stack.pop()
        depth = len(self._stack) + 1
        if depth == _OF_OBJECT:
            length = self._parser.CurrentByteIndex - self._from
            if self._too_long or length > RECORD_BYTES_LIMIT:
                self._ready.append((self._begun, "an object over the limits of one record", length))
            elif isinstance(value, dict):
                self._ready.append((self._begun, value, length))
        if self._too_long or depth <= _OF_OBJECT or tag in ("TN", "TNRef", "T", "ToString"):
            if tag == "ToString" and self._stack and isinstance(self._stack[-1][2], dict):
                self._stack[-1][2].setdefault("value", _unescaped("".join(texts)))
            return
        above = self._stack[-1][2]
        own = value if value is not None else None if tag in ("Nil", "Ref") else _unescaped("".join(texts))
        if tag in ("Props", "MS") and isinstance(above, dict) and isinstance(own, dict):
            above.update(own)
        elif tag in ("LST", "IE", "STK", "QUE") and isinstance(above, dict):
            above["value"] = own
        elif isinstance(above, list):
            above.append(own)
        elif isinstance(above, dict) and name:
            above[name] = own


def _unescaped(text: str) -> str:
    """Return a text with the characters that PowerShell writes by their number."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


CLIXML: Final = ClixmlSource()
