"""Hunting queries in other languages than SQL: read, planned, and said in SQL that a case can be asked with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yadorigi.languages.kql.read import read_kql
from yadorigi.languages.tables import tables_of
from yadorigi.languages.xql.read import read_xql
from yadorigi.query.plan.sql import statement

if TYPE_CHECKING:
    from yadorigi.languages.hunting import Reading
    from yadorigi.query.plan.relations import Relation

_READERS: Final[dict[str, Callable[[str, int], Reading]]] = {"kql": read_kql, "xql": read_xql}

LANGUAGES: Final = ("sql", *_READERS)
"""Languages that a case can be asked in."""


@dataclass(frozen=True, slots=True)
class HuntingQuery:
    """A query that is ready to be run.

    Attributes:
        sql: what it is in SQL.
        notes: what whoever asked should know of it.
        others: what other readings of it are in SQL, each with its name.
        plan: what it asks for, or None where it was SQL.
    """

    sql: str
    notes: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    plan: Relation | None = None


def hunting_query(text: str, language: str, now: int | None = None) -> HuntingQuery:
    """Return a query in SQL.

    Args:
        text: the query.
        language: one of `LANGUAGES`.
        now: what counts as now, in microseconds since 1970; None for the clock's.

    Raises:
        QueryError: it is wrong, or cannot be honoured; it says what and where.
    """
    if language == "sql":
        return HuntingQuery(text)
    reading = _READERS[language](text, time.time_ns() // 1_000 if now is None else now)
    tables = tables_of(language)
    others = tuple((name, statement(plan, tables.sql_of)) for name, plan in reading.others)
    return HuntingQuery(statement(reading.plan, tables.sql_of), reading.notes, others, reading.plan)
