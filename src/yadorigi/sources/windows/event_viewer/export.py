"""Makes events of what the rows of an export say, and tells how they were read."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.limits import KINDS_LIMIT
from yadorigi.schema.times import canonical_time
from yadorigi.sources.records.record import RecordError, decode_record, integer_in
from yadorigi.sources.records.shown_dates import Order, Stated, by_own_clock, stated_time
from yadorigi.sources.windows.event_form import event_of
from yadorigi.sources.windows.event_viewer.messages import ViewedSource, rendered_messages
from yadorigi.sources.windows.event_viewer.shown_event import channel_named, event_number, head_of_row
from yadorigi.sources.windows.field_layouts import named_values
from yadorigi.sources.windows.xml_form import event_of_xml

if TYPE_CHECKING:
    from yadorigi.sources.contract import Piece, ReadingLog
    from yadorigi.sources.records.gathering import Gathering
    from yadorigi.sources.windows.event_viewer.columns import Column
    from yadorigi.sources.windows.event_viewer.local_clock import LocalClock

_ENCODE: Final = msgspec.json.Encoder().encode
_TOLD: Final = 20
_SYSTEM: Final = "S-1-5-18"
_MACHINES: Final = 5
"""Accounts of computers that are named."""


class Export:
    """Takes the rows of one file.

    Attributes:
        order: in which dates are written, None where that is not known.
        clock: what is known of the clock that times are of, None where nothing tells of it.
    """

    def __init__(self, piece: Piece, log: ReadingLog, zone: tzinfo, unknown: tuple[str, ...]) -> None:
        """Take what is read, where to tell of it, the zone of times, and the columns that nothing is known about."""
        self.order: Order | None = None
        self.clock: LocalClock | None = None
        self._piece = piece
        self._log = log
        self._zone = zone
        self._unknown = unknown
        self._messages = rendered_messages()
        self._zones: Counter[timedelta] = Counter()
        self._counts: Counter[str] = Counter()
        self._first_odd = 0
        self._unread: Counter[tuple[str, int]] = Counter()
        self._unread_else = 0
        self._guessed: Counter[str] = Counter()
        self._partly: Counter[tuple[str, int]] = Counter()
        self._machines: set[str] = set()

    def take(self, row: dict[Column, str], line: int, gathering: Gathering) -> None:
        """Add the event of a row."""
        self._counts["rows"] += 1
        try:
            event, time = self._event(row, line)
            text = _ENCODE(event)
            record = decode_record(text)
        except (RecordError, msgspec.MsgspecError, UnicodeError) as error:
            self._log.warn(self._piece, None, "record", 1, f"line {line}: {error}")
            return
        gathering.table.add(text, record, time, self._piece.file, line)
        self._log.read(self._piece.file, 1)

    def out_of_order(self, line: int) -> None:
        """Note an event that is not the next one by its number."""
        self._note_odd(line, "numbers")

    def _note_odd(self, line: int, what: str) -> None:
        self._counts[what] += 1
        self._first_odd = self._first_odd or line

    def _event(self, row: dict[Column, str], line: int) -> tuple[dict[str, Any], str]:
        event_id = event_number(row.get("id", "") or row.get("instance", ""))
        whole = _by_xml(row.get("xml", ""), event_id)
        if whole is not None:
            return whole
        message = row.get("message", "")
        own = self._source(row, event_id, message)
        shown = self._messages.shown(own.provider, event_id, message)
        fields: dict[str, Any] = shown.fields or self._named(row, own.provider, event_id)
        if shown.odd:
            self._note_odd(line, "odd")
        if message and not fields:
            self._note_unread(own.provider, event_id)
        if fields and shown.rest and (len(self._partly) < KINDS_LIMIT or (own.provider, event_id) in self._partly):
            self._partly[own.provider, event_id] += not shown.odd
        if fields and shown.rest and "Data" not in fields:
            # What a message says beyond the fields is kept where words are looked for.
            fields = {**fields, "Data": {"#text": message}}
        text = row.get("time", "")
        time, known = self._time(text, fields)
        if not row.get("computer", "").strip():
            self._counts["hostless"] += 1
            self._note_machine(fields)
        head = head_of_row(row, own, event_id, time)
        event = event_of(head, fields or None)
        event["Event"]["System"]["TimeCreated"]["#attributes"] |= {"Stated": text.strip(), "Zone": known}
        return event, time

    def _note_machine(self, fields: dict[str, Any]) -> None:
        """Note the account of a computer by which its own system acts."""
        name = fields.get("SubjectUserName")
        if fields.get("SubjectUserSid") != _SYSTEM or not isinstance(name, str) or not name.endswith("$"):
            return
        if len(self._machines) < _MACHINES:
            self._machines.add(name.upper())

    def _source(self, row: dict[Column, str], event_id: int, message: str) -> ViewedSource:
        stated = row.get("source", "").strip()
        if not stated and message:
            stated = self._messages.provider_by(channel_named(row.get("log", "")), event_id, message)
            self._guessed[stated] += bool(stated)
        return self._messages.sources.get(stated.casefold(), ViewedSource(stated, ""))

    def _named(self, row: dict[Column, str], provider: str, event_id: int) -> dict[str, Any]:
        """Return the fields by a column that holds their values, where their number leaves one choice of names."""
        stated = row.get("strings", "")
        return (named_values(provider, event_id, None, stated.split("|")) if stated else None) or {}

    def _note_unread(self, provider: str, event_id: int) -> None:
        if len(self._unread) < KINDS_LIMIT or (provider, event_id) in self._unread:
            self._unread[provider, event_id] += 1
        else:
            self._unread_else += 1

    def _time(self, text: str, fields: dict[str, Any]) -> tuple[str, str]:
        """Return an event's time, and by what its zone is known: ``stated``, ``event`` or ``option``."""
        stated = stated_time(text, self.order or "month")
        if stated is None:
            raise RecordError(f"no time: {text[:40]!r}")
        time, known = (stated.in_utc(UTC), "stated") if stated.zone is not None else self._by_clock(stated, fields)
        if time is None:
            raise RecordError(f"no time: {text[:40]!r}")
        return time, known

    def _by_clock(self, stated: Stated, fields: dict[str, Any]) -> tuple[str | None, str]:
        own = by_own_clock(stated.local, fields["UtcTime"]) if "UtcTime" in fields else None
        if own is not None:
            self._zones[own[1]] += 1
            return own[0], "event"
        # What rows of the same file say of the clock holds for those that say nothing.
        known = self.clock.ahead if self.clock is not None and not self.clock.told_by else None
        known = known if known is not None else next((zone for zone, _ in self._zones.most_common(1)), None)
        if known is not None:
            self._counts["by events"] += 1
            return stated._replace(local=stated.local - known).in_utc(UTC), "event"
        self._counts["in zone"] += 1
        if self.clock is not None:
            self._counts["unlike beside"] += self._zone.utcoffset(stated.local) != self.clock.ahead
        return stated.in_utc(self._zone), "option"

    # ---------------------------------------------------------------------------------------------- what is told of it

    def finish(self) -> None:
        """Tell how times and hosts were read, and which messages kept their fields to themselves."""
        if not self._counts["rows"]:
            self._tell("the export holds no event behind the names of its columns")
            return
        self._tell_times()
        hostless = self._counts["hostless"]
        if hostless:
            told = "events name no computer: they count as one host without a name (a --site each keeps exports apart)"
            shown = ", ".join(sorted(self._machines))
            of = "" if not shown else f"; the account of the system in them is {shown}"
            several = "; so they are of several computers" if len(self._machines) > 1 else ""
            self._tell(f"{hostless:,} {told}{of}{several}")
        if self._unknown:
            self._tell(f"columns of no known name are not read: {', '.join(self._unknown[:_TOLD])}")
        if self._counts["odd"]:
            told = "messages hold lines that look like labels where Windows writes none (in values, perhaps to mislead)"
            self._tell(f"{self._counts['odd']:,} {told}, the first in line {self._first_odd}")
        if self._counts["numbers"]:
            told = "events have numbers that do not follow the one before: the text of an event may look like one"
            self._tell(f"{self._counts['numbers']:,} {told} (the first in line {self._first_odd})")
        for (provider, number), count in self._partly.most_common(_TOLD):
            self._tell(f"{count:,} messages of {provider} {number} say more than what is known of them")
        for provider, count in self._guessed.most_common(_TOLD):
            self._tell(f"{count:,} events name no source: taken for {provider}'s by the form of their messages")
        first = self._unread.most_common(_TOLD)
        for (provider, number), count in first:
            told = f"{count:,} messages of {provider} {number} are of no known form: rules see them without fields"
            # Where the event has fields that rules ask for, nobody may say that what they look for is not there.
            if self._messages.knows(provider, number):
                self._log.warn(self._piece, None, "record", count, told)
            else:
                self._tell(told)
        rest = self._unread.total() - sum(count for _, count in first) + self._unread_else
        if rest:
            self._tell(f"{rest:,} messages of other kinds of events are of no known form")

    def _tell_times(self) -> None:
        in_zone = self._counts["in zone"]
        if in_zone:
            self._tell(f"{in_zone:,} times are local and name no zone: read as {self._zone} (--timezone says another)")
        unlike = self._counts["unlike beside"]
        if self.clock is not None and unlike:
            ahead = _signed(self.clock.ahead)
            told = f"the clock of {self.clock.told_by} beside it was at UTC{ahead}, and not in {self._zone}"
            self._tell(f"{told}, as which {unlike:,} times are read: --timezone {ahead} if the two are of one computer")
        by_events = self._counts["by events"]
        if by_events and not self._zones and self.clock is not None:
            clock = f"UTC{_signed(self.clock.ahead)}"
            self._tell(
                f"{by_events:,} times are local and name no zone: read in {clock}, as other events of the file say"
            )
        for zone, count in self._zones.most_common(3):
            self._tell(f"{count:,} events say their time in UTC too: the clock was at UTC{_signed(zone)}")
        if self.order is None:
            self._tell("dates may begin with the day or with the month: they are read as month, day, year")

    def _tell(self, text: str) -> None:
        self._log.warn(self._piece, None, "notice", 0, text)


def _by_xml(xml: str, event_id: int) -> tuple[dict[str, Any], str] | None:
    """Return an event and its time by its own XML, None where there is none or it is not that of the event."""
    if not xml.startswith("<Event"):
        return None
    try:
        event = event_of_xml(xml.encode("utf-8", "replace"))
        record = decode_record(_ENCODE(event))
    except (RecordError, msgspec.MsgspecError, UnicodeError):
        return None
    created = record.Event.System.TimeCreated
    stated = created.attributes.SystemTime if created is not None and created.attributes is not None else ""
    time = canonical_time(stated, UTC)
    number = event["Event"]["System"].get("EventID")
    number = integer_in(number.get("#text") if isinstance(number, dict) else number)
    return (event, time) if time is not None and number == event_id else None


def _signed(zone: timedelta) -> str:
    minutes = int(zone.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
