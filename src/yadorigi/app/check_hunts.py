"""Check hunts: which cannot be run and why, what is odd about the others, whether their examples are as they say."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yadorigi.app.plan_hunts import ReadyHunt, ready_hunts
from yadorigi.errors import QueryError, UnfinishedError, UsageError
from yadorigi.languages.tables import LanguageTable, tables_of
from yadorigi.query.plan.conditions import quoted
from yadorigi.query.plan.sql import SQL_TYPES, statement
from yadorigi.schema.finding import UNDEFINED_LEVEL

if TYPE_CHECKING:
    from yadorigi.lake.sql.trial import Trial
    from yadorigi.packs.hunts import Example, RefusedHunt
    from yadorigi.query.plan.relations import Relation, Table


@dataclass(frozen=True, slots=True)
class CheckedHunts:
    """What checking found.

    Attributes:
        ready: hunts that can be run.
        refused: the others, each with its reason.
        wrong: examples that are not as they say, each with its hunt's id.
        notes: what is odd, each with its hunt's id.
        examples: how many were tried.
        seconds: that reading and planning took.
    """

    ready: tuple[ReadyHunt, ...]
    refused: tuple[RefusedHunt, ...]
    wrong: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    examples: int
    seconds: float


def check_hunts(paths: Sequence[str]) -> CheckedHunts:
    """Check all hunts below the paths.

    Raises:
        UsageError: a path does not exist.
    """
    begun = time.monotonic()
    found = ready_hunts(paths)
    seconds = time.monotonic() - begun
    wrong: list[tuple[str, str]] = []
    notes: list[tuple[str, str]] = []
    tried = 0
    trial: Trial | None = None
    for ready in found.ready:
        hunt = ready.hunt
        notes += [(hunt.id, note) for note in ready.notes]
        if ready.events and hunt.level == UNDEFINED_LEVEL:
            notes.append((hunt.id, "it has no level: --fail-on takes its findings for medium"))
        if hunt.language == "sql" and not hunt.examples:
            notes.append((hunt.id, "SQL without examples is checked when it is run"))
        for place, example in enumerate(hunt.examples, 1):
            tried += 1
            if ready.plan is None:
                problem = _problem_of_sql(ready, example)
            else:
                if trial is None:
                    from yadorigi.lake.sql.trial import Trial  # noqa: PLC0415 - imports pyarrow and DuckDB

                    trial = Trial()
                problem = _problem(ready.plan, ready.hunt.language, example, trial)
            if problem:
                wrong.append((hunt.id, f"example {place}{f' ({example.title})' if example.title else ''}: {problem}"))
    return CheckedHunts(found.ready, found.refused, tuple(wrong), tuple(notes), tried, seconds)


def _problem_of_sql(ready: ReadyHunt, example: Example) -> str:
    """Return why an example of a query in SQL is not as it says, or ""."""
    from yadorigi.app.query_case import rows_of_example  # noqa: PLC0415 - imports pyarrow and DuckDB

    try:
        rows = rows_of_example(ready.sql, example.table, example.row, ready.bound)
    except (QueryError, UnfinishedError, UsageError) as error:
        return str(error)
    return _compared(rows, example)


def _problem(plan: Relation, language: str, example: Example, trial: Trial) -> str:
    """Return why an example is not as it says, or ""."""
    table = tables_of(language).find(example.table)
    if table is None:
        return f"there is no table {example.table[:100]}"
    kinds = table.all_columns()
    unknown = [name for name in example.row if name not in kinds]
    if unknown:
        return f"{table.name} has no column {unknown[0][:100]}"
    columns = {name: SQL_TYPES[kinds[name]] for name in example.row} or {"none": "VARCHAR"}
    row = {name: json.dumps(value) if kinds[name] == "dynamic" else value for name, value in example.row.items()}
    try:
        rows = trial.rows(statement(plan, lambda asked: _given(asked, table, row)), {"given": (columns, [row])})
    except QueryError as error:
        return str(error)
    return _compared(rows, example)


def _compared(rows: int, example: Example) -> str:
    if bool(rows) == example.found:
        return ""
    return "its row is not found" if example.found else "its row is found, and must not be"


def _given(asked: Table, table: LanguageTable, row: dict[str, Any]) -> str:
    """Return the SQL of a table that holds the row of an example, or none where another one is asked."""
    told = [
        f"{quoted(name) if name in row and asked.name == table.name else 'NULL'}::{SQL_TYPES[kind]} AS {quoted(name)}"
        for name, kind in asked.columns
    ]
    return f"SELECT {', '.join(told)} FROM given{'' if asked.name == table.name else ' WHERE false'}"  # noqa: S608 - quoted
