"""Windows events as XML: with a root or without, damage costs one event, and nothing that a file declares happens."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sources.reading import Reading, read_pieces, read_whole
from yadorigi.sources.records import text_window
from yadorigi.sources.registry import recognise, source_named
from yadorigi.sources.windows import borders, xml_text

SOURCE = source_named("wevtutil_xml")
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
TIME = "2026-03-11T09:00:00.123456700Z"


def event(number: int = 1, data: str = "<Data Name='A'>x</Data>", namespace: str = f" xmlns='{NAMESPACE}'") -> str:
    return (
        f"<Event{namespace}><System><Provider Name='p' Guid='{{g}}' EventSourceName='s'/>"
        f"<EventID Qualifiers='5'>7</EventID><Version>1</Version><Level>4</Level><Keywords>0x80</Keywords>"
        f"<TimeCreated SystemTime='{TIME}'/><EventRecordID>{number}</EventRecordID><Correlation/>"
        f"<Execution ProcessID='4' ThreadID='8'/><Channel>c</Channel><Computer>h</Computer>"
        f"<Security UserID='S-1-5-18'/></System><EventData>{data}</EventData></Event>"
    )


def read(tmp_path: Path, content: bytes | str, name: str = "wevtutil_xml") -> Reading:
    path = tmp_path / "events.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_whole(source_named(name), path)


def test_every_part_of_an_event_is_kept(tmp_path: Path) -> None:
    reading = read(tmp_path, event(9))
    found = reading.events[0]
    assert found.kind == ("c", "p", 7, "s")
    assert (found.record_id, found.host, reading.times) == (9, "h", ["2026-03-11T09:00:00.1234567Z"])
    wanted = {"Level": 4, "Version": 1, "Qualifiers": 5, "Keywords": "0x80", "Execution_ProcessID": 4}
    assert wanted.items() <= found.system.items()
    assert found.data == {"A": "x"}


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ("<Data Name='A'>1</Data><Data Name='B'/>", {"A": "1", "B": ""}),
        ("<Data Name='A'>&lt;x&gt; &amp; &quot;&#x41;</Data>", {"A": '<x> & "A'}),
        ("<Data>one</Data><Data>two</Data>", {"Data": ("one", "two")}),
        ("<Data>one</Data><Binary>00FF</Binary>", {"Data": "one", "Binary": "00FF"}),
        ("<Data Name='A'>one</Data><Data Name='A'>two</Data>", {"A": ("one", "two")}),
        ("<Data Name='A'>line\r\nbreak</Data>", {"A": "line\r\nbreak"}),
        ("<Data Name='A'>line\nbreak</Data>", {"A": "line\nbreak"}),
        ("<Data Name='A'>\n    </Data>", {"A": ""}),
        ("<Data Name='A'><![CDATA[<Event> </Event>]]></Data>", {"A": "<Event> </Event>"}),
        ("<Data Name='A'>\x04and\x00</Data>", {"A": "\x04and\x00"}),
        ("<Data Name='A'>&#x4;&#31;</Data>", {"A": "\x04\x1f"}),
        ("<Data Name='A'>\u65e5\u672c\U0001f600</Data>", {"A": "\u65e5\u672c\U0001f600"}),
        ("text", {"Data": "text"}),
        ("", {}),
    ],
)
def test_data_of_any_form(tmp_path: Path, data: str, fields: dict[str, object]) -> None:
    reading = read(tmp_path, event(1, data) + event(2))
    assert {found.record_id: found.data for found in reading.events} == {1: fields, 2: {"A": "x"}}
    assert reading.warnings == []


def test_user_data_and_rendered_text(tmp_path: Path) -> None:
    inner = "<UserData><LogFileCleared xmlns='n'><SubjectUserName>u</SubjectUserName></LogFileCleared></UserData>"
    rendered = "<RenderingInfo Culture='en-US'><Message>No field</Message><Level>Error</Level></RenderingInfo>"
    text = event().replace("<EventData><Data Name='A'>x</Data></EventData>", inner + rendered)
    assert [found.data for found in read(tmp_path, text).events] == [{"SubjectUserName": "u"}]


MANY = [event(number) for number in range(1, 6)]
LAYOUTS = {
    "lines": "\n".join(MANY),
    "no break at all": "".join(MANY),
    "root": "<Events>" + "".join(MANY) + "</Events>",
    "declared": "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<Events>\n" + "\n".join(MANY) + "\n</Events>",
    "declared each": "\n".join(f'<?xml version="1.0" encoding="utf-8"?>\n{one}' for one in MANY),
    "with comments": "<!-- <Event><System/></Event> -->" + "<!-- x -->".join(MANY),
    "with prefixes": "".join(MANY).replace("<System>", "<e:System>").replace("</System>", "</e:System>"),
    "pretty": "\n".join(MANY).replace("><", ">\n  <"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_in_every_encoding(tmp_path: Path, layout: str, encoding: str) -> None:
    content = LAYOUTS[layout].encode(encoding)
    if layout != "with prefixes":
        assert recognise(content[:65_536], "x").source is SOURCE
    reading = read(tmp_path, content)
    assert reading.record_ids == [1, 2, 3, 4, 5]
    assert reading.warnings == []


def test_numbered_events_are_those_of_evtx_dump(tmp_path: Path) -> None:
    text = "".join(f'Record {n}\n<?xml version="1.0" encoding="utf-8"?>\n{one}\n' for n, one in enumerate(MANY, 1))
    assert recognise(text.encode(), "x").source_name == "evtx_dump_xml"
    reading = read(tmp_path, text, "evtx_dump_xml")
    assert sorted(reading.lines, key=str) == sorted([3, 6, 9, 12, 15], key=str)


@pytest.mark.parametrize("layout", ["lines", "no break at all", "root", "declared each", "pretty"])
@given(piece=st.integers(1, 3_000), block=st.integers(1, 3_000), text=st.integers(1, 500))
def test_pieces_of_any_size_give_the_same(
    tmp_path_factory: pytest.TempPathFactory, layout: str, piece: int, block: int, text: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "events.xml"
    path.write_bytes(LAYOUTS[layout].encode())
    whole = read_whole(SOURCE, path)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(borders, "PIECE_BYTES", piece)
        patched.setattr(borders, "_READ_SIZE", block)
        patched.setattr(text_window, "BLOCK_BYTES", text)
        reading = read_pieces(SOURCE, list(SOURCE.pieces(0, path, path.name, path.stat().st_size)))
    assert reading.warnings == []
    assert sorted(map(str, reading.lines)) == sorted(map(str, whole.lines))
    assert reading.record_ids == whole.record_ids


@pytest.mark.parametrize(
    "broken",
    [
        event(2)[:-10],
        event(2)[:300],
        event(2).replace("</System>", ""),
        event(2).replace("<System>", ""),
        event(2, "<Data Name='A'>&bomb;</Data>"),
        event(2, "<Data Name='A'>&</Data>"),
        event(2, "<Data Name=A>x</Data>"),
        event(2, "<a>" * 300 + "</a>" * 300),
        event(2, "<Data/>" * 50_000),
        event(2, "<a>" * 15_000 + "</a>" * 15_000),
        event(2, "\ufffd<").replace("</EventData>", ""),
        event(2).replace("<EventID Qualifiers='5'>7</EventID>", ""),
        event(2).replace(TIME, "yesterday"),
        "<Event xmlns='x'/>",
        "<Event xmlns='x'></Event>",
    ],
)
def test_a_broken_event_costs_itself(tmp_path: Path, broken: str) -> None:
    reading = read(tmp_path, f"{event(1)}\n{broken}\n{event(3)}\n{event(4)}")
    assert reading.record_ids == [1, 3, 4]
    assert [(warning.kind, warning.records) for warning in reading.warnings] == [("record", 1)]
    assert reading.warnings[0].reason.startswith("line 2: ")


def test_a_document_type_is_told_and_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET", encoding="utf-8")
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    declared = f'<!DOCTYPE Events [<!ENTITY e0 "lol">{bomb}<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    inside = event(1, "<Data Name='A'>&e11;</Data>") + event(2, "<Data Name='A'>&x;</Data>") + event(3)
    start = time.monotonic()
    reading = read(tmp_path, f"<?xml version='1.0'?>{declared}<Events>{inside}</Events>")
    assert time.monotonic() - start < 5
    assert reading.record_ids == [3]
    assert sorted((warning.kind, warning.records) for warning in reading.warnings) == [
        ("notice", 0),
        ("record", 1),
        ("record", 1),
    ]
    assert not any("SECRET" in str(found.data) for found in reading.events)


def test_an_event_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_text, "RECORD_BYTES_LIMIT", 2_000)
    monkeypatch.setattr("yadorigi.sources.records.file_text.BLOCK_BYTES", 100)
    for size in (100, 2_500, 100_000):
        reading = read(tmp_path, event(1) + event(2, f"<Data Name='A'>{'x' * size}</Data>") + event(3))
        assert reading.record_ids == ([1, 2, 3] if size < 1_000 else [1, 3])
        assert [warning.records for warning in reading.warnings] == [1] * (size > 1_000)


@given(start=st.integers(0, 2_500), hole=st.binary(max_size=40))
@example(start=493, hole=b"\0" * 10)
@example(start=1, hole=b"\0")
def test_overwritten_bytes_lose_what_they_hit(
    tmp_path_factory: pytest.TempPathFactory, start: int, hole: bytes
) -> None:
    content = LAYOUTS["lines"].encode()
    content = content[:start] + hole + content[start + len(hole) :]
    path = tmp_path_factory.mktemp("hole") / "events.xml"
    path.write_bytes(content)
    reading = read_whole(SOURCE, path)
    assert len(reading.events) >= 3
    if len(reading.events) < 5:
        assert reading.warnings


@pytest.mark.parametrize(
    "head",
    ["<Events/>", "<html><Event></html>", "<Event>", "text <Event><System/>", "{}", "", "<Event xmlns='x'><Other/>"],
)
def test_other_xml_is_not_claimed(head: str) -> None:
    assert recognise(head.encode(), "x.xml").source is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("root", ["<Events>", "<Events a='1' >", "<?xml version='1.0'?>\r\n<all-of.it>\r\n<!-- x -->"])
def test_a_file_cut_off_between_two_events_is_told(tmp_path: Path, root: str, encoding: str) -> None:
    """No event is broken there, and how many are lost cannot be known."""
    name = "all-of.it" if "all" in root else "Events"
    text = f"{root}{event(1)}\n{event(2)}"
    reading = read(tmp_path, text.encode(encoding))
    assert reading.record_ids == [1, 2]
    [warning] = reading.warnings
    reason = "the element around the events has no end: the file is cut off, or was not written to its end"
    assert (warning.kind, warning.records, warning.reason) == ("file", None, reason)
    for end in (f"</{name}>", f"\r\n</{name} >\r\n"):
        assert read(tmp_path, (text + end).encode(encoding)).warnings == []
    assert read(tmp_path, f"{event(1)}{event(2)}").warnings == []
