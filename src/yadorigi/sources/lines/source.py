"""Logs of lines: one source for each format by which a file is known, all read alike.

A syslog server writes the lines of many devices into one file, so each line is read as what it is; a file's own format
decides where a line does not tell. Every line that is not empty becomes an event, or is counted in a warning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache, partial
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.schema.times import ticks_of
from yadorigi.sources.contract import HEAD_BYTES, Gathered, Piece, ReadingLog
from yadorigi.sources.lines.at_once import ShapedLines
from yadorigi.sources.lines.clock import MONTHS, Clock, Stamp, year_rolls
from yadorigi.sources.lines.encodings import told_encodings
from yadorigi.sources.lines.events import add_event, add_ready, add_whole, ready_of
from yadorigi.sources.lines.format import NO_HEADER, BetweenLinesError, Header, Line, LineError, LineFormat
from yadorigi.sources.lines.framing import Lines, begins_with_octets, lines_together
from yadorigi.sources.lines.known_headers import KnownHeaders
from yadorigi.sources.lines.known_shapes import KnownShapes
from yadorigi.sources.lines.neighbours import header_above, neighbouring_time
from yadorigi.sources.lines.noted_lines import NotedLines
from yadorigi.sources.lines.outer_zone import zone_around, zone_of_texts
from yadorigi.sources.records.gathering import Gathering
from yadorigi.sources.records.line_cuts import cut_at_lines
from yadorigi.sources.records.text_window import encoding_of

if TYPE_CHECKING:
    from yadorigi.sources.lines.events import Ready
    from yadorigi.sources.lines.format import Joiner, Reading
    from yadorigi.sources.lines.known_headers import KnownHeader
    from yadorigi.sources.lines.survey import Formats, Survey
    from yadorigi.sources.records.batch import RecordTable

FAULT: Final = "a fault of this program"
"""How the reason begins where a reader failed in a way that it should not."""
_LONGEST_FAULT: Final = 200
_WHOLE: Final = "whole"
KNOWN_HEADERS: bool = True
"""Whether headers that were split before are known again; tests read lines without it, too."""
_READY: Final = 256
"""Kinds of events that are kept of one header."""
_COMPARED: Final = 100
"""Lines of which the device's clock is compared with that of who wrote the header."""
_TICKS_PER_MINUTE: Final = 60 * 10_000_000
_MINUTES_APART: Final = 3
_MONTH: Final = re.compile(rb"\n(?:\d{1,7} )?(?:<\d{1,3}>)? ?([A-Z][a-z]{2})[a-z]{0,6}\.? +\d{1,2} \d\d:")
"""A month at the beginning of a line. A line feed is found faster than the beginning of a line."""


class LineSource:
    """Reader of lines (a `Source`)."""

    def __init__(self, own: LineFormat, formats: Formats) -> None:
        """Take the format by which files are recognised, and all formats that lines may be of."""
        self._own = own
        self._formats = formats
        self._shapes: list[KnownShapes] = []
        """Those of the piece before, unless one is being read with them."""
        self.name = own.name

    def recognises(self, head: bytes, name: str) -> str:
        """Claim a file of whose first lines at least half are of known formats, and most of them of this one."""
        del name
        look = surveyed(self._formats, head)
        if look.format is not self._own:
            return ""
        most = ", ".join(f"{known[1]} {known[0]}" for known in look.known.most_common(3))
        return f"of the first {look.lines} lines: {most}" if look.lines > 1 else f"a line of {self._own.title}"

    def pieces(self, file: int, path: Path, name: str, size: int) -> Iterator[Piece]:
        """Cut between lines; a file in UTF-16 or with times without a year is one piece: lines build on others."""
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        look = surveyed(self._formats, head)
        build_on_others = look.without_year or self._own.joiner is not None or begins_with_octets(head)
        if build_on_others or encoding_of(head)[0] != "utf-8":
            if size:
                yield Piece(file, path, name, self.name, 0, size, 1, _WHOLE)
            return
        for start, length, line in cut_at_lines(path, size):
            yield Piece(file, path, name, self.name, start, length, line)

    def read(self, pieces: Sequence[Piece], log: ReadingLog, zone: tzinfo = UTC) -> Iterator[Gathered]:
        """Read pieces into tables of bounded size; times that state no zone are in ``zone``."""
        gathering = Gathering()
        for piece in pieces:
            first_year = _first_year_of(piece.path)
            around = zone_around(piece, self._formats, first_year) if not self._own.alone else None
            clock = Clock(around or zone, first_year)
            reader = _Reader(piece, log, clock, self._formats, self._own, zone_around=around is not None)
            reader.keeps_to_own = self._own.first and not self._is_headed(piece)
            shapes = self._shapes.pop() if self._shapes else reader.own.shapes and KnownShapes(reader.own.shapes)
            reader.read_with(shapes)
            for some in lines_together(piece, log, reader.encodings):
                reader.take_some(some, gathering)
                if gathering.full:
                    yield gathering.taken()
            reader.finish(gathering)
            if shapes is not None:
                shapes.begin_anew()
                self._shapes = [shapes]
        if len(gathering.table):
            yield gathering.taken()

    def _is_headed(self, piece: Piece) -> bool:
        """Say whether one of the first lines of a file begins with a header."""
        try:
            with piece.path.open("rb") as stream:
                return surveyed(self._formats, stream.read(HEAD_BYTES)).headed
        except OSError:
            return True


class OtherLines:
    """Reads lines of a file that another source reads, which does not know them (`contract.OtherRecords`)."""

    def __init__(self, formats: Formats, piece: Piece, log: ReadingLog, zone: tzinfo, gathering: Gathering) -> None:
        """Take the formats that lines may be of, what is read, where to tell of it, the zone of times, what gathers."""
        self._formats = formats
        self._gathering = gathering
        self._clock = Clock(zone, _first_year_of(piece.path))
        self._reader = _Reader(piece, log, self._clock, formats, formats.every[-1])
        self._piece = piece
        self._began = False

    def take(self, line: int, text: str) -> bool:
        """Add the event of a line, or tell why there is none; say whether it is of any known format."""
        if self._formats.split(text)[1] is None:
            return False
        if not self._began:
            self._began = True
            first_year = _first_year_of(self._piece.path)
            around = zone_around(self._piece, self._formats, first_year)
            # In documents of several lines, the first record has to tell.
            around = around or zone_of_texts([text], self._formats, first_year)
            self._clock.zone = around or self._clock.zone
            self._reader.zone_around = around is not None
        self._reader.take(line, text, self._gathering)
        return True

    def finish(self) -> None:
        """Add what waits for more, and tell how lines were read."""
        self._reader.finish(self._gathering)


@lru_cache(maxsize=2)
def surveyed(formats: Formats, head: bytes) -> Survey:
    """Return what a file's first lines are; every source of lines asks for it in turn."""
    return formats.survey(head)


def _first_year_of(path: Path) -> Callable[[], int]:
    """Return what tells the year of a file's first time without one: its last line is no later than the file itself."""

    def year() -> int:
        try:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            months: list[int] = []
            with path.open("rb") as stream:
                while block := stream.read(1024 * 1024):
                    names = (name.decode().lower() for name, _ in groupby(_MONTH.findall(b"\n" + block)))
                    found = (MONTHS.get(name, 0) for name in names)
                    months += (month for month in found if month and (not months or months[-1] != month))
        except (OSError, OverflowError, ValueError):
            return datetime.now(UTC).year
        last = written.year - 1 if months and months[-1] > written.month else written.year
        return last - year_rolls(months)

    return year


@dataclass(slots=True)
class _Reader:
    """Takes the lines of one piece."""

    piece: Piece
    log: ReadingLog
    clock: Clock
    formats: Formats
    own: LineFormat
    encodings: Counter[str] = field(default_factory=Counter)
    unread: NotedLines = field(default_factory=NotedLines)
    as_text: NotedLines = field(default_factory=NotedLines)
    between: NotedLines = field(default_factory=NotedLines)
    told: NotedLines = field(default_factory=NotedLines)
    zone_around: bool = False
    keeps_to_own: bool = False
    apart: list[int] = field(default_factory=list)
    joiners: dict[str, Joiner] = field(default_factory=dict)
    began: bool = False
    compared: int = 0
    untimed: int = 0
    before: str = ""
    above: Header = NO_HEADER
    above_line: int = 0
    shapes: KnownShapes | None = None
    at_once: ShapedLines | None = None
    headers: KnownHeaders | None = None
    rows: dict[int, tuple[Ready, list[int]]] = field(default_factory=dict)
    rows_table: RecordTable | None = None

    def __post_init__(self) -> None:
        """Know no header yet."""
        if not self.own.alone and KNOWN_HEADERS:
            self.headers = KnownHeaders(self.formats)

    def read_with(self, shapes: KnownShapes | None) -> None:
        """Read lines of known shapes in one step, and learn others; None where the format has none."""
        if shapes is not None:
            self.shapes = shapes
            self.at_once = ShapedLines(shapes, self.clock, self.piece.file, self._not_of_programs())

    def _not_of_programs(self) -> frozenset[str]:
        """Return programs that lines of the file's own format do not come from, or not all of them."""
        return self.formats.keeping - self.own.programs

    def take_some(self, some: Lines, gathering: Gathering) -> None:
        """Add the events of lines that follow each other."""
        table = gathering.table
        if table.times and table.files[-1] == self.piece.file:
            self.before = table.times[-1]
        gathering.size += sum(map(len, some.texts))
        at_once = self.at_once
        if at_once is None:
            for number, text in zip(some.numbers, some.texts, strict=True):
                self.take(number, text, gathering)
            return
        together = [some]
        if not self.began:
            # The first lines by themselves, lest clocks be compared of more than is needed.
            parts = slice(_COMPARED), slice(_COMPARED, None)
            together = [Lines(some.numbers[part], some.texts[part], some.plain) for part in parts]
            self.began = True
        for lines in together:
            at_once.clocks_compared = self.compared >= _COMPARED
            taken = at_once.take(lines, table, partial(self.take, gathering=gathering)) if lines.texts else 0
            self.log.read(self.piece.file, taken)

    def take(self, number: int, text: str, gathering: Gathering) -> None:
        """Add the event of a line."""
        if not text or text.isspace():
            return
        if len(text) > LINE_CHARACTERS_LIMIT:
            self.unread.note(f"lines of more than {LINE_CHARACTERS_LIMIT:,} characters", number)
            return
        line, found, known = self._split(text)
        rest = self.formats.every[-1]
        if line.header.time:
            self.above, self.above_line = line.header, number
        if line.claimed:
            writer = f"what {line.header.program.lower()} wrote" if line.header.program else f"one of {self.own.title}"
            self.told.note(f"begins like {line.claimed}, but is {writer}", number)
        try:
            is_known = found is not None and found is not rest
            self._add(found or self.own, line, number, gathering, is_known=is_known, header=known)
        except BetweenLinesError as error:
            self.between.note(str(error), number)
        except LineError as error:
            told = str(error)
            by_program = self.formats.by_program.get(line.header.program.lower())
            strange = found is None or (found.joiner is not None and found is not self.own)
            if strange and text[0] in " \t" and (header := self._above()) is not None:
                # What has several lines, such as a trace of calls, comes so from programs that do not escape them.
                line, told = Line(text, text, header), "lines that are indented go on with the message above them"
            elif found is None or found is rest or not line.header.time:
                self.unread.note(told, number)
                return
            try:
                self._add(by_program if by_program not in (None, found) else rest, line, number, gathering)
            except LineError:
                self.unread.note(str(error), number)
            else:
                self.as_text.note(told, number)
        except Exception as error:  # noqa: BLE001 - whoever writes a line that trips a reader must lose no other line
            self.unread.note(f"{FAULT} ({type(error).__name__}: {error})"[:_LONGEST_FAULT], number)

    def _split(self, text: str) -> tuple[Line, LineFormat | None, KnownHeader | None]:
        """Return a line with its header taken off, its format, and what is known of the header."""
        if self.own.alone:
            return Line(text, text, NO_HEADER), None, None
        known = self.headers.split(text) if self.headers is not None else None
        line, found, header = known or (*self.formats.split(text), None)
        if self.keeps_to_own and found is not self.own and self.formats.fits(self.own, text):
            claimed = f"a line of {found.title}" if found is not None else ""
            return Line(text, text, NO_HEADER, claimed), self.own, None
        return line, found, header

    def _add(
        self,
        own: LineFormat,
        line: Line,
        number: int,
        gathering: Gathering,
        *,
        is_known: bool = False,
        header: KnownHeader | None = None,
    ) -> None:
        reading = own.read(line, self.clock)
        time = reading.time
        if time is None:
            time = self.clock.read(line.header.time) if line.header.time else None
        elif line.header.time and self.compared < _COMPARED:
            self._compare(time, line.header.time)
        if time is None and is_known:
            time = self._assumed(gathering)
        if time is None:
            raise LineError("a line without a time")
        if is_known and self.shapes is not None and own is self.own:
            self.shapes.learn(line.message or line.header.structured, reading, line.header)
        if reading.told:
            self.told.note(reading.told, number)
        if reading.whole is not None:
            add_whole(gathering.table, reading.whole, time, (self.piece.file, number))
            self.log.read(self.piece.file, 1)
            return
        if own.joiner is None:
            if header is None or not self._put_ready(reading, time, line.header, number, gathering.table, header):
                self._put(reading._replace(time=time), line.header, number, gathering)
            return
        joiner = self.joiners.get(own.name)
        if joiner is None:
            joiner = self.joiners[own.name] = own.joiner()
        for whole in joiner.take(reading._replace(time=time), line.header, number):
            self._put(*whole, gathering)

    def _above(self) -> Header | None:
        """Return the header of the line above, where programs write a file's lines and it has one with a time."""
        if not (self.own.programs or self.own is self.formats.every[-1]) or self.own.joiner is not None:
            return None
        if self.at_once is not None and self.at_once.above[0] > self.above_line:
            self.above_line, text = self.at_once.above
            self.above = self._split(text)[0].header
        if not self.above.time:
            self.above = header_above(self.piece, self.formats)
        return self.above if self.above.time else None

    def _assumed(self, gathering: Gathering) -> Stamp | None:
        """Return the time of the event before, else the next one in the file, else the file's own."""
        table = gathering.table
        if table.times and table.files[-1] == self.piece.file:
            self.before = table.times[-1]
        if not self.before:
            clock = Clock(self.clock.zone, _first_year_of(self.piece.path))
            self.before = neighbouring_time(self.piece, self.formats, clock)
        self.untimed += bool(self.before)
        return Stamp(self.before, "", "assumed") if self.before else None

    def _put(self, reading: Reading, header: Header, number: int, gathering: Gathering) -> None:
        add_event(gathering.table, reading, header, (self.piece.file, number))
        self.log.read(self.piece.file, 1)

    def _put_ready(
        self, reading: Reading, time: Stamp, header: Header, number: int, table: RecordTable, known: KnownHeader
    ) -> bool:
        """Add the event of a line with a known header, and say whether that is done."""
        key = (reading.channel, reading.host, reading.event_id, reading.level, bool(header.structured))
        ready = known.ready.get(key)
        if ready is None:
            ready = ready_of(reading, header, numbered=known.numbered)
            if ready is None:
                return False
            if len(known.ready) >= _READY:
                known.ready.clear()
            known.ready[key] = ready
        if self.rows_table is not table:
            self.rows.clear()
            self.rows_table = table
        held = self.rows.get(id(ready))
        if held is None:
            # What is held keeps its identity.
            held = self.rows[id(ready)] = ready, table.rows_of(ready.kind, ready.host)
        add_ready(table, held[1], ready, (time, reading.fields, header, self.piece.file, number))
        self.log.read(self.piece.file, 1)
        return True

    def _compare(self, time: Stamp, header: str) -> None:
        """Note how far the clock of the device is from that of who wrote the header."""
        self.compared += 1
        # With a clock of its own: this header's time is not the event's, and says nothing of years and zones.
        other = Clock(self.clock.zone, int(time.time[:4])).read(header)
        if other is not None:
            self.apart.append((ticks_of(time.time) - ticks_of(other.time)) // _TICKS_PER_MINUTE)

    def finish(self, gathering: Gathering) -> None:
        """Add what waits for more, and tell what was not read, and how the rest was."""
        for joiner in self.joiners.values():
            for reading, header, number in joiner.rest():
                try:
                    self._put(reading, header, number, gathering)
                except LineError as error:
                    self.unread.note(str(error), number)
        for noted in self.unread:
            self.log.warn(self.piece, None, "record", noted.lines, f"{noted.where}: {noted.reason}")
        for noted in self.as_text:
            self._notice(f"{noted.where}: kept as plain syslog ({noted.reason})")
        for noted in self.between:
            self._notice(f"{noted.where}: {noted.reason}, which holds no record")
        for noted in self.told:
            self._notice(f"{noted.where}: {noted.reason}")
        if self.untimed:
            lines = "1 line states" if self.untimed == 1 else f"{self.untimed:,} lines state"
            self._notice(
                f"{lines} no time: assumed is that of the line before, else of the next one, else the file's own"
            )
        for told in (*self._told_times(), *told_encodings(self.encodings)):
            self._notice(told)
        if self.apart and abs(minutes := int(median(self.apart))) >= _MINUTES_APART:
            told = f"{abs(minutes) // 60} h {abs(minutes) % 60} min {'ahead of' if minutes > 0 else 'behind'}"
            self._notice(f"the device's clock is {told} the one in the headers of syslog, or in another zone")

    def _told_times(self) -> Iterator[str]:
        """Say how times were read that state less than a moment."""
        if self.zone_around and self.clock.in_option_zone:
            self.clock.in_option_zone = 0
            yield f"times that state no zone are read in {self.clock.zone}, as the headers around them say"
        yield from self.clock.told()

    def _notice(self, told: str) -> None:
        self.log.warn(self.piece, None, "notice", 0, told)
