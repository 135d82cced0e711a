"""The columns of a lake against its own events: what a row says in OCSF is what `normalise` makes of the event."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lake.cases import hunt
from yadorigi.lake.commits import FILES, Lake
from yadorigi.lake.files import numbers_of, stored_files
from yadorigi.lake.parts import bloom_columns
from yadorigi.lake.scan import LakeReader, scan_tasks
from yadorigi.schema.ocsf import class_of, normalise
from yadorigi.schema.ocsf_arrow import ocsf_schema_of
from yadorigi.schema.ocsf_columns import KindColumns
from yadorigi.schema.ocsf_values import clean

EVIDENCE = ("windows/attack-samples/Credential Access", "windows/benign-win10/System.evtx", "windows/eventviewer-ja")
LARGEST = 122_880


@pytest.fixture(scope="module")
def lake(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    case = tmp_path_factory.mktemp("lake") / "case"
    hunt(case, *(corpora / name for name in EVIDENCE))
    return Lake.open(case)


@pytest.mark.corpora
def test_columns_are_made_of_all_events_of_a_kind_at_once(lake: Lake) -> None:
    warnings = (lake.folder.parent / "warnings.jsonl").read_text("utf-8")
    assert "one by one" not in warnings


@pytest.mark.corpora
def test_every_row_is_what_its_event_is_in_ocsf(lake: Lake) -> None:
    numbers = numbers_of(stored_files(lake))
    compared = 0
    for task in scan_tasks(lake, lambda _: True, numbers):
        rows = pq.read_table(task.part)
        own = ocsf_schema_of(task.class_uid)
        events = {
            (
                batch.event(place).time,
                clean(batch.event(place).host),
                batch.event(place).record_id,
                batch.origin(place).line,
                batch.kind,
            ): batch.event(place)
            for table in LakeReader(numbers).read(task)
            for batch in table.batches()
            for place in range(len(batch))
        }
        expected = []
        for row in rows.select(
            [name for name in rows.column_names if name.startswith("yadorigi_")] + ["device"]
        ).to_pylist():
            place = (row["yadorigi_ticks"], row["device"]["hostname"] or "", row["yadorigi_record_id"],
                     row["yadorigi_line"])  # fmt: skip
            kind = next(
                kind
                for time, host, number, line, kind in events
                if (time, host, number, line) == place
                and (kind.channel, kind.event_id) == (row["yadorigi_channel"], row["yadorigi_event_id"])
            )
            expected.append(normalise(events[*place, kind]))
        specified = pa.Table.from_pylist(expected, schema=own)
        for field in own:
            assert rows.column(field.name).to_pylist() == specified.column(field.name).to_pylist(), field.name
        compared += len(expected)
    assert compared == lake.events() > 1_000


@pytest.mark.corpora
def test_rows_are_sorted_by_kind_and_time_and_the_commit_says_where_each_kind_lies(lake: Lake) -> None:
    for part in lake.parts:
        if part.table == FILES:
            continue
        rows = pq.read_table(lake.folder / part.path).to_pylist()
        assert len(rows) == part.rows
        for found in part.kinds:
            own = rows[found.start : found.start + found.rows]
            kinds = {(row["yadorigi_channel"], row["yadorigi_provider"], row["yadorigi_event_id"]) for row in own}
            assert kinds == {(found.channel, found.provider, found.event_id)}
            ticks = [row["yadorigi_ticks"] for row in own]
            assert ticks == sorted(ticks)
            assert (ticks[0], ticks[-1]) == (found.first, found.last)


@pytest.mark.corpora
def test_columns_in_which_one_value_is_looked_for_have_bloom_filters_and_others_statistics(lake: Lake) -> None:
    filtered = set()
    for part in lake.parts:
        if part.table == FILES:
            continue
        path = lake.folder / part.path
        kind = part.kinds[0]
        found = duckdb.execute(
            "SELECT path_in_schema, bloom_filter_offset, stats_min_value FROM parquet_metadata(?)", [str(path)]
        ).fetchall()
        wanted = {name.replace(".", ", ") for name in bloom_columns(class_uid_of(lake, part.table))}
        filtered |= wanted
        assert {name for name, offset, _ in found if offset is not None} == wanted, part.path
        assert all(least is not None for name, _, least in found if name in ("time", "yadorigi_ticks"))
        assert all(least is None for name, _, least in found if name in ("yadorigi_data", "yadorigi_system"))
        assert pq.ParquetFile(path).metadata.row_group(0).num_rows <= LARGEST
        assert kind.rows > 0
    assert filtered


@pytest.mark.corpora
def test_what_columns_cannot_be_made_of_at_once_is_made_event_by_event(
    lake: Lake, corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A case that holds the same, though no whole column could be made: it costs time and no event."""

    def fails(*_: object) -> None:
        raise pa.ArrowInvalid("an event that nobody thought of")

    monkeypatch.setattr(KindColumns, "arrays", fails)
    outcome = hunt(tmp_path / "case", *(corpora / name for name in EVIDENCE))
    slow = Lake.open(tmp_path / "case")
    assert slow.events() == lake.events()
    told = f"{lake.events():,} events were put into the lake one by one"
    assert [warning.reason for warning in outcome.warnings if warning.reason.startswith(told)]
    for part, again in zip(lake.parts, slow.parts, strict=True):
        rows, others = (pq.read_table(one.folder / own.path) for one, own in ((lake, part), (slow, again)))
        assert rows.schema == others.schema
        assert rows.to_pylist() == others.to_pylist(), part.table


def class_uid_of(lake: Lake, table: str) -> int:
    task = next(
        task
        for task in scan_tasks(lake, lambda _: True, {file: (file,) for file in range(1_000)})
        if task.name.startswith(f"{table}/")
    )
    assert class_of(task.ranges[0].kind).class_uid == task.class_uid
    return task.class_uid
