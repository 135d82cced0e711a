"""What a hunt found and what it could not look at, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from rich.console import Console

from yadorigi.reports.cells import one_line
from yadorigi.schema.summary import Summary
from yadorigi.schema.warning import ParseWarning


def print_hunt(console: Console, summary: Summary, warnings: Sequence[ParseWarning], case: Path, zone: tzinfo) -> None:
    """Print the summary of a hunt."""
    del zone
    console.print(f"{summary.events} events, {sum(summary.findings.values())} findings, {len(warnings)} warnings")
    console.print(f"case: {one_line(str(case), 500)}")
