"""Functions of the program's own for SQL, in which a text, a number or an address is what it is for a rule.

DuckDB hands them a column at a time; missing values are missing in what they give. They work on their arguments alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, cast

import pyarrow as pa

from yadorigi.lake.sql.parsing_functions import PARSING_FUNCTIONS
from yadorigi.query.evaluate import scalar_holds
from yadorigi.query.nodes import Compare, CompareOperator, TimeUnit
from yadorigi.query.regexes import compiled
from yadorigi.query.registry_keys import key_in_one_spelling
from yadorigi.query.values import address_of, fold, is_inside, number_of, text_of, time_part_of

_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND


def _number(text: str) -> float | None:
    found = number_of(text)
    return None if found is None else float(found)


def _compares(text: str, wanted: str) -> bool:
    operator, _, number = wanted.partition(" ")
    if not number:
        return False
    whole = number.lstrip("-").isdigit()
    return scalar_holds(Compare(cast("CompareOperator", operator), int(number) if whole else float(number)), text)


def _long(text: str) -> int | None:
    found = number_of(text)
    whole = None if found is None else int(found)
    return None if whole is None or not -(2**63) <= whole < 2**63 else whole


def _time_part(text: str, unit: str) -> int | None:
    return time_part_of(text, cast("TimeUnit", unit))


def _inside(address: str, network: str) -> bool:
    """Say whether an address is in one of some networks, between commas; what is none is passed over."""
    found = address_of(address)
    for part in network.split(","):
        try:
            if found is not None and is_inside(found, part.strip()):
                return True
        except ValueError:
            continue
    return False


def _found(text: str, pattern: str) -> bool:
    return compiled(pattern, "").found_in(text)


def _base64(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def _span(microseconds: int) -> str:
    sign, rest = ("-", -microseconds) if microseconds < 0 else ("", microseconds)
    days, rest = divmod(rest, _DAY)
    seconds, parts = divmod(rest, _SECOND)
    clock = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{sign}{f'{days}.' if days else ''}{clock}{f'.{parts:06}0' if parts else ''}"


def _member(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'


class OwnFunction(NamedTuple):
    """One function: what works on one row, the types of its arguments, and of what it gives."""

    work: Callable[..., Any]
    arguments: tuple[str, ...]
    sql_type: str
    arrow_type: pa.DataType


OWN_FUNCTIONS: Final[dict[str, OwnFunction]] = {
    "yadorigi_casefold": OwnFunction(fold, ("VARCHAR",), "VARCHAR", pa.string()),
    "yadorigi_number": OwnFunction(_number, ("VARCHAR",), "DOUBLE", pa.float64()),
    "yadorigi_long": OwnFunction(_long, ("VARCHAR",), "BIGINT", pa.int64()),
    "yadorigi_compares": OwnFunction(_compares, ("VARCHAR", "VARCHAR"), "BOOLEAN", pa.bool_()),
    "yadorigi_time_part": OwnFunction(_time_part, ("VARCHAR", "VARCHAR"), "BIGINT", pa.int64()),
    "yadorigi_number_text": OwnFunction(text_of, ("DOUBLE",), "VARCHAR", pa.string()),
    "yadorigi_inside": OwnFunction(_inside, ("VARCHAR", "VARCHAR"), "BOOLEAN", pa.bool_()),
    "yadorigi_found": OwnFunction(_found, ("VARCHAR", "VARCHAR"), "BOOLEAN", pa.bool_()),
    "yadorigi_base64": OwnFunction(_base64, ("VARCHAR",), "VARCHAR", pa.string()),
    "yadorigi_time": OwnFunction(_time, ("VARCHAR",), "TIMESTAMP", pa.timestamp("us")),
    "yadorigi_span": OwnFunction(_span, ("BIGINT",), "VARCHAR", pa.string()),
    "yadorigi_registry_key": OwnFunction(key_in_one_spelling, ("VARCHAR",), "VARCHAR", pa.string()),
    "yadorigi_member": OwnFunction(_member, ("VARCHAR",), "VARCHAR", pa.string()),
    **{name: OwnFunction(*told) for name, told in PARSING_FUNCTIONS.items()},
}
"""All of them by name."""

OWN_MACROS: Final = {
    # A text of ASCII alone is folded by what is fastest; both give the same.
    "yadorigi_fold": "(x) AS CASE WHEN strlen(x) = length(x) THEN lower(x) ELSE yadorigi_casefold(x) END",
}
"""What is said in SQL itself."""


def by_column(function: OwnFunction) -> Callable[..., pa.Array]:
    """Return what works on as many columns as a function has arguments, each combination of values once."""

    def work(*columns: pa.ChunkedArray) -> pa.Array:
        known: dict[tuple[Any, ...], Any] = {}
        given = []
        for row in zip(*(column.to_pylist() for column in columns), strict=True):
            if row not in known:
                known[row] = None if None in row else function.work(*row)
            given.append(known[row])
        return pa.array(given, function.arrow_type)

    # DuckDB counts the parameters of what it is given.
    def of_one(column: pa.ChunkedArray) -> pa.Array:
        return work(column)

    def of_two(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.Array:
        return work(left, right)

    def of_three(left: pa.ChunkedArray, right: pa.ChunkedArray, third: pa.ChunkedArray) -> pa.Array:
        return work(left, right, third)

    shapes: dict[int, Callable[..., pa.Array]] = {1: of_one, 2: of_two, 3: of_three}
    return shapes[len(function.arguments)]


_TRIED: Final = {"VARCHAR": "'1'", "DOUBLE": "1.5", "BIGINT": "1"}


def give_own_functions(connection: Any) -> None:  # noqa: ANN401 - DuckDB's connection
    """Make them known to a DuckDB, and call each once."""
    for name, function in OWN_FUNCTIONS.items():
        connection.create_function(
            name,
            by_column(function),
            list(function.arguments),
            function.sql_type,
            type="arrow",
            null_handling="special",
        )
        # What Arrow loads for a type when it is first made, it must load before a fence is up.
        given = ", ".join(_TRIED[kind] for kind in function.arguments)
        connection.execute(f"SELECT {name}({given})").fetchall()
    for name, told in OWN_MACROS.items():
        connection.execute(f"CREATE MACRO {name}{told}")
