"""A case to be changed, the hand that changes it and takes it back, and what an attacker may have beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lake.cases import event, hunt
from yadorigi.app.verify_case import VerifyOptions, verify_case
from yadorigi.settings import Settings
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.growth import grown
from yadorigi.vault.keys import HOME_VARIABLE, VaultHome
from yadorigi.vault.merkle import EMPTY_ROOT
from yadorigi.vault.reader import Vault

if TYPE_CHECKING:
    from yadorigi.vault.notes import SigningKey
    from yadorigi.vault.verification.verified import Verified


class Hand:
    """Changes files of a case, and takes it back."""

    def __init__(self) -> None:
        self._back: list[Callable[[], object]] = []

    def write(self, path: Path, data: bytes) -> None:
        """Put other bytes in a file, or make one."""
        if path.exists():
            self.remove(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._back.append(path.unlink)
        path.write_bytes(data)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        data, mode = path.read_bytes(), path.stat().st_mode

        def restore() -> None:
            path.unlink(missing_ok=True)
            path.write_bytes(data)
            path.chmod(mode)

        self._back.append(restore)
        path.unlink()

    def exchange(self, path: Path, other: Path | None) -> None:
        """Put a copy of a folder in the place of another, or nothing."""
        aside = path.with_name(f"{path.name}-aside")
        path.rename(aside)

        def restore() -> None:
            shutil.rmtree(path, ignore_errors=True)
            aside.rename(path)

        self._back.append(restore)
        if other is not None:
            shutil.copytree(other, path)

    def take_back(self) -> None:
        """Make everything as it was."""
        while self._back:
            self._back.pop()()


@dataclass(frozen=True)
class Made:
    """A case to be changed, and what an attacker may have beside it.

    Attributes:
        case: the folder, the work of several acts.
        home: where its key is kept.
        key: signs it.
        earlier: folders of vaults of earlier states, with their sizes.
        other: another case.
        older: a file with an older checkpoint.
    """

    case: Path
    home: VaultHome
    key: SigningKey
    earlier: tuple[tuple[Path, int], ...]
    other: Path
    older: Path

    @property
    def vault(self) -> Path:
        return self.case / "vault"

    def files(self, area: str) -> list[Path]:
        """The files of one area that a record vouches for, empty ones aside."""
        roots = {
            "objects": self.vault / "objects",
            "entries": self.vault / "tile" / "entries",
            "lake": self.case / "lake",
        }
        if area in ("checkpoint", "verifier-key"):
            return [self.vault / area]
        if area == "tile":
            paths = [path for path in (self.vault / "tile").rglob("*") if "entries" not in path.parts]
        elif area == "results":
            paths = [path for path in self.case.iterdir() if not path.name.startswith(".")]
        else:
            paths = list(roots[area].rglob("*"))
        return sorted(path for path in paths if path.is_file() and path.stat().st_size)

    def newest(self, area: str) -> list[Path]:
        """Those that are not superseded."""
        return [path for path in self.files(area) if not self._is_superseded(path)]

    def _is_superseded(self, path: Path) -> bool:
        if not path.parent.name.endswith(".p"):
            return False
        whole = path.parent.with_suffix("")
        return whole.exists() or any(int(other.name) > int(path.name) for other in path.parent.iterdir())

    def verified(self, *, outside: bool = True, **options: object) -> Verified:
        """Verify it as its machine would, or as one that knows nothing of it."""
        home = self.home.folder if outside else self.home.folder.with_name("nobody")
        given = VerifyOptions(workers=1, settings=Settings(vault_folder=home), **options)  # type: ignore[arg-type]  # it is what tests give
        return verify_case(self.case, given)


@contextmanager
def kept_in(home: Path) -> Iterator[None]:
    """Keep keys in a folder."""
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = str(home)
    try:
        yield
    finally:
        del os.environ[HOME_VARIABLE]
        if before is not None:
            os.environ[HOME_VARIABLE] = before


def made_case(folder: Path, *, files: int = 4, acts: int = 3, report: bool = False) -> Made:
    """Hunt some times into one case, and once into another."""
    home = VaultHome(folder / "home")
    earlier = []
    with kept_in(home.folder):
        for act in range(acts):
            evidence = folder / f"evidence-{act}"
            evidence.mkdir(parents=True)
            for number in range(files):
                lines = [event(100 * act + 10 * number + line, host=f"H{number}.example") for line in range(3 + number)]
                (evidence / f"log-{act}-{number}.jsonl").write_text("".join(lines), encoding="utf-8")
            hunt(folder / "case", evidence, report=report)
            earlier.append((folder / f"earlier-{act}", _size(folder / "case")))
            shutil.copytree(folder / "case" / "vault", earlier[-1][0])
        hunt(folder / "other", folder / "evidence-0", report=report)
    older = folder / "older"
    older.write_bytes((earlier[0][0] / "checkpoint").read_bytes())
    vault = Vault.open(folder / "case")
    assert vault is not None
    return Made(folder / "case", home, home.key_of(vault.origin), tuple(earlier[:-1]), folder / "other", older)


def _size(case: Path) -> int:
    vault = Vault.open(case)
    return vault.size if vault is not None else 0


def entries_of_case(made: Made) -> list[bytes]:
    """The entries of a case's log."""
    vault = Vault.open(made.case)
    assert vault is not None
    return list(vault.entries())


def _nothing(path: str) -> bytes:
    raise FileNotFoundError(path)


def write_log(hand: Hand, made: Made, entries: Sequence[bytes], *, tiles: bool = True) -> Checkpoint:
    """Put other entries in place of a log's, with tiles that fit or those that are there; return what it comes to."""
    growth = grown(0, EMPTY_ROOT, _nothing, entries)
    tile = made.vault / "tile"
    before = {path: path.read_bytes() for path in made.files("tile")}
    hand.exchange(tile, None)
    for path, data in growth.files.items():
        if tiles or path.startswith("tile/entries/"):
            (made.vault / path).parent.mkdir(parents=True, exist_ok=True)
            (made.vault / path).write_bytes(data)
    if not tiles:
        for place, data in before.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    return Checkpoint(made.key.name, growth.size, growth.root)
