"""Events by chance, and what each of three parsers must make of them."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from hypothesis import strategies as st

from evtx_writer import (
    Element,
    EventRecord,
    Plain,
    Text,
    Value,
    ValueType,
    element,
    filetime_of,
    time_text,
    value_of,
    values,
)

if TYPE_CHECKING:
    from tests.packages.evtx_writer.readers import Fields

FIRST_TIME: Final = filetime_of("1970-01-02T00:00:00Z")
LAST_TIME: Final = filetime_of("2100-01-01T00:00:00Z")
GUIDS: Final = st.uuids().map(str)
SIDS: Final = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=14).map(
    lambda parts: f"S-1-5-{'-'.join(map(str, parts))}"
)
TIMES: Final = st.integers(FIRST_TIME, LAST_TIME)
NAMES: Final = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", min_size=1, max_size=24).map(
    lambda name: "N" + name
)
TEXTS: Final = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn"), include_characters="\t"), max_size=60
).filter(lambda text: text == text.strip())
WORDS: Final = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


def numbers(kind: ValueType, low: int, high: int) -> st.SearchStrategy[Value]:
    """Values of a type of integers."""
    return st.integers(low, high).map(lambda number: values.integer(kind, number))


VALUES: Final[st.SearchStrategy[Plain]] = st.one_of(
    st.none(),
    TEXTS,
    st.booleans(),
    st.binary(max_size=40),
    numbers(ValueType.INT8, 0, 2**7 - 1),
    numbers(ValueType.UINT8, 0, 2**8 - 1),
    numbers(ValueType.INT16, 0, 2**15 - 1),
    numbers(ValueType.UINT16, 0, 2**16 - 1),
    numbers(ValueType.INT32, 0, 2**31 - 1),
    numbers(ValueType.UINT32, 0, 2**32 - 1),
    numbers(ValueType.INT64, 0, 2**63 - 1),
    numbers(ValueType.UINT64, 0, 2**64 - 1),
    numbers(ValueType.HEX_INT32, 0, 2**32 - 1),
    numbers(ValueType.HEX_INT64, 0, 2**64 - 1),
    GUIDS.map(values.guid),
    SIDS.map(values.sid),
    TIMES.map(values.filetime),
)
USER_DATA: Final = st.builds(
    lambda name, space, texts: element(
        name, {"xmlns": f"urn:{space}"}, *(element(key, None, *([text] if text else [])) for key, text in texts.items())
    ),
    NAMES,
    WORDS,
    st.dictionaries(NAMES, TEXTS, min_size=1, max_size=5),
)
SYSTEMS: Final = {
    "provider": st.sampled_from(["Microsoft-Windows-Sysmon", "ESENT", "日本-Provider"]),
    "provider_guid": st.none() | GUIDS,
    "event_source_name": st.none() | WORDS,
    "event_id": st.integers(0, 2**16 - 1),
    "qualifiers": st.none() | st.integers(0, 2**16 - 1),
    "version": st.integers(0, 255),
    "level": st.integers(0, 255),
    "task": st.integers(0, 2**16 - 1),
    "opcode": st.integers(0, 255),
    "keywords": st.integers(0, 2**64 - 1),
    "channel": st.sampled_from(["Security", "Microsoft-Windows-Sysmon/Operational"]),
    "computer": st.sampled_from(["DC01.example", "jump01"]),
    "time": TIMES,
    "process_id": st.integers(0, 2**32 - 1),
    "thread_id": st.integers(0, 2**32 - 1),
    "activity_id": st.none() | GUIDS,
    "related_activity_id": st.none() | GUIDS,
    "user_sid": st.none() | SIDS,
}
NAMED: Final = st.builds(EventRecord, **SYSTEMS, event_data=st.dictionaries(NAMES, VALUES, max_size=8))
UNNAMED: Final = st.builds(
    EventRecord,
    **SYSTEMS,
    event_data=st.lists(WORDS, min_size=1, max_size=6),
    binary=st.none() | st.binary(min_size=1, max_size=9),
)
WITH_USER_DATA: Final = st.builds(EventRecord, **SYSTEMS, user_data=USER_DATA)
WITHOUT_PAYLOAD: Final = st.builds(EventRecord, **SYSTEMS)
RECORDS: Final = st.lists(st.one_of(NAMED, UNNAMED, WITH_USER_DATA, WITHOUT_PAYLOAD), min_size=1, max_size=12)


@dataclass(frozen=True)
class Dialect:
    """How a parser writes values of the types that parsers write differently."""

    guid: Callable[[UUID], str]
    hexadecimal: Callable[[int, int], str]
    time: Callable[[int], str]
    boolean: Callable[[bool], str]
    binary: Callable[[bytes], str]
    strings: Callable[[Sequence[str]], list[str]]
    empty_attributes: bool = False
    null_data: bool = True


def micro(ticks: int) -> str:
    """A time cut to microseconds."""
    return time_text(ticks)[:-2] + "Z"


def as_python_evtx(ticks: int) -> str:
    """A time as python-evtx gives it: by way of a floating-point number of seconds."""
    return str(datetime.fromtimestamp(ticks * 1e-7 - 11_644_473_600, UTC))


RUST: Final = Dialect(
    guid=lambda identity: str(identity).upper(),
    hexadecimal=lambda number, _: f"{number:#x}",
    time=micro,
    boolean=lambda truth: "true" if truth else "false",
    binary=lambda data: data.hex().upper(),
    strings=list,
)
LIBEVTX: Final = Dialect(
    guid=lambda identity: f"{{{identity}}}".upper(),
    hexadecimal=lambda number, digits: f"{number:#0{digits + 2}x}",
    time=lambda ticks: time_text(ticks)[:-1] + "00Z",
    boolean=lambda truth: "true" if truth else "false",
    binary=lambda data: data.hex().upper(),
    strings=list,
    null_data=False,
)
PYTHON_EVTX: Final = Dialect(
    guid=lambda identity: f"{{{identity}}}",
    hexadecimal=lambda number, digits: f"{number:#0{digits + 2}x}",
    time=as_python_evtx,
    boolean=str,
    binary=lambda data: base64.b64encode(data).decode(),
    strings=lambda texts: ["".join(f"<string>{text}</string>\n" for text in texts)],
)


def expected_text(plain: Plain, dialect: Dialect) -> str:
    """What a parser must write for a value that is no array."""
    value = value_of(plain)
    match value.type:
        case ValueType.GUID:
            return dialect.guid(UUID(bytes_le=value.data))
        case ValueType.HEX_INT32 | ValueType.HEX_INT64:
            return dialect.hexadecimal(int(value.text, 16), 2 * len(value.data))
        case ValueType.FILETIME:
            return dialect.time(struct.unpack("<Q", value.data)[0])
        case ValueType.BOOL:
            return dialect.boolean(value.data[0] == 1)
        case ValueType.BINARY:
            return dialect.binary(value.data)
        case _:
            return value.text


def expected_system(record: EventRecord, record_id: int, dialect: Dialect) -> dict[str, str]:
    """What a parser must read from System; what has no value is left out."""
    plain: dict[str, Plain] = {
        "Provider@Name": record.provider,
        "Provider@Guid": value_of(None) if record.provider_guid is None else values.guid(str(record.provider_guid)),
        "Provider@EventSourceName": record.event_source_name,
        "EventID": record.event_id,
        "EventID@Qualifiers": record.qualifiers,
        "Version": record.version,
        "Level": record.level,
        "Task": record.task,
        "Opcode": record.opcode,
        "Keywords": values.hex_int64(int(str(record.keywords))),
        "TimeCreated@SystemTime": values.filetime(int(str(record.time))),
        "EventRecordID": record_id,
        "Correlation@ActivityID": None if record.activity_id is None else values.guid(str(record.activity_id)),
        "Correlation@RelatedActivityID": None
        if record.related_activity_id is None
        else values.guid(str(record.related_activity_id)),
        "Execution@ProcessID": record.process_id,
        "Execution@ThreadID": record.thread_id,
        "Channel": record.channel,
        "Computer": record.computer,
        "Security@UserID": record.user_sid,
    }
    texts = {name: expected_text(value, dialect) for name, value in plain.items()}
    return {name: text for name, text in texts.items() if text}


def text_in(described: Element) -> str:
    """The text that an element holds."""
    return "".join(child.text for child in described.children if isinstance(child, Text))


def expected_payload(record: EventRecord, dialect: Dialect) -> Fields:
    """What a parser must read from EventData or UserData."""
    if record.user_data is not None:
        children = [child for child in record.user_data.children if isinstance(child, Element)]
        return [(f"UserData/{record.user_data.name}/{child.name}", text_in(child)) for child in children]
    if record.event_data is None:
        return []
    found: Fields = []
    if not isinstance(record.event_data, dict):
        found += [("EventData/Data", text) for text in dialect.strings([str(plain) for plain in record.event_data])]
        if record.binary is not None:
            found.append(("EventData/Binary", expected_text(record.binary, dialect)))
        return found
    for name, plain in record.event_data.items():
        if plain is not None or dialect.null_data:
            found += [("EventData/Data@Name", name), ("EventData/Data", expected_text(plain, dialect))]
    return found or [("EventData", "")]
