"""What was done to the records of a log that no longer lead to its checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.errors import CaseError
from yadorigi.limits import VERIFY_WINDOW
from yadorigi.vault.merkle import Frontier, leaf_hash
from yadorigi.vault.records import decode
from yadorigi.vault.tiles import WIDTH, TileTree, hashes_of, tile_path, tile_root
from yadorigi.vault.verification.exchanged import exchanged
from yadorigi.vault.verification.log_files import ENTRIES, LogFiles, TileName, read_entries

if TYPE_CHECKING:
    from yadorigi.vault.checkpoints import Checkpoint
    from yadorigi.vault.verification.faults import Faults

_RECORDS: Final = 1_000_000
"""Records that are looked at where nothing says which of them are true."""

_TRIES: Final = 64
_TOLD: Final = 100


class _Leaf(NamedTuple):
    """An entry that is there.

    Attributes:
        place: where.
        hashed: its hash.
        named: the place that it names, or None where it is no record.
    """

    place: int
    hashed: bytes
    named: int | None


class _TrueTiles:
    """Tiles of hashes as far as they lead to the checkpoint."""

    def __init__(self, files: LogFiles, checkpoint: Checkpoint) -> None:
        self._files = files
        self._size = checkpoint.size
        self.read = lru_cache(maxsize=64)(self._read)
        try:
            tree = TileTree(checkpoint.size, self._bytes)
            self.lead = Frontier.of(checkpoint.size, tree.subtree).root() == checkpoint.root
        except (CaseError, IndexError):
            self.lead = False

    def _bytes(self, path: str) -> bytes:
        data = self._files.read_path(path)
        if data is None:
            raise CaseError(f"{path} is not there")
        return data

    def _read(self, level: int, number: int) -> list[bytes] | None:
        """Return the hashes of a tile, or None where it does not lead to the checkpoint."""
        width = min(WIDTH, (self._size >> (8 * level)) - number * WIDTH)
        if width <= 0 or not self.lead:
            return None
        try:
            hashes = hashes_of(self._bytes(tile_path(level, number, width)), width)
        except CaseError:
            return None
        if width < WIDTH:
            return hashes
        above = self.read(level + 1, number // WIDTH)
        return hashes if above is not None and above[number % WIDTH] == tile_root(hashes) else None

    def leaf(self, index: int) -> bytes | None:
        """Return the hash of a record by its place, or None."""
        hashes = self.read(0, index // WIDTH) if 0 <= index < self._size else None
        return hashes[index % WIDTH] if hashes is not None else None


class Explaining:
    """Says what was done to a log."""

    def __init__(self, files: LogFiles, checkpoint: Checkpoint, faults: Faults) -> None:
        """Take the files that are there, and the checkpoint that is true."""
        self._files = files
        self._size = checkpoint.size
        self._root = checkpoint.root
        self._faults = faults
        self._true = _TrueTiles(files, checkpoint)

    def explain(self, root: bytes) -> None:
        """Tell faults, one at least; ``root`` is what the entries lead to."""
        before = self._faults.counts.total()
        if self._true.lead:
            self._by_tiles()
        else:
            self._by_places()
        if self._faults.counts.total() == before:
            found = f"{root.hex()}" if root else "none: records are missing"
            self._faults.add("leaf_changed", "vault/tile/entries", f"records that lead to {self._root.hex()}", found)

    def _by_tiles(self) -> None:
        """Hold records against the hashes that lead to the checkpoint."""
        bundles = -(-self._size // WIDTH)
        unequal: list[int] = []
        for number in range(bundles):
            true = self._true.read(0, number)
            if true is None or [leaf.hashed for leaf in self._leaves(number, beyond=False)] != true:
                unequal.append(number)
            if len(unequal) >= VERIFY_WINDOW:
                break
        window = sorted(
            {near for number in unequal for near in (number - 1, number, number + 1) if 0 <= near < bundles}
        )
        there = [leaf for number in window for leaf in self._leaves(number, beyond=True)]
        true_places: dict[bytes, int] = {}
        for number in window:
            for offset, hashed in enumerate(self._true.read(0, number) or ()):
                true_places.setdefault(hashed, number * WIDTH + offset)
        hashes = {leaf.hashed for leaf in there}
        missing = sorted(place for hashed, place in true_places.items() if hashed not in hashes)
        extra = [leaf for leaf in there if not self._is_true(leaf, true_places)] + self._repeated(there)
        cut = [place for number in unequal for place in self._recovered(number, missing)]
        self._tell(missing, extra, cut, there)

    def _tell(self, missing: list[int], extra: list[_Leaf], cut: list[int], there: list[_Leaf]) -> None:
        add = self._faults.add
        if missing and (extra or cut):
            for place in missing[:_TOLD]:
                found = next((leaf for leaf in extra if leaf.place == place), None)
                told = f"one with the hash {found.hashed.hex()}" if found is not None else "another, or none"
                add("leaf_changed", f"record {place}", f"the record with the hash {self._hash(place)}", told)
            return
        for place in missing[:_TOLD]:
            add("leaf_removed", f"record {place}", f"the record with the hash {self._hash(place)}", "it is not there")
        for leaf in extra[:_TOLD]:
            add("leaf_added", f"record {leaf.place}", "no such record", f"one with the hash {leaf.hashed.hex()}")
        if missing or extra:
            return
        moved = [leaf for leaf in there if leaf.place < self._size and self._true.leaf(leaf.place) != leaf.hashed]
        for leaf in moved[:_TOLD]:
            told = f"record {leaf.named}" if leaf.named is not None else "another record"
            add("leaf_reordered", f"record {leaf.place}", f"the record with the hash {self._hash(leaf.place)}", told)

    def _hash(self, place: int) -> str:
        return (self._true.leaf(place) or b"").hex()

    def _is_true(self, leaf: _Leaf, true_places: dict[bytes, int]) -> bool:
        return leaf.hashed in true_places or (leaf.named is not None and self._true.leaf(leaf.named) == leaf.hashed)

    def _repeated(self, there: list[_Leaf]) -> list[_Leaf]:
        """Return leaves that stand there a second time."""
        seen: set[bytes] = set()
        found = []
        for leaf in there:
            if leaf.hashed in seen:
                found.append(leaf)
            seen.add(leaf.hashed)
        return found

    def _leaves(self, number: int, *, beyond: bool) -> list[_Leaf]:
        """Return what stands in a bundle; with what lies beyond the end of the log, or without."""
        width = min(WIDTH, self._size - number * WIDTH)
        _, data = self._files.best(ENTRIES, number, width)
        entries = read_entries(data, WIDTH if beyond else width).entries
        return [_leaf(place, entry) for place, entry in enumerate(entries, number * WIDTH)]

    def _recovered(self, number: int, missing: list[int]) -> list[int]:
        """Return the missing records whose bytes stand in the rest of a bundle: then only their length was changed."""
        width = min(WIDTH, self._size - number * WIDTH)
        read = read_entries(self._files.best(ENTRIES, number, width)[1], width)
        place = number * WIDTH + len(read.entries)
        if not read.cut or place not in missing:
            return []
        end = 0
        for _ in range(_TRIES):
            end = read.rest.find(b"}", end) + 1
            if not end:
                break
            if leaf_hash(read.rest[2:end]) == self._true.leaf(place):
                return [place]
        return []

    def _by_places(self) -> None:
        """Look at the places that records name, since nothing says which hashes are true."""
        there: list[_Leaf] = []
        for leaf in self._every():
            there.append(leaf)
            if len(there) >= _RECORDS:
                break
        named = [leaf.named for leaf in there]
        numbers = [one for one in named if one is not None]
        many = f"{self._size:,} records, by the checkpoint"
        if len(there) > self._size:
            seen: set[int | None] = set()
            place = len(there) - 1
            for leaf in there:
                if leaf.named is None or leaf.named in seen or leaf.named >= self._size or leaf.named != leaf.place:
                    place = leaf.place
                    break
                seen.add(leaf.named)
            self._faults.add("leaf_added", f"record {place}", many, f"{len(there):,}")
        elif len(there) < min(self._size, _RECORDS):
            places = set(named)
            place = next((one for one in range(self._size) if one not in places), len(there))
            self._faults.add("leaf_removed", f"record {place}", many, f"{len(there):,}")
        elif len(set(numbers)) == len(named) and numbers != sorted(numbers):
            place = next(leaf.place for leaf in there if leaf.named != leaf.place)
            self._faults.add("leaf_reordered", f"record {place}", f"record {place}", f"record {named[place]}")
        elif any(leaf.named != leaf.place for leaf in there):
            for leaf in [leaf for leaf in there if leaf.named != leaf.place][:_TOLD]:
                told = f"record {leaf.named}" if leaf.named is not None else "no record"
                self._faults.add("leaf_changed", f"record {leaf.place}", f"record {leaf.place}", told)
        elif (pair := exchanged([entry for _, entry in self._entries()], self._root)) is not None:
            for place, other in (pair, pair[::-1]):
                told = f"record {other}, with another index"
                self._faults.add("leaf_reordered", f"record {place}", f"record {place}", told)

    def _every(self) -> Iterator[_Leaf]:
        """Give what is known of all entries that are there."""
        return (_leaf(place, entry) for place, entry in self._entries())

    def _entries(self) -> Iterator[tuple[int, bytes]]:
        """Give all entries that are there with their places, to the first bundle that is not."""
        number = 0
        while widths := self._files.widths.get((ENTRIES, number)):
            # Older bundles of fewer entries may lie beside the newest.
            data = self._files.read(TileName(ENTRIES, number, max(widths)))
            yield from enumerate(read_entries(data, WIDTH).entries, number * WIDTH)
            number += 1


def _leaf(place: int, entry: bytes) -> _Leaf:
    try:
        index: int | None = decode(entry).index
    except CaseError:
        index = None
    return _Leaf(place, leaf_hash(entry), index)
