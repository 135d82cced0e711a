"""Exports whose first line, with the names of the columns, is missing: their rows have those of Event Viewer."""

from __future__ import annotations

from typing import Final

from yadorigi.sources.records.shown_dates import stated_time
from yadorigi.sources.windows.event_viewer.columns import Column, Header
from yadorigi.sources.windows.event_viewer.messages import rendered_messages
from yadorigi.sources.windows.event_viewer.shown_event import AUDITS, LEVELS

_SEPARATORS: Final = (",", "\t", ";")
_COLUMNS: Final[tuple[Column, ...]] = ("level", "time", "source", "id", "category")
_WORDS: Final = frozenset((*LEVELS, *LEVELS.values(), *AUDITS, *AUDITS.values()))
_LONGEST: Final = 400
_OF_WINDOWS: Final = "microsoft-windows-"


def header_by_rows(text: str) -> Header | None:
    """Return which columns the rows have that a text begins with, None where they are none of Event Viewer.

    The first line has to be a row, and one of the rows that follow it has to be of a source of Windows: a level, a time
    and a number alone do not tell whose table it is.
    """
    lines = text.removeprefix("\ufeff").split("\n")
    for separator in _SEPARATORS:
        first = _columns(lines[0], separator)
        if first is None:
            continue
        for line in lines:
            columns = _columns(line, separator)
            if columns is not None and _source(line, separator, columns.index("source")):
                return Header(first, separator, 0, (), len(first))
    return None


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line[:_LONGEST].split(separator, len(_COLUMNS))]


def _columns(line: str, separator: str) -> tuple[Column, ...] | None:
    """Return the columns of a line that is a row, which may lack the level; None for other lines."""
    cells = _cells(line, separator)
    columns = _COLUMNS if cells[0] in _WORDS else _COLUMNS[1:]
    if len(cells) < len(columns):
        return None
    row = dict(zip(columns, cells, strict=False))
    number = row["id"].replace(",", "")
    dated = stated_time(row["time"], "month") or stated_time(row["time"], "day")
    return columns if number.isdecimal() and row["source"] and dated is not None else None


def _source(line: str, separator: str, place: int) -> bool:
    name = _cells(line, separator)[place].casefold()
    return name.startswith(_OF_WINDOWS) or name in rendered_messages().sources
