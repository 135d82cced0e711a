"""The matcher finds what the row-by-row evaluator finds: random rules, random events, whatever the batches."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.detect.memory import MemoryBatch, event_of
from tests.query import strategies
from yadorigi.detect.match import Matcher
from yadorigi.detect.plan import Planner
from yadorigi.detect.rows import all_slowly_matched
from yadorigi.languages.sigma.derive import Derivation
from yadorigi.languages.sigma.log_sources import Binding
from yadorigi.languages.sigma.rule import CompiledRule
from yadorigi.query import nodes
from yadorigi.query.nodes import And, Match, Node, Not, Or
from yadorigi.schema.event import Event, EventKind, Value

if TYPE_CHECKING:
    from yadorigi.schema.batch import EventBatch

KINDS = (
    EventKind("Security", "Some-Provider", 1),
    EventKind("Security", "Some-Provider", 2, "a"),
    EventKind("", "k", 2),
    EventKind("System", "", 7),
)
STRAIGHT = random.Random(0)  # noqa: S311 - chance must be repeatable


class FakeLogSources:
    """Log sources that overlap, ask for more than the kind, rename and derive."""

    def resolve(self, category: str | None, product: str | None, service: str | None) -> tuple[Binding, ...] | None:
        del product
        match category, service:
            case None, None:
                return (Binding(),)
            case "renamed", None:
                derived = Derivation(("B", "C"), "account")
                return (Binding(fields={"A": Derivation(("B",)), "C": derived}, event_ids=frozenset({1, 2})),)
            case "twice", None:
                asking = Binding(conditions=(("A", ("a*", "1")), ("Channel", ("security",))))
                return (asking, Binding(channels=frozenset({"security"}), fields={"B": Derivation(("A",))}))
            case _:
                return None


def rule_of(node: Node, category: str | None = None, number: int = 0) -> CompiledRule:
    return CompiledRule(f"r{number}", "", "", "low", category, "windows", None, node)


def planner_of(rules: list[CompiledRule]) -> Planner:
    return Planner(rules, FakeLogSources())  # type: ignore[arg-type]  # it answers as `LogSources` does


def slowly(planner: Planner, events: list[Event]) -> list[dict[int, dict[str, Value]]]:
    return [all_slowly_matched(planner, event) for event in events]


def quickly(matcher: Matcher, events: list[Event], size: int, ascii_only: bool) -> list[dict[int, dict[str, Value]]]:
    """Match in batches of a size, as they come; the answer is in the order of the events."""
    found: list[dict[int, dict[str, Value]]] = [{} for _ in events]
    for kind in KINDS:
        places = [place for place, event in enumerate(events) if event.kind == kind]
        for start in range(0, len(places), size):
            part = places[start : start + size]
            batch: EventBatch = MemoryBatch(kind, [events[place] for place in part], ascii_only)
            screen = matcher.of(kind).screen
            if screen is not None:
                # Who passes over what is not in texts loses nothing.
                kept = batch.places_with(screen)
                part, batch = [part[place] for place in kept], batch.select(kept)
            for matched in matcher.of(kind).match(batch):
                assert [number for number, _ in matched.hits] == sorted(number for number, _ in matched.hits)
                found[part[matched.place]] = dict(matched.hits)
    return found


rules = st.lists(
    st.builds(rule_of, strategies.predicates, st.sampled_from((None, "renamed", "twice", "unknown"))), max_size=6
)
events = st.lists(
    st.builds(
        event_of,
        st.sampled_from(KINDS),
        st.dictionaries(st.sampled_from(("A", "B", "C")), strategies.present, max_size=3),
        Level=st.sampled_from((0, 2, "4")),
    ),
    max_size=8,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(rules, events, st.integers(1, 8), st.booleans(), st.randoms(use_true_random=False))
@example([rule_of(Match("EventID", nodes.Text("equals", "1")))], [event_of(KINDS[0], {})], 1, True, STRAIGHT)
@example([rule_of(Not(Match("A", nodes.Text("equals", "1"))))], [event_of(KINDS[0], {})], 1, True, STRAIGHT)
@example([rule_of(Match(None, nodes.Text("contains", "abc")))], [event_of(KINDS[0], {"A": "xABC"})], 1, True, STRAIGHT)
@example([rule_of(Not(Match(None, nodes.Text("contains", "abc"))))], [event_of(KINDS[0], {})], 1, True, STRAIGHT)
def test_fast_is_slow(
    rules: list[CompiledRule], events: list[Event], size: int, ascii_only: bool, chance: random.Random
) -> None:
    planner = planner_of(rules)
    expected = slowly(planner, events)
    matcher = Matcher(planner)
    assert quickly(matcher, events, size, ascii_only) == expected
    order = list(range(len(events)))
    chance.shuffle(order)
    again = quickly(matcher, [events[place] for place in order], 1 + size // 2, not ascii_only)
    assert again == [expected[place] for place in order]


@given(rules, events)
def test_forgetting_all_the_time_changes_nothing(rules: list[CompiledRule], events: list[Event]) -> None:
    planner = planner_of(rules)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("query.distinct.REMEMBERED_ANSWERS", "query.distinct.REMEMBERED_VALUES"):
            patch.setattr(f"yadorigi.{name}", 1)
        for name in ("REMEMBERED_SIGNATURES", "KINDS_LIMIT", "COUNTED_KEYS_LIMIT"):
            patch.setattr(f"yadorigi.detect.match.{name}", 1)
        patch.setattr("yadorigi.detect.plan.COUNTED_KEYS_LIMIT", 1)
        assert quickly(Matcher(planner), events, 2, True) == slowly(planner, events)


def found_in(node: Node, data: dict[str, Value], kind: EventKind = KINDS[0]) -> dict[str, Value] | None:
    planner = planner_of([rule_of(node)])
    event = event_of(kind, data)
    (fast,) = quickly(Matcher(planner), [event], 1, True)
    assert fast == all_slowly_matched(planner, event)
    return fast.get(0)


def test_a_rule_that_only_asks_for_the_event_id_matches_every_event_of_it() -> None:
    node = Match("EventID", nodes.Text("equals", "1"))
    assert found_in(node, {"A": "x"}) == {"EventID": 1}
    assert found_in(node, {"A": "x"}, KINDS[1]) is None


def test_a_keyword_is_shown_with_the_one_value_that_holds_it() -> None:
    node = Match(None, nodes.Text("contains", "mimikatz"))
    assert found_in(node, {"A": "nothing", "B": ("x", "Invoke-MimiKatz")}) == {"keyword": "Invoke-MimiKatz"}


def test_what_the_kind_decided_hides_no_matched_field() -> None:
    node = Or((Match("EventID", nodes.Text("equals", "1")), Match("A", nodes.Text("contains", "x"))))
    assert found_in(node, {"A": "xyz"}) == {"EventID": 1, "A": "xyz"}


def test_fields_under_a_negation_are_not_shown() -> None:
    node = And((Match("A", nodes.Text("equals", "x")), Not(Match("B", nodes.Text("equals", "y")))))
    assert found_in(node, {"A": "X", "B": "z"}) == {"A": "X"}


@pytest.mark.parametrize("name", ["*", "A \N{RIGHTWARDS ARROW} B", "account(B, C)", ""])
def test_a_field_may_have_any_name(name: str) -> None:
    node = Or((Match(name, nodes.Text("equals", "x")), Match("A", nodes.FieldReference(name))))
    assert found_in(node, {name: "x", "A": "y"}) == {name: "x"}
    assert found_in(node, {name: "z", "A": "z"}) == {"A": "z"}


@pytest.mark.parametrize(
    ("node", "tells"),
    [
        (Match(None, nodes.Text("contains", "mimikatz")), True),
        (And((Match(None, nodes.Text("contains", "abcd")), Match(None, nodes.Text("contains", "efgh")))), True),
        (Match(None, nodes.Text("contains", "1")), False),
        (Not(Match(None, nodes.Text("contains", "mimikatz"))), False),
        (Or((Match(None, nodes.Text("contains", "mimikatz")), Match("A", nodes.Exists(False)))), False),
        (And((Match(None, nodes.Text("contains", "mimikatz")), Match("A", nodes.Exists(True)))), False),
    ],
)
def test_texts_tell_where_rules_look_for_words_alone(node: Node, tells: bool) -> None:
    screen = Matcher(planner_of([rule_of(node)])).of(KINDS[0]).screen
    assert (screen is not None) == tells


def test_what_occurred_is_told() -> None:
    planner = planner_of([rule_of(Or((Match("A", nodes.Null()), Match("B", nodes.FieldReference("C")))))])
    matcher = Matcher(planner).of(KINDS[0])
    list(matcher.match(MemoryBatch(KINDS[0], [event_of(KINDS[0], {"A": None}), event_of(KINDS[0], {"C": ""})])))
    assert matcher.occurred == {"A": True, "B": False, "C": True}


def test_kinds_on_which_rules_read_the_same_share_what_is_costly() -> None:
    matcher = Matcher(planner_of([rule_of(Match("A", nodes.Text("contains", "x")))]))
    first, second = matcher.of(KINDS[0]), matcher.of(KINDS[1])
    assert first._program is second._program
    list(first.match(MemoryBatch(KINDS[0], [event_of(KINDS[0], {"A": "x"})])))
    assert (first.occurred, second.occurred) == ({"A": True}, {"A": False})


def test_searches_that_ran_out_of_time_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yadorigi.query.regexes.REGEX_TIMEOUT_SECONDS", 0.01)
    pattern = "(?!b)(a+)+(c|d)$"
    matcher = Matcher(planner_of([rule_of(Match("A", nodes.Regex(pattern)))]))
    batch = MemoryBatch(KINDS[0], [event_of(KINDS[0], {"A": "a" * 5_000})])
    assert list(matcher.of(KINDS[0]).match(batch)) == []
    assert list(matcher.shared.timed_out()) == [(pattern, 1)]
    assert list(matcher.shared.timed_out()) == []
