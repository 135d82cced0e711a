"""Which rules apply to a kind of event, and as what predicate.

A rule's log source names kinds of events; bound to one of them, its Sigma fields become columns, constants fold, and
most rules turn out never to match there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yadorigi.detect.fields import COMMON_FIELDS, FieldMap
from yadorigi.detect.index import event_ids_of
from yadorigi.limits import COUNTED_KEYS_LIMIT, KINDS_LIMIT
from yadorigi.query import nodes
from yadorigi.query.bind import Known, bind
from yadorigi.query.evaluate import test_holds
from yadorigi.query.nodes import Constant, FieldReference, Node, all_of, any_of, matches_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from msgspec import UnsetType

    from yadorigi.languages.sigma.log_sources import Binding, LogSources
    from yadorigi.languages.sigma.rule import CompiledRule
    from yadorigi.schema.event import EventKind, Value


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule as it reads on one kind of event.

    Attributes:
        number: the rule's place in the rule set.
        node: the predicate over columns.
        sources: the predicate in Sigma's names with the map that resolves them; one per binding of the log source
            that covers the kind.
        asks_for_kind: whether it asks for something that all events of the kind have in common, and that they meet.
    """

    number: int
    node: Node
    sources: tuple[tuple[Node, FieldMap], ...]
    asks_for_kind: bool = False


@dataclass(slots=True)
class _LogSourceRules:
    """The rules of one log source."""

    number: int
    bindings: tuple[Binding, ...]
    by_event_id: dict[int, list[int]] = field(default_factory=dict)
    any_event_id: list[int] = field(default_factory=list)

    def candidates(self, event_id: int) -> Iterable[int]:
        return sorted((*self.any_event_id, *self.by_event_id.get(event_id, ())))


class Planner:
    """Answers which rules apply to a kind of event.

    Attributes:
        rules: the rule set.
        without_log_source: numbers of rules whose log source this program has no events for at all.
    """

    def __init__(self, rules: Sequence[CompiledRule], log_sources: LogSources) -> None:
        """Sort the rules by log source and by the event ids that they ask for."""
        self.rules = rules
        self.without_log_source: frozenset[int] = frozenset()
        self._sources: dict[tuple[str | None, str | None, str | None], _LogSourceRules] = {}
        self._bounds: dict[tuple[object, ...], BoundRule | None] = {}
        self._of_kinds: dict[EventKind, tuple[BoundRule, ...]] = {}
        self._common_fields: dict[int, tuple[tuple[str, tuple[nodes.Test, ...]], ...]] = {}
        lost: list[int] = []
        for number, rule in enumerate(rules):
            key = (rule.category, rule.product, rule.service)
            if key not in self._sources:
                self._sources[key] = _LogSourceRules(len(self._sources), log_sources.resolve(*key) or ())
            source = self._sources[key]
            if not source.bindings:
                lost.append(number)
                continue
            event_ids = event_ids_of(rule.node)
            if event_ids is None:
                source.any_event_id.append(number)
            else:
                for event_id in event_ids:
                    source.by_event_id.setdefault(event_id, []).append(number)
        self.without_log_source = frozenset(lost)

    def covered(self, kind: EventKind) -> Iterable[int]:
        """Return numbers of all rules whose log source has events of this kind, whatever else they ask for."""
        for source in self._sources.values():
            if any(binding.covers(kind) for binding in source.bindings):
                yield from source.any_event_id
                for numbers in source.by_event_id.values():
                    yield from numbers

    def bindings_of(self, number: int) -> tuple[Binding, ...]:
        """Return what a rule's log source means."""
        rule = self.rules[number]
        return self._sources[rule.category, rule.product, rule.service].bindings

    def bound_rules(self, kind: EventKind) -> tuple[BoundRule, ...]:
        """Return the rules that could match an event of this kind, in the rule set's order."""
        known = self._of_kinds.get(kind)
        if known is None:
            if len(self._of_kinds) >= KINDS_LIMIT:
                self._of_kinds.clear()
            known = self._of_kinds[kind] = tuple(self._bound_rules(kind))
        return known

    def _bound_rules(self, kind: EventKind) -> list[BoundRule]:
        found: list[BoundRule] = []
        for source in self._sources.values():
            if not source.any_event_id and kind.event_id not in source.by_event_id:
                continue
            covering = tuple(place for place, binding in enumerate(source.bindings) if binding.covers(kind))
            if not covering:
                continue
            readings = _Readings(kind, [source.bindings[place] for place in covering])
            for number in source.candidates(kind.event_id):
                bound = self._bound(number, (source.number, covering), readings)
                if bound is not None:
                    found.append(bound)
        found.sort(key=lambda rule: rule.number)
        return found

    def _bound(self, number: int, bindings: tuple[int, tuple[int, ...]], readings: _Readings) -> BoundRule | None:
        """Return the rule as it reads on the kind, the same object on all kinds where it reads the same."""
        common = readings.common(self._asked(number))
        key = (number, bindings, readings.left, common)
        if key not in self._bounds:
            if len(self._bounds) >= COUNTED_KEYS_LIMIT:
                self._bounds.clear()
            self._bounds[key] = self._read(number, readings, asks_for_kind=bool(common))
        return self._bounds[key]

    def _asked(self, number: int) -> tuple[tuple[str, tuple[nodes.Test, ...]], ...]:
        """Return the fields of a rule that have the same value in all events of a kind, with the tests on them."""
        asked = self._common_fields.get(number)
        if asked is None:
            tests: dict[str, list[nodes.Test]] = {}
            for match in matches_of(self.rules[number].node):
                other = match.test.other if isinstance(match.test, FieldReference) else None
                for name in COMMON_FIELDS & {match.field, other}:
                    tests.setdefault(name, []).append(match.test)
            asked = self._common_fields[number] = tuple((name, tuple(tests[name])) for name in sorted(tests))
        return asked

    def _read(self, number: int, readings: _Readings, *, asks_for_kind: bool) -> BoundRule | None:
        rule = self.rules[number].node
        parts: list[Node] = []
        sources: list[tuple[Node, FieldMap]] = []
        for conditions, field_map in readings.maps:
            node = all_of(conditions, bind(rule, field_map.resolve))
            if node != Constant(False):
                parts.append(node)
                sources.append((rule, field_map))
        return BoundRule(number, any_of(*parts), tuple(sources), asks_for_kind) if parts else None


class _Readings:
    """How the bindings of a log source read the events of one kind.

    Attributes:
        maps: for each binding, what is left of its conditions, and where fields are.
        left: the same without the fields, to compare kinds by.
    """

    def __init__(self, kind: EventKind, bindings: Sequence[Binding]) -> None:
        plain = FieldMap(kind, {})
        self.maps = [(bind(conditions_of(binding), plain.resolve), FieldMap.of(kind, binding)) for binding in bindings]
        self._resolve = plain.resolve
        own_channel = any(not isinstance(field_map.resolve("Channel"), Known) for _, field_map in self.maps)
        self.left = (own_channel, *(conditions for conditions, _ in self.maps))

    def common(self, asked: Iterable[tuple[str, Iterable[nodes.Test]]]) -> tuple[tuple[str, Value | UnsetType], ...]:
        """Return the values that all events of the kind have and that count: those that meet a test.

        A value that meets none of a rule's tests is as good as any other such value. So a rule that leaves out one
        event reads the same on a thousand kinds, and costs once.
        """
        found = ((name, tests, self._resolve(name)) for name, tests in asked)
        return tuple(
            (name, known.value) for name, tests, known in found if isinstance(known, Known) and _counts(tests, known)
        )


def _counts(tests: Iterable[nodes.Test], known: Known) -> bool:
    return any(isinstance(test, FieldReference) or test_holds(test, known.value) for test in tests)


def conditions_of(binding: Binding) -> Node:
    """Return what a binding asks of the event beyond its kind, on native names."""
    return all_of(
        *(
            any_of(*(nodes.Match(name, _condition_test(value)) for value in values))
            for name, values in binding.conditions
        )
    )


def _condition_test(value: str) -> nodes.Text:
    return nodes.Text("startswith", value[:-1]) if value.endswith("*") else nodes.Text("equals", value)
