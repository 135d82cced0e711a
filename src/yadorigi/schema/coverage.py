"""What logs a case has: how far each reaches, what is missing in it, what was recorded. It is ``coverage.json``.

The workers note it while they read (`ingest.coverage`), a case keeps it for every hunt that added to it, and
`audits` judges by it.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from yadorigi.schema.stated_log import StatedLog


class NumberedRun(msgspec.Struct, frozen=True):
    """Records of one log whose numbers follow each other without a hole.

    Attributes:
        file: number of the file in `Collected.files`.
        first, last: record numbers.
        first_time, last_time: canonical times of these two.
        earliest, latest: canonical times of all of the run; they differ where a clock went back.
        records: how many.
    """

    file: int
    first: int
    last: int
    first_time: str
    last_time: str
    earliest: str
    latest: str
    records: int


class CollectedLog(msgspec.Struct):
    """One log of one host, as far as one hunt read it.

    Attributes:
        host, channel: as logged.
        runs: numbered records, by file and number.
        unnumbered: (file, earliest, latest, records) of records without a number.
        hours: for each event id that matters, and 0 for all together, the hours with events: text by month
            (``"2026-03"`` to a hexadecimal number whose bit *n* stands for hour *n* of the month, UTC).
        merged: how many runs beyond the limit were left out, the shortest; their records count as missing.
    """

    host: str
    channel: str
    runs: list[NumberedRun] = msgspec.field(default_factory=list)
    unnumbered: list[tuple[int, str, str, int]] = msgspec.field(default_factory=list)
    hours: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    merged: int = 0

    @property
    def files(self) -> set[int]:
        """Return the numbers of the files that hold records of it."""
        return {*(run.file for run in self.runs), *(part[0] for part in self.unnumbered)}


class Landmark(msgspec.Struct, frozen=True, order=True):
    """A record that says something about logs: cleared, service stopped, policy changed, clock set.

    Attributes:
        time: canonical.
        host, channel, event_id: as logged.
        record_id: or None.
        file: number of the file.
        line: 1-based, or None.
        fields: what matters of the event, by native name.
    """

    time: str
    host: str
    channel: str
    event_id: int
    file: int
    record_id: int | None = None
    line: int | None = None
    fields: tuple[tuple[str, str], ...] = ()


class Sighting(msgspec.Struct, frozen=True):
    """A computer that other computers' logs name.

    Attributes:
        name: as logged, without ``$``.
        member: whether a computer account of the domain is meant (its name ended in ``$``).
        times: how often.
        first, last: canonical times.
        host, channel, file, record_id: the first record that names it.
        claimed: there where settings say by its name which site it is of; then no host of another site is meant.
    """

    name: str
    member: bool
    times: int
    first: str
    last: str
    host: str
    channel: str
    file: int
    record_id: int | None = None
    claimed: bool | UnsetType = UNSET


class CollectedFile(msgspec.Struct, frozen=True):
    """One input.

    Attributes:
        path, sha256: as in ``summary.json``.
        lost: records known to be lost in it; None where nobody knows how many; 0 where none is.
        damaged: whether something in it could not be read.
        leaf: index in the vault, or None.
    """

    path: str
    sha256: str
    lost: int | None = 0
    damaged: bool = False
    leaf: int | None = None


class StatedSetting(msgspec.Struct, frozen=True):
    """What a file of settings (auditpol, a report of group policies, an export of the registry) says.

    Attributes:
        host: the computer that it is about, or "" where it does not say (then it is about all).
        setting: id of a recording setting.
        on: whether it is on.
        file: number of the file.
    """

    host: str
    setting: str
    on: bool
    file: int


class Collected(msgspec.Struct):
    """What one hunt read.

    Attributes:
        site: of the hosts whose logs these are, or None. A hunt over several sites is kept as one of each.
        rules: ids of the rules that were loaded.
        interrupted: whether it ended early, so that not all was examined.
        since, until: the period outside of which no event was examined, or "".
        dropped: canonical time at which the events before ``since`` were dropped from the case, or "" where they were
            not; then no rule that came later could examine them.
        files: the inputs.
        logs: by host and channel.
        landmarks: in their order.
        sightings: by name.
        settings: what files of settings say.
        beyond: tables in which a limit bit.
        unfinished_rules: ids of rules of which some searches hit a time limit.
        tags: ids of behaviours by the id of a rule that bears their tags.
        log_sizes: what files of settings say of logs.
        rest: what ``--site`` named, where settings say which site a host is of; else it is the same as ``site``.
    """

    site: str | None
    rules: list[str]
    interrupted: bool
    since: str
    until: str
    files: list[CollectedFile]
    logs: list[CollectedLog] = msgspec.field(default_factory=list)
    landmarks: list[Landmark] = msgspec.field(default_factory=list)
    sightings: list[Sighting] = msgspec.field(default_factory=list)
    settings: list[StatedSetting] = msgspec.field(default_factory=list)
    beyond: list[str] = msgspec.field(default_factory=list)
    unfinished_rules: list[str] = msgspec.field(default_factory=list)
    tags: dict[str, list[str]] = msgspec.field(default_factory=dict)
    log_sizes: list[StatedLog] = msgspec.field(default_factory=list)
    dropped: str = ""
    rest: str | UnsetType | None = UNSET

    @property
    def given(self) -> str | None:
        """Return what ``--site`` named."""
        return self.site if isinstance(self.rest, UnsetType) else self.rest


class Coverage(msgspec.Struct):
    """All hunts of a case, the earliest first."""

    version: str
    hunts: list[Collected] = msgspec.field(default_factory=list)
