"""Which column of an export is what, by the words of its first line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from yadorigi.sources.windows.event_viewer.wordings import word_key

Column: TypeAlias = Literal[
    "level", "time", "date", "hour", "source", "id", "category", "keywords", "user", "operation", "log", "computer",
    "process", "thread", "activity", "record", "message", "strings", "xml", "instance",
]  # fmt: skip

_SPELLINGS: Final[dict[Column, tuple[str, ...]]] = {
    "level": ("Level", "レベル", "LevelDisplayName", "EntryType", "EventTypeName", "Type", "種類"),
    "time": (
        "Date and Time", "日付と時刻", "TimeCreated", "TimeGenerated", "Date/Time", "Date & Time", "DateTime", "日時",
        "Time Created", "Time Generated",
    ),
    "date": ("Date", "日付"),
    "hour": ("Time", "時刻"),
    "source": ("Source", "ソース", "ProviderName", "Provider Name", "SourceName", "Provider", "プロバイダー"),
    "id": ("Event ID", "イベント ID", "Id", "EventID", "EventCode", "Event"),
    "category": (
        "Task Category", "タスクのカテゴリ", "TaskDisplayName", "Task", "Category", "EventCategoryName", "分類",
    ),
    "keywords": ("Keywords", "キーワード", "KeywordsDisplayNames", "Keyword"),
    "user": ("User", "ユーザー", "UserId", "UserName", "User Name", "ユーザー名"),
    "operation": ("Operational Code", "Opcode", "オペコード", "操作コード", "OpcodeDisplayName"),
    "log": ("Log", "ログ", "LogName", "Log Name", "ログの名前", "ログ名", "EventLog", "Logfile", "Channel", "チャネル"),
    "computer": (
        "Computer", "コンピューター", "MachineName", "ComputerName", "Computer Name", "コンピューター名",
    ),
    "process": ("Process ID", "プロセス ID", "ProcessId"),
    "thread": ("Thread ID", "スレッド ID", "ThreadId"),
    "activity": ("Correlation ID", "関連付け ID", "相関 ID", "ActivityId", "Activity ID"),
    "record": ("RecordId", "RecordNumber", "Record Number", "Record ID", "EventRecordID", "Event Record ID", "Index"),
    "message": ("Message", "メッセージ", "説明", "Description", "Event Description"),
    "instance": ("InstanceId",),
    "xml": ("Xml", "EventXml", "Event Xml", "イベント XML"),
    "strings": ("Strings", "ReplacementStrings", "InsertionStrings"),
}  # fmt: skip
_WORDS: Final = {word_key(spelling): column for column, spellings in _SPELLINGS.items() for spelling in spellings}
_LOOSE: Final = frozenset(
    word_key(word)
    for word in (
        "詳細", "内容", "本文", "全般", "イベントの説明", "イベントの内容", "イベントの詳細", "Details", "General",
        "Event Message",
    )
)  # fmt: skip
"""What people call the column of the message, where no other is known to be it."""
_SEPARATORS: Final = (",", "\t", ";", "|")
_OF_WINDOWS: Final = frozenset(
    word_key(word)
    for word in (
        "Date and Time", "日付と時刻", "TimeCreated", "Event ID", "イベント ID", "Task Category", "タスクのカテゴリ",
        "EntryType", "EventTypeName", "LevelDisplayName", "ProviderName", "KeywordsDisplayNames", "EventCode",
    )
)  # fmt: skip
"""Words that no tables but those of Windows' events have, as far as anybody knows."""
_EXPLORER: Final = frozenset({"level", "date", "hour", "source", "id", "category", "computer"})
"""What Event Log Explorer names, in words that others have too."""
_PREAMBLES: Final = ("#TYPE", "sep=")
"""Lines before the names of columns: PowerShell's type of what follows, and what Excel is told of the separator."""
_PREAMBLE_LINES: Final = 5


class Header(NamedTuple):
    """The line of an export that names its columns.

    Attributes:
        columns: what each column is, None for one that is not known.
        separator: between columns.
        line: in which it stands, 1-based.
        unknown: names of the columns that nothing is known about.
        named: how many columns there are up to the last one with a name.
    """

    columns: tuple[Column | None, ...]
    separator: str
    line: int
    unknown: tuple[str, ...]
    named: int

    def row(self, fields: Sequence[str]) -> dict[Column, str]:
        """Return the fields of a row; what Event Viewer writes behind the last named column is the message.

        Excel writes as many cells in each row as the longest one has, so that empty ones stand behind the names.
        """
        found: dict[Column, str] = {}
        for name, field in zip(self.columns, fields, strict=False):
            if name is not None:
                found.setdefault(name, field)
        if "message" not in self.columns and len(fields) > self.named:
            behind = list(fields[self.named :])
            while behind and not behind[-1]:
                behind.pop()
            if behind:
                found["message"] = self.separator.join(behind)
        if self.unknown and "message" not in found:
            # Whatever people call the column: of Windows' columns, the message alone goes over lines.
            others = (field for name, field in zip(self.columns, fields, strict=False) if name is None)
            found["message"] = max((field for field in others if "\n" in field), key=len, default="")
        return found


def header_in(text: str) -> Header | None:
    """Return what the first lines of an export say, None if they name no columns of events."""
    for number, line in enumerate(text.split("\n", _PREAMBLE_LINES)[:_PREAMBLE_LINES], 1):
        stated = line.removeprefix("\ufeff").strip()
        if stated and not stated.startswith(_PREAMBLES):
            header = header_of(line)
            return header._replace(line=number) if header is not None else None
    return None


def header_of(line: str) -> Header | None:
    """Return what the line of an export with the names says, None if it is none."""
    line = line.removeprefix("\ufeff").strip("\r\n")
    for separator in _SEPARATORS:
        words = [word.strip().strip('"').strip() for word in line.split(separator)]
        keys = [word_key(word) for word in words]
        columns = tuple(_WORDS.get(key) for key in keys)
        if "message" not in columns:
            columns = tuple("message" if key in _LOOSE else column for key, column in zip(keys, columns, strict=True))
        if _are_of_events(columns, keys):
            unknown = tuple(word for word, column in zip(words, columns, strict=True) if column is None and word)
            named = max(place for place, word in enumerate(words, 1) if word)
            return Header(columns, separator, 1, unknown, named)
    return None


def _are_of_events(columns: tuple[Column | None, ...], keys: Sequence[str]) -> bool:
    """Say whether columns are those of a table of events: a time, an event id, whose they are or what they say."""
    known = set(columns)
    if known >= _EXPLORER:
        return True
    if "id" not in known or not ("time" in known or {"date", "hour"} <= known):
        return False
    signs = sum(key in _OF_WINDOWS for key in keys)
    if "source" in known:
        return signs > 0
    # Without a source, the time and the number alone do not tell whose table it is.
    return signs > 1 and ("message" in known or "level" in known)


def column_of(words: str) -> Column | None:
    """Return which column a name means, None where it is not known."""
    return _WORDS.get(word_key(words))
