"""What is done with rows: where they come from, which are kept, what is made of them.

Every relation has columns with names and kinds that are known before anything is read (`query.plan.columns`). Names are
told apart by letter case. Without a `Sort` the order of rows is not settled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from yadorigi.query.plan.expressions import Expression, Kind

JoinHow: TypeAlias = Literal["inner", "left", "right", "full", "semi", "anti"]


class Named(msgspec.Struct, frozen=True):
    """A column that is worked out."""

    name: str
    expression: Expression


class Aggregate(msgspec.Struct, frozen=True):
    """A column that is worked out of the rows of a group, by a function of `query.plan.aggregates`.

    Attributes:
        name: of the column.
        function: its name.
        arguments: what it is worked out of.
        only: rows of which this does not hold are left out.
        order: the rows' order, where it counts (`first`, `list`).
    """

    name: str
    function: str
    arguments: tuple[Expression, ...] = ()
    only: Expression | None = None
    order: tuple[SortKey, ...] = ()


class SortKey(msgspec.Struct, frozen=True):
    """What rows are sorted by."""

    expression: Expression
    descending: bool = False
    missing_last: bool = True


class Table(msgspec.Struct, frozen=True, tag="table"):
    """All rows of a table of a language, with its columns as the catalogue of the language has them.

    Attributes:
        name: as the catalogue has it.
        columns: names and kinds.
        needs: columns that are missing in no row that is wanted (`query.plan.narrowed`).
        only: columns that are one of some folded texts in each row that is wanted.
    """

    name: str
    columns: tuple[tuple[str, Kind], ...]
    needs: tuple[str, ...] = ()
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Rows(msgspec.Struct, frozen=True, tag="rows"):
    """Rows that stand in the query itself."""

    columns: tuple[tuple[str, Kind], ...]
    values: tuple[tuple[Expression, ...], ...]


class Where(msgspec.Struct, frozen=True, tag="where"):
    """The rows of which a condition holds."""

    source: Relation
    condition: Expression


class Extend(msgspec.Struct, frozen=True, tag="extend"):
    """More columns, worked out of those of the source; one that is there already is replaced in its place."""

    source: Relation
    columns: tuple[Named, ...]


class Project(msgspec.Struct, frozen=True, tag="project"):
    """These columns and no others."""

    source: Relation
    columns: tuple[Named, ...]


class Summarize(msgspec.Struct, frozen=True, tag="summarize"):
    """One row for each group; one of all rows where nothing is grouped by."""

    source: Relation
    groups: tuple[Named, ...]
    aggregates: tuple[Aggregate, ...]


class Sort(msgspec.Struct, frozen=True, tag="sort"):
    """Rows in an order."""

    source: Relation
    keys: tuple[SortKey, ...]


class Take(msgspec.Struct, frozen=True, tag="take"):
    """The first rows."""

    source: Relation
    rows: int


class Distinct(msgspec.Struct, frozen=True, tag="distinct"):
    """Each row once."""

    source: Relation


class First(msgspec.Struct, frozen=True, tag="first"):
    """Of rows that are equal in some columns the first in an order."""

    source: Relation
    by: tuple[str, ...]
    keys: tuple[SortKey, ...] = ()


class Join(msgspec.Struct, frozen=True, tag="join"):
    """Rows of two relations that have equal values in the columns named.

    Attributes:
        left, right: the relations; no column of the right one has the name of one of the left.
        how: which rows are kept.
        pairs: columns, left and right; values that are missing are equal to none.
        condition: what must hold beside, or None.
    """

    left: Relation
    right: Relation
    how: JoinHow
    pairs: tuple[tuple[str, str], ...]
    condition: Expression | None = None


class Union(msgspec.Struct, frozen=True, tag="union"):
    """Rows of all sources. A column that one lacks is missing in its rows."""

    sources: tuple[Relation, ...]


class Expand(msgspec.Struct, frozen=True, tag="expand"):
    """A row for each element of a list.

    Attributes:
        source: the rows.
        columns: with lists, each replaced by its elements, side by side.
        kinds: what the elements are taken for.
        keep_empty: whether a row without elements is kept.
        index: name of a column for the element's number from 0, or "".
    """

    source: Relation
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    keep_empty: bool = True
    index: str = ""


class Numbered(msgspec.Struct, frozen=True, tag="numbered"):
    """One more column: the row's number from 1, in an order, in its group."""

    source: Relation
    name: str
    by: tuple[str, ...] = ()
    keys: tuple[SortKey, ...] = ()


class Windowed(msgspec.Struct, frozen=True, tag="windowed"):
    """One more column: what a function of `query.plan.windows` makes of the rows around each row.

    Attributes:
        source: the rows.
        name: of the column.
        function: its name.
        arguments: what it is worked out of.
        by: columns in which the rows around are equal to it.
        keys: their order.
        frame: how many rows before (negative) or after it they begin and end, None for all; None itself for all
            rows, or where the function minds no frame.
    """

    source: Relation
    name: str
    function: str
    arguments: tuple[Expression, ...] = ()
    by: tuple[str, ...] = ()
    keys: tuple[SortKey, ...] = ()
    frame: tuple[int | None, int | None] | None = None


Relation: TypeAlias = (
    Table
    | Rows
    | Where
    | Extend
    | Project
    | Summarize
    | Sort
    | Take
    | Distinct
    | First
    | Join
    | Union
    | Expand
    | Numbered
    | Windowed
)


def sources_of(relation: Relation) -> tuple[Relation, ...]:
    """Return the relations that one is made of."""
    match relation:
        case Join():
            return relation.left, relation.right
        case Union():
            return relation.sources
        case Table() | Rows():
            return ()
        case _:
            return (relation.source,)


def tables_in(relation: Relation) -> Iterator[Table]:
    """Give the tables that a relation reads, each as often as it does."""
    pending: list[Relation] = [relation]
    while pending:
        current = pending.pop()
        if isinstance(current, Table):
            yield current
        pending += reversed(sources_of(current))
