"""Rows of a table in CSV, one after another: a cell in quotes may go over lines, and a quote may have no end."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from typing import Final, NamedTuple

from yadorigi.limits import LINE_CHARACTERS_LIMIT

_LINES: Final = 500
"""Lines over which a row may go."""
_NO_END: Final = f"a quote without an end, or a row of more than {_LINES} lines: its first line is read alone"
_RECOVERIES: Final = 200
"""Rows without an end after which the rest of a file is read line by line: each costs as many lines again."""


class Row(NamedTuple):
    """A row.

    Attributes:
        line: number of the line that it begins in.
        cells: its cells; None where it is none.
        reason: why not, or what is wrong with it.
        characters: how long it is.
    """

    line: int
    cells: list[str] | None
    reason: str = ""
    characters: int = 0


def rows_of(lines: Iterator[tuple[int, str]], delimiter: str, quote: str) -> Iterator[Row]:
    """Give the rows that lines make (RFC 4180: quotes inside quotes are doubled).

    A row whose quotes have no end is read as far as its first line goes, and reading goes on with the line behind it.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LINE_CHARACTERS_LIMIT * 2))
    source = _Lines(lines)
    recoveries = 0
    while source.begin():
        reader = csv.reader(
            source.feed(_LINES if recoveries < _RECOVERIES else 1), delimiter=delimiter, quotechar=quote
        )
        try:
            cells = next(reader)
        except (csv.Error, StopIteration) as error:
            yield Row(source.first, None, f"no row of a table: {error}", source.characters)
            continue
        if source.characters > LINE_CHARACTERS_LIMIT or source.cut:
            recoveries += 1
            line = source.put_back()
            if len(line) > LINE_CHARACTERS_LIMIT:
                yield Row(source.first, None, f"a row of more than {LINE_CHARACTERS_LIMIT:,} characters", len(line))
            else:
                cells = next(csv.reader([line], delimiter=delimiter, quotechar=quote), [])
                yield Row(source.first, cells, _NO_END, len(line))
            continue
        yield Row(source.first, cells, "", source.characters)


class _Lines:
    """Lines that can be read again.

    Attributes:
        first: number of the line that the row begins in.
        characters: of the row so far.
        cut: whether the row wanted more lines than it may have, or than there are.
    """

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._again: deque[tuple[int, str]] = deque()
        self._taken: list[tuple[int, str]] = []
        self.first = self.characters = 0
        self.cut = False

    def begin(self) -> bool:
        """Go to the next row; say whether there is one."""
        self._taken, self.characters, self.cut = [], 0, False
        while (line := self._next()) is not None:
            if line[1].strip():
                self._again.appendleft(line)
                self.first = line[0]
                return True
        return False

    def _next(self) -> tuple[int, str] | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def feed(self, most: int) -> Iterator[str]:
        """Give the lines of a row, as many as are asked for."""
        while len(self._taken) < most and self.characters <= LINE_CHARACTERS_LIMIT:
            line = self._next()
            if line is None:
                break
            self._taken.append(line)
            self.characters += len(line[1]) + 1
            # A zero would end the row for some versions of the parser.
            yield line[1].replace("\0", "\ufffd") + "\n"
        self.cut = True

    def put_back(self) -> str:
        """Give all lines of the row but its first again, and return that."""
        self._again.extendleft(reversed(self._taken[1:]))
        return self._taken[0][1]
