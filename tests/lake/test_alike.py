"""Events of a lake that are said to be alike have the same data, and no event is without one that stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yadorigi.schema.event import EventKind
from yadorigi.sources.records.stored import StoredRows, StoredTable, StoredTexts

if TYPE_CHECKING:
    from yadorigi.sources.records.batch import RecordBatch

KIND = EventKind("Security", "Some-Provider", 1)
DATA = ['{"A":"1"}', '{"A":"2"}', '{"A":1}', "{}", '{"A":"1","B":"2"}']


def batch_of(data: list[str], hosts: list[str | None], raw: str | None = None) -> RecordBatch:
    count = len(data)
    wholes = [raw, *[None] * (count - 1)] if count else []
    texts = StoredTexts(pa.array(data, pa.string()), pa.array(["{}"] * count), pa.array(wholes, pa.string()))
    times = ["2026-03-11T00:00:00.0000000Z"] * count
    rows = StoredRows([(KIND, count)], texts, times, [0] * count, [0] * count, list(range(count)), hosts)
    return next(StoredTable(rows).batches())


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(DATA), st.sampled_from((None, "a", "b")), st.booleans()), min_size=1),
    st.integers(1, 60),
)
@example([(DATA[0], None, False)], 40)
@example([(DATA[0], "a", True), (DATA[0], "b", False)], 40)
def test_one_stands_for_others_with_the_same_data(some: list[tuple[str, str | None, bool]], times: int) -> None:
    events = [(data, host, apart and not number) for number in range(times) for data, host, apart in some]
    batch = batch_of([data for data, _, _ in events], [host for _, host, _ in events])
    # The batch has its events host by host.
    events = [events[row] for rows in batch.rows_by_host().values() for row in rows]
    alike = batch.alike([apart for _, _, apart in events])
    different = len({data for data, _, apart in events if not apart}) + sum(apart for _, _, apart in events)
    if alike is None:
        assert len(events) < 32 or 2 * different > len(events)
        return
    assert list(alike.first) == sorted(set(alike.first))
    assert len(alike.first) == different
    assert len(alike.like) == len(batch)
    for place, own in enumerate(alike.like):
        data, _, apart = events[alike.first[own]]
        assert data == events[place][0]
        assert not (apart or events[place][2]) or alike.first[own] == place
    assert batch.select(alike.first).columns(["A"]) == [[batch.columns(["A"])[0][place] for place in alike.first]]


@pytest.mark.parametrize("raw", [None, '{"Event":{"System":{"EventID":1},"EventData":{"A":"x"}}}'])
def test_records_that_are_kept_whole_are_looked_at_one_by_one(raw: str | None) -> None:
    assert (batch_of([DATA[0]] * 100, [None] * 100, raw).alike([()] * 100) is None) == (raw is not None)
