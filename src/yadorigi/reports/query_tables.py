"""The tables and views of a case, and the columns of one, on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from yadorigi.reports.account import counted, print_line
from yadorigi.reports.cells import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.lake.sql.views import View

_TYPE_LIMIT: Final = 300


def print_tables(console: Console, views: Iterable[tuple[View, int]]) -> None:
    """Print names, numbers of rows and titles; what has no rows comes last, by name alone."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    table.add_column("holds")
    empty = []
    for view, rows in views:
        if rows:
            table.add_row(view.name, f"{rows:,}", view.title)
        else:
            empty.append(view.name)
    console.print(table)
    if empty:
        print_line(console, f"without rows in this case: {', '.join(empty)}", "dim", 0)
    print_line(console, "every event of a log has a view, too: sysmon_1, security_4624", "dim", 0)


def print_columns(console: Console, view: View, rows: int) -> None:
    """Print the columns of one."""
    print_line(console, Text.assemble((view.name, "bold"), f": {view.title}, {counted(rows, 'row')}"), indent=0)
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for name in ("column", "type", "what it says"):
        table.add_column(name, overflow="fold")
    for column in view.columns:
        meaning = column.meaning or ("as logged" if column.field else "")
        table.add_row(Text(column.name), Text(one_line(column.type, _TYPE_LIMIT)), Text(meaning))
    console.print(table)
