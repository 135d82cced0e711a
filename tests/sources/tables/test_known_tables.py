"""Tables that well-known products export are recognised by their columns and become what their own logs become."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.schema.test_ocsf import complaints
from tests.sources.lines.golden import events_of
from tests.sources.lines.rule_hits import lines_hit
from yadorigi.schema.ocsf import normalise
from yadorigi.sources.registry import recognise
from yadorigi.sources.tables.known import known_tables

HUNTING = """\
\ufeffTimestamp,DeviceId,DeviceName,ActionType,FileName,FolderPath,SHA1,AccountName,AdditionalFields
2026-03-10T12:13:50.1234567Z,aa01,pc009.example.com,AntivirusDetection,m64.exe,C:\\PerfLogs\\m64.exe,\
d6712cae5ec821f910e14945153ae7871aa536ca,,"{""ThreatName"":""HackTool:Win64/Mikatz!dha"",""WasRemediated"":true}"
2026-03-10T12:14:50Z,aa02,pc010,ProcessCreated,whoami.exe,C:\\Windows\\System32\\whoami.exe,,suzuki,
2026-03-10T12:15:50Z,aa02,pc010,PowerShellCommand,,,,,{broken
"""
ALERTS = """\
Alert name,Tags,Severity,Investigation state,Status,Category,Detection source,Impacted assets,First activity
'Mikatz' hacktool was detected,,High,Terminated,New,Malware,Antivirus,pc009,2026-03-10T12:13:50Z
"""
APEX = """\
Detailed Virus/Malware Information
Received,Generated,Product Entity/Endpoint,Product,Virus/Malware,Endpoint,Source Host,User,Result,Action,File,File Path
2026/03/10 21:14:00,2026/03/10 21:13:50,APEXONE01,Apex One,HKTL_MIMIKATZ64,PC-SHISHA-07,,EXAMPLE\\kobayashi,\
Successful,File quarantined,m64.exe,C:\\PerfLogs\\
"""
SPYWARE = """\
Received,Generated,Product,Spyware/Grayware,Endpoint,User,Resource,Action
2026-03-10 21:14:00,2026-03-10 21:13:50,Apex One,ADW_EXAMPLE,PC-HONSHA-01,suzuki,F:\\data\\x.bin,Passed
"""
APEX_JA = """\
受信日時,生成,製品のエンティティ/エンドポイント,製品/エンドポイントIP,製品,ウイルス/不正プログラム,\
エンドポイント,ユーザ (アカウント),検索の種類,ファイル,ファイルパス,処理,結果
2026/03/10 21:14:00,2026/03/10 21:13:50,PC-SHISHA-07,10.1.2.7,Apex One,HKTL_MIMIKATZ64,PC-SHISHA-07,EXAMPLE\\kobayashi,\
リアルタイム検索,m64.exe,C:\\PerfLogs\\,隔離,成功
"""
APEX_ONE_JA = """\
日時,エンドポイント,ウイルス/不正プログラム,感染元,感染ファイル/オブジェクト,検索の種類,結果,IPアドレス
2026/03/10 21:13:50,PC-SHISHA-07,HKTL_MIMIKATZ64,,C:\\PerfLogs\\m64.exe,リアルタイム検索,駆除済み,10.1.2.7
"""
APEX_ONE_SPYWARE_JA = """\
日時,エンドポイント,スパイウェア/グレーウェア,検索の種類,結果,IPアドレス,MACアドレス,詳細
2026/03/10 21:13:50,PC-SHISHA-07,ADW_EXAMPLE,リアルタイム検索,放置,10.1.2.7,,
"""
TIMELINE = """\
Event Time,Machine Id,Computer Name,Action Type,File Name,Folder Path,Sha1,Process Command Line,Account Name,\
Initiating Process File Name,Initiating Process Command Line
2026-03-10T12:13:50.1Z,aa01,pc009,AntivirusDetection,Mikatz.exe,C:\\PerfLogs,,,,MsMpEng.exe,
2026-03-10T12:14:50Z,aa01,pc009,ProcessCreated,whoami.exe,C:\\Windows\\System32,,whoami /all,suzuki,cmd.exe,cmd /c x
"""
TABLES = {
    "apex_central_ja_csv": (APEX_JA, ["detection"], "MIMIKATZ"),
    "apex_one_ja_csv": (APEX_ONE_JA, ["detection"], "MIMIKATZ"),
    "apex_one_spyware_ja_csv": (APEX_ONE_SPYWARE_JA, ["detection"], "ADW_"),
    "defender_hunting_csv": (HUNTING, ["detection", "process", "event"], "Mikatz"),
    "defender_alerts_csv": (ALERTS, ["detection"], "Mikatz"),
    "apex_central_csv": (APEX, ["detection"], "MIMIKATZ"),
    "apex_central_spyware_csv": (SPYWARE, ["detection"], "ADW_"),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_known_table_is_read(name: str, tmp_path: Path) -> None:
    text, kinds, signature = TABLES[name]
    log = tmp_path / "export.csv"
    log.write_text(text, encoding="utf-8")
    source, events, warnings = events_of(log)
    assert source == name
    assert [event.kind.channel.partition("/")[2] for _, event in events] == kinds
    assert [complaints(event) for _, event in events] == [[]] * len(events)
    assert all(warning.startswith("notice") for warning in warnings)
    finding = normalise(events[0][1])
    assert signature in str(finding["finding_info"]["title"]) + str(finding.get("malware"))
    rule = (
        f"title: t\nlogsource: {{category: antivirus}}\ndetection:\n  a:\n    Signature|contains: {signature}\n"
        "  condition: a\n"
    )
    assert lines_hit(rule, log) == [events[0][0]]


JP1 = """\
不審操作,操作日時(エージェント),操作日時(UTC),タイムゾーン,発生元,ユーザー名,操作種別,操作種別(詳細)
FALSE,2026/03/10 21:13:50,2026/03/10 12:13:50,GMT+09:00,PC-SHISHA-07,kobayashi,プログラムの起動と停止,プロセス起動
"""
DESKTOP_KEEPER = """\
ログ出力日時,ヒット件数
2026/03/11 09:00:00,1
名称,発生日時,ユーザー名,ドメイン名,種別,区分,付帯,内容,備考
PC-SHISHA-07,2026/03/10 21:13:50,kobayashi,EXAMPLE,ファイル操作,正規,,操作:[変名]、ファイル名元:[C:\\a.txt],
"""
HAYABUSA = """\
Timestamp,RuleTitle,Level,Computer,Channel,EventID,RecordID,Details,ExtraFieldInfo,RuleID
2026-03-10 21:13:50.123 +09:00,Logon Failure,med,dc01,Sec,4625,12,TgtUser: kobayashi,-,r1
"""
HAYABUSA_LINES = """\
{"Timestamp":"2026-03-10 21:13:50.123 +09:00","RuleTitle":"Logon Failure","Level":"crit","Computer":"dc01",\
"Channel":"Sec","EventID":4625,"RecordID":12,"Details":{"TgtUser":"kobayashi"}}
"""
CHAINSAW = """\
timestamp,detections,path,count,Event.System.Provider,Event ID,Record ID,Computer,Event Data
2026-03-10T12:13:50+00:00,Logon Failure,Security.evtx,1,Microsoft-Windows-Security-Auditing,4625,12,dc01,"a: b"
"""
FOUND = {"message": "Logon Failure", "device.hostname": "dc01"}
OTHERS = {
    "hayabusa_csv": (HAYABUSA, "base_event", 0, FOUND | {"severity": "Medium"}),
    "hayabusa_jsonl": (HAYABUSA_LINES, "base_event", 0, FOUND | {"severity": "Critical"}),
    "chainsaw_csv": (CHAINSAW, "base_event", 0, FOUND),
    "defender_timeline_csv": (TIMELINE, "process", 1, {"process.cmd_line": "whoami /all", "device.hostname": "pc009"}),
    "jp1_itdm2_csv": (JP1, "process_activity", 0, {"actor.user.name": "kobayashi", "device.hostname": "PC-SHISHA-07"}),
    "desktop_keeper_csv": (DESKTOP_KEEPER, "base_event", 0, {"actor.user.domain": "EXAMPLE"}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_known_table_of_other_events_is_read(name: str, tmp_path: Path) -> None:
    text, kind, row, wanted = OTHERS[name]
    log = tmp_path / "export.csv"
    log.write_text(text, encoding="cp932")
    source, events, warnings = events_of(log)
    assert (source, events[row][1].kind.channel.partition("/")[2]) == (name, kind)
    assert complaints(events[row][1]) == []
    assert all(warning.startswith("notice") for warning in warnings)
    found = normalise(events[row][1])
    for path, value in wanted.items():
        inner: object = found
        for part in path.split("."):
            inner = inner[part] if isinstance(inner, dict) else None
        assert inner == value


@pytest.mark.parametrize("text", [HAYABUSA, HAYABUSA_LINES, CHAINSAW])
def test_findings_of_others_are_told_to_be_such(text: str, tmp_path: Path) -> None:
    log = tmp_path / "timeline.csv"
    log.write_text(text, encoding="utf-8")
    assert any("kept as such: rules and verdicts need the logs" in warning for warning in events_of(log)[2])


@pytest.mark.parametrize("line", ["{", "{}", "[" * 70_000, '{"Timestamp":' + "[" * 9_000, '{"Timestamp":1}'])
def test_other_objects_are_no_known_tables(line: str) -> None:
    found = recognise(line.encode(), "x.jsonl").source_name
    assert found is None or not found.endswith("_jsonl")


def test_every_known_table_is_tested() -> None:
    assert {table.name for table in known_tables()} == TABLES.keys() | OTHERS.keys()


def test_the_host_is_the_machine_and_the_path_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "export.csv"
    log.write_text(APEX, encoding="cp932")
    ((_, event),) = events_of(log)[1]
    assert event.host == "PC-SHISHA-07"
    finding = normalise(event)
    assert finding["disposition"] == "Quarantined"
    assert finding["evidences"][0]["file"]["parent_folder"] == "C:\\PerfLogs"


@pytest.mark.parametrize("head", [b"", b"a,b,c\n1,2,3\n", b"\xff\xfe\x00", b"," * 60_000, b"Timestamp;DeviceName\n"])
def test_other_files_are_no_known_tables(head: bytes) -> None:
    found = recognise(head, "x.csv").source_name
    assert found is None or not found.endswith("_csv")
