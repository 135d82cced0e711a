"""A mapping made ready to run: its leaves as a tree of objects, so that one event costs one walk.

Takes `Mapping` from the loaded content, gives nested dicts that satisfy the class. Runs no code from the content.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, TypeAlias

from yadorigi.schema.event import Value
from yadorigi.schema.ocsf_mapping import Constant, Demand, Mapping, load
from yadorigi.schema.ocsf_values import ABSENT, Function, Outcome

Sources: TypeAlias = tuple[Table[str, Value], Table[str, Value], Table[str, Value]]
"""Native payload, ``System`` fields, and what the event itself says (host, provider, channel)."""

When: TypeAlias = tuple[int, str, Function]
"""Which of the sources, native field, and what must be true of it."""

Step: TypeAlias = tuple[str, int, str, Function, str, When | None]
"""Key, which of the sources, native field, function, key of the caption (enums) or "", and when it is taken."""

_EVENT_FIELDS: Final = frozenset({"host", "provider", "channel"})
_ALGORITHM: Final = "algorithm_id"


@dataclass(slots=True)
class Node:
    """One object of the class: leaves to fill, objects inside, and what OCSF demands of it."""

    steps: list[Step] = field(default_factory=list)
    children: dict[str, Node] = field(default_factory=dict)
    constants: dict[str, Constant] = field(default_factory=dict)
    demand: Demand = field(default_factory=Demand)
    required: bool = False
    in_list: bool = False


@dataclass(slots=True)
class Account:
    """What became of the native fields of one event."""

    misfits: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Plan:
    """A mapping as a tree. ``mapped`` are the payload fields whose value the tree holds whole when it fits."""

    root: Node
    mapped: frozenset[str]
    activity: tuple[int, str]
    activities: dict[str, int]


def locate(name: str) -> tuple[int, str]:
    """Which source a native field name means: what the event says of itself, ``System``, or the payload."""
    if not name.startswith("@"):
        return 0, name
    return (2 if name[1:] in _EVENT_FIELDS else 1), name[1:]


def _node(root: Node, path: str, demands: dict[str, Demand]) -> tuple[Node, str]:
    """The object that holds the leaf of ``path``, made where it is missing, and the leaf's key."""
    node = root
    *parents, key = path.split(".")
    for part in parents:
        node = _child(node, part.removesuffix("[]"), demands, in_list=part.endswith("[]"))
    return node, key


def _child(node: Node, name: str, demands: dict[str, Demand], *, in_list: bool = False) -> Node:
    child = node.children.get(name)
    if child is None:
        child = node.children[name] = Node(demand=demands.get(name, Demand()), in_list=in_list)
        for inner in child.demand.needs:
            _child(child, inner, demands).required = True
    return child


@cache
def plan_of(mapping: Mapping) -> Plan:
    """The tree of a mapping, made once."""
    demands = load().demands
    root = Node(demand=demands.get(mapping.ocsf.name, Demand()), required=True)
    for leaf in mapping.leaves:
        node, key = _node(root, leaf.path, demands)
        source, native = locate(leaf.field)
        caption = key.removesuffix("_id") if leaf.transform.kind == "enum" else ""
        when = (*locate(leaf.when[0]), leaf.when[1]) if leaf.when else None
        node.steps.append((key, source, native, leaf.transform.function, caption, when))
    for path, constant in mapping.constants.items():
        node, key = _node(root, path, demands)
        node.constants[key] = constant
    for name in root.demand.needs:
        _child(root, name, demands).required = True
    mapped = {leaf.field for leaf in mapping.leaves if not leaf.transform.keeps} | {mapping.activity_field}
    activities = {written.lower(): number for written, number in mapping.activities.items()}
    return Plan(root, frozenset(mapped), locate(mapping.activity_field), activities)


def build(node: Node, sources: Sources, account: Account) -> dict[str, Any] | None:
    """The object, or None where no native field fills any of it and nothing demands it."""
    found: dict[str, Any] = {}
    for key, source, native, function, caption, when in node.steps:
        value = sources[source].get(native)
        if value is None or value == "" or value == "-":  # noqa: PLR1714  (a set would hash long texts)
            continue
        if when is not None and when[2](sources[when[0]].get(when[1])) is not True:
            continue
        outcome = _beside(found[key], function, value) if key in found else function(value)
        if outcome is None:
            if not source:
                account.misfits.append(native)
        elif outcome is not ABSENT:
            if caption:
                found[key], found[caption] = outcome
            else:
                found[key] = outcome
            account.taken.add(native)
    for name, child in node.children.items():
        inner = build(child, sources, account)
        if inner is not None:
            found[name] = [inner] if child.in_list else inner
    if not found and not node.required:
        return None
    found.update(node.constants)
    _satisfy(node.demand, found, sources)
    return found


def _beside(known: Any, function: Function, value: Value) -> Outcome:  # noqa: ANN401 - what a transform gave before
    """Return a leaf with what another native field adds to it, or None where that adds nothing.

    The first field counts; but feeds know a file by any of its digests, so that of fingerprints the first one of each
    algorithm does.
    """
    if not (isinstance(known, list) and known and isinstance(known[0], dict) and _ALGORITHM in known[0]):
        return None
    more = function(value)
    said = {one[_ALGORITHM] for one in known}
    fresh = [one for one in more if one[_ALGORITHM] not in said] if isinstance(more, list) else []
    return [*known, *fresh] if fresh else None


def _satisfy(demand: Demand, found: dict[str, Any], sources: Sources) -> None:
    """Add what OCSF demands and the log does not say."""
    for key, constant in demand.set.items():
        if key not in found:
            found[key] = deepcopy(constant)
    if demand.any and not any(key in found for key in demand.any):
        for key, constant in demand.then.items():
            found[key] = sources[2].get("provider", "") if constant == "@provider" else deepcopy(constant)
