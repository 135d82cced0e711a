"""Measure speed and memory; run as ``python -m benchmarks``, or ``python3 tasks.py bench``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.data import Corpora, DataSets
from benchmarks.figures import MEASUREMENTS as OF_HUNTS
from benchmarks.figures import Bench, Figure
from benchmarks.hunting import MEASUREMENTS as OF_QUERIES
from benchmarks.lake import MEASUREMENTS as OF_LAKES
from benchmarks.processes import RunError
from yadorigi.vault.keys import HOME_VARIABLE

GIBIBYTE = 1024**3
MEASUREMENTS = {**OF_HUNTS, **OF_LAKES, **OF_QUERIES}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    parser.add_argument("--events", type=int, default=1_000_000, help="events of each data set, at least")
    parser.add_argument("--runs", type=int, default=3, help="how often each thing is measured, after a turn to warm up")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    parser.add_argument("--gib", type=float, default=2.0, help="size of the one large file")
    parser.add_argument("--only", action="append", choices=MEASUREMENTS, help="measure this; may be repeated")
    parser.add_argument("--folder", type=Path, help="make the data here and keep it (default: a temporary folder)")
    parser.add_argument("--json", type=Path, help="write the figures and all that they are made of to this file")
    return parser.parse_args()


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        processor = ""
    return {
        "processor": processor or platform.processor(),
        "processors": os.cpu_count(),
        "memory GiB": round(psutil.virtual_memory().total / GIBIBYTE, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "load before": [round(load, 2) for load in psutil.getloadavg()],
    }


def print_table(figures: list[Figure]) -> None:
    """Print the figures."""
    width = max((len(figure.name) for figure in figures), default=0)
    print(f"\n{'figure':<{width}}  {'target':>12}  {'result':>12}        ok")
    for figure in figures:
        target = "" if figure.limit is None else f"<= {figure.limit:g}"
        verdict = {None: "", True: "yes", False: "NO"}[figure.ok]
        value = f"{figure.value:,.0f}" if figure.value >= 1_000 else f"{figure.value:.3g}"  # noqa: PLR2004 - display
        print(f"{figure.name:<{width}}  {target:>12}  {value:>12} {figure.unit:<6} {verdict}")


def measure(chosen: argparse.Namespace, corpora: Corpora, folder: Path) -> list[Figure]:
    """Measure what was chosen, telling on the way how far it is."""
    start = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - start:6.0f} s] {text}", file=sys.stderr, flush=True)

    data = DataSets(corpora, folder, chosen.events, int(chosen.gib * GIBIBYTE))
    say(f"{corpora.events} records in the corpora, {data.copies} copies, data in {folder}")
    bench = Bench(data, folder, max(chosen.runs, 1), chosen.workers, say)
    figures: list[Figure] = []
    for name in chosen.only or MEASUREMENTS:
        found = list(MEASUREMENTS[name](bench))
        print_details(found)
        figures += found
    return figures


def print_details(figures: list[Figure]) -> None:
    """Print what figures are made of, on standard error."""
    for figure in figures:
        if figure.details:
            print(f"  {figure.name}: {figure.value:.3g} {figure.unit}", file=sys.stderr)
            for name, value in figure.details.items():
                print(f"    {name}: {json.dumps(value)}", file=sys.stderr)


def main() -> int:
    """Measure; 1 where a figure misses its limit, 2 where something could not be measured."""
    chosen = arguments()
    named = os.environ.get("YADORIGI_CORPORA", "")
    if not named or not (Path(named) / "windows").is_dir():
        print("YADORIGI_CORPORA must name the folder of the public corpora", file=sys.stderr)
        return 2
    before = machine()
    with tempfile.TemporaryDirectory(prefix="yadorigi-bench-") as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        # Keys of cases that are thrown away are nothing for the user's own folder.
        os.environ[HOME_VARIABLE] = str(folder.resolve() / "vault-keys")
        try:
            figures = measure(chosen, Corpora(Path(named).resolve()), folder.resolve())
        except RunError as error:
            print(f"cannot measure: {error}", file=sys.stderr)
            return 2
    print_table(figures)
    if chosen.json is not None:
        content = {"machine": before, "figures": [{**asdict(figure), "ok": figure.ok} for figure in figures]}
        chosen.json.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(figure.ok is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
