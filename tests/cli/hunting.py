"""Runs `yadorigi hunt` as a user does, and reads what it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.forked import CAN_FORK, run_forked
from tests.rules_cache import cache_home

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Hunted:
    """What one hunt printed and left."""

    code: int
    out: str
    err: str
    case: Path

    @property
    def findings(self) -> list[dict[str, Any]]:
        return read_lines(self.case / "findings.jsonl")

    @property
    def verdicts(self) -> list[dict[str, Any]]:
        return read_lines(self.case / "verdicts.jsonl")

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return read_lines(self.case / "warnings.jsonl")

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.case / "summary.json").read_text(encoding="utf-8"))
        return found

    def bytes_of(self, name: str) -> bytes:
        return (self.case / name).read_bytes()

    @property
    def lasting_text(self) -> str:
        """The terminal's text without its last block, which holds times and the case's name."""
        return self.out[: self.out.rindex("THIS RUN")]


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "yadorigi", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(cache_home()), "PYTHONPATH": str(ROOT / "src")}


def run_program(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own, and keep what it prints."""
    if CAN_FORK:
        return run_forked([*map(str, arguments)], cwd, environment())
    return subprocess.run(
        command(*arguments), capture_output=True, cwd=cwd, env=environment(), timeout=120, check=False
    )


def hunt(case: Path, *arguments: object, cwd: Path = ROOT) -> Hunted:
    """Hunt into a case."""
    run = run_program("hunt", *arguments, "--case", case, cwd=cwd)
    return Hunted(run.returncode, run.stdout.decode(), run.stderr.decode(), case)
