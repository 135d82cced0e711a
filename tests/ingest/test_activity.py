"""Counts of what was seen: exact below the limit, and above it the same in whatever order things came."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.ingest import activity
from yadorigi.ingest.activity import OTHERS, Activity, Span
from yadorigi.schema.event import EventKind

LIMIT = 4
SEEN = st.lists(st.tuples(st.sampled_from("abcdefghij\ud800"), st.integers(0, 30)), max_size=40)


def counted(seen: list[tuple[str, int]]) -> Activity:
    """What a task counts that meets these hosts at these hours; the channel and the event id are the host's."""
    found = Activity()
    for host, hour in seen:
        time = f"2026-03-{hour + 1:02}T00:00:00.0000000Z"
        found.kinds[EventKind(host, "", ord(host))] += 1
        found.hours[time[:13]] += 1
        found.add(Activity(logs={(host, host, ""): Span(1, time, time)}))
    return found


def together(parts: list[Activity]) -> Activity:
    whole = Activity()
    for part in parts:
        whole.add(part)
    whole.settle()
    return whole


@given(st.lists(SEEN, max_size=6), st.randoms(use_true_random=False))
def test_order_and_grouping_change_nothing(tasks: list[list[tuple[str, int]]], random: Random) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activity, "COUNTED_KEYS_LIMIT", LIMIT)
        one = together([counted([seen for task in tasks for seen in task])])
        shuffled = list(tasks)
        random.shuffle(shuffled)
        assert together([counted(task) for task in shuffled]) == one
    events = sum(map(len, tasks))
    assert one.kinds.total() == one.hours.total() == sum(span.events for span in one.logs.values()) == events
    assert max(len(one.kinds), len(one.hours), len(one.logs)) <= LIMIT + 1
    hosts = {host for task in tasks for host, _ in task}
    assert ("logs" in one.beyond, "kinds" in one.beyond) == (len(hosts) > LIMIT,) * 2
    assert (OTHERS in one.hours) == ("hours" in one.beyond)


def test_below_the_limit_everything_is_there() -> None:
    seen = [("a", 1), ("b", 2), ("a", 3)]
    whole = together([counted(seen[:1]), counted(seen[1:])])
    first, last = "2026-03-02T00:00:00.0000000Z", "2026-03-04T00:00:00.0000000Z"
    assert whole.logs["a", "a", ""] == Span(2, first, last)
    assert whole.kinds[EventKind("a", "", ord("a"))] == 2
    assert whole.beyond == set()
