"""Takes records of any shape into a table, and accounts for those that it cannot take."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.limits import JSON_DEPTH_LIMIT, KINDS_LIMIT
from yadorigi.schema.times import canonical_time, is_canonical
from yadorigi.sources.lines.encodings import told_encodings
from yadorigi.sources.records.record import (
    NoEventError,
    Record,
    RecordError,
    ShapeError,
    decode_odd_record,
    decode_record,
    nests_too_deeply,
)
from yadorigi.sources.windows.event_form import has_zone
from yadorigi.sources.windows.event_viewer.shown_event import message_is_unread
from yadorigi.sources.windows.shape_get_winevent import is_get_winevent, values_are_lost
from yadorigi.sources.windows.shapes import Shape, event_of_record

if TYPE_CHECKING:
    from yadorigi.sources.contract import OtherRecords, Piece, ReadingLog
    from yadorigi.sources.records.batch import RecordTable

_ENCODE: Final = msgspec.json.Encoder().encode
_UNENCODABLE: Final = (msgspec.MsgspecError, UnicodeError, OverflowError, TypeError, ValueError, RecursionError)
_REASONS: Final = 20
"""Different reasons told of one piece; a reason may quote the file."""
_OTHERS: Final = "other JSON of no Windows event"
_NO_TIME: Final = "an event without a readable TimeCreated"


def record_time(record: Record, zone: tzinfo) -> str:
    """Return a record's canonical time; one without a zone is in ``zone``.

    Raises:
        RecordError: it has none.
    """
    element = record.Event.System.TimeCreated
    stated = element.attributes.SystemTime if element is not None and element.attributes is not None else ""
    if is_canonical(stated):
        return stated
    time = canonical_time(stated, zone)
    if time is None:
        raise RecordError(_NO_TIME)
    return time


def _names_zone(record: Record) -> bool:
    """Say whether a record's time states its zone."""
    element = record.Event.System.TimeCreated
    stated = element.attributes.SystemTime if element is not None and element.attributes is not None else ""
    return stated[-1:] == "Z" or has_zone(stated)


@dataclass(slots=True)
class Intake:
    """Takes the records of one piece.

    Attributes:
        piece: what is read.
        log: where warnings and counts go.
        zone: of times without one.
        likely: the shape that the file was recognised by.
        in_damage: whether what was taken last is lost.
        others: what reads records that are no Windows events, or None.
        encodings: of lines that are not UTF-8, with their number.
    """

    piece: Piece
    log: ReadingLog
    zone: tzinfo
    likely: Shape | None
    in_damage: bool = False
    others: OtherRecords | None = None
    encodings: Counter[str] = field(default_factory=Counter)
    _strange: dict[str, list[int]] = field(default_factory=dict)
    _without_values: list[int] = field(default_factory=lambda: [0, 0])
    _unread: Counter[tuple[str, int]] = field(default_factory=Counter)
    _zoneless: int = 0

    def take(self, decoded: Any, line: int, table: RecordTable) -> bool:  # noqa: ANN401 - any JSON value
        """Add a decoded JSON value to a table; say whether it was an event."""
        try:
            if not isinstance(decoded, dict):
                raise RecordError("JSON of something else than an object")
            event = event_of_record(decoded, self.likely)
            text, record = _encoded(event)
            table.add(text, record, record_time(record, self.zone), self.piece.file, line)
            self._zoneless += not _names_zone(record)
        except NoEventError as error:
            if not self._is_taken_otherwise(decoded, line):
                self.strange(line, str(error))
            return False
        except ShapeError as error:
            self.strange(line, str(error))
            return False
        except RecordError as error:
            self.lost(line, str(error))
            return False
        if is_get_winevent(decoded) and values_are_lost(decoded):
            self._without_values[0] = self._without_values[0] or line
            self._without_values[1] += 1
        elif self.likely is not None and self.likely.by_message and (unread := message_is_unread(event)) is not None:
            self._note_unread(unread)
        self.log.read(self.piece.file, 1)
        self.in_damage = False
        return True

    def _note_unread(self, kind: tuple[str, int]) -> None:
        if len(self._unread) < KINDS_LIMIT or kind in self._unread:
            self._unread[kind] += 1

    def _is_taken_otherwise(self, decoded: Any, line: int) -> bool:  # noqa: ANN401 - any JSON value
        """Say whether a record is of a log of lines, which then is read as what it is."""
        if self.others is None:
            return False
        try:
            text = _ENCODE(decoded).decode()
        except _UNENCODABLE:
            return False
        return self.others.take(line, text)

    def lost(self, line: int, reason: str, records: int = 1) -> None:
        """Note damage, and how many records it costs."""
        self.in_damage = True
        self.log.warn(self.piece, None, "record", records, f"line {line}: {reason}")

    def strange(self, line: int, reason: str, records: int = 1) -> None:
        """Note what is no Windows event, and how many records it is; told together at the end of the piece."""
        if reason not in self._strange and len(self._strange) >= _REASONS:
            reason = _OTHERS
        known = self._strange.setdefault(reason, [line, 0, 0])
        known[1] += 1
        known[2] += records

    def cut_off(self, what: str) -> None:
        """Tell that the file ends before what it begins does, unless a broken record has told it already."""
        if not self.in_damage:
            reason = f"{what} has no end: the file is cut off, or was not written to its end"
            self.log.warn(self.piece, self.piece.start + self.piece.size, "file", None, reason)

    def finish(self) -> None:
        """Tell what was gathered."""
        if self.others is not None:
            self.others.finish()
        for reason, (line, count, records) in self._strange.items():
            more = f" (and {count - 1} more like it)" if count > 1 else ""
            self.log.warn(self.piece, None, "notice", records, f"line {line}: {reason}{more}")
        for (provider, number), count in self._unread.items():
            told = f"{count:,} messages of {provider} {number} are of no known form: rules see them without fields"
            self.log.warn(self.piece, None, "record", count, told)
        if self._zoneless:
            states = "time states" if self._zoneless == 1 else "times state"
            told = f"{self._zoneless:,} {states} no zone: read as {self.zone} (--timezone says another)"
            self.log.warn(self.piece, None, "notice", 0, told)
        for told in told_encodings(self.encodings):
            self.log.warn(self.piece, None, "notice", 0, told)
        first, count = self._without_values
        if count:
            reason = "have no values: ConvertTo-Json was not told to go deep enough (-Depth 4)"
            self.log.warn(self.piece, None, "notice", 0, f"line {first}: {count} events from here on {reason}")


def _encoded(event: dict[str, Any]) -> tuple[str | bytes, Record]:
    """Return an event as JSON text and decoded as a record.

    Raises:
        RecordError: it is no Windows event.
    """
    try:
        text = _ENCODE(event)
        return text, decode_record(text)
    except _UNENCODABLE:
        pass
    try:
        shown = json.dumps(event, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise RecordError(f"no Windows event: {error}") from error
    record, clean = decode_odd_record(shown)
    return clean, record


def too_deep(text: str) -> bool:
    """Say whether JSON is nested deeper than any event is."""
    return text.count("{") + text.count("[") > JSON_DEPTH_LIMIT and nests_too_deeply(text)
