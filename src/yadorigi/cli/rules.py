"""``yadorigi rules``: list, check, explain and test rules."""

from __future__ import annotations

from typing import Final

import typer

from yadorigi.cli.arguments import Paths
from yadorigi.errors import UsageError

app: Final = typer.Typer(help="List, check, explain and test rules.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_rules() -> None:
    """List rules."""
    raise UsageError("rules cannot be listed yet")


@app.command("check")
def check(paths: Paths) -> None:
    """Name each rule that cannot be loaded, and why."""
    raise UsageError(f"rules in {len(paths)} paths cannot be checked yet")
