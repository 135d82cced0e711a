"""The hunts of one run. Most runs have none; what plans and runs them is imported where there are some."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

from yadorigi.app.asked_hunts import AskedHunts, Lookup, not_asked
from yadorigi.app.case_folder import RESULTS
from yadorigi.schema.times import ticks_of

if TYPE_CHECKING:
    from yadorigi.app.case_folder import CaseFolder
    from yadorigi.app.hunt_options import HuntOptions
    from yadorigi.app.plan_hunts import ReadyHunts
    from yadorigi.lake.commits import Lake


class HuntsOfRun:
    """The hunts of one run: made ready at its beginning, run once when the lake is written.

    Attributes:
        asked: what they gave.
    """

    def __init__(self, options: HuntOptions) -> None:
        """Read them.

        Raises:
            UsageError: a path of hunts does not exist.
        """
        self._ready = _ready(options) if options.hunts or options.parameters else None
        self._databases = options.databases
        self.asked = AskedHunts()

    @property
    def waiting(self) -> bool:
        """Say whether there are hunts that were not run yet."""
        return self._ready is not None and self.asked.summary is None

    def ask(self, lake: Lake | None, lookup: Callable[[Lake], Lookup], interrupted: bool) -> bool:
        """Run them, or keep why they cannot be; return whether somebody interrupted it.

        Raises:
            OSError: the disk is full or failing.
        """
        if self._ready is None:
            return False
        if interrupted or lake is None:
            reason = "the run was interrupted" if interrupted else "the case keeps no events of this run"
            self.asked = not_asked(self._ready, reason)
            return False
        from yadorigi.app.ask_hunts import ask_hunts  # noqa: PLC0415 - imports DuckDB and what shuts it in

        try:
            self.asked = ask_hunts(self._ready, lookup(lake), self._databases)
        except KeyboardInterrupt:
            self.asked = not_asked(self._ready, "the run was interrupted")
            return True
        return False

    def forget_runs(self) -> None:
        """Findings are written once."""
        self.asked.runs = []


def _ready(options: HuntOptions) -> ReadyHunts:
    from yadorigi.app.plan_hunts import Period, ready_hunts  # noqa: PLC0415 - imports languages of queries

    period = Period(*(ticks_of(end) if end else None for end in (options.since, options.until)))
    return ready_hunts(options.hunts, period, options.parameters)


def clear_results(case: CaseFolder) -> None:
    """Remove the tables of earlier hunts, where a case is started anew."""
    if case.anew:
        shutil.rmtree(case.file(RESULTS), ignore_errors=True)
