"""Terminals: where results and progress are shown, and how much of an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from yadorigi.app.progress import Progress as Heard
from yadorigi.app.progress import Silent

_EVERY_SECONDS: Final = 0.15


class _Results(Console):
    """Standard output. Whoever stops reading it early (``| head``) has not made the hunt fail."""

    def on_broken_pipe(self) -> None:
        """Be quiet from now on."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def consoles(no_colour: bool) -> tuple[Console, Console]:
    """Return the consoles for results (standard output) and for progress and errors (standard error).

    Into a file or pipe, results are 120 columns wide wherever they are made, so that they are the same everywhere.
    """
    width = None if sys.stdout.isatty() else 120
    settings = {"no_color": no_colour or None, "highlight": False, "markup": False, "emoji": False}
    return _Results(width=width, **settings), Console(stderr=True, **settings)  # type: ignore[arg-type]  # all are flags


@contextmanager
def debugging(wanted: bool, console: Console) -> Iterator[None]:
    """On an error, show where it came from if that is wanted, and let the error through."""
    try:
        yield
    except Exception:
        if wanted:
            console.print_exception(show_locals=False)
        raise


class _Shown:
    """A `Progress` on the terminal."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("starting", total=None, counts="")
        self._events = 0
        self._findings = 0
        self._start = monotonic()
        self._shown = 0.0

    def stage(self, name: str, total: int) -> None:
        """Begin a stage."""
        self._bars.reset(self._task, total=total or None, description=name)
        self._show()

    def advance(self, amount: int, events: int = 0, findings: int = 0) -> None:
        """Move on."""
        self._events += events
        self._findings += findings
        self._bars.advance(self._task, amount)
        self.refresh()

    def refresh(self) -> None:
        """Show what is known, a few times a second."""
        if monotonic() - self._shown >= _EVERY_SECONDS:
            self._show()

    def _show(self) -> None:
        self._shown = monotonic()
        rate = self._events / max(self._shown - self._start, 0.001)
        known = self._events or self._findings  # some work counts neither
        text = f"{self._events:,} events ({rate:,.0f}/s)  {self._findings:,} findings" if known else ""
        self._bars.update(self._task, counts=text)
        self._bars.refresh()


@contextmanager
def shown_progress(console: Console, quiet: bool) -> Iterator[Heard]:
    """Give a progress that is shown on a terminal and silent elsewhere."""
    if quiet or not console.is_terminal:
        yield Silent()
        return
    # No refresh thread: worker processes are forked, and a fork must not copy a lock that another thread holds.
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[counts]}"),
        console=console,
        auto_refresh=False,
        transient=True,
    ) as bars:
        yield _Shown(bars)
