"""The first line of an export, in the languages and by the tools that write one."""

from __future__ import annotations

import pytest

from yadorigi.sources.windows.event_viewer.columns import header_of


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ", "level time source id category"),
        ("\ufeffLevel,Date and Time,Source,Event ID,Task Category\r", "level time source id category"),
        ("Keywords,Date and Time,Source,Event ID,Task Category", "keywords time source id category"),
        ("Level\tDate and Time\tSource\tEvent ID\tTask Category", "level time source id category"),
        (
            "レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ,ユーザー,コンピューター",
            "level time source id category user computer",
        ),
        ('"TimeCreated","Id","ProviderName","Message"', "time id source message"),
        ("Date and Time;Source;Event ID", "time source id"),
        ("コンピュータ\tイベントID\tソース\t日付と時刻\t説明", "computer id source time message"),
        ("Level,Date and Time,Event ID,Task Category", "level time id category"),
        ("Type,Date,Time,Event,Source,Category,User,Computer", "level date hour id source category user computer"),
        (
            "EventLog,RecordNumber,TimeGenerated,EventID,EventTypeName,SourceName,Strings,ComputerName,Message",
            "log record time id level source strings computer message",
        ),
    ],
)
def test_columns_are_known_by_their_words(line: str, columns: str) -> None:
    header = header_of(line)
    assert header is not None
    assert header.columns == tuple(columns.split())


@pytest.mark.parametrize(
    "line",
    ["", "a,b,c", "Level,Source,Event ID", "{}", "日付と時刻,ソース", "time,id,message", "id,datetime,source,user"],
)
def test_other_tables_are_none_of_ours(line: str) -> None:
    assert header_of(line) is None


def test_what_stands_behind_the_last_column_is_the_message() -> None:
    header = header_of("Level,Date and Time,Source,Event ID,Task Category")
    assert header is not None
    row = header.row(["Information", "11/7/2019 5:05:19 PM", "Service Control Manager", "7036", "None", "text"])
    assert row["message"] == "text"
    assert "message" not in header.row(["Information", "11/7/2019 5:05:19 PM"])
