"""Make the sample case of two hosts again: `.venv/bin/python samples/make_two_sites.py FOLDER`.

Without a folder it writes to `two-sites` beside this file. The same bytes come out every time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from two_sites_story import hosts, intruder, ordinary, people, writing


def make(folder: Path) -> None:
    """Write the logs of both hosts, and the truth about them, into a folder."""
    both = hosts.build()
    for machine, standing in ((both.dc, both.on_dc), (both.jump, both.on_jump)):
        ordinary.live(machine, standing)
    people.work(both)
    intruder.play(both)
    truth = [
        line
        for machine in (both.dc, both.jump)
        for line in writing.write_machine(machine, folder / "honsha" / machine.name.lower())
    ]
    rows = ",\n".join(json.dumps(line) for line in truth)
    (folder / "truth.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "two-sites")
