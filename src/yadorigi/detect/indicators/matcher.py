"""The matcher of indicators: batches of events in, known values out.

It looks at every field of every event. A few hashes are searched for in raw text, and only events are decoded in
which something may be. Otherwise the fields of a kind of event, known ones and those that a batch has beside them, are
decoded as columns; each different value is looked up once, and what holds nothing known is remembered. So what is
found does not depend on how events come together in batches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard

from msgspec import UNSET, UnsetType

from yadorigi.detect.indicators.fields import Role, known_fields, role_of
from yadorigi.detect.indicators.index import IndicatorIndex
from yadorigi.detect.indicators.observables import texts_of
from yadorigi.detect.indicators.screen import hash_screen
from yadorigi.detect.indicators.split_urls import Parts, joined_url, split_urls
from yadorigi.limits import (
    KINDS_LIMIT,
    OBSERVED_FIELDS_LIMIT,
    OBSERVED_PLACES_LIMIT,
    REMEMBERED_CHARACTERS,
    REMEMBERED_VALUE_LENGTH,
    REMEMBERED_VALUES,
)
from yadorigi.schema.indicator import TYPE_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from yadorigi.packs.indicators import IndicatorSet
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import EventKind, Value

_URL: Final = TYPE_NUMBERS["url"]
_NO_NAME: Final = re.compile(r'["\\\x00-\x1f]').search
"""Signs in the name of a field that columns cannot have."""

_ROLE_OF_LEAF: Final[dict[str, Role]] = {
    "hash": "hashes",
    "fingerprint": "fingerprints",
    "ip": "addresses",
    "hostname": "hosts",
    "dns_answer": "addresses",
    "url": "urls",
    "file_path": "paths",
    "file_name": "paths",
    "registry_key": "registry",
    "detection_name": "detections",
    "command_line": "text",
}
"""What a normalised column holds (`schema.ocsf_indicators.typed_leaves`), as the role of a field."""


@dataclass(frozen=True, slots=True)
class IndicatorHit:
    """An indicator that an event holds.

    Attributes:
        row: of the table (`languages.indicators.table.IndicatorTable.indicator`).
        fields: the native fields that hold it, with their values.
    """

    row: int
    fields: dict[str, Value]


@dataclass(slots=True)
class _KindFields:
    """The fields of one kind of event.

    Attributes:
        known: names of all fields that are decoded as columns or need not be.
        by_role: those that are, by what they hold.
    """

    known: frozenset[str] = frozenset()
    by_role: dict[Role, list[str]] = field(default_factory=dict)

    def learn(self, names: Iterable[str], wanted: frozenset[Role]) -> bool:
        """Add names, in a fixed order; return whether all of them have been added."""
        fresh = [name for name in sorted(names) if _NO_NAME(name) is None]
        fresh = fresh[: max(OBSERVED_FIELDS_LIMIT - len(self.known), 0)]
        for name in fresh:
            role = role_of(name)
            if role in wanted:
                self.by_role.setdefault(role, []).append(name)
        self.known = self.known.union(fresh)
        return self.known.issuperset(names)


class _Remembered:
    """Texts of one role that hold nothing known."""

    __slots__ = ("_characters", "clean")

    def __init__(self) -> None:
        self.clean: set[Value | UnsetType] = set(_NOTHING)
        self._characters = 0

    def add(self, texts: Iterable[str]) -> None:
        short = [text for text in texts if len(text) <= REMEMBERED_VALUE_LENGTH]
        characters = sum(map(len, short))
        self._characters += characters
        if len(self.clean) + len(short) > REMEMBERED_VALUES or self._characters > REMEMBERED_CHARACTERS:
            self.clean = set(_NOTHING)
            self._characters = characters
        self.clean.update(short[:REMEMBERED_VALUES])


_NOTHING: Final[frozenset[Value | UnsetType]] = frozenset({UNSET, None, "", "-"})
_Found: TypeAlias = dict[int, list[tuple[int, str, "Value"]]]
"""Place of an event to the rows that it holds, with the fields and their values."""


class IndicatorMatcher:
    """Looks for indicators in batches of any kind.

    Attributes:
        indicators: what is looked for.
        cut: values so far that held more paths or URLs, or more characters, than are looked up.
    """

    def __init__(self, indicators: IndicatorSet) -> None:
        """Make the index."""
        self.indicators = indicators
        self._table = indicators.table
        self._index = IndicatorIndex(indicators.table)
        self._wanted = self._index.wanted_roles()
        self._with_urls = "url" in indicators.table.present_types()
        self._screen = hash_screen(indicators.table)
        self._kinds: dict[EventKind, _KindFields] = {}
        self._remembered: dict[Role, _Remembered] = {}
        self.cut = 0

    def match(self, batch: EventBatch) -> Iterator[tuple[int, tuple[IndicatorHit, ...]]]:
        """Give the places of events that hold indicators, with these, in the batch's order."""
        if not self._wanted or not len(batch):
            return
        found: _Found = {}
        if self._screen is not None:
            self._look_at_events(batch, batch.places_with(self._screen), frozenset(), found)
        else:
            self._look_at_columns(batch, found)
        for place in sorted(found):
            hits = self._hits(found[place])
            if hits:
                yield place, hits

    def holds(self, held: str, value: str) -> bool:
        """Say whether a value of a normalised column is known, by what the column holds."""
        role = _ROLE_OF_LEAF[held]
        if role not in self._wanted or value in self._memory(role).clean:
            return False
        return bool(self._looked_up(role, [value], self._overflowing([value])))

    def _look_at_columns(self, batch: EventBatch, found: _Found) -> None:
        kind = batch.kind
        fields = self._kinds.get(kind)
        if fields is None:
            if len(self._kinds) >= KINDS_LIMIT:
                self._kinds.pop(next(iter(self._kinds)))
            fields = self._kinds[kind] = _KindFields()
            fields.learn(known_fields(kind.provider, kind.event_id), self._wanted)
        beyond = batch.names_beyond(fields.known)
        if beyond and not fields.learn(beyond, self._wanted):
            # Somebody invents names: what cannot be remembered is looked at event by event.
            self._look_at_events(batch, range(len(batch)), fields.known, found)
        columns = iter(batch.columns([name for names in fields.by_role.values() for name in names]))
        for role, names in fields.by_role.items():
            self._look_at_role(role, [(name, next(columns)) for name in names], found)
        for parts in split_urls(fields.known) if self._with_urls else ():
            self._look_at_split_urls(batch, parts, found)

    def _look_at_role(
        self, role: Role, columns: Sequence[tuple[str, Sequence[Value | UnsetType]]], found: _Found
    ) -> None:
        clean = self._memory(role).clean
        fresh: set[str] = set()
        odd: set[str] = set()
        for name, column in columns:
            own: set[Any] = set(column).difference(clean)
            # A number may be equal to one of another type, so that none is remembered by itself, but by its text.
            if any(value.__class__ is not str for value in own):
                odd.add(name)
                inside = chain.from_iterable(texts_of(value) for value in column if _is_odd(value))
                own = {value for value in own if value.__class__ is str} | set(inside).difference(clean)
            fresh |= own
        texts = list(fresh)
        over = self._overflowing(texts)
        if over:
            values = chain.from_iterable(column for _, column in columns)
            self.cut += sum(not over.isdisjoint(texts_of(value)) for value in values if value is not UNSET)
        rows_of = self._looked_up(role, texts, over)
        if not rows_of:
            return
        for name, column in columns:
            for place, value in enumerate(column):
                for row in rows_of.get(value, ()):
                    found.setdefault(place, []).append((row, name, value))  # type: ignore[arg-type]  # a missing value has no rows
            if name in odd:
                for place, value in enumerate(column):
                    if _is_odd(value):
                        rows = {row for text in texts_of(value) for row in rows_of.get(text, ())}
                        found.setdefault(place, []).extend((row, name, value) for row in rows)

    def _look_at_split_urls(self, batch: EventBatch, parts: Parts, found: _Found) -> None:
        """Look for URLs alone: what host and path hold by themselves is found in their own fields."""
        clean = self._memory("urls").clean
        columns = batch.columns(parts)
        places_of: dict[str, list[int]] = {}
        for place, values in enumerate(zip(*columns, strict=True)):
            url = joined_url(values)
            if url is not None and url not in clean:
                places_of.setdefault(url, []).append(place)
        texts = list(places_of)
        for text, rows in self._looked_up("urls", texts, self._overflowing(texts)).items():
            own = [row for row in rows if self._table.types[row] == _URL]
            for place in places_of[str(text)]:
                for name, column in zip(parts, columns, strict=True):
                    held = column[place]
                    if isinstance(held, str):
                        found.setdefault(place, []).extend((row, name, held) for row in own)

    def _overflowing(self, texts: Iterable[str]) -> set[str]:
        """Return the texts that hold more than is looked up."""
        return {text for text in texts if len(text) > OBSERVED_PLACES_LIMIT and self._index.overflows(text)}

    def _looked_up(self, role: Role, texts: list[str], over: set[str]) -> dict[Value | UnsetType, tuple[int, ...]]:
        """Return the rows of the texts that hold something known, and remember those that hold nothing.

        Args:
            role: of the fields that hold them.
            texts: to be looked up.
            over: those that are not to be remembered, so that each one is counted.
        """
        found: dict[Value | UnsetType, tuple[int, ...]] = {}
        for text in self._index.suspects(role, texts):
            rows = self._index.rows_in(role, text)
            if rows:
                found[text] = rows
        if found or over:
            texts = [text for text in texts if text not in found and text not in over]
        self._memory(role).add(texts)
        return found

    def _look_at_events(self, batch: EventBatch, places: Iterable[int], known: frozenset[str], found: _Found) -> None:
        """Look at all fields of some events, except known ones."""
        for place in places:
            for name, value in batch.event(place).data.items():
                if name not in known:
                    role = role_of(name)
                    if role in self._wanted:
                        self._look_at_value(role, (place, name), value, found)

    def _look_at_value(self, role: Role, where: tuple[int, str], value: Value, found: _Found) -> None:
        place, name = where
        texts = [text for text in texts_of(value) if text not in self._memory(role).clean]
        over = self._overflowing(texts)
        self.cut += bool(over)
        rows_of = self._looked_up(role, texts, over)
        for row in sorted({row for rows in rows_of.values() for row in rows}):
            found.setdefault(place, []).append((row, name, value))

    def _memory(self, role: Role) -> _Remembered:
        remembered = self._remembered.get(role)
        if remembered is None:
            remembered = self._remembered[role] = _Remembered()
        return remembered

    def _hits(self, found: list[tuple[int, str, Value]]) -> tuple[IndicatorHit, ...]:
        """Return the indicators of one event: conjunctions only where all of their parts are there."""
        groups_of = self._table.groups_of
        rows = {row for row, _, _ in found}
        whole: set[int] = set()
        for row in rows:
            groups = groups_of.get(row)
            if groups is None:
                whole.add(row)
            else:
                for number in groups:
                    if rows.issuperset(self._table.groups[number]):
                        whole.update(self._table.groups[number])
        by_identity: dict[object, IndicatorHit] = {}
        for row, name, value in sorted(found, key=lambda one: one[:2]):
            if row in whole:
                group = groups_of.get(row)
                key = self._table.identity(row if group is None else self._table.groups[group[0]][0])
                by_identity.setdefault(key, IndicatorHit(row, {})).fields[name] = value
        return tuple(by_identity.values())


def _is_odd(value: Value | UnsetType) -> TypeGuard[Value]:
    """Say whether a value is there and is no text: a number, or several."""
    return value.__class__ is not str and value is not UNSET and value is not None
