"""The rules and the logs that the world has: what loads, and that both matchers find the same in them."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from yadorigi.detect.match import Matcher
from yadorigi.detect.plan import Planner
from yadorigi.detect.rows import all_slowly_matched, slowly_matched
from yadorigi.languages.sigma.log_sources import LogSources
from yadorigi.packs.load_rules import load_rules
from yadorigi.settings import Settings
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.windows.evtx import EvtxSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yadorigi.packs.rule_set import RuleSet
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import Value

pytestmark = pytest.mark.corpora

LOOKED_AT_PER_KIND = 30
CHANCE = random.Random(7)  # noqa: S311 - chance must be repeatable


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    settings = Settings(cache_folder=tmp_path_factory.mktemp("cache"))
    corpora = Path(os.environ["YADORIGI_CORPORA"])
    fresh = load_rules([str(corpora / "sigma")], settings)
    cached = load_rules([str(corpora / "sigma")], settings)
    assert (fresh.from_cache, cached.from_cache) == (False, True)
    assert cached.rules == fresh.rules
    assert cached.refused == fresh.refused
    return cached


def test_nearly_all_windows_rules_load(rules: RuleSet, corpora: Path) -> None:
    every = [Path(one.path).relative_to(corpora) for one in (*rules.every, *rules.refused)]
    given = sum("windows" in path.parent.parts for path in every)
    refused = [one for one in rules.refused if "windows" in Path(one.path).parts or "win_" in Path(one.path).name]
    assert given > 2_500
    assert len(refused) <= given / 100
    # Their values are the reader's to give.
    assert all("has no values; give them in the settings file" in one.reason for one in rules.refused)


def batches_in(folder: Path) -> Iterator[EventBatch]:
    source, log = EvtxSource(), ReadingLog()
    pieces = [
        piece
        for number, path in enumerate(sorted(folder.rglob("*.evtx")))
        for piece in source.pieces(number, path, path.name, path.stat().st_size)
    ]
    for gathered in source.read(pieces, log):
        yield from gathered.batches()


@pytest.mark.parametrize("folder", ["attack-samples", "benign-win10"])
def test_fast_is_slow_on_real_events(folder: str, rules: RuleSet, corpora: Path) -> None:
    planner = Planner(rules.rules, LogSources.load())
    matcher = Matcher(planner)
    looked_at: dict[object, int] = {}
    found = 0
    for batch in batches_in(corpora / "windows" / folder):
        fast = {matched.place: dict(matched.hits) for matched in matcher.of(batch.kind).match(batch)}
        for place, hits in fast.items():
            found += len(hits)
            _assert_each_matches(planner, batch, place, hits)
        places = list(range(len(batch)))
        CHANCE.shuffle(places)
        for place in places[: max(LOOKED_AT_PER_KIND - looked_at.get(batch.kind, 0), 0)]:
            looked_at[batch.kind] = looked_at.get(batch.kind, 0) + 1
            assert fast.get(place, {}) == all_slowly_matched(planner, batch.event(place)), (batch.kind, place)
    assert found > {"attack-samples": 1_000, "benign-win10": 10}[folder]


def _assert_each_matches(planner: Planner, batch: EventBatch, place: int, hits: dict[int, dict[str, Value]]) -> None:
    event = batch.event(place)
    for number, fields in hits.items():
        assert slowly_matched(planner.rules[number], planner.bindings_of(number), event) == fields


def test_batches_of_one_find_the_same(rules: RuleSet, corpora: Path) -> None:
    planner = Planner(rules.rules, LogSources.load())
    whole, single = Matcher(planner), Matcher(planner)
    for batch in batches_in(corpora / "windows" / "attack-samples" / "Credential Access"):
        together = {matched.place: matched.hits for matched in whole.of(batch.kind).match(batch)}
        order = list(range(len(batch)))
        CHANCE.shuffle(order)
        alone = {
            place: matched.hits for place in order for matched in single.of(batch.kind).match(batch.select([place]))
        }
        assert alone == together
