"""The fields of known events in their order, to give back names to values that have lost them (``event_fields.toml``).

PowerShell's ``Get-WinEvent`` hands out an event's values without their names. A list of values gets names only where
the provider, the event's number, its version (where it is known) and the number of values leave one choice.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from yadorigi.errors import ContentError

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
        for provider, events in tomllib.loads(path.read_text(encoding="utf-8")).items():
            known = table.setdefault(provider.lower(), {})
            for key, layouts in events.items():
                event_id, _, version = key.partition("v")
                known.setdefault(int(event_id), {})[int(version)] = [tuple(names) for names in layouts]
    except (tomllib.TOMLDecodeError, AttributeError, ValueError, TypeError) as error:
        raise ContentError(f"{path}: {error}") from error
    return table
