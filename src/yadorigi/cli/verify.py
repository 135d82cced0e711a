"""``yadorigi verify``: whether a case is what it was when it was sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from yadorigi.cli.arguments import Debug, NoColour, Quiet, SettingsFile
from yadorigi.cli.exit_codes import DONE, VERIFY_FOUND
from yadorigi.cli.vault_arguments import Case, Witnesses

EXAMPLES: Final = """Examples:

  yadorigi verify case-042

  yadorigi verify case-042 --checkpoint monday.checkpoint --key case-042.vkey

  yadorigi verify case-042 --checkpoint signed.checkpoint --witness witness.vkey --json

Reads every byte and works everything out anew: originals, records, tree, signature, lake, result files. It changes
nothing. Without --key the key is the one that this machine has for the case, else the one in the case; what this
machine remembers of the newest checkpoint counts by itself. Exit codes: 0 sound; 2 wrong use, no vault, or another run
writes to the case; 4 something is wrong, what comes first explains the rest; 5 could not finish.
"""


def verify(  # noqa: PLR0913, PLR0917 - one parameter per option of the interface
    case: Case,
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint",
            metavar="FILE",
            help="Older checkpoint that the case must go on from; may be repeated.",
            show_default=False,
        ),
    ] = None,
    key: Annotated[
        str, typer.Option("--key", metavar="VKEY|FILE", help="Verifier key of the case, from elsewhere than the case.")
    ] = "",
    witnesses: Witnesses = None,
    workers: Annotated[int, typer.Option("--workers", min=0, max=256, help="Threads; 0 is one per processor.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")] = False,
    settings_file: SettingsFile = None,
    quiet: Quiet = False,
    no_colour: NoColour = False,
    debug: Debug = False,
) -> None:
    """Verify a case: that it is what was sealed, to the byte, and goes on from every checkpoint that you have."""
    # Imported here, so that help and completion answer at once.
    from yadorigi.app.verify_case import VerifyOptions, verify_case  # noqa: PLC0415 - see above
    from yadorigi.cli.console import consoles, debugging, shown_progress  # noqa: PLC0415 - see above
    from yadorigi.reports.verified import print_verified, verified_json  # noqa: PLC0415 - see above
    from yadorigi.settings import read_settings  # noqa: PLC0415 - see above

    out, err = consoles(no_colour)
    with debugging(debug, err):
        settings = read_settings(settings_file)
        options = VerifyOptions(tuple(checkpoints or ()), key, tuple(witnesses or ()), workers, settings)
        with shown_progress(err, quiet) as progress:
            found = verify_case(case, options, progress)
    if as_json:
        import msgspec  # noqa: PLC0415 - see above

        from yadorigi.cli.accounts import write_bytes  # noqa: PLC0415 - see above
        from yadorigi.reports.json_lines import json_line  # noqa: PLC0415 - see above

        write_bytes([msgspec.json.format(json_line(verified_json(found)), indent=2) + b"\n"])
    elif not quiet or not found.sound:
        print_verified(out, found)
    raise typer.Exit(DONE if found.sound else VERIFY_FOUND)
