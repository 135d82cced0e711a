"""What conditions say of the rows of tables, told to the tables: whole parts of them need not be read.

The conditions stay where they are; a table that minds nothing of it gives the same rows.
"""

from __future__ import annotations

import msgspec

from yadorigi.query.nodes import Text
from yadorigi.query.plan.expressions import All, Any, Column, Expression, Holds
from yadorigi.query.plan.needed import needed_in
from yadorigi.query.plan.relations import Extend, Join, Project, Relation, Sort, Table, Union, Where, sources_of
from yadorigi.query.values import fold


class _Said(msgspec.Struct, frozen=True):
    """What rows have that are wanted: columns that are not missing, and those that are one of some folded texts."""

    needs: frozenset[str] = frozenset()
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def with_condition(self, condition: Expression) -> _Said:
        return _Said(self.needs | needed_in(condition), (*self.only, *_values_in(condition)))

    def of(self, names: dict[str, str]) -> _Said:
        """Return the same of the columns that these are made of."""
        needs = frozenset(names[name] for name in self.needs if name in names)
        return _Said(needs, tuple((names[name], values) for name, values in self.only if name in names))


def narrowed(relation: Relation, said: _Said | None = None) -> Relation:
    """Return a plan whose tables know what the conditions above them ask for."""
    known = said or _Said()
    match relation:
        case Table():
            return msgspec.structs.replace(relation, needs=tuple(sorted(known.needs)), only=known.only)
        case Where():
            below = known.with_condition(relation.condition)
            return Where(narrowed(relation.source, below), relation.condition)
        case Sort():
            return Sort(narrowed(relation.source, known), relation.keys)
        case Project():
            names = {one.name: one.expression.name for one in relation.columns if isinstance(one.expression, Column)}
            return Project(narrowed(relation.source, known.of(names)), relation.columns)
        case Extend():
            made = {one.name for one in relation.columns}
            mentioned = {name for name, _ in known.only} | known.needs
            names = {name: name for name in mentioned - made}
            return Extend(narrowed(relation.source, known.of(names)), relation.columns)
        case Union():
            return Union(tuple(narrowed(source, known) for source in relation.sources))
        case Join():
            return msgspec.structs.replace(relation, left=narrowed(relation.left), right=narrowed(relation.right))
        case _:
            # Fewer rows below would be others, where rows are counted, numbered or made.
            sources = sources_of(relation)
            return msgspec.structs.replace(relation, source=narrowed(sources[0])) if sources else relation


def _values_in(condition: Expression) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return columns that must be one of some texts, with these folded."""
    match condition:
        case Holds(subject=Column(name=name), test=Text(operator="equals", value=value)):
            return ((name, (fold(value),)),)
        case All(conditions=conditions):
            return tuple(found for one in conditions for found in _values_in(one))
        case Any(conditions=conditions) if conditions:
            found = [_values_in(one) for one in conditions]
            names = {one[0][0] if len(one) == 1 else "" for one in found}
            if len(names) == 1 and "" not in names:
                return ((names.pop(), tuple(value for one in found for value in one[0][1])),)
            return ()
        case _:
            return ()
