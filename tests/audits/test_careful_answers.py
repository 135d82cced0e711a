"""Edges at which a careful analyst would not yet say "not observed", or would not shrug."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from yadorigi.audits.estate import Estate
from yadorigi.audits.found import Cluster
from yadorigi.audits.kept import KeptLogs
from yadorigi.audits.recorded import Recordings
from yadorigi.audits.timeline import Stretch
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.coverage import CollectedFile, CollectedLog, Coverage, Landmark, NumberedRun
from yadorigi.schema.times import ticks_of, time_of

from .logs import DAY, SECURITY, START, SYSMON, SYSTEM, at, case, hours, log, run

BEHAVIOURS = load_behaviours()
HOST = "ws1.example"
COMMAND = "4688:CommandLine"
Span = tuple[float, float]


def security(signals: dict[str, Sequence[Span]]) -> Coverage:
    """Return a case of a Security log with events in every hour, of these signals in some stretches of days."""
    spans = {signal: hours(*own) for signal, own in signals.items()}
    return case([CollectedLog(HOST, SECURITY, [run(0, 7, 500, 900)], hours={"0": hours((0, 7)), **spans})])


def recorded(coverage: Coverage, leaf: str) -> list[tuple[float, float, str]]:
    """Return start and end in hours, and "on" or why not."""
    period = Stretch(START, START + 7 * DAY)
    estate = Estate(coverage)
    own = estate.hosts[None, HOST]
    kept = KeptLogs(estate, period).kept(own, SECURITY.casefold())
    assert kept is not None
    return [
        (round((start - START) / DAY * 24, 2), round((end - START) / DAY * 24, 2), one.reason or "on")
        for start, end, one in Recordings(estate, BEHAVIOURS, period).recorded(own, leaf, kept).parts()
    ]


def test_nothing_is_claimed_of_the_last_hour_with_events_while_the_log_goes_on() -> None:
    found = recorded(security({"4688": [(2, 5)]}), "security_process")
    assert found == [(0, 49, "never_audited"), (49, 119, "on"), (119, 168, "never_audited")]


def test_a_field_that_ceases_is_absent_and_not_unaudited() -> None:
    found = recorded(security({"4688": [(0, 7)], COMMAND: [(0, 3)]}), "security_process_command")
    assert found == [(0, 71, "on"), (71, 168, "field_absent")]


def test_hours_in_which_all_events_lack_the_field_show_nothing_however_few() -> None:
    found = recorded(security({"4688": [(0, 7)], COMMAND: [(0, 3), (3 + 2 / 24, 7)]}), "security_process_command")
    assert found == [(0, 71, "on"), (71, 75, "field_absent"), (75, 168, "on")]


def test_the_moment_of_a_finding_lies_in_its_stretch_for_readers_of_coarser_time() -> None:
    for moment in ("2026-03-02T10:30:00.0000000Z", "2026-03-02T10:30:00.1234567Z", "2026-03-02T10:30:00.9999999Z"):
        since, until = (time_of(tick) for tick in Cluster(ticks_of(moment), ticks_of(moment)).stretch)
        for digits in (len("2026-03-02T10:30:00.123"), len("2026-03-02T10:30:00.123456"), len(moment)):
            assert since[:digits] <= moment[:digits] < until[:digits]


def test_what_a_host_that_was_off_did_not_do_needs_no_record() -> None:
    silent = CollectedLog(
        HOST, SECURITY, [run(0, 7, 500, 900)],
        hours={"0": hours((0, 7)), "4688": hours((0, 3), (3.5, 7))},
    )  # fmt: skip
    marks = [Landmark(at(3), HOST, SYSTEM, 6006, 0, 5), Landmark(at(3.5), HOST, SYSTEM, 12, 0, 6)]
    system = log(SYSTEM, [run(0, 7, 1, 9)])
    assert recorded(case([silent, system], landmarks=marks), "security_process") == [(0, 168, "on")]
    assert "hole" in {reason for *_, reason in recorded(case([silent, system]), "security_process")}


@pytest.mark.parametrize(("up", "was_off"), [((6005,), False), ((6005, 6009), True), ((6005, 12), True), ((12,), True)])
def test_the_service_that_writes_logs_may_have_been_stopped_alone(up: Sequence[int], was_off: bool) -> None:
    silent = CollectedLog(HOST, SECURITY, [run(0, 7, 500, 900)], hours={"0": hours((0, 3), (3.5, 7))})
    marks = [Landmark(at(3), HOST, SYSTEM, 6006, 0, 5), *(Landmark(at(3.5), HOST, SYSTEM, one, 0, 6) for one in up)]
    estate = Estate(case([silent, log(SYSTEM, [run(0, 7, 1, 9)])], landmarks=marks))
    kept = KeptLogs(estate, Stretch(START, START + 7 * DAY)).kept(estate.hosts[None, HOST], SECURITY.casefold())
    assert kept is not None
    assert (len(kept.timeline.values) == 1) is was_off


@pytest.mark.parametrize(
    ("copy", "lost", "reasons"),
    [
        pytest.param([run(0.02, 3, 500, 600, file=1)], None, set(), id="cut off"),
        pytest.param([run(0.02, 3, 500, 600, file=1), run(4, 6.98, 701, 900, file=1)], 100, set(), id="in the middle"),
        pytest.param([run(0.02, 6.98, 500, 900, file=1)], None, {"unreadable"}, id="as long as the whole one"),
    ],
)
def test_a_damaged_copy_takes_nothing_from_a_whole_log(
    copy: list[NumberedRun], lost: int | None, reasons: set[str]
) -> None:
    files = (CollectedFile("a.evtx", ""), CollectedFile("b.evtx", "", lost, damaged=True))
    coverage = case([log(SECURITY, [run(0.02, 6.98, 500, 900), *copy])], files=files)
    estate = Estate(coverage)
    kept = KeptLogs(estate, Stretch(START, START + 7 * DAY)).kept(estate.hosts[None, HOST], SECURITY.casefold())
    assert kept is not None
    assert {missing.reason for missing in kept.timeline.values if missing} == reasons


@pytest.mark.parametrize(("system_from", "reason"), [(0, "never_audited"), (4, "cleared")])
def test_sysmon_that_was_installed_on_the_way_was_not_cleared(system_from: float, reason: str) -> None:
    logs = [
        log(SYSMON, [run(3, 7, 1, 90)]),
        log(SYSTEM, [run(system_from, 7, 50, 90)]),
        log(SECURITY, [run(0, 7, 5, 9)]),
    ]
    estate = Estate(case(logs))
    kept = KeptLogs(estate, Stretch(START, START + 7 * DAY)).kept(estate.hosts[None, HOST], SYSMON.casefold())
    assert kept is not None
    assert [missing and missing.reason for missing in kept.timeline.values] == [reason, None]
