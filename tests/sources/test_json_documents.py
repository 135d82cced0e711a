"""JSON in any layout: every record an event or a warning with its line, damage costs one, however the file is cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.reading import Reading, read_pieces, read_whole
from yadorigi.sources.records import text_window
from yadorigi.sources.records.text_window import TextWindow
from yadorigi.sources.registry import recognise, source_named
from yadorigi.sources.windows import borders, json_values
from yadorigi.sources.windows.json_values import Broken, Found, JsonValues

SOURCE = source_named("evtx_dump")
TIME = "2026-03-11T09:00:00.1234567Z"


def record(number: int = 1, **data: Any) -> dict[str, Any]:
    system = {"EventID": 1, "TimeCreated": {"#attributes": {"SystemTime": TIME}}, "EventRecordID": number}
    return {"Event": {"System": {**system, "Channel": "c", "Computer": "h"}, "EventData": {"A": "x", **data}}}


def read(tmp_path: Path, content: bytes | str) -> Reading:
    path = tmp_path / "events.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_whole(SOURCE, path)


RECORDS = [record(number, List=[{"a": 1}, {"b": [2]}], Text='}{"][') for number in range(1, 6)]
LAYOUTS = {
    "lines": "\n".join(map(json.dumps, RECORDS)),
    "array on one line": json.dumps(RECORDS),
    "array, a record a line": "[" + ",\n".join(map(json.dumps, RECORDS)) + "]",
    "pretty array": json.dumps(RECORDS, indent=2),
    "pretty array with tabs": json.dumps(RECORDS, indent="\t"),
    "array without indentation": json.dumps(RECORDS, indent=0),
    "pretty objects": "\n".join(json.dumps(item, indent=4) for item in RECORDS),
    "objects with commas": ",\n".join(json.dumps(item, indent=4) for item in RECORDS),
    "numbered": "".join(f"Record {n}\n{json.dumps(item, indent=2)}\n" for n, item in enumerate(RECORDS, 1)),
    "numbered lines": "".join(f"Record {n}\n{json.dumps(item)}\n" for n, item in enumerate(RECORDS, 1)),
    "on one line": "".join(map(json.dumps, RECORDS)),
    "in an object": json.dumps({"took": 1, "hits": {"total": 5, "hits": [{"_source": item} for item in RECORDS]}}),
    "in objects": json.dumps([{"n": 1, "events": RECORDS[:2]}, {"n": 2, "events": RECORDS[2:]}], indent=1),
    "lists in lists": json.dumps([[RECORDS[:2]], RECORDS[2:]], indent=1),
}
ENCODINGS = {"utf-8": b"", "utf-8-sig": b"", "utf-16": b"", "utf-16-be": b"\xfe\xff", "utf-16-le": b""}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_in_every_encoding(tmp_path: Path, layout: str, end: str, encoding: str) -> None:
    text = LAYOUTS[layout].replace("\n", end)
    content = ENCODINGS[encoding] + text.encode(encoding)
    assert recognise(content[:65_536], "x").source is SOURCE
    reading = read(tmp_path, content)
    assert reading.record_ids == [1, 2, 3, 4, 5]
    assert {event.data["Text"] for event in reading.events} == {'}{"]['}
    assert reading.warnings == []
    begins = [place for place, line in enumerate(text.split("\n"), 1) if '"Event"' in line or line.strip() == "{"]
    assert all(isinstance(line, int) and line <= max(begins) for line in reading.lines)


@pytest.mark.parametrize("layout", ["pretty array", "pretty objects", "numbered", "array without indentation", "lines"])
@given(piece=st.integers(1, 3_000), block=st.integers(1, 3_000), text=st.integers(1, 500))
def test_pieces_of_any_size_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, layout: str, piece: int, block: int, text: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "events.json"
    path.write_bytes(LAYOUTS[layout].encode())
    whole = read_whole(SOURCE, path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(borders, "PIECE_BYTES", piece)
        patched.setattr(borders, "_READ_SIZE", block)
        patched.setattr(text_window, "BLOCK_BYTES", text)
        pieces = list(SOURCE.pieces(0, path, path.name, path.stat().st_size))
        reading = read_pieces(SOURCE, pieces)
    assert sum(part.size for part in pieces) == path.stat().st_size
    assert reading.warnings == []
    ids = [event.record_id for event in reading.events]
    assert sorted(zip(ids, reading.lines, strict=True)) == sorted(
        zip([event.record_id for event in whole.events], whole.lines, strict=True)
    )


@pytest.mark.parametrize("layout", ["array on one line", "pretty array", "pretty objects", "numbered"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"EventRecordID": 2,', '"EventRecordID" 2,'),
        ('"EventRecordID": 2,', '"EventRecordID": ,'),
        ('"EventRecordID": 2,', '"EventRecordID: 2,'),
        ('"EventRecordID": 2,', '"'),
        ('"EventRecordID": 2,', "}}"),
        ('"EventRecordID": 2,', "{{{{"),
        ('"EventRecordID": 2,', "[[[["),
        ('"EventRecordID": 2,', "\0" * 40),
        ('"EventRecordID": 2,', '"EventRecordID": 02,'),
    ],
)
def test_a_broken_record_costs_itself(tmp_path: Path, layout: str, old: str, new: str) -> None:
    reading = read(tmp_path, LAYOUTS[layout].replace(old, new))
    assert reading.record_ids == [1, 3, 4, 5]
    assert [(warning.kind, warning.records) for warning in reading.warnings] == [("record", 1)]
    assert reading.warnings[0].reason.startswith("line ")


@pytest.mark.parametrize("layout", ["array on one line", "pretty array", "pretty objects", "in an object"])
def test_a_file_cut_off_anywhere_loses_its_last_record_at_most(tmp_path: Path, layout: str) -> None:
    text = LAYOUTS[layout]
    for length in range(len(text) // 2, len(text), 7):
        reading = read(tmp_path, text[:length])
        whole = sum(text[:length].count(f'"EventRecordID": {number},') for number in range(1, 6))
        assert whole - 1 <= len(reading.events) <= whole
        assert reading.lost <= 1


def test_other_json_is_counted_and_told_once(tmp_path: Path) -> None:
    mixed = [record(1), {"foo": 1}, {"bar": 2}, record(2), 5, "text", None, {"foo": 3}]
    reading = read(tmp_path, json.dumps(mixed, indent=2))
    assert reading.record_ids == [1, 2]
    told = sorted((warning.kind, warning.records) for warning in reading.warnings)
    assert told == [("notice", 3), ("record", 1)]
    assert any("and 2 more like it" in warning.reason for warning in reading.warnings)


def test_shapes_are_decided_for_each_record(tmp_path: Path) -> None:
    beat = {
        "@timestamp": TIME,
        "winlog": {"event_id": "4", "channel": "Security", "record_id": 2, "computer_name": "b"},
    }
    reading = read(tmp_path, json.dumps([record(1), beat, record(3)]))
    assert {(event.record_id, event.host) for event in reading.events} == {(1, "h"), (2, "b"), (3, "h")}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("NaN", "NaN"),
        ("1e999", "1e999"),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("9" * 5_000, "9" * 5_000),
        ('"\\ud800"', "\ufffd"),
        ('"tab\tand\nbreak"', "tab\tand\nbreak"),
        ('"\\u0000"', "\0"),
        ('"\U0001f600"', "\U0001f600"),
    ],
)
def test_values_that_strict_json_lacks(tmp_path: Path, value: str, kept: object) -> None:
    text = json.dumps([record(1), record(2)], indent=1, ensure_ascii=False).replace('"x"', value, 1)
    reading = read(tmp_path, text)
    assert {event.record_id: event.data["A"] for event in reading.events} == {1: kept, 2: "x"}
    assert reading.warnings == []


def test_deep_nesting_costs_itself(tmp_path: Path) -> None:
    deep = "[" * 300 + "]" * 300
    for text in (deep, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000, "{" * 100_000):
        content = json.dumps([record(1), record(2, B="deep"), record(3)], indent=1).replace('"deep"', text)
        reading = read(tmp_path, content)
        assert reading.record_ids == [1, 3]
        assert [warning.records for warning in reading.warnings] == [1]


def test_a_record_over_the_limit_is_refused_and_its_neighbours_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_values, "RECORD_BYTES_LIMIT", 2_000)
    monkeypatch.setattr("yadorigi.sources.records.file_text.BLOCK_BYTES", 100)
    for size in (1_000, 2_100, 50_000, 500_000):
        reading = read(tmp_path, json.dumps([record(1), record(2, B="x" * size), record(3)], indent=1))
        assert reading.record_ids == ([1, 2, 3] if size < 1_500 else [1, 3])
        assert ["over the limit" in warning.reason for warning in reading.warnings] == [True] * (size > 1_500)


def test_a_report_that_is_longer_than_a_record_may_be_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "RECORD_BYTES_LIMIT", 2_000)
    monkeypatch.setattr("yadorigi.sources.records.file_text.BLOCK_BYTES", 100)
    many = [record(number) for number in range(100, 200)]
    reading = read(tmp_path, json.dumps({"took": 1, "hits": {"total": {"value": 100}, "hits": many}}, indent=1))
    assert reading.record_ids == list(range(100, 200))
    assert reading.warnings == []


def test_a_record_of_too_many_lists_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "JSON_NODES_LIMIT", 1_000)
    monkeypatch.setattr("yadorigi.sources.records.file_text.BLOCK_BYTES", 1_000)
    reading = read(tmp_path, json.dumps([record(1), record(2, B=[[]] * 10_000), record(3)], indent=1))
    assert reading.record_ids == [1, 3]
    assert ["lists and objects" in warning.reason for warning in reading.warnings] == [True]


def test_endless_damage_is_given_up_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "JSON_DAMAGE_LIMIT", 50_000)
    text = json.dumps([record(1)])[:-1] + "," + '{"a":[' * 5_000
    reading = read(tmp_path, text)
    assert reading.record_ids == [1]
    assert [warning.kind for warning in reading.warnings].count("file") == 1


@given(text=st.text(alphabet='{}[]",:\\ \naR1e0', max_size=60), block=st.integers(1, 9))
def test_any_text_ends_and_blocks_do_not_matter(text: str, block: int) -> None:
    def outcomes(size: int) -> list[tuple[int, str]]:
        window = TextWindow(iter([text[place : place + size] for place in range(0, len(text), size)]))
        values = JsonValues(window, lambda _: True)
        return [(item.line, repr(item.value) if isinstance(item, Found) else "broken") for item in values]

    assert outcomes(block) == outcomes(1_000)


@given(start=st.integers(0, 2_000), hole=st.binary(max_size=60))
def test_overwritten_bytes_lose_what_they_hit(
    tmp_path_factory: pytest.TempPathFactory, start: int, hole: bytes
) -> None:
    content = LAYOUTS["pretty array"].encode()
    content = content[:start] + hole + content[start + len(hole) :]
    path = tmp_path_factory.mktemp("hole") / "events.json"
    path.write_bytes(content)
    reading = read_whole(SOURCE, path)
    assert len(reading.events) >= 3
    if len(reading.events) < 5:
        assert reading.lost >= 1


def test_broken_says_where(tmp_path: Path) -> None:
    del tmp_path
    window = TextWindow(iter(['\n\n  {"a" 1}\n{"a": 1}']))
    first, second = list(JsonValues(window, lambda value: "a" in value))
    assert isinstance(first, Broken)
    assert first.line == 3
    assert isinstance(second, Found)
    assert second.line == 4


CUT_OFF = "the list that the file begins with has no end: the file is cut off, or was not written to its end"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("layout", ["array on one line", "array, a record a line", "pretty array"])
def test_a_list_cut_off_between_two_records_is_told(tmp_path: Path, layout: str, encoding: str) -> None:
    """No record is broken there, and how many are lost cannot be known."""
    whole = LAYOUTS[layout]
    behind_third = whole.index('"Event"', whole.index('"EventRecordID": 3'))
    comma = whole.rindex(",", 0, behind_third)
    for text in (whole[: comma + 1], whole[:comma], whole[:comma] + "\n", whole[: comma + 1] + " \r\n"):
        reading = read(tmp_path, ENCODINGS[encoding] + text.encode(encoding))
        assert reading.record_ids == [1, 2, 3]
        assert [(told.kind, told.records, told.reason) for told in reading.warnings] == [("file", None, CUT_OFF)]
    for text in (whole, whole + "\n", whole + whole, f"[{json.dumps(record(6))}]\n{json.dumps(record(7))}"):
        assert CUT_OFF not in [told.reason for told in read(tmp_path, text).warnings]


@pytest.mark.parametrize("first", ["", json.dumps(record()) + "\n"])
def test_brackets_that_nest_without_end_are_told(tmp_path: Path, first: str) -> None:
    for deep in ("[" * 100_000 + "]" * 100_000, "[" * 100_000, "],[" * 5 + "[" * 200 + "]" * 200):
        reading = read(tmp_path, f"{first}{deep}\n{json.dumps(record(2))}\n")
        assert reading.record_ids == ([1, 2] if first else [2])
        assert "JSON nested too deeply" in {told.reason.partition(": ")[2] for told in reading.warnings}
    assert read(tmp_path, f"{first}{'[],' * 100}[]\n{json.dumps(record(2))}\n").warnings == []
