"""Fields of many ``System`` elements as columns: what `record.flatten_system` gives, typed and all at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from yadorigi.limits import KINDS_LIMIT
from yadorigi.schema.event import Value
from yadorigi.sources.records.record import SYSTEM_ATTRIBUTES, RecordError, decode_odd_record, flatten_system

Column: TypeAlias = list[Value | UnsetType]

_GENERIC: Final = msgspec.json.Decoder().decode
_RAWS: Final = msgspec.json.Decoder(list[Raw]).decode
_UNDECODABLE: Final = (TypeError, ValueError, AttributeError, msgspec.MsgspecError, RecursionError)
_SCALAR: Final[Any] = str | int | float | bool | None | UnsetType
_NEVER: Final[Any] = Annotated[int, msgspec.Meta(gt=0, lt=0)] | UnsetType
"""Refuses whatever is there."""
_PLACES: Final = {flat: place for place, flat in SYSTEM_ATTRIBUTES.items()}


def system_columns(array: bytes, names: Sequence[str]) -> dict[str, Column]:
    """Return fields of flattened ``System`` elements by name, UNSET where an element does not have one.

    Args:
        array: the elements as one JSON array of objects.
        names: of the fields, as in `schema.event.Event.system`.

    Raises:
        msgspec.MsgspecError: it is no JSON array.
    """
    asked = tuple(dict.fromkeys(names))
    projection = _projection(asked)
    if projection is None:
        fields = [_flattened(element) for element in _RAWS(array)]
        return {name: [row.get(name, UNSET) for row in fields] for name in asked}
    try:
        rows = projection.decode(array)
    except _UNDECODABLE:
        rows = [projection.row_of(element) for element in _RAWS(array)]
    return projection.columns(rows)


class _Projection:
    """Decodes the elements that some fields are made of.

    The structs take the usual form of an element and refuse every other form that would give one of the fields another
    value. Elements that are refused are flattened one by one.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._plain = [name for name in names if name not in _PLACES]
        self._of_element: dict[str, list[tuple[str, str]]] = {}
        kinds: dict[str, Any] = dict.fromkeys(names, _NEVER) | dict.fromkeys(self._plain, _SCALAR)
        for name in names:
            if name in _PLACES:
                element, attribute = _PLACES[name]
                self._of_element.setdefault(element, []).append((name, attribute))
        for element, places in self._of_element.items():
            attributes = _struct({attribute: _SCALAR for _, attribute in places})
            kinds[element] = (
                _struct({"#attributes": attributes, "#text": _NEVER}, must="#attributes") | UnsetType | None
            )
        self._keys = {name: f"f{number}" for number, name in enumerate(kinds)}
        self._row = _struct(kinds)
        self.decode = msgspec.json.Decoder(list[self._row]).decode  # type: ignore[name-defined]  # made at run time
        self._decode_one = msgspec.json.Decoder(self._row).decode

    def row_of(self, element: Raw) -> Any:  # noqa: ANN401 - a struct made at run time, or a dict
        """Return one element decoded, or flattened where it is odd."""
        try:
            return self._decode_one(element)
        except _UNDECODABLE:
            return _flattened(element)

    def columns(self, rows: list[Any]) -> dict[str, Column]:
        """Return the fields of decoded elements."""
        odd = {place: row for place, row in enumerate(rows) if isinstance(row, dict)} if _has_odd(rows) else {}
        if odd:
            empty = self._row()
            rows = [empty if isinstance(row, dict) else row for row in rows]
        found: dict[str, Column] = {}
        for name in self._plain:
            values = list(map(attrgetter(self._keys[name]), rows))
            found[name] = [UNSET if value is None else value for value in values] if None in values else values
        for element, places in self._of_element.items():
            elements = list(map(attrgetter(self._keys[element]), rows))
            sets = [None if element is None or element is UNSET else element.f0 for element in elements]
            for number, (name, _) in enumerate(places):
                get = attrgetter(f"f{number}")
                found[name] = [UNSET if attributes is None else get(attributes) for attributes in sets]
        for place, row in odd.items():
            for name, column in found.items():
                column[place] = row.get(name, UNSET)
        return found


def _has_odd(rows: list[Any]) -> bool:
    return dict in set(map(type, rows))


def _struct(kinds: dict[str, Any], must: str = "") -> Any:  # noqa: ANN401 - a class made at run time
    """Return a struct whose fields ``f0``, ``f1`` ... have the given names in JSON; only ``must`` has to be there."""
    keys = {f"f{number}": name for number, name in enumerate(kinds)}
    fields = [(key, kinds[name]) if name == must else (key, kinds[name], UNSET) for key, name in keys.items()]
    return msgspec.defstruct("Projected", fields, rename=keys, gc=False)


@lru_cache(maxsize=KINDS_LIMIT)
def _projection(names: tuple[str, ...]) -> _Projection | None:
    """Return what decodes the fields; None where one of them may be made of more than one place."""
    elements = {_PLACES[name][0] for name in names if name in _PLACES}
    plain = {name for name in names if name not in _PLACES}
    return None if plain & elements or any("_" in name for name in plain) else _Projection(names)


def _flattened(element: Raw) -> dict[str, Value]:
    try:
        return flatten_system(_GENERIC(element))
    except _UNDECODABLE:
        try:
            whole = decode_odd_record(b'{"Event":{"System":%b}}' % bytes(element))[1]
            return flatten_system(_GENERIC(whole)["Event"]["System"])
        except (RecordError, *_UNDECODABLE):
            return {}
