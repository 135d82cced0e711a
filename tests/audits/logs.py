"""Logs as the hunts of a case note them, made from a plain description."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yadorigi.audits.hours import masks_of
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.schema.coverage import (
    Collected,
    CollectedFile,
    CollectedLog,
    Coverage,
    Landmark,
    NumberedRun,
    Sighting,
    StatedSetting,
)
from yadorigi.schema.times import ticks_of, time_of

HOUR = 3_600 * 10_000_000
DAY = 24 * HOUR
START = ticks_of("2026-03-02T00:00:00.0000000Z")
"""A Monday, the first moment of every case here."""
SECURITY = "Security"
SYSTEM = "System"
APPLICATION = "Application"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
RULES = sorted(load_behaviours().rule_ids.values())


def at(days: float) -> str:
    """Return canonical time some days after the start."""
    return time_of(START + round(days * DAY))


def hours(*spans: tuple[float, float]) -> dict[str, str]:
    """Return every hour of stretches of days."""
    stamps = [
        time_of(START + hour * HOUR)[:13] for start, end in spans for hour in range(round(start * 24), round(end * 24))
    ]
    return masks_of(stamps)


def run(start: float, end: float, first: int, last: int, file: int = 0) -> NumberedRun:
    """Return records of a stretch of days."""
    return NumberedRun(file, first, last, at(start), at(end), at(start), at(end), last - first + 1)


def log(
    channel: str, runs: Sequence[NumberedRun], signals: Iterable[str] = (), host: str = "ws1.example"
) -> CollectedLog:
    """Return a log with events in every hour of its runs, of these signals too."""
    spans = [((ticks_of(one.earliest) - START) / DAY, (ticks_of(one.latest) - START) / DAY) for one in runs]
    return CollectedLog(host, channel, list(runs), hours={signal: hours(*spans) for signal in ("0", *signals)})


def case(  # noqa: PLR0913 - a description of a hunt has many parts, all of them optional
    logs: Sequence[CollectedLog],
    *,
    landmarks: Sequence[Landmark] = (),
    sightings: Sequence[Sighting] = (),
    settings: Sequence[StatedSetting] = (),
    files: Sequence[CollectedFile] = (CollectedFile("a.evtx", "a" * 64), CollectedFile("b.evtx", "b" * 64)),
    rules: Sequence[str] = RULES,
    since: str = at(0),
    until: str = at(7),
) -> Coverage:
    """Return a case of one hunt over seven days."""
    hunt = Collected(
        None, list(rules), False, since, until, list(files), list(logs), sorted(landmarks), list(sightings),
        list(settings),
    )  # fmt: skip
    return Coverage("0", [hunt])


def cleared(days: float, record_id: int, host: str = "ws1.example") -> Landmark:
    """Return the record of the clearing of the Security log."""
    return Landmark(at(days), host, SECURITY, 1102, 0, record_id)
