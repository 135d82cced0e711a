"""An invented case for reports: as many hosts and behaviours as asked for, and one in which every text is hostile."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

from tests.reports.hostile_text import HOSTILE
from yadorigi.packs.behaviours import Behaviours
from yadorigi.reports.page.gather import CaseParts, report_document
from yadorigi.reports.page.matrix_blocks import TACTICS
from yadorigi.schema.behaviour import Behaviour, EvidenceWay, Observable, Provenance, RecordingSetting, Role, Words
from yadorigi.schema.finding import Evidence, Finding
from yadorigi.schema.overview import CaseOverview, HostOverview, LogNote, LogOverview, LogPart, SettingState
from yadorigi.schema.summary import InputSummary, RuleSummary, Summary, UnsupportedRule
from yadorigi.schema.times import TICKS_PER_SECOND, ticks_of, time_of
from yadorigi.schema.verdict import Answer, Reason, RecordReference, Verdict
from yadorigi.schema.warning import ParseWarning

if TYPE_CHECKING:
    from yadorigi.schema.report import ReportDocument

Span = tuple[str, str, Answer, "Reason | None"]
SINCE, UNTIL = "2026-03-01T00:00:00.0000000Z", "2026-03-12T00:00:00.0000000Z"
REASONS: tuple[Reason, ...] = ("never_audited", "rotated_out", "not_collected", "cleared", "field_absent", "hole")
ROLES: tuple[Role, ...] = ("client", "server", "domain_controller")
CHANNELS = ("Security", "System", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-PowerShell/Operational")
DIGEST = "ab" * 32


def at(hours: float) -> str:
    """Return the time so many hours after the beginning of the period."""
    return time_of(ticks_of(SINCE) + int(hours * 3600 * TICKS_PER_SECOND))


def content(count: int, text: str = "Behaviour") -> Behaviours:
    """Return so many behaviours, over all tactics; every seventh leaves nothing in Windows logs."""
    every = {}
    for number in range(count):
        tactic = TACTICS[2 + number % (len(TACTICS) - 2)]
        name = f"{tactic[:2].upper()}-{number:02}"
        way = EvidenceWay("process_command", "all", "strong", ("rule",))
        every[name] = Behaviour(
            id=name,
            techniques=(f"T{1000 + number}", f"T{1000 + number}.001")[: 1 + number % 2],
            tactic=tactic,
            title=Words(f"{text} {number} of the intruder", f"{text} 侵入者の挙動 {number}"),
            does=Words(f"{text} does {number}.", f"{text} 挙動 {number} の説明です。"),
            provenance=Provenance(("MS",), "Q"),
            beyond=Words(f"{text} elsewhere", f"{text} ほかの情報"),
            roles=("domain_controller",) if number % 5 == 0 else (),
            evidence=() if number % 7 == 6 else (way,),
            blind=(Words(f"{text} form", f"{text} 形"),),
            lookalikes=(Words(f"{text} admin", f"{text} 管理者"),),
        )
    setting = RecordingSetting("audit", Words(f"{text} Audit", f"{text} 監査"), Words("auditpol /set", "auditpol /set"))
    seen = {"process_command": Observable(Words(f"{text} starts", f"{text} 起動"), "Security", (4688,))}
    return Behaviours(every, seen, {"process_creation": setting}, {"rule": "0001", "ntdsutil_ifm_command": "0002"})


def an_overview(hosts: int, silent: int = 2, text: str = "") -> CaseOverview:
    """Return so many hosts with logs and some without."""
    notes = (
        LogNote("cleared", at(100), at(100.5), 3, text or "SHIOMI\\kudo-adm", (a_record("cleared", text),)),
        LogNote("policy_changed", at(150), at(150), None, "", ()),
    )
    parts = (
        LogPart(SINCE, at(40), "rotated_out"),
        LogPart(at(40), at(100), None),
        LogPart(at(100), at(104), "cleared"),
        LogPart(at(104), UNTIL, None),
    )
    known = tuple(
        HostOverview(
            "honsha" if number % 2 else "shisha",
            f"{text}HOST{number:03}.shiomi.example",
            ROLES[number % 3],
            known=True,
            logs=tuple(
                LogOverview(
                    f"{channel}{text}",
                    1000 + number,
                    at(40),
                    at(263),
                    parts if place == 0 else (LogPart(SINCE, UNTIL, "not_collected" if place == 3 else None),),
                    9.3 if place == 0 else None,
                    120.5,
                    notes if place == 0 and number % 4 == 0 else (),
                )
                for place, channel in enumerate(CHANNELS)
            ),
            settings=(SettingState("process_creation", number % 2 == 0, "events", "", ("EX-01", "IN-00")),),
        )
        for number in range(hosts)
    )
    unknown = tuple(
        HostOverview("honsha", f"{text}FS{number}", None, known=False, sighted=a_record("sighted", text), sightings=7,
                     member=number == 0)
        for number in range(silent)
    )  # fmt: skip
    return CaseOverview(SINCE, UNTIL, known + unknown, unlisted_hosts=silent and 3)


def a_record(shows: str, text: str = "") -> RecordReference:
    """Return a record that shows something."""
    return RecordReference(f"{text}logs/Security.evtx", DIGEST, f"{text}HOST000", f"Security{text}", 4711,
                           time=at(100), shows=shows)  # fmt: skip


def verdicts(overview: CaseOverview, behaviours: Behaviours, text: str = "", seed: int = 1) -> list[Verdict]:
    """Return verdicts of all hosts, by chance that repeats itself."""
    chance = random.Random(seed)  # noqa: S311 - chance must repeat itself
    found = []
    for behaviour in behaviours.every.values():
        for host in overview.hosts:
            if behaviour.roles and host.role not in behaviour.roles and host.role is not None:
                continue
            found += _of_host(behaviour, host, chance, text)
    return found


def _of_host(behaviour: Behaviour, host: HostOverview, chance: random.Random, text: str) -> list[Verdict]:
    if not host.known:
        spans: list[Span] = [(SINCE, UNTIL, "cannot_tell", "host_unknown")]
    elif not behaviour.evidence:
        spans = [(SINCE, UNTIL, "cannot_tell", "not_examined")]
    else:
        reason = chance.choice(REASONS)
        choices: list[list[Span]] = [
            [(SINCE, UNTIL, "observed", None)],
            [(SINCE, UNTIL, "not_observed", None)],
            [(SINCE, UNTIL, "cannot_tell", reason)],
            [(SINCE, at(40), "cannot_tell", "rotated_out"), (at(40), UNTIL, "not_observed", None)],
        ]
        spans = chance.choices(choices, [1, 20, 20, 10])[0]
    action = f"{text}Collect or switch on what is needed."
    return [
        Verdict(technique, behaviour.id, host.site, host.host, since, until, answer, reason,
                f"{text}Detail of {answer} and {reason}.", action if answer == "cannot_tell" else "", ("0001",),
                (a_record("finding" if answer == "observed" else "first_record", text),), (), _about(answer, text))
        for technique in behaviour.techniques
        for since, until, answer, reason in spans
    ]  # fmt: skip


def _about(answer: Answer, text: str) -> dict[str, object]:
    if answer == "observed":
        return {"findings": 3, "level": "high"}
    return {"channel": f"Security{text}", "setting": "process_creation", "seen_by": f"{text}DC01", "sightings": 3}


def a_finding(number: int, rule: str = "0002", level: str = "high", text: str = "") -> Finding:
    """Return a finding; some match the same."""
    return Finding(
        rule, f"{text}Ntdsutil", level, at(100 + number), f"{text}HOST000.shiomi.example", f"{text}SHIOMI\\kudo-adm",
        4688, f"{text}message", {f"CommandLine{text}": f"{text}ntdsutil {number % 2}"}, {},
        (Evidence(f"{text}logs/Security.evtx", DIGEST, "HOST000", f"Security{text}", 4711 + number),),
        ("T1003.003",), site="shisha",
    )  # fmt: skip


def a_summary(text: str = "", **findings: int) -> Summary:
    """Return the summary of a run."""
    return Summary(
        version="1.2.3",
        inputs=(
            InputSummary(f"{text}logs/Security.evtx", DIGEST, "evtx", 9000, 1, None, SINCE, UNTIL),
            InputSummary(f"{text}README.md", DIGEST, None, 0, 0, None, None, None),
        ),
        events=9000,
        warnings=1,
        rules=RuleSummary(350, 349, (UnsupportedRule("x", f"{text}Odd", f"{text}odd.yml", 3, f"{text}not valid"),)),
        findings=findings or {"high": 5},
        logs=(),
        kinds=(),
        hours={},
        seconds={"total": 1.0},
        peak_rss_bytes=1,
        site=text or "shiomi",
    )


@cache
def document(hosts: int = 6, behaviours: int = 30, text: str = "") -> ReportDocument:
    """Return an invented document; every text of logs begins with ``text``."""
    known = content(behaviours)
    overview = an_overview(hosts, text=text)
    warnings = [
        ParseWarning(f"{text}logs/Security.evtx", 4096, "record", 12, f"{text}the chunk is damaged"),
        ParseWarning(f"{text}logs/System.evtx", None, "gap", None, f"{text}numbers are missing"),
    ]
    findings = [a_finding(number, text=text) for number in range(5)]
    findings += [a_finding(9, "elsewhere", "critical", text), a_finding(9, "low", "low", text)]
    parts = CaseParts(a_summary(text), overview, verdicts(overview, known, text), findings, warnings)
    return report_document(parts, "Asia/Tokyo", known)


def hostile_document() -> ReportDocument:
    """Return a document in which every text that logs can hold is hostile."""
    return document(4, 20, HOSTILE)
