"""When events would have been written (docs/verdict-model.md, "Was it recorded?")."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.audits.estate import SECURITY, joined
from yadorigi.audits.hours import grain_of, silences, unaccompanied
from yadorigi.audits.kept import around, was_off
from yadorigi.audits.timeline import HOUR_TICKS, Stretch, Timeline, overlaid
from yadorigi.limits import HOLES_APART_LIMIT
from yadorigi.packs.behaviours import ALWAYS
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.audits.estate import Estate, Host, HostKey, Log
    from yadorigi.audits.kept import Kept
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.behaviour import Observable, RecordingSetting, Signs
    from yadorigi.schema.overview import KnownBy
    from yadorigi.schema.verdict import Reason, RecordReference

_ADDED: Final = {False: ("%%8449", "success added", "成功の追加"), True: ("%%8451", "failure added", "失敗の追加")}
_REMOVED: Final = {
    False: ("%%8448", "success removed", "成功の削除"),
    True: ("%%8450", "failure removed", "失敗の削除"),
}
_DAY: Final = 24 * HOUR_TICKS


class Recording(NamedTuple):
    """Whether events of an observable would have been written.

    Attributes:
        on: whether they would.
        reason: why not.
        known_by: what says so.
        setting: id of the setting that decides.
        evidence: records that show it.
    """

    on: bool
    reason: Reason | None
    known_by: KnownBy
    setting: str
    evidence: tuple[RecordReference, ...] = ()


class Change(NamedTuple):
    """A change of the audit policy: when, to what, and the record of it."""

    time: int
    on: bool
    evidence: RecordReference


class Recordings:
    """Answers when events would have been written.

    Attributes:
        estate: the hosts.
        behaviours: observables and settings.
        period: of the case, in ticks.
    """

    def __init__(self, estate: Estate, behaviours: Behaviours, period: Stretch) -> None:
        """Take the hosts, the content and the period."""
        self.estate = estate
        self.behaviours = behaviours
        self.period = period
        self._stated: dict[tuple[str | None, str, str], bool] = {}
        self._changes_lost = any("landmarks" in hunt.beyond for hunt in estate.hunts.values())
        self._changes: dict[tuple[HostKey, str, bool], list[Change]] = {}
        for hunt in estate.hunts.values():
            for statement in hunt.settings:
                key = (hunt.site, statement.host.casefold().partition(".")[0], statement.setting)
                # Where files contradict each other, nobody can rely on the one that says "on".
                self._stated[key] = statement.on and self._stated.get(key, True)

    def recorded(self, host: Host, leaf: str, kept: Kept) -> Timeline[Recording]:
        """Return when the events of an observable (a leaf) would have been written to a log that was read."""
        observable = self.behaviours.observables[leaf]
        log = host.logs[observable.channel.casefold()]
        if observable.numbers:
            return self._with_numbers(host, observable, log, kept)
        if observable.rhythm == "steady":
            return self._steady(host, observable, log, kept)
        if observable.field:
            return self._with_field(host, observable, log)
        return self.setting(host, observable.setting, observable)

    # ------------------------------------------------------------------------------------ judged by the events alone

    def _steady(self, host: Host, observable: Observable, log: Log, kept: Kept) -> Timeline[Recording]:
        """Steady events were recorded where there are some, and around them as long as their rhythm allows."""
        hours = sorted({hour for number in observable.event_ids for hour in log.hours(str(number))})
        setting = observable.setting
        filled = hours
        if observable.field:
            filled = sorted(
                {hour for number in observable.event_ids for hour in log.hours(f"{number}:{observable.field}")}
            )
            if hours and not filled:
                absent = Recording(False, "field_absent", "events", self._field_setting(observable))
                return Timeline(self.period.start, self.period.end, absent)
        off = Recording(False, "never_audited", "events", setting)
        found = Timeline(self.period.start, self.period.end, off)
        if not filled:
            return found
        missing = joined([Stretch(one.since, one.until) for one in kept.missing])
        # Silences of the log are left in: whether one is told depends on how much of the log is at hand.
        gaps = joined([Stretch(one.since, one.until) for one in kept.missing if not one.silent])
        grain = grain_of(filled, gaps, partial(was_off, host))
        start, end = filled[0] * HOUR_TICKS, (filled[-1] + 1) * HOUR_TICKS
        # Next to a stretch that is not at hand, events are expected where the log begins; elsewhere none is claimed.
        # From the ends of the period the events themselves must be no further than the grain, whatever lies between.
        if start - self.period.start <= grain:
            start = self.period.start
        else:
            start = min([start, *(one.since for one in kept.missing if one.since < start <= one.until + HOUR_TICKS)])
        if self.period.end - end <= grain:
            end = self.period.end
        else:
            end = max([end, *(one.until for one in kept.missing if one.since - HOUR_TICKS <= end < one.until)])
        # In which moment of its hour recording began or ended, only a change of the policy says.
        start += HOUR_TICKS if start == filled[0] * HOUR_TICKS > self.period.start else 0
        if end == (filled[-1] + 1) * HOUR_TICKS < self.period.end:
            ended = self._switched_off(host, setting, Stretch(end - HOUR_TICKS, end + grain))
            end = end - HOUR_TICKS if ended is None else ended
        found.put(start, end, Recording(True, None, "events", setting))
        for silence in silences(filled, missing):
            if not was_off(host, silence.stretch):
                evidence = around(self.estate, host, log, silence.stretch)
                found.put(*silence.doubtful, Recording(False, "hole", "events", setting, evidence))
        self._cut_at_changes(found, host, observable, filled)
        absent = Recording(False, "field_absent", "events", self._field_setting(observable))
        for stretch in _unfilled(hours, filled, self.period):
            found.put(*stretch, absent)
        return found

    def _with_numbers(self, host: Host, observable: Observable, log: Log, kept: Kept) -> Timeline[Recording]:
        """Steady events of which only some count: a lack of these shows something only where others imply them."""
        signs = {hour for sign in observable.implied_by for hour in _hours_of(log, sign)}
        if host.role in observable.steady_on:
            signs.update(hour for number in observable.event_ids for hour in log.hours(str(number)))
        missing = joined([Stretch(one.since, one.until) for one in kept.missing])
        lacking: Timeline[Recording | None] = Timeline(self.period.start, self.period.end, None)
        for stretch in unaccompanied(sorted(signs), _hours_of(log, observable), missing, self.period):
            evidence = around(self.estate, host, log, stretch)
            lacking.put(*stretch, Recording(False, "hole", "other_events", observable.setting, evidence))
        whole: Timeline[Recording | None] = self._steady(host, observable, log, kept)  # type: ignore[assignment]  # read only

        def choose(values: tuple[Recording | None, ...]) -> Recording:
            recording, lack = values
            if recording is None:
                raise TypeError(recording)
            # Of two holes, the one is told that names what is missing.
            return lack if lack is not None and (recording.on or recording.reason == "hole") else recording

        return overlaid([whole, lacking], choose)

    def _switched_off(self, host: Host, name: str, near: Stretch) -> int | None:
        """Return when a change of the audit policy in a stretch switched a setting off, or None."""
        setting = self.behaviours.settings.get(name)
        changes = self.changes(host, setting) if setting is not None else []
        return next((one.time for one in changes if not one.on and near.start <= one.time <= near.end), None)

    def _cut_at_changes(self, found: Timeline[Recording], host: Host, observable: Observable, hours: list[int]) -> None:
        """Put the moments in which the policy was changed where the events only say about when."""
        setting = self.behaviours.settings.get(observable.setting)
        if setting is None:
            return
        changes = self.changes(host, setting)
        for place, change in enumerate(changes):
            until = changes[place + 1].time if place + 1 < len(changes) else self.period.end
            before = changes[place - 1].time if place else self.period.start
            evidence = (change.evidence,)
            if change.on:
                off = Recording(False, "never_audited", "policy_change", observable.setting, evidence)
                if not _any_in(hours, before, change.time - HOUR_TICKS):
                    found.put(before, change.time, off)
                if _any_in(hours, change.time - HOUR_TICKS, until):
                    grain = change.time + _DAY
                    on = Recording(True, None, "policy_change", observable.setting, evidence)
                    found.put(change.time, min(grain, until), on)
            elif not _any_in(hours, change.time + HOUR_TICKS, until):
                off = Recording(False, "never_audited", "policy_change", observable.setting, evidence)
                found.put(change.time, until, off)

    @staticmethod
    def _field_setting(observable: Observable) -> str:
        """Return the setting that fills a field."""
        return "process_command_line" if observable.field == "CommandLine" else observable.setting

    def _with_field(self, host: Host, observable: Observable, log: Log) -> Timeline[Recording]:
        """Rare events that are of use only where something is filled: script blocks of every script."""
        if any(log.hours(f"{number}:{observable.field}") for number in observable.event_ids):
            on = Recording(True, None, "events", observable.setting)
            return Timeline(self.period.start, self.period.end, on)
        stated = self._statement(host, observable.setting)
        if stated:
            on = Recording(True, None, "settings_file", observable.setting)
            return Timeline(self.period.start, self.period.end, on)
        known_by: KnownBy = "settings_file" if stated is False else "events"
        off = Recording(False, "never_audited", known_by, observable.setting)
        return Timeline(self.period.start, self.period.end, off)

    # --------------------------------------------------------------------------------------------- judged by settings

    def setting(self, host: Host, name: str, observable: Observable | None = None) -> Timeline[Recording]:
        """Return when a setting was on."""
        if name == ALWAYS:
            return Timeline(self.period.start, self.period.end, Recording(True, None, "default", name))
        setting = self.behaviours.settings[name]
        if setting.object_list and observable is not None and not self._has_events(host, observable):
            # Whatever the policy says, the object has to ask for them too.
            return Timeline(self.period.start, self.period.end, Recording(False, "never_audited", "events", name))
        changes = self.changes(host, setting)
        if changes and not self._changes_lost:
            return self._changed(name, changes)
        on, known_by = self._state(host, name, setting, observable)
        return Timeline(
            self.period.start, self.period.end, Recording(on, None if on else "never_audited", known_by, name)
        )

    def _changed(self, name: str, changes: list[Change]) -> Timeline[Recording]:
        def state(on: bool, evidence: RecordReference) -> Recording:
            return Recording(on, None if on else "never_audited", "policy_change", name, (evidence,))

        first = changes[0]
        found = Timeline(self.period.start, self.period.end, state(not first.on, first.evidence))
        for change in changes:
            found.put(change.time, self.period.end, state(change.on, change.evidence))
        return found

    @staticmethod
    def _has_events(host: Host, observable: Observable) -> bool:
        log = host.logs.get(observable.channel.casefold())
        return log is not None and any(log.hours(str(number)) for number in observable.event_ids)

    def _state(
        self, host: Host, name: str, setting: RecordingSetting, observable: Observable | None
    ) -> tuple[bool, KnownBy]:
        if setting.subcategory and self._changes_lost:
            # Before and behind any change that is known there may be one that is not.
            return False, "nothing"
        log = host.logs.get(setting.channel.casefold()) if setting.channel else None
        if log is not None and any(log.hours(str(number)) for number in setting.event_ids):
            return True, "events"
        if observable is not None and setting.kind != "audit":
            if self._has_events(host, observable):
                return True, "events"
            if setting.kind == "channel" and observable.channel.casefold() in host.logs:
                return True, "events"
        if observable is not None and setting.object_list:
            return True, "events"
        stated = self._statement(host, name)
        if stated is not None:
            return stated, "settings_file"
        if not setting.on_by_default:
            return False, "default"
        roles = (host.role,) if host.role is not None else ("server", "client")
        return all(role in setting.on_by_default for role in roles), "default"

    def _statement(self, host: Host, name: str) -> bool | None:
        short = host.name.casefold().partition(".")[0]
        for about in (short, ""):
            stated = self._stated.get((host.site, about, name))
            if stated is not None:
                return stated
        return None

    def forget(self) -> None:
        """Let go of what can be worked out again."""
        self._changes.clear()

    def changes(self, host: Host, setting: RecordingSetting) -> list[Change]:
        """Return the changes of the audit policy that switch a setting, in the order of time."""
        key = (host.key, setting.subcategory, setting.failure)
        if key not in self._changes:
            self._changes[key] = _few([*self._every_change(host, setting)])
        return self._changes[key]

    def _every_change(self, host: Host, setting: RecordingSetting) -> Iterator[Change]:
        if not setting.subcategory:
            return
        for hunt, mark in host.marks(SECURITY, 4719):
            fields = {name: text.casefold() for name, text in mark.fields}
            if fields.get("SubcategoryGuid", "").strip("{}") != setting.subcategory:
                continue
            said = fields.get("AuditPolicyChanges", "")
            added = any(word in said for word in _ADDED[setting.failure])
            removed = any(word in said for word in _REMOVED[setting.failure])
            if added != removed:
                yield Change(ticks_of(mark.time), added, self.estate.reference(hunt, mark, "policy_change"))


def _hours_of(log: Log, signs: Observable | Signs) -> list[int]:
    """Return the hours with the events, those with one of the numbers where there are some, sorted."""
    names = [f":{signs.field}={number}" for number in signs.numbers] or [""]
    return sorted({hour for number in signs.event_ids for name in names for hour in log.hours(f"{number}{name}")})


def _few(changes: list[Change]) -> list[Change]:
    """Return changes; of very many, that nothing was on for sure from the first to the last."""
    if len(changes) <= HOLES_APART_LIMIT:
        return changes
    first, last = changes[0], changes[-1]
    return [first, first._replace(on=False), last]


def _unfilled(hours: list[int], filled: list[int], period: Stretch) -> Iterator[Stretch]:
    """Give the stretches around hours with events of which none has a field, with the hours next to it that have it."""
    known = set(filled)
    start, bare = period.start, False
    for hour in hours:
        if hour not in known:
            bare = True
            continue
        if bare:
            yield Stretch(start, (hour + 1) * HOUR_TICKS)
        start, bare = hour * HOUR_TICKS, False
    if bare:
        yield Stretch(start, period.end)


def _any_in(hours: list[int], start: int, end: int) -> bool:
    """Say whether an hour begins in a stretch of ticks."""
    place = bisect_left(hours, -(-start // HOUR_TICKS))
    return place < len(hours) and hours[place] * HOUR_TICKS < end
