"""Explaining rules: it agrees with the hunt, event by event, and says what the event has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.rules_cache import rules_cache
from tests.sample_case import SAMPLE, SECURITY, SYSMON, SYSTEM, json_lines
from yadorigi.app.explain_rule import explain, find_rule
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.run_hunt import run_hunt
from yadorigi.errors import UsageError
from yadorigi.packs.load_rules import load_rules
from yadorigi.settings import Settings

if TYPE_CHECKING:
    from yadorigi.schema.explanation import Branch

PORT_PROXY = "Port Proxy Added by Command"


@pytest.fixture
def settings() -> Settings:
    return Settings(cache_folder=rules_cache())


def leaves_of(branch: Branch) -> list[Branch]:
    return [branch] if branch.kind == "test" else [leaf for child in branch.children for leaf in leaves_of(child)]


def test_it_agrees_with_the_hunt(tmp_path: Path, settings: Settings) -> None:
    outcome = run_hunt(
        HuntOptions(paths=(str(SAMPLE),), case=tmp_path / "case", workers=1, settings=settings, store=False)
    )
    found: dict[tuple[str, str], set[int]] = {}
    for line in (outcome.case / "findings.jsonl").read_text("utf-8").splitlines():
        finding = json.loads(line)
        if finding["correlated"]:
            continue
        evidence = finding["evidence"][0]
        found.setdefault((finding["rule_id"], evidence["file"]), set()).add(evidence["record_id"])
    rules = {rule_id for rule_id, _ in found}
    assert len(rules) >= 30
    known = {rule.rule_id: rule for rule in load_rules(("builtin",), settings).rules}
    # Each is explained by itself, which takes a while: of a hundred some are enough.
    for rule_id in sorted(rules)[::3]:
        rule = known[rule_id]
        for file in map(str, (SYSMON, SECURITY)):
            explained = explain(rule, file, None, limit=10_000)
            matched = {event.record_id for event in explained.explained if event.matched}
            assert matched == found.get((rule_id, file), set()), (rule.title, file)
            assert explained.matched == len(matched)


@pytest.mark.parametrize(("name", "number"), [("sysmon.evtx", 112272), ("sysmon.jsonl", 302)])
def test_each_test_tells_what_the_event_has(tmp_path: Path, settings: Settings, name: str, number: int) -> None:
    rule = find_rule(PORT_PROXY, ("builtin",), settings)
    path = tmp_path / name
    path.write_bytes(SYSMON.read_bytes() if name.endswith(".evtx") else json_lines(SYSMON))
    explained = explain(rule, str(path), number, limit=1)
    assert explained.matched == 1
    leaves = leaves_of(explained.explained[0].readings[0].condition)
    image = next(leaf for leaf in leaves if leaf.field == "Image")
    assert (image.holds, image.value) == (True, "C:\\Windows\\System32\\netsh.exe")


def test_a_derived_field_names_its_source_and_an_absent_one_is_told(settings: Settings) -> None:
    rule = find_rule(PORT_PROXY, ("builtin",), settings)
    event = explain(rule, str(SECURITY), 468554, limit=1).explained[0]
    assert not event.matched
    leaves = {leaf.field: leaf for leaf in leaves_of(event.readings[0].condition)}
    assert leaves["Image"].source == "NewProcessName"
    assert leaves["OriginalFileName"].value is None


def test_an_event_that_the_log_source_does_not_cover_has_no_reading(settings: Settings) -> None:
    rule = find_rule(PORT_PROXY, ("builtin",), settings)
    explained = explain(rule, str(SYSTEM), None, limit=2)
    assert (explained.covered, explained.matched) == (0, 0)
    assert [event.readings for event in explained.explained] == [(), ()]


def test_rules_are_found_by_file_id_and_title_or_not(tmp_path: Path, settings: Settings) -> None:
    rule = find_rule(PORT_PROXY.upper(), ("builtin",), settings)
    assert find_rule(rule.rule_id.upper(), ("builtin",), settings) == rule
    broken = tmp_path / "broken.yml"
    broken.write_text("title: Broken\nlogsource: {product: windows}\ndetection: {condition: x}\n", "utf-8")
    for name in (str(broken), "no such rule"):
        with pytest.raises(UsageError):
            find_rule(name, ("builtin",), settings)


@pytest.mark.parametrize(("file", "number"), [(SECURITY, 10**9), (str(SAMPLE / "README.md"), None)])
def test_no_event_is_told(file: str, number: int | None, settings: Settings) -> None:
    with pytest.raises(UsageError):
        explain(find_rule(PORT_PROXY, ("builtin",), settings), file, number, limit=1)
