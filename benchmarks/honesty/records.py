"""Hosts of the estate, and the records that they write: plain descriptions, and how each is written as an event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from benchmarks.honesty.clock import system_time
from benchmarks.honesty.kinds import KINDS
from evtx_writer import Element, EventRecord, Plain, Value, element, value_of, values

Role: TypeAlias = Literal["domain_controller", "server", "client"]
Named: TypeAlias = "dict[str, str | int | bool]"
Payload: TypeAlias = "Named | list[str]"
"""Values with names, or, of old providers, in places."""

DOMAIN: Final = "MINATO"
DNS_DOMAIN: Final = "minato-gas.example"


@dataclass(frozen=True, kw_only=True)
class Host:
    """A computer of the estate.

    Attributes:
        name, site, address, role: who and where it is.
        commands: whether Security 4688 with the command line is switched on.
        sysmon: whether Sysmon is installed.
        tasks: whether the channel of the task scheduler is switched on.
        always_on: whether it runs day and night; else people start it in the morning and shut it down in the evening.
    """

    name: str
    site: str
    address: str
    role: Role
    commands: bool = False
    sysmon: bool = False
    tasks: bool = False
    always_on: bool = True

    @property
    def computer(self) -> str:
        """The name in the Computer element."""
        return f"{self.name}.{DNS_DOMAIN}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One event as it stands in a log.

    Attributes:
        channel, event_id, ticks, payload, process_id, user: what it says.
        number: its record id.
        signs: the behaviours that it shows: ``CR-01`` plainly; ``CR-05/ifm`` only together with the other records of
            that name; ``?CX-04`` perhaps, so that it may be taken for a sign, and need not.
        computer: the name in it, where it is not the host's full name.
    """

    channel: str
    event_id: int
    ticks: int
    payload: Payload
    process_id: int = 0
    user: str | None = None
    number: int = 0
    signs: frozenset[str] = frozenset()
    computer: str = ""

    def as_event(self, computer: str) -> EventRecord:
        """Return it as it is written."""
        kind = KINDS[self.channel, self.event_id]
        event = EventRecord(
            provider=kind.provider,
            provider_guid=kind.guid,
            event_source_name=kind.source,
            event_id=kind.event_id,
            qualifiers=kind.qualifiers,
            version=kind.version,
            level=kind.level,
            task=kind.task,
            opcode=kind.opcode,
            keywords=kind.keywords,
            channel=kind.channel,
            computer=self.computer or computer,
            time=system_time(self.ticks),
            record_id=self.number,
            process_id=self.process_id,
            thread_id=self.process_id and 4 * (self.ticks // 7 % 2000) + 8,
            user_sid=self.user,
        )
        if isinstance(self.payload, list):
            return replace(event, event_data=list[Plain](self.payload))
        typed = {name: _typed(name, plain) for name, plain in self.payload.items()}
        if kind.element:
            return replace(event, user_data=_user_data(kind.element, kind.namespace, typed))
        return replace(event, event_data=typed)


def _typed(name: str, plain: str | int | bool) -> Value:
    if isinstance(plain, bool):
        return value_of(plain)
    if isinstance(plain, int):
        return values.uint32(plain)
    if plain.startswith("0x"):
        wide = name.endswith(("LogonId", "ProcessId", "HandleId"))
        return values.hex_int64(int(plain, 16)) if wide else values.hex_int32(int(plain, 16))
    return values.sid(plain) if plain.startswith("S-1-") else values.string(plain)


def _user_data(name: str, namespace: str, typed: dict[str, Value]) -> Element:
    return element(name, {"xmlns": namespace}, *(element(key, None, value) for key, value in typed.items()))
