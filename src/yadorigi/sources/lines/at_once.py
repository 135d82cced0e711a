"""Lines of known shapes, many at a time: the same as one by one, with little done for each.

Lines that are not plain, of no known shape, or that something else keeps from being read so are given back one by one,
in their turn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from yadorigi.sources.lines.events import Decided, decided_of
from yadorigi.sources.lines.format import NO_HEADER, Header, Reading
from yadorigi.sources.lines.shapes import KnownShapes, Shape, remember

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.format import Values
    from yadorigi.sources.records.batch import RecordTable

_PLAIN: Final = bytes(code for code in range(0x20, 0x7F) if code != ord("\\"))
_PRIORITY: Final = re.compile(r"<(\d{1,3})>", re.ASCII).fullmatch
_LONGEST_PRIORITY: Final = len("<191>")
_PREFIXES: Final = 1_000


def are_plain(texts: Sequence[str]) -> bool:
    """Say whether lines are printable ASCII without a backslash, so that their values are JSON as they stand."""
    joined = "".join(texts)
    return joined.isascii() and not joined.encode().translate(None, _PLAIN)


class ShapedLines:
    """Takes plain lines of one file whose shapes are known."""

    __slots__ = ("_clock", "_file", "_headers", "_shapes")

    def __init__(self, shapes: KnownShapes, clock: Clock, file: int) -> None:
        """Take what is known of the file's shapes, its clock and its number."""
        self._shapes = shapes
        self._clock = clock
        self._file = file
        self._headers: dict[str, Header] = {"": NO_HEADER}

    def take(self, first: int, texts: Sequence[str], table: RecordTable, one: Callable[[int, str], None]) -> int:
        """Add the events of plain lines, and return how many were added here.

        Args:
            first: number of the first line.
            texts: the lines.
            table: what takes the events.
            one: is given each line, with its number, that has to be read by itself.
        """
        read_time, clock = self._shapes.facts.time, self._clock
        rows_of: dict[int, list[int]] = {}
        taken = 0
        for number, text in enumerate(texts, first):
            end = text.find(">", 2, _LONGEST_PRIORITY) + 1 if text[:1] == "<" else 0
            prefix, message = text[:end], text[end:] if end else text
            found = self._known(prefix, message)
            stamp = read_time(found[2], clock) if found is not None else None
            if found is None or stamp is None:
                one(number, text)
                continue
            decided, data, _ = found
            rows = rows_of.get(id(decided))
            if rows is None:
                rows = rows_of[id(decided)] = table.rows_of(decided.kind, decided.host)
            rows.append(len(table.texts))
            table.texts.append(
                f'{decided.before}{{"SystemTime":"{stamp.time}","Stated":"{stamp.stated}","Zone":"{stamp.zone}"}}}},'
                f"{decided.behind}{data}}}}}"
            )
            table.records.append(None)
            table.times.append(stamp.time)
            table.files.append(self._file)
            table.lines.append(number)
            table.numbers.append(-1)
            taken += 1
        return taken

    def _known(self, prefix: str, message: str) -> tuple[Decided, str, Values] | None:
        """Return what a message's event is but for its time, its fields, and the values of its time."""
        quotes = message.count('"')
        for shape in self._shapes.every:
            if shape.quotes == quotes and (found := shape.match(message)) is not None:
                break
        else:
            return None
        values = found.groups()
        key = shape.deciding(values)
        decided = shape.decided.get((prefix, key)) or self._decided(shape, prefix, key)
        return None if decided is None else (decided, shape.data(values), shape.times(values))

    def _decided(self, shape: Shape, prefix: str, key: Values) -> Decided | None:
        reading: Reading | None = shape.decided.get(key)
        header = self._headers.get(prefix)
        if header is None and (found := _PRIORITY(prefix)) is not None:
            header = Header(priority=int(found[1]))
            if len(self._headers) < _PREFIXES:
                self._headers[prefix] = header
        if reading is None or header is None:
            return None
        decided = decided_of(reading, header)
        remember(shape, (prefix, key), decided)
        return decided
