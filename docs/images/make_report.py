"""Take docs/images/report-en.png and report-ja.png: the report of the sample case, from a real run.

Run as ``python docs/images/make_report.py`` in the repository's folder. It needs Chromium (Debian's package
``chromium``) and fonts for Japanese (``fonts-noto-cjk``); without a browser it leaves the pictures as they are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from yadorigi.app.given_sites import read_sites
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.run_hunt import run_hunt

PICTURES: Final = {"report.html": "report-en.png", "report.ja.html": "report-ja.png"}
SAMPLE: Final = Path("samples/two-sites")
SITES: Final = SAMPLE / "sites.toml"
_FOLDER: Final = Path(__file__).parent
_SIZE: Final = "1160,1290"
_SWITCHES: Final = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--window-size={_SIZE}",
)  # fmt: skip


def main() -> None:
    """Hunt through both sites and take the pictures."""
    browser = shutil.which("chromium")
    if browser is None:
        # The pictures that are there stay: who has no browser can make the other documents all the same.
        sys.stderr.write("make_report.py: no chromium here, so the pictures of the report stay as they are\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder) / "case"
        sites = read_sites(SITES).sites
        run_hunt(HuntOptions(paths=(SAMPLE.as_posix(),), case=case, sites=sites, zone=ZoneInfo("Asia/Tokyo")))
        for page, picture in PICTURES.items():
            profile = Path(folder) / picture
            # The sandbox of the browser does not work for root, in containers say.
            as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
            command = [browser, *_SWITCHES, *as_root, f"--user-data-dir={profile}"]
            command += [f"--screenshot={_FOLDER / picture}", (case / page).as_uri()]
            subprocess.run(command, check=True, timeout=120, capture_output=True)  # noqa: S603 - the command is ours


if __name__ == "__main__":
    main()
