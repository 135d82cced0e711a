"""Exports of Event Viewer, *Save All Events As* CSV or text: read as the events that they show."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

import msgspec

from yadorigi.limits import KINDS_LIMIT
from yadorigi.sources.contract import HEAD_BYTES, Gathered, Piece, ReadingLog
from yadorigi.sources.records.file_text import blocks_of
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.record import RecordError, decode_record
from yadorigi.sources.records.text_window import decoded, encoding_of
from yadorigi.sources.windows.event_form import event_of
from yadorigi.sources.windows.event_viewer.columns import Column, Header, header_of
from yadorigi.sources.windows.event_viewer.dates import Order, by_own_clock, in_utc, local_time, order_of
from yadorigi.sources.windows.event_viewer.messages import RenderedMessages, ViewedSource, rendered_messages
from yadorigi.sources.windows.event_viewer.rows import rows_of

_ENCODE: Final = msgspec.json.Encoder().encode
_JAPANESE: Final = "cp932"
_LEVELS: Final = {"重大": "Critical", "エラー": "Error", "警告": "Warning", "情報": "Information", "詳細": "Verbose"}
_AUDITS: Final = {"成功の監査": "Audit Success", "失敗の監査": "Audit Failure"}
_FIRST_LINES: Final = 4_096
"""Bytes in which the names of the columns stand: every file that no other source reads is looked at."""
_UNREAD_TOLD: Final = 20


class EventViewerSource:
    """Reader of exports of Event Viewer (a `Source`)."""

    name = "event_viewer"

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file whose first line names the columns of Event Viewer, in Japanese or English."""
        del name
        found = _header(head)
        if found is None:
            return ""
        header, encoding, mark = found
        words = head[mark:].decode(encoding, "replace").split("\n", 2)[header.line - 1].strip()[:60]
        shown = "" if encoding == "utf-8" else f", in {encoding.upper()}"
        return f"line {header.line} names the columns of Event Viewer ({words}){shown}"

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
                    head = stream.read(HEAD_BYTES)
            except OSError as error:
                log.warn(piece, 0, "file", None, f"cannot be read: {error.strerror or error}")
                continue
            found = _header(head)
            if found is None:
                log.warn(piece, 0, "file", None, "the first line does not name a time, a source and an event id")
                continue
            header, encoding, mark = found
            export = _Export(piece, log, zone, header, _order(head[mark:].decode(encoding, "replace"), header))
            blocks = blocks_of(piece, log)
            for row in rows_of(_without_mark(decoded(blocks, encoding), mark), header.separator):
                if row.fields is None:
                    log.warn(piece, None, "record", None, f"line {row.line}: {row.reason}")
                elif row.line > header.line and row.fields:
                    export.take(header.row(row.fields), row.line, gathering)
                    gathering.size += row.characters
                if gathering.full:
                    yield gathering.taken()
            export.finish()
        if len(gathering.table):
            yield gathering.taken()


class _Export:
    """Takes the rows of one file."""

    def __init__(self, piece: Piece, log: ReadingLog, zone: tzinfo, header: Header, order: Order | None) -> None:
        self._piece = piece
        self._log = log
        self._zone = zone
        self._unknown = header.unknown
        self._order = order
        self._messages: RenderedMessages = rendered_messages()
        self._zones: Counter[timedelta] = Counter()
        self._in_zone = 0
        self._rows = 0
        self._unread: Counter[tuple[str, int]] = Counter()
        self._unread_else = 0

    def take(self, row: dict[Column, str], line: int, gathering: Gathering) -> None:
        """Add the event of a row."""
        self._rows += 1
        try:
            event, time = self._event(row)
            text = _ENCODE(event)
            record = decode_record(text)
        except (RecordError, msgspec.MsgspecError, UnicodeError) as error:
            self._log.warn(self._piece, None, "record", 1, f"line {line}: {error}")
            return
        gathering.table.add(text, record, time, self._piece.file, line)
        self._log.read(self._piece.file, 1)

    def _event(self, row: dict[Column, str]) -> tuple[dict[str, Any], str]:
        stated = row.get("source", "").strip()
        own = self._messages.sources.get(stated.casefold(), ViewedSource(stated, ""))
        number = row.get("id", "").strip()
        if not (number.isascii() and number.isdigit() and len(number) <= len("4294967295")):
            raise RecordError(f"the event id is no number: {number[:40]!r}")
        event_id = int(number)
        message = row.get("message", "")
        fields = self._messages.fields_of(own.provider, event_id, message)
        if message and not fields:
            if len(self._unread) < KINDS_LIMIT or (own.provider, event_id) in self._unread:
                self._unread[own.provider, event_id] += 1
            else:
                self._unread_else += 1
        time = self._time(row.get("time", ""), fields)
        level, keywords = row.get("level", "").strip(), row.get("keywords", "").strip()
        channel = row.get("log") or own.channel_of(event_id)
        head = {
            "EventID": event_id, "Provider": own.provider, "Channel": channel or None, "Time": time,
            "Computer": row.get("computer") or None, "Level": _LEVELS.get(level, level),
            "Keywords": _AUDITS.get(keywords, keywords) or None, "Task": row.get("category"),
            "Opcode": row.get("operation"), "ProcessID": row.get("process"), "ThreadID": row.get("thread"),
            "RecordID": row.get("record"), "ActivityID": row.get("activity"), "Message": message,
        }  # fmt: skip
        return event_of(head, fields or None), time

    def _time(self, text: str, fields: dict[str, Any]) -> str:
        local = local_time(text, self._order or "month")
        if local is None:
            raise RecordError(f"no time: {text[:40]!r}")
        own = by_own_clock(local, fields["UtcTime"]) if "UtcTime" in fields else None
        if own is not None:
            self._zones[own[1]] += 1
            return own[0]
        # What rows of the same file say of the clock holds for those that say nothing.
        known = self._zones.most_common(1)
        self._in_zone += not known
        found = in_utc(local - known[0][0], UTC) if known else in_utc(local, self._zone)
        if found is None:
            raise RecordError(f"no time: {text[:40]!r}")
        return found

    def finish(self) -> None:
        """Tell how times were read, and which messages kept their fields to themselves."""
        if not self._rows:
            self._log.warn(self._piece, None, "notice", 0, "the export holds no event behind the names of its columns")
            return
        if self._in_zone:
            told = f"{self._in_zone:,} times are local and name no zone: read as {self._zone} (--timezone says another)"
            self._log.warn(self._piece, None, "notice", 0, told)
        for zone, count in self._zones.most_common(3):
            told = f"{count:,} events say their time in UTC too: the clock was at UTC{_signed(zone)}"
            self._log.warn(self._piece, None, "notice", 0, told)
        if self._order is None:
            told = "dates may begin with the day or with the month: they are read as month, day, year"
            self._log.warn(self._piece, None, "notice", 0, told)
        if self._unknown:
            told = f"columns of no known name are not read: {', '.join(self._unknown[:_UNREAD_TOLD])}"
            self._log.warn(self._piece, None, "notice", 0, told)
        first = self._unread.most_common(_UNREAD_TOLD)
        for (provider, number), count in first:
            told = f"{count:,} messages of {provider} {number} are of no known form: rules see them without fields"
            self._log.warn(self._piece, None, "notice", 0, told)
        rest = self._unread.total() - sum(count for _, count in first) + self._unread_else
        if rest:
            told = f"{rest:,} messages of other kinds of events are of no known form"
            self._log.warn(self._piece, None, "notice", 0, told)


def _signed(zone: timedelta) -> str:
    minutes = int(zone.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _header(head: bytes) -> tuple[Header, str, int] | None:
    """Return the columns, the encoding and the length of its mark; None where the first line names no columns."""
    encoding, mark = encoding_of(head)
    for tried in dict.fromkeys((encoding, "utf-16-le" if head[1:2] == b"\0" else encoding, _JAPANESE)):
        try:
            text = codecs.getincrementaldecoder(tried)("strict").decode(head[mark:_FIRST_LINES])
        except UnicodeError:
            continue
        # PowerShell 5 names the type of what it exports in a line before the columns.
        first, second = (*text.removeprefix("\ufeff").split("\n", 2), "", "")[:2]
        typed = first.startswith("#TYPE")
        header = header_of(second if typed else first)
        if header is not None:
            return (header._replace(line=2) if typed else header), tried, mark
    return None


def _order(text: str, header: Header) -> Order | None:
    """Return in which order dates are written, by the first rows; None where they could be either."""
    for row in rows_of(iter([text]), header.separator):
        if row.fields and row.line > header.line:
            order = order_of(header.row(row.fields).get("time", ""))
            if order is not None:
                return order
    return None


def _without_mark(blocks: Iterator[str], mark: int) -> Iterator[str]:
    """Give text without the mark at its beginning."""
    for number, block in enumerate(blocks):
        yield block if number or not mark else block.removeprefix("\ufeff")


EVENT_VIEWER: Final = EventViewerSource()
