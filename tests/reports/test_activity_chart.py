"""Events over time: what one bar stands for, and that nothing is lost from sight without a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.reports.activity_chart import activity_chart


def hours_from(start: str, count: int, step: timedelta) -> dict[str, int]:
    first = datetime.fromisoformat(start)
    return {f"{first + number * step:%Y-%m-%dT%H}": 1 for number in range(count)}


@pytest.mark.parametrize(
    ("hours", "unit", "rows"),
    [
        (hours_from("2026-03-11", 24, timedelta(hours=1)), "hour", 1),
        (hours_from("2026-03-01", 14, timedelta(days=1)), "hour", 14),
        (hours_from("2026-03-01", 15, timedelta(days=1)), "day", 1),
        (hours_from("2025-01-01", 420, timedelta(days=1)), "day", 14),
        (hours_from("2025-01-01", 440, timedelta(days=1)), "month", 2),
    ],
)
def test_a_bar_is_as_fine_as_the_rows_allow(hours: dict[str, int], unit: str, rows: int) -> None:
    chart = activity_chart(hours, UTC)
    assert chart is not None
    assert (chart.unit, len(chart.rows)) == (unit, rows)


def test_a_stray_year_is_one_row_and_one_gap() -> None:
    chart = activity_chart({"1601-01-01T00": 1, "2026-03-11T09": 5}, UTC)
    assert chart is not None
    assert [row.label for row in chart.rows] == ["1601-01-01", "… 155,296 days without events", "2026-03-11"]


def test_days_are_those_of_the_zone() -> None:
    chart = activity_chart({"2026-03-10T15": 3, "2026-03-11T14": 4}, ZoneInfo("Asia/Tokyo"))
    assert chart is not None
    assert [(row.label, row.events) for row in chart.rows] == [("2026-03-11", 7)]


def test_nothing_is_no_chart() -> None:
    assert activity_chart({}, UTC) is None
    assert activity_chart({"no hour": 3}, UTC) is None


@given(
    st.dictionaries(
        st.datetimes().map(lambda time: f"{time:%Y-%m-%dT%H}".rjust(13, "0")), st.integers(1, 10**9), max_size=60
    )
)
def test_all_events_are_in_a_row_or_counted(hours: dict[str, int]) -> None:
    chart = activity_chart(hours, UTC)
    assert (chart is None) == (not hours)
    if chart is not None:
        assert sum(row.events for row in chart.rows) + chart.left_out == sum(hours.values())
        assert all(len(row.bars) <= 62 for row in chart.rows)
