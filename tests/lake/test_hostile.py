"""A case may be handed over by somebody who means no good: whatever its lake holds, it ends in a line of words.

Nothing outside of the case is read or removed, nothing takes memory without bounds.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.damage.scene import RULE_FILE
from tests.lake.cases import event, hunt, without_vault
from tests.rules_cache import rules_cache
from yadorigi.app.expire_events import expiring
from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
from yadorigi.app.progress import Silent
from yadorigi.app.run_detect import run_detect
from yadorigi.detect.indicators import payload_search
from yadorigi.digests import sha256_of
from yadorigi.errors import CaseError
from yadorigi.lake import commits, part_files, row_batches
from yadorigi.lake.commits import FILES, Lake, LakeWriter
from yadorigi.lake.files import stored_files
from yadorigi.settings import Settings

links = pytest.mark.skipif(sys.platform == "win32", reason="only administrators make links there")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    (folder / "a.jsonl").write_text("".join(event(number) for number in range(1, 9)))
    without_vault(hunt(folder / "case", folder / "a.jsonl").case)
    return folder


@pytest.fixture
def case(base: Path, tmp_path: Path) -> Path:
    shutil.copytree(base / "case", tmp_path / "case")
    return tmp_path / "case"


def commit_of(case: Path) -> Path:
    return case / "lake" / "commits" / "00000001.json"


def changed(case: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what the commit says."""
    commit = json.loads(commit_of(case).read_text())
    change(commit)
    commit_of(case).write_text(json.dumps(commit))


def part_of(case: Path) -> Path:
    """The one part of events."""
    lake = Lake.open(case)
    (part,) = (part for part in lake.parts if part.table != FILES)
    return lake.folder / part.path


def sized(case: Path) -> None:
    """Let the commit tell the true sizes and hashes of the files, as one does who means harm and knows the format."""

    def change(commit: dict[str, Any]) -> None:
        for part in commit["added"]:
            path = case / "lake" / part["path"]
            part |= {"size": path.stat().st_size, "sha256": sha256_of(path)}

    changed(case, change)


def detect(case: Path, **options: Any) -> HuntOutcome:
    settings = Settings(cache_folder=rules_cache())
    given: dict[str, Any] = {"rules": (str(RULE_FILE),), "workers": 1, "report": False} | options
    return run_detect(HuntOptions((), case=case, settings=settings, **given))


def named(path: str) -> Callable[[dict[str, Any]], None]:
    def change(commit: dict[str, Any]) -> None:
        commit["added"][0]["path"] = path

    return change


def set_in_part(**values: Any) -> Callable[[dict[str, Any]], None]:
    def change(commit: dict[str, Any]) -> None:
        part = next(part for part in commit["added"] if part["table"] != FILES)
        part.update(values)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (named("../../outside.parquet"), "none of a lake"),
        (named("process_activity/../../../x.parquet"), "none of a lake"),
        (named("/etc/passwd"), "none of a lake"),
        (named("C:\\windows\\x.parquet"), "none of a lake"),
        (named("process_activity\\..\\x.parquet"), "none of a lake"),
        (named("process_activity/a/b.parquet"), "none of a lake"),
        (named("process_activity/x\n.parquet"), "none of a lake"),
        (named("commits/00000001.parquet"), "none of a lake"),
        (named("x" * 100_000), "none of a lake"),
        (lambda commit: commit.update(removed=["../../../etc/passwd"]), "none of a lake"),
        (lambda commit: commit["added"].append(commit["added"][0]), "a part twice"),
        (lambda commit: commit.update(next_file=-1), "more files than"),
        (lambda commit: commit.update(next_file=10**30), "more files than"),
        (lambda commit: commit.update(format=99, version="9.9"), "written by version 9.9"),
        (set_in_part(rows=-8), "its size"),
        (set_in_part(rows=9), "where it has 9"),
        (set_in_part(table="authentication"), "another table"),
        (set_in_part(kinds=[]), "its kinds"),
        (set_in_part(kinds=[["Security", "P", 1, "", 4, 4, 0, 0]]), "begin and end"),
        (set_in_part(kinds=[["Security", "P", 1, "", 0, -8, 0, 0]]), "begin and end"),
        (set_in_part(files=[[0, 7]]), "from which file"),
        (set_in_part(files=[[0, 9], [1, -1]]), "from which file"),
    ],
    ids=count(),
)
def test_commits_that_cannot_be(case: Path, change: Callable[[dict[str, Any]], None], said: str) -> None:
    changed(case, change)
    with pytest.raises(CaseError, match=said) as error:
        Lake.open(case)
    assert len(str(error.value)) < 1_000


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"\xff\xfe", b'{"format": "1"}', b"[" * 1_000_000, b'{"x":' * 100_000,
        b'{"format":1,"version":"","time":"","more":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    ],
    ids=count(),
)  # fmt: skip
def test_commits_that_are_no_commits(case: Path, text: bytes) -> None:
    commit_of(case).write_bytes(text)
    with pytest.raises(CaseError, match="cannot be read"):
        Lake.open(case)


def test_commits_that_are_too_large(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with commit_of(case).open("r+b") as stream:
        stream.truncate(10**12)
    with pytest.raises(CaseError, match=r"larger than any|more in its commits"):
        Lake.open(case)
    monkeypatch.setattr(commits, "LAKE_COMMITS_BYTES_LIMIT", 10**13)
    with pytest.raises(CaseError, match="larger than any"):
        Lake.open(case)


def test_odd_names_in_the_folder_of_commits_are_no_commits(case: Path) -> None:
    events = Lake.open(case).events()
    for name in ("1.json", "٠٠٠٠٠٠٠٢.json", "9" * 200 + ".json", "00000002.json.part", "-0000002.json", "x.json"):
        (commit_of(case).parent / name).write_bytes(b"{")
    assert Lake.open(case).events() == events


def test_a_missing_commit_is_told_of(case: Path) -> None:
    commit_of(case).rename(commit_of(case).with_name("00000002.json"))
    with pytest.raises(CaseError, match="lacks commit 1"):
        Lake.open(case)


@links
@pytest.mark.parametrize("name", ["", "commits", "process_activity"])
def test_links_lead_nowhere(case: Path, tmp_path: Path, base: Path, name: str) -> None:
    """Not even what is started anew writes through a link, or clears away what lies behind it."""
    inside, outside = case / "lake" / name, tmp_path / "outside"
    inside.rename(outside)
    inside.symlink_to(outside, target_is_directory=True)
    before = {path: path.stat().st_size for path in outside.rglob("*")}
    for work in (
        lambda: Lake.open(case),
        lambda: LakeWriter(case, anew=True),
        lambda: hunt(case, base / "a.jsonl", force=True),
        lambda: detect(case),
    ):
        with pytest.raises(CaseError, match="is a link, which a lake never has"):
            work()
    assert {path: path.stat().st_size for path in outside.rglob("*")} == before


@links
def test_parts_that_are_links_or_pipes_are_not_opened(case: Path, tmp_path: Path) -> None:
    part, outside = part_of(case), tmp_path / "outside.parquet"
    part.rename(outside)
    part.symlink_to(outside)
    assert "no plain file" in reasons(detect(case))
    part.unlink()
    os.mkfifo(part)
    assert "no plain file" in reasons(detect(case))
    with pytest.raises(CaseError, match="no plain file"), expiring(case, "2027-01-01T00:00:00.0000000Z", Silent()):
        pass


def reasons(outcome: HuntOutcome) -> str:
    """What is told of the lake's parts."""
    return "\n".join(warning.reason for warning in outcome.warnings if "lake" in warning.file)


def rewritten(case: Path, change: Callable[[pa.Table], pa.Table], **how: Any) -> None:
    """Write the part of events anew, changed; the commit agrees with it."""
    path = part_of(case)
    table = change(pq.ParquetFile(path).read())
    pq.write_table(table, path, **how)
    sized(case)


def damaged(case: Path, data: bytes) -> None:
    part_of(case).write_bytes(data)
    sized(case)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda case: damaged(case, b"PAR1 no Parquet PAR1"), "cannot be read"),
        (lambda case: damaged(case, b""), "cannot be read"),
        (lambda case: rewritten(case, lambda table: table.slice(1)), "7 rows where 8"),
        (lambda case: rewritten(case, lambda table: table.drop_columns(["yadorigi_data"])), "no column yadorigi_data"),
        (
            lambda case: rewritten(
                case, lambda table: table.set_column(
                    table.schema.get_field_index("yadorigi_ticks"), "yadorigi_ticks", pa.array(["x"] * 8)
                )
            ),
            "no column yadorigi_ticks",
        ),
    ],
    ids=count(),
)  # fmt: skip
def test_parts_that_are_not_what_was_written(case: Path, change: Callable[[Path], None], said: str) -> None:
    """Rules find nothing in them, and that is told with the number of events; to drop from them is refused."""
    change(case)
    outcome = detect(case)
    assert outcome.damaged
    assert said in reasons(outcome)
    assert sum(warning.records or 0 for warning in outcome.warnings if "lake" in warning.file) == 8
    with pytest.raises(CaseError), expiring(case, "2026-03-11T09:03:00.0000000Z", Silent()) as work:
        work.drop(Silent())


@pytest.mark.parametrize("column", ["yadorigi_raw", "yadorigi_data"])
@pytest.mark.parametrize("searched", [False, True])
def test_a_text_that_stands_once_and_counts_a_hundred_thousand_times(
    case: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, column: str, searched: bool
) -> None:
    for module in (part_files, row_batches):
        monkeypatch.setattr(module, "LAKE_ROW_GROUP_BYTES_LIMIT", 1_000_000)
    monkeypatch.setattr(payload_search, "_BYTES_CONFIRMED", 1_000_000)

    def bomb(table: pa.Table) -> pa.Table:
        place = table.schema.get_field_index(column)
        return table.set_column(place, column, pa.array([json.dumps({"A": "x" * 200_000 + " evil.test"})] * 8))

    rewritten(case, bomb, use_dictionary=[column])
    assert part_of(case).stat().st_size < 100_000
    given = tmp_path / "given.txt"
    given.write_text("evil.test", "utf-8")
    outcome = detect(case, rules=(), indicators=(str(given),)) if searched else detect(case)
    assert "holds more in one group of rows" in reasons(outcome)


def test_a_group_that_says_itself_how_large_it_is(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_files, "LAKE_ROW_GROUP_BYTES_LIMIT", 1_800)
    assert "holds more in one group of rows" in reasons(detect(case))


def test_a_table_of_files_that_does_not_agree_with_the_events(case: Path) -> None:
    """What no file has, nobody would look at."""
    lake = Lake.open(case)
    (part,) = (part for part in lake.parts if part.table == FILES)
    path = lake.folder / part.path
    whole = pq.ParquetFile(path).read()
    for change, said in (
        (whole.set_column(0, "number", pa.array([7])), "two files with one number"),
        (whole.set_column(whole.schema.get_field_index("events"), "events", pa.array([7])), "does not hold the events"),
        (whole.set_column(whole.schema.get_field_index("copy_of"), "copy_of", pa.array([3])), "that it does not name"),
    ):
        pq.write_table(change, path)
        sized(case)
        with pytest.raises(CaseError, match=said):
            stored_files(Lake.open(case))
        with pytest.raises(CaseError, match=said):
            detect(case)
