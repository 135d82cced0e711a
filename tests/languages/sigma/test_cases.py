"""What rules mean: golden cases, files in ``cases``, on which both matchers must agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
import yaml

from tests.detect.memory import MemoryBatch, event_of
from yadorigi.detect.match import Matcher
from yadorigi.detect.plan import Planner
from yadorigi.detect.rows import all_slowly_matched
from yadorigi.languages.sigma.compile import compile_document
from yadorigi.languages.sigma.documents import Document, read_documents
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.schema.event import EventKind

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import CompiledRule

CASES = Path(__file__).parent / "cases"
KIND: Final = EventKind("Application", "Some-Provider", 1)
PLACEHOLDERS: Final = {"servers": ("SRV-*", "DC1"), "admins": ("\\bob", "admin-"), "odd": ("a.b(c)", "C:\\x")}
LOG_SOURCES = LogSources.load()


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A detection, and events (fields of their data) that it must match or must leave alone."""

    why: str
    detection: str
    match: list[dict[str, Any]]
    miss: list[dict[str, Any]]


def read_cases() -> dict[str, Case]:
    """Read all files of cases; each detection is kept as the text that a rule file would hold."""
    found: dict[str, Case] = {}
    for path in sorted(CASES.glob("*.yml")):
        text = path.read_text("utf-8")
        whole = yaml.compose(text, yaml.CSafeLoader)
        for node in whole.value if whole is not None else ():
            content = {key.value: value for key, value in node.value}
            events = {
                name: [
                    {key: tuple(value) if isinstance(value, list) else value for key, value in event.items()}
                    for event in _constructed(content[name])
                ]
                for name in ("match", "miss")
            }
            case = Case(content["why"].value, _detection(text, content["detection"]), **events)
            assert case.match, case.why
            found[f"{path.stem}: {case.why}"] = case
    return found


def _constructed(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node))


def _detection(text: str, node: yaml.Node) -> str:
    """Return the detection as it is written, as the value of a key."""
    written = text[node.start_mark.index : node.end_mark.index].rstrip()
    return " " * node.start_mark.column + written


def compiled(detection: str) -> CompiledRule:
    """Compile a detection on all Windows events."""
    (document,) = read_documents(f"title: t\nlogsource: {{product: windows}}\ndetection:\n{detection}\n".encode())
    assert isinstance(document, Document), document
    return compile_document(document, PLACEHOLDERS)


ALL_CASES = read_cases()


@pytest.mark.parametrize("name", ALL_CASES)
def test_both_matchers_say_what_the_case_says(name: str) -> None:
    case = ALL_CASES[name]
    planner = Planner([compiled(case.detection)], LOG_SOURCES)
    events = [event_of(KIND, data) for data in (*case.match, *case.miss)]
    expected = [place < len(case.match) for place in range(len(events))]
    slow = [all_slowly_matched(planner, event) for event in events]
    assert [bool(found) for found in slow] == expected
    for ascii_only in (True, False):
        fast = {
            matched.place: dict(matched.hits)
            for matched in Matcher(planner).of(KIND).match(MemoryBatch(KIND, events, ascii_only))
        }
        assert [fast.get(place, {}) for place in range(len(events))] == slow


def test_no_two_cases_have_one_name() -> None:
    written = sum(path.read_text("utf-8").count("\n- why:") + 1 for path in CASES.glob("*.yml"))
    assert len(ALL_CASES) == written
