"""Say why a rule matches events or does not, by the evaluator that is the specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, UnsetType

from yadorigi.detect.fields import FieldMap
from yadorigi.detect.plan import conditions_of
from yadorigi.detect.rows import EventRow
from yadorigi.errors import UsageError
from yadorigi.ingest.discover import discover
from yadorigi.languages.sigma.log_sources import Binding, LogSources
from yadorigi.packs.find_rules import find_rules
from yadorigi.packs.load_rules import compile_files, load_rules
from yadorigi.query import nodes
from yadorigi.query.bind import Known
from yadorigi.query.describe import described
from yadorigi.query.evaluate import evaluate, match_holds, test_holds
from yadorigi.query.values import text_of
from yadorigi.schema.explanation import Branch, EventExplanation, Reading
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import CompiledRule
    from yadorigi.query.nodes import Node
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import Event, Value
    from yadorigi.schema.warning import ParseWarning
    from yadorigi.settings import Settings

_NAMES_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule and the events of a file.

    Attributes:
        rule: the rule.
        log_source: what its log source means: one line for each kind of events; none where this program has no such
            log source.
        events: events read, covered by the log source, and matched.
        explained: some events: those that match first, then those that are covered; others only where there are none.
        warnings: what could not be read.
    """

    rule: CompiledRule
    log_source: tuple[str, ...]
    events: int
    covered: int
    matched: int
    explained: tuple[EventExplanation, ...]
    warnings: tuple[ParseWarning, ...]


def find_rule(name: str, given: Iterable[str], settings: Settings) -> CompiledRule:
    """Return a rule by its file, or by its id or title among the given rules.

    Raises:
        UsageError: there is no such rule, several, or it cannot be loaded.
    """
    if Path(name).is_file():
        found = compile_files(find_rules((name,)), settings)
        if len(found.rules) == 1:
            return found.rules[0]
        if not found.rules:
            reasons = "; ".join(refused.reason for refused in found.refused) or "it holds no rule"
            raise UsageError(f"{name} cannot be loaded: {reasons}")
        raise UsageError(f"{name} holds {len(found.rules)} rules; name one by its id and give the file as --rules")
    loaded = load_rules(given, settings)
    wanted = name.casefold()
    rules = [
        rule
        for rule in loaded.rules
        if wanted in (rule.rule_id.casefold(), rule.title.casefold(), rule.name.casefold())
    ]
    if len(rules) == 1:
        return rules[0]
    for correlation in loaded.correlations:
        if wanted in (correlation.rule_id.casefold(), correlation.title.casefold()):
            members = ", ".join(member.reference for member in correlation.correlation.members)
            raise UsageError(f"{name!r} is a correlation; explain one of the rules that it refers to: {members}")
    if rules:
        raise UsageError(f"{len(rules)} rules are called {name!r}: {', '.join(rule.path for rule in rules[:3])}")
    for refused in loaded.refused:
        if wanted in ((refused.rule_id or "").casefold(), refused.title.casefold()):
            raise UsageError(f"rule {name!r} cannot be loaded: {refused.path}: {refused.reason}")
    raise UsageError(f"no rule file, rule id or title {name!r} among the {loaded.given} rules of --rules")


def explain(rule: CompiledRule, file: str, number: int | None, limit: int, zone: tzinfo = UTC) -> Explanation:
    """Explain the rule on the events of a file.

    Args:
        rule: the rule.
        file: events of any format that is read.
        number: a line (of a text file) or a record number; None for all events.
        limit: how many events to explain at most.
        zone: of times without one.

    Raises:
        UsageError: the file does not exist, is of no known format, or has no such event.
    """
    bindings = LogSources.load().resolve(rule.category, rule.product, rule.service) or ()
    log = ReadingLog()
    events = covered = matched = 0
    groups: tuple[list[EventExplanation], ...] = ([], [], [])
    for batch in _batches(file, log, zone):
        covering = [binding for binding in bindings if binding.covers(batch.kind)]
        for place in range(len(batch)):
            origin = batch.origin(place)
            if number is not None and number not in (origin.line, origin.record_id):
                continue
            explained = _explained(rule, covering, batch, place)
            events += 1
            covered += bool(covering)
            matched += explained.matched
            group = groups[0 if explained.matched else 1 if covering else 2]
            if len(group) < limit:
                group.append(explained)
    if not events:
        raise UsageError(f"{file} has no event" + (f" with the line or record number {number}" if number else ""))
    return Explanation(
        rule=rule,
        log_source=tuple(_binding_name(binding) for binding in bindings),
        events=events,
        covered=covered,
        matched=matched,
        explained=tuple((groups[0] + groups[1] or groups[2])[:limit]),
        warnings=tuple(warning for _, warning in log.warnings),
    )


def _batches(name: str, log: ReadingLog, zone: tzinfo) -> Iterator[EventBatch]:
    for file in discover((name,)).files:
        if file.is_archive:
            raise UsageError(f"{name} is an archive; unpack it, and name the log that is meant")
        if file.source is None or not file.is_log:
            raise UsageError(f"{name} is of no known log format")
        source = source_named(file.source)
        for piece in source.pieces(file.number, file.path, file.name, file.size):
            for gathered in source.read((piece,), log, zone):
                yield from gathered.batches()


def _explained(rule: CompiledRule, covering: list[Binding], batch: EventBatch, place: int) -> EventExplanation:
    event, origin = batch.event(place), batch.origin(place)
    return EventExplanation(
        time=batch.times[place],
        host=event.host,
        channel=event.kind.channel,
        provider=event.kind.provider,
        event_id=event.kind.event_id,
        record_id=origin.record_id,
        line=origin.line,
        readings=tuple(_reading(rule, binding, event) for binding in covering),
    )


def _reading(rule: CompiledRule, binding: Binding, event: Event) -> Reading:
    native = EventRow(event, FieldMap(event.kind, {}))
    row = EventRow(event, FieldMap.of(event.kind, binding))
    conditions = conditions_of(binding)
    return Reading(
        name=_binding_name(binding),
        conditions=None if isinstance(conditions, nodes.Constant) else _branch(conditions, native),
        condition=_branch(rule.node, row),
        matched=evaluate(conditions, native) and evaluate(rule.node, row),
    )


def _branch(node: Node, row: EventRow) -> Branch:
    match node:
        case nodes.And():
            children = tuple(_branch(child, row) for child in node.children)
            return Branch("all", all(child.holds for child in children), children)
        case nodes.Or():
            children = tuple(_branch(child, row) for child in node.children)
            return Branch("any", any(child.holds for child in children), children)
        case nodes.Not():
            child = _branch(node.child, row)
            return Branch("not", not child.holds, (child,))
        case nodes.Constant():
            return Branch("constant", node.holds)
        case nodes.Match():
            return _test_branch(node, row)


def _test_branch(node: nodes.Match, row: EventRow) -> Branch:
    holds, test = match_holds(node, row), described(node.test)
    if node.field is None:
        hit = next((value for value in row.values() if test_holds(node.test, value)), None)
        return Branch("test", holds, field=None, test=test, value=_shown(hit) if holds else None)
    if isinstance(node.test, nodes.FieldReference):
        test += f" ({_shown(row.value(node.test.other)) or 'missing'})"
    value = _shown(row.value(node.field))
    return Branch("test", holds, field=node.field, test=test, source=_source(row, node.field), value=value)


def _source(row: EventRow, field: str) -> str:
    """Return where a field's value comes from, "" for the native field of that name."""
    target = row.fields.resolve(field)
    name = target.column if isinstance(target, Known) else target
    return "" if name == field else name


def _shown(value: Value | UnsetType) -> str | None:
    if value is UNSET:
        return None
    return " | ".join(map(text_of, value)) if isinstance(value, tuple) else text_of(value)


def _binding_name(binding: Binding) -> str:
    """Return what a binding covers, in words."""
    parts = [_some(binding.channels), _some(binding.providers)]
    if binding.event_ids:
        parts.append("event id " + _some(map(str, sorted(binding.event_ids))))
    return ", ".join(part for part in parts if part) or "all Windows events"


def _some(names: Iterable[str]) -> str:
    ordered = list(names) if not isinstance(names, frozenset) else sorted(names)
    more = f" and {len(ordered) - _NAMES_SHOWN} more" if len(ordered) > _NAMES_SHOWN else ""
    return " or ".join(ordered[:_NAMES_SHOWN]) + more
