"""Hunts a folder in which something is damaged and its neighbours are not, as a user does, and holds the hunt to this:

no traceback, the right exit code, every neighbour read whole, every record accounted for.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.cli.hunting import ROOT, Hunted, command, environment, run_program
from tests.sources.written import log_of

RULE_FILE: Final = Path(__file__).with_name("rule.yml")
"""One place for all tests, so that it is compiled once."""
RULE: Final = RULE_FILE.read_text(encoding="utf-8")
BEFORE, AFTER, LINES = "a-before.evtx", "z-after.evtx", "m-lines.jsonl"
_EVENTS: Final = {BEFORE: 25, AFTER: 15, LINES: 2}


def json_line(number: int, **data: Any) -> str:
    """A process start in a line of JSON."""
    system = {
        "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
        "EventID": 4688,
        "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T09:00:00.1234567Z"}},
        "EventRecordID": number,
        "Channel": "Security",
        "Computer": "FS01.example",
    }
    return json.dumps({"Event": {"System": system, "EventData": {"CommandLine": f"ntdsutil {number}", **data}}})


@dataclass(frozen=True)
class Scene:
    """A folder of evidence whose neighbours are sound, and rules that find each of their records.

    Attributes:
        folder: where all of it lies.
        evidence: the folder that is hunted.
        case: where the results go.
        rules: what is given to ``--rules``.
    """

    folder: Path
    rules: list[Path] = field(default_factory=list)

    @classmethod
    def in_folder(cls, folder: Path) -> Scene:
        """Lay it out."""
        scene = cls(folder)
        scene.evidence.mkdir()
        scene.put(BEFORE, log_of(range(1, 26)))
        scene.put(AFTER, log_of(range(101, 116)))
        scene.put(LINES, f"{json_line(1)}\n{json_line(2)}\n".encode())
        scene.rules.append(RULE_FILE)
        return scene

    @property
    def evidence(self) -> Path:
        return self.folder / "evidence"

    @property
    def case(self) -> Path:
        return self.folder / "case"

    def put(self, name: str, data: bytes) -> Path:
        """Write a file into the evidence."""
        path = self.evidence / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def arguments(self, *more: object) -> list[str]:
        """The command line that hunts it."""
        rules = [part for rule in self.rules for part in ("--rules", rule)]
        return command("hunt", self.evidence, *rules, "--case", self.case, *more)

    def hunt(self, *more: object, code: int, **how: Any) -> Hunted:
        """Hunt, and hold the result to what always holds."""
        run = self.run(self.arguments(*more), **how)
        assert run.code == code, (run.code, run.err, run.out)
        check_words(run)
        if (self.case / "summary.json").exists():
            check_account(run)
            self.check_neighbours(run)
        return run

    def run(self, arguments: Sequence[str], **how: Any) -> Hunted:
        """Run a command and keep what it says."""
        own = how.pop("env", {})
        start = command()
        if not how and not own and arguments[: len(start)] == start:
            done = run_program(*arguments[len(start) :])
        else:
            done = subprocess.run(
                arguments, capture_output=True, cwd=ROOT, env=environment() | own, timeout=120, check=False, **how
            )
        return Hunted(done.returncode, done.stdout.decode(), done.stderr.decode(), self.case)

    def check_neighbours(self, run: Hunted) -> None:
        """Every event of the sound files was read, and found by the rule."""
        events = {Path(file["path"]).name: file["events"] for file in run.summary["inputs"]}
        found = Counter(Path(finding["evidence"][0]["file"]).name for finding in run.findings)
        for name, count in _EVENTS.items():
            assert events[name] == count, name
            assert found[name] == count, name
        assert not [warning for warning in run.warnings if Path(warning["file"]).name in _EVENTS]


def check_words(run: Hunted) -> None:
    """Nothing of the program's inside is shown, and nothing that acts on a terminal."""
    for text in (run.out, run.err):
        assert "Traceback" not in text
        assert "our fault" not in text
        assert not {character for character in text if ord(character) < 32} - {"\n"}


def check_account(run: Hunted) -> None:
    """Where a container declares its records, each one is an event or in a warning; and totals are sums."""
    lost: Counter[str] = Counter()
    for warning in run.warnings:
        assert set(warning) == {"file", "offset", "kind", "records", "reason"}
        assert warning["kind"] in {"record", "file", "gap", "notice"}
        assert warning["reason"]
        if warning["kind"] in {"record", "file"}:
            lost[warning["file"]] += warning["records"] or 0
    for file in run.summary["inputs"]:
        if file["declared"] is not None:
            assert file["events"] + lost[file["path"]] == file["declared"], file
    assert run.summary["events"] == sum(file["events"] for file in run.summary["inputs"])
    assert run.summary["warnings"] == len(run.warnings)


def warnings_of(run: Hunted, name: str) -> list[dict[str, Any]]:
    """The warnings about one input."""
    return [warning for warning in run.warnings if Path(warning["file"]).name == name]


def only_warning(run: Hunted, name: str) -> dict[str, Any]:
    """The one warning about an input."""
    (warning,) = warnings_of(run, name)
    return warning


def events_of(run: Hunted, name: str) -> int:
    """How many events an input gave."""
    (file,) = (file for file in run.summary["inputs"] if Path(file["path"]).name == name)
    return int(file["events"])


Damage = Callable[[bytes], bytes]
