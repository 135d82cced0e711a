"""The fields of known events in their order, to give back names to values that have lost them (``event_fields.toml``).

PowerShell's ``Get-WinEvent`` hands out an event's values without their names. A list of values gets names only where
the provider, the event's number, its version (where it is known) and the number of values leave one choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

import rtoml

from yadorigi.errors import ContentError
from yadorigi.sources.records.record import integer_in

_HEXADECIMAL: Final = ":x"
"""Ends the name of a field that EVTX writes as a hexadecimal number."""
_UNSIGNED_64: Final = 2**64


def named_values(provider: str, event_id: int, version: int | None, values: list[Any]) -> dict[str, Any] | None:
    """Return the values by the names of their fields, None where the names are not certain."""
    by_version = _table().get(provider.lower(), {}).get(event_id, {})
    known = [by_version[version]] if version in by_version else by_version.values()
    fitting = {layout for layouts in known for layout in layouts if len(layout) == len(values)}
    if len(fitting) != 1:
        return None
    return dict(map(_field, fitting.pop(), values))


def _field(name: str, value: Any) -> tuple[str, Any]:  # noqa: ANN401 - any JSON value
    if not name.endswith(_HEXADECIMAL):
        return name, value
    if isinstance(value, int) and not isinstance(value, bool):
        value = hex(value % _UNSIGNED_64)
    return name.removesuffix(_HEXADECIMAL), value


@cache
def _table() -> dict[str, dict[int, dict[int, list[tuple[str, ...]]]]]:
    """Return provider (in lower case), event id and version to the layouts of the fields."""
    path = files("yadorigi") / "content" / "windows" / "event_fields.toml"
    table: dict[str, dict[int, dict[int, list[tuple[str, ...]]]]] = {}
    try:
        for provider, events in rtoml.loads(path.read_text(encoding="utf-8")).items():
            known = table.setdefault(provider.lower(), {})
            for key, layouts in events.items():
                event_id, _, version = key.partition("v")
                known.setdefault(int(event_id), {})[int(version)] = [tuple(names) for names in layouts]
    except (rtoml.TomlParsingError, AttributeError, ValueError, TypeError) as error:
        raise ContentError(f"{path}: {error}") from error
    return table


def with_empty_fields(
    provider: Any,  # noqa: ANN401 - any JSON value
    event_id: Any,  # noqa: ANN401 - any JSON value
    version: Any,  # noqa: ANN401 - any JSON value
    data: dict[str, Any],
    taken: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the fields of an event with those that its tool left out because they were empty.

    Only fields that every known layout of such an event has are added, so that an empty field is not taken for one
    that this version of Windows lacks.

    Args:
        provider: as the tool wrote it.
        event_id: as the tool wrote it.
        version: as the tool wrote it, or None.
        data: the fields that it wrote.
        taken: other names in the record; a field of such a name, whatever its letter case, may have lost its place.
    """
    number, stated = integer_in(event_id), integer_in(version)
    if not isinstance(provider, str) or number is None or not data:
        return data
    by_version = _table().get(provider.lower(), {}).get(number, {})
    known = [by_version[stated]] if stated in by_version else list(by_version.values())
    fitting = [names for layouts in known for layout in layouts if data.keys() <= (names := _plain_names(layout))]
    if not fitting:
        return data
    not_free = {name.lower() for name in taken}
    lacking = {name for name in frozenset.intersection(*fitting) - data.keys() if name.lower() not in not_free}
    return data | dict.fromkeys(sorted(lacking), "") if lacking else data


@lru_cache(maxsize=4_096)
def _plain_names(layout: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.removesuffix(_HEXADECIMAL) for name in layout)


def layouts_of(provider: str, event_id: int) -> list[tuple[str, ...]]:
    """Return all known layouts of an event, the hexadecimal fields marked by ``:x``."""
    return [layout for layouts in _table().get(provider.lower(), {}).get(event_id, {}).values() for layout in layouts]
