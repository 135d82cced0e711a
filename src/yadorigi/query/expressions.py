"""Many regular expressions on one field at once.

Most are run only on values that hold the literals which their matches cannot do without (`query.literals`). These are
looked for in the bare form of the value, all in one Aho-Corasick pass; then the expression itself decides.
Expressions without such literals, or with ones that many values hold, run on every value, several in one pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import ahocorasick_rs

from yadorigi.query.literals import bare_claims, bared, frequency
from yadorigi.query.regexes import TogetherSearched

if TYPE_CHECKING:
    from yadorigi.query.regexes import SafeRegex

_WINDOW: Final = 65_536
"""Bytes of a long value scanned at a time: a hostile megabyte of one letter has a megabyte of hits."""
_OFTEN: Final = 0.1
"""Share of values from which on running an expression with others costs less than running it by itself at times."""
_TOGETHER: Final = 16
"""Expressions in one pass: more need so many states of the engine that making these takes the time that is won."""
_LARGE: Final = 1_000
"""Instructions of an expression from which on it runs by itself. It counts characters (``.{1000,}``): in a pass with
others, nearly each character of each value would make a new state of the engine, and a large one."""


class _Joint(NamedTuple):
    """An expression that needs more than one literal.

    Attributes:
        number: of the expression.
        others: sets of places of literals, of each of which one must be found beside the one that it waits for.
        expression: what decides.
    """

    number: int
    others: tuple[frozenset[int], ...]
    expression: SafeRegex


class Expressions:
    """Linear-time expressions, found by their numbers."""

    def __init__(self) -> None:
        """Start without expressions."""
        self._always: list[tuple[int, SafeRegex]] = []
        self._together: list[tuple[tuple[int, ...], TogetherSearched]] = []
        self._large: list[tuple[int, SafeRegex]] = []
        self._places: dict[bytes, int] = {}
        self._alone: dict[int, dict[int, SafeRegex]] = {}
        """By the place of a literal, expressions that need no other one."""
        self._joint: dict[int, list[_Joint]] = {}
        self._search: ahocorasick_rs.BytesAhoCorasick | None = None
        self._longest = 0

    def add(self, number: int, expression: SafeRegex) -> None:
        """Take an expression that RE2 runs; its number is what is given where it is found."""
        claims = bare_claims(expression.pattern)
        if not claims or frequency(claims[0]) > _OFTEN:
            self._always.append((number, expression))
            return
        rarest, *others = (
            frozenset(self._places.setdefault(text.encode(), len(self._places)) for text in claim) for claim in claims
        )
        for place in rarest:
            if others:
                self._joint.setdefault(place, []).append(_Joint(number, tuple(others), expression))
            else:
                self._alone.setdefault(place, {})[number] = expression

    def build(self) -> None:
        """Make ready; nothing is added afterwards."""
        small = [(number, expression) for number, expression in self._always if expression.size <= _LARGE]
        self._large = [(number, expression) for number, expression in self._always if expression.size > _LARGE]
        for start in range(0, len(small), _TOGETHER):
            part = small[start : start + _TOGETHER]
            together = TogetherSearched([expression for _, expression in part])
            self._together.append((tuple(number for number, _ in part), together))
        if self._places:
            self._longest = max(map(len, self._places))
            self._search = ahocorasick_rs.BytesAhoCorasick(
                list(self._places), matchkind=ahocorasick_rs.MatchKind.Standard
            )

    def found_in(self, text: str, folded: str) -> set[int]:
        """Return the numbers of the expressions that are found in a text without lone surrogates.

        Args:
            text: the text.
            folded: it with letter case put aside.
        """
        found: set[int] = set()
        if self._search is None and not self._always:
            return found
        encoded = text.encode()
        for numbers, together in self._together:
            found.update(numbers[place] for place in together.found_in(encoded))
        for number, expression in (*self._large, *self._candidates(self._literals_in(folded)).items()):
            if expression.found_in_encoded(encoded):
                found.add(number)
        return found

    def _candidates(self, places: set[int]) -> dict[int, SafeRegex]:
        """Return the expressions that may be found where the literals at these places are found."""
        candidates: dict[int, SafeRegex] = {}
        for place in places & self._alone.keys():
            candidates.update(self._alone[place])
        for place in places & self._joint.keys():
            for number, others, expression in self._joint[place]:
                for other in others:
                    if places.isdisjoint(other):
                        break
                else:
                    candidates[number] = expression
        return candidates

    def _literals_in(self, folded: str) -> set[int]:
        search = self._search
        if search is None:
            return set()
        data = bared(folded)
        if len(data) <= _WINDOW:
            return {place for place, _, _ in search.find_matches_as_indexes(data, overlapping=True)}
        found: set[int] = set()
        for base in range(0, len(data), _WINDOW):
            part = data[base : base + _WINDOW + self._longest]
            found.update(place for place, _, _ in search.find_matches_as_indexes(part, overlapping=True))
        return found
