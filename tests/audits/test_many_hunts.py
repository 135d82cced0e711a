"""A case is judged by what was read, however it was cut into hunts and in whichever order these were made."""

from __future__ import annotations

from hypothesis import given, note
from hypothesis import strategies as st
from msgspec import structs

from yadorigi.reports.json_lines import json_line
from yadorigi.schema.coverage import Coverage

from .judging import lines, verdicts
from .logs import SECURITY, case, log, run
from .test_laws import FEW, cases, told
from .test_recorded import policy


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


def test_a_change_of_the_policy_counts_whichever_hunt_read_it_first() -> None:
    """No hunt of the change need have read a log of its host: tables of notes have their limits."""
    logs = case([log(SECURITY, [run(0, 7, 1, 900)], ["4698"])]).hunts[0]
    mark = structs.replace(logs, logs=[], landmarks=[policy(3, "other_object_access", on=False)])
    told_so = {one.about["known_by"] for one in lines(Coverage("0", [logs, mark]), "PE-04")}
    assert "policy_change" in told_so
    assert told_of(Coverage("0", [mark, logs])) == told_of(Coverage("0", [logs, mark]))
