"""Times of stated forms: patterns of strptime and of Java."""

from __future__ import annotations

import pytest

from yadorigi.sources.lines.clock import Clock, zone_named
from yadorigi.sources.lines.time_forms import TimeForm, java_form


@pytest.mark.parametrize(
    ("pattern", "text", "time"),
    [
        ("%Y/%m/%d %H:%M:%S", "2026/3/4 09:05:06", "2026-03-04T09:05:06.0000000Z"),
        ("%d.%m.%y %H:%M", "04.03.26 09:05", "2026-03-04T09:05:00.0000000Z"),
        ("%d.%m.%y %H:%M", "04.03.99 09:05", "1999-03-04T09:05:00.0000000Z"),
        ("%Y年%m月%d日 %p%I:%M", "2026年3月4日 午後1:05", "2026-03-04T13:05:00.0000000Z"),
        ("%m/%d/%Y %I:%M:%S %p", "3/4/2026 12:05:06 AM", "2026-03-04T00:05:06.0000000Z"),
        ("%a, %d %B %Y %T %z", "Wed, 4 March 2026 09:05:06 +0900", "2026-03-04T00:05:06.0000000Z"),
        ("%F %T.%f", "2026-03-04 09:05:06.123456789", "2026-03-04T09:05:06.1234567Z"),
        ("%Y%m%d%H%M%S", "20260304090506", "2026-03-04T09:05:06.0000000Z"),
        ("%d-%b-%Y %H:%M:%S %Z", "04-Mar-2026 09:05:06 JST", "2026-03-04T00:05:06.0000000Z"),
        ("100%% %F %R", "100% 2026-03-04 09:05", "2026-03-04T09:05:00.0000000Z"),
    ],
)
def test_forms(pattern: str, text: str, time: str) -> None:
    stamp = TimeForm(pattern).read(text, Clock())
    assert stamp is not None
    assert (stamp.time, stamp.stated) == (time, text)


@pytest.mark.parametrize("text", ["", "2026-03-04", "2026/13/04 09:05:06", "2026/02/30 09:05:06", "x" * 1_000])
def test_other_texts_are_no_times(text: str) -> None:
    assert TimeForm("%Y/%m/%d %H:%M:%S").read(text, Clock()) is None


def test_the_zone_counts_where_the_text_states_none() -> None:
    form = TimeForm("%Y-%m-%d %H:%M:%S")
    stamp = form.read("2026-03-04 09:05:06", Clock(), "Asia/Tokyo")
    assert stamp is not None
    assert (stamp.time, stamp.zone) == ("2026-03-04T00:05:06.0000000Z", "stated")


@pytest.mark.parametrize(
    ("pattern", "text", "time"),
    [
        ("MMM dd yyyy HH:mm:ss", "Mar 04 2026 09:05:06", "2026-03-04T09:05:06.0000000Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-03-04T09:05:06.250+0900", "2026-03-04T00:05:06.2500000Z"),
        ("dd/MM/yy hh:mm a z", "04/03/26 01:05 PM UTC", "2026-03-04T13:05:00.0000000Z"),
        ("EEE MMM d HH:mm:ss yyyy", "Wed Mar 4 09:05:06 2026", "2026-03-04T09:05:06.0000000Z"),
    ],
)
def test_forms_of_java(pattern: str, text: str, time: str) -> None:
    form = java_form(pattern)
    assert form is not None
    stamp = form.read(text, Clock())
    assert stamp is not None
    assert stamp.time == time


@pytest.mark.parametrize("pattern", ["", "yyyy", "QQQ", "y" * 1_000, "HH:mm", "'"])
def test_what_is_no_form_of_java(pattern: str) -> None:
    assert java_form(pattern) is None


def test_zones_by_place() -> None:
    assert str(zone_named("Asia/Tokyo")) == "Asia/Tokyo"
    assert zone_named("Nowhere/Land") is None
    assert zone_named("../etc/passwd") is None
