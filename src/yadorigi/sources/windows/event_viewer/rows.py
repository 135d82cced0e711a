"""Rows of a table in text, a bounded part of it in memory; a message may go over many lines."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.limits import EXPORT_RECOVERIES_LIMIT, EXPORT_ROW_CHARACTERS_LIMIT

if TYPE_CHECKING:
    from yadorigi.sources.windows.event_viewer.columns import Header

_ROW: Final = r'(?:"?[^"{0}\n]{{0,60}}"?{0}){{0,3}}"?\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}}[ T]'
"""How rows begin: a word for the level and perhaps others, and a date."""
_NO_END: Final = "a row has no end: its quotes are not closed"
_TOO_LONG: Final = f"a row of more than {EXPORT_ROW_CHARACTERS_LIMIT:,} characters, or one without an end"


class Row(NamedTuple):
    """One row.

    Attributes:
        line: 1-based line in which it begins.
        fields: its fields; None where it is no row, for `reason`.
        reason: why not.
        characters: how long it is.
    """

    line: int
    fields: list[str] | None
    reason: str
    characters: int


def rows_of(blocks: Iterator[str], separator: str) -> Iterator[Row]:
    """Give the rows of a text (RFC 4180: fields in quotes may hold line ends, quotes in them are doubled).

    A row is not taken to end inside quotes: whoever writes a message could put a line into it that looks like a row.
    Only where quotes have no end at all, because the text is damaged, reading goes on at a line that looks like one.
    """
    looks_like_row = re.compile(_ROW.format(re.escape(separator))).match
    lines = lines_of(blocks)
    again: deque[str] = deque()
    waiting: list[str] = []
    quotes = characters = recoveries = 0
    line = 1
    while True:
        text = again.popleft() if again else next(lines, None)
        if text is not None:
            waiting.append(text)
            quotes += text.count('"')
            characters += len(text)
            if quotes % 2 and characters <= EXPORT_ROW_CHARACTERS_LIMIT:
                continue
        elif not waiting:
            return
        if text is not None and characters <= EXPORT_ROW_CHARACTERS_LIMIT:
            yield _row("".join(waiting), line, separator)
        elif recoveries < EXPORT_RECOVERIES_LIMIT:
            recoveries += 1
            again.extendleft(reversed(_behind_damage(waiting, looks_like_row)))
            yield Row(line, None, _NO_END if text is None else _TOO_LONG, sum(map(len, waiting)))
        else:
            yield Row(line, None, "too many rows have no end: the rest of the file is not read", characters)
            return
        line += sum(part.count("\n") for part in waiting)
        waiting, quotes, characters = [], 0, 0


def lost_its_quotes(text: str, header: Header) -> bool:
    """Say whether the messages of an export go over lines without quotes, by its beginning.

    So they do where another program wrote the file again. No row of the beginning may open quotes: damage alone does
    not make it read as if there were none.
    """
    looks_like_row = re.compile(_ROW.format(re.escape(header.separator))).match
    inside = seen = False
    for line in text.split("\n")[header.line : -1]:
        if looks_like_row(line):
            seen = True
            if line.count('"') % 2:
                return False
        elif seen and line.strip():
            inside = True
    return inside


def unquoted_rows(blocks: Iterator[str], header: Header) -> Iterator[Row]:
    """Give the rows of a text without quotes: one goes on up to the next line that looks like one."""
    looks_like_row = re.compile(_ROW.format(re.escape(header.separator))).match
    cells = header.named - ("message" in header.columns[header.named - 1 :])
    waiting: list[str] = []
    characters = lines = 0
    line = 1
    for number, text in enumerate(chain(lines_of(blocks), (None,)), 1):
        if text is None or looks_like_row(text):
            if number > 1:
                whole = "".join(waiting).rstrip("\r\n")
                too_long = characters > EXPORT_ROW_CHARACTERS_LIMIT
                fields = None if too_long else whole.split(header.separator, cells)
                yield Row(line, fields, _TOO_LONG if too_long else "", characters)
            waiting, characters, line = [], 0, line + lines
            lines = 0
        if text is not None:
            characters += len(text)
            lines += text.endswith("\n")
            if characters <= EXPORT_ROW_CHARACTERS_LIMIT:
                waiting.append(text)


def _behind_damage(waiting: list[str], looks_like_row: Callable[[str], object]) -> list[str]:
    """Take the lines from the next one on that looks like a row out of those of a row without an end."""
    place = next((place for place, text in enumerate(waiting) if place and looks_like_row(text)), len(waiting))
    rest = waiting[place:]
    del waiting[place:]
    return rest


def _row(text: str, line: int, separator: str) -> Row:
    rest = text.rstrip("\r\n")
    if not rest:
        return Row(line, [], "", len(text))
    fields: list[str] = []
    place = 0
    while True:
        if rest.startswith('"', place):
            end = _end_of_quotes(rest, place + 1)
            if end < 0 or not (end == len(rest) or rest.startswith(separator, end)):
                if separator != "\t" or not rest.endswith('"'):
                    return Row(line, None, "text behind the quotes of a field", len(text))
                # In text with tabs, quotes inside the message, which is the last field, need not be doubled.
                end = len(rest)
            fields.append(rest[place + 1 : end - 1].replace('""', '"'))
        else:
            end = rest.find(separator, place)
            end = len(rest) if end < 0 else end
            fields.append(rest[place:end])
        if end >= len(rest):
            return Row(line, fields, "", len(text))
        place = end + 1


def _end_of_quotes(text: str, place: int) -> int:
    """Return the place behind the quote that closes a field, -1 where none does."""
    while True:
        found = text.find('"', place)
        if found < 0:
            return -1
        if not text.startswith('""', found):
            return found + 1
        place = found + 2


def lines_of(blocks: Iterator[str]) -> Iterator[str]:
    """Give lines with their ends; one that is very long comes in parts."""
    rest = ""
    for block in blocks:
        lines = _split(rest + block)
        rest = lines.pop() if lines and not lines[-1].endswith("\n") else ""
        yield from lines
        if len(rest) > EXPORT_ROW_CHARACTERS_LIMIT:
            yield rest
            rest = ""
    if rest:
        yield rest


def _split(text: str) -> list[str]:
    """Return lines with their ends, split at line feeds only: messages hold other characters that end lines."""
    parts = text.split("\n")
    lines = [f"{part}\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines
