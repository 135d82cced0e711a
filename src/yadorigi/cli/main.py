"""The program's entry: one command per verb, each in its own module."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from yadorigi import __version__
from yadorigi.cli import hunt, ingest, metrics, rules, search
from yadorigi.cli.exit_codes import INTERRUPTED, UNFINISHED, WRONG_USE
from yadorigi.errors import UnfinishedError, YadorigiError
from yadorigi.reports.cells import visible

app = typer.Typer(
    name="yadorigi",
    help="Hunt intruders who live off the land, in the logs that you have. Start with: yadorigi hunt FOLDER",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("hunt", epilog=hunt.EXAMPLES)(hunt.hunt)
app.command("ingest", epilog=ingest.EXAMPLES)(ingest.ingest)
app.command("search", epilog=search.EXAMPLES)(search.search)
app.add_typer(metrics.app, name="metrics")
app.add_typer(rules.app, name="rules")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"yadorigi {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    del version


def run() -> None:
    """Run the command line and exit with its code; errors end in one line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a host's name must not end the output on an old code page
    try:
        app()
    except UnfinishedError as error:
        _end(f"could not finish: {error}", UNFINISHED)
    except YadorigiError as error:
        _end(str(error), WRONG_USE)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - exit code 1 means that something was found; a fault of ours is no finding
        _end(
            f"could not finish: {type(error).__name__}: {error} (our fault; --debug shows where)",
            UNFINISHED,
        )


def _end(message: str, code: int) -> None:
    typer.echo(f"yadorigi: {visible(message)}", err=True)
    sys.exit(code)
