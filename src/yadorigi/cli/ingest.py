"""``yadorigi ingest``: read files into a case without rules, or say how each would be read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import (
    Debug,
    NoColour,
    PasswordFile,
    Paths,
    Quiet,
    Sources,
    Timezone,
    Workers,
    command_line,
    zone_of,
)
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE, INTERRUPTED
from yadorigi.cli.hunt import CaseFolder, Force
from yadorigi.cli.outcomes import AnswerLanguage, NoReport, Shown, Site, SitesFile, run_and_exit
from yadorigi.errors import UsageError

EXAMPLES: Final = """Examples:

  yadorigi ingest C:\\evidence --case case-042

  yadorigi ingest --explain C:\\evidence

  yadorigi ingest --explain evidence --source "*.log=winlogbeat" --json

The case keeps all events; no rule looks at them, and verdicts say so, until `yadorigi detect` runs rules. Exit codes:
0 done; 2 wrong use, or another run writes to the case; 3 done, but some input was damaged or unreadable; 5 could not
finish; 130 interrupted.
"""


def ingest(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    paths: Paths,
    explain: Annotated[
        bool, typer.Option("--explain", help="Only say which source reads each file, and by what it is recognised.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --explain: write one line of JSON for each file.")
    ] = False,
    case: CaseFolder = None,
    force: Force = False,
    site: Site = None,
    sites_file: SitesFile = None,
    timezone: Timezone = "UTC",
    language: AnswerLanguage = "en",
    password_file: PasswordFile = None,
    sources: Sources = None,
    workers: Workers = 0,
    no_report: NoReport = False,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Read event logs into a case and run no rule: all events, and what the logs say of themselves."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.explain_inputs import source_choices  # noqa: PLC0415 - see above
    from yadorigi.app.given_sites import read_sites  # noqa: PLC0415 - see above
    from yadorigi.app.hunt_options import HuntOptions  # noqa: PLC0415 - see above
    from yadorigi.app.run_ingest import run_ingest  # noqa: PLC0415 - see above

    shown = Shown(language, quiet, no_colour, debug)
    if explain:
        raise typer.Exit(_explain(paths, _Asked(as_json, password_file, sources, workers), shown))
    if as_json:
        raise UsageError("--json goes with --explain; the case's files are JSON")
    sites = read_sites(sites_file)
    options = HuntOptions(
        paths=tuple(paths),
        rules=(),
        case=case,
        force=force,
        site=site,
        sites=sites.sites,
        sites_file=sites.found,
        workers=workers,
        zone=zone_of(timezone),
        password_file=password_file,
        choices=source_choices(sources),
        report=not no_report,
        arguments=command_line(),
    )
    run_and_exit(run_ingest, options, shown)


class _Asked(NamedTuple):
    """How inputs are to be explained."""

    as_json: bool
    password_file: Path | None
    sources: list[str] | None
    workers: int


def _explain(paths: list[str], asked: _Asked, shown: Shown) -> int:
    """Say how each file would be read; return the exit code."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.explain_inputs import explain_inputs, source_choices  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.reports.account import print_warnings  # noqa: PLC0415 - see above
    from yadorigi.reports.inputs import print_inputs  # noqa: PLC0415 - see above
    from yadorigi.reports.metrics import jsonl_rows  # noqa: PLC0415 - see above

    out, err = consoles(shown.no_colour)
    with debugging(shown.debug, err), shown_progress(err, shown.quiet) as progress:
        found = explain_inputs(paths, source_choices(asked.sources), asked.password_file, asked.workers, progress)
    if asked.as_json:
        write_bytes(jsonl_rows(found.inputs))
    else:
        print_inputs(out, [(file.path, file.source, file.reason) for file in found.inputs])
    if not shown.quiet:
        print_warnings(err, (), found.warnings)
    if found.interrupted:
        return INTERRUPTED
    return DAMAGED_INPUT if any(warning.kind != "notice" for warning in found.warnings) else DONE
