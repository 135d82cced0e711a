"""What the hosts record and what they do not, and which setting would make most behaviours answerable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from yadorigi.reports.page.voice import Voice
    from yadorigi.schema.overview import SettingState

HOSTS_NAMED: Final = 12


@dataclass(frozen=True)
class SettingLine:
    """A setting over all hosts.

    Attributes:
        title: its name in Windows.
        action: how it is switched on.
        off, unknown, on: on how many hosts.
        off_hosts: names of those where it is off or nobody knows.
        pairs: behaviours on hosts (counted together) that it would make answerable.
        known_by: by what it is known, where it is known.
    """

    title: str
    action: str
    off: int
    unknown: int
    on: int
    off_hosts: str
    pairs: int
    behaviours: int
    known_by: str


def setting_lines(voice: Voice) -> tuple[SettingLine, ...]:
    """Return all settings that behaviours need, what would answer most first."""
    states: defaultdict[str, list[tuple[int, SettingState]]] = defaultdict(list)
    for index, host in enumerate(voice.document.overview.hosts):
        for state in host.settings:
            states[state.setting].append((index, state))
    lines = [_line(voice, setting, own) for setting, own in sorted(states.items())]
    return tuple(sorted(lines, key=lambda line: (-line.pairs, -line.off, -line.unknown)))


def _line(voice: Voice, setting: str, own: list[tuple[int, SettingState]]) -> SettingLine:
    text = voice.document.settings.get(setting)
    lacking = [index for index, state in own if state.on is not True]
    known = dict.fromkeys(voice.name("known_by", state.known_by) for _, state in own if state.known_by != "nothing")
    answers = [behaviour for _, state in own for behaviour in state.answers]
    return SettingLine(
        title=voice.pick(text.title) if text else setting,
        action=voice.pick(text.action) if text else "",
        off=sum(state.on is False for _, state in own),
        unknown=sum(state.on is None for _, state in own),
        on=sum(state.on is True for _, state in own),
        off_hosts=voice.host_list(lacking, HOSTS_NAMED),
        pairs=len(answers),
        behaviours=len(set(answers)),
        known_by=voice.catalogue.joined(list(known)),
    )
