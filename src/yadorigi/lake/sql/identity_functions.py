"""Functions of queries that join what logs spell in different ways: `schema.identity`, a column at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from msgspec import UNSET

from yadorigi.schema.address import kind_of_address
from yadorigi.schema.identity import KEYS, domain_of_host

if TYPE_CHECKING:
    from yadorigi.packs.address_databases import AddressBook

_NAMES: Final[dict[str, Callable[[str], str | None]]] = {
    **KEYS,
    "address_kind": kind_of_address,
    "domain_of_host": domain_of_host,
}
_FACTS: Final = {
    "country": ("VARCHAR", pa.string()),
    "city": ("VARCHAR", pa.string()),
    "asn": ("BIGINT", pa.int64()),
    "organisation": ("VARCHAR", pa.string()),
}


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


def give_address_functions(connection: Any, book: AddressBook) -> None:  # noqa: ANN401 - as above
    """Make what databases say of addresses known to a DuckDB; what they do not say is missing."""
    for name, (sql_type, kind) in _FACTS.items():
        over = by_distinct(partial(_fact, book, name), kind)
        connection.create_function(name, over, ["VARCHAR"], sql_type, type="arrow", null_handling="special")


def _fact(book: AddressBook, name: str, written: str) -> Any:  # noqa: ANN401 - texts and numbers
    value = getattr(book.about(written), name, UNSET)
    return None if value is UNSET else value
