"""Where the time of one worker goes; run as ``python -m benchmarks.stages FOLDER SETTINGS RULES...``.

One process reads tasks again and again, each time going a step further; the differences are the steps. Within one step
no task is read twice, so that values are as new as they are in a hunt. A last pass is sampled: a timer of processor
time notes the function that runs.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from types import FrameType
from typing import TYPE_CHECKING, Final, TypeAlias

from benchmarks.parse_only import parse, tasks_of
from yadorigi.app.hunt_worker import HuntJob, HuntWorker
from yadorigi.detect.match import Matcher
from yadorigi.detect.plan import Planner
from yadorigi.ingest.activity import Activity
from yadorigi.ingest.hours import hours_by_host
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.load_rules import load_rules
from yadorigi.settings import read_settings
from yadorigi.sources.contract import Gathered, ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.ingest.tasks import ReadTask

_TASKS: Final = 6
_PASSES: Final = 3
_HOTTEST: Final = 25
_SAMPLE_SECONDS: Final = 0.002

Portion: TypeAlias = tuple[Sequence["ReadTask"], int]
"""Tasks, and the events in them."""


def gathered(tasks: Sequence[ReadTask]) -> Iterator[Gathered]:
    """Read, as a worker does."""
    for task in tasks:
        yield from source_named(task.source).read(task.pieces, ReadingLog())


class Steps:
    """The steps of a worker, each with all that come before it."""

    def __init__(self, worker: HuntWorker, planner: Planner) -> None:
        """Make what the steps work with."""
        self.tasks: Sequence[ReadTask] = ()
        self.worker = worker
        self.matcher = Matcher(planner)

    def parse(self) -> None:
        """Parse to JSON texts, or decode to objects where the input is JSON."""
        for task in self.tasks:
            parse(task)

    def read(self) -> None:
        """Parse and decode heads."""
        for _ in gathered(self.tasks):
            pass

    def group(self) -> None:
        """Also group by kind, and find the first and last time of each file."""
        for table in gathered(self.tasks):
            table.spans()
            for _ in table.batches():
                pass

    def count(self) -> None:
        """Also count hosts, channels and hours."""
        activity = Activity()
        for table in gathered(self.tasks):
            table.spans()
            for batch in table.batches():
                activity.see(batch.kind, None, hours_by_host(batch))

    def match(self) -> None:
        """Also match every rule."""
        activity = Activity()
        for table in gathered(self.tasks):
            table.spans()
            for batch in table.batches():
                activity.see(batch.kind, None, hours_by_host(batch))
                for _ in self.matcher.of(batch.kind).match(batch):
                    pass

    def work(self) -> None:
        """Do all that a worker does, findings included."""
        for task in self.tasks:
            self.worker.do(task)


def micros_of(steps: Steps, step: Callable[[], None], portions: Sequence[Portion]) -> float:
    """Return a step's median time an event; the first portion, with which the rules are planned, does not count."""
    times = []
    for tasks, events in portions:
        steps.tasks = tasks
        gc.collect()
        gc.disable()
        start = time.process_time()
        step()
        times.append((time.process_time() - start) / events * 1e6)
        gc.enable()
    return median(times[1:])


def portions_of(folder: str) -> list[Portion]:
    """Return the first tasks of a hunt in portions, with their events; the same portion again where there are few."""
    tasks = list(islice(tasks_of([folder]), _TASKS * (_PASSES + 2)))
    portions = [tasks[place :: _PASSES + 2] or tasks for place in range(_PASSES + 2)]
    return [(portion, sum(map(parse, portion))) for portion in portions]


@contextmanager
def sampled() -> Iterator[Counter[str]]:
    """Note which function runs whenever a little processor time has passed; nothing where there is no such timer."""
    found: Counter[str] = Counter()

    def note(_: int, frame: FrameType | None) -> None:
        if frame is not None:
            found[f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_qualname}"] += 1

    if not hasattr(signal, "setitimer"):
        yield found
        return
    signal.signal(signal.SIGPROF, note)
    signal.setitimer(signal.ITIMER_PROF, _SAMPLE_SECONDS, _SAMPLE_SECONDS)
    try:
        yield found
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> int:
    """Measure and print."""
    folder, settings, *rules = sys.argv[1:]
    rule_set = load_rules(rules, read_settings(Path(settings)))
    *portions, last = portions_of(folder)
    planner = Planner(rule_set.rules, LogSources.load())
    with tempfile.TemporaryDirectory() as spool:
        worker = HuntWorker(HuntJob(rule_set.rules, Path(spool)), planner)
        steps = Steps(worker, planner)
        stages: dict[str, float] = {}
        before = 0.0
        for name in ("parse", "read", "group", "count", "match", "work"):
            micros = micros_of(steps, getattr(steps, name), portions)
            stages[f"{name} (all so far)"] = micros
            if name != "parse":
                stages[f"{name} (this step)"] = micros - before
            before = micros
        steps.tasks = last[0]
        with sampled() as found:
            steps.work()
    total = max(found.total(), 1)
    hottest = {name: round(100 * count / total, 1) for name, count in found.most_common(_HOTTEST)}
    print(json.dumps({"events": sum(events for _, events in portions), "stages": stages, "hottest": hottest}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
