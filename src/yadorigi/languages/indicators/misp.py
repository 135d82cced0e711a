"""MISP: events, feeds and answers to searches as JSON; attributes by themselves and in objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from yadorigi.languages.indicators.expressions import All, Condition, Expression
from yadorigi.languages.indicators.expressions import Any as AnyOf
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.reading import short, texts
from yadorigi.languages.indicators.stix_objects import expression_of
from yadorigi.languages.indicators.words import (
    confidence_in,
    confidence_of_tags,
    strictest,
    techniques_in,
    time_in,
    tlp_in,
)
from yadorigi.limits import INDICATOR_OBJECTS_LIMIT
from yadorigi.schema.indicator import IndicatorContext, IndicatorType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yadorigi.languages.indicators.reading import Reading

_TYPES: Final[dict[str, IndicatorType]] = {
    "md5": "md5", "sha1": "sha1", "sha256": "sha256", "imphash": "imphash",
    "ip-src": "ipv4", "ip-dst": "ipv4", "domain": "domain", "hostname": "domain", "url": "url", "uri": "url",
    "link": "url", "filename": "file_name", "user-agent": "user_agent", "ja3-fingerprint-md5": "ja3", "ja4": "ja4",
    "ja4-fingerprint": "ja4", "regkey": "registry_key", "hassh-md5": "md5", "hasshserver-md5": "md5",
    "x509-fingerprint-md5": "md5", "x509-fingerprint-sha1": "sha1", "x509-fingerprint-sha256": "sha256",
}  # fmt: skip
_TEXTS_OF_OBJECTS: Final[dict[tuple[str, str], IndicatorType]] = {
    ("ja4-plus", "ja4-fingerprint"): "ja4",
    ("av-signature", "signature"): "detection_name",
}
"""What texts in objects hold, by the object and the name that a text has in it: MISP has no types for these."""
_DETECTIONS: Final = "antivirus detection"
"""The category of names that antivirus software has for what it found."""
_HASHES: Final = frozenset({"md5", "sha1", "sha256", "imphash"})
_NOT_HELD: Final = "Windows events hold nothing of this type"
_EVENT: Final = "Event"


class _Context(msgspec.Struct):
    """What an event says of all its attributes."""

    info: str = ""
    uuid: str = ""
    producer: str = ""
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


def is_misp(document: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Say whether a document has the form of MISP."""
    if isinstance(document, list):
        return bool(document) and isinstance(document[0], dict) and _EVENT in document[0]
    return isinstance(document, dict) and (
        _EVENT in document or "Attribute" in document or ("response" in document and "list" not in document)
    )


def read_misp(document: Any, reading: Reading) -> None:  # noqa: ANN401 - any JSON value
    """Read events or attributes.

    Raises:
        FormError: there are too many attributes.
    """
    counted = 0
    for content, attributes in _events(document):
        event = _event_context(content)
        for attribute, parent in attributes:
            counted += 1
            if counted > INDICATOR_OBJECTS_LIMIT:
                raise FormError(f"over {INDICATOR_OBJECTS_LIMIT:,} attributes")
            _attribute(counted, attribute, parent, event, reading)
    if not counted:
        reading.note(0, "", "no attributes")


def _events(document: Any) -> Iterator[tuple[dict[str, Any], Iterator[tuple[Any, dict[str, Any]]]]]:  # noqa: ANN401 - any JSON value
    if isinstance(document, dict) and "response" in document:
        document = document["response"]
    for one in document if isinstance(document, list) else [document]:
        if not isinstance(one, dict):
            continue
        content = one.get(_EVENT)
        if isinstance(content, dict):
            yield content, _attributes(content)
        elif "Attribute" in one:
            yield {}, _attributes(one)


def _attributes(content: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Give attributes with the object that holds them."""
    for attribute in _list(content.get("Attribute")):
        yield attribute, {}
    for one in _list(content.get("Object")):
        if isinstance(one, dict):
            for attribute in _list(one.get("Attribute")):
                yield attribute, one


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _tags(content: dict[str, Any]) -> tuple[str, ...]:
    found = [tag.get("name") for tag in _list(content.get("Tag")) if isinstance(tag, dict)]
    return texts(found)


def _event_context(content: dict[str, Any]) -> _Context:
    producer = next(
        (short(one.get("name")) for key in ("Orgc", "Org") if isinstance(one := content.get(key), dict)), ""
    )
    links = [
        one.get("value")
        for one in _list(content.get("Attribute"))
        if isinstance(one, dict) and one.get("type") == "link" and one.get("to_ids") is not True
    ]
    return _Context(short(content.get("info")), short(content.get("uuid")), producer, _tags(content), texts(links))


def _attribute(place: int, attribute: object, parent: dict[str, Any], event: _Context, reading: Reading) -> None:
    if not isinstance(attribute, dict):
        reading.refuse(place, "", "no attribute")
        return
    kind, value = attribute.get("type"), attribute.get("value")
    if not isinstance(kind, str) or not isinstance(value, str | int):
        reading.refuse(place, short(value), "an attribute without a type or a value")
        return
    text = str(value)
    if attribute.get("deleted") in (True, 1, "1"):
        reading.leave_out(place, text, "deleted by its origin")
        return
    if attribute.get("to_ids") not in (True, 1, "1"):
        reading.leave_out(place, text, "not meant for detection (to_ids is off)")
        return
    embedded = attribute.get(_EVENT)
    if isinstance(embedded, dict) and not event.info:
        event = _event_context(embedded)
    context = _indicator_context(attribute, parent, event)
    identifier = short(attribute.get("uuid"))
    typed = _text_type(attribute, parent) if kind == "text" else _TYPES.get(kind)
    if typed is not None:
        reading.typed(place, typed, text, reading.context(context), identifier)
        return
    try:
        expression, said = composite(kind, text)
    except FormError as error:
        reading.refuse(place, text, f"{kind}: {error}")
        return
    if said:
        context = msgspec.structs.replace(context, description=short(f"{said}. {context.description}"))
    reading.expression(place, text, expression, reading.context(context), identifier)


def _text_type(attribute: dict[str, Any], parent: dict[str, Any]) -> IndicatorType | None:
    """Return what a text is by the object that holds it, or by its category."""
    held = _TEXTS_OF_OBJECTS.get((short(parent.get("name")), short(attribute.get("object_relation"))))
    if held is None and not parent and short(attribute.get("category")).lower() == _DETECTIONS:
        return "detection_name"
    return held


def composite(kind: str, text: str) -> tuple[Expression, str]:
    """Return what an attribute of two values, or of a pattern, asks for, and what else is to be told of it.

    Raises:
        FormError: nothing of it can be looked for.
    """
    if kind == "stix2-pattern":
        return expression_of(text), ""
    if kind == "malware-sample":
        kind = "filename|md5"
    first_kind, sign, second_kind = kind.partition("|")
    first, _, second = text.partition("|")
    if not sign or not first.strip() or not second.strip():
        raise FormError(_NOT_HELD if not sign else "two values are wanted, parted by |")
    first, second = first.strip(), second.strip()
    if first_kind == "filename" and second_kind in _HASHES:
        # The file is known by its hash; its name alone may be that of half the world's files.
        return Condition(_TYPES[second_kind], "equals", second), f"File name: {first}"
    if kind == "domain|ip":
        return AnyOf((Condition("domain", "equals", first), Condition("ipv4", "equals", second))), ""
    if kind in ("ip-dst|port", "ip-src|port", "hostname|port"):
        # Few events hold a port beside an address, so the address is looked for by itself.
        return Condition(_TYPES[first_kind], "equals", first), f"Port {second}"
    if kind == "regkey|value":
        named = Condition("registry_value", "equals", f"{first}\\{second}")
        data = All((Condition("registry_key", "equals", first), Condition("registry_data", "equals", second)))
        return AnyOf((named, data)), ""
    raise FormError(_NOT_HELD)


def _indicator_context(attribute: dict[str, Any], parent: dict[str, Any], event: _Context) -> IndicatorContext:
    own = _tags(attribute)
    tags = (*own, *event.tags)
    comment = short(attribute.get("comment")) or short(parent.get("comment"))
    decayed = _decayed(attribute)
    stated = confidence_of_tags(own)
    if stated is None:
        stated = confidence_of_tags(event.tags)
    own_tlp = strictest(tlp_in(tag) for tag in own if tag.lower().startswith("tlp:"))
    event_tlp = strictest(tlp_in(tag) for tag in event.tags if tag.lower().startswith("tlp:"))
    return IndicatorContext(
        title=event.info,
        description=comment,
        origin=f"MISP event {event.uuid}" if event.uuid else "",
        producer=event.producer,
        valid_from=time_in(attribute.get("first_seen")),
        valid_until=time_in(attribute.get("last_seen")),
        confidence=stated if decayed is None else decayed,
        tlp=own_tlp or event_tlp,
        references=event.references,
        labels=texts(tags),
        techniques=techniques_in(tags),
    )


def _decayed(attribute: dict[str, Any]) -> int | None:
    """Return the score that is left of an attribute after MISP's decay, where the answer to a search states it."""
    scores = [
        score
        for one in _list(attribute.get("decay_score"))
        if isinstance(one, dict) and (score := confidence_in(one.get("score"))) is not None
    ]
    return max(scores, default=None)
