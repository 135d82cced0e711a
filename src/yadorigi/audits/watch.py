"""What has to be noted of events while they are read, so that verdicts can be given afterwards."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from yadorigi.ingest.coverage import Watched

if TYPE_CHECKING:
    from yadorigi.packs.behaviours import Behaviours
    from yadorigi.schema.behaviour import Observable, Signs

_SCRIPT_BLOCK: Final = ("microsoft-windows-powershell/operational", 4104)
_CONTROLLER: Final = {"security": (4624, 4768, 4769, 4771)}
"""Events that tell a domain controller from other hosts."""


def watched_by(behaviours: Behaviours) -> Watched:
    """Return what the observables and settings of all behaviours need."""
    event_ids: dict[str, set[int]] = defaultdict(set)
    filled: dict[tuple[str, int], str] = {}
    for setting in behaviours.settings.values():
        event_ids[setting.channel.casefold()].update(setting.event_ids)
    for channel, numbers in _CONTROLLER.items():
        event_ids[channel].update(numbers)
    for observable in behaviours.observables.values():
        event_ids[observable.channel.casefold()].update(observable.event_ids)
        for number in observable.event_ids if observable.field and not observable.numbers else ():
            key = (observable.channel.casefold(), number)
            if key != _SCRIPT_BLOCK:
                filled[key] = observable.field
        for signs in observable.implied_by:
            if not signs.numbers:
                event_ids[observable.channel.casefold()].update(signs.event_ids)
    ids = {channel: frozenset(numbers) for channel, numbers in event_ids.items()}
    return Watched(ids, filled, _numbers(behaviours), _SCRIPT_BLOCK)


def _numbers(behaviours: Behaviours) -> dict[tuple[str, int], dict[str, frozenset[int]]]:
    """Return the numbers that fields of events must hold, by channel and event id."""
    found: dict[tuple[str, int], dict[str, frozenset[int]]] = defaultdict(dict)
    for observable in behaviours.observables.values():
        every: tuple[Observable | Signs, ...] = (observable, *observable.implied_by)
        for signs in every:
            for event_id in signs.event_ids if signs.numbers else ():
                own = found[observable.channel.casefold(), event_id]
                own[signs.field] = own.get(signs.field, frozenset()) | frozenset(signs.numbers)
    return dict(found)
