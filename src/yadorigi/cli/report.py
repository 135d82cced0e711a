"""``yadorigi report``: the pages of a case, written anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from yadorigi.cli.arguments import Timezone, command_line, zone_of

EXAMPLES: Final = """Examples:

  yadorigi report case-042

  yadorigi report case-042 --timezone Asia/Tokyo
"""


def report(
    case: Annotated[Path, typer.Argument(metavar="CASE", help="Case folder, as a hunt left it.", show_default=False)],
    timezone: Timezone = "UTC",
) -> None:
    """Write the pages of a case anew (English and Japanese), and its layers for ATT&CK Navigator."""
    from yadorigi.app.hunt_options import HuntOptions  # noqa: PLC0415 - so that help answers at once
    from yadorigi.app.report_case import report_case  # noqa: PLC0415 - so that help answers at once
    from yadorigi.reports.page.voice import name_of  # noqa: PLC0415 - so that help answers at once
    from yadorigi.settings import read_settings  # noqa: PLC0415 - so that help answers at once

    options = HuntOptions((), settings=read_settings(), arguments=command_line())
    for path in report_case(case, name_of(zone_of(timezone)), options):
        typer.echo(str(path))
