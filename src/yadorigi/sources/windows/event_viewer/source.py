"""Exports of Event Viewer and of programs that show events as it does, read as the events that they show."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from yadorigi.sources.contract import HEAD_BYTES, Gathered, Piece, ReadingLog
from yadorigi.sources.lines.encodings import told_encodings
from yadorigi.sources.records.file_text import blocks_of
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.line_text import text_by_lines
from yadorigi.sources.records.shown_dates import Order, order_of_rows
from yadorigi.sources.records.text_window import encoding_of
from yadorigi.sources.windows.event_viewer.blocks import Layout, blocks_in, layout_of
from yadorigi.sources.windows.event_viewer.columns import Column, Header, header_in
from yadorigi.sources.windows.event_viewer.export import Export
from yadorigi.sources.windows.event_viewer.headerless import header_by_rows
from yadorigi.sources.windows.event_viewer.local_clock import LocalClock, zone_of_rows
from yadorigi.sources.windows.event_viewer.rows import lines_of, lost_its_quotes, rows_of, unquoted_rows

_JAPANESE: Final = ("cp932", "euc_jp")
_ENDINGS: Final = frozenset((".csv", ".txt", ".tsv"))
_BESIDE: Final = 30
_LOOKED_AT_BESIDE: Final = 2 * 1024 * 1024
"""Files in the same folder that are asked for the zone of the clock, and how many bytes of each are read for that."""
_FIRST_LINES: Final = 4_096
"""Bytes in which the names of the columns stand: every file that no other source reads is looked at."""


class _Form(NamedTuple):
    """How an export is written: as a table or in blocks, and in which encoding, with a mark of so many bytes.

    In a table, messages may go over lines without quotes.
    """

    header: Header | None
    layout: Layout | None
    encoding: str
    mark: int
    unquoted: bool = False


class EventViewerSource:
    """Reader of exports of Event Viewer (a `Source`)."""

    name = "event_viewer"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file whose first line names the columns of Event Viewer, or that begins as events in blocks do."""
        del name
        form = _form(head)
        if form is None:
            return ""
        shown = "" if form.encoding == "utf-8" else f", in {form.encoding.upper()}"
        if form.header is None:
            return f"begins as {form.layout.name if form.layout is not None else ''} does{shown}"
        if not form.header.line:
            return f"begins with a row of Event Viewer, without the names of its columns{shown}"
        words = head[form.mark :].decode(form.encoding, "replace").split("\n", form.header.line)[form.header.line - 1]
        return f"line {form.header.line} names the columns of Event Viewer ({words.strip()[:60]}){shown}"

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Give the whole file: where a row begins, only the quotes before it tell."""
        if size:
            yield Piece(file, path, name, self.name, 0, size, 1)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; local times are in ``zone``, unless events tell their own."""
        gathering = Gathering()
        for piece in pieces:
            try:
                with piece.path.open("rb") as stream:
                    form = _form(stream.read(HEAD_BYTES))
            except OSError as error:
                log.warn(piece, 0, "file", None, f"cannot be read: {error.strerror or error}")
                continue
            if form is None:
                log.warn(piece, 0, "file", None, "the first line does not name a time, a source and an event id")
                continue
            export = Export(piece, log, zone, form.header.unknown if form.header is not None else ())
            # The order of dates is that of the whole file; it is gone through before, which costs a look at each row.
            export.order = _order(form, piece)
            export.clock = _clock(form, piece, export.order) or _clock_beside(piece)
            encodings: Counter[str] = Counter()
            for row, line, characters in _events(form, piece, log, export, encodings):
                export.take(row, line, gathering)
                gathering.size += characters
                if gathering.full:
                    yield gathering.taken()
            export.finish()
            for told in told_encodings(encodings):
                log.warn(piece, None, "notice", 0, told)
            for told in _told(form):
                log.warn(piece, None, "notice", 0, told)
        if len(gathering.table):
            yield gathering.taken()


def _order(form: _Form, piece: Piece) -> Order | None:
    """Return in which order an export's dates are written, None where that is not told."""
    own = form.layout.order if form.layout is not None else None
    return own or order_of_rows(row["time"] for row in _rows(form, piece) if "time" in row)


def _clock(form: _Form, piece: Piece, order: Order | None) -> LocalClock | None:
    """Return what an export says of its clock."""
    ahead = zone_of_rows(_rows(form, piece), order or "month")
    return LocalClock(ahead) if ahead is not None else None


def _clock_beside(piece: Piece) -> LocalClock | None:
    """Return what other exports in the same folder say of their clock, None where they do not, or disagree.

    Members of archives lie in one folder wherever they come from, so they say nothing of each other.
    """
    if piece.path.name != Path(piece.name).name:
        return None
    found: dict[timedelta, str] = {}
    try:
        others = sorted(path for path in piece.path.parent.iterdir() if path.suffix.lower() in _ENDINGS)
        for path in others[:_BESIDE]:
            size = path.stat().st_size
            if path != piece.path and size and path.is_file():
                ahead = _ahead_in(path, size, path.stat().st_mtime_ns)
                found |= {ahead: path.name} if ahead is not None else {}
    except OSError:
        return None
    return LocalClock(*found.popitem()) if len(found) == 1 else None


@lru_cache(maxsize=_BESIDE)
def _ahead_in(path: Path, size: int, written: int) -> timedelta | None:
    """Return how far the clock is ahead of UTC that a file tells, None where it is no export or tells nothing."""
    del written  # A file that was changed is looked at again.
    with path.open("rb") as stream:
        form = _form(stream.read(HEAD_BYTES))
    if form is None:
        return None
    piece = Piece(0, path, path.name, EventViewerSource.name, 0, min(size, _LOOKED_AT_BESIDE), 1)
    own = _clock(form, piece, _order(form, piece))
    return own.ahead if own is not None else None


def _rows(form: _Form, piece: Piece) -> Iterator[dict[Column, str]]:
    """Give what each event of an export says, and tell nothing."""
    return (row for row, _, _ in _events(form, piece, ReadingLog(), None, Counter()))


def _events(
    form: _Form, piece: Piece, log: ReadingLog, export: Export | None, encodings: Counter[str]
) -> Iterator[tuple[dict[Column, str], int, int]]:
    """Give what each event says, its line and its length; what cannot be read is told where there is an export."""
    text = _without_mark(text_by_lines(blocks_of(piece, log), form.encoding, encodings), form.mark)
    if form.header is None:
        for block in blocks_in(lines_of(text), form.layout) if form.layout is not None else ():
            if export is not None and block.odd:
                export.out_of_order(block.line)
            if block.row is not None:
                yield _joined(block.row), block.line, block.characters
            elif export is not None:
                log.warn(piece, None, "record", 1, f"line {block.line}: an event of too many characters")
        return
    rows = unquoted_rows(text, form.header) if form.unquoted else rows_of(text, form.header.separator)
    for row in rows:
        if row.fields is None:
            if export is not None:
                log.warn(piece, None, "record", None, f"line {row.line}: {row.reason}")
        elif row.line > form.header.line and row.fields:
            yield _joined(form.header.row(row.fields)), row.line, row.characters


def _told(form: _Form) -> Iterator[str]:
    """Say what the way in which an export is written may have cost."""
    if form.layout is not None and form.layout.folded:
        yield "a list breaks long lines where its window ended: values may have line ends that they had not"
    if form.header is not None and not form.header.line:
        yield "the names of the columns are missing: rows are read as Event Viewer writes them"
    if form.unquoted:
        yield "messages go over lines without quotes: a line in one that looks like a row is read as an event"


def _joined(row: dict[Column, str]) -> dict[Column, str]:
    """Return a row with its time, which may stand in two columns."""
    if "time" not in row and "date" in row:
        row["time"] = f"{row['date']} {row.get('hour', '')}".strip()
    return row


def _form(head: bytes) -> _Form | None:
    """Return how an export is written, by its beginning; None where it is none."""
    encoding, mark = encoding_of(head)
    encodings = dict.fromkeys((encoding, "utf-16-le" if head[1:2] == b"\0" else encoding, *_JAPANESE))
    # Text that is whole in one encoding is of that; where it is damaged, the words of its beginning have to do.
    for errors in ("strict", "replace"):
        for tried in encodings:
            try:
                text = codecs.getincrementaldecoder(tried)(errors).decode(head[mark:_FIRST_LINES])
            except UnicodeError:
                continue
            header = header_in(text)
            layout = layout_of(text) if header is None else None
            if header is None and layout is None:
                header = header_by_rows(text)
            if header is not None or layout is not None:
                # Where it begins in ASCII, nothing tells its encoding yet: each line does.
                open_yet = tried in _JAPANESE and text.split("\n", 1)[0].isascii()
                unquoted = header is not None and lost_its_quotes(text, header)
                return _Form(header, layout, "utf-8" if open_yet else tried, mark, unquoted)
    return None


def _without_mark(blocks: Iterator[str], mark: int) -> Iterator[str]:
    """Give text without the mark at its beginning."""
    for number, block in enumerate(blocks):
        yield block if number or not mark else block.removeprefix("\ufeff")


EVENT_VIEWER: Final = EventViewerSource()
