"""One Windows event as JSON: reads a kind and its payload, gives the object that EVTX-to-JSON converters write.

The shape is that of `evtx_dump -o jsonl`: `System` before `EventData` or `UserData`, attributes under `#attributes`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeAlias

from two_hosts_story.kinds import KINDS, Json

Payload: TypeAlias = Mapping[str, Json]

TICKS = 10_000_000
"""Ticks of 100 ns in a second: Windows counts time in them."""

JST = timezone(timedelta(hours=9))
MIDNIGHT = int(datetime(2026, 3, 11, tzinfo=JST).timestamp()) * TICKS
"""The first tick of the day of the story, 2026-03-11 00:00 in Japan."""

END_OF_DAY = MIDNIGHT + 24 * 3600 * TICKS

_XML_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a record has to do with the intruder: the step of the story and its ATT&CK technique."""

    step: str
    technique: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """One event before it has a record id."""

    kind: str
    ticks: int
    payload: Payload
    pid: int
    tid: int
    user: str | None
    mark: Mark | None


def jst(clock: str) -> int:
    """Ticks of a time of day in Japan, such as `21:42:05.25`.

    A time without a fraction of a second gets one that looks like chance and is always the same.
    """
    hours, minutes, seconds = clock.split(":")
    if "." not in seconds:
        seconds += f".{zlib.crc32(clock.encode()) % 8_000_000:07d}"
    return MIDNIGHT + (int(hours) * 3600 + int(minutes) * 60) * TICKS + round(float(seconds) * TICKS)


def system_time(ticks: int) -> str:
    """A time as the System element states it: UTC with seven digits after the second."""
    seconds, fraction = divmod(ticks, TICKS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:07d}Z"


def sysmon_time(ticks: int) -> str:
    """A time as Sysmon states it inside its events: UTC with three digits after the second."""
    seconds, fraction = divmod(ticks, TICKS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{fraction // 10_000:03d}"


def as_event(record: Record, record_id: int, computer: str) -> dict[str, Json]:
    """The JSON object of one record."""
    kind = KINDS[record.kind]
    provider: dict[str, Json] = {"Name": kind.provider.name}
    if kind.provider.guid is not None:
        provider["Guid"] = kind.provider.guid
    if kind.provider.source is not None:
        provider["EventSourceName"] = kind.provider.source
    event_id: Json = kind.event_id
    if kind.qualifiers is not None:
        event_id = {"#attributes": {"Qualifiers": kind.qualifiers}, "#text": kind.event_id}
    system: dict[str, Json] = {
        "Provider": {"#attributes": provider},
        "EventID": event_id,
        "Version": kind.version,
        "Level": kind.level,
        "Task": kind.task,
        "Opcode": kind.opcode,
        "Keywords": kind.keywords,
        "TimeCreated": {"#attributes": {"SystemTime": system_time(record.ticks)}},
        "EventRecordID": record_id,
        "Correlation": None,
        "Execution": {"#attributes": {"ProcessID": record.pid, "ThreadID": record.tid}},
        "Channel": kind.channel,
        "Computer": computer,
        "Security": None if record.user is None else {"#attributes": {"UserID": record.user}},
    }
    event: dict[str, Json] = {"#attributes": {"xmlns": _XML_NAMESPACE}, "System": system}
    if kind.user_data is None:
        event["EventData"] = dict(record.payload)
    else:
        event["UserData"] = {kind.user_data.element: {"#attributes": kind.user_data.attributes(), **record.payload}}
    return {"Event": event}
