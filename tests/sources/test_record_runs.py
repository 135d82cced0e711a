"""Runs of record numbers against an evaluator that goes record by record."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yadorigi.app.keep_coverage import joined_runs
from yadorigi.limits import LOG_RUNS_LIMIT, NUMBER_RUNS_LIMIT
from yadorigi.schema.event import EventKind
from yadorigi.sources.record_runs import UNNUMBERED, RecordRun, runs_of

Record = tuple[int, str | None, int, int, int]
"""Kind, host, number, file and minute."""
KINDS = (EventKind("Security", "P", 1), EventKind("Security", "P", 2), EventKind("System", "Q", 1))
RECORDS = st.lists(
    st.tuples(
        st.integers(0, len(KINDS) - 1),
        st.sampled_from((None, "h1", "h2")),
        st.integers(UNNUMBERED, 12),
        st.integers(0, 2),
        st.integers(0, 30),
    ),
    max_size=40,
)


def time(minute: int) -> str:
    return f"2026-03-02T00:{minute:02}:00.0000000Z"


def made(records: list[Record]) -> list[RecordRun]:
    groups: dict[EventKind, dict[str | None, list[int]]] = {}
    for row, (kind, host, *_) in enumerate(records):
        groups.setdefault(KINDS[kind], {}).setdefault(host, []).append(row)
    numbers = [record[2] for record in records]
    files = [record[3] for record in records]
    return list(runs_of(groups, numbers, files, [time(record[4]) for record in records]))


def naive(records: list[Record]) -> list[RecordRun]:
    logs: dict[tuple[str, str, int], list[tuple[int, str]]] = {}
    for kind, host, number, file, minute in records:
        logs.setdefault((host or "", KINDS[kind].channel, file), []).append((number, time(minute)))
    found = []
    for (host, channel, file), own in logs.items():
        bare = [record for record in own if record[0] == UNNUMBERED]
        numbered = [record for record in own if record[0] != UNNUMBERED]
        if len({number for number, _ in numbered}) == len(numbered):
            numbered.sort()
        groups = [bare] if bare else []
        for record in numbered:
            if groups and groups[-1] is not bare and record[0] - groups[-1][-1][0] in (0, 1):
                groups[-1].append(record)
            else:
                groups.append([record])
        for group in groups:
            times = [own_time for _, own_time in group]
            found.append(
                RecordRun(host, channel, file, group[0][0], group[-1][0], times[0], times[-1], min(times), max(times),
                          len(group))
            )  # fmt: skip
    return found


@given(RECORDS)
def test_runs_are_those_of_an_evaluator_that_goes_record_by_record(
    records: list[Record],
) -> None:
    assert sorted(made(records)) == sorted(naive(records))


@given(st.permutations(range(1, 15)), st.sets(st.integers(1, 14)), st.sets(st.integers(1, 13)))
def test_joined_runs_are_the_same_for_any_order_and_any_cutting_of_a_file(
    order: list[int], gone: set[int], cuts: set[int]
) -> None:
    kept = [number for number in order if number not in gone]
    parts = [
        kept[start:end] for start, end in pairwise(sorted({0, len(kept), *(cut for cut in cuts if cut < len(kept))}))
    ]
    runs = [one for part in parts for one in made([(0, "h1", number, 0, number) for number in part])]
    numbered, bare, left_out = joined_runs(runs)
    starts = [number for number in sorted(kept) if number - 1 not in kept]
    ends = [number for number in sorted(kept) if number + 1 not in kept]
    assert [(one.first, one.last) for one in numbered] == list(zip(starts, ends, strict=True))
    for one in numbered:
        assert (one.first_time, one.last_time) == (one.earliest, one.latest) == (time(one.first), time(one.last))
        assert one.records == one.last - one.first + 1
    assert (bare, left_out) == ([], 0)


def test_records_without_a_number_are_one_stretch_a_file() -> None:
    records: list[Record] = [
        (0, "h1", UNNUMBERED, 0, 9), (0, "h1", UNNUMBERED, 0, 3), (0, "h1", UNNUMBERED, 1, 5), (0, "h1", 4, 0, 1),
    ]  # fmt: skip
    numbered, bare, _ = joined_runs([*made(records[:1]), *made(records[1:])])
    assert [(one.first, one.last) for one in numbered] == [(4, 4)]
    assert bare == [(0, time(3), time(9), 2), (1, time(5), time(5), 1)]


def test_of_a_log_full_of_holes_the_longest_runs_are_kept_and_the_rest_is_counted() -> None:
    parts: list[list[Record]] = []
    for part in range(8):
        base = 10_000 * part
        part_of_file: list[Record] = [(0, "h1", base + 3 * number, 0, 1) for number in range(300)]
        parts.append([*part_of_file, (0, "h1", base + 901, 0, 2)])
    runs = [made(part) for part in parts]
    assert {len(own) for own in runs} == {NUMBER_RUNS_LIMIT}
    numbered, _, left_out = joined_runs(one for own in runs for one in own)
    assert len(numbered) == LOG_RUNS_LIMIT
    assert left_out == 8 * NUMBER_RUNS_LIMIT - LOG_RUNS_LIMIT
    assert numbered == sorted(numbered, key=lambda one: one.first)
