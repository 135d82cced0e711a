"""Verdicts of a case in days from its start, as tests compare them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from yadorigi.audits.found import FoundBehaviours
from yadorigi.audits.judge import Judge, period_of
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.reports.json_lines import json_line
from yadorigi.schema.times import ticks_of

from .logs import DAY, START

if TYPE_CHECKING:
    from yadorigi.schema.coverage import Coverage
    from yadorigi.schema.finding import Finding
    from yadorigi.schema.verdict import Verdict

BEHAVIOURS = load_behaviours()
Part = tuple[float, float, str]


def judge_of(coverage: Coverage) -> Judge:
    """Return the judge of a case that has events."""
    period = period_of(coverage)
    assert period is not None
    return Judge(coverage, BEHAVIOURS, period)


def verdicts(coverage: Coverage, findings: Iterable[Finding] = ()) -> list[Verdict]:
    """Return all verdicts of a case."""
    found = FoundBehaviours(BEHAVIOURS, coverage)
    found.read(json_line(one) for one in sorted(findings, key=lambda one: one.time))
    return list(judge_of(coverage).verdicts(found))


def lines(
    coverage: Coverage, behaviour: str, host: str = "ws1.example", findings: Iterable[Finding] = ()
) -> list[Verdict]:
    """Return the verdicts of the first technique of a behaviour on a host."""
    technique = BEHAVIOURS.every[behaviour].techniques[0]
    return [
        one
        for one in verdicts(coverage, findings)
        if (one.behaviour, one.host, one.technique) == (behaviour, host, technique)
    ]


def said(parts: Iterable[Verdict]) -> list[Part]:
    """Return start and end in days, and the reason or the answer."""
    return [
        (
            round((ticks_of(one.since) - START) / DAY, 3),
            round((ticks_of(one.until) - START) / DAY, 3),
            one.reason or one.verdict,
        )
        for one in parts
    ]
