"""Retention: what goes, what stays, and that later verdicts do not claim to have looked at what is gone."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.lake.cases import event, held, hunt, rubbish
from tests.rules_cache import rules_cache
from tests.sources.written import log_of
from yadorigi.app import hunt_worker
from yadorigi.app.assess_case import assess_case
from yadorigi.app.case_lock import CaseLock
from yadorigi.app.expire_events import Expiry, days_ago, expiring
from yadorigi.app.hunt_options import HuntOptions, HuntOutcome
from yadorigi.app.load_case import verdicts_of
from yadorigi.app.progress import Silent
from yadorigi.app.report_case import report_case
from yadorigi.app.run_detect import run_detect
from yadorigi.errors import CaseError, UnfinishedError, UsageError
from yadorigi.ingest import tasks
from yadorigi.ingest.tasks import ReadTask
from yadorigi.lake import parts
from yadorigi.lake.commits import FILES, Lake, LakeWriter
from yadorigi.lake.files import stored_files
from yadorigi.packs.words import verdict_words
from yadorigi.schema.times import ticks_of
from yadorigi.settings import Settings
from yadorigi.sources.windows import evtx
from yadorigi.sources.windows.evtx_chunk import CHUNK_SIZE, HEADER_SIZE

PACK = Path(__file__).parents[2] / "src" / "yadorigi" / "content" / "packs" / "living_off_the_land" / "rules"
FIRST, LATER = str(PACK / "shadow_copy_created.yml"), str(PACK / "portproxy_command.yml")
OF_FIRST, OF_LATER = "CR-06", "C2-01"
DAY = "2026-03-05T00:00:00.0000000Z"
BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = 24 * 6


def hourly(host: str, begin: int, end: int) -> str:
    """Process starts, one in the middle of each hour."""
    return "".join(
        event(hour + 1, host=host, time=f"{BEGIN + timedelta(hours=hour, minutes=30):%Y-%m-%dT%H:%M:%S}.0000000Z")
        for hour in range(begin, end)
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of six days."""
    path = tmp_path / "a.jsonl"
    path.write_text(hourly("ws1.example", 0, HOURS), "utf-8")
    return path


@pytest.fixture
def case(tmp_path: Path, log: Path) -> Path:
    """A case with one rule that keeps the events of six days."""
    hunt(tmp_path / "case", log, rules=(FIRST,))
    return tmp_path / "case"


def expire(case: Path, before: str = DAY) -> Expiry:
    with expiring(case, before, Silent()) as work:
        work.drop(Silent())
        return work.found


def detect(case: Path, *rules: str) -> HuntOutcome:
    settings = Settings(cache_folder=rules_cache())
    return run_detect(HuntOptions((), rules=rules, case=case, settings=settings, workers=1, report=False))


def answers(case: Path, behaviour: str) -> list[tuple[str, str, str, str | None]]:
    """What is said of a behaviour: from when to when, the answer, and why."""
    lines = [line for line in verdicts_of(case) if line.behaviour == behaviour]
    return [
        (line.since, line.until, line.verdict, line.reason) for line in lines if line.technique == lines[0].technique
    ]


def test_old_events_go_and_all_else_stays(case: Path) -> None:
    before = held(case)
    kept = {path.name: path.read_bytes() for path in case.iterdir() if path.is_file()}
    old = {case / "lake" / part.path for part in Lake.open(case).parts}
    found = expire(case)
    assert (found.events, found.kept, found.logs) == (72, 72, (("ws1.example", "Security", 72),))
    after = held(case)
    assert after.rows == [row for row in before.rows if row[4] >= ticks_of(DAY)]
    (file,) = stored_files(Lake.open(case))
    assert (file.events, file.dropped, file.dropped_before, file.complete) == (72, 72, DAY, False)
    (dropped,) = Lake.open(case).dropped
    assert (dropped.before, dropped.events, dropped.logs) == (DAY, 72, found.logs)
    assert not any(path.exists() for path in old)
    assert not rubbish(case)
    left = {path.name: path.read_bytes() for path in case.iterdir() if path.is_file()}
    earlier, summary = json.loads(kept.pop("summary.json")), json.loads(left.pop("summary.json"))
    assert left == kept
    assert (earlier.pop("lake")["events"], summary.pop("lake")["events"]) == (144, 72)
    assert summary == earlier


def test_nothing_to_drop_changes_nothing(case: Path) -> None:
    expire(case)
    commits = Lake.open(case).commits
    assert expire(case).events == 0
    assert expire(case, "2020-01-01T00:00:00.0000000Z").events == 0
    assert Lake.open(case).commits == commits


def test_all_may_go_and_come_back(case: Path, log: Path) -> None:
    before = held(case)
    assert expire(case, "2027-01-01T00:00:00.0000000Z").kept == 0
    assert not held(case).rows
    assert list(Lake.open(case).tables()) == [FILES]
    detect(case, LATER)
    assert {answer for *_, answer, _ in answers(case, OF_LATER)} == {"cannot_tell"}
    hunt(case, log, rules=(FIRST,))
    assert held(case) == before


def test_parts_keep_their_order_and_row_groups(
    case: Path, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left is as if it had been all that there was."""
    more = tmp_path / "b.jsonl"
    lines = [
        event(
            9_000 + hour, 4688 + hour % 2, host="ws2.example", time=f"2026-03-0{2 + hour // 24}T{hour % 24:02}:10:00Z"
        )
        for hour in range(HOURS)
    ]
    more.write_text("".join(lines), "utf-8")
    for name in ("LAKE_ROW_GROUP_ROWS", "LAKE_SLICE_ROWS"):
        monkeypatch.setattr(parts, name, 20)
    hunt(case, log, more, rules=(FIRST,))
    expire(case)
    late = tmp_path / "late.jsonl"
    late.write_text("".join(lines[72:]), "utf-8")
    hunt(tmp_path / "other", late, rules=(FIRST,))
    own = [part for part in Lake.open(case).parts if any(number == 1 for number, _ in part.files)]
    others = [part for part in Lake.open(tmp_path / "other").parts if part.table != FILES]
    told = [(part.table, part.rows, part.first, part.last, part.kinds) for part in own]
    assert sorted(told) == sorted((part.table, part.rows, part.first, part.last, part.kinds) for part in others)
    assert len(held(case).rows) == 144


def test_a_rule_that_comes_later_has_not_looked_at_what_is_gone(case: Path) -> None:
    asked = answers(case, OF_FIRST)
    assert ("not_observed", None) in {line[2:] for line in asked}
    expire(case)
    detect(case, LATER)
    assert answers(case, OF_FIRST) == asked, "verdicts of the rules that ran at ingest stand"
    lines = [line for line in verdicts_of(case) if line.behaviour == OF_LATER]
    early = [line for line in lines if line.since < DAY and line.reason == "not_examined"]
    assert {(line.until, line.reason) for line in early} == {(DAY, "not_examined")}
    assert any(line.verdict == "not_observed" and line.since == DAY for line in lines)
    assert not any(line.verdict == "not_observed" and line.since < DAY for line in lines)
    dropped = Lake.open(case).dropped[0].time[:10]
    assert f"before 2026-03-05 00:00:00Z were dropped from the case on {dropped}" in early[0].detail
    assert "can be hunted again" in early[0].action
    japanese = " ".join(verdict_words(early[0], "ja"))
    assert "2026-03-05 00:00:00Z より前のイベント" in japanese
    assert "削除" in japanese


def test_steps_of_an_assessment_say_it_in_both_languages(case: Path) -> None:
    expire(case)
    detect(case, LATER)
    words = [step.words for step in assess_case(case, "aa24-038a").steps]
    assert any(
        "Hunt the original logs from before 2026-03-05 again" in one.en and "2026-03-05 より前" in one.ja
        for one in words
    )


def test_the_pages_say_it_in_both_languages(case: Path) -> None:
    expire(case)
    detect(case, LATER)
    report_case(case)
    assert "were dropped from the case on" in (case / "report.html").read_text("utf-8")
    assert "にケースから削除されて" in (case / "report.ja.html").read_text("utf-8")


def test_detecting_again_and_again_does_not_make_the_case_grow(case: Path) -> None:
    expire(case)
    detect(case, LATER)
    size = (case / "coverage.json").stat().st_size
    verdicts = answers(case, OF_LATER)
    for rules in ((LATER,), (FIRST,), (LATER, FIRST)):
        detect(case, *rules)
    assert (case / "coverage.json").stat().st_size < size + 200
    assert answers(case, OF_LATER) == verdicts


def test_hunting_the_originals_again_brings_events_and_verdicts_back(case: Path, log: Path) -> None:
    before, asked = held(case), answers(case, OF_FIRST)
    expire(case)
    detect(case, LATER)
    hunt(case, log, rules=(FIRST, LATER))
    assert held(case) == before
    assert all(file.complete for file in stored_files(Lake.open(case)))
    assert answers(case, OF_FIRST) == asked
    assert answers(case, OF_LATER) == asked
    assert not rubbish(case)


def test_detecting_after_the_originals_came_back_looks_at_all(case: Path, log: Path) -> None:
    asked = answers(case, OF_FIRST)
    expire(case)
    hunt(case, log, rules=(FIRST,))
    detect(case, LATER)
    assert answers(case, OF_LATER) == asked


def test_what_only_another_file_lost_is_no_loss_of_this_one(case: Path, tmp_path: Path) -> None:
    other = tmp_path / "b.jsonl"
    other.write_text(hourly("ws2.example", 80, HOURS), "utf-8")
    hunt(case, other, rules=(FIRST,))
    expire(case)
    detect(case, LATER)
    gone = {line.host for line in verdicts_of(case) if line.about.get("dropped")}
    assert gone == {"ws1.example"}


def test_copies_of_a_file_lose_what_it_loses(case: Path, log: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(log.read_bytes())
    hunt(case, copy, rules=(FIRST,))
    expire(case)
    assert {(file.events, file.dropped) for file in stored_files(Lake.open(case))} == {(72, 72)}
    hunt(case, copy, rules=(FIRST,))
    files = stored_files(Lake.open(case))
    assert {(Path(file.path).name, file.events, file.dropped) for file in files} == {
        ("a.jsonl", 144, 0), ("copy.jsonl", 144, 0),
    }  # fmt: skip


def test_a_disk_that_fails_drops_nothing(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = held(case)

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnfinishedError, match="No space left"):
        expire(case)
    monkeypatch.undo()
    assert held(case) == before
    assert expire(case).events == 72
    assert not rubbish(case)


def test_old_files_that_cannot_be_removed_are_told_of(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LakeWriter, "_clear", lambda _: None)
    with pytest.raises(UnfinishedError, match=r"no longer count, but .* cannot be removed, and still hold them"):
        expire(case)
    assert len(held(case).rows) == 72


def test_no_case_no_lake_and_a_case_in_use(case: Path, tmp_path: Path, log: Path) -> None:
    with pytest.raises(CaseError, match="is no case"):
        expire(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    hunt(tmp_path / "bare", log, rules=(FIRST,), store=False)
    with pytest.raises(CaseError, match="keeps no events"):
        expire(tmp_path / "bare")
    lock = CaseLock.taken(case)
    try:
        with pytest.raises(CaseError):
            expire(case)
    finally:
        lock.release()


def test_days_are_counted_from_today_s_midnight() -> None:
    assert days_ago(1, datetime(2026, 3, 11, 23, 59, tzinfo=UTC)) == "2026-03-10T00:00:00.0000000Z"
    with pytest.raises(UsageError, match="no day so long ago"):
        days_ago(10**6)


def test_a_piece_that_the_lake_lacks_was_not_looked_at(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hunt that read the file whole and kept nothing does not make up for it."""
    log = tmp_path / "d.evtx"
    log.write_bytes(log_of(range(201, 231)))
    do = hunt_worker.HuntWorker.do

    def fails(worker: hunt_worker.HuntWorker, task: object) -> object:
        if isinstance(task, ReadTask) and task.pieces[0].start == HEADER_SIZE + CHUNK_SIZE:
            raise RuntimeError
        return do(worker, task)  # type: ignore[arg-type]  # any task

    with monkeypatch.context() as patch:
        for module in (evtx, tasks):
            patch.setattr(module, "PIECE_BYTES", CHUNK_SIZE)
        patch.setattr(hunt_worker.HuntWorker, "do", fails)
        hunt(case, log, rules=(FIRST,))
    shutil.copytree(case, tmp_path / "other")
    hunt(case, log, rules=(FIRST,), store=False)
    told = [
        [warning.reason for warning in detect(one, LATER).warnings if "these rules have not looked" in warning.reason]
        for one in (tmp_path / "other", case)
    ]
    assert told[0] == [], "all that was read is there"
    assert len(told[1]) == 1
    assert "d.evtx" in told[1][0]
