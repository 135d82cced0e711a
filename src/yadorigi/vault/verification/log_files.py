"""The files of a log that are there, read as far as they go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from yadorigi.errors import CaseError
from yadorigi.vault.tiles import BUNDLE_BYTES_LIMIT, WIDTH, bundle_path, tile_path

if TYPE_CHECKING:
    from yadorigi.vault.storage import Storage

ENTRIES: Final = -1
_TILE: Final = re.compile(
    r"tile/(entries|0|[1-9])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
).fullmatch
_LENGTH_BYTES: Final = 2


class TileName(NamedTuple):
    """What the path of a tile or bundle says.

    Attributes:
        level: of the tile; `ENTRIES` of a bundle.
        number, width: which one.
    """

    level: int
    number: int
    width: int


def tile_name(path: str) -> TileName | None:
    """Return which tile or bundle has a path, or None where it is that of none."""
    found = _TILE(path)
    if found is None:
        return None
    level = ENTRIES if found[1] == "entries" else int(found[1])
    number = int(found[2].replace("/", "").replace("x", ""))
    width = int(found[3]) if found[3] else WIDTH
    name = TileName(level, number, width)
    return name if path_of(name) == path else None


def path_of(name: TileName) -> str:
    """Return the path of a tile or bundle."""
    return bundle_path(name.number, name.width) if name.level == ENTRIES else tile_path(*name)


class LogFiles:
    """The tiles and bundles of a vault that are there, those of a commit that was broken off among them."""

    def __init__(self, storage: Storage, overlay: Mapping[str, bytes], paths: list[str]) -> None:
        """Take what reads them, what counts before it, and the paths of all files that are there."""
        self._storage = storage
        self._overlay = overlay
        self.widths: dict[tuple[int, int], list[int]] = {}
        for path in {*paths, *overlay}:
            name = tile_name(path)
            if name is not None:
                self.widths.setdefault((name.level, name.number), []).append(name.width)

    def read(self, name: TileName) -> bytes | None:
        """Return the bytes of a file, or None where it is not there or cannot be read."""
        return self.read_path(path_of(name))

    def read_path(self, path: str) -> bytes | None:
        """Return the bytes of a file by its path (see `read`)."""
        if path in self._overlay:
            return self._overlay[path]
        try:
            return self._storage.read(path, BUNDLE_BYTES_LIMIT)
        except (OSError, CaseError):
            return None

    def best(self, level: int, number: int, width: int) -> tuple[int, bytes | None]:
        """Return the file that is nearest to what is wanted: this one, else a wider, else a narrower; and its width."""
        there = self.widths.get((level, number), ())
        chosen = width if width in there else min((one for one in there if one > width), default=max(there, default=0))
        return chosen, (self.read(TileName(level, number, chosen)) if chosen else None)

    def beyond(self, size: int) -> Iterator[TileName]:
        """Give the files that hold more than a log of a size has."""
        for (level, number), widths in sorted(self.widths.items()):
            count = size >> (8 * max(level, 0))
            for width in sorted(widths):
                if number * WIDTH + width > count:
                    yield TileName(level, number, width)


class Entries(NamedTuple):
    """The entries of a bundle, read as far as it goes.

    Attributes:
        entries: those that are whole.
        rest: bytes behind them.
        cut: whether the rest is an entry that goes on beyond the end.
    """

    entries: list[bytes]
    rest: bytes = b""
    cut: bool = False


def read_entries(data: bytes | None, most: int) -> Entries:
    """Return the entries of a bundle, at most so many."""
    entries: list[bytes] = []
    place, data = 0, data or b""
    while place < len(data) and len(entries) < most:
        length = int.from_bytes(data[place : place + _LENGTH_BYTES], "big")
        end = place + _LENGTH_BYTES + length
        if place + _LENGTH_BYTES > len(data) or end > len(data):
            return Entries(entries, data[place:], cut=True)
        entries.append(data[place + _LENGTH_BYTES : end])
        place = end
    return Entries(entries, data[place:])
