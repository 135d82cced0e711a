"""Searching and counting what cases keep gives what the files give."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from tests.app.retro import hunt, ingest
from tests.app.test_run_detect import SHADOW_COPY, parts_of
from tests.app.test_search_events import event, written
from tests.sample_case import SAMPLE, SECURITY, SYSTEM
from yadorigi.app.event_metrics import count_events
from yadorigi.app.logon_metrics import count_logons
from yadorigi.app.scan_files import ScanOptions
from yadorigi.app.search_events import ELSEWHERE, Query, search_events
from yadorigi.cli.verbs import app
from yadorigi.errors import CaseError, UsageError

if TYPE_CHECKING:
    from yadorigi.app.scan_files import Scan

DAY = {"since": "2026-03-11T10:00:00.0000000Z", "until": "2026-03-12T00:00:00.0000000Z"}
QUERIES: dict[str, tuple[Query, dict[str, Any]]] = {
    "text": (Query("portproxy", format="jsonl"), {}),
    "everything": (Query("", format="ocsf"), {}),
    "expression": (Query(r"ntds\.dit|kudo", regex=True, format="csv"), {}),
    "field": (Query("temp", field="commandline", format="jsonl"), {}),
    "kinds": (Query("", channels=("sec*",), event_ids=frozenset({4624, 4688}), format="csv"), DAY),
    "hosts": (Query("system", hosts=("dc01", "FS*"), format="jsonl"), DAY),
    "nobody": (Query("", hosts=("nobody",), format="jsonl"), {}),
    "first": (Query("Windows", limit=7), {"since": DAY["since"]}),
    "late": (Query("a", format="jsonl"), {"until": DAY["until"]}),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingest(tmp_path_factory.mktemp("kept") / "case", SAMPLE).case


def options(*paths: Path, **changes: Any) -> ScanOptions:
    return ScanOptions(tuple(map(str, paths)), **{"workers": 1, **changes})


def told(scan: Scan) -> tuple[Any, ...]:
    warnings = [one for one in scan.warnings if one.kind != "notice"]
    return scan.events, scan.outside, scan.hits, scan.counts[ELSEWHERE], warnings, scan.interrupted, scan.damaged


def found(query: Query, scan: ScanOptions) -> tuple[list[bytes], tuple[Any, ...]]:
    with search_events(query, scan) as search:
        return list(search.hits()), told(search.scan)


def counts(scan: ScanOptions) -> list[Any]:
    with count_events(scan) as events, count_logons(scan) as logons:
        return [events.rows, events.others, told(events.scan), logons.rows, logons.others, told(logons.scan)]


@pytest.mark.parametrize("name", QUERIES)
def test_searching_a_case_is_searching_its_files(kept: Path, name: str) -> None:
    query, period = QUERIES[name]
    in_files = found(query, options(SAMPLE, **period))
    assert found(query, options(kept, **period)) == in_files
    assert bool(in_files[0]) is (name != "nobody")


@pytest.mark.parametrize("period", [{}, DAY])
def test_counting_in_a_case_is_counting_in_its_files(kept: Path, period: dict[str, str]) -> None:
    in_files = counts(options(SAMPLE, workers=2, **period))
    assert counts(options(kept, workers=2, **period)) == in_files
    assert in_files[0]
    assert in_files[3]


def test_files_and_cases_together(tmp_path: Path) -> None:
    case = ingest(tmp_path / "case", SAMPLE / "kawaguchi").case
    other = ingest(tmp_path / "other", SAMPLE / "honsha" / "dc01", SAMPLE / "kawaguchi").case
    files = sorted(path for path in (SAMPLE / "honsha").iterdir() if path.name != "dc01")
    query = Query("kudo", format="jsonl")
    for period in ({}, DAY):
        whole = found(query, options(SAMPLE / "honsha", SAMPLE / "kawaguchi", **period))
        # What both cases have counts once.
        assert found(query, options(case, *files, other, workers=2, **period)) == whole
        assert counts(options(other, *files, case, **period)) == counts(
            options(SAMPLE / "honsha", SAMPLE / "kawaguchi", **period)
        )


def test_sites_and_copies(tmp_path: Path) -> None:
    other = tmp_path / "logs" / "Security.evtx"
    other.parent.mkdir()
    shutil.copyfile(SECURITY, other)
    case = ingest(tmp_path / "case", SECURITY, site="a").case
    ingest(case, SECURITY, other, site="b")
    query = Query("", event_ids=frozenset({4624}), format="jsonl")
    for period in ({}, DAY):
        assert found(query, options(case, **period)) == found(query, options(SECURITY, other, **period))
        assert counts(options(case, **period)) == counts(options(SECURITY, other, **period))


def test_texts_that_json_writes_in_other_ways(tmp_path: Path) -> None:
    values = [
        "工藤 たかし",
        "ÀÉ\u0130ß",
        'quoted "text" \\\\server\\share',
        "tab\tand\nline",
        "\u202eexe",
        "🦊",
        "a\x00b",
        "</script>",
    ]
    log = written(tmp_path / "a.jsonl", *(event(number, number, Text=value) for number, value in enumerate(values)))
    escaped = written(
        tmp_path / "b.jsonl", *(event(n, n, Text=value) for n, value in enumerate(values)), ascii_only=True
    )
    case = ingest(tmp_path / "case", log, escaped).case
    for value in (*values, "工藤", "server\\share", "\t", "\x00"):
        query = Query(value, format="jsonl")
        expected = found(query, options(log, escaped))
        assert len(expected[0]) >= 2
        assert found(query, options(case)) == expected


def test_a_damaged_part_is_told_and_the_rest_is_found(kept: Path, tmp_path: Path) -> None:
    case = shutil.copytree(kept, tmp_path / "case")
    (part,) = parts_of(case, "authentication")
    (case / "lake" / part.path).write_bytes(b"PAR1")
    (other,) = parts_of(case, "process_activity")
    data = (case / "lake" / other.path).read_bytes()
    (case / "lake" / other.path).write_bytes(data[:8] + bytes(len(data) - 16) + data[-8:])
    query = Query("", format="jsonl")
    for period in ({}, DAY):
        with search_events(query, options(case, **period)) as search:
            assert search.scan.damaged
            lost = {one.file: one.records for one in search.scan.warnings}
            assert lost == {f"lake/{part.path}": part.rows, f"lake/{other.path}": other.rows}
            assert search.scan.events == 5_371 - part.rows - other.rows
            assert search.scan.hits == search.scan.events - search.scan.outside == len(list(search.hits())) > 0


def test_what_is_not_in_the_lake_is_named(tmp_path: Path) -> None:
    case = ingest(tmp_path / "case", SECURITY).case
    events = hunt(case, SYSTEM, rules=(SHADOW_COPY,), store=False).summary.events
    with search_events(Query(""), options(case)) as search:
        (notice,) = [one for one in search.scan.warnings if one.file == str(case)]
        assert (notice.kind, notice.records) == ("notice", None)
        assert f"does not hold the {events - search.scan.events:,} events of {SYSTEM}" in notice.reason


def test_what_was_not_read_at_first_is_told_again(tmp_path: Path) -> None:
    broken = tmp_path / "broken.evtx"
    data = bytearray(SECURITY.read_bytes())
    data[0x1000 + 0x300 : 0x1000 + 0x900] = bytes(0x600)
    broken.write_bytes(data)
    (tmp_path / "notes.txt").write_text("no log", "utf-8")
    case = ingest(tmp_path / "case", broken, tmp_path / "notes.txt").case
    query = Query("", format="jsonl")
    in_files = found(query, options(broken, tmp_path / "notes.txt"))
    assert found(query, options(case)) == in_files
    assert in_files[1][-1]
    with search_events(query, options(case)) as search:
        assert [file.name for file in search.scan.inputs.files if file.source is None] == [str(tmp_path / "notes.txt")]


def test_cases_without_a_lake_are_no_logs(tmp_path: Path) -> None:
    case = hunt(tmp_path / "case", SYSTEM, rules=(SHADOW_COPY,), store=False).case
    with pytest.raises(UsageError, match="is a case and holds no other logs"), search_events(Query(""), options(case)):
        pass
    kept = ingest(tmp_path / "kept", SYSTEM).case
    (commit,) = (kept / "lake" / "commits").iterdir()
    commit.write_bytes(b"{")
    with pytest.raises(CaseError), search_events(Query(""), options(kept)):
        pass


def test_the_commands_take_cases(kept: Path) -> None:

    for arguments in (
        ["search", "portproxy"],
        ["search", "", "--event-id", "1102", "--format", "csv", "--timezone", "Asia/Tokyo"],
        ["metrics", "event-ids", "--lang", "ja"],
        ["metrics", "logons", "--format", "csv", "--since", "2026-03-11"],
    ):
        runs = [CliRunner().invoke(app, [*arguments[:2], path, *arguments[2:]]) for path in (str(SAMPLE), str(kept))]
        assert [run.exit_code for run in runs] == [0, 0]
        assert runs[0].stdout == runs[1].stdout
        assert runs[0].stderr == runs[1].stderr
