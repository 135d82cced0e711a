"""``yadorigi metrics``: the counts that hunters start with."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from yadorigi.cli.accounts import print_account, scan_options, write_bytes
from yadorigi.cli.arguments import Debug, NoColour, Paths, Quiet, Since, Timezone, Until, Workers
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE, INTERRUPTED
from yadorigi.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.app.scan_files import Scan
    from yadorigi.app.tallies import Others

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
    workers: Workers = 0,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Count event ids per host and channel, with their share, first and last time, and what they mean."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.event_metrics import count_events  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.reports.metrics import print_event_counts  # noqa: PLC0415 - see above
    from yadorigi.schema.metrics import EventCount  # noqa: PLC0415 - see above

    _check(form, language)
    options = scan_options(paths, since, until, timezone, workers)
    out, err = consoles(no_colour)
    with debugging(debug, err), ExitStack() as stack:
        with shown_progress(err, quiet) as progress:
            counts = stack.enter_context(count_events(options, language, progress))
        if form == "table":
            print_event_counts(out, counts.rows, options.zone)
        else:
            _write(form, EventCount, counts.rows)
        code = _end(err, counts.scan, counts.others, quiet)
    raise typer.Exit(code)


@app.command("logons", epilog=LOGON_EXAMPLES)
def logons(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    paths: Paths,
    since: Since = "",
    until: Until = "",
    timezone: Timezone = "UTC",
    form: Form = "table",
    language: Language = "en",
    workers: Workers = 0,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Count logons by account, logon type, source and host: successes, failures, explicit credentials, sessions."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.logon_metrics import count_logons  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.reports.metrics import print_logon_counts  # noqa: PLC0415 - see above
    from yadorigi.schema.metrics import LogonCount  # noqa: PLC0415 - see above

    _check(form, language)
    options = scan_options(paths, since, until, timezone, workers)
    out, err = consoles(no_colour)
    with debugging(debug, err), ExitStack() as stack:
        with shown_progress(err, quiet) as progress:
            counts = stack.enter_context(count_logons(options, language, progress))
        if form == "table":
            print_logon_counts(out, counts.rows, counts.headings, options.zone)
        else:
            _write(form, LogonCount, counts.rows)
        code = _end(err, counts.scan, counts.others, quiet)
    raise typer.Exit(code)


def _check(form: str, language: str) -> None:
    for option, value, allowed in (("--format", form, _FORMATS), ("--lang", language, _LANGUAGES)):
        if value not in allowed:
            raise UsageError(f"{option} {value}: one of {', '.join(allowed)}")


def _write(form: str, kind: Any, rows: Any) -> None:  # noqa: ANN401 - structs of one kind
    from yadorigi.reports.metrics import csv_rows, jsonl_rows  # noqa: PLC0415 - help and completion answer at once

    write_bytes(csv_rows(kind, rows) if form == "csv" else jsonl_rows(rows))


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
