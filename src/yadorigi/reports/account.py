"""What was read and what could not be, in words: beside results that are no hunt, and as part of a hunt's summary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.padding import Padding
from rich.text import Text

from yadorigi.reports.cells import one_line

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.schema.warning import ParseWarning

DAMAGE: Final = ("file", "record")
"""Kinds of warnings that mean that something recognised could not be read whole."""

_ORDER: Final = ("file", "record", "gap", "notice")
_FEW_FILES: Final = 8
_FEW_NAMES: Final = 5
_CELL_LIMIT: Final = 300


def counted(count: int, name: str) -> str:
    """Return a number with what it counts: ``1 file``, ``2,000 files``."""
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"


def few(names: Sequence[str], limit: int = 100) -> str:
    """Return the first few names, harmless, and how many more there are."""
    shown = [one_line(name, limit) for name in names[:_FEW_NAMES]]
    if len(names) > _FEW_NAMES:
        shown.append(f"and {len(names) - _FEW_NAMES:,} more")
    return "; ".join(shown)


def print_line(console: Console, text: str | Text, style: str = "", indent: int = 2) -> None:
    """Print text as it is: no markup, nothing highlighted, folded where it is too long."""
    shown = text if isinstance(text, Text) else Text(text, style=style)
    console.print(Padding(shown, (0, 0, 0, indent), expand=False), highlight=False, markup=False)


def print_warnings(console: Console, unknown: Sequence[str], warnings: Iterable[ParseWarning], indent: int = 2) -> None:
    """Print what was not read: files of no known format, then warnings by file, the worst first.

    Args:
        console: where to.
        unknown: files that no source recognised.
        warnings: of the files that were.
        indent: columns to leave free.
    """
    if unknown:
        print_line(console, f"{counted(len(unknown), 'file')} of no known log format", indent=indent)
        print_line(console, few(unknown), "dim", indent + 2)
    for file, own in _by_file(warnings, console, indent):
        print_line(console, one_line(file, _CELL_LIMIT) or "(this run)", indent=indent)
        style = "yellow" if own[0].kind in DAMAGE else "dim"
        reason = one_line(own[0].reason, _CELL_LIMIT)
        print_line(console, Text.assemble((losses(own), style), f": {reason}"), indent=indent + 2)
        if len(own) > 1:
            print_line(console, f"and {counted(len(own) - 1, 'more warning')}", "dim", indent + 2)


def _by_file(
    warnings: Iterable[ParseWarning], console: Console, indent: int
) -> Iterable[tuple[str, list[ParseWarning]]]:
    by_file: Mapping[str, list[ParseWarning]] = defaultdict(list)
    for warning in sorted(warnings, key=_order):
        by_file[warning.file].append(warning)
    ordered = sorted(by_file.items(), key=lambda item: (_order(item[1][0])[0], -_lost(item[1]), item[0]))
    yield from ordered[:_FEW_FILES]
    more = len(ordered) - _FEW_FILES
    if more > 0:
        print_line(console, f"and warnings about {counted(more, 'more file')}", "dim", indent)


def losses(warnings: Sequence[ParseWarning]) -> str:
    """Sum up what was lost, in words."""
    damage = [warning for warning in warnings if warning.kind in DAMAGE]
    parts: list[str] = []
    if damage:
        lost = _lost(damage)
        uncounted = any(warning.records is None for warning in damage)
        if lost:
            parts.append(f"{'at least ' if uncounted else ''}{counted(lost, 'record')} lost")
        else:
            parts.append("an unknown number of records lost" if uncounted else "damage that cost no record")
        files = len({warning.file for warning in damage})
        if files > 1:
            parts[-1] += f" in {counted(files, 'file')}"
    for kind in ("gap", "notice"):
        count = sum(warning.kind == kind for warning in warnings)
        if count:
            parts.append(counted(count, kind))
    return ", ".join(parts)


def _lost(warnings: Iterable[ParseWarning]) -> int:
    return sum(warning.records or 0 for warning in warnings if warning.kind in DAMAGE)


def _order(warning: ParseWarning) -> tuple[int, str, int, str]:
    offset = -1 if warning.offset is None else warning.offset
    return _ORDER.index(warning.kind), warning.file, offset, warning.reason
