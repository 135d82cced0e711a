"""Tables of a case that there is not: one row of one table, which an example of a hunt says, and no row of others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from yadorigi.lake.sql.messages import Needed, Views
from yadorigi.lake.sql.views import Column, View, find_view
from yadorigi.query.plan.conditions import literal, quoted


def views_of_example(needed: Needed, shown: View, row: Mapping[str, Any]) -> Views:
    """Return what the tables are that a statement names.

    Args:
        needed: their names.
        shown: the table with a row.
        row: its values by column.
    """
    statements: dict[str, str] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    user = False
    for name in needed.names:
        view = find_view(name)
        if view is None:
            unknown[name] = ()
            continue
        user = user or any(column.name.lower() == "user" for column in view.columns)
        values = row if view.name == shown.name else {}
        told = ", ".join(f"{_value(column, values)} AS {quoted(column.name)}" for column in view.columns)
        none = "" if view.name == shown.name else " WHERE false"
        statements[view.name] = f"CREATE VIEW {quoted(view.name)} AS SELECT {told}{none}"
    return Views(tuple(statements.values()), {}, {}, unknown, user)


def _value(column: Column, values: Mapping[str, Any]) -> str:
    value = values.get(column.name)
    if value is None:
        return f"NULL::{column.type}"
    if isinstance(value, str):
        return f"CAST({literal(value)} AS {column.type})"
    # What SQL casts to lists and structures is JSON, as are true, false and numbers.
    return f"CAST(CAST({literal(json.dumps(value, default=str))} AS JSON) AS {column.type})"
