"""Whether entries and tiles of a vault lead to its checkpoint; if not, what was done to them.

What leads to the signed root is true. Entries are tried first, tiles then; what is true tells what was done to the
rest. Where neither leads there, both were changed together: then records give themselves away by the place that each
names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from yadorigi.vault.merkle import EMPTY_ROOT, HASH_BYTES, Frontier, leaf_hash
from yadorigi.vault.tiles import WIDTH, bundle, partial_tiles_of, tile_root
from yadorigi.vault.verification.account import Account
from yadorigi.vault.verification.explain import Explaining
from yadorigi.vault.verification.faults import Faults
from yadorigi.vault.verification.log_files import ENTRIES, LogFiles, TileName, path_of, read_entries

if TYPE_CHECKING:
    from yadorigi.vault.checkpoints import Checkpoint


@dataclass(frozen=True, slots=True)
class Against:
    """What a log is held against.

    Attributes:
        checkpoint: the newest, signed; None where there is none, and the log is only held against itself.
        origin: name of the log.
        sizes: of the beginnings of which the roots are wanted.
    """

    checkpoint: Checkpoint | None
    origin: str
    sizes: frozenset[int] = frozenset()


@dataclass(slots=True)
class LogFound:
    """What was read of a log.

    Attributes:
        account: of its records; to be trusted where the log is whole.
        whole: whether the entries lead to the checkpoint.
        size: how many records it has by the checkpoint.
        roots: hash of the tree of so many first records, by size, for those that were asked for.
        tiles: how many tiles and bundles were read.
        bytes: of them.
    """

    account: Account = field(default_factory=Account)
    whole: bool = False
    size: int = 0
    roots: dict[int, bytes] = field(default_factory=dict)
    tiles: int = 0
    bytes: int = 0


class LogCheck:
    """Checks a log."""

    def __init__(self, files: LogFiles, against: Against, faults: Faults, advance: Callable[[int], object]) -> None:
        """Take what to read, what to hold it against, and who is told."""
        self.files = files
        self.faults = faults
        self.found = LogFound()
        self._against = against
        self._advance = advance
        self._of_records = Faults()
        self._rows: list[list[bytes]] = [[]]
        """Of each level of tiles above the first, the hashes that belong into it."""
        self._unequal: list[TileName] = []
        """Tiles and bundles that are not what the entries say."""

    def run(self) -> LogFound:
        """Check everything."""
        checkpoint = self._against.checkpoint
        size = checkpoint.size if checkpoint is not None else self._size_there()
        self.found.size = size
        frontier = Frontier()
        complete = self._read_all(size, frontier)
        if complete:
            self._check_upper(size)
        root = frontier.root() if frontier.size == size else b""
        self.found.whole = complete and (checkpoint is None or root == checkpoint.root)
        if self.found.whole:
            self.faults.take(self._of_records)
            self._tell_tiles()
            self._tell_older(size)
        elif checkpoint is not None:
            Explaining(self.files, checkpoint, self.faults).explain(root)
        self._tell_beyond(size)
        if not size and checkpoint is not None and checkpoint.root != EMPTY_ROOT:
            self.faults.add("leaf_removed", "vault/tile", "a tree that is not empty", "an empty one")
        return self.found

    def _size_there(self) -> int:
        """Return how many records are there, where no checkpoint says."""
        last = max((number for level, number in self.files.widths if level == ENTRIES), default=None)
        return 0 if last is None else last * WIDTH + max(self.files.widths[ENTRIES, last])

    def _read_all(self, size: int, frontier: Frontier) -> bool:
        """Read every entry; say whether all are there."""
        complete = True
        origin, sizes = self._against.origin, self._against.sizes
        for number in range(-(-size // WIDTH)):
            width = min(WIDTH, size - number * WIDTH)
            _, data = self.files.best(ENTRIES, number, width)
            read = read_entries(data, width)
            if len(read.entries) < width:
                # What a log without its beginning holds cannot be said; a log of a trillion records may be a lie.
                complete = False
                if data is None:
                    break
            hashes = []
            for place, entry in enumerate(read.entries, number * WIDTH):
                hashes.append(leaf_hash(entry))
                frontier.add(hashes[-1])
                self.found.account.add(place, entry, origin, self._of_records)
                if frontier.size in sizes:
                    self.found.roots[frontier.size] = frontier.root()
            self._advance(len(data or b""))
            self.found.tiles += 1
            self.found.bytes += len(data or b"")
            self._hold(TileName(ENTRIES, number, width), bundle(read.entries))
            self._hold(TileName(0, number, width), b"".join(hashes))
            if len(hashes) == WIDTH:
                self._rows[0].append(tile_root(hashes))
        if 0 in sizes:
            self.found.roots[0] = EMPTY_ROOT
        return complete

    def _check_upper(self, size: int) -> None:
        level, count = 1, size // WIDTH
        while count:
            row = self._rows[-1]
            above: list[bytes] = []
            for number in range(-(-count // WIDTH)):
                width = min(WIDTH, count - number * WIDTH)
                hashes = row[number * WIDTH :][:width]
                self._hold(TileName(level, number, width), b"".join(hashes))
                if len(hashes) == WIDTH:
                    above.append(tile_root(hashes))
            self._rows.append(above)
            level, count = level + 1, count // WIDTH

    def _hold(self, name: TileName, expected: bytes) -> None:
        """Compare a tile or bundle, and those of fewer that were not removed yet, with what they should be."""
        for width in self.files.widths.get((name.level, name.number), ()):
            if width <= name.width:
                data = self.files.read(name._replace(width=width))
                self.found.tiles += 1
                self.found.bytes += len(data or b"")
                same = data is not None and data == _beginning(expected, name.level, width)
                if not same:
                    self._unequal.append(name._replace(width=width))
        if name.width not in self.files.widths.get((name.level, name.number), ()):
            self._unequal.append(name)

    def _tell_tiles(self) -> None:
        """Tell of tiles and bundles that are not what the entries, which are true, say."""
        for name in self._unequal:
            place = f"vault/{path_of(name)}"
            if name.width not in self.files.widths.get((name.level, name.number), ()):
                wider = any(width > name.width for width in self.files.widths.get((name.level, name.number), ()))
                if not wider:
                    self.faults.add("tile_missing", place, "the hashes of records that are there", "no such file")
            elif name.level == ENTRIES:
                more = len(read_entries(self.files.read(name), WIDTH).entries) > name.width
                kind, found = ("leaf_added", "more of them") if more else ("leaf_changed", "other bytes")
                self.faults.add(kind, place, f"{name.width} records that the tree has", found)
            else:
                self.faults.add(
                    "tile_changed", place, "the hashes of the records, or of the tiles below", "other bytes"
                )

    def _tell_older(self, size: int) -> None:
        """Tell of partial tiles and bundles of older checkpoints that are gone, though there is no full one yet."""
        wanted = {name for older in self.found.account.sizes for name in _partial_of(older)} - set(_partial_of(size))
        for name in sorted(wanted):
            is_full = name.number < size // WIDTH ** (max(name.level, 0) + 1)
            if not is_full and name.width not in self.files.widths.get((name.level, name.number), ()):
                place = f"vault/{path_of(name)}"
                self.faults.add("tile_missing", place, "the hashes or records of an older checkpoint", "no such file")

    def _tell_beyond(self, size: int) -> None:
        for name in self.files.beyond(size):
            what = "records" if name.level == ENTRIES else "hashes"
            self.faults.add(
                "leaf_added", f"vault/{path_of(name)}", f"{size:,} records, which the checkpoint has", f"{what} of more"
            )


def _partial_of(size: int) -> Iterator[TileName]:
    """Give the tiles and the bundle of a log that are not full."""
    for level, number, width in partial_tiles_of(size):
        yield TileName(level, number, width)
        if not level:
            yield TileName(ENTRIES, number, width)


def _beginning(expected: bytes, level: int, width: int) -> bytes:
    """Return the first so many hashes or entries."""
    if level != ENTRIES:
        return expected[: width * HASH_BYTES]
    return bundle(read_entries(expected, width).entries)
