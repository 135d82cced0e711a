"""Sysmon's messages: a line for each field, by its native name, in the order in which the event holds them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from yadorigi.sources.windows.event_viewer.templates import Slot, Template, Values, Vocabulary
from yadorigi.sources.windows.event_viewer.wordings import word_key
from yadorigi.sources.windows.field_layouts import layouts_of

_PROVIDER: Final = "Microsoft-Windows-Sysmon"
_NAMED: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,60}):(?: |$)")
_OPEN: Final = frozenset((
    "RuleName", "CommandLine", "ParentCommandLine", "FileVersion", "Description", "Product", "Company",
    "OriginalFileName", "Signature", "Details", "TargetObject", "NewName", "PipeName", "Contents", "Query",
    "Destination", "Operation", "Name", "Filter", "Consumer", "QueryName", "QueryResults", "ClientInfo", "Type",
    "CallTrace", "Configuration", "ID",
))  # fmt: skip
"""Fields whose text comes from files, the registry or whoever caused the event: it may hold line ends."""
_NEW_NAMES: Final = 32
"""Names that no known version has, in one message."""


def shown_by_sysmon(event_id: int, message: str) -> Values:
    """Return the fields of a message."""
    _, _, rest = message.partition("\n" if "\n" in message else ":")
    return _template(event_id, _new_names(event_id, rest)).values_of(rest)


def _new_names(event_id: int, text: str) -> tuple[tuple[str, str], ...]:
    """Return names that no known version of the event has, each with the one before it.

    Behind a text that anybody may have chosen there are none: there such a line belongs to the text.
    """
    known = _order(event_id)
    found: list[tuple[str, str]] = []
    last = ""
    for line in text.split("\n"):
        named = _NAMED.match(line.removesuffix("\r"))
        if named is None:
            continue
        name = named[1]
        if name not in known:
            if last in _OPEN or len(found) >= _NEW_NAMES or any(name == other for _, other in found):
                continue
            found.append((last, name))
        last = name
    return tuple(found)


@lru_cache(maxsize=256)
def _template(event_id: int, new_names: tuple[tuple[str, str], ...]) -> Template:
    names = list(_order(event_id))
    for before, name in new_names:
        names.insert(names.index(before) + 1 if before in names else 0, name)
    slots = [Slot("", name, name, name in _OPEN, name in _OPEN) for name in names]
    keys, spellings = {word_key(name): name for name in names}, {f"label:{name}": (name,) for name in names}
    return Template(slots, (), Vocabulary({}, keys, frozenset(), spellings), one_blank=True)


@lru_cache(maxsize=256)
def _order(event_id: int) -> tuple[str, ...]:
    """Return the fields of all known versions of an event in their order."""
    names: list[str] = []
    for layout in sorted(layouts_of(_PROVIDER, event_id), key=len, reverse=True):
        before = -1
        for stated in layout:
            name = stated.removesuffix(":x")
            if name in names:
                before = names.index(name)
            else:
                before += 1
                names.insert(before, name)
    return tuple(names)
