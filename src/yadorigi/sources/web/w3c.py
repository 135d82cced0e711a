"""Extended logs of the W3C, whose directive ``#Fields`` names the fields of the lines below it: IIS, proxies, Exchange.

Read are all logs that have it, with blanks, tabs or commas between values: IIS (access, FTP), HTTP.sys (httperr), Blue
Coat, Forefront TMG, CloudFront, Windows Firewall, message tracking and other logs of Exchange. Fields have the names
that the log gives them (``cs-uri-stem``, ``cs(User-Agent)``), and values are as logged. The fields may change inside a
file. Where lines have a time only, ``#Date`` says their day, and the next day begins where times begin anew. Times are
in UTC, as the W3C demands, unless ``#Time Format: Local`` says otherwise. Lines with more or fewer values than fields
are not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.sources.contract import HEAD_BYTES, Gathered, Piece, ReadingLog
from yadorigi.sources.lines.clock import Clock
from yadorigi.sources.lines.encodings import told_encodings
from yadorigi.sources.lines.events import add_event, add_prepared
from yadorigi.sources.lines.format import NO_HEADER, LineError
from yadorigi.sources.lines.framing import lines_of
from yadorigi.sources.lines.noted_lines import NotedLines
from yadorigi.sources.lines.survey import first_lines
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.line_cuts import cut_at_lines
from yadorigi.sources.records.text_window import encoding_of
from yadorigi.sources.web.w3c_layout import Directives, iis_layout

if TYPE_CHECKING:
    from yadorigi.sources.web.w3c_layout import Layout

_BLOCK: Final = 1024 * 1024
_TITLES: Final = ("DateTime,", "date-time,", "TimeStamp,")
_FIELDS: Final = "#Fields:"
_DIRECTIVE_BYTES: Final = 65_536


class W3cSource:
    """Reader of extended logs of the W3C (a `Source`)."""

    name = "w3c"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file that names its fields."""
        del name
        if b"#" not in head:
            return ""
        found = next((text for text in first_lines(head + b"\n") if text.startswith(_FIELDS)), "")
        return "it names its fields (#Fields)" if found else ""

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut between lines; where lines have no date of their own the file is one piece: each builds on the last."""
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        named = [text.split() for text in first_lines(head + b"\n") if text.startswith(_FIELDS)]
        if encoding_of(head)[0] != "utf-8" or any("time" in names and "date" not in names for names in named):
            if size:
                yield Piece(file, path, name, self.name, 0, size, 1)
            return
        cuts = list(cut_at_lines(path, size))
        forms = _directives_by_piece(path, [start for start, _, _ in cuts])
        for (start, length, line), form in zip(cuts, forms, strict=True):
            yield Piece(file, path, name, self.name, start, length, line, form)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size."""
        gathering = Gathering()
        for piece in pieces:
            reader = _Reader(piece, log, Clock(zone), _directives_of(piece))
            for number, text in lines_of(piece, log, reader.encodings):
                reader.take(number, text, gathering)
                if gathering.full:
                    yield gathering.taken()
            reader.finish()
        if len(gathering.table):
            yield gathering.taken()


@dataclass(slots=True)
class _Reader:
    """Takes the lines of one piece."""

    piece: Piece
    log: ReadingLog
    clock: Clock
    directives: Directives
    encodings: Counter[str] = field(default_factory=Counter)
    unread: NotedLines = field(default_factory=NotedLines)

    def take(self, number: int, text: str, gathering: Gathering) -> None:
        """Take a directive, or add the event of a line."""
        if not text or text.isspace():
            return
        try:
            if text[0] == "#":
                self.directives.take(text)
                return
            if number == 1 and text.startswith(_TITLES):
                # Exchange writes the names as a table has them, too.
                return
            if len(text) > LINE_CHARACTERS_LIMIT:
                raise LineError(f"lines of more than {LINE_CHARACTERS_LIMIT:,} characters")
            layout = self.directives.layout or self._guessed(text)
            at_once = layout.read_at_once(text)
            if at_once is not None:
                decided, time, data = at_once
                add_prepared(gathering.table, decided, time, data, (self.piece.file, number))
                gathering.size += len(text)
                self.log.read(self.piece.file, 1)
                return
            add_event(gathering.table, layout.read(text, self.clock), NO_HEADER, (self.piece.file, number))
        except LineError as error:
            # What a server had not written yet when it was stopped.
            self.unread.note("zero bytes" if not text.strip("\0") else str(error), number)
        else:
            gathering.size += len(text)
            self.log.read(self.piece.file, 1)

    @staticmethod
    def _guessed(text: str) -> Layout:
        try:
            return iis_layout(text)
        except LineError as error:
            raise LineError("a line before #Fields") from error

    def finish(self) -> None:
        """Tell what was not read, and how the rest was."""
        for noted in self.unread:
            self.log.warn(self.piece, None, "record", noted.lines, f"{noted.where}: {noted.reason}")
        for told in (*self.clock.told(), *told_encodings(self.encodings)):
            self.log.warn(self.piece, None, "notice", 0, told)


def _directives_by_piece(path: Path, starts: Sequence[int]) -> Iterator[str]:
    """Give the directives that stand before each start, one a line: of each name the last."""
    found: dict[str, str] = {}
    with path.open("rb") as stream:
        place = 0
        for start in starts:
            for text in _directives_in(stream, start - place):
                found.pop(name := text.partition(":")[0], None)
                found[name] = text
            place = start
            yield "\n".join(found.values())


def _directives_in(stream: BinaryIO, size: int) -> Iterator[str]:
    """Give the directives in the next bytes, which are whole lines."""
    rest = b""
    while size > 0 and (block := stream.read(min(_BLOCK, size))):
        size -= len(block)
        whole, _, rest = (rest + block).rpartition(b"\n")
        if whole.startswith((b"#", b"\xef\xbb\xbf#")) or b"\n#" in whole:
            for line in whole.split(b"\n"):
                if line.startswith((b"#", b"\xef\xbb\xbf#")) and len(line) < _DIRECTIVE_BYTES:
                    yield line.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r")
        # What is so long is no directive.
        rest = rest if len(rest) < _DIRECTIVE_BYTES else b" "


def _directives_of(piece: Piece) -> Directives:
    found = Directives()
    # The fields are named last: what they are called goes by the rest.
    for text in sorted(piece.form.split("\n"), key=lambda text: text.startswith(_FIELDS)):
        if text:
            with suppress(LineError):
                found.take(text)
    return found
