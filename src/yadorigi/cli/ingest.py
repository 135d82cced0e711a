"""``yadorigi ingest``: so far, how each input would be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, PasswordFile, Paths, Quiet, Sources, Workers
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE, INTERRUPTED, WRONG_USE

if TYPE_CHECKING:
    from yadorigi.app.explain_inputs import ExplainedInputs

EXAMPLES: Final = """Examples:

  yadorigi ingest --explain C:\\evidence

  yadorigi ingest --explain evidence --source "*.log=winlogbeat" --json

Exit codes: 0 done; 2 wrong use; 3 done, but some input could not be opened; 5 could not finish; 130 interrupted.
"""


def ingest(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    paths: Paths,
    explain: Annotated[
        bool, typer.Option("--explain", help="Only say which source reads each file, and by what it is recognised.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write one line of JSON for each file.")] = False,
    password_file: PasswordFile = None,
    sources: Sources = None,
    workers: Workers = 0,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Say how each file would be read (--explain). There is no store to read into yet."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.explain_inputs import explain_inputs, source_choices  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.reports.account import print_warnings  # noqa: PLC0415 - see above
    from yadorigi.reports.inputs import print_inputs  # noqa: PLC0415 - see above
    from yadorigi.reports.metrics import jsonl_rows  # noqa: PLC0415 - see above

    if not explain:
        typer.echo("yadorigi: there is no store to read into yet; --explain says how each file would be read", err=True)
        raise typer.Exit(WRONG_USE)
    out, err = consoles(no_colour)
    with debugging(debug, err), shown_progress(err, quiet) as progress:
        found = explain_inputs(paths, source_choices(sources), password_file, workers, progress)
    if as_json:
        write_bytes(jsonl_rows(found.inputs))
    else:
        print_inputs(out, [(file.path, file.source, file.reason) for file in found.inputs])
    if not quiet:
        print_warnings(err, (), found.warnings)
    raise typer.Exit(_exit_code(found))


def _exit_code(found: ExplainedInputs) -> int:
    if found.interrupted:
        return INTERRUPTED
    return DAMAGED_INPUT if any(warning.kind != "notice" for warning in found.warnings) else DONE
