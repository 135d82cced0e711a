"""The summary of a run: what was read, what was not, which rules could match.

It is ``summary.json``, of which docs/reference/case-folder.md tells people.
"""

from __future__ import annotations

from typing import Final

import msgspec

from yadorigi.schema.address import AddressDatabase
from yadorigi.schema.indicator import IndicatorFile, IndicatorTrouble
from yadorigi.schema.sites import Site

COUNTED_SHOWN: Final = 1_000
"""Rules, hosts and users kept in a summary; findings.jsonl has them all."""


class InputSummary(msgspec.Struct, frozen=True):
    """One input file.

    Attributes:
        path: as given.
        sha256: of its bytes; None where it could not be read.
        source: name of the reader, or kind of archive; None where it is neither.
        events: events read.
        warnings: warnings about it.
        declared: records that the container says it holds, or None where it does not say.
        first_time, last_time: of its events, or None.
        collected_host: the computer that a collector took it from, as its path says, or None.
        drive: where it lay there (``C:``), or None.
        shadow_copy: the shadow copy that it was taken from, or None.
        source_reason: by what the source was recognised, or why the file is not opened, in words; "" where nobody knew.
    """

    path: str
    sha256: str | None
    source: str | None
    events: int
    warnings: int
    declared: int | None
    first_time: str | None
    last_time: str | None
    collected_host: str | None = None
    drive: str | None = None
    shadow_copy: str | None = None
    source_reason: str = ""


class UnsupportedRule(msgspec.Struct, frozen=True):
    """A rule that was given and not loaded."""

    id: str | None
    title: str
    path: str
    line: int | None
    reason: str


class UnableRule(msgspec.Struct, frozen=True):
    """A loaded rule that could not match anything in what was read; ``fields`` are the absent ones it needs."""

    id: str
    title: str
    path: str
    fields: tuple[str, ...] = ()


class RuleNote(msgspec.Struct, frozen=True):
    """Something wrong with a loaded rule's metadata."""

    id: str
    path: str
    note: str


class CorrelationSummary(msgspec.Struct, frozen=True):
    """A correlation rule and what it was given.

    Attributes:
        events: events (and moments of other correlations' bursts) that it looked at.
        bursts: how often it held.
        left_out: by field, how many more lacked a field that it groups by, counts or reckons.
    """

    id: str
    title: str
    path: str
    events: int
    bursts: int
    left_out: dict[str, int]


class FilterSummary(msgspec.Struct, frozen=True):
    """A Sigma filter; ``rules`` is how many rules it narrows."""

    id: str
    title: str
    path: str
    rules: int


class RuleSummary(msgspec.Struct, frozen=True):
    """The rules of the last run: loaded + unsupported = given.

    Attributes:
        not_alone: rules whose matches are no findings, since they serve correlations.
        reach_known: whether it is known which rules could match; not where the run was interrupted, or met more
            kinds of events than it counts. Then the next three are empty.
        no_events: no event of the log source was read.
        event_ids_absent: the log source had events, none with an id that the rule asks for.
        fields_absent: a field that the rule needs never occurred.
    """

    given: int
    loaded: int
    unsupported: tuple[UnsupportedRule, ...] = ()
    no_events: tuple[UnableRule, ...] = ()
    event_ids_absent: tuple[UnableRule, ...] = ()
    fields_absent: tuple[UnableRule, ...] = ()
    notes: tuple[RuleNote, ...] = ()
    reach_known: bool = True
    correlations: tuple[CorrelationSummary, ...] = ()
    filters: tuple[FilterSummary, ...] = ()
    not_alone: tuple[UnableRule, ...] = ()


class LogSummary(msgspec.Struct, frozen=True):
    """The events of one host and channel; ``site`` is the host's, or None."""

    host: str
    channel: str
    events: int
    first_time: str
    last_time: str
    site: str | None = None


class KindSummary(msgspec.Struct, frozen=True):
    """The events of one channel, provider and event id."""

    channel: str
    provider: str
    event_id: int
    events: int


class CountedRule(msgspec.Struct, frozen=True):
    """A rule that fired, with how often."""

    level: str
    title: str
    findings: int


class Counted(msgspec.Struct, frozen=True):
    """A user or host in findings, with how many."""

    name: str
    findings: int


class CountedHost(Counted, frozen=True):
    """A host in findings, with its site or None."""

    site: str | None = None


class LakeSummary(msgspec.Struct, frozen=True):
    """The lake of a case.

    Attributes:
        stored: events that the last run put into it.
        events: all that it holds.
        bytes: of its tables.
        tables: rows by table, that of files among them.
    """

    stored: int
    events: int
    bytes: int
    tables: dict[str, int]


class IndicatorSummary(msgspec.Struct, frozen=True):
    """The indicators of the last run: ``given`` is the sum of ``loaded``, ``repeated``, ``left_out`` and ``refused``.

    Attributes:
        given: how many the files hold.
        loaded: how many are looked for.
        repeated: how many say nothing new.
        left_out: how many would only make noise, or were withdrawn.
        refused: how many cannot be honoured.
        types: values that are looked for, by type.
        files: the account of each file.
        troubles: what is not looked for, or not whole, with the reason; ``more_troubles`` counts those beyond the
            first ones by reason.
    """

    given: int
    loaded: int
    repeated: int
    left_out: int
    refused: int
    types: dict[str, int]
    files: tuple[IndicatorFile, ...]
    troubles: tuple[IndicatorTrouble, ...]
    more_troubles: dict[str, int]


class RanHunt(msgspec.Struct, frozen=True):
    """A hunt that was run over the case's lake.

    Attributes:
        id, title, path, language, level: of the hunt.
        rows: that it gave.
        findings: how many of them are findings; the others are lines of ``results``.
        results: the file of the case with its rows, or None.
        complete: whether these were all rows.
        seconds: that it took.
        notes: what whoever asked should know of it, other readings of it among them.
    """

    id: str
    title: str
    path: str
    language: str
    level: str
    rows: int
    findings: int
    results: str | None
    complete: bool
    seconds: float
    notes: tuple[str, ...] = ()


class HuntsSummary(msgspec.Struct, frozen=True):
    """The hunts of the last run: ``given`` is the sum of those loaded and those that are not.

    Attributes:
        given: how many the files hold.
        loaded: how many can be run.
        unsupported: those that cannot, each with the reason; also those that could not be run to their end.
        ran: those that were.
        rows: that all gave.
        not_run: why none was run, or "".
    """

    given: int
    loaded: int
    unsupported: tuple[UnsupportedRule, ...]
    ran: tuple[RanHunt, ...]
    rows: int
    not_run: str = ""


class VaultSummary(msgspec.Struct, frozen=True):
    """The vault of a case.

    Attributes:
        origin: name of its log, which no other case has.
        verifier_key: what checks its checkpoints.
        originals: how many it holds.
        records: how many its log had before the one that seals this summary.
    """

    origin: str
    verifier_key: str
    originals: int
    records: int


class SiteSummary(msgspec.Struct, frozen=True):
    """What was read of one site.

    Attributes:
        site: its name; None for hosts that have none.
        hosts: with logs.
        events: of these, those of copies of a record included.
    """

    site: str | None
    hosts: int
    events: int


class Summary(msgspec.Struct, frozen=True):
    """One run, or several into one case: inputs, events and findings are the case's, the rest is the last run's.

    Attributes:
        findings: findings by level.
        hours: events by hour (``YYYY-MM-DDTHH``, UTC).
        seconds: wall time per stage, of those that there were; ``total`` is all up to the writing of the summary.
        rules_fired, hosts_found, users_found: most findings first, up to `COUNTED_SHOWN`.
        peak_rss_bytes: the largest sum of the resident memory of all processes.
        interrupted: whether the run was stopped before its end.
        lake: what the case's lake holds; None where it has none.
        vault: what the case's vault holds; None where it has none.
        indicators: what was looked for beside what rules describe; None where nothing was.
        site: what ``--site`` named, or None.
        sites: what settings say of sites.
        hosts_by_site: hosts and events of each site and of none; empty where the case knows no site.
        address_databases: of countries and networks, that the last run had; empty where it did without.
        hunts: what hunts found; None where none were given.
    """

    version: str
    inputs: tuple[InputSummary, ...]
    events: int
    warnings: int
    rules: RuleSummary
    findings: dict[str, int]
    logs: tuple[LogSummary, ...]
    kinds: tuple[KindSummary, ...]
    hours: dict[str, int]
    seconds: dict[str, float]
    peak_rss_bytes: int
    rules_fired: tuple[CountedRule, ...] = ()
    hosts_found: tuple[CountedHost, ...] = ()
    users_found: tuple[Counted, ...] = ()
    events_outside_period: int = 0
    site: str | None = None
    since: str | None = None
    until: str | None = None
    interrupted: bool = False
    lake: LakeSummary | None = None
    vault: VaultSummary | None = None
    indicators: IndicatorSummary | None = None
    sites: tuple[Site, ...] = ()
    hosts_by_site: tuple[SiteSummary, ...] = ()
    address_databases: tuple[AddressDatabase, ...] = ()
    hunts: HuntsSummary | None = None
