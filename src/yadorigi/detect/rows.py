"""One event as the rows that the row-by-row evaluator reads: the slow matcher, to which the fast one is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from yadorigi.detect.columns import all_values
from yadorigi.detect.fields import SYSTEM, FieldMap
from yadorigi.detect.plan import Planner, conditions_of
from yadorigi.languages.sigma.derive import derive
from yadorigi.query.bind import Known
from yadorigi.query.evaluate import evaluate, matched_fields

if TYPE_CHECKING:
    from yadorigi.languages.sigma.log_sources import Binding
    from yadorigi.languages.sigma.rule import CompiledRule
    from yadorigi.schema.event import Event, Value


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event under Sigma's field names (a `query.evaluate.Row`).

    Attributes:
        event: the event.
        fields: resolves the names.
    """

    event: Event
    fields: FieldMap

    def value(self, field: str) -> Value | UnsetType:
        """Return the field's value, or MISSING."""
        target = self.fields.resolve(field)
        if isinstance(target, Known):
            return target.value
        derivation = self.fields.derived.get(target)
        if derivation is not None:
            return derive(derivation, self.event.data)
        if target.startswith(SYSTEM):
            return self.event.system.get(target.removeprefix(SYSTEM), UNSET)
        return self.event.data.get(target, UNSET)

    def values(self) -> tuple[Value, ...]:
        """Return the values of all fields."""
        return all_values(self.event)


def slowly_matched(rule: CompiledRule, bindings: tuple[Binding, ...], event: Event) -> dict[str, Value] | None:
    """Return the fields that make a rule match an event, or None where it does not match.

    Args:
        rule: the rule.
        bindings: what its log source means.
        event: the event.
    """
    found: dict[str, Value] | None = None
    for binding in bindings:
        row = EventRow(event, FieldMap.of(event.kind, binding))
        if not binding.covers(event.kind) or not evaluate(rule.node, row):
            continue
        if evaluate(conditions_of(binding), EventRow(event, FieldMap(event.kind, {}))):
            found = {**matched_fields(rule.node, row), **(found or {})}
    return found


def all_slowly_matched(planner: Planner, event: Event) -> dict[int, dict[str, Value]]:
    """Return the numbers of all rules that match an event, each with the fields that make it match."""
    found: dict[int, dict[str, Value]] = {}
    for number in sorted(set(planner.covered(event.kind))):
        matched = slowly_matched(planner.rules[number], planner.bindings_of(number), event)
        if matched is not None:
            found[number] = matched
    return found
