"""BinXML: reads a description of elements and templates, gives the bytes for one place in a chunk.

Bytes depend on their place: a name or template is spelt out where a chunk first uses it, and referred to by its offset
from then on. Layout: Microsoft, [MS-EVEN6] 2.2.12; Joachim Metz, "Windows XML Event Log (EVTX) format".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from evtx_writer.elements import (
    CData,
    CharacterReference,
    Element,
    EntityReference,
    Inline,
    Nested,
    Node,
    ProcessingInstruction,
    Substitution,
    TemplateInstance,
    Text,
)
from evtx_writer.errors import DescriptionError, RecordTooLargeError
from evtx_writer.values import Value, ValueType, encoded

NAME_BUCKETS: Final = 64
TEMPLATE_BUCKETS: Final = 32

_END: Final = b"\x00"
_OPEN: Final = 0x01
_CLOSE_START: Final = b"\x02"
_CLOSE_EMPTY: Final = b"\x03"
_CLOSE: Final = b"\x04"
_VALUE: Final = 0x05
_ATTRIBUTE: Final = 0x06
_CDATA: Final = 0x07
_CHARACTER: Final = 0x08
_ENTITY: Final = 0x09
_TARGET: Final = 0x0A
_DATA: Final = 0x0B
_INSTANCE: Final = b"\x0c\x01"
_NORMAL: Final = 0x0D
_OPTIONAL: Final = 0x0E
_FRAGMENT: Final = b"\x0f\x01\x01\x00"
_MORE: Final = 0x40
_NO_DEPENDENCY: Final = 0xFFFF
_MOST_16_BITS: Final = 0xFFFF
_CHARACTERS: Final = (Text, Value, CharacterReference, EntityReference, CData)
"""What may stand beside each other without an element between: each says whether another follows."""


def name_hash(words: bytes) -> int:
    """Return the 16 bits by which a chunk finds a name given in UTF-16."""
    found = 0
    for (word,) in struct.iter_unpack("<H", words):
        found = (found * 65_599 + word) & 0xFFFF_FFFF
    return found & _MOST_16_BITS


@dataclass
class Tables:
    """Which names and templates a chunk has spelt out, and where; the newest of each bucket, for its header."""

    names: dict[str, int] = field(default_factory=dict)
    templates: dict[bytes, int] = field(default_factory=dict)
    name_buckets: list[int] = field(default_factory=lambda: [0] * NAME_BUCKETS)
    template_buckets: list[int] = field(default_factory=lambda: [0] * TEMPLATE_BUCKETS)

    def copy(self) -> Tables:
        """Return tables that can be added to without changing these."""
        return Tables(dict(self.names), dict(self.templates), list(self.name_buckets), list(self.template_buckets))


class Encoder:
    """Writes BinXML for one place of a chunk, and notes in the tables what it spelt out.

    Attributes:
        data: what was written so far.
    """

    def __init__(self, tables: Tables, start: int) -> None:
        """Write at ``start``, counted from the beginning of the chunk, and add to ``tables``."""
        self.data = bytearray()
        self._tables = tables
        self._start = start

    def fragment(self, content: TemplateInstance | Element) -> None:
        """Write what a record holds: the fragment's header, the content, and its end.

        Raises:
            RecordTooLargeError: a text, name or value is longer than its field of 16 bits can say.
            DescriptionError: a number is outside of its field, or a place outside of a template.
        """
        self.data += _FRAGMENT
        self._content(content)
        self.data += _END

    def _content(self, content: TemplateInstance | Element) -> None:
        if isinstance(content, Element):
            self._element(content, in_template=False)
        else:
            self._instance(content)

    @property
    def _position(self) -> int:
        return self._start + len(self.data)

    def _pack(self, form: str, *numbers: int) -> None:
        try:
            self.data += struct.pack("<" + form, *numbers)
        except struct.error as error:
            raise DescriptionError(f"a number is outside of its field: {numbers} ({error})") from None

    def _gap(self) -> int:
        """Leave room for a size of 32 bits and return where."""
        self.data += bytes(4)
        return len(self.data) - 4

    def _fill(self, place: int) -> None:
        """Write into the room how many bytes followed it."""
        struct.pack_into("<I", self.data, place, len(self.data) - place - 4)

    # -------------------------------------------------------------------------------------------------- templates

    def _instance(self, instance: TemplateInstance) -> None:
        template = instance.template
        self.data += _INSTANCE + template.identity[:4]
        known = self._tables.templates.get(template.key)
        self._pack("I", self._position + 4 if known is None else known)
        if known is None:
            self._tables.templates[template.key] = self._position
            bucket = name_hash(template.identity) % TEMPLATE_BUCKETS
            self._pack("I", self._tables.template_buckets[bucket])
            self._tables.template_buckets[bucket] = self._position - 4
            self.data += template.identity
            size = self._gap()
            self.data += _FRAGMENT
            self._element(template.root, in_template=True)
            self.data += _END
            self._fill(size)
        self._values(instance.values)

    def _values(self, values: tuple[Value | Nested, ...]) -> None:
        self._pack("I", len(values))
        descriptors = len(self.data)
        self.data += bytes(4 * len(values))
        for place, value in enumerate(values):
            start = len(self.data)
            if isinstance(value, Nested):
                kind: int = ValueType.BINXML
                if isinstance(value.content, Element):
                    self.data += _FRAGMENT
                self._content(value.content)
                self.data += _END
            else:
                kind = value.type
                self.data += value.data
            size = _within_16_bits(len(self.data) - start, f"value {place} of a template, in bytes")
            struct.pack_into("<HBB", self.data, descriptors + 4 * place, size, kind, 0)

    # --------------------------------------------------------------------------------------------------- elements

    def _element(self, described: Element, *, in_template: bool) -> None:
        self._pack("B", _OPEN | (_MORE if described.attributes else 0))
        if in_template:
            self._pack("H", _NO_DEPENDENCY if described.dependency is None else described.dependency)
        size = self._gap()
        self._name(described.name)
        if described.attributes:
            list_size = self._gap()
            for place, (name, held) in enumerate(described.attributes, start=1):
                self._pack("B", _ATTRIBUTE | (_MORE if place < len(described.attributes) else 0))
                self._name(name)
                self._inline(held, in_template=in_template)
            self._fill(list_size)
        if described.children:
            self.data += _CLOSE_START
            for child, following in zip_longest(described.children, described.children[1:]):
                self._node(child, in_template=in_template, more=isinstance(following, _CHARACTERS))
            self.data += _CLOSE
        else:
            self.data += _CLOSE_EMPTY
        self._fill(size)

    def _node(self, node: Node, *, in_template: bool, more: bool) -> None:
        match node:
            case Element():
                self._element(node, in_template=in_template)
            case CData(text):
                self._pack("B", _CDATA | more * _MORE)
                self._counted(text)
            case ProcessingInstruction(target, data):
                self._pack("B", _TARGET)
                self._name(target)
                self._pack("B", _DATA)
                self._counted(data)
            case _:
                self._inline(node, in_template=in_template, more=more)

    def _inline(self, held: Inline, *, in_template: bool, more: bool = False) -> None:
        flag = more * _MORE
        match held:
            case Text(text):
                self._pack("BB", _VALUE | flag, ValueType.STRING)
                self._counted(text)
            case Value(kind, data):
                self._pack("BB", _VALUE | flag, kind)
                if kind in (ValueType.STRING, ValueType.ANSI_STRING):
                    self._pack("H", _within_16_bits(len(data) // (2 if kind == ValueType.STRING else 1), "a text"))
                self.data += data
            case Substitution(index, kind, optional):
                if not in_template:
                    raise DescriptionError("a place for a value is possible only inside a template")
                self._pack("BHB", _OPTIONAL if optional else _NORMAL, index, kind)
            case CharacterReference(number):
                self._pack("BH", _CHARACTER | flag, number)
            case EntityReference(name):
                self._pack("B", _ENTITY | flag)
                self._name(name)

    def _counted(self, text: str) -> None:
        words = encoded(text)
        self._pack("H", _within_16_bits(len(words) // 2, "a text, in characters"))
        self.data += words

    def _name(self, name: str) -> None:
        known = self._tables.names.get(name)
        if known is not None:
            self._pack("I", known)
            return
        words = encoded(name)
        length = _within_16_bits(len(words) // 2, "a name, in characters")
        found = name_hash(words)
        bucket = found % NAME_BUCKETS
        place = self._position + 4
        self._pack("IIHH", place, self._tables.name_buckets[bucket], found, length)
        self.data += words + b"\0\0"
        self._tables.names[name] = place
        self._tables.name_buckets[bucket] = place


def _within_16_bits(size: int, what: str) -> int:
    if size > _MOST_16_BITS:
        raise RecordTooLargeError(f"{what}: {size:,}, and 65,535 is the most that can be written")
    return size
