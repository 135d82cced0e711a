"""What to do so that more can be told, what settles most first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from yadorigi.packs.steps import BEYOND, OBSERVED, SETTING, StepKey, step_key, step_words
from yadorigi.schema.question import Step, StepKind

if TYPE_CHECKING:
    from yadorigi.audits.cells import Cell, CellKey
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.behaviour import Words

_HOSTS: Final = 10
_KINDS: Final[dict[str, StepKind]] = {
    OBSERVED: "findings", SETTING: "setting", "host_unknown": "hosts", "rule_not_loaded": "rules", BEYOND: "elsewhere",
}  # fmt: skip
"""Kinds of steps by what they are about; the others are about a log."""


@dataclass(slots=True)
class _Group:
    kind: StepKind
    words: Words
    pairs: set[CellKey] = field(default_factory=set)


def steps_of(cells: Iterable[Cell], content: Behaviours) -> tuple[Step, ...]:
    """Return the steps: findings to look at first, then by the number of pairs of behaviour and host."""
    groups: dict[StepKey, _Group] = {}
    for cell in cells:
        for part in cell.parts:
            if part.verdict == "not_observed":
                continue
            key = step_key(part, content)
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group(_KINDS.get(key.kind, "log"), step_words(key, part, content))
            group.pairs.add((cell.behaviour, cell.site, cell.host))
    ordered = sorted(groups.items(), key=lambda item: (item[0].kind != OBSERVED, -len(item[1].pairs), item[0]))
    return tuple(_step(group) for _, group in ordered)


def _step(group: _Group) -> Step:
    hosts = sorted({host for _, _, host in group.pairs})
    behaviours = tuple(sorted({behaviour for behaviour, _, _ in group.pairs}))
    return Step(
        group.kind, group.words, len(group.pairs), behaviours, tuple(hosts[:_HOSTS]), max(len(hosts) - _HOSTS, 0)
    )
