"""Events of lines that were read together, on their way into the table in the order of the lines."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from yadorigi.schema.event import EventKind
    from yadorigi.sources.lines.format import Values
    from yadorigi.sources.lines.shaped_times import KnownTime, TimeKey
    from yadorigi.sources.records.batch import RecordTable


class Ready(NamedTuple):
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


class Woven(NamedTuple):
    """Texts of records of some lines.

    Attributes:
        places: of the lines.
        before: the part before the time, the same for all or one for each.
        behind: the parts behind the time, each the same for all or one for each.
    """

    places: Sequence[int]
    before: str | Sequence[str]
    behind: list[str | Sequence[str]]


class Run:
    """The events of some lines that follow each other, as far as they are not in the table yet.

    Attributes:
        stamps: times of the lines.
        timed: lines, some of which have a time in their headers, and these times.
        waiting: lines whose times are to be read in the order of lines, with what they are read from.
        woven: the texts of the records.
    """

    __slots__ = (
        "_at",
        "_befores",
        "_file",
        "_rows",
        "_table",
        "_taken",
        "_texts",
        "stamps",
        "timed",
        "waiting",
        "woven",
    )

    def __init__(self, table: RecordTable, file: int, lines: int) -> None:
        """Take what takes the events in the end, the number of the file, and how many lines there are."""
        self._table = table
        self._file = file
        self._taken = bytearray(lines)
        self._rows: list[list[int]] = [[]] * lines
        self._texts = [""] * lines
        self._befores: list[str] | None = None
        self._at = 0
        self.stamps: list[KnownTime | None] = [None] * lines
        self.waiting: list[tuple[int, TimeKey, Values, str | None]] = []
        self.timed: list[tuple[Sequence[int], Sequence[str | None]]] = []
        self.woven: list[Woven] = []

    def take(self, places: Sequence[int], readies: Iterable[Ready]) -> None:
        """Know of which kinds and hosts the events of some lines are."""
        known: dict[int, list[int]] = {}
        for place, ready in zip(places, readies, strict=False):
            rows = known.get(id(ready))
            if rows is None:
                rows = known[id(ready)] = self._table.rows_of(ready.kind, ready.host)
            self._rows[place] = rows
            self._taken[place] = 1

    def end(self, start: int, time_of: Callable[[TimeKey, Values, str | None], KnownTime | None]) -> int:
        """Return the first line from one on that is no event here, and read the times of those before it."""
        end = self._taken.find(0, start)
        if end < 0:
            end = len(self._taken)
        while self._at < len(self.waiting) and self.waiting[self._at][0] < end:
            place, key, values, header_time = self.waiting[self._at]
            self._at += 1
            stamp = self.stamps[place] = time_of(key, values, header_time)
            if stamp is None:
                self._taken[place] = 0
                return place
        return end

    def timed_before(self, end: int) -> int:
        """Return the last line before one that has a time in its header, of those that may be events; or -1."""
        last = -1
        for places, times in self.timed:
            at = bisect_left(places, end) - 1
            while at >= 0 and not times[at]:
                at -= 1
            last = max(last, places[at] if at >= 0 else -1)
        return last

    def next(self, start: int) -> int:
        """Return the first line from one on that is an event here."""
        place = self._taken.find(1, start)
        return place if place >= 0 else len(self._taken)

    def weave(self, *, whole: bool) -> None:
        """Put the texts of the records together, with their times if these are known of all."""
        stamps, texts = self.stamps, self._texts
        if not whole:
            self._befores = [""] * len(texts)
        for places, before, behind in self.woven:
            parts = behind
            if whole:
                parts = [before, [stamps[place][1] for place in places], *behind]  # type: ignore[index]  # all are known
            elif self._befores is not None:
                for place, text in zip(places, repeat(before) if isinstance(before, str) else before, strict=False):
                    self._befores[place] = text
            for place, text in zip(places, joined(parts, len(places)), strict=True):
                texts[place] = text

    def put(self, start: int, end: int, numbers: Sequence[int]) -> None:
        """Put the events of some lines, which have these numbers, into the table."""
        table, count = self._table, end - start
        stamps = [stamp for stamp in self.stamps[start:end] if stamp is not None]
        for row, rows in enumerate(self._rows[start:end], len(table.texts)):
            rows.append(row)
        texts = self._texts[start:end]
        if self._befores is not None:
            told = [stamp[1] for stamp in stamps]
            texts = list(map("".join, zip(self._befores[start:end], told, texts, strict=True)))
        table.texts += texts
        table.times += [stamp[0] for stamp in stamps]
        table.lines += numbers[start:end]
        table.records += [None] * count
        table.files += [self._file] * count
        table.numbers += [-1] * count


def joined(parts: Iterable[str | Sequence[str]], count: int) -> list[str]:
    """Return so many texts, each made of parts that are the same for all, or one for each of them."""
    merged: list[str | Sequence[str]] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    columns = [repeat(part, count) if isinstance(part, str) else part for part in merged]
    return list(map("".join, zip(*columns, strict=True)))
