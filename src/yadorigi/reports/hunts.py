"""Hunts on the terminal: what they found, which were not run and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from rich.text import Text

from yadorigi.reports.account import counted, print_line
from yadorigi.reports.cells import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.schema.summary import HuntsSummary, RanHunt, UnsupportedRule

_LIMIT: Final = 400
_NAME_LIMIT: Final = 100


def print_hunts(console: Console, hunts: HuntsSummary) -> None:
    """Print what hunts found; each that was not run is named with its reason."""
    console.print()
    told = f"{hunts.given:,} given, {hunts.loaded:,} loaded, {counted(hunts.rows, 'row')}"
    print_line(console, Text.assemble(("HUNTS", "bold"), (f"  {told}", "dim")), indent=0)
    if hunts.not_run:
        print_line(console, f"none was run: {one_line(hunts.not_run, _LIMIT)}", "yellow")
    silent = [ran for ran in hunts.ran if not ran.rows and not ran.notes]
    for ran in hunts.ran:
        if ran.rows or ran.notes:
            for text, style, indent in _lines(ran):
                print_line(console, text, style, indent)
    if silent:
        print_line(console, f"{counted(len(silent), 'hunt')} found nothing", "dim")
    if hunts.unsupported:
        print_line(console, f"{counted(len(hunts.unsupported), 'hunt')} not run", "yellow")
        _print_refused(console, hunts.unsupported)


def _lines(ran: RanHunt) -> Iterator[tuple[str, str, int]]:
    what = f"{ran.findings:,} findings" if ran.results is None else f"{counted(ran.rows, 'row')} in {ran.results}"
    yield f"{one_line(ran.title, _NAME_LIMIT)} ({ran.language}): {what if ran.rows else 'nothing'}", "", 2
    for note in ran.notes:
        yield one_line(note, _LIMIT), "yellow", 4


def _print_refused(console: Console, refused: Iterable[UnsupportedRule]) -> None:
    for one in refused:
        place = one.path if one.line is None else f"{one.path}, line {one.line} of its query"
        name = one_line(one.title or one.id or "", _NAME_LIMIT)
        print_line(console, Text.assemble((f"{name}  " if name else "", ""), (one_line(place, 200), "dim")), indent=4)
        print_line(console, one_line(one.reason, _LIMIT), indent=6)
