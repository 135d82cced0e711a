"""What ``let`` gives names to, and what columns without a name of their own are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lark import Token, Tree

from yadorigi.languages.kql.conversions import as_text, as_time
from yadorigi.languages.kql.expressions import name_of, name_of_column
from yadorigi.languages.kql.function import Value, alike
from yadorigi.languages.kql.values import trees
from yadorigi.query.plan.conversions import as_boolean, as_dynamic, as_long, as_real
from yadorigi.query.plan.expressions import Call, Constant, Expression, Kind

if TYPE_CHECKING:
    from yadorigi.query.plan.relations import (
        Relation,
    )


@dataclass(frozen=True, slots=True)
class OwnFunction:
    """A function that ``let`` made: names and kinds of its parameters (None for a table), defaults, its body."""

    parameters: tuple[tuple[str, Kind | None, Tree[Token] | None], ...]
    body: Tree[Token]


@dataclass(frozen=True, slots=True)
class Names:
    """What ``let`` gave names to, so far."""

    values: Mapping[str, Value] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    functions: Mapping[str, OwnFunction] = field(default_factory=dict)


def as_kind(value: Value, kind: Kind) -> Expression:
    """Return a value as one of a kind."""
    if value[1] == kind or (isinstance(value[0], Constant) and value[0].value is None):
        return value[0] if value[1] == kind else Constant(None, kind)
    match kind:
        case "text":
            return as_text(*value)
        case "long":
            return as_long(*value)
        case "real":
            return as_real(*value)
        case "boolean":
            return as_boolean(*value)
        case "time":
            return as_time(*value)
        case "dynamic":
            return Call("dynamic_of_text", (value[0],)) if value[1] == "text" else as_dynamic(*value)
        case _:
            return alike(value, kind)


def body_of(own: OwnFunction) -> Tree[Token]:
    """Return what stands in the braces of a function."""
    return Tree("query", [one for one in trees(own.body) if one.data != "parameter"], own.body.meta)


def options_of(tree: Tree[Token]) -> dict[str, str]:
    """Return the options of an operator, their names in lower case."""
    found = {}
    for option in (one for one in trees(tree) if one.data == "option"):
        name, value = option.children
        found[str(name).lower()] = str(value)
    return found


def default_name(tree: Tree[Token], place: int) -> str:
    """Return what the documentation calls a column that has no name of its own."""
    inner = tree
    while inner.data in ("pipe", "inner") and len(inner.children) == 1:
        inner = trees(inner)[0]
    if inner.data in ("column", "name"):
        return name_of_column(inner)
    if inner.data == "member":
        parts = [
            part
            for one in (trees(inner))
            for part in [default_name(one, place) if one.data != "name" else name_of(one)]
        ]
        return f"Column{place}" if parts[0].startswith("Column") and parts[0][6:].isdigit() else "_".join(parts)
    if (
        inner.data == "call"
        and len(trees(inner)) > 1
        and name_of(trees(inner)[0]) in ("bin", "floor", "tostring", "tolower", "toupper")
    ):
        return default_name(trees(inner)[1], place)
    return f"Column{place}" if place > 0 else "print_0"


def other_name(name: str, taken: Mapping[str, Kind]) -> str:
    """Return a name that is not taken yet: with a number behind it, where it is."""
    shown, number = name, 0
    while shown in taken:
        number += 1
        shown = f"{name}{number}"
    return shown
