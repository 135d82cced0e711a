"""``yadorigi vault`` and ``yadorigi lake`` as a user runs them: what is printed, exit codes, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.lake.cases import event
from yadorigi.app.hunt_options import HuntOptions
from yadorigi.app.run_ingest import run_ingest
from yadorigi.cli.verbs import app
from yadorigi.errors import UsageError

RUN = CliRunner()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case whose input has a name that acts on terminals."""
    folder = tmp_path_factory.mktemp("base")
    (folder / "in\x1b[2J").mkdir()
    (folder / "in\x1b[2J" / "a.jsonl").write_text(event(1), "utf-8")
    run_ingest(HuntOptions((str(folder / "in\x1b[2J"),), rules=(), case=folder / "case", workers=1, report=False))
    return folder / "case"


@pytest.fixture
def case(base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "case"))


def said(*arguments: object, code: int = 0) -> str:
    result = RUN.invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == code, result.output
    assert "\x1b" not in result.output
    return result.stdout


def test_records_and_proofs(case: Path, tmp_path: Path) -> None:
    listed = said("vault", "list", case)
    assert "\\x1b[2J" in listed
    assert [line.split()[2] for line in listed.splitlines()] == ["opening", "custody", "receipt", "lake", "outcome"]
    (line,) = said("vault", "list", case, "--type", "receipt", "--text", "A.JSONL", "--format", "jsonl").splitlines()
    assert json.loads(line)["index"] == 2

    key, proof, old = tmp_path / "vkey", tmp_path / "proof", tmp_path / "old"
    key.write_text(said("vault", "key", case), "utf-8")
    old.write_text(said("vault", "checkpoint", case), "utf-8")
    said("vault", "prove", case, 2, "--output", proof)
    assert said("vault", "check-proof", proof, "--key", key).startswith("PROVEN: the log yadorigi.invalid/case/")
    said("vault", "check-proof", proof, "--key", key, "--original", key, code=4)
    assert "record 6 " in said("vault", "decide", case, "dc01", "--decision", "benign", "--reason", "backup")
    said("vault", "consistency", case, old, "--output", tmp_path / "since")
    assert "only added to since it had 5" in said(
        "vault", "check-proof", tmp_path / "since", "--key", key, "--older", old
    )
    (tmp_path / "wkey").write_text(said("vault", "witness-key", tmp_path / "w", "--name", "w.example"), "utf-8")
    said("vault", "checkpoint", case, "--output", tmp_path / "new")
    said("vault", "cosign", tmp_path / "new", "--key-file", tmp_path / "w", "--log", key, "-o", tmp_path / "signed")
    said("vault", "add-cosignature", case, tmp_path / "signed", "--witness", tmp_path / "wkey")
    said("vault", "cosign", old, "--key-file", tmp_path / "w", code=4)


def test_originals_and_the_lake(case: Path, tmp_path: Path) -> None:
    (line,) = said("vault", "restore", case, "--all", "--into", tmp_path / "out").splitlines()
    digest, _, path = line.partition("  ")
    assert "in_[2J" in path
    assert said("lake", "rebuild", case, "--workers", 1) == f"1 event of 1 file from 1 hunt in {case / 'lake'}\n"
    assert "Taken out" in said("vault", "expire-object", case, digest, "--reason", "asked for", "--yes")
    said("vault", "restore", case, "--all", "--into", tmp_path / "again", code=3)
    said("lake", "rebuild", case, "--workers", 1, "--allow-missing", "--quiet", code=3)


@pytest.mark.parametrize(
    "arguments",
    [
        ("prove",),
        ("prove", "1", "--file", "a"),
        ("restore", "--into", "x"),
        ("key", "--export", "a", "--import", "b"),
        ("list", "--type", "nothing"),
        ("expire-object", "abc", "--reason", "x"),
        ("expire-object", "abc", "--reason", "x", "--yes"),
        ("decide", " ", "--decision", "x", "--reason", "y"),
    ],
    ids=" ".join,
)
def test_wrong_use(arguments: tuple[str, ...], case: Path) -> None:
    with pytest.raises(UsageError):
        RUN.invoke(app, ["vault", arguments[0], str(case), *arguments[1:]], catch_exceptions=False)
