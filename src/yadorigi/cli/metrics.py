"""``yadorigi metrics``: the counts that hunters start with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from yadorigi.cli.accounts import print_account, scan_options, write_bytes
from yadorigi.cli.arguments import (
    Debug,
    NoColour,
    PasswordFile,
    Paths,
    Quiet,
    Since,
    Sources,
    Timezone,
    Until,
    Workers,
    check_choice,
)
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE, INTERRUPTED

if TYPE_CHECKING:
    import msgspec
    from rich.console import Console

    from yadorigi.app.event_metrics import EventMetrics
    from yadorigi.app.logon_metrics import LogonMetrics
    from yadorigi.app.progress import Progress
    from yadorigi.app.scan_files import Scan, ScanOptions
    from yadorigi.app.tallies import Others

    Counts = TypeVar("Counts", EventMetrics, LogonMetrics)
    _Count = Callable[[ScanOptions, str, Progress], AbstractContextManager[Counts]]

EVENT_EXAMPLES: Final = """Examples:

  yadorigi metrics event-ids C:\\evidence

  yadorigi metrics event-ids dc01 --since 2026-03-01 --lang ja --format csv > event-ids.csv
"""

LOGON_EXAMPLES: Final = """Examples:

  yadorigi metrics logons C:\\evidence --timezone Asia/Tokyo

  yadorigi metrics logons dc01 fs01 --format csv > logons.csv

Counted: Security 4624, 4625 and 4648, and remote desktop sessions (TerminalServices 1149, 21, 24 and 25).
"""

_FORMATS: Final = ("table", "jsonl", "csv")
_LANGUAGES: Final = ("en", "ja")

Form = Annotated[str, typer.Option("--format", metavar="|".join(_FORMATS), help="What to write.")]
Language = Annotated[str, typer.Option("--lang", metavar="|".join(_LANGUAGES), help="Language of names and meanings.")]

app: Final = typer.Typer(
    help="Count event ids, or logons: what is there, before looking closer.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("event-ids", epilog=EVENT_EXAMPLES)
def event_ids(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    paths: Paths,
    since: Since = "",
    until: Until = "",
    timezone: Timezone = "UTC",
    form: Form = "table",
    language: Language = "en",
    password_file: PasswordFile = None,
    sources: Sources = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Count event ids per host and channel, with their share, first and last time, and what they mean."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.event_metrics import count_events  # noqa: PLC0415 - see above
    from yadorigi.reports.metrics import print_event_counts  # noqa: PLC0415 - see above
    from yadorigi.schema.metrics import EventCount  # noqa: PLC0415 - see above

    options = scan_options(paths, (since, until), timezone, workers, password_file, sources)
    asked = _Asked(options, form, language, quiet, no_colour, debug)
    raise typer.Exit(
        _run(count_events, EventCount, lambda out, counts: print_event_counts(out, counts.rows, options.zone), asked)
    )


@app.command("logons", epilog=LOGON_EXAMPLES)
def logons(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    paths: Paths,
    since: Since = "",
    until: Until = "",
    timezone: Timezone = "UTC",
    form: Form = "table",
    language: Language = "en",
    password_file: PasswordFile = None,
    sources: Sources = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Count logons by account, logon type, source and host: successes, failures, explicit credentials, sessions."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.logon_metrics import count_logons  # noqa: PLC0415 - see above
    from yadorigi.reports.metrics import print_logon_counts  # noqa: PLC0415 - see above
    from yadorigi.schema.metrics import LogonCount  # noqa: PLC0415 - see above

    options = scan_options(paths, (since, until), timezone, workers, password_file, sources)
    asked = _Asked(options, form, language, quiet, no_colour, debug)
    raise typer.Exit(
        _run(
            count_logons,
            LogonCount,
            lambda out, counts: print_logon_counts(out, counts.rows, counts.headings, options.zone),
            asked,
        )
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the command line asked for."""

    options: ScanOptions
    form: str
    language: str
    quiet: bool
    no_colour: bool
    debug: bool


def _run(
    count: _Count[Counts], kind: type[msgspec.Struct], show: Callable[[Console, Counts], None], asked: _Asked
) -> int:
    """Count and write; return the exit code."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.reports.metrics import csv_rows, jsonl_rows  # noqa: PLC0415 - see above

    check_choice("--format", asked.form, _FORMATS)
    check_choice("--lang", asked.language, _LANGUAGES)
    out, err = consoles(asked.no_colour)
    with debugging(asked.debug, err), ExitStack() as stack:
        with shown_progress(err, asked.quiet) as progress:
            counts = stack.enter_context(count(asked.options, asked.language, progress))
        if asked.form == "table":
            show(out, counts)
        else:
            write_bytes(csv_rows(kind, counts.rows) if asked.form == "csv" else jsonl_rows(counts.rows))
        return _end(err, counts.scan, counts.others, asked.quiet)


def _end(err: Console, scan: Scan, others: Others, quiet: bool) -> int:
    """Say what is not shown and what was not read; return the exit code."""
    from yadorigi.reports.account import counted, print_line  # noqa: PLC0415 - help and completion answer at once

    if others.keys:
        more = (
            f"{counted(others.keys, 'more row')} with {counted(others.events, 'event')} are over the limit, not shown"
        )
        print_line(err, more, "yellow", 0)
    if not quiet:
        print_account(err, scan)
    if scan.interrupted:
        return INTERRUPTED
    return DAMAGED_INPUT if scan.damaged else DONE
