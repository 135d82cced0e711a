"""A set of many numbers in little memory, which is asked for many numbers at once and may say yes falsely, never no.

Bloom, "Space/time trade-offs in hash coding with allowable errors", Communications of the ACM 13 (1970).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MULTIPLIERS: Final = tuple(
    np.uint64(number)
    for number in (0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F)
)
"""Odd numbers whose bits are mixed, one for each bit that is set of a key."""
_BITS_OF_A_KEY: Final = 32
_LEAST_BITS: Final = 12
_MOST_BITS: Final = 31
"""Powers of two."""
_COARSE_SHIFT: Final = np.uint64(64 - 20)
_FEW_KEYS: Final = 1 << 17
"""Keys of which that many bits tell something."""
_BITS: Final = np.uint64(64)
_OF_A_BYTE: Final = np.uint64(3)
_IN_A_BYTE: Final = np.uint64(7)


class KeySet:
    """The set.

    With 32 bits for each key, one of 5,000 numbers that are not in it is taken for one that is. Where there are not
    many, a table of bytes that stays in a processor's cache is asked first, which rules most of them out.
    """

    __slots__ = ("_coarse", "_shift", "_table")

    def __init__(self, keys: NDArray[np.uint64]) -> None:
        """Take the keys, any number of times each."""
        wanted = (len(keys) * _BITS_OF_A_KEY).bit_length()
        bits = min(max(wanted, _LEAST_BITS), _MOST_BITS)
        self._shift = _BITS - np.uint64(bits)
        self._table = np.zeros(1 << (bits - 3), np.uint8)
        self._coarse: NDArray[np.bool_] | None = None
        if len(keys) <= _FEW_KEYS:
            self._coarse = np.zeros(1 << int(_BITS - _COARSE_SHIFT), np.bool_)
            self._coarse[(keys * _MULTIPLIERS[0]) >> _COARSE_SHIFT] = True
        for multiplier in _MULTIPLIERS:
            places = (keys * multiplier) >> self._shift
            np.bitwise_or.at(self._table, (places >> _OF_A_BYTE).astype(np.int64), _bit(places))

    def places_in(self, numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the places of numbers that may be in the set, in their order."""
        found: NDArray[np.int64] | None = None
        if self._coarse is not None:
            found = self._coarse[(numbers * _MULTIPLIERS[0]) >> _COARSE_SHIFT].nonzero()[0]
        for multiplier in _MULTIPLIERS:
            hashed = ((numbers if found is None else numbers[found]) * multiplier) >> self._shift
            there = (self._table[hashed >> _OF_A_BYTE] & _bit(hashed)).nonzero()[0]
            found = there if found is None else found[there]
        return found if found is not None else np.empty(0, np.int64)


def _bit(hashed: NDArray[np.uint64]) -> NDArray[np.uint8]:
    return np.left_shift(1, (hashed & _IN_A_BYTE).astype(np.uint8), dtype=np.uint8)
