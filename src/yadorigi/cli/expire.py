"""``yadorigi expire``: drop old events of a case."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from yadorigi.cli.arguments import Debug, NoColour, Quiet, command_line, moment_of
from yadorigi.cli.exit_codes import INTERRUPTED
from yadorigi.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.app.expire_events import Expiry

EXAMPLES: Final = """Examples:

  yadorigi expire case-042 --keep-days 365 --dry-run

  yadorigi expire case-042 --before 2026-01-01

  yadorigi expire case-042 --keep-days 90 --yes

Findings and verdicts stay; what went is recorded, and later verdicts say so. To bring the events back, hunt the
original files again. Exit codes: 0 done, or nothing to drop; 2 wrong use, or another run writes to the case; 5 could
not finish; 130 interrupted, or not confirmed.
"""

_SHOWN_LOGS: Final = 40


def expire(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Annotated[Path, typer.Argument(metavar="CASE", help="The folder that a hunt left.", show_default=False)],
    before: Annotated[
        str, typer.Option("--before", metavar="DATE", help="Drop events before this day or time (UTC).")
    ] = "",
    keep_days: Annotated[
        int | None, typer.Option("--keep-days", metavar="N", min=1, help="Drop events older than N whole days (UTC).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be dropped.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Drop without asking.")] = False,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Drop a case's events from before a date. Findings and verdicts stay, and later verdicts know of it."""
    # Imported here, so that help and completion answer at once.
    from datetime import UTC  # noqa: PLC0415 - see above

    from yadorigi.app.expire_events import days_ago, expiring  # noqa: PLC0415 - see above
    from yadorigi.app.hunt_options import HuntOptions  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    if bool(before) is (keep_days is not None):
        raise UsageError("give one of --before and --keep-days")
    moment = moment_of("--before", before, UTC) if keep_days is None else days_ago(keep_days)
    options = HuntOptions((), settings=read_settings(), arguments=command_line())
    asks = not dry_run and not yes
    if asks and not at_a_terminal():
        raise UsageError("events are dropped for good, and there is no terminal to ask at; give --yes, or --dry-run")
    out, err = consoles(no_colour)
    with debugging(debug, err), ExitStack() as stack:
        with shown_progress(err, quiet) as progress:
            work = stack.enter_context(expiring(case, moment, progress, options))
        if not quiet or asks:
            _show(out, work.found)
        if dry_run:
            return
        if asks and work.found.events and not _confirmed(work.found.events):
            out.print("Nothing was dropped.")
            raise typer.Exit(INTERRUPTED)
        with shown_progress(err, quiet) as progress:
            work.drop(progress)
        if not quiet and work.found.events:
            out.print(f"Dropped. Later verdicts know of it; {case} keeps its findings and verdicts.", soft_wrap=True)


def at_a_terminal() -> bool:
    """Say whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _confirmed(events: int) -> bool:
    try:
        return typer.confirm(f"Drop {events:,} events for good?")
    except typer.Abort:
        return False


def _show(out: Console, found: Expiry) -> None:
    from yadorigi.reports.cells import one_line  # noqa: PLC0415 - as in `expire`

    if not found.events:
        out.print(f"No event is older than {found.before}: nothing to drop, {found.kept:,} events are kept.")
        return
    out.print(f"{found.events:,} events before {found.before} go, {found.kept:,} stay:", soft_wrap=True)
    for host, channel, events in found.logs[:_SHOWN_LOGS]:
        out.print(f"  {events:>12,}  {one_line(host, 60) or '-'}  {one_line(channel, 80) or '-'}", soft_wrap=True)
    if len(found.logs) > _SHOWN_LOGS:
        rest = found.logs[_SHOWN_LOGS:]
        more = sum(events for *_, events in rest)
        out.print(f"  {more:>12,}  of {len(rest):,} more logs", soft_wrap=True)
