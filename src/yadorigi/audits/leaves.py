"""When one sort of event would be at hand had it happened, and what stands in the way elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.audits.estate import Estate
from yadorigi.audits.gaps import Missing
from yadorigi.audits.kept import KeptLogs
from yadorigi.audits.recorded import Recording, Recordings
from yadorigi.audits.timeline import Stretch, Timeline, overlaid
from yadorigi.schema.times import ticks_of
from yadorigi.schema.verdict import Reason, RecordReference

if TYPE_CHECKING:
    from yadorigi.audits.estate import Host, HostKey
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.coverage import Coverage

ADEQUATE: Final = 100
_NOT_EXAMINED: Final = 90
_NOT_KEPT: Final = 80
_FIELD_ABSENT: Final = 60
_NEVER_AUDITED: Final = 40
_NEITHER: Final = 30
_NOT_COLLECTED: Final = 10


class Drop(NamedTuple):
    """Says that events were dropped from the case on purpose.

    Attributes:
        time: canonical, when, or "" where none were.
        before: canonical time before which they were.
    """

    time: str = ""
    before: str = ""


NO_DROP: Final = Drop()


class Grounds(NamedTuple):
    """How near an observable comes to showing its events, and what stands in the way.

    Attributes:
        rank: `ADEQUATE`, or less; the higher, the nearer.
        reason: what stands in the way, None where nothing does.
        observable: id of the leaf.
        channel: of the leaf.
        setting: id of the setting that would have to be on, or "".
        known_by: what says whether it is on, or "".
        evidence: records that show it.
        records: how many records are missing, or None.
        since, until: ticks between which the log is missing, 0 where that does not apply.
        rules: rules that are not loaded, of `rule_not_loaded`.
        silent: whether the log fell silent against its own rhythm, without a missing number.
        drop: what took away the events that nobody examined.
    """

    rank: int
    reason: Reason | None
    observable: str
    channel: str
    setting: str = ""
    known_by: str = ""
    evidence: tuple[RecordReference, ...] = ()
    records: int | None = None
    since: int = 0
    until: int = 0
    rules: tuple[str, ...] = ()
    silent: bool = False
    drop: Drop = NO_DROP


class Leaves:
    """Answers for all hosts of an estate.

    Attributes:
        estate: the hosts.
        behaviours: the content.
        logs: when logs are at hand.
        recordings: when events would have been written.
    """

    def __init__(self, estate: Estate, behaviours: Behaviours, period: Stretch) -> None:
        """Take the hosts, the content and the period."""
        self.estate = estate
        self.behaviours = behaviours
        self.period = period
        self.logs = KeptLogs(estate, period)
        self.recordings = Recordings(estate, behaviours, period)
        self._known: dict[tuple[int, str], Timeline[Grounds]] = {}

    def grounds(self, host: Host, leaf: str) -> Timeline[Grounds]:
        """Return for each moment whether an observable (a leaf) would be at hand had it happened."""
        key = (id(host), leaf)
        if key not in self._known:
            self._known[key] = self._grounds(host, leaf)
        return self._known[key]

    def forget(self, key: HostKey) -> None:
        """Let go of what can be worked out again, once all is said of a host."""
        self._known.clear()
        self.logs.forget()
        self.recordings.forget()
        host = self.estate.hosts.get(key)
        if host is not None:
            host.forget()

    def _grounds(self, host: Host, leaf: str) -> Timeline[Grounds]:
        observable = self.behaviours.observables[leaf]
        channel = observable.channel
        kept = self.logs.kept(host, channel.casefold())
        if kept is None:
            return Timeline(self.period.start, self.period.end, self._absent(host, leaf, channel))
        recorded = self.recordings.recorded(host, leaf, kept)
        ever = any(recording.on for recording in recorded.values)

        def choose(values: tuple[Missing | Recording | None, ...]) -> Grounds:
            missing, recording = values
            if not isinstance(recording, Recording):
                raise TypeError(recording)
            if isinstance(missing, Missing):
                return Grounds(
                    _NOT_KEPT if ever else _NEITHER, missing.reason, leaf, channel, recording.setting,
                    recording.known_by, missing.evidence, missing.records, missing.since, missing.until,
                    silent=missing.silent,
                )  # fmt: skip
            return _of_recording(recording, leaf, channel)

        both: list[Timeline[Missing | Recording | None]] = [kept.timeline, recorded]  # type: ignore[list-item]  # read only
        return overlaid(both, choose)

    def _absent(self, host: Host, leaf: str, channel: str) -> Grounds:
        setting = self.behaviours.observables[leaf].setting
        lost = self.logs.lost(host, channel.casefold())
        if lost is not None:
            file = self.estate.file(lost)
            reference = RecordReference(file.path, file.sha256, host.name, channel, leaf=file.leaf, shows="damaged")
            return Grounds(_NOT_KEPT, "unreadable", leaf, channel, setting, evidence=(reference,))
        return Grounds(_NOT_COLLECTED, "not_collected", leaf, channel, setting)


def _of_recording(recording: Recording, leaf: str, channel: str) -> Grounds:
    if recording.on:
        return Grounds(ADEQUATE, None, leaf, channel, recording.setting, recording.known_by)
    rank = {"field_absent": _FIELD_ABSENT, "never_audited": _NEVER_AUDITED}.get(recording.reason or "", _NOT_KEPT)
    return Grounds(rank, recording.reason, leaf, channel, recording.setting, recording.known_by, recording.evidence)


def unexamined(grounds: Grounds, reason: Reason, rules: tuple[str, ...] = (), drop: Drop = NO_DROP) -> Grounds:
    """Return adequate grounds as those of logs that nobody looked at."""
    if grounds.rank < ADEQUATE:
        return grounds
    return grounds._replace(rank=_NOT_EXAMINED, reason=reason, rules=rules, drop=drop)


class LeavesByHunt:
    """`Leaves` of all hunts together, and of those in which certain rules were loaded."""

    def __init__(self, coverage: Coverage, behaviours: Behaviours, period: Stretch) -> None:
        """Take what the hunts noted."""
        self._coverage = coverage
        self._behaviours = behaviours
        self._period = period
        self._loaded = [frozenset(hunt.rules) - frozenset(hunt.unfinished_rules) for hunt in coverage.hunts]
        self._all = frozenset(range(len(coverage.hunts)))
        self._known: dict[frozenset[int], Leaves] = {}
        self._of_rules: dict[tuple[str, ...], tuple[frozenset[int], tuple[str, ...]]] = {}
        self._looking: dict[tuple[str, ...], Timeline[frozenset[int]]] = {}
        self.whole = self.of(self._all)

    def of_rules(self, rules: tuple[str, ...]) -> tuple[Leaves | None, tuple[str, ...]]:
        """Return the leaves of the hunts in which all the rules ran to their end, and rules that some hunt lacks.

        None where no hunt had them all.
        """
        if rules not in self._of_rules:
            self._of_rules[rules] = self._able(rules)
        able, lacking = self._of_rules[rules]
        return (self.of(able) if able else None), lacking

    def able(self, rules: tuple[str, ...]) -> frozenset[int]:
        """Return the hunts in which all the rules ran to their end."""
        self.of_rules(rules)
        return self._of_rules[rules][0]

    def looking(self, rules: tuple[str, ...]) -> Timeline[frozenset[int]]:
        """Return for each moment which of these hunts looked at it: none that was interrupted did so for sure."""
        if rules not in self._looking:
            timelines = [Timeline(self._period.start, self._period.end, frozenset[int]())]
            for number in sorted(self.able(rules)):
                hunt = self._coverage.hunts[number]
                if not hunt.interrupted:
                    start = ticks_of(hunt.since) if hunt.since else self._period.start
                    end = ticks_of(hunt.until) if hunt.until else self._period.end
                    timelines.append(Timeline(self._period.start, self._period.end, frozenset[int]()))
                    timelines[-1].put(start, end, frozenset({number}))
            self._looking[rules] = overlaid(timelines, lambda sets: frozenset[int]().union(*sets))
        return self._looking[rules]

    def drop(self, hunts: frozenset[int], moment: int) -> Drop:
        """Return why hunts could not look at a moment, if that is because its events were dropped."""
        for number in sorted(hunts):
            hunt = self._coverage.hunts[number]
            if hunt.dropped and hunt.since and moment < ticks_of(hunt.since):
                return Drop(hunt.dropped, hunt.since)
        return NO_DROP

    def _able(self, rules: tuple[str, ...]) -> tuple[frozenset[int], tuple[str, ...]]:
        wanted = frozenset(rules)
        able = frozenset(number for number in self._all if wanted <= self._loaded[number])
        lacking = sorted({rule for number in self._all - able for rule in wanted - self._loaded[number]})
        return able, tuple(lacking)

    def gave_up(self, rules: tuple[str, ...]) -> bool:
        """Say whether one of the rules gave up for lack of time in some hunt."""
        return any(set(rules) & set(hunt.unfinished_rules) for hunt in self._coverage.hunts)

    def forget(self, key: HostKey) -> None:
        """Let go of what can be worked out again, once all is said of a host."""
        for leaves in self._known.values():
            leaves.forget(key)

    def of(self, hunts: frozenset[int]) -> Leaves:
        """Return what logs could show of some hunts together."""
        if hunts not in self._known:
            estate = Estate(self._coverage, hunts)
            self._known[hunts] = Leaves(estate, self._behaviours, self._period)
        return self._known[hunts]
