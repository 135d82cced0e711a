"""Indicators over files and over the lake: the same findings, however many processes look at however many events."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app.retro import content, copy_of, detect, hunt, ingest
from tests.sample_case import SAMPLE
from yadorigi.detect.indicators.anchors import Anchors, anchors_of
from yadorigi.detect.indicators.fields import role_of
from yadorigi.detect.indicators.observables import observables_of, texts_of
from yadorigi.packs.indicators import load_indicators
from yadorigi.schema.times import time_of
from yadorigi.sources.contract import ReadingLog
from yadorigi.sources.registry import recognise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yadorigi.schema.event import Event

NO_RULE = "title: None\nlogsource: {product: windows}\ndetection: {a: {NoField: no value}, condition: a}\nlevel: low\n"
COUNT = 4_000
_HEAD = 65_536
_TYPES = {
    "hashes": "", "addresses": "ip", "hosts": "domain", "paths": "file_path", "names": "file_name",
    "registry": "registry_key", "registry_data": "registry_data", "urls": "url", "user_agents": "user_agent",
    "detections": "detection_name", "text": "command_line",
}  # fmt: skip
_HASH_TYPES = {32: "md5", 40: "sha1", 64: "sha256"}


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def events_of(paths: list[Path]) -> Iterator[Event]:
    for path in paths:
        with path.open("rb") as stream:
            source = recognise(stream.read(_HEAD), path.name).source
        if source is not None:
            pieces = list(source.pieces(0, path, path.name, path.stat().st_size))
            for gathered in source.read(pieces, ReadingLog()):
                for batch in gathered.batches():
                    yield from (batch.event(place) for place in range(len(batch)))


def drawn(paths: list[Path], count: int) -> list[tuple[str, str]]:
    """Types and values of what the events of logs hold, and some that they do not."""
    seen: dict[tuple[str, str], None] = {}
    for event in events_of(paths):
        for name, value in event.data.items():
            role = role_of(name)
            kind = _TYPES.get(role)
            if kind is None:
                continue
            for text in observables_of(name, value).whole if role == "hashes" else texts_of(value):
                if 3 < len(text) < 200 and text.isprintable():
                    seen[kind or _HASH_TYPES.get(len(text), "imphash"), text] = None
    chance = random.Random(11)  # noqa: S311 - chance must be repeatable
    by_type: dict[str, list[tuple[str, str]]] = {}
    for one in seen:
        by_type.setdefault(one[0], []).append(one)
    found = [one for own in by_type.values() for one in chance.sample(own, min(len(own), count // len(by_type)))]
    return [*found, *(("sha256", f"{chance.getrandbits(256):064x}") for _ in range(500))]


def written(path: Path, values: list[tuple[str, str]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([("type", "value"), *values])
    return str(path)


def with_anchors(folder: Path, values: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of some values for which payloads are searched before anything is decoded."""
    loaded = load_indicators([written(folder / "drawn.csv", values)])
    kept: list[tuple[str, str]] = [
        (one.type, one.value) for one in loaded.table.indicators() if Anchors().add(one.type, one.normal)
    ]
    table = load_indicators([written(folder / "drawn.csv", kept)]).table
    assert anchors_of(table) is not None
    return kept


def check_all_ways(folder: Path, logs: list[Path], indicators: str) -> int:
    """Hunt files and the lake with one process and with several; return how many findings each left."""
    rules = folder / "rule.yml"
    rules.write_text(NO_RULE, "utf-8")
    what = {"rules": (str(rules),), "indicators": (indicators,)}
    cases = [hunt(folder / f"files-{workers}", *logs, workers=workers, **what) for workers in (1, 2)]
    for workers in (1, 3):
        case = ingest(folder / f"lake-{workers}", *logs, workers=workers).case
        cases.append(detect(case, workers=workers, **what))
    first = content(cases[0].case)
    for other in cases[1:]:
        assert content(other.case)["findings.jsonl"] == first["findings.jsonl"]
        assert content(other.case) == first
    return len(first["findings.jsonl"].splitlines())


def check_search(folder: Path, logs: list[Path], indicators: str) -> None:
    """Look through payloads of a lake and at each event of it, all of them and those of a period."""
    rules = folder / "rule.yml"
    rules.write_text(NO_RULE, "utf-8")
    case = ingest(folder / "lake", *logs, workers=2).case
    times = sorted(event.time for event in events_of(logs))
    middle = {"since": time_of(times[len(times) // 3]), "until": time_of(times[len(times) // 2])}
    for number, period in enumerate(({}, middle)):
        # A rule that could match any event makes each one be looked at.
        every = detect(copy_of(case, f"every-{number}"), rules=(str(rules),), indicators=(indicators,), **period)
        for workers in (1, 3):
            place = copy_of(case, f"searched-{number}-{workers}")
            searched = detect(place, rules=(), indicators=(indicators,), workers=workers, **period)
            assert content(searched.case)["findings.jsonl"] == content(every.case)["findings.jsonl"]
            assert content(searched.case)["warnings.jsonl"] == content(every.case)["warnings.jsonl"]
            assert searched.summary.events_outside_period == every.summary.events_outside_period
        assert bool(every.summary.events_outside_period) is bool(period)
        assert len(content(every.case)["findings.jsonl"].splitlines()) > 20


def _log(folder: Path, value: str) -> Path:
    """A log of one event that nobody's layout knows."""
    system = {
        "Provider": {"#attributes": {"Name": "Some-Provider"}}, "EventID": 7, "Channel": "Some/Log", "Computer": "h",
        "TimeCreated": {"#attributes": {"SystemTime": "2026-03-11T00:00:00.0000000Z"}}, "EventRecordID": 1,
    }  # fmt: skip
    path = folder / "log.jsonl"
    path.write_text(json.dumps({"Event": {"System": system, "EventData": {"Odd": value}}}) + "\n", "utf-8")
    return path


def test_files_and_lake_hold_the_same(tmp_path: Path) -> None:
    values = drawn(files_in(SAMPLE), 400)
    assert check_all_ways(tmp_path, [SAMPLE], written(tmp_path / "own.csv", values)) > 100


def test_payloads_are_searched_for_what_events_hold(tmp_path: Path) -> None:
    values = with_anchors(tmp_path, drawn(files_in(SAMPLE), 400))
    check_search(tmp_path, files_in(SAMPLE), written(tmp_path / "own.csv", values))


@pytest.mark.corpora
def test_corpora_and_their_lake_hold_the_same(corpora: Path, tmp_path: Path) -> None:
    logs = files_in(corpora / "windows" / "aptsim-server2022")
    values = drawn(logs, COUNT)
    assert len(values) > COUNT // 4
    assert check_all_ways(tmp_path, logs, written(tmp_path / "own.csv", values)) > 1_000


@pytest.mark.corpora
def test_payloads_of_corpora_are_searched_for_what_events_hold(corpora: Path, tmp_path: Path) -> None:
    logs = files_in(corpora / "windows" / "attack-samples")
    values = with_anchors(tmp_path, drawn(logs, COUNT))
    check_search(tmp_path, logs, written(tmp_path / "own.csv", values))


def test_what_ships_is_found_in_both(tmp_path: Path) -> None:
    value = "baeffeb5fdef2f42a752c65c2d2a52e84fb57efc906d981f89dd518c314e231c"
    assert check_all_ways(tmp_path, [_log(tmp_path, f"SHA256={value}")], "builtin") == 1


def test_a_value_that_is_not_looked_through_is_told(tmp_path: Path) -> None:
    log = _log(tmp_path, "x://a " * 5_000)
    given = written(tmp_path / "own.csv", [("url", "http://evil.test/x"), ("domain", "evil.test")])
    outcome = hunt(tmp_path / "case", log, indicators=(given,))
    (told,) = [one.reason for one in outcome.warnings if "indicators were looked for" in one.reason]
    assert "more than 2,000 paths or URLs: 1;" in told
