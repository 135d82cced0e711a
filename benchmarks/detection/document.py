"""Writes docs/DETECTION.md: what the shipped pack finds in the corpora and what it does not, file by file."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.detection.masking import LEVELS
from benchmarks.detection.measure import ORDER, FileFound, Measured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "DETECTION.md"
REASONS: Final = Path(__file__).with_name("misses.toml")
_MASKED: Final = (
    "nothing: the files as they are",
    "file names of programs, and the first word of command lines",
    "that, and the texts of the version resource: original name, description, product, company",
    "that, and hashes",
    "that, and every mention of tools in other texts: command lines, scripts, paths, pipes, services, tasks, registry",
)


def page(measured: Measured) -> str:
    """Return the document."""
    return "\n".join(
        (*_head(measured), *_masking(measured), *_misses(measured), *_hits(measured), *_ordinary(measured), "")
    )


def _head(measured: Measured) -> Iterator[str]:
    files = measured.attacks[0]
    levels = Counter(found.level for found in files)
    clearing = sum(found.only_clearing for found in files)
    yield from (
        "# Detection",
        "",
        "What the shipped pack finds in public collections of logs, and what it does not. This page is written by",
        "`.venv/bin/python -m benchmarks.detection --write` (`YADORIGI_CORPORA` names the folder of the corpora); a",
        "test holds it to what the pack finds today.",
        "",
        "A file counts as *detected* if it has a finding of level medium or above. That is a crude measure: one file",
        "holds one recorded attack, often with much beside it, and nobody says which of its records are the attack.",
        "It tells whether an analyst would have looked at that host, not whether each step was understood. The",
        "samples were in sight while rules were written, so the figure flatters them; those with masked names below",
        "tell more.",
        "",
        "| attack samples | files |",
        "| --- | ---: |",
        f"| all | {len(files)} |",
        f"| **detected** | **{measured.detected(0)}** |",
        f"| of these by a finding of high or above | {levels['high'] + levels['critical']} |",
        f"| of these by nothing but the clearing of a log, which came before the attack | {clearing} |",
        f"| only findings of low or informational | {levels['low'] + levels['informational']} |",
        f"| no finding | {levels['']} |",
        "",
        "All rules of SigmaHQ's folder `rules/windows` together (2,406 files) detected 200 of these files on",
        "2026-11-29, hunted and counted in the same way.",
        "",
        "| ordinary logs | |",
        "| --- | ---: |",
        f"| files | {len(measured.ordinary)} |",
        f"| findings of medium or above | {measured.alarms} |",
        f"| findings below | {sum(_weak(found) for found in measured.ordinary)} |",
    )


def _weak(found: FileFound) -> int:
    return sum(sum(found.rules.get(level, {}).values()) for level in ORDER[:2])


def _masking(measured: Measured) -> Iterator[str]:
    yield from (
        "",
        "## With the names of tools masked",
        "",
        "An intruder renames his tools, takes their version texts out and compiles them anew. Here every program",
        "gets a random name, the same one everywhere, but for processes of Windows that only work under their own",
        "name and the applications that attacks are aimed at ([list](../benchmarks/detection/kept_programs.txt)).",
        "`cmd.exe` and `powershell.exe` are masked as well.",
        "",
        "| masked | detected |",
        "| --- | ---: |",
        *(f"| {_MASKED[level]} | {measured.detected(level)} |" for level in range(len(LEVELS))),
        "",
        "Before rules were reworked for this, on 2026-11-29, these were 252, 244, 237, 237 and 236. What masking hid",
        "was looked at then, so these figures flatter as well.",
        "",
        "Command lines in other forms (letters, blanks, tabs, quotes, whole paths) are held by",
        "`tests/packs/test_variations.py`: each command line that an example says must be found is found in all of",
        "them, but for tools whose switches mean another thing in capitals.",
        "",
        "Detected by their own names, and no longer once everything is masked:",
        "",
    )
    last = {found.name: found for found in measured.attacks[-1]}
    for found in measured.attacks[0]:
        if found.counts and not last[found.name].counts:
            level = next(level for level in range(len(LEVELS)) if not measured_file(measured, level, found.name).counts)
            yield f"- {found.name} (from *{LEVELS[level]}* on; {_rules(found)})"


def measured_file(measured: Measured, level: int, name: str) -> FileFound:
    """Return what was found in a file at a level of masking."""
    return next(found for found in measured.attacks[level] if found.name == name)


def _misses(measured: Measured) -> Iterator[str]:
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    yield from (
        "",
        "## Missed",
        "",
        "| file | weaker findings | why |",
        "| --- | --- | --- |",
    )
    for found in measured.attacks[0]:
        if not found.counts:
            weak = ", ".join(sorted({rule for rules in found.rules.values() for rule in rules}))
            yield _row((found.name, weak or "none", reasons.get(found.name, "")))


def _hits(measured: Measured) -> Iterator[str]:
    yield from ("", "## Detected", "", "| file | level | rules of medium and above |", "| --- | --- | --- |")
    for found in measured.attacks[0]:
        if found.counts:
            yield _row((found.name, found.level, _rules(found)))


def _ordinary(measured: Measured) -> Iterator[str]:
    yield from ("", "## Findings in ordinary logs", "")
    loud = [found for found in measured.ordinary if found.counts]
    if not loud:
        yield "None of medium or above."
    else:
        yield from ("| file | level | rules |", "| --- | --- | --- |")
        yield from (_row((found.name, found.level, _rules(found))) for found in loud)
    yield from (
        "",
        "Other logs of the corpora in which little or no attack was expected, with what was found in them:",
        "",
        "| logs | findings of medium or above |",
        "| --- | --- |",
    )
    for name, rules in measured.elsewhere.items():
        yield _row((name, ", ".join(f"{rule}: {count}" for rule, count in sorted(rules.items())) or "none"))
    yield from (
        "",
        "The server of APTSimulator is ordinary until 03:00, but the tools were unpacked on it ten minutes before,",
        "where Defender found some of them and was then switched off. The parser tests hold the event that tells of",
        "a changed audit setting (4906), which is worth a look on any host.",
    )


def _rules(found: FileFound) -> str:
    return ", ".join(found.strong)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
