"""Hunts made ready: read, planned, said in SQL; and what of them cannot be honoured."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from yadorigi.app.hunting_query import reading_of, sql_of
from yadorigi.errors import QueryError, RegexError, UsageError
from yadorigi.lake.sql.messages import Bound
from yadorigi.packs.hunts import Hunt, Parameter, RefusedHunt, read_hunts
from yadorigi.query.plan.expressions import Constant
from yadorigi.query.plan.places import with_places, within_period
from yadorigi.schema.times import canonical_time, ticks_of

if TYPE_CHECKING:
    from yadorigi.query.plan.relations import Relation

_SPAN: Final = re.compile(r"(-?\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS: Final = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}

PLACED: Final = ("file", "record_id", "line", "host", "channel", "ticks")
"""Columns of a result of SQL that say which event a row is; the first two, or the first and the third, are needed."""


@dataclass(frozen=True, slots=True)
class Period:
    """What hunts look at, in ticks; None where there is no such end."""

    since: int | None = None
    until: int | None = None


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
        bound: values that SQL names.
        period: of the events that SQL is asked of; plans hold theirs.
    """

    hunt: Hunt
    sql: str
    events: bool = False
    notes: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    plan: Relation | None = None
    bound: Mapping[str, Bound] = field(default_factory=dict)
    period: Period = Period()


@dataclass(frozen=True, slots=True)
class ReadyHunts:
    """Hunts that can be run, and those that cannot."""

    ready: tuple[ReadyHunt, ...]
    refused: tuple[RefusedHunt, ...]


def ready_hunts(paths: Sequence[str], period: Period | None = None, chosen: Sequence[str] = ()) -> ReadyHunts:
    """Read all hunts below the paths, and make them ready.

    Args:
        paths: files, folders, zip archives, or ``builtin``.
        period: of the events that are looked at.
        chosen: values of parameters, as ``ID.NAME=VALUE``.

    Raises:
        UsageError: a path does not exist, or no hunt has such a parameter.
    """
    given = read_hunts(paths)
    values = _chosen(given.hunts, chosen)
    ready: list[ReadyHunt] = []
    refused = list(given.refused)
    now = time.time_ns() // 1_000
    for hunt in given.hunts:
        try:
            ready.append(ready_hunt(hunt, now, period or Period(), values.get(hunt.id, {})))
        except (QueryError, RegexError) as error:
            line = error.line if isinstance(error, QueryError) and error.position is not None else None
            refused.append(RefusedHunt(hunt.path, str(error), hunt.id, hunt.title, line))
    return ReadyHunts(tuple(ready), tuple(refused))


def ready_hunt(hunt: Hunt, now: int, period: Period, values: Mapping[str, str]) -> ReadyHunt:
    """Return a hunt in SQL.

    Args:
        hunt: as its file has it.
        now: what counts as now, in microseconds since 1970.
        period: of the events that are looked at.
        values: of parameters, by their names, that whoever runs it chose.

    Raises:
        QueryError: its query is wrong, or cannot be honoured; it says what and where.
    """
    given = {name: _constant(name, parameter, values.get(name)) for name, parameter in hunt.parameters.items()}
    if hunt.language == "sql":
        bound = {name: Bound(one.kind, one.value) for name, one in given.items() if one.value is not None}
        return ReadyHunt(hunt, hunt.query, bound=bound, period=period)
    reading = reading_of(hunt.query, hunt.language, now, given)
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


def _chosen(hunts: Iterable[Hunt], chosen: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return values of parameters by hunt and name."""
    known = {f"{hunt.id}.{name}": (hunt.id, name) for hunt in hunts for name in hunt.parameters}
    found: dict[str, dict[str, str]] = {}
    for one in chosen:
        place, sign, value = one.partition("=")
        if not sign or place not in known:
            there = f"; there are {', '.join(sorted(known))}" if known else ""
            raise UsageError(f"--parameter {one[:100]}: write ID.NAME=VALUE with a parameter of a hunt{there}")
        hunt, name = known[place]
        found.setdefault(hunt, {})[name] = value
    return found


def _constant(name: str, parameter: Parameter, chosen: str | None) -> Constant:
    """Return the value of a parameter: a node of the plan, so that no text of it is read as a part of the query."""
    given = parameter.value if chosen is None else chosen
    try:
        return Constant(_value(parameter.kind, given), parameter.kind)
    except (ValueError, OverflowError):
        raise QueryError(f"the parameter {name} is a {parameter.kind}, and {str(given)[:60]!r} is none") from None


def _value(kind: str, given: str | float) -> str | int | float | bool:
    text = str(given).strip()
    match kind:
        case "text":
            return str(given)
        case "long":
            number = int(text)
            if not -(2**63) <= number < 2**63:
                raise OverflowError
            return number
        case "real":
            return float(text)
        case "boolean":
            return {"true": True, "false": False}[text.lower()] if text.lower() in ("true", "false") else int("no")
        case "time":
            moment = canonical_time(text)
            return ticks_of(moment) // 10 if moment else int("no")
        case _:
            found = _SPAN.fullmatch(text)
            return round(float(found[1]) * _UNITS[found[2]]) if found else int("no")
