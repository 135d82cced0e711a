"""Behaviours, the rules that look for them, and the examples of these rules hold each other."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.packs.shipped import shipped_examples
from yadorigi.packs.behaviours import ALWAYS, load_behaviours

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yadorigi.schema.behaviour import Behaviour, EvidenceWay, Words

BEHAVIOURS = load_behaviours()
PACK = Path(str(files("yadorigi") / "content" / "packs" / "living_off_the_land"))
EXAMPLES = {stem: examples for stem, (_, examples) in shipped_examples(PACK).items()}
TAGGED = {
    path.stem: {tag.upper() for tag in re.findall(r"yadorigi\.([a-z0-9]+-\d+)", path.read_text("utf-8"))}
    for path in (PACK / "rules").glob("*.yml")
}
TACTICS = {
    "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion", "credential-access",
    "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
}  # fmt: skip
SOURCES = {
    "S0", "S1", "S2", "S3", "S4", "P-ELB", "D-AA23", "D-AA24", "D-LOTL", "MS", "MAR", "G1017", "SIGMA", "LOLBAS",
    "EVTX", "YAM", "JSCU", "ACSC-WEF", "PULSE", "IVLOG", "DRAGOS", "FGLOG", "FGDFIR", "MANDIANT-CTX", "PAN-KB",
    "CTID-menuPass", "TRR0015", "UNV", "GK",
}  # fmt: skip
WAYS = [(behaviour, way) for behaviour in BEHAVIOURS.every.values() for way in behaviour.evidence]


def ids_of(pair: tuple[Behaviour, EvidenceWay]) -> str:
    return f"{pair[0].id}-{pair[1].observable}-{pair[1].shows}-{pair[1].weight}"


def shown_by(rule: str) -> set[tuple[str, int]]:
    """Return channel and event id of every event in the examples that a rule must find."""
    found = set()
    for example in EXAMPLES[rule].hit:
        for event in example.events if example.event is None else (example.event,):
            found.add((event.channel, event.event_id))
    return found


def shows_one_of(rule: str, leaves: Iterable[str]) -> bool:
    """Say whether a rule has an example that hits an event of one of the observables."""
    for leaf in leaves:
        observable = BEHAVIOURS.observables[leaf]
        for channel, number in shown_by(rule):
            if channel == observable.channel and (not observable.event_ids or number in observable.event_ids):
                return True
    return False


@pytest.mark.parametrize("behaviour", BEHAVIOURS.every.values(), ids=lambda behaviour: behaviour.id)
def test_it_is_told_as_it_must_be(behaviour: Behaviour) -> None:
    assert re.fullmatch(r"[A-Z0-9]{2}-\d\d", behaviour.id)
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", technique) for technique in behaviour.techniques)
    assert behaviour.tactic in TACTICS
    assert set(behaviour.provenance.sources) <= SOURCES
    assert re.fullmatch(r"-|[QRVH](\+[QRVH])*", behaviour.provenance.fields)
    said: list[Words] = [behaviour.title, behaviour.does, behaviour.beyond, *behaviour.blind, *behaviour.lookalikes]
    for words in said:
        assert words.en == words.en.strip() != ""
        assert words.en.isascii()
        assert re.search("[\u3040-\u30ff\u4e00-\u9fff]", words.ja)


@pytest.mark.parametrize("pair", WAYS, ids=ids_of)
def test_rules_of_a_way_find_its_events(pair: tuple[Behaviour, EvidenceWay]) -> None:
    behaviour, way = pair
    leaves = BEHAVIOURS.leaves(way.observable)
    for rule in way.rules:
        assert behaviour.id in TAGGED[rule], f"{rule} has no tag yadorigi.{behaviour.id.lower()}"
        assert shows_one_of(rule, leaves), f"{rule} has no example that hits one of {leaves}"


@pytest.mark.parametrize("pair", WAYS, ids=ids_of)
def test_a_way_that_shows_all_has_a_rule_for_each_of_its_events(pair: tuple[Behaviour, EvidenceWay]) -> None:
    _, way = pair
    if way.shows == "all":
        for leaf in BEHAVIOURS.leaves(way.observable):
            assert any(shows_one_of(rule, [leaf]) for rule in way.rules), f"no rule has an example of {leaf}"


@pytest.mark.parametrize("rule", sorted(TAGGED))
def test_a_tag_is_taken_up_by_its_behaviour(rule: str) -> None:
    for name in TAGGED[rule]:
        ways = BEHAVIOURS.every[name].evidence
        assert any(rule in way.rules for way in ways), f"{name} does not name the rule"


def test_no_way_twice() -> None:
    for behaviour in BEHAVIOURS.every.values():
        keys = [(way.observable, way.shows, way.weight) for way in behaviour.evidence]
        assert len(keys) == len(set(keys)), behaviour.id


def test_every_observable_and_setting_is_of_use() -> None:
    used = {leaf for _, way in WAYS for leaf in (*BEHAVIOURS.leaves(way.observable), way.observable)}
    assert set(BEHAVIOURS.observables) - used == set()
    settings = {BEHAVIOURS.observables[name].setting for name in used} - {ALWAYS}
    # The command line is a second thing to switch on, beside the audit of process creation.
    assert set(BEHAVIOURS.settings) - settings == {"process_command_line"}
