"""``yadorigi search``: the events that hold a text."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import tzinfo
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Final

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
from yadorigi.cli.outcomes import Geo

if TYPE_CHECKING:
    from rich.console import Console

    from yadorigi.app.search_events import Query, Search

EXAMPLES: Final = """Examples:

  yadorigi search portproxy C:\\evidence

  yadorigi search "ntds.dit" dc01 fs01 --channel Security --event-id 4688 --format csv > ntds.csv

  yadorigi search --regex "cmd(\\.exe)? /q /c .{0,200}127\\.0\\.0\\.1" evidence --host dc01 --since 2026-03-11

  yadorigi search "" evidence --event-id 1102 --event-id 104

Several words are one phrase. Exit codes: 0 done, whether something was found or not; 2 wrong use; 3 done, but some
input was damaged or unreadable; 5 could not finish; 130 interrupted.
"""

_FORMATS: Final = ("table", "jsonl", "csv", "ocsf")


def search(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    text: Annotated[str, typer.Argument(metavar="TEXT", help='Text to look for in every field; "" finds every event.')],
    paths: Paths,
    regex: Annotated[bool, typer.Option("--regex", "-e", help="TEXT is a regular expression (RE2).")] = False,
    case_sensitive: Annotated[bool, typer.Option("--case-sensitive", "-c", help="Letter case counts.")] = False,
    field: Annotated[
        str, typer.Option("--field", "-f", metavar="NAME", help="Look only in this field, as the log names it.")
    ] = "",
    channel: Annotated[
        list[str] | None, typer.Option("--channel", metavar="C", help="Only this channel; * and ? are wildcards.")
    ] = None,
    event_id: Annotated[list[int] | None, typer.Option("--event-id", metavar="N", help="Only this event id.")] = None,
    host: Annotated[
        list[str] | None, typer.Option("--host", metavar="H", help="Only this host; * and ? are wildcards.")
    ] = None,
    since: Since = "",
    until: Until = "",
    timezone: Timezone = "UTC",
    form: Annotated[str, typer.Option("--format", metavar="|".join(_FORMATS), help="What to write.")] = "table",
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help="Give the first N events only; 0 gives all.")
    ] = 0,
    geo: Geo = None,
    password_file: PasswordFile = None,
    sources: Sources = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Find events that hold a text, in the order of their times."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.search_events import Query, search_events  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above

    check_choice("--format", form, _FORMATS)
    options = scan_options(paths, (since, until), timezone, workers, password_file, sources)
    query = Query(
        text=text,
        regex=regex,
        cased=case_sensitive,
        field=field,
        channels=tuple(channel or ()),
        hosts=tuple(host or ()),
        event_ids=frozenset(event_id or ()),
        limit=limit,
        format=form,  # type: ignore[arg-type]  # checked above
        databases=tuple(geo or ()),
    )
    out, err = consoles(no_colour)
    with debugging(debug, err), ExitStack() as stack:
        with shown_progress(err, quiet) as progress:
            found = stack.enter_context(search_events(query, options, progress))
        _write(found, query, out, options.zone)
        if not quiet:
            _account(found, query, err)
    if found.scan.interrupted:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(DAMAGED_INPUT if found.scan.damaged else DONE)


def _write(found: Search, query: Query, out: Console, zone: tzinfo) -> None:
    from yadorigi.reports.hits import HIT_COLUMNS, print_hit  # noqa: PLC0415 - as in `search`
    from yadorigi.reports.lines import csv_line  # noqa: PLC0415 - as in `search`

    if query.format == "table":
        for hit in found.hits():
            print_hit(out, hit, zone)
    elif query.format == "csv":
        write_bytes(chain((csv_line(HIT_COLUMNS),), found.hits()))
    else:
        write_bytes(hit + b"\n" for hit in found.hits())


def _account(found: Search, query: Query, err: Console) -> None:
    """Say on standard error what was found and what was looked at."""
    from yadorigi.app.search_events import ELSEWHERE  # noqa: PLC0415 - as in `search`
    from yadorigi.reports.account import counted, print_line  # noqa: PLC0415 - as in `search`
    from yadorigi.reports.cells import one_line  # noqa: PLC0415 - as in `search`

    scan = found.scan
    said = f"{counted(scan.hits, 'event')} found, {scan.events - scan.outside:,} looked at"
    print_line(err, said, "bold", 0)
    if found.shown < scan.hits:
        print_line(
            err, f"--limit: the first {found.shown:,} are given, {scan.hits - found.shown:,} are not", "yellow", 0
        )
    if scan.counts[ELSEWHERE]:
        elsewhere = counted(scan.counts[ELSEWHERE], "more event")
        print_line(err, f"{elsewhere} with the text in another field than {one_line(query.field, 100)}", "", 0)
    print_account(err, scan)
