from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yadorigi.audits.timeline import LAST_TICK, Timeline, overlaid, told_time

END = 60
PUTS = st.lists(st.tuples(st.integers(-5, END + 5), st.integers(-5, END + 5), st.integers(0, 3)), max_size=12)


def naive(puts: list[tuple[int, int, int]]) -> list[int]:
    values = [9] * END
    for start, end, value in puts:
        for place in range(max(start, 0), min(end, END)):
            values[place] = value
    return values


def made(puts: list[tuple[int, int, int]]) -> Timeline[int]:
    timeline = Timeline(0, END, 9)
    for start, end, value in puts:
        timeline.put(start, end, value)
    return timeline


@given(PUTS)
def test_puts_are_as_if_every_moment_were_kept(puts: list[tuple[int, int, int]]) -> None:
    timeline = made(puts)
    assert [timeline.at(moment) for moment in range(END)] == naive(puts)
    parts = list(timeline.parts())
    assert [part[0] for part in parts] == [0, *(part[1] for part in parts[:-1])]
    assert parts[-1][1] == END
    assert all(one[2] != other[2] for one, other in pairwise(parts))


@given(st.lists(PUTS, min_size=1, max_size=4))
def test_overlaid_is_as_if_every_moment_were_chosen(several: list[list[tuple[int, int, int]]]) -> None:
    together = overlaid([made(puts) for puts in several], max)
    expected = [max(values) for values in zip(*(naive(puts) for puts in several), strict=True)]
    assert [together.at(moment) for moment in range(END)] == expected


@given(PUTS)
def test_mapped_joins_what_became_equal(puts: list[tuple[int, int, int]]) -> None:
    timeline = made(puts).mapped(lambda value: value > 1)
    assert [timeline.at(moment) for moment in range(END)] == [value > 1 for value in naive(puts)]
    assert all(one != other for one, other in pairwise(timeline.values))


def test_what_ends_behind_the_last_moment_ends_with_it() -> None:
    assert told_time(LAST_TICK + 2) == told_time(LAST_TICK) == "9999-12-31T23:59:59.9999999Z"
    assert told_time(0) == "1970-01-01T00:00:00.0000000Z"
