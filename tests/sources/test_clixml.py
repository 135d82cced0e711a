"""PowerShell's own XML of events, and its JSON without values: fields come from values, else from the message."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path

from tests.sources.reading import Reading, read_whole
from yadorigi.sources.registry import recognise
from yadorigi.sources.windows.clixml_source import CLIXML

TYPE = "System.Diagnostics.Eventing.Reader"
MESSAGE = """The Windows Filtering Platform has permitted a bind.

Application Information:
	Process ID:		7
	Application Name:	a.exe"""
EVENT = f"""  <Obj RefId="{{0}}">
    <TN RefId="0"><T>{TYPE}.EventLogRecord</T><T>System.Object</T></TN>
    <ToString>{TYPE}.EventLogRecord</ToString>
    <Props>
      <I32 N="Id">{{1}}</I32><By N="Version">0</By><Nil N="Qualifiers" /><I64 N="RecordId">77</I64>
      <S N="ProviderName">{{2}}</S><S N="LogName">Security</S><S N="MachineName">PC01</S>
      <DT N="TimeCreated">2024-10-01T09:05:07.1234567+09:00</DT>
      <Obj N="UserId" RefId="9{{0}}"><ToString>S-1-5-18</ToString><Props><S N="Value">S-1-5-18</S></Props></Obj>
      <Obj N="Properties" RefId="8{{0}}"><LST>{{3}}</LST></Obj>
    </Props>
    <MS><S N="Message">{MESSAGE.replace(chr(10), "_x000A_")}</S></MS>
  </Obj>
"""
OBJECTS = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\n{}</Objs>'
SECURITY = "Microsoft-Windows-Security-Auditing"


def read(folder: Path, text: str, encoding: str = "utf-16") -> Reading:
    path = folder / "events.xml"
    path.write_bytes(text.encode(encoding))
    assert recognise(path.read_bytes()[:65_536], path.name).source is CLIXML
    return read_whole(CLIXML, path, UTC)


def test_objects_are_events(tmp_path: Path) -> None:
    values = "".join(
        f'<Obj RefId="7{number}"><Props><S N="Value">{value}</S></Props></Obj>'
        for number, value in enumerate(["S-1-5-18", "PC01$", "EXAMPLE", "0x3e7"])
    )
    lost = f"<S>{TYPE}.EventProperty</S>"
    found = read(
        tmp_path, OBJECTS.format(EVENT.format(1, 4647, SECURITY, values) + EVENT.format(2, 5158, SECURITY, lost))
    )
    assert (found.lost, found.times) == (0, ["2024-10-01T00:05:07.1234567Z"] * 2)
    by_id = {event.kind.event_id: event for event in found.events}
    assert by_id[4647].data["TargetUserName"] == "PC01$"
    assert (by_id[4647].host, by_id[4647].record_id) == ("PC01", 77)
    assert by_id[5158].data == {"ProcessId": "7", "Application": "a.exe"}


def test_what_is_damaged_is_told(tmp_path: Path) -> None:
    one = EVENT.format(1, 5158, SECURITY, "")
    cut = read(tmp_path, OBJECTS.format(one + one)[:-200], "utf-8")
    assert len(cut.events) == 1
    assert any("cut off or damaged" in warning.reason for warning in cut.warnings)
    typed = read(tmp_path, OBJECTS.format(one + '<!DOCTYPE x [<!ENTITY a "b">]>' + one), "utf-8")
    assert len(typed.events) == 1
    assert any("what follows is not read" in warning.reason for warning in typed.warnings)


def test_json_without_values_is_read_by_its_message(tmp_path: Path) -> None:
    record = {
        "TimeCreated": "/Date(1727741107000)/", "Id": 5158, "LogName": "Security", "MachineName": "PC01",
        "ProviderName": SECURITY, "Properties": [f"{TYPE}.EventProperty"], "Message": MESSAGE,
    }  # fmt: skip
    path = tmp_path / "events.json"
    path.write_text(json.dumps([record, record | {"ProviderName": None, "Properties": None}]))
    source = recognise(path.read_bytes(), path.name).source
    assert source is not None
    found = read_whole(source, path, UTC)
    assert [event.data for event in found.events] == [{"ProcessId": "7", "Application": "a.exe"}] * 2
    assert [event.kind.provider for event in found.events] == [SECURITY] * 2
