"""A lake that is made again from the vault has the rows that it had, and what it lacks is told."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from tests.archives.making import zipped
from tests.lake.cases import event
from tests.sources.written import log_of
from yadorigi.app import rebuild_lake as rebuild_module
from yadorigi.app.expire_events import expiring
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.progress import Silent
from yadorigi.app.rebuild_lake import RebuildOptions, Rebuilt, rebuild_lake
from yadorigi.app.rebuild_plan import acts_of
from yadorigi.app.run_ingest import run_ingest
from yadorigi.app.vault_acts import expire_original
from yadorigi.errors import CaseError, UsageError
from yadorigi.lake.commits import LAKE, Lake
from yadorigi.settings import Settings
from yadorigi.sources.choice import SourceChoices
from yadorigi.vault.reader import Vault
from yadorigi.vault.records import Custody, LakeChange, Outcome, Receipt, Record

DAY = "2026-03-11T09:20:00.0000000Z"
SYSLOG = "Mar 11 09:14:33 gw01 sshd[812]: Accepted password for ops from 192.0.2.7 port 50222 ssh2\n"


def ingest(case: Path, *paths: Path, **given: Any) -> None:
    run_ingest(HuntOptions(tuple(map(str, paths)), rules=(), case=case, workers=1, report=False, **given))


def rebuilt(case: Path, **given: Any) -> Rebuilt:
    return rebuild_lake(RebuildOptions(case, workers=1, **given), Silent())


def rows(case: Path) -> dict[str, list[str]]:
    """Every row of every table, all columns, in an order of their own."""
    found: dict[str, list[str]] = {}
    for table, paths in Lake.open(case).tables().items():
        for path in paths:
            lines = [json.dumps(row, sort_keys=True, default=str) for row in pq.ParquetFile(path).read().to_pylist()]
            found.setdefault(table, []).extend(lines)
    return {table: sorted(lines) for table, lines in found.items()}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of two runs at two sites: an archive, lines without year and zone, files given twice, an expiry."""
    folder = tmp_path_factory.mktemp("mixed")
    one, other = folder / "one", folder / "other"
    one.mkdir()
    other.mkdir()
    (one / "Security.evtx").write_bytes(log_of(range(1, 12)))
    (one / "messages").write_text(SYSLOG * 3, "utf-8")
    member = "Mar 12 10:00:00 gw02 sshd[9]: Failed password for root from 198.51.100.9 port 22 ssh2\n"
    (one / "fw.zip").write_bytes(zipped({"logs/messages": member.encode() * 2, "b.jsonl": event(3).encode()}))
    (one / "again.jsonl").write_text("".join(event(number) for number in range(1, 40)), "utf-8")
    for path in one.iterdir():
        os.utime(path, ns=(1_805_000_000_123_456_700, 1_805_000_000_123_456_700))  # in 2027, whatever year it is now
    (other / "a.jsonl").write_text("".join(event(number) for number in range(1, 4)), "utf-8")
    (other / "copy.jsonl").write_text((other / "a.jsonl").read_text("utf-8"), "utf-8")
    heading = "Alert name,Severity,Detection source,First activity,Device\n"
    (other / "alerts.csv").write_text(f"{heading}Beacon,High,EDR,2026-03-11 10:00:00,ws1.example\n", "utf-8")
    (other / "note.txt").write_text("no log\n", "utf-8")
    case = folder / "case"
    ingest(case, one, site="hq", zone=timezone(timedelta(hours=9)))
    with expiring(case, DAY, Silent()) as work:
        work.drop(Silent())
    ingest(case, other, one / "again.jsonl", site="plant")
    return case


@pytest.fixture
def case(mixed: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(mixed, tmp_path / "case"))


def test_the_same_rows_in_place_and_elsewhere(case: Path, tmp_path: Path) -> None:
    before = rows(case)
    lake = Lake.open(case)
    assert len(before) > 2
    assert lake.dropped
    assert any("fw.zip!logs/messages" in line for line in before["files"])
    assert any("2027-03-12" in line for line in before["authentication"])

    beside = rebuilt(case, into=tmp_path / "beside")
    assert (beside.differences, beside.acts) == ((), 2)
    assert rows(tmp_path / "beside") == before
    assert not (tmp_path / "beside" / ".work").exists()
    assert Lake.open(case).parts == lake.parts

    again = rebuilt(case)
    assert again.differences == ()
    assert rows(case) == before
    made = Lake.open(case)
    assert made.next_file == lake.next_file
    assert [replace(one, time="") for one in made.dropped] == [replace(one, time="") for one in lake.dropped]
    records = list(_vault(case).records())
    assert [type(one) for one in records[-3:]] == [Custody, LakeChange, Outcome]

    # What was made again can be made again, whatever became of it.
    part = next(part for part in made.parts if part.table != "files")
    (case / LAKE / part.path).write_bytes(b"nothing")
    third = rebuilt(case)
    assert any("damaged" in notice for notice in third.notices)
    assert third.differences == ()
    assert rows(case) == before


def test_from_nothing_but_the_vault(case: Path) -> None:
    before = rows(case)
    shutil.rmtree(case / LAKE)
    found = rebuilt(case)
    assert found.differences == ()
    assert any("not there" in notice for notice in found.notices)
    assert rows(case) == before


def test_a_part_of_the_originals_at_a_time(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(case)
    monkeypatch.setattr(rebuild_module, "_SHARE", shutil.disk_usage(case).free // 1_000)
    found = rebuilt(case)
    assert any("groups" in notice for notice in found.notices)
    assert all("was file" in line for line in found.differences)  # a copy may come before what it is a copy of
    assert {table: len(lines) for table, lines in rows(case).items()} == {
        table: len(lines) for table, lines in before.items()
    }


def test_what_cannot_be_made_again_is_told(case: Path) -> None:
    receipt = next(
        one for one in _vault(case).records() if isinstance(one, Receipt) and one.name.endswith("alerts.csv")
    )
    expire_original(case, receipt.object or "", "asked for", Settings())
    before = rows(case)
    with pytest.raises(CaseError, match=r"alerts\.csv \(record \d+\).*--allow-missing"):
        rebuilt(case)
    assert rows(case) == before
    found = rebuilt(case, allow_missing=True)
    assert any("originals" in line for line in found.differences)
    assert any("alerts.csv was in the lake with" in line for line in found.differences)
    assert len(rows(case)["files"]) == len(before["files"]) - 1


def test_files_that_inputs_were_read_by(tmp_path: Path) -> None:
    mapping, table = tmp_path / "desk.toml", tmp_path / "desk.csv"
    mapping.write_text('title = "desk"\n[time]\ncolumn = "When"\n', "utf-8")
    table.write_text("When,Who\n2026-03-11 10:00:00,ops\n", "utf-8")
    case = tmp_path / "case"
    ingest(case, table, choices=SourceChoices.of([f"*.csv={mapping}"]))
    before = rows(case)
    assert rebuilt(case).differences == ()
    assert rows(case) == before
    mapping.write_text('title = "help desk"\n[time]\ncolumn = "When"\n', "utf-8")
    with pytest.raises(UsageError, match="not what it was then"):
        rebuilt(case)


def test_changes_that_never_counted() -> None:
    def act(index: int, name: str = "hunt", **settings: str) -> Custody:
        return Custody(index=index, act=name, user="", machine="", version="1", settings=dict(settings))

    def made(number: int) -> LakeChange:
        return LakeChange(number=number, sha256="0" * 64)

    def end(index: int, lake: int | None) -> Outcome:
        return Outcome(act_index=index, ended="done", files={}, lake=lake)

    def planned(*records: Record, counts: bool = False) -> list[int]:
        return [one.custody.index for one in acts_of(records, lambda _: counts)]

    assert planned(act(0), made(1), act(1), made(1), end(1, 1)) == [1]  # the first was killed before it counted
    assert planned(act(0), made(1), act(1), made(2), end(1, 2)) == [0, 1]  # and here behind that
    assert planned(act(0), made(1), end(0, 1), act(1), made(2)) == [0]
    assert planned(act(0), made(1), end(0, 1), act(1), made(2), counts=True) == [0, 1]
    assert planned(act(0), made(1), end(0, None)) == []  # the disk was full
    assert planned(act(0), made(1), end(0, 1), act(1, force="yes", store="yes"), made(2), end(1, 2)) == [1]
    assert planned(act(0), made(1), end(0, 1), act(1, force="yes", store="no"), end(1, None)) == []
    assert planned(act(0), made(1), end(0, 1), act(1, "rebuild"), made(2), end(1, 2)) == [0]
    with pytest.raises(CaseError, match="'mend' changed the lake"):
        planned(act(0, "mend"), made(1), end(0, 1))


def _vault(case: Path) -> Vault:
    vault = Vault.open(case)
    assert vault is not None
    return vault
