"""Correlations on correlations give what a plain evaluator gives, in memory and from disk alike."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.detect.correlate.naive import naive_bursts, naive_triggers
from yadorigi.app import correlate as correlating
from yadorigi.app import runs
from yadorigi.app.correlate import Correlating, correlate
from yadorigi.app.runs import read_run, write_run
from yadorigi.app.segments import Segment, SegmentFile
from yadorigi.detect.correlate.items import Item, ItemKey
from yadorigi.detect.correlate.measures import Entry
from yadorigi.languages.sigma.rule import CompiledCorrelation, CompiledRule
from yadorigi.query.correlations import Bound, BoundOperator, Correlation, CorrelationType, Member, Range
from yadorigi.query.nodes import Constant
from yadorigi.schema.finding import FileIdentity
from yadorigi.schema.times import ticks_of, time_of

RULES = 3
START = ticks_of("2026-03-11T00:00:00.0000000Z")
RULE = [CompiledRule(f"rule{n}", "", "", "high", None, None, None, Constant(True)) for n in range(RULES)]
Event = tuple[int, int, str, str]
"""Second, number of the rule that matches, user, host."""


@st.composite
def _hierarchies(draw: st.DrawFn) -> list[CompiledCorrelation]:
    found: list[CompiledCorrelation] = []
    for number in range(draw(st.integers(1, 4))):
        below = [(place, True) for place in range(number)] + [(place, False) for place in range(RULES)]
        targets = draw(st.lists(st.sampled_from(below), min_size=1, max_size=3, unique=True))
        kind: CorrelationType = draw(st.sampled_from(get_args(CorrelationType)[:4]))
        group = tuple(draw(st.lists(st.sampled_from(("user", "host")), max_size=2, unique=True)))
        value = ("user",) if kind == "value_count" else ()
        members = tuple(
            Member(f"m{place}", target, nested, group, value) for place, (target, nested) in enumerate(targets)
        )
        operator: BoundOperator = draw(st.sampled_from(("gte", "gte", "gt", "eq", "lt")))
        condition = Range((Bound(operator, draw(st.integers(1, 3))),))
        span = draw(st.integers(1, 4))
        height = max((found[target].height + 1 for target, nested in targets if nested), default=0)
        correlation = Correlation(kind, members, group, span, condition)
        found.append(CompiledCorrelation(f"c{number}", "", f"c{number}", "high", correlation, height=height))
    return found


EVENTS = st.lists(
    st.tuples(st.integers(0, 15), st.integers(0, RULES - 1), st.sampled_from("xyX"), st.sampled_from("hk")),
    min_size=1,
    max_size=18,
)


def _items(correlations: list[CompiledCorrelation], events: list[Event]) -> list[Item]:
    items = []
    for record, (second, rule, user, host) in enumerate(events, 1):
        values = {"user": user, "host": host}
        for number, compiled in enumerate(correlations):
            group = tuple(values[name] for name in compiled.correlation.group_by)
            for place, member in enumerate(compiled.correlation.members):
                if not member.nested and member.number == rule:
                    folded = tuple(text.casefold() for text in group)
                    time = time_of(START + second * 10_000_000)
                    key = ItemKey(compiled.height, number, folded, time, "", "Security", record, -1, "file", place)
                    value = user.casefold() if member.value_fields else None
                    items.append(Item(key, 0, rule, 4625, None, group, value, values))
    return items


def _naive(correlations: list[CompiledCorrelation], events: list[Event]) -> set[tuple[str, tuple[int, ...]]]:
    """Return each burst's correlation and the records of its events."""
    bursts: dict[int, list[tuple[int, list[Any], set[int]]]] = defaultdict(list)
    found = set()
    numbers = itertools.count()
    order = sorted(range(len(correlations)), key=lambda number: correlations[number].height)
    for number in order:
        correlation = correlations[number].correlation
        groups: dict[tuple[str, ...], dict[Any, dict[str, Any]]] = defaultdict(dict)
        given = [
            ((record, event), {"user": event[2], "host": event[3]}, ("event", record), place, {record})
            for place, member in enumerate(correlation.members)
            for record, event in enumerate(events, 1)
            if not member.nested and event[1] == member.number
        ]
        given += [
            (at, whose, ("burst", burst), place, records)
            for place, member in enumerate(correlation.members)
            if member.nested
            for burst, moments, records in bursts[member.number]
            for at, whose in moments
        ]
        for moment, whose, unit, place, records in given:
            group = tuple(whose[name].casefold() for name in correlation.group_by)
            value = whose["user"].casefold() if correlation.type == "value_count" else None
            new: dict[str, Any] = {"members": set(), "value": value, "records": set(), "whose": whose, "first": place}
            entry = groups[group].setdefault((moment, unit, value), new)
            entry["members"].add(place)
            entry["records"] |= records
        for entries in groups.values():
            ordered = sorted(entries.items(), key=_order)
            plain = [
                Entry(START + key[0][1][0] * 10_000_000, _unit(key[1]), tuple(sorted(entry["members"])), entry["value"])
                for key, entry in ordered
            ]
            for first, last in naive_bursts(correlation, plain):
                inside = ordered[first : last + 1]
                records = set().union(*(entry["records"] for _, entry in inside))
                found.add((correlations[number].rule_id, tuple(sorted(records))))
                triggers = naive_triggers(correlation, plain, (first, last))
                moments = []
                for place, (_, entry) in enumerate(inside, first):
                    due = next(trigger for trigger in triggers if trigger >= place)
                    moments.append((ordered[due][0][0], entry["whose"]))
                bursts[number].append((next(numbers), moments, records))
    return found


def _order(item: tuple[Any, dict[str, Any]]) -> tuple[int, int, bool, int]:
    """Return what orders entries: time, record, the event before what it brought about, members."""
    ((record, event), unit, _), entry = item
    is_burst = unit[0] == "burst"
    return event[0], record, is_burst, entry["first"] if is_burst else 0


def _unit(unit: tuple[str, int]) -> int:
    return unit[1] if unit[0] == "event" else -1 - unit[1]


def _correlated(
    correlations: list[CompiledCorrelation], events: list[Event], folder: Path
) -> set[tuple[str, tuple[int, ...]]]:
    runs = []
    items = _items(correlations, events)
    for number in range(2):
        runs.append(folder / f"{number}.items")
        write_run(runs[-1], items[number::2])
    result = correlate(Correlating(RULE, correlations, folder, {0: FileIdentity("hash")}, lambda: None), runs)
    assert result.lines is not None
    found = set()
    whole = result.lines.read_bytes()
    for run in result.runs:
        for _, file, _, (offset, size), _, _ in read_run(run):
            assert file is None
            line = json.loads(whole[offset : offset + size])
            records = [record["record_id"] for record in line["evidence"]]
            assert records == sorted(records, key=lambda record: (events[record - 1][0], record))
            assert len(set(records)) == len(records)
            assert line["fields"]["events"] >= 1
            found.add((line["rule_id"], tuple(sorted(records))))
    return found


@pytest.mark.parametrize("few", [False, True], ids=["in memory", "from disk"])
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_hierarchies(), EVENTS)
def test_it_gives_what_a_plain_evaluator_gives(
    monkeypatch: pytest.MonkeyPatch, few: bool, correlations: list[CompiledCorrelation], events: list[Event]
) -> None:
    events = sorted(events, key=lambda event: event[0])
    if few:
        monkeypatch.setattr(correlating, "GROUP_ITEMS_IN_MEMORY", 2)
        monkeypatch.setattr(runs, "WAITING_FRAMES_LIMIT", 2)
    with tempfile.TemporaryDirectory() as folder:
        assert _correlated(correlations, events, Path(folder)) == _naive(correlations, events)


def test_what_waits_goes_to_disk_before_it_is_many_or_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "WAITING_FRAMES_LIMIT", 10)
    monkeypatch.setattr(runs, "WAITING_CHARACTERS_LIMIT", 100)
    many, large = runs.WaitingFrames(tmp_path, "many"), runs.WaitingFrames(tmp_path, "large")
    for number in range(25):
        many.add((number % 7,), 1)
        large.add((number % 7, "x" * 50), 50)
    assert [len(waiting.flushed()) for waiting in (many, large)] == [3, 13]
    for waiting in (many, large):
        assert [frame[0] for frame in runs.merged(waiting.flushed(), tmp_path)] == sorted(n % 7 for n in range(25))


def test_segments_are_read_back_and_merged_past_the_number_that_is_merged_at_once(tmp_path: Path) -> None:
    file = SegmentFile(tmp_path / "segments")
    segments: list[Segment] = [file.write([[number + 500 * part, "x"] for part in range(3)]) for number in range(300)]
    assert [frame[0] for frame in file.read(segments[7])] == [7, 507, 1007]
    merged = [frame[0] for frame in file.merged(segments, lambda frame: frame[0])]
    assert merged == sorted(number + 500 * part for number in range(300) for part in range(3))
    file.close()
    assert not (tmp_path / "segments").exists()
