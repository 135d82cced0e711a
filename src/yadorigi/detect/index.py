"""Which test of a rule to wait for.

A rule is looked at only where a test hits that it cannot match without. Of all sets of tests one of which must hold,
the rarest is taken, by a rough guess. A rule without such a set (a bare negation) is always looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from yadorigi.query import nodes
from yadorigi.query.nodes import Match, Node, Test, Text

if TYPE_CHECKING:
    from collections.abc import Callable

_BROAD_FIELDS: Final = frozenset(
    {
        "Image", "ParentImage", "SourceImage", "TargetImage", "EventType", "Initiated", "Signed",
        "IntegrityLevel", "User",
        "NewProcessName", "ParentProcessName", "OriginalFileName", "Product", "Company",
        "Description", "ProcessName", "System.Level",
    }
)  # fmt: skip
_COMMON: Final = 0.05
_RAREST: Final = 1e-4


def required_tests(node: Node, number_of: Callable[[Match], int]) -> frozenset[int] | None:
    """Return numbers of tests one of which must hold wherever the predicate holds; None where there are none."""
    found = _required(node, number_of)
    return None if found is None else found[1]


def _required(node: Node, number_of: Callable[[Match], int]) -> tuple[float, frozenset[int]] | None:
    match node:
        case Match():
            return _frequency(node.field, node.test), frozenset((number_of(node),))
        case nodes.And():
            parts = [part for child in node.children if (part := _required(child, number_of)) is not None]
            return min(parts, key=lambda part: (part[0], len(part[1]))) if parts else None
        case nodes.Or():
            frequency, numbers = 0.0, set[int]()
            for child in node.children:
                # Most are tests, and there are many.
                if isinstance(child, Match):
                    frequency += _frequency(child.field, child.test)
                    numbers.add(number_of(child))
                    continue
                part = _required(child, number_of)
                if part is None:
                    return None
                frequency += part[0]
                numbers |= part[1]
            return frequency, frozenset(numbers)
        case nodes.Constant(holds=False):
            return 0.0, frozenset()
        case _:
            return None


def _frequency(field: str | None, test: Test) -> float:
    """Guess the share of events on which a test holds."""
    if isinstance(test, Text) and test.value:
        rarity = max(0.5 * 0.75 ** len(test.value), _RAREST)
        return rarity + _COMMON if field in _BROAD_FIELDS else rarity
    if isinstance(test, nodes.Pattern):
        return max(0.5 * 0.75 ** sum(len(part) for part in test.parts if isinstance(part, str)), _RAREST)
    if isinstance(test, nodes.Regex | nodes.Cidr):
        return 2 * _COMMON
    return 0.5


def event_ids_of(node: Node) -> frozenset[int] | None:
    """Return the event ids outside of which a predicate on Sigma fields cannot hold; None where it does not say."""
    match node:
        case Match(field="EventID", test=Text(operator="equals", value=value)) if value.isascii() and value.isdigit():
            return frozenset((int(value),)) if len(value) < 10 else None  # noqa: PLR2004 - ids have 16 bits
        case nodes.And():
            known = [ids for child in node.children if (ids := event_ids_of(child)) is not None]
            return frozenset.intersection(*known) if known else None
        case nodes.Or():
            parts = [event_ids_of(child) for child in node.children]
            if any(part is None for part in parts):
                return None
            return frozenset().union(*(part for part in parts if part is not None))
        case _:
            return None
