"""How fast hunting queries are: beside the same questions in SQL that a person would write, and in planning."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.figures import Bench, Figure
from yadorigi.app.hunting_query import hunting_query
from yadorigi.app.query_case import AskedCase, QueryLimits, open_asked, query_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RATIO_LIMIT: Final = 1.5
PLANNING_LIMIT: Final = 50.0
_START: Final = "activity_id = 1"
_SHOWN: Final = "SELECT yadorigi_ticks, device.hostname, process.cmd_line FROM process_activity WHERE"


class Question(NamedTuple):
    """One question: its name, the language and text of a query, and the SQL of a person."""

    name: str
    language: str
    text: str
    by_hand: str


QUESTIONS: Final = (
    Question(
        "KQL, a name",
        "kql",
        "DeviceProcessEvents | where FileName =~ 'netsh.exe' | project Timestamp, DeviceName, ProcessCommandLine",
        f"{_SHOWN} {_START} AND lower(process.file.name) = 'netsh.exe'",
    ),
    Question(
        "KQL, names and a part of a command line",
        "kql",
        "DeviceProcessEvents | where FileName in~ ('netsh.exe', 'cmd.exe')"
        " | where ProcessCommandLine contains 'portproxy' | project Timestamp, DeviceName, ProcessCommandLine",
        f"{_SHOWN} {_START} AND lower(process.file.name) IN ('netsh.exe', 'cmd.exe')"
        " AND process.cmd_line ILIKE '%portproxy%'",
    ),
    Question(
        "KQL, one of three words",
        "kql",
        "DeviceProcessEvents | where ProcessCommandLine has_any ('portproxy', 'ntds', 'lsass')"
        " | project Timestamp, DeviceName, ProcessCommandLine",
        f"{_SHOWN} {_START} AND (process.cmd_line ILIKE '%portproxy%' OR process.cmd_line ILIKE '%ntds%'"
        " OR process.cmd_line ILIKE '%lsass%')",
    ),
    Question(
        "XQL, names and a part of a command line",
        "xql",
        "config case_sensitive = false | preset = xdr_process | filter event_sub_type = ENUM.PROCESS_START"
        ' and action_process_image_name in ("netsh.exe", "cmd.exe")'
        ' | filter action_process_image_command_line contains "portproxy"'
        " | fields _time, agent_hostname, action_process_image_command_line",
        f"{_SHOWN} {_START} AND lower(process.file.name) IN ('netsh.exe', 'cmd.exe')"
        " AND process.cmd_line ILIKE '%portproxy%'",
    ),
)


def hunting(bench: Bench) -> Iterator[Figure]:
    """Measure hunting queries over the lake of a hunt."""
    bench.hunt(bench.data.lines, store=True)
    yield from asked(bench.folder / "case-with-lake", bench.runs, bench.say)


def asked(case: Path, runs: int, say: Callable[[str], None]) -> Iterator[Figure]:
    """Measure hunting queries over a case."""
    opened = open_asked(case)
    slowest = 0.0
    for question in QUESTIONS:
        say(question.name)
        hunting_query(question.text, question.language)  # the parser is loaded once
        begun = time.perf_counter()
        sql = hunting_query(question.text, question.language).sql
        slowest = max(slowest, time.perf_counter() - begun)
        ours, hand = [], []
        for _ in range(runs + 1):
            ours.append(_seconds(opened, sql))
            hand.append(_seconds(opened, question.by_hand))
        ratios = [one / other for one, other in zip(ours[1:], hand[1:], strict=True)]
        details = {"query": ours, "by hand": hand}
        yield Figure(f"{question.name}: query / SQL by hand", median(ratios), "times", RATIO_LIMIT, details)
    yield Figure("parsing and planning, the slowest", slowest * 1_000, "ms", PLANNING_LIMIT)


def _seconds(case: AskedCase, sql: str) -> float:
    """Return the seconds that a query takes, its process not counted."""
    with query_case(case, sql, QueryLimits()) as result:
        for _ in result.batches():
            pass
        return result.account().seconds


MEASUREMENTS: Final = {"hunting": hunting}
