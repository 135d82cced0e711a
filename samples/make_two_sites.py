"""Make the sample case of two sites again: `.venv/bin/python samples/make_two_sites.py FOLDER`.

Without a folder it writes to `two-sites` beside this file. The same bytes come out every time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from two_sites_story import branch, hosts, intruder, ordinary, people, second_evening, writing


def make(folder: Path) -> None:
    """Write the logs of all hosts, a folder per site, and the truth about them into a folder."""
    told = hosts.build()
    for machine, standing in told.all():
        ordinary.live(machine, standing)
    people.work(told)
    branch.work(told)
    intruder.play(told)
    second_evening.play(told)
    truth = [
        line
        for machine, _ in told.all()
        for line in writing.write_machine(machine, folder / machine.site / machine.name.lower())
    ]
    rows = ",\n".join(json.dumps(line) for line in truth)
    (folder / "truth.json").write_text(f"[\n{rows}\n]\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "two-sites")
