"""The logs that SQL knows by name, as data: channels, events, and the native fields that become columns.

Reads ``content/windows/log_views.toml``, the known layouts of events and the fields that the OCSF mapping names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import rtoml

from yadorigi.errors import ContentError
from yadorigi.schema.ocsf_mapping import load

if TYPE_CHECKING:
    from yadorigi.schema.stored_lake import KindRows

_SYSTEM: Final = "@"
"""Begins the names of fields that the mapping takes from elsewhere than the payload."""
_HEXADECIMAL: Final = ":x"
_NUMBERED: Final = re.compile(r"(.+?)_(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Log:
    """One log.

    Attributes:
        name: of its view.
        title: for people.
        channels, providers: in lower case; records of the channels, and records without a channel of the providers.
        names: what its events are called, by number.
        fields: native names by event, in the order of the events and then of their layouts.
        titles: what an event says, by number.
    """

    name: str
    title: str
    channels: frozenset[str]
    providers: frozenset[str]
    names: dict[int, str]
    fields: dict[int, tuple[str, ...]]
    titles: dict[int, str]

    def holds(self, kind: KindRows) -> bool:
        """Say whether events of a kind are of this log."""
        if kind.channel:
            return kind.channel.lower() in self.channels
        return kind.provider.lower() in self.providers

    def all_fields(self) -> tuple[str, ...]:
        """Return the fields of all events, each once."""
        return tuple(dict.fromkeys(name for event in sorted(self.fields) for name in self.fields[event]))


@cache
def known_logs() -> dict[str, Log]:
    """Return the logs by name.

    Raises:
        ContentError: the data is broken.
    """
    try:
        table = _read("log_views.toml")
        return {name: _log(name, entry) for name, entry in table.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(f"log_views.toml: {error!r}") from error


def find_event(name: str) -> tuple[Log, int] | None:
    """Return log and number of an event's view: ``sysmon_1``, ``sysmon_process_creation``."""
    found = _NUMBERED.fullmatch(name)
    if found is not None and found.group(1) in known_logs():
        return known_logs()[found.group(1)], int(found.group(2))
    for log in known_logs().values():
        rest = name.removeprefix(f"{log.name}_")
        for number, called in log.names.items() if rest != name else ():
            if called == rest:
                return log, number
    return None


def _read(name: str) -> dict[str, Any]:
    path = files("yadorigi") / "content" / "windows" / name
    try:
        return rtoml.loads(path.read_text(encoding="utf-8"))
    except (rtoml.TomlParsingError, OSError) as error:
        raise ContentError(f"{path}: {error}") from error


def _log(name: str, entry: dict[str, Any]) -> Log:
    providers = {provider.lower() for provider in entry["providers"]}
    fields: dict[int, list[str]] = {}
    for provider in (*entry["providers"], *entry.get("fields", ())):
        for number, found in _layouts().get(provider.lower(), {}).items():
            fields.setdefault(number, []).extend(found)
    for number, found in _mapped(providers):
        fields.setdefault(number, []).extend(found)
    return Log(
        name,
        entry["title"],
        frozenset(channel.lower() for channel in entry["channels"]),
        frozenset(providers),
        {int(number): called for number, called in entry.get("names", {}).items()},
        {number: tuple(dict.fromkeys(filter(_is_plain, found))) for number, found in sorted(fields.items())},
        _titles((*entry["providers"], *entry.get("fields", ()))),
    )


def _titles(providers: Iterable[str]) -> dict[int, str]:
    """Return what events say; where providers share a number, the first one's."""
    found: dict[int, str] = {}
    for provider in providers:
        for number, texts in _descriptions().get(provider.lower(), {}).items():
            found.setdefault(int(number), texts["en"])
    return found


@cache
def _descriptions() -> dict[str, dict[str, dict[str, str]]]:
    return _read("event_descriptions.toml")


def _is_plain(name: str) -> bool:
    return '"' not in name and "\\" not in name


@cache
def _layouts() -> dict[str, dict[int, list[str]]]:
    """Return the names of fields by provider in lower case and event."""
    found: dict[str, dict[int, list[str]]] = {}
    for provider, events in _read("event_fields.toml").items():
        known = found.setdefault(provider.lower(), {})
        for key, layouts in events.items():
            names = known.setdefault(int(key.partition("v")[0]), [])
            names += [name.removesuffix(_HEXADECIMAL) for layout in layouts for name in layout]
    return found


def _mapped(providers: Iterable[str]) -> Iterable[tuple[int, list[str]]]:
    """Give events and the fields that the OCSF mapping names, of mappings of the given providers."""
    wanted = set(providers)
    content = load()
    for (provider, number), mapping in content.by_provider.items():
        if provider in wanted:
            yield number, [leaf.field for leaf in mapping.leaves if not leaf.field.startswith(_SYSTEM)]
