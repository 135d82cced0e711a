"""How a log grows: which files a tree of more leaves has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from yadorigi.errors import CaseError
from yadorigi.vault.merkle import Frontier, leaf_hash
from yadorigi.vault.tiles import (
    WIDTH,
    TileTree,
    bundle,
    bundle_path,
    entries_of,
    folder_of,
    hashes_of,
    tile_path,
    tile_root,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Read = Callable[[str], bytes]


class Growth(NamedTuple):
    """What more leaves come to.

    Attributes:
        size: of the tree with them.
        root: its hash.
        files: new files by path.
    """

    size: int
    root: bytes
    files: Mapping[str, bytes]


def grown(size: int, root: bytes, read: Read, entries: Sequence[bytes]) -> Growth:
    """Return what a log comes to with more entries.

    Args:
        size: of the log before.
        root: its hash.
        read: gives the bytes of a file by its path.
        entries: the new ones.

    Raises:
        CaseError: what is there of the log cannot be read, or is not what the root says: nothing may be built on it.
    """
    if Frontier.of(size, TileTree(size, read).subtree).root() != root:
        raise CaseError("the vault's tiles do not lead to its checkpoint: nothing can be added to it")
    files: dict[str, bytes] = {}
    first, width = divmod(size, WIDTH)
    carried = entries_of(read(bundle_path(first, width)), width) if width else []
    if width and [leaf_hash(entry) for entry in carried] != hashes_of(read(tile_path(0, first, width)), width):
        raise CaseError("the vault's newest records are not those of its tiles: nothing can be added to it")
    for number, together in _chunks(first, [*carried, *entries]):
        files[bundle_path(number, len(together))] = bundle(together)

    hashes, level, old = [leaf_hash(entry) for entry in entries], 0, size
    while hashes:
        first, width = divmod(old, WIDTH)
        row = [*(hashes_of(read(tile_path(level, first, width)), width) if width else []), *hashes]
        hashes = []
        for number, tile in _chunks(first, row):
            files[tile_path(level, number, len(tile))] = b"".join(tile)
            if len(tile) == WIDTH:
                hashes.append(tile_root(tile))
        level, old = level + 1, first

    new = size + len(entries)
    tree = TileTree(new, lambda path: files[path] if path in files else read(path))
    return Growth(new, Frontier.of(new, tree.subtree).root(), files)


def filled(size: int, entries: int) -> Iterator[str]:
    """Give the folders of partial tiles and bundles of which so many more entries make full ones.

    Those of one that is not full stay, as long as there was a checkpoint that had them: a reader who holds an older
    checkpoint asks for them (https://c2sp.org/tlog-tiles, "Partial Tiles").
    """
    old, new, level = size, size + entries, 0
    while old:
        number, width = divmod(old, WIDTH)
        if width and new // WIDTH > number:
            yield folder_of(tile_path(level, number, width))
            if not level:
                yield folder_of(bundle_path(number, width))
        old, new, level = number, new // WIDTH, level + 1


def _chunks(first: int, row: list[bytes]) -> list[tuple[int, list[bytes]]]:
    return [(first + place // WIDTH, row[place : place + WIDTH]) for place in range(0, len(row), WIDTH)]
