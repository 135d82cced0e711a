"""A Windows event in plain words: reads its description, gives the elements and values that a record holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from evtx_writer.elements import Element, Inline, Nested, Node, Substitution, Template, TemplateInstance, Text, element
from evtx_writer.errors import DescriptionError
from evtx_writer.times import Time, filetime_of
from evtx_writer.values import (
    ARRAY,
    NULL,
    Plain,
    Value,
    ValueType,
    filetime,
    guid,
    hex_int64,
    sid,
    strings,
    uint8,
    uint16,
    uint32,
    uint64,
    value_of,
)

NAMESPACE: Final = "http://schemas.microsoft.com/win/2004/08/events/event"
"""The namespace of the Event element."""

_TEMPLATES_KEPT: Final = 4096
_SYSTEM_TYPES: Final = (
    ValueType.UINT8,
    ValueType.UINT8,
    ValueType.UINT16,
    ValueType.UINT16,
    ValueType.UINT16,
    ValueType.HEX_INT64,
    ValueType.FILETIME,
    ValueType.GUID,
    ValueType.UINT32,
    ValueType.UINT32,
    ValueType.UINT64,
    ValueType.UINT8,
    ValueType.SID,
    ValueType.GUID,
    ValueType.STRING,
    ValueType.GUID,
    ValueType.STRING,
    ValueType.BINXML,
    ValueType.STRING,
)
"""Level, opcode, task, event id, qualifiers, keywords, time, activity, process, thread, record id, version, user,
related activity, provider's name and GUID, channel, payload: the places of the template that Windows 10 writes. The
last one, the event source's name, is only there for providers that have one."""
_PAYLOAD: Final = 17
_SOURCE: Final = 18

EventData: TypeAlias = Mapping[str, Plain] | Sequence[Plain]


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """One event, by the standard names of its parts.

    A number or text is written with the type that Windows gives that part; a `Value` is written as it is, so that a
    part can also hold what it should not.

    Attributes:
        provider, provider_guid, event_source_name: who wrote it; the last is the name from before Windows Vista.
        event_id, qualifiers, version, level, task, opcode, keywords: what it is.
        channel, computer: where it was written.
        time: TimeCreated (see `evtx_writer.times.Time`).
        written: the time in the record's header; None for the same.
        record_id: the number in the record's header; None for the one after the record before.
        event_record_id: EventRecordID; None for the number in the header.
        process_id, thread_id, activity_id, related_activity_id, user_sid: what it was written on behalf of.
        event_data: named values, or unnamed ones, of EventData; None for no such element.
        event_data_name: the attribute Name of EventData.
        binary: the Binary element after the values, as events of old providers have it.
        user_data: what UserData holds, instead of EventData; values in it get places in the template, as in Windows.
        template: whether the record has templates, as all of Windows' own have, or spells everything out as text.
    """

    provider: Plain
    event_id: int | Value
    channel: str | Value
    computer: str
    time: Time | Value
    written: Time | None = None
    record_id: int | None = None
    event_record_id: int | Value | None = None
    provider_guid: str | Value | None = None
    event_source_name: str | Value | None = None
    qualifiers: int | Value | None = None
    version: int | Value | None = 0
    level: int | Value | None = 4
    task: int | Value | None = 0
    opcode: int | Value | None = 0
    keywords: int | Value | None = 0x8000_0000_0000_0000
    process_id: int | Value | None = 0
    thread_id: int | Value | None = 0
    activity_id: str | Value | None = None
    related_activity_id: str | Value | None = None
    user_sid: str | Value | None = None
    event_data: EventData | None = None
    event_data_name: str | None = None
    binary: bytes | Value | None = None
    user_data: Element | None = None
    template: bool = True

    def filetime(self) -> int:
        """Return the time in the record's header.

        Raises:
            DescriptionError: see `filetime_of`, or no header's time is given and TimeCreated is a `Value`.
        """
        time = self.time if self.written is None else self.written
        if isinstance(time, Value):
            raise DescriptionError("a TimeCreated of its own kind needs a time for the header (written)")
        return filetime_of(time)

    def content(self, record_id: int) -> TemplateInstance | Element:
        """Return what a record with a number holds.

        Raises:
            DescriptionError: a part does not fit its type, or there are both EventData and UserData.
        """
        if self.user_data is not None and (self.event_data is not None or self.binary is not None):
            raise DescriptionError("an event has EventData or UserData, not both")
        values = self._system_values(record_id)
        return self._instance(values) if self.template else self._spelt_out(values)

    def _system_values(self, record_id: int) -> tuple[Value, ...]:
        number = record_id if self.event_record_id is None else self.event_record_id
        return (
            _number(self.level, uint8),
            _number(self.opcode, uint8),
            _number(self.task, uint16),
            _number(self.event_id, uint16),
            _number(self.qualifiers, uint16),
            _number(self.keywords, hex_int64),
            self.time if isinstance(self.time, Value) else filetime(self.time),
            _text(self.activity_id, guid),
            _number(self.process_id, uint32),
            _number(self.thread_id, uint32),
            _number(number, uint64),
            _number(self.version, uint8),
            _text(self.user_sid, sid),
            _text(self.related_activity_id, guid),
            value_of(self.provider),
            _text(self.provider_guid, guid),
            value_of(self.channel),
            NULL,
            value_of(self.event_source_name),
        )

    # --------------------------------------------------------------------------------------------- with templates

    def _instance(self, values: tuple[Value, ...]) -> TemplateInstance:
        payload = self._payload()
        shape = (self.computer, self.event_source_name is not None, payload is not None)
        filled = (*values[:_PAYLOAD], NULL if payload is None else Nested(payload), *values[_SOURCE:])
        return TemplateInstance(event_template(*shape), filled)

    def _payload(self) -> TemplateInstance | None:
        if self.user_data is not None:
            values: list[Value] = []
            return TemplateInstance(_user_data_template(_lifted(self.user_data, values)), tuple(values))
        if self.event_data is None and self.binary is None:
            return None
        names, data = self._data()
        binary = None if self.binary is None else value_of(self.binary)
        shape = tuple((name, value.type) for name, value in zip(names, data, strict=True))
        template = event_data_template(shape, self.event_data_name, None if binary is None else binary.type)
        return TemplateInstance(template, (*data, *(() if binary is None else (binary,))))

    def _data(self) -> tuple[list[str | None], list[Value]]:
        """Names (None for values without one) and values of EventData."""
        data: EventData = self.event_data or {}
        if isinstance(data, Mapping):
            return list(data), [value_of(plain) for plain in data.values()]
        if all(isinstance(plain, str) for plain in data):
            return [None], [strings([str(plain) for plain in data])]
        return [None] * len(data), [value_of(plain) for plain in data]

    # ------------------------------------------------------------------------------------------ without templates

    def _spelt_out(self, values: tuple[Value, ...]) -> Element:
        texts = [None if value.type == ValueType.NULL else value.text for value in values]
        children = [_filled(_system(self.computer, sourced=True), texts)]
        if self.user_data is not None:
            children.append(element("UserData", None, _without_types(self.user_data)))
        elif self.event_data is not None or self.binary is not None:
            children.append(self._spelt_out_data())
        return element("Event", {"xmlns": NAMESPACE}, *children)

    def _spelt_out_data(self) -> Element:
        data = self.event_data or {}
        named = data.items() if isinstance(data, Mapping) else [(None, plain) for plain in data]
        items = [
            element("Data", {} if name is None else {"Name": name}, *([value.text] if value.text else []))
            for name, value in ((name, value_of(plain)) for name, plain in named)
        ]
        if self.binary is not None:
            items.append(element("Binary", None, value_of(self.binary).text))
        return element("EventData", {} if self.event_data_name is None else {"Name": self.event_data_name}, *items)


def _number(plain: int | Value | None, typed: Callable[[int], Value]) -> Value:
    return value_of(plain) if plain is None or isinstance(plain, Value) else typed(plain)


def _text(plain: str | Value | None, typed: Callable[[str], Value]) -> Value:
    return value_of(plain) if plain is None or isinstance(plain, Value) else typed(plain)


def _place(index: int) -> Substitution:
    return Substitution(index, _SYSTEM_TYPES[index], optional=True)


def _simple(name: str, index: int) -> Element:
    return element(name, None, _place(index), dependency=index)


def _system(computer: str, *, sourced: bool) -> Element:
    """Return the System element with a place for all that differs from event to event of one computer."""
    provider: dict[str, Inline] = {"Name": _place(14), "Guid": _place(15)}
    if sourced:
        provider["EventSourceName"] = _place(_SOURCE)
    return element(
        "System",
        None,
        element("Provider", provider),
        element("EventID", {"Qualifiers": _place(4)}, _place(3), dependency=3),
        _simple("Version", 11),
        _simple("Level", 0),
        _simple("Task", 2),
        _simple("Opcode", 1),
        _simple("Keywords", 5),
        element("TimeCreated", {"SystemTime": _place(6)}),
        _simple("EventRecordID", 10),
        element("Correlation", {"ActivityID": _place(7), "RelatedActivityID": _place(13)}),
        element("Execution", {"ProcessID": _place(8), "ThreadID": _place(9)}),
        _simple("Channel", 16),
        element("Computer", None, computer),
        element("Security", {"UserID": _place(12)}),
    )


@lru_cache(maxsize=_TEMPLATES_KEPT)
def event_template(computer: str, sourced: bool, with_payload: bool) -> Template:
    """Return the template of all events of a computer, as Windows 10 writes it; ``sourced`` with EventSourceName."""
    payload = (_place(_PAYLOAD),) if with_payload else ()
    return Template(element("Event", {"xmlns": NAMESPACE}, _system(computer, sourced=sourced), *payload))


@lru_cache(maxsize=_TEMPLATES_KEPT)
def event_data_template(
    shape: tuple[tuple[str | None, int], ...], name: str | None = None, binary: int | None = None
) -> Template:
    """Return the template of EventData with values of given names and types, and of Binary after them."""
    items = [
        element("Data", {} if key is None else {"Name": key}, _data_place(place, kind))
        for place, (key, kind) in enumerate(shape)
    ]
    if binary is not None:
        items.append(element("Binary", None, Substitution(len(shape), binary, optional=True), dependency=len(shape)))
    return Template(element("EventData", {} if name is None else {"Name": name}, *items))


def _data_place(index: int, kind: int) -> Substitution:
    if kind == ValueType.NULL:
        return Substitution(index, ValueType.STRING, optional=True)
    return Substitution(index, kind, optional=kind >= ARRAY)


@lru_cache(maxsize=_TEMPLATES_KEPT)
def _user_data_template(content: Element) -> Template:
    return Template(element("UserData", None, content))


def _lifted(described: Element, values: list[Value]) -> Element:
    """Return an element with places where it has values, and append those to a list."""

    def lifted(held: Inline) -> Inline:
        if not isinstance(held, Value):
            return held
        values.append(held)
        return _data_place(len(values) - 1, held.type)

    attributes = tuple((name, lifted(held)) for name, held in described.attributes)
    children: list[Node] = []
    for child in described.children:
        if isinstance(child, Element):
            children.append(_lifted(child, values))
        else:
            children.append(lifted(child) if isinstance(child, Value) else child)
    return Element(described.name, attributes, tuple(children), described.dependency)


def _without_types(described: Element) -> Element:
    """Return an element with texts where it has values."""
    values: list[Value] = []
    lifted = _lifted(described, values)
    return _filled(lifted, [value.text for value in values])


def _filled(described: Element, texts: Sequence[str | None]) -> Element:
    """Return an element with texts in its places; what has no text is left out."""
    attributes = [(name, _filled_place(held, texts)) for name, held in described.attributes]
    children: list[Node] = []
    for child in described.children:
        if isinstance(child, Element):
            if child.dependency is None or texts[child.dependency] is not None:
                children.append(_filled(child, texts))
        elif isinstance(child, Substitution):
            filled = _filled_place(child, texts)
            children += [] if filled is None else [filled]
        else:
            children.append(child)
    return Element(
        described.name, tuple((name, held) for name, held in attributes if held is not None), tuple(children)
    )


def _filled_place(held: Inline, texts: Sequence[str | None]) -> Inline | None:
    if not isinstance(held, Substitution):
        return held
    text = texts[held.index]
    return None if text is None else Text(text)
