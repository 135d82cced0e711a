"""The answer for whoever decides: what is known, what nobody can tell and why, what to do today."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yadorigi.reports.page.fold import shown_part
from yadorigi.reports.page.voice import Voice
from yadorigi.schema.finding import level_rank

if TYPE_CHECKING:
    from yadorigi.schema.behaviour import Language
    from yadorigi.schema.report import Cell, CellPart, ReportDocument, Step

_BEHAVIOURS_NAMED: Final = 8
_HOSTS_NAMED: Final = 4
_REASONS_NAMED: Final = 3
_CLEARED_NAMED: Final = 4
STEPS_NAMED: Final = 5


@dataclass(frozen=True)
class Count:
    """How many questions have one answer."""

    answer: str
    pairs: int
    share: str
    permille: int


@dataclass(frozen=True)
class ObservedLine:
    """A behaviour that was observed, and where."""

    behaviour: str
    title: str
    level: str
    hosts: str
    times: str


@dataclass(frozen=True)
class StepLine:
    """Something to do, and what it would settle."""

    text: str
    settles: str


@dataclass(frozen=True)
class AnswerView:
    """The beginning of the page.

    Attributes:
        state: ``observed`` where something was, ``weak`` where only what administrators do as well, ``open`` where
            nobody can tell of something, else ``quiet``.
        verdict: one sentence.
        know, untold: sentences.
        observed: what was observed, the gravest first; ``more_observed`` counts the rest.
        steps: what to do, in this order; ``more_steps`` counts the rest.
        counts: questions by answer.
        pairs, hosts: all questions, and of how many hosts they ask.
    """

    state: str
    verdict: str
    know: tuple[str, ...]
    observed: tuple[ObservedLine, ...]
    more_observed: int
    untold: tuple[str, ...]
    steps: tuple[StepLine, ...]
    more_steps: int
    counts: tuple[Count, ...]
    pairs: int
    hosts: int


class _Answer:
    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.document = voice.document
        judged = {behaviour.id for behaviour in self.document.behaviours if behaviour.shown_by_logs}
        self.hosts = self.document.overview.hosts
        # Hosts without logs would drown the others: their number is told by itself.
        self.cells = [cell for cell in self.document.cells if cell.behaviour in judged and self.hosts[cell.host].known]
        self.shown: list[tuple[Cell, CellPart]] = [(cell, shown_part(cell.parts)) for cell in self.cells]
        self.answers = Counter[str](part.verdict for _, part in self.shown)
        self.judged = len(judged)
        self.known_hosts = sum(host.known for host in self.hosts)

    def state(self) -> str:
        levels = [part.level for cell in self.document.cells for part in cell.parts if part.verdict == "observed"]
        if levels:
            return "observed" if any(map(_is_grave, levels)) else "weak"
        return "open" if self.answers["cannot_tell"] or not self.shown else "quiet"

    def counts(self) -> tuple[Count, ...]:
        whole = len(self.shown)
        return tuple(
            Count(
                answer,
                self.answers[answer],
                self.voice.share(self.answers[answer], whole),
                round(1000 * self.answers[answer] / whole) if whole else 0,
            )
            for answer in ("observed", "not_observed", "cannot_tell")
        )

    def observed(self) -> list[ObservedLine]:
        where: defaultdict[str, list[tuple[int, CellPart]]] = defaultdict(list)
        for cell in self.document.cells:
            for part in cell.parts:
                if part.verdict == "observed":
                    where[cell.behaviour].append((cell.host, part))
        titles = {behaviour.id: self.voice.pick(behaviour.title) for behaviour in self.document.behaviours}
        lines = []
        for behaviour, found in where.items():
            level = max((part.level for _, part in found), key=_rank)
            hosts = list(dict.fromkeys(host for host, _ in found))
            first, last = min(part.since for _, part in found), max(part.until for _, part in found)
            span = self.voice.span(first, last)
            title = titles.get(behaviour, behaviour)
            lines.append(ObservedLine(behaviour, title, level, self.voice.host_list(hosts, _HOSTS_NAMED), span))
        return sorted(lines, key=lambda line: (-_rank(line.level), line.times, line.behaviour))

    def know(self, observed: list[ObservedLine]) -> list[str]:
        say = self.voice.say
        sentences = []
        if observed:
            hosts = {cell.host for cell in self.document.cells for part in cell.parts if part.verdict == "observed"}
            sentences.append(say("answer.observed", behaviours=len(observed), hosts=len(hosts), all=self.known_hosts))
            grave = sum(_is_grave(line.level) for line in observed)
            if 0 < grave < len(observed):
                sentences.append(say("answer.grave", grave=grave, rest=len(observed) - grave))
        else:
            sentences.append(say("answer.none_observed", behaviours=self.judged, hosts=self.known_hosts))
        if self.answers["not_observed"]:
            pairs = self.answers["not_observed"]
            share = self.voice.share(pairs, len(self.shown))
            sentences.append(say("answer.not_observed", pairs=pairs, all=len(self.shown), share=share))
        return sentences + self.cleared()

    def cleared(self) -> list[str]:
        # One clearing may be told by several records.
        found = list(
            dict.fromkeys(
                (self.voice.hosts[index], note.channel or log.channel, self.voice.minute(note.until))
                for index, host in enumerate(self.hosts)
                for log in host.logs
                for note in log.notes
                if note.kind == "cleared"
            )
        )
        if not found:
            return []
        named = [
            self.voice.say("answer.cleared_log", host=host, channel=channel, time=time)
            for host, channel, time in found[:_CLEARED_NAMED]
        ]
        if len(found) > _CLEARED_NAMED:
            named.append(self.voice.say("list.more", count=len(found) - _CLEARED_NAMED))
        return [self.voice.say("answer.cleared", count=len(found), logs=self.voice.catalogue.joined(named))]

    def untold(self) -> list[str]:
        say, document = self.voice.say, self.document
        sentences = []
        pairs = self.answers["cannot_tell"]
        if pairs:
            share = self.voice.share(pairs, len(self.shown))
            sentences.append(say("answer.cannot_tell", pairs=pairs, all=len(self.shown), share=share))
            reasons = Counter(part.reason or "" for _, part in self.shown if part.verdict == "cannot_tell")
            named = [
                say("answer.reason", reason=self.voice.name("reason", reason), pairs=count)
                for reason, count in reasons.most_common(_REASONS_NAMED)
            ]
            sentences.append(say("answer.reasons", reasons=self.voice.catalogue.joined(named)))
        answers = [{part.verdict for part in cell.parts} for cell in self.cells]
        split = sum("cannot_tell" in own and len(own) > 1 for own in answers)
        if split:
            sentences.append(say("answer.split", pairs=split))
        silent = len(self.hosts) - self.known_hosts + document.overview.unlisted_hosts
        if silent:
            sentences.append(say("answer.silent_hosts", hosts=silent))
        if document.overview.unjudged_hosts:
            sentences.append(say("answer.unjudged_hosts", hosts=document.overview.unjudged_hosts))
        elsewhere = sum(not behaviour.shown_by_logs for behaviour in document.behaviours)
        if elsewhere:
            sentences.append(say("answer.elsewhere", behaviours=elsewhere))
        if not self.shown:
            sentences.append(say("answer.no_verdicts"))
        if document.summary.interrupted:
            sentences.append(say("answer.interrupted"))
        return sentences + self.losses()

    def losses(self) -> list[str]:
        damaged = [loss for loss in self.document.losses if loss.damaged]
        if not damaged:
            return []
        records = sum(loss.records for loss in damaged)
        key = "answer.damage_uncounted" if any(loss.uncounted for loss in damaged) else "answer.damage"
        return [self.voice.say(key, files=len(damaged), records=records)]

    def steps(self, observed: list[ObservedLine]) -> list[StepLine]:
        say = self.voice.say
        grave = [group for group in self.document.groups if level_rank(group.level) >= level_rank("high")]
        lines = []
        if observed or grave:
            hosts = list(dict.fromkeys((group.site, group.host) for group in grave))
            text = say("step.examine", groups=len(grave), hosts=len(hosts)) if grave else say("step.examine_observed")
            lines.append(StepLine(text, say("step.examine_why")))
        ranked = [(step.pairs, self.step(step)) for step in self.document.steps if not step.beyond]
        beyond = [step for step in self.document.steps if step.beyond]
        if beyond:
            pairs = sum(step.pairs for step in beyond)
            settles = say("step.beyond_settles", pairs=pairs)
            ranked.append((pairs, StepLine(say("step.beyond", behaviours=len(beyond)), settles)))
        ranked.sort(key=lambda item: -item[0])
        return lines + [line for _, line in ranked]

    def step(self, step: Step) -> StepLine:
        settles = self.voice.say(
            "step.settles",
            pairs=step.pairs,
            behaviours=step.behaviours,
            count=len(step.hosts),
            hosts=self.voice.host_list(step.hosts, _HOSTS_NAMED),
        )
        return StepLine(self.voice.pick(step.words), settles)


def _rank(level: str) -> int:
    return level_rank(level) if level else 0


def _is_grave(level: str) -> bool:
    return _rank(level) >= level_rank("medium")


def answer_sentences(document: ReportDocument, language: Language) -> tuple[str, ...]:
    """Return the answer of a document for the terminal: the verdict, what is known, and what nobody can tell."""
    view = answer_view(Voice(document, language))
    return (view.verdict, *view.know, *view.untold)


def answer_view(voice: Voice) -> AnswerView:
    """Return the answer of a document."""
    answer = _Answer(voice)
    observed = answer.observed()
    steps = answer.steps(observed)
    state = answer.state()
    return AnswerView(
        state=state,
        verdict=voice.say(f"verdict.{state}"),
        know=tuple(answer.know(observed)),
        observed=tuple(observed[:_BEHAVIOURS_NAMED]),
        more_observed=max(len(observed) - _BEHAVIOURS_NAMED, 0),
        untold=tuple(answer.untold()),
        steps=tuple(steps[: STEPS_NAMED + 1]),
        more_steps=max(len(steps) - STEPS_NAMED - 1, 0),
        counts=answer.counts(),
        pairs=len(answer.shown),
        hosts=len({cell.host for cell in answer.cells}),
    )
