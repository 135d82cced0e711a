"""How each input would be read: a table for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from yadorigi.reports.cells import one_line

if TYPE_CHECKING:
    from rich.console import Console

_CELL_LIMIT: Final = 300
_UNKNOWN: Final = "no source recognises it"


def print_inputs(console: Console, inputs: Iterable[tuple[str, str | None, str]]) -> None:
    """Print files with the source that reads each, and why."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("source", no_wrap=True)
    table.add_column("why", overflow="fold")
    for path, source, reason in inputs:
        style = "" if source is not None else "dim"
        why = Text(one_line(reason, _CELL_LIMIT) or _UNKNOWN, "dim")
        table.add_row(Text(one_line(path, _CELL_LIMIT), style), Text(source or "-", style or "bold"), why)
    console.print(table, highlight=False, markup=False)
