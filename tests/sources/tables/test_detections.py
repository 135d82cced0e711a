"""Lists of detections of many consoles are known by the roles of their columns."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.schema.test_ocsf import complaints
from tests.sources.lines.golden import events_of
from tests.sources.lines.rule_hits import lines_hit
from yadorigi.schema.ocsf import normalise
from yadorigi.schema.times import time_of
from yadorigi.sources.registry import recognise


class Case(NamedTuple):
    """A list, and what its last row says."""

    text: str
    host: str = "PC-SHISHA-07"
    user: str = "kobayashi"
    time: str = "2026-03-10T21:13:50"


LISTS = {
    "symantec in Japanese": Case(
        "リスクレポート\n"
        "イベント時間,コンピュータ名,ソース,リスク名,件数,ファイルパス,実際の処理,要求された処理,ユーザー名,重大度\n"
        "2026/03/10 21:13:50,PC-SHISHA-07,Auto-Protect スキャン,Hacktool.Mimikatz,1,C:\\PerfLogs\\m64.exe,検疫,"
        "クリーニング,kobayashi,重大\n"
    ),
    "eset in Japanese": Case(
        "発生時刻;コンピューター名;検出の種類;検出名;オブジェクトURI;アクション;ユーザー;ハッシュ\n"
        "2026年3月10日 21:13:50;PC-SHISHA-07;ウイルス対策;Win64/Mimikatz.A;C:\\PerfLogs\\m64.exe;削除;"
        "EXAMPLE\\kobayashi;d6712cae5ec821f910e14945153ae7871aa536ca\n"
    ),
    "a log of one endpoint": Case(
        "時刻\t検査方法\tオブジェクトの種類\tオブジェクト\t脅威\tアクション\tユーザー\tハッシュ\n"
        "2026/03/10 21:13:50\tリアルタイム\tファイル\tC:\\PerfLogs\\m64.exe\tWin64/Mimikatz.A\t隔離\tkobayashi\t\n",
        host="",
    ),
    "kaspersky in Japanese": Case(
        '"イベント発生日時","デバイス名","検出されたオブジェクトの名前","ファイルパス","実行した処理","アカウント"\n'
        '"2026/03/10 21:13:50","PC-SHISHA-07","HEUR:HackTool.Win64.Mimikatz","C:\\PerfLogs\\m64.exe","ブロック",'
        '"kobayashi"\n'
    ),
    "trellix in Japanese": Case(
        "イベント生成時刻 (UTC),脅威のターゲットのホスト名,脅威名,脅威のターゲットのファイル パス,実行されたアクション,"
        "脅威のターゲットのユーザー名\n"
        "2026/03/10 21:13:50,PC-SHISHA-07,HTool-Mimikatz,C:\\PerfLogs\\m64.exe,削除,EXAMPLE\\kobayashi\n"
    ),
    "virus buster business security": Case(
        "日時,コンピュータ名,ウイルス/不正プログラム名,感染ファイル,処理結果,ユーザ名\n"
        "2026/3/10 21:13:50,PC-SHISHA-07,HKTL_MIMIKATZ64,C:\\PerfLogs\\m64.exe,隔離,kobayashi\n"
    ),
    "two columns of the time": Case(
        "日付,時刻,端末名,マルウェア名,対象ファイル,対処\n2026/03/10,21:13:50,PC-SHISHA-07,Mimikatz,C:\\PerfLogs\\m64.exe,駆除\n",
        user="",
    ),
    "in English": Case(
        "Detected,Device,Threat Name,File Path,Action Taken,User\n"
        "2026-03-10 21:13:50,PC-SHISHA-07,HackTool:Win64/Mimikatz,C:\\PerfLogs\\m64.exe,Quarantined,kobayashi\n"
    ),
}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read(name: str, encoding: str, tmp_path: Path) -> None:
    case = LISTS[name]
    log = tmp_path / "list.csv"
    log.write_text(case.text, encoding=encoding)
    source, ((line, event),), warnings = events_of(log)
    assert source == "detections_csv"
    assert (event.kind.channel, event.host) == ("table/detection_finding", case.host)
    assert complaints(event) == []
    assert all(warning.startswith("notice") for warning in warnings)
    assert not any("has no column" in warning for warning in warnings)
    found = normalise(event)
    assert "imikatz" in found["malware"][0]["name"].lower()
    assert found["evidences"][0]["file"]["path"] == "C:\\PerfLogs\\m64.exe"
    assert found["evidences"][0].get("user", {"name": ""})["name"] == case.user
    assert found["disposition"] in ("Quarantined", "Deleted", "Blocked", "Corrected")
    rule = (
        "title: t\nlogsource: {category: antivirus}\ndetection:\n  a:\n    Signature|contains: mimikatz\n"
        "    Filename|contains: '\\PerfLogs\\'\n  condition: a\n"
    )
    assert lines_hit(rule, log) == [line]


@pytest.mark.parametrize(
    "header",
    [
        "日時,端末名,ユーザー名,操作,ファイル名",
        "Time,User,Action,Status",
        "日付,ウイルス名",
        "ウイルス名,コンピュータ名,ファイルパス,処理",
        "Date,Threat,Comment",
        "Receive Time,Threat/Content Name,Source User,Action",
        '"日時,脅威名,デバイス,処理',
        "," * 70_000,
    ],
)
def test_other_tables_are_no_lists_of_detections(header: str) -> None:
    assert recognise(f"{header}\na,b,c,d,e\n".encode(), "x.csv").source_name != "detections_csv"


@pytest.mark.parametrize(
    ("times", "expected", "told"),
    [
        (["2026/3/10 21:13", "2026年3月10日 午後 9:13:50"], ["2026-03-10T21:13:00", "2026-03-10T21:13:50"], False),
        (["令和8年3月10日 21時13分", "Mar 10, 2026 9:13:50 PM"], ["2026-03-10T21:13:00", "2026-03-10T21:13:50"], False),
        (["3/4/2026 9:13 PM", "3/20/2026 9:13 PM"], ["2026-03-04T21:13:00", "2026-03-20T21:13:00"], False),
        (["03.04.2026 21:13", "20.04.2026 21:13"], ["2026-04-03T21:13:00", "2026-04-20T21:13:00"], False),
        (["3/4/2026 21:13", "3/4/2026 21:14"], ["2026-03-04T21:13:00", "2026-03-04T21:14:00"], True),
    ],
)
def test_times_as_people_see_them(times: list[str], expected: list[str], told: bool, tmp_path: Path) -> None:
    log = tmp_path / "list.csv"
    rows = "".join(f'"{time}",PC01,EICAR,C:\\a.com,削除\n' for time in times)
    log.write_text(f"検出日時,端末名,ウイルス名,ファイルパス,処理\n{rows}", encoding="utf-8")
    _, events, warnings = events_of(log)
    assert [time_of(event.time)[:19] for _, event in events] == expected
    assert any("may begin with the day or with the month" in warning for warning in warnings) == told
