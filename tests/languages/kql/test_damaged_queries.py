"""Queries that are damaged, or large beyond reason: each is read or refused, and soon."""

from __future__ import annotations

import random
import time
import tomllib
from pathlib import Path

import pytest

from yadorigi.errors import QueryError
from yadorigi.languages.kql.read import read_kql
from yadorigi.languages.tables import tables_of
from yadorigi.query.plan.sql import statement

CASES = Path(__file__).parent / "cases"
NOW = 1_773_187_200_000_000
PARTS = (
    *"()[]{}|,.;:=*+-/%'\"", "==", "=~", "..", "and", "or", "not", "in", "has_any", "between", "let", "join", "on",
    "by", "summarize", "extend", "where", "project", "union", "E", "n", "@'", "1d", "0x", "dynamic({})", "typeof(long)",
    "//", "toscalar(", "datetime(2026-01-01)", "\n", "\0", "null",
)  # fmt: skip


def test_damaged_ones_are_read_or_refused() -> None:
    queries = []
    for path in sorted(CASES.glob("*.toml")):
        told = tomllib.loads(path.read_text("utf-8"))
        queries += [told.get("before", "") + case["query"] for case in told["case"]]
    chance = random.Random(11)  # noqa: S311 - damage must be the same each time
    for _ in range(500):
        words = chance.choice(queries).replace("(", " ( ").replace(",", " , ").split(" ")
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(words))
            words[place : place + chance.randint(0, 2)] = chance.choices(PARTS, k=chance.randint(0, 2))
            words = words or ["x"]
        try:
            plan = read_kql(" ".join(words), NOW).plan
            statement(plan, tables_of("kql").sql_of)
        except QueryError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        "print " + " or ".join(["1 == 1"] * 30_000),
        "print x = 1" + " | where x == 1" * 10_000,
        "print " + "+".join(["1"] * 9_000),
        "print " + "-" * 200_000 + "1",
        "(" * 262_144,
        "print dynamic({})" + ".a" * 9_000,
        "let a0 = datatable(x: long) [1];" + "".join(f"let a{n + 1} = union a{n}, a{n};" for n in range(40)) + "a40",
        'let a0 = "x";' + "".join(f"let a{n + 1} = toupper(strcat(a{n}, a{n}));" for n in range(40)) + "print a40",
        "let f0 = (x: long) { x };"
        + "".join(f"let f{n + 1} = (x: long) {{ f{n}(x) + f{n}(x) }};" for n in range(18))
        + "print f18(1)",
    ],
    ids=["or", "steps", "sum", "minus", "parentheses", "members", "unions", "texts", "functions"],
)
def test_large_ones_are_refused_soon(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(QueryError):
        read_kql(text, NOW)
    assert time.process_time() - begun < 5
