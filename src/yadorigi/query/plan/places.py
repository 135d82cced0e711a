"""Where the event of a row stands: columns that a query does not name, carried through a plan beside its own.

A plan whose rows are events, each of them one, can have them. What joins, groups or makes rows cannot.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from yadorigi.query.plan.expressions import Call, Column, Constant, Kind, both
from yadorigi.query.plan.relations import (
    Expand,
    Extend,
    First,
    Join,
    Named,
    Numbered,
    Project,
    Relation,
    Sort,
    Table,
    Take,
    Union,
    Where,
    Windowed,
)

PLACES: Final[dict[str, Kind]] = {
    "@file": "long",
    "@record_id": "long",
    "@line": "long",
    "@ticks": "long",
    "@host": "text",
    "@channel": "text",
    "@provider": "text",
    "@event_id": "long",
    "@data": "text",
    "@system": "text",
}
"""The columns: the file's number, the record, the line of a text, the time in 100 ns, who wrote it, its native fields.

No language of queries has names with ``@`` at the beginning of a column of a table.
"""


def with_places(relation: Relation) -> Relation | None:
    """Return a plan that gives each row's event beside its own columns; None where a row is not one event."""
    match relation:
        case Table():
            return Table(relation.name, (*relation.columns, *PLACES.items()))
        case Where() | Sort() | Take() | Extend() | First() | Expand() | Numbered() | Windowed():
            source = with_places(relation.source)
            return None if source is None else msgspec.structs.replace(relation, source=source)
        case Project():
            source = with_places(relation.source)
            if source is None:
                return None
            kept = tuple(Named(name, Column(name)) for name in PLACES)
            return Project(source, (*relation.columns, *kept))
        case Join() if relation.how in ("semi", "anti"):
            left = with_places(relation.left)
            return None if left is None else msgspec.structs.replace(relation, left=left)
        case Union():
            found = tuple(source for source in map(with_places, relation.sources) if source is not None)
            return Union(found) if len(found) == len(relation.sources) else None
        case _:
            return None


def within_period(relation: Relation, since: int | None, until: int | None) -> Relation:
    """Return a plan whose tables have only events of a period.

    Args:
        relation: the plan.
        since: its beginning, in ticks of 100 ns since 1970, or None.
        until: the tick behind its end, or None.
    """
    if since is None and until is None:
        return relation
    found: Relation = _limited(relation, since, until)
    return found


def _limited(part: Any, since: int | None, until: int | None) -> Any:  # noqa: ANN401 - any part of a plan
    if isinstance(part, Table):
        ticks = Column("@ticks")
        kept = []
        if since is not None:
            kept.append(Call("less_or_equal", (Constant(since, "long"), ticks)))
        if until is not None:
            kept.append(Call("less", (ticks, Constant(until, "long"))))
        whole = Table(part.name, (*(column for column in part.columns if column[0] != "@ticks"), ("@ticks", "long")))
        return Project(Where(whole, both(*kept)), tuple(Named(name, Column(name)) for name, _ in part.columns))
    if isinstance(part, tuple):
        return tuple(_limited(one, since, until) for one in part)
    if isinstance(part, msgspec.Struct):
        changed = {name: _limited(getattr(part, name), since, until) for name in part.__struct_fields__}
        return msgspec.structs.replace(part, **changed)
    return part
