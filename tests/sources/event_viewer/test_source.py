"""Exports of Event Viewer, read as the events that they show."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from tests.sources.reading import Reading, read_whole
from yadorigi.schema.times import time_of
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows.event_viewer.source import EVENT_VIEWER

TOKYO = timezone(timedelta(hours=9), "UTC+9")
JAPANESE = "レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ\n"
ENGLISH = "Level\tDate and Time\tSource\tEvent ID\tTask Category\r\n"
LOGON = """情報,2019/11/07 17:05:19,Microsoft-Windows-Security-Auditing,4624,ログオン,"正常にログオンしました。

サブジェクト:
	セキュリティ ID:		SYSTEM
	アカウント名:		WIN7_64JP_03$
	アカウント ドメイン:		EXAMPLE
	ログオン ID:		0x3e7

ログオン タイプ:			3

新しいログオン:
	セキュリティ ID:		EXAMPLE\\administrator
	アカウント名:		sysg.admin
	アカウント ドメイン:		EXAMPLE
	ログオン ID:		0x37173d9
	ログオン GUID:		{00000000-0000-0000-0000-000000000000}

プロセス情報:
	プロセス ID:		0x1f0
	プロセス名:		C:\\Windows\\System32\\services.exe

ネットワーク情報:
	ワークステーション名:	PC01
	ソース ネットワーク アドレス:	192.0.2.7
	ソース ポート:		51000

このイベントは、ログオン セッションの作成時に生成されます。"
"""
SYSMON = """情報,2019/11/07 17:58:48,Microsoft-Windows-Sysmon,1,Process Create (rule: ProcessCreate),"Process Create:
UtcTime: 2019-11-07 08:58:48.326
ProcessId: 2576
Image: C:\\Windows\\System32\\cmd.exe
CommandLine: ""C:\\Windows\\System32\\cmd.exe"" /c whoami
User: NT AUTHORITY\\SYSTEM"
"""
CLASSIC = (
    "Information\t11/7/2019 4:03:24 PM\tPowerShell\t400\tEngine Lifecycle\t"
    '"Engine state is changed from None to Available.'
    ' \r\n\r\nDetails: \r\n\tNewEngineState=Available\r\n\tPreviousEngineState=None\r\n\r\n\tHostVersion=2.0"\r\n'
)


def read(folder: Path, text: str, encoding: str = "utf-8-sig", zone: timezone = TOKYO) -> Reading:
    path = folder / "export.csv"
    path.write_bytes(text.encode(encoding))
    return read_whole(EVENT_VIEWER, path, zone)


def test_a_logon_has_its_native_fields(tmp_path: Path) -> None:
    found = read(tmp_path, JAPANESE + LOGON)
    (event,) = found.events
    assert (event.kind.channel, event.kind.provider) == ("Security", "Microsoft-Windows-Security-Auditing")
    assert event.kind.event_id == 4624
    assert (event.host, event.record_id) == ("", None)
    assert found.times == ["2019-11-07T08:05:19.0000000Z"]
    assert found.lines == [2]
    expected = {
        "SubjectUserSid": "S-1-5-18", "SubjectUserName": "WIN7_64JP_03$", "SubjectDomainName": "EXAMPLE",
        "SubjectLogonId": "0x3e7", "LogonType": "3", "TargetUserSid": "EXAMPLE\\administrator",
        "TargetUserName": "sysg.admin", "TargetLogonId": "0x37173d9", "IpAddress": "192.0.2.7", "IpPort": "51000",
        "WorkstationName": "PC01", "ProcessName": "C:\\Windows\\System32\\services.exe",
    }  # fmt: skip
    assert {name: event.data.get(name) for name in expected} == expected


def test_sysmon_tells_its_own_zone_and_that_of_the_rows_beside_it(tmp_path: Path) -> None:
    found = read(tmp_path, JAPANESE + SYSMON + LOGON, zone=UTC)
    assert found.times == ["2019-11-07T08:58:48.3260000Z", "2019-11-07T08:05:19.0000000Z"]
    assert found.events[0].data["CommandLine"] == '"C:\\Windows\\System32\\cmd.exe" /c whoami'
    told = "2 events name no computer: they count as one host without a name (a --site each keeps exports apart)"
    assert [warning.reason for warning in found.warnings] == [
        "1 events say their time in UTC too: the clock was at UTC+09:00",
        f"{told}; the account of the system in them is WIN7_64JP_03$",
    ]


def test_an_export_of_several_computers_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, JAPANESE + LOGON + LOGON.replace("WIN7_64JP_03$", "PC02$"))
    assert any("they are of several computers" in warning.reason for warning in found.warnings)


def test_classic_powershell_has_unnamed_values(tmp_path: Path) -> None:
    (event,) = read(tmp_path, ENGLISH + CLASSIC).events
    data = event.data["Data"]
    assert isinstance(data, tuple)
    assert data[:2] == ("Available", "None")
    assert "HostVersion=2.0" in str(data[2])
    assert event.kind.channel == "Windows PowerShell"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes((JAPANESE + LOGON).encode(encoding))
    recognition = recognise(path.read_bytes(), path.name)
    assert recognition.source is EVENT_VIEWER
    assert "line 1 names the columns of Event Viewer" in recognition.reason
    (event,) = read_whole(EVENT_VIEWER, path, TOKYO).events
    assert event.data["TargetUserName"] == "sysg.admin"


def test_a_byte_that_is_no_text_costs_no_file(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes((JAPANESE + LOGON).encode().replace(b"PC01", b"PC\xff1"))
    assert recognise(path.read_bytes(), path.name).source is EVENT_VIEWER
    (event,) = read_whole(EVENT_VIEWER, path, TOKYO).events
    assert (event.data["TargetUserName"], event.data["WorkstationName"]) == ("sysg.admin", "PC\ufffd1")


def test_a_message_of_no_known_form_is_told_and_kept(tmp_path: Path) -> None:
    row = 'エラー,2019/11/07 17:05:19,Some-Provider,77,なし,"何か: 起きた\n行 2"\n'
    found = read(tmp_path, JAPANESE + row)
    (event,) = found.events
    assert (event.kind.provider, event.kind.channel, event.kind.event_id) == ("Some-Provider", "", 77)
    assert event.data == {"Data": "何か: 起きた\n行 2"}
    assert event.system["Level"] == 2
    told = [warning.reason for warning in found.warnings]
    assert "1 messages of Some-Provider 77 are of no known form: rules see them without fields" in told


def test_known_events_whose_messages_are_not_count_as_lost(tmp_path: Path) -> None:
    # Nobody may say that what rules look for in their fields is not there.
    row = '情報,2019/11/07 17:05:19,Service Control Manager,7045,なし,"何か: 起きた"\n'
    found = read(tmp_path, JAPANESE + row * 3)
    assert (len(found.events), found.lost) == (3, 3)
    assert found.events[0].data == {"Data": "何か: 起きた"}


def test_what_powershell_exports(tmp_path: Path) -> None:
    text = (
        "#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n"
        '"Message","Id","ProviderName","LogName","MachineName","TimeCreated","RecordId","LevelDisplayName"\r\n'
        '"The X service entered the stopped state.","7036","Service Control Manager","System","PC01.example",'
        '"11/17/2019 5:05:19 PM","42","Information"\r\n'
    )
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    assert recognise(path.read_bytes(), path.name).reason.startswith("line 2 names the columns")
    (event,) = read_whole(EVENT_VIEWER, path, TOKYO).events
    assert (event.host, event.record_id, event.kind.channel) == ("PC01.example", 42, "System")
    assert event.data == {"param1": "X", "param2": "stopped"}


@pytest.mark.parametrize(
    ("shown", "known"),
    [("SYSTEM", "S-1-5-18"), ("NT AUTHORITY\\NETWORK SERVICE", "S-1-5-20"), ("EXAMPLE\\taro", "EXAMPLE\\taro"),
     ("S-1-5-21-1-2-3-1104", "S-1-5-21-1-2-3-1104"), ("N/A", None), ("なし", None)],
)  # fmt: skip
def test_the_user_of_an_event(tmp_path: Path, shown: str, known: str | None) -> None:
    header = JAPANESE.replace("タスクのカテゴリ", "タスクのカテゴリ,ユーザー")
    (event,) = read(tmp_path, f"{header}情報,2019/11/07 17:05:19,X,77,なし,{shown},text\n").events
    assert event.system.get("Security_UserID") == known


def test_rows_that_are_no_events_are_counted(tmp_path: Path) -> None:
    bad = "情報,gestern,Source,1,x,y\n情報,2019/11/07 17:05:19,Source,one,x,y\n情報,2019/11/07 17:05:19\n"
    found = read(tmp_path, JAPANESE + LOGON + bad + SYSMON)
    assert len(found.events) == 2
    assert found.lost == 3


def test_a_date_in_a_message_says_nothing_of_the_order(tmp_path: Path) -> None:
    row = 'Information\t7/11/2019 17:05:19\tX\t77\tNone\t"text\nx\t25/12/2019 10:00:00\tx\t1"\n'
    found = read(tmp_path, ENGLISH + row, zone=UTC)
    assert found.times == ["2019-07-11T17:05:19.0000000Z"]
    assert [warning.reason for warning in found.warnings if warning.reason.startswith("dates may begin")]


def test_columns_that_nobody_knows_are_told(tmp_path: Path) -> None:
    header = ENGLISH.replace("Task Category", "Task Category\tShoe Size")
    row = "Information\t11/17/2019 17:05:19\tX\t77\tNone\t42\ttext\tand more\n"
    found = read(tmp_path, header + row)
    assert found.events[0].data == {"Data": "text\tand more"}
    assert "columns of no known name are not read: Shoe Size" in [warning.reason for warning in found.warnings]


def test_very_many_kinds_of_unknown_messages_are_told_together(tmp_path: Path) -> None:
    rows = "".join(f"情報,2019/11/07 17:05:19,P{number},77,x,text\n" for number in range(5_000))
    found = read(tmp_path, JAPANESE + rows)
    assert len(found.events) == 5_000
    assert len(found.warnings) < 30
    assert found.warnings[-1].reason == "4,980 messages of other kinds of events are of no known form"


def test_no_rows_are_told(tmp_path: Path) -> None:
    assert [warning.reason for warning in read(tmp_path, JAPANESE).warnings] == [
        "the export holds no event behind the names of its columns"
    ]


def test_what_messages_show_in_words_is_what_events_have(tmp_path: Path) -> None:
    shown = """Information\t11/17/2019 5:05:19 PM\tMicrosoft Windows security auditing.\t4688\tCreation\t"A process.

Creator Subject:
	Security ID:		SYSTEM
	Account Name:		PC01$

Process Information:
	New Process ID:		0x1f0
	New Process Name:	C:\\Windows\\System32\\ntdsutil.exe
	Token Elevation Type:	TokenElevationTypeFull (2)
	Mandatory Label:		Mandatory Label\\System Mandatory Level
	Process Command Line:	ntdsutil ""ac i ntds"" ifm
"
"""
    (event,) = read(tmp_path, ENGLISH + shown).events
    expected = {
        "SubjectUserSid": "S-1-5-18", "NewProcessName": "C:\\Windows\\System32\\ntdsutil.exe",
        "TokenElevationType": "%%1937", "MandatoryLabel": "S-1-16-16384", "CommandLine": 'ntdsutil "ac i ntds" ifm',
    }  # fmt: skip
    assert {name: event.data.get(name) for name in expected} == expected


def test_defender_indents_with_a_blank(tmp_path: Path) -> None:
    shown = (
        "Warning\t11/17/2019 5:05:19 PM\tMicrosoft-Windows-Windows Defender\t1116\tNone\t"
        '"Microsoft Defender Antivirus has detected malware.\n \tName: Trojan:Win32/Example\n \tID: 2147\n'
        ' \tPath: file:_C:\\a.exe\n"\n'
    )
    (event,) = read(tmp_path, ENGLISH + shown).events
    assert event.data["Threat Name"] == "Trojan:Win32/Example"
    assert event.data["Path"] == "file:_C:\\a.exe"


def test_a_value_that_looks_like_labels_takes_no_place(tmp_path: Path) -> None:
    forged = LOGON.replace("services.exe", "services.exe\n新しいログオン:\n\tアカウント名:\t\tnobody")
    (event,) = read(tmp_path, JAPANESE + forged).events
    assert event.data["TargetUserName"] == "sysg.admin"


@pytest.mark.corpora
def test_real_exports_of_a_japanese_windows(corpora: Path) -> None:
    folder = corpora / "windows" / "eventviewer-ja"
    bare = {}
    for path in sorted(folder.iterdir()):
        assert recognise(path.read_bytes()[:65_536], path.name).source is EVENT_VIEWER
        found = read_whole(EVENT_VIEWER, path, TOKYO)
        assert found.lost <= 1  # the head of a log is cut off in the middle of a row
        assert found.events
        assert all(time_of(event.time).startswith("2019-11-0") for event in found.events)
        bare[path.name] = Counter(event.kind.event_id for event in found.events if not event.data)
    assert bare == {path.name: Counter() for path in folder.iterdir()}
