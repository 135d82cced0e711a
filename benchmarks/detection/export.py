"""Writes the events of EVTX files as JSON lines, as ``evtx_dump`` does, with the names of tools masked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from evtx import PyEvtxParser

from benchmarks.detection.masking import LEVELS, mask, programs_of

if TYPE_CHECKING:
    from benchmarks.detection.masking import Event

ENDING: Final = ".jsonl"
"""Comes after the file's own name."""


def export(root: Path, target: Path, level: int) -> None:
    """Write one file of JSON lines for each EVTX file below a folder, under the same name.

    Args:
        root: the folder of EVTX files.
        target: where to write.
        level: the place in ``LEVELS`` of how much is masked.
    """
    for path in sorted(root.rglob("*.evtx")):
        events = _events(path)
        tools: frozenset[str] = frozenset()
        if level == len(LEVELS) - 1:
            tools = frozenset().union(*map(programs_of, events))
        place = target / (path.relative_to(root).as_posix() + ENDING)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w", encoding="utf-8") as stream:
            for event in events:
                mask(event, level, tools)
                stream.write(json.dumps(event, ensure_ascii=False) + "\n")


def _events(path: Path) -> list[Event]:
    return [json.loads(record["data"]) for record in PyEvtxParser(str(path)).records_json() if record]
