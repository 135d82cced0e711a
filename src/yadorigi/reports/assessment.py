"""Answers to the questions of authorities, in either language: as text for the terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from yadorigi.reports.blocks import Block

if TYPE_CHECKING:
    from yadorigi.reports.speech import Speech
    from yadorigi.schema.question import Assessment, QuestionAnswer, Seen, Standing
    from yadorigi.schema.verdict import RecordReference

_STYLES: Final = {
    "observed": "bold red", "not_observed": "bold green", "cannot_tell": "bold yellow", "facts": "bold cyan",
}  # fmt: skip
_SIGNS: Final = {"observed": "●", "not_observed": "○", "cannot_tell": "?", "facts": "=", }  # fmt: skip
_WEAK: Final = frozenset({"low", "informational"})
_SEEN: Final = 15
_STANDINGS: Final = 15
_STEPS: Final = 4
_ALL_STEPS: Final = 10
_LOGS: Final = 30
_SETTINGS: Final = 12


def assessment_blocks(assessment: Assessment, speech: Speech, signs: bool = True) -> Iterator[Block]:
    """Give an assessment as blocks.

    Args:
        assessment: the answers.
        speech: language and zone.
        signs: whether signs beyond ASCII may stand before the answers.
    """
    yield Block("title", speech.say("heading", title=speech.of(assessment.title)))
    since, until = speech.time(assessment.since), speech.time(assessment.until)
    yield Block("text", speech.say("period", case=assessment.case, since=since, until=until))
    yield Block("text", speech.say("hosts", known=assessment.hosts, unknown=assessment.hosts_without_logs))
    if assessment.sites:
        yield Block("text", speech.say("sites", sites=speech.few(assessment.sites)))
        yield Block("text", speech.say("unassigned", hosts=assessment.unassigned))
    yield Block("text", speech.of(assessment.about))
    yield Block("text", speech.say("how_to_read"))
    yield Block("section", speech.say("summary"))
    for answer in assessment.answers:
        yield Block("item", f"{answer.id} {speech.of(answer.title)}: {_answer(answer, speech, signs)}", _plain(answer))
    if assessment.steps:
        yield Block("section", speech.say("title_steps"))
        yield from (Block("item", speech.step(step)) for step in assessment.steps[:_ALL_STEPS])
        yield from _more(len(assessment.steps) - _ALL_STEPS, speech)
    for answer in assessment.answers:
        yield from _question(answer, speech, signs)


def _plain(answer: QuestionAnswer) -> str:
    return _STYLES[answer.answer].removeprefix("bold ")


def _is_weak(answer: QuestionAnswer) -> bool:
    return answer.answer == "observed" and all(seen.level in _WEAK for seen in answer.seen)


def _answer(answer: QuestionAnswer, speech: Speech, signs: bool) -> str:
    said = speech.say("answer_weak" if _is_weak(answer) else f"answer_{answer.answer}")
    return f"{_SIGNS[answer.answer]} {said}" if signs else said


def _question(answer: QuestionAnswer, speech: Speech, signs: bool) -> Iterator[Block]:
    yield Block("section", f"{answer.id} {speech.of(answer.title)}")
    yield Block("text", speech.of(answer.asks))
    yield Block("strong", _answer(answer, speech, signs), _STYLES[answer.answer])
    yield from (Block("text", line) for line in _said(answer, speech))
    yield from _seen(answer, speech)
    yield from _standings(answer, speech)
    if answer.reasons:
        yield Block("part", speech.say("title_reasons"))
        for one in answer.reasons:
            reason = speech.say(f"reason_{one.reason}")
            yield Block("item", speech.say("reason", reason=reason, pairs=one.pairs, hosts=speech.few(one.hosts)))
            yield from (Block("detail", _record(record, speech)) for record in one.evidence[:1])
    yield from _logs(answer, speech)
    if answer.steps:
        yield Block("part", speech.say("title_steps"))
        yield from (Block("item", speech.step(step)) for step in answer.steps[:_STEPS])
        yield from _more(len(answer.steps) - _STEPS, speech)
    if answer.elsewhere is not None:
        yield Block("part", speech.say("title_elsewhere"))
        yield Block("text", speech.of(answer.elsewhere))
    if answer.sources:
        yield Block("text", speech.say("sources", sources=speech.few(answer.sources)), "dim")


def _said(answer: QuestionAnswer, speech: Speech) -> Iterator[str]:
    """Give the answer in sentences."""
    known = sum(answer.hosts.values())
    pairs = sum(answer.pairs.values())
    told, untold = answer.pairs["not_observed"], answer.pairs["cannot_tell"]
    observed = sum(1 for one in answer.standings if one.observed)
    if answer.answer == "facts":
        if answer.logs or answer.settings:
            short, off = (
                sum(log.falls_short for log in answer.logs),
                sum(1 for one in answer.settings if one.off + one.unknown),
            )
            days = answer.logs[0].wanted_days if answer.logs else 0
            counts = {"short": short, "logs": len(answer.logs), "off": off, "settings": len(answer.settings)}
            yield speech.say("said_facts", days=days, **counts)
        if answer.rules is not None:
            yield speech.say("said_rules", shipped=answer.rules.shipped, loaded=answer.rules.loaded)
    elif not answer.standings:
        yield speech.say("said_nothing_looked")
    elif not pairs:
        yield speech.say("no_hosts")
    elif answer.answer == "observed" or observed:
        hosts = answer.hosts["observed"]
        yield speech.say("said_observed", behaviours=observed, of=len(answer.standings), hosts=hosts, known=known)
        if _is_weak(answer):
            yield speech.say("said_weak")
        yield speech.say("beside", pairs=pairs, told=told, untold=untold)
    else:
        counts = {"of": len(answer.standings), "known": known, "pairs": pairs, "told": told}
        yield speech.say(f"said_{answer.answer}", **counts)
    if answer.hosts_without_logs and answer.standings:
        yield speech.say("without_logs", count=answer.hosts_without_logs)


def _seen(answer: QuestionAnswer, speech: Speech) -> Iterator[Block]:
    if not answer.seen:
        return
    yield Block("part", speech.say("title_seen"))
    for seen in answer.seen[:_SEEN]:
        yield Block("item", _seen_line(seen, speech), "red")
        yield from (Block("detail", _record(record, speech)) for record in seen.evidence[:1])
    yield from _more(len(answer.seen) - _SEEN + answer.more_seen, speech)


def _seen_line(seen: Seen, speech: Speech) -> str:
    place = speech.place(seen.site, seen.host)
    times = {"first": speech.time(seen.first), "last": speech.time(seen.last)}
    what = {"behaviour": seen.behaviour, "title": speech.of(seen.title), "level": seen.level}
    return speech.say("seen", place=place, findings=seen.findings, **times, **what)


def _record(record: RecordReference, speech: Speech) -> str:
    number = record.record_id if record.record_id is not None else record.line
    time = speech.time(record.time) if record.time else "-"
    where = {"channel": record.channel, "file": record.file, "sha256": record.sha256[:16]}
    return speech.say("record", time=time, number="-" if number is None else str(number), **where)


def _standings(answer: QuestionAnswer, speech: Speech) -> Iterator[Block]:
    clear = [one for one in answer.standings if one.not_observed and not one.observed + one.cannot_tell]
    if clear:
        yield Block("part", speech.say("title_not_observed"))
        names = [f"{one.behaviour} {speech.of(one.title)}" for one in clear]
        yield from (Block("item", name, "green") for name in names[:_STANDINGS])
        yield from _more(len(names) - _STANDINGS, speech)
    untold = sorted(
        (one for one in answer.standings if one.cannot_tell), key=lambda one: (not one.by_logs, one.told_share)
    )
    if untold:
        yield Block("part", speech.say("title_cannot_tell"))
        yield from (Block("item", _standing(one, speech), "yellow") for one in untold[:_STANDINGS])
        yield from _more(len(untold) - _STANDINGS, speech)
    if answer.unlooked:
        yield Block("text", speech.say("unlooked", behaviours=speech.few(answer.unlooked)))


def _standing(one: Standing, speech: Speech) -> str:
    title = speech.of(one.title)
    if not one.by_logs and not one.observed:
        return speech.say("standing_no_log", behaviour=one.behaviour, title=title)
    counts = {"observed": one.observed, "not_observed": one.not_observed, "cannot_tell": one.cannot_tell}
    return speech.say("standing", behaviour=one.behaviour, title=title, share=f"{100 * one.told_share:.0f}", **counts)


def _logs(answer: QuestionAnswer, speech: Speech) -> Iterator[Block]:
    if answer.logs:
        yield Block("part", speech.say("title_logs"))
        yield from (Block("item", speech.log(log)) for log in answer.logs[:_LOGS])
        yield from _more(len(answer.logs) - _LOGS, speech)
    if answer.settings:
        yield Block("part", speech.say("title_settings"))
        yield from (Block("item", speech.setting(one)) for one in answer.settings[:_SETTINGS])
        yield from _more(len(answer.settings) - _SETTINGS, speech)
    if answer.rules is not None and answer.rules.without:
        yield Block("part", speech.say("title_rules"))
        yield Block("text", speech.say("said_without_rules", behaviours=speech.few(answer.rules.without)))


def _more(count: int, speech: Speech) -> Iterator[Block]:
    if count > 0:
        yield Block("item", speech.say("more", count=count), "dim")
