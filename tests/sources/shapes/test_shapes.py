"""What each tool writes in its own way: times, names, values that are left out, wrappers around records."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.sources.reading import Reading, read_whole
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows.field_layouts import layouts_of, named_values, with_empty_fields

Json = dict[str, Any]
SYSMON = "Microsoft-Windows-Sysmon"
SECURITY = "Microsoft-Windows-Security-Auditing"


def read(tmp_path: Path, records: object, source: str, offset: int = 0) -> Reading:
    content = json.dumps(records, indent=1).encode()
    recognition = recognise(content[:65_536], "anything")
    assert recognition.source is not None
    assert recognition.source.name == source
    assert recognition.reason.startswith("line ")
    path = tmp_path / "events.json"
    path.write_bytes(content)
    return read_whole(recognition.source, path, timezone(timedelta(hours=offset)))


# --- Winlogbeat and Elasticsearch ---


def beat(**changes: Any) -> Json:
    winlog = {
        "channel": f"{SYSMON}/Operational", "event_id": "1", "provider_name": SYSMON, "provider_guid": "{g}",
        "record_id": 7, "computer_name": "h", "version": 5,
        "event_data": {"Image": "C:\\a.exe", "CommandLine": "a"},
    }  # fmt: skip
    return {"@timestamp": "2026-03-11T09:00:00.123Z", "winlog": {**winlog, **changes}}


def test_winlogbeat_leaves_empty_values_out_and_they_come_back(tmp_path: Path) -> None:
    (event,) = read(tmp_path, beat(), "winlogbeat").events
    assert event.kind == (f"{SYSMON}/Operational", SYSMON, 1, "")
    assert (event.record_id, event.host) == (7, "h")
    assert event.data["Image"] == "C:\\a.exe"
    assert event.data["ParentImage"] == ""
    assert "NoSuchField" not in event.data


def test_fields_that_a_pipeline_moved_are_found_and_none_is_taken_for_empty(tmp_path: Path) -> None:
    record = beat(event_data={"IntegrityLevel": "High"}) | {
        "process": {
            "executable": "C:\\a.exe", "command_line": "a b", "pid": 4, "entity_id": "{g}",
            "parent": {"executable": "C:\\p.exe"}, "hash": {"sha256": "00", "md5": "11"},
        },
        "user": {"domain": "CORP", "name": "bob"},
    }  # fmt: skip
    (event,) = read(tmp_path, record, "winlogbeat").events
    wanted = {"Image": "C:\\a.exe", "CommandLine": "a b", "ParentImage": "C:\\p.exe", "User": "CORP\\bob"}
    assert (wanted | {"IntegrityLevel": "High", "Hashes": "MD5=11,SHA256=00"}).items() <= event.data.items()
    assert "ParentCommandLine" not in event.data


def test_the_xml_that_an_agent_kept_goes_before_what_it_made_of_it(tmp_path: Path) -> None:
    xml = (
        "<Event xmlns='n'><System><Provider Name='p'/><EventID>5</EventID>"
        "<TimeCreated SystemTime='2026-03-11T09:00:00.1234567Z'/><EventRecordID>9</EventRecordID>"
        "<Channel>c</Channel><Computer>x</Computer></System><EventData><Data Name='A'>b</Data></EventData></Event>"
    )
    reading = read(tmp_path, beat() | {"event": {"original": xml}}, "winlogbeat")
    assert [(event.kind, event.record_id, event.data) for event in reading.events] == [
        (("c", "p", 5, ""), 9, {"A": "b"})
    ]
    assert reading.times == ["2026-03-11T09:00:00.1234567Z"]
    (event,) = read(tmp_path, beat() | {"event": {"original": xml[:-20]}}, "winlogbeat").events
    assert event.record_id == 7


@pytest.mark.parametrize("wrap", ["_source", "fields", "dots"])
def test_wrapped_records(tmp_path: Path, wrap: str) -> None:
    flat = {f"winlog.{name}": value for name, value in beat()["winlog"].items() if name != "event_data"}
    flat |= {"winlog.event_data.Image": "C:\\a.exe", "@timestamp": "2026-03-11T09:00:00.123Z"}
    record = {
        "_source": {"_index": "i", "_source": beat()},
        "fields": {"_index": "i", "fields": {name: [value] for name, value in flat.items()}},
        "dots": flat,
    }[wrap]
    (event,) = read(tmp_path, record, "winlogbeat").events
    assert (event.kind.event_id, event.host, event.data["Image"]) == (1, "h", "C:\\a.exe")


def test_unnamed_values_are_unnamed_again_only_where_the_provider_has_no_names(tmp_path: Path) -> None:
    data = {"param1": "one", "param3": "three"}
    classic = beat(provider_name="PowerShell", provider_guid=None, event_id="400", event_data=data)
    named = beat(provider_name="Service Control Manager", event_id="7036", event_data={"param1": "x", "param2": "y"})
    first, second = read(tmp_path, [classic, named], "winlogbeat").events
    assert first.data == {"Data": ("one", "", "three")}
    assert {"param1": "x", "param2": "y"}.items() <= second.data.items()


# --- What collects events of many hosts: Splunk, Graylog, Wazuh, Azure ---

XML = (
    "<Event xmlns='n'><System><Provider Name='p'/><EventID>5</EventID>"
    "<TimeCreated SystemTime='2026-03-11T09:00:00.1234567Z'/><EventRecordID>9</EventRecordID><Channel>c</Channel>"
    "<Computer>x</Computer></System><EventData><Data Name='A'>b</Data></EventData></Event>"
)
AZURE = {"TimeGenerated": "2026-03-11T09:00:00.1234567Z", "Computer": "x", "EventID": 5, "EventRecordId": 9}
PARAMETERS = '<DataItem><EventData xmlns="n"><Data Name="A">b</Data></EventData></DataItem>'
COLLECTED = {
    "splunk results": ("splunk", {"preview": False, "fields": [{"name": "_raw"}], "results": [{"_raw": XML}]}),
    "splunk collector": ("splunk", {"time": 1.5, "sourcetype": "x", "event": XML}),
    "splunk JSON": ("evtx_dump", {"_raw": json.dumps({"Event": {
        "System": {"Provider": {"#attributes": {"Name": "p"}}, "EventID": 5, "Channel": "c", "Computer": "x",
                   "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T09:00:00.1234567Z"}}, "EventRecordID": 9},
        "EventData": {"A": "b"}}})}),
    "Event": ("azure", {**AZURE, "Type": "Event", "EventLog": "c", "Source": "p", "EventData": PARAMETERS}),
    "WindowsEvent": ("azure", {
        **AZURE, "Type": "WindowsEvent", "Channel": "c", "Provider": "p", "EventData": '{"A": "b"}'}),
    "GELF": ("nxlog", {
        "version": "1.1", "host": "x", "short_message": "m", "timestamp": 1773219600.123456, "_EventID": 5,
        "_SourceName": "p", "_Channel": "c", "_RecordNumber": 9, "_A": "b", "_SourceModuleName": "in"}),
}  # fmt: skip


@pytest.mark.parametrize("name", COLLECTED)
def test_events_that_were_collected_are_what_they_were(tmp_path: Path, name: str) -> None:
    source, record = COLLECTED[name]
    reading = read(tmp_path, record, source)
    (event,) = reading.events
    assert (event.kind, event.record_id, event.host, event.data) == (("c", "p", 5, ""), 9, "x", {"A": "b"})
    assert reading.times[0].startswith("2026-03-11T09:00:00.123")
    assert reading.warnings == []


def test_backslashes_that_wazuh_doubled_are_single_again_and_others_stay(tmp_path: Path) -> None:
    system = {"providerName": SYSMON, "eventID": "1", "channel": "c", "systemTime": "2026-03-11T09:00:00Z"}
    for stated, expected in (("C:\\\\a", "C:\\a"), ("\\\\srv\\c$", "\\\\srv\\c$")):
        record = {"agent": {"name": "x"}, "data": {"win": {"system": system, "eventdata": {"commandLine": stated}}}}
        (event,) = read(tmp_path, record, "wazuh").events
        assert (event.host, event.data["CommandLine"], event.data["ParentImage"]) == ("x", expected, "")


def test_a_message_of_unknown_form_is_told_and_kept(tmp_path: Path) -> None:
    text = "10/01/2024 09:05:07 AM\nLogName=Security\nEventCode=4688\nComputerName=x\nMessage=Ein Prozess."
    reading = read(tmp_path, {"_raw": text, "_time": "2024-10-01T09:05:07+09:00"}, "splunk")
    assert [event.data for event in reading.events] == [{"Data": "Ein Prozess."}]
    assert [(warning.kind, warning.records) for warning in reading.warnings] == [("record", 1)]


# --- NXLog, HELK, Zircolite ---


def nxlog(**changes: Any) -> Json:
    record = {
        "EventTime": "2026-03-11 18:00:00", "EventReceivedTime": "2026-03-11 18:00:02", "Hostname": "h",
        "Keywords": -9223372036854775808, "EventType": "INFO", "EventID": 3, "SourceName": SYSMON,
        "ProviderGuid": "{g}", "RecordNumber": 8, "Channel": f"{SYSMON}/Operational", "ExecutionProcessID": 4,
        "ThreadID": 5, "SourceModuleName": "in", "SourceModuleType": "im_msvistalog", "Message": "m",
        "Severity": "INFO", "SeverityValue": 2, "Image": "C:\\a.exe", "ProcessId": "9",
    }  # fmt: skip
    return {**record, **changes}


@pytest.mark.parametrize(
    ("changes", "offset", "time"),
    [
        ({}, 0, "2026-03-11T18:00:00.0000000Z"),
        ({}, 9, "2026-03-11T09:00:00.0000000Z"),
        ({"@timestamp": "2026-03-11T09:00:03.5Z"}, 0, "2026-03-11T09:00:00.0000000Z"),
        ({"@timestamp": "2026-03-11T12:30:03.5Z"}, 0, "2026-03-11T12:30:00.0000000Z"),
        ({"@timestamp": "2026-03-11T09:08:00.0Z"}, 0, "2026-03-11T18:00:00.0000000Z"),
        ({"EventTime": "2026-03-11T18:00:00.123456+09:00"}, 0, "2026-03-11T09:00:00.1234560Z"),
    ],
)
def test_local_times_of_nxlog(tmp_path: Path, changes: Json, offset: int, time: str) -> None:
    reading = read(tmp_path, nxlog(**changes), "nxlog", offset)
    assert reading.times == [time]
    as_told = bool(offset) or time.startswith("2026-03-11T18")
    assert [warning.reason.split(":")[0] for warning in reading.warnings] == ["1 time states no zone"] * as_told


def test_what_nxlog_adds_is_no_field_of_the_event(tmp_path: Path) -> None:
    account = {"UserID": "S-1-5-18", "AccountName": "SYSTEM", "AccountType": "User", "Domain": "NT AUTHORITY"}
    records = [nxlog(**account), nxlog(AccountName="LocalSystem", EventType="SetValue")]
    added, own = read(tmp_path, records, "nxlog").events
    assert added.system["Keywords"] == "0x8000000000000000"
    assert (added.system["Execution_ProcessID"], added.data["ProcessId"]) == (4, "9")
    assert not {"AccountName", "Domain", "EventType", "Message", "Severity", "EventTime"} & set(added.data)
    assert (own.data["AccountName"], own.data["EventType"]) == ("LocalSystem", "SetValue")


def test_the_message_stands_for_the_values_of_a_provider_without_names(tmp_path: Path) -> None:
    base = {"EventID": 400, "Channel": "Windows PowerShell", "SourceName": "PowerShell", "Hostname": "h"}
    record = {**base, "TimeCreated": "2026-03-11T09:00:00.123Z", "Message": "HostApplication=x"}
    first, second = read(tmp_path, [record, {**record, "ProviderGuid": "{g}"}], "helk").events
    assert first.data == {"Data": "HostApplication=x"}
    assert second.data == {}


def test_zircolite_names_are_windows_names_again(tmp_path: Path) -> None:
    record = {
        "row_id": 1, "EventID": 11, "Channel": f"{SYSMON}/Operational", "Computer": "h", "Provider_Name": SYSMON,
        "Guid": "g", "SystemTime": "2026-03-11T09:00:00.123456Z", "EventRecordID": 3, "OriginalLogfile": "x",
        "TargetFileName": "C:\\f", "Hashes": "MD5=11", "MD5": "11",
    }  # fmt: skip
    (event,) = read(tmp_path, record, "zircolite").events
    assert (event.data["TargetFilename"], event.record_id) == ("C:\\f", 3)
    assert not {"MD5", "OriginalLogfile", "TargetFileName", "row_id"} & set(event.data)


# --- PowerShell ---


def winevent(**changes: Any) -> Json:
    record = {
        "Id": 4634, "ProviderName": SECURITY, "LogName": "Security", "MachineName": "h", "RecordId": 5, "Version": 0,
        "TimeCreated": "/Date(1773219600123)/", "Keywords": -9214364837600034816, "Message": "m",
        "Properties": [{"Value": value} for value in ({"Value": "S-1-5-18"}, "bob", "CORP", 999, 3)],
    }  # fmt: skip
    return {**record, **changes}


def test_values_get_their_names_back(tmp_path: Path) -> None:
    reading = read(tmp_path, winevent(), "get_winevent")
    assert reading.events[0].data == {
        "TargetUserSid": "S-1-5-18", "TargetUserName": "bob", "TargetDomainName": "CORP", "TargetLogonId": "0x3e7",
        "LogonType": 3,
    }  # fmt: skip
    assert reading.events[0].system["Keywords"] == "0x8020000000000000"
    assert reading.times == ["2026-03-11T09:00:00.1230000Z"]


@pytest.mark.parametrize(
    ("stated", "time"),
    [
        ("/Date(1773219600123)/", "2026-03-11T09:00:00.1230000Z"),
        ("/Date(1773219600123+0900)/", "2026-03-11T09:00:00.1230000Z"),
        ({"value": "/Date(1773219600123)/", "DateTime": "x"}, "2026-03-11T09:00:00.1230000Z"),
        ("2026-03-11T18:00:00.1234567+09:00", "2026-03-11T09:00:00.1234567Z"),
        ("2026-03-11T09:00:00.1234567Z", "2026-03-11T09:00:00.1234567Z"),
    ],
)
def test_times_of_every_powershell(tmp_path: Path, stated: object, time: str) -> None:
    assert read(tmp_path, winevent(TimeCreated=stated), "get_winevent").times == [time]


@pytest.mark.parametrize(
    ("changes", "data"),
    [
        ({"Properties": [{"Value": "a"}, {"Value": "b"}]}, {"Data": ("a", "b")}),
        ({"Id": 9_999, "Properties": [{"Value": "a"}]}, {"Data": "a"}),
        ({"Version": 99, "Properties": [{"Value": 1}] * 4}, {"Data": (1, 1, 1, 1)}),
        ({"ProviderName": "Old", "Properties": [{"Value": "a"}, {"Value": [0, 255]}]}, {"Data": "a", "Binary": "00FF"}),
        ({"Properties": []}, {}),
        ({"Properties": None, "ProviderId": "g"}, {}),
        ({"Properties": {"value": [{"Value": "a"}], "Count": 1}}, {"Data": "a"}),
    ],
)
def test_names_are_never_guessed(tmp_path: Path, changes: Json, data: Json) -> None:
    record = winevent(ProviderId="g") | changes
    assert [event.data for event in read(tmp_path, record, "get_winevent").events] == [data]


def test_values_that_powershell_did_not_write_are_told(tmp_path: Path) -> None:
    lost = winevent(Properties=["System.Diagnostics.Eventing.Reader.EventProperty"] * 5)
    reading = read(tmp_path, [winevent(), lost, lost], "get_winevent")
    assert [(warning.kind, warning.records) for warning in reading.warnings] == [("notice", 0)]
    assert "2 events" in reading.warnings[0].reason
    assert "-Depth" in reading.warnings[0].reason


def test_layouts_of_one_version_differ_in_length() -> None:
    for provider, number in ((SYSMON, 1), (SYSMON, 22), (SECURITY, 4624), (SECURITY, 4688), (SECURITY, 4697)):
        layouts = layouts_of(provider, number)
        assert layouts
        assert len({len(set(layout)) for layout in layouts}) > 1 or len(layouts) == 1
    assert named_values(SECURITY, 4688, None, ["x"] * 3) is None
    assert with_empty_fields(SYSMON, 1, 5, {"Unknown": 1}) == {"Unknown": 1}


# --- the relatives of evtx_dump ---


def test_attributes_wherever_they_stand(tmp_path: Path) -> None:
    data = {"CommandLine": "a"}
    separate = {
        "Provider_attributes": {"Name": "p"}, "EventID": 1, "EventID_attributes": {"Qualifiers": 2},
        "TimeCreated_attributes": {"SystemTime": "2026-03-11T09:00:00.1Z"}, "EventRecordID": 1, "Channel": "c",
        "Computer": "h", "Execution_attributes": {"ProcessID": 4},
    }  # fmt: skip
    plain = {
        "Provider": {"Name": "p"}, "EventID": "1", "TimeCreated": {"SystemTime": "2026-03-11T09:00:00.1Z"},
        "EventRecordID": "1", "Channel": "c", "Computer": "h", "Execution": {"ProcessID": "4"},
    }  # fmt: skip
    at = {
        "Provider": {"@Name": "p"}, "EventID": {"@Qualifiers": "2", "#text": "1"}, "Channel": "c", "Computer": "h",
        "TimeCreated": {"@SystemTime": "2026-03-11T09:00:00.1Z"}, "EventRecordID": "1",
        "Execution": {"@ProcessID": "4"},
    }  # fmt: skip
    named = {"Data": [{"@Name": "CommandLine", "#text": "a"}, {"@Name": "Empty"}]}
    reading = read(
        tmp_path,
        [
            {"Event": {"System": separate, "EventData": data}},
            {"Event": {"System": plain, "EventData": data}},
            {"Event": {"@xmlns": "n", "System": at, "EventData": named}},
        ],
        "chainsaw",
    )
    assert reading.warnings == []
    assert {(event.kind, event.record_id, event.host, event.data["CommandLine"]) for event in reading.events} == {
        (("c", "p", 1, ""), 1, "h", "a")
    }
    assert set(reading.times) == {"2026-03-11T09:00:00.1000000Z"}


def test_rows_of_velociraptor(tmp_path: Path) -> None:
    row = {
        "EventTime": 1773219600.123456, "Computer": "h", "Channel": "Security", "Provider": SECURITY, "EventID": 4634,
        "EventRecordID": 5, "EventData": {"TargetUserName": "bob"}, "Message": "m", "FullPath": "x",
    }  # fmt: skip
    reading = read(tmp_path, row, "velociraptor")
    assert reading.times == ["2026-03-11T09:00:00.1234560Z"]
    assert (reading.events[0].kind.provider, reading.events[0].data) == (SECURITY, {"TargetUserName": "bob"})


# --- fields alone ---


def test_sysmon_fields_alone(tmp_path: Path) -> None:
    record = {"EventId": 5, "UtcTime": "2018-12-04 00:42:45.260", "ProcessGuid": "{g}", "Image": "C:\\a.exe"}
    reading = read(tmp_path, [record], "sysmon_fields")
    assert reading.events[0].kind == (f"{SYSMON}/Operational", SYSMON, 5, "")
    assert (reading.events[0].host, reading.events[0].record_id) == ("", None)
    assert reading.times == ["2018-12-04T00:42:45.2600000Z"]
    assert recognise(json.dumps({**record, "ProcessGuid": 0, "UtcTime": "x"}).encode(), "").source is None


def test_reasons_without_end_are_told_together(tmp_path: Path) -> None:
    guid = "{42FC7E13-CB3E-5C05-0000-0010A0125101}"
    records = [{"timestamp": 131883571822010000, "unique_pid": guid, "event_type": f"t{n}"} for n in range(500)]
    reading = read(tmp_path, records, "eqllib")
    assert len(reading.warnings) == 21
    assert sum(warning.records or 0 for warning in reading.warnings) == 500


def test_eql_only_where_it_is_certain(tmp_path: Path) -> None:
    guid = "{42FC7E13-CB3E-5C05-0000-0010A0125101}"
    base = {"timestamp": 131883571822010000, "unique_pid": guid, "process_path": "C:\\a.exe", "pid": 4}
    create = {**base, "event_type": "process", "subtype": "create", "command_line": "a", "logon_id": 999}
    other = {**create, "unique_pid": "not Sysmon's"}
    registry = {**base, "event_type": "registry", "registry_path": "HKLM\\x"}
    reading = read(tmp_path, [create, other, registry, registry], "eqllib")
    assert [(event.kind.event_id, event.data["CommandLine"]) for event in reading.events] == [(1, "a")]
    assert reading.events[0].data["LogonId"] == "0x3e7"
    assert reading.times == ["2018-12-04T00:33:02.2010000Z"]
    assert sorted((warning.kind, warning.records) for warning in reading.warnings) == [("notice", 1), ("notice", 2)]
