"""A predicate asked as a rule, as a plan's SQL, in XQL and in KQL gives the same rows."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tests.query import strategies
from yadorigi.lake.sql.own_functions import give_own_functions
from yadorigi.languages.kql.read import read_kql
from yadorigi.languages.xql.read import read_xql
from yadorigi.query import nodes
from yadorigi.query.evaluate import evaluate
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.expressions import Column, Kind
from yadorigi.query.plan.predicates import condition_of
from yadorigi.query.plan.relations import Named, Project, Relation, Table
from yadorigi.query.plan.sql import statement

KINDS: dict[str, Kind] = {"A": "text", "B": "text", "C": "long", "D": "real", "E": "boolean"}
TYPES = {"text": "VARCHAR", "long": "BIGINT", "real": "DOUBLE", "boolean": "BOOLEAN"}


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 1})
    give_own_functions(connection)
    connection.execute(
        f"CREATE TABLE given (place BIGINT, {', '.join(f'{name} {TYPES[kind]}' for name, kind in KINDS.items())})"
    )
    return connection


class Row:
    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def value(self, field: str) -> Any:
        found = self._values[field]
        return UNSET if found is None else found

    def values(self) -> Any:
        return [value for value in self._values.values() if value is not None]


def whole(text: str) -> bool:
    return not any(half in text for half in ("\ud800", "\udfff", "\\ud800", "\\udfff"))


texts = st.one_of(st.none(), st.just(""), strategies.texts.filter(whole), strategies.spellings)
rows = st.fixed_dictionaries(
    {
        "A": texts,
        "B": texts,
        "C": st.one_of(st.none(), st.sampled_from((0, 1, -1, 2, 255, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)))),
        "D": st.one_of(st.none(), st.sampled_from((0.0, -0.0, 1.0, 2.5, 2.0**53, 1e22, float("inf"), float("nan")))),
        "E": st.one_of(st.none(), st.booleans()),
    }
)
numbers = st.sampled_from((0, 1, 2.5, -0.5, 255, 2**53, 2**53 + 1, 2**63, -(2**63), 10**400, 1e300, float("inf")))
leaves = st.one_of(
    st.builds(nodes.Match, st.sampled_from(tuple(KINDS)), strategies.tests),
    st.builds(nodes.Match, st.sampled_from(("A", "C", "D")), st.builds(nodes.Compare, strategies.comparisons, numbers)),
    st.builds(
        nodes.Match,
        st.sampled_from(("A", "B")),
        st.builds(nodes.FieldReference, st.sampled_from(("A", "B")), strategies.operators),
    ),
    st.builds(
        nodes.Match,
        st.sampled_from(("A", "B")),
        st.builds(nodes.Regex, strategies.linear_expressions, st.sampled_from(("", "i", "s", "m"))),
    ),
).filter(lambda match: whole(repr(match)))


def asked(database: duckdb.DuckDBPyConnection, predicates: list[nodes.Node], given_rows: list[dict[str, Any]]) -> Any:
    database.execute("DELETE FROM given")
    if given_rows:
        database.executemany(
            "INSERT INTO given VALUES (?, ?, ?, ?, ?, ?)",
            [(place, *(row[name] for name in KINDS)) for place, row in enumerate(given_rows)],
        )
    table = Table("given", (("place", "long"), *KINDS.items()))
    holds = tuple(
        Named(f"holds_{place}", condition_of(predicate, Column)) for place, predicate in enumerate(predicates)
    )
    plan = Project(table, (Named("place", Column("place")), *holds))
    assert set(columns_of(plan).values()) <= {"long", "boolean"}
    told = statement(plan, lambda _: "TABLE given") + " ORDER BY place"
    return [list(row[1:]) for row in database.execute(told).fetchall()]


@settings(max_examples=60)
@given(st.lists(strategies.trees(leaves, 1), min_size=1, max_size=6), st.lists(rows, min_size=1, max_size=6))
def test_a_plan_holds_of_the_rows_that_the_rule_holds_of(
    database: duckdb.DuckDBPyConnection, predicates: list[nodes.Node], given_rows: list[dict[str, Any]]
) -> None:
    expected = [[evaluate(predicate, Row(row)) for predicate in predicates] for row in given_rows]
    assert asked(database, predicates, given_rows) == expected


# --- The same predicate, written in a language of hunting queries

XQL_COLUMNS = {
    "A": "action_process_image_command_line",
    "B": "action_process_image_path",
    "C": "action_process_os_pid",
}
KQL_COLUMNS = {"A": "ProcessCommandLine", "B": "FolderPath", "C": "ProcessId"}
words = st.one_of(strategies.parts, st.sampled_from(("1", "security", "k", "ss", "2.5", "a b"))).filter(
    lambda text: text.strip() and "*" not in text
)
written_leaves = st.one_of(
    st.builds(
        nodes.Match,
        st.sampled_from(("A", "B")),
        st.one_of(
            st.builds(nodes.Text, st.sampled_from(("equals", "contains")), words),
            st.builds(nodes.Regex, strategies.linear_expressions.filter(lambda one: one and '"' not in one)).map(
                lambda test: nodes.Regex(test.pattern, "i")
            ),
            st.builds(nodes.Exists, st.booleans()),
        ),
    ),
    st.builds(nodes.Match, st.just("A"), st.just(nodes.Cidr("10.0.0.0/8"))),
    st.builds(
        nodes.Match,
        st.just("C"),
        st.builds(nodes.Compare, strategies.comparisons, st.sampled_from((0, 1, 2.5, 255, 2**53 + 1))),
    ),
)
SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def in_xql(node: nodes.Node) -> str:
    match node:
        case nodes.And(children) | nodes.Or(children):
            return "(" + (" and " if isinstance(node, nodes.And) else " or ").join(map(in_xql, children)) + ")"
        case nodes.Not(nodes.Match(name, nodes.Text("equals", value))):
            return f'{XQL_COLUMNS[name or ""]} != "{value}"'
        case nodes.Not(nodes.Match(name, nodes.Text("contains", value))):
            return f'{XQL_COLUMNS[name or ""]} not contains "{value}"'
        case nodes.Not(child):
            return f"not ({in_xql(child)})"
        case nodes.Match(name, test):
            column = XQL_COLUMNS[name or ""]
            match test:
                case nodes.Text("equals", value):
                    return f'{column} in ("{value}", "{value}")'
                case nodes.Text("contains", value):
                    return f'{column} contains "{value}"'
                case nodes.Regex(pattern):
                    return f'{column} ~= "{pattern}"'
                case nodes.Exists(expected):
                    return f"{column} {'!=' if expected else '='} null"
                case nodes.Cidr(network):
                    return f'{column} incidr "{network}"'
                case nodes.Compare(operator, number):
                    return f"{column} {SIGNS[operator]} {number}"
    raise AssertionError(node)


def kql_text(text: str) -> str:
    return '"' + "".join(one if one.isalnum() and one.isascii() else f"\\U{ord(one):08x}" for one in text) + '"'


def in_kql(node: nodes.Node) -> str:
    match node:
        case nodes.And(children) | nodes.Or(children):
            return "(" + (" and " if isinstance(node, nodes.And) else " or ").join(map(in_kql, children)) + ")"
        case nodes.Not(nodes.Match(name, nodes.Text("equals", value))):
            return f"{KQL_COLUMNS[name or '']} !~ {kql_text(value)}"
        case nodes.Not(nodes.Match(name, nodes.Text("contains", value))):
            return f"{KQL_COLUMNS[name or '']} !contains {kql_text(value)}"
        case nodes.Not(child):
            return f"not({in_kql(child)})"
        case nodes.Match(name, test):
            column = KQL_COLUMNS[name or ""]
            match test:
                case nodes.Text("equals", value):
                    return f"{column} in~ ({kql_text(value)}, {kql_text(value)})"
                case nodes.Text("contains", value):
                    return f"{column} contains {kql_text(value)}"
                case nodes.Regex(pattern):
                    return f"{column} matches regex {kql_text('(?i)' + pattern)}"
                case nodes.Null():
                    return f"isempty({column})"
                case nodes.Cidr(network):
                    return f'ipv4_is_in_range({column}, "{network}")'
                case nodes.Compare(operator, number):
                    return f"{column} {SIGNS[operator]} {number}"
    raise AssertionError(node)


def without_exists(node: nodes.Node) -> nodes.Node:
    """Return a predicate in which a text that is not there is an empty one, as KQL has it."""
    match node:
        case nodes.Not(child):
            return nodes.Not(without_exists(child))
        case nodes.And(children) | nodes.Or(children):
            return type(node)(tuple(map(without_exists, children)))
        case nodes.Match(name, nodes.Exists(expected)):
            null = nodes.Match(name, nodes.Null())
            return nodes.Not(null) if expected else null
    return node


def truth_in_kql(node: nodes.Node, row: Row) -> bool | None:
    """Return what KQL makes of a predicate: nothing, where a number or an address is compared that there is not."""
    match node:
        case nodes.Not(child):
            inner = truth_in_kql(child, row)
            return None if inner is None else not inner
        case nodes.And(children):
            parts = [truth_in_kql(child, row) for child in children]
            return False if False in parts else None if None in parts else True
        case nodes.Or(children):
            parts = [truth_in_kql(child, row) for child in children]
            return True if True in parts else None if None in parts else False
        case nodes.Match(name, nodes.Cidr()):
            known: nodes.Node = nodes.Match(name, nodes.Cidr("0.0.0.0/0"))
        case nodes.Match(name, nodes.Compare()):
            known = nodes.Or((nodes.Match(name, nodes.Compare("lt", 0)), nodes.Match(name, nodes.Compare("gte", 0))))
        case _:
            return evaluate(node, row)
    return evaluate(node, row) if evaluate(known, row) else None


def rows_of(database: duckdb.DuckDBPyConnection, plan: Relation, columns: dict[str, str]) -> list[int]:
    renamed = ", ".join(f'{ours} AS "{theirs}"' for ours, theirs in columns.items())
    told = statement(
        Project(plan, tuple(Named(one, Column(one)) for one in columns.values())),
        lambda _: f"SELECT place, {renamed} FROM given",  # noqa: S608 - a table of this test
    )
    # The plan's own projection would lose the rows' places, so its last step is asked for them.
    steps, _, last = told.rpartition("\n")
    return [place for (place,) in database.execute(f"{steps}\nSELECT place FROM {last.split(' FROM ')[-1]}").fetchall()]


@settings(max_examples=60)
@given(strategies.trees(written_leaves, 1), st.lists(rows, min_size=1, max_size=5))
def test_every_language_finds_the_rows_that_the_rule_finds(
    database: duckdb.DuckDBPyConnection, predicate: nodes.Node, given_rows: list[dict[str, Any]]
) -> None:
    asked(database, [predicate], given_rows)
    expected = [place for place, row in enumerate(given_rows) if evaluate(predicate, Row(row))]
    found = rows_of(database, read_xql(f"dataset = xdr_data | filter {in_xql(predicate)}", 0).plan, XQL_COLUMNS)
    assert sorted(found) == expected
    texts_only = without_exists(predicate)
    expected = [place for place, row in enumerate(given_rows) if truth_in_kql(texts_only, Row(row))]
    query = f"DeviceProcessEvents | where {in_kql(texts_only)}"
    assert sorted(rows_of(database, read_kql(query, 0).plan, KQL_COLUMNS)) == expected
