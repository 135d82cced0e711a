"""Hunts through corpora with the shipped pack and says for each file what was found in it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.detection.export import ENDING, export
from benchmarks.detection.masking import LEVELS
from benchmarks.processes import python, run

ORDER: Final = ("informational", "low", "medium", "high", "critical")
ATTACKS: Final = Path("windows") / "attack-samples"
ORDINARY: Final = Path("windows") / "benign-win10"
ELSEWHERE: Final = {
    "windows/aptsim-server2022, before 2023-10-18T03:00Z": ("windows/aptsim-server2022", "2023-10-18T03:00:00"),
    "windows/elastic": ("windows/elastic", ""),
}
"""Other logs in which little or no attack was expected: the folder, and the time before which."""
CLEARING: Final = frozenset({"security_log_cleared", "event_log_cleared", "many_logs_cleared"})
"""Whoever recorded the samples often cleared the log just before, which is no part of the attack."""


@dataclass(frozen=True)
class FileFound:
    """What was found in one file.

    Attributes:
        name: its path below the corpus.
        rules: names of rules and how many findings each has, by level.
    """

    name: str
    rules: dict[str, Counter[str]]

    @property
    def level(self) -> str:
        """The highest level of a finding; empty for none."""
        return next((level for level in reversed(ORDER) if self.rules.get(level)), "")

    @property
    def counts(self) -> bool:
        """Whether the file is detected: a finding of medium or above."""
        return self.level in ORDER[2:]

    @property
    def strong(self) -> dict[str, int]:
        """Rules of medium and above, with the numbers of their findings."""
        return {rule: count for level in reversed(ORDER[2:]) for rule, count in self.rules.get(level, {}).items()}

    @property
    def only_clearing(self) -> bool:
        """Whether nothing but the clearing of a log is what makes the file detected."""
        return self.counts and set(self.strong) <= CLEARING


@dataclass(frozen=True)
class Measured:
    """All that was measured.

    Attributes:
        attacks: the attack samples, by level of masking as in ``LEVELS``.
        ordinary: the ordinary logs.
        elsewhere: rules of medium and above that found something in ``ELSEWHERE``, and how often.
    """

    attacks: tuple[tuple[FileFound, ...], ...]
    ordinary: tuple[FileFound, ...]
    elsewhere: dict[str, Counter[str]]

    def detected(self, level: int) -> int:
        """Return how many attack samples are detected at a level of masking."""
        return sum(found.counts for found in self.attacks[level])

    @property
    def alarms(self) -> int:
        """How many findings of medium and above the ordinary logs have."""
        return sum(sum(found.strong.values()) for found in self.ordinary)


def findings(root: Path, case: Path, until: str = "") -> list[dict[str, Any]]:
    """Hunt through a folder with the shipped pack and return the findings.

    Args:
        root: the folder.
        case: where the case is made, anew each time.
        until: the time before which events count; empty for all.

    Raises:
        RunError: the hunt failed.
    """
    how = ["--case", str(case), "--force", "--no-store", "--no-report", "-q", *(["--until", until] if until else [])]
    run(python("-m", "yadorigi", "hunt", str(root), "--rules", "builtin", *how))
    return [json.loads(line) for line in (case / "findings.jsonl").read_bytes().splitlines()]


def hunt(root: Path, case: Path) -> tuple[FileFound, ...]:
    """Hunt through a folder in one go and return what was found in each of its files of events.

    Raises:
        RunError: the hunt failed.
    """
    found: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for finding in findings(root, case):
        for file in {evidence["file"] for evidence in finding["evidence"]}:
            found[Path(file).relative_to(root).as_posix()][finding["level"]][Path(finding["rule_path"]).stem] += 1
    paths = [path for ending in ("*.evtx", f"*{ENDING}") for path in root.rglob(ending)]
    names = sorted(path.relative_to(root).as_posix() for path in paths)
    return tuple(FileFound(name.removesuffix(ENDING), dict(found[name])) for name in names)


def rules_in(root: Path, case: Path, until: str) -> Counter[str]:
    """Return which rules of medium and above found something below a folder, and how often.

    Raises:
        RunError: the hunt failed.
    """
    strong = (finding for finding in findings(root, case, until) if finding["level"] in ORDER[2:])
    return Counter(Path(finding["rule_path"]).stem for finding in strong)


def measure(corpora: Path, levels: int = len(LEVELS)) -> Measured:
    """Measure everything.

    Args:
        corpora: the folder of the public corpora.
        levels: how many levels of masking; 1 for none.
    """
    with tempfile.TemporaryDirectory(prefix="detection-") as name:
        folder = Path(name)
        attacks = [hunt(corpora / ATTACKS, folder / "case")]
        for level in range(1, levels):
            export(corpora / ATTACKS, folder / str(level), level)
            attacks.append(hunt(folder / str(level), folder / "case"))
        ordinary = hunt(corpora / ORDINARY, folder / "case")
        elsewhere = {
            name: rules_in(corpora / part, folder / "case", until) for name, (part, until) in ELSEWHERE.items()
        }
        return Measured(tuple(attacks), ordinary, elsewhere)


def corpora_of(variable: str | None) -> Path:
    """Return the folder of the corpora, or end the program with what to do."""
    if not variable or not Path(variable).is_dir():
        sys.exit("YADORIGI_CORPORA must name the folder of the public corpora")
    return Path(variable)
