"""Cases among the evidence: what they are made of is left out and named, and nothing can hide behind their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.test_documents import CASE_FILES
from yadorigi.app import case_lock
from yadorigi.errors import UsageError
from yadorigi.ingest import own_cases
from yadorigi.ingest.discover import Inputs, discover
from yadorigi.lake import commits

EVENT = b'{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-01-01T00:00:00Z"}}}}}\n'


def put(path: Path, data: bytes = EVENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def case_in(folder: Path, *, lake: bool) -> Path:
    for name in CASE_FILES:
        put(folder / name)
    if lake:
        put(folder / "lake" / "commits" / "00000001.json", b"{}")
        put(folder / "lake" / "process_activity" / "00000001-abcd-00001.parquet", b"PAR1 and more")
        put(folder / "lake" / "process_activity" / "00000002-abcd-00001.parquet.part", b"PAR1")
    return folder


def names(found: Inputs, folder: Path) -> list[str]:
    return [file.path.relative_to(folder).as_posix() for file in found.files]


def test_names_are_those_that_the_program_writes() -> None:
    assert CASE_FILES | {case_lock.LOCK} == own_cases.OWN_FILES
    assert commits.LAKE == own_cases.LAKE


@pytest.mark.parametrize("lake", [False, True])
def test_a_case_among_the_evidence_is_named_and_left_out(tmp_path: Path, lake: bool) -> None:
    put(tmp_path / "logs" / "a.jsonl")
    case = case_in(tmp_path / "logs" / "old" / "case-1", lake=lake)
    found = discover([str(tmp_path)])
    assert names(found, tmp_path) == ["logs/a.jsonl"]
    (warning,) = found.warnings
    assert (warning.file, warning.kind) == (str(case), "notice")
    assert "a case of this program" in warning.reason


def test_nothing_hides_in_what_looks_like_a_case(tmp_path: Path) -> None:
    case = case_in(tmp_path / "case", lake=True)
    hidden = [
        put(case / "Security.jsonl"), put(case / ".work" / "a.jsonl"), put(case / "more" / "findings.jsonl"),
        put(case / "lake" / "process_activity" / "x.parquet"), put(case / "lake" / "a.evtx", b"ElfFile\0"),
        put(case / "lake" / "commits" / "b.jsonl"), put(case / "lake" / "deep" / "er" / "c.json"),
    ]  # fmt: skip
    found = discover([str(tmp_path)])
    assert {file.path for file in found.files} == set(hidden)
    assert {file.path for file in discover([str(case / "findings.jsonl")]).files} == {case / "findings.jsonl"}


def test_what_only_has_a_name_of_a_case_is_evidence(tmp_path: Path) -> None:
    put(tmp_path / "findings.jsonl")
    put(tmp_path / "sub" / "summary.json")
    put(tmp_path / "lake" / "a.parquet", b"PAR1")
    found = discover([str(tmp_path)])
    assert names(found, tmp_path) == ["findings.jsonl", "lake/a.parquet", "sub/summary.json"]
    assert found.warnings == ()


def test_nothing_but_cases_is_wrong_use(tmp_path: Path) -> None:
    case = case_in(tmp_path / "case", lake=True)
    for path in (tmp_path, case):
        with pytest.raises(UsageError, match="`yadorigi detect` runs rules over the events that a case keeps"):
            discover([str(path)])
    # The case that the results go to has always been left out without a word.
    assert discover([str(tmp_path)], left_out=case).files == ()


def test_many_cases_take_no_time(tmp_path: Path) -> None:
    for number in range(300):
        put(tmp_path / f"{number}" / "lake" / "commits" / "00000001.json", b"{}")
        put(tmp_path / f"{number}" / "a" / "b" / "c.jsonl")
    found = discover([str(tmp_path)])
    assert (len(found.files), len(found.warnings)) == (300, 300)
