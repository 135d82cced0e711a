"""Which rules apply to a kind of event, and as what predicate.

A rule's log source names kinds of events; bound to one of them, its Sigma fields become columns, constants fold, and
most rules turn out never to match there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from yadorigi.detect.fields import FieldMap
from yadorigi.detect.index import event_ids_of
from yadorigi.languages.sigma.log_sources import Binding, LogSources
from yadorigi.languages.sigma.rule import CompiledRule
from yadorigi.query import nodes
from yadorigi.query.bind import bind
from yadorigi.query.nodes import Constant, Node, all_of, any_of
from yadorigi.schema.event import EventKind


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule as it reads on one kind of event.

    Attributes:
        number: the rule's place in the rule set.
        node: the predicate over columns.
        sources: the predicate in Sigma's names with the map that resolves them; one per binding of the log source
            that covers the kind.
    """

    number: int
    node: Node
    sources: tuple[tuple[Node, FieldMap], ...]


@dataclass(slots=True)
class _LogSourceRules:
    """The rules of one log source."""

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
        lost: list[int] = []
        for number, rule in enumerate(rules):
            key = (rule.category, rule.product, rule.service)
            if key not in self._sources:
                self._sources[key] = _LogSourceRules(log_sources.resolve(*key) or ())
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

    def bound_rules(self, kind: EventKind) -> list[BoundRule]:
        """Return the rules that could match an event of this kind, in the rule set's order."""
        found: list[BoundRule] = []
        for source in self._sources.values():
            bindings = [binding for binding in source.bindings if binding.covers(kind)]
            if not bindings:
                continue
            maps = [(binding, FieldMap.of(kind, binding)) for binding in bindings]
            for number in source.candidates(kind.event_id):
                bound = self._bound(number, maps)
                if bound is not None:
                    found.append(bound)
        found.sort(key=lambda rule: rule.number)
        return found

    def _bound(self, number: int, maps: Sequence[tuple[Binding, FieldMap]]) -> BoundRule | None:
        parts: list[Node] = []
        sources: list[tuple[Node, FieldMap]] = []
        for binding, field_map in maps:
            conditions = bind(_conditions(binding), FieldMap(field_map.kind, {}).resolve)
            node = all_of(conditions, bind(self.rules[number].node, field_map.resolve))
            if node != Constant(False):
                parts.append(node)
                sources.append((self.rules[number].node, field_map))
        return BoundRule(number, any_of(*parts), tuple(sources)) if parts else None


def _conditions(binding: Binding) -> Node:
    """Return what a binding asks of the event beyond its kind, on native names."""
    return all_of(
        *(
            any_of(*(nodes.Match(name, _condition_test(value)) for value in values))
            for name, values in binding.conditions
        )
    )


def _condition_test(value: str) -> nodes.Text:
    return nodes.Text("startswith", value[:-1]) if value.endswith("*") else nodes.Text("equals", value)
