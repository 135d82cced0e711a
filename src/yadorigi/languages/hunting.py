"""What a reader of a language of hunting queries gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yadorigi.query.plan.relations import Relation


@dataclass(frozen=True, slots=True)
class Reading:
    """A query, read.

    Attributes:
        plan: what it asks for.
        notes: what whoever asked should know of it.
        others: plans of other readings of the same text, each with its name, where people read it in several ways.
    """

    plan: Relation
    notes: tuple[str, ...] = ()
    others: tuple[tuple[str, Relation], ...] = ()
