"""``yadorigi hunts``: list hunts, check them, run their examples."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from yadorigi.cli.accounts import write_bytes
from yadorigi.cli.arguments import Debug, NoColour, check_choice
from yadorigi.cli.exit_codes import DONE, LEVEL_REACHED, WRONG_USE

LIST_EXAMPLES: Final = """Examples:

  yadorigi hunts list my-hunts

  yadorigi hunts list published.zip --format jsonl
"""

CHECK_EXAMPLES: Final = """Examples:

  yadorigi hunts check my-hunts

  yadorigi hunts check published.zip --strict

Exit codes: 0 done; 1 an example is not as it says; 2 wrong use, not one hunt can be run, or (--strict) one is refused.
"""

_FORMATS: Final = ("table", "jsonl")

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Hunts: files, folders, zips; .toml, .xql, .kql, .sql.", show_default=False),
]

app: Final = typer.Typer(
    help="List and check hunts: queries whose rows become findings.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list", epilog=LIST_EXAMPLES)
def list_(
    paths: Paths,
    form: Annotated[str, typer.Option("--format", metavar="|".join(_FORMATS), help="What to write.")] = "table",
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """List hunts: level, title, language, techniques and id."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.plan_hunts import ready_hunts  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.hunt_lists import hunt_lines, print_hunt_list  # noqa: PLC0415 - see above

    check_choice("--format", form, _FORMATS)
    out, err = consoles(no_colour)
    with debugging(debug, err):
        found = ready_hunts(paths)
        hunts = [ready.hunt for ready in found.ready]
        if form == "jsonl":
            write_bytes(hunt_lines(hunts))
        else:
            print_hunt_list(out, hunts)
    err.print(f"{len(hunts):,} hunts", highlight=False)
    if found.refused:
        err.print(f"{len(found.refused):,} more cannot be run; `yadorigi hunts check` says why", highlight=False)


@app.command("check", epilog=CHECK_EXAMPLES)
def check(
    paths: Paths,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 2 if any hunt is refused.")] = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Name each hunt that cannot be run, and why, and run the examples of those that can."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.check_hunts import check_hunts  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging  # noqa: PLC0415 - see above
    from yadorigi.reports.hunt_lists import CheckLines, print_hunt_check  # noqa: PLC0415 - see above

    out, err = consoles(no_colour)
    with debugging(debug, err):
        found = check_hunts(paths)
        refused = [(one.path, one.title, one.line, one.reason) for one in found.refused]
        print_hunt_check(out, CheckLines(len(found.ready), refused, found.wrong, found.notes, found.examples))
    if not found.ready or (strict and found.refused):
        raise typer.Exit(WRONG_USE)
    raise typer.Exit(LEVEL_REACHED if found.wrong else DONE)
