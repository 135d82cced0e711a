"""Text whose lines are of several encodings: each is read in its own, whatever blocks it comes in."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.reading import read_whole
from yadorigi.sources.lines.encodings import text_of_line
from yadorigi.sources.records.line_text import text_by_lines
from yadorigi.sources.registry import recognise

LATIN = ["café", "cafés", "Andrésson, née Müller", "naïve façade"]
LINES = ["plain", "ログオンに成功しました", "表示名\t十", "C:\\利用者\\ソフト", *LATIN]
ENCODINGS = ["utf-8", "cp932", "euc_jp", "latin-1"]


def blocks(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(
    st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(ENCODINGS)), max_size=8),
    st.integers(1, 40),
)
def test_each_line_is_read_in_its_encoding(lines: list[tuple[str, str]], size: int) -> None:
    encodable = [(line, name) for line, name in lines if name != "latin-1" or line in ("plain", *LATIN)]
    encodable = [(line, "utf-8" if line in LATIN and name in ("cp932", "euc_jp") else name) for line, name in encodable]
    data = b"".join(line.encode(name) + b"\n" for line, name in encodable)
    text = "".join(text_by_lines(iter(blocks(data, size)), "utf-8", Counter()))
    assert text == "".join(f"{line}\n" for line, _ in encodable)


@given(st.text(), st.integers(1, 9))
def test_utf_8_is_what_it_is(text: str, size: int) -> None:
    seen: Counter[str] = Counter()
    data = text.encode("utf-8", "replace")
    assert "".join(text_by_lines(iter(blocks(data, size)), "utf-8", seen)) == data.decode()
    assert not seen


def test_the_encoding_of_the_file_goes_first() -> None:
    # Half-width letters alone would be taken for Latin.
    line = "ﾛｸﾞ".encode("cp932")
    assert text_of_line(line, Counter(), "cp932") == "ﾛｸﾞ"
    assert list(text_by_lines(iter((line + b"\n" + "表".encode("cp932"),)), "cp932", Counter())) == ["ﾛｸﾞ\n", "表"]


def test_half_width_letters_are_of_the_encoding_of_the_lines_before() -> None:
    seen: Counter[str] = Counter()
    texts = ["利用者がログオンしました", "user=ﾃｽﾄ", "ﾃｽﾄ"]
    assert [text_of_line(text.encode("cp932"), seen) for text in texts] == texts
    assert text_of_line("café".encode("latin-1"), seen) == "café"
    assert seen == {"cp932": 3, "latin-1": 1}


def test_a_damaged_character_does_not_spoil_its_line() -> None:
    seen: Counter[str] = Counter()
    assert text_of_line("利用者が何かをしました".encode() + b"\xff!", seen) == "利用者が何かをしました\ufffd!"
    assert seen == {"damaged utf-8": 1}


@pytest.mark.parametrize("byte", [b"\x95", b"\x8f", b"\xff", b"\xc3"])
def test_a_damaged_byte_takes_nothing_with_it(byte: bytes) -> None:
    line = b'{"Path": "C:\\\\a' + byte + b'\\\\b"}'
    assert json.loads(text_of_line(line, Counter(), "utf-8"))["Path"] in (
        "C:\\a\ufffd\\b",
        "C:\\a\xff\\b",
        "C:\\a\xc3\\b",
    )


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-16"])
def test_json_of_powershell_in_the_encoding_of_windows(tmp_path: Path, encoding: str, lines: bool) -> None:
    records = [
        {
            "TimeCreated": "2026-03-01T00:00:00Z", "Id": 7045, "ProviderName": "Service Control Manager",
            "LogName": "System", "MachineName": "PC01", "RecordId": 7 + number, "LevelDisplayName": "情報",
            "Message": "サービスがシステムにインストールされました。\r\n\r\nサービス名:  表示\r\n"
            "サービス ファイル名:  C:\\ソフト.exe\r\nサービスの種類:  x\r\nサービス開始の種類:  x\r\n"
            "サービス アカウント:  LocalSystem",
        }
        for number in range(2)
    ]  # fmt: skip
    text = (
        "\n".join(json.dumps(one, ensure_ascii=False) for one in records)
        if lines
        else json.dumps(records, ensure_ascii=False, indent=4)
    )
    path = tmp_path / "events.json"
    path.write_bytes(text.encode(encoding))
    source = recognise(path.read_bytes(), path.name).source
    assert source is not None
    found = read_whole(source, path, UTC)
    assert [event.data.get("ImagePath") for event in found.events] == ["C:\\ソフト.exe"] * 2
    assert any("cp932" in warning.reason for warning in found.warnings) == (encoding == "cp932")


def test_xml_in_the_encoding_of_windows(tmp_path: Path) -> None:
    event = (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='X'/>"
        "<EventID>7</EventID><TimeCreated SystemTime='2026-03-01T00:00:00Z'/><Channel>System</Channel>"
        "<Computer>PC01</Computer></System><EventData><Data Name='Name'>表示ソフト</Data></EventData></Event>"
    )
    path = tmp_path / "events.xml"
    path.write_bytes(
        f"<?xml version='1.0' encoding='Shift_JIS'?>\n<Events>\n{event}\n{event}</Events>\n".encode("cp932")
    )
    source = recognise(path.read_bytes(), path.name).source
    assert source is not None
    assert [event.data.get("Name") for event in read_whole(source, path, UTC).events] == ["表示ソフト"] * 2
