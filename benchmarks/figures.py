"""The figures: what is measured, and what it must reach."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from benchmarks.logons import BASE_RULES, CORRELATIONS
from benchmarks.processes import Run, RunError, alternated, python, run

if TYPE_CHECKING:
    from benchmarks.data import DataSets

MEBIBYTE: Final = 1024 * 1024
MAXIMUM_RATIO: Final = 5.0
WANTED_RATIO: Final = 3.0
UNCOUNTED_LIMIT: Final = 1.001


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: what it is.
        value: the median.
        unit: of the value.
        limit: what it may be at most; None where it is told and not judged.
        details: what it was made of.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool | None:
        """Whether the limit is kept."""
        return None if self.limit is None else self.value <= self.limit


@dataclass(frozen=True)
class Bench:
    """What the measurements share.

    Attributes:
        data: the data sets.
        folder: for cases, caches and settings.
        runs: how often each thing is measured.
        workers: worker processes.
        say: tells the person who waits.
    """

    data: DataSets
    folder: Path
    runs: int
    workers: int
    say: Callable[[str], None]

    def hunt(
        self, path: Path, watch_memory: bool = False, rules: Sequence[Path] = (), *, store: bool = False
    ) -> tuple[Run, dict[str, Any]]:
        """Hunt, with the Windows rules unless others are given, and return the run and its summary."""
        case = self.folder / ("case-with-lake" if store else "case")
        shutil.rmtree(case, ignore_errors=True)
        command = python("-m", "yadorigi", "hunt", str(path), "--no-report", "--quiet", "--case", str(case))
        command += () if store else ("--no-store",)
        command += ["--workers", str(self.workers), "--settings", str(self.settings(self.folder / "cache"))]
        for path_of_rules in rules or self.data.corpora.windows_rules:
            command += ["--rules", str(path_of_rules)]
        finished = run(command, watch_memory)
        summary: dict[str, Any] = json.loads((case / "summary.json").read_bytes())
        return finished, summary

    def parse_only(self, path: Path) -> Run:
        """Parse and do nothing else."""
        return run(python("-m", "benchmarks.parse_only", str(path), "--workers", str(self.workers)))

    def settings(self, cache: Path) -> Path:
        """Return a settings file that names a cache folder."""
        path = cache.with_suffix(".toml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"cache_folder = {json.dumps(str(cache))}\n", encoding="utf-8")
        return path


def against_parsing(bench: Bench, name: str, path: Path, limit: float | None) -> list[Figure]:
    """Compare a hunt with only parsing the same files."""
    bench.say(f"{name}: hunt and parse-only in turns")
    parses, hunts = alternated(bench.runs, lambda: bench.parse_only(path), lambda: bench.hunt(path))
    parsed, hunted = median(one.seconds for one in parses), median(one.seconds for one, _ in hunts)
    summary = hunts[-1][1]
    events = summary["events"]
    # A hunt also reads the records that a log's headers do not count yet.
    if not int(parses[-1].output) <= events <= int(parses[-1].output) * UNCOUNTED_LIMIT:
        raise RunError(f"{name}: parse-only gave {parses[-1].output.strip()} events, hunt {events}")
    spent = [
        hunt.processor_seconds / max(one.processor_seconds, 1e-9) for one, (hunt, _) in zip(parses, hunts, strict=True)
    ]
    ratios = [hunt.seconds / one.seconds for one, (hunt, _) in zip(parses, hunts, strict=True)]
    details = {
        "events": events,
        "findings": summary["findings"],
        "rules loaded": summary["rules"]["loaded"],
        "parse processor seconds": [round(one.processor_seconds, 3) for one in parses],
        "hunt processor seconds": [round(one.processor_seconds, 3) for one, _ in hunts],
        "parse seconds": [round(one.seconds, 3) for one in parses],
        "hunt seconds": [round(one.seconds, 3) for one, _ in hunts],
        "stages": [one["seconds"] for _, one in hunts],
        "peak_rss_bytes": max(one["peak_rss_bytes"] for _, one in hunts),
    }
    return [
        Figure(f"{name}: hunt / parse-only", median(ratios), "times", limit, details),
        Figure(f"{name}: the same in processor time", median(spent), "times"),
        Figure(f"{name}: hunt", hunted, "s"),
        Figure(f"{name}: parse-only", parsed, "s"),
        Figure(f"{name}: parse-only a record and worker", parsed * bench.workers / events * 1e6, "µs"),
        Figure(f"{name}: hunt, events a second and worker", events / hunted / bench.workers, "1/s"),
    ]


def evtx(bench: Bench) -> list[Figure]:
    """Hunt over EVTX files against parsing them."""
    return against_parsing(bench, "EVTX", bench.data.evtx(), MAXIMUM_RATIO)


def lines(bench: Bench) -> list[Figure]:
    """Hunt over varied JSON lines against decoding them."""
    figures = against_parsing(bench, "varied JSON lines", bench.data.lines, MAXIMUM_RATIO)
    # Decoding JSON is a lower floor than parsing EVTX; this tells the two data sets' costs by one measure.
    floors = [bench.parse_only(bench.data.evtx()) for _ in range(bench.runs)]
    floor = median(one.seconds / int(one.output) for one in floors)
    hunted = next(figure.value for figure in figures if figure.name.endswith(": hunt"))
    ratio = hunted / figures[0].details["events"] / floor
    return [*figures, Figure("varied JSON lines: hunt / parsing as many EVTX records", ratio, "times")]


def distinct(bench: Bench) -> list[Figure]:
    """Say which share of the values is distinct."""
    figures = []
    for name, values in (("EVTX", bench.data.distinct_in_copies()), ("lines", bench.data.distinct_in_lines())):
        bench.say(f"distinct values in {name}")
        figures += [
            Figure(f"{name}: distinct {which}", 100 * share, "%", None, {"values": values.values[which]})
            for which, share in values.shares().items()
        ]
    return figures


def memory(bench: Bench) -> list[Figure]:
    """Measure the memory of all processes, and what five times the input adds."""
    bench.say("memory at once and five times the events")
    once, summary = bench.hunt(bench.data.evtx(), watch_memory=True)
    more, more_summary = bench.hunt(bench.data.evtx(5), watch_memory=True)
    details = {"events": summary["events"], "as the program says": summary["peak_rss_bytes"]}
    more_details = {"events": more_summary["events"], "as the program says": more_summary["peak_rss_bytes"]}
    return [
        Figure("memory, all processes", once.peak_bytes / MEBIBYTE, "MiB", 1536, details),
        Figure("memory, five times the events", more.peak_bytes / MEBIBYTE, "MiB", 1536, more_details),
        Figure("memory: five times / once", more.peak_bytes / max(once.peak_bytes, 1), "times", 1.2),
        Figure("time: five times / once", more.seconds / once.seconds, "times"),
    ]


def correlations(bench: Bench) -> list[Figure]:
    """Compare a hunt that correlates nearly every event with one that reports each, and their memory."""
    bench.say("logons with and without correlations in turns")
    base, all_rules = bench.folder / "logons.yml", bench.folder / "correlated.yml"
    base.write_text(BASE_RULES, encoding="utf-8")
    all_rules.write_text(f"{BASE_RULES}---{CORRELATIONS}", encoding="utf-8")
    logons = bench.data.logons
    plain, correlated = alternated(
        bench.runs, lambda: bench.hunt(logons, True, [base]), lambda: bench.hunt(logons, True, [all_rules])
    )
    ratio = median(one.seconds / other.seconds for (one, _), (other, _) in zip(correlated, plain, strict=True))
    summary = correlated[-1][1]
    items = sum(one["events"] for one in summary["rules"]["correlations"])
    details = {
        "events": summary["events"],
        "items": items,
        "bursts": sum(one["bursts"] for one in summary["rules"]["correlations"]),
        "seconds": [[round(one.seconds, 2) for one, _ in side] for side in (plain, correlated)],
        "stages": [plain[-1][1]["seconds"], summary["seconds"]],
    }
    peak = max(one.peak_bytes for one, _ in correlated)
    return [
        Figure("logons: correlated / each a finding", ratio, "times", None, details),
        Figure("logons: correlating an item", summary["seconds"]["correlate"] / max(items, 1) * 1e6, "µs"),
        Figure("logons: memory of correlating", peak / MEBIBYTE, "MiB", 1536),
    ]


def one_file(bench: Bench) -> list[Figure]:
    """Compare one large file with many small ones that hold the same chunks."""
    bench.say("one large file and many small ones in turns")
    larges, smalls = alternated(
        bench.runs, lambda: bench.hunt(bench.data.one_file, True), lambda: bench.hunt(bench.data.many_files, True)
    )
    time_ratio = median(a.seconds / b.seconds for (a, _), (b, _) in zip(larges, smalls, strict=True))
    peak = max(one.peak_bytes for one, _ in larges)
    details = {
        "events": [larges[-1][1]["events"], smalls[-1][1]["events"]],
        "findings": [larges[-1][1]["findings"], smalls[-1][1]["findings"]],
        "seconds": [[round(one.seconds, 2) for one, _ in side] for side in (larges, smalls)],
        "stages": [larges[-1][1]["seconds"], smalls[-1][1]["seconds"]],
    }
    return [
        Figure("one file / many files: time", time_ratio, "times", 1.2, details),
        Figure("one file / many files: memory", peak / max(one.peak_bytes for one, _ in smalls), "times", 1.2),
        Figure("one file: memory", peak / MEBIBYTE, "MiB", 1536),
    ]


def rules(bench: Bench) -> list[Figure]:
    """Measure loading rules from the cache, and compiling them without one."""
    bench.say("loading and compiling rules")
    folders = [str(path) for path in bench.data.corpora.many_rules]
    cold, warm = [], []
    for _ in range(bench.runs):
        with tempfile.TemporaryDirectory(dir=bench.folder) as cache:
            script = python("-m", "benchmarks.load_rules", str(bench.settings(Path(cache) / "cache")), *folders)
            cold.append(json.loads(run(script).output))
            warm.append(json.loads(run(script).output))
    details = {"given": warm[-1]["given"], "loaded": warm[-1]["loaded"], "from the cache": warm[-1]["from_cache"]}
    scale = 3_000 / max(warm[-1]["loaded"], 1)
    return [
        Figure("3,000 compiled rules load in", median(one["seconds"] for one in warm) * scale, "s", 0.5, details),
        Figure("3,000 rules compile in", median(one["seconds"] for one in cold) * scale, "s", 15.0),
    ]


def help_text(bench: Bench) -> list[Figure]:
    """Measure how soon help is there."""
    bench.say("help")
    times = [run(python("-m", "yadorigi", "--help")).seconds for _ in range(bench.runs + 3)]
    return [Figure("yadorigi --help", median(times[1:]), "s", 0.3)]


def stages(bench: Bench) -> list[Figure]:
    """Say where the time of one worker goes."""
    bench.say("stages of one worker")
    figures = []
    for name, folder in (("EVTX", bench.data.evtx()), ("lines", bench.data.lines)):
        command = python("-m", "benchmarks.stages", str(folder), str(bench.settings(bench.folder / "cache")))
        found = json.loads(run([*command, *map(str, bench.data.corpora.windows_rules)]).output)
        details = {"hottest functions, % of samples": found["hottest"], "events": found["events"]}
        for place, (stage, micros) in enumerate(found["stages"].items()):
            figures.append(Figure(f"{name}: {stage}", micros, "µs", None, {} if place else details))
    return figures


MEASUREMENTS: Final[dict[str, Callable[[Bench], Iterable[Figure]]]] = {
    "help": help_text,
    "rules": rules,
    "evtx": evtx,
    "lines": lines,
    "stages": stages,
    "distinct": distinct,
    "correlations": correlations,
    "one-file": one_file,
    "memory": memory,
}
"""By the name that ``--only`` takes."""
