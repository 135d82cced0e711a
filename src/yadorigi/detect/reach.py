"""Loaded is not the same as able to match: which rules could have matched anything in what was read.

A rule had no event where its log source had none, could not match where the event ids that it asks for never
occurred, and could not match where a field that it needs never occurred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import UNSET

from yadorigi.query.bind import Known, bind
from yadorigi.query.nodes import Constant, fields_of

if TYPE_CHECKING:
    from yadorigi.detect.plan import BoundRule, Planner
    from yadorigi.schema.event import EventKind


@dataclass(frozen=True, slots=True)
class Reach:
    """Numbers of rules that could not match anything, by reason; a rule has one reason.

    Attributes:
        no_events: no event of the log source was read.
        event_ids_absent: the log source had events, but none with an id that the rule asks for.
        fields_absent: rule number to the Sigma fields, sorted, without which it cannot match and which never occurred.
    """

    no_events: tuple[int, ...]
    event_ids_absent: tuple[int, ...]
    fields_absent: dict[int, tuple[str, ...]]


def reach_of(planner: Planner, kinds: Iterable[EventKind], occurred: Mapping[EventKind, frozenset[str]]) -> Reach:
    """Return which rules could not match.

    Args:
        planner: the rules.
        kinds: the kinds of events that were read.
        occurred: for each kind, the columns that some event had.
    """
    covered: set[int] = set()
    able: set[int] = set()
    lacking: dict[int, set[str]] = {}
    for kind in sorted(kinds):
        covered.update(planner.covered(kind))
        seen = occurred.get(kind, frozenset())
        for bound in planner.bound_rules(kind):
            if bound.number in able:
                continue
            if _can_match(bound, seen):
                able.add(bound.number)
                lacking.pop(bound.number, None)
            else:
                lacking.setdefault(bound.number, set()).update(_absent_fields(bound, seen))
    everything = range(len(planner.rules))
    return Reach(
        no_events=tuple(number for number in everything if number not in covered),
        event_ids_absent=tuple(
            number for number in everything if number in covered and number not in able and number not in lacking
        ),
        fields_absent={number: tuple(sorted(lacking[number])) for number in sorted(lacking)},
    )


def _can_match(bound: BoundRule, seen: frozenset[str]) -> bool:
    def resolve(column: str) -> str | Known:
        return column if column in seen else Known(UNSET, column)

    return bind(bound.node, resolve) != Constant(False)


def _absent_fields(bound: BoundRule, seen: frozenset[str]) -> set[str]:
    absent: set[str] = set()
    for node, field_map in bound.sources:
        for name in fields_of(node):
            column = field_map.resolve(name)
            if (isinstance(column, str) and column not in seen) or (
                isinstance(column, Known) and column.value is UNSET
            ):
                absent.add(name)
    return absent
