"""Events as OCSF: the class of an event kind, the normalised event, the Arrow schema of a class.

Reads `Event`, gives dicts that validate against the pinned OCSF version, with the Windows extension and the host
profile. What becomes what is data: ``content/*/ocsf``.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from yadorigi.schema.identity import domain_of_host
from yadorigi.schema.ocsf_mapping import OTHER, Content, Mapping, OcsfClass, load
from yadorigi.schema.ocsf_plan import Account, Plan, Sources, build, plan_of
from yadorigi.schema.ocsf_values import clean, text

if TYPE_CHECKING:
    import pyarrow as pa

    from yadorigi.schema.event import Event, EventKind, Value

__all__ = ["OCSF_VERSION", "OcsfClass", "arrow_schema", "class_of", "normalise"]

OCSF_VERSION: Final = "1.7.0"
"""The one OCSF version that events are normalised to."""

TICKS_PER_MS: Final = 10_000
"""100-nanosecond ticks in one of OCSF's milliseconds."""

METADATA_FIELDS: Final = (
    ("original_time", "TimeCreated"),
    ("correlation_uid", "Correlation_ActivityID"),
    ("log_version", "Version"),
)
"""Leaves of ``metadata`` and the ``System`` fields that fill them."""

_SECURITY_CONTROL: Final = frozenset({"action_id", "disposition_id", "policy.name"})
"""Leaves of which any makes an event one of OCSF's profile for what lets pass, blocks or quarantines."""
_LARGEST: Final = (1 << 63) - 1
_EXTENSION: Final = {"name": "win", "uid": "2", "version": OCSF_VERSION}
_WINDOWS_CLASSES: Final = 200_000


class Route:
    """All that is the same for every event of one kind.

    Attributes:
        content: all mappings.
        ocsf: class and activity.
        plan: the mapping of the kind, as a tree.
        metadata: OCSF's ``metadata`` as far as the kind decides it.
    """

    __slots__ = ("content", "metadata", "ocsf", "plan")

    def __init__(self, content: Content, mapping: Mapping, kind: EventKind) -> None:
        """Work out what the mapping makes of the kind."""
        self.content = content
        self.ocsf = mapping.ocsf
        self.plan: Plan = plan_of(mapping)
        self.metadata: dict[str, Any] = {"version": OCSF_VERSION, "event_code": str(kind.event_id)}
        self.metadata |= {"profiles": _profiles(mapping), "product": _product(content, kind)}
        if self.ocsf.class_uid > _WINDOWS_CLASSES:
            self.metadata["extensions"] = [_EXTENSION]
        if kind.channel:
            self.metadata["log_name"] = clean(kind.channel)
        if kind.provider:
            self.metadata["log_provider"] = clean(kind.provider)


def _profiles(mapping: Mapping) -> list[str]:
    paths = {*mapping.constants, *(leaf.path for leaf in mapping.leaves)}
    return ["host", "security_control"] if paths & _SECURITY_CONTROL else ["host"]


@lru_cache(maxsize=16_384)
def route_of(kind: EventKind) -> Route:
    """What all events of a kind have in common, worked out once."""
    content = load()
    return Route(content, content.find(kind), kind)


def _product(content: Content, kind: EventKind) -> dict[str, str]:
    """Who wrote the record: a known product, Windows for its own providers, else the provider's own name."""
    provider = kind.provider.lower()
    known = content.formats.get(provider)
    if known is not None:
        return {"name": known.product, "vendor_name": known.vendor}
    found = content.products.get(provider)
    if found is None and (not provider or provider.startswith("microsoft-windows-")):
        found = content.products["windows"]
    if found is None:
        return {"name": clean(kind.provider)}
    return {"name": found[0], "vendor_name": found[1]}


def class_of(kind: EventKind) -> OcsfClass:
    """The OCSF class and activity of an event kind; Base Event where no class fits."""
    return route_of(kind).ocsf


def normalise(event: Event) -> dict[str, Any]:
    """The event as OCSF. Never raises for what a log may hold, and gives nothing that does not validate.

    Native fields that the mapping does not take, or whose value does not fit, are under ``unmapped``. A field that the
    mapping takes and that says "none" (empty, ``-``, a null SID or GUID) is left out altogether.
    """
    route = route_of(event.kind)
    plan, ocsf = route.plan, route.ocsf
    system, data = event.system, event.data
    host = clean(event.host)
    said = {"host": host, "provider": clean(event.kind.provider), "channel": clean(event.kind.channel)}
    sources: Sources = (data, system, said)
    account = Account()
    found = build(plan.root, sources, account) or {}
    activity, activity_name = _activity(route, sources)
    severity, severity_name = severity_of(route.content, system.get("Level"))
    found["class_uid"] = ocsf.class_uid
    found["class_name"] = ocsf.class_name
    found["category_uid"] = ocsf.category_uid
    found["category_name"] = ocsf.category_name
    found["activity_id"] = activity
    found["activity_name"] = activity_name
    found["type_uid"] = ocsf.class_uid * 100 + activity
    found["severity_id"] = severity
    found["severity"] = severity_name
    found["time"] = event.time // TICKS_PER_MS
    found["metadata"] = _metadata(route, event)
    domain = domain_of_host(host)
    named = {"hostname": host, **({"domain": domain} if domain else {}), "type_id": 0}
    found["device"] = {**found.get("device", {}), **named}
    unmapped = _unmapped(plan, event, account)
    if unmapped:
        found["unmapped"] = unmapped
    return found


def _activity(route: Route, sources: Sources) -> tuple[int, str]:
    where, native = route.plan.activity
    return activity_of(route, sources[where].get(native) if native else None)


def activity_of(route: Route, value: Value) -> tuple[int, str]:
    """The activity, with its name, by the value of the native field that tells it, if one does."""
    written = text(value)
    if not written:
        return route.ocsf.activity_id, route.ocsf.activity_name
    number = route.plan.activities.get(written.strip().lower(), OTHER)
    return number, written if number == OTHER else route.content.captions[route.ocsf.name][number]


def severity_of(content: Content, level: Value) -> tuple[int, str]:
    """OCSF's severity of a ``Level``, with its name."""
    return content.severities.get(str(level) if isinstance(level, int | str) else "", (0, "Unknown"))


def _metadata(route: Route, event: Event) -> dict[str, Any]:
    system = event.system
    metadata: dict[str, Any] = {
        **route.metadata,
        "profiles": list(route.metadata["profiles"]),
        "product": dict(route.metadata["product"]),
    }
    if "extensions" in metadata:
        metadata["extensions"] = [dict(_EXTENSION)]
    if event.record_id is not None:
        metadata["uid"] = str(event.record_id)
    for key, native in METADATA_FIELDS:
        value = system.get(native)
        if value is not None and (written := text(value)):
            metadata[key] = written
    return metadata


def _unmapped(plan: Plan, event: Event, account: Account) -> dict[str, Any]:
    mapped = plan.mapped
    rest = {clean(name): _plain(value) for name, value in event.data.items() if name not in mapped}
    for name in account.misfits:
        if name not in account.taken:
            rest[clean(name)] = _plain(event.data[name])
    return rest


def _plain(value: object) -> Any:  # noqa: ANN401  (JSON)
    """A native value that JSON and 64-bit readers can hold."""
    if isinstance(value, str):
        return value if value.isascii() else clean(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_LARGEST <= value <= _LARGEST else hex(value)
    if isinstance(value, float):
        return value if isfinite(value) else repr(value)
    return [_plain(part) for part in value] if isinstance(value, tuple | list) else clean(str(value))


def arrow_schema(ocsf: OcsfClass) -> pa.Schema:
    """The Arrow schema of a class: the OCSF leaves that some mapping fills, and the program's own columns.

    Own columns carry the prefix ``yadorigi_`` (`ocsf_arrow.OWN_COLUMNS`). ``unmapped`` is no column: it is part of the
    native fields.
    """
    from yadorigi.schema.ocsf_arrow import schema_of  # noqa: PLC0415  (a hunt must not pay for importing pyarrow)

    return schema_of(ocsf.class_uid)
