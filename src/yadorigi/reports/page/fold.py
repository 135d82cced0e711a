"""Verdicts folded: one cell for a behaviour on a host, the words kept once, and the steps that would settle most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.reports.page.steps import Steps
from yadorigi.reports.page.verdict_texts import Sayings
from yadorigi.schema.report import Cell, CellPart, Saying, Step
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.overview import CaseOverview
    from yadorigi.schema.verdict import Answer, Verdict

RECORDS_SHOWN: Final = 5
"""Records of evidence kept of each answer."""

WEIGHTIEST: Final[tuple[Answer, ...]] = ("observed", "cannot_tell", "not_observed")
"""Answers by what a reader must not miss: that something was there, then that nobody can tell."""


class Folded(NamedTuple):
    """What `fold_verdicts` gives; the fields are those of `schema.report.ReportDocument`."""

    cells: tuple[Cell, ...]
    sayings: tuple[Saying, ...]
    steps: tuple[Step, ...]
    unplaced: int


def fold_verdicts(verdicts: Iterable[Verdict], overview: CaseOverview, behaviours: Behaviours | None = None) -> Folded:
    """Return the verdicts by behaviour and host.

    A behaviour has a line for each of its techniques; lines that say the same of the same time are one part.

    Args:
        verdicts: of the case.
        overview: whose hosts they are about.
        behaviours: the content; the shipped one unless given.
    """
    places = {(host.site, host.host): index for index, host in enumerate(overview.hosts)}
    words = Sayings()
    sayings: dict[Saying, int] = {}
    parts: defaultdict[tuple[str, int], dict[CellPart, None]] = defaultdict(dict)
    steps = Steps(behaviours)
    unplaced = 0
    for verdict in verdicts:
        host = places.get((verdict.site, verdict.host))
        if host is None:
            unplaced += 1
            continue
        saying = words.of(verdict)
        index = sayings.setdefault(saying, len(sayings))
        parts[verdict.behaviour, host][_part(verdict, index)] = None
        if verdict.verdict == "cannot_tell":
            steps.add(verdict, host)
    cells = (
        Cell(behaviour, host, tuple(sorted(own, key=lambda part: (part.since, part.until))))
        for (behaviour, host), own in sorted(parts.items())
    )
    return Folded(tuple(cells), tuple(sayings), steps.ranked(), unplaced)


def shown_part(parts: Sequence[CellPart]) -> CellPart:
    """Return the part that a matrix shows: of the weightiest answer, the longest."""
    if len(parts) == 1:
        return parts[0]
    return min(parts, key=lambda part: (WEIGHTIEST.index(part.verdict), -ticks_between(part), part.since))


def is_split(parts: Sequence[CellPart]) -> bool:
    """Say whether nobody can tell for part of the period only, or for several reasons.

    What was observed was so at some moments; that it was not at others is no difference worth a mark.
    """
    answers = {(part.verdict, part.reason) for part in parts}
    return len(answers) > 1 and any(answer == "cannot_tell" for answer, _ in answers)


def ticks_between(part: CellPart) -> int:
    """Return how long a part lasts, in 100-nanosecond ticks; at least 1, so that no answer weighs nothing."""
    return max(ticks_of(part.until) - ticks_of(part.since), 1)


def _part(verdict: Verdict, saying: int) -> CellPart:
    return CellPart(
        since=verdict.since,
        until=verdict.until,
        verdict=verdict.verdict,
        reason=verdict.reason,
        saying=saying,
        evidence=verdict.evidence[:RECORDS_SHOWN],
        records=len(verdict.evidence),
        level=str(verdict.about.get("level", "")) if verdict.verdict == "observed" else "",
    )
