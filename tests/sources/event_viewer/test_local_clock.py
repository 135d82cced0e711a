"""The zone of local times: events that say their moment in UTC, and exports that lie beside each other."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path

import pytest

from tests.sources.reading import Reading, read_whole
from yadorigi.sources.windows.event_viewer.source import EVENT_VIEWER

HEADER = "レベル,日付と時刻,ソース,イベント ID,タスクのカテゴリ\n"
START = (
    "情報,2026/03/10 09:00:12,Microsoft-Windows-Kernel-General,12,(1),"
    "オペレーティング システムはシステム時刻 "
    "\u200e2026\u200e-\u200e03\u200e-\u200e10T00:00:05.500000000Z に起動しました。\n"
)
SERVICE = "情報,2026/03/10 08:59:00,Service Control Manager,7036,なし,X サービスは 停止 状態に移行しました。\n"
SYSMON = (
    "情報,2026/03/10 09:00:05,Microsoft-Windows-Sysmon,5,x,"
    '"Process terminated:\nUtcTime: 2026-03-10 00:00:05.500\nProcessId: 7"\n'
)


def read(path: Path, text: str, zone: tzinfo = UTC) -> Reading:
    path.write_text(text, encoding="utf-8-sig")
    return read_whole(EVENT_VIEWER, path, zone)


@pytest.mark.parametrize("other", [START, SYSMON])
@pytest.mark.parametrize("first", [True, False])
def test_one_event_tells_the_zone_of_all_wherever_it_stands(tmp_path: Path, other: str, first: bool) -> None:
    found = read(tmp_path / "system.csv", HEADER + (other + SERVICE if first else SERVICE + other))
    assert "2026-03-09T23:59:00.0000000Z" in found.times
    assert all(time.startswith(("2026-03-09T23:59", "2026-03-10T00:00")) for time in found.times)
    assert not any("--timezone says another" in warning.reason for warning in found.warnings)
    assert sum("UTC+09:00" in warning.reason for warning in found.warnings) == 1
    assert {event.system["TimeCreated_Zone"] for event in found.events} == {"event"}


@pytest.mark.parametrize(("stated", "known"), [("2026/03/10 08:59:00", "option"), ("2026-03-10T08:59:00Z", "stated")])
def test_the_time_is_kept_as_written_with_how_its_zone_is_known(tmp_path: Path, stated: str, known: str) -> None:
    (event,) = read(tmp_path / "system.csv", HEADER + SERVICE.replace("2026/03/10 08:59:00", stated)).events
    assert (event.system["TimeCreated_Stated"], event.system["TimeCreated_Zone"]) == (stated, known)


def test_a_clock_that_was_set_by_hours_tells_nothing(tmp_path: Path) -> None:
    found = read(tmp_path / "system.csv", HEADER + SERVICE + START + START.replace("T00:00", "T01:00"))
    assert found.times[0] == "2026-03-10T08:59:00.0000000Z"


@pytest.mark.parametrize(("hours", "told"), [(0, True), (9, False), (-5, True)])
def test_exports_beside_each_other_are_compared(tmp_path: Path, hours: int, told: bool) -> None:
    (tmp_path / "sysmon.csv").write_text(HEADER + SYSMON, encoding="utf-8-sig")
    (tmp_path / "notes.txt").write_text("nothing\n", encoding="utf-8")
    zone = timezone(timedelta(hours=hours))
    (tmp_path / "alone").mkdir()
    found = read(tmp_path / "system.csv", HEADER + SERVICE, zone)
    # How a file is read must not depend on what lies beside it: that is only told.
    assert found.times == [read(tmp_path / "alone" / "system.csv", HEADER + SERVICE, zone).times[0]]
    beside = [warning.reason for warning in found.warnings if "beside it" in warning.reason]
    assert bool(beside) == told
    assert all(reason.startswith("the clock of sysmon.csv beside it was at UTC+09:00") for reason in beside)
