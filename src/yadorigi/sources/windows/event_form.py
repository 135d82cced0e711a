"""The form into which every shape of Windows event is brought: that of evtx_dump, which everything downstream reads.

A shape knows where its tool keeps what; this module knows how EVTX writes it. What a shape does not carry is left out.
Rendered text (the message, the words for level and task) goes where Windows puts it, into ``RenderingInfo``, so that it
is kept and no rule takes it for a field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from yadorigi.schema.times import TICKS_PER_SECOND, canonical_time, time_of
from yadorigi.sources.records.record import RecordError, integer_in

_UNSIGNED_64: Final = 2**64
_INTEGER: Final = re.compile(r"-?\d{1,20}", re.ASCII).fullmatch
_TICKS_FROM_1601_TO_1970: Final = 116_444_736_000_000_000
_DOT_NET_DATE: Final = re.compile(r"/Date\((-?\d{1,17})([+-]\d{4})?\)/").fullmatch
_TICKS_PER_MILLISECOND: Final = TICKS_PER_SECOND // 1_000
_MILLISECONDS_FROM: Final = 10**11
"""Numbers from here on are milliseconds since 1970 (1973 on), below they are seconds (up to the year 5138)."""
_FILETIME_FROM: Final = 10**17
"""Numbers from here on are 100 ns since 1601 (the year 1917 on)."""

_BINARY: Final = "Binary"
_NUMBERS: Final = ("Version", "Level", "Task", "Opcode")
_AUDIT_KEYWORDS: Final = {"audit success": "0x8020000000000000", "audit failure": "0x8010000000000000"}
"""What every event of the Security log has among its keywords; Windows has no other way to say either."""
_LEVELS: Final = {"critical": 1, "error": 2, "warning": 3, "verbose": 5}
"""Words that stand for one level each; ``Information`` stands for two (0 and 4)."""


def event_of(head: Mapping[str, Any], payload: Any, user_data: Any = None) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return an event in the form of evtx_dump.

    Where the tool left out the values of a provider that names none (one without a GUID), the rendered message stands
    for them.

    Args:
        head: what stands in ``System``, by these names: EventID, Channel, Provider, ProviderGuid, EventSourceName,
            Time, RecordID, Computer, Version, Level, Task, Opcode, Keywords, Qualifiers, ActivityID,
            RelatedActivityID, ProcessID, ThreadID, UserID; and Message. Values may be written in any usual way.
        payload: ``EventData``: fields by name, or the values of unnamed ones in a list, or None.
        user_data: ``UserData``, or None.

    Raises:
        RecordError: there is no event id.
    """
    number = integer_in(head.get("EventID"))
    if number is None:
        raise RecordError("an event without a numeric event id")
    qualifiers = integer_in(head.get("Qualifiers"))
    system: dict[str, Any] = {
        "Provider": _attributes(Name=head.get("Provider"), Guid=head.get("ProviderGuid"),
                                EventSourceName=head.get("EventSourceName")),
        "EventID": number if qualifiers is None else {"#attributes": {"Qualifiers": qualifiers}, "#text": number},
    }  # fmt: skip
    rendered = {name: text for name in ("Message",) if isinstance(text := head.get(name), str) and text}
    for name in _NUMBERS:
        stated = head.get(name)
        value = integer_in(stated)
        if value is None and isinstance(stated, str) and stated:
            rendered[name] = stated
            value = _LEVELS.get(stated.lower()) if name == "Level" else None
        if value is not None:
            system[name] = value
    keywords = _keywords(head.get("Keywords"))
    if keywords is not None:
        system["Keywords"] = keywords
    system["TimeCreated"] = {"#attributes": {"SystemTime": time_text(head.get("Time")) or ""}}
    system["EventRecordID"] = integer_in(head.get("RecordID"))
    system["Correlation"] = _attributes(
        ActivityID=head.get("ActivityID"), RelatedActivityID=head.get("RelatedActivityID")
    )
    system["Execution"] = _attributes(
        ProcessID=integer_in(head.get("ProcessID")), ThreadID=integer_in(head.get("ThreadID"))
    )
    system["Channel"] = head.get("Channel")
    system["Computer"] = head.get("Computer")
    system["Security"] = _attributes(UserID=head.get("UserID"))
    event: dict[str, Any] = {"System": system}
    if user_data is not None:
        event["UserData"] = user_data
    if user_data is None and rendered.get("Message") and not head.get("ProviderGuid") and _is_empty(payload):
        # A provider without a manifest has no named fields; its values stand in the message, and nowhere else.
        payload = {"Data": {"#text": rendered["Message"]}, **(payload or {})}
    if payload is not None or user_data is None:
        event["EventData"] = {"Data": {"#text": payload}} if isinstance(payload, list) else payload
    if rendered:
        event["RenderingInfo"] = rendered
    return {"Event": event}


def _is_empty(payload: Any) -> bool:  # noqa: ANN401 - any JSON value
    return not payload or (isinstance(payload, dict) and payload.keys() == {_BINARY})


def _attributes(**values: Any) -> dict[str, Any] | None:
    stated = {name: value for name, value in values.items() if value is not None and value != ""}
    return {"#attributes": stated} if stated else None


def _keywords(stated: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return keywords as EVTX writes them: hexadecimal, 64 bits without a sign."""
    if isinstance(stated, int) and not isinstance(stated, bool):
        return hex(stated % _UNSIGNED_64)
    if isinstance(stated, str) and _INTEGER(stated):
        return hex(int(stated) % _UNSIGNED_64)
    if isinstance(stated, str) and stated[:2] in ("0x", "0X"):
        return stated
    words = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
    for word in words:
        if isinstance(word, str) and word.lower() in _AUDIT_KEYWORDS:
            return _AUDIT_KEYWORDS[word.lower()]
    return None


def time_text(stated: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return a time as text that `canonical_time` reads, None where it is none.

    It may be ISO 8601 (a zone is kept as it is written), .NET's ``/Date(milliseconds)/``, an object that holds either
    under ``value`` (PowerShell), or a number: seconds or milliseconds since 1970, or a FILETIME.
    """
    if isinstance(stated, dict):
        stated = next((stated[name] for name in ("value", "Value", "SystemTime", "DateTime") if name in stated), None)
    if isinstance(stated, str):
        found = _DOT_NET_DATE(stated.strip())
        if found is None:
            return stated
        return _time_of(int(found[1]) * _TICKS_PER_MILLISECOND)
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return None
    if abs(stated) >= _FILETIME_FROM:
        return _time_of(round(stated) - _TICKS_FROM_1601_TO_1970)
    if abs(stated) >= _MILLISECONDS_FROM:
        return _time_of(round(stated * _TICKS_PER_MILLISECOND))
    # A double of today's seconds holds a quarter of a microsecond, so digits beyond microseconds would be invented.
    return _time_of(round(stated * 1_000_000) * (TICKS_PER_SECOND // 1_000_000))


def _time_of(ticks: int) -> str | None:
    try:
        return time_of(ticks)
    except OverflowError:
        return None


def has_zone(text: str) -> bool:
    """Say whether a time says in which zone it is."""
    return re.search(r"(?:Z|UTC|[+-]\d\d:?\d\d)\s*$", text) is not None and canonical_time(text) is not None


def named_data(elements: Iterable[Any], name_key: str, text_key: str) -> dict[str, Any]:
    """Return ``EventData`` of a list of elements with names and texts, as XML turned into JSON has it.

    Elements without a name are the unnamed data; a name that comes again makes its field a list.
    """
    fields: dict[str, Any] = {}
    unnamed: list[Any] = []
    for element in elements:
        if not isinstance(element, dict):
            unnamed.append(element)
        elif isinstance(element.get(name_key), str):
            put(fields, element[name_key], element.get(text_key, ""))
        else:
            unnamed.append(element.get(text_key, ""))
    if unnamed:
        fields["Data"] = {"#text": unnamed if len(unnamed) > 1 else unnamed[0]}
    return fields


def put(fields: dict[str, Any], name: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Put a field where there may be one of that name already: then both are kept, as a list."""
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]
