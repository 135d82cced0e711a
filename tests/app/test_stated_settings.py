"""What files of settings mean for hosts: whose they are, and what is not believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.settings import files
from yadorigi.app.stated_settings import StatedSettings, stated_settings
from yadorigi.ingest.discover import discover
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.coverage import CollectedLog, NumberedRun

EVENT = '{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-01-01T00:00:00Z"}}}}}\n'
TIME = "2026-01-01T00:00:00.0000000Z"


def stated(folder: Path, texts: dict[str, str], hosts: dict[str, str]) -> StatedSettings:
    """Write files, and logs of which each is one host's, and ask."""
    for name, text in {**texts, **dict.fromkeys(hosts, EVENT)}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-16" if name.endswith(".xml") else "utf-8")
    inputs = discover([str(folder)]).files
    logs = [
        CollectedLog(hosts[name], "Security", [NumberedRun(file.number, 1, 1, TIME, TIME, TIME, TIME, 1)])
        for file in inputs
        if (name := Path(file.name).relative_to(folder).as_posix()) in hosts
    ]
    return stated_settings(inputs, load_behaviours(), {None: list(logs)})


def said(found: StatedSettings) -> dict[tuple[str, str], bool]:
    return {(one.host, one.setting): one.on for one in found.settings.get(None, ())}


def test_settings_files_are_inputs_that_hold_no_events(tmp_path: Path) -> None:
    (tmp_path / "auditpol.csv").write_text(files.AUDITPOL_LIST, encoding="utf-8")
    (file,) = discover([str(tmp_path)]).files
    assert (file.source, file.is_log, file.is_settings) == ("auditpol", False, True)
    assert file.reason == "an audit policy as auditpol lists it"


def test_a_file_that_names_its_host(tmp_path: Path) -> None:
    found = stated(tmp_path, {"a.csv": files.AUDITPOL_LIST}, {"x.jsonl": "dc01.corp.example", "y.jsonl": "jump01"})
    assert said(found) == {
        ("DC01", "process_creation"): True,
        ("DC01", "logon"): True,
        ("DC01", "logon_failure"): True,
        ("DC01", "other_object_access"): False,
    }
    assert found.warnings == []


def test_a_file_without_a_host_is_that_of_the_logs_beside_it(tmp_path: Path) -> None:
    texts = {"dc01/auditpol.txt": files.AUDITPOL_TEXT, "jump01/sub/audit.reg": files.REGISTRY}
    found = stated(tmp_path, texts, {"dc01/x.jsonl": "dc01", "jump01/y.jsonl": "jump01"})
    assert said(found) == {
        ("dc01", "process_creation"): True,
        ("dc01", "logon"): True,
        ("dc01", "logon_failure"): True,
        ("dc01", "other_object_access"): False,
        ("dc01", "security_system_extension"): False,
        ("jump01", "process_command_line"): True,
        ("jump01", "script_block_logging"): False,
        ("jump01", "task_scheduler_channel"): True,
    }
    assert [(one.host, one.channel, one.size, one.full) for one in found.logs[None]] == [
        ("jump01", "Security", 20 * 1024**2, "overwrite")
    ]


@pytest.mark.parametrize("hosts", [{}, {"x.jsonl": "dc01", "y.jsonl": "jump01"}])
def test_a_file_that_could_be_anybodys_is_not_used(tmp_path: Path, hosts: dict[str, str]) -> None:
    found = stated(tmp_path, {"auditpol.txt": files.AUDITPOL_TEXT}, hosts)
    assert found.settings == {}
    ((_, warning),) = found.warnings
    assert warning.kind == "notice"
    assert "does not say which computer" in warning.reason


def test_a_policy_of_the_whole_domain_counts_for_all_and_another_does_not(tmp_path: Path) -> None:
    hosts = {"x.jsonl": "dc01"}
    found = stated(tmp_path / "whole", {"gpo.xml": files.gpo_report()}, hosts)
    assert said(found) == {("", "other_object_access"): True}
    assert "counts for all hosts" in found.warnings[0][1].reason
    part = stated(tmp_path / "part", {"gpo.xml": files.gpo_report(link="corp.example/Servers")}, hosts)
    assert part.settings == {}
    assert "not used" in part.warnings[0][1].reason


def test_what_files_contradict_is_not_on(tmp_path: Path) -> None:
    on, off = files.gpo_report(value=3), files.gpo_report(value=0).replace("6AC1786C", "00000000")
    for name, texts in {"a": (on, off), "b": (off, on)}.items():
        found = stated(tmp_path / name, {"1.xml": texts[0], "2.xml": texts[1]}, {"x.jsonl": "dc01"})
        assert said(found) == {("", "other_object_access"): False}


def test_a_policys_own_file_says_nothing_about_computers(tmp_path: Path) -> None:
    name = "SYSVOL/corp/Policies/{31B2F340-016D-11D2-945F-00C04FB984F9}/MACHINE/Microsoft/Windows NT/Audit/audit.csv"
    found = stated(tmp_path, {name: files.AUDITPOL_LIST.replace("DC01", "")}, {"x.jsonl": "dc01"})
    assert found.settings == {}
    assert "does not say which computers it reaches" in found.warnings[0][1].reason


def test_damage_is_told_as_damage(tmp_path: Path) -> None:
    found = stated(tmp_path, {"dc01/gpresult.xml": files.GPRESULT[:-100]}, {"dc01/x.jsonl": "dc01"})
    assert [warning.kind for _, warning in found.warnings] == ["file"]
    (tmp_path / "gone").mkdir()
    (tmp_path / "gone" / "a.csv").write_text(files.AUDITPOL_LIST, encoding="utf-8")
    inputs = discover([str(tmp_path / "gone")]).files
    (tmp_path / "gone" / "a.csv").unlink()
    ((_, warning),) = stated_settings(inputs, load_behaviours(), {}).warnings
    assert (warning.kind, warning.reason) == ("file", "cannot be read: No such file or directory")
