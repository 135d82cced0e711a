"""Gather the document of a case: reads summary, overview, verdicts, findings and warnings, gives a `ReportDocument`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yadorigi.packs.behaviours import Behaviours, load_behaviours
from yadorigi.reports.account import DAMAGE
from yadorigi.reports.page.fold import fold_verdicts
from yadorigi.reports.page.merge_findings import LOWEST_LEVEL, merge_findings
from yadorigi.schema.report import BehaviourText, FileLoss, ReportDocument, SettingText

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Behaviour
    from yadorigi.schema.finding import Finding
    from yadorigi.schema.overview import CaseOverview
    from yadorigi.schema.summary import Summary
    from yadorigi.schema.verdict import Verdict
    from yadorigi.schema.warning import ParseWarning

LOSSES_SHOWN: Final = 200
REASONS_SHOWN: Final = 3
_WARNING_ORDER: Final = ("file", "record", "gap", "notice")


@dataclass(frozen=True)
class CaseParts:
    """What a case holds; each iterable is gone through once.

    Attributes:
        summary: ``summary.json``.
        overview: hosts and their logs.
        verdicts: ``verdicts.jsonl``.
        findings: ``findings.jsonl``.
        warnings: ``warnings.jsonl``.
    """

    summary: Summary
    overview: CaseOverview
    verdicts: Iterable[Verdict]
    findings: Iterable[Finding]
    warnings: Iterable[ParseWarning]


def report_document(case: CaseParts, zone: str = "UTC", behaviours: Behaviours | None = None) -> ReportDocument:
    """Return the document of a case.

    Args:
        case: what it holds.
        zone: name of the time zone for display; one that zoneinfo knows.
        behaviours: the content; the shipped one unless given.

    Raises:
        ContentError: content is not of the form.
    """
    content = behaviours or load_behaviours()
    folded = fold_verdicts(case.verdicts, case.overview, content)
    merged = merge_findings(case.findings, content)
    losses = _losses(case.warnings)
    return ReportDocument(
        summary=case.summary,
        overview=case.overview,
        behaviours=tuple(_text_of(one, content, case.overview) for one in content.every.values()),
        settings={name: SettingText(one.title, one.action) for name, one in content.settings.items()},
        sayings=folded.sayings,
        cells=folded.cells,
        unplaced=folded.unplaced,
        steps=folded.steps,
        groups=merged.groups,
        groups_left_out=merged.left_out,
        lowest_level=LOWEST_LEVEL,
        losses=losses[:LOSSES_SHOWN],
        losses_left_out=max(len(losses) - LOSSES_SHOWN, 0),
        zone=zone,
    )


def _text_of(behaviour: Behaviour, content: Behaviours, overview: CaseOverview) -> BehaviourText:
    return BehaviourText(
        id=behaviour.id,
        tactic=behaviour.tactic,
        techniques=behaviour.techniques,
        roles=behaviour.roles,
        title=behaviour.title,
        does=behaviour.does,
        beyond=behaviour.beyond,
        blind=behaviour.blind,
        lookalikes=behaviour.lookalikes,
        shown_by_logs=content.shown_by(behaviour, overview.formats),
    )


def _losses(warnings: Iterable[ParseWarning]) -> tuple[FileLoss, ...]:
    by_file: defaultdict[str, list[ParseWarning]] = defaultdict(list)
    for warning in warnings:
        by_file[warning.file].append(warning)
    losses = [_loss(file, own) for file, own in by_file.items()]
    return tuple(sorted(losses, key=lambda loss: (not loss.damaged, -loss.records, loss.file)))


def _loss(file: str, warnings: list[ParseWarning]) -> FileLoss:
    damage = [warning for warning in warnings if warning.kind in DAMAGE]
    ordered = sorted(warnings, key=lambda warning: (_WARNING_ORDER.index(warning.kind), -(warning.records or 0)))
    return FileLoss(
        file=file,
        damaged=bool(damage),
        records=sum(warning.records or 0 for warning in damage),
        uncounted=any(warning.records is None for warning in damage),
        warnings=len(warnings),
        reasons=tuple(dict.fromkeys(warning.reason for warning in ordered))[:REASONS_SHOWN],
    )
