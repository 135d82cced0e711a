"""The Parquet files of a case's tables, with the kinds of events that each holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from yadorigi.errors import CaseError
from yadorigi.lake.sql.readable_files import PREFIX

if TYPE_CHECKING:
    from yadorigi.lake.commits import Lake
    from yadorigi.schema.stored_lake import KindRows

FILES_TABLE = "files"

Wanted = Callable[["KindRows"], bool]


class TablePart(NamedTuple):
    """One Parquet file.

    Attributes:
        name: below the lake.
        path: of the file.
        rows: in it.
        kinds: what it holds; empty in the table of files.
        damage: what is wrong with it, or "".
    """

    name: str
    path: str
    rows: int
    kinds: tuple[KindRows, ...]
    damage: str = ""

    @property
    def address(self) -> str:
        """Return the name under which a session reads it."""
        return PREFIX + self.name


@dataclass(frozen=True, slots=True)
class LakeTables:
    """All tables of a case that hold anything."""

    parts: Mapping[str, tuple[TablePart, ...]]

    @classmethod
    def of(cls, lake: Lake) -> LakeTables:
        """Return the tables of a lake.

        Raises:
            CaseError: a part lies elsewhere, by way of a link: whoever gives away a case may have made it.
        """
        found: dict[str, list[TablePart]] = {}
        damaged = {line.partition(": ")[0]: line for line in lake.damaged_parts()}
        # The case itself may be reached by a link of its user's; nothing in it may be one.
        folder = lake.folder.parent.resolve() / lake.folder.name
        for part in lake.parts:
            path = os.path.normpath(folder / part.path)
            if os.path.realpath(path) != path:
                raise CaseError(f"{lake.folder / part.path} is a link or lies behind one; a case has none")
            wrong = damaged.get(part.path, "")
            found.setdefault(part.table, []).append(TablePart(part.path, path, part.rows, part.kinds, wrong))
        return cls({table: tuple(parts) for table, parts in sorted(found.items())})

    @property
    def classes(self) -> list[str]:
        """Return the names of tables of events."""
        return [table for table in self.parts if table != FILES_TABLE]

    def kinds(self) -> Iterator[KindRows]:
        """Give the kinds of all events, one entry for each part that has any."""
        for table in self.classes:
            for part in self.parts[table]:
                yield from part.kinds

    def with_kind(self, wanted: Wanted) -> dict[str, tuple[TablePart, ...]]:
        """Return the parts that hold events of the wanted kinds, by table."""
        found = {}
        for table in self.classes:
            parts = tuple(part for part in self.parts[table] if any(map(wanted, part.kinds)))
            if parts:
                found[table] = parts
        return found
