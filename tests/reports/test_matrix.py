"""Behaviours by hosts on the terminal: whole blocks as files beside this one, for any width and any encoding."""

from __future__ import annotations

import io
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.reports.hostile_text import HOSTILE
from tests.reports.report_case import an_overview, content, verdicts
from yadorigi.reports import matrix
from yadorigi.reports.cells import UNSAFE
from yadorigi.reports.matrix import print_verdicts
from yadorigi.schema.overview import CaseOverview

BLOCKS = Path(__file__).parent / "matrix"
KNOWN = content(60)


@pytest.fixture(autouse=True)
def _invented_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "load_behaviours", lambda: KNOWN)


def block(hosts: int, width: int, text: str = "", encoding: str = "utf-8", **console: Any) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    overview = an_overview(hosts, text=text)
    print_verdicts(Console(file=stream, width=width, **console), overview, verdicts(overview, KNOWN, text), UTC)
    stream.seek(0)
    return "\n".join(line.rstrip() for line in stream.read().splitlines()) + "\n"


def without_steps(shown: str) -> str:
    """Leave out what to do, of which the words are content of their own."""
    return shown.partition("\nWHAT WOULD SETTLE MOST")[0]


@pytest.mark.parametrize(
    ("name", "hosts", "width", "encoding"),
    [("few-80", 4, 80, "utf-8"), ("many-120", 40, 120, "utf-8"), ("few-80-ascii", 4, 80, "ascii")],
)
def test_a_block_is_as_it_was(name: str, hosts: int, width: int, encoding: str) -> None:
    assert without_steps(block(hosts, width, encoding=encoding)) == (BLOCKS / f"{name}.txt").read_text("utf-8")


def test_every_block_is_used() -> None:
    assert {path.stem for path in BLOCKS.iterdir()} == {"few-80", "many-120", "few-80-ascii"}


def test_what_would_settle_most_comes_last() -> None:
    shown = block(6, 100)
    assert "WHAT WOULD SETTLE MOST" in shown
    assert "Collect the logs of these hosts" in shown
    assert "more steps (report.html)" in shown


@pytest.mark.parametrize("width", [60, 80, 120])
def test_hostile_text_neither_acts_nor_widens_the_block(width: int) -> None:
    shown = block(4, width, HOSTILE)
    coloured = block(4, width, HOSTILE, force_terminal=True, color_system="truecolor", legacy_windows=False)
    assert not UNSAFE.search(shown.replace("\n", ""))
    assert "\x1b[2J" not in coloured
    assert max(map(len, shown.splitlines())) <= width


def test_nothing_observed_is_never_the_whole_answer() -> None:
    overview = an_overview(3)
    lines = [one for one in verdicts(overview, KNOWN) if one.verdict == "cannot_tell"]
    stream = io.StringIO()
    print_verdicts(Console(file=stream, width=100), overview, lines, UTC)
    assert "Nothing was observed. This is no all-clear" in stream.getvalue()


def test_a_case_without_logs_says_that_nobody_can_tell() -> None:
    stream = io.StringIO()
    print_verdicts(Console(file=stream, width=100), CaseOverview("", ""), (), UTC)
    assert "nobody can tell of any behaviour" in stream.getvalue()
