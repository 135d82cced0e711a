"""Makes relations of plans of the stage ``join``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

from lark import Token, Tree

from yadorigi.languages.xql.expressions import Expressions
from yadorigi.languages.xql.stages import State, named, trees
from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.expressions import Column, Kind
from yadorigi.query.plan.relations import Join, JoinHow, Named, Project, Relation

STRATEGIES: Final = ("left", "right", "both")
"""Whose field is kept of those that both have."""
TYPES: Final = ("inner", "left", "right")
_FIRST_SUFFIX: Final = 10


def join(state: State, stage: Tree[Token], source: Relation) -> Relation:
    """Return rows of two queries put together, where a condition holds of both."""
    options = {str(one.data): one for one in trees(stage) if one.data in ("conflict", "join_type")}
    how = cast("JoinHow", _chosen(state, options.get("join_type"), TYPES, "inner", "type"))
    strategy = _chosen(state, options.get("conflict"), STRATEGIES, "right", "conflict_strategy")
    query, name, condition_tree = (one for one in trees(stage) if one.data not in ("conflict", "join_type"))
    inner = state.subqueries(query, state.scope)
    alias = str(named(name))
    left, right = columns_of(source), columns_of(inner)
    renamed = {column: f"{alias}.{column}" for column in right}
    clash = next((shown for shown in renamed.values() if shown in left), None)
    if clash is not None:
        raise state.scope.wrong(f"there is a field {clash} already: give the joined query another name", name)
    prefixed = Project(inner, tuple(Named(shown, Column(column)) for column, shown in renamed.items()))
    scope = replace(state.scope, columns=left | {renamed[column]: kind for column, kind in right.items()})
    condition = Expressions(scope, state.subqueries).condition(condition_tree)
    joined = Join(source, prefixed, how, (), condition)
    return Project(joined, tuple(_kept(left, right, renamed, strategy)))


def _chosen(state: State, option: Tree[Token] | None, known: tuple[str, ...], default: str, what: str) -> str:
    if option is None:
        return default
    word = named(option) if option.data not in ("conflict", "join_type") else option.children[-1]
    assert isinstance(word, Token)  # noqa: S101 - for mypy
    if str(word).lower() not in known:
        raise state.scope.wrong(f"{what} of join is one of {', '.join(known)}", word)
    return str(word).lower()


def _kept(left: dict[str, Kind], right: dict[str, Kind], renamed: dict[str, str], strategy: str) -> list[Named]:
    kept = []
    for name in left:
        theirs = strategy == "right" and name in right
        kept.append(Named(name, Column(renamed[name] if theirs else name)))
    suffix = _FIRST_SUFFIX
    for name in right:
        if name not in left:
            kept.append(Named(name, Column(renamed[name])))
        elif strategy == "both":
            kept.append(Named(f"{name}_joined_{suffix}", Column(renamed[name])))
            suffix += 1
    return kept
