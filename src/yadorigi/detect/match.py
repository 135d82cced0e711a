"""The matcher: the rules that apply to one kind of event, over batches of it.

Each column's values become answer codes (`query.distinct`); the codes of a row are its signature. Rows with the same
signature match the same rules, so a signature is judged once and remembered. Judging looks only at rules one of whose
required tests hit, and is exact: the predicate itself is evaluated over the set of tests that hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from msgspec import UNSET

from yadorigi.detect.columns import ALL_FIELDS, Column, DerivedColumn, KeywordColumn, KeywordScreen, PairTests
from yadorigi.detect.index import required_tests
from yadorigi.detect.plan import BoundRule, Planner
from yadorigi.languages.sigma.derive import Derivation
from yadorigi.limits import COUNTED_KEYS_LIMIT, KINDS_LIMIT, REMEMBERED_SIGNATURES
from yadorigi.query import nodes
from yadorigi.query.bind import Known
from yadorigi.query.distinct import Answer, FieldTests, RememberedAnswers
from yadorigi.query.evaluate import test_holds
from yadorigi.query.nodes import FieldReference, Match, Node, Test
from yadorigi.query.regexes import SafeRegex
from yadorigi.schema.batch import EventBatch
from yadorigi.schema.event import EventKind, Value

Holds: TypeAlias = Callable[[Answer], bool]
PAIR = " \N{RIGHTWARDS ARROW} "


class Hit(NamedTuple):
    """A rule that matched, and the Sigma fields that made it match with the columns that hold them."""

    rule: int
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """One event that rules matched.

    Attributes:
        place: the event's place in the batch.
        hits: the rules, in the rule set's order, each with the fields and values that made it match.
    """

    place: int
    hits: tuple[tuple[int, dict[str, Value]], ...]


def keywords_of(node: Node) -> tuple[Test, ...]:
    """Return the keyword tests of a predicate."""
    match node:
        case Match(field=None):
            return (node.test,)
        case nodes.And() | nodes.Or():
            return tuple(test for child in node.children for test in keywords_of(child))
        case nodes.Not():
            return keywords_of(node.child)
        case _:
            return ()


class _Tests:
    """The different tests of a kind's rules, numbered, by column."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, Test], int] = {}
        self.by_column: dict[str, list[tuple[int, Test]]] = {}

    def number_of(self, match: Match) -> int:
        column, test = column_of(match), match.test
        number = self.numbers.get((column, test))
        if number is None:
            number = self.numbers[column, test] = len(self.numbers)
            self.by_column.setdefault(column, []).append((number, test))
        return number


def column_of(match: Match) -> str:
    """Return the name of the column that a test on columns looks at."""
    if match.field is None:
        return ALL_FIELDS
    if isinstance(match.test, FieldReference):
        return f"{match.field}{PAIR}{match.test.other}"
    return match.field


class SharedAnswers:
    """Answers of fields' tests, shared by all kinds of events on which the same tests are asked of a field."""

    def __init__(self) -> None:
        """Start empty."""
        self._answers: dict[tuple[Test, ...], RememberedAnswers] = {}
        self._screens: dict[tuple[Test, ...], KeywordScreen] = {}
        self._bounded: list[SafeRegex] = []

    def of(self, tests: tuple[Test, ...]) -> RememberedAnswers:
        """Return the answers to the tests."""
        found = self._answers.get(tests)
        if found is None:
            if any(isinstance(test, FieldReference) for test in tests):
                found = RememberedAnswers(PairTests(tests).answer)
            else:
                field_tests = FieldTests(tests)
                self._bounded += field_tests.bounded
                found = RememberedAnswers(field_tests.answer)
            if len(self._answers) >= COUNTED_KEYS_LIMIT:
                self._answers.clear()
            self._answers[tests] = found
        return found

    def screen(self, tests: tuple[Test, ...]) -> KeywordScreen:
        """Return the quick look for one rule's keywords."""
        found = self._screens.get(tests)
        if found is None:
            if len(self._screens) >= COUNTED_KEYS_LIMIT:
                self._screens.clear()
            found = self._screens[tests] = KeywordScreen(tests)
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

    def __init__(self, rules: Sequence[BoundRule], shared: SharedAnswers) -> None:
        """Number the tests, find the tables of each column and build the index of rules."""
        self.rules = rules
        tests = _Tests()
        self._judges = [_judge(rule.node, tests) for rule in rules]
        self._always: list[int] = []
        self._waiting: dict[int, list[int]] = {}
        for place, rule in enumerate(rules):
            required = required_tests(rule.node, tests.number_of)
            if required is None:
                self._always.append(place)
            for number in required or ():
                self._waiting.setdefault(number, []).append(place)
        self._numbers = tests.numbers
        self._columns = list(tests.by_column)
        derived: dict[str, Derivation] = {}
        for rule in rules:
            for _, field_map in rule.sources:
                derived.update(field_map.derived)
        self._derived = {name: DerivedColumn.of(derived[name]) for name in _simple_names(self._columns) if name in derived}
        self._native = _native_names(self._columns, derived)
        self.occurred = dict.fromkeys(_simple_names(self._columns), False)
        by_column = {name: tuple(test for _, test in numbered) for name, numbered in tests.by_column.items()}
        keywords = (keywords_of(rule.node) for rule in rules)
        self._keywords = KeywordColumn([shared.screen(tests) for tests in keywords if tests])
        self._answers = [shared.of(by_column[name]) for name in self._columns]
        self._own_numbers = [[number for number, _ in tests.by_column[name]] for name in self._columns]
        self._signatures: dict[tuple[int, ...], tuple[Hit, ...]] = {}
        self._generation = 0

    def match(self, batch: EventBatch) -> Iterator[Matched]:
        """Give the events of a batch that rules match, in the batch's order."""
        if not self.rules:
            return
        self._make_room()
        columns = self._column_values(batch)
        codes = [
            answers.codes(columns[name]) for name, answers in zip(self._columns, self._answers, strict=True)
        ]
        remembered = self._signatures
        signatures = list(zip(*codes, strict=True))
        for place, hits in enumerate(map(remembered.get, signatures)):
            if hits is None:
                signature = signatures[place]
                hits = remembered.get(signature)
                if hits is None:
                    hits = remembered[signature] = self._hits(signature)
            if hits:
                yield Matched(place, tuple((hit.rule, _values(hit, columns, place)) for hit in hits))

    def _make_room(self) -> None:
        for answers in self._answers:
            answers.make_room()
        generation = sum(answers.generation for answers in self._answers)
        if generation != self._generation or len(self._signatures) > REMEMBERED_SIGNATURES:
            self._generation = generation
            self._signatures.clear()

    def _column_values(self, batch: EventBatch) -> dict[str, Column]:
        columns: dict[str, Column] = dict(zip(self._native, batch.columns(self._native), strict=True))
        for name, derived in self._derived.items():
            columns[name] = derived.values(columns)
        for name, seen in self.occurred.items():
            if not seen and any(value is not UNSET for value in columns[name]):
                self.occurred[name] = True
        for name in self._columns:
            if name == ALL_FIELDS:
                columns[name] = self._keywords.values(batch)
            elif PAIR in name:
                left, right = name.split(PAIR)
                columns[name] = list(zip(columns[left], columns[right], strict=True))
        return columns

    def _hits(self, signature: tuple[int, ...]) -> tuple[Hit, ...]:
        truth: Answer = frozenset(
            self._own_numbers[place][number]
            for place, code in enumerate(signature)
            for number in self._answers[place].answers[code]
        )
        candidates = set(self._always)
        for number in truth:
            candidates.update(self._waiting.get(number, ()))
        return tuple(
            Hit(self.rules[place].number, self._matched_fields(self.rules[place], truth))
            for place in sorted(candidates)
            if self._judges[place](truth)
        )

    def _matched_fields(self, rule: BoundRule, truth: Answer) -> tuple[tuple[str, str], ...]:
        """Return the Sigma fields whose tests made the rule match, with their columns."""
        found: dict[str, str] = {}
        for node, field_map in rule.sources:
            holds, fields = self._explain(node, field_map.resolve, truth)
            if holds:
                for name, column in fields:
                    found.setdefault(name, column)
        return tuple(found.items())

    def _explain(
        self, node: Node, resolve: Callable[[str], str | Known], truth: Answer
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Return whether a predicate in Sigma's names holds, and the fields of its positive tests that do."""
        match node:
            case Match():
                return self._explain_match(node, resolve, truth)
            case nodes.And() | nodes.Or():
                parts = [self._explain(child, resolve, truth) for child in node.children]
                holding = [fields for holds, fields in parts if holds]
                holds = len(holding) == len(parts) if isinstance(node, nodes.And) else bool(holding)
                return holds, [pair for fields in holding for pair in fields] if holds else []
            case nodes.Not():
                return not self._explain(node.child, resolve, truth)[0], []
            case nodes.Constant():
                return node.holds, []

    def _explain_match(
        self, node: Match, resolve: Callable[[str], str | Known], truth: Answer
    ) -> tuple[bool, list[tuple[str, str]]]:
        if node.field is None:
            number = self._numbers.get((ALL_FIELDS, node.test))
            return number in truth, [("keyword", ALL_FIELDS)]
        target = resolve(node.field)
        if isinstance(target, Known):
            known = not isinstance(node.test, FieldReference) and test_holds(node.test, target.value)
            return known, [(node.field, target.column)]
        test = node.test
        if isinstance(test, FieldReference):
            other = resolve(test.other)
            test = FieldReference(other.column if isinstance(other, Known) else other, test.operator)
        number = self._numbers.get((column_of(Match(target, test)), test))
        return number in truth, [(node.field, target)]


def _judge(node: Node, tests: _Tests) -> Holds:
    """Return a function that evaluates a predicate over the set of tests that hold."""
    match node:
        case Match():
            number = tests.number_of(node)
            return lambda truth: number in truth
        case nodes.And():
            needed, others = _split(node.children, tests)
            if not others:
                return lambda truth: needed <= truth
            return lambda truth: needed <= truth and all(holds(truth) for holds in others)
        case nodes.Or():
            offered, others = _split(node.children, tests)
            if not others:
                return lambda truth: not offered.isdisjoint(truth)
            return lambda truth: not offered.isdisjoint(truth) or any(holds(truth) for holds in others)
        case nodes.Not():
            inner = _judge(node.child, tests)
            return lambda truth: not inner(truth)
        case nodes.Constant():
            constant = node.holds
            return lambda _: constant


def _split(children: Sequence[Node], tests: _Tests) -> tuple[Answer, list[Holds]]:
    numbers = frozenset(tests.number_of(child) for child in children if isinstance(child, Match))
    return numbers, [_judge(child, tests) for child in children if not isinstance(child, Match)]


def _simple_names(columns: Sequence[str]) -> list[str]:
    """Return the columns without "all fields", and with pairs as their two columns."""
    found: dict[str, None] = {}
    for column in columns:
        if column != ALL_FIELDS:
            found.update(dict.fromkeys(column.split(PAIR)))
    return list(found)


def _native_names(columns: Sequence[str], derived: dict[str, Derivation]) -> list[str]:
    found: dict[str, None] = {}
    for name in _simple_names(columns):
        found.update(dict.fromkeys(derived[name].inputs if name in derived else (name,)))
    return list(found)


def _values(hit: Hit, columns: dict[str, Column], place: int) -> dict[str, Value]:
    """Return the matched fields' values in one event."""
    found: dict[str, Value] = {}
    for name, column in hit.fields:
        if column in columns:
            value = columns[column][place]
            found[name] = None if value is UNSET else value  # type: ignore[assignment]  # UNSET was excluded
    return found


class Matcher:
    """All rules over batches of any kind.

    Attributes:
        shared: what the kinds' matchers share.
    """

    def __init__(self, planner: Planner) -> None:
        """Start without matchers; each kind's is made when its first batch comes."""
        self._planner = planner
        self._kinds: dict[EventKind, KindMatcher] = {}
        self.shared = SharedAnswers()

    def of(self, kind: EventKind) -> KindMatcher:
        """Return the matcher of a kind of event."""
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) >= KINDS_LIMIT:
                self._kinds.pop(next(iter(self._kinds)))
            found = self._kinds[kind] = KindMatcher(self._planner.bound_rules(kind), self.shared)
        return found

    def kinds(self) -> dict[EventKind, KindMatcher]:
        """Return the matchers made so far."""
        return self._kinds
