"""Which hunt looked at what with which rules: what one saw, no other takes back, whatever its rules and period."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from yadorigi.reports.json_lines import json_line
from yadorigi.schema.coverage import Coverage

from .judging import lines, said, verdicts
from .logs import SECURITY, at, case, log, run
from .test_laws import FEW, cases, judged

FEWER = settings(FEW, max_examples=25)
DROPPED = at(9)


def told_of(coverage: Coverage) -> list[bytes]:
    return [json_line(one) for one in verdicts(coverage)]


@FEWER
@given(cases(), st.integers(1, 6), st.booleans())
def test_looking_again_with_other_rules_takes_nothing_back(coverage: Coverage, days: int, late: bool) -> None:
    (whole,) = coverage.hunts
    some = sorted(whole.rules)[:: 1 + days]
    period = {"since": at(days), "dropped": DROPPED} if late else {"until": at(days)}
    again = structs.replace(whole, rules=some, **period)
    assert told_of(Coverage("0", [whole, again])) == told_of(coverage)


@FEWER
@given(cases(), st.integers(1, 6))
def test_rules_that_came_behind_a_drop_looked_at_what_was_left(coverage: Coverage, days: int) -> None:
    (whole,) = coverage.hunts
    before = structs.replace(whole, rules=[])
    behind = structs.replace(whole, since=at(days), dropped=DROPPED)
    expected, found = judged(coverage), judged(Coverage("0", [before, behind]))
    for cell, parts in found.items():
        for part in parts:
            if part.since < at(days):
                assert part.verdict == "cannot_tell", (cell, part)
                assert part.until <= at(days) or part.reason != "not_examined" or not part.about.get("dropped")
        late = [(max(one.since, at(days)), one.until, one.verdict, one.reason) for one in parts if one.until > at(days)]
        whole_time = [
            (max(one.since, at(days)), one.until, one.verdict, one.reason)
            for one in expected[cell]
            if one.until > at(days)
        ]
        assert late == whole_time, cell


def steady() -> Coverage:
    """A case of one log that would show every start of a program."""
    return case([log(SECURITY, [run(0, 7, 1, 900)], ["4688:CommandLine", "4688"])])


def test_a_verdict_says_when_events_were_dropped() -> None:
    (whole,) = steady().hunts
    before = structs.replace(whole, rules=[])
    parts = lines(Coverage("0", [before, structs.replace(whole, since=at(3), dropped=DROPPED)]), "C2-01")
    assert said(parts) == [(0.0, 3.0, "not_examined"), (3.0, 7.0, "not_observed")]
    assert (parts[0].about["dropped"], parts[0].about["dropped_before"]) == (DROPPED, at(3))
    assert "were dropped from the case on" in parts[0].detail


def test_a_period_that_was_chosen_is_no_drop() -> None:
    (whole,) = steady().hunts
    before = structs.replace(whole, rules=[])
    parts = lines(Coverage("0", [before, structs.replace(whole, since=at(3))]), "C2-01")
    assert said(parts)[0] == (0.0, 3.0, "not_examined")
    assert "dropped" not in parts[0].detail
    assert "dropped" not in parts[0].about


def test_two_hunts_that_looked_at_one_half_each_looked_at_all() -> None:
    (whole,) = steady().hunts
    halves = [structs.replace(whole, until=at(3)), structs.replace(whole, since=at(3))]
    assert said(lines(Coverage("0", halves), "C2-01")) == said(lines(steady(), "C2-01"))


def test_an_interrupted_hunt_takes_nothing_from_one_that_came_to_its_end() -> None:
    (whole,) = steady().hunts
    hunts = [whole, structs.replace(whole, interrupted=True)]
    assert said(lines(Coverage("0", hunts), "C2-01")) == said(lines(steady(), "C2-01"))
    alone = lines(Coverage("0", hunts[1:]), "C2-01")
    assert {one.reason for one in alone} == {"not_examined"}


def test_a_hunt_of_another_log_does_not_stand_in() -> None:
    """Rules looked at one of two logs that make the whole only together."""
    first = case([log(SECURITY, [run(0, 3, 1, 400)], ["4688:CommandLine", "4688"])]).hunts[0]
    second = case([log(SECURITY, [run(3, 7, 401, 900)], ["4688:CommandLine", "4688"])]).hunts[0]
    second = structs.replace(second, files=[structs.replace(file, sha256="c" * 64) for file in second.files])
    some = [structs.replace(first, rules=[]), second, structs.replace(first, since=at(2), dropped=DROPPED)]
    told = said(lines(Coverage("0", some), "C2-01"))
    assert "not_observed" not in [answer for start, _, answer in told if start < 2]
    assert told[-1][2] == "not_observed"
