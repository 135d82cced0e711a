"""Bind a predicate to one kind of event: what is constant there is decided, what remains names columns.

Rules of one log source are many, and most ask for one event id; bound to a kind of event most of them fold to "never"
and cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from yadorigi.query import nodes
from yadorigi.query.evaluate import reference_holds, test_holds
from yadorigi.query.nodes import Node, all_of, any_of, negated

if TYPE_CHECKING:
    from yadorigi.schema.event import Value

Resolve = Callable[[str], "str | Known"]


class Known:
    """The value that a field has in every event of the kind.

    Attributes:
        value: the value; MISSING where no event of the kind has the field.
        column: the name of the column that holds it, for tests that compare two fields.
    """

    __slots__ = ("column", "value")

    def __init__(self, value: Value | UnsetType, column: str = "") -> None:
        """Keep the value and its column."""
        self.value = value
        self.column = column


def bind(node: Node, resolve: Resolve) -> Node:
    """Return the predicate with each field resolved to a column name or to the value that it always has."""
    match node:
        case nodes.Match():
            return bind_match(node, resolve)
        case nodes.And():
            return all_of(*(bind(child, resolve) for child in node.children))
        case nodes.Or():
            return any_of(*(bind(child, resolve) for child in node.children))
        case nodes.Not():
            return negated(bind(node.child, resolve))
        case nodes.Constant():
            return node


def bind_match(node: nodes.Match, resolve: Resolve) -> nodes.Match | nodes.Constant:
    """Return one test with its field resolved."""
    if node.field is None:
        return node
    target = resolve(node.field)
    if isinstance(node.test, nodes.FieldReference):
        return _bind_reference(node.test, target, resolve(node.test.other))
    if isinstance(target, Known):
        return nodes.Constant(test_holds(node.test, target.value))
    return node if target == node.field else nodes.Match(target, node.test)


def _bind_reference(test: nodes.FieldReference, left: str | Known, right: str | Known) -> nodes.Match | nodes.Constant:
    if any(isinstance(side, Known) and side.value is UNSET for side in (left, right)):
        return nodes.Constant(False)
    if isinstance(left, Known) and isinstance(right, Known):
        return nodes.Constant(reference_holds(test.operator, left.value, right.value))
    names = [side.column if isinstance(side, Known) else side for side in (left, right)]
    return nodes.Match(names[0], nodes.FieldReference(names[1], test.operator))
