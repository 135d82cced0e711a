"""``yadorigi tables``: check the mapping by which a table is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, Timezone, zone_of
from yadorigi.cli.exit_codes import DAMAGED_INPUT, DONE

CHECK_EXAMPLES: Final = """Examples:

  yadorigi tables check helpdesk.toml

  yadorigi tables check helpdesk.toml antivirus.csv --rows 3

  yadorigi hunt evidence --source "antivirus*.csv=helpdesk.toml"

docs/how-to/read-any-table.md says what a mapping is. Exit codes: 0 done; 2 the mapping is wrong; 3 rows were not read.
"""

app: Final = typer.Typer(
    help="Check the mapping by which a table of anything (CSV, TSV, JSON lines) is read.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def tables() -> None:
    """Check the mapping by which a table of anything (CSV, TSV, JSON lines) is read."""


@app.command("check", epilog=CHECK_EXAMPLES)
def check(
    mapping: Annotated[Path, typer.Argument(metavar="MAPPING.toml", help="The mapping.", show_default=False)],
    table: Annotated[
        Path | None, typer.Argument(metavar="[TABLE]", help="A table to read by it.", show_default=False)
    ] = None,
    rows: Annotated[int, typer.Option("--rows", metavar="N", min=0, help="Show what so many rows become.")] = 1,
    timezone: Timezone = "UTC",
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Name what is wrong with a mapping, line by line, or show what the rows of a table become by it."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.check_table import check_table  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.account import counted, print_line, print_warnings  # noqa: PLC0415 - see above

    out, err = consoles(no_colour)
    with debugging(debug, err):
        found = check_table(mapping, table, rows, zone_of(timezone))
    for event in found.events:
        write_bytes([json.dumps(event, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"])
    print_warnings(err, (), found.warnings)
    told = f"the mapping is right: {counted(len(found.columns), 'column')} become events of {found.channel}"
    print_line(out if table is None else err, told, indent=0)
    if table is not None:
        print_line(err, f"{counted(found.read, 'row')} read", indent=0)
    lost = any(warning.kind != "notice" for warning in found.warnings)
    raise typer.Exit(DAMAGED_INPUT if lost else DONE)
