"""Vaults that are written to and read again: what is there, what is refused, what a damaged or hostile one gives."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import msgspec
import pytest

from tests.vault.disks import Unsynced, check, dropped, kept, originals
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.vault.growth import filled
from yadorigi.vault.journal import Journal
from yadorigi.vault.keys import VaultHome
from yadorigi.vault.merkle import is_consistent, leaf_hash
from yadorigi.vault.reader import Vault
from yadorigi.vault.records import Opening, Receipt
from yadorigi.vault.storage import FolderStorage
from yadorigi.vault.writer import VaultWriter


def opened(case: Path) -> VaultWriter:
    """Open a case's vault, with its home beside it."""
    case.mkdir(exist_ok=True)
    return VaultWriter.on(Unsynced(case / "vault"), VaultHome(case.parent / "home"))


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case with a vault of two commits."""
    writer = opened(tmp_path / "case")
    paths = originals(tmp_path / "files")
    kept(writer, paths[:2])
    kept(writer, paths)
    return tmp_path / "case"


def reopened(case: Path) -> Vault:
    vault = Vault.open(case)
    assert vault is not None
    return vault


def test_what_was_committed_is_read_and_proven(case: Path) -> None:
    vault = reopened(case)
    assert isinstance(vault.record(0), Opening)
    assert [record.name for record in vault.records(1) if isinstance(record, Receipt)] == [
        "a.evtx", "b.log", "a.evtx", "b.log", "empty", "same.log",
    ]  # fmt: skip
    files = {path.name: path.read_bytes() for path in (case.parent / "files").iterdir()}
    for (name, sha256), index in vault.receipts.items():
        assert b"".join(vault.original(sha256)) == files[name]
        proof = vault.inclusion_proof(index)
        proof.require(vault.key, vault.entry(index))
    assert vault.receipts["a.evtx", next(sha for name, sha in vault.receipts if name == "a.evtx")] == 1
    # The same bytes are there once, however many files and parts had them.
    assert len(vault.objects) == 3
    assert list(vault.segments()) == ["objects/00000001", "objects/00000002"]
    consistency = vault.consistency_proof(3)
    assert is_consistent(3, vault.root_at(3), vault.size, vault.checkpoint.root, consistency.hashes)


def test_partial_tiles_stay_until_there_is_a_whole_one(tmp_path: Path) -> None:
    """Whoever holds an older checkpoint asks for them (https://c2sp.org/tlog-tiles, "Partial Tiles")."""
    writer = opened(tmp_path / "case")
    folder = tmp_path / "case" / "vault" / "tile"
    earlier: list[Vault] = []
    for _ in range(3):
        writer.append(Receipt(name="a", object=None, size=0))
        earlier.append(writer.commit())
    for kind in ("0", "entries"):
        assert sorted(path.name for path in (folder / kind / "000.p").iterdir()) == ["2", "3", "4"]
    assert [sum(1 for _ in vault.records()) for vault in earlier] == [2, 3, 4]
    assert [record.after for record in earlier[-1].records()] == [0, 0, 2, 3]
    earlier = [reopened(tmp_path / "case")]
    for _ in range(254):
        writer.append(Receipt(name="a", object=None, size=0))
    vault = writer.commit()
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "0/000", "0/001.p/2", "1/000.p/1", "entries/000", "entries/001.p/2",
    ]  # fmt: skip
    assert vault.root_at(4) == reopened(tmp_path / "case").root_at(4) == earlier[0].root_at(4)
    assert sum(1 for _ in earlier[0].records()) == 4


@pytest.mark.parametrize(
    ("size", "entries", "expected"),
    [
        (0, 700, set()),
        (3, 252, set()),
        (3, 253, {"tile/0/000.p", "tile/entries/000.p"}),
        (256, 256, set()),
        (65_530, 10, {"tile/0/255.p", "tile/entries/255.p", "tile/1/000.p"}),
    ],
)
def test_what_becomes_full(size: int, entries: int, expected: set[str]) -> None:
    assert set(filled(size, entries)) == expected


def test_a_dropped_original_is_gone_and_others_stay(case: Path) -> None:
    writer = opened(case)
    before = reopened(case)
    sha256 = next(sha for name, sha in before.receipts if name == "a.evtx")
    check(dropped(writer, sha256), list(before.entries()))
    vault = reopened(case)
    with pytest.raises(CaseError, match="no original"):
        next(vault.original(sha256))
    with pytest.raises(CaseError, match="no original"):
        opened(case).drop(sha256)
    # The last of a segment goes with it.
    for sha256 in set(vault.kept):
        dropped(opened(case), sha256)
    vault = reopened(case)
    assert not list((case / "vault" / "objects").iterdir())
    # Given once more, it is kept once more.
    check(kept(opened(case), [case.parent / "files" / "a.evtx"]), list(vault.entries()))


def test_the_disk_need_not_hold_originals_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there: list[int] = []
    settle = FolderStorage.settle

    def counted(storage: FolderStorage, path: str) -> None:
        there.append(len(list((storage.folder / "objects").glob("*.part"))))
        settle(storage, path)

    monkeypatch.setattr(FolderStorage, "settle", counted)
    kept(opened(tmp_path / "case"), originals(tmp_path / "files")[:3])
    assert there == [1], "parts that were put together"


@pytest.mark.parametrize("asked", [True, False])
def test_what_a_writer_knows_is_what_is_there(case: Path, asked: bool) -> None:
    writer = opened(case)
    for step in range(3):
        if asked:
            assert writer.vault is not None
            assert len(writer.vault.kept)
        before = reopened(case)
        if step == 1:
            now = dropped(writer, min(before.kept))
        else:
            now = kept(writer, sorted((case.parent / "files").iterdir()))
        assert (now.kept, now.receipts) == (reopened(case).kept, reopened(case).receipts)
        assert now.kept != before.kept or step == 0


def test_what_is_sealed_may_not_be_written_to(case: Path) -> None:
    sealed = [path for path in (case / "vault").rglob("*") if path.is_file() and path.name != "checkpoint"]
    assert {path.stat().st_mode & 0o777 for path in sealed} == {0o444}
    storage = FolderStorage(case / "vault")
    assert storage.protection(storage.names()).writable == 1  # the checkpoint, which the next takes the place of


class Watching(FolderStorage):
    """Notes which files are synced, and which get their names."""

    def __init__(self, folder: Path, harm: str = "") -> None:
        super().__init__(folder)
        self.synced: set[Path] = set()
        self.harm = harm

    def _synced(self, part: Path, number: int) -> None:
        if part.name.partition(".")[0] == self.harm:
            raise OSError(28, os.strerror(28), str(part))
        os.fstat(number)  # is open still
        self.synced.add(part)

    def _replaced(self, part: Path, place: Path) -> None:
        assert part in self.synced
        super()._replaced(part, place)


def test_files_that_are_put_together_get_their_names_when_they_are_synced(tmp_path: Path) -> None:
    files = {f"tile/{number:03}": b"%d" % number for number in range(130)}
    storage = Watching(tmp_path / "vault")
    storage.put_all(files)
    assert {path: storage.read(path, 10) for path in storage.names()} == files
    assert storage.protection(files).writable == 0
    failing = Watching(tmp_path / "failing", "100")
    with pytest.raises(OSError, match="space"):
        failing.put_all(files)
    assert {path: failing.read(path, 10) for path in failing.names()} == dict(list(files.items())[:64])


def test_the_second_of_two_writers_is_refused(case: Path) -> None:
    first, second, third = opened(case), opened(case), opened(case)
    entries = list(kept(first, []).entries())
    first.append(Receipt(name="first", object=None, size=0))
    second.append(Receipt(name="second", object=None, size=0))
    entries = list(first.commit().entries())
    with pytest.raises(UnfinishedError, match="somebody else"):
        second.commit()
    check(Vault.open(case), entries)
    (case / "vault" / "journal").write_bytes(b"of somebody who is at it")
    fourth = third
    fourth.append(Receipt(name="third", object=None, size=0))
    with pytest.raises(UnfinishedError, match="somebody else"):
        fourth.commit()


@pytest.mark.parametrize("how", ["rolled back", "another copy"])
def test_nothing_is_added_to_a_vault_that_is_not_the_newest(case: Path, how: str) -> None:
    shutil.copytree(case, case.with_name("copy"))
    writer = opened(case)
    writer.append(Receipt(name="a", object=None, size=0))
    writer.commit()
    copy = case.with_name("copy")
    if how == "another copy":
        # As if the checkpoint outside had not been there when the copy was written to.
        (home,) = (case.parent / "home" / "checkpoints").iterdir()
        newest = home.read_bytes()
        home.unlink()
        writer = opened(copy)
        for name in "bc":
            writer.append(Receipt(name=name, object=None, size=0))
        writer.commit()
        home.write_bytes(newest)
    with pytest.raises(CaseError, match=how):
        opened(copy)


@pytest.mark.parametrize("place", ["case", "copy"])
def test_an_emptied_vault_is_not_begun_anew_with_its_key(case: Path, place: str) -> None:
    home = VaultHome(case.parent / "home")
    VaultWriter.opened(case, home.for_case(case)).close()
    other = case if place == "case" else case.parent / "copy"
    for path in (case / "vault").iterdir():
        if path.name != "verifier-key":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    case.rename(other)
    with pytest.raises(CaseError, match="emptied"):
        VaultWriter.opened(other, home.for_case(other))
    assert [path.name for path in (other / "vault").iterdir()] == ["verifier-key"]


def test_a_case_without_its_key_is_refused(case: Path) -> None:
    with pytest.raises(CaseError, match="key"):
        VaultWriter.opened(case, VaultHome(case.parent / "other"))


@pytest.mark.parametrize("lost", ["checkpoint", "verifier-key"])
def test_a_vault_that_lost_something_does_not_look_like_none(case: Path, lost: str) -> None:
    (case / "vault" / lost).unlink()
    with pytest.raises(CaseError, match="lost"):
        Vault.open(case)
    with pytest.raises(CaseError, match="lost"):
        opened(case)


@pytest.mark.parametrize("path", ["tile/0/000.p/7", "tile/entries/000.p/7"])
def test_nothing_is_signed_that_goes_on_from_damage(case: Path, path: str) -> None:
    writer = opened(case)
    writer.append(Receipt(name="a", object=None, size=0))
    place = case / "vault" / path
    place.chmod(0o644)
    data = bytearray(place.read_bytes())
    data[-3] ^= 1
    place.write_bytes(data)
    with pytest.raises(CaseError, match="nothing can be added"):
        writer.commit()
    assert not (case / "vault" / "journal").exists()


@pytest.mark.parametrize("folder", ["vault", "vault/objects", "vault/tile", "vault/tile/0"])
def test_links_lead_nowhere(case: Path, folder: str) -> None:
    elsewhere = case.parent / "elsewhere"
    (case / folder).rename(elsewhere)
    (case / folder).symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*"))
    with pytest.raises(CaseError, match="no plain folder"):
        kept(opened(case), [case.parent / "files" / "b.log"])
    assert sorted(elsewhere.rglob("*")) == before


@pytest.mark.parametrize("name", ["checkpoint", "journal", "verifier-key"])
def test_what_is_no_plain_file_is_not_waited_for(case: Path, name: str) -> None:
    (case / "vault" / name).unlink(missing_ok=True)
    os.mkfifo(case / "vault" / name)
    with pytest.raises(CaseError, match="no plain file"):
        Vault.open(case)


def journal_of(case: Path) -> Journal:
    """Return the journal of one more commit to a case."""
    copy = case.with_name("broken-off")
    shutil.copytree(case, copy)

    class Kept(Unsynced):
        def remove(self, path: str) -> None:
            if path != "journal":
                super().remove(path)

    writer = VaultWriter.on(Kept(copy / "vault"), VaultHome(case.parent / "home"))
    writer.append(Receipt(name="a", object=None, size=0))
    writer.commit()
    return msgspec.json.decode((copy / "vault" / "journal").read_bytes(), type=Journal)


@pytest.mark.parametrize(
    "change",
    [
        {"renamed": (("objects/../../../victim", "objects/00000009"),)},
        {"renamed": (("objects/a.part", "../victim"),)},
        {"renamed": (("objects/a.part", "objects/00000009/../../checkpoint"),)},
        {"size": 1 << 70},
        {"size": 3},
        {"entries": ()},
        {"entries": (b"{}",)},
        {"entries": (b"x" * 70_000,)},
        {"checkpoint": b"none"},
    ],
)
def test_a_journal_of_somebody_else_is_refused(case: Path, change: dict[str, object]) -> None:
    journal = journal_of(case)
    place = case / "vault" / "journal"
    place.write_bytes(journal.encoded())
    assert reopened(case).size == journal.size + 1
    place.write_bytes(msgspec.json.encode({**msgspec.structs.asdict(journal), **change}))
    with pytest.raises(CaseError):
        Vault.open(case)
    with pytest.raises(CaseError):
        opened(case)


def test_a_journal_of_an_older_commit_takes_nothing_back(case: Path) -> None:
    journal = journal_of(case).encoded()
    shutil.rmtree(case.parent / "home" / "checkpoints")
    writer = opened(case)
    for name in "bc":
        writer.append(Receipt(name=name, object=None, size=0))
        writer.commit()
    (case / "vault" / "journal").write_bytes(journal)
    with pytest.raises(CaseError, match="somebody else"):
        Vault.open(case)


def test_a_damaged_vault_gives_an_error_or_the_same(case: Path) -> None:
    vault, chance, refused = reopened(case), random.Random(5), 0  # noqa: S311 - chance must be repeatable
    entries = list(vault.entries())
    texts = {sha256: b"".join(vault.original(sha256)) for sha256 in vault.kept}
    paths = sorted(path for path in (case / "vault").rglob("*") if path.is_file())
    for _ in range(300):
        path = chance.choice(paths)
        whole = path.read_bytes()
        place = chance.randrange(len(whole))
        damaged = whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :]
        path.unlink()
        if chance.random() < 0.9:
            path.write_bytes(damaged if chance.random() < 0.7 else whole[:place])
        try:
            found = reopened(case)
            leaves = list(found.entries())
            assert [leaf_hash(entry) for entry in leaves] == [leaf_hash(entry) for entry in entries]
            assert {sha256: b"".join(found.original(sha256)) for sha256 in found.kept} == texts
        except CaseError:
            refused += 1
        path.unlink(missing_ok=True)
        path.write_bytes(whole)
    assert refused > 150
