"""The first look passes over no opening, whatever a text begins with."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.lines.golden import CASES
from yadorigi.sources.formats import FORMATS
from yadorigi.sources.lines.first_look import FirstLook, relaxed
from yadorigi.sources.lines.syslog import split_header

OPENINGS = [own.opening for own in FORMATS if own.opening]
LOOK = FirstLook(OPENINGS)
TRUE = [re.compile(opening, re.ASCII) for opening in OPENINGS]
LINES = sorted(
    {
        text
        for path in CASES.glob("*/*")
        if not path.name.endswith(".golden.json")
        for line in path.read_bytes().splitlines()
        for text in (line.decode("utf-8", "replace"), split_header(line.decode("utf-8", "replace"))[1])
    }
)


def true_of(text: str) -> list[int]:
    return [place for place, opening in enumerate(TRUE) if opening.match(text)]


def test_openings_have_no_groups() -> None:
    assert [opening.pattern for opening in TRUE if opening.groups] == []


def test_it_passes_over_no_line_of_a_case() -> None:
    told = [LOOK.may_begin(text) for text in LINES]
    assert [text for text, may in zip(LINES, told, strict=True) if not set(true_of(text)) <= set(may)] == []
    assert sum(map(len, told)) < 3 * len(LINES)
    assert all(list(may) == sorted(may) for may in told)


@settings(max_examples=100)
@given(data=st.data())
def test_nor_a_changed_one(data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(LINES))
    place = data.draw(st.integers(0, min(len(line), 80)))
    piece = data.draw(
        st.one_of(st.sampled_from(['"', "\v", "\f", "=", "{", "[", "x" * 300, "\n"]), st.text(max_size=3))
    )
    text = line[:place] + piece + line[place + data.draw(st.integers(0, 3)) :]
    assert set(true_of(text)) <= set(LOOK.may_begin(text))


def test_text_that_cannot_be_written_down_may_be_anything() -> None:
    assert list(FirstLook(["a", "b"]).may_begin("a\ud800")) == [0, 1]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"(?!a[)]b)(?=x(y))c", "c"),
        (r"a{0,128}b{5}c{2,3}d{1,2}?e{9,}f*+", "a*b{4,}c{2,3}d{1,2}e{4,}f*"),
        (r"(?>a|b)[^\s\"[]\S$", r"(?:a|b)[^\t-\r \"\[][^\t-\r ]"),
        (r"\u30c8|\\u30c8", r"\x{30c8}|\\u30c8"),
    ],
)
def test_what_is_relaxed(expression: str, expected: str) -> None:
    assert relaxed(expression) == expected


@pytest.mark.parametrize("expression", [r"[^\S]", r"a\1", r"(?=a"])
def test_what_is_not_may_always_fit(expression: str) -> None:
    with pytest.raises(ValueError, match=r"relaxed|group"):
        relaxed(expression)


def test_one_that_is_not_read_is_thought_to_fit() -> None:
    assert list(FirstLook(["a", r"[^\S]", "(", "b"]).may_begin("a")) == [0, 1, 2]
