"""What to do so that more can be told, what settles most first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from yadorigi.packs.log_sizes import load_log_sizes
from yadorigi.packs.word_list import filled, word_list
from yadorigi.schema.behaviour import Words
from yadorigi.schema.question import Step, StepKind

if TYPE_CHECKING:
    from yadorigi.audits.cells import Cell, CellKey
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.verdict import Verdict

_HOSTS: Final = 10
_OBSERVED: Final = "observed"
_SETTING_REASONS: Final = frozenset({"never_audited", "field_absent"})
_CHANNEL_REASONS: Final = frozenset({"not_collected", "rotated_out", "cleared", "hole", "unreadable"})
_KINDS: Final[dict[str, StepKind]] = {
    _OBSERVED: "findings", "never_audited": "setting", "host_unknown": "hosts", "rule_not_loaded": "rules",
    "not_examined": "elsewhere",
}  # fmt: skip
"""Kinds of steps by what they are about; the others are about a log."""


@dataclass(slots=True)
class _Group:
    kind: StepKind
    words: Words
    pairs: set[CellKey] = field(default_factory=set)


def steps_of(cells: Iterable[Cell], content: Behaviours) -> tuple[Step, ...]:
    """Return the steps: findings to look at first, then by the number of pairs of behaviour and host."""
    groups: dict[tuple[str, str], _Group] = {}
    for cell in cells:
        for part in cell.parts:
            if part.verdict == "not_observed":
                continue
            key = _key(part, content)
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group(_KINDS.get(key[0], "log"), _words(key, part, content))
            group.pairs.add((cell.behaviour, cell.site, cell.host))
    ordered = sorted(groups.items(), key=lambda item: (item[0][0] != _OBSERVED, -len(item[1].pairs), item[0]))
    return tuple(_step(group) for _, group in ordered)


def _key(part: Verdict, content: Behaviours) -> tuple[str, str]:
    """Return what a step is about: the reason, and the setting, log or text that goes with it."""
    if part.verdict == _OBSERVED:
        return _OBSERVED, ""
    reason = part.reason or "not_examined"
    setting, channel = str(part.about.get("setting", "")), str(part.about.get("channel", ""))
    if reason in _SETTING_REASONS and setting in content.settings:
        return "never_audited", setting
    if reason in _CHANNEL_REASONS and channel:
        return reason, channel
    if reason in {"host_unknown", "rule_not_loaded"}:
        return reason, ""
    return "not_examined", part.behaviour


def _words(key: tuple[str, str], part: Verdict, content: Behaviours) -> Words:
    words = word_list("steps")
    kind, about = key
    if kind == "never_audited":
        action = content.settings[about].action
        other = content.settings.get("process_command_line")
        if about == "process_creation" and other is not None and "process_command_line" in part.about.get("needs", ()):
            both = words["setting_and"]
            return Words(
                both.en.format(setting=action.en, other=other.action.en),
                both.ja.format(setting=action.ja, other=other.action.ja),
            )
        return Words(words["setting"].en.format(setting=action.en), words["setting"].ja.format(setting=action.ja))
    if kind in _CHANNEL_REASONS:
        return filled(words[kind], channel=about, bytes=str(load_log_sizes().of(about).advised))
    if kind == "not_examined":
        behaviour = content.every.get(about)
        beyond = behaviour.beyond if behaviour is not None else Words("", "")
        return Words(words[kind].en.format(beyond=beyond.en), words[kind].ja.format(beyond=beyond.ja))
    return words[kind]


def _step(group: _Group) -> Step:
    hosts = sorted({host for _, _, host in group.pairs})
    behaviours = tuple(sorted({behaviour for behaviour, _, _ in group.pairs}))
    return Step(
        group.kind, group.words, len(group.pairs), behaviours, tuple(hosts[:_HOSTS]), max(len(hosts) - _HOSTS, 0)
    )
