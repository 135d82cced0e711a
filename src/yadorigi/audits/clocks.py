"""Stretches in which a host's clock was wrong, or may have been: what bears such times may have happened at others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.audits.timeline import SLIGHT, Stretch
from yadorigi.schema.times import canonical_time, ticks_of

if TYPE_CHECKING:
    from yadorigi.audits.estate import Host
    from yadorigi.schema.coverage import Landmark

_SECURITY: Final = "security"
_SYSTEM: Final = "system"
_BY_WINDOWS: Final = ("\\svchost.exe", "\\vmtoolsd.exe", "\\vboxservice.exe", "\\qemu-ga.exe")
"""Programs that set clocks by a time server or the host of a virtual machine, also after it slept."""


class ClockSet(NamedTuple):
    """A clock that was set: the stretch between the two times, and the record of it with the number of its hunt."""

    stretch: Stretch
    hunt: int
    mark: Landmark


def clocks_set(host: Host) -> Iterator[ClockSet]:
    """Give the times that a host's clock was set back, and those that somebody set it forward by hand.

    What sets a clock forward is mostly the end of a sleep, in which nothing happened; only a program other than those
    of Windows makes it doubtful. A clock that goes back passes the same hours twice, whoever sets it.
    """
    for hunt, mark in (*host.marks(_SECURITY, 4616), *host.marks(_SYSTEM, 1)):
        fields = dict(mark.fields)
        before = _tick(fields.get("PreviousTime") or fields.get("OldTime") or "")
        behind = _tick(fields.get("NewTime") or "")
        if before is None or behind is None or abs(behind - before) < SLIGHT:
            continue
        program = fields.get("ProcessName", "").casefold()
        if behind < before or (program and not program.endswith(_BY_WINDOWS)):
            yield ClockSet(Stretch(min(before, behind), max(before, behind)), hunt, mark)


def _tick(text: str) -> int | None:
    time = canonical_time(text.replace("\u200e", ""))
    return ticks_of(time) if time is not None else None
