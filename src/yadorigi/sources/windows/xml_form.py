"""One Windows event as XML, brought into the form of evtx_dump.

Safe on hostile text: only one ``<Event>`` element is parsed at a time, by itself, so there is no document type and
nothing to expand; a reference to an entity that XML does not define by itself is an error of that event.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from yadorigi.limits import JSON_DEPTH_LIMIT
from yadorigi.sources.windows.event_form import named_data, put
from yadorigi.sources.windows.record import PAYLOADS, RecordError, integer_in

_DECLARATION: Final = re.compile(rb"\s*<\?xml[^>]*\?>").match
_SYSTEM_NUMBERS: Final = frozenset({"EventID", "Version", "Level", "Task", "Opcode", "EventRecordID"})
_NUMBER_ATTRIBUTES: Final = frozenset({"Qualifiers", "ProcessID", "ThreadID"})


@dataclass(slots=True)
class _Element:
    """An element while its end is awaited."""

    name: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def event_of_xml(xml: bytes) -> dict[str, Any]:
    """Return the event that an ``<Event>`` element in UTF-8 holds.

    Raises:
        RecordError: it is no well-formed XML, or no event.
    """
    try:
        root = _parsed(xml)
    except RecordError:
        # XML has no place for control characters; tools write them all the same, since events hold them.
        shown, restore = _without_controls(xml.decode("utf-8", "replace"))
        root = _parsed(shown.encode(), restore)
    if root.name != "Event":
        raise RecordError("XML of something else than an event")
    event: dict[str, Any] = {}
    for child in root.children:
        if child.name == "System":
            event["System"] = _system(child)
        elif child.name == "EventData":
            event["EventData"] = _event_data(child)
        elif child.name in PAYLOADS:
            event[child.name] = _plain(child)
        elif child.name == "RenderingInfo":
            event["RenderingInfo"] = {inner.name: inner.text for inner in child.children if not inner.children}
        else:
            event[child.name] = _plain(child)
    if "System" not in event:
        raise RecordError("an event without a System element")
    return {"Event": event}


_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:x0*([0-9a-fA-F]{1,2})|0*([0-9]{1,2}));")
_STAND_INS: Final = 0xFDD0
"""First of 32 code points that no text holds, which stand for the 32 control characters while XML is parsed."""
_STAND_IN: Final = re.compile("[\ufdd0-\ufdef]")
_CONTROLS: Final = {_STAND_INS + code: code for code in range(32)}


def _without_controls(xml: str) -> tuple[str, dict[int, int]]:
    """Return XML with something else in the place of control characters, and the table that brings them back."""
    known = _STAND_IN.search(xml) is None

    def stand_in(found: re.Match[str]) -> str:
        code = int(found[1], 16) if found[1] else int(found[2]) if found[2] else ord(found[0])
        if code >= len(_CONTROLS) or code in {9, 10, 13}:
            return found[0]
        return chr(_STAND_INS + code) if known else "\ufffd"

    return _CONTROL.sub(stand_in, xml), _CONTROLS if known else {}


def _parsed(xml: bytes, restore: dict[int, int] | None = None) -> _Element:
    declaration = _DECLARATION(xml)
    # The declaration may name the encoding that the text had before it came here. Line ends are kept: an event's text
    # has those that Windows wrote, and a parser would make them all alike.
    body = (xml[declaration.end() :] if declaration else xml).replace(b"\r", b"&#13;").strip()
    root = _Element("", {})
    stack = [root]
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > JSON_DEPTH_LIMIT:
            raise RecordError("XML nested too deeply")
        element = _Element(_local(name), {_local(key): value for key, value in attributes.items()})
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def characters(text: str) -> None:
        stack[-1].texts.append(text.translate(restore) if restore else text)

    def refuse(*_: object) -> None:
        raise RecordError("XML with a document type, which no event has")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise RecordError(f"no XML: {expat.ErrorString(error.code)}") from error
    return root.children[0]


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name


def _system(system: _Element) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for element in system.children:
        attributes: dict[str, Any] = {
            name: _number(value) if name in _NUMBER_ATTRIBUTES else value
            for name, value in element.attributes.items()
            if name != "xmlns"
        }
        text: Any = element.text.strip()
        if element.name in _SYSTEM_NUMBERS:
            text = _number(text)
        if attributes:
            fields[element.name] = {"#attributes": attributes} | ({"#text": text} if text not in {"", None} else {})
        else:
            fields[element.name] = None if text == "" else text
    return fields


def _number(text: str) -> int | str:
    number = integer_in(text)
    return text if number is None else number


def _event_data(payload: _Element) -> dict[str, Any] | str | None:
    """Return ``EventData``: ``Data`` elements by their names, others by theirs."""
    if not payload.children:
        text = payload.text
        return text if text.strip() else None
    fields: dict[str, Any] = {}
    name = payload.attributes.get("Name")
    if name is not None:
        fields["#attributes"] = {"Name": name}
    data = [child for child in payload.children if child.name == "Data"]
    for key, value in named_data(
        [{**({"@Name": child.attributes["Name"]} if "Name" in child.attributes else {}), "#text": _leaf(child)}
         for child in data],
        "@Name", "#text",
    ).items():  # fmt: skip
        fields[key] = value
    for child in payload.children:
        if child.name != "Data":
            put(fields, child.name, _leaf(child))
    return fields


def _leaf(element: _Element) -> Any:  # noqa: ANN401 - any JSON value
    if element.children:
        return _plain(element)
    text = element.text
    # An empty element that was laid out on two lines has nothing but its indentation in it.
    return "" if text[:1] in {"\n", "\r"} and not text.strip() else text


def _plain(element: _Element) -> Any:  # noqa: ANN401 - any JSON value
    """Return an element as an object of its children, or its text where it has none."""
    if not element.children:
        return element.text
    fields: dict[str, Any] = {}
    for child in element.children:
        put(fields, child.name, _plain(child))
    return fields
