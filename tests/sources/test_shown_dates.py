"""Times of an export: in which order they are written, and what an event says of its own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from yadorigi.sources.records.shown_dates import (
    Order,
    Stated,
    by_own_clock,
    order_of,
    order_of_rows,
    stated_time,
)

TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2019/11/07 17:05:19", "year"),
        ("2019-11-07 17:05:19", "year"),
        ("11/7/2019 5:05:19 PM", None),
        ("11/17/2019 5:05:19", "month"),
        ("17/11/2019 17:05:19", "day"),
        ("17/11/2019 5:05:19 pm", "day"),
        ("07.11.2019 17:05:19", "day"),
        ("7/11/2019 17:05:19", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_order_of_a_date(text: str, order: Order | None) -> None:
    assert order_of(text) == order


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["7/11/2019 1:00", "8/11/2019 1:00", "13/11/2019 1:00"], "day"),
        # Newest first: as days they go back one by one, as months back and forth.
        (["2/3/2024 1:00", "1/3/2024 1:00", "12/2/2024 1:00"], "day"),
        (["3/2/2024 1:00", "3/1/2024 1:00", "2/12/2024 1:00"], "month"),
        (["1/2/2024 1:00", "1/2/2024 2:00"], None),
        ([], None),
    ],
)
def test_the_order_of_a_table(texts: list[str], order: Order | None) -> None:
    assert order_of_rows(texts) == order


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2019/11/07 17:05:19", "year", "2019-11-07T17:05:19.0000000Z"),
        ("11/7/2019 5:05:19 PM", "month", "2019-11-07T17:05:19.0000000Z"),
        ("11/7/2019 5:05:19\u202fPM", "month", "2019-11-07T17:05:19.0000000Z"),
        ("11/7/2019 12:05:19 AM", "month", "2019-11-07T00:05:19.0000000Z"),
        ("11/7/2019 12:05:19 p.m.", "month", "2019-11-07T12:05:19.0000000Z"),
        ("07/11/2019 17:05:19", "day", "2019-11-07T17:05:19.0000000Z"),
        ("2019/11/07 5:05:19 午後", "year", "2019-11-07T17:05:19.0000000Z"),
        ("2019/11/07 (木) 午後 5:05:19", "year", "2019-11-07T17:05:19.0000000Z"),
        ("2019年11月7日 17:05:19", "year", "2019-11-07T17:05:19.0000000Z"),
        ("2019年11月7日 木曜日 17時05分19秒", "year", "2019-11-07T17:05:19.0000000Z"),
        ("Thursday, November 7, 2019 5:05:19 PM", "month", "2019-11-07T17:05:19.0000000Z"),
        ("7 November 2019 17:05:19", "day", "2019-11-07T17:05:19.0000000Z"),
        ("\u200e2019\u200e-\u200e11\u200e-\u200e07T17:05:19.1234567Z", "year", "2019-11-07T17:05:19.1234567Z"),
        ("2019-11-08T02:05:19.123+09:00", "year", "2019-11-07T17:05:19.1230000Z"),
        ("20191108020519.123456+540", "year", "2019-11-07T17:05:19.1234560Z"),
        ("2019/13/07 17:05:19", "year", None),
        ("2019/11/07 25:05:19", "year", None),
        ("20191308020519.123456+540", "year", None),
        ("9999999999", "year", None),
        ("2019/11/07 17:05:19" + " " * 99, "year", None),
    ],
)
def test_a_stated_time(text: str, order: Order, expected: str | None) -> None:
    found = stated_time(text, order)
    assert (found.in_utc(UTC) if found is not None else None) == expected


def test_a_local_time_in_its_zone() -> None:
    assert Stated(datetime.fromisoformat("2019-11-07T17:05:19")).in_utc(TOKYO) == "2019-11-07T08:05:19.0000000Z"
    assert Stated(datetime.fromisoformat("0001-01-01T00:00:00")).in_utc(TOKYO) is None


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
