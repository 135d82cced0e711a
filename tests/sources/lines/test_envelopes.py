"""Lines inside what collectors wrap them in, and what is no line: events of Windows, which other sources read."""

from __future__ import annotations

import json

import pytest

from yadorigi.sources.lines.envelopes import Envelope, opened

_LINE = "Mar 11 09:00:00 web01 sshd[7]: Connection closed by 192.0.2.1 port 22"


@pytest.mark.parametrize(
    ("wrapping", "time"),
    [
        (
            {"preview": False, "result": {"_raw": _LINE, "_time": "2026-03-11T00:00:00Z", "host": "web01"}},
            "2026-03-11T00:00:00Z",
        ),
        ({"_raw": _LINE, "_time": "2026-03-11T00:00:00Z", "host": "web01"}, "2026-03-11T00:00:00Z"),
        ({"timestamp": "2026-03-11T00:00:00Z", "agent": {"name": "web01"}, "full_log": _LINE}, "2026-03-11T00:00:00Z"),
        (
            {"version": "1.1", "host": "web01", "short_message": "Connection", "full_message": _LINE, "timestamp": 1.5},
            "1.5",
        ),
        ({"version": "1.1", "host": "web01", "short_message": _LINE, "timestamp": 1}, "1"),
    ],
)
def test_line_time_and_host_come_out_of_a_wrapping(wrapping: dict[str, object], time: str) -> None:
    assert opened(json.dumps(wrapping)) == Envelope(_LINE, time, "web01")


@pytest.mark.parametrize(
    "wrapping",
    [
        {"result": {"_raw": "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System/></Event>"}},
        {"result": {"_raw": "03/11/2026 09:00:00 AM\nLogName=Security\nEventCode=4624"}},
        {"agent": {"name": "dc1"}, "full_log": '{"win":{"system":{"eventID":"4624"}}}'},
        {"agent": {"name": "dc1"}, "full_log": " "},
    ],
)
def test_an_event_of_windows_passes_for_no_line(wrapping: dict[str, object]) -> None:
    assert opened(json.dumps(wrapping)) is None
