"""Make the sample case of two sites again: `.venv/bin/python samples/make_two_sites.py FOLDER`.

Without a folder it writes to `two-sites` beside this file. The same bytes come out every time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from two_sites_story import (
    access_log,
    branch,
    gateway,
    gateway_days,
    hosts,
    intruder,
    ordinary,
    people,
    portal,
    right_answers,
    second_evening,
    writing,
)


def make(folder: Path) -> None:
    """Write the logs of all hosts, a folder per site, and the truth about them into a folder."""
    told, requests, appliance = hosts.build(), access_log.build(), gateway.build()
    for machine, standing in told.all():
        ordinary.live(machine, standing)
    people.work(told)
    branch.work(told)
    portal.work(told, requests)
    intruder.play(told)
    second_evening.play(told)
    portal.play(told, requests)
    gateway_days.tell(appliance)
    truth = [
        line
        for machine, _ in told.all()
        for line in writing.write_machine(machine, folder / machine.site / machine.name.lower())
    ]
    for log in (appliance.log, requests):
        truth += log.write(folder / log.site / log.host.lower())
    right_answers.write(truth, folder / "truth.json")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "two-sites")
