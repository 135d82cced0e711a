"""A look at raw text that rules out, at next to no cost, that an event holds one of a few hashes.

Of each hash some digits that stand together are looked for, in text in lower case. JSON may spell a digit by its
number, and case folding turns one ligature into two digits: such texts are never ruled out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ahocorasick_rs

from yadorigi.limits import SCREENED_HASHES_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yadorigi.languages.indicators.table import IndicatorTable
    from yadorigi.schema.indicator import IndicatorType

HASHES: Final[frozenset[IndicatorType]] = frozenset({"sha256", "sha1", "md5", "imphash", "ja3"})
"""Types whose values are hexadecimal digits and nothing else."""
_DIGITS: Final = 8
_AT_ONCE: Final = 60
"""Needles of one automaton; it scans several bytes at a time up to 64."""
_ODD_SPELLINGS: Final = (
    *(f"\\u003{digit}".encode() for digit in range(10)), rb"\u004", rb"\u006", rb"\ufb00", "\ufb00".encode(),
)  # fmt: skip
"""How JSON spells a hexadecimal digit by its number, and the ligature of two f."""


class HashScreen:
    """Says whether one of some hashes may be in a text (a `schema.batch.Screen`)."""

    def __init__(self, hashes: Iterable[str]) -> None:
        """Take the hashes, in lower case."""
        needles = sorted({*_ODD_SPELLINGS, *(_needle(digits).encode() for digits in hashes)})
        self._searches = [
            ahocorasick_rs.BytesAhoCorasick(
                needles[place : place + _AT_ONCE], matchkind=ahocorasick_rs.MatchKind.LeftmostFirst
            )
            for place in range(0, len(needles), _AT_ONCE)
        ]

    def may_be_in(self, text: bytes) -> bool:
        """Say whether one of the hashes may be in text that `schema.batch.screened` gave."""
        return any(search.find_matches_as_indexes(text) for search in self._searches)


def hash_screen(table: IndicatorTable) -> HashScreen | None:
    """Return a screen for a table, or None where it has something else than a few hashes."""
    if table.patterns or len(table) > SCREENED_HASHES_LIMIT or not table.present_types() <= HASHES:
        return None
    return HashScreen(table.forms)


def _needle(digits: str) -> str:
    """Return digits of a hash that begin as few words and numbers do: with a letter, a number and a letter."""
    windows = [digits[place : place + _DIGITS] for place in range(len(digits) - _DIGITS + 1)]
    return min(windows, key=lambda window: (window[0].isdigit(), window[1].isalpha(), window[2].isdigit()))
