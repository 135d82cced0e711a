"""A case is judged by what was read, however it was cut into hunts and in whichever order these were made."""

from __future__ import annotations

from hypothesis import given, note
from hypothesis import strategies as st
from msgspec import structs

from yadorigi.reports.json_lines import json_line
from yadorigi.schema.coverage import Coverage

from .judging import verdicts
from .test_laws import FEW, cases, told


def told_of(coverage: Coverage) -> list[bytes]:
    return [json_line(one) for one in verdicts(coverage)]


@FEW
@given(cases(), st.data())
def test_hunts_of_a_case_are_as_one_in_any_order(coverage: Coverage, data: st.DataObject) -> None:
    (whole,) = coverage.hunts
    number = data.draw(st.integers(2, 3))
    logs = [data.draw(st.integers(0, number - 1)) for _ in whole.logs]
    marks = [data.draw(st.integers(0, number - 1)) for _ in whole.landmarks]
    parts = [
        structs.replace(
            whole,
            logs=[log for log, place in zip(whole.logs, logs, strict=True) if place == hunt],
            landmarks=[mark for mark, place in zip(whole.landmarks, marks, strict=True) if place == hunt],
        )
        for hunt in range(number)
    ]
    note(told(coverage))
    expected = told_of(coverage)
    assert told_of(Coverage("0", data.draw(st.permutations(parts)))) == expected


@FEW
@given(cases())
def test_hunting_the_same_again_changes_no_verdict(coverage: Coverage) -> None:
    (whole,) = coverage.hunts
    assert told_of(Coverage("0", [whole, whole])) == told_of(coverage)
