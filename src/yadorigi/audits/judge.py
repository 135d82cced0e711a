"""The verdicts: was it there, was it not, or can nobody tell (docs/verdict-model.md).

Reads what the hunts of a case noted and what they found; gives the lines of ``verdicts.jsonl``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from yadorigi.audits.found import found_under
from yadorigi.audits.leaves import ADEQUATE, Drop, Grounds, LeavesByHunt, unexamined
from yadorigi.audits.timeline import LAST_TICK, Stretch, Timeline, overlaid, told_time
from yadorigi.limits import JUDGED_HOSTS_LIMIT, UNKNOWN_HOSTS_LIMIT, VERDICT_EVIDENCE_LIMIT
from yadorigi.packs.words import verdict_words
from yadorigi.schema.platforms import WINDOWS
from yadorigi.schema.times import ticks_of
from yadorigi.schema.verdict import Answer, Reason, RecordReference, Verdict

if TYPE_CHECKING:
    from yadorigi.audits.estate import Host, HostKey
    from yadorigi.audits.found import Cluster, FoundBehaviours
    from yadorigi.audits.leaves import Leaves
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.behaviour import Behaviour, EvidenceWay
    from yadorigi.schema.coverage import Coverage

_UNKNOWABLE: Final = Grounds(0, "not_examined", "", "")
"""Of a behaviour that no log of the host's kind shows whole."""


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
    start = min(ticks_of(min(starts)), LAST_TICK - 1)
    return Stretch(start, min(max(*ends, start + 1), LAST_TICK))


class Judge:
    """Gives the verdicts of a case.

    Attributes:
        coverage: what the hunts noted.
        behaviours: the content.
        period: of the case, in ticks.
        hosts: those with logs that get verdicts, by site and name.
        leaves: what logs of all hunts together could show.
        unlisted_hosts: how many hosts without logs have no verdicts, since there are too many.
        unjudged_hosts: how many hosts with logs have none for the same reason.
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
        hosts = sorted(self.leaves.estate.hosts.values(), key=lambda host: (-host.records, _order(host)))
        self.hosts = sorted(hosts[:JUDGED_HOSTS_LIMIT], key=_order)
        self.unjudged_hosts = len(hosts) - len(self.hosts)
        self._of_host: dict[tuple[str, tuple[str, ...]], Timeline[Grounds]] = {}
        self._needed: dict[tuple[str, tuple[bool, ...], frozenset[str]], list[str]] = {}
        self._ends: dict[tuple[HostKey, str], Answer] = {}
        self._formats: dict[str, frozenset[str]] = {}

    @property
    def unknown_hosts(self) -> list[HostKey]:
        """Return the hosts without logs that get verdicts, those with an account in the domain first."""
        return self._unknown[:UNKNOWN_HOSTS_LIMIT]

    def verdicts(self, found: FoundBehaviours) -> Iterator[Verdict]:
        """Give the verdicts by host and behaviour, in the order of time; hosts without logs last."""
        for host in self.hosts:
            yield from self.of_host(host, found)
            self.forget(host)
        yield from self.of_unknown_hosts()

    def of_host(self, host: Host, found: FoundBehaviours) -> Iterator[Verdict]:
        """Give the verdicts of one host with logs, by behaviour: of what its logs can show, and of what was found."""
        names = tuple(self.leaves.estate.names.of(host.key))
        clusters, leads = found_under(found.clusters, names), found_under(found.leads, names)
        for behaviour in self.behaviours.every.values():
            if not (self.asks(host, behaviour) or behaviour.id in clusters or behaviour.id in leads):
                continue
            yield from self._of_behaviour(host, behaviour, clusters.get(behaviour.id, []), leads.get(behaviour.id, []))

    def asks(self, host: Host, behaviour: Behaviour) -> bool:
        """Say whether a host is judged by a behaviour though nothing was found.

        One with logs of Windows is judged by all. An appliance is none to ask about the Windows registry, nor about
        weak points of another maker: there must be a way in which logs of a format that it has show the behaviour.
        """
        return WINDOWS in host.formats or any(
            self._formats_of(way) & host.formats for way in behaviour.evidence if not way.incidental
        )

    def _formats_of(self, way: EvidenceWay) -> frozenset[str]:
        """Return the formats of the logs that a way is about."""
        known = self._formats.get(way.observable)
        if known is None:
            known = self._formats[way.observable] = self.behaviours.formats_of(way)
        return known

    def _ways(self, host: Host, behaviour: Behaviour, *, controller: bool) -> tuple[EvidenceWay, ...]:
        """Return the ways that a host has, by its logs and its role: all are of formats of which it has logs."""
        own = tuple(way for way in behaviour.evidence if self._formats_of(way) & host.formats)
        return _of_role(own, controller=controller)

    def of_unknown_hosts(self) -> Iterator[Verdict]:
        """Give the verdicts of hosts without logs."""
        for key in self.unknown_hosts:
            yield from self._of_unknown(key)

    def forget(self, host: Host) -> None:
        """Let go of what can be worked out again, once all is said of a host: a case may have thousands."""
        self._of_host.clear()
        self._ends.clear()
        self._by_hunt.forget(host.key)

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
            own_leads = leads[bisect_left(leads, start, key=_last_of) : bisect_left(leads, end, key=_first_of)]
            yield from self._lines(behaviour, host.site, host.name, Stretch(start, end),
                                   self._about(host, behaviour, state, cluster_of, own_leads))  # fmt: skip

    def states(self, host: Host, behaviour: Behaviour) -> Timeline[_State]:
        """Return for each moment whether logs are adequate for a behaviour, whatever was found.

        Where nothing says whether the host is a domain controller, what is less counts: to know more must not make an
        answer that knowing less would take back.
        """
        told = [
            self._of_ways(host, ways)
            for ways in dict.fromkeys(
                self._ways(host, behaviour, controller=controller) for controller in _may_be(host)
            )
        ]
        states = told[0]
        if len(told) > 1:
            states = overlaid(told, lambda both: min(both, key=lambda state: state.grounds.rank))
        self._ends[host.key, behaviour.id] = states.values[-1].answer
        return states

    def answer_at_end(self, host: Host, behaviour: Behaviour) -> Answer:
        """Return what logs could say of a behaviour at the end of the period, whatever was found."""
        known = self._ends.get((host.key, behaviour.id))
        return known if known is not None else self.states(host, behaviour).values[-1].answer

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
        known = self._of_host.get((name, rules))
        if known is not None:
            return known
        observable = self.behaviours.observables[name]
        parts = observable.any_of or observable.all_of
        if parts:
            choose = max if observable.any_of else min
            timelines = [self._of_observable(host, part, rules) for part in parts]
            known = overlaid(timelines, lambda values: choose(values, key=lambda one: one.rank))
        else:
            known = self._examined(host, name, rules)
        self._of_host[name, rules] = known
        return known

    def _examined(self, host: Host, leaf: str, rules: tuple[str, ...]) -> Timeline[Grounds]:
        """Return the grounds of a leaf, with what nobody looked at taken out."""
        whole = self.leaves.grounds(host, leaf)
        able, lacking = self._by_hunt.of_rules(rules)
        if able is None or lacking:
            reason: Reason = "not_examined" if self._by_hunt.gave_up(rules) else "rule_not_loaded"
            own = able.estate.hosts.get(host.key) if able is not None else None
            if able is None or own is None:
                whole = whole.mapped(lambda one: unexamined(one, reason, lacking))
            else:
                whole = overlaid(
                    [whole, able.grounds(own, leaf)],
                    lambda both: both[0] if both[1].rank == ADEQUATE else unexamined(both[0], reason, lacking),
                )
        return self._within_hunts(host, leaf, rules, whole)

    def _within_hunts(
        self, host: Host, leaf: str, rules: tuple[str, ...], whole: Timeline[Grounds]
    ) -> Timeline[Grounds]:
        """Take out what no hunt with the rules looked at: outside of its period, or where it did not come to."""
        log = host.logs.get(self.behaviours.observables[leaf].channel.casefold())
        if log is None:
            return whole
        having = frozenset(number for number, _ in log.parts)
        able = having & self._by_hunt.able(rules)
        unseen: Timeline[Drop | None] = Timeline(self.period.start, self.period.end, None)
        for start, end, hunts in self._by_hunt.looking(rules).parts():
            if hunts & having == able:
                continue
            why = self._by_hunt.drop(able - hunts, start)
            own = self._by_hunt.of(hunts).estate.hosts.get(host.key) if hunts & having else None
            if own is None:
                unseen.put(start, end, why)
                continue
            for first, last, grounds in self._by_hunt.of(hunts).grounds(own, leaf).parts():
                if grounds.rank < ADEQUATE:
                    unseen.put(max(first, start), min(last, end), why)
        if unseen.values == [None]:
            return whole
        pair: list[Timeline[Any]] = [whole, unseen]
        return overlaid(
            pair, lambda both: both[0] if both[1] is None else unexamined(both[0], "not_examined", drop=both[1])
        )

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
                about |= {"missing_from": told_time(grounds.since), "missing_to": told_time(grounds.until)}
            if grounds.silent:
                about["silent"] = True
            if grounds.rules:
                about["rules"] = list(grounds.rules)
            if grounds.drop.time:
                about |= {"dropped": grounds.drop.time, "dropped_before": grounds.drop.before}
        return _Line(state, evidence, about)

    def _needs(self, host: Host, behaviour: Behaviour) -> list[str]:
        """Return what would have to be on or collected: ids of settings, and channels behind ``channel:``."""
        key = (behaviour.id, _may_be(host), host.formats)
        if key in self._needed:
            return self._needed[key]
        needs: dict[str, None] = {}
        ways = {way for controller in _may_be(host) for way in self._ways(host, behaviour, controller=controller)}
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
        return self._needed.setdefault(key, list(needs))

    def sighted(self, key: HostKey) -> RecordReference:
        """Return the record in which a host was first seen that has no logs here.

        Raises:
            KeyError: it has some, or nobody saw it.
        """
        number, seen = self.leaves.estate.unknown[key]
        file = self.coverage.hunts[number].files[seen.file]
        return RecordReference(
            file.path,
            file.sha256,
            seen.host,
            seen.channel,
            seen.record_id,
            leaf=file.leaf,
            time=seen.first,
            shows="sighted",
        )

    def _of_unknown(self, key: HostKey) -> Iterator[Verdict]:
        _, seen = self.leaves.estate.unknown[key]
        reference = self.sighted(key)
        grounds = Grounds(0, "host_unknown", "", "", evidence=(reference,))
        about: dict[str, Any] = {"sightings": seen.times, "seen_by": seen.host, "member": seen.member}
        for behaviour in self.behaviours.every.values():
            # Blind spots are of those who look; here nobody could.
            line = _Line(_State("cannot_tell", grounds), (reference,), about, sighted=False)
            yield from self._lines(behaviour, key[0], seen.name, self.period, line)

    def _lines(
        self, behaviour: Behaviour, site: str | None, host: str, stretch: Stretch, line: _Line
    ) -> Iterator[Verdict]:
        """Give the lines of a part, one per technique."""
        state, evidence, about, sighted = line
        blind = tuple(words.en for words in behaviour.blind) if sighted else ()
        reason = state.grounds.reason if state.answer == "cannot_tell" else None
        bare = Verdict(
            technique="", behaviour=behaviour.id, site=site, host=host, since=told_time(stretch.start),
            until=told_time(stretch.end), verdict=state.answer, reason=reason, detail="", action="", rules=state.rules,
            evidence=evidence, blind_spots=blind, about=about,
        )  # fmt: skip
        detail, action = verdict_words(bare, "en")
        for technique in behaviour.techniques:
            yield Verdict(
                technique, behaviour.id, site, host, bare.since, bare.until, state.answer, reason, detail, action,
                state.rules, evidence, blind, about,
            )  # fmt: skip


class _Line(NamedTuple):
    """What the lines of one part say."""

    state: _State
    evidence: tuple[RecordReference, ...]
    about: dict[str, Any]
    sighted: bool = True


def _order(host: Host) -> tuple[str, str]:
    return host.site or "", host.key[1]


def _first_of(cluster: Cluster) -> int:
    return cluster.first


def _last_of(cluster: Cluster) -> int:
    return cluster.last


def _may_be(host: Host) -> tuple[bool, ...]:
    """Return whether a host is a domain controller, both where nothing says so."""
    if host.role == "domain_controller":
        return (True,)
    return (False,) if host.is_no_controller else (True, False)


def _of_role(ways: tuple[EvidenceWay, ...], *, controller: bool) -> tuple[EvidenceWay, ...]:
    """Return the ways that a host of its role has, all of them where its role rules out all that show all."""
    possible = tuple(
        way
        for way in ways
        if not way.roles
        or ("domain_controller" in way.roles if controller else set(way.roles) != {"domain_controller"})
    )
    return possible if any(way.shows == "all" for way in possible) else ways


def _state(grounds: Grounds, rules: tuple[str, ...]) -> _State:
    return _State("not_observed" if grounds.rank == ADEQUATE else "cannot_tell", grounds, rules)


def _nearest(states: tuple[_State, ...]) -> _State:
    """Return what is said of several ways: all adequate ones are named, else the one that comes nearest to it."""
    best = max(states, key=lambda state: state.grounds.rank)
    if best.answer == "not_observed":
        rules = {rule for state in states if state.answer == "not_observed" for rule in state.rules}
        return best._replace(rules=tuple(sorted(rules)))
    return best
