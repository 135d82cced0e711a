"""The command that measures how fast lines are read counts every line, and its figures stand in the documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import lines
from benchmarks.lines import CASES, USUAL, measure

PAGE = Path(__file__).parents[2] / "docs" / "PERFORMANCE.md"
AIMS = {
    "cef": ("CEF", "100,000"),
    "checkpoint": ("Check Point", "100,000"),
    "cisco_asa": ("Cisco ASA", "100,000"),
    "fortigate": ("FortiGate", "100,000"),
    "junos": ("Juniper Junos", "100,000"),
    "leef": ("LEEF", "100,000"),
    "linux": ("Linux", ""),
    "panos": ("PAN-OS", "100,000"),
    "pfsense": ("pfSense", "100,000"),
    "sonicwall": ("SonicWall", "100,000"),
    "sophosfirewall": ("Sophos Firewall", "100,000"),
    "sophosutm": ("Sophos UTM", "100,000"),
    "web_access": ("Apache", "150,000"),
}
"""What is measured, as the page calls it, and lines a second that it is to reach; "" where there is no aim."""


def test_what_is_measured_is_what_the_page_tells_of() -> None:
    assert {path.parent.name for path in CASES.glob(f"*/{USUAL}.log")} == AIMS.keys()
    rows = [row for row in PAGE.read_text("utf-8").splitlines() if row.startswith("|")]
    for name, aim in AIMS.values():
        assert any(row.startswith(f"| {name}") and f"| {aim} |".replace("  ", " ") in row for row in rows), name


@pytest.mark.parametrize("name", AIMS)
def test_every_line_that_is_timed_becomes_an_event(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINES", 1_000)
    count, seconds, events = measure(name, [CASES / name / f"{USUAL}.log"])
    assert (count, events) == (1_000, 1_000)
    assert seconds > 0
