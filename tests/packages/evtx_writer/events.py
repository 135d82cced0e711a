"""Plain events for tests that are about something else than their fields."""

from __future__ import annotations

from typing import Any, Final

from evtx_writer import EventRecord, filetime_of

START: Final = filetime_of("2026-03-11T12:40:00.1234567Z")
SECOND: Final = 10_000_000


def event(**changes: Any) -> EventRecord:
    """An event with some of its parts changed."""
    parts: dict[str, Any] = {
        "provider": "Microsoft-Windows-Security-Auditing",
        "event_id": 4688,
        "channel": "Security",
        "computer": "DC01.example",
        "time": START,
        **changes,
    }
    return EventRecord(**parts)


def events(count: int, **changes: Any) -> list[EventRecord]:
    """Events one second apart, each with its place as a value."""
    return [
        event(**{"time": START + place * SECOND, "event_data": {"Place": place}, **changes}) for place in range(count)
    ]
