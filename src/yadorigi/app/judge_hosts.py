"""Hosts are judged one by one and know nothing of each other, so that several processes can judge them.

A worker writes the lines of its hosts into a file of its own and says where they are; the parent puts them together in
the order of hosts, so that the verdicts are the same however many workers there are.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

from yadorigi.audits.overview import host_overview
from yadorigi.limits import MEBIBYTE, MEMORY_BYTES
from yadorigi.reports.json_lines import json_line
from yadorigi.runner.pool import Lost, Pool

if TYPE_CHECKING:
    from yadorigi.audits.found import FoundBehaviours
    from yadorigi.audits.judge import Judge
    from yadorigi.schema.overview import HostOverview

_GROWTH: Final = 1.3
"""What a worker comes to at most, in units of the process that it is a copy of; what both share is counted twice.

Measured with 1,016 hosts: 0.8, as a copy lets go of what only the parent needs."""
_FEW_HOSTS: Final = 8
"""So many are judged sooner than workers are started."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What hosts are judged by.

    Attributes:
        judge: knows the case's logs.
        found: what was found.
        folder: for what workers write.
        workers: how many processes may work.
        observe: called a few times a second while workers work, with their process ids.
    """

    judge: Judge
    found: FoundBehaviours
    folder: Path
    workers: int
    observe: Callable[[list[int]], None]


@dataclass(frozen=True, slots=True)
class JudgedHost:
    """Where the lines of a host's verdicts lie, how many there are, and what there is to say of its logs."""

    path: Path
    start: int
    size: int
    verdicts: int
    overview: HostOverview


class _Worker:
    """Judges hosts into a file of its own."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._path = judging.folder / f"judged-{secrets.token_hex(4)}"
        self._end = 0

    def judge(self, place: int) -> JudgedHost:
        """Judge the host at a place among the judge's."""
        judge = self._judging.judge
        host = judge.hosts[place]
        start, verdicts = self._end, 0
        with self._path.open("ab", MEBIBYTE) as stream:
            for verdict in judge.of_host(host, self._judging.found):
                self._end += stream.write(json_line(verdict) + b"\n")
                verdicts += 1
        overview = host_overview(judge, host)
        judge.forget(host)
        return JudgedHost(self._path, start, self._end - start, verdicts, overview)


def _affordable() -> int:
    """Return how many workers there may be for their memory: each is a copy of this process, and grows."""
    own = psutil.Process().memory_info().rss
    return int((MEMORY_BYTES - own) / (own * _GROWTH))


def judged_hosts(judging: Judging) -> Iterator[JudgedHost]:
    """Judge the hosts of a case, and give them in their order.

    Raises:
        OSError: the disk is full or failing.
        UnfinishedError: the same, in a worker.
    """
    places = range(len(judging.judge.hosts))
    workers = min(judging.workers, len(places) // _FEW_HOSTS, _affordable())
    if workers < 2:  # noqa: PLR2004 - one worker is no faster than this process
        yield from map(_Worker(judging).judge, places)
        return
    waiting: dict[int, JudgedHost | None] = {}
    own = None
    with Pool(workers, partial(_Worker, judging), _Worker.judge, judging.observe) as pool:
        following = iter(places)
        due = next(following, None)
        for place, result in pool.run(places):
            # One that a worker did not survive is judged here, where whatever is wrong with it is told.
            waiting[place] = None if isinstance(result, Lost) else result
            while due in waiting:
                own = own if own is not None else _Worker(judging)
                yield waiting.pop(due) or own.judge(due)
                due = next(following, None)
