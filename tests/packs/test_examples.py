"""Examples of rules are read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from yadorigi.errors import RuleError
from yadorigi.packs.examples import ExampleEvent, evtx_dump_line, examples_of, read_examples

if TYPE_CHECKING:
    from pathlib import Path

EVENT = "{why: x, event: {channel: c, provider: p, event_id: 1, data: {A: b}}}"


def test_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_text(f"hit: [{EVENT}]\nmiss: [{EVENT}]\n", "utf-8")
    examples = read_examples(path)
    assert examples.hit[0].event == ExampleEvent("c", "p", 1, data={"A": "b"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"hit: [{EVENT}]", "miss"),
        (f"hit: []\nmiss: [{EVENT}]", "hit is empty"),
        (f"hit: [{EVENT}]\nmiss: [{EVENT}]\nmore: 1", "more"),
        (f"hit: [{EVENT}, {EVENT}]\nmiss: [{EVENT}]", "two examples with one reason"),
        (f"hit: [{EVENT}]\nmiss: [{EVENT.replace('data', 'date')}]", "date"),
        (f"hit: [{EVENT}]\nmiss: [{EVENT.replace(', data: {A: b}', '')}]", "one of data and user_data"),
        (f"hit: [{EVENT}]\nmiss: [{EVENT.replace('data: {A: b}', 'data: {}, user_data: {}')}]", "one of data"),
        (f"hit: [{EVENT}]\nmiss: [{EVENT.replace('event_id: 1', 'event_id: 10000000')}]", "seven digits"),
        (f"hit: [{EVENT}]\nmiss: [{EVENT.replace('A: b', 'A: {b: c}')}]", "Expected"),
        (f"hit: [{EVENT}]\nmiss: [{EVENT.replace('why: x', 'why: ')}]", "Expected `str`"),
        ("hit: [", "no examples"),
        ("hit: \xff", "no examples"),
    ],
)
def test_what_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(RuleError, match=reason):
        read_examples(path)


def test_rules_and_examples_stand_together(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "examples").mkdir()
    (tmp_path / "rules" / "a.yml").write_text("", "utf-8")
    with pytest.raises(RuleError, match="a rule without examples"):
        examples_of(tmp_path)
    (tmp_path / "rules" / "a.yml").rename(tmp_path / "examples" / "a.yml")
    with pytest.raises(RuleError, match="examples without a rule"):
        examples_of(tmp_path)


def test_the_line_is_what_the_parser_writes() -> None:
    line = msgspec.json.decode(evtx_dump_line(ExampleEvent("c", "p", 7, data={"A": 1, "Data": ["x", "y"]})))
    assert line["Event"]["EventData"] == {"A": 1, "Data": {"#text": ["x", "y"]}}
    assert line["Event"]["System"]["EventID"] == 7
    line = msgspec.json.decode(evtx_dump_line(ExampleEvent("c", "p", 7, user_data={"A": None})))
    assert line["Event"]["UserData"] == {"Event": {"A": None}}
    line = msgspec.json.decode(evtx_dump_line(ExampleEvent("c", "p", 7, data={})))
    assert line["Event"]["EventData"] is None
