"""Rows of an export: quotes decide where a row ends, and damage costs only the rows that it is in."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yadorigi.limits import EXPORT_RECOVERIES_LIMIT, EXPORT_ROW_CHARACTERS_LIMIT
from yadorigi.sources.windows.event_viewer.rows import Row, rows_of

SOUND = '情報,2019/11/07 17:05:19,Source,4624,Logon,"message {}"\n'


def rows(text: str, separator: str = ",", block: int = 1 << 20) -> list[Row]:
    return list(rows_of((text[start : start + block] for start in range(0, len(text), block)), separator))


FIELD = st.text(st.sampled_from('ab,"\n\r\t日 '), max_size=12)


@given(st.lists(st.lists(FIELD, min_size=2, max_size=5), min_size=1, max_size=6), st.integers(1, 9))
def test_what_a_csv_writer_writes_is_read(table: list[list[str]], block: int) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)
    found = rows(stream.getvalue(), block=block)
    assert [row.fields for row in found] == table
    assert [row.line for row in found] == [
        1 + sum(field.count("\n") for row in table[:place] for field in row) + place for place in range(len(table))
    ]


def test_a_line_in_a_message_that_looks_like_a_row_is_none() -> None:
    forged = SOUND.format("x\n情報,2019/11/07 17:05:19,Source,1102,Cleared,forged")
    assert [len(row.fields or []) for row in rows(forged + SOUND.format(2))] == [6, 6]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_quotes_that_are_not_closed_cost_their_row(place: int) -> None:
    lines = [SOUND.format(number) for number in range(4)]
    lines[place] = lines[place].rstrip('"\n') + "\n"
    found = rows("".join(lines))
    assert [row.fields is None for row in found] == [number == place for number in range(4)]
    assert [row.line for row in found] == [1, 2, 3, 4]


def test_a_file_that_is_cut_off() -> None:
    found = rows(SOUND.format(1) + SOUND.format(2)[:-10])
    assert [row.fields is None for row in found] == [False, True]


def test_a_row_of_megabytes_costs_itself() -> None:
    huge = SOUND.format("x" * (EXPORT_ROW_CHARACTERS_LIMIT + 9))
    found = rows(SOUND.format(1) + huge + SOUND.format(2))
    assert found[0].fields is not None
    assert [row.fields for row in found if row.fields][-1][-1] == "message 2"
    assert sum(row.fields is None for row in found) >= 1


def test_a_file_of_open_quotes_ends() -> None:
    # Each begins a row and leaves its quotes open, so that every second one closes those before.
    text = '情報,2019/11/07 17:05:19,S,1,T,"open\n' * (4 * EXPORT_RECOVERIES_LIMIT)
    found = rows(text)
    assert all(row.fields is None or len(row.fields) for row in found)
    assert len(found) <= 8 * EXPORT_RECOVERIES_LIMIT


def test_text_behind_quotes_is_no_field() -> None:
    assert [row.fields for row in rows('a,"b"c\nd,"e"\n')] == [None, ["d", "e"]]
