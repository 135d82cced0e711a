"""Behaviour by behaviour: every answer with its words and its records, hosts with the same answer together."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from yadorigi.reports.page.fold import WEIGHTIEST
from yadorigi.reports.page.matrix_blocks import by_tactic
from yadorigi.reports.page.voice import SIGNS, RecordLine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yadorigi.reports.page.voice import Voice
    from yadorigi.schema.report import BehaviourText, Cell, CellPart

ANSWERS_SHOWN: Final = 40
"""Answers of one behaviour that are shown; verdicts.jsonl has all."""

HOSTS_SHOWN: Final = 40
RECORDS_SHOWN: Final = 5


@dataclass(frozen=True)
class SheetHost:
    """A host that the answer is about, and when; "" where it is the whole period."""

    name: str
    times: str


@dataclass(frozen=True)
class SheetAnswer:
    """One answer, the hosts and times that it holds for, and records that show it."""

    answer: str
    sign: str
    name: str
    reason: str
    detail: str
    action: str
    hosts: tuple[SheetHost, ...]
    more_hosts: int
    records: tuple[RecordLine, ...]
    more_records: int


@dataclass(frozen=True)
class Sheet:
    """A behaviour.

    Attributes:
        observed: whether it was, anywhere.
        answers: the weightiest first; ``more_answers`` counts the rest.
        silent: on how many hosts nobody can tell because they have no logs of their own; the page lists them once.
        counts: hosts with logs by sign, for the heading.
    """

    id: str
    title: str
    techniques: str
    does: str
    blind: tuple[str, ...]
    lookalikes: tuple[str, ...]
    beyond: str
    observed: bool
    answers: tuple[SheetAnswer, ...]
    more_answers: int
    silent: int
    counts: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class SheetGroup:
    """The sheets of a tactic."""

    name: str
    sheets: tuple[Sheet, ...]


def sheet_groups(voice: Voice, *, shown_by_logs: bool) -> tuple[SheetGroup, ...]:
    """Return the behaviours that logs of the case's kinds show, or those that none shows, by tactic."""
    cells: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in voice.document.cells:
        cells[cell.behaviour].append(cell)
    chosen = [one for one in voice.document.behaviours if one.shown_by_logs == shown_by_logs]
    return tuple(
        SheetGroup(
            voice.name("tactic", tactic),
            tuple(_sheet(voice, behaviour, cells.get(behaviour.id, ())) for behaviour in own),
        )
        for tactic, own in by_tactic(chosen)
    )


def _sheet(voice: Voice, behaviour: BehaviourText, cells: Sequence[Cell]) -> Sheet:
    together: defaultdict[tuple[str, str | None, int], list[tuple[int, CellPart]]] = defaultdict(list)
    hosts_by_answer: defaultdict[str, set[int]] = defaultdict(set)
    hosts = voice.document.overview.hosts
    silent = {cell.host for cell in cells if not hosts[cell.host].known and _is_silent(cell)}
    for cell in cells:
        for part in cell.parts if cell.host not in silent else ():
            together[part.verdict, part.reason, part.saying].append((cell.host, part))
            hosts_by_answer[part.verdict].add(cell.host)
    ordered = sorted(
        together.values(), key=lambda own: (WEIGHTIEST.index(own[0][1].verdict), -len(own), own[0][1].since)
    )
    return Sheet(
        id=behaviour.id,
        title=voice.pick(behaviour.title),
        techniques=", ".join(behaviour.techniques),
        does=voice.pick(behaviour.does),
        blind=tuple(map(voice.pick, behaviour.blind)),
        lookalikes=tuple(map(voice.pick, behaviour.lookalikes)),
        beyond=voice.pick(behaviour.beyond),
        observed="observed" in hosts_by_answer,
        answers=tuple(_answer(voice, own) for own in ordered[:ANSWERS_SHOWN]),
        more_answers=max(len(ordered) - ANSWERS_SHOWN, 0),
        silent=len(silent),
        counts=tuple(
            (answer, SIGNS[answer], len(hosts_by_answer[answer])) for answer in WEIGHTIEST if hosts_by_answer[answer]
        ),
    )


def _is_silent(cell: Cell) -> bool:
    return all(part.reason == "host_unknown" for part in cell.parts)


def _answer(voice: Voice, own: list[tuple[int, CellPart]]) -> SheetAnswer:
    part = own[0][1]
    saying = voice.document.sayings[part.saying]
    records = [record for _, each in own for record in each.evidence]
    by_host: defaultdict[int, list[CellPart]] = defaultdict(list)
    for host, each in own:
        by_host[host].append(each)
    shown = islice(by_host.items(), HOSTS_SHOWN)
    return SheetAnswer(
        answer=part.verdict,
        sign=SIGNS[part.verdict],
        name=voice.name("choice", part.verdict),
        reason=voice.name("reason", part.reason) if part.reason else "",
        detail=voice.pick(saying.detail),
        action=voice.pick(saying.action),
        hosts=tuple(SheetHost(voice.hosts[host], _times(voice, parts)) for host, parts in shown),
        more_hosts=max(len(by_host) - HOSTS_SHOWN, 0),
        records=tuple(map(voice.record, records[:RECORDS_SHOWN])),
        more_records=max(sum(each.records for _, each in own) - min(len(records), RECORDS_SHOWN), 0),
    )


def _times(voice: Voice, parts: Sequence[CellPart]) -> str:
    overview = voice.document.overview
    if len(parts) == 1 and (parts[0].since, parts[0].until) == (overview.since, overview.until):
        return ""
    return voice.catalogue.joined([voice.span(part.since, part.until) for part in parts])
