"""Try the rules of a pack on their examples: what must hit, and what must be left alone."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.detect.match import Matcher
from yadorigi.detect.plan import Planner
from yadorigi.errors import ContentError, RuleError, UsageError
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.examples import Example, evtx_dump_line, examples_of
from yadorigi.packs.find_rules import BUILTIN, find_rules
from yadorigi.packs.load_rules import compile_files
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.languages.sigma.rule import CompiledRule
    from yadorigi.settings import Settings


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
        compiled = compile_files(find_rules([str(path)]), settings)
        failures = [f"the rule cannot be loaded: {refused.reason}" for refused in compiled.refused]
        entries = [(True, example) for example in examples.hit] + [(False, example) for example in examples.miss]
        for rule in compiled.rules:
            failures += _failures(rule, entries, log_sources)
        trials.append(RuleTrial(f"{pack.name}/{stem}", len(entries), tuple(failures)))
    return trials


def _failures(rule: CompiledRule, entries: list[tuple[bool, Example]], log_sources: LogSources) -> list[str]:
    planner = Planner([rule], log_sources)
    failures: list[str] = []
    for wanted, example in entries:
        try:
            hit = _hits(planner, example)
        except (ContentError, RuleError) as error:
            failures.append(f"{example.why}: {error}")
            continue
        if hit != wanted:
            failures.append(f"{'does not hit, but must' if wanted else 'hits, but must not'}: {example.why}")
    return failures


def _hits(planner: Planner, example: Example) -> bool:
    """Send the example through the reader and the matcher that a hunt uses."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "example.jsonl"
        path.write_bytes(evtx_dump_line(example.event))
        source, log = source_named("evtx_dump"), ReadingLog()
        pieces = list(source.pieces(0, path, path.name, path.stat().st_size))
        batches = [batch for gathered in source.read(pieces, log) for batch in gathered.batches()]
    if log.warnings or len(batches) != 1:
        raise ContentError(f"the example is no event: {'; '.join(warning.reason for _, warning in log.warnings)}")
    return any(True for batch in batches for _ in Matcher(planner).of(batch.kind).match(batch))
