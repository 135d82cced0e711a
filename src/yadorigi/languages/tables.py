"""The tables that languages of hunting queries name, made of those of a case: as data.

``content/hunting/<language>/*.toml`` say which tables there are, their columns with their kinds, and for each of the
case's own tables how a column is read from it, in SQL. What makers' tables have beside, and no log that is read here
can fill, is named too: such a column is empty, and whoever tests it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.languages.places import places_of
from yadorigi.query.plan.conditions import quoted
from yadorigi.query.plan.expressions import Kind
from yadorigi.query.plan.places import PLACES
from yadorigi.query.plan.sql import SQL_TYPES
from yadorigi.query.values import fold

if TYPE_CHECKING:
    from yadorigi.query.plan.relations import Table

_FOLDER: Final = "hunting"
_WRITTEN: Final = re.compile(r"'([^']*)'")
"""A text that stands in SQL."""


class Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that one of the case's tables gives.

    Attributes:
        view: name of the case's table.
        where: which of its rows, in SQL; all where it is empty.
        columns: how each column is read, in SQL; those that are not named are missing.
        common: names of groups of columns that it has beside.
    """

    view: str
    columns: dict[str, str]
    where: str = ""
    common: tuple[str, ...] = ()


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some of a table's rows under a name of their own.

    Attributes:
        column: which decides.
        values: those that it has in these rows.
    """

    column: str
    values: tuple[str, ...]


class LanguageTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table.

    Attributes:
        name: as queries write it.
        title: what it holds.
        columns: names and kinds, in their order.
        rows: where its rows come from.
        common: groups of columns, by name.
        empty: columns that the maker's table has and that nothing here fills.
        hosts: columns with names of hosts, which some logs write with their domain and the maker's product without.
        registry: columns that hold a key of the registry; keys are compared in one spelling (`query.registry_keys`).
        enums: columns whose values are a closed set, with these.
        same: values of such columns that rows have under another name, and that.
        told: what whoever chooses rows by a column should know.
        also: other names of the table.
        presets: rows of it that have a name of their own.
        preset: whether the table is one of the names that a language has for such rows, and no dataset.
    """

    name: str
    title: str
    columns: dict[str, Kind]
    rows: tuple[Rows, ...] = ()
    common: dict[str, dict[str, str]] = {}
    empty: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    registry: tuple[str, ...] = ()
    enums: dict[str, tuple[str, ...]] = {}
    same: dict[str, dict[str, str]] = {}
    told: dict[str, str] = {}
    also: tuple[str, ...] = ()
    presets: dict[str, Preset] = {}
    preset: bool = False

    def all_columns(self) -> dict[str, Kind]:
        """Return all columns, those that nothing fills as text."""
        return self.columns | dict.fromkeys(self.empty, "text")

    def filled_where(self, column: str) -> dict[str, frozenset[str]]:
        """Return for each value that a column has in all of some rows which columns those rows fill."""
        found: dict[str, frozenset[str]] = {}
        for rows in self.rows:
            read = {name: sql for group in rows.common for name, sql in self.common[group].items()} | rows.columns
            value = read.get(column, "")
            if value[:1] == value[-1:] == "'":
                found[value[1:-1]] = found.get(value[1:-1], frozenset()) | frozenset(read)
        return found

    def values_of(self, column: str) -> frozenset[str]:
        """Return the values of a closed set that rows of a case can have, as their SQL names them."""
        told = [rows.columns.get(column, "") for rows in self.rows]
        told += [group.get(column, "") for group in self.common.values()]
        return frozenset(value for value in self.enums.get(column, ()) if any(f"'{value}'" in sql for sql in told))

    def select(self, asked: Table) -> str:
        """Return the SQL that gives the table's rows with some columns, without those that nobody wants."""
        kinds = self.all_columns() | PLACES
        named = [name for name, _ in asked.columns]
        branches = [self._branch(rows, named, kinds) for rows in self.rows if self._may_hold(rows, asked)]
        if not branches:
            empty = ", ".join(f"CAST(NULL AS {SQL_TYPES[kinds[name]]}) AS {quoted(name)}" for name in named)
            return f"SELECT {empty} WHERE false"
        return "\n  UNION ALL ".join(branches)

    def _read(self, rows: Rows) -> dict[str, str]:
        """Return how each column is read that is."""
        read = {name: sql for group in rows.common for name, sql in self.common[group].items()} | rows.columns
        return read | places_of(rows.view)

    def _may_hold(self, rows: Rows, asked: Table) -> bool:
        """Say whether some rows may be among those that are wanted, by columns that they lack or that are one text."""
        read = self._read(rows)
        if any(read.get(name, "NULL") == "NULL" for name in asked.needs):
            return False
        for name, values in asked.only:
            written = _WRITTEN.fullmatch(read.get(name, ""))
            if written is not None and fold(written.group(1)) not in values:
                return False
        return True

    def _branch(self, rows: Rows, wanted: list[str], kinds: dict[str, Kind]) -> str:
        read = self._read(rows)
        told = []
        for name in wanted:
            kind = SQL_TYPES[kinds[name]]
            told.append(f"CAST({read.get(name, 'NULL')} AS {kind}) AS {quoted(name)}")
        where = f" WHERE {rows.where}" if rows.where else ""
        return f"SELECT {', '.join(told)} FROM {quoted(rows.view)}{where}"  # noqa: S608 - content of our own, quoted


class LanguageTables:
    """All tables of a language."""

    def __init__(self, tables: Iterable[LanguageTable]) -> None:
        """Keep them by their names in any letter case."""
        self._tables = {name.lower(): table for table in tables for name in (table.name, *table.also)}
        self._presets = {
            name.lower(): (table, preset) for table in self._tables.values() for name, preset in table.presets.items()
        }

    def find(self, name: str) -> LanguageTable | None:
        """Return the table of a name, in any letter case; None where there is none."""
        return self._tables.get(name.lower())

    def names(self) -> list[str]:
        """Return the names of all tables."""
        return sorted({table.name for table in self._tables.values()})

    def preset(self, name: str) -> tuple[LanguageTable, Preset] | None:
        """Return the preset of a name, in any letter case, with its table; None where there is none."""
        return self._presets.get(name.lower())

    def preset_names(self) -> list[str]:
        """Return the names of all presets."""
        return sorted(self._presets)

    def sql_of(self, table: Table) -> str:
        """Return the SQL that gives a plan's table its rows.

        Raises:
            KeyError: there is no such table.
        """
        return self._tables[table.name.lower()].select(table)


@cache
def tables_of(language: str) -> LanguageTables:
    """Return the tables of a language.

    Raises:
        ContentError: the data is broken.
    """
    folder = files("yadorigi") / "content" / _FOLDER / language
    tables = []
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not path.name.endswith(".toml"):
            continue
        try:
            table = msgspec.convert(rtoml.loads(path.read_text("utf-8")), LanguageTable, str_keys=True)
        except ValueError as error:
            raise ContentError(f"{path}: {error}") from error
        for rows in table.rows:
            named = {name for group in rows.common for name in table.common[group]} | set(rows.columns)
            unknown = sorted(named - set(table.columns))
            if unknown:
                raise ContentError(f"{path}: {rows.view}: no column {', '.join(unknown)}")
        tables.append(table)
    return LanguageTables(tables)
