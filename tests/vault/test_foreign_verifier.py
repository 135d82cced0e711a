"""What Go checks its modules with checks the log of a vault too: none of that was written for this project."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.vault.disks import Unsynced
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.merkle import consistency_proof
from yadorigi.vault.notes import COSIGNATURE, SigningKey
from yadorigi.vault.proofs import ConsistencyProof
from yadorigi.vault.records import Decision
from yadorigi.vault.tiles import TileTree, bundle_path, bundles_of, tile_path, tiles_of
from yadorigi.vault.writer import VaultWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yadorigi.vault.reader import Vault

SOURCE = Path(__file__).with_name("foreign_verifier")
SIZES = (2, 7, 256, 300, 700)


class Answer(NamedTuple):
    holds: bool
    said: str


@dataclass(frozen=True)
class Foreign:
    """The verifier, and where files for it go."""

    program: Path
    folder: Path

    def ask(self, kind: str, *arguments: str | Path | bytes) -> Answer:
        given = []
        for number, one in enumerate(arguments):
            if isinstance(one, bytes):
                path = self.folder / str(number)
                path.write_bytes(one)
                one = path  # noqa: PLW2901 - bytes go as files
            given.append(str(one))
        done = subprocess.run([self.program, kind, *given], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, 1), done.stderr
        return Answer(done.returncode == 0, (done.stdout + done.stderr).strip())


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    go = shutil.which("go")
    if go is None:
        pytest.skip("there is no Go on this machine")
    folder = tmp_path_factory.mktemp("foreign")
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOTOOLCHAIN": "local"}
    cache = subprocess.run([go, "env", "GOCACHE"], capture_output=True, text=True, check=False).stdout.strip()
    if not (cache and (os.access(cache, os.W_OK) or not Path(cache).exists())):
        environment["GOCACHE"] = str(folder / "cache")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [go, *arguments], cwd=SOURCE, env=environment, capture_output=True, text=True, timeout=300, check=False
        )

    fetched = run("mod", "download")
    if fetched.returncode:
        pytest.skip(f"Go cannot have the package that the verifier needs: {fetched.stderr.strip().splitlines()[-1:]}")
    program = folder / "foreign-verifier.exe"
    # It runs for milliseconds: without optimisation it is built in half the time.
    built = run("build", "-gcflags=all=-N -l", "-o", str(program), ".")
    assert not built.returncode, built.stderr
    return Foreign(program, folder)


@dataclass(frozen=True)
class Log:
    """A vault, and checkpoints that it had on the way."""

    case: Path
    vault: Vault
    older: list[bytes]

    @property
    def vkey(self) -> str:
        return str(self.vault.key)


def log_of(case: Path, home: VaultHome, words: str, sizes: tuple[int, ...] = SIZES) -> Log:
    writer = VaultWriter.on(Unsynced(case / "vault"), home)
    older = []
    for size in sizes:
        while writer.size < size:
            writer.append(Decision(act_index=0, subject=f"{words} {writer.size}", decision="継続監視"))
        older.append(writer.commit().checkpoint.data())
    assert writer.vault is not None
    return Log(case, writer.vault, older)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    folder = tmp_path_factory.mktemp("log")
    return log_of(folder / "case", VaultHome(folder / "home"), "one")


def test_it_finds_every_record_and_every_older_checkpoint(foreign: Foreign, log: Log) -> None:
    # One that a witness signed as well is none the worse for it.
    witness = SigningKey.made("witness.example/w1", COSIGNATURE)
    note = log.vault.checkpoint.note
    assert note is not None
    cosigned = log.older[-1] + witness.signature_line(note.text, 1_770_000_000).encode()
    answer = foreign.ask("log", log.case / "vault", log.vkey, *log.older, cosigned)
    assert answer == Answer(True, f"{SIZES[-1]} records, {len(SIZES) + 1} older checkpoints")


def test_it_reads_the_log_of_an_older_checkpoint(foreign: Foreign, tmp_path: Path) -> None:
    """Tiles that are not full stay for whoever holds one (tlog-tiles, "Partial Tiles")."""
    log = log_of(tmp_path / "case", VaultHome(tmp_path / "home"), "one", (2, 256, 260, 300))
    for size, checkpoint in zip((256, 260), log.older[1:], strict=False):
        place = log.case / "vault" / "checkpoint"
        place.chmod(0o644)
        place.write_bytes(checkpoint)
        answer = foreign.ask("log", log.case / "vault", log.vkey, log.older[0])
        assert answer == Answer(True, f"{size} records, 1 older checkpoints")


def test_it_believes_our_proofs(foreign: Foreign, log: Log) -> None:
    for index in (0, 255, 256, 299, 511, 699):
        proof, entry = log.vault.inclusion_proof(index).text(), log.vault.entry(index)
        assert foreign.ask("inclusion", proof, entry, log.vkey) == Answer(True, f"record {index} of {SIZES[-1]}")
        assert not foreign.ask("inclusion", proof, entry + b" ", log.vkey).holds
    for size, checkpoint in zip(SIZES, log.older, strict=True):
        proof = log.vault.consistency_proof(size).text()
        answer = Answer(True, f"from {size} to {SIZES[-1]}")
        assert foreign.ask("consistency", proof, checkpoint, log.vkey) == answer
    tree = TileTree(SIZES[-1], log.vault.file)
    wrong = ConsistencyProof(7, tuple(consistency_proof(8, SIZES[-1], tree.subtree)), log.vault.checkpoint)
    assert not foreign.ask("consistency", wrong.text(), log.older[1], log.vkey).holds


def test_it_finds_what_was_changed(foreign: Foreign, log: Log, tmp_path: Path) -> None:
    key = VaultHome(log.case.parent / "home").key_of(log.vault.origin)
    missed = []
    for what in spoiled(log.case, tmp_path / "case"):
        if foreign.ask("log", tmp_path / "case" / "vault", log.vkey).holds:
            missed.append(what)
    assert missed == []
    assert not foreign.ask("log", log.case / "vault", str(SigningKey.made(key.name).verifier)).holds
    # The same key signed other records: a fork.
    home = VaultHome(tmp_path / "home")
    home.keep_key(key)
    (tmp_path / "fork" / "vault").mkdir(parents=True)
    (tmp_path / "fork" / "vault" / "verifier-key").write_bytes(f"{key.verifier}\n".encode())
    fork = log_of(tmp_path / "fork", home, "other")
    assert foreign.ask("log", fork.case / "vault", log.vkey, *fork.older).holds
    assert not foreign.ask("log", fork.case / "vault", log.vkey, log.older[2]).holds


def spoiled(case: Path, copy: Path) -> Iterator[str]:
    """Give copies of a case of which one file was changed, one after the other."""
    shutil.copytree(case, copy)
    # Partial tiles of earlier sizes stay; a tree of this size does not need them.
    needed = ["checkpoint", *(bundle_path(*one) for one in bundles_of(SIZES[-1]))]
    needed += [tile_path(*one) for one in tiles_of(SIZES[-1])]
    for name in needed:
        path = copy / "vault" / name
        whole = path.read_bytes()
        path.chmod(0o644)
        for place in (1, len(whole) // 2, len(whole) - 2):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            yield f"{name}: byte {place}"
        path.write_bytes(whole[:-1])
        yield f"{name}: truncated"
        path.write_bytes(whole)
