"""Hunting queries in other languages than SQL: read, planned, and said in SQL that a case can be asked with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from yadorigi.errors import QueryError

if TYPE_CHECKING:
    from yadorigi.languages.hunting import Reading
    from yadorigi.query.plan.expressions import Constant
    from yadorigi.query.plan.relations import Relation

LANGUAGES: Final = ("sql", "kql", "xql")
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

    @property
    def steps(self) -> list[str]:
        """Return the plan in plain words, a line for each step; none where the query was SQL."""
        from yadorigi.query.plan.describe import described_plan  # noqa: PLC0415 - SQL, the most asked, needs none of it

        return described_plan(self.plan) if self.plan is not None else []


def reading_of(text: str, language: str, now: int, parameters: Mapping[str, Constant] | None = None) -> Reading:
    """Return a query of another language than SQL, read.

    Args:
        text: the query.
        language: of it.
        now: what counts as now, in microseconds since 1970.
        parameters: values that the query names.

    Raises:
        QueryError: it is wrong, or cannot be honoured; it says what and where.
    """
    from yadorigi.languages.known_hunts import notes_on  # noqa: PLC0415 - SQL needs none of it

    try:
        found = _reader(language)(text, now, parameters)
    except RecursionError:
        raise QueryError("the query is nested too deeply, or one of its parts is too long", text) from None
    return replace(found, notes=(*found.notes, *notes_on(text)))


def _reader(language: str) -> Callable[[str, int, Mapping[str, Constant] | None], Reading]:
    """Return what reads a language; the parsers take a while to load, and few runs need them."""
    if language == "kql":
        from yadorigi.languages.kql.read import read_kql  # noqa: PLC0415 - see above

        return read_kql
    from yadorigi.languages.xql.read import read_xql  # noqa: PLC0415 - see above

    return read_xql


def sql_of(plan: Relation, language: str) -> str:
    """Return a plan of a language in SQL.

    Raises:
        QueryError: it holds half of a pair of surrogates, which is no text.
    """
    from yadorigi.languages.tables import tables_of  # noqa: PLC0415 - SQL needs none of it
    from yadorigi.query.plan.sql import statement  # noqa: PLC0415 - as above

    try:
        told = statement(plan, tables_of(language).sql_of)
    except RecursionError:
        raise QueryError("the query is nested too deeply, or one of its parts is too long") from None
    try:
        told.encode()
    except UnicodeEncodeError:
        raise QueryError("half of a pair of surrogates stands in the query; write the whole character") from None
    return told


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
    reading = reading_of(text, language, time.time_ns() // 1_000 if now is None else now)
    others = tuple((name, sql_of(plan, language)) for name, plan in reading.others)
    return HuntingQuery(sql_of(reading.plan, language), reading.notes, others, reading.plan)


def sigma_of(text: str, asking: HuntingQuery) -> str:
    """Return a hunting query as a Sigma rule.

    Raises:
        QueryError: no rule can say it; it says what cannot be said.
    """
    from yadorigi.languages.to_sigma import sigma_rule  # noqa: PLC0415 - few runs need it

    if asking.plan is None:
        raise QueryError("SQL is not made into Sigma rules; write the query in KQL or XQL", text)
    return sigma_rule(asking.plan, text)
