"""A vault as its newest commit says that it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_NOTE_BYTES_LIMIT, VAULT_OBJECTS_LIMIT, VAULT_SEGMENTS_LIMIT
from yadorigi.vault.checkpoints import Checkpoint
from yadorigi.vault.journal import CHECKPOINT, OBJECTS, VERIFIER_KEY, Journal, is_segment, read_journal
from yadorigi.vault.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash
from yadorigi.vault.notes import VerifierKey
from yadorigi.vault.proofs import ConsistencyProof, InclusionProof
from yadorigi.vault.records import Expiry, Receipt, Record, decode
from yadorigi.vault.segments import SegmentObject, content_of, objects_of
from yadorigi.vault.storage import PART, FolderStorage, Storage
from yadorigi.vault.tiles import (
    BUNDLE_BYTES_LIMIT,
    WIDTH,
    TileTree,
    bundle_path,
    entries_of,
    first_of,
    hashes_of,
    tile_path,
    tile_root,
    wider_paths,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VAULT: Final = "vault"


class _Account:
    """What records come to, as far as they were looked at.

    Attributes:
        size: how many were.
        kept: SHA-256 of originals that are kept.
        receipts: index of the first receipt of each name and object.
    """

    def __init__(self) -> None:
        self.size = 0
        self.kept: set[str] = set()
        self.receipts: dict[tuple[str, str], int] = {}

    def add(self, record: Record) -> None:
        """Take in the next record."""
        if isinstance(record, Receipt) and record.object is not None:
            if record.kept:
                self.kept.add(record.object)
            self.receipts.setdefault((record.name, record.object), self.size)
        elif isinstance(record, Expiry) and record.object is not None:
            self.kept.discard(record.object)
        self.size += 1


class Vault:
    """What a vault holds. A commit that was broken off after it counted is read as if it were done.

    Attributes:
        storage: where it lies.
        key: what checks its checkpoints; it lies in the case, so that whoever changes the case can change it.
        checkpoint: the newest, of which the key's signature was checked.
    """

    def __init__(
        self,
        storage: Storage,
        key: VerifierKey,
        checkpoint: Checkpoint,
        files: Mapping[str, bytes],
        renamed: Mapping[str, str],
    ) -> None:
        """Take what `open` found; ``files`` and ``renamed`` are what a commit that was broken off still has to do."""
        self.storage = storage
        self.key = key
        self.checkpoint = checkpoint
        self._files = files
        self._renamed = renamed
        self._account = _Account()
        self._tree = TileTree(checkpoint.size, self.file)
        self._tiles = lru_cache(maxsize=64)(self._tile)

    @classmethod
    def open(cls, case: Path) -> Vault | None:
        """Return the vault of a case, or None where nothing was ever committed to it.

        Raises:
            CaseError: it is damaged, or cannot be read.
        """
        folder = case / VAULT
        if not folder.exists() and not folder.is_symlink():
            return None
        return cls.of(FolderStorage(folder))

    @classmethod
    def of(cls, storage: Storage) -> Vault | None:
        """Return the vault of a storage (see `open`)."""
        try:
            key = read_key(storage)
            journal = read_journal(storage)
            checkpoint = read_checkpoint(storage)
            if key is None or (journal is None and checkpoint is None):
                _require_nothing(storage, key, journal, checkpoint)
                return None
            if checkpoint is not None:
                checkpoint.require(key)
            if journal is None or journal.is_done(checkpoint, key):
                return cls(storage, key, _there(checkpoint), {}, {})
            growth = journal.growth(checkpoint, lambda path: storage.read(path, BUNDLE_BYTES_LIMIT))
            return cls(
                storage, key, Checkpoint.parsed(journal.checkpoint), growth.files,
                {path: part for part, path in journal.renamed},
            )  # fmt: skip
        except OSError as error:
            raise CaseError(f"the vault cannot be read: {error.strerror or error}: {error.filename}") from error

    @property
    def origin(self) -> str:
        """Return the log's name."""
        return self.checkpoint.origin

    @property
    def size(self) -> int:
        """Return how many records it has."""
        return self.checkpoint.size

    def file(self, path: str) -> bytes:
        """Return a tile or bundle.

        Raises:
            CaseError: it cannot be read.
        """
        if path in self._files:
            return self._files[path]
        try:
            return self.storage.read(path, BUNDLE_BYTES_LIMIT)
        except OSError as error:
            wider = self._wider(path) if isinstance(error, FileNotFoundError) else None
            if wider is not None:
                return wider
            raise CaseError(f"the vault's {path} cannot be read: {error.strerror or error}") from error

    def _wider(self, path: str) -> bytes | None:
        """Return a partial tile or bundle from a wider one, which a commit since then has put in its place."""
        for wider, width in wider_paths(path, self.storage.names(path.rpartition("/")[0])):
            with contextlib.suppress(OSError):
                return first_of(wider, self.storage.read(wider, BUNDLE_BYTES_LIMIT), width)
        return None

    @cached_property
    def _is_whole(self) -> bool:
        """Say whether the tiles at the right edge lead to the checkpoint."""
        return self.root_at(self.size) == self.checkpoint.root

    def _tile(self, level: int, number: int) -> list[bytes]:
        """Return the hashes of a tile that leads to the checkpoint.

        Raises:
            CaseError: it cannot be read, or does not.
        """
        width = min(WIDTH, (self.size >> (8 * level)) - number * WIDTH)
        path = tile_path(level, number, width)
        hashes = hashes_of(self.file(path), width)
        above = self._tiles(level + 1, number // WIDTH) if width == WIDTH else None
        if not self._is_whole or (above is not None and tile_root(hashes) != above[number % WIDTH]):
            raise CaseError(f"the vault's {path} does not lead to its checkpoint")
        return hashes

    def entries(self, first: int = 0) -> Iterator[bytes]:
        """Give the bytes of the records from one on.

        Raises:
            CaseError: they cannot be read.
        """
        for number in range(first // WIDTH, -(-self.size // WIDTH)):
            width = min(WIDTH, self.size - number * WIDTH)
            path = bundle_path(number, width)
            entries = entries_of(self.file(path), width)
            if [leaf_hash(entry) for entry in entries] != self._tiles(0, number):
                raise CaseError(f"the vault's {path} has other records than the log")
            yield from entries[max(0, first - number * WIDTH) :]

    def records(self, first: int = 0) -> Iterator[Record]:
        """Give the records from one on.

        Raises:
            CaseError: they cannot be read.
        """
        return map(decode, self.entries(first))

    def entry(self, index: int) -> bytes:
        """Return the bytes of one record.

        Raises:
            CaseError: there is no such record, or it cannot be read.
        """
        if not 0 <= index < self.size:
            raise CaseError(f"the vault has {self.size:,} records, and none with the index {index}")
        return next(self.entries(index))

    def record(self, index: int) -> Record:
        """Return one record (see `entry`)."""
        return decode(self.entry(index))

    def root_at(self, size: int) -> bytes:
        """Return the hash of the tree when it had so many leaves.

        Raises:
            CaseError: it never had, or its tiles cannot be read.
        """
        if not 0 <= size <= self.size:
            raise CaseError(f"the vault has {self.size:,} records, and never had {size:,}")
        return Frontier.of(size, self._tree.subtree).root()

    @property
    def kept(self) -> frozenset[str]:
        """Return SHA-256 of the originals that it holds by its records.

        Raises:
            CaseError: they cannot be read.
        """
        return frozenset(self._accounted().kept)

    @property
    def stored(self) -> frozenset[str]:
        """Return SHA-256 of the originals that it holds by its records and that are there: none must be kept again.

        Raises:
            CaseError: they cannot be read.
        """
        return frozenset(self._accounted().kept & self.objects.keys())

    @property
    def receipts(self) -> Mapping[tuple[str, str], int]:
        """Return the index of the first receipt of each name and object.

        Raises:
            CaseError: the records cannot be read.
        """
        return self._accounted().receipts

    def _accounted(self) -> _Account:
        for record in self.records(self._account.size):
            self._account.add(record)
        return self._account

    def follow(self, older: Vault | None, added: Sequence[Record]) -> None:
        """Take over what is known of the same log, so that nobody need read it again.

        Args:
            older: an earlier look at it, or None where this is the first; it must not be asked any more.
            added: the records that came since, which are all that there are more.
        """
        account = older._account if older is not None else self._account
        if account.size + len(added) == self.size:
            for record in added:
                account.add(record)
        if account.size <= self.size:
            self._account = account

    def segments(self) -> Iterator[str]:
        """Give the paths of the segments, sorted; those that a commit that was broken off has yet to name among them.

        Raises:
            CaseError: there are more than any vault has, or they cannot be read.
        """
        try:
            paths = {path for path in self.storage.names(OBJECTS) if is_segment(path)} | self._renamed.keys()
        except OSError as error:
            raise CaseError(f"the vault's segments cannot be read: {error.strerror or error}") from error
        paths -= {path for path, part in self._renamed.items() if not part}
        if len(paths) > VAULT_SEGMENTS_LIMIT:
            raise CaseError(f"a vault of {len(paths):,} segments; {VAULT_SEGMENTS_LIMIT:,} at most")
        yield from sorted(paths, key=lambda path: (len(path), path))

    def segment(self, path: str) -> BinaryIO:
        """Open a segment.

        Raises:
            CaseError: it cannot be read.
        """
        part = self._renamed.get(path)
        for place in (part, path) if part is not None else (path,):
            try:
                return self.storage.opened(place)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise CaseError(f"the vault's {place} cannot be read: {error.strerror or error}") from error
        raise CaseError(f"the vault's {path} is not there")

    @property
    def objects(self) -> Mapping[str, tuple[str, SegmentObject]]:
        """Return where each original is: its segment, and its place in it. What a damaged segment holds is not there.

        Raises:
            CaseError: there are more than any vault has.
        """
        return self._places[0]

    @cached_property
    def _places(self) -> tuple[dict[str, tuple[str, SegmentObject]], dict[str, str]]:
        found: dict[str, tuple[str, SegmentObject]] = {}
        damaged: dict[str, str] = {}
        for path in self.segments():
            try:
                with self.segment(path) as stream:
                    for one in objects_of(stream):
                        found.setdefault(one.sha256, (path, one))
                        if len(found) > VAULT_OBJECTS_LIMIT:
                            break
            except (CaseError, OSError) as error:
                damaged[path] = _reason(error)
            if len(found) > VAULT_OBJECTS_LIMIT:
                raise CaseError(f"a vault of more than {VAULT_OBJECTS_LIMIT:,} originals")
        return found, damaged

    @property
    def damaged_segments(self) -> Mapping[str, str]:
        """Return the segments that cannot be read to their ends, with the reasons."""
        return self._places[1]

    def original(self, sha256: str) -> Iterator[bytes]:
        """Give the bytes of an original in blocks; they are checked when the last one came.

        Raises:
            CaseError: it is not there, or damaged.
        """
        if sha256 not in self.objects:
            damaged = "".join(f"; {path} is damaged: {reason}" for path, reason in [*self._places[1].items()][:1])
            raise CaseError(f"the vault has no original with the SHA-256 {sha256}{damaged}")
        path, found = self.objects[sha256]
        try:
            with self.segment(path) as stream:
                yield from content_of(stream, found)
        except (CaseError, OSError) as error:
            raise CaseError(f"the vault's {path}, original {sha256}: {_reason(error)}") from error

    def inclusion_proof(self, index: int) -> InclusionProof:
        """Return what proves that a record is in the log.

        Raises:
            CaseError: there is no such record, or the log cannot be read.
        """
        entry = self.entry(index)
        return InclusionProof(
            index, tuple(inclusion_proof(index, self.size, self._tree.subtree)), self.checkpoint, entry
        )

    def consistency_proof(self, older: int) -> ConsistencyProof:
        """Return what proves that the log was only added to since it had a size.

        Raises:
            CaseError: it never had this size, or cannot be read.
        """
        if not 0 < older <= self.size:
            raise CaseError(f"the vault has {self.size:,} records: there is nothing to prove from {older:,} on")
        return ConsistencyProof(older, tuple(consistency_proof(older, self.size, self._tree.subtree)), self.checkpoint)


def _require_nothing(
    storage: Storage, key: VerifierKey | None, journal: Journal | None, checkpoint: Checkpoint | None
) -> None:
    """Check that a vault without key or commit never had one: what was removed must not look like nothing.

    Raises:
        CaseError: it had.
        OSError: it cannot be read.
    """
    if key is None and (journal is not None or checkpoint is not None):
        raise CaseError("the vault has lost its verifier key")
    if any(path.startswith("tile/") and not path.endswith(PART) for path in storage.names("tile")) or any(
        is_segment(path) for path in storage.names(OBJECTS)
    ):
        raise CaseError("the vault has lost its checkpoint")


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _there(checkpoint: Checkpoint | None) -> Checkpoint:
    if checkpoint is None:
        raise CaseError("the vault has no checkpoint")
    return checkpoint


def read_key(storage: Storage) -> VerifierKey | None:
    """Return the verifier key that lies in the vault, or None.

    Raises:
        CaseError: it is damaged.
        OSError: it cannot be read.
    """
    try:
        data = storage.read(VERIFIER_KEY, VAULT_NOTE_BYTES_LIMIT)
    except FileNotFoundError:
        return None
    return VerifierKey.parsed(data.decode("utf-8", "replace").removesuffix("\n"))


def read_checkpoint(storage: Storage) -> Checkpoint | None:
    """Return the newest checkpoint, not checked, or None.

    Raises:
        CaseError: it is damaged.
        OSError: it cannot be read.
    """
    try:
        return Checkpoint.parsed(storage.read(CHECKPOINT, VAULT_NOTE_BYTES_LIMIT))
    except FileNotFoundError:
        return None
