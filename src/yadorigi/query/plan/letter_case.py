"""Columns whose names differ in letter case alone, told apart: SQL takes them for one, plans do not."""

from __future__ import annotations

from typing import Any as Anything
from typing import cast

import msgspec

from yadorigi.query.plan.columns import columns_of
from yadorigi.query.plan.expressions import Column, Each
from yadorigi.query.plan.relations import (
    Aggregate,
    Expand,
    First,
    Join,
    Named,
    Numbered,
    Project,
    Relation,
    Rows,
    Table,
)

_NAMING = (Column, Named, Aggregate, Numbered)


def told_apart(relation: Relation) -> Relation:
    """Return a plan that gives the same, in which no two names of columns differ in letter case alone."""
    spellings: dict[str, list[str]] = {}
    for name in _names_in(relation):
        known = spellings.setdefault(name.lower(), [])
        if name not in known:
            known.append(name)
    changed = {
        name: f"{name} {place}"
        for known in spellings.values()
        for place, name in enumerate(known)
        if place
    }  # fmt: skip
    if not changed:
        return relation
    shown = tuple(Named(name, Column(changed.get(name, name))) for name in columns_of(relation))
    return Project(cast("Relation", _renamed(relation, changed)), shown)


def _names_in(relation: Relation) -> list[str]:
    """Return the names of columns that a plan gives or works with, those of tables first."""
    tables: list[str] = []
    others: list[str] = []
    pending: list[object] = [relation]
    while pending:
        current = pending.pop()
        if isinstance(current, tuple):
            pending.extend(current)
        elif isinstance(current, msgspec.Struct):
            if isinstance(current, Table | Rows):
                tables += [name for name, _ in current.columns]
            elif isinstance(current, _NAMING):
                others.append(current.name)
            elif isinstance(current, Expand):
                others += [*current.columns, current.index]
            pending.extend(getattr(current, name) for name in current.__struct_fields__)
    return [*tables, *others]


def _renamed(part: Anything, changed: dict[str, str]) -> Anything:  # noqa: ANN401 - any part of a plan
    if isinstance(part, tuple):
        return tuple(_renamed(one, changed) for one in part)
    if not isinstance(part, msgspec.Struct):
        return part
    if isinstance(part, Table):
        if changed.keys().isdisjoint(name for name, _ in part.columns):
            return part
        return Project(part, tuple(Named(changed.get(name, name), Column(name)) for name, _ in part.columns))
    fields = {name: _renamed(getattr(part, name), changed) for name in part.__struct_fields__}
    if isinstance(part, _NAMING):
        fields["name"] = changed.get(part.name, part.name)
    if isinstance(part, Rows):
        fields["columns"] = tuple((changed.get(name, name), kind) for name, kind in part.columns)
    if isinstance(part, First | Numbered):
        fields["by"] = tuple(changed.get(name, name) for name in part.by)
    if isinstance(part, Join):
        fields["pairs"] = tuple((changed.get(one, one), changed.get(two, two)) for one, two in part.pairs)
    if isinstance(part, Expand):
        fields["columns"] = tuple(changed.get(name, name) for name in part.columns)
        fields["index"] = changed.get(part.index, part.index)
    if isinstance(part, Each):
        fields["item"] = changed.get(part.item, part.item)
    return msgspec.structs.replace(part, **fields) if fields else part
