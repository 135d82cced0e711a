"""Give the verdicts of a case: from what its hunts noted of logs and what they found, to ``verdicts.jsonl``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from yadorigi.app.case_folder import FINDINGS, VERDICTS, CaseFolder
from yadorigi.app.judge_hosts import Judging, judged_hosts
from yadorigi.audits.estate import hosts_by_site
from yadorigi.audits.found import FoundBehaviours
from yadorigi.audits.judge import Judge, period_of
from yadorigi.audits.overview import overview_with
from yadorigi.errors import CaseError
from yadorigi.limits import MEBIBYTE
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.reports.json_lines import json_line

if TYPE_CHECKING:
    from yadorigi.app.judge_hosts import JudgedHost
    from yadorigi.schema.coverage import Coverage
    from yadorigi.schema.overview import CaseOverview
    from yadorigi.schema.summary import SiteSummary
    from yadorigi.schema.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """What the verdicts come to.

    Attributes:
        overview: the case's hosts with their logs; None where no event was read.
        verdicts: how many lines there are.
        sites: hosts and events of each site and of none; empty where no site is known.
    """

    overview: CaseOverview | None
    verdicts: int
    sites: tuple[SiteSummary, ...] = ()


def judge_case(
    case: CaseFolder,
    coverage: Coverage,
    workers: int,
    observe: Callable[[list[int]], None],
    sites: Sequence[str] = (),
) -> Judged:
    """Write the verdicts anew, for `CaseFolder.publish` to put in their place.

    Args:
        case: with its findings.
        coverage: what its hunts noted of logs.
        workers: how many processes may work.
        observe: called a few times a second while they work, with their process ids.
        sites: names of sites that settings speak of.

    Raises:
        CaseError: the case's findings cannot be read.
        OSError: the disk is full or failing.
        UnfinishedError: the same, in a worker.
    """
    behaviours = load_behaviours()
    period = period_of(coverage)
    written = 0
    overview = None
    of_sites: tuple[SiteSummary, ...] = ()
    with case.writing(VERDICTS) as stream:
        if period is not None:
            judge = Judge(coverage, behaviours, period)
            found = FoundBehaviours(behaviours, coverage)
            findings = case.newest(FINDINGS)
            try:
                with findings.open("rb", MEBIBYTE) as lines:
                    found.read(lines)
            except msgspec.MsgspecError as error:
                where = f"{findings}, line {found.findings}"
                raise CaseError(f"{where} cannot be read ({error}); name another --case, or use --force") from error
            hosts = []
            for judged in judged_hosts(Judging(judge, found, case.work, workers, observe)):
                _copy(judged, stream)
                written += judged.verdicts
                hosts.append(judged.overview)
            written += _write(stream, judge.of_unknown_hosts())
            overview = overview_with(judge, hosts)
            of_sites = hosts_by_site(judge.leaves.estate.hosts.values(), sites)
    return Judged(overview, written, of_sites)


def _copy(judged: JudgedHost, target: BinaryIO) -> None:
    left = judged.size
    with judged.path.open("rb") as source:
        source.seek(judged.start)
        while left and (block := source.read(min(left, MEBIBYTE))):
            target.write(block)
            left -= len(block)


def _write(stream: BinaryIO, verdicts: Iterable[Verdict]) -> int:
    number = 0
    for verdict in verdicts:
        stream.write(json_line(verdict) + b"\n")
        number += 1
    return number
