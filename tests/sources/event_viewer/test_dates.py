"""Times of an export: in which order they are written, and what an event says of its own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from yadorigi.sources.windows.event_viewer.dates import Order, by_own_clock, in_utc, local_time, order_of

TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2019/11/07 17:05:19", "year"),
        ("2019-11-07 17:05:19", "year"),
        ("11/7/2019 5:05:19 PM", "month"),
        ("11/17/2019 5:05:19", "month"),
        ("17/11/2019 17:05:19", "day"),
        ("07.11.2019 17:05:19", "day"),
        ("7/11/2019 17:05:19", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_order_of_a_date(text: str, order: Order | None) -> None:
    assert order_of(text) == order


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2019/11/07 17:05:19", "year", datetime.fromisoformat("2019-11-07T17:05:19")),
        ("11/7/2019 5:05:19 PM", "month", datetime.fromisoformat("2019-11-07T17:05:19")),
        ("11/7/2019 12:05:19 AM", "month", datetime.fromisoformat("2019-11-07T00:05:19")),
        ("11/7/2019 12:05:19 p.m.", "month", datetime.fromisoformat("2019-11-07T12:05:19")),
        ("07/11/2019 17:05:19", "day", datetime.fromisoformat("2019-11-07T17:05:19")),
        ("2019/11/07 5:05:19 午後", "year", datetime.fromisoformat("2019-11-07T17:05:19")),
        ("2019/13/07 17:05:19", "year", None),
        ("2019/11/07 25:05:19", "year", None),
        ("9999999999", "year", None),
    ],
)
def test_a_local_time(text: str, order: Order, expected: datetime | None) -> None:
    assert local_time(text, order) == expected


def test_a_local_time_in_its_zone() -> None:
    assert in_utc(datetime.fromisoformat("2019-11-07T17:05:19"), TOKYO) == "2019-11-07T08:05:19.0000000Z"
    assert in_utc(datetime.fromisoformat("0001-01-01T00:00:00"), TOKYO) is None


@pytest.mark.parametrize(
    ("stated", "time"),
    [
        ("2019-11-07 08:05:19.326", "2019-11-07T08:05:19.3260000Z"),
        ("2019-11-07 08:05:18.999", "2019-11-07T08:05:19.0000000Z"),
    ],
)
def test_what_sysmon_says_of_its_time_tells_the_zone(stated: str, time: str) -> None:
    assert by_own_clock(datetime.fromisoformat("2019-11-07T17:05:19"), stated) == (time, timedelta(hours=9))


@pytest.mark.parametrize("stated", ["", "-", "2019-11-05 08:05:19.326", "no time"])
def test_a_time_that_belongs_to_another_day_tells_nothing(stated: str) -> None:
    assert by_own_clock(datetime.fromisoformat("2019-11-07T17:05:19"), stated) is None


def test_half_an_hour_is_a_zone_too() -> None:
    found = by_own_clock(datetime.fromisoformat("2026-03-01T05:30:01"), "2026-03-01 00:00:00.900")
    assert found == ("2026-03-01T00:00:01.0000000Z", timedelta(hours=5, minutes=30))
    assert in_utc(datetime.fromisoformat("2026-03-01T00:00:00"), UTC) == "2026-03-01T00:00:00.0000000Z"
