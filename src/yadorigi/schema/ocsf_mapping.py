"""The OCSF mapping as loaded: reads ``content/*/ocsf/*.toml``, gives one `Mapping` per event kind.

The language of the files is described in ``docs/reference/ocsf-mapping.md``. What cannot be right is refused while
loading: a name that nothing defines or that is defined twice, an activity that the class lacks, an event id that two
mappings claim.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import rtoml

from yadorigi.errors import ContentError
from yadorigi.schema.ocsf_appliances import part, part_ip, part_port
from yadorigi.schema.ocsf_transform import PLAIN, Kind, Transform, choice, detail, flag, known, lookup, one_of
from yadorigi.schema.ocsf_values import ABSENT, Function, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yadorigi.schema.event import EventKind, Value

OTHER: Final = 99
"""OCSF's number for an activity or a code that it has no number for."""

Constant: TypeAlias = int | str | bool | list[int] | list[str]

_CONTENT: Final = "content"
_FOLDER: Final = "ocsf"
_PAIRS: Final = {
    "file": (("path", "text"), ("name", "basename")),
    "account": (("name", "account_name"), ("domain", "account_domain")),
    "account_if_any": (("name", "named_account"), ("domain", "named_domain")),
    "address": (("ip", "address_ip"), ("port", "address_port")),
    "registry_value": (("path", "key_path"), ("name", "key_leaf")),
    "registry_details": (
        ("type_id", "registry_type"),
        ("reg_integer_data", "registry_integer"),
        ("reg_string_data", "registry_string"),
    ),
    "defender_file": (("path", "defender_path"), ("name", "defender_name")),
}
"""Shorthands: one native field that fills several leaves of an object."""
_ACCOUNTS: Final = {
    "text": ("account_name", "account_domain"),
    "account_name": ("account_name", "account_domain"),
    "known_account": ("known_account", "account_domain"),
    "named": ("named_account", "named_domain"),
    "named_account": ("named_account", "named_domain"),
}
"""By the transform of a user's name: those by which what is logged becomes name and domain, whichever log it is in."""
_PARTS: Final[dict[str, tuple[Kind, Callable[[str], Function]]]] = {
    "part": ("text", part), "part_ip": ("text", part_ip), "part_port": ("int", part_port),
}  # fmt: skip
"""Transforms of one part between separators: ``part:1/``."""


@dataclass(frozen=True, slots=True)
class OcsfClass:
    """The class and activity that events of one kind are normalised to.

    ``activity_id`` is the activity of the kind; where the mapping reads the activity from a native field, a single
    event may have another.
    """

    name: str
    class_uid: int
    class_name: str
    category_uid: int
    category_name: str
    activity_id: int
    activity_name: str

    @property
    def type_uid(self) -> int:
        """OCSF's number for class and activity together."""
        return self.class_uid * 100 + self.activity_id


@dataclass(frozen=True, slots=True)
class Leaf:
    """One OCSF leaf and the native field that fills it. Leaves of the same path are tried in order.

    ``when`` has another native field, and what must be true of it, else the leaf is passed over.
    """

    path: str
    field: str
    name: str
    transform: Transform
    when: tuple[str, Function] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """How events of some kinds become OCSF. Equal only to itself, so that what is made of it can be kept."""

    title: str
    ocsf: OcsfClass
    source: str
    ids: tuple[int, ...]
    leaves: tuple[Leaf, ...]
    constants: dict[str, Constant]
    activity_field: str
    activities: dict[str, int]


@dataclass(frozen=True, slots=True)
class Demand:
    """What OCSF demands of an object, and what to say where the log does not.

    Attributes:
        set: leaves that the object must have.
        any: at least one of these must be there; ``then`` is added where none is.
        needs: objects that must be inside it.
    """

    set: dict[str, Constant] = field(default_factory=dict)
    any: tuple[str, ...] = ()
    then: dict[str, Constant] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogFormat:
    """A log format that is none of Windows: who makes what writes it, and what kind of machine that is.

    ``device`` has the native fields in which its lines name that machine, by leaf of OCSF's ``device``.
    """

    product: str
    vendor: str
    platform: str
    device: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Content:
    """All mappings and what they share."""

    version: str
    mappings: tuple[Mapping, ...]
    by_provider: dict[tuple[str, int], Mapping]
    by_channel: dict[tuple[str, int], Mapping]
    others_by_provider: dict[str, Mapping]
    others_by_channel: dict[str, Mapping]
    base: Mapping
    demands: dict[str, Demand]
    products: dict[str, tuple[str, str]]
    formats: dict[str, LogFormat]
    channels_of: dict[str, tuple[str, ...]]
    severities: dict[str, tuple[int, str]]
    captions: dict[str, dict[int, str]]
    indicator_leaves: dict[str, str]

    def find(self, kind: EventKind) -> Mapping:
        """The mapping of an event kind.

        By provider or its classic name; by channel where it names no provider, or is of a format that is none of
        Windows: then other mappings of the format are looked for too.
        """
        provider = kind.provider.lower()
        if provider in self.formats:
            channel = kind.channel.lower()
            found = (
                self.by_channel.get((channel, kind.event_id))
                or self.by_channel.get((provider, kind.event_id))
                or self.others_by_channel.get(channel)
                or self.others_by_channel.get(provider)
            )
        elif provider:
            found = (
                self.by_provider.get((provider, kind.event_id))
                or self.by_provider.get((kind.source.lower(), kind.event_id))
                or self.others_by_provider.get(provider)
            )
        else:
            channel = kind.channel.lower()
            found = self.by_channel.get((channel, kind.event_id)) or self.others_by_channel.get(channel)
        return found or self.base


def item(function: Function, index: int) -> Function:
    """``function`` of one of the unnamed ``Data`` elements."""

    def wrapped(value: Value) -> Outcome:
        if not isinstance(value, tuple):
            return ABSENT
        chosen = value[index] if index < len(value) else None
        return ABSENT if chosen is None or chosen in ("", "-") else function(chosen)

    return wrapped


def accounts_apart(leaves: list[Leaf], *, mail: bool = False) -> list[Leaf]:
    r"""Leaves in which names of users are taken apart (``DOMAIN\name``, ``name@domain``), domains said apart first.

    With ``mail`` a name that is written like an address of mail is there as such too: appliances let people log in with
    theirs, and a principal's name is by convention the same.
    """
    found: list[Leaf] = []
    domains: list[Leaf] = []
    for leaf in leaves:
        parts = _ACCOUNTS.get(leaf.name)
        whole = (
            leaf.path.endswith("user.name")
            and parts is not None
            and leaf.transform.function is PLAIN[leaf.name].function
        )
        if not whole or parts is None:
            found.append(leaf)
            continue
        name, domain = parts
        path = leaf.path.removesuffix("name") + "domain"
        keeps = leaf.transform.keeps
        found.append(Leaf(leaf.path, leaf.field, name, Transform("text", PLAIN[name].function, keeps), leaf.when))
        domains.append(Leaf(path, leaf.field, domain, Transform("text", PLAIN[domain].function, keeps), leaf.when))
        if mail:
            address = path.removesuffix("domain") + "email_addr"
            function = PLAIN["email_address"].function
            domains.append(
                Leaf(address, leaf.field, "email_address", Transform("text", function, keeps=True), leaf.when)
            )
    known = {(leaf.path, leaf.field) for leaf in found}
    return [*found, *(leaf for leaf in domains if (leaf.path, leaf.field) not in known)]


class _Loader:
    """Turns the tables of all files into `Content`."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self.tables = tables
        self.functions: dict[str, Transform] = dict(PLAIN)

    def transform(self, name: str) -> Transform:
        found = self.functions.get(name)
        if found is None:
            head, _, argument = name.partition(":")
            found = self._make(head, argument)
            self.functions[name] = found
        return found

    def _make(self, head: str, argument: str) -> Transform:
        if head == "detail" and argument:
            return Transform("text", detail(argument), keeps=True)
        if head in _PARTS and argument[:1].isdecimal() and len(argument) > 1:
            kind, make = _PARTS[head]
            return Transform(kind, make(argument))
        table = self.tables.get("choice" if head == "known" else head, {}).get(argument)
        if table is None:
            raise ContentError(f"OCSF mapping: no transform {head}:{argument}")
        if head in ("choice", "known"):
            codes = {key: (pair[0], pair[1]) for key, pair in table.items()}
            return Transform("enum", choice(codes) if head == "choice" else known(codes))
        if head == "flag":
            return Transform("bool", flag(table))
        return Transform("text", lookup(table))

    def leaves(self, path: str, spec: Any) -> Iterator[Leaf]:  # noqa: ANN401  (as TOML has it)
        if isinstance(spec, list) and isinstance(spec[0], dict):
            for single in spec:
                yield from self.leaves(path, single)
            return
        spec = {"field": spec} if isinstance(spec, str | list) else spec
        name = spec.get("as", "text")
        names = spec["field"] if isinstance(spec["field"], list) else [spec["field"]]
        only = spec.get("when")
        when = (only["field"], one_of(frozenset(only["is"]))) if only else None
        for key, single in _PAIRS.get(name, (("", name),)):
            for native in names:
                transform = self.transform(single)
                if "item" in spec:
                    transform = Transform(transform.kind, item(transform.function, spec["item"]), keeps=True)
                elif spec.get("keep") or when:
                    transform = Transform(transform.kind, transform.function, keeps=True)
                yield Leaf(f"{path}.{key}" if key else path, native, single, transform, when)

    def ocsf(self, name: str, activity: int, activity_name: str | None) -> OcsfClass:
        facts = self.tables["classes"].get(name)
        if facts is None:
            raise ContentError(f"OCSF mapping: class {name} is not listed")
        caption = facts["activities"].get(str(activity))
        if caption is None and activity != OTHER:
            raise ContentError(f"OCSF mapping: class {name} has no activity {activity}")
        said = activity_name or caption or "Other"
        category = facts["category_uid"]
        return OcsfClass(name, facts["uid"], facts["caption"], category, facts["category"], activity, said)

    def device(self, source: str) -> dict[str, Any]:
        """Return how the formats of a source name the machine that writes."""
        channels = self.tables["sources"][source].get("channels", ()) if source else ()
        formats = {channel.partition("/")[0]: None for channel in channels}
        found: dict[str, Any] = {}
        for name in formats:
            for leaf, spec in self.tables["formats"].get(name, {}).get("device", {}).items():
                found.setdefault(f"device.{leaf}", spec)
        return found

    def mapping(self, event: dict[str, Any]) -> Mapping:
        specs = self.device(event.get("source", ""))
        for fragment in event.get("include", []):
            specs |= self.tables["fragments"][fragment]
        specs |= event.get("fields", {})
        leaves: list[Leaf] = []
        constants: dict[str, Constant] = {}
        for path, spec in specs.items():
            if isinstance(spec, dict) and "id" in spec:
                constants[path] = spec["id"]
                constants[path.removesuffix("_id")] = spec["name"]
            elif isinstance(spec, dict) and "value" in spec:
                constants[path] = spec["value"]
            elif isinstance(spec, int):
                constants[path] = spec
            else:
                leaves.extend(self.leaves(path, spec))
        ocsf = self.ocsf(event["class"], event.get("activity", OTHER), event.get("activity_name"))
        chosen = event.get("activity_from", {})
        ids = tuple(event.get("ids", ()))
        source = event.get("source", "")
        return Mapping(
            event["title"],
            ocsf,
            source,
            ids,
            tuple(accounts_apart(leaves, mail=bool(source) and "providers" not in self.tables["sources"][source])),
            constants,
            chosen.get("field", ""),
            chosen.get("values", {}),
        )

    def content(self) -> Content:
        mappings = tuple(self.mapping(event) for event in self.tables["event"])
        base = next((found for found in mappings if not found.source), None)
        if base is None:
            raise ContentError("OCSF mapping: nothing says what every other event becomes")
        demands = {
            name: Demand(
                rule.get("set", {}), tuple(rule.get("any", ())), rule.get("then", {}), tuple(rule.get("needs", ()))
            )
            for name, rule in self.tables["demands"].items()
        }
        return Content(
            version=self.tables["ocsf"]["version"],
            mappings=mappings,
            by_provider=self._index("providers", mappings),
            by_channel=self._index("channels", mappings),
            others_by_provider=self._others("providers", mappings),
            others_by_channel=self._others("channels", mappings),
            base=base,
            demands=demands,
            channels_of={name: tuple(facts["channels"]) for name, facts in self.tables["sources"].items()},
            formats={name: LogFormat(**facts) for name, facts in self.tables["formats"].items()},
            products={key: (name, vendor) for key, (name, vendor) in self.tables["products"].items()},
            severities={key: (number, name) for key, (number, name) in self.tables["severities"].items()},
            captions={
                name: {int(number): caption for number, caption in facts["activities"].items()}
                for name, facts in self.tables["classes"].items()
            },
            indicator_leaves=self.tables["indicator_leaves"],
        )

    def _index(self, by: str, mappings: tuple[Mapping, ...]) -> dict[tuple[str, int], Mapping]:
        index: dict[tuple[str, int], Mapping] = {}
        for mapping in mappings:
            for name in self.tables["sources"][mapping.source].get(by, ()) if mapping.source else ():
                for number in mapping.ids:
                    if index.setdefault((name.lower(), number), mapping) is not mapping:
                        raise ContentError(f"OCSF mapping: {name} {number} is mapped twice")
        return index

    def _others(self, by: str, mappings: tuple[Mapping, ...]) -> dict[str, Mapping]:
        return {
            name.lower(): mapping
            for mapping in mappings
            if mapping.source and not mapping.ids
            for name in self.tables["sources"][mapping.source].get(by, ())
        }


def _merged() -> dict[str, Any]:
    """The tables of all files as one: lists are joined, tables merged, and no name may come twice."""
    whole: dict[str, Any] = {}
    families = sorted(files("yadorigi").joinpath(_CONTENT).iterdir(), key=lambda entry: entry.name)
    folders = [folder for family in families if (folder := family.joinpath(_FOLDER)).is_dir()]
    for file in sorted((file for folder in folders for file in folder.iterdir()), key=str):
        if not file.name.endswith(".toml"):
            continue
        for name, table in rtoml.loads(file.read_text(encoding="utf-8")).items():
            if isinstance(table, list):
                whole.setdefault(name, []).extend(table)
                continue
            known = whole.setdefault(name, {})
            twice = known.keys() & table.keys()
            if twice:
                raise ContentError(f"{file.name}: {name}: {', '.join(sorted(twice))} is defined twice")
            known.update(table)
    return whole


@cache
def load() -> Content:
    """All mappings, read once."""
    try:
        return _Loader(_merged()).content()
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ContentError(f"OCSF mapping: {error!r}") from error
