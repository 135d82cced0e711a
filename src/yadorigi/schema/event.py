"""One Windows event as the rest of the program sees it.

Reads nothing; the sources give these, the matcher, the normaliser and the reports take them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = Scalar | tuple[Scalar, ...]
"""A native field's value. A tuple is a field that occurs several times (unnamed ``Data`` elements)."""


class EventKind(NamedTuple):
    """What decides which rules and which mapping apply to an event. Constant over a batch.

    ``channel`` and ``provider`` are as logged (empty where the event has none); ``event_id`` is the plain id
    without its qualifiers; ``source`` is the provider's classic name (``EventSourceName``) where the event states one.
    """

    channel: str
    provider: str
    event_id: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One record of a Windows log with its native fields.

    Attributes:
        kind: channel, provider and event id.
        time: 100-nanosecond ticks since 1970-01-01T00:00:00Z, negative before it.
        host: ``Computer`` as logged (for forwarded events, the host that the event happened on).
        record_id: ``EventRecordID``, or None where the export has none.
        system: the flattened ``System`` element: ``Provider_Name``, ``Provider_Guid``, ``EventID``, ``Qualifiers``,
            ``Version``, ``Level``, ``Task``, ``Opcode``, ``Keywords``, ``TimeCreated``, ``EventRecordID``,
            ``Correlation_ActivityID``, ``Execution_ProcessID``, ``Execution_ThreadID``, ``Channel``, ``Computer``,
            ``Security_UserID``; absent ones are left out.
        data: the flattened ``EventData``, ``UserData`` or ``ProcessingErrorData`` by native field name. Unnamed
            ``Data`` elements are the field ``Data`` (a tuple where there are several). Absent fields are left out;
            a field that is present and empty is None or ``""`` as the log has it.
    """

    kind: EventKind
    time: int
    host: str
    record_id: int | None
    system: dict[str, Value] = field(default_factory=dict)
    data: dict[str, Value] = field(default_factory=dict)
