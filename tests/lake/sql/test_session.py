"""A query's way: its rows, its limits, and what is said when it goes wrong."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest

from tests.lake.sql.asking import LIMITS, ask
from yadorigi.errors import CaseError, QueryError, UnfinishedError
from yadorigi.lake.commits import Lake
from yadorigi.lake.sql.lake_tables import LakeTables
from yadorigi.lake.sql.session import Session
from yadorigi.lake.sql.views import Catalogue

if TYPE_CHECKING:
    from pathlib import Path

ENDLESS = [
    "SELECT count(*) FROM range(1000000000000000000)",
    "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT max(a) FROM r",
    "SELECT count(*) FROM range(100000000) a, range(100000000) b",
    "SELECT sum(len(list_transform(range(10000), lambda x: list_sum(range(x + range % 2))))) FROM range(100000)",
    "SELECT count(*) FROM events a, events b, events c, events d, events e WHERE a.host || b.host = c.host || d.host",
    "SELECT sum(levenshtein(repeat('ab', 20000), repeat('ba', 20000))) FROM range(1000)",
    "SELECT count(*) FROM range(1000000000) WHERE regexp_matches(repeat('a', 5000) || range, '(a|aa)*b')",
    "EXPLAIN ANALYZE SELECT count(*) FROM range(1000000000000000000)",
]
HUGE = [
    "SELECT list(i::VARCHAR) FROM range(1000000000) t(i)",
    "SELECT string_agg(repeat('x', 1000), '') FROM range(100000000)",
    "SELECT [repeat('x', 1000) FOR x IN range(100000000)]",
    "SELECT * FROM range(1000000000) ORDER BY hash(range)",
    "SELECT a.range % 100000000, list(b.range) FROM range(1000000) a, range(1000000) b GROUP BY 1",
    "SELECT repeat('x', 4000000000)",
    "SELECT range(0, 1000000000, 1)",
    "SELECT DISTINCT hash(range) FROM range(10000000000)",
]


def test_rows_come_with_names_and_types(catalogue: Catalogue) -> None:
    answer = ask(catalogue, "SELECT 1 AS one, 'x' AS text, [1.5] AS list, {'a': true} AS struct, NULL AS nothing")
    assert answer.rows == [(1, "x", [answer.rows[0][2][0]], {"a": True}, None)]
    assert answer.names == ["one", "text", "list", "struct", "nothing"]


def test_the_limit_on_rows_says_that_there_are_more(catalogue: Catalogue) -> None:
    limits = msgspec.structs.replace(LIMITS, rows=10)
    cut = ask(catalogue, "SELECT * FROM range(11)", limits)
    assert (len(cut.rows), cut.account.rows, cut.account.cut) == (10, 10, True)
    whole = ask(catalogue, "SELECT * FROM range(10)", limits)
    assert (len(whole.rows), whole.account.cut) == (10, False)


def test_a_limit_on_rows_does_not_read_the_rest(catalogue: Catalogue) -> None:
    limits = msgspec.structs.replace(LIMITS, rows=10, seconds=20.0)
    answer = ask(catalogue, "SELECT * FROM range(1000000000000000000)", limits)
    assert len(answer.rows) == 10


@pytest.mark.parametrize("sql", ENDLESS)
def test_what_does_not_end_is_ended(catalogue: Catalogue, sql: str) -> None:
    start = time.monotonic()
    with pytest.raises(UnfinishedError, match=r"--seconds|--memory"):
        ask(catalogue, sql, msgspec.structs.replace(LIMITS, seconds=1.0))
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("sql", HUGE)
def test_what_needs_too_much_memory_is_ended(catalogue: Catalogue, sql: str) -> None:
    limits = msgspec.structs.replace(LIMITS, memory=128 << 20, seconds=60.0, output=64 << 20)
    with pytest.raises((UnfinishedError, QueryError), match=r"--memory|larger than"):
        ask(catalogue, sql, limits)


def test_too_large_a_result_is_ended(catalogue: Catalogue) -> None:
    with pytest.raises(UnfinishedError, match="the result is larger than 16 MiB"):
        ask(
            catalogue,
            "SELECT repeat('x', 1000) FROM range(1000000)",
            msgspec.structs.replace(LIMITS, output=16 << 20),
        )


def test_time_in_which_nobody_takes_rows_does_not_count(catalogue: Catalogue) -> None:
    limits = msgspec.structs.replace(LIMITS, seconds=3.0)
    with Session("SELECT repeat('x', 1000) FROM range(20000)", catalogue.define, limits) as session:
        reader = session.reader()
        rows = len(reader.read_next_batch())
        time.sleep(4)
        rows += sum(len(batch) for batch in reader)
        assert session.finish().rows == rows == 20_000


def test_the_process_ends_with_the_block(catalogue: Catalogue) -> None:
    before = set(psutil.Process().children())
    with Session("SELECT * FROM range(1000000000000)", catalogue.define, LIMITS) as session:
        session.reader().read_next_batch()
        assert set(psutil.Process().children()) - before
    assert set(psutil.Process().children()) - before == set()


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT foo FROM events", 'line 1, column 8: Referenced column "foo" not found'),
        ("SELECT *\nFROM  nothing", "line 2, column 7: there is no table nothing"),
        ("SELECT * FROM sysmn_1", "did you mean sysmon_1"),
        ("SELECT\n  1 +\n", "syntax error"),
        ("EXPLAIN SELECT\n 'ü', bar FROM events", 'line 2, column 7: Referenced column "bar" not found'),
        ("SELECT 'x'::INT", "line 1, column 11: Could not convert string 'x' to INT32"),
        ("SELECT * FROM read_csv('x')", "line 1, column 15: the table function read_csv is not allowed"),
        ("SELECT 1, user FROM files", "line 1, column 11: none of these tables has a column user"),
        ("SELECT user", "none of these tables has a column user"),
        ("SELECT lower()", "line 1, column 8: No function matches"),
    ],
)
def test_an_error_says_where_and_what(catalogue: Catalogue, sql: str, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        ask(catalogue, sql)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "sql", ["(" * 100_000, "SELECT " + "- " * 100_000 + "1", "SELECT " + "[" * 50_000, "\0", "SELECT 'a\0b'", "\ud800"]
)
def test_text_that_is_no_sql_is_refused(catalogue: Catalogue, sql: str) -> None:
    with pytest.raises((QueryError, UnfinishedError)):
        ask(catalogue, sql)


def test_a_text_that_is_too_long_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(QueryError, match="characters"):
        ask(catalogue, "SELECT 1 --" + "x" * 300_000)


def test_a_damaged_file_is_named(sample_lake: Path, tmp_path: Path, catalogue: Catalogue) -> None:
    del sample_lake
    found = {}
    for table, parts in catalogue.tables.parts.items():
        broken = tmp_path / f"{table}.parquet"
        broken.write_bytes(b"no Parquet at all" * 100)
        found[table] = (parts[0]._replace(path=str(broken)),)
    with pytest.raises((CaseError, QueryError), match=r"\.parquet"):
        ask(Catalogue(LakeTables(found)), "SELECT * FROM files")


@pytest.mark.parametrize("harm", ["gone", "short"])
def test_a_part_that_is_not_what_was_written_is_no_quiet_loss(sample_lake: Path, tmp_path: Path, harm: str) -> None:
    case = tmp_path / "case"
    shutil.copytree(sample_lake, case)
    part = next((case / "lake" / "process_activity").iterdir())
    if harm == "gone":
        part.unlink()
    else:
        part.write_bytes(next((case / "lake" / "files").iterdir()).read_bytes())
    harmed = Catalogue(LakeTables.of(Lake.open(case)))
    for sql in ("FROM events", "SELECT count(*) FROM process_activity", "FROM sysmon_1"):
        with pytest.raises(CaseError, match=part.name):
            ask(harmed, sql)
    assert ask(harmed, "SELECT count(*) FROM files").rows[0][0] > 0


def test_a_file_that_is_gone_is_named(catalogue: Catalogue, tmp_path: Path) -> None:
    parts = catalogue.tables.parts["files"]
    gone = {"files": (parts[0]._replace(path=str(tmp_path / "gone.parquet")),)}
    with pytest.raises((CaseError, QueryError), match=r"\.parquet"):
        ask(Catalogue(LakeTables(gone)), "SELECT * FROM files")


def test_the_account_says_what_was_read(catalogue: Catalogue) -> None:
    everything = ask(catalogue, "SELECT count(*), max(length(data::VARCHAR)) FROM events").account
    one = ask(catalogue, "SELECT count(*), max(length(data::VARCHAR)) FROM sysmon_1").account
    assert 0 < one.bytes < everything.bytes
    assert 0 < one.files < everything.files
    assert 0 < one.row_groups <= one.of_row_groups < everything.of_row_groups
    assert 0 < one.scanned < everything.scanned


def test_the_process_sees_no_environment(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}
    start = subprocess.Popen

    def watched(*arguments: object, **named: object) -> object:
        seen.update(named["env"])  # type: ignore[call-overload]  # Popen's own names
        return start(*arguments, **named)  # type: ignore[call-overload]  # as given

    monkeypatch.setenv("A_SECRET", "x")
    monkeypatch.setattr(subprocess, "Popen", watched)
    ask(catalogue, "SELECT 1")
    assert "A_SECRET" not in seen
    assert "HOME" not in seen
