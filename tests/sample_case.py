"""The sample case as tests use it: its files, and its records as JSON lines, the other form of the same events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import evtx

SAMPLE = Path(__file__).parents[1] / "samples" / "two-sites"
LOGS = sorted(SAMPLE.glob("*/*/*.evtx"))
LINES = sorted(SAMPLE.glob("*/*/*.log"))
"""Its logs of lines: those of the VPN gateway and of the web server."""
SECURITY = SAMPLE / "honsha" / "dc01" / "Security.evtx"
SYSMON = SAMPLE / "honsha" / "jump01" / "Microsoft-Windows-Sysmon%4Operational.evtx"
SYSTEM = SAMPLE / "honsha" / "dc01" / "System.evtx"


def events_of(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file as JSON objects, with the times that their headers state: those are exact."""
    records: Iterator[Any] = evtx.PyEvtxParser(str(path)).records_json()
    for record in records:
        event: dict[str, Any] = json.loads(record["data"])
        whole, _, fraction = record["timestamp"].removesuffix(" UTC").removesuffix("Z").partition(".")
        event["Event"]["System"]["TimeCreated"]["#attributes"]["SystemTime"] = f"{whole}.{fraction:0<7}Z"
        yield event


def sample_events() -> Iterator[dict[str, Any]]:
    """All records of the sample."""
    for path in LOGS:
        yield from events_of(path)


def json_lines(*paths: Path) -> bytes:
    """The records of files as JSON lines in the shape of evtx_dump."""
    lines = [
        json.dumps(event, ensure_ascii=False, separators=(",", ":")) for path in paths for event in events_of(path)
    ]
    return "".join(line + "\n" for line in lines).encode()
