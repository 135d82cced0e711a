"""The logs of each host over time, as shapes for a chart: what is at hand, what is missing and why, and marks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from yadorigi.reports.page.voice import RecordLine, period_ticks
from yadorigi.reports.terminal import short_channel
from yadorigi.schema.overview import SLIGHT_NOTES
from yadorigi.schema.times import TICKS_PER_SECOND, ticks_of

if TYPE_CHECKING:
    from yadorigi.reports.page.voice import Voice
    from yadorigi.schema.overview import HostOverview, LogNote, LogOverview, LogPart

WIDTH: Final = 1_000
"""Units across the case period."""

LOGS_SHOWN: Final = 16
"""Logs of one host with a bar of their own: those with something wrong first."""

NOTES_SHOWN: Final = 30
HOSTS_OPEN: Final = 12
HOSTS_SHOWN: Final = 200
"""Hosts with a chart of their own, those with something wrong first: a page with a thousand opens in no browser."""

PARTS_SHOWN: Final = 400
_MARKED: Final = ("cleared", "begun_anew", "made_anew", "hole", "silence", "policy_changed", "service_stopped", "clock")
_MOST_TICKS: Final = 8
_SHORTEST: Final = 2.0
_STEPS: Final = (
    timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=3), timedelta(hours=6),
    timedelta(hours=12), timedelta(days=1), timedelta(days=2), timedelta(days=7), timedelta(days=14),
    timedelta(days=30), timedelta(days=91), timedelta(days=365), timedelta(days=3_652), timedelta(days=36_525),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar, in units of `WIDTH`; ``kind`` is ``kept`` or a reason."""

    x: float
    width: float
    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to a log, at one place of its bar."""

    x: float
    kind: str
    told: str


@dataclass(frozen=True)
class LogBar:
    """One log: its numbers in words, and its bar."""

    channel: str
    name: str
    events: int
    rate: str
    reach: str
    first: str
    last: str
    stretches: tuple[Stretch, ...]
    marks: tuple[Mark, ...]
    missing: str


@dataclass(frozen=True)
class NoteLine:
    """Something about a log, in words."""

    time: str
    channel: str
    kind: str
    name: str
    records: int | None
    who: str
    evidence: tuple[RecordLine, ...]


@dataclass(frozen=True)
class HostChart:
    """One host with its logs; ``more_logs`` and ``more_notes`` count what is left out."""

    index: int
    name: str
    full: str
    role: str
    events: int
    bars: tuple[LogBar, ...]
    more_logs: int
    notes: tuple[NoteLine, ...]
    more_notes: int
    open: bool


@dataclass(frozen=True)
class Tick:
    """A line of the time axis."""

    x: float
    label: str


def host_charts(voice: Voice) -> tuple[HostChart, ...]:
    """Return a chart for each host that has logs, up to `HOSTS_SHOWN`; the first few are open."""
    scale = _Scale(voice)
    return tuple(
        _chart(voice, scale, index, host, is_open=place < HOSTS_OPEN)
        for place, (index, host) in enumerate(_gravest_first(voice)[:HOSTS_SHOWN])
    )


def hosts_without_chart(voice: Voice) -> tuple[tuple[int, str], ...]:
    """Return the other hosts that have logs, by index and name."""
    return tuple((index, voice.hosts[index]) for index, _ in _gravest_first(voice)[HOSTS_SHOWN:])


def _gravest_first(voice: Voice) -> list[tuple[int, HostOverview]]:
    """Return the hosts with logs: those with something wrong are worth a look before others."""
    known = [(index, host) for index, host in enumerate(voice.document.overview.hosts) if host.known or host.logs]
    return sorted(known, key=lambda item: (-_graveness(item[1]), item[0]))


def time_axis(voice: Voice) -> tuple[Tick, ...]:
    """Return the lines of the time axis, at round times of the page's zone."""
    scale = _Scale(voice)
    try:
        since = datetime.fromisoformat(voice.document.overview.since[:19]).replace(tzinfo=UTC).astimezone(voice.zone)
        until = datetime.fromisoformat(voice.document.overview.until[:19]).replace(tzinfo=UTC).astimezone(voice.zone)
    except (ValueError, OverflowError):
        return ()
    length = until - since
    step = next((step for step in _STEPS if length / step <= _MOST_TICKS), _STEPS[-1])
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    ticks: list[Tick] = []
    number = (since - midnight) // step
    while len(ticks) <= _MOST_TICKS + 1:
        try:
            moment = midnight + number * step
        except OverflowError:
            break
        number += 1
        if moment > until:
            break
        if moment >= since:
            form = "%Y-%m-%d" if step >= timedelta(days=1) else "%m-%d %H:%M"
            ticks.append(Tick(scale.of_seconds(moment.timestamp()), moment.strftime(form)))
    return tuple(ticks)


def stretch_kinds(voice: Voice) -> tuple[str, ...]:
    """Return the reasons for which parts of logs are missing, for the legend, most frequent first."""
    counts = Counter(
        part.reason for host in voice.document.overview.hosts for log in host.logs for part in log.parts if part.reason
    )
    return tuple(reason for reason, _ in counts.most_common())


def mark_kinds(voice: Voice) -> tuple[str, ...]:
    """Return the kinds of marks that occur, for the legend."""
    kinds = {note.kind for host in voice.document.overview.hosts for log in host.logs for note in log.notes}
    return tuple(kind for kind in _MARKED if kind in kinds)


class _Scale:
    def __init__(self, voice: Voice) -> None:
        self.since, self.until = period_ticks(voice.document)

    def of(self, time: str) -> float:
        try:
            ticks = ticks_of(time)
        except ValueError:
            return 0.0
        return self.of_ticks(ticks)

    def of_seconds(self, seconds: float) -> float:
        return self.of_ticks(int(seconds * TICKS_PER_SECOND))

    def of_ticks(self, ticks: int) -> float:
        share = (ticks - self.since) / (self.until - self.since)
        return round(WIDTH * min(max(share, 0.0), 1.0), 1)


def _graveness(host: HostOverview) -> int:
    kinds = {note.kind for log in host.logs for note in log.notes}
    return sum(kind in kinds for kind in ("cleared", "begun_anew", "made_anew", "hole", "silence"))


def _chart(voice: Voice, scale: _Scale, index: int, host: HostOverview, *, is_open: bool) -> HostChart:
    logs = sorted(host.logs, key=lambda log: (not log.notes, -log.events, log.channel))
    every = [(log.channel, note) for log in host.logs for note in log.notes]
    # Whoever sets the clock a hundred times must not push out that a log was cleared.
    every.sort(key=lambda item: (item[1].kind in SLIGHT_NOTES, item[1].since, item[0]))
    notes = sorted(every[:NOTES_SHOWN], key=lambda item: (item[1].since, item[0]))
    left_out = len(every) - len(notes) + sum(log.more_notes for log in host.logs)
    return HostChart(
        index=index,
        name=voice.hosts[index],
        full=host.host,
        role=voice.name("role", host.role or "unknown"),
        events=sum(log.events for log in host.logs),
        bars=tuple(_bar(voice, scale, log) for log in logs[:LOGS_SHOWN]),
        more_logs=max(len(logs) - LOGS_SHOWN, 0),
        notes=tuple(_note(voice, channel, note) for channel, note in notes),
        more_notes=left_out,
        open=is_open,
    )


def _bar(voice: Voice, scale: _Scale, log: LogOverview) -> LogBar:
    stretches = tuple(_stretch(voice, scale, part) for part in log.parts[:PARTS_SHOWN])
    marks = [
        Mark(scale.of(note.until), note.kind, f"{voice.name('note', note.kind)}: {voice.when(note.until)}")
        for note in log.notes
        if note.kind in _MARKED and not note.channel
    ]
    missing = dict.fromkeys(voice.name("reason", part.reason) for part in log.parts if part.reason)
    days = log.reach_days
    reach = voice.say("chart.reach_all") if days is None else voice.say("chart.reach", days=days)
    return LogBar(
        channel=log.channel,
        name=short_channel(log.channel),
        events=log.events,
        rate=f"{log.events_a_day:,.0f}",
        reach=reach,
        first=voice.minute(log.first_time),
        last=voice.minute(log.last_time),
        stretches=stretches,
        marks=tuple(marks[:PARTS_SHOWN]),
        missing=voice.catalogue.joined(list(missing)),
    )


def _stretch(voice: Voice, scale: _Scale, part: LogPart) -> Stretch:
    begin, end = scale.of(part.since), scale.of(part.until)
    width = end - begin
    if part.reason and width < _SHORTEST:
        # What is missing must be seen, however short it was.
        width = _SHORTEST
        begin = min(begin, WIDTH - width)
    kind = part.reason or "kept"
    told = voice.name("reason", kind) if part.reason else voice.say("chart.kept")
    return Stretch(begin, round(width, 1), kind, f"{told}: {voice.span(part.since, part.until)}")


def _note(voice: Voice, channel: str, note: LogNote) -> NoteLine:
    return NoteLine(
        time=voice.span(note.since, note.until),
        channel=note.channel or channel,
        kind=note.kind,
        name=voice.name("note", note.kind),
        records=note.records,
        who=note.who,
        evidence=tuple(map(voice.record, note.evidence[:2])),
    )
