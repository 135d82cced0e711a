"""Which Windows events a Sigma rule's log source means, and under which field names.

The facts are data: ``content/windows/log_sources.toml``. This module reads them and answers for one log source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.languages.sigma.derive import FUNCTIONS, Derivation
from yadorigi.languages.sigma.line_log_sources import LineData, LineEvents, read_line_data
from yadorigi.schema.ocsf_mapping import load

if TYPE_CHECKING:
    from yadorigi.schema.event import EventKind

T = TypeVar("T")
Conditions: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


class Binding(msgspec.Struct, frozen=True):
    """One kind of events that a log source means. An empty set sets no limit.

    Attributes:
        channels: casefolded.
        providers: casefolded; the event must come from one of these, whatever its channel.
        event_ids: plain ids.
        conditions: what the event must also meet: pairs of a native field and its values, one of which must equal the
            field's, letter case aside; a value that ends in ``*`` is a prefix.
        fields: Sigma field to derivation; a Sigma field that is not here is the native field of that name.
        providers_if_no_channel: casefolded; who writes to these channels. Decides for events of which the channel was
            lost, as some exports do.
        others: casefolded; providers that are never meant, where nothing else sets a limit.
    """

    channels: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    event_ids: frozenset[int] = frozenset()
    conditions: Conditions = ()
    fields: dict[str, Derivation] = {}
    providers_if_no_channel: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    def covers(self, kind: EventKind) -> bool:
        """Say whether events of this kind are meant, as far as channel, provider and event id decide."""
        if self.event_ids and kind.event_id not in self.event_ids:
            return False
        provider = kind.provider.casefold()
        if self.providers and provider not in self.providers:
            return False
        if not self.channels:
            return bool(self.providers) or provider not in self.others
        if kind.channel:
            return kind.channel.casefold() in self.channels
        return provider in self.providers_if_no_channel

    def intersect(self, other: Binding) -> Binding | None:
        """Return what both mean, or None where that is nothing. Field names of this one come first."""
        channels = _narrow(self.channels, other.channels)
        providers = _narrow(self.providers, other.providers)
        event_ids = _narrow(self.event_ids, other.event_ids)
        if channels is None or providers is None or event_ids is None:
            return None
        fallback = self.providers_if_no_channel | other.providers_if_no_channel
        if self.channels and other.channels:
            fallback = self.providers_if_no_channel & other.providers_if_no_channel
        return Binding(
            channels=channels,
            providers=providers,
            event_ids=event_ids,
            conditions=self.conditions + other.conditions,
            fields={**other.fields, **self.fields},
            providers_if_no_channel=fallback,
            others=self.others | other.others,
        )


def _narrow(left: frozenset[T], right: frozenset[T]) -> frozenset[T] | None:
    """Intersect two limits of which an empty one is none; None where nothing is left."""
    if not left or not right:
        return left or right
    return left & right or None


class _Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A Sigma field in the data."""

    inputs: tuple[str, ...]
    function: str = ""


class _Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service in the data. ``fields`` names field sets; ``note`` is for the reader of the reference page."""

    channels: tuple[str, ...]
    providers_if_no_channel: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    note: str = ""


class _Events(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some of a category's events in the data: those of a service, or those of providers."""

    service: str = ""
    providers: tuple[str, ...] = ()
    event_ids: tuple[int, ...] = ()
    where: dict[str, tuple[str, ...]] = {}
    fields: tuple[str, ...] = ()
    note: str = ""


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data file as it stands."""

    fields: dict[str, dict[str, _Field]]
    services: dict[str, _Service]
    categories: dict[str, tuple[_Events, ...]]


def read_data() -> Data:
    """Read the shipped data.

    Raises:
        ContentError: it is broken; it names what is wrong.
    """
    try:
        text = (files("yadorigi") / "content" / "windows" / "log_sources.toml").read_text("utf-8")
        data = msgspec.convert(rtoml.loads(text), Data, str_keys=True)
    except ValueError as error:
        raise ContentError(f"log_sources.toml: {error}") from error
    for problem in _problems(data):
        raise ContentError(f"log_sources.toml: {problem}")
    return data


def _problems(data: Data) -> Iterator[str]:
    """Yield what the types cannot say: names that lead nowhere, and names that no rule could reach."""
    for set_name, fields in data.fields.items():
        yield from (f"fields.{set_name}.{name} has no inputs" for name, field in fields.items() if not field.inputs)
        functions = {field.function for field in fields.values()} - {""}
        yield from (f"fields.{set_name}: no function {function!r}" for function in sorted(functions - FUNCTIONS.keys()))
    for name, service in data.services.items():
        if not service.channels:
            yield f"services.{name} has no channels"
        yield from (f"services.{name}: no field set {used!r}" for used in service.fields if used not in data.fields)
    for name, group in data.categories.items():
        if not group:
            yield f"categories.{name} has no events"
        for events in group:
            yield from (f"categories.{name}: {problem}" for problem in _problems_of_events(events, data))
    for name in (*data.services, *data.categories):
        if name != name.casefold():
            yield f"{name} is not in lower case"


def _problems_of_events(events: _Events, data: Data) -> Iterator[str]:
    """Yield what is wrong with one part of a category."""
    if bool(events.service) == bool(events.providers):
        yield "name a service or providers"
    if events.service and events.service not in data.services:
        yield f"no service {events.service!r}"
    yield from (f"no field set {used!r}" for used in events.fields if used not in data.fields)


class LogSources:
    """Answers which events a log source means."""

    def __init__(self, data: Data, line_data: Iterable[LineData] = ()) -> None:
        """Make the bindings of every service and category of Windows, and of logs of lines."""
        self._lines = [(events, _bind_lines(events, own)) for own in line_data for events in own.events]
        self._services = {name: _bind_service(service, data) for name, service in data.services.items()}
        self._categories = {
            name: tuple(_bind_events(events, data, self._services) for events in group)
            for name, group in data.categories.items()
        }

    @classmethod
    @cache
    def load(cls) -> LogSources:
        """Return what the shipped data says; it is read once in a process.

        Raises:
            ContentError: the data is broken.
        """
        return cls(read_data(), read_line_data())

    def resolve(self, category: str | None, product: str | None, service: str | None) -> tuple[Binding, ...] | None:
        """Return the events that a rule's log source means, or None where this program has no such log source.

        Without a product, a category or service that Windows has counts as Windows too. Names match whatever their
        letter case. Category and service together mean the events that both mean.
        """
        category, product, service = (name.strip().casefold() if name else "" for name in (category, product, service))
        lines = tuple(binding for events, binding in self._lines if events.means(category, product, service))
        return (*(self._of_windows(category, product, service) or ()), *lines) or None

    def _of_windows(self, category: str, product: str, service: str) -> tuple[Binding, ...] | None:
        if product not in ("", "windows"):
            return None
        if not category and not service:
            # Every event of Windows, and none of an appliance.
            return (Binding(others=frozenset(load().formats)),) if product else None
        by_category = self._categories.get(category) if category else (Binding(),)
        by_service = self._services.get(service) if service else Binding()
        if by_category is None or by_service is None:
            return None
        both = (events.intersect(by_service) for events in by_category)
        return tuple(binding for binding in both if binding is not None) or None


def _bind_lines(events: LineEvents, data: LineData) -> Binding:
    """Make the binding of events of logs of lines."""
    fields = {
        name: Derivation(inputs=field.inputs, function=field.function)
        for set_name in events.fields
        for name, field in data.fields[set_name].items()
    }
    formats = frozenset(name.removesuffix("/*") for name in events.channels if name.endswith("/*"))
    return Binding(
        channels=frozenset() if formats else frozenset(events.channels),
        providers=formats,
        event_ids=frozenset(events.event_ids),
        conditions=tuple(events.where.items()),
        fields=fields,
    )


def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _derivations(sets: tuple[str, ...], data: Data) -> dict[str, Derivation]:
    """Merge field sets into one table."""
    return {
        name: Derivation(inputs=field.inputs, function=field.function)
        for set_name in sets
        for name, field in data.fields[set_name].items()
    }


def _bind_service(service: _Service, data: Data) -> Binding:
    """Make the binding of a service."""
    return Binding(
        channels=_folded(service.channels),
        fields=_derivations(service.fields, data),
        providers_if_no_channel=_folded(service.providers_if_no_channel),
    )


def _bind_events(events: _Events, data: Data, services: Mapping[str, Binding]) -> Binding:
    """Make the binding of some of a category's events. It takes over its service's channels and field names."""
    base = services[events.service] if events.service else Binding(providers=_folded(events.providers))
    return msgspec.structs.replace(
        base,
        event_ids=frozenset(events.event_ids),
        conditions=tuple(events.where.items()),
        fields={**base.fields, **_derivations(events.fields, data)},
    )
