"""How far logs reach, and how large they would have to be to reach as far as is advised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, Final

from yadorigi.packs.log_sizes import LogSizes, load_log_sizes
from yadorigi.schema.question import LogReach

if TYPE_CHECKING:
    from yadorigi.schema.overview import HostOverview, LogOverview
    from yadorigi.schema.stated_log import StatedLog

_STEP: Final = 64 * 1024**2
"""Sizes are rounded up to whole steps, which Windows takes."""


def log_reaches(
    hosts: Iterable[HostOverview], channels: frozenset[str], stated: Sequence[StatedLog] = ()
) -> Iterator[LogReach]:
    """Give the logs of hosts, those of the given channels (casefolded) only, in the order of hosts.

    Args:
        hosts: those that matter.
        channels: those that matter; empty for all.
        stated: sizes that files of settings state.
    """
    sizes = load_log_sizes()
    known = {(_short(one.host), one.channel.casefold()): one.size for one in stated if one.size}
    for host in hosts:
        for log in host.logs:
            channel = log.channel.casefold()
            if not channels or channel in channels:
                size = known.get((_short(host.host), channel)) or known.get(("", channel))
                yield _reach(host, log, size, sizes)


def _short(host: str) -> str:
    return host.casefold().partition(".")[0]


def _reach(host: HostOverview, log: LogOverview, stated: int | None, sizes: LogSizes) -> LogReach:
    advised, wanted = sizes.of(log.channel), sizes.days.least
    size = stated or advised.size
    missing = tuple(dict.fromkeys(part.reason for part in log.parts if part.reason is not None))
    # How much a log holds is known where it overwrote what was older, not where somebody cleared it.
    full = log.reach_days is not None and "cleared" not in missing
    needed = size * wanted / log.reach_days if full and log.reach_days and log.reach_days < wanted else 0
    return LogReach(
        host.site, host.host, log.channel, log.first_time, log.last_time, log.reach_days, wanted, size, stated is None,
        max(advised.advised, ceil(needed / _STEP) * _STEP), missing,
    )  # fmt: skip
