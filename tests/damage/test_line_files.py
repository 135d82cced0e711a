"""Damaged files of JSON lines, by the lines of docs/reference/damage.md."""

from __future__ import annotations

import pytest

from tests.damage.scene import Scene, events_of, json_line, only_warning, warnings_of
from tests.damage.test_xml_files import xml_event

NAME = "m-damaged.jsonl"


def around(middle: bytes) -> bytes:
    """A broken line between two sound ones."""
    return json_line(1).encode() + b"\n" + middle + b"\n" + json_line(3).encode() + b"\n"


@pytest.mark.parametrize("broken", [b"{broken", b'{"Event": ', b"no JSON at all", json_line(2).encode()[:-3]])
def test_a_broken_line(scene: Scene, broken: bytes) -> None:
    scene.put(NAME, around(broken))
    run = scene.hunt(code=3)
    warning = only_warning(run, NAME)
    assert (warning["kind"], warning["records"], events_of(run, NAME)) == ("record", 1, 2)
    assert "line 2" in warning["reason"]


def test_deep_nesting(scene: Scene) -> None:
    for number, (opening, closing) in enumerate(((b"[", b"]"), (b'{"a":', b"}"))):
        line = json_line(2).encode().replace(b'"ntdsutil 2"', opening * 100_000 + b"1" + closing * 100_000)
        scene.put(f"m-{number}.jsonl", around(line))
    run = scene.hunt(code=3)
    for number in range(2):
        warning = only_warning(run, f"m-{number}.jsonl")
        assert (warning["kind"], warning["records"], events_of(run, f"m-{number}.jsonl")) == ("record", 1, 2)
        assert "nested" in warning["reason"]


def test_a_line_over_the_limit(scene: Scene) -> None:
    scene.put(NAME, around(json_line(2, More="x" * (17 * 1024 * 1024)).encode()))
    run = scene.hunt(code=3)
    assert events_of(run, NAME) == 2
    assert [(warning["kind"], warning["records"]) for warning in warnings_of(run, NAME)] == [("record", 1)]
    assert "limit" in only_warning(run, NAME)["reason"]


def test_bytes_that_are_no_text(scene: Scene) -> None:
    scene.put(NAME, around(json_line(2).encode().replace(b"ntdsutil 2", b"ntdsutil \xff\xfe")))
    run = scene.hunt(code=0)
    assert events_of(run, NAME) == 3
    assert "ntdsutil \ufffd\ufffd" in {finding["fields"]["CommandLine"] for finding in run.findings}


def test_lines_cut_at_any_byte(scene: Scene) -> None:
    whole = around(json_line(2).encode())
    for cut in range(1, len(whole) - 1, 37):
        scene.put(f"m-{cut:05}.jsonl", whole[:cut])
    run = scene.hunt(code=3)
    for file in run.summary["inputs"]:
        if file["source"] is not None:
            lines = sum(map(bool, open_lines(scene, file["path"])))
            lost = sum(warning["records"] for warning in run.warnings if warning["file"] == file["path"])
            assert file["source"] == "evtx" or file["events"] + lost == lines


def open_lines(scene: Scene, path: str) -> list[bytes]:
    """The lines of an input."""
    return (scene.evidence / path).read_bytes().split(b"\n")


def test_a_list_cut_off_between_records(scene: Scene) -> None:
    scene.put(NAME, f"[{json_line(1)},\n{json_line(2)},\n".encode())
    scene.put("m-damaged.xml", f"<Events>{xml_event(1)}\n{xml_event(2)}".encode())
    run = scene.hunt(code=3)
    for name in (NAME, "m-damaged.xml"):
        warning = only_warning(run, name)
        assert (warning["kind"], warning["records"], events_of(run, name)) == ("file", None, 2)
        assert "has no end" in warning["reason"]
