"""Disks that fail, and disks that lose what was not synced, for vaults to be written to."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from yadorigi.vault.records import Expiry, Receipt
from yadorigi.vault.segments import SegmentWriter
from yadorigi.vault.storage import FolderStorage
from yadorigi.vault.writer import VaultWriter

if TYPE_CHECKING:
    from yadorigi.vault.keys import VaultHome
    from yadorigi.vault.reader import Vault


class Unsynced(FolderStorage):
    """A folder that is not synced: for what is about anything else, since syncing takes the most time."""

    at_once = 1

    def _synced(self, part: Path, number: int) -> None:
        pass

    def _folder_synced(self, folder: Path) -> None:
        pass


class Watched(Unsynced):
    """A folder of which every step that changes something is told before it is done.

    Attributes:
        tell: takes the name of the step, the path and what belongs to it.
    """

    def __init__(self, folder: Path, tell: Callable[..., None]) -> None:
        super().__init__(folder)
        self.tell = tell

    def _written(self, part: Path, data: bytes) -> BinaryIO:
        self.tell("write", part, data)
        return super()._written(part, data)

    def settle(self, path: str) -> None:
        self.tell("write", self.folder / path, (self.folder / path).read_bytes())
        super().settle(path)

    def _synced(self, part: Path, number: int) -> None:
        del number
        self.tell("sync", part)

    def _replaced(self, part: Path, place: Path) -> None:
        self.tell("move", part, place)
        super()._replaced(part, place)

    def _linked(self, part: Path, place: Path) -> None:
        if not place.exists():
            self.tell("link", part, place)
        super()._linked(part, place)

    def _made(self, folder: Path) -> None:
        for made in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
            self.tell("mkdir", made)
        super()._made(folder)

    def _removed(self, place: Path) -> None:
        if place.exists():
            self.tell("unlink", place)
        super()._removed(place)

    def _folder_synced(self, folder: Path) -> None:
        self.tell("folder", folder)


class Failing(Watched):
    """A folder whose n-th step fails, and from then on all that need room, or all."""

    def __init__(self, folder: Path, when: int, number: int) -> None:
        super().__init__(folder, self._count)
        self.steps = 0
        self._when, self._number = when, number

    def _count(self, step: str, path: Path, *data: Any) -> None:
        self.steps += 1
        full = self._number == errno.ENOSPC and step in ("unlink", "sync", "folder") and self.steps != self._when
        if self.steps < self._when or full:
            return
        if step == "write" and isinstance(data[0], bytes) and not path.exists():
            path.write_bytes(data[0][: len(data[0]) // 2])
        raise OSError(self._number, os.strerror(self._number), str(path))


class Disk:
    """What a disk holds for sure, and what it may hold besides, after some steps.

    Names count when their folder was synced, bytes when their file was; until then each may be there or not.
    """

    def __init__(self) -> None:
        self._names: dict[Path, dict[str, int | None]] = {}
        self._waiting: dict[Path, list[dict[str, int | None]]] = {}
        self._files: list[tuple[bytes, bool] | Path] = []
        self._there: dict[Path, int] = {}

    @classmethod
    def of(cls, folder: Path) -> Disk:
        """Return a disk on which all that a folder holds, and the folder, is for sure."""
        disk = cls()
        for path in [folder, *sorted(folder.rglob("*"))]:
            disk._new(path, path if path.is_dir() else (path.read_bytes(), True))
            disk.step("folder", path.parent)
        return disk

    def _new(self, path: Path, what: tuple[bytes, bool] | Path) -> None:
        self._files.append(what)
        self._set(path.parent, {path.name: len(self._files) - 1})

    def _set(self, folder: Path, change: dict[str, int | None]) -> None:
        self._waiting.setdefault(folder, []).append(change)
        for name, number in change.items():
            if number is None:
                self._there.pop(folder / name, None)
            else:
                self._there[folder / name] = number

    def step(self, step: str, path: Path, *data: Any) -> None:
        """Take one step."""
        if step == "mkdir":
            self._new(path, path)
        elif step == "write":
            if path in self._there:  # it was written by somebody else, and is synced only
                return
            self._new(path, (data[0], False))
        elif step == "sync":
            if path in self._there:
                what = self._files[self._there[path]]
                assert isinstance(what, tuple)
                self._files[self._there[path]] = (what[0], True)
        elif step in ("move", "link"):
            gone: dict[str, int | None] = {path.name: None} if step == "move" else {}
            self._set(path.parent, {**gone, data[0].name: self._there[path]})
        elif step == "unlink":
            self._set(path.parent, {path.name: None})
        else:
            for change in self._waiting.pop(path, []):
                self._names.setdefault(path, {}).update(change)

    def crashed(self, root: Path, target: Path, chance: random.Random, likely: float) -> None:
        """Write what may be left of a folder: each name that is not sure with a likelihood, and bytes likewise."""
        target.mkdir(parents=True)
        names = dict(self._names.get(root, {}))
        for change in self._waiting.get(root, []):
            if chance.random() < likely:
                names.update(change)
        for name, number in names.items():
            what = self._files[number] if number is not None else None
            if isinstance(what, Path):
                self.crashed(what, target / name, chance, likely)
            elif what is not None:
                data, sure = what
                keep = len(data) if sure or chance.random() < likely else chance.choice([0, len(data) // 2])
                (target / name).write_bytes(data[:keep] if sure or chance.random() < likely else bytes(keep))


def originals(folder: Path) -> list[Path]:
    """Return some files to be kept: small, empty, of the same bytes."""
    folder.mkdir()
    texts = {"a.evtx": b"a" * 10_000, "b.log": b"line\n" * 100, "empty": b"", "same.log": b"line\n" * 100}
    for name, data in texts.items():
        (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


def kept(writer: VaultWriter, paths: list[Path]) -> Vault:
    """Keep files in a vault, as a hunt does, each in a part of its own, and commit."""
    receipts = []
    for path in paths:
        with SegmentWriter(writer.new_part()) as segment:
            found = segment.add_file(path)
            part = segment.part
        writer.add_part(part)
        receipts.append(Receipt(name=path.name, object=found.sha256, size=found.size))
    for receipt in receipts:
        writer.append(receipt)
    return writer.commit()


def commits(storage: FolderStorage, home: VaultHome, paths: list[Path], rounds: int = 3) -> Iterator[list[bytes]]:
    """Write to a vault, commit after commit, and drop an original; give the entries that it has after each."""
    writer = VaultWriter.on(storage, home)
    for number in range(rounds):
        yield list(kept(writer, paths[number : number + 2]).entries())
    yield list(dropped(writer, sorted(writer.vault.kept)[0] if writer.vault is not None else "").entries())


def dropped(writer: VaultWriter, sha256: str) -> Vault:
    """Drop an original, as its expiry does, and commit."""
    writer.drop(sha256)
    writer.append(Expiry(act_index=0, what="object", object=sha256, reason="made"))
    return writer.commit()


def check(vault: Vault | None, entries: list[bytes]) -> None:
    """Check that a vault is sound, and holds what was acknowledged."""
    if vault is None:
        assert not entries
        return
    found = list(vault.entries())
    assert found[: len(entries)] == entries
    assert vault.root_at(vault.size) == vault.checkpoint.root
    assert [record.index for record in vault.records()] == list(range(vault.size))
    for sha256 in vault.kept:
        assert sum(map(len, vault.original(sha256))) >= 0
    assert not vault.damaged_segments
    names = set(vault.objects)
    assert names == set(vault.kept)
