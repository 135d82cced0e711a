"""Tasks: all of every file, small ones together, hashes soon after reading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from yadorigi.ingest import tasks
from yadorigi.ingest.discover import InputFile
from yadorigi.ingest.tasks import HashTask, ReadTask, read_and_hash_tasks, read_tasks
from yadorigi.limits import MEBIBYTE, PIECE_BYTES, PIECES_TOGETHER, RECORD_BYTES_LIMIT, TASK_SECONDS_LIMIT
from yadorigi.sources.contract import Piece

if TYPE_CHECKING:
    import pytest


def never(file: InputFile, error: OSError) -> None:
    raise AssertionError(f"{file.name}: {error}")


def inputs(folder: Path, sizes: list[int]) -> list[InputFile]:
    files = []
    for number, size in enumerate(sizes):
        path = folder / f"{number:05}.jsonl"
        path.write_bytes((b"x" * 9 + b"\n") * (size // 10))
        files.append(InputFile(number, path, path.name, path.stat().st_size, "evtx_dump"))
    return files


def test_every_byte_is_in_one_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PIECE_BYTES", 500)
    files = inputs(tmp_path, [0, 10, 5_000, 20, 30, 700, 490, 10, 10])
    found = list(read_tasks(files, never))
    assert [task.number for task in found] == list(range(len(found)))
    for file in files:
        pieces = [piece for task in found for piece in task.pieces if piece.file == file.number]
        assert sum(piece.size for piece in pieces) == file.size
        assert [piece.start for piece in pieces] == sorted(piece.start for piece in pieces)
    assert [piece for task in found for piece in task.pieces] == [
        piece for task in found for part in task.apart() for piece in part.pieces
    ]


def test_many_tiny_files_make_tasks_of_bounded_size(tmp_path: Path) -> None:
    files = inputs(tmp_path, [10] * (2 * PIECES_TOGETHER + 1))
    found = list(read_and_hash_tasks(files, never))
    assert [len(task.pieces) for task in found if isinstance(task, ReadTask)] == [PIECES_TOGETHER, PIECES_TOGETHER, 1]
    assert not [task for task in found if isinstance(task, HashTask)], "files of one piece are hashed as they are read"


def test_files_not_read_whole_are_hashed_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PIECE_BYTES", 100)
    small, large = inputs(tmp_path, [10, 500])
    unknown = InputFile(2, tmp_path / "notes.txt", "notes.txt", 10, None)
    found = read_and_hash_tasks([small, large, unknown], never)
    hashed = [number for task in found if isinstance(task, HashTask) for number, _ in task.files]
    assert hashed == [large.number, unknown.number]


def test_a_file_that_cannot_be_cut_is_told(tmp_path: Path) -> None:
    files = inputs(tmp_path, [10, 10, 10])
    files[1].path.unlink()
    told: list[str] = []
    found = list(read_tasks(files, lambda file, _: told.append(file.name)))
    assert told == ["00001.jsonl"]
    assert [piece.file for task in found for piece in task.pieces] == [0, 2]


def test_unreadable_files_are_not_hashed(tmp_path: Path) -> None:
    files = [InputFile(0, tmp_path / "x", "x", 0, None, "cannot be read"), *inputs(tmp_path, [10])]
    assert [task.files for task in tasks.hash_tasks(files)] == [((0, tmp_path / "00000.jsonl"),)]


def test_a_piece_that_could_not_be_cut_may_take_longer() -> None:
    small = Piece(0, Path("x"), "x", "evtx_dump", 0, PIECE_BYTES + RECORD_BYTES_LIMIT)
    large = Piece(0, Path("x"), "x", "evtx_dump", 0, 10_000 * MEBIBYTE)
    assert ReadTask(0, "evtx_dump", (small,)).seconds_limit == TASK_SECONDS_LIMIT
    assert ReadTask(0, "evtx_dump", (large,)).seconds_limit > 10 * TASK_SECONDS_LIMIT
