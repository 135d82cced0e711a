"""The Merkle tree of RFC 6962, section 2.1: hashes, proofs, and what checks them.

Hashes are SHA-256, 32 bytes. A tree of ``n`` leaves is the same whoever makes it, and in whatever steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final, TypeAlias

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

SubtreeHash: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash of the ``2**level`` leaves from ``number * 2**level`` on, by level and number: a full subtree's."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node with two children."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """The full subtrees that a tree consists of, the largest first: enough to add leaves and to give the root."""

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Take a tree of a size as its full subtrees' hashes.

        Raises:
            ValueError: they are not as many as such a tree has.
        """
        if size.bit_count() != len(hashes):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} full subtrees, not {len(hashes)}")
        self.size = size
        self._hashes = list(hashes)

    @classmethod
    def of(cls, size: int, subtree: SubtreeHash) -> Frontier:
        """Return the frontier of a tree whose subtrees are known."""
        return cls(size, [subtree(level, number) for level, number in subtrees_of(0, size)])

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf's hash; return level, number and hash of each full subtree that it completes, itself first."""
        made = [(0, self.size, leaf)]
        node, number = leaf, self.size
        while number & 1:
            node = node_hash(self._hashes.pop(), node)
            number >>= 1
            made.append((len(made), number, node))
        self._hashes.append(node)
        self.size += 1
        return made

    def root(self) -> bytes:
        """Return the tree's hash."""
        return _folded(self._hashes)


def _folded(hashes: Sequence[bytes]) -> bytes:
    """Return the hash of subtrees beside each other, the largest first."""
    if not hashes:
        return EMPTY_ROOT
    node = hashes[-1]
    for left in reversed(hashes[:-1]):
        node = node_hash(left, node)
    return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the hash of a tree of leaves' hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def subtrees_of(start: int, end: int) -> list[tuple[int, int]]:
    """Return level and number of the full subtrees that some leaves make, left to right.

    ``start`` is a place where a tree of ``end`` leaves splits: a multiple of the largest subtree behind it.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def _hash_of(start: int, end: int, subtree: SubtreeHash) -> bytes:
    return _folded([subtree(level, number) for level, number in subtrees_of(start, end)])


def _split(count: int) -> int:
    """Return the largest power of two below a count of two or more."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """Return what proves that a leaf is in a tree (section 2.1.1), from its sibling up.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_hash_of(middle, end, subtree))
            end = middle
        else:
            proof.append(_hash_of(start, middle, subtree))
            start = middle
    return proof[::-1]


def root_by_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the hash of the tree that a proof of inclusion speaks of (RFC 9162, section 2.1.3.2).

    Raises:
        ValueError: no tree of this size has such a proof.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    node, place, last = leaf, index, size - 1
    for hashed in proof:
        if last == 0:
            raise ValueError("the proof is too long")
        if place & 1 or place == last:
            node = node_hash(hashed, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, hashed)
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return node


def consistency_proof(older: int, newer: int, subtree: SubtreeHash) -> list[bytes]:
    """Return what proves that a tree is the beginning of a larger one (section 2.1.2).

    Raises:
        ValueError: the older tree is empty, or larger than the newer.
    """
    if not 0 < older <= newer:
        raise ValueError(f"no proof from {older} to {newer} leaves")
    proof: list[bytes] = []
    start, end, whole = 0, newer, True
    while older != end:
        middle = start + _split(end - start)
        if older <= middle:
            proof.append(_hash_of(middle, end, subtree))
            end = middle
        else:
            proof.append(_hash_of(start, middle, subtree))
            start, whole = middle, False
    if not whole:
        proof.append(_hash_of(start, end, subtree))
    return proof[::-1]


def is_consistent(older: int, old_root: bytes, newer: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether a proof shows that one tree is the beginning of another (RFC 9162, section 2.1.4.2)."""
    if not 0 < older <= newer:
        return False
    if older == newer:
        return not proof and old_root == new_root
    path = list(proof)
    if older & (older - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    place, last = older - 1, newer - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for hashed in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(hashed, old), node_hash(hashed, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, hashed)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
