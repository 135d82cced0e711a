"""Verdicts folded: one cell for a behaviour on a host, the words kept once, and the steps that would settle most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.reports.page.verdict_texts import saying_of
from yadorigi.schema.report import Cell, CellPart, Saying, Step
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.schema.overview import CaseOverview
    from yadorigi.schema.verdict import Answer, Verdict

RECORDS_SHOWN: Final = 5
"""Records of evidence kept of each answer."""

STEPS_KEPT: Final = 50

WEIGHTIEST: Final[tuple[Answer, ...]] = ("observed", "cannot_tell", "not_observed")
"""Answers by what a reader must not miss: that something was there, then that nobody can tell."""


class Folded(NamedTuple):
    """What `fold_verdicts` gives; the fields are those of `schema.report.ReportDocument`."""

    cells: tuple[Cell, ...]
    sayings: tuple[Saying, ...]
    steps: tuple[Step, ...]
    unplaced: int


def fold_verdicts(verdicts: Iterable[Verdict], overview: CaseOverview) -> Folded:
    """Return the verdicts by behaviour and host.

    A behaviour has a line for each of its techniques; lines that say the same of the same time are one part.
    """
    places = {(host.site, host.host): index for index, host in enumerate(overview.hosts)}
    sayings: dict[Saying, int] = {}
    parts: defaultdict[tuple[str, int], dict[CellPart, None]] = defaultdict(dict)
    pairs: defaultdict[int, set[tuple[str, int]]] = defaultdict(set)
    unplaced = 0
    for verdict in verdicts:
        host = places.get((verdict.site, verdict.host))
        if host is None:
            unplaced += 1
            continue
        saying = saying_of(verdict)
        index = sayings.setdefault(saying, len(sayings))
        parts[verdict.behaviour, host][_part(verdict, index)] = None
        if verdict.verdict == "cannot_tell" and verdict.action:
            pairs[index].add((verdict.behaviour, host))
    cells = (
        Cell(behaviour, host, tuple(sorted(own, key=lambda part: (part.since, part.until))))
        for (behaviour, host), own in sorted(parts.items())
    )
    known = tuple(sayings)
    return Folded(tuple(cells), known, _steps(known, pairs), unplaced)


def shown_part(parts: Sequence[CellPart]) -> CellPart:
    """Return the part that a matrix shows: of the weightiest answer, the longest."""
    return min(parts, key=lambda part: (WEIGHTIEST.index(part.verdict), -ticks_between(part), part.since))


def is_split(parts: Sequence[CellPart]) -> bool:
    """Say whether answers or reasons differ within the period."""
    return len({(part.verdict, part.reason) for part in parts}) > 1


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
    )


def _steps(sayings: Sequence[Saying], pairs: dict[int, set[tuple[str, int]]]) -> tuple[Step, ...]:
    settled: defaultdict[tuple[str, str], set[tuple[str, int]]] = defaultdict(set)
    for index, own in pairs.items():
        action = sayings[index].action
        settled[action.en, action.ja] |= own
    words = {(saying.action.en, saying.action.ja): saying.action for saying in sayings}
    steps = [
        Step(words[key], len(own), len({behaviour for behaviour, _ in own}), len({host for _, host in own}))
        for key, own in settled.items()
    ]
    return tuple(sorted(steps, key=lambda step: (-step.pairs, step.words.en))[:STEPS_KEPT])
