"""What is passed over by texts of columns is what is passed over text by text, and all of it is counted."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from yadorigi.detect.columns import KeywordScreen
from yadorigi.lake.frames import RowRange
from yadorigi.lake.sieve import Sieve
from yadorigi.query import nodes
from yadorigi.schema.batch import Screen, screened
from yadorigi.schema.event import EventKind
from yadorigi.sources.records.stored import StoredTexts

KINDS = [EventKind("Security", "Some-Provider", number) for number in range(4)]
SCREENS: dict[EventKind, Screen | None] = {
    KINDS[0]: KeywordScreen([nodes.Text("contains", "mimikatz")]),
    KINDS[1]: None,
    KINDS[2]: KeywordScreen([nodes.Text("contains", "kiss"), nodes.Text("contains", "abc")]),
    KINDS[3]: KeywordScreen([nodes.Text("contains", "1")]),
}
TEXTS = st.sampled_from(
    [
        "{}",
        '{"A":"MimiKatz"}',
        '{"A":"mimi',
        'katz"}',
        '{"A":"\u212aISS"}',
        "\u3042",
        '{"B":"ABC"}',
        '{"A":"\\u006b"}',
        "",
    ]
)
SINCE, UNTIL = 10, 20


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.lists(st.tuples(TEXTS, TEXTS, st.none() | TEXTS), max_size=5)), max_size=6
    ),
    st.integers(0, 3),
    st.integers(1, 400),
)
@example([(KINDS[0], [("{}", '{"A":"mimi', None), ("{}", 'katz"}', None)])], 0, 1)
def test_rows_of_interest(
    parts: list[tuple[EventKind, list[tuple[str, str, str | None]]]], before: int, times: int
) -> None:
    """Also where the columns begin elsewhere, and where more rows follow each other than are looked at together."""
    rows: list[tuple[str, str, str | None]] = [("", "mimikatz abc kiss", None)] * before
    ranges = []
    for kind, own in parts:
        many = own * times if kind is KINDS[0] else own
        ranges.append(RowRange(kind, len(rows) - before, len(many)))
        rows += many
    columns = [pa.array(column, pa.string()).slice(before) for column in zip(*rows, strict=True)] if rows else []
    texts = StoredTexts(*columns) if columns else StoredTexts(*[pa.array([], pa.string())] * 3)
    found = Sieve(SCREENS.__getitem__).rows_of_interest(texts, ranges)
    for kind, start, count in ranges:
        screen = SCREENS[kind]
        for row in range(start, start + count):
            system, data, raw = rows[before + row]
            # No keyword is in two texts at once.
            holds = screen is None or any(screen.may_be_in(screened(text)) for text in (system, data))
            assert holds or raw is not None or (found is not None and not found[row])
            assert found is None or found[row] or not (holds or raw is not None)


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 30)), max_size=30), st.booleans(), st.booleans())
def test_what_is_passed_over_is_counted(events: list[tuple[EventKind, int]], begins: bool, ends: bool) -> None:
    events.sort()
    sieve = Sieve(SCREENS.__getitem__, since=SINCE if begins else None, until=UNTIL if ends else None)
    kinds = Counter(kind for kind, _ in events)
    sieve.pass_over(sorted(kinds.items()), np.array([ticks for _, ticks in events], np.int64))
    within = [kind for kind, ticks in events if (not begins or ticks >= SINCE) and (not ends or ticks < UNTIL)]
    assert sieve.kinds == Counter(within)
    assert sieve.outside == len(events) - len(within)
