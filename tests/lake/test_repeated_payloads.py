"""Payloads that come again are a dictionary in a part, and others are not; what is read is the same."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lake.cases import event, hunt
from yadorigi.app.expire_events import expiring
from yadorigi.app.progress import Silent
from yadorigi.lake import row_batches
from yadorigi.lake.commits import FILES, Lake
from yadorigi.lake.files import numbers_of, stored_files
from yadorigi.lake.frames import RowRange
from yadorigi.lake.part_files import PAYLOADS, RECORDS, is_dictionary, opened_part, text_sizes
from yadorigi.lake.row_batches import RowGroup, ranges_within
from yadorigi.lake.scan import LakeReader, scan_tasks
from yadorigi.schema.event import EventKind
from yadorigi.sources.records.stored import SpooledTexts

EVENTS = 3_000
KINDS = [EventKind("Security", "Some-Provider", number) for number in range(4)]


def kept(folder: Path, *, repeating: bool) -> Lake:
    log = folder / "log.jsonl"
    # An event's program and number are its payload.
    lines = (
        event(7 if repeating else number, time=f"2026-03-{11 + number % 2}T09:00:00.{number:07}Z")
        for number in range(EVENTS)
    )
    log.write_text("".join(lines), "utf-8")
    return Lake.open(hunt(folder / "case", log).case)


def parts_of(lake: Lake) -> list[Path]:
    return [lake.folder / part.path for part in lake.parts if part.table != FILES]


def payloads_of(lake: Lake) -> list[str]:
    numbers = numbers_of(stored_files(lake))
    return [
        json.dumps(batch.event(place).data, sort_keys=True)
        for task in scan_tasks(lake, lambda _: True, numbers)
        for table in LakeReader(numbers).read(task)
        for batch in table.batches()
        for place in range(len(batch))
    ]


@pytest.mark.parametrize("repeating", [True, False])
def test_only_what_repeats_is_a_dictionary_and_stays_one_when_events_are_dropped(
    tmp_path: Path, repeating: bool
) -> None:
    lake = kept(tmp_path, repeating=repeating)
    for path in parts_of(lake):
        with pq.ParquetFile(path) as part:
            assert is_dictionary(part, PAYLOADS) is repeating
            assert not is_dictionary(part, "yadorigi_system")
            assert part.schema_arrow.field(PAYLOADS).type == pa.string()
    assert len(payloads_of(lake)) == EVENTS
    assert len(set(payloads_of(lake))) == (1 if repeating else EVENTS)
    with expiring(lake.folder.parent, "2026-03-12T00:00:00.0000000Z", Silent()) as work:
        work.drop(Silent())
    rest = Lake.open(lake.folder.parent)
    assert len(payloads_of(rest)) == EVENTS // 2
    for path in parts_of(rest):
        with pq.ParquetFile(path) as part:
            assert is_dictionary(part, PAYLOADS) is repeating


def test_texts_of_dictionaries_are_made_a_bounded_number_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{number % 5}" * (10 + number % 3) if number % 7 else None for number in range(400)]
    column = pa.array(texts, pa.string())
    path = tmp_path / "part.parquet"
    pq.write_table(pa.table({PAYLOADS: column, RECORDS: ["x"] * 400}), path, use_dictionary=[PAYLOADS])
    monkeypatch.setattr(row_batches, "_TEXTS_BYTES", 100)
    with opened_part(path, 400, pa.schema([(PAYLOADS, pa.string())]), (), [PAYLOADS, RECORDS]) as part:
        group = RowGroup(part, path, 0)
        found = list(row_batches.row_batches(group, [PAYLOADS, RECORDS], [RowRange(KINDS[0], 3, 390)]))
    read = [text for one in found for text in one.rows.column(PAYLOADS).to_pylist()]
    assert read == texts[: len(read)]
    assert len(read) >= 393
    assert all(one.rows.column(PAYLOADS).type == pa.string() for one in found)
    assert len(found) > 30
    assert [one.first for one in found] == np.cumsum([0, *(one.rows.num_rows for one in found[:-1])]).tolist()
    encoded = pa.chunked_array([column.dictionary_encode()])
    assert text_sizes(encoded).tolist() == [len(text or "") for text in texts]


def test_ranges_within() -> None:
    ranges = [
        RowRange(KINDS[0], 0, 5),
        RowRange(KINDS[1], 5, 1),
        RowRange(KINDS[2], 10, 90),
        RowRange(KINDS[3], 100, 7),
    ]
    rows = {place: one.kind for one in ranges for place in range(one.start, one.start + one.rows)}
    borders = [0, 1, 5, 6, 9, 11, 50, 99, 100, 101, 120]
    for start, stop in [*pairwise(borders), (0, 120), (4, 12), (7, 9)]:
        own = list(ranges_within(ranges, start, stop))
        assert all(one.rows > 0 for one in own)
        places = {start + place: one.kind for one in own for place in range(one.start, one.start + one.rows)}
        assert places == {place: kind for place, kind in rows.items() if start <= place < stop}


@pytest.mark.parametrize(("different", "expected"), [(1, True), (400, True), (3_000, False)])
def test_some_of_the_records_tell_whether_payloads_repeat(different: int, expected: bool) -> None:
    texts = [json.dumps({"Event": {"System": {}, "EventData": {"A": number % different}}}, separators=(",", ":"))
             for number in range(3_000)]  # fmt: skip
    order = np.argsort(np.arange(3_000) % different, kind="stable")
    assert SpooledTexts([pa.array(texts)]).payloads_repeat(order) is expected
    assert not SpooledTexts([pa.array(texts[:1])]).payloads_repeat(np.array([0]))
