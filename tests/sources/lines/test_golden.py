"""Every log of the cases becomes what its golden file says, and OCSF that validates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.schema.test_ocsf import complaints
from tests.sources.lines.golden import CASES, events_of, golden_of, golden_path
from yadorigi.sources.formats import FORMATS

LOGS = sorted(path for path in CASES.glob("*/*") if not path.name.endswith(".golden.json"))


@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name}-{log.name}")
def test_golden_case(log: Path) -> None:
    assert golden_of(log) == json.loads(golden_path(log).read_text(encoding="utf-8"))


@pytest.mark.parametrize("log", LOGS, ids=lambda log: f"{log.parent.name}-{log.name}")
def test_events_validate(log: Path) -> None:
    for _, event in events_of(log)[1]:
        assert complaints(event) == []


def test_every_format_has_a_case() -> None:
    assert {path.parent.name for path in LOGS} >= {own.name for own in FORMATS}


def test_no_golden_file_is_an_orphan() -> None:
    assert {golden_path(log) for log in LOGS} == set(CASES.glob("*/*.golden.json"))
