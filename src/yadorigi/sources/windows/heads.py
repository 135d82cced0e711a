"""The heads of records that the EVTX parser wrote as JSON, recognised without decoding them.

Most records of a log begin alike: up to the time, provider, event id and version are the same text, and so are channel
and host behind it. A beginning that was decoded once is known by its text; only its time and its number differ. The
payload is decoded when a rule asks for it.

Recognising is safe because equal beginnings of JSON text mean equal beginnings of its content, and because quotes
inside texts are escaped, so that a key cannot be forged by a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.sources.records.batch import RecordTable, kind_of

if TYPE_CHECKING:
    from yadorigi.sources.records.record import Record

_TIME_KEY: Final = '"SystemTime":"'
_TIME_LENGTH: Final = len("2023-10-18T05:43:49.910803Z")
_AFTER_TIME: Final = '"}},"EventRecordID":'
_CHANNEL_KEY: Final = '"Channel":'
_SECURITY_KEY: Final = ',"Security":'
_TO_TIME: Final = len(_TIME_KEY)
_TO_NEXT: Final = _TO_TIME + _TIME_LENGTH
_TO_END: Final = _TO_NEXT + len(_AFTER_TIME)
_HEAD_LENGTH: Final = 100
"""No head is shorter; the search for its time starts here."""


class _Tail(msgspec.Struct, forbid_unknown_fields=True):
    """Channel and host as they stand between time and payload."""

    Channel: str | None
    Computer: str | None


def placed(text: str, table: RecordTable) -> str | None:
    """Give a record of a known head its place in the table; return its time as stated, None where the head is new.

    The caller adds the text to the table.
    """
    at = text.find(_TIME_KEY, _HEAD_LENGTH)
    by_tail = table.heads.get(text[:at])
    if by_tail is None:
        return None
    start = text.find(_CHANNEL_KEY, at + _TO_END)
    rows = by_tail.get(text[start : text.find(_SECURITY_KEY, start)])
    if rows is None or text[at + _TO_NEXT : at + _TO_END] != _AFTER_TIME:
        return None
    rows.append(len(table.texts))
    return text[at + _TO_TIME : at + _TO_NEXT]


def learn(text: str, record: Record, table: RecordTable) -> None:
    """Remember the head of a record that was decoded, if it has the form that `placed` recognises."""
    at = text.find(_TIME_KEY, _HEAD_LENGTH)
    start = text.find(_CHANNEL_KEY, at + _TO_END)
    end = text.find(_SECURITY_KEY, start)
    if at < 0 or start < 0 or end < 0 or text[at + _TO_NEXT : at + _TO_END] != _AFTER_TIME:
        return
    system = record.Event.System
    try:
        tail = msgspec.json.decode("{" + text[start:end] + "}", type=_Tail)
    except msgspec.MsgspecError:
        return
    if (tail.Channel, tail.Computer) != (system.Channel, system.Computer):
        return
    rows = table.rows_of(kind_of(system), system.Computer)
    table.heads.setdefault(text[:at], {})[text[start:end]] = rows
