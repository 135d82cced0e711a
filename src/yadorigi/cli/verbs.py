"""The command line: one command per verb, each in its own module."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import typer

from yadorigi import __version__
from yadorigi.cli import (
    assess,
    audit,
    detect,
    expire,
    hunt,
    hunts,
    ingest,
    lake,
    metrics,
    query,
    report,
    rules,
    search,
    tables,
    vault,
    verify,
)


def _empty() -> typer.Typer:
    return typer.Typer(
        name="yadorigi",
        help="Hunt intruders who live off the land, in the logs that you have. Start with: yadorigi hunt FOLDER",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


app = _empty()
app.command("hunt", epilog=hunt.EXAMPLES)(hunt.hunt)
app.command("ingest", epilog=ingest.EXAMPLES)(ingest.ingest)
app.command("detect", epilog=detect.EXAMPLES)(detect.detect)
app.command("query", epilog=query.EXAMPLES)(query.query)
app.command("search", epilog=search.EXAMPLES)(search.search)
app.command("report", epilog=report.EXAMPLES)(report.report)
app.command("assess", epilog=assess.EXAMPLES)(assess.assess)
app.command("audit", epilog=audit.EXAMPLES)(audit.audit)
app.command("expire", epilog=expire.EXAMPLES)(expire.expire)
app.command("verify", epilog=verify.EXAMPLES)(verify.verify)
app.add_typer(metrics.app, name="metrics")
app.add_typer(rules.app, name="rules")
app.add_typer(hunts.app, name="hunts")
app.add_typer(tables.app, name="tables")
app.add_typer(lake.app, name="lake")
app.add_typer(vault.app, name="vault")


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


@cache
def command(first: str = "") -> Callable[..., Any]:
    """Return the command line ready to be called.

    Args:
        first: what is typed behind the program's name. Where it is a verb, only this one is there, as looking at the
            options of all takes its time.
    """
    chosen = _empty()
    chosen.callback()(_options)
    chosen.registered_commands = [verb for verb in app.registered_commands if verb.name == first]
    chosen.registered_groups = [verb for verb in app.registered_groups if verb.name == first]
    return typer.main.get_command(chosen if chosen.registered_commands or chosen.registered_groups else app)
