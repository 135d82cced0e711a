"""Hunts over a case's events: rows become findings or tables, and what is not run is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from yadorigi.app.check_hunts import check_hunts
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.plan_hunts import ready_hunts
from yadorigi.app.run_detect import run_detect
from yadorigi.app.run_hunt import run_hunt
from yadorigi.errors import UsageError
from yadorigi.languages.known_hunts import digest_of, known_hunts
from yadorigi.packs.hunts import read_hunts

if TYPE_CHECKING:
    from pathlib import Path

RULE = """
title: One that does not match
logsource: {product: windows, service: sysmon}
detection: {selection: {EventID: 7}, condition: selection}
"""
PROGRAM = """
id = "program"
title = "A program"
language = "{language}"
level = "low"
attack = ["T1090"]
query = '''{query}'''
[parameters.name]
kind = "text"
value = "netsh.exe"
[[examples]]
table = "{table}"
row = {{ {column} = "NETSH.EXE", {kind} }}
found = true
[[examples]]
table = "{table}"
row = {{ {column} = "net.exe", {kind} }}
found = {wrong}
"""
XQL = {
    "language": "xql",
    "query": "config case_sensitive = false | dataset = xdr_data | filter event_type = ENUM.PROCESS"
    " and action_process_image_name = $name | fields _time, action_process_image_command_line",
    "table": "xdr_data",
    "column": "action_process_image_name",
    "kind": 'event_type = "PROCESS"',
}
KQL = {
    "language": "kql",
    "query": "DeviceProcessEvents | where FileName =~ name | summarize many = count() by DeviceName",
    "table": "DeviceProcessEvents",
    "column": "FileName",
    "kind": 'ActionType = "ProcessCreated"',
}


def event(number: int, image: str) -> dict[str, object]:
    return {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": 1,
                "TimeCreated": {"#attributes": {"SystemTime": f"2026-03-11T00:00:0{number}.000000Z"}},
                "EventRecordID": number,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "ws01.example.org",
            },
            "EventData": {
                "Image": f"C:\\Windows\\System32\\{image}",
                "CommandLine": f"{image} /all",
                "User": "EXAMPLE\\taro",
            },
        }
    }


SQL = r"""
id = "in-sql"
title = "A program"
language = "sql"
query = '''
SELECT file, record_id, host, channel, ticks, Image FROM sysmon_1
WHERE Image ILIKE '%\' || $name AND time > $begin AND $many + 1 = 3 AND $span = INTERVAL 1 DAY
'''
[parameters]
name = { kind = "text", value = "net.exe" }
begin = { kind = "time", value = "2026-03-01T00:00:00Z" }
many = { kind = "long", value = 2 }
span = { kind = "span", value = "24h" }
unused = { kind = "real", value = 1.5 }
[[examples]]
table = "sysmon_1"
row = { Image = 'C:\Windows\net.exe', time = "2026-03-11T00:00:00Z", record_id = 5, data = { Image = "net.exe" } }
found = true
[[examples]]
table = "sysmon_1"
row = { Image = 'C:\Windows\net.exe', time = "2026-02-11T00:00:00Z" }
found = true
[[examples]]
table = "sysmon_1"
row = { Imago = "" }
found = true
"""


def test_rows_become_findings_or_tables(tmp_path: Path) -> None:
    log, hunts, case = tmp_path / "log.jsonl", tmp_path / "hunts", tmp_path / "case"
    hunts.mkdir()
    log.write_bytes(b"\n".join(msgspec.json.encode(event(n, "netsh.exe" if n < 3 else "net.exe")) for n in range(1, 5)))
    (hunts / "program.toml").write_text(PROGRAM.format(**XQL, wrong="false"), "utf-8")
    (hunts / "counted.kql").write_text("// 説明: 数える\nDeviceProcessEvents | summarize many = count()", "utf-8")
    (hunts / "broken.kql").write_text("DeviceProcessEvents\n| evaluate bag_unpack(x)", "utf-8")
    (hunts / "late.sql").write_text("SELECT nothing FROM sysmon_1", "utf-8")
    rule = tmp_path / "rule.yml"
    rule.write_text(RULE, "utf-8")
    options = HuntOptions(
        (str(log),), (str(rule),), case=case, hunts=(str(hunts),), report=False, workers=1, indicators=()
    )
    outcome = run_hunt(options)
    told = outcome.summary.hunts
    assert told is not None
    assert (told.given, told.loaded, told.rows, told.not_run) == (4, 3, 3, "")
    assert {(one.id, one.rows, one.findings, one.results) for one in told.ran} == {
        ("program", 2, 2, None),
        ("counted", 1, 0, "hunts/counted.jsonl"),
    }
    assert {one.id: (one.line, "evaluate" in one.reason or "nothing" in one.reason) for one in told.unsupported} == {
        "broken": (2, True),
        "late": (None, True),
    }
    assert json.loads((case / "hunts" / "counted.jsonl").read_bytes()) == {"many": 4}
    assert not outcome.all_rules_loaded
    lines = [json.loads(line) for line in (case / "findings.jsonl").read_bytes().splitlines()]
    found = [line for line in lines if line["rule_id"] == "program"]
    assert [line["evidence"][0]["record_id"] for line in found] == [1, 2]
    assert found[0]["evidence"][0]["sha256"] == outcome.summary.inputs[0].sha256
    assert (found[0]["level"], found[0]["techniques"], found[0]["user"]) == ("low", ["T1090"], "EXAMPLE\\taro")
    assert found[0]["matched"]["action_process_image_command_line"] == "netsh.exe /all"
    assert found[0]["fields"]["Image"] == "C:\\Windows\\System32\\netsh.exe"

    (hunts / "in_sql.toml").write_text(SQL, "utf-8")
    again = HuntOptions(
        (), (), case=case, hunts=(str(hunts / "program.toml"), str(hunts / "in_sql.toml")), report=False, workers=1,
        indicators=(), parameters=("program.name=net.exe", "in-sql.name=net.exe"), since="2026-03-11T00:00:04.0000000Z",
    )  # fmt: skip
    told = run_detect(again).summary.hunts
    assert told is not None
    # Of two events with net.exe, one is of the period.
    assert [(one.id, one.findings) for one in told.ran] == [("program", 1), ("in-sql", 1)]
    lines = [json.loads(line) for line in (case / "findings.jsonl").read_bytes().splitlines()]
    assert sum(line["rule_id"] == "program" for line in lines) == 3, "what was found before stays"


def test_examples_are_tried(tmp_path: Path) -> None:
    (tmp_path / "right.toml").write_text(PROGRAM.format(**XQL, wrong="false"), "utf-8")
    (tmp_path / "wrong.toml").write_text(PROGRAM.replace('"program"', '"other"').format(**KQL, wrong="true"), "utf-8")
    checked = check_hunts([str(tmp_path)])
    (tmp_path / "sql.toml").write_text(SQL, "utf-8")
    of_sql = check_hunts([str(tmp_path / "sql.toml")])
    assert [why for _, why in of_sql.wrong] == [
        "example 2: its row is not found", "example 3: sysmon_1 has no column Imago"
    ]  # fmt: skip
    (tmp_path / "sql.toml").unlink()
    assert (checked.examples, checked.refused) == (4, ())
    assert checked.wrong == (("other", "example 2: its row is not found"),)
    with pytest.raises(UsageError, match=r"program\.name"):
        ready_hunts([str(tmp_path)], chosen=("program.other=x",))
    refused = ready_hunts([str(tmp_path)], chosen=("program.name=' or true",)).refused
    assert refused == (), "a value is a value, whatever stands in it"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('id = "a b"\ntitle = "t"\nlanguage = "xql"\nquery = "x"', "id has"),
        ('id = "a"\ntitle = "t"\nlanguage = "spl"\nquery = "x"', "language"),
        ('id = "a"\ntitle = "t"\nlanguage = "xql"', "no query"),
        ('id = "a"\ntitle = "t"\nlanguage = "xql"\nfile = "../x.xql"', "same folder"),
        ('id = "a"\ntitle = "t"\nlanguage = "xql"\nfile = "x.xql"', "no file x.xql"),
        ('id = "con"\ntitle = "t"\nlanguage = "sql"\nquery = "x"', "Windows"),
        ('id = "NUL.x"\ntitle = "t"\nlanguage = "sql"\nquery = "x"', "Windows"),
        ('id = "a."\ntitle = "t"\nlanguage = "sql"\nquery = "x"', "Windows"),
        ('id = "a"\ntitle = "t"\nlanguage = "xql"\nquery = "x"\nlevel = "huge"', "level"),
        ('id = "a"\ntitle = "t"\nlanguage = "xql"\nquery = "x"\nlevle = "low"', "levle"),
    ],
)
def test_a_hunt_that_is_wrong_is_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "hunt.toml").write_text(text, "utf-8")
    given = read_hunts([str(tmp_path)])
    assert given.hunts == ()
    assert reason in given.refused[0].reason


def test_a_known_query_is_known_in_any_layout() -> None:
    assert digest_of("A | where x == 'B' // c\n") == digest_of("// d\na|WHERE X\n == 'b'")
    assert len(known_hunts()) >= 11
