"""``yadorigi lake``: what can be done with the events that a case keeps, as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from yadorigi.cli.arguments import Debug, NoColour, PasswordFile, Quiet, SettingsFile, Sources, Workers, command_line
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE
from yadorigi.cli.vault_arguments import Case

REBUILD_EXAMPLES: Final = """Examples:

  yadorigi lake rebuild case-042

  yadorigi lake rebuild case-042 --into rebuilt --workers 8

The originals come out of the case's vault and are read again as they were then: same names, sites and time zones, in
the order of the hunts; what was dropped stays dropped. What comes out other than before is named. With --into the case
stays as it is, and the new lake can be held against the old. Exit codes: 0 done, all as before; 2 wrong use, or
originals are missing; 3 done, but not all is as before; 5 could not finish, the lake is as it was; 130 interrupted.
"""

app: Final = typer.Typer(
    help="Make the tables of a case's events anew.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def lake() -> None:
    """Make the tables of a case's events anew."""


@app.command("rebuild", epilog=REBUILD_EXAMPLES)
def rebuild(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Case,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="DIR", help="Make it in this new folder; the case stays as it is.", show_default=False
        ),
    ] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Leave out what cannot be made again, and name it.")
    ] = False,
    password_file: PasswordFile = None,
    sources: Sources = None,
    workers: Workers = 0,
    settings_file: SettingsFile = None,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Make a case's lake again from its vault, with the same rows."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.explain_inputs import source_choices  # noqa: PLC0415 - see above
    from yadorigi.app.rebuild_lake import RebuildOptions, rebuild_lake  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.reports.account import counted, print_line  # noqa: PLC0415 - see above
    from yadorigi.reports.cells import visible  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    out, err = consoles(no_colour)
    options = RebuildOptions(
        case, into, allow_missing, password_file, source_choices(sources), workers, read_settings(settings_file),
        command_line(),
    )  # fmt: skip
    with debugging(debug, err), shown_progress(err, quiet) as progress:
        found = rebuild_lake(options, progress)
    if not quiet:
        told = f"{counted(found.events, 'event')} of {counted(found.files, 'file')} from {counted(found.acts, 'hunt')}"
        print_line(out, f"{told} in {found.folder}", indent=0)
        for line in found.notices:
            print_line(err, visible(line), "dim", 0)
    for line in found.differences:
        print_line(err, f"NOT AS BEFORE: {visible(line)}", "bold", 0)
    raise typer.Exit(DAMAGED_INPUT if found.differences else DONE)
