"""The matcher: the rules that apply to one kind of event, over batches of it.

Each column's values become answer codes (`query.distinct`); the codes of a row are its signature. Rows with the same
signature match the same rules, so a signature is judged once and remembered. Judging looks only at rules one of whose
required tests hit, and is exact: the predicate itself is evaluated over the set of tests that hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from yadorigi.detect.columns import (
    ALL_FIELDS,
    Column,
    ColumnKey,
    DerivedColumn,
    EventsMet,
    KeywordColumn,
    KeywordScreen,
    PairTests,
)
from yadorigi.detect.explain import MatchedField, matched_fields
from yadorigi.detect.fields import SYSTEM
from yadorigi.detect.judged import JudgedRule, TestTable
from yadorigi.limits import COUNTED_KEYS_LIMIT, KINDS_LIMIT, REMEMBERED_SIGNATURES
from yadorigi.query.distinct import Answer, FieldTests, RememberedAnswers
from yadorigi.query.evaluate import test_holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from yadorigi.detect.plan import BoundRule, Planner
    from yadorigi.languages.sigma.derive import Derivation
    from yadorigi.query.regexes import SafeRegex
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import EventKind, Value


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matched, and the Sigma fields that made it match with where their values are."""

    rule: int
    fields: tuple[MatchedField, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """One event that rules matched.

    Attributes:
        place: the event's place in the batch.
        hits: the rules, in the rule set's order, each with the fields and values that made it match.
    """

    place: int
    hits: tuple[tuple[int, dict[str, Value]], ...]


class SharedAnswers:
    """What the matchers of all kinds of events share: test numbers, and the answers to the same tests.

    Attributes:
        table: the numbers of all tests.
        met: how many events there were so far.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.table = TestTable()
        self.met = EventsMet()
        self._answers: dict[tuple[int, ...], RememberedAnswers] = {}
        self._screens: dict[tuple[int, ...], KeywordScreen] = {}
        self._judged: dict[int, JudgedRule] = {}
        self._bounded: list[SafeRegex] = []

    def judged(self, rule: BoundRule) -> JudgedRule:
        """Return a rule ready to be judged; one per bound rule."""
        found = self._judged.get(id(rule))
        if found is None or found.bound is not rule:
            if len(self._judged) >= COUNTED_KEYS_LIMIT:
                self._judged.clear()
            found = self._judged[id(rule)] = JudgedRule(rule, self.table)
        return found

    def of(self, column: ColumnKey, numbers: tuple[int, ...]) -> RememberedAnswers:
        """Return the answers to the tests with these numbers, all on one column."""
        found = self._answers.get(numbers)
        if found is None:
            tests = [self.table.tests[number][1] for number in numbers]
            if isinstance(column, tuple) and column != ALL_FIELDS:
                found = RememberedAnswers(PairTests(tests).answer)
            else:
                field_tests = FieldTests(tests)
                self._bounded += field_tests.bounded
                found = RememberedAnswers(field_tests.answer)
            if len(self._answers) >= COUNTED_KEYS_LIMIT:
                self._answers.clear()
            self._answers[numbers] = found
        return found

    def screen(self, numbers: tuple[int, ...]) -> KeywordScreen:
        """Return the quick look for one rule's keyword tests."""
        found = self._screens.get(numbers)
        if found is None:
            found = self._screens[numbers] = KeywordScreen([self.table.tests[number][1] for number in numbers])
        return found

    def timed_out(self) -> Iterator[tuple[str, int]]:
        """Give the expressions whose searches hit the time limit since the last call, and how often."""
        for expression in self._bounded:
            if expression.timed_out:
                yield expression.pattern, expression.timed_out
                expression.timed_out = 0


class KindMatcher:
    """The matcher of one kind of event.

    Attributes:
        rules: the rules that could match.
        occurred: for each column, whether any event so far had it.
    """

    def __init__(self, rules: Sequence[BoundRule], shared: SharedAnswers, program: Program | None = None) -> None:
        """Take a program made from the same rules for another kind of event, or make one."""
        self.rules = rules
        self._program = program if program is not None else Program(rules, shared)
        self.occurred = dict.fromkeys(self._program.simple, False)
        self._by_number: dict[int, BoundRule] = {}

    @property
    def screen(self) -> KeywordScreen | None:
        """What is found in the raw text of every event that a rule matches; None where only fields tell."""
        return self._program.screen if self.rules else None

    def bound(self, number: int) -> BoundRule:
        """Return a rule by its number, as it reads on this kind of event."""
        if not self._by_number:
            self._by_number = {rule.number: rule for rule in self.rules}
        return self._by_number[number]

    def match(self, batch: EventBatch) -> Iterator[Matched]:
        """Give the events of a batch that rules match, in the batch's order."""
        self._program.keywords.see(len(batch))
        if not self.rules:
            return
        program = self._program
        words = program.keywords.values(batch)
        alike = batch.alike(words) if program.by_data else None
        chosen: EventBatch = batch
        like: Sequence[int] = range(len(batch))
        if alike is not None:
            chosen, like = batch.select(alike.first), alike.like
            words = [words[place] for place in alike.first]
        columns = program.columns(chosen, words)
        for name, seen in self.occurred.items():
            if not seen and columns[name].count(UNSET) < len(chosen):
                self.occurred[name] = True
        found = {
            place: tuple((hit.rule, _values(hit, columns, place)) for hit in hits)
            for place, hits in program.hits(columns, len(chosen))
        }
        if found:
            yield from (Matched(place, found[own]) for place, own in enumerate(like) if own in found)


class Program:
    """What judges the events of all kinds on which the same rules read the same.

    Attributes:
        simple: columns of single fields that the rules look at.
        keywords: what looks for keywords in all fields.
        by_data: whether events with the same data, and without keywords, match the same rules.
    """

    def __init__(self, rules: Sequence[BoundRule], shared: SharedAnswers) -> None:
        """Find the tables of each column and build the index of rules."""
        self._rules = [shared.judged(rule) for rule in rules]
        self._always: list[int] = []
        self._waiting: dict[int, list[int]] = {}
        by_column: dict[ColumnKey, dict[int, None]] = {}
        tests = shared.table.tests
        for place, rule in enumerate(self._rules):
            if rule.required is None:
                self._always.append(place)
            for number in rule.required or ():
                self._waiting.setdefault(number, []).append(place)
            for number in rule.tests:
                by_column.setdefault(tests[number][0], {})[number] = None
        self._shared = shared
        self._columns = [*by_column]
        self._numbers = [tuple(sorted(numbers)) for numbers in by_column.values()]
        self._answers = [shared.of(*pair) for pair in zip(self._columns, self._numbers, strict=True)]
        keywords = (tuple(n for n in rule.tests if tests[n][0] == ALL_FIELDS) for rule in self._rules)
        self.keywords = KeywordColumn([shared.screen(numbers) for numbers in keywords if numbers], shared.met)
        self.simple = _simple_names(self._columns)
        derived: dict[str, Derivation] = {}
        self._common: dict[str, Value | UnsetType] = {}
        for bound in rules:
            for _, field_map in bound.sources:
                derived.update(field_map.derived)
                if bound.asks_for_kind:
                    self._common.update(field_map.common())
        self._derived = {name: DerivedColumn.of(derived[name]) for name in self.simple if name in derived}
        self._native = [name for name in _native_names(self.simple, derived) if name not in self._common]
        self.by_data = not any(name.startswith(SYSTEM) for name in self._native)
        self._signatures: dict[tuple[int, ...], tuple[Hit, ...]] = {}
        self._generation = 0

    @cached_property
    def screen(self) -> KeywordScreen | None:
        """What is found in the raw text of every event that a rule matches; None where there is no such thing.

        There is where all rules look for words in all fields, and no rule matches an event without fields.
        """
        if self._always or self._columns != [ALL_FIELDS]:
            return None
        found = self._shared.screen(self._numbers[0])
        nothing = tuple(answers.codes([()])[0] for answers in self._answers)
        return found if found.rules_out and not self._judge(nothing) else None

    def columns(self, batch: EventBatch, words: Column) -> dict[ColumnKey, Column]:
        """Return the values of all columns that the rules look at; ``words`` are those of all fields."""
        native: dict[str, Column] = dict(zip(self._native, batch.columns(self._native), strict=True))
        columns: dict[ColumnKey, Column] = dict(native.items())
        columns.update({name: [value] * len(batch) for name, value in self._common.items()})
        for name, derived in self._derived.items():
            columns[name] = derived.values(native)
        for key in self._columns:
            if key == ALL_FIELDS:
                columns[key] = words
            elif isinstance(key, tuple):
                columns[key] = list(zip(*(columns[name] for name in key), strict=True))
        return columns

    def hits(self, columns: dict[ColumnKey, Column], length: int) -> Iterator[tuple[int, tuple[Hit, ...]]]:
        """Give the places of events that rules match, with the rules."""
        self._make_room()
        codes = [answers.codes(columns[key]) for key, answers in zip(self._columns, self._answers, strict=True)]
        # Rules that only ask for what all events of the kind have look at no column.
        signatures = list(zip(*codes, strict=True)) if codes else [()] * length
        matching: dict[tuple[int, ...], tuple[Hit, ...]] = {}
        for signature in set(signatures):
            found = self._signatures.get(signature)
            if found is None:
                found = self._signatures[signature] = self._judge(signature)
            if found:
                matching[signature] = found
        if matching:
            for place, signature in enumerate(signatures):
                if signature in matching:
                    yield place, matching[signature]

    def _make_room(self) -> None:
        for answers in self._answers:
            answers.make_room()
        generation = sum(answers.generation for answers in self._answers)
        if generation != self._generation or len(self._signatures) > REMEMBERED_SIGNATURES:
            self._generation = generation
            self._signatures.clear()

    def _judge(self, signature: tuple[int, ...]) -> tuple[Hit, ...]:
        truth: Answer = frozenset(
            self._numbers[place][number]
            for place, code in enumerate(signature)
            for number in self._answers[place].answers[code]
        )
        candidates = set(self._always)
        for number in truth:
            candidates.update(self._waiting.get(number, ()))
        matched = (self._rules[place] for place in sorted(candidates) if self._rules[place].holds(truth))
        return tuple(Hit(rule.bound.number, matched_fields(rule.bound, self._shared.table, truth)) for rule in matched)


def _simple_names(columns: Iterable[ColumnKey]) -> list[str]:
    """Return the columns of single fields: without "all fields", and with pairs as their two fields."""
    found: dict[str, None] = {}
    for key in columns:
        found.update(dict.fromkeys((key,) if isinstance(key, str) else key))
    return list(found)


def _native_names(names: Iterable[str], derived: dict[str, Derivation]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(derived[name].inputs if name in derived else (name,)))
    return list(found)


def _values(hit: Hit, columns: dict[ColumnKey, Column], place: int) -> dict[str, Value]:
    """Return the matched fields' values in one event; None for one that it does not have."""
    found: dict[str, Value] = {}
    for matched in hit.fields:
        value = matched.constant if matched.column is None else columns[matched.column][place]
        if matched.test is not None:
            values = columns[ALL_FIELDS][place]
            value = next((part for part in values if test_holds(matched.test, part)), None)
        found[matched.name] = None if value is UNSET else value
    return found


def _seen(matcher: KindMatcher) -> frozenset[str]:
    return frozenset(name for name, seen in matcher.occurred.items() if seen)


class Matcher:
    """All rules over batches of any kind.

    Attributes:
        shared: what the kinds' matchers share.
    """

    def __init__(self, planner: Planner) -> None:
        """Start without matchers; each kind's is made when its first batch comes."""
        self._planner = planner
        self._kinds: dict[EventKind, KindMatcher] = {}
        self._dropped: list[tuple[EventKind, frozenset[str]]] = []
        self._programs: dict[tuple[int, ...], tuple[Sequence[BoundRule], Program]] = {}
        self.shared = SharedAnswers()

    def of(self, kind: EventKind) -> KindMatcher:
        """Return the matcher of a kind of event."""
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) >= KINDS_LIMIT:
                oldest = next(iter(self._kinds))
                self._dropped.append((oldest, _seen(self._kinds.pop(oldest))))
            rules = self._planner.bound_rules(kind)
            found = self._kinds[kind] = KindMatcher(rules, self.shared, self._program(rules))
        return found

    def _program(self, rules: Sequence[BoundRule]) -> Program:
        """Return the program of these very rules; it keeps them, so that their ids stay theirs."""
        key = tuple(map(id, rules))
        found = self._programs.get(key)
        if found is None:
            if len(self._programs) >= KINDS_LIMIT:
                self._programs.pop(next(iter(self._programs)))
            found = self._programs[key] = (rules, Program(rules, self.shared))
        return found[1]

    def occurred(self, kinds: Iterable[EventKind]) -> dict[EventKind, frozenset[str]]:
        """Return the columns that occurred in some kinds of events, and in those whose matchers had to go since then.

        A kind may be missing that went before the last call.
        """
        found: dict[EventKind, frozenset[str]] = {}
        made = ((kind, _seen(self._kinds[kind])) for kind in kinds if kind in self._kinds)
        for kind, columns in (*self._dropped, *made):
            found[kind] = found.get(kind, columns) | columns
        self._dropped.clear()
        return found
