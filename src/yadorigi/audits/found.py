"""Findings by the behaviour that they are of: reads ``findings.jsonl``, gives what verdicts need of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UnsetType

from yadorigi.audits.timeline import DAY_TICKS, Stretch
from yadorigi.ingest.coverage import known_name
from yadorigi.limits import VERDICT_EVIDENCE_LIMIT
from yadorigi.schema.finding import BurstEvidence, level_rank
from yadorigi.schema.times import TICKS_PER_SECOND, ticks_of
from yadorigi.schema.verdict import RecordReference

if TYPE_CHECKING:
    from yadorigi.audits.estate import HostKey
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.coverage import Coverage

_APART: Final = DAY_TICKS
"""Findings that are further apart are told apart."""
_BEGIN: Final = b'{"rule_id":"'
_END: Final = b"}\n"
_MILLISECOND: Final = TICKS_PER_SECOND // 1_000


class FoundLine(msgspec.Struct, frozen=True):
    """What of a line of ``findings.jsonl`` verdicts need."""

    rule_id: str
    level: str
    time: str
    host: str
    evidence: tuple[BurstEvidence, ...]
    site: str | None = None
    correlated: bool = False


@dataclass(slots=True)
class Cluster:
    """Findings of a behaviour on a host that lie near each other.

    Attributes:
        first, last: ticks of the first and last of them.
        findings: how many.
        level: the highest.
        rules: ids of the rules.
        evidence: records of the first ones of the highest levels.
    """

    first: int
    last: int
    findings: int = 0
    level: str = ""
    rules: set[str] = field(default_factory=set)
    evidence: list[tuple[int, RecordReference]] = field(default_factory=list)

    @property
    def stretch(self) -> Stretch:
        """Return from the first to just behind the last finding, in whole milliseconds.

        Many logs and most readers know no finer time; the moment of a record must not fall out of its own stretch.
        """
        return Stretch(self.first // _MILLISECOND * _MILLISECOND, (self.last // _MILLISECOND + 1) * _MILLISECOND)

    def add(self, tick: int, line: FoundLine, records: Iterable[RecordReference]) -> None:
        """Take in a finding, which is not earlier than those before it."""
        self.last = max(self.last, tick)
        self.findings += 1
        self.rules.add(line.rule_id)
        rank = level_rank(line.level)
        if not self.level or rank > level_rank(self.level):
            self.level = line.level
        full = len(self.evidence) >= VERDICT_EVIDENCE_LIMIT
        if full and rank <= self.evidence[-1][0]:
            return
        self._show([(rank, record) for record in records])

    def join(self, other: Cluster) -> None:
        """Take in a cluster of the same behaviour and host under another name, which does not begin earlier."""
        self.last = max(self.last, other.last)
        self.findings += other.findings
        self.level = max(self.level, other.level, key=level_rank)
        self.rules |= other.rules
        self._show(other.evidence)

    def _show(self, evidence: list[tuple[int, RecordReference]]) -> None:
        self.evidence += evidence
        # Higher levels first; among equals the earlier ones stay in front.
        self.evidence.sort(key=lambda item: -item[0])
        del self.evidence[VERDICT_EVIDENCE_LIMIT:]


class FoundBehaviours:
    """All findings that are of some behaviour.

    Attributes:
        clusters: by site and host in lower case, then behaviour.
        leads: the same of findings that are no more than leads.
        findings: how many lines were read.
    """

    def __init__(self, behaviours: Behaviours, coverage: Coverage) -> None:
        """Start empty; content and the tags of the rules that were run say which rules are of which behaviours."""
        self._of_rule: dict[str, set[str]] = {}
        for hunt in coverage.hunts:
            for rule, named in hunt.tags.items():
                self._of_rule.setdefault(rule, set()).update(name for name in named if name in behaviours.every)
        for behaviour in behaviours.every.values():
            for way in behaviour.evidence:
                for rule in way.rules:
                    self._of_rule.setdefault(behaviours.rule_ids[rule], set()).add(behaviour.id)
        self._leads = behaviours.leads
        self._decode = msgspec.json.Decoder(FoundLine).decode
        self.clusters: dict[HostKey, dict[str, list[Cluster]]] = {}
        self.leads: dict[HostKey, dict[str, list[Cluster]]] = {}
        self.findings = 0

    def read(self, lines: Iterable[bytes]) -> None:
        """Take in the lines of ``findings.jsonl``, which are in the order of time.

        Raises:
            msgspec.MsgspecError: a line that may be about a behaviour is none of it.
        """
        wanted = {rule.encode("utf-8", "surrogatepass") for rule, behaviours in self._of_rule.items() if behaviours}
        for text in lines:
            self.findings += 1
            rule = _rule_of(text)
            if rule is not None and rule not in wanted:
                continue  # Most lines, where rules are not this program's own; some are long.
            line = self._decode(text)
            behaviours = self._of_rule.get(line.rule_id)
            if behaviours:
                self._add(line, sorted(behaviours))

    def _add(self, line: FoundLine, behaviours: list[str]) -> None:
        by_host: dict[HostKey, list[BurstEvidence]] = {}
        for evidence in line.evidence:
            site = line.site if isinstance(evidence.site, UnsetType) else evidence.site
            host = known_name(line.host or evidence.host).casefold()
            by_host.setdefault((site, host), []).append(evidence)
        for key, records in by_host.items():
            time = min((record.time for record in records if record.time), default=line.time)
            tick = ticks_of(time if line.correlated else line.time)
            references = [_reference(record, line) for record in records[:VERDICT_EVIDENCE_LIMIT]]
            for behaviour in behaviours:
                table = self.leads if (behaviour, line.rule_id) in self._leads else self.clusters
                known = table.setdefault(key, {}).setdefault(behaviour, [])
                if not known or tick - known[-1].last > _APART:
                    known.append(Cluster(tick, tick))
                known[-1].add(tick, line, references)


def _rule_of(text: bytes) -> bytes | None:
    """Return the id of a line's rule as it begins a whole line, None where only decoding tells."""
    if not text.startswith(_BEGIN) or not text.endswith(_END):
        return None
    end = text.find(b'"', len(_BEGIN))
    rule = text[len(_BEGIN) : end]
    return None if end < 0 or b"\\" in rule else rule


def found_under(table: dict[HostKey, dict[str, list[Cluster]]], names: Iterable[HostKey]) -> dict[str, list[Cluster]]:
    """Return the clusters of a host by behaviour, in the order of time, under whichever of its names."""
    tables = [table[name] for name in names if name in table]
    if len(tables) == 1:
        return tables[0]
    together: dict[str, list[Cluster]] = {}
    for behaviour in dict.fromkeys(name for own in tables for name in own):
        clusters = sorted(
            (cluster for own in tables for cluster in own.get(behaviour, ())),
            key=lambda cluster: (cluster.first, cluster.last),
        )
        joined: list[Cluster] = []
        for cluster in clusters:
            if joined and cluster.first - joined[-1].last <= _APART:
                joined[-1].join(cluster)
            else:
                joined.append(replace(cluster, rules={*cluster.rules}, evidence=[*cluster.evidence]))
        together[behaviour] = joined
    return together


def _reference(evidence: BurstEvidence, line: FoundLine) -> RecordReference:
    return RecordReference(
        evidence.file, evidence.sha256, known_name(evidence.host), known_name(evidence.channel), evidence.record_id,
        evidence.line,
        evidence.leaf, evidence.time or line.time, line.rule_id,
    )  # fmt: skip
