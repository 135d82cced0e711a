"""Hosts are judged by what logs of their kind can show: appliances by theirs, and nobody is asked for others'."""

from __future__ import annotations

import pytest

from yadorigi.schema.coverage import CollectedFile, CollectedLog

from .judging import BEHAVIOURS, lines, said, verdicts
from .logs import RULES, SECURITY, at, case, hours, log, run
from .test_found import finding

FILES = (CollectedFile("fgt.log", "a" * 64), CollectedFile("more.log", "b" * 64))
CHANGED = BEHAVIOURS.rule_ids["fortigate_account_changed"]
CRASHED = BEHAVIOURS.rule_ids["fortigate_sslvpnd_crash"]
BYPASSED = BEHAVIOURS.rule_ids["adselfservice_login_bypassed"]


def plain(channel: str, start: float = 0, end: float = 7, host: str = "fw1") -> CollectedLog:
    """Return a log of lines, which have no numbers."""
    return CollectedLog(host, channel, unnumbered=[(0, at(start), at(end), 400)], hours={"0": hours((start, end))})


def asked(*logs: CollectedLog, host: str = "fw1") -> set[str]:
    return {one.behaviour for one in verdicts(case(logs, files=FILES)) if one.host == host}


def test_an_appliance_with_its_log_is_answered() -> None:
    coverage = case([plain("fortigate/system")], files=FILES)
    assert said(lines(coverage, "IA-13", "fw1")) == [(0, 7, "not_observed")]
    found = said(lines(coverage, "IA-13", "fw1", [finding(3, CHANGED, host="fw1")]))
    assert found == [(0, 3, "not_observed"), (3, 3, "observed"), (3, 7, "not_observed")]


def test_what_its_log_shows_in_part_is_told_where_it_was_found() -> None:
    coverage = case([plain("fortigate/system")], files=FILES)
    found = lines(coverage, "IA-01", "fw1", [finding(3, CRASHED, host="fw1")])
    assert said(found) == [(0, 3, "not_examined"), (3, 3, "observed"), (3, 7, "not_examined")]
    assert found[0].action == BEHAVIOURS.every["IA-01"].beyond.en


def test_the_log_must_be_there_for_the_time() -> None:
    parts = said(lines(case([plain("fortigate/system", 0, 3)], files=FILES), "IA-13", "fw1"))
    assert parts == [(0, 3, "not_observed"), (3, 7, "not_collected")]


def test_another_log_of_the_appliance_is_asked_for() -> None:
    (line,) = lines(case([plain("fortigate/traffic")], files=FILES), "IA-13", "fw1")
    assert (line.verdict, line.reason) == ("cannot_tell", "not_collected")
    assert line.about["needs"] == ["channel:fortigate/system"]
    assert "FortiGate, system events" in line.action
    assert "wevtutil" not in line.action


def test_the_rules_must_have_been_loaded() -> None:
    rules = [rule for rule in RULES if rule != CHANGED]
    (line,) = lines(case([plain("fortigate/system")], rules=rules, files=FILES), "IA-13", "fw1")
    assert (line.verdict, line.reason) == ("cannot_tell", "rule_not_loaded")


def test_nobody_asks_an_appliance_about_those_of_other_makers_or_about_windows() -> None:
    own = asked(plain("fortigate/system"), plain("fortigate/vpn"))
    assert own >= {"IA-01", "IA-07", "IA-08", "IA-13", "IA-14", "CR-19"}
    assert own & {"IA-02", "IA-03", "IA-04", "DE-01", "CR-01"} == set()
    assert asked(plain("panos_gpsvc/gpsvc")) >= {"IA-03"}
    assert "IA-01" not in asked(plain("panos_gpsvc/gpsvc"))


def test_a_web_server_is_asked_about_web_shells_and_of_products_only_where_something_was_found() -> None:
    web = plain("web_access/request", host="www1")
    assert asked(web, host="www1") == {"PE-02", "C2-08"}
    found = said(lines(case([web], files=FILES), "IA-05", "www1", [finding(3, BYPASSED, host="www1")]))
    assert (3, 3, "observed") in found


@pytest.mark.parametrize("beside", [(), (plain("fortigate/system"),)])
def test_windows_hosts_are_judged_as_ever(beside: tuple[CollectedLog, ...]) -> None:
    coverage = case([log(SECURITY, [run(0, 7, 500, 900)]), *beside], files=FILES)
    assert {one.behaviour for one in verdicts(coverage) if one.host == "ws1.example"} == set(BEHAVIOURS.every)
    for behaviour in ("IA-01", "IA-03", "IA-13"):
        (line,) = lines(coverage, behaviour)
        assert (line.verdict, line.reason, line.about["channel"]) == ("cannot_tell", "not_examined", "")
        assert line.about["needs"] == []
    (line,) = lines(coverage, "CR-19")
    assert not any("fortigate" in need for need in line.about["needs"])


def test_a_web_server_on_windows_is_judged_by_both() -> None:
    both = [log(SECURITY, [run(0, 7, 500, 900)]), plain("iis/access", host="ws1.example")]
    shell = BEHAVIOURS.rule_ids["web_shell_known_name"]
    found = said(lines(case(both, files=FILES), "PE-02", findings=[finding(3, shell)]))
    assert (3, 3, "observed") in found
    assert lines(case(both, files=FILES), "DE-01")[0].verdict == "not_observed"
