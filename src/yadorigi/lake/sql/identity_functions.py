"""Functions of queries that join what logs spell in different ways: `schema.identity`, a column at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa

from yadorigi.schema.identity import KEYS, domain_of_host

_NAMES: Final[dict[str, Callable[[str], str | None]]] = {**KEYS, "domain_of_host": domain_of_host}


def by_distinct(work: Callable[[str], Any], kind: pa.DataType) -> Callable[[pa.ChunkedArray], pa.Array]:
    """Return what works on a column of texts, each distinct value once; a missing value gives none."""

    def over(column: pa.ChunkedArray) -> pa.Array:
        # Arrow's own ways to tell values apart load modules late, which the fence of a query refuses.
        given = column.to_pylist()
        known = {value: None if value is None else work(value) for value in set(given)}
        return pa.array([known[value] for value in given], kind)

    return over


def give_identity_functions(connection: Any) -> None:  # noqa: ANN401 - DuckDB's connection
    """Make them known to a DuckDB."""
    for name, work in _NAMES.items():
        over = by_distinct(work, pa.string())
        connection.create_function(name, over, ["VARCHAR"], "VARCHAR", type="arrow", null_handling="special")
