"""What a record's XML is described by: elements, texts, references, and templates with their values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias
from uuid import UUID

from evtx_writer.values import Value, ValueType


@dataclass(frozen=True)
class Text:
    """Text, as it is: characters that XML escapes are not escaped in BinXML."""

    text: str


@dataclass(frozen=True)
class CData:
    """A CDATA section. Few parsers know it; Windows hardly writes it."""

    text: str


@dataclass(frozen=True)
class CharacterReference:
    """A character by its number, such as 0x26."""

    number: int


@dataclass(frozen=True)
class EntityReference:
    """An entity by its name, such as `amp`."""

    name: str


@dataclass(frozen=True)
class ProcessingInstruction:
    """A processing instruction."""

    target: str
    data: str = ""


@dataclass(frozen=True)
class Substitution:
    """The place of a value in a template.

    Attributes:
        index: which of the instance's values, from 0.
        type: the type that the template declares (`ValueType`); a value may be of another.
        optional: whether no value leaves out what surrounds it.
    """

    index: int
    type: int = ValueType.STRING
    optional: bool = False


@dataclass(frozen=True)
class Element:
    """An element.

    Attributes:
        name: its name. One longer than 65,535 characters cannot be written.
        attributes: names and what they hold.
        children: what it holds.
        dependency: index of the value without which the element is left out (in templates).
    """

    name: str
    attributes: tuple[tuple[str, Inline], ...] = ()
    children: tuple[Node, ...] = ()
    dependency: int | None = None


@dataclass(frozen=True)
class Template:
    """XML with places for values.

    Attributes:
        root: the outermost element.
        guid: what the template is known by; None derives it from the content, always the same.
    """

    root: Element
    guid: UUID | None = None

    @cached_property
    def identity(self) -> bytes:
        """The GUID's 16 bytes as they are written."""
        return self._digest[:16] if self.guid is None else self.guid.bytes_le

    @cached_property
    def key(self) -> bytes:
        """What tells it from every other template, even from one that claims the same GUID."""
        return self.identity + self._digest

    @cached_property
    def _digest(self) -> bytes:
        return hashlib.sha256(json.dumps(_as_lists(self.root)).encode()).digest()


@dataclass(frozen=True)
class TemplateInstance:
    """A template and the values in its places."""

    template: Template
    values: tuple[Value | Nested, ...]


@dataclass(frozen=True)
class Nested:
    """XML as the value of a place: how Windows puts `EventData` and `UserData` into an event."""

    content: TemplateInstance | Element


Inline: TypeAlias = Text | Value | Substitution | CharacterReference | EntityReference
"""What an attribute holds. A value stands there with its type; Windows does that only with texts."""

Node: TypeAlias = Inline | Element | CData | ProcessingInstruction
"""What an element holds."""


def _as_lists(node: Node) -> list[object]:
    """Return what stands for a node in a digest, the same under every version of Python."""
    match node:
        case Element(name, attributes, children, dependency):
            held = [[key, _as_lists(value)] for key, value in attributes]
            return ["element", name, held, [_as_lists(child) for child in children], dependency]
        case Value(kind, data):
            return ["value", int(kind), data.hex()]
        case Substitution(index, kind, optional):
            return ["place", index, int(kind), optional]
        case CharacterReference(number):
            return ["character", number]
        case ProcessingInstruction(target, data):
            return ["instruction", target, data]
        case EntityReference(text) | CData(text) | Text(text):
            return [type(node).__name__, text]


def element(
    name: str,
    attributes: Mapping[str, str | Inline] | None = None,
    *children: str | Node,
    dependency: int | None = None,
) -> Element:
    """Return an element; plain texts in it become `Text`."""
    return Element(
        name,
        tuple((key, Text(held) if isinstance(held, str) else held) for key, held in (attributes or {}).items()),
        tuple(Text(child) if isinstance(child, str) else child for child in children),
        dependency,
    )
