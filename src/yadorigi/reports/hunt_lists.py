"""Lists of hunts, and what is wrong with hunts, on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.text import Text

from yadorigi.reports.account import counted, print_line
from yadorigi.reports.cells import one_line
from yadorigi.reports.json_lines import json_line
from yadorigi.reports.terminal import LEVEL_STYLES

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.packs.hunts import Hunt

_LIMIT: Final = 300


class CheckLines(NamedTuple):
    """What checking hunts found.

    Attributes:
        loaded: hunts that can be run.
        refused: path, title, line of the query and reason of the others.
        wrong: examples that are not as they say, with the id of their hunt.
        notes: what is odd, with the id of the hunt.
        examples: how many were tried.
    """

    loaded: int
    refused: Sequence[tuple[str, str, int | None, str]]
    wrong: Sequence[tuple[str, str]]
    notes: Sequence[tuple[str, str]]
    examples: int


def print_hunt_list(console: Console, hunts: Iterable[Hunt]) -> None:
    """Print hunts, two lines each: level and title; language, techniques and id."""
    for hunt in hunts:
        level = Text(f"{one_line(hunt.level, 13):<13} ", style=LEVEL_STYLES.get(hunt.level, "default"))
        print_line(console, level + Text(one_line(hunt.title, _LIMIT), style="bold"), indent=0)
        print_line(console, Text("  ".join((hunt.language, *hunt.attack, hunt.id)), style="dim"), indent=14)


def hunt_lines(hunts: Iterable[Hunt]) -> Iterator[bytes]:
    """Give hunts as lines of JSON."""
    for hunt in hunts:
        yield (
            json_line(
                {
                    "id": hunt.id,
                    "title": hunt.title,
                    "level": hunt.level,
                    "language": hunt.language,
                    "techniques": hunt.attack,
                    "author": hunt.author,
                    "path": hunt.path,
                    "findings": hunt.findings,
                }
            )
            + b"\n"
        )


def print_hunt_check(console: Console, found: CheckLines) -> None:
    """Print what checking found."""
    told = f"{found.loaded:,} hunts can be run, {len(found.refused):,} cannot"
    print_line(
        console, f"{told}; {counted(found.examples, 'example')} tried, {len(found.wrong):,} not as they say", "bold", 0
    )
    for path, title, line, reason in found.refused:
        place = path if line is None else f"{path}, line {line} of its query"
        print_line(
            console, Text.assemble((one_line(f"{title}  " if title else "", 100), ""), (one_line(place, 200), "dim"))
        )
        print_line(console, one_line(reason, _LIMIT), "yellow", 4)
    for name, told in found.wrong:
        print_line(console, f"{name}: {one_line(told, _LIMIT)}", "red")
    for name, told in found.notes:
        print_line(console, f"{name}: {one_line(told, _LIMIT)}", "dim")
