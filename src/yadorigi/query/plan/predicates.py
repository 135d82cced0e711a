"""Predicates of rules as conditions of plans: the same tests, asked of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from yadorigi.query import nodes
from yadorigi.query.plan.expressions import Call, Constant, Expression, Holds, Negated, both, either

if TYPE_CHECKING:
    from yadorigi.query.nodes import Node

_OF_TWO = {
    "equals": "equal",
    "contains": "contains_text",
    "startswith": "starts_with_text",
    "endswith": "ends_with_text",
}


def condition_of(
    node: Node, text_of: Callable[[str], Expression], keywords: Iterable[Expression] | None = None
) -> Expression:
    """Return a predicate as a condition.

    Args:
        node: the predicate.
        text_of: returns what stands for a field; it raises what it likes where nothing does.
        keywords: in what a test of no field is looked for; None where such a test cannot be asked.

    Raises:
        TypeError: a test is of no field, and there are no keywords.
    """
    match node:
        case nodes.And():
            return both(*(condition_of(child, text_of, keywords) for child in node.children))
        case nodes.Or():
            return either(*(condition_of(child, text_of, keywords) for child in node.children))
        case nodes.Not():
            return Negated(condition_of(node.child, text_of, keywords))
        case nodes.Constant():
            return Constant(node.holds, "boolean")
        case nodes.Match():
            return _test(node, text_of, keywords)


def _test(
    match: nodes.Match, text_of: Callable[[str], Expression], keywords: Iterable[Expression] | None
) -> Expression:
    if match.field is None:
        if keywords is None:
            raise TypeError("words anywhere in an event cannot be asked of a table")
        return either(*(Holds(subject, match.test) for subject in keywords))
    subject = text_of(match.field)
    if isinstance(match.test, nodes.FieldReference):
        other = text_of(match.test.other)
        return Call(_OF_TWO[match.test.operator], (Call("fold", (subject,)), Call("fold", (other,))))
    return Holds(subject, match.test)
