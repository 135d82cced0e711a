"""Arguments that the commands of ``yadorigi vault`` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Case: TypeAlias = Annotated[
    Path, typer.Argument(metavar="CASE", help="The folder that a hunt left.", show_default=False)
]
Output: TypeAlias = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write into this new file.", show_default=False)
]
Witnesses: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--witness",
        metavar="VKEY|FILE",
        help="Verifier key of a witness that must have signed; may be repeated.",
        show_default=False,
    ),
]
