"""What an attacker writes into records and names: visible on the terminal, harmless in the table, whole in JSON."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Final

import pytest

from evtx_writer import evtx_bytes
from tests.sources.written import record

if TYPE_CHECKING:
    from tests.damage.scene import Scene

HOSTILE: Final = {
    "escape": "ntdsutil \x1b[2J\x1b]0;title\x07\x1b[31m",
    "c1": "ntdsutil \x9b31m\x85",
    "bidi": "ntdsutil \u202egpj.exe\u2066\u2069",
    "zero-width": "nt\u200bds ntdsutil\u200d\ufeff",
    "lines": "ntdsutil\r\nforged,line\u2028\u2029",
    "formula": "=cmd|' /C calc'!A0 ntdsutil",
    "plus": "+ntdsutil", "minus": "-ntdsutil", "at": "@ntdsutil", "tab": "\t=ntdsutil",
    "markup": "[bold red]ntdsutil[/] <script>alert(1)</script> &amp;",
    "tags": "ntdsutil \U000e0041\U000e0042",
    "quote": 'ntdsutil "",\'',
}  # fmt: skip
_INVISIBLE: Final = "\u202e\u2066\u2069\u200b\u200d\ufeff\u2028\u2029"
_ACTS: Final = {*map(chr, range(32)), *map(chr, range(127, 160)), *_INVISIBLE} - {"\n"}


def found(scene: Scene, code: int = 0) -> tuple[list[str], str]:
    """Hunt; return the command lines as JSON gives them back, and check every view of them."""
    run = scene.hunt(code=code)
    assert not set(run.out + run.err) & _ACTS
    for name in ("findings.jsonl", "warnings.jsonl", "summary.json"):
        assert not set(run.bytes_of(name).decode()) & (_ACTS - {"\r"}), name
    table = run.bytes_of("timeline.csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert len(rows) == len(run.findings) + 1
    for row in rows:
        assert len(row) == len(rows[0])
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
            assert not set(cell) & _ACTS
    return [finding["fields"]["CommandLine"] for finding in run.findings], run.out


def test_hostile_text_in_records(scene: Scene) -> None:
    records = [
        record(number, event_data={"CommandLine": text, f"Name{number}": text})
        for number, text in enumerate(HOSTILE.values(), 1)
    ]
    scene.put("m-hostile.evtx", evtx_bytes(records))
    values, _ = found(scene)
    assert set(HOSTILE.values()) <= set(values)


def test_hostile_hosts_and_channels(scene: Scene) -> None:
    texts = [text.replace("\t", "").replace("\r\n", "") for text in HOSTILE.values()]
    records = [record(number, computer=text, provider="p") for number, text in enumerate(texts, 1)]
    scene.put("m-hosts.evtx", evtx_bytes(records))
    run_values, shown = found(scene)
    assert len(run_values) == 42 + len(texts)
    assert "\\x1b[2J" in shown


def test_nuls_and_lone_surrogates(scene: Scene) -> None:
    """A NUL ends a text in EVTX and in Windows; half of a surrogate pair is no character in any encoding."""
    marked = evtx_bytes([record(number, event_data={"CommandLine": f"ntdsutil ABCD {number}"}) for number in (1, 2)])
    nul = marked.replace("ABCD 1".encode("utf-16le"), "A\0CD 1".encode("utf-16le"))
    data = nul.replace("ABCD 2".encode("utf-16le"), "A\ud800CD 2".encode("utf-16le", "surrogatepass"))
    scene.put("m-halves.evtx", data)
    line = json.dumps({"Event": {"System": {
        "EventID": 4688, "Channel": "Security", "Computer": "h", "EventRecordID": 1,
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T09:00:00Z"}},
    }, "EventData": {"CommandLine": "ntdsutil \0 \ud800 \udfff"}}})  # fmt: skip
    scene.put("m-halves.jsonl", f"{line}\n".encode())
    values, _ = found(scene, code=3)
    assert any(value.startswith("ntdsutil \0 ") for value in values)
    json.dumps(values).encode()


def test_a_megabyte_in_one_cell(scene: Scene) -> None:
    line = json.dumps({"Event": {"System": {
        "EventID": 4688, "Channel": "Security", "Computer": "h", "EventRecordID": 1,
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T09:00:00Z"}},
    }, "EventData": {"CommandLine": "ntdsutil " + "x" * 1_000_000}}})  # fmt: skip
    scene.put("m-large.jsonl", f"{line}\n".encode())
    values, shown = found(scene)
    assert "ntdsutil " + "x" * 1_000_000 in values
    assert len(shown) < 20_000
    table = (scene.case / "timeline.csv").read_text(encoding="utf-8-sig")
    assert max(map(len, table.split(","))) <= 32_767


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_hostile_file_names(scene: Scene) -> None:
    for number, text in enumerate(HOSTILE.values()):
        name = text.replace("/", "_")
        (scene.evidence / f"{name}-{number}.evtx").write_bytes(evtx_bytes([record(1)]))
        (scene.evidence / f"{name}-{number}-empty.evtx").write_bytes(b"")
    folder = scene.evidence / "\x1b[31m"
    folder.mkdir()
    (folder / "=x.evtx").write_bytes(evtx_bytes([record(1)]))
    values, _ = found(scene, code=3)
    assert len(values) == 42 + len(HOSTILE) + 1
    named = {json.loads(line)["file"] for line in (scene.case / "warnings.jsonl").read_bytes().splitlines()}
    names = [text.replace("/", "_") for text in HOSTILE.values()]
    assert {f"{scene.evidence}/{name}-{number}-empty.evtx" for number, name in enumerate(names)} <= named
