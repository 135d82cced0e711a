"""A look at the texts of many events in one go, which says in which of them any indicator could be.

Texts are searched for anchors (`detect.indicators.anchors`) as arrays of bytes: around each dot, and at every so many
bytes, where digits of a hash or letters of a name stand wherever they begin. JSON may spell a letter by its number,
Unicode has letters that become those of ASCII, and IPv6 many spellings: texts that have such are never passed over.
"""

from __future__ import annotations

import stringprep
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from yadorigi.detect.indicators.anchors import AFTER, BEFORE, LONG_RUN, SHORT_RUN
from yadorigi.detect.indicators.key_set import KeySet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from yadorigi.detect.indicators.anchors import Anchors, Window

_WORD: Final = 8
_TWO_BITS: Final = np.uint64(2)
_FIFTH_BIT: Final = np.uint64(0x1010_1010_1010_1010)
"""Differs from the seventh in digits and in letters up to o, and so in all digits of hashes."""
_HALF: Final = 4
_STRIDE: Final = 24
"""Bytes from one word to the next that is looked at for hashes: the shortest has 32 digits, and so a whole one."""
_FOLD: Final = np.uint64(0x2020_2020_2020_2020)
"""Puts letters of ASCII in lower case; what it does to other signs, it does to those of anchors too."""
_FOLD_HALF: Final = np.uint32(0x2020_2020)
_BEYOND_ASCII: Final = np.uint64(0x8080_8080_8080_8080)
_LAST_OF_ASCII: Final = 0x7F
_FIRST_OF_SEVERAL, _FIRST_OF_THREE, _FIRST_OF_FOUR = 0xC0, 0xE0, 0xF0
_FOLD_PAIR: Final = np.uint16(0x2020)
_DOT, _COLON = b".:"
_ESCAPE, _TWO_F, _ZEROS = np.frombuffer(rb"\uff00", np.uint16)
_ESCAPE_LENGTH: Final = 6
_FOUR_F: Final = np.frombuffer(b"ffff", np.uint32)[0]
_GROUP: Final = 5
"""Bytes from one colon of an address to the next, at most."""
_HEXADECIMAL: Final = np.zeros(256, np.bool_)
_HEXADECIMAL[np.frombuffer(b"0123456789abcdefABCDEF", np.uint8)] = True
_IN_ADDRESS: Final = _HEXADECIMAL.copy()
_IN_ADDRESS[np.frombuffer(b":.", np.uint8)] = True
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_WIDE_DOTS: Final = (0x3002, 0xFF0E, 0xFF61)
_UNKNOWN, _ORDINARY, _ODD, _WIDE_DOT = range(4)
_LETTERS: Final = np.zeros(0x20_0000, np.uint8)
"""What is known of characters that were seen, by their numbers; as many as four bytes can spell."""
_IN_NAME: Final = np.zeros(256, np.bool_)
_IN_NAME[np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", np.uint8)] = True


class TextScreen:
    """Looks for anchors."""

    __slots__ = ("_dots", "_hashes", "_ipv4", "_ipv6", "_long_runs", "_other_letters", "_short_runs", "_tiny_runs")

    def __init__(self, anchors: Anchors) -> None:
        """Make the sets that are asked."""
        hashes = anchors.hashes
        self._hashes = KeySet(_folded_words(_cuts(hashes, _STRIDE + _WORD - 1, _WORD))) if hashes else None
        masks = {window: _mask(window) for window in sorted(anchors.dots)}
        self._dots = [(mask, KeySet(_folded_words(anchors.dots[window]) & mask)) for window, mask in masks.items()]
        long_runs, short_runs = anchors.long_runs, anchors.short_runs
        self._long_runs = KeySet(_folded_words(_cuts(long_runs, LONG_RUN, _WORD))) if long_runs else None
        self._short_runs = KeySet(_folded_halves(_cuts(short_runs, SHORT_RUN, _HALF))) if short_runs else None
        self._tiny_runs = KeySet(_folded_halves(anchors.tiny_runs)) if anchors.tiny_runs else None
        self._ipv4, self._ipv6, self._other_letters = anchors.ipv4, anchors.ipv6, anchors.other_letters

    def rows_in(self, content: NDArray[np.uint8], offsets: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which of some texts could hold an indicator.

        Args:
            content: JSON in UTF-8, text after text.
            offsets: where each text begins, and the last ends; from 0 on.
        """
        content = content[: int(offsets[-1])]
        found = np.zeros(len(offsets) - 1, np.bool_)
        if len(content) <= _WORD:
            found[:] = True
            return found
        for places in self._places(content):
            found[_rows_of(places, offsets)] = True
        return found

    def _places(self, content: NDArray[np.uint8]) -> Iterator[NDArray[np.int64]]:
        """Give places of bytes in texts that could hold an indicator."""
        yield _escapes(content)
        words = content[: len(content) // _WORD * _WORD].view(np.uint64)
        beyond = ((words & _BEYOND_ASCII) != 0).nonzero()[0]
        if len(beyond) or int(content[-_WORD:].max()) > _LAST_OF_ASCII:
            yield _other_letters(content, beyond, any_of_them=self._other_letters)
        if self._hashes is not None:
            folded = words[:: _STRIDE // _WORD] | _FOLD
            digits = ((((folded >> _TWO_BITS) ^ folded) & _FIFTH_BIT) == _FIFTH_BIT).nonzero()[0]
            yield digits[self._hashes.places_in(folded[digits])] * _STRIDE
        if self._long_runs is not None:
            yield self._long_runs.places_in(words | _FOLD) * _WORD
        if self._short_runs is not None:
            yield self._short_runs.places_in(_folded_halves_of(content)) * _HALF
        if self._tiny_runs is not None:
            for first in range(_HALF):
                yield self._tiny_runs.places_in(_folded_halves_of(content[first:])) * _HALF + first
        if self._dots:
            yield from self._around_dots(content)
        if self._ipv4:
            yield _mapped_addresses(content)
        if self._ipv6:
            yield from _long_addresses(content)

    def _around_dots(self, content: NDArray[np.uint8]) -> Iterator[NDArray[np.int64]]:
        dots = (content == _DOT).nonzero()[0]
        if len(dots) and (dots[0] < BEFORE or dots[-1] >= len(content) - AFTER):
            inside = (dots >= BEFORE) & (dots < len(content) - AFTER)
            yield dots[~inside]
            dots = dots[inside]
        windows = _unaligned(content, np.uint64)[dots - BEFORE] | _FOLD
        for mask, keys in self._dots:
            yield dots[keys.places_in(windows & mask)]


def _kind_of(code: int) -> int:
    """Say whether letter case, Unicode's forms or the names of domains make a letter of ASCII of a character."""
    if code in _WIDE_DOTS:
        return _WIDE_DOT
    if code > sys.maxunicode:
        # No reader takes such bytes for a character; what holds them was not written by this program.
        return _ODD
    letter = chr(code)
    if stringprep.in_table_b1(letter):
        return _ODD
    forms = (letter.casefold(), letter.lower(), unicodedata.normalize("NFKC", letter).casefold())
    return _ORDINARY if all(_PLAIN.isdisjoint(form) for form in forms) else _ODD


def _other_letters(content: NDArray[np.uint8], words: NDArray[np.int64], *, any_of_them: bool) -> NDArray[np.int64]:
    """Return the places of characters that some way of comparing takes for those of ASCII, or of any beyond these.

    Args:
        content: the texts.
        words: places of the words, of eight bytes each, that hold such a character or a part of one.
        any_of_them: whether all count.
    """
    eights = content[: len(content) // _WORD * _WORD].reshape(-1, _WORD)[words]
    inside = np.flatnonzero(eights >= _FIRST_OF_SEVERAL)
    firsts = words[inside // _WORD] * _WORD + inside % _WORD
    rest = len(content) // _WORD * _WORD
    firsts = np.concatenate((firsts, np.flatnonzero(content[rest:] >= _FIRST_OF_SEVERAL) + rest))
    if any_of_them:
        return firsts
    codes = _codes_at(content, firsts)
    known = _LETTERS[codes]
    fresh = np.unique(codes[known == _UNKNOWN]).tolist()
    if fresh:
        _LETTERS[fresh] = [_kind_of(code) for code in fresh]
        known = _LETTERS[codes]
    odd = known == _ODD
    # Dots of East Asia part the names of domains; else they end a sentence, which is most of what they do.
    dots = firsts[known == _WIDE_DOT]
    between = _IN_NAME[content[dots - 1]] & _IN_NAME[content[np.minimum(dots + 3, len(content) - 1)]]
    found: NDArray[np.int64] = np.concatenate((firsts[odd], dots[between]))
    return found


def _codes_at(content: NDArray[np.uint8], firsts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of the characters whose first bytes are at some places (RFC 3629)."""
    first, second, third, fourth = (
        content[np.minimum(firsts + place, len(content) - 1)].astype(np.int64) & (0xFF if place == 0 else 0x3F)
        for place in range(4)
    )
    of_two = (first & 0x1F) << 6 | second
    of_three = (first & 0x0F) << 12 | second << 6 | third
    of_four = (first & 0x07) << 18 | second << 12 | third << 6 | fourth
    codes: NDArray[np.int64] = np.where(
        first < _FIRST_OF_THREE, of_two, np.where(first < _FIRST_OF_FOUR, of_three, of_four)
    )
    return codes


def _escapes(content: NDArray[np.uint8]) -> NDArray[np.int64]:
    r"""Return the places of what may be a letter's number, ``\u0061``, if it is none of a control character."""
    even = _rare(_pairs(content) == _ESCAPE) * 2
    odd = _rare(_pairs(content[1:].copy()) == _ESCAPE) * 2 + 1
    found = np.concatenate((even, odd))
    found = found[found < len(content) - _ESCAPE_LENGTH + 1]
    if len(found):
        digits = [_HEXADECIMAL[content[found + place]] for place in range(2, _ESCAPE_LENGTH)]
        found = found[np.logical_and.reduce(digits)]
        control = (_unaligned(content, np.uint16)[found + 2] == _ZEROS) & (content[found + 4] < ord("2"))
        found = found[~control]
    return found


def _mapped_addresses(content: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the places of addresses of version 4 as version 6 may write them: ``::ffff:102:304``."""
    pairs = _rare((_pairs(content) | _FOLD_PAIR) == _TWO_F) * 2
    edge = (pairs < _HALF) | (pairs >= len(content) - 2 * _WORD)
    found = [pairs[edge]]
    pairs = pairs[~edge]
    for colons in (pairs + 2, pairs + 3):
        there = (content[colons] == _COLON) & ((_unaligned(content, np.uint32)[colons - _HALF] | _FOLD_HALF) == _FOUR_F)
        own = colons[there]
        groups = [content[own + place] == _COLON for place in range(2, _GROUP + 1)]
        found.append(own[np.logical_or.reduce(groups)])
    return np.concatenate(found)


def _long_addresses(content: NDArray[np.uint8]) -> Iterator[NDArray[np.int64]]:
    """Give the places of what may be an address of version 6: two colons together, or three close to each other."""
    colons = np.flatnonzero(content == _COLON)
    apart = np.diff(colons)
    yield colons[:-2][(apart[:-1] <= _GROUP) & (apart[1:] <= _GROUP)]
    together = colons[:-1][apart == 1]
    edge = (together < 1) | (together >= len(content) - 2)
    yield together[edge]
    together = together[~edge]
    yield together[_IN_ADDRESS[content[together - 1]] | _IN_ADDRESS[content[together + 2]]]


def _rows_of(places: NDArray[np.int64], offsets: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return which text each place is in."""
    return np.searchsorted(offsets, places, "right") - 1


def _pairs(content: NDArray[np.uint8]) -> NDArray[np.uint16]:
    return content[: len(content) // 2 * 2].view(np.uint16)


def _rare(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the places of what is true; of a mask in which hardly anything is, sooner than NumPy does."""
    if not mask.any():
        return np.empty(0, np.int64)
    whole = len(mask) // _WORD * _WORD
    eights = (mask[:whole].view(np.uint64) != 0).nonzero()[0]
    inside = np.flatnonzero(mask[:whole].reshape(-1, _WORD)[eights])
    return np.concatenate((eights[inside // _WORD] * _WORD + inside % _WORD, np.flatnonzero(mask[whole:]) + whole))


def _unaligned(content: NDArray[np.uint8], kind: type[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    """Return the numbers that begin at each byte."""
    size = np.dtype(kind).itemsize
    return np.ndarray((len(content) - size + 1,), kind, content, 0, (1,))


def _cuts(texts: Sequence[bytes], length: int, size: int) -> Iterator[bytes]:
    """Give each text's bytes from each place on, of texts that are as long or longer; joined for all texts."""
    joined = np.frombuffer(b"".join(text[:length] for text in texts), np.uint8).reshape(len(texts), length)
    for place in range(length - size + 1):
        yield np.ascontiguousarray(joined[:, place : place + size]).tobytes()


def _folded_words(texts: Iterable[bytes]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(texts), np.uint64) | _FOLD


def _folded_halves(texts: Iterable[bytes]) -> NDArray[np.uint64]:
    return (np.frombuffer(b"".join(texts), np.uint32) | _FOLD_HALF).astype(np.uint64)


def _folded_halves_of(content: NDArray[np.uint8]) -> NDArray[np.uint64]:
    halves = content[: len(content) // _HALF * _HALF].view(np.uint32)
    return (halves | _FOLD_HALF).astype(np.uint64)


def _mask(window: Window) -> np.uint64:
    before, after = window
    counted = bytes(0xFF if BEFORE - before <= place <= BEFORE + after else 0 for place in range(BEFORE + AFTER + 1))
    return np.uint64(int.from_bytes(counted, sys.byteorder))
