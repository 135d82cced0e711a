"""The benchmark command runs from end to end on a tiny size; its figures are not judged here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ("help", "rules", "evtx", "lines", "stages", "distinct", "correlations", "one-file", "memory")
JUDGED = {
    "EVTX: hunt / parse-only",
    "varied JSON lines: hunt / parse-only",
    "memory, all processes",
    "memory: five times / once",
    "logons: memory of correlating",
    "one file / many files: time",
    "one file / many files: memory",
    "3,000 compiled rules load in",
    "3,000 rules compile in",
    "yadorigi --help",
}
PART = {"windows/attack-samples": "*.evtx", "windows/aptsim-server2022": "*.evtx", "sigma/rules": "*.yml",
        "sigma/rules-emerging-threats": "*.yml"}  # fmt: skip
"""Of these corpora, every fortieth file is measured on here: hours of hunts would say no more about the command."""
EVERY = 40
LARGE = "windows/benign-win10/Application.evtx"
"""Large enough that the one large file can be made of its chunks."""


@pytest.fixture
def part(corpora: Path, tmp_path: Path) -> Path:
    """A small part of the corpora."""
    folder = tmp_path / "corpora"
    chosen = [path for place, pattern in PART.items() for path in sorted((corpora / place).rglob(pattern))[::EVERY]]
    for path in (*chosen, corpora / LARGE):
        target = folder / path.relative_to(corpora)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return folder


def test_the_command_measures_and_writes_every_figure(part: Path, tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--events", "1", "--runs", "1", "--gib", "0.01"]
    for name in MEASURED:
        command += ["--only", name]
    command += ["--folder", str(tmp_path / "data"), "--json", str(written)]
    known = {**os.environ, "YADORIGI_CORPORA": str(part)}
    done = subprocess.run(command, cwd=ROOT, env=known, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode in (0, 1), done.stderr
    figures = {figure["name"]: figure for figure in json.loads(written.read_bytes())["figures"]}
    assert {name for name, figure in figures.items() if figure["limit"] is not None} >= JUDGED
    assert figures["EVTX: hunt / parse-only"]["details"]["events"] > 1_000
    assert figures["one file / many files: time"]["details"]["events"][0] > 0
    assert figures["3,000 compiled rules load in"]["details"]["from the cache"] is True
    assert "hunt / parse-only" in done.stdout


def test_without_corpora_it_says_what_it_needs(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if name != "YADORIGI_CORPORA"}
    command = [sys.executable, "-m", "benchmarks", "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "YADORIGI_CORPORA" in done.stderr
