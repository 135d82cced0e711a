"""Draw docs/images/summary.svg: what ``yadorigi hunt`` says of the sample case, from a real run.

Shown is the part of the summary that is about behaviours, after one hunt over both sites. Run as
``python docs/images/make_summary.py`` in the repository's folder.
"""

from __future__ import annotations

import re
import tempfile
from io import StringIO
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console

from yadorigi.app.given_sites import read_sites
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.load_case import load_case
from yadorigi.app.run_hunt import run_hunt
from yadorigi.reports.matrix import print_verdicts

PICTURE: Final = Path(__file__).with_name("summary.svg")
SAMPLE: Final = "samples/two-sites"
SITES: Final = Path(SAMPLE) / "sites.toml"
_ZONE: Final = ZoneInfo("Asia/Tokyo")
_FONT_FACE: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Hunt and draw."""
    console = Console(record=True, width=100, file=StringIO(), force_terminal=True, color_system="truecolor")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case"
        run_hunt(
            HuntOptions(paths=(SAMPLE,), case=path, sites=read_sites(SITES).sites, zone=_ZONE, report=False),
        )
        case = load_case(path)
        if case.overview is None:
            raise SystemExit(f"make_summary.py: no event in {SAMPLE}")
        print_verdicts(console, case.overview, case.verdicts(), _ZONE)
    # The name that rich makes up for the picture's parts would be another one in each run.
    picture = console.export_svg(title=f"yadorigi hunt {SAMPLE}", unique_id="summary")
    # The fonts that it would fetch from elsewhere: a picture in an air-gapped room has only those of the machine.
    PICTURE.write_text(_FONT_FACE.sub("", picture), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
