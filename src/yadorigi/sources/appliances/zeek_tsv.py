"""Zeek's own logs: values with tabs between them, whose names the directive ``#fields`` states at the beginning.

Read are all that begin with ``#separator``, into the same channels and fields as Zeek's JSON (``zeek``). Values that
are unset (``-``, or what ``#unset_field`` says) are left out, sets and vectors become lists, empty ones an empty text.
Lines with more or fewer values than names are counted and not read; rotated logs that were joined may name other fields
below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, Final

from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.sources.appliances.zeek import zeek_reading
from yadorigi.sources.contract import Gathered, Piece, ReadingLog
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.encodings import told_encodings
from yadorigi.sources.lines.events import add_event
from yadorigi.sources.lines.format import NO_HEADER, LineError, Reading
from yadorigi.sources.lines.framing import lines_of
from yadorigi.sources.lines.noted_lines import NotedLines
from yadorigi.sources.records.gathering import Gathering

_BEGINS: Final = (b"#separator ", b"#separator\t")
_FIELDS_LIMIT: Final = 500
_LISTS: Final = ("set[", "vector[")


class ZeekTsvSource:
    """Reader of Zeek's logs with tabs (a `Source`)."""

    name = "zeek_tsv"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file that begins with Zeek's directives."""
        del name
        named = head.startswith(_BEGINS) and b"\n#fields" in head
        return "it begins with #separator and #fields, as Zeek writes" if named else ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the whole file: its beginning says what the rest means."""
        if size:
            yield Piece(file, path, name, self.name, 0, size, 1)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read files into tables of bounded size."""
        gathering = Gathering()
        for piece in pieces:
            reader = _Reader(piece, log, Clock(zone))
            for number, text in lines_of(piece, log, reader.encodings):
                reader.take(number, text, gathering)
                if gathering.full:
                    yield gathering.taken()
            reader.finish()
        if len(gathering.table):
            yield gathering.taken()


@dataclass(slots=True)
class _Reader:
    """Takes the lines of one file."""

    piece: Piece
    log: ReadingLog
    clock: Clock
    separator: str = "\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    encodings: Counter[str] = field(default_factory=Counter)
    unread: NotedLines = field(default_factory=NotedLines)

    def take(self, number: int, text: str, gathering: Gathering) -> None:
        """Take a directive, or add the event of a line."""
        if not text or text.isspace():
            return
        try:
            if text[0] == "#":
                self._direct(text)
                return
            add_event(gathering.table, self._read(text), NO_HEADER, (self.piece.file, number))
        except LineError as error:
            self.unread.note(str(error), number)
        else:
            gathering.size += len(text)
            self.log.read(self.piece.file, 1)

    def _direct(self, text: str) -> None:
        name, _, value = text.replace(" ", self.separator, 1).partition(self.separator)
        if name == "#separator":
            code = value.removeprefix("\\x")
            self.separator = chr(int(code, 16)) if len(code) == 2 and _is_hexadecimal(code) else "\t"  # noqa: PLR2004 - \x09
        elif name == "#set_separator":
            self.set_separator = value or ","
        elif name == "#empty_field":
            self.empty = value
        elif name == "#unset_field":
            self.unset = value
        elif name == "#path":
            self.path = value.partition(".")[0]
        elif name in ("#fields", "#types"):
            values = tuple(text.split(self.separator)[1:])
            if len(values) > _FIELDS_LIMIT:
                raise LineError(f"more than {_FIELDS_LIMIT} names of fields")
            if name == "#fields":
                self.names, self.types = values, ()
            else:
                self.types = values

    def _read(self, text: str) -> Reading:
        if len(text) > LINE_CHARACTERS_LIMIT:
            raise LineError(f"lines of more than {LINE_CHARACTERS_LIMIT:,} characters")
        if not self.names:
            raise LineError("a line of Zeek before #fields")
        values = text.split(self.separator)
        if len(values) != len(self.names):
            raise LineError(f"a line of Zeek with other than {len(self.names)} values")
        types = self.types if len(self.types) == len(self.names) else ("",) * len(self.names)
        fields: dict[str, Any] = {}
        for name, value, kind in zip(self.names, values, types, strict=True):
            if value == self.unset:
                continue
            if value == self.empty:
                fields[name] = ""
            elif kind.startswith(_LISTS):
                fields[name] = [one for one in value.split(self.set_separator) if one != self.unset]
            else:
                fields[name] = value
        return zeek_reading(self.path, fields, self.clock)

    def finish(self) -> None:
        """Tell what was not read, and how the rest was."""
        for noted in self.unread:
            self.log.warn(self.piece, None, "record", noted.lines, f"{noted.where}: {noted.reason}")
        for told in (*self.clock.told(), *told_encodings(self.encodings)):
            self.log.warn(self.piece, None, "notice", 0, told)


def _is_hexadecimal(text: str) -> bool:
    return all(letter in "0123456789abcdefABCDEF" for letter in text)
