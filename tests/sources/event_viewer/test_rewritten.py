"""Exports that another program saved again: Excel, an editor, a converter. The events stay the same."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from tests.sources.reading import Reading, read_whole
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows.event_viewer.source import EVENT_VIEWER

TOKYO = timezone(timedelta(hours=9), "UTC+9")
NAMES = ["レベル", "日付と時刻", "ソース", "イベント ID", "タスクのカテゴリ"]
LOGON = """アカウントが正常にログオンしました。

サブジェクト:
	セキュリティ ID:		SYSTEM
	アカウント名:		PC01$
	アカウント ドメイン:		EXAMPLE
	ログオン ID:		0x3e7

ログオン タイプ:			10

新しいログオン:
	セキュリティ ID:		EXAMPLE\\表計算
	アカウント名:		表計算
	アカウント ドメイン:		EXAMPLE
	ログオン ID:		0x37173d9
	ログオン GUID:		{00000000-0000-0000-0000-000000000000}

プロセス情報:
	プロセス ID:		0x1f0
	プロセス名:		C:\\Windows\\System32\\winlogon.exe

ネットワーク情報:
	ワークステーション名:	PC02
	ソース ネットワーク アドレス:	192.0.2.7
	ソース ポート:		51000

このイベントは、ログオン セッションの作成時に生成されます。"""
SERVICE = """サービスがシステムにインストールされました。

サービス名:  診断, 補助
サービス ファイル名:  "C:\\a b\\表示.exe" -k, x
サービスの種類:  ユーザー モード サービス
サービス開始の種類:  自動的な開始
サービス アカウント:  LocalSystem"""
ROWS = [
    ["情報", "2026/03/05 07:05:19", "Microsoft-Windows-Security-Auditing", "4624", "ログオン", LOGON],
    ["情報", "2026/03/05 07:05:02", "Service Control Manager", "7045", "なし", SERVICE],
]
WANTED = [
    {"TargetUserName": "表計算", "LogonType": "10", "IpAddress": "192.0.2.7", "SubjectUserSid": "S-1-5-18"},
    {"ServiceName": "診断, 補助", "ImagePath": '"C:\\a b\\表示.exe" -k, x', "AccountName": "LocalSystem"},
]
Rewrite = Callable[[list[list[str]]], str]


def table(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return stream.getvalue()


def excel(rows: list[list[str]]) -> str:
    """Excel writes dates without zeros and seconds, and as many cells as the longest row has."""
    return table([[*NAMES, ""], *([row[0], "2026/3/5 7:05", *row[2:]] for row in rows)])


def without_quotes(rows: list[list[str]]) -> str:
    return "\r\n".join(",".join(row) for row in [NAMES, *rows]) + "\r\n"


def unfolded(rows: list[list[str]]) -> str:
    return table([[*NAMES, "説明"], *([*row[:5], " ".join(row[5].split())] for row in rows)])


REWRITES: dict[str, Rewrite] = {
    "as saved": lambda rows: table([NAMES, *rows]),
    "excel": excel,
    "names missing": table,
    "names and levels missing": lambda rows: table([row[1:] for row in rows]),
    "names missing, with tabs": lambda rows: table(rows, "\t"),
    "keywords": lambda rows: table([["キーワード", *NAMES[1:]], *(["成功の監査", *row[1:]] for row in rows)]),
    "without quotes": without_quotes,
    "one line": unfolded,
    "numbered": lambda rows: table([["番号", *NAMES, "イベントの詳細"], *(["1", *row] for row in rows)]),
    "named by somebody": lambda rows: table([[*NAMES, "調べた内容"], *rows]),
    "blanks": lambda rows: table([NAMES, *rows]).replace("\t", "    "),
    "wide colons": lambda rows: table([NAMES, *([*row[:5], re.sub(r":(?=\s)", "\uff1a", row[5])] for row in rows)]),
}


def read(folder: Path, data: bytes) -> Reading:
    path = folder / "export.csv"
    path.write_bytes(data)
    assert recognise(data, path.name).source is EVENT_VIEWER
    return read_whole(EVENT_VIEWER, path, TOKYO)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"])
@pytest.mark.parametrize("name", REWRITES)
def test_the_events_stay_the_same(tmp_path: Path, name: str, encoding: str) -> None:
    found = read(tmp_path, REWRITES[name](ROWS).encode(encoding))
    assert [
        {own: event.data.get(own) for own in wanted} for event, wanted in zip(found.events, WANTED, strict=True)
    ] == WANTED
    assert [event.kind.event_id for event in found.events] == [4624, 7045]
    assert all(time.startswith("2026-03-04T22:05") for time in found.times)
    assert found.lost == 0


def test_what_was_guessed_is_told(tmp_path: Path) -> None:
    told = [warning.reason for warning in read(tmp_path, table(ROWS).encode("cp932")).warnings]
    assert "the names of the columns are missing: rows are read as Event Viewer writes them" in told
    assert any(reason.endswith("lines are in cp932") for reason in told)
    told = [warning.reason for warning in read(tmp_path, without_quotes(ROWS).encode()).warnings]
    assert "messages go over lines without quotes: a line in one that looks like a row is read as an event" in told


def test_a_file_of_two_encodings(tmp_path: Path) -> None:
    first, second = table([NAMES, ROWS[0]]).encode("utf-8-sig"), table([ROWS[1]]).encode("cp932")
    found = read(tmp_path, first + second)
    logon, service = found.events
    assert (logon.data["TargetUserName"], service.data["ServiceName"]) == ("表計算", "診断, 補助")
    assert "6 lines are in cp932" in [warning.reason for warning in found.warnings]


def test_damage_does_not_take_the_quotes_away(tmp_path: Path) -> None:
    # A line was lost, and with it quotes: nobody reads lines in messages as rows for that.
    forged = "x\r\n情報,2026/03/05 07:05:19,Microsoft-Windows-Eventlog,1102,x,forged"
    rows = [*ROWS, [*ROWS[0][:5], forged]]
    lost = table([NAMES, *rows]).replace("アカウントが正常にログオンしました。\r\n", "", 1)
    assert 1102 not in {event.kind.event_id for event in read(tmp_path, lost.encode()).events}


@pytest.mark.parametrize(
    "line",
    [
        "情報,2026/03/05 07:05:19,業務システム,100,起動,開始しました",
        "2026/03/05 07:05:19,42,4624,x,y",
        "情報,昨日,Microsoft-Windows-Security-Auditing,4624,ログオン,x",
        "情報,2026/03/05 07:05:19,Microsoft-Windows-Security-Auditing,四,ログオン,x",
    ],
)
def test_rows_of_others_are_not_claimed(line: str) -> None:
    assert EVENT_VIEWER.recognises(f"{line}\n{line}\n".encode(), "table.csv") == ""


def test_an_english_export_in_the_encoding_of_the_west(tmp_path: Path) -> None:
    names = ["Level", "Date and Time", "Source", "Event ID", "Task Category"]
    message = "The cafés service entered the stopped state."
    row = ["Information", "3/15/2026 9:00:00 AM", "Service Control Manager", "7036", "None", message]
    (event,) = read(tmp_path, table([names, row]).encode("latin-1")).events
    assert event.data["param1"] == "cafés"
