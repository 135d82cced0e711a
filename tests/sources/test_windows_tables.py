"""Tables of programs that write the same records as JSON: the rows are the events that they stand for."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from pathlib import Path

import pytest

from tests.sources.reading import read_whole
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows.table_source import WINDOWS_TABLE

PAYLOAD = '{"EventData":{"Data":[{"@Name":"TargetUserName","#text":"taro"},{"@Name":"LogonType","#text":"10"}]}}'
EVTXECMD = {
    "RecordNumber": "7", "EventRecordId": "77", "TimeCreated": "2024-10-01 00:05:07.1234567", "EventId": "4624",
    "Level": "LogAlways", "Provider": "Microsoft-Windows-Security-Auditing", "Channel": "Security", "ProcessId": "4",
    "ThreadId": "8", "Computer": "PC01", "ChunkNumber": "0", "UserId": "", "MapDescription": "Successful logon",
    "PayloadData1": "Target: EXAMPLE\\taro", "Keywords": "Audit success", "SourceFile": "x.evtx", "Payload": PAYLOAD,
}  # fmt: skip
VELOCIRAPTOR = {
    "EventTime": "2024-10-01T00:05:07.1234567Z", "Computer": "PC01", "Channel": "Security", "EventID": "4624",
    "EventRecordID": "77", "EventData": '{"TargetUserName":"taro","LogonType":10}',
    "Provider": "Microsoft-Windows-Security-Auditing", "Message": "An account was\nlogged on",
}  # fmt: skip
ZIRCOLITE = {
    "SystemTime": "2024-10-01T00:05:07.1234567Z", "EventID": "4624", "Channel": "Security", "Computer": "PC01",
    "Provider_Name": "Microsoft-Windows-Security-Auditing", "EventRecordID": "77", "OriginalLogfile": "x.evtx",
    "TargetUserName": "taro", "LogonType": "10", "Never": "",
}  # fmt: skip


def table(*rows: dict[str, str], encoding: str = "utf-8-sig") -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


@pytest.mark.parametrize("record", [EVTXECMD, VELOCIRAPTOR, ZIRCOLITE], ids=["evtxecmd", "velociraptor", "zircolite"])
def test_a_row_is_the_event_that_its_object_is(tmp_path: Path, record: dict[str, str]) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(table(record, record, encoding="utf-16" if record is ZIRCOLITE else "utf-8-sig"))
    assert recognise(path.read_bytes(), path.name).source is WINDOWS_TABLE
    found = read_whole(WINDOWS_TABLE, path, UTC)
    assert (len(found.events), found.lost, found.times) == (2, 0, ["2024-10-01T00:05:07.1234567Z"] * 2)
    for event in found.events:
        assert (event.kind.channel, event.kind.event_id, event.host, event.record_id) == ("Security", 4624, "PC01", 77)
        assert event.data["TargetUserName"] == "taro"
        assert str(event.data["LogonType"]) == "10"
        assert "Never" not in event.data


def test_rows_that_are_broken_cost_themselves(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    broken = EVTXECMD | {"Payload": "{"}
    path.write_bytes(table(EVTXECMD, broken, EVTXECMD) + b"one,two\r\n")
    found = read_whole(WINDOWS_TABLE, path, UTC)
    assert (len(found.events), found.lost) == (2, 2)


def test_other_tables_are_none_of_ours() -> None:
    assert not WINDOWS_TABLE.recognises(b"EventId,Provider,Channel\n1,2,3\n", "x.csv")
    assert not WINDOWS_TABLE.recognises(b"EventId,Provider,Channel,RecordNumber,ChunkNumber\n", "x.csv")
