"""Asks a case, as tests need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yadorigi.lake.sql.messages import Account, Limits
from yadorigi.lake.sql.session import Session

if TYPE_CHECKING:
    from yadorigi.lake.sql.views import Catalogue

LIMITS = Limits(seconds=60, memory=512 << 20, rows=None, output=1 << 30, threads=2)


@dataclass
class Answer:
    """Rows, names and types of columns, and what was read."""

    rows: list[tuple[Any, ...]]
    names: list[str]
    types: list[str]
    account: Account


def ask(catalogue: Catalogue, sql: str, limits: Limits = LIMITS, databases: tuple[str, ...] = ()) -> Answer:
    with Session(sql, catalogue.define, limits, databases) as session:
        table = session.reader().read_all()
        account = session.finish()
    columns = [column.to_pylist() for column in table.columns]
    return Answer(list(zip(*columns, strict=True)), table.schema.names, [str(f.type) for f in table.schema], account)
