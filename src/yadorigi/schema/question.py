"""Questions of authorities, and what is said in answer.

The questions lie in ``content/questions`` (one file per document); docs/how-to/assess.md tells how to read the answers.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from yadorigi.schema.behaviour import Role, Words
from yadorigi.schema.verdict import Answer, Reason, RecordReference

Facts: TypeAlias = Literal["none", "retention", "privileges", "alerts"]
Reply: TypeAlias = Literal["observed", "not_observed", "cannot_tell", "facts"]
"""An answer, or ``facts`` where a question is not about whether something was there."""
StepKind: TypeAlias = Literal["findings", "setting", "log", "hosts", "rules", "elsewhere"]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a document asks.

    Attributes:
        id: short, as people cite it: ``J1``, ``T1003.003``.
        title: a few words.
        asks: the question.
        behaviours: ids of what would be seen; those that no shipped content describes are named as not looked for.
        everything: whether it is about all behaviours that the program knows.
        technique: the ATT&CK technique that it is about, or "": only findings of rules that bear it count.
        roles: hosts that it is about; all where empty.
        facts: what is told beside verdicts: how far logs reach and what is recorded (``retention``), what was seen of
            accounts with rights (``privileges``), which rules there are (``alerts``).
        elsewhere: what no Windows log answers, and what to collect for it; or None.
        logs_suffice: whether Windows logs that show nothing answer it with *not observed*.
        sources: tags of the catalogue's legend: who asks it.
        note: how far our wording goes beyond the source, or "".
    """

    id: str
    title: Words
    asks: Words
    behaviours: tuple[str, ...] = ()
    everything: bool = False
    technique: str = ""
    roles: tuple[Role, ...] = ()
    facts: Facts = "none"
    elsewhere: Words | None = None
    logs_suffice: bool = True
    sources: tuple[str, ...] = ()
    note: str = ""


class Questionnaire(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The questions of one document.

    Attributes:
        id: as ``--for`` takes it.
        title: of the document.
        about: where the questions come from, and what was not at hand of it.
        questions: in the document's order.
    """

    id: str
    title: Words
    about: Words
    questions: tuple[Question, ...]


class ReasonCount(msgspec.Struct, frozen=True):
    """Why nobody can tell, for how many pairs of a behaviour and a host; the evidence shows it."""

    reason: Reason
    pairs: int
    hosts: tuple[str, ...]
    evidence: tuple[RecordReference, ...] = ()


class Seen(msgspec.Struct, frozen=True):
    """A behaviour that was observed on a host.

    Attributes:
        behaviour, title: which.
        site, host: where.
        first, last: canonical times; the period's part in which it was found.
        findings: how many.
        level: the strongest.
        evidence: the first few records.
    """

    behaviour: str
    title: Words
    site: str | None
    host: str
    first: str
    last: str
    findings: int
    level: str
    evidence: tuple[RecordReference, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """How a behaviour stands over all hosts of a question.

    Attributes:
        behaviour, title, sources: which, and who reports it.
        observed, not_observed, cannot_tell: hosts. *Not observed* means over the whole period; a host of which it can
            be told for a part of the period only counts as *cannot tell*.
        told_share: share of hosts and time for which there is an answer, from 0 to 1.
        by_logs: whether any Windows log could show all of it.
    """

    behaviour: str
    title: Words
    sources: tuple[str, ...]
    observed: int
    not_observed: int
    cannot_tell: int
    told_share: float
    by_logs: bool


class Step(msgspec.Struct, frozen=True):
    """Something to do, with what it would settle.

    Attributes:
        kind: look at findings; switch a setting on; find or collect a log; collect the logs of hosts; hunt with other
            rules; collect what is no Windows log.
        words: what.
        pairs: pairs of a behaviour and a host that it is about.
        behaviours, hosts: which, the first few hosts only.
        more_hosts: how many more hosts there are.
    """

    kind: StepKind
    words: Words
    pairs: int
    behaviours: tuple[str, ...]
    hosts: tuple[str, ...]
    more_hosts: int = 0


class LogReach(msgspec.Struct, frozen=True):
    """How far a log of a host reaches, against what is advised.

    Attributes:
        site, host, channel: which.
        first_time, last_time: canonical.
        reach_days: days from its first record to its last, None where nothing was overwritten yet.
        wanted_days: days that are advised.
        size: bytes that it may have, None where no file of settings says.
        assumed_size: whether ``size`` is Windows' default.
        advised_size: bytes that are advised for it, at its rate.
        missing: why parts of the period are not at hand.
    """

    site: str | None
    host: str
    channel: str
    first_time: str
    last_time: str
    reach_days: float | None
    wanted_days: int
    size: int | None
    assumed_size: bool
    advised_size: int
    missing: tuple[Reason, ...] = ()

    @property
    def falls_short(self) -> bool:
        """Say whether the log keeps less than is advised, or is so small that it soon will."""
        if self.reach_days is not None and "cleared" not in self.missing:
            return self.reach_days < self.wanted_days
        return not self.assumed_size and (self.size or 0) < self.advised_size


class SettingStanding(msgspec.Struct, frozen=True):
    """What is recorded, over hosts.

    Attributes:
        setting, title, action: which, and how it is switched on.
        on, off, unknown: hosts.
        off_hosts: the first few of those on which it is off or unknown.
        behaviours: that it alone would make answerable somewhere.
        pairs: of a behaviour and a host that it alone would make answerable.
    """

    setting: str
    title: Words
    action: Words
    on: int
    off: int
    unknown: int
    off_hosts: tuple[str, ...]
    behaviours: tuple[str, ...]
    pairs: int


class RuleFacts(msgspec.Struct, frozen=True):
    """Which rules look for the behaviours of a question: how many ship, and how many of them ran in the last hunt."""

    shipped: int
    loaded: int
    without: tuple[str, ...]


class QuestionAnswer(msgspec.Struct, frozen=True):
    """What the case says to a question.

    Attributes:
        id, title, asks, elsewhere, sources, note: as in `Question`.
        answer: *observed* if anything of it was; *not observed* if nothing of it was, on any of its hosts, in logs
            that would show it for the whole period, and Windows logs suffice; ``facts`` where the question is about
            logs or rules; else *cannot tell*.
        pairs: by answer, pairs of a behaviour and a host with logs.
        hosts: by answer, hosts with logs: on which anything was observed, on which nothing was (of all, over the whole
            period), and the others.
        seen: what was observed, strongest and earliest first.
        more_seen: how many more there are.
        standings: behaviour by behaviour.
        reasons: why nobody can tell of hosts with logs.
        steps: what to do, what settles most first.
        unlooked: ids of its behaviours that the program does not look for.
        logs, settings, rules: facts, where the question asks for them.
        hosts_without_logs: computers that others name, and that gave no logs.
    """

    id: str
    title: Words
    asks: Words
    elsewhere: Words | None
    sources: tuple[str, ...]
    note: str
    answer: Reply
    pairs: dict[Answer, int]
    hosts: dict[Answer, int]
    seen: tuple[Seen, ...] = ()
    more_seen: int = 0
    standings: tuple[Standing, ...] = ()
    reasons: tuple[ReasonCount, ...] = ()
    steps: tuple[Step, ...] = ()
    unlooked: tuple[str, ...] = ()
    logs: tuple[LogReach, ...] = ()
    settings: tuple[SettingStanding, ...] = ()
    rules: RuleFacts | None = None
    hosts_without_logs: int = 0


class Assessment(msgspec.Struct, frozen=True):
    """The answers to a document's questions.

    Attributes:
        questionnaire, title, about: which document.
        case: the folder.
        since, until: canonical times of the case period.
        sites: of the case.
        hosts, hosts_without_logs: how many.
        answers: in the document's order.
        steps: what to do, over all questions.
        unassigned: how many of the hosts with logs have no site, where others have one.
    """

    questionnaire: str
    title: Words
    about: Words
    case: str
    since: str
    until: str
    sites: tuple[str, ...]
    hosts: int
    hosts_without_logs: int
    answers: tuple[QuestionAnswer, ...]
    steps: tuple[Step, ...] = ()
    unassigned: int = 0
