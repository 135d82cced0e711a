"""JSON lines of evtx_dump: every non-blank line is an event or a warning with its line number, however it is cut."""

from __future__ import annotations

import json
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.reading import Reading, read_pieces, read_whole
from yadorigi.sources.records import line_cuts
from yadorigi.sources.registry import recognise, source_named
from yadorigi.sources.windows import json_lines

SOURCE = source_named("evtx_dump")
TIME = "2026-03-11T09:00:00.1234567Z"


def line(number: int = 1, data: object = None, **system: Any) -> str:
    known = {"EventID": 1, "TimeCreated": {"#attributes": {"SystemTime": TIME}}, "EventRecordID": number}
    return json.dumps({"Event": {"System": {**known, "Channel": "c", "Computer": "h", **system}, "EventData": data}})


def read(tmp_path: Path, content: bytes | str) -> Reading:
    path = tmp_path / "events.jsonl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_whole(SOURCE, path)


def raw(data: str) -> str:
    return line().replace('"EventData": null', f'"EventData": {data}')


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ("null", {}),
        ('"text"', {"Data": "text"}),
        ('["a", "b"]', {"Data": ("a", "b")}),
        ('{"Data": {"#text": ["a", "b"]}}', {"Data": ("a", "b")}),
        ('{"#text": "a"}', {"Data": "a"}),
        ('{"A": {"B": {"C": 1}}}', {"A": (1,)}),
        ('{"A": 1, "A": 2}', {"A": 2}),
        ('{"A": NaN}', {"A": "NaN"}),
        ('{"A": 1e999}', {"A": "1e999"}),
        ('{"A": ' + "9" * 5_000 + "}", {"A": "9" * 5_000}),
        ('{"A": "\\ud800"}', {"A": "\ufffd"}),
        ('{"A": "\\ud83d\\ude00"}', {"A": "\U0001f600"}),
        ('{"A": "tab\there"}', {"A": "tab\there"}),
        ('{"A": ' + "[" * 50 + "1" + "]" * 50 + "}", {"A": 1}),
        ('{"#attributes": {"Name": "n"}, "A": "b"}', {"EventData_Name": "n", "A": "b"}),
    ],
)
def test_payloads_of_any_form_are_read(tmp_path: Path, data: str, fields: dict[str, object]) -> None:
    reading = read(tmp_path, raw(data))
    assert [event.data for event in reading.events] == [fields]
    assert reading.warnings == []


@pytest.mark.parametrize(
    ("system", "event_id"),
    [
        ({"EventID": "4688"}, 4688),
        ({"EventID": 4688.0}, 4688),
        ({"EventID": {"#attributes": {"Qualifiers": 16384}, "#text": 7036}}, 7036),
        ({"EventID": {"#attributes": {"Qualifiers": 16384}, "#text": "7036"}}, 7036),
        ({"EventRecordID": 10**30}, 1),
        ({"EventRecordID": "not a number"}, 1),
        ({"Channel": None, "Computer": None}, 1),
        ({"Channel": 5, "Computer": ["x"]}, 1),
        ({"Provider": None}, 1),
        ({"Provider": "text"}, 1),
        ({"Provider": {"#attributes": None}}, 1),
    ],
)
def test_unusual_system_elements_are_bent_into_shape(tmp_path: Path, system: dict[str, Any], event_id: int) -> None:
    reading = read(tmp_path, line(**system))
    assert [event.kind.event_id for event in reading.events] == [event_id]


def test_bending_keeps_the_rest_of_the_system_element(tmp_path: Path) -> None:
    provider = {"#attributes": {"Name": "n", "Guid": "g", "EventSourceName": "s"}}
    number = {"#attributes": {"Qualifiers": 5}, "#text": "7"}
    reading = read(tmp_path, line(Provider=provider, EventID=number, Level=4))
    assert reading.events[0].kind == ("c", "n", 7, "s")
    wanted = {"Provider_Guid": "g", "Provider_EventSourceName": "s", "Qualifiers": 5, "Level": 4, "EventID": 7}
    assert wanted.items() <= reading.events[0].system.items()


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "null",
        "text",
        '{"Event": 5}',
        '{"Event": {"System": 5}}',
        line(EventID=None),
        line(EventID=True),
        line(EventID="x"),
        line(EventID=10**30),
        line(EventID={"#attributes": {"Qualifiers": 1}}),
        line(TimeCreated=None),
        line(TimeCreated={"#attributes": {"SystemTime": "yesterday at noon, in one"}}),
        line(TimeCreated={"#attributes": {"SystemTime": "2026-02-30T09:00:00.0000000Z"}}),
        line(TimeCreated={"#attributes": {"SystemTime": "aaaaaaaaaaTbbbbbbbb.cccccccZ"}}),
        line(TimeCreated={"#attributes": {"SystemTime": "2026-W01-1T09:00:00.0000000Z"}}),
        line(TimeCreated={"#attributes": {"SystemTime": "2026-03-11T24:00:00.0000000Z"}}),
        raw("[" * 5_000 + "]" * 5_000),
        raw("[" * 300 + "]" * 300),
        raw("{" * 10_000),
        raw('{"A": 01}'),
        raw('{"A": "\\q"}'),
        line()[:-1],
    ],
)
def test_a_broken_line_costs_itself(tmp_path: Path, broken: str) -> None:
    reading = read(tmp_path, f"{line(1)}\n{broken}\n\n{line(2)}")
    assert (reading.record_ids, sorted(map(str, reading.lines))) == ([1, 2], ["1", "4"])
    assert [(warning.kind, warning.records) for warning in reading.warnings] == [("record", 1)]
    assert reading.warnings[0].reason.startswith("line 2: ")


def test_invalid_utf_8_is_replaced_in_its_line_alone_and_told(tmp_path: Path) -> None:
    bad = line(1, {"A": "x"}).encode().replace(b'"x"', b'"\xff"')
    reading = read(tmp_path, bad + b"\n" + line(2, {"A": "\u65e5"}).encode())
    assert {event.record_id: event.data["A"] for event in reading.events} == {1: "\ufffd", 2: "\u65e5"}
    assert [(one.kind, one.records, one.reason) for one in reading.warnings] == [
        ("notice", 0, "1 line is in damaged utf-8")
    ]


@pytest.mark.parametrize(
    ("stated", "time"),
    [
        ("2026-03-11T18:00:00.5+09:00", "2026-03-11T09:00:00.5000000Z"),
        ("2026-03-11T18:00:00.123456789+0900", "2026-03-11T09:00:00.1234567Z"),
        ("2026-03-11 18:00:00", "2026-03-11T09:00:00.0000000Z"),
        ("2026-03-11T18:00:00.1234567", "2026-03-11T09:00:00.1234567Z"),
        ("2026-03-11T09:00:00Z", "2026-03-11T09:00:00.0000000Z"),
    ],
)
def test_times_with_any_zone_or_none(tmp_path: Path, stated: str, time: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(line(TimeCreated={"#attributes": {"SystemTime": stated}}), encoding="utf-8")
    assert read_whole(SOURCE, path, timezone(timedelta(hours=9))).times == [time]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_blank_lines_and_byte_order_mark(tmp_path: Path, end: str, mark: bytes) -> None:
    text = end.join(["", line(1), "", "  \t", line(2), line(3)])
    reading = read(tmp_path, mark + text.encode())
    assert sorted(reading.lines, key=str) == [2, 5, 6]
    assert recognise(mark + text.encode(), "x.json").source is not None
    assert reading.warnings == []


@given(
    # The first line is an event: a file of which none is has no lines.
    sizes=st.lists(st.integers(0, 300), max_size=40).map(lambda sizes: [2, *sizes]),
    piece=st.integers(1, 2_000),
    block=st.integers(1, 700),
    last=st.booleans(),
)
def test_lines_keep_their_numbers_wherever_the_file_is_cut(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], piece: int, block: int, last: bool
) -> None:
    path = tmp_path_factory.mktemp("cut") / "events.jsonl"
    lines = [
        "" if not size else "{" if size % 7 == 1 else line(place, "x" * size) for place, size in enumerate(sizes, 1)
    ]
    path.write_text("\n".join(lines) + ("\n" if last else ""), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(line_cuts, "PIECE_BYTES", piece)
        patched.setattr(line_cuts, "_READ_SIZE", block)
        pieces = list(SOURCE.pieces(0, path, path.name, path.stat().st_size))
        reading = read_pieces(SOURCE, pieces)
    assert sum(part.size for part in pieces) == path.stat().st_size
    assert {event.record_id for event in reading.events} == set(reading.lines)
    assert len(reading.events) + reading.lost == sum(map(bool, lines))
    warned = {int(warning.reason.split(":")[0].removeprefix("line ")) for warning in reading.warnings}
    assert warned == {place for place, text in enumerate(lines, 1) if text == "{"}


def test_a_line_over_the_limit_is_refused_and_its_neighbours_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "PIECE_BYTES", 1_000)
    monkeypatch.setattr(line_cuts, "PIECE_BYTES", 1_000)
    monkeypatch.setattr(json_lines, "RECORD_BYTES_LIMIT", 2_000)
    monkeypatch.setattr(line_cuts, "_READ_SIZE", 100)
    for size in (1_500, 2_100, 2_900, 3_000, 3_100, 50_000):
        reading = read(tmp_path, "\n".join([line(1), line(2, "x" * size), line(3), line(4)]))
        assert reading.record_ids == ([1, 2, 3, 4] if size < 1_600 else [1, 3, 4])
        assert [warning.reason.split(":")[0] for warning in reading.warnings] == ["line 2"] * (size > 1_600)


@pytest.mark.parametrize(
    ("head", "recognised"),
    [
        (line(), True),
        ("{broken\n" * 30 + line(), True),
        (line()[:200], True),
        (
            json.dumps({"Event": {"EventData": {"A": "x" * 20_000}, "System": json.loads(line())["Event"]["System"]}}),
            True,
        ),
        ('{"Event": "x", "System": "y"}', False),
        ('{"Event": {"name": "System"}}', False),
        ('{"Event": {"System": "y"}}', False),
        ('["Event", "System"]', False),
        ('text "Event" "System" {', False),
        ('{"a": "\\"Event\\": { \\"System\\": {"}', False),
        ('{"message": "x", "winlog": {"event_id": 1}}', True),
        (json.dumps(json.loads(line()), indent=2), True),
        ("", False),
        ("\0" * 1_000, False),
    ],
)
def test_recognised_by_content(head: str, recognised: bool) -> None:
    source = recognise(head.encode()[:65_536], "anything.txt").source
    assert (source is not None) is recognised
