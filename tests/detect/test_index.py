"""What a rule waits for, and which event ids it asks for, never lose a match."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from tests.query import strategies
from yadorigi.detect.index import event_ids_of, required_tests
from yadorigi.query import nodes
from yadorigi.query.bind import Known, bind
from yadorigi.query.evaluate import evaluate, match_holds, matched_fields
from yadorigi.query.nodes import And, Match, Node, Not, Or, Text, all_of, any_of, negated

if TYPE_CHECKING:
    from yadorigi.schema.event import Value


class MapRow:
    """A row that is a map."""

    def __init__(self, fields: dict[str, Value]) -> None:
        self.fields = fields

    def value(self, field: str) -> Value | UnsetType:
        return self.fields.get(field, UNSET)

    def values(self) -> list[Value]:
        return list(self.fields.values())


rows = st.dictionaries(st.sampled_from(strategies.FIELDS), strategies.present, max_size=5).map(MapRow)


@settings(max_examples=150)
@given(strategies.predicates_with_constants, rows)
def test_one_of_the_required_tests_holds_wherever_the_rule_does(node: Node, row: MapRow) -> None:
    numbers: dict[Match, int] = {}
    required = required_tests(node, lambda match: numbers.setdefault(match, len(numbers)))
    if required is not None and evaluate(node, row):
        assert any(match_holds(match, row) for match, number in numbers.items() if number in required)


@settings(max_examples=150)
@given(strategies.predicates_with_constants, rows, st.sets(st.sampled_from(strategies.FIELDS)))
def test_a_bound_predicate_says_the_same(node: Node, row: MapRow, known: set[str]) -> None:
    names = {f"{name}'": value for name, value in row.fields.items()}

    def resolve(name: str) -> str | Known:
        return Known(row.value(name), f"{name}'") if name in known else f"{name}'"

    bound = bind(node, resolve)
    assert evaluate(bound, MapRow(names)) == evaluate(node, row)
    assert nodes.fields_of(bound) <= {f"{name}'" for name in nodes.fields_of(node)}


@given(st.lists(strategies.predicates_with_constants, max_size=3), rows)
def test_joining_folds_without_changing_anything(parts: list[Node], row: MapRow) -> None:
    assert evaluate(all_of(*parts), row) == evaluate(And(tuple(parts)), row)
    assert evaluate(any_of(*parts), row) == evaluate(Or(tuple(parts)), row)
    for part in parts:
        assert evaluate(negated(part), row) != evaluate(part, row)


@settings(max_examples=120)
@given(strategies.predicates, rows)
def test_the_fields_shown_are_fields_of_the_rule(node: Node, row: MapRow) -> None:
    if evaluate(node, row):
        assert matched_fields(node, row).keys() <= nodes.fields_of(node) | {"keyword"}


EVENT_IDS = st.sampled_from(("1", "2", "4624", "04624", "4624x", "", "\u0661", "9" * 30)).map(
    lambda value: Match("EventID", Text("equals", value))
)
ON_EVENT_IDS = st.recursive(
    st.one_of(EVENT_IDS, st.just(Match("A", Text("equals", "x")))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda children: And(tuple(children))),
        st.lists(inner, max_size=3).map(lambda children: Or(tuple(children))),
        inner.map(Not),
    ),
)


@settings(max_examples=120)
@given(ON_EVENT_IDS, st.sampled_from((1, 2, 3, 4624)), st.booleans())
def test_a_rule_matches_no_event_id_that_it_does_not_ask_for(node: Node, event_id: int, other: bool) -> None:
    row = MapRow({"EventID": event_id, **({"A": "x"} if other else {})})
    asked = event_ids_of(node)
    if asked is not None and event_id not in asked:
        assert not evaluate(node, row)


def test_the_rarer_test_is_waited_for() -> None:
    common, rare = Match("Image", Text("endswith", ".exe")), Match("CommandLine", Text("contains", "ntdsutil ifm"))
    assert required_tests(And((common, rare)), [common, rare].index) == frozenset({1})
    assert required_tests(Or((common, rare)), [common, rare].index) == frozenset({0, 1})
    assert required_tests(Not(rare), [common, rare].index) is None
