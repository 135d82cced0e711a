"""Lines of known shapes, many at a time: the same as one by one, with little done for each.

What a step does is done for all lines of a shape before the next step, value by value in place of line by line
(`ShapedLines.take`). Lines of which the shape is not guessed are looked at one by one (`_one_by_one`). Those that are
not plain, of no known shape, or that something else keeps from being read so are given back one by one, in their turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from itertools import compress, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.sources.lines.events import decided_of
from yadorigi.sources.lines.format import NO_HEADER, Header
from yadorigi.sources.lines.framing import Lines
from yadorigi.sources.lines.known_shapes import KnownShapes, header_key
from yadorigi.sources.lines.shaped_run import Ready, Run, Woven
from yadorigi.sources.lines.shaped_times import KnownTimes, TimeKey
from yadorigi.sources.lines.shapes import HEADER_GROUPS, prepared
from yadorigi.sources.lines.syslog import split_header

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.format import ShapeFacts, Values
    from yadorigi.sources.lines.known_shapes import Alike
    from yadorigi.sources.lines.shaped_times import KnownTime
    from yadorigi.sources.lines.shapes import Shape
    from yadorigi.sources.records.batch import RecordTable

_PLAIN: Final = bytes(range(0x20, 0x7F))
_HEADERS: Final = 4_096
_UNKNOWN: Final = -2
_PLACE: Final = itemgetter(0)
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


Columns: TypeAlias = "Sequence[Sequence[str]]"
"""What expressions took of lines, group by group."""


class _Some(NamedTuple):
    """Lines of one shape.

    Attributes:
        places: among those that are looked at.
        columns: what the expression took of them.
    """

    places: Sequence[int]
    columns: Columns

    def those(self, chosen: Sequence[object]) -> _Some:
        """Return those lines for which something stands there."""
        return _Some(list(compress(self.places, chosen)), [list(compress(column, chosen)) for column in self.columns])


class ShapedLines:
    """Takes plain lines of one file whose shapes are known.

    Attributes:
        above: number and text of the last line that was taken here and has a time in its header.
        clocks_compared: whether lines with a time in their header may be taken too: the first ones are read by
            themselves, to compare the device's clock with the relay's.
    """

    __slots__ = (
        "_clock", "_file", "_headers", "_keeping", "_numbers", "_shapes", "_times", "above",
        "clocks_compared",
    )  # fmt: skip

    def __init__(self, shapes: KnownShapes, clock: Clock, file: int, keeping: Container[str] = ()) -> None:
        """Take what is known of the file's shapes, its clock and number, and programs whose lines are of other formats.

        The programs are in lower case (`Formats.keeping`).
        """
        self._keeping = keeping
        self._shapes = shapes
        self._clock = clock
        self._file = file
        self._headers: list[Header] = []
        self._numbers: dict[tuple[str, str | None], int] = {}
        self._times = KnownTimes(shapes.facts, clock)
        self.above = 0, ""
        self.clocks_compared = False

    def take(self, some: Lines, table: RecordTable, one: Callable[[int, str], None]) -> int:
        """Add the events of lines, and return how many were added here.

        Args:
            some: the lines.
            table: what takes the events.
            one: is given each line, with its number, that has to be read by itself.
        """
        texts = prepared_lines(some, self._shapes.facts)
        alike = self._shapes.alike(texts, some.quotes)
        run, read, count = Run(table, self._file, len(texts)), self._times.of, len(texts)
        for lines in alike:
            self._resolve(lines, run)
        run.waiting.sort(key=_PLACE)
        end = run.end(0, read)
        run.weave(whole=end == count)
        taken = start = 0
        while start < count:
            if end > start:
                run.put(start, end, some.numbers)
                taken += end - start
            start = run.next(end)
            rest = slice(end, start)
            if start > end:
                others = Lines(some.numbers[rest], some.texts[rest])
                if any(text[:1].isspace() for text in others.texts):
                    self._note_above(some, run.timed_before(end))
                taken += self._one_by_one(others, texts[rest], table, one)
            end = run.end(start, read)
        self._note_above(some, run.timed_before(count))
        self._times.count(count)
        self._shapes.narrow(alike)
        self._shapes.forgive()
        return taken

    def _note_above(self, some: Lines, place: int) -> None:
        if place >= 0:
            self.above = max(self.above, (some.numbers[place], some.texts[place]), key=_PLACE)

    def _resolve(self, alike: Alike, run: Run) -> None:
        """Find what is known of lines of a shape: those of which it is not enough stay as they are."""
        shape = alike.shape
        some = _Some(alike.places, list(zip(*alike.values, strict=True)))
        if shape.sound is not None and not shape.are_sound(some.columns):
            some = some.those(list(map(shape.sound, alike.values)))
        if not some.places:
            return
        times = some.columns[2]
        if not self.clocks_compared and (shape.time_places or not self._shapes.facts.header_time) and any(times):
            return
        ready = self._ready_of(shape, some.columns)
        if isinstance(ready, list):
            known = list(filter(None, ready))
            if len(known) < len(ready):
                some = some.those(ready)
            for has_data in (False, True):
                those = [bool(own.data) is has_data for own in known]
                if any(those):
                    part = some if all(those) else some.those(those)
                    self._weave(shape, part, list(compress(known, those)), run)
        elif ready is not None:
            self._weave(shape, some, ready, run)

    def _weave(self, shape: Shape, some: _Some, ready: Ready | list[Ready], run: Run) -> None:
        """Put the records of lines together, of which all is known but their times."""
        places, columns = some
        if any(columns[2]):
            run.timed.append((places, columns[2]))
        self._look_up(shape, some, run)
        parts: list[str | Sequence[str]]
        if isinstance(ready, Ready):
            run.take(places, repeat(ready))
            before: str | Sequence[str] = ready.before
            times = columns[2] if columns[2][0] else ""
            data: str | Sequence[str] = ready.data
            parts = [ready.between, times, ready.behind, *shape.woven(columns), ready.end]
        else:
            run.take(places, ready)
            before = [own.before for own in ready]
            times = [time or "" for time in columns[2]]
            data = [own.data for own in ready] if ready[0].data else ""
            parts = [
                [own.between for own in ready], times, [own.behind for own in ready], *shape.woven(columns),
                [own.end for own in ready],
            ]  # fmt: skip
        if data:
            parts = [data, *shape.woven_around(columns), *parts]
        run.woven.append(Woven(places, before, parts))

    def _look_up(self, shape: Shape, some: _Some, run: Run) -> None:
        """Look up the times of lines among those that are kept."""
        places, columns = some
        header_times, known, time_key = columns[2], self._times.known, self._shapes.facts.time_key
        values: list[Values] = [()] * len(places)
        keys: Sequence[TimeKey] = header_times
        if shape.time_places:
            fields = [columns[place] if place >= 0 else repeat("") for place in shape.time_places]
            values = list(zip(*fields, strict=False))
            keys = values if time_key is None else time_key(values)
        found: Sequence[KnownTime | None]
        if self._times.wanted:
            found = list(map(known.get, keys))
        else:
            found = self._times.at_once(values if shape.time_places else None, header_times)
        if not any(found):
            run.waiting += zip(places, keys, values, header_times, strict=True)
            return
        for at, (place, stamp) in enumerate(zip(places, found, strict=True)):
            if stamp is None:
                run.waiting.append((place, keys[at], values[at], header_times[at]))
            else:
                run.stamps[place] = stamp
                self._clock.in_option_zone += stamp[2]

    def _ready_of(self, shape: Shape, columns: Columns) -> Ready | list[Ready | None] | None:
        """Return what is known of lines, the same for all or for each of them."""
        before, _, times, behind = columns[:HEADER_GROUPS]
        headers = set(zip(before, behind, strict=True))
        if shape.fixed is not None and len(headers) == 1:
            return self._known(shape, before[0], times[0], behind[0], shape.fixed)
        deciding = shape.deciding(columns) if shape.fixed is None else [[value] * len(before) for value in shape.fixed]
        keys = list(zip(before, behind, *deciding, strict=True))
        firsts = dict(zip(keys, times, strict=True))
        known = {key: self._known(shape, key[0], time, key[1], key[2:]) for key, time in firsts.items()}
        return next(iter(known.values())) if len(known) == 1 else [known[key] for key in keys]

    def _known(self, shape: Shape, before: str, time: str | None, behind: str | None, deciding: Values) -> Ready | None:
        """Return what is known of lines by their header and deciding values, or None."""
        place = self._numbers.get((before, behind), _UNKNOWN)
        if place == _UNKNOWN:
            place = self._header(before, time, behind)
        return shape.ready.get((place, deciding)) or self._ready(shape, place, deciding)

    def _one_by_one(
        self, some: Lines, texts: Sequence[str], table: RecordTable, one: Callable[[int, str], None]
    ) -> int:
        """Add the events of lines whose shapes are not guessed, and return how many were added here."""
        shapes, taken = self._shapes, 0
        for number, text, line in zip(some.numbers, texts, some.texts, strict=True):
            event = self._event(*found) if (found := shapes.find(text, text.count('"'))) is not None else None
            if event is None:
                one(number, line)
                continue
            ready, time, record, header_time = event
            if header_time:
                self.above = number, line
            table.rows_of(ready.kind, ready.host).append(len(table.texts))
            table.texts.append(record)
            table.times.append(time)
            table.lines.append(number)
            table.records.append(None)
            table.files.append(self._file)
            table.numbers.append(-1)
            taken += 1
        return taken

    def _event(self, shape: Shape, found: re.Match[str]) -> tuple[Ready, str, str, str | None] | None:
        """Return what is known of a line, its time, record and header's time; None where that is too little."""
        facts, values = self._shapes.facts, found.groups()
        before, _, header_time, behind = values[:HEADER_GROUPS]
        if shape.sound is not None and not shape.sound(values):
            return None
        ready = self._known(shape, before, header_time, behind, shape.deciding(values))
        times = shape.times(values)
        if ready is None or (facts.header_time and not self.clocks_compared and header_time and any(times)):
            return None
        key = facts.time_key((times,))[0] if facts.time_key is not None and times else times or header_time
        stamp = self._times.of(key, times, header_time)
        if stamp is None:
            return None
        data = ready.data and ready.data + shape.structured(values)
        lead = f"{ready.before}{stamp[1]}{data}{ready.between}{header_time or ''}{ready.behind}"
        return ready, stamp[0], f"{lead}{shape.data(values)[1:-1]}{ready.end}", header_time

    def _ready(self, shape: Shape, place: int, deciding: Values) -> Ready | None:
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
        ready = Ready(decided.kind, decided.host, decided.before, between, behind, end, data)
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
