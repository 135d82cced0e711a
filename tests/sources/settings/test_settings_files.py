"""Files of settings: recognised by what they hold, read in any encoding, and never believed beyond what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.settings import files
from yadorigi.sources.registry import recognise
from yadorigi.sources.settings.contract import STATEMENTS_LIMIT, Statement
from yadorigi.sources.settings.read_settings import read_settings_file, recognise_settings

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
AUDITED = {
    files.PROCESS_CREATION: (True, False),
    files.LOGON: (True, True),
    files.TASKS: (False, False),
}


def audited(statements: list[Statement]) -> dict[str, tuple[bool, bool]]:
    return {one.name: (one.success, one.failure) for one in statements if one.kind == "audit" and one.name in AUDITED}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in files.ALL.items() for text in texts])
def test_files_are_recognised_by_what_they_hold(kind: str, text: str, encoding: str) -> None:
    data = text.replace("\n", "\r\n").encode(encoding)
    assert recognise(data, "x.txt").source is None
    assert recognise_settings(data[:8_192], "x.txt") == kind
    assert recognise_settings(data[:8_191], "x.txt") == kind
    stated = read_settings_file(data, kind)
    assert stated.statements
    plain = read_settings_file(text.encode(), kind)
    assert [(one.kind, one.name) for one in stated.statements] == [(one.kind, one.name) for one in plain.statements]


@pytest.mark.parametrize("text", files.ALL["auditpol"])
def test_auditpol_says_what_is_audited(text: str) -> None:
    stated = read_settings_file(text.encode(), "auditpol")
    assert audited(stated.statements) == AUDITED
    assert stated.host == ("DC01" if "DC01" in text else "")
    assert stated.problems == []


@pytest.mark.parametrize("text", [files.AUDITPOL_LIST_JA, files.AUDITPOL_TEXT_JA])
def test_a_japanese_windows_writes_its_code_page(text: str) -> None:
    data = text.replace("\n", "\r\n").encode("cp932")
    assert recognise_settings(data, "") == "auditpol"
    assert audited(read_settings_file(data, "auditpol").statements) == AUDITED


def test_words_of_an_unknown_language_are_told_and_not_guessed() -> None:
    text = files.AUDITPOL_LIST.replace("Success and Failure", "Lyckade och misslyckade").replace("No Auditing", "Ingen")
    assert recognise_settings(text.encode(), "") == "auditpol"
    stated = read_settings_file(text.encode(), "auditpol")
    assert audited(stated.statements) == {files.PROCESS_CREATION: (True, False)}
    assert len(stated.problems) == 2
    assert "no language that is known" in stated.problems[0]


def test_number_and_words_that_contradict_each_other_say_nothing() -> None:
    text = files.AUDITPOL_BACKUP.replace("Réussite,,1", "No Auditing,,1")
    assert files.PROCESS_CREATION not in audited(read_settings_file(text.encode(), "auditpol").statements)


def test_lists_of_several_computers_in_one_file() -> None:
    text = files.AUDITPOL_LIST + files.AUDITPOL_LIST.replace("DC01", "JUMP01").replace("Success,", "No Auditing,")
    stated = read_settings_file(text.encode(), "auditpol")
    assert stated.host == ""
    assert {(one.host, one.success) for one in stated.statements if one.name == files.PROCESS_CREATION} == {
        ("DC01", True),
        ("JUMP01", False),
    }


def test_other_delimiters() -> None:
    for delimiter in ";\t":
        text = files.AUDITPOL_LIST.replace(",", delimiter)
        assert recognise_settings(text.encode(), "") == "auditpol"
        assert audited(read_settings_file(text.encode(), "auditpol").statements) == AUDITED
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in files.AUDITPOL_LIST.splitlines())
    assert audited(read_settings_file(quoted.encode(), "auditpol").statements) == AUDITED


def test_the_result_of_policies_is_the_one_with_precedence() -> None:
    stated = read_settings_file(files.GPRESULT.encode("utf-16"), "gpresult")
    assert stated.host == "DC01"
    assert stated.problems == []
    assert audited(stated.statements) == {files.PROCESS_CREATION: (False, False)}
    others = {(one.kind, one.name): one.value for one in stated.statements if one.kind != "audit"}
    assert others == {
        ("policy", "Turn on PowerShell Script Block Logging"): 1,
        ("log_size", "Security"): 1024**3,
        ("registry", r"HKLM\Software\Policies\Microsoft\Windows\PowerShell\ModuleLogging\EnableModuleLogging"): 1,
        ("log_size", "System"): 32 * 1024**2,
    }


@pytest.mark.parametrize(
    ("report", "held_back"),
    [
        (files.gpo_report(), ""),
        (files.gpo_report(link="corp.example/Domain Controllers"), "parts of the domain"),
        (files.gpo_report(enabled="false"), "switched off"),
        (files.gpo_report(more="<FilterName>only laptops</FilterName>"), "WMI filter"),
        (files.gpo_report().partition("<LinksTo>")[0] + "</GPO>", "linked nowhere"),
        (
            files.gpo_report(
                more="<SecurityDescriptor><Permissions><TrusteePermissions><Trustee><SID>S-1-5-21-1-2-3-1105</SID>"
                "</Trustee><Type><PermissionType>Allow</PermissionType></Type><Standard><GPOGroupedAccessEnum>"
                "Apply Group Policy</GPOGroupedAccessEnum></Standard></TrusteePermissions></Permissions>"
                "</SecurityDescriptor>"
            ),
            "some accounts only",
        ),
    ],
)
def test_a_report_says_whether_a_policy_reaches_all(report: str, held_back: str) -> None:
    stated = read_settings_file(report.encode(), "gpo_report")
    (policy,) = stated.policies.values()
    assert policy.name == "Audit all"
    assert held_back in policy.holds_back
    assert bool(policy.holds_back) is bool(held_back)
    assert audited(stated.statements) == {files.TASKS: (True, False)}
    assert {one.policy for one in stated.statements} == {policy.id}


def test_a_report_that_is_cut_off_is_damage_and_reaches_nobody() -> None:
    text = files.gpo_report().partition("<User>")[0]
    stated = read_settings_file(text.encode(), "gpo_report")
    assert stated.damaged
    assert "cannot be read to its end" in stated.problems[0]
    assert all(policy.holds_back for policy in stated.policies.values())


def test_entities_are_refused() -> None:
    bomb = '<!DOCTYPE GPO [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + files.gpo_report().partition("?>")[2]
    stated = read_settings_file(bomb.encode(), "gpo_report")
    assert stated.damaged
    assert "document type" in stated.problems[0]


def test_the_registry_says_values_and_sizes_and_texts_forge_nothing() -> None:
    stated = read_settings_file(files.REGISTRY.encode("utf-16"), "registry_export")
    assert stated.problems == []
    values = {one.name.rpartition("\\")[2]: one.value for one in stated.statements if one.kind == "registry"}
    assert values["ProcessCreationIncludeCmdLine_Enabled"] == 1
    assert values["EnableScriptBlockLogging"] == 0
    assert values["Enabled"] == 1
    assert "EnableModuleLogging" not in values
    logs = {(one.kind, one.name): one.value for one in stated.statements if one.kind.startswith("log_")}
    assert logs == {("log_size", "Security"): 20 * 1024**2, ("log_full", "Security"): "overwrite"}


def test_a_text_that_never_ends_ends_the_reading() -> None:
    text = files.REGISTRY.replace('in it"', "in it")
    stated = read_settings_file(text.encode(), "registry_export")
    assert stated.damaged
    assert "the rest is not used" in stated.problems[0]


def test_wevtutil() -> None:
    stated = read_settings_file(files.WEVTUTIL.encode(), "wevtutil")
    channel = "Microsoft-Windows-TaskScheduler/Operational"
    assert [(one.kind, one.value) for one in stated.statements] == [
        ("registry", 0),
        ("log_full", "overwrite"),
        ("log_size", 10 * 1024**2),
    ]
    assert all(channel in one.name for one in stated.statements)


def test_limits_are_told() -> None:
    row = files.AUDITPOL_LIST.splitlines()[3]
    stated = read_settings_file("\n".join([row] * (STATEMENTS_LIMIT + 1)).encode(), "auditpol")
    assert len(stated.statements) == STATEMENTS_LIMIT
    assert any("not used" in problem for problem in stated.problems)
    bad = "\n".join(row.replace("Success", f"word{number}") for number in range(100))
    stated = read_settings_file(bad.encode(), "auditpol")
    assert (len(stated.problems), stated.unlisted_problems) == (20, 80)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just text",
        b"name: x\nkey: y\n",
        b"<html><body>GPO</body></html>",
        b'{"SubcategoryGuid":"{0CCE922B-69AE-11D9-BED3-505054503030}"}',
        b"\xff\xfe",
        b"<GPO xmlns='http://example.com'/>",
    ],
)
def test_other_files_are_none(data: bytes) -> None:
    assert recognise_settings(data, "auditpol.csv") == ""


def test_a_file_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(files.AUDITPOL_LIST, encoding="utf-16")
    assert len(read_settings_file(path, "auditpol").statements) == 3
