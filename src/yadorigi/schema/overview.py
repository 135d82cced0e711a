"""What logs there are, host by host, and what is wrong with them: made by `audits`, shown by `reports`."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from yadorigi.schema.behaviour import Role
from yadorigi.schema.platforms import WINDOWS, format_of
from yadorigi.schema.verdict import Reason, RecordReference

NoteKind: TypeAlias = Literal[
    "cleared", "hole", "begun_anew", "twice", "silence", "clock", "service_stopped", "policy_changed", "rotated",
    "unreadable", "ends_early", "made_anew", "no_numbers",
]  # fmt: skip
SLIGHT_NOTES: Final[frozenset[NoteKind]] = frozenset({"service_stopped", "policy_changed", "clock", "twice"})
"""Kinds of which there may be many without harm: where there is no room for all notes, these give way."""

KnownBy: TypeAlias = Literal["events", "other_events", "policy_change", "settings_file", "default", "nothing"]


class LogPart(msgspec.Struct, frozen=True):
    """A stretch of the case period: the log is at hand (``reason`` None), or why it is not."""

    since: str
    until: str
    reason: Reason | None = None


class LogNote(msgspec.Struct, frozen=True):
    """Something about a log that a person should know.

    Attributes:
        kind: what.
        since, until: canonical times between which it lies; equal for a moment.
        records: how many records it is about, or None.
        who: the account that did it, where the log says so.
        evidence: records that show it.
        channel: the log that it is about, where this log only tells of it; else "".
    """

    kind: NoteKind
    since: str
    until: str
    records: int | None = None
    who: str = ""
    evidence: tuple[RecordReference, ...] = ()
    channel: str = ""


class LogOverview(msgspec.Struct, frozen=True):
    """One log of one host.

    Attributes:
        channel: as logged.
        events: how many were read.
        first_time, last_time: canonical.
        parts: partition of the case period.
        reach_days: how many days the log reaches back from its last record, or None where nothing was overwritten.
        events_a_day: its rate over that time.
        notes: what is wrong, in the order of time.
        more_notes: how many more there are, of the kinds that matter less.
    """

    channel: str
    events: int
    first_time: str
    last_time: str
    parts: tuple[LogPart, ...]
    reach_days: float | None
    events_a_day: float
    notes: tuple[LogNote, ...] = ()
    more_notes: int = 0


class SettingState(msgspec.Struct, frozen=True):
    """Whether something was switched on, on one host.

    Attributes:
        setting: id of a recording setting.
        on: whether it was, None where nothing says so.
        known_by: what says so.
        since: from when on, "" for all of the period.
        answers: behaviours that nobody can tell about on this host for as long as it is off, and that it alone would
            make answerable (with the log kept from now on).
    """

    setting: str
    on: bool | None
    known_by: KnownBy
    since: str = ""
    answers: tuple[str, ...] = ()


class HostOverview(msgspec.Struct, frozen=True):
    """One host.

    Attributes:
        site, host: as in verdicts.
        role: what it is, or None where nothing says so.
        known: whether it has logs of its own.
        logs: by channel.
        settings: of what the behaviours need.
        sighted: for one without logs, the record that names it first, and how often it is named.
        sightings: how often others name it.
        member: whether it has an account in the domain.
    """

    site: str | None
    host: str
    role: Role | None
    known: bool
    logs: tuple[LogOverview, ...] = ()
    settings: tuple[SettingState, ...] = ()
    sighted: RecordReference | None = None
    sightings: int = 0
    member: bool = False


class CaseOverview(msgspec.Struct, frozen=True):
    """A case.

    Attributes:
        since, until: its period (canonical, half-open).
        hosts: those with logs first.
        unlisted_hosts: how many more hosts without logs there are than are listed and have verdicts.
        unjudged_hosts: how many more hosts with logs there are than are listed and have verdicts.
    """

    since: str
    until: str
    hosts: tuple[HostOverview, ...] = ()
    unlisted_hosts: int = 0
    unjudged_hosts: int = 0

    @property
    def formats(self) -> frozenset[str]:
        """Return the formats of the case's logs; those of Windows, which every case is asked for, in any case."""
        return frozenset({WINDOWS}).union(format_of(log.channel) for host in self.hosts for log in host.logs)
