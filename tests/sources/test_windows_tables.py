"""Tables of programs that write the same records as JSON: the rows are the events that they stand for."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from pathlib import Path

import pytest

from tests.sources.reading import read_whole
from yadorigi.sources.registry import recognise, source_named

PAYLOAD = '{"EventData":{"Data":[{"@Name":"TargetUserName","#text":"taro"},{"@Name":"LogonType","#text":"10"}]}}'
WINDOWS_TABLE = source_named("windows_table")
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

SPLUNK_TEXT = (
    "10/01/2024 09:05:07 AM\nLogName=Security\nSourceName=Microsoft Windows security auditing.\nEventCode=4624\n"
    "EventType=0\nType=Information\nComputerName=PC01\nTaskCategory=Logon\nOpCode=Info\nRecordNumber=77\n"
    "Keywords=Audit Success\nMessage=An account was successfully logged on.\n\nSubject:\n\tSecurity ID:\t\tS-1-0-0\n"
    "\tAccount Name:\t\t-\n\tAccount Domain:\t\t-\n\tLogon ID:\t\t0x0\n\nLogon Information:\n\tLogon Type:\t\t10\n\n"
    "New Logon:\n\tSecurity ID:\t\tS-1-5-21-1-2-3-1104\n\tAccount Name:\t\ttaro\n\tAccount Domain:\t\tEXAMPLE\n"
)
SPLUNK = {
    "_serial": "0", "_time": "2024-10-01T09:05:07.1234567+0900", "source": "WinEventLog:Security", "host": "other",
    "sourcetype": "WinEventLog", "_raw": SPLUNK_TEXT,
}  # fmt: skip
SPLUNK_FIELDS = {
    "_time": "2024-10-01T09:05:07.1234567+0900", "source": "WinEventLog:Security", "EventCode": "4624",
    "ComputerName": "PC01", "RecordNumber": "77", "Message": SPLUNK_TEXT.partition("Message=")[2],
}  # fmt: skip
SPLUNK_XML_FIELDS = {
    "_time": "2024-10-01T09:05:07.123+0900", "EventCode": "4624", "Channel": "Security", "Computer": "PC01",
    "EventRecordID": "77", "Guid": "{54849625-5478-4994-A5BA-3E3B0328C30D}", "TargetUserName": "taro",
    "LogonType": "10", "SystemTime": "2024-10-01T00:05:07.1234567Z", "user": "taro", "Account_Name": "other",
}  # fmt: skip
WAZUH = {
    "_index": "w", "data.win.system.eventID": "4624", "data.win.system.channel": "Security",
    "data.win.system.providerName": "Microsoft-Windows-Security-Auditing", "data.win.system.computer": "PC01",
    "data.win.system.systemTime": "2024-10-01T00:05:07.1234567Z", "data.win.system.eventRecordID": "77",
    "data.win.eventdata.targetUserName": "taro", "data.win.eventdata.logonType": "10",
}  # fmt: skip
SENTINEL = {
    "TenantId": "t", "TimeGenerated [UTC]": "10/1/2024, 12:05:07.1234567 AM", "Account": "EXAMPLE\\taro",
    "Computer": "PC01", "EventSourceName": "Microsoft-Windows-Security-Auditing", "Channel": "Security", "Level": "8",
    "EventID": "4624", "Activity": "4624 - An account was successfully logged on.", "TargetUserName": "taro",
    "LogonType": "10", "LogonTypeName": "10 - RemoteInteractive", "EventRecordId": "77", "Never": "",
}  # fmt: skip
TABLES = {
    "evtxecmd": EVTXECMD, "velociraptor": VELOCIRAPTOR, "zircolite": ZIRCOLITE, "splunk": SPLUNK,
    "splunk fields": SPLUNK_FIELDS, "splunk xml fields": SPLUNK_XML_FIELDS, "wazuh": WAZUH, "sentinel": SENTINEL,
}  # fmt: skip


def table(*rows: dict[str, str], encoding: str = "utf-8-sig") -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


@pytest.mark.parametrize("record", TABLES.values(), ids=TABLES)
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
        assert not {"Never", "Account", "Account_Name", "user", "LogonTypeName"} & event.data.keys()


def test_rows_that_are_broken_cost_themselves(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    broken = EVTXECMD | {"Payload": "{"}
    path.write_bytes(table(EVTXECMD, broken, EVTXECMD) + b"one,two\r\n")
    found = read_whole(WINDOWS_TABLE, path, UTC)
    assert (len(found.events), found.lost) == (2, 2)


def test_other_tables_are_none_of_ours() -> None:
    assert not WINDOWS_TABLE.recognises(b"EventId,Provider,Channel\n1,2,3\n", "x.csv")
    assert not WINDOWS_TABLE.recognises(b"EventId,Provider,Channel,RecordNumber,ChunkNumber\n", "x.csv")


@pytest.mark.parametrize(
    ("column", "time", "host"),
    [("_raw", "_time", "host"), ("message", "@timestamp", "host.name"), ("full_log", "", "")],
)
def test_rows_that_hold_lines_are_those_lines(tmp_path: Path, column: str, time: str, host: str) -> None:
    failed = "Failed password for root from 198.51.100.9 port 4242 ssh2"
    lines = [
        f"Oct  1 09:05:07 web01 sshd[77]: {failed}",
        'date=2024-10-01 time=09:05:08 tz="+0900" devname="fw01" logid="0000000013" type="traffic" subtype="forward"',
        "nothing that anybody knows",
    ]
    beside = {name: value for name, value in ((time, "2024-10-01T00:05:09Z"), (host, "other")) if name}
    rows = [{column: line, "unknown": "x", **beside} for line in lines]
    path = tmp_path / "export.csv"
    path.write_bytes(table(*rows))
    assert recognise(path.read_bytes(), path.name).source is WINDOWS_TABLE
    found = read_whole(WINDOWS_TABLE, path, UTC)
    kinds = ["linux/auth", "fortigate/traffic", *(["syslog/syslog"] if time else [])]
    assert sorted(event.kind.channel for event in found.events) == sorted(kinds)
    assert len(found.events) + found.lost == len(lines)
