"""Tables by a mapping: two layouts that people have, and rows that are damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.schema.test_ocsf import complaints
from yadorigi.app.check_table import check_table
from yadorigi.limits import LINE_CHARACTERS_LIMIT
from yadorigi.schema.ocsf import normalise
from yadorigi.sources.choice import SourceChoices
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.schema.event import Event

HELP_DESK = """\
encoding = "cp932"
skip = 1
events = "detection_finding"
host = ["コンピュータ名", "IPアドレス"]
severity = "重大度"

[time]
column = ["検出日", "時刻"]
form = "%Y年%m月%d日 %H:%M"
zone = "+09:00"

[columns]
"検出名" = "malware.name"
"ファイル" = "file.path"
"ユーザー" = "user.name"
"処理" = "action"
"SHA-1" = "file.hash"
"""
ANTIVIRUS = """\
ウイルス検出一覧 ヘルプデスク集計
検出日,時刻,コンピュータ名,IPアドレス,重大度,検出名,ファイル,ユーザー,処理,SHA-1,備考,備考
2026年3月10日,21:13,PC-SHISHA-07,10.3.0.7,高,HKTL_EXAMPLE64,C:\\PerfLogs\\m64.exe,EXAMPLE\\小林,隔離,\
d6712cae5ec821f910e14945153ae7871aa536ca,"一行目
二行目に ""引用"" あり",済
2026年3月10日,21:14,,10.1.0.5,中,Eicar_test_file,D:\\共有\\,鈴木,削除,,,
昨日,,PC-HONSHA-02,,低,X,,,,,,
2026年3月10日,21:15,PC-HONSHA-03,,低,ADW_EXAMPLE
2026年3月10日,21:16,PC-HONSHA-04,,低,A,C:\\a.exe,u,検知,,"終わりのない引用,
2026年3月10日,21:17,PC-HONSHA-05,,低,B,C:\\b.exe,u,不明,,,,余分
"""
EDR = """\
layout = "json-lines"
events = "process_activity"
host = "device.name"
time = "ts"
[columns]
"process.image" = "process.file.path"
"process.command" = "process.cmd_line"
"process.pid" = "process.pid"
"process.sha256" = "file.hash"
"parent.command" = "actor.process.cmd_line"
user = "user.name"
"""


def read(path: Path, mapping: str, table: bytes) -> tuple[list[tuple[int, Event]], list[str]]:
    """Return the events of a table with their lines, and its warnings."""
    (path / "mapping.toml").write_text(mapping, encoding="utf-8")
    log = path / "table.txt"
    log.write_bytes(table)
    name = SourceChoices.of([f"*.txt={path / 'mapping.toml'}"]).for_file("table.txt")
    assert name is not None
    source, reading = source_named(name), ReadingLog()
    found: list[tuple[int, Event]] = []
    for gathered in source.read(list(source.pieces(0, log, log.name, len(table))), reading):
        for batch in gathered.batches():
            found += [(batch.origin(place).line or 0, batch.event(place)) for place in range(len(batch))]
    assert reading.events.get(0, 0) == len(found)
    return sorted(found, key=lambda pair: pair[0]), [f"{one.kind}: {one.reason}" for _, one in reading.warnings]


def test_antivirus_table_in_shift_jis(tmp_path: Path) -> None:
    events, warnings = read(tmp_path, HELP_DESK, ANTIVIRUS.encode("cp932"))
    assert [(line, event.host) for line, event in events] == [
        (3, "PC-SHISHA-07"), (5, "10.1.0.5"), (7, "PC-HONSHA-03"), (8, "PC-HONSHA-04"), (9, "PC-HONSHA-05"),
    ]  # fmt: skip
    first = events[0][1]
    assert first.kind.channel == "table/detection_finding"
    assert first.data["備考"] == '一行目\n二行目に "引用" あり'
    assert first.data["備考 (12)"] == "済"
    assert first.data["malware.name"] == "HKTL_EXAMPLE64"
    assert first.system["TimeCreated"] == "2026-03-10T12:13:00.0000000Z"
    ocsf = normalise(first)
    assert ocsf["severity"] == "High"
    assert ocsf["disposition"] == "Quarantined"
    assert ocsf["evidences"][0]["file"]["path"] == "C:\\PerfLogs\\m64.exe"
    assert ocsf["evidences"][0]["user"] == {"name": "小林", "domain": "EXAMPLE"}
    assert normalise(events[-1][1])["disposition_id"] == 99
    assert events[-1][1].data["column 13"] == "余分"
    assert [complaints(event) for _, event in events] == [[]] * 5
    assert warnings == [
        "record: line 6: rows without a time that can be read",
        "notice: 2 lines, the first is 7: rows with fewer cells than there are columns",
        "notice: line 8: a quote without an end, or a row of more than 500 lines: its first line is read alone",
        "notice: line 9: rows with more cells than there are columns",
    ]


def edr_rows() -> list[dict[str, Any]]:
    start = {"pid": 4321, "image": "C:\\Windows\\System32\\whoami.exe", "command": "whoami /all", "sha256": "ab" * 32}
    return [
        {"ts": 1773144830123, "device": {"name": "pc009"}, "process": start, "parent": {"command": "cmd"},
         "user": "EXAMPLE\\suzuki"},
        {"ts": "2026-03-10T12:14:50.5Z", "device": {"name": "pc010"}, "process": start | {"tags": ["a", "b"]}},
        {"ts": None, "device": {"name": "pc011"}},
    ]  # fmt: skip


def test_edr_export_as_json_lines(tmp_path: Path) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in edr_rows()]
    table = "\n".join([*lines, '{"ts": "2026-03-', "[]", ""]).encode()
    events, warnings = read(tmp_path, EDR, table)
    assert [(line, event.host) for line, event in events] == [(1, "pc009"), (2, "pc010")]
    assert events[0][1].system["TimeCreated"] == "2026-03-10T12:13:50.1230000Z"
    assert events[1][1].data["process.tags"] == ("a", "b")
    process = normalise(events[0][1])["process"]
    assert (process["pid"], process["cmd_line"], process["file"]["name"]) == (4321, "whoami /all", "whoami.exe")
    assert process["user"] == {"name": "suzuki", "domain": "EXAMPLE"}
    assert process["file"]["hashes"][0]["algorithm"] == "SHA-256"
    assert [complaints(event) for _, event in events] == [[]] * 2
    assert [warning.partition(":")[0] for warning in warnings] == ["record"] * 3


def test_a_list_of_json_objects(tmp_path: Path) -> None:
    table = "[\n" + ",\n".join(json.dumps(row) for row in edr_rows()[:2]) + "\n]\n"
    assert [line for line, _ in read(tmp_path, EDR, table.encode("utf-16"))[0]] == [2, 3]


@pytest.mark.parametrize(
    ("mapping", "table"),
    [
        ('time = "t"\nhost = "h"\ndelimiter = ";"\nquote = "\'"\n', "t;h;m\n2026-03-10 12:00:00;pc1;'a;b'\n"),
        ('time = "t"\nhost = "h"\nlayout = "tsv"\n', "\ufefft\th\tm\r\n2026-03-10T12:00:00Z\tpc1\ta;b\r\n"),
        ('time = "t"\nhost = "h"\nheader = ["t", "h", "m"]\n', "Mar 10 2026 12:00:00,pc1,a;b\n"),
        ('time = "t"\nhost = { value = "pc1" }\n', "t,m\n1773144000,a;b\n"),
        ('time = "t"\nhost = "h"\nencoding = "utf-16"\n', "t,h,m\n2026-03-10 12:00:00,pc1,a;b\n"),
        ('[time]\ncolumn = "t"\nzone = "Asia/Tokyo"\n', "t,h,m\n2026/03/10 21:00:00,pc1,a;b\n"),
    ],
)
def test_other_layouts(mapping: str, table: str, tmp_path: Path) -> None:
    encoding = "utf-16" if "utf-16" in mapping else "utf-8"
    ((_, event),), _ = read(tmp_path, mapping, table.encode(encoding))
    assert event.system["TimeCreated"] == "2026-03-10T12:00:00.0000000Z"
    assert event.host in ("pc1", "")
    assert event.data["m"] == "a;b"


def test_rows_become_the_events_of_a_format_that_is_known(tmp_path: Path) -> None:
    mapping = 'time = "when"\nhost = "pc"\nevents = "symantec/risk"\n[columns]\nvirus = "Risk name"\n'
    ((_, event),), _ = read(tmp_path, mapping, b"when,pc,virus\n2026-03-10 12:00:00,pc1,Trojan.Example\n")
    assert event.kind.channel == "symantec/risk"
    assert normalise(event)["malware"][0]["name"] == "Trojan.Example"


def test_rows_of_several_kinds_and_cells_with_objects(tmp_path: Path) -> None:
    mapping = (
        'time = "t"\njson = "more"\n[events]\ncolumn = "種別"\ndefault = "base_event"\n'
        'values = { "検出" = "detection_finding", "通信" = "network_activity" }\n'
        '[columns]\nname = "malware.name"\naddress = "dst_endpoint.ip"\n'
    )
    table = (
        't,種別,name,address,more\n2026-03-10 12:00:00,検出,X,,"{""a"": {""b"": 1}}"\n'
        "2026-03-10 12:00:01,通信,,192.0.2.1,{broken\n2026-03-10 12:00:02,その他,,,\n"
    )
    events, _ = read(tmp_path, mapping, table.encode("euc_jp"))
    kinds = [event.kind.channel for _, event in events]
    assert kinds == ["table/detection_finding", "table/network_activity", "table/base_event"]
    assert events[0][1].data["more.a.b"] == 1
    assert normalise(events[1][1])["dst_endpoint"]["ip"] == "192.0.2.1"


def test_huge_cells_and_rows_without_an_end_cost_a_warning(tmp_path: Path) -> None:
    mapping = 'time = "t"\n'
    row = "2026-03-10 12:00:00,"
    huge = "x" * (LINE_CHARACTERS_LIMIT + 10)
    table = f't,m\n{row}{huge}\n{row}a\n{row}"\n' + f"{row}b\n" * 600 + f'{row}"{"y" * 200_000}"\n'
    events, warnings = read(tmp_path, mapping, table.encode())
    assert len(events) == 603
    assert len(str(events[-1][1].data["m"])) == 200_000
    assert warnings[0] == f"record: line 2: a row of more than {LINE_CHARACTERS_LIMIT:,} characters"


def test_long_names_of_columns_are_cut(tmp_path: Path) -> None:
    ((_, event),), _ = read(tmp_path, 'time = "t"\n', f"t,{'x' * 100_000}\n2026-03-10 12:00:00,1\n".encode())
    assert max(len(name) for name in event.data) == 200


def test_a_table_of_other_columns_is_not_read(tmp_path: Path) -> None:
    events, warnings = read(tmp_path, 'time = "when"\n', b"a,b\n1,2\n")
    assert (events, warnings) == ([], ["file: line 1 is no header with the column 'when'; it has a, b"])
    assert read(tmp_path, 'time = "when"\n', b"") == ([], [])
    assert read(tmp_path, 'time = "when"\n', b"\x00\xff\x00")[0] == []
    missing = read(tmp_path, 'time = "t"\nhost = "pc"\n', b"t,b\n2026-03-10 12:00:00,2\n")[1]
    assert missing[0] == "notice: the table has no column pc; it has t, b"


def test_the_check_shows_what_rows_become(tmp_path: Path) -> None:
    mapping, table = tmp_path / "mapping.toml", tmp_path / "table.csv"
    mapping.write_text(HELP_DESK, encoding="utf-8")
    table.write_bytes(ANTIVIRUS.encode("cp932"))
    found = check_table(mapping, table, 2)
    assert (found.read, [event["line"] for event in found.events]) == (5, [3, 5])
    assert check_table(mapping, None, 2).columns[:3] == ("検出日", "時刻", "コンピュータ名")
