"""The heads of records that the EVTX parser wrote as JSON, recognised without decoding them.

Most records of a log begin alike: up to the time, provider, event id and version are the same text, and so are channel
and host behind it. A head that was decoded once is known by its text; only its time and its number differ. The payload
is decoded when a rule asks for it.

Recognising is safe because equal beginnings of JSON text mean equal beginnings of its content, and because quotes
inside texts are escaped, so that a key cannot be forged by a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.limits import KINDS_LIMIT
from yadorigi.sources.records.batch import RecordTable, kind_of

if TYPE_CHECKING:
    from yadorigi.schema.event import EventKind
    from yadorigi.sources.records.record import Record

NUMBER_KEY: Final = '"EventRecordID":'
_TIME_KEY: Final = '"SystemTime":"'
_TIME_LENGTH: Final = len("2023-10-18T05:43:49.910803Z")
_AFTER_TIME: Final = '"}},' + NUMBER_KEY
_CHANNEL_KEY: Final = '"Channel":'
_SECURITY_KEY: Final = ',"Security":'
_SHORTEST: Final = 100
"""Characters that every head has; the search for its time starts behind them."""
_LONGEST: Final = 2_000
"""Characters of a head that is remembered."""
_NO_TEXT: Final = "\0"
"""No JSON begins so."""

_known: dict[tuple[str, str], tuple[EventKind, str | None]] = {}
"""Kind and host by the beginnings and ends of heads that were decoded: a new table has seen none."""


class _Tail(msgspec.Struct, forbid_unknown_fields=True):
    """Channel and host as they stand between time and payload."""

    Channel: str | None
    Computer: str | None


def placed(texts: Sequence[str], table: RecordTable) -> list[str]:
    """Give records, up to the first one whose head is new, their places in the table; return their times as stated.

    The caller adds the texts to the table.
    """
    times: list[str] = []
    # Neighbours are often alike, and it costs less to see that than to find where a head ends.
    head = tail = _NO_TEXT
    by_tail: dict[str, list[int]] = {}
    time = end = 0
    for place, text in enumerate(texts, len(table.texts)):
        if not text.startswith(head):
            time = text.find(_TIME_KEY, _SHORTEST) + len(_TIME_KEY)
            end = time + _TIME_LENGTH
            head = text[:time]
            by_tail = table.heads.setdefault(head, {})
        start = text.find(_CHANNEL_KEY, end)
        if not text.startswith(tail, start):
            tail = text[start : text.find(_SECURITY_KEY, start) + len(_SECURITY_KEY)]
        rows = by_tail.get(tail)
        if rows is None and (known := _known.get((head, tail))) is not None:
            rows = by_tail[tail] = table.rows_of(*known)
        if rows is None or not text.startswith(_AFTER_TIME, end):
            break
        rows.append(place)
        times.append(text[time:end])
    return times


def learn(text: str, record: Record) -> None:
    """Remember the head of a record that was decoded, if it has the form that `placed` recognises."""
    time = text.find(_TIME_KEY, _SHORTEST) + len(_TIME_KEY)
    start = text.find(_CHANNEL_KEY, time + _TIME_LENGTH)
    end = text.find(_SECURITY_KEY, start)
    formed = time > len(_TIME_KEY) and min(start, end) >= 0 and text.startswith(_AFTER_TIME, time + _TIME_LENGTH)
    if not formed or time + end - start > _LONGEST:
        return
    try:
        tail = msgspec.json.decode("{" + text[start:end] + "}", type=_Tail)
    except msgspec.MsgspecError:
        return
    system = record.Event.System
    if (tail.Channel, tail.Computer) != (system.Channel, system.Computer):
        return
    if len(_known) >= KINDS_LIMIT:
        _known.clear()
    _known[text[:time], text[start : end + len(_SECURITY_KEY)]] = kind_of(system), system.Computer
