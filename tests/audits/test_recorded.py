"""When events would have been written: one case a rule of docs/verdict-model.md, "Was it recorded?"."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from yadorigi.audits.estate import Estate
from yadorigi.audits.kept import KeptLogs
from yadorigi.audits.recorded import Recordings
from yadorigi.audits.timeline import Stretch
from yadorigi.limits import HOLES_APART_LIMIT
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.coverage import CollectedLog, Coverage, Landmark, StatedSetting

from .logs import DAY, SECURITY, START, SYSMON, SYSTEM, at, case, hours, log, run

BEHAVIOURS = load_behaviours()
HOST = "ws1.example"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
TASKS = "Microsoft-Windows-TaskScheduler/Operational"
WHOLE = run(0, 7, 500, 900)
Part = tuple[float, float, str, str]


def parts(coverage: Coverage, leaf: str, host: str = HOST) -> list[Part]:
    """Return start and end in days, "on" or why not, and what says so."""
    period = Stretch(START, START + 7 * DAY)
    estate = Estate(coverage)
    own = estate.hosts[None, host]
    kept = KeptLogs(estate, period).kept(own, BEHAVIOURS.observables[leaf].channel.casefold())
    assert kept is not None
    recorded = Recordings(estate, BEHAVIOURS, period).recorded(own, leaf, kept)
    return [
        (round((start - START) / DAY, 2), round((end - START) / DAY, 2), one.reason or "on", one.known_by)
        for start, end, one in recorded.parts()
    ]


def policy(days: float, setting: str, *, on: bool, said: str = "", host: str = HOST) -> Landmark:
    """Return the record of a change of the audit policy."""
    words = said or ("%%8449" if on else "%%8448")
    guid = f"{{{BEHAVIOURS.settings[setting].subcategory.upper()}}}"
    fields = (("SubcategoryGuid", guid), ("AuditPolicyChanges", words))
    return Landmark(at(days), host, SECURITY, 4719, 0, round(days * 100), fields=fields)


def security(*signals: str) -> CollectedLog:
    return log(SECURITY, [WHOLE], signals)


def partly(signals: dict[str, Sequence[tuple[float, float]]]) -> CollectedLog:
    """Return a Security log with events in all hours, of some signals in some days only."""
    spans = {signal: hours(*own) for signal, own in signals.items()}
    return CollectedLog(HOST, SECURITY, [WHOLE], hours={"0": hours((0, 7)), **spans})


def stated(setting: str, *, on: bool, host: str = HOST) -> StatedSetting:
    return StatedSetting(host, setting, on, 0)


def test_what_windows_always_writes_was_recorded() -> None:
    assert parts(case([security()]), "security_log_cleared") == [(0, 7, "on", "default")]


# ------------------------------------------------------------------------------------------------------------- steady


def test_steady_events_that_are_there_were_recorded() -> None:
    assert parts(case([security("4624")]), "logon") == [(0, 7, "on", "events")]


def test_steady_events_that_are_not_there_were_not_recorded_whatever_files_state() -> None:
    coverage = case([security()], settings=[stated("logon", on=True)])
    assert parts(coverage, "logon") == [(0, 7, "never_audited", "events")]


def test_steady_events_were_recorded_from_the_first_to_the_last() -> None:
    before, there, behind = parts(case([partly({"4688": [(2, 5)]})]), "security_process")
    assert [part[2] for part in (before, there, behind)] == ["never_audited", "on", "never_audited"]
    assert there[:2] == pytest.approx((2, 5), abs=0.05)


def test_steady_events_that_fall_silent_against_their_rhythm_are_a_hole() -> None:
    coverage = case([partly({"4688": [(0, 4), (5, 7)]})])
    assert parts(coverage, "security_process") == [
        (0, 3.96, "on", "events"), (3.96, 5.04, "hole", "events"), (5.04, 7, "on", "events"),
    ]  # fmt: skip


def test_a_field_that_is_empty_in_all_events_is_absent() -> None:
    coverage = case([security("4688")], settings=[stated("process_command_line", on=True)])
    assert parts(coverage, "security_process_command") == [(0, 7, "field_absent", "events")]
    assert parts(coverage, "security_process") == [(0, 7, "on", "events")]


def test_a_field_that_is_filled_from_a_day_on_was_absent_before_it() -> None:
    found = parts(case([partly({"4688": [(0, 7)], "4688:CommandLine": [(3, 7)]})]), "security_process_command")
    assert [reason for *_, reason, _ in found][-1] == "on"
    assert found[0][2] != "on"
    assert found[0][1] == pytest.approx(3, abs=0.1)


def test_a_steady_setting_switched_off_is_off_from_that_moment() -> None:
    marks = [policy(4.25, "process_creation", on=False)]
    found = parts(case([partly({"4688": [(0, 4.25)]})], landmarks=marks), "security_process")
    assert found == [(0, 4.25, "on", "events"), (4.25, 7, "never_audited", "policy_change")]


def test_a_steady_setting_switched_on_is_on_from_that_moment() -> None:
    marks = [policy(3.1, "process_creation", on=True)]
    found = parts(case([partly({"4688": [(3.1, 7)]})], landmarks=marks), "security_process")
    assert found[:1] == [(0, 3.1, "never_audited", "policy_change")]
    assert {reason for *_, reason, _ in found[1:]} == {"on"}


# --------------------------------------------------------------------------------- steady events of which some count

LOGON = ("4624", "4624:LogonType")
NETWORK = "4624:LogonType=3"
GONE = [(0, 7, "hole", "other_events")]
THERE = [(0, 7, "on", "events")]


@pytest.mark.parametrize("sign", ["5140", "5145", "4634:LogonType=3", "4768"])
def test_logons_over_the_network_are_missing_where_other_records_cannot_be_without_them(sign: str) -> None:
    assert parts(case([security(*LOGON, sign)]), "network_logon") == GONE
    assert parts(case([security(*LOGON, NETWORK, sign)]), "network_logon") == THERE
    assert parts(case([security(*LOGON, sign)]), "logon") == THERE


def test_a_controller_by_another_log_has_logons_over_the_network() -> None:
    assert parts(case([security(*LOGON), log("Directory Service", [WHOLE])]), "network_logon") == GONE


def test_where_nothing_implies_logons_over_the_network_there_need_be_none() -> None:
    for signals in (LOGON, (*LOGON, "4634:LogonType"), (*LOGON, "4698")):
        assert parts(case([security(*signals)]), "network_logon") == THERE
    few = partly({"4624": [(0, 7)], "4624:LogonType": [(0, 7)], NETWORK: [(2, 2.1)]})
    assert parts(case([few]), "network_logon") == THERE


def test_where_no_logon_is_recorded_or_none_has_a_type_it_is_that_which_is_told() -> None:
    assert parts(case([security("5140")]), "network_logon") == [(0, 7, "never_audited", "events")]
    assert parts(case([security("4624", "5140")]), "network_logon") == [(0, 7, "field_absent", "events")]


def serving(network: Sequence[tuple[float, float]], shares: Sequence[tuple[float, float]]) -> Coverage:
    """Return a log with logons in every hour, over the network in some days, and shares opened in some."""
    always = {signal: [(0.0, 7.0)] for signal in LOGON}
    return case([partly({**always, NETWORK: network, "5140": shares})])


def test_logons_over_the_network_that_cease_are_missing_from_the_last_of_them() -> None:
    assert parts(serving([(0, 3)], [(0, 7)]), "network_logon") == [
        (0, 2.96, "on", "events"), (2.96, 7, "hole", "other_events"),
    ]  # fmt: skip
    assert parts(serving([(0, 3), (5, 7)], [(0, 7)]), "network_logon") == [
        (0, 2.96, "on", "events"), (2.96, 5.04, "hole", "other_events"), (5.04, 7, "on", "events"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("network", "shares"),
    [
        ([], [(0, 2 / 24)]),  # two hours: the session may be older than the log
        ([(0, 3), (3.9, 7)], [(0, 7)]),  # one session may last that long
        ([(0, 3), (5, 7)], [(0, 3), (4, 4.2)]),
    ],
)
def test_a_session_may_be_older_than_what_happens_in_it(
    network: Sequence[tuple[float, float]], shares: Sequence[tuple[float, float]]
) -> None:
    assert parts(serving(network, shares), "network_logon") == THERE


def test_logons_over_the_network_may_lie_in_a_gap() -> None:
    both: list[tuple[float, float]] = [(0, 3), (5, 7)]
    made = {signal: hours(*both) for signal in ("0", *LOGON, "5140")} | {NETWORK: hours((0, 2.5), (5.5, 7))}
    coverage = case([CollectedLog(HOST, SECURITY, [run(0, 3, 500, 600), run(5, 7, 700, 900)], hours=made)])
    assert "other_events" not in {part[-1] for part in parts(coverage, "network_logon")}


# --------------------------------------------------------------------------------------------------------------- rare


@pytest.mark.parametrize("on", [True, False])
def test_a_change_of_the_policy_says_what_was_before_it_and_behind_it(on: bool) -> None:
    coverage = case([security()], landmarks=[policy(3, "other_object_access", on=on)])
    before, behind = ("never_audited", "on") if on else ("on", "never_audited")
    assert parts(coverage, "security_task") == [(0, 3, before, "policy_change"), (3, 7, behind, "policy_change")]


def test_a_change_of_another_subcategory_or_of_failures_says_nothing() -> None:
    marks = [policy(3, "file_share", on=True), policy(4, "other_object_access", on=True, said="%%8451")]
    assert parts(case([security()], landmarks=marks), "security_task") == [(0, 7, "never_audited", "default")]


def test_failures_have_changes_of_their_own() -> None:
    coverage = case([security("4624")], landmarks=[policy(3, "logon_failure", on=True, said="%%8449, %%8451")])
    assert parts(coverage, "logon_failure") == [
        (0, 3, "never_audited", "policy_change"), (3, 7, "on", "policy_change"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Success Added", "on"),
        ("成功の追加", "on"),
        ("Success removed", "never_audited"),
        ("成功の削除", "never_audited"),
    ],
)
def test_changes_in_words_are_understood(said: str, reason: str) -> None:
    marks = [policy(3, "other_object_access", on=True, said=said)]
    assert parts(case([security()], landmarks=marks), "security_task")[-1][2] == reason


def test_on_off_and_on_again() -> None:
    marks = [policy(days, "file_share", on=on) for days, on in ((1, True), (2, False), (5, True))]
    found = parts(case([security()], landmarks=marks), "share")
    assert [(start, end, reason) for start, end, reason, _ in found] == [
        (0, 1, "never_audited"), (1, 2, "on"), (2, 5, "never_audited"), (5, 7, "on"),
    ]  # fmt: skip


def test_what_was_switched_a_thousand_times_was_on_for_sure_behind_the_last_time_only() -> None:
    marks = [policy(1 + number / 1_000, "file_share", on=number % 2 == 0) for number in range(1_001)]
    assert len(marks) > HOLES_APART_LIMIT
    found = parts(case([security()], landmarks=marks), "share")
    assert [(start, end, reason) for start, end, reason, _ in found] == [(0, 2, "never_audited"), (2, 7, "on")]


def test_changes_that_were_too_many_to_keep_leave_nothing_for_sure() -> None:
    coverage = case([security("4698")], landmarks=[policy(1, "file_share", on=True)], settings=[
        stated("other_object_access", on=True)])  # fmt: skip
    coverage.hunts[0].beyond.append("landmarks")
    assert {reason for *_, reason, _ in parts(coverage, "share")} == {"never_audited"}
    assert {reason for *_, reason, _ in parts(coverage, "security_task")} == {"never_audited"}


def test_events_of_the_same_setting_say_that_it_was_on() -> None:
    assert parts(case([security("5142")]), "share") == [(0, 7, "on", "events")]


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize("host", [HOST, "WS1", ""])
def test_files_of_settings_say_what_was_on(on: bool, host: str) -> None:
    coverage = case([security()], settings=[stated("file_share", on=on, host=host)])
    assert parts(coverage, "share") == [(0, 7, "on" if on else "never_audited", "settings_file")]


def test_files_about_another_host_say_nothing() -> None:
    coverage = case([security()], settings=[stated("file_share", on=True, host="ws2.example")])
    assert parts(coverage, "share") == [(0, 7, "never_audited", "default")]


def test_of_files_that_contradict_each_other_the_one_that_says_off_counts() -> None:
    for order in ((True, False), (False, True)):
        coverage = case([security()], settings=[stated("file_share", on=on) for on in order])
        assert parts(coverage, "share") == [(0, 7, "never_audited", "settings_file")]


def test_a_file_about_the_host_counts_before_one_about_all() -> None:
    both = [stated("file_share", on=False, host=""), stated("file_share", on=True)]
    assert parts(case([security()], settings=both), "share") == [(0, 7, "on", "settings_file")]


def test_the_log_counts_before_files() -> None:
    coverage = case([security("5140")], settings=[stated("file_share", on=False)])
    assert parts(coverage, "share") == [(0, 7, "on", "events")]


# ----------------------------------------------------------------------------------------------------------- defaults


def test_defaults_go_by_what_the_host_is() -> None:
    controller = log(SECURITY, [WHOLE], ("4624", "4768"))
    assert parts(case([controller]), "ntlm_validation") == [(0, 7, "on", "default")]
    # Nothing says whether it is a server or a client, and clients do not audit it.
    assert parts(case([security("4624")]), "ntlm_validation") == [(0, 7, "never_audited", "default")]
    assert parts(case([security("4624")]), "account_changed") == [(0, 7, "on", "default")]


def test_a_log_of_the_directory_makes_a_controller() -> None:
    coverage = case([security("4624"), log("Directory Service", [WHOLE])])
    assert parts(coverage, "ntlm_validation") == [(0, 7, "on", "default")]


# ------------------------------------------------------------------------------- objects, products, channels, scripts


@pytest.mark.parametrize("how", ["policy", "file", "same setting"])
def test_an_object_has_to_ask_for_its_events_whatever_the_policy_says(how: str) -> None:
    marks = [policy(1, "directory_service_access", on=True)] if how == "policy" else []
    settings = [stated("directory_service_access", on=True)] if how == "file" else []
    signals = ("4624", "4768", "4661") if how == "same setting" else ("4624", "4768")
    coverage = case([log(SECURITY, [WHOLE], signals)], landmarks=marks, settings=settings)
    assert {reason for *_, reason, _ in parts(coverage, "directory_access")} == {"never_audited"}


def test_an_object_whose_events_are_there_asked_for_them() -> None:
    controller = log(SECURITY, [WHOLE], ("4624", "4768", "4662"))
    assert parts(case([controller]), "directory_access") == [(0, 7, "on", "events")]
    off = case([controller], landmarks=[policy(3, "directory_service_access", on=False)])
    assert [part[2] for part in parts(off, "directory_access")] == ["on", "never_audited"]


def test_sysmon_counts_by_its_events() -> None:
    coverage = case([log(SYSMON, [WHOLE], ("1", "11"))])
    assert parts(coverage, "sysmon_process") == [(0, 7, "on", "events")]
    assert parts(coverage, "sysmon_file") == [(0, 7, "on", "events")]
    assert parts(coverage, "sysmon_process_access")[0][2] == "never_audited"


def test_a_channel_that_is_off_by_default_is_on_where_its_events_are() -> None:
    leaf = next(name for name, one in BEHAVIOURS.observables.items() if one.setting == "task_scheduler_channel")
    assert parts(case([log(TASKS, [WHOLE])]), leaf) == [(0, 7, "on", "events")]


def test_script_blocks_of_every_script_are_needed() -> None:
    some, every = (log(POWERSHELL, [WHOLE], signals) for signals in (("4104",), ("4104", "4104:every script block")))
    assert parts(case([every]), "script_block") == [(0, 7, "on", "events")]
    assert parts(case([some]), "script_block") == [(0, 7, "never_audited", "events")]
    for on, expected in ((True, "on"), (False, "never_audited")):
        coverage = case([some], settings=[stated("script_block_logging", on=on)])
        assert parts(coverage, "script_block") == [(0, 7, expected, "settings_file")]


def test_a_host_without_tickets_is_no_controller_by_its_system_log() -> None:
    assert Estate(case([log(SYSTEM, [WHOLE])])).hosts[None, HOST].role is None
