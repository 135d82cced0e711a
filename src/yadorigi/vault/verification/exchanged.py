"""Which two records of a log have exchanged their places, where each was written anew so that it names its new place.

Nothing in such records tells; but put back they lead to the checkpoint again. Those that are near each other are tried
first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from yadorigi.errors import CaseError
from yadorigi.vault.merkle import leaf_hash, node_hash
from yadorigi.vault.records import decode, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRIES: Final = 100_000
"""Two seconds: all pairs of 450 records, neighbours of 100,000."""


def exchanged(entries: Sequence[bytes], root: bytes) -> tuple[int, int] | None:
    """Return the places of two records without whose exchange a log leads to a root; None where none are found."""
    if len(entries) > _TRIES:
        return None
    try:
        records = list(map(decode, entries))
    except CaseError:
        return None
    tree = _Tree([leaf_hash(entry) for entry in entries])
    left = _TRIES
    for distance in range(1, len(entries)):
        for first in range(len(entries) - distance):
            second = first + distance
            moved = {
                to: leaf_hash(encode(msgspec.structs.replace(records[place], index=to)))
                for place, to in ((first, second), (second, first))
            }
            if tree.root_with(moved) == root:
                return first, second
            left -= 1
            if not left:
                return None
    return None


class _Tree:
    """All hashes of a tree; a node without a sibling stands for itself above, which comes to the same as RFC 6962."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._rows = [leaves]
        while len(self._rows[-1]) > 1:
            row = self._rows[-1]
            above = [node_hash(row[place], row[place + 1]) for place in range(0, len(row) - 1, 2)]
            self._rows.append([*above, *row[len(above) * 2 :]])

    def root_with(self, leaves: dict[int, bytes]) -> bytes:
        """Return what the root would be with other leaves."""
        changed = leaves
        for row in self._rows[:-1]:
            above: dict[int, bytes] = {}
            for place in {place & ~1 for place in changed}:
                left = changed.get(place) or row[place]
                alone = place + 1 == len(row)
                above[place >> 1] = left if alone else node_hash(left, changed.get(place + 1) or row[place + 1])
            changed = above
        return changed[0]
