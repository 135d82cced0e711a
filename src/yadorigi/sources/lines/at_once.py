"""Lines of known shapes, many at a time: the same as one by one, with little done for each.

Lines that are not plain, of no known shape, or that something else keeps from being read so are given back one by one,
in their turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.sources.lines.events import decided_of
from yadorigi.sources.lines.format import NO_HEADER, Header
from yadorigi.sources.lines.shapes import KnownShapes, Shape, header_key, prepared
from yadorigi.sources.lines.syslog import split_header

if TYPE_CHECKING:
    from yadorigi.schema.event import EventKind
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.format import ShapeFacts, Values
    from yadorigi.sources.lines.framing import Lines
    from yadorigi.sources.records.batch import RecordTable

_PLAIN: Final = bytes(range(0x20, 0x7F))
_HEADERS: Final = 4_096
_TIMES: Final = 1_024
"""Times that are kept: many lines are of one second."""
_LONGEST_TIMES: Final = 256
"""Characters of the values that a time is read from; longer ones are not kept."""
_NARROWING: Final = frozenset({3, 12, 48})
"""Which of the times that lines are taken together what they have in common is learned."""
_UNKNOWN: Final = -2
_NO_TIME: Final = "\0"
_NO_DATA: Final = "\1"
"""What stands for the time and the structured data of headers that differ in nothing else."""
_MARKS: Final = re.compile(r"\\u000[01]")
"""The same as JSON has it."""


def prepared_lines(some: Lines, facts: ShapeFacts) -> Sequence[str]:
    """Return lines whose values are JSON as they stand, "" for each that is not plain (`shapes.prepared`)."""
    prepare = facts.prepare or prepared
    texts = some.texts
    if some.plain and not facts.escaped and max(map(len, texts), default=0) <= LINE_CHARACTERS_LIMIT:
        return texts
    together = "".join(texts)
    if len(together) > LINE_CHARACTERS_LIMIT:
        return ["" if len(text) > LINE_CHARACTERS_LIMIT else prepare(text) for text in texts]
    if facts.escaped and facts.escaped in together:
        return [prepare(text) if facts.escaped in text or not some.plain else text for text in texts]
    if some.plain:
        return texts
    if facts.between:
        together = together.replace(facts.between, "")
    plain = not together.encode().translate(None, _PLAIN) if together.isascii() else together.isprintable()
    return texts if plain and "\\" not in together else [prepare(text) for text in texts]


class _Ready(NamedTuple):
    """What an event is but for its time, the time in its header, and its fields.

    Attributes:
        kind, host: of the event.
        before: of its text, the part before the time.
        between: the part between that and the header's time, or the fields where no header states one.
        behind: the part between the header's time and the fields.
        end: the part behind the fields of the expression.
        data: the part between that before it and the header's structured data, where it has these; then ``between``
            begins behind them.
    """

    kind: EventKind
    host: str | None
    before: str
    between: str
    behind: str
    end: str
    data: str


class _Run:
    """Events that follow each other and are not in the table yet.

    Attributes:
        lines, texts, times: as in the table.
        rows: places of the records of a kind and host, by the identity of what is known of them.
    """

    __slots__ = ("_file", "_held", "_table", "lines", "rows", "texts", "times")

    def __init__(self, table: RecordTable, file: int) -> None:
        self._table = table
        self._file = file
        self._held: list[_Ready] = []
        """Those whose identities are known, lest these become others'."""
        self.rows: dict[int, list[int]] = {}
        self.lines: list[int] = []
        self.texts: list[str] = []
        self.times: list[str] = []

    def rows_of(self, ready: _Ready) -> list[int]:
        """Return the places of the records of a kind and host, and know them from now on."""
        self._held.append(ready)
        rows = self.rows[id(ready)] = self._table.rows_of(ready.kind, ready.host)
        return rows

    def put(self) -> int:
        """Put the events into the table, and return how many there were."""
        count, table = len(self.texts), self._table
        table.texts += self.texts
        table.times += self.times
        table.lines += self.lines
        table.records += [None] * count
        table.files += [self._file] * count
        table.numbers += [-1] * count
        self.texts.clear()
        self.times.clear()
        self.lines.clear()
        return count


_KnownTime: TypeAlias = tuple[str, str, int]
"""A time, its text in a record, and how many times of no zone it counts as."""


class _KnownTimes:
    """Times of one file as records have them.

    Attributes:
        known: those that were read before, by the values that they were read from, or the time of a header.
        wanted: whether any are kept: not where nearly each line has another.
    """

    __slots__ = ("_clock", "_facts", "_lines", "known", "wanted")

    def __init__(self, facts: ShapeFacts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock
        self._lines = 0
        self.wanted = True
        self.known: dict[Values | str | None, _KnownTime] = {}

    def count(self, lines: int) -> None:
        """Count lines that were read."""
        self._lines += lines

    def read(self, values: Values, header_time: str | None) -> _KnownTime | None:
        """Return a time as in `known`; None where there is none. What it counts as beyond that is counted already."""
        clock, facts = self._clock, self._facts
        without_zone, without_year = clock.in_option_zone, clock.without_year
        key: Values | str = facts.time_key(values) if facts.time_key is not None and values else values
        stamp = facts.time(values, clock) if values else None
        if stamp is None and header_time and facts.header_time:
            key = header_time
            stamp = clock.read(header_time)
        if stamp is None:
            return None
        time, stated, zone = stamp
        told = f'{{"SystemTime":"{time}","Stated":"{stated}","Zone":"{zone}"}}}},'
        # Which year a time without one is in changes.
        if not self.wanted or clock.without_year != without_year:
            return time, told, 0
        known = time, told, clock.in_option_zone - without_zone
        clock.in_option_zone = without_zone
        if len(self.known) >= _TIMES:
            self.known.clear()
            self.wanted = self._lines >= 2 * _TIMES
            self._lines = 0
        if sum(map(len, key)) <= _LONGEST_TIMES:
            self.known[key] = known
        return known


class ShapedLines:
    """Takes plain lines of one file whose shapes are known.

    Attributes:
        clocks_compared: whether lines with a time in their header may be taken too: the first ones are read by
            themselves, to compare the device's clock with the relay's.
    """

    __slots__ = (
        "_clock", "_file", "_headers", "_keeping", "_numbers", "_shapes", "_takes", "_times", "clocks_compared",
    )  # fmt: skip

    def __init__(self, shapes: KnownShapes, clock: Clock, file: int, keeping: Container[str] = ()) -> None:
        """Take what is known of the file's shapes, its clock and number, and programs whose lines are of other formats.

        The programs are in lower case (`Formats.keeping`).
        """
        self._keeping = keeping
        self._shapes = shapes
        self._takes = 0
        self._clock = clock
        self._file = file
        self._headers: list[Header] = []
        self._numbers: dict[tuple[str, str | None], int] = {}
        self._times = _KnownTimes(shapes.facts, clock)
        self.clocks_compared = False

    def take(self, some: Lines, table: RecordTable, one: Callable[[int, str], None]) -> int:
        """Add the events of lines, and return how many were added here.

        Args:
            some: the lines.
            table: what takes the events.
            one: is given each line, with its number, that has to be read by itself.
        """
        shapes, clock, headers = self._shapes, self._clock, self._numbers
        facts, guesses = shapes.facts, shapes.guesses
        guess_of, read_time, times_known, time_key = facts.guess, self._times.read, self._times.known, facts.time_key
        compare, keeps = facts.header_time and not self.clocks_compared, self._times.wanted
        run, taken, row = _Run(table, self._file), 0, len(table.texts)
        add_text, add_time, add_line = run.texts.append, run.times.append, run.lines.append
        prepared_texts = prepared_lines(some, facts)
        for number, text, line in zip(some.numbers, prepared_texts, some.texts, strict=True):
            # Counting looks at each sign, where most lines of some formats have none.
            quotes = text.count('"') if '"' in text else 0
            shape = guesses.get(guess := guess_of(text, quotes))
            ready: _Ready | None = None
            stamp: _KnownTime | Literal[False] | None = None
            found = shape.match(text) if shape is not None and shape.quotes == quotes else None
            if found is None:
                shape, found = shapes.find(text, quotes, guess) or (None, None)
            if shape is not None and found is not None:
                values = found.groups()
                before, header_time, behind = values[0], values[2], values[3]
                if shape.sound is None or shape.sound(values):
                    place = headers.get((before, behind), _UNKNOWN)
                    if place == _UNKNOWN:
                        place = self._header(before, header_time, behind)
                    deciding = shape.deciding(values)
                    ready = shape.ready.get((place, deciding)) or self._ready(shape, place, deciding)
                times = shape.times(values)
                if ready is not None and not (compare and header_time and any(times)):
                    key = time_key(times) if time_key is not None and times else times or header_time
                    stamp = (keeps and times_known.get(key)) or read_time(times, header_time)
            if shape is None or ready is None or not stamp:
                taken += run.put()
                one(number, line)
                row = len(table.texts)
                continue
            (run.rows.get(id(ready)) or run.rows_of(ready)).append(row)
            row += 1
            time, told, without_zone = stamp
            clock.in_option_zone += without_zone
            parts = shape.parts
            data = ready.data and ready.data + shape.structured(values)
            parts[0] = f"{ready.before}{told}{data}{ready.between}{header_time or ''}{ready.behind}"
            parts[shape.holes] = shape.fields(values)
            parts[-1] = ready.end
            add_text("".join(parts))
            add_time(time)
            add_line(number)
        self._times.count(len(prepared_texts))
        self._narrow(prepared_texts)
        return taken + run.put()

    def _narrow(self, texts: Sequence[str]) -> None:
        """Learn what lines have in common, now and then: it may be other than it was."""
        self._takes += 1
        if self._takes in _NARROWING:
            self._shapes.narrow(texts)
        self._shapes.forgive()

    def _ready(self, shape: Shape, place: int, deciding: Values) -> _Ready | None:
        """Make what is known of lines by the number of their header and their deciding values, or None."""
        if place < 0:
            return None
        header, facts = self._headers[place], self._shapes.facts
        known = shape.decided.get((header_key(header, facts), deciding))
        if known is None:
            return None
        if header.time and not self.clocks_compared and not facts.header_time:
            return None
        decided = decided_of(known.reading, header)
        parts = _MARKS.split(decided.behind)
        # A host may have such signs in its name.
        if len(parts) != 1 + bool(header.time) + bool(header.structured):
            return None
        data = parts.pop(0) if header.structured else ""
        between = parts.pop(0) if header.time else ""
        behind = f"{parts[0]}{{{known.lead}"
        end = f"{known.tail}}}}}}}"
        ready = _Ready(decided.kind, decided.host, decided.before, between, behind, end, data)
        shape.make_ready((place, deciding), ready)
        return ready

    def _header(self, before: str, time: str | None, behind: str | None) -> int:
        """Return the number of headers that are alike but for their times; -1 where a header is none."""
        if len(self._numbers) >= _HEADERS:
            self._forget()
        # Behind it stands a message that is no part of a header, or structured data.
        begins = self._shapes.facts.begins
        text = f"{before}{time or ''}{behind or ''}"
        header, rest = split_header(f"{text}{begins}") if text else (NO_HEADER, begins)
        place = -1
        is_whole = begins in (rest, header.structured) and header.time == (time or "") and "\\" not in text
        if is_whole and header.program.lower() not in self._keeping:
            place = len(self._headers)
            if header.structured:
                header = header._replace(structured=_NO_DATA)
            self._headers.append(header._replace(time=_NO_TIME) if time else header)
        self._numbers[before, behind] = place
        return place

    def _forget(self) -> None:
        """Begin anew with headers: there may be any number of hosts and processes in a file."""
        self._headers.clear()
        self._numbers.clear()
        self._shapes.forget_headers()
