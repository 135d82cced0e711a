"""Exports that are no table: a block of lines for each event, as ``wevtutil``, PowerShell and *Copy as text* write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from yadorigi.limits import EXPORT_ROW_CHARACTERS_LIMIT
from yadorigi.sources.records.shown_dates import Order, stated_time
from yadorigi.sources.windows.event_viewer.columns import Column, column_of

_NUMBERED: Final = re.compile(r"Event\[(\d{1,9})\]:?\s*").fullmatch
_OF_NUMBERED: Final = re.compile(r"  ([A-Z][A-Za-z ]{1,20}): ?(.*)", re.DOTALL).fullmatch
_OF_LIST: Final = re.compile(r"([A-Za-z][A-Za-z0-9]{1,40}) *: (.*)|([A-Za-z][A-Za-z0-9]{1,40}) *:", re.DOTALL).fullmatch
_OF_COPY: Final = re.compile(r"([^\s:\uff1a][^:\uff1a\t]{1,30})[:\uff1a]\s*(.*)", re.DOTALL).fullmatch
_FIRST_OF_COPY: Final = re.compile(r"(?:Log Name|ログの名前|ログ名)[:\uff1a]\s*\S").match
_XML_OF_COPY: Final = re.compile(r"(?:Event Xml|イベント XML)[:\uff1a]\s*", re.IGNORECASE).fullmatch
_HEAD_LINES: Final = 60
_NAMES: Final = 200
"""Properties of one event in a list; PowerShell's have some thirty."""


class Block(NamedTuple):
    """The lines of one event.

    Attributes:
        line: 1-based line in which it begins.
        row: what it says, by column; None where it is too long, and not read.
        characters: how long it is.
        odd: whether it is not the next one by its number.
    """

    line: int
    row: dict[Column, str] | None
    characters: int
    odd: bool = False


class Layout(NamedTuple):
    """How blocks are written.

    Attributes:
        name: what writes them, in words.
        begins: says whether a line begins a block, given the one behind it.
        row: what the lines of a block say.
        folded: whether long lines may have been broken where a window ended.
        order: in which dates are written, where that does not depend on the computer.
    """

    name: str
    begins: Callable[[str, str], bool]
    row: Callable[[list[str]], dict[Column, str]]
    folded: bool = False
    order: Order | None = None


def layout_of(text: str) -> Layout | None:
    """Return how the blocks are written that a text begins with, None where it begins with none."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n", _HEAD_LINES)[:_HEAD_LINES]
    lines = [line for line in lines if line.strip()]
    for layout in LAYOUTS:
        if lines and layout.begins(lines[0], lines[1] if len(lines) > 1 else ""):
            row = next(blocks_in(iter(lines), layout)).row or {}
            number = row.get("id", "") or row.get("instance", "")
            dated = "time" in row and ("source" in row or "message" in row)
            if number.strip().isdigit() and (dated or (layout is not _LIST and "date" in row)):
                return layout
    return None


def blocks_in(lines: Iterator[str], layout: Layout) -> Iterator[Block]:
    """Give the events of lines, one after the other; a bounded part of the text is in memory."""
    waiting: list[str] = []
    names: set[str] = set()
    first, number, characters, last, odd = 1, 0, 0, -1, False
    current = next(lines, None)
    while current is not None:
        following = next(lines, None)
        number += 1
        text = current.rstrip("\r\n")
        name = _name_in_list(text) if layout is _LIST else ""
        # A list has no line that begins an event: one does whose name was there already.
        if layout.begins(text, following or "") and (not name or name in names):
            if any(line.strip() for line in waiting):
                yield _block(first, waiting, characters, layout, odd=odd)
            stated = _NUMBERED(text)
            odd = stated is not None and last >= 0 and int(stated[1]) != last + 1
            last = int(stated[1]) if stated is not None else last
            waiting, first, characters = [], number, 0
            names.clear()
        if name and len(names) < _NAMES:
            names.add(name)
        characters += len(current)
        if characters <= EXPORT_ROW_CHARACTERS_LIMIT:
            waiting.append(text)
        current = following
    if any(line.strip() for line in waiting):
        yield _block(first, waiting, characters, layout, odd=odd)


def _name_in_list(line: str) -> str:
    own = _OF_LIST(line)
    return (own[1] or own[3]) if own is not None else ""


def _block(first: int, lines: list[str], characters: int, layout: Layout, *, odd: bool) -> Block:
    whole = characters <= EXPORT_ROW_CHARACTERS_LIMIT
    return Block(first, layout.row(lines) if whole else None, characters, odd)


# --------------------------------------------------------------------------------------------------------------- Splunk

_NAMED: Final = re.compile(r"([A-Za-z]{1,20})=(.*)", re.DOTALL).fullmatch
_COLUMNS_OF_SPLUNK: Final[dict[str, Column]] = {
    "LogName": "log", "SourceName": "source", "EventCode": "id", "Type": "level", "ComputerName": "computer",
    "TaskCategory": "category", "OpCode": "operation", "RecordNumber": "record", "Keywords": "keywords",
    "Logfile": "log", "CategoryString": "category", "TimeGenerated": "time", "User": "user",
}  # fmt: skip
"""Also those of events that it asks Windows' management (WMI) for."""
_MANAGED: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.(\d{6})\s*", re.ASCII).fullmatch
_FIRST_OF_MANAGED: Final = (
    "Category=",
    "CategoryString=",
    "ComputerName=",
    "EventCode=",
    "EventIdentifier=",
    "Logfile=",
)
_END_OF_MANAGED: Final = "---splunk-wmi-end-of-event---"


def _begins_names(line: str, following: str) -> bool:
    if _MANAGED(line.rstrip("\r\n")) is not None:
        return following.startswith(_FIRST_OF_MANAGED)
    return following.startswith("LogName=") and stated_time(line.rstrip("\r\n"), "month") is not None


def row_of_names(lines: list[str]) -> dict[Column, str]:
    """Return what Splunk's text of an event says: a time, names and values, and the message behind all of them."""
    found: dict[Column, str] = {}
    managed = _MANAGED(lines[0]) if lines else None
    if lines and managed is None and _NAMED(lines[0]) is None:
        found["time"] = lines[0].strip()
    for place, line in enumerate(lines):
        named = _NAMED(line.rstrip("\r"))
        if named is not None and named[1] == "Message":
            texts = (text.rstrip("\r") for text in lines[place + 1 :])
            found["message"] = _joined([named[2], *(text for text in texts if text != _END_OF_MANAGED)])
            break
        if named is not None and named[1] in _COLUMNS_OF_SPLUNK and (value := named[2].strip()) != "NULL":
            # What audits are is their type there.
            is_audit = named[1] == "Type" and value.startswith("Audit ")
            found.setdefault("keywords" if is_audit else _COLUMNS_OF_SPLUNK[named[1]], value)
    if managed is not None and "time" not in found:
        year, month, day, hour, minute, second, fraction = managed.groups()
        found["time"] = f"{year}-{month}-{day} {hour}:{minute}:{second}.{fraction}"
    return found


# ------------------------------------------------------------------------------------------------------------- wevtutil


def _begins_numbered(line: str, following: str) -> bool:
    return _NUMBERED(line) is not None and _OF_NUMBERED(following.rstrip("\r\n")) is not None


def _numbered_row(lines: list[str]) -> dict[Column, str]:
    """Return what a block of ``wevtutil qe /f:text`` says; the message is all behind its description."""
    found: dict[Column, str] = {}
    for place, line in enumerate(lines[1:], 1):
        named = _OF_NUMBERED(line)
        if named is None:
            continue
        if named[1] == "Description":
            found["message"] = _joined([named[2], *lines[place + 1 :]])
            break
        column = _COLUMNS_OF_WEVTUTIL.get(named[1]) or column_of(named[1])
        if column is not None:
            found.setdefault(column, "" if named[2].strip() == "N/A" else named[2].strip())
    return found


_COLUMNS_OF_WEVTUTIL: Final[dict[str, Column]] = {"Date": "time", "Task": "category"}


# ----------------------------------------------------------------------------------------------------------- PowerShell


def _begins_list(line: str, following: str) -> bool:
    del following
    return _OF_LIST(line) is not None


def _list_row(lines: list[str]) -> dict[Column, str]:
    """Return what a block of ``Format-List`` says: the lines of a value stand as far in as its first one."""
    found: dict[Column, str] = {}
    column: Column | None = None
    indent = 0
    values: dict[Column, list[str]] = {}
    for line in lines:
        named = _OF_LIST(line)
        if named is not None:
            column = column_of(named[1] or named[3])
            indent = line.index(":") + 2
            if column is not None:
                values.setdefault(column, []).append(named[2] or "")
        elif column is not None:
            values[column].append(line[indent:] if not line[:indent].strip() else line)
    for name, own in values.items():
        found[name] = _joined(own)
    return found


# ----------------------------------------------------------------------------------------------------- copied from view


def _begins_copy(line: str, following: str) -> bool:
    return _FIRST_OF_COPY(line) is not None and _OF_COPY(following.rstrip("\r\n")) is not None


def _copy_row(lines: list[str]) -> dict[Column, str]:
    """Return what *Copy details as text* says, and the event's XML behind it."""
    found: dict[Column, str] = {}
    for place, line in enumerate(lines):
        named = _OF_COPY(line)
        if named is None:
            continue
        column = column_of(named[1])
        if column == "message":
            rest = [named[2], *lines[place + 1 :]]
            ends = [at for at, text in enumerate(rest) if _XML_OF_COPY(text)]
            found["message"] = _joined(rest[: ends[-1]] if ends else rest)
            if ends:
                found["xml"] = "\n".join(rest[ends[-1] + 1 :]).strip()
            break
        if column is not None:
            found.setdefault(
                "time" if column == "date" else column, "" if named[2].strip() == "N/A" else named[2].strip()
            )
    return found


def _joined(lines: list[str]) -> str:
    """Return a message of lines, without those that are empty before and behind it."""
    while lines and not lines[-1].strip():
        lines.pop()
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    return "\r\n".join(lines[first:])


_LIST: Final = Layout("PowerShell's Format-List", _begins_list, _list_row, folded=True)
LAYOUTS: Final = (
    Layout("Splunk's text of events", _begins_names, row_of_names, order="month"),
    Layout("wevtutil's text", _begins_numbered, _numbered_row),
    Layout("events copied as text", _begins_copy, _copy_row),
    _LIST,
)
"""Those with the surest signs first."""
