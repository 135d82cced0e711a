"""Which column of an export is what, by the words of its first line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

Column: TypeAlias = Literal[
    "level", "time", "source", "id", "category", "keywords", "user", "operation", "log", "computer", "process",
    "thread", "activity", "record", "message",
]  # fmt: skip

_WORDS: Final[dict[str, Column]] = {
    "level": "level", "レベル": "level", "leveldisplayname": "level", "entrytype": "level",
    "date and time": "time", "日付と時刻": "time", "timecreated": "time", "timegenerated": "time",
    "source": "source", "ソース": "source", "providername": "source",
    "event id": "id", "イベント id": "id", "id": "id", "eventid": "id",
    "task category": "category", "タスクのカテゴリ": "category", "taskdisplayname": "category",
    "keywords": "keywords", "キーワード": "keywords", "keywordsdisplaynames": "keywords",
    "user": "user", "ユーザー": "user", "userid": "user",
    "operational code": "operation", "opcode": "operation", "オペコード": "operation", "操作コード": "operation",
    "opcodedisplayname": "operation",
    "log": "log", "ログ": "log", "logname": "log",
    "computer": "computer", "コンピューター": "computer", "コンピュータ": "computer", "machinename": "computer",
    "process id": "process", "プロセス id": "process", "processid": "process",
    "thread id": "thread", "スレッド id": "thread", "threadid": "thread",
    "correlation id": "activity", "関連付け id": "activity", "相関 id": "activity", "activityid": "activity",
    "recordid": "record", "message": "message", "メッセージ": "message", "説明": "message", "description": "message",
}  # fmt: skip
_NEEDED: Final = ("time", "source", "id")


class Header(NamedTuple):
    """The line of an export that names its columns.

    Attributes:
        columns: what each column is, None for one that is not known.
        separator: between columns, a comma or a tab.
        line: in which it stands, 1-based.
        unknown: names of the columns that nothing is known about.
    """

    columns: tuple[Column | None, ...]
    separator: str
    line: int = 1
    unknown: tuple[str, ...] = ()

    def row(self, fields: Sequence[str]) -> dict[Column, str]:
        """Return the fields of a row; what Event Viewer writes behind the last named column is the message."""
        found: dict[Column, str] = {}
        for name, field in zip(self.columns, fields, strict=False):
            if name is not None:
                found.setdefault(name, field)
        if "message" not in self.columns and len(fields) > len(self.columns):
            found["message"] = self.separator.join(fields[len(self.columns) :])
        return found


def header_of(line: str) -> Header | None:
    """Return what the first line of an export says, None if it is none."""
    line = line.removeprefix("\ufeff").strip("\r\n")
    for separator in (",", "\t"):
        words = [word.strip().strip('"').casefold() for word in line.split(separator)]
        columns = tuple(_WORDS.get(word) for word in words)
        if all(name in columns for name in _NEEDED):
            unknown = tuple(word for word, column in zip(words, columns, strict=True) if column is None and word)
            return Header(columns, separator, unknown=unknown)
    return None
