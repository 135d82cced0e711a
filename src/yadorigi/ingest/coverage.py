"""What the logs that are read say about themselves: how far they reach, what is missing, what was recorded.

Workers note it of every event that is read, whatever the period asked for; the parent process joins what they noted.
What is kept does not depend on the order in which it comes.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from yadorigi.ingest.hours import HOUR, HostHours
from yadorigi.ingest.landmarks import ACCOUNT_FIELDS, LANDMARKS, NAMES, POWER
from yadorigi.limits import COUNTED_KEYS_LIMIT, HOST_NAME_LIMIT, LANDMARKS_PER_TASK_LIMIT
from yadorigi.schema.coverage import Landmark, Sighting

if TYPE_CHECKING:
    from msgspec import UnsetType

    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import Value
    from yadorigi.sources.record_runs import RecordRun

ANY: Final = "0"
"""Signal of all events of a log together."""

_SETTLED_AT: Final = 8 * COUNTED_KEYS_LIMIT
"""Entries of a table at which those beyond its limit are let go; a log has some ten signals."""

_WARNING: Final = "3"
_TEXT_LIMIT: Final = 256
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_])?")
_ADDRESS: Final = re.compile(r"[\d.]+")
_NOBODY: Final = frozenset({"localhost", "workstation", "unknown", "local", "mstsc", "n/a", "krbtgt"})

LogKey = tuple[str, str]
"""Host and channel as logged."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is noted of events beyond that they are there.

    Attributes:
        event_ids: by channel (lower case), the event ids whose hours are noted.
        filled: by channel (lower case) and event id, a field; hours in which it was filled are noted too.
        numbers: by channel (lower case) and event id, fields with numbers; hours in which a field held any number, and
            in which it held one of these, are noted too.
        script_channel: channel (lower case) and event id of script blocks, of which it is noted whether they are
            there only because PowerShell itself found them suspicious.
    """

    event_ids: Mapping[str, frozenset[int]] = field(default_factory=dict)
    filled: Mapping[tuple[str, int], str] = field(default_factory=dict)
    numbers: Mapping[tuple[str, int], Mapping[str, frozenset[int]]] = field(default_factory=dict)
    script_channel: tuple[str, int] | None = None


@dataclass(slots=True)
class CoverageNotes:
    """What was noted.

    Attributes:
        runs: records as runs of numbers.
        hours: for each log and signal (an event id; an event id with ``:`` and a field, in some cases with ``=`` and a
            number behind it; or `ANY`), hours with events.
        landmarks: events that say something about logs and computers.
        sightings: computers that are named, by name in lower case.
        beyond: names of the tables in which a limit bit.
    """

    runs: list[RecordRun] = field(default_factory=list)
    hours: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    landmarks: list[Landmark] = field(default_factory=list)
    sightings: dict[str, Sighting] = field(default_factory=dict)
    beyond: set[str] = field(default_factory=set)
    _noted: Counter[str] = field(default_factory=Counter)
    _settled_at: int = _SETTLED_AT

    def see_run(self, run: RecordRun) -> None:
        """Note the numbers of events that were read together."""
        self.runs.append(run._replace(host=known_name(run.host), channel=known_name(run.channel)))

    def see_batch(self, batch: EventBatch, watched: Watched, seen: Iterable[HostHours]) -> None:
        """Note what the events of one kind say, of whose hosts the hours are known."""
        key = (batch.kind.channel.casefold(), batch.kind.event_id)
        signals = [ANY]
        if key[1] in watched.event_ids.get(key[0], ()):
            signals.append(str(key[1]))
        for host, hours, *_ in seen:
            for signal in signals:
                self._note(host, batch.kind.channel, signal, hours)
        if key in watched.filled:
            self._note_filled(batch, watched.filled[key])
        if key in watched.numbers:
            self._note_numbers(batch, watched.numbers[key])
        if key == watched.script_channel:
            self._note_scripts(batch)
        form = LANDMARKS.get(key)
        if form is not None and (not form.providers or batch.kind.provider.casefold() in form.providers):
            self._note_landmarks(batch, form.fields)
        if key in NAMES:
            self._note_names(batch, NAMES[key])

    def _note(self, host: str, channel: str, signal: str, hours: Iterable[str]) -> None:
        key = (known_name(host), known_name(channel), signal)
        known = self.hours.get(key)
        if known is None:
            self.hours[key] = set(hours)
        else:
            known.update(hours)

    def _note_filled(self, batch: EventBatch, name: str) -> None:
        (column,) = batch.columns([name])
        filled: dict[str, set[str]] = {}
        for host, time, value in zip(batch.hosts, batch.times, column, strict=True):
            if isinstance(value, str) and value.strip() not in ("", "-"):
                filled.setdefault(host, set()).add(time[:HOUR])
        for host, hours in filled.items():
            self._note(host, batch.kind.channel, f"{batch.kind.event_id}:{name}", hours)

    def _note_numbers(self, batch: EventBatch, wanted: Mapping[str, frozenset[int]]) -> None:
        event_id = batch.kind.event_id
        for name, column in zip(wanted, batch.columns([*wanted]), strict=True):
            # By type too: True and 3.0 are equal to numbers that they are not.
            seen = {
                (host, time[:HOUR], value.__class__, value)
                for host, time, value in zip(batch.hosts, batch.times, column, strict=True)
            }
            hours: dict[tuple[str, str], set[str]] = {}
            for host, hour, _, value in seen:
                if not _is_number(value):
                    continue
                hours.setdefault((host, f"{event_id}:{name}"), set()).add(hour)
                for number in wanted[name]:
                    if value in (number, str(number)):
                        hours.setdefault((host, f"{event_id}:{name}={number}"), set()).add(hour)
            for (host, signal), own in hours.items():
                self._note(host, batch.kind.channel, signal, own)

    def _note_scripts(self, batch: EventBatch) -> None:
        """Note script blocks that are not there just because they look suspicious: their level is not *warning*."""
        every: dict[str, set[str]] = {}
        (column,) = batch.columns(["System.Level"])
        for host, time, level in zip(batch.hosts, batch.times, column, strict=True):
            # Exports that name levels in a language that is not known say nothing.
            if str(level).isdecimal() and str(level) != _WARNING:
                every.setdefault(host, set()).add(time[:HOUR])
        for host, hours in every.items():
            self._note(host, batch.kind.channel, f"{batch.kind.event_id}:every script block", hours)

    def _note_landmarks(self, batch: EventBatch, names: Sequence[str]) -> None:
        table = _table_of(batch.kind.channel, batch.kind.event_id)
        for place in range(len(batch)):
            if self._noted[table] >= LANDMARKS_PER_TASK_LIMIT:
                self.beyond.add(table)
                return
            self._noted[table] += 1
            event, origin = batch.event(place), batch.origin(place)
            fields = tuple((name, _short(event.data.get(name))) for name in names if event.data.get(name) is not None)
            self.landmarks.append(
                Landmark(
                    batch.time(place),
                    known_name(event.host),
                    batch.kind.channel,
                    batch.kind.event_id,
                    origin.file,
                    origin.record_id,
                    origin.line,
                    fields,
                )
            )

    def _note_names(self, batch: EventBatch, fields: Sequence[str]) -> None:
        hosts, times = batch.hosts, batch.times
        for name, column in zip(fields, batch.columns(fields), strict=True):
            places: dict[str, list[int]] = {}
            for place, value in enumerate(column):
                if isinstance(value, str):
                    places.setdefault(value, []).append(place)
            for value, own in places.items():
                computer, member = computer_of(value, account=name in ACCOUNT_FIELDS)
                if not computer:
                    continue
                first = min(own, key=lambda place: (times[place], hosts[place]))
                origin = batch.origin(first)
                self._sight(
                    Sighting(
                        computer,
                        member,
                        len(own),
                        times[first],
                        max(times[place] for place in own),
                        known_name(hosts[first]),
                        batch.kind.channel,
                        origin.file,
                        origin.record_id,
                    )
                )

    def _sight(self, seen: Sighting) -> None:
        key = seen.name.casefold()
        known = self.sightings.get(key)
        self.sightings[key] = seen if known is None else together(known, seen)

    def add(self, other: CoverageNotes) -> None:
        """Take in what another task noted."""
        self.runs += other.runs
        for key, hours in other.hours.items():
            self.hours.setdefault(key, set()).update(hours)
        self.landmarks += other.landmarks
        for seen in other.sightings.values():
            self._sight(seen)
        self.beyond |= other.beyond
        # What is left out of some is left out of all: it may go at any time, and memory stays bounded.
        if self._size() > self._settled_at:
            self.settle()
            self._settled_at = max(_SETTLED_AT, 2 * self._size())

    def _size(self) -> int:
        return max(len(self.landmarks), len(self.sightings), len(self.hours))

    def settle(self) -> None:
        """Bring every table down to its limit; to be called before they are looked at.

        Logs and names beyond the limit are left out by their hash, so that what is kept depends on what was there.
        """
        logs = {(host, channel) for host, channel, _ in self.hours}
        if len(logs) > COUNTED_KEYS_LIMIT:
            self.beyond.add("logs")
            kept = set(sorted(logs, key=_place)[:COUNTED_KEYS_LIMIT])
            self.hours = {key: hours for key, hours in self.hours.items() if key[:2] in kept}
            self.runs = [run for run in self.runs if (run.host, run.channel) in kept]
        if len(self.sightings) > COUNTED_KEYS_LIMIT:
            self.beyond.add("names")
            names = sorted(self.sightings, key=_place)[:COUNTED_KEYS_LIMIT]
            self.sightings = {name: self.sightings[name] for name in names}
        if len(self.landmarks) > COUNTED_KEYS_LIMIT:
            tables: dict[str, list[Landmark]] = {}
            for mark in self.landmarks:
                tables.setdefault(_table_of(mark.channel, mark.event_id), []).append(mark)
            self.beyond |= {table for table, own in tables.items() if len(own) > COUNTED_KEYS_LIMIT}
            self.landmarks = [mark for own in tables.values() for mark in sorted(own)[:COUNTED_KEYS_LIMIT]]


def _table_of(channel: str, event_id: int) -> str:
    """Return the table whose limit counts for a landmark: starts and stops must not push out what else there is."""
    return "power" if (channel.casefold(), event_id) in POWER else "landmarks"


def known_name(name: str) -> str:
    """Return the name of a host or log as verdicts know it: cut where it is longer than any real one."""
    return name if len(name) <= HOST_NAME_LIMIT else name[:HOST_NAME_LIMIT]


def together(one: Sighting, other: Sighting) -> Sighting:
    """Return two sightings of one name as one, with the earlier record."""
    early = min(one, other, key=lambda seen: (seen.first, seen.host, seen.channel, seen.file, seen.record_id or 0))
    return Sighting(
        early.name, one.member or other.member, one.times + other.times, early.first, max(one.last, other.last),
        early.host, early.channel, early.file, early.record_id,
    )  # fmt: skip


def computer_of(value: str, *, account: bool) -> tuple[str, bool]:
    r"""Return the computer that a field's value names, "" for none, and whether it is a member of the domain.

    Args:
        value: as logged: ``PC-2041$``, ``\\FS01``, ``dc01.example``, ``host/dc01.example``.
        account: whether the field holds accounts, which are computers only where they end in ``$``.
    """
    name = value.strip().lstrip("\\").rpartition("/")[2].partition("@")[0]
    member = name.endswith("$")
    if account and not member:
        return "", False
    name = name.removesuffix("$")
    if not _HOST_NAME.fullmatch(name) or _ADDRESS.fullmatch(name) or name.casefold() in _NOBODY:
        return "", False
    return name, member


def _is_number(value: Value | UnsetType) -> bool:
    """Say whether a value is a whole number, or text that is nothing but its digits."""
    if isinstance(value, str):
        return value.isascii() and value.isdecimal()
    return isinstance(value, int) and not isinstance(value, bool)


def _short(value: Value) -> str:
    if isinstance(value, tuple):
        return " ".join(str(part) for part in value)[:_TEXT_LIMIT]
    return str(value)[:_TEXT_LIMIT]


def _place(key: object) -> bytes:
    return hashlib.blake2b(repr(key).encode("utf-8", "surrogatepass"), digest_size=8).digest()
