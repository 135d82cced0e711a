"""Hunts made ready: read, planned, said in SQL; and what of them cannot be honoured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yadorigi.app.hunting_query import reading_of, sql_of
from yadorigi.errors import QueryError, RegexError
from yadorigi.packs.hunts import Hunt, RefusedHunt, read_hunts
from yadorigi.query.plan.places import with_places, within_period

if TYPE_CHECKING:
    from yadorigi.query.plan.relations import Relation

PLACED = ("file", "record_id", "line", "host", "channel", "ticks")
"""Columns of a result of SQL that say which event a row is; the first two, or the first and the third, are needed."""


@dataclass(frozen=True, slots=True)
class ReadyHunt:
    """A hunt that can be run.

    Attributes:
        hunt: itself.
        sql: what it is in SQL.
        events: whether each row is one event, and has its place in columns beside its own.
        notes: what whoever asked should know of it.
        others: what other readings of it are in SQL, each with its name.
        plan: what it asks for; None where it is SQL.
    """

    hunt: Hunt
    sql: str
    events: bool = False
    notes: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    plan: Relation | None = None


@dataclass(frozen=True, slots=True)
class ReadyHunts:
    """Hunts that can be run, and those that cannot."""

    ready: tuple[ReadyHunt, ...]
    refused: tuple[RefusedHunt, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """What hunts look at, in ticks; None where there is no such end."""

    since: int | None = None
    until: int | None = None


def ready_hunts(paths: Sequence[str], period: Period | None = None) -> ReadyHunts:
    """Read all hunts below the paths, and make them ready.

    Args:
        paths: files, folders, zip archives, or ``builtin``.
        period: of the events that are looked at.

    Raises:
        UsageError: a path does not exist.
    """
    given = read_hunts(paths)
    ready: list[ReadyHunt] = []
    refused = list(given.refused)
    now = time.time_ns() // 1_000
    for hunt in given.hunts:
        try:
            ready.append(ready_hunt(hunt, now, period or Period()))
        except (QueryError, RegexError) as error:
            line = error.line if isinstance(error, QueryError) and error.position is not None else None
            refused.append(RefusedHunt(hunt.path, str(error), hunt.id, hunt.title, line))
    return ReadyHunts(tuple(ready), tuple(refused))


def ready_hunt(hunt: Hunt, now: int, period: Period) -> ReadyHunt:
    """Return a hunt in SQL.

    Args:
        hunt: as its file has it.
        now: what counts as now, in microseconds since 1970.
        period: of the events that are looked at.

    Raises:
        QueryError: its query is wrong, or cannot be honoured; it says what and where.
    """
    if hunt.language == "sql":
        asked_for = period.since is not None or period.until is not None
        told = ("SQL is asked of all events that the case keeps, of the whole time",) if asked_for else ()
        return ReadyHunt(hunt, hunt.query, notes=told)
    reading = reading_of(hunt.query, hunt.language, now)
    plan = within_period(reading.plan, period.since, period.until)
    placed = with_places(plan) if hunt.findings else None
    notes = list(reading.notes)
    if hunt.findings and placed is None:
        notes.append("a row of this query is not one event, so that rows are a table and no findings")
    others = tuple(
        (name, sql_of(within_period(other, period.since, period.until), hunt.language))
        for name, other in reading.others
    )
    return ReadyHunt(
        hunt, sql_of(placed or plan, hunt.language), placed is not None, tuple(notes), others, reading.plan
    )
