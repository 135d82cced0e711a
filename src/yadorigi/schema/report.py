"""The document that reports are made from: what a case says, folded to what a page can show.

`reports.page.gather` makes it; the HTML page and the Navigator layers are pure functions of it, in either language. It
holds everything that they show, so that a saved document gives the same pages again.
"""

from __future__ import annotations

import msgspec

from yadorigi.schema.behaviour import Role, Words
from yadorigi.schema.finding import Evidence
from yadorigi.schema.overview import CaseOverview
from yadorigi.schema.summary import Summary
from yadorigi.schema.verdict import Answer, Reason, RecordReference


class BehaviourText(msgspec.Struct, frozen=True):
    """What a report tells of a behaviour.

    Attributes:
        id, tactic, techniques, roles, title, does, beyond, blind, lookalikes: as in `schema.behaviour.Behaviour`.
        shown_by_logs: whether logs of Windows show it, or of other formats that are in the case.
    """

    id: str
    tactic: str
    techniques: tuple[str, ...]
    roles: tuple[Role, ...]
    title: Words
    does: Words
    beyond: Words
    blind: tuple[Words, ...] = ()
    lookalikes: tuple[Words, ...] = ()
    shown_by_logs: bool = True


class SettingText(msgspec.Struct, frozen=True):
    """What a report tells of a recording setting: its name in Windows, and how it is switched on."""

    title: Words
    action: Words


class Saying(msgspec.Struct, frozen=True):
    """The words of verdicts, kept once for all verdicts that say the same."""

    detail: Words
    action: Words


class CellPart(msgspec.Struct, frozen=True):
    """One answer in one stretch of time.

    Attributes:
        since, until: canonical times, half-open.
        verdict, reason: as in `schema.verdict.Verdict`.
        saying: index in `ReportDocument.sayings`.
        evidence: the first few records that show it.
        records: how many records there are.
        level: the highest level of the findings, "" where none was observed.
    """

    since: str
    until: str
    verdict: Answer
    reason: Reason | None
    saying: int
    evidence: tuple[RecordReference, ...] = ()
    records: int = 0
    level: str = ""


class Cell(msgspec.Struct, frozen=True):
    """A behaviour on a host: the parts of the case period, in the order of time.

    Attributes:
        behaviour: its id.
        host: index in `CaseOverview.hosts`.
        parts: at least one.
    """

    behaviour: str
    host: int
    parts: tuple[CellPart, ...]


class Step(msgspec.Struct, frozen=True):
    """Something to do that would settle verdicts.

    Attributes:
        words: what.
        pairs: of how many behaviours on hosts (counted together) it would settle a part.
        behaviours: how many there are in these.
        hosts: indexes in `CaseOverview.hosts`.
        beyond: whether it is about what no log settles.
    """

    words: Words
    pairs: int
    behaviours: int
    hosts: tuple[int, ...]
    beyond: bool = False


class FindingExample(msgspec.Struct, frozen=True):
    """One of the findings of a group.

    Attributes:
        time, user, event_id: as in `schema.finding.Finding`.
        matched: fields that made the rule match, with values as text, cut where they are long.
        evidence: the first few records.
        records: how many there are.
        addresses: those in its fields, each with what is known of it.
    """

    time: str
    user: str | None
    event_id: int | None
    matched: tuple[tuple[str, str], ...]
    evidence: tuple[Evidence, ...]
    records: int
    addresses: tuple[tuple[str, str], ...] = ()


class FindingGroup(msgspec.Struct, frozen=True):
    """All findings of one rule on one host.

    Attributes:
        rule_id, level, site, host, techniques, correlated: as in `schema.finding.Finding`.
        title, why, next: what people are told of the rule; ``why`` and ``next`` are None for rules without such texts.
        behaviours: ids of those that it is evidence of.
        findings: how many, copies of one record counted once.
        copies: how many more are about copies.
        first, last: canonical times.
        users: the first few; ``more_users`` says whether there are others.
        examples: the first few, those that differ in what matched first.
    """

    rule_id: str
    level: str
    title: Words
    why: Words | None
    next: Words | None
    site: str | None
    host: str
    techniques: tuple[str, ...]
    behaviours: tuple[str, ...]
    correlated: bool
    findings: int
    copies: int
    first: str
    last: str
    users: tuple[str, ...]
    more_users: bool
    examples: tuple[FindingExample, ...]


class FileLoss(msgspec.Struct, frozen=True):
    """What could not be read of one file.

    Attributes:
        file: as given, or "" for the run as a whole.
        damaged: whether records or a part of the file are lost (else gaps and notices only).
        records: how many are known to be lost.
        uncounted: whether more may be lost than that.
        warnings: how many warnings there are.
        reasons: the first few, the worst first.
    """

    file: str
    damaged: bool
    records: int
    uncounted: bool
    warnings: int
    reasons: tuple[str, ...]


class ReportDocument(msgspec.Struct, frozen=True):
    """A case as its reports show it.

    Attributes:
        summary, overview: of the case.
        behaviours: all that were looked for, by id.
        settings: by id.
        sayings: the words of verdicts.
        cells: by behaviour and host.
        unplaced: how many verdicts are about hosts that the overview does not list.
        steps: what would settle most, first.
        groups: findings of at least ``lowest_level``, the highest first.
        groups_left_out: how many more groups there are.
        lowest_level: the lowest level that is shown one by one.
        losses: files that were not read whole, the worst first.
        losses_left_out: how many more there are.
        zone: name of the time zone that times are shown in.
    """

    summary: Summary
    overview: CaseOverview
    behaviours: tuple[BehaviourText, ...]
    settings: dict[str, SettingText]
    sayings: tuple[Saying, ...]
    cells: tuple[Cell, ...]
    unplaced: int
    steps: tuple[Step, ...]
    groups: tuple[FindingGroup, ...]
    groups_left_out: int
    lowest_level: str
    losses: tuple[FileLoss, ...]
    losses_left_out: int
    zone: str = "UTC"
