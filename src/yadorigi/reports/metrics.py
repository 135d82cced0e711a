"""Counts of events and logons: on the terminal, as lines of JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from yadorigi.reports.account import print_line
from yadorigi.reports.cells import one_line
from yadorigi.reports.json_lines import json_line
from yadorigi.reports.lines import csv_line
from yadorigi.schema.times import shown_time

if TYPE_CHECKING:
    from datetime import tzinfo

    from rich.console import Console

    from yadorigi.schema.metrics import EventCount, LogonCount

_NAME_LIMIT: Final = 120
_MICROSOFT: Final = "Microsoft-Windows-"
_WIDE: Final = 100


def jsonl_rows(rows: Iterable[msgspec.Struct]) -> Iterator[bytes]:
    """Give rows as lines of JSON."""
    return (json_line(row) + b"\n" for row in rows)


def csv_rows(kind: type[msgspec.Struct], rows: Iterable[msgspec.Struct]) -> Iterator[bytes]:
    """Give a heading and rows as CSV, formulas neutralised."""
    yield csv_line(kind.__struct_fields__)
    for row in rows:
        yield csv_line(tuple("" if value is None else str(value) for value in msgspec.structs.astuple(row)))


def print_event_counts(console: Console, rows: Sequence[EventCount], zone: tzinfo) -> None:
    """Print event ids, one table for each host and channel; without seconds where the terminal is narrow."""
    length = len("2026-03-11 12:00:00" if console.width >= _WIDE else "2026-03-11 12:00")
    for (host, channel), group in groupby(rows, key=lambda row: (row.host, row.channel)):
        own = list(group)
        console.print()
        name = Text.assemble((one_line(host, _NAME_LIMIT) or "(no host name)", "bold"), "  ")
        name.append(one_line(channel, _NAME_LIMIT) or "(no channel)", "bold cyan")
        print_line(console, name, indent=0)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        for heading in ("event id", "events", "share"):
            table.add_column(heading, justify="right", no_wrap=True)
        for heading in ("first", "last"):
            table.add_column(heading, no_wrap=True)
        table.add_column("meaning, provider", overflow="fold")
        for row in own:
            meaning = Text(f"{row.description}  " if row.description else "")
            meaning.append(one_line(row.provider.removeprefix(_MICROSOFT), _NAME_LIMIT), "dim")
            times = (_shown(row.first_time, zone)[:length], _shown(row.last_time, zone)[:length])
            table.add_row(str(row.event_id), f"{row.events:,}", f"{row.share:.1%}", *times, meaning)
        console.print(Padding(table, (0, 0, 0, 2), expand=False), highlight=False, markup=False)


def print_logon_counts(console: Console, rows: Sequence[LogonCount], headings: Mapping[str, str], zone: tzinfo) -> None:
    """Print logons, one block for each kind of event."""
    by_event = {name: list(group) for name, group in groupby(rows, key=lambda row: row.event)}
    for name, heading in headings.items():
        own = by_event.get(name, [])
        console.print()
        title = Text.assemble((heading, "bold"), (f"  {sum(row.events for row in own):,}", "bold cyan"))
        print_line(console, title, indent=0)
        for row in own:
            print_line(console, _logon(row))
            times = f"{_shown(row.first_time, zone)} to {_shown(row.last_time, zone)}"
            print_line(console, times if row.events > 1 else _shown(row.first_time, zone), "dim", 12)


def _logon(row: LogonCount) -> Text:
    """Return one line: how many, who, how, from where, to where, and why it failed."""

    def shown(text: str) -> str:
        return one_line(text, _NAME_LIMIT)

    line = Text.assemble(f"{row.events:>8,}  ", (shown(row.account) or "(no account)", "bold"))
    if row.target:
        line.append(f"  as {shown(row.target)}")
    if row.target_server:
        line.append(f" on {shown(row.target_server)}")
    if row.logon_type is not None:
        name = row.logon_type_name
        line.append(f"  {name} ({row.logon_type})" if name else f"  type {row.logon_type}", "cyan")
    source = " ".join(part for part in (shown(row.address), shown(row.workstation)) if part)
    if source:
        line.append(f"  from {source}")
    line.append(f"  on {shown(row.host) or '(no host name)'}" if not row.target_server else f"  at {shown(row.host)}")
    if row.status:
        line.append(f"  {row.reason} ({row.status})" if row.reason else f"  {shown(row.status)}", "yellow")
    return line


def _shown(time: str, zone: tzinfo) -> str:
    return shown_time(time, zone)[:19]
