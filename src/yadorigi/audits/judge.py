"""The verdicts: was it there, was it not, or can nobody tell (docs/verdict-model.md).

Reads what the hunts of a case noted and what they found; gives the lines of ``verdicts.jsonl``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.audits.leaves import ADEQUATE, Grounds, LeavesByHunt, unexamined
from yadorigi.audits.timeline import Stretch, Timeline, overlaid
from yadorigi.limits import UNKNOWN_HOSTS_LIMIT, VERDICT_EVIDENCE_LIMIT
from yadorigi.packs.words import verdict_words
from yadorigi.schema.times import ticks_of, time_of
from yadorigi.schema.verdict import Answer, Reason, RecordReference, Verdict

if TYPE_CHECKING:
    from yadorigi.audits.estate import Host, HostKey
    from yadorigi.audits.found import Cluster, FoundBehaviours
    from yadorigi.audits.leaves import Leaves
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.behaviour import Behaviour, EvidenceWay
    from yadorigi.schema.coverage import Coverage

_UNKNOWABLE: Final = Grounds(0, "not_examined", "", "")
"""Of a behaviour that no Windows log shows whole."""


class _State(NamedTuple):
    """What holds of a behaviour on a host for some time."""

    answer: Answer
    grounds: Grounds
    rules: tuple[str, ...] = ()
    cluster: int = -1


def period_of(coverage: Coverage) -> Stretch | None:
    """Return the case's period: as asked for, else first event to just behind the last; None without events."""
    starts, ends = [], []
    for hunt in coverage.hunts:
        times = [
            (first, last)
            for log in hunt.logs
            for first, last in [
                *((run.earliest, run.latest) for run in log.runs),
                *((earliest, latest) for _, earliest, latest, _ in log.unnumbered),
            ]
        ]
        if times or (hunt.since and hunt.until):
            starts.append(hunt.since or min(first for first, _ in times))
            ends.append(ticks_of(hunt.until) if hunt.until else ticks_of(max(last for _, last in times)) + 1)
    if not starts:
        return None
    start = ticks_of(min(starts))
    return Stretch(start, max(*ends, start + 1))


class Judge:
    """Gives the verdicts of a case.

    Attributes:
        coverage: what the hunts noted.
        behaviours: the content.
        period: of the case, in ticks.
        leaves: what logs of all hunts together could show.
        unlisted_hosts: how many hosts without logs have no verdicts, since there are too many.
    """

    def __init__(self, coverage: Coverage, behaviours: Behaviours, period: Stretch) -> None:
        """Take the case."""
        self.coverage = coverage
        self.behaviours = behaviours
        self.period = period
        self._by_hunt = LeavesByHunt(coverage, behaviours, period)
        self.leaves: Leaves = self._by_hunt.whole
        unknown = self.leaves.estate.unknown
        self._unknown = sorted(unknown, key=lambda key: (not unknown[key][1].member, key[0] or "", key[1]))
        self.unlisted_hosts = max(len(self._unknown) - UNKNOWN_HOSTS_LIMIT, 0)

    @property
    def unknown_hosts(self) -> list[HostKey]:
        """Return the hosts without logs that get verdicts, those with an account in the domain first."""
        return self._unknown[:UNKNOWN_HOSTS_LIMIT]

    def verdicts(self, found: FoundBehaviours) -> Iterator[Verdict]:
        """Give the verdicts by host and behaviour, in the order of time; hosts without logs last."""
        estate = self.leaves.estate
        for key in sorted(estate.hosts, key=lambda key: (key[0] or "", key[1])):
            host = estate.hosts[key]
            clusters, leads = self._found(found, key)
            for behaviour in self.behaviours.every.values():
                yield from self._of_behaviour(host, behaviour, clusters.get(behaviour.id, []),
                                              leads.get(behaviour.id, []))  # fmt: skip
        for key in self.unknown_hosts:
            yield from self._of_unknown(key)

    def _found(self, found: FoundBehaviours, key: HostKey) -> tuple[dict[str, list[Cluster]], dict[str, list[Cluster]]]:
        """Return what was found on a host, under whichever of its names."""
        names = self.leaves.estate.names
        tables = []
        for table in (found.clusters, found.leads):
            together: dict[str, list[Cluster]] = {}
            for (site, host), by_behaviour in table.items():
                if (site, names.key(site, host)) == key:
                    for behaviour, clusters in by_behaviour.items():
                        together.setdefault(behaviour, []).extend(clusters)
            tables.append(together)
        return tables[0], tables[1]

    # ------------------------------------------------------------------------------------------------- one behaviour

    def _of_behaviour(
        self, host: Host, behaviour: Behaviour, clusters: list[Cluster], leads: list[Cluster]
    ) -> Iterator[Verdict]:
        timeline = self.states(host, behaviour)
        for number, cluster in enumerate(clusters):
            grounds = timeline.at(min(max(cluster.first, self.period.start), self.period.end - 1)).grounds
            state = _State("observed", grounds, tuple(sorted(cluster.rules)), number)
            timeline.put(*cluster.stretch, state)
        for start, end, state in timeline.parts():
            cluster_of = clusters[state.cluster] if state.cluster >= 0 else None
            own_leads = [lead for lead in leads if lead.first < end and start <= lead.last]
            yield from self._lines(behaviour, host.site, host.name, Stretch(start, end),
                                   self._about(host, behaviour, state, cluster_of, own_leads))  # fmt: skip

    def states(self, host: Host, behaviour: Behaviour) -> Timeline[_State]:
        """Return for each moment whether logs are adequate for a behaviour, whatever was found.

        Where nothing says whether the host is a domain controller, what is less counts: to know more must not make an
        answer that knowing less would take back.
        """
        told = [self._of_ways(host, _ways(behaviour, controller=controller)) for controller in _may_be(host)]
        return overlaid(told, lambda states: min(states, key=lambda state: state.grounds.rank))

    def _of_ways(self, host: Host, ways: Sequence[EvidenceWay]) -> Timeline[_State]:
        whole = [self._of_way(host, way) for way in ways if way.shows == "all"]
        if not whole:
            return Timeline(self.period.start, self.period.end, _State("cannot_tell", _UNKNOWABLE))
        return overlaid(whole, _nearest)

    def _of_way(self, host: Host, way: EvidenceWay) -> Timeline[_State]:
        """Return for each moment how near a way comes to showing its events, and with which rules."""
        rules = self.behaviours.rules_of(way)
        return self._of_observable(host, way.observable, rules).mapped(lambda grounds: _state(grounds, rules))

    def _of_observable(self, host: Host, name: str, rules: tuple[str, ...]) -> Timeline[Grounds]:
        """Return the grounds of an observable: of those of which each is enough the nearest, else the farthest."""
        observable = self.behaviours.observables[name]
        parts = observable.any_of or observable.all_of
        if not parts:
            return self._examined(host, name, rules)
        choose = max if observable.any_of else min
        timelines = [self._of_observable(host, part, rules) for part in parts]
        return overlaid(timelines, lambda values: choose(values, key=lambda one: one.rank))

    def _examined(self, host: Host, leaf: str, rules: tuple[str, ...]) -> Timeline[Grounds]:
        """Return the grounds of a leaf, with what nobody looked at taken out."""
        whole = self.leaves.grounds(host, leaf)
        able, lacking = self._by_hunt.of_rules(rules)
        if able is None or lacking:
            reason: Reason = "not_examined" if self._by_hunt.gave_up(rules) else "rule_not_loaded"
            key = next(key for key, known in self.leaves.estate.hosts.items() if known is host)
            own = able.estate.hosts.get(key) if able is not None else None
            if able is None or own is None:
                whole = whole.mapped(lambda one: unexamined(one, reason, lacking))
            else:
                whole = overlaid(
                    [whole, able.grounds(own, leaf)],
                    lambda both: both[0] if both[1].rank == ADEQUATE else unexamined(both[0], reason, lacking),
                )
        return self._within_hunts(host, leaf, whole)

    def _within_hunts(self, host: Host, leaf: str, whole: Timeline[Grounds]) -> Timeline[Grounds]:
        """Take out what lies outside of the period of a hunt, and what a hunt did not come to."""
        log = host.logs.get(self.behaviours.observables[leaf].channel.casefold())
        for number, _ in log.parts if log is not None else ():
            hunt = self.coverage.hunts[number]
            if not (hunt.since or hunt.until or hunt.interrupted):
                continue
            seen: Timeline[bool] = Timeline(self.period.start, self.period.end, False)
            if not hunt.interrupted:
                start = ticks_of(hunt.since) if hunt.since else self.period.start
                seen.put(start, ticks_of(hunt.until) if hunt.until else self.period.end, True)
            pair: list[Timeline[Any]] = [whole, seen]
            whole = overlaid(pair, lambda both: both[0] if both[1] else unexamined(both[0], "not_examined"))
        return whole

    # -------------------------------------------------------------------------------------------------------- words

    def _about(
        self, host: Host, behaviour: Behaviour, state: _State, cluster: Cluster | None, leads: list[Cluster]
    ) -> _Line:
        grounds = state.grounds
        about: dict[str, Any] = {
            "observable": grounds.observable,
            "channel": grounds.channel,
            "setting": grounds.setting,
            "known_by": grounds.known_by,
            "needs": self._needs(host, behaviour),
        }
        if leads:
            about["leads"] = sum(lead.findings for lead in leads)
        if cluster is not None:
            about |= {"findings": cluster.findings, "level": cluster.level}
            evidence = tuple(record for _, record in cluster.evidence)
        elif state.answer == "not_observed":
            led = [msgspec.structs.replace(record, shows="lead") for lead in leads for _, record in lead.evidence]
            evidence = tuple(led[:VERDICT_EVIDENCE_LIMIT])
        else:
            evidence = grounds.evidence
            if grounds.records is not None:
                about["records"] = grounds.records
            if grounds.until:
                about |= {"missing_from": time_of(grounds.since), "missing_to": time_of(grounds.until)}
            if grounds.rules:
                about["rules"] = list(grounds.rules)
        return _Line(state, evidence, about)

    def _needs(self, host: Host, behaviour: Behaviour) -> list[str]:
        """Return what would have to be on or collected: ids of settings, and channels behind ``channel:``."""
        needs: dict[str, None] = {}
        ways = {way for controller in _may_be(host) for way in _ways(behaviour, controller=controller)}
        for way in behaviour.evidence:
            if way not in ways or way.shows != "all":
                continue
            for leaf in self.behaviours.leaves(way.observable):
                observable = self.behaviours.observables[leaf]
                if observable.setting in self.behaviours.settings:
                    needs[observable.setting] = None
                    if observable.field == "CommandLine":
                        needs["process_command_line"] = None
                else:
                    needs[f"channel:{observable.channel}"] = None
        return list(needs)

    def _of_unknown(self, key: HostKey) -> Iterator[Verdict]:
        number, seen = self.leaves.estate.unknown[key]
        file = self.coverage.hunts[number].files[seen.file]
        reference = RecordReference(
            file.path, file.sha256, seen.host, seen.channel, seen.record_id, time=seen.first, shows="sighted"
        )
        grounds = Grounds(0, "host_unknown", "", "", evidence=(reference,))
        about: dict[str, Any] = {"sightings": seen.times, "seen_by": seen.host, "member": seen.member}
        for behaviour in self.behaviours.every.values():
            line = _Line(_State("cannot_tell", grounds), (reference,), about)
            yield from self._lines(behaviour, key[0], seen.name, self.period, line)

    def _lines(
        self, behaviour: Behaviour, site: str | None, host: str, stretch: Stretch, line: _Line
    ) -> Iterator[Verdict]:
        """Give the lines of a part, one per technique."""
        state, evidence, about = line
        reason = state.grounds.reason if state.answer == "cannot_tell" else None
        bare = Verdict(
            technique="", behaviour=behaviour.id, site=site, host=host, since=time_of(stretch.start),
            until=time_of(stretch.end), verdict=state.answer, reason=reason, detail="", action="", rules=state.rules,
            evidence=evidence, blind_spots=tuple(words.en for words in behaviour.blind), about=about,
        )  # fmt: skip
        detail, action = verdict_words(bare, "en")
        for technique in behaviour.techniques:
            yield Verdict(
                technique, behaviour.id, site, host, bare.since, bare.until, state.answer, reason, detail, action,
                state.rules, evidence, bare.blind_spots, about,
            )  # fmt: skip


class _Line(NamedTuple):
    """What the lines of one part say."""

    state: _State
    evidence: tuple[RecordReference, ...]
    about: dict[str, Any]


def _may_be(host: Host) -> tuple[bool, ...]:
    """Return whether a host is a domain controller, both where nothing says so."""
    if host.role == "domain_controller":
        return (True,)
    return (False,) if host.is_no_controller else (True, False)


def _ways(behaviour: Behaviour, *, controller: bool) -> tuple[EvidenceWay, ...]:
    """Return the ways that a host of its role has, all of them where its role rules out all that show all."""
    possible = tuple(
        way
        for way in behaviour.evidence
        if not way.roles
        or ("domain_controller" in way.roles if controller else set(way.roles) != {"domain_controller"})
    )
    return possible if any(way.shows == "all" for way in possible) else behaviour.evidence


def _state(grounds: Grounds, rules: tuple[str, ...]) -> _State:
    return _State("not_observed" if grounds.rank == ADEQUATE else "cannot_tell", grounds, rules)


def _nearest(states: tuple[_State, ...]) -> _State:
    """Return what is said of several ways: all adequate ones are named, else the one that comes nearest to it."""
    best = max(states, key=lambda state: state.grounds.rank)
    if best.answer == "not_observed":
        rules = {rule for state in states if state.answer == "not_observed" for rule in state.rules}
        return best._replace(rules=tuple(sorted(rules)))
    return best
