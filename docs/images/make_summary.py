"""Draw docs/images/summary.svg: what ``yadorigi hunt`` shows on the sample case, from a real run.

Run as ``python docs/images/make_summary.py`` in the repository's folder.
"""

from __future__ import annotations

import re
import tempfile
from datetime import UTC
from io import StringIO
from pathlib import Path
from typing import Final

from rich.console import Console

from yadorigi.app.run_hunt import HuntOptions, run_hunt
from yadorigi.reports.terminal import print_hunt

PICTURE: Final = Path(__file__).with_name("summary.svg")
SAMPLE: Final = "samples/two-sites"
_SHOWN_CASE: Final = Path("build/sample-case")
_FONT_FACE: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Hunt and draw."""
    console = Console(record=True, width=100, file=StringIO(), force_terminal=True, color_system="truecolor")
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_hunt(HuntOptions(paths=(SAMPLE,), case=Path(folder) / "case"))
    print_hunt(console, outcome.summary, outcome.warnings, _SHOWN_CASE, UTC)
    picture = console.export_svg(title=f"yadorigi hunt {SAMPLE}")
    # The fonts that it would fetch from elsewhere: a picture in an air-gapped room has only those of the machine.
    PICTURE.write_text(_FONT_FACE.sub("", picture), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
