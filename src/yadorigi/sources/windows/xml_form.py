"""One Windows event as XML, brought into the form of evtx_dump.

Safe on hostile text: only one ``<Event>`` element is parsed at a time, by itself, so there is no document type and
nothing to expand; a reference to an entity that XML does not define by itself is an error of that event.
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.etree import ElementTree
from xml.parsers import expat

from yadorigi.limits import JSON_DEPTH_LIMIT, XML_ELEMENTS_LIMIT
from yadorigi.sources.records.record import PAYLOADS, RecordError, integer_in
from yadorigi.sources.windows.event_form import named_data, put

_DECLARATION: Final = re.compile(rb"\s*<\?xml[^>]*\?>").match
_SYSTEM_NUMBERS: Final = frozenset({"EventID", "Version", "Level", "Task", "Opcode", "EventRecordID"})
_NUMBER_ATTRIBUTES: Final = frozenset({"Qualifiers", "ProcessID", "ThreadID"})


class JoinedEventsError(RecordError):
    """The XML holds two events in one element; which values are whose cannot be told."""


def event_of_xml(xml: bytes) -> dict[str, Any]:
    """Return the event that an ``<Event>`` element in UTF-8 holds.

    Raises:
        RecordError: it is no well-formed XML, or no event.
    """
    root = _root(xml)
    if _name(root) != "Event":
        raise RecordError("XML of something else than an event")
    event: dict[str, Any] = {}
    for child in root:
        name = _name(child)
        if name == "System":
            if name in event:
                raise JoinedEventsError(
                    "two events in one: the end of the first and the beginning of the second are lost"
                )
            event[name] = _system(child)
        elif name == "EventData":
            event[name] = _event_data(child)
        elif name == "RenderingInfo":
            event[name] = {_name(inner): inner.text or "" for inner in child if not len(inner)}
        elif name in PAYLOADS:
            event[name] = _plain(child)
    if "System" not in event:
        raise RecordError("an event without a System element")
    return {"Event": event}


# ----------------------------------------------------------------------------------------------------------- parsing


def _root(xml: bytes) -> ElementTree.Element:
    declaration = _DECLARATION(xml)
    # The declaration may name the encoding that the text had before it came here. Line ends are kept: an event's text
    # has those that Windows wrote, and a parser would make them all alike.
    body = (xml[declaration.end() :] if declaration else xml).replace(b"\r", b"&#13;").strip()
    if body.count(b"<") > 2 * XML_ELEMENTS_LIMIT:
        raise RecordError(f"an event of more than {XML_ELEMENTS_LIMIT} elements")
    if body.startswith(b"<!"):
        raise RecordError("XML with a document type, which no event has")
    try:
        return ElementTree.XML(body, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314 - one element declares no entities
    except ElementTree.ParseError:
        # XML has no place for control characters; tools write them all the same, since events hold them.
        return _odd_root(*_without_controls(body.decode("utf-8", "replace")))


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


def _odd_root(xml: str, restore: dict[int, int]) -> ElementTree.Element:
    """Parse XML whose prefixes may be declared elsewhere, and put control characters back."""
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise RecordError("XML with a document type, which no event has")

    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = lambda text: builder.data(text.translate(restore))
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(xml.encode(), True)
        return builder.close()
    except expat.ExpatError as error:
        raise RecordError(f"no XML: {expat.ErrorString(error.code)}") from error


# ---------------------------------------------------------------------------------------------------------- elements


def _name(element: ElementTree.Element) -> str:
    """Return the name without namespace or prefix."""
    return element.tag.rpartition("}")[2].rpartition(":")[2]


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {
        name.rpartition("}")[2].rpartition(":")[2]: value
        for name, value in element.attrib.items()
        if not name.startswith("xmlns")
    }


def _system(system: ElementTree.Element) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for element in system:
        name = _name(element)
        text: Any = (element.text or "").strip()
        if name in _SYSTEM_NUMBERS:
            text = _number(text)
        if element.attrib and (attributes := _attributes(element)):
            stated = {key: _number(value) if key in _NUMBER_ATTRIBUTES else value for key, value in attributes.items()}
            fields[name] = {"#attributes": stated} if text == "" else {"#attributes": stated, "#text": text}
        else:
            fields[name] = None if text == "" else text
    return fields


def _number(text: str) -> int | str:
    number = integer_in(text)
    return text if number is None else number


def _event_data(payload: ElementTree.Element) -> dict[str, Any] | str | None:
    """Return ``EventData``: ``Data`` elements by their names, others by theirs."""
    if not len(payload):
        text = payload.text or ""
        return text if text.strip() else None
    fields: dict[str, Any] = {}
    if "Name" in payload.attrib:
        fields["#attributes"] = {"Name": payload.attrib["Name"]}
    data = [
        {"@Name": name, "#text": _leaf(child)} if (name := child.get("Name")) is not None else {"#text": _leaf(child)}
        for child in payload
        if _name(child) == "Data"
    ]
    fields.update(named_data(data, "@Name", "#text"))
    for child in payload:
        if _name(child) != "Data":
            put(fields, _name(child), _leaf(child))
    return fields


def _leaf(element: ElementTree.Element) -> Any:  # noqa: ANN401 - any JSON value
    if len(element):
        return _plain(element)
    text = element.text or ""
    # An empty element that was laid out on two lines has nothing but its indentation in it.
    return "" if text[:1] in {"\n", "\r"} and not text.strip() else text


def _plain(element: ElementTree.Element, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON value
    """Return an element as an object of its children, or its text where it has none."""
    if depth > JSON_DEPTH_LIMIT:
        raise RecordError("XML nested too deeply")
    if not len(element):
        return element.text or ""
    fields: dict[str, Any] = {}
    for child in element:
        put(fields, _name(child), _plain(child, depth + 1))
    return fields
