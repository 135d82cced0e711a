"""What a statement may be made of: one SELECT, over the case's tables, with functions that work on their arguments.

DuckDB parses the statement and tells its parts as JSON; every part must be of a kind that is known to read nothing but
tables. What is not known is refused, so that a later DuckDB's new features are refused until they were looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

_QUERIES: Final = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_SOURCES: Final = frozenset(
    {"EMPTY", "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "PIVOT", "SHOW_REF"}
)
_MODIFIERS: Final = frozenset({"ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER"})
_ORDERS: Final = frozenset({"ORDER_DEFAULT", "ASCENDING", "DESCENDING"})
_CLASSES: Final = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "DEFAULT",
        "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
    }
)  # fmt: skip
_SETTLED: Final = _QUERIES | _SOURCES | _MODIFIERS | _ORDERS
_TABLE_FUNCTIONS: Final = frozenset({"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"})
_SHOWN: Final = frozenset({"tables", "__show_tables_expanded"})
_USER: Final = "user"
_BOUND: Final = "named_param_map"
"""Where DuckDB's JSON of a statement has the names of the values that it means."""
ADDRESS_FUNCTIONS: Final = frozenset({"asn", "city", "country", "organisation"})
"""Those of ours that ask databases of addresses."""
OWN_FUNCTIONS: Final = ADDRESS_FUNCTIONS | frozenset(
    {
        "yadorigi_arguments", "yadorigi_compare_ipv4", "yadorigi_format_moment", "yadorigi_format_span",
        "yadorigi_group", "yadorigi_groups",
        "yadorigi_ipv4_number", "yadorigi_ipv4_of", "yadorigi_moment", "yadorigi_path", "yadorigi_span_of",
        "yadorigi_terms", "yadorigi_url", "yadorigi_url_query", "yadorigi_xml",
        "account_key", "address_key", "address_kind", "domain_of_host", "host_key",
        "yadorigi_base64", "yadorigi_casefold", "yadorigi_compares", "yadorigi_fold", "yadorigi_found",
        "yadorigi_inside", "yadorigi_long", "yadorigi_member", "yadorigi_number", "yadorigi_number_text",
        "yadorigi_registry_key", "yadorigi_span", "yadorigi_time", "yadorigi_time_part",
    }
)  # fmt: skip
"""Functions of ours that a query may call beside DuckDB's; they work on their arguments alone."""
TABLES: Final = "tables"
"""Name of the table of tables."""

_OWN_NAME: Final = re.compile(r"[^\W\d]\w{0,99}")
_CATALOGUE: Final = re.compile(r"(duckdb|pragma|sqlite|pg|information)_", re.IGNORECASE)
_EXPLAIN: Final = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*explain\s+(analyze\s+)?", re.IGNORECASE | re.DOTALL)
_ODD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DEPTH: Final = 400
"""Levels of the statement's parts; DuckDB's own limit on expressions is 1,000, and each has two levels here."""


class NotAllowedError(Exception):
    """A statement is refused; `position` says where, from 0, or is None."""

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.position = position


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in its parts.

    Attributes:
        explain: ``EXPLAIN``, ``EXPLAIN ANALYZE`` or nothing.
        select: what follows.
        offset: where that begins in the whole.
    """

    explain: str
    select: str
    offset: int


def split_explain(sql: str) -> Statement:
    """Return a statement with its EXPLAIN apart, which DuckDB's JSON does not know.

    Raises:
        NotAllowedError: the text holds what not every reader of it might see in the same way.
    """
    odd = _ODD.search(sql)
    if odd is not None:
        raise NotAllowedError(f"the character U+{ord(odd.group()):04X} is not allowed in a query", odd.start())
    found = _EXPLAIN.match(sql)
    if found is None:
        return Statement("", sql, 0)
    return Statement("EXPLAIN ANALYZE" if found.group(1) else "EXPLAIN", sql[found.end() :], found.end())


@dataclass(slots=True)
class Uses:
    """What a statement refers to.

    Attributes:
        tables: names of tables, as written, each with the place where it stands first.
        addresses: the first function that asks databases of addresses, with its place; or None.
        defined: names that the statement defines itself, in lower case.
        shows_tables: whether it is SHOW TABLES.
        user: whether it means a column ``user`` that it does not define itself, and where; DuckDB would take it for the
            name of its own user where no table has it.
        given: names of values that it may mean, ``$name``.
        bound: those that it means.
    """

    tables: dict[str, int | None] = field(default_factory=dict)
    defined: set[str] = field(default_factory=set)
    shows_tables: bool = False
    user: int | None = None
    defines_user: bool = False
    addresses: tuple[str, int | None] | None = None
    given: frozenset[str] = frozenset()
    bound: set[str] = field(default_factory=set)


@cache
def allowed_functions() -> frozenset[str]:
    """Return the names of functions that a query may call."""
    text = (files("yadorigi.lake.sql") / "functions.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("# "))


def check(parsed: dict[str, Any], given: Collection[str] = ()) -> Uses:
    """Return what a statement refers to.

    Args:
        parsed: what ``json_serialize_sql`` says.
        given: names of values that it may mean, ``$name``.

    Raises:
        NotAllowedError: it is no single SELECT, or one with parts that a query must not have.
    """
    if parsed.get("error") is not False:
        raise _not_parsed(parsed)
    statements = parsed.get("statements")
    if not isinstance(statements, list) or not statements:
        raise NotAllowedError("there is no statement: write one SELECT, such as: SELECT * FROM events LIMIT 10")
    if len(statements) > 1:
        raise NotAllowedError("there is more than one statement: ask one question at a time")
    if not isinstance(statements[0], dict) or statements[0].keys() - ({"node", _BOUND} if given else {"node"}):
        raise NotAllowedError("parameters have no values here: write the values into the statement")
    if _shows_tables(statements[0]):
        return Uses({TABLES: None}, shows_tables=True)
    uses = Uses(given=frozenset(given))
    for part in _parts(statements[0], 0):
        _check_part(part, uses)
    if uses.defines_user:
        uses.user = None
    return uses


def _shows_tables(statement: dict[str, Any]) -> bool:
    source = statement["node"].get("from_table", {})
    shown = str(source.get("table_name", "")).strip('"').lower()
    return source.get("type") == "SHOW_REF" and "query" not in source and shown in _SHOWN


def _not_parsed(parsed: dict[str, Any]) -> NotAllowedError:
    message = str(parsed.get("error_message", "the statement cannot be read"))
    position = str(parsed.get("position", ""))
    if message.startswith("Only SELECT"):
        message = (
            "only SELECT is allowed (and FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, SHOW TABLES, EXPLAIN): a case is "
            "read and never changed; PIVOT needs its values: PIVOT ... ON x IN ('a', 'b') USING ..."
        )
    return NotAllowedError(message, int(position) if position.isdecimal() else None)


def _parts(node: Any, depth: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON
    if depth > _DEPTH:
        raise NotAllowedError("the statement is nested too deeply")
    if isinstance(node, list):
        for value in node:
            yield from _parts(value, depth + 1)
    elif isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _parts(value, depth + 1)


def _check_part(part: dict[str, Any], uses: Uses) -> None:
    kind, group = part.get("type"), part.get("class")
    place = part.get("query_location")
    position = place if isinstance(place, int) else None
    if "info_type" in part or "info" in part:
        raise NotAllowedError("a query only reads: COPY and the like are not allowed", position)
    if group == "PARAMETER":
        _check_parameter(str(part.get("identifier", "")), position, uses)
    elif group is not None:
        _check_expression(part, group, position)
        name = _last(part).lower() if "function_name" in part else ""
        if name in ADDRESS_FUNCTIONS and uses.addresses is None:
            uses.addresses = (name, position)
    elif isinstance(kind, str):
        if kind not in _SETTLED:
            raise NotAllowedError(f"a query only reads: {_shown(kind)} is not allowed", position)
        _check_source(part, kind, position, uses)
    if str(part.get("alias", "")).lower() == _USER:
        uses.defines_user = True
    if group == "COLUMN_REF" and [str(name).lower() for name in part.get("column_names", ())] == [_USER]:
        uses.user = position or 0
    if "cte_map" in part:
        uses.defined |= set(_defined(part["cte_map"]))


def _shown(kind: str) -> str:
    return kind.removesuffix("_NODE").removesuffix("_QUERY").replace("_", " ")


def _check_parameter(name: str, position: int | None, uses: Uses) -> None:
    if not uses.given:
        raise NotAllowedError("parameters have no values here: write the values into the statement", position)
    if name not in uses.given:
        raise NotAllowedError(f"there is no parameter ${name}; there are {', '.join(sorted(uses.given))}", position)
    uses.bound.add(name)


def _check_expression(part: dict[str, Any], group: Any, position: int | None) -> None:  # noqa: ANN401 - any JSON
    if group not in _CLASSES:
        raise NotAllowedError(f"{group} is not allowed in a query", position)
    if "function_name" not in part:
        return
    for name in {str(part["function_name"]), _last(part)}:
        if name.lower() not in allowed_functions() | OWN_FUNCTIONS | _TABLE_FUNCTIONS:
            raise NotAllowedError(f"the function {name} is not allowed in a query, or does not exist", position)


def _last(part: dict[str, Any]) -> str:
    path = part.get("qualified_name", {}).get("path") or [part.get("function_name", part.get("table_name", ""))]
    return str(path[-1])


def _check_source(part: dict[str, Any], kind: str, position: int | None, uses: Uses) -> None:
    if kind == "TABLE_FUNCTION":
        name = str(part["function"]["function_name"])
        if name.lower() not in _TABLE_FUNCTIONS:
            raise NotAllowedError(
                f"the table function {name} is not allowed: a query reads the case's tables and nothing else "
                "(see --tables)",
                position,
            )
    elif kind == "SHOW_REF":
        if "query" not in part:
            raise NotAllowedError("of SHOW, only SHOW TABLES by itself is allowed; DESCRIBE shows columns", position)
    elif kind == "BASE_TABLE":
        path = part.get("qualified_name", {}).get("path") or [part.get("table_name", "")]
        if path[:-1] not in ([], ["main"]) or str(part.get("table_name")) != path[-1]:
            raise NotAllowedError("a query reads the case's tables and nothing else (see --tables)", position)
        uses.tables.setdefault(str(path[-1]), position)


def _defined(cte_map: dict[str, Any]) -> Iterator[str]:
    for entry in cte_map.get("map", ()):
        name = str(entry["key"])
        # Outside of the part of the statement that defines it, the name would mean what the catalogue says.
        if _OWN_NAME.fullmatch(name) is None or _CATALOGUE.match(name):
            raise NotAllowedError(f"WITH {name}: use a name of letters, digits and _ that is no part of the catalogue")
        yield name.lower()


def needed(uses: Uses) -> tuple[str, ...]:
    """Return the names of tables that somebody must define, as written.

    A name that the statement defines in one place may mean a table of the case in another, so it is asked for too where
    there is such a table; whoever answers need not know it.
    """
    return tuple(uses.tables)
