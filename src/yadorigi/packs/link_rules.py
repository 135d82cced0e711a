"""Put the documents of all rule files together: filters join their rules, correlations find what they refer to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from yadorigi.errors import RuleError
from yadorigi.languages.sigma.rule import AppliedFilter, CompiledCorrelation, CompiledRule, RefusedRule
from yadorigi.limits import CORRELATION_HEIGHT_LIMIT
from yadorigi.packs.rule_set import RuleSet
from yadorigi.query.correlations import Clause, Clauses, Correlation, Member, Range
from yadorigi.query.nodes import all_of

if TYPE_CHECKING:
    from yadorigi.languages.sigma.correlation import CorrelationDraft
    from yadorigi.languages.sigma.filters import Filter


class FoundCorrelation(NamedTuple):
    """A correlation rule and the file that it stands in."""

    path: str
    draft: CorrelationDraft


class FoundFilter(NamedTuple):
    """A filter and the file that it stands in."""

    path: str
    filter: Filter


@dataclass(slots=True)
class FoundDocuments:
    """What rule files hold, in the order of paths and lines."""

    rules: list[CompiledRule] = field(default_factory=list)
    correlations: list[FoundCorrelation] = field(default_factory=list)
    filters: list[FoundFilter] = field(default_factory=list)
    refused: list[RefusedRule] = field(default_factory=list)


def link(found: FoundDocuments) -> RuleSet:
    """Return the rule set; a correlation that refers to what is not there is refused."""
    rules, filters = _filtered(found.rules, found.filters)
    linker = _Linker(rules, found)
    refused = list(found.refused)
    for place, reason in linker.failed.items():
        path, draft = found.correlations[place]
        metadata = draft.metadata
        refused.append(
            RefusedRule(path, reason, metadata["rule_id"], metadata["title"], metadata["line"], metadata["name"])
        )
    linked = linker.linked
    numbers = {place: number for number, place in enumerate(sorted(linked))}
    # A rule that serves correlations only is no finding of its own, unless one of them says so (`generate`).
    alone: defaultdict[_Target, bool] = defaultdict(bool)
    for place, one in linked.items():
        for target in one.targets:
            alone[target] |= found.correlations[place].draft.generate
    correlations = tuple(
        _compiled(found.correlations[place], one, numbers, alone=alone.get(_Target(place, nested=True), True))
        for place, one in sorted(linked.items())
    )
    kept = tuple(
        rule if alone.get(_Target(number, nested=False), True) else msgspec.structs.replace(rule, alone=False)
        for number, rule in enumerate(rules)
    )
    refused.sort(key=lambda rule: (rule.path, rule.line or 0))
    return RuleSet(kept, tuple(refused), correlations=correlations, filters=filters)


def _filtered(
    rules: Sequence[CompiledRule], filters: Sequence[FoundFilter]
) -> tuple[list[CompiledRule], tuple[AppliedFilter, ...]]:
    narrowed = list(rules)
    applied: list[AppliedFilter] = []
    for path, one in filters:
        count = 0
        idle = dict.fromkeys(one.references or ())
        for number, rule in enumerate(narrowed):
            called = [name for name in one.references or () if _is_called(rule, name)]
            if one.covers(rule) and (one.references is None or called):
                narrowed[number] = msgspec.structs.replace(rule, node=all_of(rule.node, one.node))
                count += 1
                for name in called:
                    idle.pop(name, None)
        about = one.metadata
        applied.append(AppliedFilter(about["rule_id"], about["title"], path, about["line"], count, tuple(idle)))
    return narrowed, tuple(applied)


def _is_called(rule: CompiledRule, name: str) -> bool:
    return name == rule.name or name.casefold() == rule.rule_id.casefold()


class _Target(NamedTuple):
    """A rule's number, or a correlation's place among the documents."""

    number: int
    nested: bool


class _Linked(NamedTuple):
    """What a correlation refers to.

    Attributes:
        targets: one for each of the draft's references.
        height: as in `CompiledCorrelation`.
        aliases: by alias, by target, the field's name.
    """

    targets: tuple[_Target, ...]
    height: int
    aliases: dict[str, dict[_Target, str]]


class _Named(NamedTuple):
    """What a name or an id may refer to."""

    target: _Target
    path: str
    sha256: str


class _Linker:
    """Finds what correlations refer to.

    Attributes:
        linked: by its place among the documents, each correlation whose references were found.
        failed: the others, with the reason.
    """

    def __init__(self, rules: Sequence[CompiledRule], found: FoundDocuments) -> None:
        self.linked: dict[int, _Linked] = {}
        self.failed: dict[int, str] = {}
        self._found = found
        self._named: defaultdict[str, list[_Named]] = defaultdict(list)
        for number, rule in enumerate(rules):
            self._name(rule.name, rule.rule_id, _Named(_Target(number, nested=False), rule.path, rule.sha256))
        for place, (path, draft) in enumerate(found.correlations):
            metadata = draft.metadata
            target = _Named(_Target(place, nested=True), path, metadata["sha256"])
            self._name(metadata["name"], metadata["rule_id"], target)
        self._link_all()

    def _name(self, name: str, rule_id: str, named: _Named) -> None:
        for key in {f"name {name}" if name else "", f"id {rule_id.casefold()}"} - {""}:
            self._named[key].append(named)

    def _link_all(self) -> None:
        """Link from the lowest up; what is left then refers to itself."""
        waiting: dict[int, _Linked] = {}
        for place, (path, draft) in enumerate(self._found.correlations):
            try:
                itself = _Target(place, nested=True)
                targets = tuple(self._target(reference, path, itself) for reference in draft.references)
                if len(set(targets)) < len(targets):
                    raise RuleError("correlation: rules names one rule twice")
                waiting[place] = _Linked(targets, 0, self._aliases(draft, path, itself, targets))
            except RuleError as error:
                self.failed[place] = error.reason
        moving = True
        while moving:
            moving = False
            for place, one in list(waiting.items()):
                nested = [target.number for target in one.targets if target.nested]
                lost = next((number for number in nested if number in self.failed), None)
                if lost is not None:
                    self.failed[place] = f"refers to {self._title(lost)}, which is not loaded: {self.failed[lost]}"
                elif all(number in self.linked for number in nested):
                    height = max((self.linked[number].height + 1 for number in nested), default=0)
                    if height > CORRELATION_HEIGHT_LIMIT:
                        self.failed[place] = f"more than {CORRELATION_HEIGHT_LIMIT} correlations on top of each other"
                    else:
                        self.linked[place] = one._replace(height=height)
                else:
                    continue
                moving = True
                del waiting[place]
        for place in waiting:
            self.failed[place] = "refers to itself, or to a correlation that does"

    def _title(self, place: int) -> str:
        metadata = self._found.correlations[place].draft.metadata
        return metadata["name"] or metadata["rule_id"]

    def _target(self, reference: str, path: str, itself: _Target) -> _Target:
        """Return what a name or id refers to: in the same file, else anywhere, and ``itself`` only if nothing else.

        Raises:
            RuleError: nothing, or several rules that differ.
        """
        found = self._named.get(f"name {reference}") or self._named.get(f"id {reference.casefold()}") or []
        found = [named for named in found if named.target != itself] or found
        candidates = [named for named in found if named.path == path] or found
        if not candidates:
            raise RuleError(f"refers to {reference}, {self._absence(reference)}")
        if len({named.sha256 for named in candidates}) > 1:
            places = ", ".join(named.path for named in candidates[:3])
            raise RuleError(f"refers to {reference}, which is the name or id of {len(candidates)} rules: {places}")
        return candidates[0].target

    def _absence(self, reference: str) -> str:
        for refused in self._found.refused:
            if reference.casefold() in (name.casefold() for name in (refused.rule_id, refused.name) if name):
                return f"which is not loaded: {refused.reason}"
        return "which is neither name nor id of a rule that was given"

    def _aliases(
        self, draft: CorrelationDraft, path: str, itself: _Target, targets: tuple[_Target, ...]
    ) -> dict[str, dict[_Target, str]]:
        resolved: dict[str, dict[_Target, str]] = {}
        for alias, fields in draft.aliases.items():
            resolved[alias] = {self._target(reference, path, itself): name for reference, name in fields.items()}
            if not set(resolved[alias]) <= set(targets):
                raise RuleError(f"alias {alias} names a rule that is not among the rules")
        return resolved


def _compiled(found: FoundCorrelation, linked: _Linked, numbers: dict[int, int], *, alone: bool) -> CompiledCorrelation:
    draft = found.draft

    def fields(names: tuple[str, ...], target: _Target) -> tuple[str, ...]:
        return tuple(linked.aliases.get(name, {}).get(target, name) for name in names)

    members = tuple(
        Member(
            reference=reference,
            number=numbers[target.number] if target.nested else target.number,
            nested=target.nested,
            group_fields=fields(draft.group_by, target),
            value_fields=fields(draft.value_fields, target),
        )
        for reference, target in zip(draft.references, linked.targets, strict=True)
    )
    correlation = Correlation(
        type=draft.type,
        members=members,
        group_by=draft.group_by,
        timespan=draft.timespan,
        condition=_condition(draft),
        percentile=draft.percentile,
    )
    return CompiledCorrelation(
        **draft.metadata, correlation=correlation, path=found.path, height=linked.height, alone=alone
    )


def _condition(draft: CorrelationDraft) -> Range | Clauses:
    if isinstance(draft.condition, Range):
        return draft.condition
    place = {reference: number for number, reference in enumerate(draft.references)}
    return Clauses(
        tuple(
            Clause(
                tuple(sorted(place[name] for name in alternative.required)),
                tuple(sorted(place[name] for name in alternative.absent)),
            )
            for alternative in draft.condition.alternatives
        )
    )
