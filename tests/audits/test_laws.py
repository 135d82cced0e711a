"""The laws of docs/verdict-model.md, on cases made by chance."""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from yadorigi.audits.estate import Estate
from yadorigi.audits.found import FoundBehaviours
from yadorigi.audits.judge import Judge, period_of
from yadorigi.audits.leaves import Leaves
from yadorigi.audits.timeline import Stretch
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.reports.json_lines import json_line
from yadorigi.schema.coverage import CollectedLog, Coverage, Landmark
from yadorigi.schema.finding import Evidence, Finding
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.schema.verdict import Verdict

from .logs import APPLICATION, SECURITY, SYSMON, SYSTEM, at, case, log, run

BEHAVIOURS = load_behaviours()
HOSTS = ("dc1.example", "ws1.example")
SIGNALS = {
    SECURITY: (
        "4624", "4624:LogonType", "4624:LogonType=3", "4634:LogonType=3", "4625", "4672", "4688", "4688:CommandLine",
        "4698", "4720", "4768", "4769", "4771", "5140", "5145",
    ),
    SYSTEM: (),
    APPLICATION: (),
    SYSMON: ("1", "11", "13"),
    "Microsoft-Windows-PowerShell/Operational": ("4104", "4104:every script block"),
    "Microsoft-Windows-Windows Defender/Operational": (),
}  # fmt: skip
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def logs(draw: st.DrawFn, host: str, channel: str) -> CollectedLog:
    """A log of up to seven runs, with or without holes, resets and signals: pauses are usual from four on."""
    cuts = sorted(draw(st.sets(st.integers(0, 28), min_size=2, max_size=14)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    number, runs = draw(st.integers(1, 50)), []
    for start, end in spans:
        runs.append(run(start / 4, end / 4, number, number + 10 * (end - start), file=draw(st.integers(0, 1))))
        number += 10 * (end - start) + draw(st.sampled_from((1, 1, 30, -5)))
        number = max(number, 1)
    signals = [signal for signal in SIGNALS[channel] if draw(st.booleans())]
    return log(channel, runs, signals, host)


@st.composite
def cases(draw: st.DrawFn) -> Coverage:
    wanted = draw(st.sets(st.tuples(st.sampled_from(HOSTS), st.sampled_from(tuple(SIGNALS))), min_size=1, max_size=8))
    found = [draw(logs(host, channel)) for host, channel in sorted(wanted)]
    marks = []
    for own in found:
        if own.channel == SECURITY and draw(st.booleans()):
            first = own.runs[draw(st.integers(0, len(own.runs) - 1))]
            marks.append(Landmark(first.first_time, own.host, SECURITY, 1102, first.file, first.first))
        if own.channel == SECURITY and draw(st.booleans()):
            words = (
                ("SubcategoryGuid", "{0CCE922B-69AE-11D9-BED3-505054503030}"),
                ("AuditPolicyChanges", draw(st.sampled_from(("%%8449", "%%8448")))),
            )
            marks.append(Landmark(at(draw(st.integers(0, 6))), own.host, SECURITY, 4719, 0, 3, fields=words))
    return case(found, landmarks=marks)


def judged(coverage: Coverage, findings: tuple[Finding, ...] = ()) -> dict[tuple[str, str, str], list[Verdict]]:
    """Return the verdicts by host, behaviour and technique."""
    period = period_of(coverage)
    assert period is not None
    found = FoundBehaviours(BEHAVIOURS, coverage)
    found.read(json_line(finding) for finding in sorted(findings, key=lambda finding: finding.time))
    by_cell: dict[tuple[str, str, str], list[Verdict]] = defaultdict(list)
    for verdict in Judge(coverage, BEHAVIOURS, period).verdicts(found):
        by_cell[verdict.host, verdict.behaviour, verdict.technique].append(verdict)
    return by_cell


def told(coverage: Coverage) -> str:
    """Return what a case is made of, short enough to be read."""
    (hunt,) = coverage.hunts
    lines = []
    for own in hunt.logs:
        runs = [(one.earliest[8:13], one.latest[8:13], one.first, one.last, one.file) for one in own.runs]
        lines.append(f"{own.host} {own.channel} {runs} {sorted(own.hours)}")
    return "\n".join([*lines, *(f"{mark.time} {mark.host} {mark.event_id} {mark.fields}" for mark in hunt.landmarks)])


def silences_of(coverage: Coverage) -> dict[str, list[Stretch]]:
    """Return by host when logs are silent with no number missing, or some of their events are lacking."""
    period = period_of(coverage)
    assert period is not None
    leaves = Leaves(Estate(coverage), BEHAVIOURS, period)
    found: defaultdict[str, list[Stretch]] = defaultdict(list)
    for host in leaves.estate.hosts.values():
        for name, observable in BEHAVIOURS.observables.items():
            kept = (
                None
                if observable.any_of or observable.all_of
                else leaves.logs.kept(host, observable.channel.casefold())
            )
            if kept is not None:
                found[host.name] += [Stretch(one.since, one.until) for one in kept.missing if one.silent]
                parts = leaves.recordings.recorded(host, name, kept).parts()
                found[host.name] += [Stretch(start, end) for start, end, one in parts if one.reason == "hole"]
    return found


def answer_at(verdicts: list[Verdict], time: str) -> str:
    return next(verdict.verdict for verdict in verdicts if verdict.since <= time < verdict.until)


@FEW
@given(cases(), st.data())
def test_taking_logs_away_never_makes_an_answer_of_no_answer(coverage: Coverage, data: st.DataObject) -> None:
    before = judged(coverage)
    less = copy.deepcopy(coverage)
    (hunt,) = less.hunts
    whole = True
    gone = data.draw(st.integers(0, len(hunt.logs) - 1))
    own = hunt.logs[gone]
    if data.draw(st.booleans()) and len(own.runs) > 1:
        whole = False
        lost = data.draw(st.integers(0, len(own.runs) - 1))
        kept = [one for place, one in enumerate(own.runs) if place != lost]
        signals = [signal for signal in own.hours if signal != "0"]
        hunt.logs[gone] = log(own.channel, kept, signals, own.host)
        numbers = {number for one in kept for number in (one.first,)}
        hunt.landmarks = [
            mark
            for mark in hunt.landmarks
            if mark.host != own.host or mark.event_id != 1102 or mark.record_id in numbers
        ]
    else:
        del hunt.logs[gone]
        hunt.landmarks = [mark for mark in hunt.landmarks if (mark.host, mark.channel) != (own.host, own.channel)]
    after = judged(less) if hunt.logs else {}
    # Whoever knows less of a log's rhythm is less sure that a silence in it is none of its own.
    silent = {} if whole else silences_of(coverage)
    note(told(coverage) + "\n--\n" + told(less))
    for cell, verdicts in after.items():
        for verdict in verdicts:
            if verdict.verdict == "not_observed":
                for earlier in before[cell]:
                    start, end = max(earlier.since, verdict.since), min(earlier.until, verdict.until)
                    if start < end and earlier.verdict == "cannot_tell":
                        excused = any(
                            one.start < ticks_of(end) and ticks_of(start) < one.end for one in silent.get(cell[0], ())
                        )
                        assert excused, (cell, earlier, verdict)


@FEW
@given(cases(), st.sampled_from(sorted(BEHAVIOURS.every)), st.floats(0, 6.99), st.sampled_from(HOSTS))
def test_a_finding_never_lowers_a_verdict(coverage: Coverage, behaviour: str, days: float, host: str) -> None:
    rules = [rule for way in BEHAVIOURS.every[behaviour].evidence for rule in BEHAVIOURS.rules_of(way)]
    if not rules:
        return
    evidence = Evidence("a.evtx", "a" * 64, host, SECURITY, 7)
    finding = Finding(rules[0], "t", "high", at(days), host, None, 1, "m", {}, {}, (evidence,))
    before, after = judged(coverage), judged(coverage, (finding,))
    rank = {"cannot_tell": 0, "not_observed": 0, "observed": 1}
    for cell, verdicts in after.items():
        for verdict in verdicts:
            earlier = answer_at(before[cell], verdict.since)
            assert rank[verdict.verdict] >= rank[earlier]
            assert verdict.verdict in ("observed", earlier)
    lead = (behaviour, rules[0]) in BEHAVIOURS.leads
    for (own_host, own, _), verdicts in after.items():
        if own == behaviour and own_host == host:
            assert (answer_at(verdicts, at(days)) == "observed") != lead


@FEW
@given(cases())
def test_the_lines_of_a_cell_partition_the_period(coverage: Coverage) -> None:
    for (_, behaviour, _), verdicts in judged(coverage).items():
        assert verdicts[0].since == at(0)
        assert verdicts[-1].until == at(7)
        for one, other in pairwise(verdicts):
            assert one.until == other.since
        assert all(ticks_of(verdict.since) < ticks_of(verdict.until) for verdict in verdicts), behaviour


@FEW
@given(cases())
def test_every_reason_is_there_and_can_be_checked(coverage: Coverage) -> None:
    note(told(coverage))
    for verdicts in judged(coverage).values():
        for verdict in verdicts:
            assert (verdict.reason is None) == (verdict.verdict != "cannot_tell")
            assert verdict.detail
            assert not re.search(r"\{[a-z_]+\}", verdict.detail + verdict.action)
            assert verdict.action or verdict.verdict != "cannot_tell"
            if verdict.reason in ("cleared", "rotated_out"):
                assert verdict.evidence
            if verdict.reason == "hole" and "records" in verdict.about:
                assert {record.shows for record in verdict.evidence} == {"before_hole", "after_hole"}


@FEW
@given(cases())
def test_a_hole_in_the_only_log_is_never_an_answer(coverage: Coverage) -> None:
    """DE-01 is shown by the Security log alone."""
    for own in coverage.hunts[0].logs:
        if own.channel != SECURITY:
            continue
        verdicts = judged(coverage)[own.host, "DE-01", BEHAVIOURS.every["DE-01"].techniques[0]]
        ordered = sorted(own.runs, key=lambda one: one.earliest)
        for before, behind in pairwise(ordered):
            if behind.first > before.last + 1 and behind.earliest > before.latest:
                middle = (ticks_of(before.latest) + ticks_of(behind.earliest)) // 2
                found = next(one for one in verdicts if ticks_of(one.since) <= middle < ticks_of(one.until))
                assert found.verdict == "cannot_tell"
