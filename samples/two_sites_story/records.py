"""One Windows event: reads a kind and its payload, gives the description that `evtx_writer` takes.

Payloads are told in the shape that EVTX-to-JSON converters write: unnamed values under `Data`, attributes under
`#attributes`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeAlias

from evtx_writer import EventRecord, value_of, values
from two_sites_story.kinds import KINDS, Json
from two_sites_story.typed_values import typed, unnamed, user_data

Payload: TypeAlias = Mapping[str, Json]

TICKS = 10_000_000
"""Ticks of 100 ns in a second: Windows counts time in them."""

JST = timezone(timedelta(hours=9))
FIRST_DAY = 11
"""The day of March 2026 on which the story begins, a Wednesday."""
DAYS = (11, 12, 13)
WORKING_DAYS = (11, 12)
"""Days on which people come to work; on the 13th the logs are collected before they do."""


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


def midnight(day: int) -> int:
    """The first tick of a day of March 2026 in Japan."""
    return int(datetime(2026, 3, day, tzinfo=JST).timestamp()) * TICKS


def jst(clock: str, day: int = FIRST_DAY) -> int:
    """Ticks of a time of day in Japan, such as `21:42:05.25`.

    A time without a fraction of a second gets one that looks like chance and is always the same.
    """
    hours, minutes, seconds = clock.split(":")
    if "." not in seconds:
        salt = clock if day == FIRST_DAY else f"{day} {clock}"
        seconds += f".{zlib.crc32(salt.encode()) % 8_000_000:07d}"
    return midnight(day) + (int(hours) * 3600 + int(minutes) * 60) * TICKS + round(float(seconds) * TICKS)


COLLECTED = jst("06:00:00.0", 13)
"""When the logs of all hosts were copied: later events are in none of them."""


def system_time(ticks: int) -> str:
    """A time as the System element states it: UTC with seven digits after the second."""
    seconds, fraction = divmod(ticks, TICKS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:07d}Z"


def sysmon_time(ticks: int) -> str:
    """A time as Sysmon states it inside its events: UTC with three digits after the second."""
    seconds, fraction = divmod(ticks, TICKS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{fraction // 10_000:03d}"


def as_event(record: Record, record_id: int, computer: str) -> EventRecord:
    """One record as it is written."""
    kind = KINDS[record.kind]
    provider = kind.provider
    braced = provider.guid is not None and provider.guid.startswith("{")
    event = EventRecord(
        provider=provider.name,
        provider_guid=values.string(provider.guid) if provider.guid is not None and braced else provider.guid,
        event_source_name=provider.source,
        event_id=kind.event_id,
        qualifiers=kind.qualifiers,
        version=kind.version,
        level=kind.level,
        task=kind.task,
        opcode=kind.opcode,
        keywords=int(kind.keywords, 16),
        channel=kind.channel,
        computer=computer,
        time=system_time(record.ticks),
        record_id=record_id,
        process_id=record.pid,
        thread_id=record.tid,
        user_sid=record.user,
    )
    payload = dict(record.payload)
    if kind.user_data is not None:
        return replace(event, user_data=user_data(kind.user_data, payload))
    match payload.pop("#attributes", None):
        case {"Name": str(name)}:
            event = replace(event, event_data_name=name)
    if "Binary" in payload:
        binary = payload.pop("Binary")
        event = replace(event, binary=value_of(None) if binary is None else bytes.fromhex(str(binary)))
    if "Data" in payload:
        return replace(event, event_data=unnamed(payload["Data"]))
    return replace(event, event_data={name: typed(name, plain) for name, plain in payload.items()})
