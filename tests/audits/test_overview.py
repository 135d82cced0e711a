"""What is told of logs beside verdicts."""

from __future__ import annotations

from tests.audits.logs import APPLICATION, SYSTEM, at, case, log, run
from yadorigi.audits.judge import Judge, period_of
from yadorigi.audits.overview import overview_of
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.coverage import Coverage, Landmark
from yadorigi.schema.overview import LogNote


def notes(coverage: Coverage, channel: str) -> list[LogNote]:
    period = period_of(coverage)
    assert period is not None
    (host,) = overview_of(Judge(coverage, load_behaviours(), period)).hosts
    return [note for one in host.logs if one.channel == channel for note in one.notes]


def test_system_that_tells_of_a_cleared_log_was_not_cleared_itself() -> None:
    fields = (("Channel", APPLICATION), ("SubjectUserName", "kudo"))
    mark = Landmark(at(3), "ws1.example", SYSTEM, 104, 0, 7, fields=fields)
    logs = [log(SYSTEM, [run(0, 7, 1, 99)]), log(APPLICATION, [run(3, 7, 1, 50)])]
    coverage = case(logs, landmarks=[mark])
    assert notes(coverage, SYSTEM) == [LogNote("cleared", at(3), at(3), who="kudo", channel=APPLICATION)]
    assert [(note.kind, note.channel) for note in notes(coverage, APPLICATION)] == [("cleared", "")]


def test_system_that_was_cleared_says_so_of_itself() -> None:
    mark = Landmark(at(3), "ws1.example", SYSTEM, 104, 0, 80, fields=(("Channel", SYSTEM),))
    coverage = case([log(SYSTEM, [run(3, 7, 80, 99)])], landmarks=[mark])
    assert {(note.kind, note.channel) for note in notes(coverage, SYSTEM)} == {("cleared", "")}
