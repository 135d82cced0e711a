"""Many tests on one field at once, over distinct values.

Logs repeat themselves: a million events hold a few thousand different command lines. So the tests of all rules on one
field are put into one structure (exact texts in a table, all other literals in one Aho-Corasick automaton), each
different value goes through it once, and the answer - the set of tests that hold - is remembered.

`query.evaluate` is the specification; tests hold the two equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import ahocorasick_rs
from msgspec import UNSET, UnsetType

from yadorigi.limits import REMEMBERED_ANSWERS, REMEMBERED_CHARACTERS, REMEMBERED_VALUE_LENGTH, REMEMBERED_VALUES
from yadorigi.query import nodes
from yadorigi.query.evaluate import test_holds
from yadorigi.query.expressions import Expressions
from yadorigi.query.literals import required_literals
from yadorigi.query.nodes import Pattern, Regex, Test, Text, TextOperator
from yadorigi.query.patterns import longest_literal, prover, spelled_out
from yadorigi.query.regexes import SafeRegex, compiled
from yadorigi.query.values import address_of, fold, is_inside, text_of

if TYPE_CHECKING:
    from yadorigi.schema.event import Scalar, Value

_WINDOW: Final = 65_536
"""Characters of a long text scanned at a time: a hostile megabyte of one letter has a megabyte of hits."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TURKISH_I: Final = re.compile("[i\u0131\u0307]")
"""Where `regex` puts letter case aside in its own way: it takes the dotted and the dotless i for one letter."""

Answer: TypeAlias = frozenset[int]
Proof: TypeAlias = Callable[[str], bool]
_NOTHING: Final[Answer] = frozenset()


class _Literal:
    """What hangs on one literal of an automaton."""

    __slots__ = ("contains", "ends", "proofs", "starts")

    def __init__(self) -> None:
        self.contains: list[int] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.proofs: list[tuple[int, Proof]] = []


class _Automaton:
    """All literals of one field and one reading of letter case."""

    def __init__(self) -> None:
        self._literals: dict[str, _Literal] = {}
        self._exact: dict[str, list[int]] = {}
        self._entries: list[_Literal] = []
        self._search: ahocorasick_rs.AhoCorasick | None = None
        self._longest = 0

    def add(self, operator: TextOperator, text: str, number: int) -> None:
        if operator == "equals":
            self._exact.setdefault(text, []).append(number)
        elif operator == "contains":
            self.literal(text).contains.append(number)
        elif operator == "startswith":
            self.literal(text).starts.append(number)
        else:
            self.literal(text).ends.append(number)

    def literal(self, text: str) -> _Literal:
        return self._literals.setdefault(text, _Literal())

    def build(self) -> None:
        self._entries = list(self._literals.values())
        if self._literals:
            self._longest = max(map(len, self._literals))
            self._search = ahocorasick_rs.AhoCorasick(
                list(self._literals), matchkind=ahocorasick_rs.MatchKind.Standard, store_patterns=False
            )

    def collect(self, text: str, proof_text: str, found: set[int]) -> None:
        """Add the tests that hold on ``text``; proofs of regular expressions run on the text before folding."""
        exact = self._exact.get(text)
        if exact is not None:
            found.update(exact)
        if self._search is None:
            return
        length = len(text)
        tried: set[int] = set()
        proofs: dict[int, Proof] = {}
        for index, start, end in self._hits(text):
            entry = self._entries[index]
            if entry.starts and start == 0:
                found.update(entry.starts)
            if entry.ends and end == length:
                found.update(entry.ends)
            if index in tried:
                continue
            tried.add(index)
            found.update(entry.contains)
            proofs.update(entry.proofs)
        found.update(number for number, proof in proofs.items() if proof(proof_text))

    def _hits(self, text: str) -> Iterable[tuple[int, int, int]]:
        if self._search is None:
            return ()
        if len(text) <= _WINDOW:
            return self._search.find_matches_as_indexes(text, overlapping=True)
        return self._windowed_hits(text)

    def _windowed_hits(self, text: str) -> Iterable[tuple[int, int, int]]:
        """Give each literal's first hit, and its hits at the very start and the very end."""
        if self._search is None:
            return
        seen: set[tuple[int, bool, bool]] = set()
        for base in range(0, len(text), _WINDOW):
            part = text[base : base + _WINDOW + self._longest]
            for index, start, end in self._search.find_matches_as_indexes(part, overlapping=True):
                key = (index, start + base == 0, end + base == len(text))
                if key not in seen:
                    seen.add(key)
                    yield index, start + base, end + base


class FieldTests:
    """The tests of many rules on one field.

    Args:
        tests: the tests; a test's number in an answer is its place here. `FieldReference` has no place here: it
            looks at two fields.
    """

    def __init__(self, tests: Sequence[Test]) -> None:
        """Sort the tests into tables and automata; the cost is once per field and set of rules."""
        self._tests = tests
        self._folded = _Automaton()
        self._folded_proofs = _Automaton()
        self._expressions = Expressions()
        self._cased = _Automaton()
        self._searches: list[tuple[int, Proof]] = []
        self._networks: list[tuple[int, str]] = []
        self._each: list[tuple[int, Test]] = []
        self._nulls = frozenset(number for number, test in enumerate(tests) if isinstance(test, nodes.Null))
        self.bounded: list[SafeRegex] = []
        for number, test in enumerate(tests):
            self._place(number, test)
        for automaton in (self._folded, self._folded_proofs, self._cased):
            automaton.build()
        self._expressions.build()
        self._on_present = frozenset(number for number, test in enumerate(tests) if test == nodes.Exists(True))
        # Most tests ask for some text, which nothing has.
        odd = [(number, test) for number, test in enumerate(tests) if not isinstance(test, Text) or not test.value]
        self._on_missing = frozenset(number for number, test in odd if test_holds(test, UNSET))
        self._on_nothing = frozenset(number for number, test in odd if test_holds(test, ()))
        self._on_empty = frozenset(number for number, test in odd if test_holds(test, ""))

    def answer(self, value: Value | UnsetType) -> Answer:
        """Return the numbers of the tests that hold on the value."""
        if value is UNSET:
            return self._on_missing
        if isinstance(value, tuple):
            answers = [self._scalar_answer(element) for element in value]
            union = frozenset().union(*answers) if answers else self._on_nothing
            nulls = self._nulls if all(self._nulls <= answer for answer in answers) else _NOTHING
            return (union - self._nulls) | nulls
        return self._scalar_answer(value)

    def _scalar_answer(self, value: Scalar) -> Answer:
        if value is None or value == "":
            return self._on_empty
        text = text_of(value)
        if not text.isascii() and _LONE_SURROGATE.search(text):
            # The automata read UTF-8, which has no lone surrogates.
            return frozenset(number for number, test in enumerate(self._tests) if test_holds(test, value))
        folded = fold(text)
        found: set[int] = set()
        self._folded.collect(folded, folded, found)
        self._folded_proofs.collect(folded, text, found)
        self._cased.collect(text, text, found)
        found |= self._expressions.found_in(text, folded)
        found.update(number for number, search in self._searches if search(text))
        found.update(number for number, test in self._each if test_holds(test, value))
        if self._networks and (address := address_of(value)) is not None:
            found.update(number for number, network in self._networks if is_inside(address, network))
        return self._on_present.union(found)

    def _place(self, number: int, test: Test) -> None:
        match test:
            case Text():
                self._place_text(number, test)
            case Pattern():
                self._place_pattern(number, test)
            case Regex():
                self._place_regex(number, test)
            case nodes.Cidr():
                self._networks.append((number, test.network))
            case nodes.Compare() | nodes.TimePart():
                self._each.append((number, test))
            case nodes.Exists() | nodes.Null() | nodes.FieldReference():
                pass  # being there or not decides the first two; the third looks at two fields

    def _place_text(self, number: int, test: Text) -> None:
        automaton = self._cased if test.cased else self._folded
        wanted = test.value if test.cased else fold(test.value)
        if test.operator != "equals" and (not wanted or _LONE_SURROGATE.search(wanted)):
            # Nothing is found in everything; a lone surrogate is nothing that the automaton could look for.
            self._each.append((number, test))
        else:
            automaton.add(test.operator, wanted, number)

    def _place_pattern(self, number: int, test: Pattern) -> None:
        needle = longest_literal(test)
        if not needle or any(_LONE_SURROGATE.search(part) for part in test.parts if isinstance(part, str)):
            self._each.append((number, test))
            return
        automaton = self._cased if test.cased else self._folded
        spelled = spelled_out(test)
        if spelled is None:
            automaton.literal(needle).proofs.append((number, prover(test)))
            return
        operator, spellings = spelled
        for spelling in spellings:
            automaton.add(operator, spelling, number)

    def _place_regex(self, number: int, test: Regex) -> None:
        expression = compiled(test.pattern, test.flags)
        if expression.linear:
            self._expressions.add(number, expression)
            return
        self.bounded.append(expression)
        needles = frozenset(max(_TURKISH_I.split(needle), key=len) for needle in required_literals(test.pattern))
        if not needles or "" in needles:
            self._searches.append((number, expression.found_in))
            return
        for needle in needles:
            self._folded_proofs.literal(needle).proofs.append((number, expression.found_in))


class RememberedAnswers:
    """Answers of one field's tests as small numbers, one per different answer, remembered by value.

    Attributes:
        answers: the different answers; a code is a place here.
        generation: grows when everything remembered was dropped, codes included.
    """

    def __init__(self, answer: Callable[[Value | UnsetType], Answer]) -> None:
        """Start without memory."""
        self._answer = answer
        self._codes: dict[Answer, int] = {}
        self._memory: dict[object, int] = {}
        self._characters = 0
        self.answers: list[Answer] = []
        self.generation = 0

    def make_room(self) -> None:
        """Drop what is remembered if an attacker's variety made it large; call between batches."""
        if len(self.answers) > REMEMBERED_ANSWERS:
            self.generation += 1
            self.answers.clear()
            self._codes.clear()
            self._memory.clear()

    def codes(self, values: Sequence[Value | UnsetType]) -> list[int]:
        """Return one code per value."""
        known = self._memory.get
        found: list[int | None] = list(map(known, values))
        if None in found:
            # A value that is new comes many times at once: each is asked about once.
            for value in {value: None for value, code in zip(values, found, strict=True) if code is None}:
                self._code(value)
            found = list(map(known, values))
        if None in found:
            for place, code in enumerate(found):
                if code is None:
                    found[place] = self._code(values[place])
        return found  # type: ignore[return-value]  # every None was replaced above

    def _code(self, value: Value | UnsetType) -> int:
        # Numbers that are one key of a dict can be two texts (1 and True, 2**53 whole and as a fraction): their type
        # goes into the key.
        twofold = isinstance(value, int | float) and (value in (0, 1) or abs(value) >= 2**53)
        key = (value.__class__, value) if twofold else value
        remembered = self._memory.get(key)
        if remembered is not None:
            return remembered
        answer = self._answer(value)
        code = self._codes.get(answer)
        if code is None:
            code = self._codes[answer] = len(self.answers)
            self.answers.append(answer)
        if not _can_be_remembered(value):
            return code
        if isinstance(value, str):
            self._characters += len(value)
        if len(self._memory) >= REMEMBERED_VALUES or self._characters > REMEMBERED_CHARACTERS:
            self._memory.clear()
            self._characters = 0
        self._memory[key] = code
        return code


def _can_be_remembered(value: Value | UnsetType) -> bool:
    if isinstance(value, str):
        return len(value) <= REMEMBERED_VALUE_LENGTH
    if isinstance(value, tuple):
        texts = [element for element in value if isinstance(element, str)]
        return _holds_only_texts(value) and sum(map(len, texts)) <= REMEMBERED_VALUE_LENGTH
    return True


def _holds_only_texts(value: tuple[object, ...]) -> bool:
    return all(element.__class__ is str or element is None or element is UNSET for element in value)
