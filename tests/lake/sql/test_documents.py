"""The pages about SQL, the notebook and the Python API say what is so: all of it is run on the sample case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tests.docs.sql_blocks import blocks, table_of
from yadorigi.api import open_case
from yadorigi.app.query_case import open_asked
from yadorigi.errors import CaseError, UsageError

DOCS = Path(__file__).parents[3] / "docs"
HUNTS = blocks(DOCS / "how-to" / "hunt-with-sql.md")
NOTEBOOK = DOCS / "notebooks" / "case.ipynb"


def test_there_are_thirteen_hunts() -> None:
    assert len(HUNTS) == 13


@pytest.mark.parametrize(("sql", "result"), HUNTS, ids=range(1, len(HUNTS) + 1))
def test_a_hunt_finds_what_the_page_shows(sample_lake: Path, sql: str, result: str) -> None:
    assert result == table_of(open_asked(sample_lake), sql)


def test_the_notebook_runs(sample_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where notebooks run that are opened in a clone: in their own folder."""
    for folder in ("build", "docs/notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "build" / "sample-case").symlink_to(sample_lake, target_is_directory=True)
    monkeypatch.chdir(tmp_path / "docs" / "notebooks")
    monkeypatch.delenv("YADORIGI_CASE", raising=False)
    notebook: dict[str, Any] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert all(cell["outputs"] == [] for cell in notebook["cells"] if cell["cell_type"] == "code")
    seen: dict[str, Any] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), seen)  # noqa: S102 - the notebook is ours
    assert seen["rare"]["program"].to_list()[-2:] == ["ronf.exe", "ps.exe"]
    assert len(seen["logons"]) == 512
    assert set(seen["strangers"]["address"]) == {"10.20.250.17", "10.20.250.31", "10.20.0.25", "10.20.0.10"}


def test_a_case_gives_relations_and_frames(sample_lake: Path) -> None:
    with open_case(sample_lake) as case:
        assert case.tables()["sysmon_1"] == 310
        assert case.table("SYSMON_1").count("*").fetchall() == [(310,)]
        assert case.sql("SELECT count(*) FROM sysmon_1 JOIN files ON file = number").fetchall() == [(310,)]
        assert isinstance(frame := case.polars("sysmon_1"), pl.DataFrame)
        assert frame["time"].dtype == pl.Datetime("us", "UTC")
        assert isinstance(other := case.pandas("SELECT * FROM sysmon_1"), pd.DataFrame)
        assert isinstance(table := case.arrow("sysmon_1"), pa.Table)
        assert frame.height == len(other) == table.num_rows == 310
        assert case.arrow("process_activity").num_rows == case.tables()["process_activity"]


def test_a_case_joins_data_of_ones_own(sample_lake: Path) -> None:
    with open_case(sample_lake) as case:
        case.connection.register("known", pl.DataFrame({"number": [1]}))
        assert case.sql("SELECT count(*) FROM sysmon_1, known WHERE event_id = number").fetchall() == [(310,)]


def test_a_case_that_is_none(tmp_path: Path, sample_lake: Path) -> None:
    with pytest.raises(CaseError):
        open_case(tmp_path / "nothing")
    with open_case(sample_lake) as case, pytest.raises(UsageError, match="there is no table nothing"):
        case.table("nothing")


def test_asking_changes_nothing(sample_lake: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sample_lake.rglob("*")}
    with open_case(sample_lake) as case:
        case.polars("events")
    table_of(open_asked(sample_lake), "SELECT count(*) FROM events")
    assert {path: path.stat().st_mtime_ns for path in sample_lake.rglob("*")} == before
