"""The eight published queries, as printed, on events that they must find and must not find; and what they read."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from tests.languages.xql.views import viewed
from yadorigi.languages.tables import tables_of
from yadorigi.languages.xql.read import read_xql
from yadorigi.query.plan.relations import Table
from yadorigi.query.plan.sql import statement

HERE: Final = Path(__file__).parent
CORPORA: Final = os.environ.get("YADORIGI_CORPORA", "")
HUNTS: Final = Path(CORPORA).parent / "documents" / "hunts"
NOW: Final = 1_790_000_000_000_000
_HASH: Final = re.compile(r"\b[0-9a-f]{64}\b")


def _with_hash(value: Any, found: str) -> Any:
    if isinstance(value, dict):
        return {name: _with_hash(one, found) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_hash(one, found) for one in value]
    return found if value == "HASH" else value


@pytest.mark.skipif(not CORPORA or not HUNTS.is_dir(), reason="the published queries are not here (YADORIGI_CORPORA)")
def test_published_queries_find_what_they_are_for() -> None:
    queries = {path.name: path.read_text("utf-8") for path in sorted(HUNTS.glob("*.xql"))}
    assert len(queries) == 8
    events = tomllib.loads((HERE / "hunts.toml").read_text("utf-8"))["event"]
    rows: dict[str, list[dict[str, Any]]] = {}
    for number, event in enumerate(events):
        query = next(text for name, text in queries.items() if name.startswith(event["query"]))
        hashes = _HASH.findall(query)
        own = {name: value for name, value in event.items() if name not in ("query", "found", "view")}
        row = {
            "activity_id": 1,
            "yadorigi_file": number,
            "yadorigi_record_id": 1,
            "yadorigi_ticks": 17_700_000_000_000_000,
        }
        rows.setdefault(event["view"], []).append(row | _with_hash(own, hashes[-1] if hashes else ""))
    connection = viewed(rows)
    sql_of = tables_of("xql").sql_of
    for name, text in queries.items():
        # Any event that another query is for is one that this one must not find, unless both are for it.
        wanted = {f"{n}:1" for n, event in enumerate(events) if event.get("found") and name.startswith(event["query"])}
        reading = read_xql(text.replace("|fields _time", "|fields event_id, _time"), NOW)
        found = {row[0] for row in connection.execute(statement(reading.plan, sql_of)).fetchall()}
        shared = {"6_": "8_", "8_": "6_"}.get(name[:2], "")
        others = {f"{n}:1" for n, event in enumerate(events) if event["query"] == shared}
        assert found - others == wanted, name
    starred = read_xql(queries["5_impacket_wmiexec.xql"], NOW)
    assert [connection.execute(statement(plan, sql_of)).fetchall() for _, plan in starred.others] == [[]]


def test_branches_that_a_filter_excludes_are_not_read() -> None:
    row = {"activity_id": 1, "yadorigi_file": 1, "yadorigi_record_id": 1, "yadorigi_ticks": 17_700_000_000_000_000}
    process = row | {"process": {"file": {"name": "xcopy.exe"}}}
    network = row | {"dst_endpoint": {"ip": "192.0.2.1", "port": 443}}
    connection = viewed({"process_activity": [process], "network_activity": [network], "file_activity": [row]})
    for query, wanted in {
        "filter event_type = ENUM.PROCESS": {"process_activity"},
        "preset = xdr_file | fields action_file_name": {"file_activity"},
        'filter action_process_image_name contains "x"': {"process_activity"},
        'filter action_remote_ip = "192.0.2.1" and action_remote_port > 1': {"network_activity"},
    }.items():
        plan = connection.execute(f"EXPLAIN {statement(read_xql(query, NOW).plan, tables_of('xql').sql_of)}").fetchall()
        read = {view for view in ("process_activity", "network_activity", "file_activity") if view in plan[0][1]}
        assert read == wanted, query


def test_all_tables_can_be_read_with_all_their_columns() -> None:
    event = {
        "channel": "Security",
        "host": "DC01.example.org",
        "event_id": 4624,
        "ticks": 17_700_000_000_000_000,
        "file": 1,
        "record_id": 7,
    }
    told = {
        "data": '{"TargetUserName": "kato", "Deep": {"a": 1}}',
        "system": '{"Level": 0, "Keywords": "0x8010000000000000"}',
    }
    session = {
        "channel": "panos/traffic",
        "ticks": 17_700_000_000_000_000,
        "data": '{"type": "TRAFFIC", "src": "10.0.0.7", "dport": "443", "bytes_sent": "1000"}',
    }
    connection = viewed({"events": [event | told, session]})
    tables = tables_of("xql")
    for name in tables.names():
        table = tables.find(name)
        assert table is not None
        connection.execute(table.select(Table(table.name, tuple(table.all_columns().items())))).fetchall()
    query = "dataset = panw_ngfw_traffic_raw | filter dest_port = 443 | fields source_ip, bytes_sent"
    asked = connection.execute(statement(read_xql(query, NOW).plan, tables.sql_of)).fetchall()
    assert [row[1:] for row in asked] == [("10.0.0.7", 1000)]
    query = (
        'preset = xdr_event_log | filter agent_hostname in ("dc01", "x") and agent_hostname != "dc0" '
        '| filter action_evtlog_data_fields -> TargetUserName = "KATO" '
        "| fields action_evtlog_message"
    )
    asked = connection.execute(statement(read_xql(query, NOW).plan, tables.sql_of)).fetchall()
    assert [row[1] for row in asked] == ['TargetUserName: kato\r\nDeep: {"a":1}']
    query = 'dataset = microsoft_windows_raw | filter event_id = "4624" | fields event_result, log_level'
    asked = connection.execute(statement(read_xql(query, NOW).plan, tables.sql_of)).fetchall()
    assert [row[1:] for row in asked] == [("failure", "information")]
