"""The verdicts: one case a rule of docs/verdict-model.md, "Was it looked at?" and "The verdict"."""

from __future__ import annotations

import time

import pytest

from yadorigi.audits.judge import period_of
from yadorigi.limits import HOLES_APART_LIMIT, JUDGED_HOSTS_LIMIT, UNKNOWN_HOSTS_LIMIT, VERDICT_EVIDENCE_LIMIT
from yadorigi.schema.coverage import Collected, CollectedFile, CollectedLog, Coverage, Landmark, NumberedRun, Sighting

from .judging import BEHAVIOURS, judge_of, lines, said, verdicts
from .logs import APPLICATION, DAY, RULES, SECURITY, START, SYSMON, SYSTEM, at, case, cleared, log, run
from .test_found import LEAD, LEAD_RULE, finding

POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
WHOLE = run(0, 7, 500, 900)
PROCESS = ("4624", "4688", "4688:CommandLine")
CLEARING = BEHAVIOURS.rule_ids["security_log_cleared"]
SHADOW_COPY = BEHAVIOURS.rule_ids["shadow_copy_created"]
FILES = [CollectedFile("a.evtx", "a" * 64), CollectedFile("b.evtx", "b" * 64)]


def hunt(*logs: CollectedLog, rules: list[str] = RULES, since: str = "", until: str = "") -> Collected:
    return Collected(None, rules, False, since, until, FILES, list(logs))


def coverage_of(*hunts: Collected) -> Coverage:
    return Coverage("0", list(hunts))


# ------------------------------------------------------------------------------------------------------------- period


def test_the_period_is_from_the_first_event_to_just_behind_the_last() -> None:
    logs = [log(SECURITY, [run(1, 3, 1, 9)]), log(SYSTEM, [run(2, 5, 1, 9)])]
    period = period_of(coverage_of(hunt(*logs)))
    assert period == (START + DAY, START + 5 * DAY + 1)


def test_the_period_is_what_was_asked_for() -> None:
    own = log(SECURITY, [run(1, 3, 1, 9)])
    assert period_of(coverage_of(hunt(own, since=at(2), until=at(6)))) == (START + 2 * DAY, START + 6 * DAY)
    assert period_of(coverage_of(hunt(own, since=at(2)))) == (START + 2 * DAY, START + 3 * DAY + 1)
    assert period_of(coverage_of(hunt(since=at(2), until=at(6)))) == (START + 2 * DAY, START + 6 * DAY)
    assert period_of(coverage_of(hunt(since=at(2)))) is None


@pytest.mark.parametrize("last", ["9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999998Z"])
@pytest.mark.parametrize("first", ["1601-01-01T00:00:00.0000000Z", "0001-01-01T00:00:00.0000000Z", ""])
def test_times_at_the_ends_of_all_time_break_nothing(first: str, last: str) -> None:
    first = first or last
    edges = [NumberedRun(0, 5, 5, first, first, first, first, 1), NumberedRun(0, 9, 9, last, last, last, last, 1)]
    own = CollectedLog("ws1.example", SECURITY, [*edges, run(0, 7, 500, 900)], hours={"0": {"9999-12": "1"}})
    coverage = coverage_of(hunt(own))
    found = lines(coverage, "DE-01")
    assert found[0].since == min(first, at(0), "9999-12-31T23:59:59.9999998Z")
    assert found[-1].until == "9999-12-31T23:59:59.9999999Z"
    assert all(one.since < one.until for one in found)


# -------------------------------------------------------------------------------------------------------- what was read


def test_a_rule_that_was_not_loaded_leaves_no_answer() -> None:
    rules = [rule for rule in RULES if rule != CLEARING]
    (line,) = lines(case([log(SECURITY, [WHOLE])], rules=rules), "DE-01")
    assert (line.verdict, line.reason, line.about["rules"]) == ("cannot_tell", "rule_not_loaded", [CLEARING])


def test_a_rule_that_gave_up_leaves_no_answer() -> None:
    coverage = case([log(SECURITY, [WHOLE])])
    coverage.hunts[0].unfinished_rules = [CLEARING]
    assert said(lines(coverage, "DE-01")) == [(0, 7, "not_examined")]


def test_a_hunt_that_was_interrupted_leaves_no_answer_but_what_it_found() -> None:
    coverage = case([log(SECURITY, [WHOLE])])
    coverage.hunts[0].interrupted = True
    found = said(lines(coverage, "DE-01", findings=[finding(3, CLEARING)]))
    assert found == [(0, 3, "not_examined"), (3, 3, "observed"), (3, 7, "not_examined")]


def test_a_hunt_that_was_interrupted_leaves_no_answer_without_a_period_either() -> None:
    coverage = coverage_of(hunt(log(SECURITY, [WHOLE])))
    assert {one.verdict for one in lines(coverage, "DE-01")} == {"not_observed"}
    coverage.hunts[0].interrupted = True
    assert {one.reason for one in lines(coverage, "DE-01")} == {"not_examined"}


def test_what_another_hunt_did_not_ask_for_was_not_examined() -> None:
    first = hunt(log(SECURITY, [run(0, 7, 500, 900)]), since=at(1), until=at(4))
    second = hunt(log(SYSTEM, [run(0, 7, 500, 900)]), since=at(0), until=at(7))
    found = said(lines(coverage_of(first, second), "DE-01"))
    assert found == [(0, 1, "not_examined"), (1, 4, "not_observed"), (4, 7, "not_examined")]


def test_each_log_is_examined_by_the_rules_of_its_own_hunt() -> None:
    few = [rule for rule in RULES if rule != CLEARING]
    first = hunt(log(SECURITY, [run(0, 3, 500, 600)]), rules=few)
    second = hunt(log(SECURITY, [run(3, 7, 601, 900, file=1)]))
    found = lines(coverage_of(first, second), "DE-01")
    assert said(found) == [(0, 3, "rule_not_loaded"), (3, 7, "not_observed")]


def test_a_host_that_two_hunts_name_differently_is_examined_by_both() -> None:
    few = [rule for rule in RULES if rule != CLEARING]
    first = hunt(log(SYSTEM, [run(0, 7, 500, 900)]), rules=few)
    second = hunt(log(SECURITY, [run(0, 7, 500, 900)], host="WS1"))
    found = verdicts(coverage_of(first, second))
    assert {one.host for one in found} == {"ws1.example"}
    assert {one.verdict for one in found if one.behaviour == "DE-01"} == {"not_observed"}


def test_what_no_windows_log_shows_is_not_examined_and_says_what_would_settle_it() -> None:
    (line,) = lines(case([log(SECURITY, [WHOLE], PROCESS)]), "C2-08")
    assert (line.verdict, line.reason) == ("cannot_tell", "not_examined")
    assert line.action == BEHAVIOURS.every["C2-08"].beyond.en


# ----------------------------------------------------------------------------------------------------- several channels


def test_one_of_several_logs_is_enough_where_each_shows_it() -> None:
    logs = [log(SECURITY, [run(0, 3, 500, 600)], PROCESS), log(SYSMON, [run(3, 7, 500, 900)], ("1",))]
    found = lines(case(logs), "CR-06")
    assert [one.verdict for one in found] == ["not_observed", "not_observed"]
    assert [one.about["observable"] for one in found] == ["security_process_command", "sysmon_process"]


def test_all_logs_are_needed_where_each_shows_another_form() -> None:
    security, blocks = log(SECURITY, [WHOLE], PROCESS), ("4104", "4104:every script block")
    both = [security, log(POWERSHELL, [run(2, 7, 500, 900)], blocks)]
    assert said(lines(case([security]), "DI-01")) == [(0, 7, "not_collected")]
    assert said(lines(case(both), "DI-01")) == [(0, 2, "rotated_out"), (2, 7, "not_observed")]


def test_the_reason_is_of_the_log_that_comes_nearest() -> None:
    # Sysmon was not installed; what is missing is the older part of the Security log.
    logs = [log(SECURITY, [run(2, 7, 500, 900)], PROCESS), log(SYSTEM, [WHOLE])]
    assert said(lines(case(logs), "CR-06")) == [(0, 2, "rotated_out"), (2, 7, "not_observed")]
    bare = [log(SECURITY, [WHOLE], ("4624", "4688"))]
    assert said(lines(case(bare), "CR-06")) == [(0, 7, "field_absent")]
    assert said(lines(case([*bare, log(SYSMON, [WHOLE], ("11",))]), "CR-06")) == [(0, 7, "field_absent")]
    assert said(lines(case([log(SECURITY, [WHOLE], ("4624",))]), "CR-06")) == [(0, 7, "never_audited")]
    assert said(lines(case([log(APPLICATION, [WHOLE])]), "CR-06")) == [(0, 7, "not_collected")]


# -------------------------------------------------------------------------------------------------------------- roles


def test_where_the_role_is_not_known_the_answer_is_what_either_role_would_give() -> None:
    # A controller would show password guessing by tickets, a member by failed logons; nothing says which it is.
    unknown = case([log(SYSTEM, [WHOLE])])
    controller = case([log(SECURITY, [WHOLE], ("4624", "4768", "4771", "4625"))])
    member = case([log(SECURITY, [WHOLE], ("4624", "4624:LogonType", "4625"))])
    assert said(lines(unknown, "CR-19")) == [(0, 7, "not_collected")]
    assert [one.verdict for one in lines(controller, "CR-19")] == ["not_observed"]
    assert [one.verdict for one in lines(member, "CR-19")] == ["not_observed"]
    assert lines(member, "CR-19")[0].about["observable"] == "logon_failure"


# ---------------------------------------------------------------------------------------------- logons over the network


@pytest.mark.parametrize("behaviour", ["PE-04", "CR-19"])
def test_what_is_told_by_logons_over_the_network_needs_them_where_others_imply_them(behaviour: str) -> None:
    signals = ("4624", "4624:LogonType", "4625", "4698")
    server = case([log(SECURITY, [WHOLE], (*signals, "5140"))])
    workstation = case([log(SECURITY, [WHOLE], signals)])
    whole = case([log(SECURITY, [WHOLE], (*signals, "5140", "4624:LogonType=3"))])
    (line,) = lines(server, behaviour)
    assert (line.verdict, line.reason, line.about["observable"]) == ("cannot_tell", "hole", "network_logon")
    assert "no Security 4624 of type 3 (network), though other records show" in line.detail
    assert {record.shows for record in line.evidence} == {"first_record", "last_record"}
    for coverage in (workstation, whole):
        assert [one.verdict for one in lines(coverage, behaviour)] == ["not_observed"]


# ----------------------------------------------------------------------------------------------------- what was found


def test_findings_cut_the_period() -> None:
    own = [finding(days, SHADOW_COPY, level="high") for days in (2, 2.5, 4)]
    found = lines(case([log(SECURITY, [WHOLE], PROCESS)]), "CR-06", findings=own)
    assert said(found) == [
        (0, 2, "not_observed"), (2, 2.5, "observed"), (2.5, 4, "not_observed"), (4, 4, "observed"),
        (4, 7, "not_observed"),
    ]  # fmt: skip
    assert (found[1].about["findings"], found[1].about["level"]) == (2, "high")
    assert [record.record_id for record in found[1].evidence] == [7, 7]


def test_leads_are_told_beside_the_answer_they_do_not_change() -> None:
    rich = [log(channel, [WHOLE], ("4624", "4688", "4688:CommandLine", "1")) for channel in (SECURITY, SYSMON)]
    without = lines(case(rich), LEAD)
    found = lines(case(rich), LEAD, findings=[finding(2, LEAD_RULE)])
    assert said(found) == said(without)
    assert found[0].about["leads"] == 1
    assert "1 events beside it" in found[0].detail
    if found[0].verdict == "not_observed":
        assert {record.shows for record in found[0].evidence} == {"lead"}


def test_leads_are_told_of_the_part_that_they_are_in() -> None:
    logs = [log(SECURITY, [run(0, 2, 500, 600), run(3, 7, 650, 900)], PROCESS)]
    behaviour, rule = next(pair for pair in sorted(BEHAVIOURS.leads) if pair[0] == "CR-06")
    found = lines(case(logs), behaviour, findings=[finding(days, rule) for days in (1, 5, 6.5)])
    assert [(one.reason or one.verdict, one.about.get("leads", 0)) for one in found] == [
        ("not_observed", 1), ("hole", 0), ("not_observed", 2),
    ]  # fmt: skip


def test_findings_under_several_names_of_a_host_are_one() -> None:
    own = [finding(2, SHADOW_COPY), finding(2.2, SHADOW_COPY, host="WS1"), finding(2.4, SHADOW_COPY)]
    found = lines(case([log(SECURITY, [WHOLE], PROCESS)]), "CR-06", findings=own)
    assert [(one.verdict, one.about.get("findings")) for one in found] == [
        ("not_observed", None), ("observed", 3), ("not_observed", None),
    ]  # fmt: skip


def test_a_verdict_names_few_of_many_records() -> None:
    own = [finding(2 + number / 100, SHADOW_COPY, number=number) for number in range(50)]
    found = lines(case([log(SECURITY, [WHOLE], PROCESS)]), "CR-06", findings=own)
    assert [len(one.evidence) for one in found] == [0, VERDICT_EVIDENCE_LIMIT, 0]
    assert found[1].about["findings"] == 50


# ------------------------------------------------------------------------------------------------- hosts without logs


def named(number: int, *, member: bool = False) -> Sighting:
    return Sighting(f"PC-{number:05}", member, 3, at(1), at(2), "ws1.example", SECURITY, 0, 7)


def test_a_host_that_others_name_has_no_answers() -> None:
    found = [one for one in verdicts(case([log(SECURITY, [WHOLE])], sightings=[named(9)])) if one.host == "PC-00009"]
    assert {one.behaviour for one in found} == set(BEHAVIOURS.every)
    assert {(one.verdict, one.reason, one.since, one.until) for one in found} == {
        ("cannot_tell", "host_unknown", at(0), at(7))
    }
    assert {record.shows for one in found for record in one.evidence} == {"sighted"}
    assert not any(one.blind_spots for one in found)


def test_of_very_many_hosts_without_logs_those_with_an_account_count_first() -> None:
    sightings = [named(number, member=number >= 1_000) for number in range(1_000 + UNKNOWN_HOSTS_LIMIT - 1)]
    judge = judge_of(case([log(SECURITY, [WHOLE])], sightings=sightings))
    assert len(judge.unknown_hosts) == UNKNOWN_HOSTS_LIMIT
    assert judge.unlisted_hosts == 999
    assert [key[1] for key in judge.unknown_hosts[-2:]] == [f"pc-{1_000 + UNKNOWN_HOSTS_LIMIT - 2:05}", "pc-00000"]


# ------------------------------------------------------------------------------------------------------------- bounds


def test_of_very_many_hosts_those_with_most_events_are_judged_and_the_rest_is_counted() -> None:
    logs = [log(SYSTEM, [run(0, 7, 1, 9 + number % 7)], host=f"h{number:05}") for number in range(JUDGED_HOSTS_LIMIT)]
    logs += [log(SYSTEM, [run(0, 7, 1, 99)], host=f"z{number}") for number in range(3)]
    judge = judge_of(case(logs))
    assert (len(judge.hosts), judge.unjudged_hosts) == (JUDGED_HOSTS_LIMIT, 3)
    assert [host.name for host in judge.hosts][-3:] == ["z0", "z1", "z2"]
    left_out = {own.host for own in logs} - {host.name for host in judge.hosts}
    assert left_out == {f"h{number:05}" for number in (1_988, 1_981, 1_995)}


def test_a_log_full_of_clearings_has_few_parts() -> None:
    runs = [run(number / 100, number / 100 + 0.005, 1, 9) for number in range(700)]
    marks = [cleared(number / 100, 1) for number in range(1, 700)]
    found = lines(case([log(SECURITY, runs)], landmarks=marks), "DE-01")
    assert len(found) <= 2 * HOLES_APART_LIMIT
    assert any(one.reason == "cleared" for one in found)
    middle = next(one for one in found if one.since <= at(3.3) < one.until)
    assert middle.reason == "cleared"
    assert {record.shows for record in middle.evidence} >= {"cleared"}


def test_a_hundred_thousand_clearings_and_changes_take_seconds() -> None:
    fields = (
        ("SubcategoryGuid", "{0CCE922B-69AE-11D9-BED3-505054503030}"),
        ("AuditPolicyChanges", "%%8449"),
    )
    marks = [cleared(number / 20_000, 1) for number in range(100_000)]
    marks += [
        Landmark(at(number / 20_000), "ws1.example", SECURITY, 4719, 0, 3, fields=fields) for number in range(100_000)
    ]
    runs = [run(number / 200, number / 200 + 0.001, 1, 9) for number in range(1_000)]
    coverage = case([log(SECURITY, runs, PROCESS), log(SYSTEM, [WHOLE])], landmarks=marks)
    start = time.process_time()
    assert len(verdicts(coverage)) < 200_000
    assert time.process_time() - start < 20


def test_three_hundred_hosts_take_seconds() -> None:
    logs = [
        log(channel, [run(0, 3, 500, 640), run(3.2, 7, 700, 900)], (*PROCESS, "1", "11"), host=f"h{number}.example")
        for number in range(40)
        for channel in (SECURITY, SYSTEM, SYSMON)
    ]
    start = time.process_time()
    assert verdicts(case(logs))
    # 300 hosts are to take ten seconds on a slow machine.
    assert (time.process_time() - start) / 40 * 300 < 30
