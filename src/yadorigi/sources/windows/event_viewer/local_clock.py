"""The zone of local times, by events that say their moment in UTC too: Sysmon's, and the kernel's at a start or end.

They stand anywhere in an export. Those of another one in the same folder say only that the two may disagree: how a file
is read must not depend on files beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.sources.records.shown_dates import Order, by_own_clock, stated_time

if TYPE_CHECKING:
    from yadorigi.sources.windows.event_viewer.columns import Column

_SYSMON: Final = re.compile(r"\nUtcTime: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,7})?)\r?\n").search
_KERNEL: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)").search
_OF_SYSMON: Final = frozenset(("microsoft-windows-sysmon", "sysmon"))
_OF_KERNEL: Final = frozenset(("microsoft-windows-kernel-general", "kernel-general"))
_STARTS_AND_ENDS: Final = ("12", "13")
_MARKS: Final = dict.fromkeys((0x200E, 0x200F))
_LOOKED_AT: Final = 2_000
"""Events of an export of which the first ones that tell are sought."""
_COMPARED: Final = 20
"""Events that tell; a clock may be set, and one zone may follow another."""


class LocalClock(NamedTuple):
    """What is known of the clock of an export.

    Attributes:
        ahead: of UTC.
        told_by: name of the file beside it that tells, "" where it tells itself.
    """

    ahead: timedelta
    told_by: str = ""


def zone_of_rows(rows: Iterator[Mapping[Column, str]], order: Order) -> timedelta | None:
    """Return how far the clock of an export is ahead of UTC, None where no event tells or they disagree.

    Args:
        rows: what the events show, by column.
        order: in which dates are written.
    """
    found: set[timedelta] = set()
    compared = 0
    for row in islice(rows, _LOOKED_AT):
        ahead = _ahead(row, order)
        if ahead is not None:
            found.add(ahead)
            compared += 1
            if compared >= _COMPARED:
                break
    return found.pop() if len(found) == 1 else None


def _ahead(row: Mapping[Column, str], order: Order) -> timedelta | None:
    source, message = row.get("source", "").strip().casefold(), row.get("message", "")
    if source in _OF_SYSMON:
        told = _SYSMON(message)
    elif source in _OF_KERNEL and row.get("id", "").strip() in _STARTS_AND_ENDS:
        told = _KERNEL(message.translate(_MARKS))
    else:
        return None
    stated = stated_time(row.get("time", ""), order) if told is not None else None
    if told is None or stated is None or stated.zone is not None:
        return None
    own = by_own_clock(stated.local, told[1])
    return own[1] if own is not None else None
