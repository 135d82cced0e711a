"""OpenIOC 1.0 and 1.1: XML of terms joined by "and" and "or".

Safe on hostile text: a document type is refused (so there is nothing to expand), and the depth, number and size of
elements are limited.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from yadorigi.languages.indicators.decoding import text_of
from yadorigi.languages.indicators.expressions import All, Any, Condition, Expression, Refused
from yadorigi.languages.indicators.form_error import FormError
from yadorigi.languages.indicators.paths import is_path, name_of, path_form
from yadorigi.languages.indicators.reading import short, texts
from yadorigi.languages.indicators.words import time_in
from yadorigi.limits import INDICATOR_DEPTH_LIMIT, INDICATOR_OBJECTS_LIMIT, INDICATOR_VALUE_LIMIT
from yadorigi.schema.indicator import IndicatorContext, IndicatorType

if TYPE_CHECKING:
    from yadorigi.languages.indicators.reading import Reading

_DECLARATION: Final = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_ROOT: Final = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>)?\s*(?:<!--.{0,500}?-->\s*)?<(?:\w{1,40}:)?(ioc|OpenIOC|iocs)\b", re.DOTALL
)
_TERMS: Final[dict[str, IndicatorType]] = {
    "fileitem/md5sum": "md5", "fileitem/sha1sum": "sha1", "fileitem/sha256sum": "sha256",
    "fileitem/peinfo/importhash": "imphash", "fileitem/filename": "file_name", "fileitem/fullpath": "file_path",
    "fileitem/filepath": "file_path", "processitem/name": "file_name", "processitem/path": "file_path",
    "processitem/arguments": "command_line", "processitem/sectionlist/memorysection/md5sum": "md5",
    "processitem/sectionlist/memorysection/sha1sum": "sha1",
    "processitem/sectionlist/memorysection/sha256sum": "sha256", "registryitem/path": "registry_key",
    "registryitem/keypath": "registry_key", "registryitem/text": "registry_data", "registryitem/value": "registry_data",
    "network/dns": "domain", "network/uri": "url", "network/useragent": "user_agent", "dnsentryitem/host": "domain",
    "dnsentryitem/recordname": "domain", "dnsentryitem/recorddata/host": "domain",
    "dnsentryitem/recorddata/ipv4address": "ipv4", "portitem/remoteip": "ipv4", "portitem/localip": "ipv4",
    "portitem/remoteport": "port", "portitem/localport": "port", "routeentryitem/destination": "ipv4",
    "urlhistoryitem/url": "url", "urlhistoryitem/hostname": "domain", "filedownloadhistoryitem/sourceurl": "url",
    "filedownloadhistoryitem/filename": "file_name", "serviceitem/path": "file_path",
    "serviceitem/servicedll": "file_path", "serviceitem/pathmd5sum": "md5", "serviceitem/servicedllmd5sum": "md5",
    "driveritem/drivername": "file_name", "moduleitem/modulename": "file_name", "prefetchitem/applicationfilename":
    "file_name", "prefetchitem/applicationfullpath": "file_path", "taskitem/actionlist/action/execprogrampath":
    "file_path",
}  # fmt: skip
_FOLDER: Final = "fileitem/filepath"
"""Of a file its folder, as the agents that OpenIOC is of write it; people write the whole path there as well."""
_PAIRS: Final[tuple[tuple[str, str, IndicatorType], ...]] = (
    (_FOLDER, "fileitem/filename", "file_path"),
    ("registryitem/keypath", "registryitem/valuename", "registry_value"),
)
"""Terms that together state one path, and its type."""
_SLASHES: Final = "\\/"
_KEPT_TEXTS: Final = frozenset({"short_description", "description", "authored_by", "authored_date", "link", "Content"})


@dataclass(slots=True)
class _Node:
    """An element that matters, with its line."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[_Node] = field(default_factory=list)


def is_openioc(data: bytes) -> bool:
    """Say whether a file begins like OpenIOC."""
    return _ROOT.match(text_of(data[:4_096])) is not None


def read_openioc(data: bytes, reading: Reading) -> None:
    """Read a document of one or several indicators.

    Raises:
        FormError: it is no well-formed XML, has a document type, or is too large.
    """
    text = text_of(data)
    declaration = _DECLARATION.match(text)
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: reader.start(name, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse((text[declaration.end() :] if declaration else text).encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise FormError(f"line {error.lineno}: {expat.ErrorString(error.code)}") from None
    for document in reader.documents:
        _document(document, reading)
    if not reader.documents:
        raise FormError("XML without an OpenIOC document")


def _refuse(*_: object) -> None:
    raise FormError("XML with a document type, which no OpenIOC document has")


class _Reader:
    """Builds the elements from what the parser tells."""

    def __init__(self) -> None:
        self.documents: list[_Node] = []
        self._open: list[_Node] = []
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        self._elements += 1
        if self._elements > INDICATOR_OBJECTS_LIMIT or len(self._open) >= INDICATOR_DEPTH_LIMIT:
            raise FormError(f"more than {INDICATOR_OBJECTS_LIMIT:,} elements, or deeper than {INDICATOR_DEPTH_LIMIT}")
        node = _Node(name.rpartition(" ")[2], attributes, line)
        if self._open:
            self._open[-1].children.append(node)
        if node.name in ("ioc", "OpenIOC"):
            self.documents.append(node)
        self._open.append(node)

    def end(self, name: str) -> None:
        del name
        self._open.pop()

    def characters(self, text: str) -> None:
        node = self._open[-1]
        if node.name in _KEPT_TEXTS:
            node.text += text[: max(INDICATOR_VALUE_LIMIT + 1 - len(node.text), 0)]


def _all_named(node: _Node, name: str) -> list[_Node]:
    found = [child for child in node.children if child.name == name]
    for child in node.children:
        if child.name == "metadata":
            found += _all_named(child, name)
    return found


def _text(node: _Node, name: str) -> str:
    return next((short(child.text) for child in _all_named(node, name) if child.text.strip()), "")


def _document(document: _Node, reading: Reading) -> None:
    links = [link for holder in (document, *_all_named(document, "links")) for link in _all_named(holder, "link")]
    context = IndicatorContext(
        title=_text(document, "short_description"),
        description=_text(document, "description"),
        origin=f"OpenIOC {short(document.attributes.get('id'))}".strip(),
        producer=_text(document, "authored_by"),
        valid_from=time_in(_text(document, "authored_date")),
        references=texts(link.text for link in links if "://" in link.text),
        labels=texts(f"{link.attributes.get('rel', '')}: {link.text}".strip(": ") for link in links
                     if "://" not in link.text),
    )  # fmt: skip
    number = reading.context(context)
    roots = [
        inner for name in ("definition", "criteria") for part in _all_named(document, name) for inner in part.children
    ]
    for root in roots:
        for branch in _branches(root):
            identifier = short(branch.attributes.get("id"))
            reading.expression(branch.line, _shown(branch), _expression(branch), number, identifier)


def _branches(node: _Node) -> list[_Node]:
    """Return the parts of a document each of which is enough: each is an indicator."""
    if node.name == "Indicator" and node.attributes.get("operator", "OR").upper() == "OR":
        return [branch for child in node.children for branch in _branches(child)]
    return [node] if node.name in ("Indicator", "IndicatorItem") else []


def _expression(node: _Node) -> Expression:
    if node.name == "IndicatorItem":
        return _item(node)
    inner = [child for child in node.children if child.name in ("Indicator", "IndicatorItem")]
    both = node.attributes.get("operator", "OR").upper() == "AND"
    parts = _together(inner) if both else tuple(map(_expression, inner))
    if not parts:
        return Refused("", "an empty condition")
    if len(parts) == 1:
        return parts[0]
    return All(parts) if both else Any(parts)


def _together(nodes: list[_Node]) -> tuple[Expression, ...]:
    """Return what must hold together; two parts that are stated of one path are that path."""
    left = list(nodes)
    joined: list[Expression] = []
    for above, below, kind in _PAIRS:
        first, last = ([node for node in left if _states(node, term)] for term in (above, below))
        if len(first) == len(last) == 1:
            left = [node for node in left if node not in (first[0], last[0])]
            joined.append(Condition(kind, "equals", _path(kind, _content(first[0]), _content(last[0]))))
    return (*joined, *map(_expression, left))


def _path(kind: IndicatorType, above: str, name: str) -> str:
    path = _rooted(above) if kind == "file_path" else above
    if kind == "file_path" and name_of(path_form(path)) == path_form(name):
        return path
    return f"{path.rstrip(_SLASHES)}\\{name}"


def _states(node: _Node, term: str) -> bool:
    """Say whether an element states that a term is a value."""
    return (
        node.name == "IndicatorItem"
        and node.attributes.get("condition", "is").lower() == "is"
        and node.attributes.get("negate", "").lower() != "true"
        and _term(node).lower() == term
    )


def _rooted(path: str) -> str:
    """Return a path as others are written: those of OpenIOC leave out the drive, and the sign of the root with it."""
    return path if is_path(f"{path}\\") else f"\\{path}"


def _content(item: _Node) -> str:
    return next((child.text.strip() for child in item.children if child.name == "Content"), "")


def _term(item: _Node) -> str:
    context = next((child for child in item.children if child.name == "Context"), None)
    return (context.attributes.get("search", "") if context is not None else "")[:200]


def _shown(node: _Node) -> str:
    if node.name == "IndicatorItem":
        return f"{_term(node)} {_content(node)}".strip()
    return " and ".join(_shown(child) for child in node.children[:5] if child.name in ("Indicator", "IndicatorItem"))


def _item(node: _Node) -> Expression:
    condition = node.attributes.get("condition", "is").lower()
    value, term = _content(node), _term(node)
    kind = _TERMS.get(term.lower())
    if node.attributes.get("negate", "").lower() == "true" or condition in ("isnot", "containsnot"):
        return Refused(term, "that an event lacks a value proves nothing")
    if kind is None:
        return Refused(term, "Windows events hold nothing that it could be compared with")
    if condition == "is" and term.lower() == _FOLDER and path_form(value).strip(_SLASHES):
        path = _rooted(value)
        below = Condition("file_path", "like", f"{path_form(path).rstrip(_SLASHES)}\\%")
        return Any((Condition("file_path", "equals", path), below))
    if condition == "is":
        return Condition(kind, "equals", value)
    likes = {"contains": f"%{value}%", "starts-with": f"{value}%", "ends-with": f"%{value}"}
    if condition in likes:
        if kind == "domain" and condition == "contains":
            # Writers of OpenIOC say "contains" of nearly everything; a whole domain is meant by one.
            return Any((Condition(kind, "equals", value), Condition(kind, "like", likes[condition])))
        return Condition(kind, "like", likes[condition])
    if condition == "matches":
        return Condition(kind, "matches", value)
    return Refused(f"{term} {condition[:40]}", "this condition is not looked for")
