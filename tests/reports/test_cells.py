"""Hostile text in cells: visible on a terminal, harmless in a spreadsheet."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from yadorigi.limits import CSV_CELL_LIMIT
from yadorigi.reports.cells import UNSAFE, csv_cell, csv_cells, one_line, visible
from yadorigi.reports.json_lines import harmless

any_text = st.text(st.characters())


@given(any_text)
def test_nothing_acts_on_the_screen(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in shown if character not in "\t\n")
    assert not any(unicodedata.bidirectional(character) in {"RLO", "LRO", "RLE", "LRE", "PDF"} for character in shown)
    shown.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\u202eb", "a\\u202eb"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("nul\0", "nul\\x00"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\u65e5\u672c\u8a9e \u00e9", "\u65e5\u672c\u8a9e \u00e9"),
    ],
)
def test_what_acts_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(any_text)
def test_a_cell_is_visible_and_in_one_line(text: str) -> None:
    shown = visible(text).replace("\t", "\\t").replace("\n", "\\n")
    assert csv_cell(text) in (shown, f"'{shown}")


def test_json_is_made_harmless_of_each_character_that_acts() -> None:
    every = "".join(map(chr, (*range(0x7F, 0xD800), *range(0xE000, 0x110000))))
    plain = UNSAFE.sub("", every).encode()
    assert harmless(plain) is plain
    assert all(harmless(character.encode()).isascii() for character in UNSAFE.findall(every))


@given(any_text, st.integers(1, 50))
def test_one_line_is_one_line_and_no_longer(text: str, limit: int) -> None:
    shown = one_line(text, limit)
    assert len(shown) <= limit
    assert not set("\r\n\t") & set(shown)


@given(
    st.one_of(
        any_text,
        st.sampled_from("=+-@\t\r\n \uff1d\uff0b\uff0d\uff20").flatmap(
            lambda first: any_text.map(lambda rest: first + rest)
        ),
    )
)
def test_no_cell_is_a_formula(text: str) -> None:
    cell = csv_cell(text)
    start = cell.lstrip()[:1]
    assert start not in {*"=+@\t\r\n\uff1d\uff0b\uff0d\uff20"} - {""} or not start
    assert start != "-" or cell[1:].isdecimal()
    assert "\n" not in cell


def test_a_negative_number_stays_one() -> None:
    assert csv_cell("-5") == "-5"
    assert csv_cell("-5+cmd") == "'-5+cmd"


def test_a_cell_that_is_too_long_says_so() -> None:
    cell = csv_cell("x" * 1_000_000)
    assert len(cell) < CSV_CELL_LIMIT + 100
    assert "1000000 characters" in cell


@given(st.lists(st.text(st.sampled_from('",=-+@ a1\t\n\u65e5\u202e')) | st.just("a" * CSV_CELL_LIMIT), max_size=4))
@example([" =1", "x"])
@example(["x", " @a"])
@example(['","=1'])
def test_a_row_is_its_cells(cells: list[str]) -> None:
    doubled = [csv_cell(cell).replace('"', '""') for cell in cells]
    assert csv_cells(cells) == '"{}"'.format('","'.join(doubled))
