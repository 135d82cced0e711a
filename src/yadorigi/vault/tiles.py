"""Where a tree and its entries lie in files, as C2SP tlog-tiles has it: tiles of 256 hashes, bundles of 256 entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from yadorigi.errors import CaseError
from yadorigi.limits import VAULT_RECORD_BYTES_LIMIT
from yadorigi.vault.merkle import HASH_BYTES, node_hash

WIDTH: Final = 256
_ENTRIES: Final = "tile/entries"
_PARTIAL: Final = ".p/"
_TILE_LEVELS: Final = 8
_LENGTH_BYTES: Final = 2
BUNDLE_BYTES_LIMIT: Final = WIDTH * (_LENGTH_BYTES + VAULT_RECORD_BYTES_LIMIT)
"""Bytes of the largest bundle."""


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """Return where a tile lies below the vault. ``level`` counts tiles; below 256 the tile is partial."""
    return f"tile/{level}/{_number_path(number)}{_partial(width)}"


def bundle_path(number: int, width: int = WIDTH) -> str:
    """Return where a bundle of entries lies below the vault."""
    return f"{_ENTRIES}/{_number_path(number)}{_partial(width)}"


def _number_path(number: int) -> str:
    parts = [f"{number % 1000:03}"]
    while number >= 1000:  # noqa: PLR2004 - three digits an element, as the specification has it
        number //= 1000
        parts.append(f"x{number % 1000:03}")
    return "/".join(reversed(parts))


def _partial(width: int) -> str:
    return "" if width == WIDTH else f"{_PARTIAL}{width}"


def folder_of(path: str) -> str:
    """Return the folder that a tile or bundle lies in; partial ones of one number lie together."""
    return path.rpartition("/")[0]


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Give level, number and width of every tile of a tree."""
    level, count = 0, size
    while count:
        for number in range(count // WIDTH):
            yield level, number, WIDTH
        if count % WIDTH:
            yield level, count // WIDTH, count % WIDTH
        level, count = level + 1, count // WIDTH


def partial_tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Give level, number and width of the tiles of a tree that are not full; the bundle is as that of level 0."""
    level, count = 0, size
    while count:
        if count % WIDTH:
            yield level, count // WIDTH, count % WIDTH
        level, count = level + 1, count // WIDTH


def bundles_of(size: int) -> Iterator[tuple[int, int]]:
    """Give number and width of every bundle of a log."""
    for number in range(size // WIDTH):
        yield number, WIDTH
    if size % WIDTH:
        yield size // WIDTH, size % WIDTH


def bundle(entries: Sequence[bytes]) -> bytes:
    """Return entries as a bundle."""
    return b"".join(b"%b%b" % (len(entry).to_bytes(_LENGTH_BYTES, "big"), entry) for entry in entries)


def entries_of(data: bytes, width: int) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        CaseError: it does not hold so many, or more.
    """
    entries: list[bytes] = []
    place = 0
    for _ in range(width):
        length = int.from_bytes(data[place : place + _LENGTH_BYTES], "big")
        place += _LENGTH_BYTES + length
        if place > len(data):
            raise CaseError(f"a bundle ends within entry {len(entries)} of {width}")
        entries.append(data[place - length : place])
    if place != len(data):
        raise CaseError(f"a bundle of {width} entries has {len(data) - place} bytes too many")
    return entries


def wider_paths(path: str, there: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Give where a partial tile or bundle may be a part of, the next wider one first, and how many it has itself.

    Args:
        path: of the partial one.
        there: paths of those of its number that are there.
    """
    whole, sign, width = path.rpartition(_PARTIAL)
    if sign and width.isdecimal():
        widths = [name.rpartition(_PARTIAL)[2] for name in there]
        wider = sorted(int(one) for one in widths if one.isdecimal() and int(one) > int(width))
        yield from ((f"{whole}{_PARTIAL}{one}", int(width)) for one in wider)
        yield whole, int(width)


def first_of(path: str, data: bytes, width: int) -> bytes:
    """Return what a partial tile or bundle has, of the bytes of a wider one at a path."""
    if not path.startswith(f"{_ENTRIES}/"):
        return data[: width * HASH_BYTES]
    place = 0
    for _ in range(width):
        place += _LENGTH_BYTES + int.from_bytes(data[place : place + _LENGTH_BYTES], "big")
    return data[:place]


def hashes_of(data: bytes, width: int) -> list[bytes]:
    """Return the hashes of a tile.

    Raises:
        CaseError: it does not hold so many, or more.
    """
    if len(data) != width * HASH_BYTES:
        raise CaseError(f"a tile of {width} hashes has {len(data)} bytes")
    return [data[place : place + HASH_BYTES] for place in range(0, len(data), HASH_BYTES)]


def tile_root(hashes: list[bytes]) -> bytes:
    """Return the hash of the tree of a power of two of hashes."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


class TileTree:
    """A tree of a size whose hashes are read from tiles.

    It believes what it reads: a tile is true if the tree's root comes out of it.
    """

    def __init__(self, size: int, read: Callable[[str], bytes]) -> None:
        """Take the size, and what gives the bytes of a file below the vault by its path."""
        self.size = size
        self._read = read
        self._hashes = lru_cache(maxsize=64)(self._tile)

    def _tile(self, level: int, number: int) -> list[bytes]:
        width = min(WIDTH, (self.size >> (_TILE_LEVELS * level)) - number * WIDTH)
        if width <= 0:
            return []
        return hashes_of(self._read(tile_path(level, number, width)), width)

    def subtree(self, level: int, number: int) -> bytes:
        """Return the hash of a full subtree (see `merkle.SubtreeHash`).

        Raises:
            CaseError: a tile cannot be read.
            IndexError: the tree has no such subtree.
        """
        tile_level, below = divmod(level, _TILE_LEVELS)
        first = number << below
        hashes = self._hashes(tile_level, first // WIDTH)[first % WIDTH :][: 1 << below]
        if len(hashes) != 1 << below:
            raise IndexError(f"a tree of {self.size} leaves has no full subtree {number} of level {level}")
        return tile_root(hashes)
