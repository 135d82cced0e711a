"""Hours of events, against counting time by time."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from yadorigi.ingest.hours import HostHours, hours_of

MINUTES = st.lists(st.integers(0, 200), min_size=1, max_size=20)


@given(MINUTES)
def test_hours_are_those_of_counting_time_by_time(minutes: list[int]) -> None:
    times = [f"2026-03-02T{minute // 60:02}:{minute % 60:02}:00.0000000Z" for minute in minutes]
    counted = Counter(time[:13] for time in times)
    assert hours_of("h1", times) == HostHours("h1", counted, min(times), max(times), len(times))
