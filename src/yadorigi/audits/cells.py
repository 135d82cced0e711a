"""Verdicts folded by behaviour and host, whatever the technique under which a line stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.schema.verdict import Answer, Verdict

Place: TypeAlias = tuple[str | None, str]
"""Site and host, as in verdicts."""
CellKey: TypeAlias = tuple[str, str | None, str]
"""Behaviour, site and host."""


@dataclass(slots=True)
class Cell:
    """A behaviour on a host: what is said of each part of the case period, in the order of time."""

    behaviour: str
    site: str | None
    host: str
    parts: list[Verdict] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Return site and host."""
        return self.site, self.host

    @property
    def answer(self) -> Answer:
        """Return *observed* if it was in any part, *not observed* if it was in none and all parts say so."""
        answers = {part.verdict for part in self.parts}
        if "observed" in answers:
            return "observed"
        return "not_observed" if answers == {"not_observed"} else "cannot_tell"

    @property
    def told_share(self) -> float:
        """Return the share of the period for which there is an answer, from 0 to 1."""
        told = whole = 0
        for part in self.parts:
            length = ticks_of(part.until) - ticks_of(part.since)
            whole += length
            told += length if part.verdict != "cannot_tell" else 0
        return told / whole if whole else 0.0


def cells_of(verdicts: Iterable[Verdict]) -> dict[CellKey, Cell]:
    """Return the cells of all verdicts; of a behaviour's techniques, whose lines say the same, the first counts."""
    technique: dict[str, str] = {}
    found: dict[CellKey, Cell] = {}
    for verdict in verdicts:
        if technique.setdefault(verdict.behaviour, verdict.technique) != verdict.technique:
            continue
        key = (verdict.behaviour, verdict.site, verdict.host)
        cell = found.get(key)
        if cell is None:
            cell = found[key] = Cell(*key)
        cell.parts.append(verdict)
    for cell in found.values():
        cell.parts.sort(key=lambda part: part.since)
    return found
