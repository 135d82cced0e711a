"""What a statement may be made of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.lake.sql.hostile import LINES, statement
from yadorigi.lake.sql import gate
from yadorigi.lake.sql.views import find_view

FOLDER = Path("/elsewhere")
PART = Path("/case/lake/events/1.parquet")

ALLOWED = """\
SELECT 1
FROM events
TABLE events
VALUES (1, 'a'), (2, 'b')
(SELECT 1)
SELECT * FROM events;
SELECT * FROM EVENTS
SELECT * FROM "events"
SELECT * FROM main.events
-- a comment\\nSELECT /* another */ 1
SELECT host, count(*) AS n FROM events GROUP BY ALL HAVING n > 1 ORDER BY n DESC, host LIMIT 10 OFFSET 1
SELECT DISTINCT ON (host) host, time FROM events ORDER BY host, time
SELECT * EXCLUDE (raw) REPLACE (lower(host) AS host) FROM events
SELECT COLUMNS('.*_id') FROM events
SELECT time, time AT TIME ZONE 'Asia/Tokyo' FROM events WHERE time BETWEEN '2026-03-01' AND TIMESTAMP '2026-04-01'
SELECT data->>'$.Image', data->'Image', system->>'$.Level' FROM events
SELECT * FROM sysmon_1 WHERE Image ILIKE '%\\\\cmd.exe' AND CommandLine NOT SIMILAR TO 'x.*' OR Image IS NULL
SELECT * FROM sysmon_1 WHERE regexp_matches(CommandLine, '(?i)enc') AND "User" IN ('a', 'b') AND NOT (true)
WITH logons AS (SELECT * FROM security_4624) SELECT count(*) FROM logons
WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r WHERE a < 5) SELECT * FROM r
WITH a AS (SELECT 1), b AS MATERIALIZED (SELECT * FROM a) SELECT * FROM a, b
SELECT * FROM events AS e JOIN files AS f ON e.file = f.number LEFT JOIN files USING (number)
SELECT * FROM events ASOF JOIN sysmon ON events.host = sysmon.host AND events.time >= sysmon.time
SELECT * FROM events SEMI JOIN sysmon USING (host)
SELECT * FROM events POSITIONAL JOIN files
SELECT row_number() OVER w, lag(time, 1) OVER w FROM events WINDOW w AS (PARTITION BY host ORDER BY time)
SELECT sum(1) OVER (ORDER BY time RANGE BETWEEN INTERVAL 5 MINUTES PRECEDING AND CURRENT ROW) FROM events
SELECT * FROM events QUALIFY row_number() OVER (PARTITION BY host ORDER BY time) = 1
SELECT count(*) FILTER (WHERE event_id = 1), string_agg(DISTINCT host, ',' ORDER BY host) FROM events
SELECT host FROM events UNION SELECT host FROM sysmon EXCEPT SELECT 'x' INTERSECT SELECT 'y'
SELECT CASE WHEN event_id = 1 THEN 'a' ELSE 'b' END, CAST(record_id AS VARCHAR), record_id::INT, TRY_CAST('x' AS INT)
SELECT (SELECT max(time) FROM events), EXISTS (FROM sysmon), 1 IN (SELECT event_id FROM events), 1 = ANY (SELECT 1)
SELECT [1, 2, 3][1:2], {'a': 1}, MAP {'a': 1}, [x * 2 FOR x IN [1, 2] IF x > 1], list_filter([1], lambda x: x > 0)
SELECT unnest([1, 2]), generate_series(1, 3)
SELECT * FROM range(10), generate_series(1, 5) AS s(i), unnest([1, 2]) AS u(j)
SELECT * FROM events, LATERAL (SELECT events.event_id + 1 AS next)
SELECT key, value FROM sysmon_1, json_each(data)
SELECT fullkey FROM sysmon_1, json_tree(data)
SELECT process.file.name, device.hostname FROM process_activity
SELECT * FROM events USING SAMPLE 10 ROWS
SELECT * FROM events TABLESAMPLE 10%
SELECT GROUPING(host), count(*) FROM events GROUP BY ROLLUP (host, channel)
SELECT count(*) FROM events GROUP BY CUBE (host, channel)
SELECT count(*) FROM events GROUP BY GROUPING SETS ((host), ())
PIVOT events ON event_id IN (1, 4624) USING count(*) GROUP BY host
UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME n VALUE v
SELECT * FROM (PIVOT sysmon ON event_id IN (1, 3) USING count(*))
SELECT date_trunc('hour', time), strftime(time, '%H'), epoch(time), extract(hour FROM time), now() FROM events
SELECT time_bucket(INTERVAL '5 minutes', time), INTERVAL 3 DAYS, DATE '2026-01-01' FROM events
SELECT host || '!', 1 + 2 - 3 * 4 / 5 % 6 // 7, 2 ** 3, 5 & 3 | 1 ^ 2, ~1, -1, 1 << 2, NOT true, @ -1, 5!
SELECT host COLLATE NOCASE, 'a' LIKE 'b' ESCAPE '!', 'a' GLOB '*', 'a' ~ 'b', 'a' ~~* 'b', 'a' ^@ 'b' FROM events
SELECT host[1], host[1:3], host.lower().upper(), lower(host) FROM events
SELECT coalesce(NULL, 1), nullif(1, 2), ifnull(1, 2), greatest(1, 2), least(1, 2), if(true, 1, 2)
SELECT md5('a'), sha1('a'), sha256('a'), from_base64('YQ=='), to_base64('a'::BLOB), hex('a'), url_decode('a')
SELECT quantile_cont(event_id, 0.5), median(event_id), mode(host), arg_max(host, time), approx_count_distinct(host)
SELECT x'61', E'\\n', $$a$$, 1_000, 0x1F, 1e3, NULL, TRUE, 'it''s', DEFAULT
SELECT split_part('a\\\\b', '\\\\', 2), string_split('a,b', ','), regexp_extract('a1', '[0-9]'), levenshtein('a', 'b')
SELECT a.* FROM events AS a WHERE a.host IS NOT DISTINCT FROM 'x' AND a.time IS NOT NULL AND a.host != ALL (SELECT 'y')
DESCRIBE events
DESCRIBE SELECT * FROM events
SUMMARIZE events
SHOW TABLES
SHOW ALL TABLES
DESCRIBE
EXPLAIN SELECT * FROM events
EXPLAIN ANALYZE SELECT * FROM events
  -- first\\n /* second */ explain   analyze\\n SELECT 1
"""


@pytest.fixture(scope="module")
def parser() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def check(parser: duckdb.DuckDBPyConnection, sql: str) -> gate.Uses:
    row = parser.execute(
        "SELECT json_serialize_sql(?, skip_null := true, skip_empty := true, skip_default := true)",
        [gate.split_explain(sql).select],
    ).fetchone()
    assert row is not None
    uses = gate.check(json.loads(row[0]))
    unknown = [name for name in gate.needed(uses) if find_view(name) is None and name.lower() not in uses.defined]
    if unknown:
        raise gate.NotAllowedError(f"no table {unknown}")
    return uses


@pytest.mark.parametrize("line", LINES)
def test_a_hostile_statement_is_refused(parser: duckdb.DuckDBPyConnection, line: str) -> None:
    with pytest.raises(gate.NotAllowedError):
        check(parser, statement(line, FOLDER, PART))


@pytest.mark.parametrize("line", ALLOWED.splitlines())
def test_what_hunters_write_is_allowed(parser: duckdb.DuckDBPyConnection, line: str) -> None:
    check(parser, line.replace("\\n", "\n").replace("\\\\", "\\"))


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("", "there is no statement"),
        ("-- nothing", "there is no statement"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("DROP TABLE events", "only SELECT is allowed"),
        ("PIVOT events ON host USING count(*)", "PIVOT needs its values"),
        ("SELECT $1", "parameters have no values here"),
        ("SELECT getenv('HOME')", "the function getenv is not allowed"),
        ("FROM read_csv('x')", "the table function read_csv is not allowed"),
        ("SELECT * FROM a.b.c", "a query reads the case's tables and nothing else"),
        ("WITH x AS (COPY (SELECT 1) TO 'x') FROM x", "a query only reads"),
        ("SELCT 1", "syntax error"),
        ('WITH "a b" AS (SELECT 1) FROM events', "use a name of letters"),
        ("SHOW DATABASES", "only SHOW TABLES"),
        ("SELECT " + "(" * 300 + "1" + ")" * 300 + " + 1" * 300, "nested too deeply"),
    ],
)
def test_a_refusal_says_why(parser: duckdb.DuckDBPyConnection, sql: str, reason: str) -> None:
    with pytest.raises(gate.NotAllowedError, match=reason):
        check(parser, sql)


def test_a_refusal_says_where(parser: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(gate.NotAllowedError) as caught:
        check(parser, "SELECT *\nFROM read_csv('x')")
    assert caught.value.position == len("SELECT *\nFROM ")


def test_names_are_found_wherever_they_stand(parser: duckdb.DuckDBPyConnection) -> None:
    sql = "WITH a AS (FROM sysmon) SELECT (SELECT max(time) FROM security) FROM a JOIN files ON true"
    uses = check(parser, sql)
    assert set(uses.tables) == {"sysmon", "security", "a", "files"}
    assert uses.defined == {"a"}


def test_every_allowed_function_is_one_that_duckdb_has(parser: duckdb.DuckDBPyConnection) -> None:
    known = {name for (name,) in parser.execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()}
    syntax = {"case", "coalesce", "construct_array", "exists", "grouping", "grouping_id", "ifnull", "try"}
    assert gate.allowed_functions() - known - syntax == set()


def test_no_allowed_function_reaches_beyond_its_arguments() -> None:
    reaching = {
        "current_setting", "getenv", "getvariable", "json_serialize_plan", "nextval", "query", "query_table",
        "read_blob", "read_csv", "read_text", "setval", "sleep_ms", "write_log",
    }  # fmt: skip
    assert not reaching & gate.allowed_functions()
