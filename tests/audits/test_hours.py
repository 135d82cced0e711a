"""Hours with events: how they are kept, and what their rhythm says of the others."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yadorigi.audits.hours import between, grain_of, hours_of, masks_of, silences
from yadorigi.audits.timeline import HOUR_TICKS, Stretch

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONDAY = (datetime(2026, 3, 2, tzinfo=UTC) - EPOCH).days * 24
"""The first hour of a Monday."""


def stamp(hour: int) -> str:
    moment = EPOCH + timedelta(hours=hour)
    return f"{moment.year:04}-{moment:%m-%dT%H}"


def weeks(number: int, hours: range, days: range = range(5)) -> list[int]:
    """Return the hours of some weeks on these days of the week."""
    return [MONDAY + 168 * week + 24 * day + hour for week in range(number) for day in days for hour in hours]


def quiet(hours: list[int], missing: tuple[Stretch, ...] = ()) -> list[tuple[int, int]]:
    """Return the silences as first and last hour without events, from the Monday on."""
    return [(one.first + 1 - MONDAY, one.last - 1 - MONDAY) for one in silences(hours, missing)]


@given(st.sets(st.integers(-3_234_000, 70_389_000), max_size=30))
def test_what_is_kept_of_hours_is_all_of_them(hours: set[int]) -> None:
    """From the year 1601 to the year 9999, which are the first and last that a log may name."""
    assert hours_of(masks_of(stamp(hour) for hour in hours)) == sorted(hours)


@given(st.sets(st.integers(0, 200)), st.integers(-5, 205), st.integers(0, 50))
def test_hours_of_a_stretch(hours: set[int], start: int, length: int) -> None:
    ticks = Stretch(start * HOUR_TICKS + 7, (start + length) * HOUR_TICKS + 9)
    expected = [
        hour for hour in sorted(hours) if hour * HOUR_TICKS < ticks.end and (hour + 1) * HOUR_TICKS > ticks.start
    ]
    assert list(between(sorted(hours), *ticks)) == expected


def never(_: Stretch) -> bool:
    return False


def test_the_grain_is_the_longest_pause_that_the_log_makes_often() -> None:
    assert grain_of([], (), never) == HOUR_TICKS
    assert grain_of([5, 6, 7, 8, 9], (), never) == HOUR_TICKS
    assert grain_of([5, 9, 12, 20], (), never) == HOUR_TICKS
    assert grain_of([5, 9, 12, 20, 30], (), never) == 3 * HOUR_TICKS
    assert grain_of([5, 500, 1000, 1500, 2000], (), never) == 24 * HOUR_TICKS


def test_a_pause_in_which_the_host_was_off_counts_by_itself() -> None:
    off = Stretch(10 * HOUR_TICKS, 12 * HOUR_TICKS)
    assert grain_of([5, 9, 12, 20], (), lambda pause: pause == off) == 3 * HOUR_TICKS


def test_a_pause_in_what_is_missing_makes_the_grain_no_longer() -> None:
    hours = [5, 9, 13, 17, 21, 22]
    assert grain_of(hours, (), never) == 4 * HOUR_TICKS
    assert grain_of(hours, (Stretch(11 * HOUR_TICKS, 12 * HOUR_TICKS),), never) == HOUR_TICKS


@given(st.sets(st.integers(0, 300), max_size=60), st.integers(0, 300), st.integers(0, 300))
def test_less_of_a_log_has_no_longer_grain(hours: set[int], start: int, end: int) -> None:
    start, end = min(start, end), max(start, end)
    kept = sorted(hour for hour in hours if not start <= hour < end)
    gaps = [Stretch(start * HOUR_TICKS, end * HOUR_TICKS)] if start < end else []
    assert grain_of(kept, gaps, never) <= grain_of(sorted(hours), (), never)


def test_nights_and_weekends_are_no_silences() -> None:
    assert quiet(weeks(4, range(8, 18))) == []
    assert quiet(sorted([*weeks(4, range(24)), *weeks(4, range(9, 12), range(5, 7))])) == []


def test_a_silent_working_day_is_one() -> None:
    hours = [hour for hour in weeks(4, range(8, 18)) if not 168 + 24 <= hour - MONDAY < 168 + 48]
    ((first, last),) = quiet(hours)
    assert first <= 168 + 24 + 8
    assert last >= 168 + 24 + 17


def test_a_silent_weekend_of_a_log_that_writes_on_weekends_is_one() -> None:
    hours = [hour for hour in weeks(6, range(24), range(7)) if not 168 * 3 + 120 <= hour - MONDAY < 168 * 4]
    assert quiet(hours) == [(168 * 3 + 120, 168 * 4 - 1)]


def test_a_silence_in_what_is_missing_anyway_is_none() -> None:
    hours = [hour for hour in weeks(4, range(24), range(7)) if not 200 <= hour - MONDAY < 220]
    assert quiet(hours) == [(200, 219)]
    missing = (Stretch((MONDAY + 199) * HOUR_TICKS, (MONDAY + 221) * HOUR_TICKS),)
    assert quiet(hours, missing) == []


def test_what_happens_often_is_no_silence() -> None:
    gone = {100 + 150 * number + hour for number in range(6) for hour in range(8)}
    assert quiet([hour for hour in weeks(6, range(24), range(7)) if hour - MONDAY not in gone]) == []


def test_too_little_is_known_of_a_short_log() -> None:
    assert quiet([hour for hour in range(MONDAY, MONDAY + 60) if 7 <= (hour - MONDAY) % 24 < 19]) == []
    assert quiet([MONDAY, MONDAY + 5, *range(MONDAY + 30, MONDAY + 60)]) == []


def test_a_short_log_that_writes_by_day_and_by_night_does_not_fall_silent() -> None:
    assert quiet([hour for hour in range(MONDAY, MONDAY + 60) if not 20 <= hour - MONDAY < 40]) == [(20, 39)]
    assert quiet([hour for hour in range(MONDAY, MONDAY + 24) if not 8 <= hour - MONDAY < 17]) == [(8, 16)]
    assert quiet([hour for hour in range(MONDAY, MONDAY + 24) if not 8 <= hour - MONDAY < 10]) == []


def test_spans_of_decades_take_no_time() -> None:
    start = time.process_time()
    sparse = list(range(MONDAY - 24 * 365 * 420, MONDAY, 24 * 365))
    list(silences([*sparse, *range(MONDAY, MONDAY + 500), MONDAY + 24 * 365 * 7_000], ()))
    dense = [hour for hour in range(24 * 365 * 20) if hour % 7]
    list(silences(dense, [Stretch(hour * HOUR_TICKS, (hour + 2) * HOUR_TICKS) for hour in range(0, 24 * 365, 150)]))
    assert time.process_time() - start < 5


def test_a_log_that_writes_every_three_hours_and_then_not_for_a_day_fell_silent() -> None:
    monday = 4 * 24
    regular = [monday + hour for hour in range(0, 24 * 7, 3) if not 48 < hour < 72]
    (found,) = silences(regular, [])
    assert (found.first, found.last) == (monday + 48, monday + 72)
