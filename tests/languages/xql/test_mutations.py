"""Whatever is asked: a query is read and said in SQL that DuckDB takes, or refused with a reason and a place."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

import pytest

from yadorigi.app.hunting_query import hunting_query
from yadorigi.errors import QueryError

CASES: Final = Path(__file__).parent / "cases"
NOW: Final = 1_790_000_000_000_000
RUNS: Final = 300
_PARTS: Final = re.compile(r'"""|"[^"]*"|\w+|\s+|.', re.DOTALL)
_ODD: Final = (
    "(", ")", "|", ",", '"', '"""', "`", "\\", "*", "-", "->", "->[]", "{}", "//", "/*", "null", "ENUM.", "ENUM.X",
    "not ", "@element", "$x", "\0", "\u202e", "\ud800", "日本", "9" * 400, "1e999", "0.0", "99999y", "1mo", "in (",
    "between", "view ", "as ", "by ", "config timeframe = 99999999y | ", "_time", "{", "[", "%",
)  # fmt: skip


def _seeds() -> list[str]:
    read = {name: tomllib.loads((CASES / f"{name}.toml").read_text("utf-8")) for name in ("conditions", "values")}
    stages = tomllib.loads((CASES / "stages.toml").read_text("utf-8"))["case"]
    return [
        *(case["query"] for case in stages),
        *(f"filter {condition}" for condition in read["conditions"]),
        *(f"alter x = {value} | filter x != 1" for value in read["values"]),
    ]


def _changed(chance: Random, seeds: list[str]) -> str:
    parts = _PARTS.findall(chance.choice(seeds))
    others = _PARTS.findall(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(parts) + 1)
        match chance.randrange(5):
            case 0:
                parts[place : place + 1] = []
            case 1:
                parts[place:place] = [chance.choice(_ODD)]
            case 2:
                parts[place : place + 1] = [chance.choice(others)]
            case 3:
                parts[place:place] = others[chance.randrange(len(others)) :][:8]
            case _:
                parts = parts[:place] or ["x"]
    return "".join(parts)


def test_a_changed_query_is_read_or_refused() -> None:
    chance = Random("xql")  # noqa: S311 - the same queries each time
    seeds = _seeds()
    read = 0
    for _ in range(RUNS):
        query = _changed(chance, seeds)
        with suppress(QueryError):
            hunting_query(query, "xql", NOW)
            read += 1
    assert read > RUNS // 10


@pytest.mark.parametrize(
    "query",
    [
        "filter " + "(" * 10_000,
        "filter " + "not " * 10_000 + "x = 1",
        "filter agent_hostname = " + '"a" or agent_hostname = ' * 800 + '"b"',
        "alter x = " + "lowercase(" * 3_000 + '"a"' + ")" * 3_000,
        "alter x = action_evtlog_data_fields" + " -> a" * 5_000,
        "fields agent_hostname" + " | fields agent_hostname" * 3_000,
        "alter x = 1" + " + 1" * 3_000,
        "x" * 10_000_000,
    ],
    ids=lambda query: query[:24],
)
def test_a_monstrous_query_is_read_or_refused(query: str) -> None:
    with suppress(QueryError):
        hunting_query(query, "xql", NOW)
