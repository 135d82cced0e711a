"""The readers of exports under test: JSON and XML, in every shape and layout that there is."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import evtx

from evtx_writer import evtx_bytes
from tests.fuzz.event_sources import evtx_seeds, read_all
from tests.fuzz.findings import Seeds, Target, require
from tests.fuzz.mutations import TEXT, mutated
from tests.sources.shapes.exporters import JSON_EXPORTS, XML_EXPORTS, exported
from tests.sources.written import record
from yadorigi.sources.registry import recognise, source_named

_EVENTS: Final = 3
_SOUND: Final = 6
"""Sound records around what is changed, where neighbours are watched: three before it and three behind."""


def _parsed(data: bytes) -> tuple[list[dict[str, Any]], list[str]]:
    """Return a file's events as the EVTX parser writes them: as JSON, and as XML."""
    as_json: Any = evtx.PyEvtxParser(io.BytesIO(data)).records_json()
    as_xml: Any = evtx.PyEvtxParser(io.BytesIO(data)).records()
    return [json.loads(row["data"]) for row in as_json], [row["data"] for row in as_xml]


def json_seeds() -> Seeds:
    """Some events in every shape and layout, and odd but right ones."""
    events, _ = _parsed(evtx_seeds()[2])
    seeds = [exported(name, events[start : start + _EVENTS]) for name in JSON_EXPORTS for start in (0, 4, 8)]
    known = {"EventID": 1, "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T09:00:00Z"}}, "Channel": "c"}
    number = {"#attributes": {"Qualifiers": 1}, "#text": 7}
    odd = [
        {"Event": {"System": known, "EventData": {"Data": {"#text": ["a", "b"]}}}},
        {"Event": {"System": {**known, "EventID": number}, "UserData": {"X": {}}}},
        {"Event": {"System": {**known, "EventRecordID": 10**30}, "EventData": {"A": 1e300, "B": None, "C": [1, [2]]}}},
    ]
    encoded = [json.dumps(one).encode() for one in odd]
    return [*seeds, b"\n".join(encoded), b"\r\n".join(encoded), b"\xef\xbb\xbf" + encoded[0] + b"\n"]


def xml_seeds() -> Seeds:
    """Some events in every layout of XML."""
    _, texts = _parsed(evtx_seeds()[2])
    return [layout(texts[start : start + _EVENTS]) for _, layout in XML_EXPORTS.values() for start in (0, 4, 8)]


def _changed(chance: Random, seeds: Seeds) -> bytes:
    return mutated(chance, seeds, TEXT)


def check_export(data: bytes, folder: Path) -> None:
    """Read a file that is recognised; where it holds anything, that is an event or a warning."""
    path = folder / "events.txt"
    path.write_bytes(data)
    source = recognise(data[:65_536], path.name).source
    if source is None:
        return
    log, _ = read_all(source, path)
    events = sum(log.events.values())
    require(events > 0 or bool(log.warnings), "recognised, and nothing came of it")
    require(all(warning.reason for _, warning in log.warnings), "a warning without words")


def _sound_events() -> bytes:
    return evtx_bytes([record(number) for number in range(9_001, 9_001 + _SOUND)])


def _sound_lines() -> tuple[list[bytes], list[bytes]]:
    events, texts = _parsed(_sound_events())
    return [json.dumps(event).encode() for event in events], [text.encode() for text in texts]


def _around(kind: int) -> Callable[[Random, Seeds], bytes]:
    """Put what is changed between sound records."""
    parts: list[bytes] = []

    def make(chance: Random, seeds: Seeds) -> bytes:
        if not parts:
            parts.extend(_sound_lines()[kind])
        middle = mutated(chance, seeds, TEXT)
        half = _SOUND // 2
        return b"\n".join([*parts[:half], middle, *parts[half:], b""])

    return make


def _check_around(source: str) -> Callable[[bytes, Path], None]:
    def check(data: bytes, folder: Path) -> None:
        """Read sound records with a damaged one among them; the sound ones are read."""
        path = folder / "events.txt"
        path.write_bytes(data)
        _, ids = read_all(source_named(source), path)
        missing = [number for number in range(9_001, 9_001 + _SOUND) if not ids[number]]
        require(not missing, f"sound records {missing} are lost")

    return check


def line_seeds() -> Seeds:
    """Lines of JSON, of several shapes."""
    events, _ = _parsed(evtx_seeds()[2])
    names = [name for name, (_, _, layout) in JSON_EXPORTS.items() if layout.__name__ == "lines"]
    return [exported(name, [event]).strip() for name in names for event in events[:8]]


def element_seeds() -> Seeds:
    """Single events as XML."""
    _, texts = _parsed(evtx_seeds()[2])
    return [text.encode() for text in texts]


_SAVED: Final = (
    "\ufeffレベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ\n"
    "情報,2019/11/07 17:05:19,Microsoft-Windows-Security-Auditing,4672,特殊なログオン,"
    '"新しいログオンに特権が割り当てられました。\n\n'
    'サブジェクト:\n\tセキュリティ ID:\t\tSYSTEM\n\tアカウント名:\t\tX$\n\n特権:\t\tSeA\n\t\t\tSeB"\n'
    '情報,2019/11/07 17:58:48,Microsoft-Windows-Sysmon,1,Process Create,"Process Create:\n'
    "UtcTime: 2019-11-07 08:58:48.326\n"
    'Image: C:\\a.exe\nCommandLine: ""a"" /svc"\n',
    "Level\tDate and Time\tSource\tEvent ID\tTask Category\r\n"
    "Information\t11/7/2019 5:05:19 PM\tPowerShell\t400\tEngine Lifecycle\t"
    '"Engine state is changed from None to Available.\r\n'
    '\r\nDetails: \r\n\tNewEngineState=Available\r\n\tPreviousEngineState=None"\r\n'
    "Warning\t11/7/2019 5:05:20 PM\tService Control Manager\t7036\tNone\tThe X service entered the stopped state.\r\n",
    # One without the names of the columns, and one without quotes.
    "情報,2019/11/07 17:05:19,Service Control Manager,7036,なし,X サービスは 停止 状態に移行しました。\n"
    '情報,2019/11/7 17:05,Microsoft-Windows-Sysmon,5,x,"Process terminated:\nProcessId: 7"\n',
    "レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ,\n情報,2019/11/7 17:05,Microsoft-Windows-Sysmon,5,x,"
    "Process terminated:\nProcessId: 7\n情報,2019/11/7 17:05,Microsoft-Windows-Sysmon,5,x,Process terminated:\n\n",
    "Event[0]:\n  Log Name: Security\n  Source: Microsoft-Windows-Security-Auditing\n  Date: 2024-10-01T09:05:07\n"
    "  Event ID: 4689\n  Computer: PC01\n  Description:\nA process has exited.\n\nSubject:"
    "\n\tAccount Name:\t\tPC01$\n\n"
    "Process Information:\n\tProcess ID:\t0x7\n\n",
    "TimeCreated  : 2024/10/01 9:05:07\nProviderName : Service Control Manager\nId           : 7045\n"
    "Message      : サービスがシステムにインストールされました。\n\n               サービス名:  x\n"
    "               サービス ファイル名:  a.exe\n\n",
    '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">\n<Obj RefId="0"><TN RefId="0"><T>'
    'System.Diagnostics.Eventing.Reader.EventLogRecord</T></TN><Props><I32 N="Id">7045</I32><S N="LogName">System</S>'
    '<DT N="TimeCreated">2024-10-01T09:05:07+09:00</DT></Props><MS><S N="Message">a_x000A_b</S></MS></Obj></Objs>',
    "EventId,Provider,Channel,RecordNumber,ChunkNumber,TimeCreated,Payload\n"
    '7036,X,System,1,0,2024-10-01 09:05:07.123,"{""EventData"":{""Data"":""a, b""}}"\n',
)


def saved_seeds() -> Seeds:
    """What Event Viewer saves, in several encodings."""
    return [text.encode(encoding, "replace") for text in _SAVED for encoding in ("utf-8", "utf-16", "cp932", "euc_jp")]


TARGETS: Final = (
    Target("event-viewer", saved_seeds, _changed, check_export),
    Target("json", json_seeds, _changed, check_export),
    Target("xml", xml_seeds, _changed, check_export),
    Target("json-neighbours", line_seeds, _around(0), _check_around("evtx_dump")),
    Target("xml-neighbours", element_seeds, _around(1), _check_around("wevtutil_xml")),
)
