"""The tree is that of RFC 6962: its published hashes, its definitions word by word, and nothing else is proven."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from random import Random

import pytest

from yadorigi.vault.growth import grown
from yadorigi.vault.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    root_by_inclusion,
    root_of,
    subtrees_of,
)
from yadorigi.vault.tiles import TileTree, bundles_of, entries_of, hashes_of, tiles_of

EVERY_SIZE_TO = 70

# Leaves and roots that implementations of Certificate Transparency are tested with.
VECTOR_LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
VECTOR_ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class Definition:
    """RFC 6962, sections 2.1, 2.1.1 and 2.1.2, as they are written."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.known: dict[tuple[int, int], bytes] = {}

    def mth(self, start: int, end: int) -> bytes:
        if (start, end) not in self.known:
            self.known[start, end] = self._mth(start, end)
        return self.known[start, end]

    def _mth(self, start: int, end: int) -> bytes:
        if start == end:
            return sha256(b"").digest()
        if end - start == 1:
            return sha256(b"\x00" + self.leaves[start]).digest()
        k = power_below(end - start)
        return sha256(b"\x01" + self.mth(start, start + k) + self.mth(start + k, end)).digest()

    def path(self, m: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        k = power_below(end - start)
        if m < k:
            return [*self.path(m, start, start + k), self.mth(start + k, end)]
        return [*self.path(m - k, start + k, end), self.mth(start, start + k)]

    def proof(self, m: int, start: int, end: int, whole: bool = True) -> list[bytes]:
        if m == end - start:
            return [] if whole else [self.mth(start, end)]
        k = power_below(end - start)
        if m <= k:
            return [*self.proof(m, start, start + k, whole), self.mth(start + k, end)]
        return [*self.proof(m - k, start + k, end, False), self.mth(start, start + k)]


def power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


LEAVES = [b"leaf %d" % number for number in range(EVERY_SIZE_TO)]
DEFINITION = Definition(LEAVES)


def subtree(level: int, number: int) -> bytes:
    return DEFINITION.mth(number << level, (number + 1) << level)


def test_published_roots() -> None:
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in VECTOR_LEAVES]
    assert [root_of(hashes[:size]).hex() for size in range(len(hashes) + 1)] == list(VECTOR_ROOTS)


def test_every_tree_and_proof_is_as_defined_and_holds() -> None:
    frontier = Frontier()
    for size in range(1, EVERY_SIZE_TO + 1):
        made = frontier.add(leaf_hash(LEAVES[size - 1]))
        assert all(hashed == subtree(level, number) for level, number, hashed in made)
        root = DEFINITION.mth(0, size)
        assert frontier.root() == root == Frontier.of(size, subtree).root()
        for index in range(size):
            proof = inclusion_proof(index, size, subtree)
            assert proof == DEFINITION.path(index, 0, size)
            assert root_by_inclusion(index, size, leaf_hash(LEAVES[index]), proof) == root
        for older in range(1, size + 1):
            proof = consistency_proof(older, size, subtree)
            assert proof == DEFINITION.proof(older, 0, size)
            assert is_consistent(older, DEFINITION.mth(0, older), size, root, proof)


def test_no_proof_of_inclusion_holds_for_anything_else() -> None:
    for size in range(1, 34):
        root = DEFINITION.mth(0, size)
        for index in range(size):
            proof, leaf = inclusion_proof(index, size, subtree), leaf_hash(LEAVES[index])
            wrong = [*((other, size, proof) for other in range(size + 2) if other != index)]
            wrong += [(index, size, one) for one in spoiled(proof)]
            assert not any(leads_to(root, *one, leaf) for one in wrong)
            assert not leads_to(root, index, size, proof, leaf_hash(b"another"))


def test_no_proof_of_consistency_holds_for_anything_else() -> None:
    for newer in range(1, 34):
        root = DEFINITION.mth(0, newer)
        for older in range(1, newer + 1):
            proof, old_root = consistency_proof(older, newer, subtree), DEFINITION.mth(0, older)
            assert not any(is_consistent(older, old_root, newer, root, one) for one in spoiled(proof))
            assert not is_consistent(older, leaf_hash(b"another"), newer, root, proof)
            assert not is_consistent(older, old_root, newer, leaf_hash(b"another"), proof)
            assert not any(
                is_consistent(other, old_root, newer, root, proof) for other in range(newer + 2) if other != older
            )


def test_every_bit_of_a_proof_counts() -> None:
    size, index, older = 45, 29, 21
    root, leaf, old_root = DEFINITION.mth(0, size), leaf_hash(LEAVES[index]), DEFINITION.mth(0, older)
    for place in range(256):
        for one in flipped(inclusion_proof(index, size, subtree), place):
            assert not leads_to(root, index, size, one, leaf)
        for one in flipped(consistency_proof(older, size, subtree), place):
            assert not is_consistent(older, old_root, size, root, one)


def flipped(proof: list[bytes], place: int) -> list[list[bytes]]:
    bit = 1 << place
    return [
        [*proof[:number], (int.from_bytes(proof[number], "big") ^ bit).to_bytes(32, "big"), *proof[number + 1 :]]
        for number in range(len(proof))
    ]


def spoiled(proof: list[bytes]) -> list[list[bytes]]:
    found = [[*proof, EMPTY_ROOT], [EMPTY_ROOT, *proof], *flipped(proof, 7)]
    found += [[*proof[:number], *proof[number + 1 :]] for number in range(len(proof))]
    return found + ([proof[::-1]] if proof != proof[::-1] else [])


def leads_to(root: bytes, index: int, size: int, proof: list[bytes], leaf: bytes) -> bool:
    try:
        return root_by_inclusion(index, size, leaf, proof) == root
    except ValueError:
        return False


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 65_537, 99_999])
def test_large_trees_by_tiles_however_they_grew(size: int) -> None:
    chance = Random(size)  # noqa: S311 - repeatable on purpose
    entries = [b"%d" % number for number in range(size)]
    steps = sorted({0, *(chance.randrange(size + 1) for _ in range(4)), size})
    files: dict[str, bytes] = {}
    root = EMPTY_ROOT
    roots = {0: EMPTY_ROOT}
    for start, end in pairwise(steps):
        growth = grown(start, root, files.__getitem__, entries[start:end])
        files |= growth.files
        root = growth.root
        roots[end] = root
    tree = TileTree(size, files.__getitem__)
    hashes = [leaf_hash(entry) for entry in entries]
    assert root == root_of(hashes) == Frontier.of(size, tree.subtree).root()
    for index in {0, size - 1, *(chance.randrange(size) for _ in range(20))}:
        proof = inclusion_proof(index, size, tree.subtree)
        assert root_by_inclusion(index, size, hashes[index], proof) == root
    for older, old_root in roots.items():
        if older:
            proof = consistency_proof(older, size, tree.subtree)
            assert is_consistent(older, old_root, size, root, proof)
    assert growth.files.keys() <= files.keys()
    widest = {f"tile/{level}/{name(number)}{partial(width)}" for level, number, width in tiles_of(size)}
    widest |= {f"tile/entries/{name(number)}{partial(width)}" for number, width in bundles_of(size)}
    assert widest <= files.keys()
    for path in widest:
        assert (entries_of if "entries" in path else hashes_of)(files[path], width_of(path))


def name(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    return f"x{thousands:03}/{rest:03}" if thousands else f"{rest:03}"


def partial(width: int) -> str:
    return f".p/{width}" if width < 256 else ""


def width_of(path: str) -> int:
    return int(path.rpartition(".p/")[2]) if ".p/" in path else 256


def test_what_no_tree_has() -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(index, size, subtree)
        with pytest.raises(ValueError, match="no leaf"):
            root_by_inclusion(index, size, EMPTY_ROOT, [])
    for older, newer in ((0, 5), (6, 5), (-1, 5)):
        with pytest.raises(ValueError, match="no proof"):
            consistency_proof(older, newer, subtree)
        assert not is_consistent(older, EMPTY_ROOT, newer, EMPTY_ROOT, [])
    with pytest.raises(ValueError, match="full subtrees"):
        Frontier(3, [EMPTY_ROOT])
    assert subtrees_of(0, 11) == [(3, 0), (1, 4), (0, 10)]
