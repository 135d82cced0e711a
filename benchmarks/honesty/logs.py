"""Logs and the estate that they make: which files hold what, what was lost of it, and what was never written."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import evtx

from benchmarks.honesty.clock import system_time
from evtx_writer import FileSettings, damage, evtx_bytes
from evtx_writer.file import FILE_HEADER_SIZE
from evtx_writer.layout import chunk_place

if TYPE_CHECKING:
    from benchmarks.honesty.records import Host, Record

EVER: Final = 1 << 62
"""Ticks after everything; with the minus sign, before everything."""
SMALL_CHUNK: Final = 24
"""Records of a chunk in files of which chunks are damaged: always few enough to fit."""
_CHUNK_BYTES: Final = 65_536

Form: TypeAlias = Literal["evtx", "json", "json without numbers"]
Packing: TypeAlias = Literal["files", "archive", "collector", "one json file"]
"""How files lie there: as hosts have them, in one zip archive, or as a collector of all hosts keeps them."""


@dataclass(frozen=True)
class Loss:
    """A time in which something is not there.

    Attributes:
        since, until: half-open.
        reasons: what may rightly be said of it; several where the files leave it open.
    """

    since: int
    until: int
    reasons: frozenset[str]


def lost(since: int, until: int, *reasons: str) -> Loss:
    """Return a loss for one of some reasons."""
    return Loss(since, until, frozenset(reasons))


@dataclass(frozen=True)
class Part:
    """One file of a log.

    Attributes:
        name: of the file, without ending.
        records: what it holds.
        form: EVTX, or JSON lines in the shape of evtx_dump, with or without the numbers of records.
        overwritten, zeroed: chunks whose bytes were overwritten by others, or by zeros; then each has `SMALL_CHUNK`
            records.
        copies: in how many folders it lies.
    """

    name: str
    records: tuple[Record, ...]
    form: Form = "evtx"
    overwritten: tuple[int, ...] = ()
    zeroed: tuple[int, ...] = ()
    copies: int = 1

    @property
    def readable(self) -> Iterator[Record]:
        """The records that are in no damaged chunk."""
        gone = {*self.overwritten, *self.zeroed}
        return (record for place, record in enumerate(self.records) if place // SMALL_CHUNK not in gone)

    def to_bytes(self, computer: str) -> bytes:
        """Return the file.

        Raises:
            ValueError: chunks of a damaged file would not hold the records that they are said to hold.
        """
        small = bool(self.overwritten or self.zeroed)
        settings = FileSettings(records_per_chunk=SMALL_CHUNK if small else None)
        data = evtx_bytes((record.as_event(computer) for record in self.records), settings)
        if small and len(data) != FILE_HEADER_SIZE + -(-len(self.records) // SMALL_CHUNK) * _CHUNK_BYTES:
            raise ValueError(f"{self.name}: {SMALL_CHUNK} records do not fit into a chunk")
        chance = random.Random(len(data))  # noqa: S311 - damage that is the same each time
        for chunk in self.overwritten:
            data = damage.overwritten(data, chunk_place(data, chunk).offset, chance.randbytes(_CHUNK_BYTES))
        for chunk in self.zeroed:
            data = damage.zeroed(data, chunk_place(data, chunk).offset, _CHUNK_BYTES)
        if self.form == "evtx":
            return data
        return json_lines(data, self.records, numbers=self.form == "json")


def json_lines(data: bytes, records: Iterable[Record], *, numbers: bool) -> bytes:
    """Return the records of an EVTX file as JSON lines in the shape of evtx_dump."""
    import io  # noqa: PLC0415 - for this alone

    lines = []
    parsed: Iterator[Any] = evtx.PyEvtxParser(io.BytesIO(data)).records_json()
    for found, record in zip(parsed, records, strict=True):
        event: dict[str, Any] = json.loads(found["data"])
        system = event["Event"]["System"]
        system["TimeCreated"]["#attributes"]["SystemTime"] = system_time(record.ticks)
        if not numbers:
            del system["EventRecordID"]
        lines.append(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
    return "".join(lines).encode()


@dataclass(frozen=True)
class Log:
    """A log of one channel of one host.

    Attributes:
        host, channel: whose and which.
        parts: the files of it that are at hand.
        losses: the times for which its records are not at hand.
        pauses: the longest time between two events of each id, and, under 0, between any two, before anything was lost.
    """

    host: Host
    channel: str
    parts: tuple[Part, ...]
    losses: tuple[Loss, ...] = ()
    pauses: dict[int, int] = field(default_factory=dict)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of its one file."""
        (part,) = self.parts
        return part.records

    @cached_property
    def readable(self) -> tuple[Record, ...]:
        """The records that can be read, in the order of time."""
        return tuple(sorted((record for part in self.parts for record in part.readable), key=lambda one: one.ticks))

    @cached_property
    def signs(self) -> tuple[tuple[int, str], ...]:
        """Times and names of the signs that can be read."""
        return tuple((record.ticks, sign) for record in self.readable for sign in sorted(record.signs))

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Paths below the folder of the estate, and what they hold."""
        written: dict[str, bytes] = {}
        for part in self.parts:
            ending = "evtx" if part.form == "evtx" else "jsonl"
            data = part.to_bytes(self.host.computer)
            for copy in range(part.copies):
                folder = f"{self.host.site}/{self.host.name}" + (f"/copy-{copy}" if copy else "")
                written[f"{folder}/{part.name}.{ending}"] = data
        return written

    def changed(self, change: Callable[[tuple[Record, ...]], Iterable[Record]], *losses: Loss) -> Log:
        """Return the log with other records in its one file, which has lost more."""
        (part,) = self.parts
        return self.filed(replace(part, records=tuple(change(part.records))), losses=losses)

    def filed(self, *parts: Part, losses: Iterable[Loss] = ()) -> Log:
        """Return the log in other files, which has lost more."""
        return replace(self, parts=parts, losses=(*self.losses, *losses))


@dataclass(frozen=True)
class Estate:
    """The logs at hand, and what is known of them.

    Attributes:
        hosts: all hosts by name, also those of which no log is at hand.
        logs: by host and channel.
        unwritten: by host and what would have been written (`truth.LEAVES`): when it was not recorded.
        signs: what records the whole estate wrote as signs: behaviour, host, time and the sign's name.
        rules: what is given to ``--rules``; nothing for the shipped pack.
        ran: names of behaviours whose rules were loaded; None for all.
        since, until: what is given as the period.
        packing: how the files lie there.
        by_site: whether each site is hunted by itself, into one case.
        judged: the time of which the truth is known, where that is not the whole period.
    """

    hosts: dict[str, Host]
    logs: dict[tuple[str, str], Log]
    unwritten: dict[tuple[str, str], tuple[Loss, ...]]
    signs: tuple[tuple[str, int, str], ...] = ()
    rules: tuple[str, ...] = ()
    ran: frozenset[str] | None = None
    since: int | None = None
    until: int | None = None
    packing: Packing = "files"
    by_site: bool = False
    judged: tuple[int, int] | None = None

    def with_logs(self, *logs: Log) -> Estate:
        """Return the estate with other logs in the place of those of the same hosts and channels."""
        return replace(self, logs={**self.logs, **{(log.host.name, log.channel): log for log in logs}})

    def without(self, *keys: tuple[str, str]) -> Estate:
        """Return the estate without some logs."""
        return replace(self, logs={key: log for key, log in self.logs.items() if key not in keys})

    def not_written(self, host: str, leaf: str, *losses: Loss) -> Estate:
        """Return the estate in which something was not recorded at some time."""
        key = (host, leaf)
        return replace(self, unwritten={**self.unwritten, key: (*self.unwritten.get(key, ()), *losses)})

    def of_host(self, name: str) -> list[Log]:
        """Return the logs of a host."""
        return [log for (host, _), log in self.logs.items() if host == name]


def numbered(records: Iterable[Record], first: int) -> tuple[Record, ...]:
    """Return records with numbers without a hole."""
    return tuple(replace(record, number=first + place) for place, record in enumerate(records))


def longest_pauses(records: Iterable[Record]) -> dict[int, int]:
    """The longest time between two events of each id, and, under 0, between any two."""
    last: dict[int, int] = {}
    longest: dict[int, int] = {}
    for record in records:
        for event_id in (0, record.event_id):
            longest[event_id] = max(longest.get(event_id, 0), record.ticks - last.get(event_id, record.ticks))
            last[event_id] = record.ticks
    return longest


def file_name(channel: str) -> str:
    """The name that Windows gives the file of a channel, without its ending."""
    return channel.replace("/", "%4")
