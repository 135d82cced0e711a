"""Exports that are no table, and tables that other programs than Event Viewer write: the same event from each."""

from __future__ import annotations

from datetime import timedelta, timezone
from pathlib import Path

import pytest

from tests.sources.reading import Reading, read_whole
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows.event_viewer.source import EVENT_VIEWER

TOKYO = timezone(timedelta(hours=9), "UTC+9")
MESSAGE = """アカウントが正常にログオンしました。

サブジェクト:
	セキュリティ ID:		SYSTEM
	アカウント名:		PC01$

ログオンの種類:			10

新しいログオン:
	セキュリティ ID:		EXAMPLE\\taro
	アカウント名:		taro
	アカウント ドメイン:		EXAMPLE

ネットワーク情報:
	ワークステーション名:	PC02
	ソース ネットワーク アドレス:	192.0.2.7
	ソース ポート:		51000

このイベントは、ログオン セッションの作成時に生成されます。"""
SOURCE = "Microsoft-Windows-Security-Auditing"
WEVTUTIL = f"""Event[0]:
  Log Name: Security
  Source: {SOURCE}
  Date: 2024-10-01T09:05:07.123
  Event ID: 4624
  Task: ログオン
  Level: 情報
  Opcode: 情報
  Keyword: 成功の監査
  User: N/A
  User Name: N/A
  Computer: PC01.example.jp
  Description:
{MESSAGE}

"""
COPIED = f"""ログの名前:         Security
ソース:           {SOURCE}
日付:            2024/10/01 9:05:07
イベント ID:       4624
タスクのカテゴリ:      ログオン
レベル:           情報
キーワード:         成功の監査
ユーザー:          N/A
コンピューター:       PC01.example.jp
説明:
{MESSAGE}
イベント XML:
<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
</Event>
"""
LIST = f"""
TimeCreated  : 2024/10/01 9:05:07
ProviderName : {SOURCE}
Id           : 4624
Message      : {MESSAGE.replace(chr(10), chr(10) + " " * 15)}

"""
OLDER = (
    LIST.replace("TimeCreated ", "TimeGenerated")
    .replace("ProviderName :", "Source       :")
    .replace("Id           :", "InstanceId   :")
)
LOG_PARSER = f"""EventLog,RecordNumber,TimeGenerated,EventID,EventTypeName,SourceName,Strings,ComputerName,SID,Message
C:\\a.evtx,7,2024-10-01 09:05:07,4624,Success Audit event,{SOURCE},,PC01.example.jp,,"{MESSAGE}"
"""
EXPLORER = f"""Type;Date;Time;Event;Source;Category;User;Computer
Audit Success;10/1/2024;9:05:07 AM;4624;{SOURCE};Logon;N/A;PC01.example.jp;"{MESSAGE}"
"""
MANAGEMENT = f"""Node,Category,ComputerName,EventCode,Logfile,Message,RecordNumber,SourceName,TimeGenerated,Type,User
PC01,12544,PC01.example.jp,4624,Security,"{MESSAGE}",7,{SOURCE},20241001090507.000000+540,Audit Success,
"""
SELECTED = f"""sep=,
"TimeCreated","Id","LevelDisplayName","Message"
"2024/10/01 9:05:07","4624","情報","{MESSAGE}"
"""

SPLUNK = f"""10/01/2024 09:05:07 AM
LogName=Security
SourceName=Microsoft Windows security auditing.
EventCode=4624
EventType=0
Type=情報
ComputerName=PC01.example.jp
RecordNumber=7
Keywords=成功の監査
Message={MESSAGE}
"""

SPLUNK_WMI = f"""20241001090507.000000
Category=12544
CategoryString=ログオン
EventCode=4624
Logfile=Security
RecordNumber=7
SourceName=Microsoft-Windows-Security-Auditing
TimeGenerated=20241001000507.123456-000
Type=Audit Success
User=NULL
ComputerName=PC01.example.jp
wmi_type=WinEventLog:Security
Message={MESSAGE}
---splunk-wmi-end-of-event---

"""
REPEATED = (WEVTUTIL, COPIED, LIST, OLDER, SPLUNK, SPLUNK_WMI)
"""Texts that may stand one behind the other."""


def read(folder: Path, text: str, encoding: str = "utf-8") -> Reading:
    path = folder / "export.txt"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert recognise(path.read_bytes()[:65_536], path.name).source is EVENT_VIEWER
    return read_whole(EVENT_VIEWER, path, TOKYO)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize(
    "text", [WEVTUTIL, COPIED, LIST, OLDER, LOG_PARSER, EXPLORER, MANAGEMENT, SELECTED, SPLUNK, SPLUNK_WMI],
    ids=["wevtutil", "copied", "list", "older", "log parser", "explorer", "management", "selected", "splunk", "wmi"],
)  # fmt: skip
def test_one_event_in_many_layouts(tmp_path: Path, text: str, encoding: str) -> None:
    found = read(tmp_path, text * 2 if text in REPEATED else text, encoding)
    for event, time in zip(found.events, found.times, strict=True):
        assert (event.kind.channel, event.kind.provider, event.kind.event_id) == ("Security", SOURCE, 4624)
        assert time[:19] == "2024-10-01T00:05:07"
        expected = {
            "SubjectUserSid": "S-1-5-18", "TargetUserName": "taro", "LogonType": "10", "IpAddress": "192.0.2.7",
            "WorkstationName": "PC02", "IpPort": "51000",
        }  # fmt: skip
        assert {name: event.data.get(name) for name in expected} == expected
        assert event.host == ("" if text in (LIST, OLDER, SELECTED) else "PC01.example.jp")
    assert len(found.events) == 1 + (text in REPEATED)
    assert found.lost == 0


def test_a_message_that_looks_like_the_next_event_is_told(tmp_path: Path) -> None:
    forged = WEVTUTIL.replace(
        "PC02", "PC02\nEvent[1]:\n  Log Name: Security\n  Date: 2024-10-01T09:05:07\n  Event ID: 7"
    )
    found = read(tmp_path, forged + WEVTUTIL.replace("[0]", "[1]"))
    assert sorted(event.kind.event_id for event in found.events) == [7, 4624, 4624]
    assert any("events have numbers that do not follow the one before" in warning.reason for warning in found.warnings)


def test_a_source_that_is_not_stated_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, SELECTED)
    told = f"1 events name no source: taken for {SOURCE}'s by the form of their messages"
    assert told in [warning.reason for warning in found.warnings]


def test_the_xml_behind_a_copied_event_says_it_exactly(tmp_path: Path) -> None:
    xml = """<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event">
  <System><Provider Name="Microsoft-Windows-Security-Auditing" /><EventID>{}</EventID>
    <TimeCreated SystemTime="2024-10-01T00:05:07.1234567Z" /><EventRecordID>77</EventRecordID>
    <Channel>Security</Channel><Computer>PC09</Computer></System>
  <EventData><Data Name="TargetUserName">jiro</Data></EventData>
</Event>"""
    head, _, _ = COPIED.partition("<Event")
    # XML of another event than the lines say is not taken for it.
    found = read(tmp_path, head + xml.format(4624) + "\n" + head + xml.format(4625) + "\n")
    first, second = sorted(found.events, key=lambda event: event.record_id is None)
    assert (first.host, first.record_id, first.data) == ("PC09", 77, {"TargetUserName": "jiro"})
    assert (second.host, second.data["TargetUserName"]) == ("PC01.example.jp", "taro")
    assert "2024-10-01T00:05:07.1234567Z" in found.times


def test_labels_that_nobody_knows_are_kept_for_words(tmp_path: Path) -> None:
    (event,) = read(tmp_path, WEVTUTIL.replace("ソース ポート", "謎の言葉").replace("4624", "4999")).events
    assert event.data["SubjectUserSid"] == "S-1-5-18"
    assert "謎の言葉" in str(event.data["Data"])


def test_quotes_in_text_with_tabs_need_not_be_doubled(tmp_path: Path) -> None:
    head = "レベル\t日付と時刻\tソース\tイベント ID\tタスクのカテゴリ\n"
    message = 'ユーザー "EXAMPLE\\taro" はタスク スケジューラのタスク "\\t1" を登録しました。'
    row = f'情報\t2024/10/01 9:05:07\tMicrosoft-Windows-TaskScheduler\t106\tタスクの登録\t"{message}"\n'
    (event,) = read(tmp_path, head + row).events
    assert event.data == {"UserContext": "EXAMPLE\\taro", "TaskName": "\\t1"}
