"""Looking for indicators in columns of one kind of value each: quick, and exact for what such columns hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.lake.cases import hunt, without_vault
from tests.rules_cache import rules_cache
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.run_detect import run_detect
from yadorigi.lake.commits import Lake
from yadorigi.lake.files import numbers_of, stored_files
from yadorigi.lake.leaf_scan import leaves_of
from yadorigi.lake.part_files import opened_part
from yadorigi.lake.row_batches import RowGroup, rows_at_a_time
from yadorigi.lake.scan import _COLUMNS, scan_tasks
from yadorigi.settings import Settings

EVIDENCE = ("windows/attack-samples/Credential Access", "windows/attack-samples/Lateral Movement")
HELD = ("hash", "ip")
EVERY = 7


def values_of(row: Any, path: list[str]) -> Iterator[str]:
    """The values of a leaf in a row, looked up the plain way."""
    if row is None:
        return
    if not path:
        yield row
        return
    name, rest = path[0].removesuffix("[]"), path[1:]
    below = row.get(name)
    for one in (below or ()) if path[0].endswith("[]") else (below,):
        yield from values_of(one, rest)


def findings(case: Path) -> set[tuple[Any, ...]]:
    lines = [json.loads(line) for line in (case / "findings.jsonl").read_bytes().splitlines()]
    return {
        (line["indicator"]["value"], line["evidence"][0]["file"], line["evidence"][0]["record_id"], line["time"])
        for line in lines
        if "indicator" in line
    }


@pytest.mark.corpora
def test_what_stands_in_a_column_of_its_own_is_found_and_nothing_that_the_slow_way_does_not_find(
    corpora: Path, tmp_path: Path
) -> None:
    case = tmp_path / "case"
    without_vault(hunt(case, *(corpora / name for name in EVIDENCE)).case)
    lake = Lake.open(case)
    files = stored_files(lake)
    rows: list[tuple[str, int, int]] = []
    for task in scan_tasks(lake, lambda _: True, numbers_of(files)):
        paths = [path.split(".") for path, held in leaves_of(task.class_uid) if held in HELD]
        for row in pq.read_table(task.part).to_pylist() if paths else ():
            for path in paths:
                rows += ((value, row["yadorigi_file"], row["yadorigi_record_id"]) for value in values_of(row, path))
    known = sorted({value.lower() for value, _, _ in rows})[::EVERY]
    listed = tmp_path / "known.txt"
    listed.write_text("\n".join(known), encoding="utf-8")
    names = {file.number: file.path for file in files}
    options = HuntOptions((), rules=(), case=case, report=False, settings=Settings(cache_folder=rules_cache()))
    fields = {field: getattr(options, field) for field in options.__slots__}
    outcome = run_detect(HuntOptions(**{**fields, "indicators": (str(listed),), "fields_only": True}))
    given = outcome.summary.indicators
    assert given is not None
    looked_for = set(known) - {trouble.value for trouble in given.troubles}
    expected = {(value.lower(), names[file], number) for value, file, number in rows if value.lower() in looked_for}
    quick = findings(case)
    (case / "findings.jsonl").write_bytes(b"")
    assert {(value.lower(), file, number) for value, file, number, _ in quick} >= expected
    assert len(expected) > 50
    assert any("command lines" in warning.reason for warning in outcome.warnings)
    run_detect(HuntOptions(**{**fields, "indicators": (str(listed),)}))
    assert findings(case) >= quick


def test_a_part_that_lacks_a_column_of_today_is_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    pq.write_table(pa.table({"file": pa.array([{"path": "C:\\a.exe"}]), "other": ["x"]}), path)
    with opened_part(path, 1, pa.schema([("other", pa.string())]), ["file.path", "file.of_tomorrow"]) as part:
        column = part.read_row_group(0, columns=["file.path"]).column("file").chunk(0)
    assert pa.types.is_dictionary(column.field("path").type)


def test_fewer_rows_are_read_together_where_they_are_large(tmp_path: Path) -> None:
    sizes = {}
    for name, length in (("small", 100), ("large", 40_000)):
        texts = [f"{number:06}".ljust(length, name[0]) for number in range(400)]
        pq.write_table(pa.table({"yadorigi_data": texts}), tmp_path / name, use_dictionary=False, compression="zstd")
        with pq.ParquetFile(tmp_path / name) as part:
            sizes[name] = rows_at_a_time(RowGroup(part, tmp_path / name, 0), _COLUMNS)
    assert sizes["large"] < 400 < sizes["small"]
