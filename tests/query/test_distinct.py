"""Many tests at once over distinct values say what the specification says, test by test and value by value."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import mock

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from tests.query import strategies
from yadorigi.query import nodes
from yadorigi.query.distinct import FieldTests, RememberedAnswers
from yadorigi.query.evaluate import test_holds as holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from yadorigi.query.nodes import Test
    from yadorigi.schema.event import Value


def specified(tests: Sequence[Test], value: Value | UnsetType) -> frozenset[int]:
    return frozenset(number for number, test in enumerate(tests) if holds(test, value))


@settings(max_examples=250)
@given(st.lists(strategies.tests, max_size=8), st.lists(strategies.values, max_size=5))
@example([nodes.Text("contains", "s"), nodes.Text("equals", "ss")], ["\xdf", "S\u017f"])
@example([nodes.Text("endswith", "\u03c3")], ["\u039f\u03a3", "\u03c2"])
@example(
    [nodes.Null(), nodes.Exists(True), nodes.Exists(False), nodes.Text("equals", "")], [UNSET, None, "", (), ("",)]
)
@example([nodes.Regex("(?i)(?=I)I")], ["\u0131"])
@example([nodes.Text("contains", "\ufffd")], ["\ud800"])
def test_all_at_once_is_one_by_one(tests: list[Test], values: list[Value | UnsetType]) -> None:
    field_tests = FieldTests(tests)
    for value in values:
        assert field_tests.answer(value) == specified(tests, value), value


@settings(max_examples=120)
@given(st.lists(strategies.tests, max_size=4), st.lists(st.lists(strategies.values, max_size=6), max_size=4))
@example([nodes.Text("equals", "1"), nodes.Text("equals", "true")], [[True, 1, 1.0, "1", True], [1, True]])
@example([nodes.Text("equals", str(2**53))], [[2**53, 2.0**53], [2.0**53, 2**53]])
@example([nodes.Text("equals", "0"), nodes.Text("equals", "false")], [[False, 0, 0.0, -0.0], [0, False]])
@example([nodes.Text("equals", "1"), nodes.Text("equals", "true")], [[(1, "a"), (True, "a"), (1.0, "a")]])
def test_what_is_remembered_is_what_is_answered(tests: list[Test], columns: list[list[Value | UnsetType]]) -> None:
    remembered = RememberedAnswers(FieldTests(tests).answer)
    for column in columns:
        remembered.make_room()
        codes = remembered.codes(column)
        assert [remembered.answers[code] for code in codes] == [specified(tests, value) for value in column]


def test_forgetting_changes_the_generation_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yadorigi.query.distinct.REMEMBERED_ANSWERS", 1)
    monkeypatch.setattr("yadorigi.query.distinct.REMEMBERED_VALUES", 2)
    tests: list[Test] = [nodes.Text("contains", letter) for letter in "abc"]
    remembered = RememberedAnswers(FieldTests(tests).answer)
    for value in ("a", "b", "c", "ab", "a", "abc", "c"):
        remembered.make_room()
        (code,) = remembered.codes([value])
        assert remembered.answers[code] == specified(tests, value)
    assert remembered.generation > 0


WORDS = st.sampled_from(("ab", "abc", "b", "AB", "x", "-", "aa"))


@settings(max_examples=60)
@given(st.lists(WORDS, min_size=1, max_size=5), st.integers(1, 9), st.text(alphabet="abcABx-", max_size=40))
def test_a_long_text_is_read_in_windows_without_losing_anything(words: list[str], window: int, text: str) -> None:
    tests: list[Test] = [nodes.Pattern((0, words[0], 0, words[-1])), nodes.Regex("ab+c")]
    for word in words:
        tests += [nodes.Text("contains", word), nodes.Text("startswith", word), nodes.Text("endswith", word)]
        tests += [nodes.Text("contains", word, True), nodes.Text("endswith", word, True)]
    with mock.patch("yadorigi.query.distinct._WINDOW", window):
        assert FieldTests(tests).answer(text) == specified(tests, text)


def test_a_megabyte_of_one_letter() -> None:
    texts = nodes.Text("contains", "aaa"), nodes.Text("endswith", "ab"), nodes.Text("startswith", "b")
    tests: list[Test] = [*texts, nodes.Regex("aab")]
    assert FieldTests(tests).answer("a" * 1_000_000 + "b") == {0, 1, 3}


def test_expressions_under_a_time_limit_are_named() -> None:
    field_tests = FieldTests((nodes.Regex("(?!a)b"), nodes.Regex("ab")))
    assert [expression.pattern for expression in field_tests.bounded] == ["(?!a)b"]
