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
from yadorigi.sources.lines.syslog import split_header

if TYPE_CHECKING:
    from yadorigi.sources.lines.clock import Clock
    from yadorigi.sources.lines.format import Values
    from yadorigi.sources.records.batch import RecordTable

_PLAIN: Final = bytes(code for code in range(0x20, 0x7F) if code != ord("\\"))
_PREFIX: Final = re.compile(
    r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [A-Za-z0-9][\w.\-]{0,63} (?=\S))?", re.ASCII
).match
"""Headers of syslog that most lines have: a priority, or a time and a host, or both."""
_ANY_MESSAGE: Final = "a=1,b"
"""A message that has nothing of a header, as those of known shapes have nothing."""
_PREFIXES: Final = 4_096


def are_plain(texts: Sequence[str]) -> bool:
    """Say whether lines are printable ASCII without a backslash, so that their values are JSON as they stand."""
    joined = "".join(texts)
    return joined.isascii() and not joined.encode().translate(None, _PLAIN)


class ShapedLines:
    """Takes plain lines of one file whose shapes are known.

    Attributes:
        clocks_compared: whether lines with a time in their header may be taken too: the first ones are read by
            themselves, to compare the device's clock with the relay's.
    """

    __slots__ = ("_clock", "_file", "_headers", "_shapes", "clocks_compared")

    def __init__(self, shapes: KnownShapes, clock: Clock, file: int) -> None:
        """Take what is known of the file's shapes, its clock and its number."""
        self._shapes = shapes
        self._clock = clock
        self._file = file
        self._headers: dict[str, Header | None] = {"": NO_HEADER}
        self.clocks_compared = False

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
            matched = _PREFIX(text)
            end = matched.end() if matched is not None else 0
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
        if prefix not in self._headers:
            if len(self._headers) >= _PREFIXES:
                self._headers = {"": NO_HEADER}
            # Behind the prefix stands a message that is no part of a header.
            header, rest = split_header(f"{prefix}{_ANY_MESSAGE}")
            self._headers[prefix] = header if rest == _ANY_MESSAGE else None
        known = self._headers[prefix]
        if reading is None or known is None or (known.time and not self.clocks_compared):
            return None
        decided = decided_of(reading, known)
        remember(shape, (prefix, key), decided)
        return decided
