"""The matrix of behaviours and hosts, in blocks that a screen and a sheet of paper can hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yadorigi.reports.page.fold import is_split, shown_part
from yadorigi.reports.page.voice import SIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yadorigi.reports.page.voice import Voice
    from yadorigi.schema.overview import HostOverview
    from yadorigi.schema.report import BehaviourText, Cell

BLOCK_HOSTS: Final = 32
"""Hosts side by side: as many as fit a sheet across."""

TACTICS: Final = (
    "reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation",
    "defense-evasion", "credential-access", "discovery", "lateral-movement", "collection", "command-and-control",
    "exfiltration", "impact",
)  # fmt: skip
"""The tactics of ATT&CK in its order."""

_ROLES: Final = ("domain_controller", "server", "client")


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One behaviour on one host: the answer (or ``impossible``, ``absent``), its sign, and words for a tooltip."""

    answer: str
    sign: str
    told: str
    split: bool


@dataclass(frozen=True)
class MatrixRow:
    """A behaviour and its cells; ``answers`` names those that occur, for filters."""

    id: str
    title: str
    cells: tuple[MatrixCell, ...]
    answers: str


@dataclass(frozen=True)
class MatrixGroup:
    """The behaviours of a tactic, with how many cells of the block have each answer."""

    tactic: str
    name: str
    rows: tuple[MatrixRow, ...]
    counts: dict[str, int]


@dataclass(frozen=True)
class HostHead:
    """A column's heading: the host's index, name as shown and as logged, site and role."""

    index: int
    name: str
    full: str
    role: str
    role_name: str


@dataclass(frozen=True)
class MatrixBlock:
    """A table: some hosts, all behaviours."""

    label: str
    hosts: tuple[HostHead, ...]
    groups: tuple[MatrixGroup, ...]
    counts: dict[str, int]
    open: bool


def tactic_order(tactic: str) -> tuple[int, str]:
    """Return a key that sorts tactics as ATT&CK does, unknown ones last."""
    return (TACTICS.index(tactic) if tactic in TACTICS else len(TACTICS), tactic)


def by_tactic(behaviours: Sequence[BehaviourText]) -> list[tuple[str, list[BehaviourText]]]:
    """Return behaviours by tactic, in the order of tactics."""
    groups: defaultdict[str, list[BehaviourText]] = defaultdict(list)
    for behaviour in behaviours:
        groups[behaviour.tactic].append(behaviour)
    return sorted(groups.items(), key=lambda item: tactic_order(item[0]))


def matrix_blocks(voice: Voice) -> tuple[MatrixBlock, ...]:
    """Return the matrix of the hosts that have logs; hosts without are told elsewhere."""
    document = voice.document
    cells = {(cell.behaviour, cell.host): cell for cell in document.cells}
    groups = by_tactic([behaviour for behaviour in document.behaviours if behaviour.shown_by_logs])
    order = _host_order(voice, cells)
    maker = _Cells(voice, cells)
    blocks = []
    for start in range(0, len(order), BLOCK_HOSTS):
        hosts = order[start : start + BLOCK_HOSTS]
        made = tuple(_group(voice, tactic, own, hosts, maker) for tactic, own in groups)
        counts = Counter[str]()
        for group in made:
            counts.update(group.counts)
        first, last = start + 1, start + len(hosts)
        label = voice.say("matrix.block", first=first, last=last, all=len(order))
        heads = tuple(_head(voice, index) for index in hosts)
        blocks.append(MatrixBlock(label, heads, made, dict(counts), open=start == 0))
    return tuple(blocks)


def _host_order(voice: Voice, cells: dict[tuple[str, int], Cell]) -> list[int]:
    """Hosts on which something was observed first, then by site, role and name."""
    observed = {cell.host for cell in cells.values() if any(part.verdict == "observed" for part in cell.parts)}
    hosts = voice.document.overview.hosts

    def key(index: int) -> tuple[bool, str, int, str]:
        host = hosts[index]
        role = _ROLES.index(host.role) if host.role else len(_ROLES)
        return index not in observed, host.site or "", role, host.host

    shown = [index for index, host in enumerate(hosts) if host.known or index in observed]
    return sorted(shown, key=key)


def _head(voice: Voice, index: int) -> HostHead:
    host: HostOverview = voice.document.overview.hosts[index]
    role = host.role or "unknown"
    return HostHead(index, voice.hosts[index], host.host, role, voice.name("role", role))


def _group(
    voice: Voice, tactic: str, behaviours: Sequence[BehaviourText], hosts: Sequence[int], maker: _Cells
) -> MatrixGroup:
    rows = []
    counts = Counter[str]()
    for behaviour in behaviours:
        cells = tuple(maker.cell(behaviour, host) for host in hosts)
        answers = {cell.answer for cell in cells}
        counts.update(cell.answer for cell in cells)
        rows.append(MatrixRow(behaviour.id, voice.pick(behaviour.title), cells, " ".join(sorted(answers))))
    return MatrixGroup(tactic, voice.name("tactic", tactic), tuple(rows), dict(counts))


class _Cells:
    """Makes cells; their words are few, so each is made once."""

    def __init__(self, voice: Voice, cells: dict[tuple[str, int], Cell]) -> None:
        self.voice = voice
        self.cells = cells
        self.words: dict[tuple[str, str | None, bool], str] = {}

    def cell(self, behaviour: BehaviourText, host: int) -> MatrixCell:
        cell = self.cells.get((behaviour.id, host))
        if cell is None:
            role = self.voice.document.overview.hosts[host].role
            answer = "impossible" if behaviour.roles and role and role not in behaviour.roles else "absent"
            return MatrixCell(answer, SIGNS[answer], self.told(answer, None, split=False), split=False)
        part = shown_part(cell.parts)
        split = is_split(cell.parts)
        told = self.told(part.verdict, part.reason, split=split)
        return MatrixCell(part.verdict, SIGNS[part.verdict], told, split)

    def told(self, answer: str, reason: str | None, *, split: bool) -> str:
        key = (answer, reason, split)
        if key not in self.words:
            words = self.voice.name("choice", answer)
            if reason:
                words = self.voice.say("cell.reason", answer=words, reason=self.voice.name("reason", reason))
            if split:
                words = self.voice.say("cell.split", told=words)
            self.words[key] = words
        return self.words[key]
