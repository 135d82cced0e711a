"""The behaviours that the program knows, what shows them, and what has to be on for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
import rtoml

from yadorigi.errors import ContentError
from yadorigi.schema.behaviour import Behaviour, EvidenceWay, Observable, RecordingSetting, Signs
from yadorigi.schema.platforms import format_of

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ALWAYS: Final = "always"
"""The setting of what is written whatever is set: by Windows, or in any log of lines that is there."""

_PACK: Final = "living_off_the_land"
_RULE_ID: Final = re.compile(rb"^id: *['\"]?([0-9A-Za-z-]+)", re.MULTILINE)
_ENDING: Final = ".toml"
Shape = TypeVar("Shape")


@dataclass(frozen=True)
class Behaviours:
    """All behaviours with what they refer to.

    Attributes:
        every: the behaviours by id, in the order of ids.
        observables: by id.
        settings: by id.
        rule_ids: ids of the shipped rules by file name without ending.
    """

    every: dict[str, Behaviour]
    observables: dict[str, Observable]
    settings: dict[str, RecordingSetting]
    rule_ids: dict[str, str]

    def leaves(self, observable: str) -> tuple[str, ...]:
        """Return the observables that stand for events, of one that may be made of several."""
        entry = self.observables[observable]
        parts = entry.any_of or entry.all_of
        return tuple(leaf for part in parts for leaf in self.leaves(part)) if parts else (observable,)

    def formats_of(self, way: EvidenceWay) -> frozenset[str]:
        """Return the formats of the logs that a way is about."""
        return frozenset(format_of(self.observables[leaf].channel) for leaf in self.leaves(way.observable))

    def shown_by(self, behaviour: Behaviour, formats: frozenset[str]) -> bool:
        """Say whether logs of some of these formats show a behaviour."""
        return any(self.formats_of(way) & formats for way in behaviour.evidence)

    @cached_property
    def leads(self) -> frozenset[tuple[str, str]]:
        """Return pairs of behaviour and rule id where a match is no more than a lead."""
        return frozenset(
            (behaviour.id, self.rule_ids[rule])
            for behaviour in self.every.values()
            for way in behaviour.evidence
            if way.weight == "lead"
            for rule in way.rules
        )

    def rules_of(self, way: EvidenceWay) -> tuple[str, ...]:
        """Return the ids of a way's rules."""
        return tuple(self.rule_ids[rule] for rule in way.rules)


@lru_cache(maxsize=1)
def load_behaviours() -> Behaviours:
    """Return the shipped behaviours.

    Raises:
        ContentError: the content is not of the form, or refers to what is not there.
    """
    content = files("yadorigi") / "content"
    observables = _observables(content)
    settings = _table(content / "windows" / "recording_settings.toml", RecordingSetting)
    every: dict[str, Behaviour] = {}
    for path in sorted((content / "behaviours").iterdir(), key=lambda path: path.name):
        if path.name.endswith(_ENDING):
            behaviour = _read(path, Behaviour)
            if behaviour.id != path.name.removesuffix(_ENDING):
                raise ContentError(f"{path}: is about {behaviour.id}")
            every[behaviour.id] = behaviour
    found = Behaviours(every, observables, settings, _rule_ids(content / "packs" / _PACK / "rules"))
    for problem in _problems(found):
        raise ContentError(problem)
    return found


def _observables(content: Traversable) -> dict[str, Observable]:
    """Return the observables of all families of logs: ``content/*/observables.toml``."""
    found: dict[str, Observable] = {}
    for family in sorted(content.iterdir(), key=lambda path: path.name):
        path = family / "observables.toml"
        if path.is_file():
            own = _table(path, Observable)
            for name in sorted(own.keys() & found.keys()):
                raise ContentError(f"{path}: another file has an observable {name}")
            found |= own
    return found


def _problems(found: Behaviours) -> list[str]:
    """Return what refers to something that is not there."""
    problems = []
    for name, observable in found.observables.items():
        if [bool(observable.channel), bool(observable.any_of), bool(observable.all_of)].count(True) != 1:
            problems.append(f"observable {name}: one of channel, any_of and all_of")
        problems += [f"observable {name}: no observable {part}" for part in (*observable.any_of, *observable.all_of)
                     if part not in found.observables]  # fmt: skip
        every: tuple[Observable | Signs, ...] = (observable, *observable.implied_by)
        for signs in every:
            if signs.numbers and not signs.field:
                problems.append(f"observable {name}: numbers of no field")
        if observable.numbers and observable.rhythm != "steady":
            problems.append(f"observable {name}: numbers of events that are not steady")
        if (observable.implied_by or observable.steady_on) and not observable.numbers:
            problems.append(f"observable {name}: implied_by or steady_on without numbers")
        if observable.setting != ALWAYS and observable.setting not in found.settings:
            problems.append(f"observable {name}: no setting {observable.setting}")
    for behaviour in found.every.values():
        for way in behaviour.evidence:
            if way.observable not in found.observables:
                problems.append(f"{behaviour.id}: no observable {way.observable}")
            problems += [f"{behaviour.id}: no rule {rule}" for rule in way.rules if rule not in found.rule_ids]
    return problems


def _rule_ids(folder: Traversable) -> dict[str, str]:
    found = {}
    for path in folder.iterdir():
        match = _RULE_ID.search(path.read_bytes()) if path.name.endswith(".yml") else None
        if match is not None:
            found[path.name.removesuffix(".yml")] = match[1].decode()
    return found


def _table(path: Traversable, shape: type[Shape]) -> dict[str, Shape]:
    return {name: _converted(path, name, entry, shape) for name, entry in _toml(path).items()}


def _read(path: Traversable, shape: type[Shape]) -> Shape:
    return _converted(path, "", _toml(path), shape)


def _toml(path: Traversable) -> dict[str, Any]:
    try:
        return rtoml.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ContentError(f"{path}: {error}") from error


def _converted(path: Traversable, name: str, entry: Any, shape: type[Shape]) -> Shape:  # noqa: ANN401 - any TOML value
    try:
        return msgspec.convert(entry, shape)
    except msgspec.ValidationError as error:
        raise ContentError(f"{path}: {name + ': ' if name else ''}{error}") from error
