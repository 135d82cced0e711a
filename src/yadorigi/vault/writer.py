"""The one writer of vaults.

A commit counts from the moment its journal has its name; all that follows can be done again, and is, by whoever opens
the vault next. So a vault that is found after a crash holds every commit that was acknowledged, and no half of one.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from yadorigi import __version__
from yadorigi.errors import CaseError, UnfinishedError
from yadorigi.limits import MEBIBYTE, VAULT_JOURNAL_BYTES_LIMIT, VAULT_SEGMENT_BYTES
from yadorigi.schema.times import time_of
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.growth import filled, grown
from yadorigi.vault.journal import CHECKPOINT, JOURNAL, OBJECTS, VERIFIER_KEY, Journal, is_segment, read_journal
from yadorigi.vault.merkle import EMPTY_ROOT
from yadorigi.vault.reader import VAULT, Vault, read_checkpoint, read_key
from yadorigi.vault.records import FORMAT, Opening, Record, encode
from yadorigi.vault.segments import SegmentObject, SegmentPart, copy_objects, objects_of
from yadorigi.vault.storage import PART, FolderStorage, Storage
from yadorigi.vault.tiles import BUNDLE_BYTES_LIMIT

if TYPE_CHECKING:
    from yadorigi.vault.keys import VaultHome
    from yadorigi.vault.notes import SigningKey, VerifierKey

_DIGITS: Final = 8
_NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
_TICKS_PER_MILLISECOND: Final = 10_000
_TOGETHER_BYTES: Final = 64 * MEBIBYTE
"""Stored bytes below which parts are put together: one segment is synced sooner than a hundred are."""


@lru_cache(maxsize=1)
def _moment(milliseconds: int) -> str:
    """Return a moment, given since 1970, as canonical time; many records are of the same."""
    return time_of(milliseconds * _TICKS_PER_MILLISECOND)


class VaultWriter:
    """Adds to a vault. Whoever has one must hold the case's lock.

    Attributes:
        vault: as of the newest commit; None before the first.
    """

    def __init__(self, storage: Storage, home: VaultHome, key: SigningKey, vault: Vault | None) -> None:
        """Take what `opened` found."""
        self.vault = vault
        self._storage = storage
        self._home = home
        self._key = key
        self._pending: list[bytes] = []
        self._added: list[Record] = []
        self._parts: list[SegmentPart] = []
        self._dropped: set[str] = set()
        self._token = secrets.token_hex(8)
        self._made = 0
        self._broken = ""

    @classmethod
    def opened(cls, case: Path, home: VaultHome) -> VaultWriter:
        """Open the vault of a case, or begin one; a commit that was broken off is finished.

        Raises:
            CaseError: it is damaged, is older than what is known of it outside, or its key is not here.
            UsageError: a new key cannot be kept.
            OSError: the disk is full or failing.
        """
        return cls.on(FolderStorage(case / VAULT), home)

    @classmethod
    def on(cls, storage: Storage, home: VaultHome) -> VaultWriter:
        """Open the vault of a storage, or begin one (see `opened`)."""
        vault = Vault.of(storage)
        if vault is None:
            key = _key_to_begin_with(storage, home)
        else:
            key = home.key_of(vault.origin)
            if key.verifier != vault.key:
                raise CaseError("the vault is checked with another key than the one that this machine has for it")
            _require_newest(vault, home)
            _require_format(vault)
        writer = cls(storage, home, key, vault)
        writer._finish(again=True)
        writer._clear()
        if vault is not None:
            writer.vault = Vault.of(storage)
            home.keep_checkpoint(vault.checkpoint)
        return writer

    @property
    def verifier(self) -> VerifierKey:
        """Return what checks the checkpoints that this writer signs; its name is the log's."""
        return self._key.verifier

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
        return self._storage.staged(f"{OBJECTS}/{self._token}-{self._made}{PART}")

    def add_part(self, part: SegmentPart) -> None:
        """Take originals in, from the next commit on; those that are there already are left out."""
        if part.objects:
            self._parts.append(part)

    def drop(self, sha256: str) -> None:
        """Take an original out, from the next commit on, which must record it as well.

        Raises:
            CaseError: the vault does not hold it.
        """
        if self.vault is None or sha256 not in self.vault.objects:
            raise CaseError(f"the vault has no original with the SHA-256 {sha256}")
        self._dropped.add(sha256)

    def append(self, record: Record) -> int:
        """Add a record, from the next commit on; return its index.

        Raises:
            CaseError: it is too long.
        """
        if self.size == 0 and not isinstance(record, Opening):
            self.append(Opening(format=FORMAT, origin=self._key.name, version=__version__))
        index = self.size
        moment = record.time or _moment(time.time_ns() // _NANOSECONDS_PER_MILLISECOND)
        after = index - len(self._pending)
        self._pending.append(encode(msgspec.structs.replace(record, index=index, after=after, time=moment)))
        self._added.append(record)
        return index

    def commit(self) -> Vault:
        """Make what was added count, whatever happens from now on.

        Where it fails, nobody knows what of it is on the disk: this writer then does nothing more, and the next that
        opens the vault finds it whole, with this commit or without it.

        Raises:
            OSError: the disk is full or failing.
            UnfinishedError: somebody else changed the vault meanwhile; or an earlier commit failed.
            CaseError: what is there of the log is damaged.
        """
        if self._broken:
            raise UnfinishedError(f"the vault could not be written to ({self._broken}); start again")
        if not self._pending:
            if self._parts or self._dropped:
                raise ValueError("originals that no record speaks of")
            return self._newest()
        try:
            return self._committed()
        except BaseException as error:
            self._broken = str(error) or type(error).__name__
            raise

    def cosign(self, checkpoint: Checkpoint) -> None:
        """Put the newest checkpoint, with signatures of witnesses on it too, in the place of the one that is there.

        Raises:
            ValueError: it is another checkpoint.
            OSError: the disk is full or failing.
            UnfinishedError: somebody else changed the vault meanwhile.
        """
        before = self._newest().checkpoint
        if checkpoint.text != before.text:
            raise ValueError("not the newest checkpoint")
        checkpoint.require(self._key.verifier)
        self._require_unchanged(before)
        self._storage.put(CHECKPOINT, checkpoint.data(), sealed=False)
        self._storage.sync([CHECKPOINT])
        self._home.keep_checkpoint(checkpoint)
        self.vault = Vault.of(self._storage)

    def _committed(self) -> Vault:
        before = self.vault.checkpoint if self.vault is not None else None
        self._require_unchanged(before)
        size, root = (before.size, before.root) if before is not None else (0, EMPTY_ROOT)
        growth = grown(size, root, self._read, self._pending)
        checkpoint = Checkpoint(self._key.name, growth.size, growth.root).signed(self._key)
        renamed = self._renamed()
        journal = Journal(size, tuple(self._pending), renamed, checkpoint.data()).encoded()
        if len(journal) > VAULT_JOURNAL_BYTES_LIMIT:
            raise UnfinishedError(f"{len(self._pending):,} records are more than the vault takes at once")
        # What the journal names must be on the disk before it is.
        self._storage.sync([part for part, _ in renamed if part] or [VERIFIER_KEY])
        try:
            self._storage.put(JOURNAL, journal, sealed=False, new=True)
        except FileExistsError as error:
            raise UnfinishedError("the vault is being written to by somebody else; start again") from error
        try:
            self._require_unchanged(before)
        except UnfinishedError:
            self._storage.remove(JOURNAL)
            raise
        self._storage.sync([JOURNAL])
        self._finish()
        for part in self._parts:
            self._storage.remove(f"{OBJECTS}/{part.path.name}")
        older, self.vault = self.vault, Vault.of(self._storage)
        newest = self._newest()
        newest.follow(older, self._added)
        self._pending, self._added, self._parts, self._dropped = [], [], [], set()
        return newest

    def _newest(self) -> Vault:
        if self.vault is None:
            raise UnfinishedError("the vault was removed by somebody else, or nothing was ever added to it")
        return self.vault

    def _require_unchanged(self, before: Checkpoint | None) -> None:
        now = read_checkpoint(self._storage)
        if (now and (now.size, now.root)) != (before and (before.size, before.root)):
            raise UnfinishedError("the vault was changed by somebody else meanwhile; start again")

    def _read(self, path: str) -> bytes:
        return self._storage.read(path, BUNDLE_BYTES_LIMIT)

    def _renamed(self) -> tuple[tuple[str, str], ...]:
        """Write new segments so that their bytes last; return each with the name that it gets."""
        segments = [path for path in self._storage.names(OBJECTS) if is_segment(path)]
        number = max((int(path.rpartition("/")[2]) for path in segments), default=0)
        renamed = []
        for part in self._whole_parts():
            number += 1
            self._storage.settle(part)
            renamed.append((part, f"{OBJECTS}/{number:0{_DIGITS}}"))
        return (*renamed, *self._without_dropped())

    def _whole_parts(self) -> list[str]:
        """Leave each original once in the parts, and put small ones together; return their paths."""
        # Which originals are there takes reading all records.
        known = set(self.vault.stored) if self.vault is not None and self._parts else set()
        whole: list[str] = []
        together: list[tuple[Path, list[SegmentObject]]] = []
        for part in self._parts:
            wanted = []
            for one in part.objects:
                if one.sha256 not in known:
                    known.add(one.sha256)
                    wanted.append(one)
            size = sum(one.end - one.offset for one in wanted)
            if size >= _TOGETHER_BYTES and size == part.path.stat().st_size:
                whole.append(f"{OBJECTS}/{part.path.name}")
            elif wanted:
                together.append((part.path, wanted))
        return [*whole, *self._together(together)]

    def _together(self, parts: list[tuple[Path, list[SegmentObject]]]) -> list[str]:
        """Write originals of parts into as few as may be."""
        if len(parts) == 1 and sum(one.end - one.offset for one in parts[0][1]) == parts[0][0].stat().st_size:
            return [f"{OBJECTS}/{parts[0][0].name}"]
        made: list[str] = []
        target: BinaryIO | None = None
        try:
            for path, wanted in parts:
                with path.open("rb", buffering=MEBIBYTE) as source:
                    for one in wanted:
                        if target is None or target.tell() >= VAULT_SEGMENT_BYTES:
                            if target is not None:
                                target.close()
                            target = self.new_part().open("xb", buffering=MEBIBYTE)
                            made.append(f"{OBJECTS}/{Path(target.name).name}")
                        copy_objects(source, target, [one])
                # Else the disk would have to hold all of them twice; nobody needs a part of a commit that fails.
                self._storage.remove(f"{OBJECTS}/{path.name}")
        finally:
            if target is not None:
                target.close()
        return made

    def _without_dropped(self) -> list[tuple[str, str]]:
        """Write segments without the originals that are dropped; return each, "" where none is left, with its name."""
        renamed = []
        if self._dropped and self.vault is not None:
            for segment in sorted({self.vault.objects[sha256][0] for sha256 in self._dropped}):
                path = ""
                with self.vault.segment(segment) as source:
                    left = [one for one in objects_of(source) if one.sha256 not in self._dropped]
                    if left:
                        part = self.new_part()
                        path = f"{OBJECTS}/{part.name}"
                        with part.open("xb") as target:
                            copy_objects(source, target, left)
                        self._storage.settle(path)
                renamed.append((path, segment))
        return renamed

    def _finish(self, *, again: bool = False) -> None:
        """Do what the journal says, if there is one; it does no harm to do it twice.

        Args:
            again: whether somebody else may have written the journal, so that nobody knows how much of it would last.
        """
        storage = self._storage
        journal = read_journal(storage)
        if journal is None:
            return
        if again:
            storage.settle(JOURNAL)
            storage.sync([JOURNAL])
        now = read_checkpoint(storage)
        if not journal.is_done(now, self._key.verifier):
            growth = journal.growth(now, self._read)
            for part, path in journal.renamed:
                if not part:
                    storage.remove(path)
                elif storage.size(part) is not None:
                    storage.rename(part, path)
            storage.sync([path for _, path in journal.renamed])
            storage.put_all(growth.files)
            storage.sync(growth.files)
            storage.put(CHECKPOINT, journal.checkpoint, sealed=False)
            storage.sync([CHECKPOINT])
        # Also where somebody else was killed behind the checkpoint: nobody comes back to tiles that are full.
        for folder in filled(journal.size, len(journal.entries)):
            for partial in storage.names(folder):
                storage.remove(partial)
        self._home.keep_checkpoint(Checkpoint.parsed(journal.checkpoint))
        storage.remove(JOURNAL)
        storage.sync([JOURNAL])

    def close(self) -> None:
        """Remove originals that no commit took; whoever opens the vault next would do it, or can do without."""
        with contextlib.suppress(OSError, CaseError):
            if not self._broken and read_journal(self._storage) is None:
                self._clear()

    def _clear(self) -> None:
        """Remove what writers that ended early left."""
        for path in self._storage.names():
            if path.endswith(PART):
                self._storage.remove(path)


def _require_format(vault: Vault) -> None:
    """Check that a vault is written as this version writes them.

    Raises:
        CaseError: it is not.
    """
    opening = vault.record(0)
    if not isinstance(opening, Opening) or opening.format != FORMAT:
        was = opening.format if isinstance(opening, Opening) else "none"
        raise CaseError(
            f"the vault is of format {was}, and this version writes {FORMAT}: hunt the originals into another --case"
        )


def _require_newest(vault: Vault, home: VaultHome) -> None:
    """Check that a vault goes on from what is known of it outside of the case: what is added to it is signed.

    Raises:
        CaseError: it does not.
    """
    known = home.checkpoint_of(vault.origin)
    if known is None:
        return
    known.require(vault.key)
    where = home.checkpoint_path(vault.origin)
    if known.size > vault.size:
        raise CaseError(
            f"the vault has {vault.size:,} records where {known.size:,} were seen on this machine ({where}): it was"
            " rolled back, or is an older copy of the case; work on the newest one, or name another --case"
        )
    if vault.root_at(known.size) != known.root:
        raise CaseError(
            f"the vault's first {known.size:,} records are not those that were seen on this machine ({where}): it was"
            " changed, or is another copy of the case; work on that one, or name another --case"
        )


def _key_to_begin_with(storage: Storage, home: VaultHome) -> SigningKey:
    """Return the key of a vault that has no commit yet; one that an earlier try made is used.

    Raises:
        CaseError: the key has signed commits: to begin anew with it would be to fork the log.
    """
    stated = read_key(storage)
    if stated is not None and home.has_key(stated.name):
        known = [home.checkpoint_of(stated.name), *(seen for _, seen in home.elsewhere(stated.name))]
        most = max((seen.size for seen in known if seen is not None), default=0)
        if most:
            raise CaseError(
                f"the vault is empty, and this machine has seen {most:,} records of it: somebody emptied it; bring it"
                " back from a copy, or name another --case"
            )
        key = home.key_of(stated.name)
        if key.verifier == stated:
            return key
    key = home.make_key()
    storage.put(VERIFIER_KEY, f"{key.verifier}\n".encode())
    storage.sync([VERIFIER_KEY])
    return key
