"""``yadorigi metrics``: the counts that hunters start with."""

from __future__ import annotations

from typing import Final

import typer

from yadorigi.cli.arguments import Paths
from yadorigi.errors import UsageError

app: Final = typer.Typer(help="Count events and logons.", no_args_is_help=True, rich_markup_mode=None)


@app.command("event-ids")
def event_ids(paths: Paths) -> None:
    """Count event ids per channel and host."""
    raise UsageError(f"event ids of {len(paths)} paths cannot be counted yet")


@app.command("logons")
def logons(paths: Paths) -> None:
    """Count logons by account, type and source."""
    raise UsageError(f"logons of {len(paths)} paths cannot be counted yet")
