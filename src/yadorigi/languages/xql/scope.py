"""What names mean at one place of an XQL query."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lark import Token, Tree

from yadorigi.errors import QueryError

if TYPE_CHECKING:
    from yadorigi.languages.tables import LanguageTable
    from yadorigi.query.plan.expressions import Constant, Kind


EVENT_TYPE: Final = "event_type"


@dataclass(slots=True)
class Scope:
    """What names mean at one place of a query.

    Attributes:
        text: the whole query.
        now: microseconds since 1970 that count as now.
        cased: whether letter case counts.
        columns: kinds by name.
        enums: closed sets of values, by column.
        filled: of these, the values that rows of a case can have.
        same: values that rows have under another name, by column.
        told: what whoever chooses rows by a column should know.
        hosts: columns with names of hosts.
        registry: columns with keys of the registry.
        empty: columns that nothing fills.
        parts: columns that are filled in events of a type.
        types: types of events that are left; None for all.
        needed: columns without which no row is left.
        timeframe: microseconds since 1970 between which events are looked at; None for all times.
        literal_stars: whether ``*`` in what ``contains`` looks for stands for itself.
        escaped: whether two backslashes of an expression in double quotes are read as one.
        notes: what whoever asked should know; the same list in the whole query.
        triple: texts that stand in triple quotes, in which a backslash is an escape.
        parameters: values that whoever asks gave names; the query writes ``$`` before them.
        readings: ways in which people read the query otherwise; the same set in the whole query.
    """

    text: str
    now: int
    cased: bool = False
    columns: Mapping[str, Kind] = field(default_factory=dict)
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    same: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    registry: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    types: frozenset[str] | None = None
    needed: frozenset[str] = frozenset()
    timeframe: tuple[int, int] | None = None
    literal_stars: bool = False
    escaped: bool = False
    notes: list[str] = field(default_factory=list)
    parameters: Mapping[str, Constant] = field(default_factory=dict)
    readings: set[str] = field(default_factory=set)
    triple: set[str] = field(default_factory=set)

    def wrong(self, reason: str, at: Tree[Token] | Token) -> QueryError:
        """Return an error with its place."""
        start = at.start_pos if isinstance(at, Token) else getattr(at.meta, "start_pos", None)
        return QueryError(reason, self.text, start)

    def know(self, table: LanguageTable) -> None:
        """Know what a table says of its columns."""
        self.enums = {**self.enums, **table.enums}
        self.filled = {**self.filled, **{name: table.values_of(name) for name in table.enums}}
        self.same = {**self.same, **table.same}
        self.told = {**self.told, **table.told}
        self.hosts |= frozenset(table.hosts)
        self.registry |= frozenset(table.registry)
        self.empty |= frozenset(table.empty)
        self.parts = table.filled_where(EVENT_TYPE)

    def name_of(self, token: Token) -> str:
        """Return the column that a name means, in any letter case.

        Raises:
            QueryError: there is none.
        """
        if token in self.columns:
            return str(token)
        folded = str(token).lower()
        for name in self.columns:
            if name.lower() == folded:
                return name
        if "$" in token:
            raise self.wrong(f"{token} is a parameter: write its value in its place", token)
        alike = difflib.get_close_matches(folded, [name.lower() for name in self.columns if name not in self.empty], 3)
        hint = f"; did you mean {' or '.join(alike)}?" if alike else ""
        raise self.wrong(f"there is no field {token}{hint}", token)

    def tested(self, name: str, token: Token | Tree[Token]) -> None:
        """Note that rows are chosen by a column.

        Raises:
            QueryError: nothing fills it, so that the choice would mean nothing.
        """
        if name in self.empty:
            raise self.wrong(
                f"no log that is read here can fill the field {name}, so rows cannot be chosen by it", token
            )
        if name in self.told:
            self.notes.append(self.told[name])

    def left(self, types: frozenset[str] | None, needed: frozenset[str], at: Tree[Token] | Token) -> None:
        """Note which types of events a choice leaves, and which columns it needs.

        Raises:
            QueryError: nothing fills one of them in these, so that nothing could ever be found.
        """
        if types is not None:
            self.types = types if self.types is None else self.types & types
        self.needed |= needed
        kinds = [kind for kind in self.types or () if kind in self.parts]
        for name in sorted(self.needed):
            known = any(name in filled for filled in self.parts.values())
            if kinds and known and not any(name in self.parts[kind] for kind in kinds):
                told = " or ".join(sorted(kinds))
                raise self.wrong(f"no log that is read here can fill the field {name} in events of type {told}", at)

    def read(self, names: Iterable[str]) -> bool:
        """Note what should be known of columns that a value is worked out of, and say whether nothing fills any."""
        read = list(dict.fromkeys(names))
        empty = [name for name in read if name in self.empty]
        self.notes += [f"no log that is read here can fill {name}" for name in empty]
        self.notes += [self.told[name] for name in read if name in self.told]
        return bool(read) and len(empty) == len(read)

    def made(self, name: str) -> None:
        """Note that a column is made by the query; what the tables say of one of its name counts no more."""
        self.empty -= {name}
        self.parts = {} if name == EVENT_TYPE else {kind: filled | {name} for kind, filled in self.parts.items()}
        self.hosts -= {name}
        self.registry -= {name}
        self.told = {column: note for column, note in self.told.items() if column != name}
        self.enums = {column: values for column, values in self.enums.items() if column != name}
