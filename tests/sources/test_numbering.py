"""Holes in record ids, ids that begin anew or occur twice; rings and exports, which are none of these."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtx_writer import EvtxFile, FileSettings, damage, evtx_bytes
from tests.sources.written import breaks_of, log_of, record
from yadorigi.limits import GAPS_PER_FILE_LIMIT
from yadorigi.sources import numbering
from yadorigi.sources.numbering import Numbered, Numbering, breaks
from yadorigi.sources.windows.evtx_chunk import CHUNK_SIZE, HEADER_SIZE


def noted(numbers: list[int], offset: int = 0) -> Numbering:
    found = Numbering()
    found.see(Numbered(numbers, lambda _: "2026-03-11T09:00:00Z UTC", [(offset, len(numbers))]))
    return found


def test_a_log_without_holes_has_no_gap(tmp_path: Path) -> None:
    assert breaks_of(tmp_path, log_of(range(7, 60))) == []


@pytest.mark.parametrize("missing", [2, 5, 10, 11, 21])
def test_a_record_that_was_removed_leaves_its_gap(tmp_path: Path, missing: int) -> None:
    (gap,) = breaks_of(tmp_path, log_of(number for number in range(1, 31) if number != missing))
    assert gap.kind == "gap"
    assert f"record id {missing} is missing (1 in all)" in gap.reason
    assert f"{missing - 1} was written 2026-03-11T09:" in gap.reason
    assert gap.offset is not None
    assert (gap.offset - HEADER_SIZE) % CHUNK_SIZE == 0


def test_a_chunk_that_was_taken_out_leaves_its_gap(tmp_path: Path) -> None:
    (gap,) = breaks_of(tmp_path, damage.with_chunks(log_of(range(1, 51)), [0, 1, 3, 4]))
    assert "record ids 21 to 30 are missing (10 in all); 20 was written 2026-03-11T09:20:00Z" in gap.reason
    assert gap.offset == HEADER_SIZE + 2 * CHUNK_SIZE


def test_a_ring_begins_anywhere(tmp_path: Path) -> None:
    assert breaks_of(tmp_path, damage.with_chunks(log_of(range(1, 51)), [3, 4, 0, 1, 2])) == []
    (gap,) = breaks_of(tmp_path, damage.with_chunks(log_of(range(1, 51)), [3, 4, 0, 2]))
    assert "ids 11 to 20" in gap.reason


def test_chunks_in_no_order_are_told_of(tmp_path: Path) -> None:
    (gap,) = breaks_of(tmp_path, damage.with_chunks(log_of(range(1, 51)), [4, 2, 0, 1, 3]))
    assert "go back 2 times" in gap.reason


def test_a_chunk_that_is_there_twice_is_told_of(tmp_path: Path) -> None:
    (gap,) = breaks_of(tmp_path, damage.with_chunks(log_of(range(1, 31)), [0, 1, 1, 2]))
    assert "record ids 11 to 20 twice" in gap.reason


def test_a_numbering_that_began_anew_has_no_hole(tmp_path: Path) -> None:
    file = EvtxFile(FileSettings(records_per_chunk=10))
    for number in range(500, 520):
        file.add(record(number, minutes=number))
    for number in range(1, 11):
        file.add(record(number, minutes=1_000 + number))
    (gap,) = breaks_of(tmp_path, file.to_bytes())
    assert "begin anew: ids 500 to 519" in gap.reason
    assert "missing" not in gap.reason


def test_an_id_that_does_not_belong_is_one_break(tmp_path: Path) -> None:
    numbers = [1, 2, 3, 1_000_004, 5, 6]
    (gap,) = breaks_of(tmp_path, evtx_bytes([record(number, minutes=place) for place, number in enumerate(numbers)]))
    assert "where the id 4 belongs says that its id is 1000004" in gap.reason


def export(own: list[int]) -> bytes:
    return evtx_bytes([record(place, event_record_id=number) for place, number in enumerate(own, 1)])


def test_an_export_of_everything_has_no_hole(tmp_path: Path) -> None:
    assert breaks_of(tmp_path, export([*range(700, 1_700)])) == []


def test_the_holes_of_a_selection_are_one_notice(tmp_path: Path) -> None:
    (notice,) = breaks_of(tmp_path, export([*range(700, 3_700, 3)]))
    assert (notice.kind, notice.offset) == ("notice", None)
    assert "ids 700 and 3697 1,998 are missing" in notice.reason


def test_forwarded_events_of_many_hosts_are_counted_by_host(tmp_path: Path) -> None:
    own = [(host, number) for number in range(100, 140) for host in ("A", "B", "C")]

    def forwarded(events: list[tuple[str, int]]) -> bytes:
        return evtx_bytes(
            [record(place, computer=host, event_record_id=number) for place, (host, number) in enumerate(events, 1)]
        )

    assert breaks_of(tmp_path, forwarded(own)) == []
    (notice,) = breaks_of(tmp_path, forwarded([(host, number) for host, number in own if number != 120]))
    assert "3 are missing" in notice.reason


def test_a_host_that_was_renamed_goes_on_counting(tmp_path: Path) -> None:
    renamed = [
        record(place, computer="NEW" if place % 7 < 3 else "OLD", event_record_id=place + 900) for place in range(1, 40)
    ]
    assert breaks_of(tmp_path, evtx_bytes(renamed)) == []


def test_what_is_reported_as_lost_may_be_what_is_missing(tmp_path: Path) -> None:
    data = log_of(range(1, 31))
    start = HEADER_SIZE + CHUNK_SIZE
    (gap,) = breaks_of(tmp_path, damage.overwritten(data, start, b"\xab" * CHUNK_SIZE))
    assert "ids 11 to 20 are missing" in gap.reason
    assert "may be among them" in gap.reason


def test_a_record_that_can_be_seen_and_not_read_is_no_gap(tmp_path: Path) -> None:
    data = damage.with_content(log_of(range(1, 21)), 1, 4, b"\xff" * 64)
    assert breaks_of(tmp_path, data) == []
    assert breaks_of(tmp_path, damage.with_record_magic(log_of(range(1, 21)), 1, 4)) == []


@given(st.sets(st.integers(1, 60), min_size=1), st.lists(st.integers(1, 12), max_size=6), st.randoms())
def test_pieces_in_any_order_give_the_same_holes(numbers: set[int], cuts: list[int], chance: random.Random) -> None:
    ordered = sorted(numbers)
    parts, start = [], 0
    for size in [*cuts, len(ordered)]:
        if ordered[start : start + size]:
            parts.append(noted(ordered[start : start + size], offset=start))
        start += size
    whole = breaks([noted(ordered)], losses=False)
    chance.shuffle(parts)
    apart = breaks(parts, losses=False)
    assert [gap.reason for gap in apart] == [gap.reason for gap in whole]
    missing = set(range(ordered[0], ordered[-1] + 1)) - numbers
    told = [reason.split("(")[1].split(" ")[0] for reason in (gap.reason for gap in whole)]
    assert sum(map(int, told)) == len(missing)


def test_many_holes_are_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "NUMBER_RUNS_LIMIT", 1_000)
    found = breaks([noted([*range(1, 1_000, 2)])], losses=False)
    assert len(found) == GAPS_PER_FILE_LIMIT + 1
    assert "399 more breaks" in found[-1].reason
    assert "399 ids" in found[-1].reason


def test_runs_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "NUMBER_RUNS_LIMIT", 10)
    part = noted([*range(1, 1_000, 2)])
    assert len(part.runs) == 10
    assert part.unlisted == 490
    assert "490 more" in breaks([part], losses=False)[-1].reason
