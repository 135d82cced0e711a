"""Try the rules of a pack on their examples: what must hit, and what must be left alone."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yadorigi.app.correlate import Correlating, correlate
from yadorigi.app.hunt_worker import HuntJob, HuntWorker, ReadResult
from yadorigi.detect.plan import Planner
from yadorigi.errors import ContentError, RuleError, UsageError
from yadorigi.ingest.tasks import ReadTask
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.examples import Example, examples_of
from yadorigi.packs.find_rules import BUILTIN, find_rules
from yadorigi.packs.load_rules import compile_files
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.settings import Settings

_SOURCE: Final = "evtx_dump"


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """How one rule did on its examples.

    Attributes:
        rule: the pack's name and the rule file's name without its ending.
        examples: how many examples it has.
        failures: what went wrong, in words; empty where all is as the examples say.
    """

    rule: str
    examples: int
    failures: tuple[str, ...]


def try_examples(given: str, settings: Settings) -> list[RuleTrial]:
    """Try all rules of a pack, or of all shipped packs for ``builtin``.

    Raises:
        UsageError: there is no such pack, or it has no rules with examples.
        ContentError: its examples cannot be read.
    """
    if given == BUILTIN:
        with as_file(files("yadorigi") / "content" / "packs") as folder:
            packs = sorted(path for path in folder.iterdir() if path.is_dir())
            return [trial for pack in packs for trial in _try_pack(pack, settings)]
    if not Path(given).is_dir():
        raise UsageError(f"{given} is no folder; a pack is a folder with rules/ and examples/")
    return _try_pack(Path(given), settings)


def _try_pack(pack: Path, settings: Settings) -> list[RuleTrial]:
    found = examples_of(pack)
    if not found:
        raise UsageError(f"{pack} holds no rules with examples (rules/*.yml and examples/*.yml of the same names)")
    log_sources = LogSources.load()
    trials: list[RuleTrial] = []
    for stem, (path, examples) in found.items():
        rules = compile_files(find_rules([str(path)]), settings)
        failures = [f"the rule cannot be loaded: {refused.reason}" for refused in rules.refused]
        entries = [(True, example) for example in examples.hit] + [(False, example) for example in examples.miss]
        if rules.loaded:
            failures += _failures(rules, entries, log_sources)
        trials.append(RuleTrial(f"{pack.name}/{stem}", len(entries), tuple(failures)))
    return trials


def _failures(rules: RuleSet, entries: list[tuple[bool, Example]], log_sources: LogSources) -> list[str]:
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="yadorigi-") as folder:
        spool = Path(folder)
        job = HuntJob(rules.rules, spool, correlations=rules.correlations)
        worker = HuntWorker(job, Planner(rules.rules, log_sources))
        for wanted, example in entries:
            try:
                hit = _hits(rules, worker, spool, example)
            except (ContentError, RuleError) as error:
                failures.append(f"{example.why}: {error}")
                continue
            if hit != wanted:
                failures.append(f"{'does not hit, but must' if wanted else 'hits, but must not'}: {example.why}")
    return failures


def _hits(rules: RuleSet, worker: HuntWorker, spool: Path, example: Example) -> bool:
    """Send the example the way that a hunt's events go."""
    path = spool / "example.jsonl"
    lines = example.lines()
    path.write_bytes(lines)
    pieces = tuple(source_named(_SOURCE).pieces(0, path, path.name, len(lines)))
    read = worker.do(ReadTask(0, _SOURCE, pieces))
    if not isinstance(read, ReadResult):
        raise ContentError(f"a worker gave {type(read).__name__}")
    if read.warnings or read.events.get(0, 0) != lines.count(b"\n"):
        raise ContentError(f"the example is no event: {'; '.join(warning.reason for _, warning in read.warnings)}")
    if read.findings or not read.items:
        return bool(read.findings)
    work = Correlating(rules.rules, rules.correlations, spool, {}, lambda: None)
    bursts = correlate(work, read.items).bursts
    return any(bursts[number] for number, rule in enumerate(rules.correlations) if rule.alone)
