"""When a log is at hand, and why it is not elsewhere (docs/verdict-model.md, "When was a log there?")."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from yadorigi.audits.chains import FileKey
from yadorigi.audits.clocks import clocks_set
from yadorigi.audits.estate import ANY, ENDS, SECURITY, STARTS, SYSTEM, joined
from yadorigi.audits.gaps import Gap, Missing, few_gaps, without_moments
from yadorigi.audits.hours import grain_of, silences
from yadorigi.audits.timeline import HOUR_TICKS, Stretch, Timeline, told_time
from yadorigi.schema.times import TICKS_PER_SECOND, ticks_of
from yadorigi.schema.verdict import Reason, RecordReference

if TYPE_CHECKING:
    from yadorigi.audits.chains import Chain, End
    from yadorigi.audits.estate import Estate, Host, Log
    from yadorigi.schema.coverage import Landmark, NumberedRun

_SYSMON: Final = "microsoft-windows-sysmon/operational"
STEADY: Final = frozenset({SECURITY, SYSTEM, _SYSMON})
"""Channels (lower case) that a host in use writes to many times a day."""

_HOURS_OF_RHYTHM: Final = 12
"""Hours with records from which on a log has a rhythm by which it can be late."""

_BESIDE: Final = 60 * TICKS_PER_SECOND
"""How far a record of a clearing may lie from the gap that it makes."""

_OF_THE_SERVICE: Final = frozenset({6005, 6006})


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one log over the case's period.

    Attributes:
        timeline: None where the log is at hand.
        grain: ticks that are not counted as missing at the ends of the period.
        missing: all stretches in which it is not at hand, within and between its records.
    """

    timeline: Timeline[Missing | None]
    grain: int
    missing: tuple[Missing, ...]


class KeptLogs:
    """Answers when logs are at hand.

    Attributes:
        estate: the hosts.
        period: of the case, in ticks.
    """

    def __init__(self, estate: Estate, period: Stretch) -> None:
        """Take the hosts and the period."""
        self.estate = estate
        self.period = period
        self._known: dict[tuple[int, str], Kept] = {}
        self._clocks: dict[int, tuple[Missing, ...]] = {}

    def kept(self, host: Host, channel: str) -> Kept | None:
        """Return what is known of a log (channel in lower case), None where nothing was read of it."""
        log = host.logs.get(channel)
        if log is None:
            return None
        key = (id(host), channel)
        if key not in self._known:
            self._known[key] = _Judge(self, host, log, channel).kept()
        return self._known[key]

    def lost(self, host: Host, channel: str) -> FileKey | None:
        """Return the file of a log of which nothing could be read, or None."""
        return self.estate.lost_logs.get((host.key, channel))

    def wrong_clocks(self, host: Host) -> tuple[Missing, ...]:
        """Return when the clock of a host was set, which takes something away from all of its logs."""
        known = self._clocks.get(id(host))
        if known is None:
            known = self._clocks[id(host)] = tuple(
                Missing("hole", (self.estate.reference(hunt, mark, "clock_set"),), None, *stretch)
                for stretch, hunt, mark in clocks_set(host)
            )
        return known

    def forget(self) -> None:
        """Let go of what can be worked out again."""
        self._known.clear()
        self._clocks.clear()


def was_off(host: Host, silence: Stretch) -> bool:
    """Say whether records show that a host was shut down at the beginning of a silence and started at its end."""
    marks = host.starts_and_ends
    middle = bisect_right(marks, silence.start + HOUR_TICKS, key=_tick_of_mark)
    if not 0 < middle < len(marks):
        return False
    (ended, last), (started, first) = marks[middle - 1], marks[middle]
    if last not in ENDS or first not in STARTS:
        return False  # The last that is told before the silence is no end, or the first behind it no start.
    if ended < silence.start - 2 * HOUR_TICKS or not (
        silence.end - HOUR_TICKS <= started <= silence.end + 2 * HOUR_TICKS
    ):
        return False
    if not _lacks_nothing(host.logs.get(SYSTEM), ended, started):
        return False  # What is missing between them may say that it was started before.
    since = bisect_left(marks, silence.start - 2 * HOUR_TICKS, key=_tick_of_mark)
    until = bisect_right(marks, silence.end + 2 * HOUR_TICKS, key=_tick_of_mark)
    down = {number for _, number in marks[since:middle] if number in ENDS}
    up = {number for _, number in marks[middle:until] if number in STARTS}
    # The service that writes the logs says no more when somebody stops it alone.
    return bool((down | up) - _OF_THE_SERVICE)


def _tick_of_mark(mark: tuple[int, int]) -> int:
    return mark[0]


def _lacks_nothing(log: Log | None, start: int, end: int) -> bool:
    """Say whether no number of a log is missing from one moment to another."""
    if log is None:
        return False
    return not log.chains or any(chain.since <= start and end <= chain.until for chain in log.chains)


def _tick_of(clearing: tuple[int, Landmark, int]) -> int:
    return clearing[0]


def around(estate: Estate, host: Host, log: Log, silence: Stretch) -> tuple[RecordReference, ...]:
    """Return the ends of the records that go on over a silence without a missing number."""
    beside = [chain for chain in log.chains if chain.since <= silence.end and silence.start <= chain.until]
    if chains := beside or log.chains[-1:]:
        ends = ((chains[0].first, "first_record"), (chains[0].last, "last_record"))
        return tuple(_end_of(estate, host, log, end, shows) for end, shows in ends)
    bare = [(key, stretch) for key, stretch in log.unnumbered if stretch.start <= silence.end]
    files = [estate.file(key) for key, _ in bare[-1:]]
    return tuple(
        RecordReference(file.path, file.sha256, host.name, log.channel, leaf=file.leaf, shows="last_record")
        for file in files
    )


def _end_of(estate: Estate, host: Host, log: Log, end: End, shows: str) -> RecordReference:
    file = estate.file(end.file)
    return RecordReference(
        file.path,
        file.sha256,
        host.name,
        log.channel,
        end.number,
        leaf=file.leaf,
        time=told_time(end.time),
        shows=shows,
    )


class _Judge:
    """One log."""

    def __init__(self, logs: KeptLogs, host: Host, log: Log, channel: str) -> None:
        self.estate = logs.estate
        self.period = logs.period
        self.host = host
        self.log = log
        self.channel = channel
        self.clearings = sorted(self._clearings(), key=_tick_of)
        self.clocks = logs.wrong_clocks(host)

    def kept(self) -> Kept:
        chains = self.log.chains
        gaps = [self._missing(gap) for gap in few_gaps(self._gaps(chains))]
        between = joined([Stretch(gap.since, gap.until) for gap in gaps])
        hours = self.log.hours(ANY)
        quiet = [*self._silences(hours, between)]
        grain = grain_of(hours, between, partial(was_off, self.host))
        span = self.log.span
        if not chains:
            gaps += self._unnumbered_damage()
        timeline: Timeline[Missing | None] = Timeline(self.period.start, self.period.end, None)
        missing = [*gaps, *quiet, *self.clocks]
        for one in missing:
            timeline.put(one.since, one.until, one)
        before, behind = self._before(chains, span, grain), self._behind(chains, span, grain)
        for edge in (before, behind):
            if edge is not None:
                timeline.put(edge.since, edge.until, edge)
                missing.append(edge)
        return Kept(without_moments(timeline), grain, tuple(sorted(missing, key=lambda one: (one.since, one.until))))

    # --------------------------------------------------------------------------------------------- between records

    def _gaps(self, chains: list[Chain]) -> Iterator[Gap]:
        before = chains[0] if chains else None
        for previous, chain in pairwise(chains):
            # Of all chains so far, the one that reaches furthest.
            before = max((one for one in (before, previous) if one is not None), key=lambda one: one.until)
            start, end = sorted((before.until + 1, chain.since))
            end = max(end, start + 1)
            records = None if chain.anew else chain.first.number - previous.last.number - 1
            reason: Reason = "unreadable" if self._is_lossy(before) or self._is_lossy(chain) else "hole"
            clearing = self._clearing_in(start - _BESIDE, end + _BESIDE)
            if clearing is not None or chain.anew:
                reason = "cleared"
            yield Gap(reason, records, start, end, before.last, chain.first, clearing)

    def _missing(self, gap: Gap) -> Missing:
        beside = (self._end(gap.before, "before_hole"), self._end(gap.behind, "after_hole"))
        cleared = (self._cleared(gap.clearing),) if gap.clearing is not None else ()
        return Missing(gap.reason, (*cleared, *beside), gap.records, gap.since, gap.until)

    def _is_lossy(self, chain: Chain) -> bool:
        return any(self.estate.file(file).lost != 0 for file in chain.files)

    def _clearings(self) -> Iterator[tuple[int, Landmark, int]]:
        """Give the records that say that this log was cleared: tick, landmark, number of the hunt."""
        if self.channel == SECURITY:
            for hunt, mark in self.host.marks(SECURITY, 1102):
                yield ticks_of(mark.time), mark, hunt
        for hunt, mark in self.host.marks(SYSTEM, 104):
            if dict(mark.fields).get("Channel", "").casefold() == self.channel:
                yield ticks_of(mark.time), mark, hunt

    def _clearing_in(self, start: int, end: int) -> tuple[int, Landmark] | None:
        place = bisect_left(self.clearings, start, key=_tick_of)
        if place < len(self.clearings) and self.clearings[place][0] <= end:
            _, mark, hunt = self.clearings[place]
            return hunt, mark
        return None

    def _cleared(self, clearing: tuple[int, Landmark]) -> RecordReference:
        return self.estate.reference(*clearing, "cleared")

    def _unnumbered_damage(self) -> Iterator[Missing]:
        """Without numbers nobody can say where in a damaged file what is lost was."""
        for key, stretch in self.log.unnumbered:
            file = self.estate.file(key)
            if file.damaged:
                reference = RecordReference(
                    file.path, file.sha256, self.host.name, self.log.channel, leaf=file.leaf, shows="damaged"
                )
                yield Missing("unreadable", (reference,), file.lost, *stretch)

    # -------------------------------------------------------------------------------------------------- at the ends

    def _before(self, chains: list[Chain], span: Stretch, grain: int) -> Missing | None:
        """Return what is missing before the first record."""
        cleared = max(
            (item for item in self.clearings if self.period.start < item[0] <= span.start + _BESIDE),
            default=None,
            key=lambda item: item[0],
        )
        if cleared is not None:
            return self._before_clearing(cleared, chains, span, grain)
        if span.start <= self.period.start:
            return None
        first = min(chains, key=lambda chain: chain.since) if chains else None
        evidence = (self._end(first.first, "first_record"),) if first is not None else self._bare("first_record")
        within_grain = span.start - self.period.start <= grain
        if first is not None and first.first.number <= 1:
            return self._before_birth(span, evidence, grain)
        if first is not None and self._losses_elsewhere(first) and not self._begins_sound(first):
            return Missing("unreadable", evidence, None, self.period.start, span.start)
        if within_grain:
            return None
        return Missing("rotated_out", evidence, None, self.period.start, span.start)

    def _before_clearing(
        self, cleared: tuple[int, Landmark, int], chains: list[Chain], span: Stretch, grain: int
    ) -> Missing:
        """Return what is missing before a log that was cleared; after the clearing it may have overwritten records."""
        tick, mark, hunt = cleared
        whole = (bool(chains) and chains[0].first.number <= 1) or span.start - tick <= grain
        until = min(tick, span.start) if whole else span.start
        evidence = (self.estate.reference(hunt, mark, "cleared"),)
        return Missing("cleared", evidence, None, self.period.start, until)

    def _before_birth(self, span: Stretch, evidence: tuple[RecordReference, ...], grain: int) -> Missing | None:
        """Return what is missing before the first record of a log that never held more, unless it was made anew."""
        if span.start - self.period.start <= grain:
            return None
        if self.channel in STEADY or not self._is_quiet(span, grain):
            late = HOUR_TICKS if self.channel in STEADY else 2 * grain
            reason: Reason = "cleared" if self.host.begins < span.start - late else "not_collected"
            if reason == "cleared" and self.channel == _SYSMON and self._system_is_known_at(span.start):
                # A clearing would be told there: Sysmon was installed at this moment.
                reason = "never_audited"
            return Missing(reason, evidence, None, self.period.start, span.start)
        begins = min(self.host.begins, span.start)
        if begins - self.period.start <= HOUR_TICKS:
            return None
        return Missing("not_collected", evidence, None, self.period.start, begins)

    def _is_quiet(self, span: Stretch, grain: int) -> bool:
        """Say whether a log has few records, and is whole: of one that is not, nobody knows how many it had."""
        whole = len(self.log.chains) == 1 and self.period.end - span.end <= grain
        return whole and len(self.log.hours(ANY)) < _HOURS_OF_RHYTHM

    def _system_is_known_at(self, moment: int) -> bool:
        system = self.host.logs.get(SYSTEM)
        return system is not None and any(chain.since <= moment <= chain.until for chain in system.chains)

    def _behind(self, chains: list[Chain], span: Stretch, grain: int) -> Missing | None:
        """Return what is missing behind the last record."""
        if span.end >= self.period.end:
            return None
        last = max(chains, key=lambda chain: chain.until) if chains else None
        evidence = (self._end(last.last, "last_record"),) if last is not None else self._bare("last_record")
        if last is not None and self._losses_elsewhere(last) and not self._ends_sound(last):
            return Missing("unreadable", evidence, None, span.end, self.period.end)
        cleared = self._clearing_in(span.end, self.period.end)
        if cleared is not None:
            evidence = (self._cleared(cleared), *evidence)
            return Missing("cleared", evidence, None, span.end, self.period.end)
        if self.period.end - span.end <= grain:
            return None
        goes_on = self.host.ends > span.end + grain
        return Missing("hole" if goes_on else "not_collected", evidence, None, span.end, self.period.end)

    def _losses_elsewhere(self, chain: Chain) -> bool:
        """Say whether files of a chain lost more records than are missing between numbers."""
        for key in chain.files:
            file = self.estate.file(key)
            if file.damaged and (
                file.lost is None or file.lost > max(self._missing_beside(key), self._missing_within(key))
            ):
                return True
        return False

    def _begins_sound(self, chain: Chain) -> bool:
        """Say whether a whole file has the first record, so that a damaged copy of it takes nothing away."""
        return any(run.first <= chain.first.number <= run.last for run, damaged in self._runs() if not damaged)

    def _ends_sound(self, chain: Chain) -> bool:
        """Say whether a whole file has the last record, and no damaged copy reaches as far."""
        ends = [damaged for run, damaged in self._runs() if run.first <= chain.last.number <= run.last]
        return bool(ends) and not any(ends)

    def _runs(self) -> Iterator[tuple[NumberedRun, bool]]:
        for hunt, part in self.log.parts:
            for run in part.runs:
                yield run, self.estate.file(FileKey(hunt, run.file)).damaged

    def _missing_within(self, key: FileKey) -> int:
        """Return how many numbers are missing between the records of one file, whatever other files have."""
        own = sorted(
            (run.first, run.last)
            for hunt, part in self.log.parts
            for run in part.runs
            if (hunt, run.file) == (key.hunt, key.file)
        )
        return sum(max(first - last - 1, 0) for (_, last), (first, _) in pairwise(own))

    def _missing_beside(self, key: FileKey) -> int:
        chains = self.log.chains
        return sum(
            chain.first.number - before.last.number - 1
            for before, chain in pairwise(chains)
            if not chain.anew and key in before.files | chain.files
        )

    def _end(self, end: End, shows: str) -> RecordReference:
        return _end_of(self.estate, self.host, self.log, end, shows)

    def _bare(self, shows: str) -> tuple[RecordReference, ...]:
        for key, stretch in self.log.unnumbered:
            if shows == "first_record" or stretch.end == self.log.span.end:
                file = self.estate.file(key)
                time = told_time(stretch.start if shows == "first_record" else stretch.end - 1)
                return (RecordReference(file.path, file.sha256, self.host.name, self.log.channel, leaf=file.leaf,
                                        time=time, shows=shows),)  # fmt: skip
        return ()

    # ------------------------------------------------------------------------------------------------------ silence

    def _silences(self, hours: list[int], between: list[Stretch]) -> Iterator[Missing]:
        for silence in silences(hours, between):
            if not was_off(self.host, silence.stretch):
                yield Missing(
                    "hole",
                    around(self.estate, self.host, self.log, silence.stretch),
                    None,
                    *silence.doubtful,
                    silent=True,
                )
