"""Which settings are on where, and what each that is off would make answerable."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from yadorigi.schema.question import SettingStanding

if TYPE_CHECKING:
    from yadorigi.audits.cells import Cell, CellKey
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.overview import HostOverview

_HOSTS: Final = 10


def setting_standings(
    hosts: Iterable[HostOverview],
    cells: Mapping[CellKey, Cell],
    content: Behaviours,
    wanted: Container[str] | None = None,
) -> tuple[SettingStanding, ...]:
    """Return the settings, the one that would make most answerable first; those that matter to nothing are left out.

    A setting makes a pair of behaviour and host answerable where it alone is missing and nobody can tell about the
    pair. How it is on is that of the end of the case period.

    Args:
        hosts: those that matter.
        cells: of the case.
        content: behaviours and settings.
        wanted: ids of behaviours that matter, None for all.
    """
    states: defaultdict[str, Counter[bool | None]] = defaultdict(Counter)
    off_hosts: defaultdict[str, list[str]] = defaultdict(list)
    pairs: defaultdict[str, set[tuple[str, str | None, str]]] = defaultdict(set)
    for host in hosts:
        for state in host.settings:
            states[state.setting][state.on] += 1
            if not state.on:
                off_hosts[state.setting].append(host.host)
            for behaviour in state.answers:
                key = (behaviour, host.site, host.host)
                cell = cells.get(key)
                if (wanted is None or behaviour in wanted) and cell is not None and cell.answer == "cannot_tell":
                    pairs[state.setting].add(key)
    needed = needed_settings(content, wanted)
    found = [
        SettingStanding(
            name, setting.title, setting.action, states[name][True], states[name][False], states[name][None],
            tuple(off_hosts[name][:_HOSTS]), tuple(sorted({key[0] for key in pairs[name]})), len(pairs[name]),
        )
        for name, setting in content.settings.items()
        if name in needed and name in states
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.pairs, -(one.off + one.unknown), one.setting)))


def needed_settings(content: Behaviours, wanted: Container[str] | None = None) -> frozenset[str]:
    """Return the settings on which ways that show all of a behaviour depend."""
    found = set()
    for behaviour in content.every.values():
        if wanted is not None and behaviour.id not in wanted:
            continue
        for way in behaviour.evidence:
            for leaf in content.leaves(way.observable) if way.shows == "all" else ():
                observable = content.observables[leaf]
                found.add(observable.setting)
                if observable.field == "CommandLine":
                    found.add("process_command_line")
    return frozenset(found)
