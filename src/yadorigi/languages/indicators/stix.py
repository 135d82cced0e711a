"""STIX 2.1 (and 2.0) bundles: indicators with patterns, and the observables that an indicator relates to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.reading import short, texts
from yadorigi.languages.indicators.stix_objects import conditions_of, expression_of
from yadorigi.languages.indicators.words import confidence_in, strictest, techniques_in, time_in, tlp_in
from yadorigi.limits import INDICATOR_OBJECTS_LIMIT, INDICATOR_VALUE_LIMIT
from yadorigi.schema.indicator import IndicatorContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yadorigi.languages.indicators.reading import Reading

_PATTERN_LIMIT: Final = 64 * INDICATOR_VALUE_LIMIT
_OBSERVABLES: Final = frozenset(
    {"ipv4-addr", "ipv6-addr", "domain-name", "url", "file", "windows-registry-key", "process", "directory"}
)
_TLP_MARKINGS: Final = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "amber",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": "clear",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "green",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": "amber",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": "amber+strict",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": "red",
}
"""The markings that OASIS gave fixed ids, of both versions of the protocol."""


class _Bundle(msgspec.Struct):
    objects: list[msgspec.Raw] = []


class _Head(msgspec.Struct):
    type: Any = None


def is_bundle(document: dict[str, Any]) -> bool:
    """Say whether the beginning of a document is that of a bundle."""
    return document.get("type") == "bundle"


def read_bundle(data: bytes, reading: Reading) -> None:
    """Read a bundle.

    Raises:
        FormError: it is no JSON, or no bundle.
    """
    try:
        objects = msgspec.json.decode(data, type=_Bundle).objects
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise FormError(f"no STIX bundle: {error}") from None
    if len(objects) > INDICATOR_OBJECTS_LIMIT:
        raise FormError(f"a bundle of over {INDICATOR_OBJECTS_LIMIT:,} objects")
    _BundleReading(reading, objects).read()


class _BundleReading:
    """Reads the objects of one bundle: first what others refer to, then the indicators."""

    def __init__(self, reading: Reading, objects: list[msgspec.Raw]) -> None:
        self._reading = reading
        self._objects = objects
        self._indicators: list[tuple[int, dict[str, Any]]] = []
        self._names: dict[str, str] = {}
        self._markings: dict[str, str] = dict(_TLP_MARKINGS)
        self._techniques: dict[str, tuple[str, ...]] = {}
        self._observed: dict[str, tuple[int, dict[str, Any]]] = {}
        self._gathered: dict[str, list[str]] = {}
        self._relations: dict[str, list[str]] = {}

    def read(self) -> None:
        for place, raw in enumerate(self._objects, 1):
            try:
                kind = msgspec.json.decode(raw, type=_Head).type
                if isinstance(kind, str) and (kind in _OBSERVABLES or kind in _KEPT):
                    content = msgspec.json.decode(raw)
                    self._sort(place, kind, content)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
                self._reading.refuse(place, "", f"an object that cannot be read: {error}")
        self._objects.clear()
        related: dict[str, int] = {}
        for place, content in self._indicators:
            context = self._reading.context(self._context(content))
            self._indicator(place, content, context)
            if not content.get("revoked"):
                for target in self._related(str(content.get("id"))):
                    related.setdefault(target, context)
        self._take_observed(related)

    def _sort(self, place: int, kind: str, content: dict[str, Any]) -> None:
        identifier = str(content.get("id"))
        match kind:
            case "indicator":
                self._indicators.append((place, content))
            case "identity":
                self._names[identifier] = short(content.get("name"))
            case "marking-definition":
                self._mark(identifier, content)
            case "attack-pattern":
                ids = [str(one.get("external_id")) for one in _maps(content.get("external_references"))]
                self._techniques[identifier] = techniques_in(ids)
            case "relationship":
                source, target = str(content.get("source_ref")), str(content.get("target_ref"))
                for one, other in ((source, target), (target, source)):
                    self._relations.setdefault(one, []).append(other)
            case "observed-data":
                references = content.get("object_refs")
                self._gathered[identifier] = [str(one) for one in references] if isinstance(references, list) else []
                self._inside(place, identifier, content.get("objects"))
            case _:
                self._observed[identifier] = (place, content)

    def _mark(self, identifier: str, content: dict[str, Any]) -> None:
        definition = content.get("definition")
        named = definition.get("tlp") if isinstance(definition, dict) else content.get("name")
        level = tlp_in(named if isinstance(named, str) else "")
        if level:
            self._markings[identifier] = level

    def _inside(self, place: int, identifier: str, objects: object) -> None:
        """Take the observables that STIX 2.0 has inside of observed data."""
        for key, content in objects.items() if isinstance(objects, dict) else ():
            if isinstance(content, dict) and content.get("type") in _OBSERVABLES:
                name = f"{identifier}/{key}"
                self._observed[name] = (place, content)
                self._gathered[identifier].append(name)

    def _related(self, identifier: str) -> Iterator[str]:
        for other in self._relations.get(identifier, ()):
            if other in self._observed:
                yield other
            yield from (inner for inner in self._gathered.get(other, ()) if inner in self._observed)

    def _context(self, content: dict[str, Any]) -> IndicatorContext:
        references = _maps(content.get("external_references"))
        markings = content.get("object_marking_refs")
        relations = self._relations.get(str(content.get("id")), ())
        phases = [str(phase.get("phase_name")) for phase in _maps(content.get("kill_chain_phases"))]
        ids = [str(one.get("external_id")) for one in references]
        labels = [*_list(content.get("labels")), *_list(content.get("indicator_types")), *phases]
        return IndicatorContext(
            title=short(content.get("name")),
            description=short(content.get("description")),
            origin=next((short(one.get("source_name")) for one in references if one.get("source_name")), ""),
            producer=self._names.get(str(content.get("created_by_ref")), ""),
            valid_from=time_in(content.get("valid_from")),
            valid_until=time_in(content.get("valid_until")),
            confidence=confidence_in(content.get("confidence")),
            tlp=strictest(self._markings.get(str(one), "") for one in _list(markings)),
            references=texts(one.get("url") for one in references),
            labels=texts(labels),
            techniques=tuple(dict.fromkeys(
                (*techniques_in(ids), *(one for other in relations for one in self._techniques.get(other, ())))
            )),
        )  # fmt: skip

    def _indicator(self, place: int, content: dict[str, Any], context: int) -> None:
        pattern = content.get("pattern")
        shown = pattern if isinstance(pattern, str) else short(content.get("name"))
        language = content.get("pattern_type", "stix")
        if content.get("revoked") is True:
            self._reading.leave_out(place, shown, "revoked by its origin")
        elif language != "stix":
            self._reading.refuse(place, shown, f"a pattern in {str(language)[:40]!r}; only STIX patterns are read here")
        elif not isinstance(pattern, str) or len(pattern) > _PATTERN_LIMIT:
            self._reading.refuse(place, shown, f"no pattern, or one of over {_PATTERN_LIMIT:,} characters")
        else:
            try:
                expression = expression_of(pattern)
            except FormError as error:
                self._reading.refuse(place, shown, str(error))
                return
            self._reading.expression(place, shown, expression, context, short(content.get("id")))

    def _take_observed(self, related: dict[str, int]) -> None:
        others = {name: content for name, (_, content) in self._observed.items()}
        for name, context in related.items():
            place, content = self._observed[name]
            expression = conditions_of(content, others)
            if expression is not None:
                self._reading.expression(place, name, expression, context)
        alone = sum(1 for _, content in self._observed.values() if content.get("type") != "directory") - len(related)
        if alone > 0:
            self._reading.note(0, "", f"{alone:,} observables that no indicator relates to are not looked for")


_KEPT: Final = frozenset({
    "indicator", "identity", "marking-definition", "attack-pattern", "relationship", "observed-data",
})  # fmt: skip


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _maps(value: object) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]
