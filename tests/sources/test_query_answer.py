"""Answers of Log Analytics and Kusto: their rows are the events that the same rows as JSON are."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.sources.reading import Reading, read_whole
from yadorigi.sources.registry import recognise, source_named

ANSWER = source_named("query_answer")
NAMES = [
    "TenantId", "TimeGenerated", "Computer", "EventSourceName", "Channel", "EventID", "Account", "NewProcessName",
    "CommandLine", "SubjectUserName", "TargetUserName", "LogonType", "Type",
]  # fmt: skip
ROWS: list[list[Any]] = [
    ["t", "2026-03-10T09:00:01.123Z", "dc01.example.com", "Microsoft-Windows-Security-Auditing", "Security", 4688, "a",
     "C:\\Windows\\System32\\whoami.exe", "whoami /all", "tanaka", None, None, "SecurityEvent"],
    ["t", "2026-03-10T09:00:02.5Z", "dc01.example.com", "Microsoft-Windows-Security-Auditing", "Security", 4625, "E\\b",
     None, None, "-", "root", 3, "SecurityEvent"],
]  # fmt: skip
SYSLOG = ["TenantId", "TimeGenerated", "HostName", "Facility", "SyslogMessage", "ProcessName", "ProcessID", "Type"]
LOGON = "Failed password for root from 203.0.113.9 port 50122 ssh2"


def log_analytics(names: list[str], rows: list[list[Any]]) -> Any:
    columns = [{"name": name, "type": "string"} for name in names]
    return {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]}


def kusto(names: list[str], rows: list[list[Any]]) -> Any:
    columns = [{"ColumnName": name, "DataType": "String"} for name in names]
    status = {"TableName": "Table_1", "Columns": [{"ColumnName": "Value"}], "Rows": [["{}"]]}
    return {"Tables": [{"TableName": "Table_0", "Columns": columns, "Rows": rows}, status]}


def frames(names: list[str], rows: list[list[Any]]) -> Any:
    columns = [{"ColumnName": name, "ColumnType": "string"} for name in names]
    return [
        {"FrameType": "DataSetHeader", "IsProgressive": False, "Version": "v2.0"},
        {"FrameType": "DataTable", "TableKind": "QueryProperties", "Columns": [{"ColumnName": "A"}], "Rows": [[1]]},
        {"FrameType": "DataTable", "TableKind": "PrimaryResult", "Columns": columns, "Rows": rows},
        {"FrameType": "DataSetCompletion", "HasErrors": False},
    ]


def events(reading: Reading) -> list[tuple[str, int, int, str, dict[str, Any]]]:
    return [(one.kind.channel, one.kind.event_id, one.time, one.host or "", dict(one.data)) for one in reading.events]


@pytest.mark.parametrize("form", [log_analytics, kusto, frames])
@pytest.mark.parametrize("indent", [None, 2])
def test_rows_are_the_events_that_they_are_as_json(tmp_path: Path, form: Any, indent: int | None) -> None:
    answer, plain = tmp_path / "answer.json", tmp_path / "rows.json"
    answer.write_text(json.dumps(form(NAMES, ROWS), indent=indent), encoding="utf-8")
    plain.write_text("\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS), encoding="utf-8")
    assert recognise(answer.read_bytes(), "answer.json").source is ANSWER
    reading, expected = read_whole(ANSWER, answer), read_whole(source_named("azure"), plain)
    assert events(reading) == events(expected)
    assert [one[1] for one in events(reading)] == [4688, 4625]
    assert reading.warnings == []


def test_rows_of_syslog_are_the_lines_that_they_hold(tmp_path: Path) -> None:
    row = ["t", "2026-03-10T09:00:01.5Z", "web01", "auth", LOGON, "sshd", 1201, "Syslog"]
    answer = tmp_path / "answer.json"
    answer.write_text(json.dumps(log_analytics(SYSLOG, [row])), encoding="utf-8")
    [(channel, _, time, host, data)] = events(read_whole(ANSWER, answer))
    assert (channel, time, host) == ("linux/auth", 17_731_332_015_000_000, "web01")
    assert (data["event"], data["user"], data["rhost"], data["pid"]) == ("failed", "root", "203.0.113.9", "1201")
    table = tmp_path / "query_data.csv"
    table.write_text(
        "TimeGenerated [UTC],HostName,Facility,SyslogMessage,ProcessName,ProcessID,Type\n"
        f'"3/10/2026, 9:00:01.500 AM",web01,auth,{LOGON},sshd,1201,Syslog\n',
        encoding="utf-8",
    )
    source = recognise(table.read_bytes(), table.name).source
    assert source is not None
    assert events(read_whole(source, table)) == [(channel, 0, time, host, data)]


def test_what_is_damaged_is_told(tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    rows: list[Any] = [ROWS[0], ROWS[1][:5], "no row", [[] for _ in NAMES]]
    answer.write_text(json.dumps(log_analytics(NAMES, rows)), encoding="utf-8")
    reading = read_whole(ANSWER, answer)
    assert len(events(reading)) == 1
    assert sum(warning.kind == "record" for warning in reading.warnings) >= 2
    text = json.dumps(log_analytics(NAMES, ROWS))
    answer.write_text(text[:-40], encoding="utf-8")
    reading = read_whole(ANSWER, answer)
    assert events(reading) == []
    assert [warning.kind for warning in reading.warnings] == ["file"]


def test_changed_answers_trip_nothing(tmp_path: Path) -> None:
    chance = random.Random(1102)  # noqa: S311 - chance must be repeatable
    answer = tmp_path / "answer.json"
    whole = json.dumps(log_analytics(NAMES, ROWS * 3)).encode()
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.choice(b'[]{}",:\\\0\xff019ae')
        answer.write_bytes(data)
        read_whole(ANSWER, answer)
