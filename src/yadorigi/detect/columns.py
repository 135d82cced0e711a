"""Columns of a batch as the matcher tests them: native ones, ones derived from them, pairs, and "all fields"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import ahocorasick_rs
from msgspec import UnsetType

from yadorigi.languages.sigma.derive import FUNCTIONS, Derivation
from yadorigi.limits import REMEMBERED_VALUES
from yadorigi.query.evaluate import reference_holds
from yadorigi.query.nodes import FieldReference, Pattern, Test, Text
from yadorigi.query.patterns import longest_literal
from yadorigi.query.values import fold
from yadorigi.schema.batch import screened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import Event, Value

Column: TypeAlias = list[Any]
"""Values, or MISSING; for two fields compared with each other, pairs of these."""
ColumnKey: TypeAlias = str | tuple[str, ...]
"""A field; a pair of fields that are compared with each other; or all fields."""
ALL_FIELDS: Final[ColumnKey] = ()
_NUMBER: Final = re.compile(r"[-+0-9.e]*|-?inf")
_SAFE_IN_JSON: Final = re.compile(r"[a-z0-9 ._:;,()=-]{3,}")


def all_values(event: Event) -> tuple[Any, ...]:
    """Return the values of all fields of an event, as keyword searches see them."""
    found: list[Any] = []
    for fields in (event.system, event.data):
        for value in fields.values():
            if isinstance(value, tuple):
                found.extend(value)
            else:
                found.append(value)
    return tuple(found)


@dataclass(slots=True)
class DerivedColumn:
    """A column made from native ones, remembered by input values."""

    derivation: Derivation
    _memory: dict[tuple[Any, ...], Value | UnsetType]

    @classmethod
    def of(cls, derivation: Derivation) -> DerivedColumn:
        """Return the column without memory."""
        return cls(derivation, {})

    def values(self, native: Mapping[str, Column]) -> Column:
        """Return the derived values."""
        function = FUNCTIONS[self.derivation.function]
        if len(self._memory) > REMEMBERED_VALUES:
            self._memory.clear()
        memory = self._memory
        columns = [native[name] for name in self.derivation.inputs]
        rows = list(zip(*columns, strict=True))
        # Numbers equal across types (1, True, 1.0) are one key; only texts are remembered.
        if all(_REMEMBERED.issuperset(map(type, column)) for column in columns):
            for inputs in set(rows).difference(memory):
                memory[inputs] = function(inputs)
            return list(map(memory.__getitem__, rows))
        found: Column = []
        for inputs in rows:
            if _REMEMBERED.issuperset(map(type, inputs)):
                value = memory.get(inputs, _UNKNOWN)
                if value is _UNKNOWN:
                    value = memory[inputs] = function(inputs)
            else:
                value = function(inputs)
            found.append(value)
        return found


_REMEMBERED: Final = frozenset({str, UnsetType})
_UNKNOWN: Final = object()


class PairTests:
    """Tests that compare one field with another, on pairs of values (in the place of `FieldTests`)."""

    def __init__(self, tests: Sequence[Test]) -> None:
        """Take the tests; a test's number in an answer is its place here."""
        self._tests = [(number, test) for number, test in enumerate(tests) if isinstance(test, FieldReference)]

    def answer(self, value: Any) -> frozenset[int]:  # noqa: ANN401 - a pair of values
        """Return the numbers of the tests that hold on the pair."""
        left, right = value
        return frozenset(number for number, test in self._tests if reference_holds(test.operator, left, right))


class KeywordScreen:
    """A quick look at raw text that rules one rule's keywords out.

    JSON writes letters, digits, space and plain punctuation as they are; a keyword's longest such part is looked for.
    Where a keyword has none, or the text spells characters in another way, nothing is ruled out.

    Attributes:
        events: how many events so far were of kinds on which the rule applies.
    """

    def __init__(self, tests: Iterable[Test]) -> None:
        """Choose what to look for."""
        self.events = 0
        self._searches: list[ahocorasick_rs.BytesAhoCorasick] | None = None
        needles = [_needle(test) for test in tests]
        if all(needles):
            wanted = sorted({*(needle.encode() for needle in needles), *_BY_NUMBER})
            self._searches = [
                # "Leftmost", with few needles, lets the automaton scan several bytes at a time.
                ahocorasick_rs.BytesAhoCorasick(
                    wanted[place : place + _NEEDLES_AT_ONCE], matchkind=ahocorasick_rs.MatchKind.LeftmostFirst
                )
                for place in range(0, len(wanted), _NEEDLES_AT_ONCE)
            ]

    @property
    def rules_out(self) -> bool:
        """Whether there is any text that none of the keywords can be in."""
        return self._searches is not None

    def may_be_in(self, text: bytes) -> bool:
        """Say whether one of the keywords may be in text that `schema.batch.screened` gave."""
        if self._searches is None:
            return True
        for search in self._searches:
            if search.find_matches_as_indexes(text):
                return True
        return not text.isascii() and bool(_ODD_SPELLINGS.find_matches_as_indexes(text))

    def places_in(self, batch: EventBatch) -> Sequence[int]:
        """Return the places of the events that one of the keywords may be in, by their own texts alone."""
        texts, found = batch.texts(), list[int]()
        for start in range(0, len(texts), _TOGETHER):
            some = texts[start : start + _TOGETHER]
            # No keyword that is looked for goes over a line's end.
            if self.may_be_in(screened("\n".join(some))):
                found += [place for place, text in enumerate(some, start) if self.may_be_in(screened(text))]
        return found


_TOGETHER: Final = 64
_NEEDLES_AT_ONCE: Final = 36
"""Measured: two such automata go through a text in less time than one with more needles and one with the rest."""
_OFTEN: Final = 4


@dataclass(slots=True)
class EventsMet:
    """How many events there were so far."""

    count: int = 0


class KeywordColumn:
    """All fields of each event, for keyword searches; empty where a look at the raw text rules every keyword out."""

    def __init__(self, screens: Sequence[KeywordScreen], met: EventsMet) -> None:
        """Take the screens of all rules that search for keywords in one kind of event, and how many events were met."""
        self._screens = screens
        self._met = met

    def see(self, events: int) -> None:
        """Count events that are about to be looked at."""
        self._met.count += events
        for screen in self._screens:
            screen.events += events

    def values(self, batch: EventBatch) -> Column:
        """Return a tuple of all values per event, empty where no keyword can be in it."""
        found: Column = [()] * len(batch)
        for screen in self._screens:
            # What is looked for in every fourth event is looked for in all that was read together at once, not kind by
            # kind: letter case is put aside there for all screens.
            often = batch.screened_at_once or screen.events * _OFTEN >= self._met.count
            for place in batch.places_with(screen) if often else screen.places_in(batch):
                if not found[place]:
                    found[place] = all_values(batch.event(place))
        return found


_FOLDED_TO_PLAIN: Final = frozenset(
    chr(code).encode()
    for code in (*range(0x80, 0x3000), *range(0xFB00, 0xFB50))
    if any(character < "\x80" for character in chr(code).casefold())
)
"""Characters outside of ASCII that case folding turns into ASCII ones: the Kelvin sign, long s, ligatures …"""

_BY_NUMBER: Final = (b"\\u00", b"\\u01", b"\\u1e9", b"\\u212a", b"\\ufb0")
"""How JSON may spell plain characters, and those that case folding turns into them, by number."""

_ODD_SPELLINGS: Final = ahocorasick_rs.BytesAhoCorasick(
    sorted(_FOLDED_TO_PLAIN), matchkind=ahocorasick_rs.MatchKind.LeftmostFirst
)


def _needle(test: Test) -> str:
    """Return the longest part of a keyword that every JSON writer leaves as it is, folded; "" where there is none."""
    if isinstance(test, Text):
        literal = fold(test.value)
    elif isinstance(test, Pattern):
        literal = fold(longest_literal(test))
    else:
        return ""
    if _NUMBER.fullmatch(literal):
        # JSON may write the same number in another way: 1e3, 1000.0.
        return ""
    return max(_SAFE_IN_JSON.findall(literal), key=len, default="")
