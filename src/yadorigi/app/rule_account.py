"""What became of the rules of a hunt: loaded or not, able to match or not, alone or serving others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from yadorigi.query.correlations import Range, range_holds
from yadorigi.schema.summary import (
    CorrelationSummary,
    FilterSummary,
    RuleNote,
    RuleSummary,
    UnableRule,
    UnsupportedRule,
)

if TYPE_CHECKING:
    from yadorigi.app.correlate import Correlated
    from yadorigi.detect.reach import Reach
    from yadorigi.languages.sigma.rule import CompiledCorrelation, CompiledRule
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.query.correlations import Correlation


def rule_summary(rules: RuleSet, reach: Reach | None, correlated: Correlated) -> RuleSummary:
    """Return the account of all rules; without a reach, which rules could match is not known."""
    every: tuple[CompiledRule | CompiledCorrelation, ...] = (*rules.rules, *rules.correlations)
    no_events, event_ids_absent, fields_absent = _unable(rules, reach)
    return RuleSummary(
        given=rules.given,
        loaded=rules.loaded,
        unsupported=tuple(
            UnsupportedRule(refused.rule_id, refused.title, refused.path, refused.line, refused.reason)
            for refused in rules.refused
        ),
        reach_known=reach is not None,
        no_events=no_events,
        event_ids_absent=event_ids_absent,
        fields_absent=fields_absent,
        notes=tuple(RuleNote(rule.rule_id, rule.path, note) for rule in every for note in rule.notes),
        correlations=_correlations(rules, correlated),
        filters=tuple(FilterSummary(one.rule_id, one.title, one.path, one.rules) for one in rules.filters),
        not_alone=tuple(_named(rule) for rule in every if not rule.alone),
    )


def _named(rule: CompiledRule | CompiledCorrelation, fields: tuple[str, ...] = ()) -> UnableRule:
    return UnableRule(rule.rule_id, rule.title, rule.path, fields)


def _correlations(rules: RuleSet, correlated: Correlated) -> tuple[CorrelationSummary, ...]:
    left_out: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for (number, field), count in sorted(correlated.left_out.items()):
        left_out[number][field] = count
    return tuple(
        CorrelationSummary(
            rule.rule_id, rule.title, rule.path, correlated.events[number], correlated.bursts[number], left_out[number]
        )
        for number, rule in enumerate(rules.correlations)
    )


def _unable(
    rules: RuleSet, reach: Reach | None
) -> tuple[tuple[UnableRule, ...], tuple[UnableRule, ...], tuple[UnableRule, ...]]:
    """Return the rules without events, without their event ids, and without their fields, correlations included."""
    if reach is None:
        return (), (), ()
    no_events = [_named(rules.rules[number]) for number in reach.no_events]
    event_ids = [_named(rules.rules[number]) for number in reach.event_ids_absent]
    fields = [_named(rules.rules[number], names) for number, names in reach.fields_absent.items()]
    without_events = frozenset(reach.no_events)
    unable = without_events | frozenset(reach.event_ids_absent) | frozenset(reach.fields_absent)
    unable_correlations: set[int] = set()
    for number, rule in sorted(enumerate(rules.correlations), key=lambda item: item[1].height):
        able = frozenset(
            place
            for place, member in enumerate(rule.correlation.members)
            if member.number not in (unable_correlations if member.nested else unable)
        )
        if _can_hold(rule.correlation, able):
            continue
        unable_correlations.add(number)
        if all(member.nested or member.number in without_events for member in rule.correlation.members):
            no_events.append(_named(rule))
        else:
            event_ids.append(_named(rule))
    return tuple(no_events), tuple(event_ids), tuple(fields)


def _can_hold(correlation: Correlation, able: frozenset[int]) -> bool:
    """Say whether a correlation can hold where only some members have events."""
    condition = correlation.condition
    if not isinstance(condition, Range):
        return bool(able) and any(able.issuperset(clause.required) for clause in condition.clauses)
    if not correlation.type.startswith("temporal"):
        return bool(able)
    return any(range_holds(condition, count) for count in range(1, len(able) + 1))
