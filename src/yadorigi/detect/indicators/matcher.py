"""The matcher of indicators: batches of events in, known values out.

Each different value of a field is looked up once, and what holds nothing known is remembered; a column whose values
are all remembered costs one pass of a set over it. Which fields a kind of event has is taken from the layouts of known
kinds and from events themselves: the first ones of a kind, and some of the later ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, UnsetType

from yadorigi.detect.indicators.fields import Role, known_fields, role_of
from yadorigi.detect.indicators.index import IndicatorIndex
from yadorigi.detect.indicators.observables import overflows
from yadorigi.limits import (
    KINDS_LIMIT,
    OBSERVED_FIELDS_LIMIT,
    OBSERVED_PLACES_LIMIT,
    REMEMBERED_CHARACTERS,
    REMEMBERED_VALUE_LENGTH,
    REMEMBERED_VALUES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yadorigi.packs.indicators import IndicatorSet
    from yadorigi.schema.batch import EventBatch
    from yadorigi.schema.event import EventKind, Value

_FIRST_EVENTS: Final = 2
"""Events of a kind of known layout whose fields are looked at; of another kind eight times as many."""
_OF_EVERY: Final = 512
"""Of so many further events of a kind, the fields of one are looked at; of a kind of no known layout of a 16th."""


_ROLE_OF_LEAF: Final[dict[str, Role]] = {
    "hash": "hashes",
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
    """The fields of one kind of event."""

    known: bool
    roles: dict[str, Role] = field(default_factory=dict)
    looked_at: int = 0
    events: int = 0


class _Remembered:
    """The values of fields of one role that hold nothing known."""

    __slots__ = ("_characters", "clean")

    def __init__(self) -> None:
        self.clean: set[Value | UnsetType] = {UNSET, None, "", "-"}
        self._characters = 0

    def add(self, value: Value) -> None:
        if isinstance(value, str):
            length = len(value)
        elif isinstance(value, tuple):
            length = sum(len(part) for part in value if isinstance(part, str))
        else:
            length = 8
        if length > REMEMBERED_VALUE_LENGTH:
            return
        self._characters += length
        if len(self.clean) >= REMEMBERED_VALUES or self._characters > REMEMBERED_CHARACTERS:
            self.clean = {UNSET, None, "", "-"}
            self._characters = length
        self.clean.add(value)


class IndicatorMatcher:
    """Looks for indicators in batches of any kind.

    Attributes:
        indicators: what is looked for.
        cut: texts so far that held more paths or URLs, or more characters, than are looked up.
    """

    def __init__(self, indicators: IndicatorSet) -> None:
        """Make the index."""
        self.indicators = indicators
        self._table = indicators.table
        self._index = IndicatorIndex(indicators.table)
        self._wanted = self._index.wanted_roles()
        self._kinds: dict[EventKind, _KindFields] = {}
        self._remembered: dict[Role, _Remembered] = {}
        self.cut = 0

    def fields_of(self, batch: EventBatch) -> tuple[str, ...]:
        """Return the native fields that are looked at in a batch, so that they can be decoded with those of rules."""
        kind = batch.kind
        fields = self._kinds.get(kind)
        if fields is None:
            if len(self._kinds) >= KINDS_LIMIT:
                self._kinds.pop(next(iter(self._kinds)))
            names = known_fields(kind.provider, kind.event_id)
            fields = self._kinds[kind] = _KindFields(bool(names))
            self._learn(fields, names)
        self._look_at_events(fields, batch)
        return tuple(fields.roles)

    def match(
        self, batch: EventBatch, columns: Sequence[Sequence[Value | UnsetType]] | None = None
    ) -> Iterator[tuple[int, tuple[IndicatorHit, ...]]]:
        """Give the places of events that hold indicators, with these, in the batch's order.

        Args:
            batch: the events.
            columns: the columns of `fields_of` where they are decoded already.
        """
        if not self._wanted or not len(batch):
            return
        names = self.fields_of(batch)
        if not names:
            return
        if columns is None:
            columns = batch.columns(names)
        found: dict[int, list[tuple[int, str, Value]]] = {}
        for name, column in zip(names, columns, strict=True):
            rows_of = self._known_values(role_of(name), column)
            if rows_of:
                for place, value in enumerate(column):
                    for row in rows_of.get(value, ()):
                        found.setdefault(place, []).append((row, name, value))  # type: ignore[arg-type]  # a missing value has no rows
        for place in sorted(found):
            hits = self._hits(found[place])
            if hits:
                yield place, hits

    def holds(self, held: str, value: str) -> bool:
        """Say whether a value of a normalised column is known, by what the column holds."""
        role = _ROLE_OF_LEAF[held]
        if role not in self._wanted:
            return False
        remembered = self._remembered.setdefault(role, _Remembered())
        if value in remembered.clean:
            return False
        if self._index.rows_in(role, value):
            return True
        remembered.add(value)
        return False

    def _known_values(
        self, role: Role, column: Sequence[Value | UnsetType]
    ) -> dict[Value | UnsetType, tuple[int, ...]]:
        """Return the rows of the values of a column that hold something known."""
        remembered = self._remembered.get(role)
        if remembered is None:
            remembered = self._remembered[role] = _Remembered()
        found: dict[Value | UnsetType, tuple[int, ...]] = {}
        for value in set(column).difference(remembered.clean):
            if value is UNSET:
                continue
            rows = self._index.rows_in(role, value)
            if isinstance(value, str) and len(value) > OBSERVED_PLACES_LIMIT and overflows(value):
                self.cut += 1
            if rows:
                found[value] = rows
            else:
                remembered.add(value)
        return found

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
        for row, name, value in sorted(found, key=lambda one: one[0]):
            if row in whole:
                group = groups_of.get(row)
                key = self._table.identity(row if group is None else self._table.groups[group[0]][0])
                by_identity.setdefault(key, IndicatorHit(row, {})).fields[name] = value
        return tuple(by_identity.values())

    # -------------------------------------------------------------------------------------------------------- fields

    def _learn(self, fields: _KindFields, names: Sequence[str]) -> None:
        for name in names:
            if name not in fields.roles and len(fields.roles) < OBSERVED_FIELDS_LIMIT:
                role = role_of(name)
                if role in self._wanted:
                    fields.roles[name] = role

    def _look_at_events(self, fields: _KindFields, batch: EventBatch) -> None:
        count = len(batch)
        first, every = (_FIRST_EVENTS, _OF_EVERY) if fields.known else (8 * _FIRST_EVENTS, _OF_EVERY // 16)
        wanted = max(first - fields.looked_at, 0)
        fields.events += count
        wanted = min(max(wanted, fields.events // every - max(fields.looked_at - first, 0)), count)
        if wanted <= 0:
            return
        fields.looked_at += wanted
        step = max(count // wanted, 1)
        for place in range(0, count, step):
            self._learn(fields, tuple(batch.event(place).data))
