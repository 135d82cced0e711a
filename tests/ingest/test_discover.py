"""Inputs: each once, in one order however given, and nothing left out without a word."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from yadorigi.errors import InputMissingError
from yadorigi.ingest import discover as discover_module
from yadorigi.ingest.discover import Inputs, discover
from yadorigi.ingest.recognition import Look
from yadorigi.limits import DIRECTORY_DEPTH_LIMIT
from yadorigi.sources.choice import SourceChoices

EVENT = '{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-01-01T00:00:00Z"}}}}}\n'
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def names(inputs: Inputs, base: Path) -> list[str]:
    return [Path(file.name).relative_to(base).as_posix() for file in inputs.files]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/two.jsonl", "a/one.jsonl", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("notes" if name.endswith("txt") else EVENT, encoding="utf-8")
    return tmp_path


def test_files_come_in_one_order_and_once(tree: Path) -> None:
    given = [str(tree / "b"), str(tree / "a" / "one.jsonl"), str(tree), str(tree / "b" / ".." / "a")]
    inputs = discover(given)
    assert names(inputs, tree) == ["a/notes.txt", "a/one.jsonl", "b/two.jsonl"]
    assert [file.source for file in inputs.files] == [None, "evtx_dump", "evtx_dump"]
    assert [file.number for file in inputs.files] == [0, 1, 2]
    assert discover(given[::-1]).files == inputs.files
    assert inputs.warnings == ()


def test_missing_paths(tree: Path) -> None:
    inputs = discover([str(tree / "gone"), str(tree / "a")])
    assert [(warning.kind, warning.file) for warning in inputs.warnings] == [("file", str(tree / "gone"))]
    with pytest.raises(InputMissingError):
        discover([str(tree / "gone")])


def test_the_case_is_no_input(tree: Path) -> None:
    (tree / "case").mkdir()
    (tree / "case" / "findings.jsonl").write_text("{}\n", encoding="utf-8")
    assert len(discover([str(tree)]).files) == 4
    assert len(discover([str(tree)], left_out=tree / "case").files) == 3


@posix_only
def test_links(tree: Path) -> None:
    (tree / "a" / "loop").symlink_to(tree)
    (tree / "a" / "self").symlink_to("self")
    (tree / "a" / "same.jsonl").symlink_to(tree / "a" / "one.jsonl")
    (tree / "a" / "dangling.evtx").symlink_to("nowhere")
    inputs = discover([str(tree)])
    assert names(inputs, tree) == ["a/notes.txt", "a/one.jsonl", "b/two.jsonl"]
    kinds = {Path(warning.file).name: warning.kind for warning in inputs.warnings}
    assert kinds == {"loop": "notice", "self": "file", "dangling.evtx": "file"}


@posix_only
def test_pipes_are_not_read(tree: Path) -> None:
    os.mkfifo(tree / "a" / "pipe.evtx")
    inputs = discover([str(tree), str(tree / "a" / "pipe.evtx")])
    assert len(inputs.files) == 3
    assert [warning.kind for warning in inputs.warnings] == ["notice"]


@posix_only
def test_names_of_any_bytes_are_told_apart(tree: Path) -> None:
    for name in (b"bad\xff.jsonl", b"bad\\xff.jsonl", b"line\nbreak.jsonl", b"\x1b[31m.jsonl"):
        path = Path(os.fsdecode(os.fsencode(tree) + b"/b/" + name))
        try:
            path.write_text(EVENT, encoding="utf-8")
        except OSError:
            pytest.skip("the file system takes no such names")
    inputs = discover([str(tree / "b")])
    assert len(inputs.files) == 5
    assert len({file.path for file in inputs.files}) == 5
    for file in inputs.files:
        file.name.encode()


def test_unreadable_files_are_inputs_with_a_problem(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(path: Path, _chosen: str | None) -> tuple[tuple[int, int, int], Look]:
        if path.name == "one.jsonl":
            raise PermissionError(13, "Permission denied", str(path))
        return (1, 0, 0), Look(None)

    monkeypatch.setattr(discover_module, "_look", look)
    inputs = discover([str(tree)])
    assert [bool(file.problem) for file in inputs.files] == [False, True, False]


def test_folders_that_are_too_deep_are_told(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * (DIRECTORY_DEPTH_LIMIT + 2))
    deep.mkdir(parents=True)
    (deep / "x.jsonl").write_text(EVENT, encoding="utf-8")
    inputs = discover([str(tmp_path)])
    assert inputs.files == ()
    assert [warning.kind for warning in inputs.warnings] == ["notice"]


def test_files_know_why_they_are_read_so_and_the_user_may_choose(tree: Path) -> None:
    seen = {Path(file.name).name: (file.source, file.reason) for file in discover([str(tree)]).files}
    assert seen["one.jsonl"] == ("evtx_dump", "line 1 is an object with Event and System")
    chosen = discover([str(tree)], choices=SourceChoices.of(["one.*=evtx"]))
    seen = {Path(file.name).name: (file.source, file.reason) for file in chosen.files}
    assert seen["one.jsonl"] == ("evtx", "chosen by --source")


@posix_only
def test_folders_too_deep_for_the_system_hide_no_neighbour(tree: Path) -> None:
    """A path may grow longer than the system opens, one folder inside the other."""
    place = os.open(tree, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=place)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    inputs = discover([str(tree)])
    assert names(inputs, tree) == ["a/notes.txt", "a/one.jsonl", "b/two.jsonl"]
    [warning] = inputs.warnings
    assert (warning.kind, warning.reason) == ("file", "the folder cannot be read: File name too long")


def test_an_empty_name_is_not_the_current_folder(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    with pytest.raises(InputMissingError):
        discover([""])
    found = discover(["", "."])
    assert [warning.reason for warning in found.warnings] == ["no such file or folder"]
    assert found.files
