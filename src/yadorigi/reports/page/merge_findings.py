"""Findings merged by rule and host, as a page shows them: reads findings once, keeps few of each group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import UNSET

from yadorigi.reports.page.rule_texts import rule_texts
from yadorigi.schema.behaviour import Words
from yadorigi.schema.finding import level_rank
from yadorigi.schema.report import FindingExample, FindingGroup

if TYPE_CHECKING:
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.reports.page.rule_texts import RuleTexts
    from yadorigi.schema.finding import Finding

GROUPS_SHOWN: Final = 400
"""Groups in a report; the highest levels go first."""

EXAMPLES_SHOWN: Final = 3
USERS_SHOWN: Final = 12
RECORDS_SHOWN: Final = 5
FIELDS_SHOWN: Final = 12
VALUE_LIMIT: Final = 600
LOWEST_LEVEL: Final = "medium"


class Merged(NamedTuple):
    """Groups, the highest level first, and how many more there are."""

    groups: tuple[FindingGroup, ...]
    left_out: int


@dataclass
class _Group:
    """What is kept of one rule on one host while findings are read."""

    one: Finding
    findings: int = 0
    copies: int = 0
    first: str = ""
    last: str = ""
    users: dict[str, None] = field(default_factory=dict)
    examples: dict[tuple[tuple[str, str], ...], FindingExample] = field(default_factory=dict)
    repeated: list[FindingExample] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        if finding.duplicate_of is not UNSET:
            self.copies += 1
            return
        self.findings += 1
        self.first = min(self.first or finding.time, finding.time)
        self.last = max(self.last, finding.time)
        if finding.user and len(self.users) <= USERS_SHOWN:
            self.users[finding.user] = None
        if len(self.examples) < EXAMPLES_SHOWN:
            example = _example(finding)
            if example.matched not in self.examples:
                self.examples[example.matched] = example
            elif len(self.repeated) < EXAMPLES_SHOWN:
                self.repeated.append(example)


def merge_findings(findings: Iterable[Finding], behaviours: Behaviours) -> Merged:
    """Return the findings of at least `LOWEST_LEVEL`, merged by rule and host.

    Args:
        findings: all findings of a case, in their order.
        behaviours: says which behaviours a rule is evidence of.
    """
    groups: dict[tuple[str, str | None, str], _Group] = {}
    lowest = level_rank(LOWEST_LEVEL)
    for finding in findings:
        if level_rank(finding.level) >= lowest:
            key = (finding.rule_id, finding.site, finding.host)
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group(finding)
            group.add(finding)
    ordered = sorted(
        groups.values(),
        key=lambda group: (
            -level_rank(group.one.level),
            group.first,
            group.one.title,
            group.one.host,
            group.one.rule_id,
        ),
    )
    shown = ordered[:GROUPS_SHOWN]
    texts = rule_texts(behaviours.rule_ids, (group.one.rule_id for group in shown))
    evidence_of = _behaviours_by_rule(behaviours)
    merged = tuple(
        _merged(group, texts.get(group.one.rule_id), evidence_of.get(group.one.rule_id, ())) for group in shown
    )
    return Merged(merged, len(ordered) - len(shown))


def _behaviours_by_rule(behaviours: Behaviours) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for behaviour in behaviours.every.values():
        for way in behaviour.evidence:
            for rule in behaviours.rules_of(way):
                found.setdefault(rule, {})[behaviour.id] = None
    return {rule: tuple(ids) for rule, ids in found.items()}


def _merged(group: _Group, texts: RuleTexts | None, behaviours: tuple[str, ...]) -> FindingGroup:
    one = group.one
    examples = [*group.examples.values(), *group.repeated][:EXAMPLES_SHOWN]
    users = tuple(group.users)
    return FindingGroup(
        rule_id=one.rule_id,
        level=one.level,
        title=texts.title if texts else Words(one.title, one.title),
        why=texts.why if texts else None,
        next=texts.next if texts else None,
        site=one.site,
        host=one.host,
        techniques=one.techniques,
        behaviours=behaviours,
        correlated=one.correlated,
        findings=group.findings,
        copies=group.copies,
        first=group.first or one.time,
        last=group.last or one.time,
        users=users[:USERS_SHOWN],
        more_users=len(users) > USERS_SHOWN,
        examples=tuple(sorted(examples, key=lambda example: example.time)),
    )


def _example(finding: Finding) -> FindingExample:
    matched = [(name, _text(value)) for name, value in finding.matched.items()]
    return FindingExample(
        time=finding.time,
        user=finding.user,
        event_id=finding.event_id,
        matched=tuple(matched[:FIELDS_SHOWN]),
        evidence=finding.evidence[:RECORDS_SHOWN],
        records=len(finding.evidence),
        addresses=tuple((name, facts.shown()) for name, facts in (finding.addresses or {}).items())[:FIELDS_SHOWN],
    )


def _text(value: object) -> str:
    """Return a value for people; lists with a line for each of their parts."""
    text = "\n".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}… ({len(text):,})"
