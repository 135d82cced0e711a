"""The sweep over a group's entries gives what looking at every window gives."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.detect.correlate.naive import naive_bursts, naive_triggers
from yadorigi.detect.correlate.measures import Entry
from yadorigi.detect.correlate.windows import bursts
from yadorigi.query.correlations import (
    Bound,
    BoundOperator,
    Clause,
    Clauses,
    Correlation,
    CorrelationType,
    Member,
    Range,
)

SECOND = 10_000_000
_OPERATORS = st.sampled_from(get_args(BoundOperator))


@st.composite
def _correlations(draw: st.DrawFn) -> Correlation:
    kind: CorrelationType = draw(st.sampled_from(get_args(CorrelationType)))
    members = draw(st.integers(1, 4))
    nested = draw(st.booleans())
    condition: Range | Clauses
    if kind.startswith("temporal") and draw(st.booleans()):
        places = st.integers(0, members - 1)
        clause = st.tuples(st.sets(places, max_size=3), st.sets(places, max_size=2)).map(
            lambda pair: Clause(tuple(sorted(pair[0])), tuple(sorted(pair[1] - pair[0])))
        )
        condition = Clauses(tuple(draw(st.lists(clause, min_size=1, max_size=3))))
    else:
        bound = st.builds(Bound, _OPERATORS, st.integers(-2, 6) | st.sampled_from((1.5, 2.5)))
        condition = Range(tuple(draw(st.lists(bound, min_size=1, max_size=2))))
    return Correlation(
        type=kind,
        members=tuple(Member(f"rule{place}", place, nested) for place in range(members)),
        group_by=(),
        timespan=draw(st.integers(1, 5)),
        condition=condition,
        percentile=draw(st.integers(0, 100)) if kind == "value_percentile" else None,
    )


@st.composite
def _groups(draw: st.DrawFn) -> tuple[Correlation, list[Entry]]:
    correlation = draw(_correlations())
    # Times in halves of seconds, so that edges of windows and equal times are frequent.
    times = sorted(draw(st.lists(st.integers(0, 40), min_size=1, max_size=25)))
    members = st.lists(st.integers(0, len(correlation.members) - 1), min_size=1, max_size=3, unique=True)
    numbers = st.integers(-3, 9) | st.fractions(-3, 9, max_denominator=4)
    nested = correlation.members[0].nested
    values: dict[int, Fraction | int] = {}
    entries = []
    for place, time in enumerate(times):
        unit = draw(st.integers(0, 3)) if nested else place
        value = values.setdefault(unit, draw(numbers))
        entries.append(Entry(time * SECOND // 2, unit, tuple(sorted(draw(members))), value))
    return correlation, entries


@settings(max_examples=150)
@given(_groups())
def test_sweeping_gives_what_looking_at_every_window_gives(group: tuple[Correlation, list[Entry]]) -> None:
    correlation, entries = group
    found = list(bursts(correlation, entries, iter(list(entries))))
    assert [(burst.first, burst.last) for burst in found] == naive_bursts(correlation, entries)
    for burst in found:
        assert list(burst.triggers) == naive_triggers(correlation, entries, (burst.first, burst.last))


def _count(operator: BoundOperator, number: int, span: int = 60) -> Correlation:
    condition = Range((Bound(operator, number),))
    return Correlation("event_count", (Member("rule", 0, nested=False),), (), span, condition)


def _at(*seconds: float) -> list[Entry]:
    return [Entry(int(second * SECOND), place, (0,)) for place, second in enumerate(seconds)]


def _places(correlation: Correlation, entries: list[Entry]) -> list[tuple[int, int]]:
    return [(burst.first, burst.last) for burst in bursts(correlation, entries, iter(entries))]


def test_five_in_a_minute_is_not_five_in_an_hour() -> None:
    assert _places(_count("gte", 5), _at(0, 720, 1440, 2160, 2880)) == []
    assert _places(_count("gte", 5), _at(0, 15, 30, 45, 60)) == [(0, 4)]
    assert _places(_count("gte", 5), _at(0, 15, 30, 45, 60.000_000_1)) == []


def test_windows_that_share_entries_are_one_burst() -> None:
    assert _places(_count("gte", 3), _at(0, 20, 40, 70, 90, 110)) == [(0, 5)]
    assert _places(_count("gte", 3), _at(0, 1, 2, 100, 101, 102)) == [(0, 2), (3, 5)]


def test_fewer_than_asks_how_many_there_are_in_all() -> None:
    assert _places(_count("lt", 3), _at(0, 10)) == [(0, 1)]
    assert _places(_count("lt", 3), _at(0, 10, 20, 30)) == []
    assert _places(_count("eq", 3), _at(0, 10, 20, 30)) == []
    assert _places(_count("neq", 3), _at(0, 10, 20)) == []


def test_a_large_group_takes_little_more_time_than_it_has_entries() -> None:
    entries = [Entry(place * 1_000, place, (place % 3,), place % 101) for place in range(60_000)]
    members = tuple(Member(f"rule{place}", place, nested=False) for place in range(3))
    kinds: tuple[CorrelationType, ...] = ("value_percentile", "temporal_ordered", "value_avg")
    for kind in kinds:
        correlation = Correlation(kind, members, (), 60, Range((Bound("gte", 2),)), 95)
        assert len(list(bursts(correlation, entries, iter(entries)))) == 1
