"""A case made of verdicts alone: a controller, a server whose log was overwritten, and one that gave no logs."""

from __future__ import annotations

from typing import Any

from yadorigi.audits.assess import CaseFacts
from yadorigi.audits.cells import cells_of
from yadorigi.schema.overview import CaseOverview, HostOverview, LogOverview, LogPart, SettingState
from yadorigi.schema.stated_log import StatedLog
from yadorigi.schema.verdict import Answer, Reason, RecordReference, Verdict

START, MIDDLE, END = (f"2026-03-{day:02}T00:00:00.0000000Z" for day in (1, 11, 21))
DC, FS, PC = "dc01", "fs01", "pc-09"
SITE = "honsha"
RECORD = RecordReference("dc01/Security.evtx", "ab" * 32, DC, "Security", 601, time="2026-03-05T10:00:00.0000000Z")


def verdict(  # noqa: PLR0913 - one parameter per thing that a test sets
    behaviour: str,
    host: str,
    answer: Answer = "not_observed",
    reason: Reason | None = None,
    *,
    technique: str = "T1003.003",
    since: str = START,
    until: str = END,
    **about: Any,
) -> Verdict:
    evidence = (RECORD,) if answer == "observed" else ()
    return Verdict(
        technique, behaviour, SITE, host, since, until, answer, reason, "", "", ("rule",), evidence, (), about
    )


def log(channel: str, reach: float | None, *missing: Reason) -> LogOverview:
    parts = tuple(LogPart(START, END, reason) for reason in missing) or (LogPart(START, END),)
    return LogOverview(channel, 1_000, START, END, parts, reach, 100.0)


OVERVIEW = CaseOverview(
    START,
    END,
    (
        HostOverview(
            SITE, DC, "domain_controller", True, (log("Security", 20.0), log("System", None)),
            (SettingState("process_creation", True, "events"), SettingState("other_object_access", False, "events")),
        ),
        HostOverview(
            SITE, FS, None, True, (log("Security", 2.0, "rotated_out"), log("System", 3.0, "cleared")),
            (
                SettingState("process_creation", False, "events", answers=("CR-10", "CR-11", "CR-06")),
                SettingState("other_object_access", None, "nothing"),
                SettingState("process_command_line", None, "nothing"),
            ),
        ),
        HostOverview(SITE, PC, None, False, sighted=RECORD, sightings=4, member=True),
    ),
)  # fmt: skip


def verdicts() -> list[Verdict]:
    """Return verdicts of four behaviours on the three hosts."""
    lines = [
        verdict("CR-01", DC, "observed", since=START, until=MIDDLE, findings=2, level="high"),
        verdict("CR-01", DC, since=MIDDLE),
        verdict("CR-06", DC, technique="T1006"),
        verdict("CR-10", DC, technique="T1003.002"),
        verdict("CR-11", DC, technique="T1003.001"),
    ]
    needs = {"needs": ["process_creation", "process_command_line", "sysmon"]}
    for name, technique in (("CR-06", "T1006"), ("CR-10", "T1003.002"), ("CR-11", "T1003.001")):
        never: dict[str, Any] = {"setting": "process_creation", "channel": "Security", **needs}
        lines.append(verdict(name, FS, "cannot_tell", "never_audited", technique=technique, **never))
    lines += [
        verdict(name, PC, "cannot_tell", "host_unknown", technique=technique, sightings=4, seen_by=DC)
        for name, technique in (
            ("CR-06", "T1006"),
            ("CR-10", "T1003.002"),
            ("CR-11", "T1003.001"),
            ("CR-01", "T1003.003"),
        )
    ]
    return lines


def facts(lines: list[Verdict] | None = None, overview: CaseOverview = OVERVIEW) -> CaseFacts:
    sizes = (StatedLog(DC, "Security", 128 * 1024**2, "overwrite", 3),)
    return CaseFacts(cells_of(verdicts() if lines is None else lines), overview, frozenset({"rule"}), sizes, "case")
