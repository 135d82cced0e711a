"""What to switch on first: what makes most pairs of a behaviour and a host answerable."""

from __future__ import annotations

import msgspec

from tests.audits.synthetic_case import DC, FS, OVERVIEW, facts, verdict, verdicts
from yadorigi.audits.setting_standings import needed_settings
from yadorigi.audits.settings_audit import audit_settings
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.overview import SettingState

CONTENT = load_behaviours()


def test_settings_are_ranked_by_what_they_would_make_answerable() -> None:
    found = audit_settings(facts(), CONTENT)
    first = found.settings[0]
    assert (first.setting, first.pairs, first.behaviours) == ("process_creation", 3, ("CR-06", "CR-10", "CR-11"))
    assert first.off_hosts == (FS,)
    assert [one.pairs for one in found.settings] == sorted((one.pairs for one in found.settings), reverse=True)


def test_what_can_be_told_already_counts_for_nothing() -> None:
    told = [one for one in verdicts() if (one.behaviour, one.host) != ("CR-10", FS)] + [verdict("CR-10", FS)]
    assert audit_settings(facts(told), CONTENT).settings[0].pairs == 2


def test_each_pair_that_a_setting_answers_needs_it() -> None:
    found = facts()
    for host in found.overview.hosts:
        for state in host.settings:
            for behaviour in state.answers:
                parts = found.cells[behaviour, host.site, host.host].parts
                assert all(state.setting in part.about["needs"] for part in parts if part.verdict == "cannot_tell")


def test_hosts_tell_what_they_record_and_keep() -> None:
    found = audit_settings(facts(), CONTENT)
    assert found.hosts_without_logs == 1
    dc, fs = found.hosts
    assert (dc.host, dc.answerable, fs.answerable) == (DC, 1.0, 0.0)
    assert {state.setting for state in fs.settings} >= {"process_creation", "process_command_line"}
    assert "Microsoft-Windows-Sysmon/Operational" in fs.absent
    assert "Security" not in fs.absent
    assert [(log.host, log.channel) for log in found.short_logs] == [(FS, "Security"), (DC, "Security")]
    assert [step.kind for step in found.steps] == ["hosts"]


def test_settings_that_matter_to_nothing_are_left_out() -> None:
    needed = needed_settings(CONTENT)
    assert {"process_creation", "process_command_line", "sysmon"} <= needed
    odd = msgspec.structs.replace(
        OVERVIEW.hosts[0], settings=(SettingState("directory_field_engineering", False, "default"),)
    )
    overview = msgspec.structs.replace(OVERVIEW, hosts=(odd,))
    listed = {one.setting for one in audit_settings(facts(overview=overview), CONTENT).settings}
    assert listed <= needed
