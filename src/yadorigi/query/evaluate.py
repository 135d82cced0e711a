"""What a predicate means, row by row. This is the specification: slow, plain, and every faster evaluator is tested
against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Protocol

from msgspec import UNSET, UnsetType

from yadorigi.query import nodes
from yadorigi.query.missing import holds_on_empty, holds_on_missing
from yadorigi.query.nodes import Node, Pattern, Test, Wildcard
from yadorigi.query.regexes import compiled
from yadorigi.query.values import DASHES, address_of, fold, number_of, text_of, time_part_of
from yadorigi.schema.event import Scalar, Value


class Row(Protocol):
    """What a predicate is evaluated on."""

    def value(self, field: str) -> Value | UnsetType:
        """Return the field's value, or MISSING."""

    def values(self) -> Iterable[Value]:
        """Return the values of all fields, for keyword searches."""


@lru_cache(maxsize=4_096)
def network_of(text: str) -> IPv4Network | IPv6Network:
    """Return the parsed network; one per text in a process."""
    return ip_network(text, strict=False)


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


def _folded_parts(test: Pattern) -> tuple[str | int, ...]:
    return test.parts if test.cased else tuple(fold(part) if isinstance(part, str) else part for part in test.parts)


def compare_texts(operator: nodes.TextOperator, text: str, wanted: str) -> bool:
    """Compare two texts as they are."""
    if operator == "equals":
        return text == wanted
    if operator == "contains":
        return wanted in text
    return text.startswith(wanted) if operator == "startswith" else text.endswith(wanted)


def _compare_numbers(test: nodes.Compare, value: Scalar) -> bool:
    number = number_of(value)
    if number is None:
        return False
    if test.operator == "lt":
        return number < test.number
    if test.operator == "lte":
        return number <= test.number
    return number > test.number if test.operator == "gt" else number >= test.number


def scalar_holds(test: Test, value: Scalar) -> bool:
    """Say whether a test that needs one field only holds on one present value."""
    decided = holds_on_empty(test) if value is None or value == "" else None
    if decided is not None:
        return decided
    match test:
        case nodes.Text():
            text = text_of(value)
            if test.cased:
                return compare_texts(test.operator, text, test.value)
            return compare_texts(test.operator, fold(text), fold(test.value))
        case nodes.Pattern():
            text = text_of(value)
            return pattern_matches(_folded_parts(test), text if test.cased else fold(text))
        case nodes.Regex():
            return compiled(test.pattern, test.flags).found_in(text_of(value))
        case nodes.Cidr():
            address = address_of(value)
            return address is not None and address in network_of(test.network)
        case nodes.Compare():
            return _compare_numbers(test, value)
        case nodes.TimePart():
            return time_part_of(value, test.unit) == test.number
        case nodes.Exists():
            return test.expected
        case nodes.Null() | nodes.FieldReference():
            return False


def reference_holds(operator: nodes.TextOperator, value: Value | UnsetType, other: Value | UnsetType) -> bool:
    """Say whether a value stands to another field's value as the operator says; false where either is missing."""
    if value is UNSET or other is UNSET:
        return False
    lefts = value if isinstance(value, tuple) else (value,)
    rights = other if isinstance(other, tuple) else (other,)
    return any(
        compare_texts(operator, fold(text_of(left)), fold(text_of(right))) for left in lefts for right in rights
    )


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
        current = pending.pop(0)
        if isinstance(current, nodes.And):
            pending.extend(current.children)
        elif isinstance(current, nodes.Or):
            pending.extend(child for child in current.children if evaluate(child, row))
        elif isinstance(current, nodes.Match) and match_holds(current, row):
            if current.field is None:
                hit = next((value for value in row.values() if test_holds(current.test, value)), None)
                found.setdefault("keyword", hit)
            else:
                value = row.value(current.field)
                found.setdefault(current.field, None if value is UNSET else value)
    return found
