"""Whoever has less of the logs knows less: cases in which that once made an answer of none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from yadorigi.schema.coverage import CollectedLog, Landmark, NumberedRun

from .judging import lines, said
from .logs import APPLICATION, SECURITY, SYSTEM, at, case, hours, log, run

DC1 = "dc1.example"
HOST = "ws1.example"


def test_a_run_that_is_missing_makes_no_usual_pause_of_a_silence() -> None:
    """Each of three pauses is a silence of the log; of two of them lost, the third must not pass for its rhythm."""
    runs = [run(0.25, 0.5, 1, 11), run(0.75, 1, 12, 22), run(1.25, 1.5, 23, 33), run(1.75, 3.5, 34, 104)]
    other = log(SECURITY, [run(0, 0.25, 1, 11)])
    whole = lines(case([log(SECURITY, runs, host=DC1), other]), "DE-01", DC1)
    less = lines(case([log(SECURITY, [runs[0], *runs[2:]], host=DC1), other]), "DE-01", DC1)
    assert said(whole)[0][2] == "not_collected"
    assert said(less)[0][2] == "not_collected"


def test_a_log_with_a_rhythm_was_made_anew_though_most_of_it_is_missing() -> None:
    """With few records it could be one that a host hardly ever writes, and that never held more."""
    runs = [run(3, 3.4, 1, 40), run(5, 5.5, 41, 90)]
    system = log(SYSTEM, [run(0, 7, 40, 90)])
    for kept in (runs, runs[:1]):
        assert said(lines(case([log(APPLICATION, kept), system]), "CR-02"))[0] == (0, 3, "cleared")


def logons(runs: Sequence[NumberedRun], *days: float) -> CollectedLog:
    """Return a Security log with records in every hour of its runs, and with logons at some times only."""
    every = log(SECURITY, runs)
    return CollectedLog(
        HOST, SECURITY, list(runs), hours={**every.hours, "4624": hours(*((one, one + 1 / 24) for one in days))}
    )


def answer(own: CollectedLog, days: float) -> str:
    """Return what is said of remote logons (LM-01) at a time."""
    return next(reason for start, end, reason in said(lines(case([own]), "LM-01")) if start <= days < end)


def test_logons_that_ended_have_not_begun_again_behind_what_is_missing() -> None:
    runs = [run(0, 3, 1, 300), run(3, 6.6, 301, 640), run(6.6, 7, 641, 680)]
    seldom = (0, 0.5, 1, 1.5, 2, 2.5)
    assert answer(logons(runs, *seldom), 6.8) == "never_audited"
    assert answer(logons([runs[0], runs[2]], *seldom), 6.8) == "never_audited"


def test_logons_have_not_begun_where_the_log_does_long_before_them() -> None:
    runs = [run(0, 2, 1, 200), run(2, 7, 201, 700)]
    seldom = (2.4, 2.9, 3.4, 3.9, 4.4, 4.9, 5.4, 5.9, 6.4, 6.9)
    assert answer(logons(runs, *seldom), 2.2) == "never_audited"
    assert answer(logons(runs[1:], *seldom), 2.2) == "never_audited"


@pytest.mark.parametrize("known", [True, False])
def test_a_host_was_off_only_if_nothing_is_missing_of_what_says_so(known: bool) -> None:
    """It was started again soon, and the log fell silent later; without the record of the start it looks off."""
    silent = CollectedLog(HOST, SECURITY, [run(0, 7, 500, 900)], hours={"0": hours((0, 3), (3.5, 7))})
    runs = [run(0, 3, 1, 60), *([run(3, 3.01, 61, 64)] if known else []), run(3.45, 7, 65, 99)]
    marks = [(2.99, 1074), *([(3.005, 12)] if known else []), (3.51, 12)]
    powers = [Landmark(at(day), HOST, SYSTEM, number, 0, 5) for day, number in marks]
    assert "hole" in {
        reason for *_, reason in said(lines(case([silent, log(SYSTEM, runs)], landmarks=powers), "DE-01"))
    }
