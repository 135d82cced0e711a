"""How the place of an event (`query.plan.places`) is read from the case's own tables."""

from __future__ import annotations

from functools import cache

from yadorigi.query.plan.places import PLACES
from yadorigi.schema.ocsf_mapping import load

_OF_CLASSES = {
    "@file": "yadorigi_file",
    "@record_id": "yadorigi_record_id",
    "@line": "yadorigi_line",
    "@ticks": "yadorigi_ticks",
    "@host": "device.hostname",
    "@channel": "yadorigi_channel",
    "@provider": "yadorigi_provider",
    "@event_id": "yadorigi_event_id",
    "@data": "yadorigi_data",
    "@system": "yadorigi_system",
}


@cache
def _classes() -> frozenset[str]:
    return frozenset(mapping.ocsf.name.rpartition("/")[2] for mapping in load().mappings)


def places_of(view: str) -> dict[str, str]:
    """Return how each column of a place is read, in SQL: in tables of a class, or in views of logs."""
    if view in _classes():
        return _OF_CLASSES
    return {name: name.removeprefix("@") for name in PLACES}
