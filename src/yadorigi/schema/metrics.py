"""Counts of events and logons, as the metrics give them."""

from __future__ import annotations

import msgspec


class EventCount(msgspec.Struct, frozen=True):
    """The events of one id in one log.

    Attributes:
        share: part of the events of this host and channel, 0 to 1.
        description: what the id means, "" where that is not known here.
    """

    host: str
    channel: str
    provider: str
    event_id: int
    events: int
    share: float
    first_time: str
    last_time: str
    description: str


class LogonCount(msgspec.Struct, frozen=True):
    """Logons that are alike.

    Attributes:
        event: what kind of event told of them, as the data names it.
        account: who logged on, or who used other credentials.
        target: the other credentials, and the server they were used on (``explicit_credentials`` only).
        logon_type: number, or None where the event has none.
        address, workstation: where from, "" where not stated.
        host: where to.
        status: of a failed logon; ``reason`` says it in words.
    """

    event: str
    account: str
    target: str
    target_server: str
    logon_type: int | None
    logon_type_name: str
    address: str
    workstation: str
    host: str
    status: str
    reason: str
    events: int
    first_time: str
    last_time: str
