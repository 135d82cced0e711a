"""Times as canonical text: they sort as they are, and nothing that is no time becomes one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.schema.times import TICKS_PER_SECOND, canonical_time, is_canonical, shown_time, ticks_of, time_of

YEAR_1 = -62_135_596_800 * TICKS_PER_SECOND
YEAR_10000 = 253_402_300_800 * TICKS_PER_SECOND
ticks = st.integers(YEAR_1, YEAR_10000 - 1)


@given(ticks)
def test_ticks_survive(number: int) -> None:
    time = time_of(number)
    assert ticks_of(time) == number
    assert is_canonical(time)
    assert canonical_time(time) == time


@given(ticks, ticks)
def test_times_sort_as_their_ticks(one: int, other: int) -> None:
    assert (time_of(one) < time_of(other)) == (one < other)


@pytest.mark.parametrize("number", [YEAR_1 - 1, YEAR_10000])
def test_years_outside_of_four_digits_are_refused(number: int) -> None:
    with pytest.raises(OverflowError):
        time_of(number)


@given(st.datetimes(timezones=st.timezones()), st.integers(0, 12))
def test_any_offset_becomes_utc(moment: datetime, digits: int) -> None:
    fraction = "123456789012"[:digits]
    offset = moment.utcoffset() or timedelta()
    if offset.total_seconds() % 60:
        return
    text = moment.replace(microsecond=0).isoformat()
    text = text[:19] + (f".{fraction}" if fraction else "") + text[19:]
    found = canonical_time(text)
    try:
        wanted = moment.replace(microsecond=0).astimezone(UTC)
    except OverflowError:
        assert found is None
        return
    assert found is not None
    assert found[:19] == wanted.replace(tzinfo=None).isoformat()
    assert found[20:27] == fraction[:7].ljust(7, "0")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-11T09:00:00.1234567Z", "2026-03-11T09:00:00.1234567Z"),
        ("2026-03-11T09:00:00.123456789Z", "2026-03-11T09:00:00.1234567Z"),
        ("2026-03-11 09:00:00,5 UTC", "2026-03-11T09:00:00.5000000Z"),
        ("2026-03-11T09:00", "2026-03-11T00:00:00.0000000Z"),
        ("2026-03-11T09:00+05", "2026-03-11T04:00:00.0000000Z"),
        ("2026-03-11T09:00-0330", "2026-03-11T12:30:00.0000000Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.0000000Z"),
        ("2026-03-11T09:00:61Z", None),
        ("2026-02-30T09:00:00Z", None),
        ("2026-03-11T24:00:00Z", None),
        ("2026-03-11", None),
        ("2026-W01-1T09:00:00Z", None),
        ("0000-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+09:00", None),
        ("9999-12-31T23:59:59-09:00", None),
        ("2026-03-11T09:00:00+99:00", None),
        ("\u0662026-03-11T09:00:00Z", None),
        ("2026-03-11T09:00:00Z" + " " * 60 + "x", None),
        ("", None),
    ],
)
def test_forms_of_time(text: str, time: str | None) -> None:
    assert canonical_time(text, timezone(timedelta(hours=9))) == time


@pytest.mark.parametrize(
    "text",
    [
        "aaaaaaaaaaTbbbbbbbb.cccccccZ",
        "2026-13-11T09:00:00.0000000Z",
        "2026-02-29T09:00:00.0000000Z",
        "2026-W01-1T09:00:00.0000000Z",
        "0000-01-01T00:00:00.0000000Z",
        "2026-03-11T09:00:00.000000Z",
        "2026-03-11T09:00:00.0000000Z\n",
    ],
)
def test_what_only_looks_canonical_is_not(text: str) -> None:
    assert not is_canonical(text)


def test_display_in_a_zone() -> None:
    assert shown_time("2026-03-11T09:00:00.0000000Z", timezone(timedelta(hours=9))) == "2026-03-11 18:00:00+0900"
    assert shown_time("9999-12-31T23:59:59.0000000Z", timezone(timedelta(hours=9))) == "9999-12-31T23:59:59.0000000Z"


@given(ticks, st.integers(1, 7))
def test_fewer_digits_are_the_same_time_with_noughts(number: int, digits: int) -> None:
    whole = time_of(number)
    assert canonical_time(whole[: 20 + digits] + "Z") == whole[: 20 + digits].ljust(27, "0") + "Z"


@pytest.mark.parametrize("text", ["2026-02-31T09:00:00.1Z", "2026-03-11T09:00:00.Z", "0000-03-11T09:00:00.1Z"])
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert canonical_time(text) is None
