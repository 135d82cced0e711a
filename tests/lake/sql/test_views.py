"""Tables and views: their names, columns and rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lake.sql.asking import ask
from tests.sample_case import LOGS, events_of
from yadorigi.lake.sql.lake_tables import LakeTables, TablePart
from yadorigi.lake.sql.log_views import find_event, known_logs
from yadorigi.lake.sql.messages import Needed
from yadorigi.lake.sql.readable_files import ReadableFiles
from yadorigi.lake.sql.views import Catalogue, View, classes, find_view
from yadorigi.schema.ocsf import arrow_schema
from yadorigi.schema.stored_lake import KindRows

ALL_NAMES = [
    "events",
    "files",
    "sites",
    "tables",
    *known_logs(),
    *classes(),
    *(f"{log.name}_{number}" for log in known_logs().values() for number in log.fields),
    *(f"{log.name}_{called}" for log in known_logs().values() for called in log.names.values()),
    "application_4711",
]


def view_of(name: str) -> View:
    view = find_view(name)
    assert view is not None, name
    return view


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        made = Catalogue(LakeTables({})).define(Needed(("files", "sites", *classes()))).made
        connection.register_filesystem(ReadableFiles({}, made))
        yield connection


@pytest.fixture(scope="module")
def full(catalogue: Catalogue) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        files = {part.name: part.path for parts in catalogue.tables.parts.values() for part in parts}
        made = catalogue.define(Needed(("files", "sites", *classes()))).made
        connection.register_filesystem(ReadableFiles(files, made))
        yield connection


def described(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, str]]:
    rows = connection.execute(f"DESCRIBE {sql}").fetchall()
    return [(name, kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ").replace('"', "")) for name, kind, *_ in rows]


def declared(view: View) -> list[tuple[str, str]]:
    return [(column.name, column.type.replace('"', "")) for column in view.columns]


def test_a_case_without_events_has_every_view(empty: duckdb.DuckDBPyConnection) -> None:
    for name in ALL_NAMES:
        sql, parts = Catalogue(LakeTables({})).select(view_of(name))
        assert parts == []
        assert described(empty, sql) == declared(view_of(name)), name
        if name != "tables":
            assert empty.execute(f"SELECT count(*) FROM ({sql})").fetchone() == (0,), name  # noqa: S608 - ours


def test_a_view_has_the_columns_and_rows_that_it_declares(
    full: duckdb.DuckDBPyConnection, catalogue: Catalogue
) -> None:
    for name in ALL_NAMES:
        sql, _ = catalogue.select(view_of(name))
        assert described(full, sql) == declared(view_of(name)), name
        count = full.execute(f"SELECT count(*) FROM ({sql})").fetchone()  # noqa: S608 - ours
        assert count == (catalogue.rows(view_of(name)),), name


def test_names_of_columns_differ_in_more_than_letter_case() -> None:
    for name in ALL_NAMES:
        names = [column.name.lower() for column in view_of(name).columns]
        assert len(names) == len(set(names)), name


def plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if not isinstance(value, bool) else str(value).lower()


@pytest.mark.parametrize(
    ("name", "channel", "number"),
    [
        ("sysmon_1", "Microsoft-Windows-Sysmon/Operational", 1),
        ("sysmon_network_connection", "Microsoft-Windows-Sysmon/Operational", 3),
        ("security_4624", "Security", 4624),
        ("security_process_creation", "Security", 4688),
        ("system_service_installed", "System", 7045),
    ],
)
def test_a_view_of_an_event_has_every_value_as_logged(
    catalogue: Catalogue, name: str, channel: str, number: int
) -> None:
    wanted = []
    for log in LOGS:
        for event in events_of(log):
            system = event["Event"]["System"]
            identity = system["EventID"]
            identity = identity["#text"] if isinstance(identity, dict) else identity
            if system["Channel"] == channel and identity == number:
                data = event["Event"]["EventData"]
                wanted.append((system["Computer"], system["EventRecordID"], data))
    columns = {column.field: column.name for column in view_of(name).columns if column.field}
    fields = sorted(columns)
    chosen = ", ".join(f'"{columns[field]}"' for field in fields)
    answer = ask(catalogue, f"SELECT host, record_id, {chosen} FROM {name}")  # noqa: S608 - ours
    assert len(answer.rows) == len(wanted) > 0
    assert {key for _, _, data in wanted for key in data} <= set(fields)
    found = {(host, record): values for host, record, *values in answer.rows}
    for host, record, data in wanted:
        assert found[host, record] == [plain(data.get(field)) for field in fields]


def test_times_are_exact_to_the_microsecond_and_ticks_to_the_end(catalogue: Catalogue) -> None:
    answer = ask(catalogue, "SELECT epoch_us(time), ticks FROM events")
    assert answer.rows
    assert all(micros == ticks // 10 for micros, ticks in answer.rows)
    assert any(ticks % 10 for _, ticks in answer.rows)


def test_the_account_of_an_event_is_that_of_findings(catalogue: Catalogue) -> None:
    rows = ask(catalogue, "SELECT DISTINCT class, user FROM events WHERE event_id IN (1, 4624)").rows
    assert any(user and "\\" in user for _, user in rows)
    assert all(user != "-" for _, user in rows)


@pytest.mark.parametrize("name", ["events", "security", "sysmon_1", "system", "bits_59", "application_4711"])
def test_every_view_of_events_has_a_user(catalogue: Catalogue, name: str) -> None:
    assert ask(catalogue, f"SELECT count(*) FROM {name} WHERE user = 'duckdb'").rows == [(0,)]  # noqa: S608 - ours


def test_a_name_user_that_a_query_defines_is_its_own(catalogue: Catalogue) -> None:
    assert ask(catalogue, "SELECT user FROM (SELECT 'x' AS user FROM files LIMIT 1)").rows == [("x",)]
    assert ask(catalogue, "WITH a AS (SELECT path AS user FROM files LIMIT 1) SELECT count(user) FROM a").rows == [(1,)]


def test_events_lead_to_their_files(catalogue: Catalogue) -> None:
    sql = (
        "SELECT f.path, s.site, count(*) FROM events e JOIN files f ON e.file = f.number"
        " JOIN sites s ON s.file = e.file AND s.host IS NOT DISTINCT FROM e.host GROUP BY ALL"
    )
    rows = ask(catalogue, sql).rows
    assert {site for _, site, _ in rows} == {"honsha", "kawaguchi"}
    assert sum(count for *_, count in rows) == ask(catalogue, "SELECT count(*) FROM events").rows[0][0]


def test_show_tables_names_what_is_there(catalogue: Catalogue) -> None:
    rows = dict(ask(catalogue, "SHOW TABLES").rows and [row[:2] for row in ask(catalogue, "SHOW TABLES").rows])
    assert rows["events"] == ask(catalogue, "SELECT count(*) FROM events").rows[0][0]
    assert rows["sysmon_1"] == ask(catalogue, "SELECT count(*) FROM sysmon WHERE event_id = 1").rows[0][0]
    assert rows["winrm"] == 0


def test_a_view_of_an_event_opens_no_file_without_it(catalogue: Catalogue) -> None:
    view = view_of("sysmon_1")
    _, parts = catalogue.select(view)
    assert parts
    assert all(any(view.holds(kind) for kind in part.kinds) for part in parts)
    assert len(parts) < sum(map(len, catalogue.tables.parts.values()))


def test_events_are_found_by_number_and_by_name() -> None:
    sysmon = known_logs()["sysmon"]
    assert find_event("sysmon_1") == find_event("sysmon_process_creation") == (sysmon, 1)
    assert find_event("sysmon_999") == (sysmon, 999)
    assert find_event("windows_powershell_400") == (known_logs()["windows_powershell"], 400)
    assert find_event("nothing_1") is None
    assert find_view("SYSMON_1") is not None


def test_names_say_one_thing_each() -> None:
    for log in known_logs().values():
        assert len(set(log.names.values())) == len(log.names)
        assert not {name for name in log.names.values() if name.isdecimal()}
    assert not set(known_logs()) & (set(classes()) | {"events", "files", "tables"})
    events = {f"{log.name}_{called}" for log in known_logs().values() for called in log.names.values()}
    assert not events & (set(known_logs()) | set(classes()))


def least(kind: pa.DataType) -> Any:
    """The least value of a type that is not null."""
    if pa.types.is_struct(kind):
        return {field.name: None if field.nullable else least(field.type) for field in kind}
    if pa.types.is_list(kind):
        return []
    return "" if kind == pa.string() else 0


def made(folder: Path, table: str, rows: list[tuple[str, str, int, dict[str, Any]]]) -> LakeTables:
    """A lake of one file: channel, provider, number and fields of its rows."""
    schema = arrow_schema(classes()[table])
    columns: dict[str, pa.Array] = {}
    for field in schema:
        columns[field.name] = pa.nulls(len(rows), field.type)
    columns["device"] = pa.array([{"hostname": "h"}] * len(rows), schema.field("device").type)
    columns["yadorigi_channel"] = pa.array([row[0] for row in rows])
    columns["yadorigi_provider"] = pa.array([row[1] for row in rows])
    columns["yadorigi_source"] = pa.array([""] * len(rows))
    columns["yadorigi_event_id"] = pa.array([row[2] for row in rows], pa.int64())
    columns["yadorigi_data"] = pa.array([json.dumps(row[3]) for row in rows])
    columns["yadorigi_system"] = pa.array(["{}"] * len(rows))
    for field in schema:
        if not field.nullable and columns[field.name].null_count:
            columns[field.name] = pa.array([least(field.type)] * len(rows), field.type)
    path = folder / f"{table}.parquet"
    pq.write_table(pa.table(columns, schema=schema), path)
    kinds = tuple(KindRows(*row[:3], "", place, 1, 0, 0) for place, row in enumerate(rows))
    return LakeTables({table: (TablePart(f"{table}/{path.name}", str(path), len(rows), kinds),)})


def test_names_that_differ_in_letter_case_are_one_column(tmp_path: Path) -> None:
    channel, provider = "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"
    rows = [(channel, provider, 8, {"SourceProcessGuid": "a"}), (channel, provider, 10, {"SourceProcessGUID": "b"})]
    catalogue = Catalogue(made(tmp_path, "process_activity", rows))
    assert sorted(ask(catalogue, "SELECT SourceProcessGuid FROM sysmon").rows) == [("a",), ("b",)]


def test_letter_case_of_a_channel_and_a_missing_channel_hide_nothing(tmp_path: Path) -> None:
    rows = [
        ("security", "Microsoft-Windows-Security-Auditing", 4688, {"NewProcessName": "a"}),
        ("SECURITY", "x", 4688, {"NewProcessName": "b"}),
        ("", "microsoft-windows-security-auditing", 4688, {"NewProcessName": "c"}),
        ("", "Other", 4688, {"NewProcessName": "d"}),
        ("Other", "Microsoft-Windows-Security-Auditing", 4688, {"NewProcessName": "e"}),
        ("Security", "x", 4689, {"NewProcessName": "f"}),
    ]
    catalogue = Catalogue(made(tmp_path, "base_event", rows))
    answer = ask(catalogue, "SELECT NewProcessName FROM security_4688 ORDER BY 1")
    assert [row[0] for row in answer.rows] == ["a", "b", "c"]
    assert len(ask(catalogue, "FROM security").rows) == 4
    assert len(ask(catalogue, "FROM events").rows) == 6


@pytest.mark.parametrize("odd", ["'", '"', "\\", "%", ";", "--", "é", "\x1b[31m", "' OR 1=1 --", "*", "[1]", "{}"])
def test_odd_names_of_kinds_do_no_harm(tmp_path: Path, odd: str) -> None:
    rows = [("Security", odd, 1, {odd: odd}), (odd, odd, 1, {"a": odd}), ("", odd, 1, {})]
    catalogue = Catalogue(made(tmp_path, "base_event", rows))
    assert len(ask(catalogue, "FROM security").rows) == 1
    assert ask(catalogue, "SELECT DISTINCT provider FROM events").rows == [(odd,)]


def test_values_that_are_no_text_keep_their_form(tmp_path: Path) -> None:
    fields = {"Image": ["a", 1, None], "ProcessId": 7, "User": None, "Hashes": True, "CommandLine": ""}
    channel, provider = "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"
    catalogue = Catalogue(made(tmp_path, "process_activity", [(channel, provider, 1, fields)]))
    answer = ask(catalogue, "SELECT Image, ProcessId, User, Hashes, CommandLine FROM sysmon_1")
    assert answer.rows == [('["a",1,null]', "7", None, "true", "")]


def test_files_of_an_earlier_version_may_lack_columns(tmp_path: Path) -> None:
    old = made(tmp_path, "process_activity", [("c", "d", 2, {})])
    whole = pq.read_table(old.parts["process_activity"][0].path)
    (tmp_path / "now").mkdir()
    now = made(tmp_path / "now", "process_activity", [("a", "b", 1, {})]).parts["process_activity"][0]
    process = whole.column("process").combine_chunks()
    fields = {field.name: process.field(field.name) for field in process.type if field.name != "pid"}
    shorter = pa.StructArray.from_arrays(list(fields.values()), list(fields))
    place = whole.schema.get_field_index("process")
    kept = whole.set_column(place, "process", shorter).drop_columns(["exit_code"])
    path = tmp_path / "old.parquet"
    pq.write_table(kept, path)
    before = old.parts["process_activity"][0]._replace(name="process_activity/old.parquet", path=str(path))
    for parts in ((before, now), (now, before), (before,)):
        catalogue = Catalogue(LakeTables({"process_activity": parts}))
        assert len(ask(catalogue, "FROM process_activity").rows) == len(parts)
        assert len(ask(catalogue, "FROM events").rows) == len(parts)
        assert len(ask(catalogue, "SELECT exit_code, process.pid FROM process_activity").rows) == len(parts)


def test_the_parts_of_a_view_are_all_that_a_session_may_read(catalogue: Catalogue) -> None:
    views = catalogue.define(Needed(("sysmon_1", "nothing")))
    assert list(views.unknown) == ["nothing"]
    assert len(views.statements) == 1
    assert set(views.files) == {part.name for part in catalogue.select(view_of("sysmon_1"))[1]}


def test_a_row_is_not_read_anew_for_each_of_its_fields(catalogue: Catalogue) -> None:
    sql, parts = catalogue.select(view_of("security"))
    fields = len(view_of("security").columns)
    tables = len({part.name for part in parts})
    # Each call keeps megabytes for each thread: with one for each field, SELECT * takes more than a gibibyte.
    assert 0 < sql.count("json_extract_string") < tables * fields // 4
