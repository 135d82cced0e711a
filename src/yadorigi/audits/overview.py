"""What logs a case has, host by host, and what is wrong with them: for people, beside the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from yadorigi.audits.estate import SECURITY, SYSTEM
from yadorigi.audits.leaves import ADEQUATE
from yadorigi.audits.timeline import DAY_TICKS, HOUR_TICKS, told_time
from yadorigi.schema.overview import (
    SLIGHT_NOTES,
    CaseOverview,
    HostOverview,
    LogNote,
    LogOverview,
    LogPart,
    NoteKind,
    SettingState,
)
from yadorigi.schema.platforms import WINDOWS, platform_of

if TYPE_CHECKING:
    from yadorigi.audits.estate import Host, HostKey, Log
    from yadorigi.audits.gaps import Missing
    from yadorigi.audits.judge import Judge
    from yadorigi.audits.leaves import Grounds

_NOTES: Final = 100
_STOPS: Final = {(SECURITY, 1100), (SYSTEM, 6006), (SYSTEM, 6008)}
_POLICY: Final = {(SECURITY, 4719), (SECURITY, 4906), (SECURITY, 4912)}
_NOTE_OF: Final[dict[str, NoteKind]] = {
    "cleared": "cleared", "hole": "hole", "unreadable": "unreadable", "rotated_out": "rotated",
    "not_collected": "ends_early",
}  # fmt: skip


def overview_of(judge: Judge) -> CaseOverview:
    """Return the case's hosts with their logs, those that have none last."""
    known = []
    for host in judge.hosts:
        known.append(host_overview(judge, host))
        judge.forget(host)
    return overview_with(judge, known)


def overview_with(judge: Judge, known: Iterable[HostOverview]) -> CaseOverview:
    """Return the case's hosts, of which those with logs are known already."""
    unknown = [_unknown(judge, key) for key in judge.unknown_hosts]
    period = judge.period
    return CaseOverview(told_time(period.start), told_time(period.end), (*known, *unknown), judge.unlisted_hosts,
                        judge.unjudged_hosts)  # fmt: skip


def host_overview(judge: Judge, host: Host) -> HostOverview:
    """Return one host with its logs."""
    logs = tuple(_log(judge, host, channel) for channel in sorted(host.logs))
    settings = tuple(_settings(judge, host)) if WINDOWS in host.platforms else ()
    return HostOverview(host.site, host.name, host.role, True, logs, settings)


def _unknown(judge: Judge, key: HostKey) -> HostOverview:
    _, seen = judge.leaves.estate.unknown[key]
    record = judge.sighted(key)
    return HostOverview(key[0], seen.name, None, False, sighted=record, sightings=seen.times, member=seen.member)


def _log(judge: Judge, host: Host, channel: str) -> LogOverview:
    log = host.logs[channel]
    kept = judge.leaves.logs.kept(host, channel)
    if kept is None:
        raise KeyError(channel)
    parts = tuple(
        LogPart(told_time(start), told_time(end), missing.reason if missing is not None else None)
        for start, end, missing in kept.timeline.parts()
    )
    days = max(log.span.end - log.span.start, HOUR_TICKS) / DAY_TICKS
    born = bool(log.chains) and log.chains[0].first.number <= 1
    every = sorted(_notes(host, log, channel, kept.missing), key=lambda note: (note.since, note.kind, note.until))
    # Whoever has the policy changed a hundred times must not push out the clearing behind it.
    weighty = sorted(every, key=lambda note: note.kind in SLIGHT_NOTES)[:_NOTES]
    notes = sorted(weighty, key=lambda note: (note.since, note.kind, note.until))
    return LogOverview(
        log.channel, log.records, told_time(log.span.start), told_time(log.span.end - 1), parts,
        None if born else round(days, 2), round(log.records / days, 1), tuple(notes), len(every) - len(notes),
    )  # fmt: skip


def _notes(host: Host, log: Log, channel: str, missing: tuple[Missing, ...]) -> Iterator[LogNote]:
    for one in missing:
        if one.since >= one.until:
            continue
        kind = _NOTE_OF.get(one.reason, "hole")
        if one.silent:
            kind = "silence"
        yield LogNote(kind, told_time(one.since), told_time(one.until), one.records, evidence=one.evidence)
    for chain in log.chains:
        if chain.anew:
            time = told_time(chain.earliest)
            yield LogNote("begun_anew", time, time, chain.records)
        if chain.copies:
            yield LogNote("twice", told_time(chain.earliest), told_time(chain.latest), chain.copies)
        if chain.first.time > chain.last.time or chain.since != chain.earliest or chain.until != chain.latest:
            yield LogNote("clock", told_time(chain.earliest), told_time(chain.latest))
    if not log.chains and platform_of(channel) == WINDOWS:
        yield LogNote("no_numbers", told_time(log.span.start), told_time(log.span.end - 1))
    yield from _landmark_notes(host, channel)


def _landmark_notes(host: Host, channel: str) -> Iterator[LogNote]:
    for _, mark in host.marks(channel):
        fields = dict(mark.fields)
        key = (channel, mark.event_id)
        who = fields.get("SubjectUserName", "")
        if key == (SECURITY, 1102):
            yield LogNote("cleared", mark.time, mark.time, who=who)
        elif key == (SYSTEM, 104):
            # The log that was cleared is named in it, and in most cases another one.
            named = fields.get("Channel", "")
            yield LogNote(
                "cleared", mark.time, mark.time, who=who, channel="" if named.casefold() == channel else named
            )
        elif key in _STOPS:
            yield LogNote("service_stopped", mark.time, mark.time)
        elif key in _POLICY:
            yield LogNote("policy_changed", mark.time, mark.time, who=who)
        elif key == (SECURITY, 4616):
            yield LogNote("clock", mark.time, mark.time, who=fields.get("ProcessName", ""))


def _settings(judge: Judge, host: Host) -> Iterator[SettingState]:
    """Give the state of all settings at the end of the period, and what each alone would make answerable."""
    answers = _answers(judge, host)
    behaviours = judge.behaviours
    by_setting: dict[str, list[str]] = {}
    for name, observable in behaviours.observables.items():
        if observable.channel and observable.setting in behaviours.settings:
            by_setting.setdefault(observable.setting, []).append(name)
    end = judge.period.end - 1
    for setting in sorted(by_setting):
        states = [judge.leaves.grounds(host, leaf).at(end) for leaf in by_setting[setting]]
        on = any(state.rank == ADEQUATE for state in states)
        known = next((state.known_by for state in states if state.known_by), "nothing")
        there = any(behaviours.observables[leaf].channel.casefold() in host.logs for leaf in by_setting[setting])
        yield SettingState(
            setting, True if on else False if there else None, known if there else "nothing",  # type: ignore[arg-type]  # as `Recording` has it
            answers=() if on else tuple(sorted(answers.get(setting, ()))),
        )  # fmt: skip
    yield _command_line(judge.leaves.grounds(host, "security_process_command").at(end), answers)


def _command_line(grounds: Grounds, answers: dict[str, set[str]]) -> SettingState:
    """Return whether process starts in the Security log have their command lines."""
    name = "process_command_line"
    if grounds.rank == ADEQUATE:
        return SettingState(name, True, "events")
    known = grounds.reason == "field_absent"
    own = tuple(sorted(answers.get(name, ())))
    return SettingState(name, False if known else None, "events" if known else "nothing", answers=own)


def _answers(judge: Judge, host: Host) -> dict[str, set[str]]:
    """Return for each setting the behaviours that nobody can tell about and that it alone would make answerable."""
    found: dict[str, set[str]] = {}
    behaviours = judge.behaviours
    end = judge.period.end - 1
    for behaviour in behaviours.every.values():
        if judge.answer_at_end(host, behaviour) != "cannot_tell":
            continue
        for way in behaviour.evidence:
            for leaf in behaviours.leaves(way.observable) if way.shows == "all" else ():
                grounds = judge.leaves.grounds(host, leaf).at(end)
                observable = behaviours.observables[leaf]
                if grounds.reason == "field_absent" and observable.field == "CommandLine":
                    found.setdefault("process_command_line", set()).add(behaviour.id)
                elif grounds.reason in ("never_audited", "field_absent", "not_collected"):
                    found.setdefault(observable.setting, set()).add(behaviour.id)
    return found
