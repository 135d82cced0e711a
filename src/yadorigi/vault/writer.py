"""The one writer of vaults.

A commit counts from the moment its journal has its name; all that follows can be done again, and is, by whoever opens
the vault next. So a vault that is found after a crash holds every commit that was acknowledged, and no half of one.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi import __version__
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.schema.times import canonical_time
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.growth import grown
from yadorigi.vault.journal import CHECKPOINT, JOURNAL, VERIFIER_KEY, Journal, read_journal
from yadorigi.vault.reader import OBJECTS, VAULT, Vault, read_checkpoint, read_key
from yadorigi.vault.records import FORMAT, Opening, Record, encode
from yadorigi.vault.segments import SegmentObject, copy_objects
from yadorigi.vault.storage import PART, FolderStorage
from yadorigi.vault.tiles import BUNDLE_BYTES_LIMIT

if TYPE_CHECKING:
    from yadorigi.vault.keys import VaultHome
    from yadorigi.vault.notes import SigningKey

_DIGITS: Final = 8


@dataclass(slots=True)
class SegmentPart:
    """A file of originals that has no name yet.

    Attributes:
        path: where it is.
        objects: what counts of it.
    """

    path: Path
    objects: list[SegmentObject] = field(default_factory=list)


class VaultWriter:
    """Adds to a vault. Whoever has one must hold the case's lock.

    Attributes:
        vault: as of the newest commit; None before the first.
    """

    def __init__(self, storage: FolderStorage, home: VaultHome, key: SigningKey, vault: Vault | None) -> None:
        """Take what `opened` found."""
        self.vault = vault
        self._storage = storage
        self._home = home
        self._key = key
        self._pending: list[bytes] = []
        self._parts: list[SegmentPart] = []
        self._replaced: list[tuple[Path, str]] = []
        self._token = secrets.token_hex(8)
        self._made = 0

    @classmethod
    def opened(cls, case: Path, home: VaultHome) -> VaultWriter:
        """Open the vault of a case, or begin one; a commit that was broken off is finished.

        Raises:
            CaseError: it is damaged, or its key is not here.
            UsageError: a new key cannot be kept.
            OSError: the disk is full or failing.
        """
        folder = case / VAULT
        if folder.is_symlink():
            raise CaseError(f"{folder} is a link, which a vault never is")
        storage = FolderStorage(folder)
        vault = Vault.of(storage)
        if vault is None:
            if any(name.startswith("tile/") for name in storage.names()):
                raise CaseError(f"{folder} has lost its checkpoint: yadorigi verify says more; name another --case")
            key = _key_to_begin_with(storage, home)
        else:
            key = home.key_of(vault.origin)
            if key.verifier != vault.key:
                raise CaseError(f"{folder} is checked with another key than the one that this machine has for it")
        writer = cls(storage, home, key, vault)
        writer._finish()
        writer._clear()
        if vault is not None:
            home.keep_checkpoint(vault.checkpoint)
        return writer

    @property
    def size(self) -> int:
        """Return how many records the log has, those that wait for `commit` among them."""
        return (self.vault.size if self.vault is not None else 0) + len(self._pending)

    def new_part(self) -> Path:
        """Return a name for originals on their way into the vault; it is used in one process only.

        Raises:
            OSError: the disk is full or failing.
        """
        self._made += 1
        folder = self._storage.folder / OBJECTS
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{self._token}-{self._made}{PART}"

    def add_part(self, part: SegmentPart) -> None:
        """Take originals in, from the next commit on."""
        if part.objects:
            self._parts.append(part)

    def replace_segment(self, part: Path, segment: str) -> None:
        """Put a file in a segment's place, from the next commit on."""
        self._replaced.append((part, segment))

    def append(self, record: Record) -> int:
        """Add a record, from the next commit on; return its index.

        Raises:
            CaseError: it is too long.
        """
        if self.size == 0 and not isinstance(record, Opening):
            self.append(Opening(format=FORMAT, origin=self._key.name, version=__version__))
        index = self.size
        moment = record.time or canonical_time(datetime.now(UTC).isoformat()) or ""
        self._pending.append(encode(msgspec.structs.replace(record, index=index, time=moment)))
        return index

    def commit(self) -> Vault:
        """Make what was added count, whatever happens from now on.

        Raises:
            OSError: the disk is full or failing.
            UnfinishedError: somebody else changed the vault meanwhile.
            CaseError: what is there of the log cannot be read.
        """
        before = self.vault.checkpoint if self.vault is not None else None
        if self.vault is not None and not (self._pending or self._parts or self._replaced):
            return self.vault
        now = read_checkpoint(self._storage)
        if (now and (now.size, now.root)) != (before and (before.size, before.root)):
            raise UnfinishedError(f"{self._storage.folder} was changed by somebody else meanwhile; start again")
        renamed = self._renamed()
        growth = grown(before.size if before is not None else 0, self._read, self._pending)
        checkpoint = Checkpoint(self._key.name, growth.size, growth.root).signed(self._key)
        size = before.size if before is not None else 0
        journal = Journal(size, tuple(self._pending), renamed, checkpoint.data())
        self._storage.put(JOURNAL, journal.encoded(), sealed=False)
        self._storage.sync(iter([JOURNAL]))
        self._finish()
        self._pending, self._parts, self._replaced = [], [], []
        self.vault = Vault.of(self._storage)
        if self.vault is None:
            raise UnfinishedError(f"{self._storage.folder} was removed by somebody else meanwhile")
        self._home.keep_checkpoint(self.vault.checkpoint)
        return self.vault

    def _read(self, path: str) -> bytes:
        return self._storage.read(path, BUNDLE_BYTES_LIMIT)

    def _renamed(self) -> tuple[tuple[str, str], ...]:
        """Make the bytes of new segments last, and give these their names."""
        names = (path for path in self._storage.names() if path.startswith(f"{OBJECTS}/") and not path.endswith(PART))
        last = max((int(name.rpartition("/")[2]) for name in names), default=0)
        known = set(self.vault.kept) if self.vault is not None else set()
        renamed = []
        for part in self._parts:
            wanted = [one for one in part.objects if one.sha256 not in known]
            known.update(one.sha256 for one in wanted)
            if not wanted:
                part.path.unlink(missing_ok=True)
                continue
            last += 1
            self._make_last(part, wanted)
            renamed.append((f"{OBJECTS}/{part.path.name}", f"{OBJECTS}/{last:0{_DIGITS}}"))
        renamed += [(f"{OBJECTS}/{part.name}", segment) for part, segment in self._replaced]
        return tuple(renamed)

    def _make_last(self, part: SegmentPart, wanted: list[SegmentObject]) -> None:
        """Leave in a part what counts of it, each original once, and make its bytes last."""
        end = max(one.end for one in part.objects)
        if sum(one.end - one.offset for one in wanted) != end:
            # Another worker stored the same, or a worker that ended early left something between.
            whole = part.path
            part.path = self.new_part()
            with whole.open("rb") as source, part.path.open("xb") as target:
                copy_objects(source, target, wanted)
            whole.unlink()
            end = part.path.stat().st_size
        with part.path.open("r+b") as stream:
            stream.truncate(end)
            stream.flush()
            os.fsync(stream.fileno())

    def _finish(self) -> None:
        """Do what the journal says, if there is one; it does no harm to do it twice."""
        storage = self._storage
        journal = read_journal(storage)
        if journal is None:
            return
        now = read_checkpoint(storage)
        if now is None or now.size <= journal.size:
            growth = journal.growth(self._read, self._key.verifier)
            for part, path in journal.renamed:
                if (storage.folder / part).exists():
                    storage.rename(part, path)
            storage.sync(path for _, path in journal.renamed)
            for path, data in growth.files.items():
                storage.put(path, data)
            storage.sync(iter(growth.files))
            storage.put(CHECKPOINT, journal.checkpoint, sealed=False)
            storage.sync(iter([CHECKPOINT]))
            for path in growth.superseded:
                storage.remove(path)
        storage.remove(JOURNAL)
        storage.sync(iter([JOURNAL]))

    def _clear(self) -> None:
        """Remove what writers that ended early left."""
        for path in self._storage.names():
            if path.endswith(PART):
                self._storage.remove(path)


def _key_to_begin_with(storage: FolderStorage, home: VaultHome) -> SigningKey:
    """Return the key of a vault that has no commit yet; one that an earlier try made is used."""
    stated = read_key(storage)
    if stated is not None and home.has_key(stated.name):
        key = home.key_of(stated.name)
        if key.verifier == stated:
            return key
    key = home.make_key()
    storage.put(VERIFIER_KEY, f"{key.verifier}\n".encode())
    storage.sync(iter([VERIFIER_KEY]))
    return key
