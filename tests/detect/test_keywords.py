"""The quick look at raw text never rules out an event that holds a keyword."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.detect.memory import MemoryBatch, event_of
from tests.query import strategies
from yadorigi.detect.columns import _FOLDED_TO_PLAIN, EventsMet, KeywordColumn, KeywordScreen, all_values
from yadorigi.query import nodes
from yadorigi.query.evaluate import test_holds as holds
from yadorigi.schema.batch import screened
from yadorigi.schema.event import EventKind, Value
from yadorigi.sources.records.batch import RecordTable

if TYPE_CHECKING:
    from yadorigi.query.nodes import Test

KIND = EventKind("Security", "Some-Provider", 1)
WORDS = ("mimikatz", "kaess", "Kiss me", "1000", "infinity", "inf", "100.5", "C:\\Users", "a/b", '"quoted"', "sss")
LETTERS = {letter: [chr(c) for c in range(0x80, 0x11000) if chr(c).casefold() == letter] for letter in "kis"}

keywords = st.one_of(
    st.builds(nodes.Text, strategies.operators, st.sampled_from(WORDS), st.booleans()),
    st.builds(nodes.Pattern, st.sampled_from(WORDS).map(lambda word: (0, word, 1, "x", 0)), st.booleans()),
    strategies.tests.filter(lambda test: not isinstance(test, nodes.Null | nodes.Exists)),
)


@st.composite
def holding(draw: st.DrawFn) -> Value:
    """A text that holds a keyword, in odd letters."""
    word = draw(st.sampled_from(WORDS))
    letters = [draw(st.sampled_from([c, c.upper(), *LETTERS.get(c.casefold(), ()), c])) for c in word]
    return (
        draw(st.sampled_from(("", "\x01", "\u3042", "x ", "\n"))) + "".join(letters) + draw(st.sampled_from(("", "zx")))
    )


values = st.one_of(holding(), strategies.present, st.sampled_from((1000, 1000.0, 1e3, 100.5)))


@settings(max_examples=200)
@given(
    st.lists(st.lists(keywords, min_size=1, max_size=3), max_size=2),
    st.lists(st.dictionaries(st.sampled_from("AB"), values, max_size=2), max_size=3),
    st.booleans(),
    st.booleans(),
)
@example([[nodes.Text("contains", "kaess")]], [{"A": "\u212a\xe4ss \u212aaess"}], True, False)
@example([[nodes.Text("contains", "sss")]], [{"A": "\u017f\u017f\u017f"}], True, True)
@example([[nodes.Text("contains", "1000")]], [{"A": 1e3}], True, False)
def test_nothing_is_lost(tests: list[list[Test]], data: list[dict[str, Value]], ascii_only: bool, seldom: bool) -> None:
    batch = MemoryBatch(KIND, [event_of(KIND, fields) for fields in data], ascii_only)
    column = KeywordColumn([KeywordScreen(group) for group in tests], EventsMet(int(seldom))).values(batch)
    for event, shown in zip(batch.events, column, strict=True):
        for test in (test for group in tests for test in group):
            assert holds(test, shown) == holds(test, all_values(event)) or (
                not shown and not holds(test, all_values(event))
            )


@pytest.mark.parametrize("escape", [json.dumps, lambda text: '"' + "".join(f"\\u{ord(c):04X}" for c in text) + '"'])
def test_letters_spelled_by_number_are_seen(escape: object) -> None:
    screen = KeywordScreen([nodes.Text("contains", "mimikatz")])
    assert callable(escape)
    assert screen.may_be_in(screened(escape("xx MIMI\u212aATZ xx")))
    assert not screen.may_be_in(screened("C:\\\\Users\\\\nobody \xe4"))


def test_all_letters_that_fold_to_plain_ones_are_known() -> None:
    folding = (chr(c) for c in range(0x80, 0x110000) if not 0xD800 <= c < 0xE000)
    assert {c.encode() for c in folding if any(part < "\x80" for part in c.casefold())} == _FOLDED_TO_PLAIN


@given(
    st.lists(
        st.tuples(st.integers(0, 299), st.sampled_from(["MimiKatz", "KISS\u017f", "\ud800mimikatz", b"mimi\xffkiss"])),
        max_size=4,
    )
)
def test_looking_at_many_records_at_once_is_looking_at_each(odd: list[tuple[int, str | bytes]]) -> None:
    table = RecordTable()
    texts = {**dict.fromkeys(range(300), '{"A":"nothing"}'), **dict(odd)}
    table.texts, table.times = list(texts.values()), [""] * len(texts)
    for word in ("mimikatz", "kiss"):
        screen = KeywordScreen([nodes.Text("contains", word)])
        assert table.rows_with(screen) == {row for row, text in texts.items() if screen.may_be_in(screened(text))}
