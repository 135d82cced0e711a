from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yadorigi.audits.timeline import Stretch, Timeline, clusters, overlaid

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


def test_clusters() -> None:
    assert list(clusters([1, 3, 4, 20, 30], 5)) == [Stretch(1, 5), Stretch(20, 21), Stretch(30, 31)]
    assert list(clusters([], 5)) == []
