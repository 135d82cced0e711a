"""Hunting files at once, against keeping their events and running the rules over these: both must leave the same."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.rules_cache import rules_cache
from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
from yadorigi.app.run_detect import run_detect
from yadorigi.app.run_hunt import run_hunt
from yadorigi.app.run_ingest import run_ingest
from yadorigi.settings import Settings

SAME = ("findings.jsonl", "timeline.csv", "verdicts.jsonl", "coverage.json", "warnings.jsonl")
"""Files of a case that must not tell whether rules looked at events when these were read or later."""


def options(case: Path, paths: tuple[Path, ...] = (), **given: Any) -> HuntOptions:
    chosen: dict[str, Any] = {"workers": 1, "report": False, "settings": Settings(cache_folder=rules_cache())} | given
    return HuntOptions(tuple(map(str, paths)), case=case, **chosen)


def hunt(case: Path, *paths: Path, **given: Any) -> HuntOutcome:
    """Hunt files."""
    return run_hunt(options(case, paths, **given))


def ingest(case: Path, *paths: Path, **given: Any) -> HuntOutcome:
    """Keep the events of files."""
    return run_ingest(options(case, paths, **given))


def detect(case: Path, **given: Any) -> HuntOutcome:
    """Run rules over what a case keeps."""
    return run_detect(options(case, **given))


def copy_of(case: Path, name: str) -> Path:
    """A copy of a case beside it."""
    place = case.with_name(name)
    shutil.copytree(case, place)
    return place


def content(case: Path) -> dict[str, bytes]:
    """What must be the same."""
    return {name: (case / name).read_bytes() for name in SAME}


def assert_same(one: HuntOutcome, other: HuntOutcome) -> None:
    """Two outcomes tell the same, line by line."""
    for name in SAME:
        own, others = ((outcome.case / name).read_bytes().splitlines() for outcome in (one, other))
        assert len(own) == len(others), name
        for line, again in zip(own, others, strict=True):
            assert line == again, name
    assert one.summary.rules == other.summary.rules
    assert one.summary.findings == other.summary.findings
    assert (one.summary.rules_fired, one.summary.hosts_found, one.summary.users_found) == (
        other.summary.rules_fired, other.summary.hosts_found, other.summary.users_found,
    )  # fmt: skip
    assert one.damaged == other.damaged
