"""Every shipped rule finds what its examples say it finds and leaves alone what they say it must, on the real path."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.packs.shipped import shipped_examples
from yadorigi.detect.match import Matcher
from yadorigi.detect.plan import Planner
from yadorigi.detect.rows import all_slowly_matched
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.find_rules import find_rules
from yadorigi.packs.load_rules import compile_files
from yadorigi.settings import Settings
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import source_named

if TYPE_CHECKING:
    from yadorigi.packs.examples import Example
    from yadorigi.schema.batch import EventBatch

PACKS = Path(str(files("yadorigi") / "content" / "packs"))
LOG_SOURCES = LogSources.load()
RULES = {
    f"{pack.name}/{stem}": (path, examples)
    for pack in sorted(PACKS.iterdir())
    if pack.is_dir()
    for stem, (path, examples) in shipped_examples(pack).items()
}


def batches_of(example: Example, folder: Path) -> list[EventBatch]:
    """Read the example as a line of a file, by the source that reads such files."""
    path = folder / "example.jsonl"
    path.write_bytes(example.lines())
    source, log = source_named("evtx_dump"), ReadingLog()
    assert source.recognises(path.read_bytes(), path.name)
    pieces = list(source.pieces(0, path, path.name, path.stat().st_size))
    found = [batch for gathered in source.read(pieces, log) for batch in gathered.batches()]
    assert not log.warnings, log.warnings
    assert [len(batch) for batch in found] == [1]
    return found


@pytest.mark.parametrize("name", RULES)
def test_hits_hit_and_misses_miss(name: str, tmp_path: Path) -> None:
    path, examples = RULES[name]
    compiled = compile_files(find_rules([str(path)]), Settings())
    assert not compiled.refused, compiled.refused
    assert not any(rule.notes for rule in compiled.every)
    if compiled.correlations:
        return  # `rules test` holds them to their examples, which are of several events.
    (rule,) = compiled.rules
    planner = Planner([rule], LOG_SOURCES)
    for wanted, entries in ((True, examples.hit), (False, examples.miss)):
        for example in entries:
            (batch,) = batches_of(example, tmp_path)
            fast = [dict(matched.hits) for matched in Matcher(planner).of(batch.kind).match(batch)]
            assert bool(fast) == wanted, example.why
            assert (fast[0] if fast else {}) == all_slowly_matched(planner, batch.event(0)), example.why


@pytest.mark.parametrize("name", RULES)
def test_enough_examples(name: str) -> None:
    _, examples = RULES[name]
    assert len(examples.hit) >= 3
    assert len(examples.miss) >= 3


def test_there_are_packs() -> None:
    assert RULES


@pytest.mark.parametrize("name", RULES)
def test_people_are_told_in_both_languages(name: str) -> None:
    pack, _, stem = name.partition("/")
    texts = tomllib.loads((PACKS / pack / "texts" / f"{stem}.toml").read_text(encoding="utf-8"))
    assert set(texts) == {"en", "ja"}
    for language, entry in texts.items():
        assert set(entry) == {"title", "why", "next"}
        assert all(text.strip() == text and text for text in entry.values())
        japanese = any("\u3040" <= character <= "\u30ff" for text in entry.values() for character in text)
        assert japanese == (language == "ja")


def test_no_texts_without_a_rule() -> None:
    told = {f"{pack.name}/{path.stem}" for pack in PACKS.iterdir() for path in (pack / "texts").glob("*.toml")}
    assert told == set(RULES)
