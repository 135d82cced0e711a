"""The nodes of a predicate: tests on one field, joined by and, or, not.

The rule languages lower to these; `query.evaluate` says row by row what they mean, `query.distinct` does the same
over distinct values, and a compiled rule is stored as these. They are plain data: encoding them cannot run code.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Literal, TypeAlias

import msgspec

TextOperator: TypeAlias = Literal["equals", "contains", "startswith", "endswith"]
CompareOperator: TypeAlias = Literal["lt", "lte", "gt", "gte"]
TimeUnit: TypeAlias = Literal["minute", "hour", "day", "week", "month", "year"]


class Wildcard(IntEnum):
    """The parts of a pattern that are not literal text."""

    ANY = 0
    """Any number of characters, none included (``*``)."""
    ONE = 1
    """Exactly one character (``?``)."""
    DASH = 2
    """One character that Windows programs take for a dash: ``-`` ``/`` and the en, em and horizontal-bar dashes."""


PatternPart: TypeAlias = str | int
"""Literal text, or the number of a `Wildcard`."""


class Text(msgspec.Struct, frozen=True, tag="text"):
    """The field's text equals, contains, starts or ends with ``value``; letter case counts only where ``cased``."""

    operator: TextOperator
    value: str
    cased: bool = False


class Pattern(msgspec.Struct, frozen=True, tag="pattern"):
    """The field's whole text has the form of ``parts``."""

    parts: tuple[PatternPart, ...]
    cased: bool = False


class Regex(msgspec.Struct, frozen=True, tag="regex"):
    """The regular expression is found somewhere in the field's text. ``flags`` is a subset of ``ims``, sorted."""

    pattern: str
    flags: str = ""


class Cidr(msgspec.Struct, frozen=True, tag="cidr"):
    """The field is an address inside the network (IPv4-mapped IPv6 addresses count as IPv4)."""

    network: str


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """The field is a number (decimal, or hexadecimal as ``0x…``) below or above ``number``."""

    operator: CompareOperator
    number: int | float


class Null(msgspec.Struct, frozen=True, tag="null"):
    """The field is missing or empty."""


class Exists(msgspec.Struct, frozen=True, tag="exists"):
    """The field is present (even if empty), or it is not."""

    expected: bool


class FieldReference(msgspec.Struct, frozen=True, tag="field"):
    """The field's text stands to another field's text of the same event as ``operator`` says, letter case aside."""

    other: str
    operator: TextOperator = "equals"


class TimePart(msgspec.Struct, frozen=True, tag="time"):
    """The field is a time whose minute, hour, day, ISO week, month or year (UTC) stands to ``number`` as said."""

    unit: TimeUnit
    number: int
    operator: CompareOperator | Literal["equals"] = "equals"


Test: TypeAlias = Text | Pattern | Regex | Cidr | Compare | Null | Exists | FieldReference | TimePart


class Match(msgspec.Struct, frozen=True, tag="match"):
    """One test on one field; on every field of the event where ``field`` is None (a keyword search)."""

    field: str | None
    test: Test


class And(msgspec.Struct, frozen=True, tag="and"):
    """All children hold; true where there are none."""

    children: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, tag="or"):
    """At least one child holds; false where there are none."""

    children: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """The child does not hold. There is no third value here: a test on a missing field is false (`query.missing`)."""

    child: Node


class Constant(msgspec.Struct, frozen=True, tag="constant"):
    """Holds always, or never."""

    holds: bool


Node: TypeAlias = Match | And | Or | Not | Constant


def matches_of(node: Node) -> Iterator[Match]:
    """Give all tests of the predicate, with the fields that they are about."""
    pending: list[Node] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Match):
            yield current
        elif isinstance(current, And | Or):
            pending.extend(current.children)
        elif isinstance(current, Not):
            pending.append(current.child)


def fields_of(node: Node) -> frozenset[str]:
    """Return the names of all fields that the predicate tests or refers to."""
    found: set[str] = set()
    for match in matches_of(node):
        if match.field is not None:
            found.add(match.field)
        if isinstance(match.test, FieldReference):
            found.add(match.test.other)
    return frozenset(found)


def all_of(*children: Node) -> Node:
    """Join by and, flattening and folding constants."""
    kept: list[Node] = []
    for child in children:
        if isinstance(child, Constant):
            if not child.holds:
                return child
        elif isinstance(child, And):
            kept.extend(child.children)
        else:
            kept.append(child)
    if not kept:
        return Constant(True)
    return kept[0] if len(kept) == 1 else And(tuple(kept))


def any_of(*children: Node) -> Node:
    """Join by or, flattening and folding constants."""
    kept: list[Node] = []
    for child in children:
        if isinstance(child, Constant):
            if child.holds:
                return child
        elif isinstance(child, Or):
            kept.extend(child.children)
        else:
            kept.append(child)
    if not kept:
        return Constant(False)
    return kept[0] if len(kept) == 1 else Or(tuple(kept))


def negated(child: Node) -> Node:
    """Return the node's negation, folding constants and double negation."""
    if isinstance(child, Constant):
        return Constant(not child.holds)
    return child.child if isinstance(child, Not) else Not(child)
