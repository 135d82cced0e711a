"""Events over time as a card of bars: one row a day with a bar an hour, or coarser where the logs span more.

Work at night and holes in a log show at a glance. A stray event of the year 1601 costs one row, not the whole picture:
stretches without events are one line.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Final

_BARS: Final = "▁▂▃▄▅▆▇█"
_ASCII_BARS: Final = ".:-=+*%@"
_ROWS: Final = 14
_CELL: Final = 2
_NOTHING: Final = "·"


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One row: its label, its bars (two characters a cell), its events; a gap has a label only."""

    label: str
    bars: str
    events: int


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole card.

    Attributes:
        unit: what one bar is: hour, day or month.
        scale: the line above the bars.
        rows: oldest first.
        tallest: events of the highest bar.
        left_out: events of rows that found no place.
    """

    unit: str
    scale: str
    rows: tuple[ChartRow, ...]
    tallest: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Grain:
    """A row's and a cell's place in a time: rows are days, months or years; cells are hours, days or months."""

    unit: str
    row_unit: str
    first: int
    cells: int
    ticks: int

    def place(self, moment: datetime) -> tuple[int, int]:
        if self.unit == "hour":
            return moment.toordinal(), moment.hour
        if self.unit == "day":
            return moment.year * 12 + moment.month - 1, moment.day
        return moment.year, moment.month

    def label(self, row: int) -> str:
        if self.unit == "hour":
            return date.fromordinal(row).isoformat()
        return f"{row // 12:04}-{row % 12 + 1:02}" if self.unit == "day" else f"{row:04}"

    def width(self, row: int) -> int:
        return monthrange(row // 12, row % 12 + 1)[1] if self.unit == "day" else self.cells

    def scale(self) -> str:
        marks = (f"{cell:<{_CELL * self.ticks}}" for cell in range(self.first, self.first + self.cells, self.ticks))
        return "".join(marks).rstrip()


_GRAINS: Final = (
    _Grain("hour", "day", 0, 24, 3),
    _Grain("day", "month", 1, 31, 5),
    _Grain("month", "year", 1, 12, 2),
)


def activity_chart(hours: Mapping[str, int], zone: tzinfo, ascii_only: bool = False) -> Chart | None:
    """Return the card for events by hour (``YYYY-MM-DDTHH``, UTC), None where there are none.

    Args:
        hours: events by hour.
        zone: whose days and hours are shown.
        ascii_only: draw without block characters.
    """
    moments = [(moment, count) for hour, count in sorted(hours.items()) if (moment := _moment(hour, zone)) is not None]
    if not moments:
        return None
    for grain in _GRAINS:
        cells: Counter[tuple[int, int]] = Counter()
        for moment, count in moments:
            cells[grain.place(moment)] += count
        if len({row for row, _ in cells}) <= _ROWS:
            break
    return _chart(grain, cells, _ASCII_BARS if ascii_only else _BARS)


def _moment(hour: str, zone: tzinfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(f"{hour}:00:00").replace(tzinfo=UTC)
        return moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _chart(grain: _Grain, cells: Mapping[tuple[int, int], int], bars: str) -> Chart:
    totals: Counter[int] = Counter()
    for (row, _), count in cells.items():
        totals[row] += count
    busiest = sorted(totals, key=lambda row: (-totals[row], row))[:_ROWS]
    shown = sorted(busiest)
    tallest = max(count for (row, _), count in cells.items() if row in totals)
    rows: list[ChartRow] = []
    for place, row in enumerate(shown):
        if place:
            rows.extend(_gap(grain, shown[place - 1], row))
        drawn = (
            _bar(cells.get((row, cell), 0), tallest, bars)
            for cell in range(grain.first, grain.first + grain.width(row))
        )
        rows.append(ChartRow(grain.label(row), "".join(drawn), totals[row]))
    left_out = sum(totals.values()) - sum(totals[row] for row in shown)
    return Chart(grain.unit, grain.scale(), tuple(rows), tallest, left_out)


def _gap(grain: _Grain, previous: int, row: int) -> Iterator[ChartRow]:
    missing = row - previous - 1
    if missing:
        yield ChartRow(f"… {missing:,} {grain.row_unit}{'s' if missing > 1 else ''} without events", "", 0)


def _bar(count: int, tallest: int, bars: str) -> str:
    if not count:
        return _NOTHING.center(_CELL) if bars is _BARS else " " * _CELL
    height = math.log1p(count) / math.log1p(tallest)
    return bars[min(int(height * len(bars)), len(bars) - 1)] * _CELL
