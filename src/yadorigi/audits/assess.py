"""Answers to the questions of authorities, from a case's verdicts and what is known of its logs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.audits.cells import Cell
from yadorigi.audits.host_roles import may_be
from yadorigi.audits.log_reach import log_reaches
from yadorigi.audits.setting_standings import setting_standings
from yadorigi.audits.steps import steps_of
from yadorigi.packs.rule_techniques import bears
from yadorigi.schema.finding import level_rank
from yadorigi.schema.question import (
    Assessment,
    Question,
    QuestionAnswer,
    Questionnaire,
    ReasonCount,
    Reply,
    RuleFacts,
    Seen,
    Standing,
)

if TYPE_CHECKING:
    from yadorigi.audits.cells import CellKey, Place
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.overview import CaseOverview, HostOverview
    from yadorigi.schema.stated_log import StatedLog
    from yadorigi.schema.verdict import Answer, Reason, RecordReference

_SEEN: Final = 100
_EVIDENCE: Final = 3
_HOSTS: Final = 10
_ANSWERS: Final[tuple[Answer, ...]] = ("observed", "not_observed", "cannot_tell")
_POSTURE: Final = frozenset({"retention", "alerts"})


@dataclass(frozen=True)
class CaseFacts:
    """What answers are made from.

    Attributes:
        cells: the verdicts, folded.
        overview: the case's hosts and logs.
        rules: ids of the rules that the last hunt loaded.
        log_sizes: what files of settings say of logs.
        case: what the case is called.
    """

    cells: dict[CellKey, Cell]
    overview: CaseOverview
    rules: frozenset[str]
    log_sizes: Sequence[StatedLog] = ()
    case: str = ""

    @cached_property
    def by_behaviour(self) -> dict[str, list[Cell]]:
        """Return the cells of each behaviour."""
        found: defaultdict[str, list[Cell]] = defaultdict(list)
        for key in sorted(self.cells, key=lambda key: (key[0], key[1] or "", key[2])):
            found[key[0]].append(self.cells[key])
        return found

    @cached_property
    def hosts(self) -> dict[Place, HostOverview]:
        """Return the hosts by site and name."""
        return {(host.site, host.host): host for host in self.overview.hosts}


def assess(questionnaire: Questionnaire, facts: CaseFacts, content: Behaviours) -> Assessment:
    """Answer a document's questions."""
    known = [host for host in facts.overview.hosts if host.known]
    sites = tuple(sorted({host.site for host in known if host.site}))
    asked = [_Answering(question, facts, content) for question in questionnaire.questions]
    # One behaviour may stand for several questions.
    cells = {
        (cell.behaviour, *cell.place): facts.cells[cell.behaviour, *cell.place] for one in asked for cell in one.cells
    }
    return Assessment(
        questionnaire.id, questionnaire.title, questionnaire.about, facts.case, facts.overview.since,
        facts.overview.until, sites, len(known),
        _without_logs(facts), tuple(one.answer() for one in asked), steps_of(cells.values(), content),
        sum(not host.site for host in known) if sites else 0,
    )  # fmt: skip


def _without_logs(facts: CaseFacts) -> int:
    return sum(not host.known for host in facts.overview.hosts) + facts.overview.unlisted_hosts


class _Answering:
    """Answers one question."""

    def __init__(self, question: Question, facts: CaseFacts, content: Behaviours) -> None:
        self.question = question
        self.facts = facts
        self.content = content
        wanted = tuple(content.every) if question.everything else question.behaviours
        self.behaviours = [name for name in wanted if name in content.every]
        self.unlooked = tuple(name for name in wanted if name not in content.every)
        found = [
            cell for name in self.behaviours for cell in self.facts.by_behaviour.get(name, ()) if self._counts(cell)
        ]
        self.cells = [_of_technique(cell, question.technique) for cell in found] if question.technique else found

    def _counts(self, cell: Cell) -> bool:
        """Say whether a behaviour on a host belongs to the question."""
        host = self.facts.hosts.get(cell.place)
        # What was seen where it should not be possible is told all the same.
        possible = may_be(host, self.content.every[cell.behaviour].roles) or cell.answer == "observed"
        return possible and may_be(host, self.question.roles)

    def answer(self) -> QuestionAnswer:
        """Return the answer."""
        question = self.question
        known = [cell for cell in self.cells if self._is_known(cell)]
        pairs = Counter(cell.answer for cell in known)
        seen = self._seen()
        hosts = [host for host in self.facts.overview.hosts if self._host_counts(host)]
        retention, rules = question.facts == "retention", question.facts in _POSTURE
        return QuestionAnswer(
            id=question.id,
            title=question.title,
            asks=question.asks,
            elsewhere=question.elsewhere,
            sources=question.sources,
            note=question.note,
            answer=self._reply(),
            pairs={answer: pairs[answer] for answer in _ANSWERS},
            hosts=_by_host(known),
            seen=tuple(seen[:_SEEN]),
            more_seen=max(len(seen) - _SEEN, 0),
            standings=self._standings(known),
            reasons=_reasons(known),
            steps=steps_of(self.cells, self.content),
            unlooked=self.unlooked,
            logs=tuple(log_reaches(hosts, self._channels(), self.facts.log_sizes)) if retention else (),
            settings=setting_standings(hosts, self.facts.cells, self.content, self.behaviours) if retention else (),
            rules=self._rules() if rules else None,
            hosts_without_logs=_without_logs(self.facts),
        )

    def _is_known(self, cell: Cell) -> bool:
        host = self.facts.hosts.get(cell.place)
        return host is None or host.known

    def _reply(self) -> Reply:
        answers = {cell.answer for cell in self.cells}
        if self.question.facts in _POSTURE:
            return "facts"
        if "observed" in answers:
            return "observed"
        # Hosts beyond the listed ones have no verdicts, and nobody can tell about them.
        overview = self.facts.overview
        settled = answers == {"not_observed"} and not overview.unlisted_hosts and not overview.unjudged_hosts
        return "not_observed" if settled and self.question.logs_suffice and not self.unlooked else "cannot_tell"

    def _host_counts(self, host: HostOverview) -> bool:
        return host.known and may_be(host, self.question.roles)

    def _seen(self) -> list[Seen]:
        found = []
        for cell in self.cells:
            parts = [part for part in cell.parts if part.verdict == "observed"]
            if not parts:
                continue
            evidence = [record for part in parts for record in part.evidence]
            times = [record.time for record in evidence if record.time]
            level = max((str(part.about.get("level", "")) for part in parts), key=level_rank)
            findings = sum(_count(part.about.get("findings")) for part in parts)
            found.append(
                Seen(
                    cell.behaviour,
                    self.content.every[cell.behaviour].title,
                    cell.site,
                    cell.host,
                    min(times, default=parts[0].since),
                    max(times, default=parts[-1].until),
                    findings,
                    level,
                    tuple(evidence[:_EVIDENCE]),
                )
            )
        return sorted(found, key=lambda one: (-level_rank(one.level), one.first, one.behaviour, one.host))

    def _standings(self, cells: Iterable[Cell]) -> tuple[Standing, ...]:
        by_behaviour: defaultdict[str, list[Cell]] = defaultdict(list)
        for cell in cells:
            by_behaviour[cell.behaviour].append(cell)
        return tuple(self._standing(name, by_behaviour[name]) for name in self.behaviours)

    def _standing(self, name: str, own: list[Cell]) -> Standing:
        behaviour = self.content.every[name]
        answers = Counter(cell.answer for cell in own)
        share = sum(cell.told_share for cell in own) / len(own) if own else 0.0
        return Standing(
            name, behaviour.title, behaviour.provenance.sources, answers["observed"], answers["not_observed"],
            answers["cannot_tell"], round(share, 3), any(way.shows == "all" for way in behaviour.evidence),
        )  # fmt: skip

    def _channels(self) -> frozenset[str]:
        found = {"security", "system"}
        for name in self.behaviours:
            for way in self.content.every[name].evidence:
                for leaf in self.content.leaves(way.observable):
                    found.add(self.content.observables[leaf].channel.casefold())
        return frozenset(found)

    def _rules(self) -> RuleFacts:
        every = self.behaviours or list(self.content.every)
        by_behaviour = {
            name: {rule for way in self.content.every[name].evidence for rule in self.content.rules_of(way)}
            for name in every
        }
        shipped = set().union(*by_behaviour.values())
        without = tuple(name for name, rules in by_behaviour.items() if not rules)
        return RuleFacts(len(shipped), len(shipped & self.facts.rules), without)


def _of_technique(cell: Cell, technique: str) -> Cell:
    """Return a cell in which only findings count that are of a technique: one behaviour may have several."""
    parts = [
        part
        if part.verdict != "observed" or bears(part.rules, technique)
        else msgspec.structs.replace(part, verdict="cannot_tell", reason="not_examined", evidence=())
        for part in cell.parts
    ]
    return Cell(cell.behaviour, cell.site, cell.host, parts)


def _by_host(cells: Iterable[Cell]) -> dict[Answer, int]:
    """Return by answer how many hosts there are."""
    by_host: defaultdict[Place, set[Answer]] = defaultdict(set)
    for cell in cells:
        by_host[cell.place].add(cell.answer)
    found: Counter[Answer] = Counter()
    for answers in by_host.values():
        if "observed" in answers:
            found["observed"] += 1
        else:
            found["not_observed" if answers == {"not_observed"} else "cannot_tell"] += 1
    return {answer: found[answer] for answer in _ANSWERS}


def _reasons(cells: Iterable[Cell]) -> tuple[ReasonCount, ...]:
    """Return why nobody can tell, also where that is so for a part of the period only."""
    pairs: defaultdict[Reason, set[CellKey]] = defaultdict(set)
    evidence: defaultdict[Reason, dict[RecordReference, None]] = defaultdict(dict)
    for cell in cells:
        for part in cell.parts:
            if part.reason is not None:
                pairs[part.reason].add((cell.behaviour, cell.site, cell.host))
                for record in part.evidence:
                    evidence[part.reason].setdefault(record)
    counted = [
        ReasonCount(reason, len(keys), _few_hosts(keys), tuple(evidence[reason])[:_EVIDENCE])
        for reason, keys in pairs.items()
    ]
    return tuple(sorted(counted, key=lambda one: (-one.pairs, one.reason)))


def _few_hosts(keys: Iterable[CellKey]) -> tuple[str, ...]:
    return tuple(sorted({host for _, _, host in keys})[:_HOSTS])


def _count(value: object) -> int:
    return value if isinstance(value, int) else 1
