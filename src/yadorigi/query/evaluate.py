"""What a predicate means, row by row.

This is the specification: slow and plain. Every faster evaluator is tested against it.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import UNSET, UnsetType

from yadorigi.query import nodes
from yadorigi.query.missing import holds_on_empty, holds_on_missing
from yadorigi.query.nodes import Node, Pattern, Test, Wildcard
from yadorigi.query.regexes import compiled
from yadorigi.query.values import DASHES, address_of, fold, is_inside, number_of, text_of, time_part_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yadorigi.schema.event import Scalar, Value


class Row(Protocol):
    """What a predicate is evaluated on."""

    def value(self, field: str) -> Value | UnsetType:
        """Return the field's value, or MISSING."""

    def values(self) -> Iterable[Value]:
        """Return the values of all fields, for keyword searches."""


def pattern_matches(parts: Iterable[str | int], text: str) -> bool:
    """Say whether the whole text has the form of the parts, by following all positions that can be reached."""
    reachable = {0}
    for part in parts:
        if isinstance(part, str):
            reachable = {position + len(part) for position in reachable if text.startswith(part, position)}
        elif part == Wildcard.ANY:
            reachable = set(range(min(reachable), len(text) + 1))
        elif part == Wildcard.ONE:
            reachable = {position + 1 for position in reachable if position < len(text)}
        else:
            reachable = {position + 1 for position in reachable if text[position : position + 1] in DASHES}
        if not reachable:
            return False
    return len(text) in reachable


def folded_parts(test: Pattern) -> tuple[str | int, ...]:
    """Return the parts with letter case put aside, unless the pattern is cased."""
    return test.parts if test.cased else tuple(fold(part) if isinstance(part, str) else part for part in test.parts)


def compare_texts(how: nodes.TextOperator, text: str, wanted: str) -> bool:
    """Compare two texts as they are."""
    if how == "equals":
        return text == wanted
    if how == "contains":
        return wanted in text
    return text.startswith(wanted) if how == "startswith" else text.endswith(wanted)


_COMPARE: Final = {
    "equals": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def _number_holds(test: nodes.Compare | nodes.TimePart, number: int | float | None) -> bool:
    return number is not None and bool(_COMPARE[test.operator](number, test.number))


def _text_holds(test: nodes.Text | Pattern, text: str) -> bool:
    if not test.cased:
        text = fold(text)
    if isinstance(test, Pattern):
        return pattern_matches(folded_parts(test), text)
    return compare_texts(test.operator, text, test.value if test.cased else fold(test.value))


def scalar_holds(test: Test, value: Scalar) -> bool:
    """Say whether a test that needs one field only holds on one present value."""
    decided = holds_on_empty(test) if value is None or value == "" else None
    if decided is not None:
        return decided
    holds = False
    match test:
        case nodes.Text() | nodes.Pattern():
            holds = _text_holds(test, text_of(value))
        case nodes.Regex():
            holds = compiled(test.pattern, test.flags).found_in(text_of(value))
        case nodes.Cidr():
            address = address_of(value)
            holds = address is not None and is_inside(address, test.network)
        case nodes.Compare():
            holds = _number_holds(test, number_of(value))
        case nodes.TimePart():
            holds = _number_holds(test, time_part_of(value, test.unit))
        case nodes.Exists():
            holds = test.expected
        case nodes.Null() | nodes.FieldReference():
            holds = False
    return holds


def reference_holds(how: nodes.TextOperator, value: Value | UnsetType, other: Value | UnsetType) -> bool:
    """Say whether a value stands to another field's value as the operator says; false where either is missing."""
    if value is UNSET or other is UNSET:
        return False
    lefts = value if isinstance(value, tuple) else (value,)
    rights = other if isinstance(other, tuple) else (other,)
    return any(compare_texts(how, fold(text_of(left)), fold(text_of(right))) for left in lefts for right in rights)


def test_holds(test: Test, value: Value | UnsetType) -> bool:
    """Say whether a test that needs one field only holds on a value, which may be missing or multiple.

    A field that occurs several times meets a test where one of its values does; it is null only where all are.
    """
    if value is UNSET:
        return holds_on_missing(test)
    if isinstance(value, tuple):
        if isinstance(test, nodes.Null):
            return all(scalar_holds(test, element) for element in value)
        if isinstance(test, nodes.Exists):
            return test.expected
        return any(scalar_holds(test, element) for element in value)
    return scalar_holds(test, value)


def match_holds(match: nodes.Match, row: Row) -> bool:
    """Say whether one test holds on the row."""
    if match.field is None:
        return any(test_holds(match.test, value) for value in row.values())
    if isinstance(match.test, nodes.FieldReference):
        return reference_holds(match.test.operator, row.value(match.field), row.value(match.test.other))
    return test_holds(match.test, row.value(match.field))


def evaluate(node: Node, row: Row) -> bool:
    """Say whether the predicate holds on the row."""
    match node:
        case nodes.Match():
            return match_holds(node, row)
        case nodes.And():
            return all(evaluate(child, row) for child in node.children)
        case nodes.Or():
            return any(evaluate(child, row) for child in node.children)
        case nodes.Not():
            return not evaluate(node.child, row)
        case nodes.Constant():
            return node.holds


def matched_fields(node: Node, row: Row) -> dict[str, Value]:
    """Return the fields, with their values, whose tests made the predicate hold (none from under a negation).

    A keyword's value is the first one that it was found in, under the name ``keyword``.
    """
    found: dict[str, Value] = {}
    pending: list[Node] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, nodes.And | nodes.Or):
            pending.extend(child for child in reversed(current.children) if evaluate(child, row))
        elif isinstance(current, nodes.Match) and match_holds(current, row):
            if current.field is None:
                hit = next((value for value in row.values() if test_holds(current.test, value)), None)
                found.setdefault("keyword", hit)
            else:
                value = row.value(current.field)
                found.setdefault(current.field, None if value is UNSET else value)
    return found
