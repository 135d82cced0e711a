"""Events in alerts and archives of Wazuh (``data.win``), whose names it writes with a small letter first.

Names come back by the known layouts of the event, or with a great letter. Backslashes come doubled in its documents,
which is undone where no value of the record has a single one. Line ends inside of values are lost by its manager.

Source: Wazuh, analysisd (``decoders/winevtchannel.c``); user manual, Windows event channel.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from yadorigi.sources.records.record import integer_in
from yadorigi.sources.windows.event_form import event_of
from yadorigi.sources.windows.field_layouts import layouts_of, with_empty_fields

_HEAD: Final = {
    "eventID": "EventID", "channel": "Channel", "providerName": "Provider", "providerGuid": "ProviderGuid",
    "eventSourceName": "EventSourceName", "systemTime": "Time", "eventRecordID": "RecordID", "computer": "Computer",
    "version": "Version", "level": "Level", "task": "Task", "opcode": "Opcode", "keywords": "Keywords",
    "processID": "ProcessID", "threadID": "ThreadID", "userID": "UserID", "security UserID": "UserID",
    "message": "Message",
}  # fmt: skip
_NUMBERED: Final = re.compile(r"param\d{1,3}").fullmatch
_UNNAMED: Final = "data"
_BACKSLASHES: Final = re.compile(r"\\+").findall


def win_of(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a record of Wazuh holds of a Windows event, None where it holds none."""
    if any(name.startswith("data.win.") for name in record):
        return _nested(record)
    outer = record.get("data")
    win = outer.get("win") if isinstance(outer, dict) else record.get("win")
    return win if isinstance(win, dict) and isinstance(win.get("system"), dict) else None


def is_wazuh(record: dict[str, Any]) -> bool:
    """Say whether a record is a Windows event as Wazuh writes it."""
    return win_of(record) is not None


def wazuh_event(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record of Wazuh in the form of evtx_dump."""
    win = win_of(record) or {}
    system: dict[str, Any] = win.get("system") or {}
    undoubled = _undoubling(win)
    head: dict[str, Any] = {own: undoubled(system[name]) for name, own in _HEAD.items() if name in system}
    if isinstance(head.get("Message"), str):
        head["Message"] = head["Message"].strip().strip('"')
    agent = record.get("agent")
    head.setdefault("Computer", agent.get("name") if isinstance(agent, dict) else None)
    stated = win.get("eventdata")
    data = _fields(head, {name: undoubled(value) for name, value in stated.items()} if isinstance(stated, dict) else {})
    if "win" in record or "data" in record:
        # Tables hold the columns that somebody chose; documents lack what was empty.
        data = with_empty_fields(head.get("Provider"), head.get("EventID"), head.get("Version"), data)
    user_data = {
        _great(name): {_great(inner): undoubled(text) for inner, text in value.items()}
        for name, value in win.items()
        if name not in ("system", "eventdata") and isinstance(value, dict)
    }
    return event_of(head, data or None, user_data or None)


def _fields(head: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    provider, number = head.get("Provider"), head.get("EventID")
    known_number = integer_in(number)
    layouts = layouts_of(provider, known_number) if isinstance(provider, str) and known_number is not None else []
    known = {name.removesuffix(":x").casefold(): name.removesuffix(":x") for layout in layouts for name in layout}
    fields: dict[str, Any] = {}
    for name, value in stated.items():
        if name == _UNNAMED and _UNNAMED not in known:
            fields["Data"] = {"#text": value}
        else:
            fields[known.get(name.casefold()) or (name if _NUMBERED(name) else _great(name))] = value
    return fields


def _great(name: str) -> str:
    return name[:1].upper() + name[1:]


def _undoubling(win: dict[str, Any]) -> Callable[[Any], Any]:
    """Return what takes one of two backslashes away, where each one of the event's values comes doubled."""
    texts = [text for part in win.values() if isinstance(part, dict) for text in part.values() if isinstance(text, str)]
    runs = [run for text in texts for run in _BACKSLASHES(text)]
    if not runs or any(len(run) % 2 for run in runs):
        return lambda value: value
    return lambda value: value.replace("\\\\", "\\") if isinstance(value, str) else value


def _nested(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return the event in a record whose names have dots (``data.win.system.eventID``), as tables have them."""
    win: dict[str, Any] = {}
    for name, value in record.items():
        parts = name.removeprefix("data.win.").split(".", 1)
        if name.startswith("data.win.") and len(parts) > 1 and value not in (None, "", "-"):
            win.setdefault(parts[0], {})[parts[1]] = value
    return win if "system" in win else None
