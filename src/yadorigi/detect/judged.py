"""A bound rule made ready to be judged: its tests numbered, its predicate a function of the tests that hold.

Numbers are given once per different test and column in a process, so that what is made here for one kind of event
serves all kinds on which the rule reads the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from yadorigi.detect.columns import ALL_FIELDS, ColumnKey
from yadorigi.detect.index import required_tests
from yadorigi.query import nodes
from yadorigi.query.bind import bind_match
from yadorigi.query.distinct import Answer
from yadorigi.query.nodes import FieldReference, Match, Node, Test

if TYPE_CHECKING:
    from yadorigi.detect.plan import BoundRule

Holds: TypeAlias = Callable[[Answer], bool]


def column_of(match: Match) -> ColumnKey:
    """Return the column that a test on columns looks at."""
    if match.field is None:
        return ALL_FIELDS
    if isinstance(match.test, FieldReference):
        return match.field, match.test.other
    return match.field


@dataclass(slots=True)
class TestTable:
    """The different tests of all rules met so far.

    Attributes:
        tests: each with its column; a test's number is its place here.
    """

    __test__ = False  # pytest: no test class

    tests: list[tuple[ColumnKey, Test]] = field(default_factory=list)
    _numbers: dict[tuple[ColumnKey, Test], int] = field(default_factory=dict)

    def number_of(self, match: Match) -> int:
        """Return the number of a test, a new one where it is met for the first time."""
        key = column_of(match), match.test
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.tests)
            self.tests.append(key)
        return number


class JudgedRule:
    """A bound rule, ready to be judged.

    Attributes:
        bound: the rule.
        required: numbers of tests one of which must hold for it to match; None where it must always be looked at.
        tests: numbers of all its tests, in the order in which it names them.
    """

    __slots__ = ("_holds", "_table", "bound", "required", "tests")

    def __init__(self, bound: BoundRule, table: TestTable) -> None:
        """Number the tests and choose what to wait for."""
        # Looking a test up takes a hash of all its texts; the rule's own nodes stay where they are meanwhile.
        numbers = {id(match): table.number_of(match) for match in _matches(bound.node)}
        tests = dict.fromkeys(numbers.values())
        if bound.asks_for_kind:
            # What the kind decided took other tests along; they still say which fields made the rule match.
            for node, field_map in bound.sources:
                kept = (bind_match(match, field_map.resolve) for match in _matches(node))
                tests.update({table.number_of(match): None for match in kept if isinstance(match, Match)})
        self.bound = bound
        self.required: Answer | None = required_tests(bound.node, lambda match: numbers[id(match)])
        self.tests = tuple(tests)
        self._table = table
        self._holds: Holds | None = None

    def holds(self, truth: Answer) -> bool:
        """Say whether the rule matches where just these tests hold."""
        if self._holds is None:
            # Most rules never come so far.
            self._holds = judge(self.bound.node, self._table.number_of)
        return self._holds(truth)


def _matches(node: Node) -> list[Match]:
    """Return all tests of a predicate, in the order in which it names them."""
    found: list[Match] = []
    _gather(node, found)
    return found


def _gather(node: Node, found: list[Match]) -> None:
    match node:
        case Match():
            found.append(node)
        case nodes.And() | nodes.Or():
            for child in node.children:
                # Most are tests, and there are many.
                if isinstance(child, Match):
                    found.append(child)
                else:
                    _gather(child, found)
        case nodes.Not():
            _gather(node.child, found)
        case nodes.Constant():
            pass


def judge(node: Node, number_of: Callable[[Match], int]) -> Holds:
    """Return a function that evaluates a predicate over the set of tests that hold."""
    match node:
        case Match():
            number = number_of(node)
            found: Holds = lambda truth: number in truth  # noqa: E731 - all five are of one form
        case nodes.And() | nodes.Or():
            found = _joined(node, number_of)
        case nodes.Not():
            inner = judge(node.child, number_of)
            found = lambda truth: not inner(truth)  # noqa: E731 - as above
        case nodes.Constant():
            constant = node.holds
            found = lambda _: constant  # noqa: E731 - as above
    return found


def _joined(node: nodes.And | nodes.Or, number_of: Callable[[Match], int]) -> Holds:
    numbers, others = _split(node.children, number_of)
    if isinstance(node, nodes.And):
        if not others:
            return lambda truth: numbers <= truth
        return lambda truth: numbers <= truth and all(holds(truth) for holds in others)
    if not others:
        return lambda truth: not numbers.isdisjoint(truth)
    return lambda truth: not numbers.isdisjoint(truth) or any(holds(truth) for holds in others)


def _split(children: Sequence[Node], number_of: Callable[[Match], int]) -> tuple[Answer, list[Holds]]:
    numbers = frozenset(number_of(child) for child in children if isinstance(child, Match))
    return numbers, [judge(child, number_of) for child in children if not isinstance(child, Match)]
