"""Which fields made a rule match, told from the tests that hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from msgspec import UNSET, UnsetType

from yadorigi.detect.columns import ALL_FIELDS, ColumnKey
from yadorigi.query import nodes
from yadorigi.query.bind import Known, bind_match
from yadorigi.query.nodes import Match, Node, Test

if TYPE_CHECKING:
    from yadorigi.detect.judged import TestTable
    from yadorigi.detect.plan import BoundRule
    from yadorigi.query.distinct import Answer
    from yadorigi.schema.event import Value

Resolve: TypeAlias = Callable[[str], "str | Known"]

KEYWORD = "keyword"
"""Name under which a keyword's value stands among the matched fields."""


class MatchedField(NamedTuple):
    """A Sigma field that made a rule match.

    Attributes:
        name: as the rule names it.
        column: where its value is, or None where every event of the kind has the same.
        constant: that value.
        test: for keywords, what one of the values meets.
    """

    name: str
    column: ColumnKey | None
    constant: Value | UnsetType = UNSET
    test: Test | None = None


def matched_fields(rule: BoundRule, table: TestTable, truth: Answer) -> tuple[MatchedField, ...]:
    """Return the fields of the positive tests that made a rule match, each once, in the rule's order."""
    found: dict[str, MatchedField] = {}
    for node, field_map in rule.sources:
        holds, fields = _explained(node, field_map.resolve, table, truth)
        if holds:
            for matched in fields:
                found.setdefault(matched.name, matched)
    return tuple(found.values())


def _explained(node: Node, resolve: Resolve, table: TestTable, truth: Answer) -> tuple[bool, list[MatchedField]]:
    """Return whether a predicate in Sigma's names holds, and the fields of its positive tests that do."""
    match node:
        case Match():
            holds = _holds(node, resolve, table, truth)
            return holds, [_field(node, resolve)] if holds else []
        case nodes.And() | nodes.Or():
            parts = [_explained(child, resolve, table, truth) for child in node.children]
            holding = [fields for holds, fields in parts if holds]
            holds = len(holding) == len(parts) if isinstance(node, nodes.And) else bool(holding)
            return holds, [matched for fields in holding for matched in fields] if holds else []
        case nodes.Not():
            return not _explained(node.child, resolve, table, truth)[0], []
        case nodes.Constant():
            return node.holds, []


def _holds(node: Match, resolve: Resolve, table: TestTable, truth: Answer) -> bool:
    bound = bind_match(node, resolve)
    return bound.holds if isinstance(bound, nodes.Constant) else table.number_of(bound) in truth


def _field(node: Match, resolve: Resolve) -> MatchedField:
    if node.field is None:
        return MatchedField(KEYWORD, ALL_FIELDS, test=node.test)
    target = resolve(node.field)
    if isinstance(target, Known):
        return MatchedField(node.field, None, target.value)
    return MatchedField(node.field, target)
