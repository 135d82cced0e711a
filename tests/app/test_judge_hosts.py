"""Hosts judged by several processes: the same lines in the same order, whatever becomes of a worker."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.audits.judging import judge_of
from tests.audits.logs import SECURITY, case, log, run
from yadorigi.app import judge_hosts
from yadorigi.app.judge_hosts import Judging, judged_hosts
from yadorigi.audits.found import FoundBehaviours
from yadorigi.audits.overview import host_overview
from yadorigi.packs.behaviours import load_behaviours
from yadorigi.reports.json_lines import json_line

if TYPE_CHECKING:
    from pathlib import Path

    from yadorigi.audits.judge import Judge
    from yadorigi.schema.coverage import Coverage

HOSTS = 40


def _coverage() -> Coverage:
    reach = {number: run(0, 3 + number / 7, 1, 900) for number in range(HOSTS)}
    return case([log(SECURITY, [own], host=f"ws{number:02}.example") for number, own in reach.items()])


def _lines(judge: Judge, folder: Path, workers: int) -> list[bytes]:
    found = FoundBehaviours(load_behaviours(), judge.coverage)
    lines = []
    for judged in judged_hosts(Judging(judge, found, folder, workers, lambda _: None)):
        own = judged.path.read_bytes()[judged.start : judged.start + judged.size].splitlines(keepends=True)
        assert len(own) == judged.verdicts
        lines += own
    return lines


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_any_number_of_workers_gives_the_same_lines(workers: int, tmp_path: Path) -> None:
    judge = judge_of(_coverage())
    found = FoundBehaviours(load_behaviours(), judge.coverage)
    expected = [json_line(verdict) + b"\n" for verdict in judge.verdicts(found)]
    assert _lines(judge_of(_coverage()), tmp_path, workers) == expected


def test_a_host_that_ends_a_worker_is_judged_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = _lines(judge_of(_coverage()), tmp_path, 1)
    parent = os.getpid()

    def ending(judge: Judge, host: object) -> object:
        if os.getpid() != parent and host is judge.hosts[7]:
            os._exit(3)
        return host_overview(judge, host)  # type: ignore[arg-type]  # as it was given

    monkeypatch.setattr(judge_hosts, "host_overview", ending)
    assert _lines(judge_of(_coverage()), tmp_path, 3) == expected
